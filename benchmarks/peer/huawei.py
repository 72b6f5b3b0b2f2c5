"""Both services by the official SDK, with an access key."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from aws_lambda_powertools.utilities import parameters
from huaweicloudsdkcore.auth import credentials  # type: ignore[import-untyped] # it has no types
from huaweicloudsdkgaussdbfornosql import v3 as nosql  # type: ignore[import-untyped] # the same
from huaweicloudsdkrds import v3 as rds  # type: ignore[import-untyped] # the same

from .policy import Cloud

BEIJING = timezone(timedelta(hours=8))
FORMAT = "%Y-%m-%dT%H:%M:%S%z"


class Huawei:
    """One project."""

    def __init__(self, cloud: Cloud) -> None:
        name = cloud.credentials.removeprefix("secretsmanager:")
        secret = json.loads(str(parameters.get_secret(name, max_age=300)))
        key = credentials.BasicCredentials(
            secret["access_key"], secret["secret_key"], cloud.project_id
        )

        def client(kind: Any, service: str) -> Any:
            endpoint = cloud.endpoints[service]
            return kind.new_builder().with_credentials(key).with_endpoint(endpoint).build()

        self._geminidb = client(nosql.GaussDBforNoSQLClient, "geminidb")
        self._rds = client(rds.RdsClient, "rds")

    def points(self, instance: str, now: datetime) -> list[str]:
        """Every restorable point of the last eight days, as listed."""
        found: list[str] = []
        while True:
            answer = self._geminidb.list_redis_pitr_restore_time(
                nosql.ListRedisPitrRestoreTimeRequest(
                    instance_id=instance,
                    start_time=(now - timedelta(days=8)).astimezone(BEIJING).strftime(FORMAT),
                    end_time=now.astimezone(BEIJING).strftime(FORMAT),
                    offset=len(found),
                    limit=100,
                )
            )
            found += answer.restore_time
            if not answer.restore_time or len(found) >= answer.total_count:
                return found

    def windows(self, instance: str, date: str | None = None) -> list[tuple[int, int]]:
        """The restorable windows, in milliseconds."""
        request = rds.ListRestoreTimesRequest(instance_id=instance, date=date)
        answer = self._rds.list_restore_times(request)
        return sorted((window.start_time, window.end_time) for window in answer.restore_time)

    def pitr_enabled(self, instance: str) -> bool:
        """Whether point-in-time recovery is on."""
        request = nosql.ShowRedisPitrPolicyRequest(instance_id=instance)
        answer = self._geminidb.show_redis_pitr_policy(request)
        return str(answer.enabled).lower() == "true"

    def is_idle(self, instance: str) -> bool:
        """Whether the instance is normal and nothing is being done to it."""
        answer = self._geminidb.list_instances(nosql.ListInstancesRequest(id=instance))
        return answer.instances[0].status == "normal" and not answer.instances[0].actions

    def job_status(self, job: str) -> str:
        """How far a job is; "" where it is not listed."""
        jobs = self._geminidb.list_jobs(nosql.ListJobsRequest(id=job)).jobs
        return next((str(found.status) for found in jobs if found.id == job), "")

    def restore(self, instance: str, restore_time: str) -> str:
        """Restore in place; the id of the job."""
        body = nosql.RestoreRedisPitrRequestBody(restore_time=restore_time)
        request = nosql.RestoreRedisPitrRequest(instance_id=instance, body=body)
        return str(self._geminidb.restore_redis_pitr(request).job_id)


def moment(text: str) -> datetime:
    """A time as the service prints it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
