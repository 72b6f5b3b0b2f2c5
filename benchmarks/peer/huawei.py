"""Both services by the official SDK, with an access key."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from functools import cache

from aws_lambda_powertools.utilities import parameters
from huaweicloudsdkcore.auth.credentials import (  # type: ignore[import-untyped] # it has no types
    BasicCredentials,
)
from huaweicloudsdkgaussdbfornosql.v3 import (  # type: ignore[import-untyped] # the same
    GaussDBforNoSQLClient,
    JobDetail,
    ListInstancesRequest,
    ListJobsRequest,
    ListRedisPitrRestoreTimeRequest,
    RestoreRedisPitrRequest,
    RestoreRedisPitrRequestBody,
    ShowRedisPitrPolicyRequest,
)
from huaweicloudsdkrds.v3 import (  # type: ignore[import-untyped] # the same
    ListRestoreTimesRequest,
    RdsClient,
)

from .policy import Cloud

BEIJING = timezone(timedelta(hours=8))
FORMAT = "%Y-%m-%dT%H:%M:%S%z"
PAGE = 100


def _credentials(project_id: str) -> BasicCredentials:
    secret = json.loads(str(parameters.get_secret(os.environ["HUAWEI_SECRET"], max_age=300)))
    return BasicCredentials(secret["access_key"], secret["secret_key"], project_id)


class Huawei:
    """One project."""

    def __init__(self, cloud: Cloud) -> None:
        credentials = _credentials(cloud.project_id)
        self._geminidb = (
            GaussDBforNoSQLClient.new_builder()
            .with_credentials(credentials)
            .with_endpoint(cloud.endpoints.geminidb)
            .build()
        )
        self._rds = (
            RdsClient.new_builder()
            .with_credentials(credentials)
            .with_endpoint(cloud.endpoints.rds)
            .build()
        )

    def points(self, instance: str, since: datetime, until: datetime) -> list[str]:
        """Every restorable point, as listed."""
        found: list[str] = []
        while True:
            answer = self._geminidb.list_redis_pitr_restore_time(
                ListRedisPitrRestoreTimeRequest(
                    instance_id=instance,
                    start_time=since.astimezone(BEIJING).strftime(FORMAT),
                    end_time=until.astimezone(BEIJING).strftime(FORMAT),
                    offset=len(found),
                    limit=PAGE,
                )
            )
            found += answer.restore_time
            if not answer.restore_time or len(found) >= answer.total_count:
                return found

    def windows(self, instance: str, date: str | None = None) -> list[tuple[int, int]]:
        """The restorable windows, in milliseconds."""
        answer = self._rds.list_restore_times(
            ListRestoreTimesRequest(instance_id=instance, date=date)
        )
        return [(window.start_time, window.end_time) for window in answer.restore_time]

    def pitr_enabled(self, instance: str) -> bool:
        """Whether point-in-time recovery is on."""
        answer = self._geminidb.show_redis_pitr_policy(
            ShowRedisPitrPolicyRequest(instance_id=instance)
        )
        return str(answer.enabled).lower() == "true"

    def is_idle(self, instance: str) -> bool:
        """Whether the instance is normal and nothing is being done to it."""
        answer = self._geminidb.list_instances(ListInstancesRequest(id=instance))
        return answer.instances[0].status == "normal" and not answer.instances[0].actions

    def job(self, job: str) -> JobDetail | None:
        """One job, if it is listed."""
        answer = self._geminidb.list_jobs(ListJobsRequest(id=job))
        return next((found for found in answer.jobs if found.id == job), None)

    def restore(self, instance: str, restore_time: str) -> str:
        """Restore in place; the id of the job."""
        body = RestoreRedisPitrRequestBody(restore_time=restore_time)
        answer = self._geminidb.restore_redis_pitr(
            RestoreRedisPitrRequest(instance_id=instance, body=body)
        )
        return str(answer.job_id)


def moment(text: str) -> datetime:
    """A time as the service prints it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


@cache
def of(cloud: Cloud) -> Huawei:
    """The clients of a cloud of the policy, made once."""
    return Huawei(cloud)
