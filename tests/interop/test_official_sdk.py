"""The official SDK signs, and understands every answer of the sandbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.wire.faults import Fault, Operation
from tests.interop.conftest import (
    COPY,
    DATA,
    METRIC,
    OF_REDIS,
    PERMANENT,
    POINTS,
    RDS,
    REDIS,
    RULE,
    START,
    TAGS,
    TEMPORARY,
    UNDONE,
)
from tests.interop.official import Key, Official, Operations

# The SDK signs with it on Python 3.12 and later, where it is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

PERIOD = {"start_time": "2026-02-17T18:00:00+0800", "end_time": "2026-02-17T19:00:00+0800"}


def test_every_operation_of_the_contract_is_tried() -> None:
    not_in_the_contract = {"storage"}
    operations = {operation.replace("-", "_") for operation in get_args(Operation)}

    assert operations - not_in_the_contract <= set(vars(Operations))


def test_it_restores_in_place(official: Operations, cloud: HuaweiSandbox) -> None:
    answer = official.restore(REDIS, POINTS[0])

    (job,) = official.jobs(id=answer.job_id).jobs
    assert (answer.status_code, job.id, job.status) == (202, answer.job_id, "Running")
    assert job.instance.id == REDIS
    assert cloud.puts == (1, 1)


def test_it_reads_the_points_page_by_page(official: Operations) -> None:
    pages = [official.points(REDIS, offset=offset, limit=2, **PERIOD) for offset in (0, 2)]

    assert sorted(point for page in pages for point in page.restore_time) == POINTS
    assert [page.total_count for page in pages] == [3, 3]


def test_it_reads_the_policy(official: Operations, cloud: HuaweiSandbox) -> None:
    enabled = official.policy(REDIS)
    cloud.add_redis("0" * 32 + "in12", "without", pitr=None)
    disabled = official.policy("0" * 32 + "in12")

    assert (enabled.enabled, enabled.interval, enabled.keep_days) == (True, 20, 1)
    assert (disabled.enabled, disabled.interval, disabled.keep_days) == (False, None, None)


def test_it_reads_the_jobs_of_a_period_from_beginning_to_end(
    official: Operations, cloud: HuaweiSandbox
) -> None:
    official.restore(REDIS, POINTS[0])
    cloud.clock.advance(timedelta(minutes=5))

    found = official.jobs(start_time=POINTS[0], end_time="2026-02-17T20:00:00+0800", limit=50)

    (job,) = found.jobs
    assert found.total_count == 1
    assert (job.status, job.start_time, job.end_time) == (
        "Completed",
        "2026-02-17T19:00:00+0800",
        "2026-02-17T19:05:00+0800",
    )


def test_it_reads_the_instances(official: Operations) -> None:
    found = official.instances(id=REDIS, datastore_type="redis", offset=0, limit=100)

    (instance,) = found.instances
    assert found.total_count == 1
    assert (instance.id, instance.name, instance.mode) == (REDIS, "orders-cache", "Cluster")
    assert (instance.status, instance.actions) == ("normal", [])
    assert [node.id[-4:] for group in instance.groups for node in group.nodes] == ["no12"] * 3


# Cloud Eye's documented times have an offset, and the SDK expects none: it hands them on as text.
@pytest.mark.filterwarnings("ignore:Unable to convert string to datetime")
def test_it_reads_the_record_of_an_alarm(official: Operations, cloud: HuaweiSandbox) -> None:
    condition = {"comparison_operator": "<", "value": 100, "period": 1, "count": 1}
    cloud.cloud_eye.add_record(RULE, METRIC, OF_REDIS, START, condition, values={START: 0.0})

    found = official.alarm_records(alarm_id=[RULE], offset=0, limit=100)

    (record,) = found.alarm_histories
    assert found.count == 1
    assert (record.alarm_id, record.status) == (RULE, "alarm")
    assert (record.metric.namespace, record.metric.metric_name) == ("SYS.NoSQL", "redis_db_keys")
    assert [point.value for point in record.data_points] == [0.0]


def test_it_reads_the_data_of_a_metric(official: Operations, cloud: HuaweiSandbox) -> None:
    cloud.cloud_eye.measure(METRIC, OF_REDIS, {START: 4.0, START + timedelta(minutes=1): 2.0})

    found = official.metric_data(**DATA)

    assert found.metric_name == "redis_db_keys"
    assert sorted(point.average for point in found.datapoints) == [2.0, 4.0]


def test_it_reads_the_windows_of_all_days_and_of_one(official: Operations) -> None:
    (window,) = official.windows(RDS, x_language="en-us").restore_time
    (of_day,) = official.windows(RDS, date="2026-02-17").restore_time

    assert datetime.fromtimestamp(window.start_time / 1000, UTC) == datetime(
        2026, 2, 17, 9, tzinfo=UTC
    )
    assert (of_day.start_time, of_day.end_time) == (window.start_time, window.end_time)


def test_it_backs_up_and_restores_a_backup_to_a_new_instance(
    official: Operations, cloud: HuaweiSandbox
) -> None:
    made = official.back_up(REDIS, name="lastgood-2f6c1d", description="before a restore")
    (building,) = official.backups(instance_id=REDIS, backup_type="Manual").backups
    cloud.clock.advance(timedelta(minutes=2))
    (complete,) = official.backups(backup_id=made.backup_id).backups
    copy = official.restore_to_new(UNDONE | {"restore_info": {"backup_id": made.backup_id}})
    official.tag(copy.id, TAGS)
    cloud.clock.advance(timedelta(minutes=10))

    (instance,) = official.instances(name=UNDONE["name"]).instances
    (job,) = official.jobs(id=copy.job_id).jobs
    assert made.status_code == 202
    assert (building.id, building.status) == (made.backup_id, "BUILDING")
    assert (complete.status, complete.type, complete.instance_id) == ("COMPLETED", "Manual", REDIS)
    assert (complete.name, complete.description) == ("lastgood-2f6c1d", "before a restore")
    assert (copy.status_code, copy.status, job.status) == (202, "creating", "Completed")
    assert (instance.id, instance.status, instance.pay_mode) == (copy.id, "normal", "0")
    assert [node.spec_code for group in instance.groups for node in group.nodes] == [
        UNDONE["flavor"][0]["spec_code"]
    ] * 3
    assert {tag.key: tag.value for tag in official.tags(copy.id).tags} == TAGS


def test_it_deletes_an_instance_and_a_backup_that_outlives_it(
    official: Operations, cloud: HuaweiSandbox
) -> None:
    made = official.back_up(REDIS, name="lastgood-2f6c1d", description="before a deletion")
    cloud.clock.advance(timedelta(minutes=2))

    deleting = official.delete(REDIS)
    cloud.clock.advance(timedelta(minutes=1))
    kept = official.backups(instance_id=REDIS).backups
    forgetting = official.delete_backup(made.backup_id)
    cloud.clock.advance(timedelta(minutes=1))

    assert (deleting.status_code, forgetting.status_code) == (202, 202)
    assert [backup.id for backup in kept] == [made.backup_id]
    assert official.instances(id=REDIS).instances == []
    assert official.backups(instance_id=REDIS).backups == []


def test_it_restores_rds_to_a_new_instance(official: Operations, cloud: HuaweiSandbox) -> None:
    answer = official.rds_restore(COPY)
    cloud.clock.advance(timedelta(minutes=10))

    (made,) = cloud.rds.made
    job = official.rds_job(answer.job_id).job
    assert (answer.status_code, answer.instance.id) == (202, made.id)
    assert (job.id, job.status, job.instance.id) == (answer.job_id, "Completed", made.id)
    assert made.restored_to == START + timedelta(minutes=30)
    assert made.password == "Canary-passw0rd"


def test_it_reads_the_instances_of_rds(official: Operations, cloud: HuaweiSandbox) -> None:
    official.rds_restore(COPY)
    (building,) = official.rds_instances(name=COPY["name"]).instances
    cloud.clock.advance(timedelta(minutes=10))
    found = official.rds_instances(tags="lastgood=drill", offset=0, limit=100)

    (built,) = found.instances
    assert (building.status, building.created, building.nodes) == ("BUILD", "", [])
    assert (found.total_count, built.status, built.type) == (1, "ACTIVE", "Ha")
    assert (built.volume.size, built.datastore.version, built.port) == (100, "8.0", 3307)
    assert built.ha.replication_mode == "async"
    assert [node.role for node in built.nodes] == ["master", "slave"]
    assert [(tag.key, tag.value) for tag in built.tags] == [("lastgood", "drill")]
    assert (built.backup_strategy.keep_days, built.charge_info.charge_mode) == (1, "postPaid")


def test_it_reads_the_tasks_of_rds(official: Operations, cloud: HuaweiSandbox) -> None:
    made = official.rds_restore(COPY)
    cloud.clock.advance(timedelta(minutes=1))
    now = int((START + timedelta(hours=2)).timestamp() * 1000)

    found = official.rds_tasks(
        instance_id=made.instance.id, start_time=str(now - 7_200_000), end_time=str(now), limit=50
    )

    (task,) = found.tasks
    assert (found.total_count, task.id, task.status) == (1, made.job_id, "Running")
    assert (task.instance_status, task.process, task.fail_reason) == ("BUILD", "10", "")
    assert task.create_time == "2026-02-17T19:00:00+0800"


def test_it_reads_what_a_copy_needs(official: Operations) -> None:
    (quota,) = official.rds_quotas().quotas.resources
    (flavor,) = official.rds_flavors("MySQL", spec_code="rds.mysql.n1.large.4").flavors
    (backup,) = official.rds_backups(RDS, backup_type="auto").backups

    assert (quota.type, quota.quota, quota.used) == ("instance", 50, 1)
    assert (flavor.instance_mode, set(flavor.az_status.values())) == ("single", {"normal"})
    assert (backup.instance_id, backup.min_data_volume_capacity_for_restore) == (RDS, 40)


def test_it_deletes_an_instance_of_rds_and_reads_why_not(
    official: Operations, sdk: Official, cloud: HuaweiSandbox
) -> None:
    made = official.rds_restore(COPY).instance.id
    with pytest.raises(sdk.exceptions.ClientRequestException) as refused:
        official.rds_delete(made)
    cloud.clock.advance(timedelta(minutes=20))

    assert official.rds_delete(made).job_id
    assert (refused.value.status_code, refused.value.error_code) == (409, "DBS.200019")


def test_it_gets_a_token(official: Operations, cloud: HuaweiSandbox) -> None:
    cloud.wall = Clock.frozen(datetime(2026, 1, 2, 9, 5, 22, 701000, tzinfo=UTC))

    answer = official.token("example-domain", "lastgood", "canary-password", cloud.project_id)

    assert answer.status_code == 201
    assert answer.x_subject_token.startswith("MII")
    assert answer.token.expires_at == "2026-01-03T09:05:22.701000Z"
    assert answer.token.project.id == cloud.project_id


def test_it_reads_a_refusal_of_the_service(official: Operations, sdk: Official) -> None:
    with pytest.raises(sdk.exceptions.ClientRequestException) as refused:
        official.restore(REDIS, "2026-02-17T18:20:01+0800")

    assert (refused.value.status_code, refused.value.error_code) == (400, "DBS.201215")
    assert refused.value.error_msg
    assert refused.value.request_id


def test_it_reads_a_refusal_of_the_gateway(
    official: Operations, sdk: Official, cloud: HuaweiSandbox
) -> None:
    cloud.wall = Clock.ago(timedelta(hours=1))

    with pytest.raises(sdk.exceptions.ClientRequestException) as refused:
        official.policy(REDIS)

    assert (refused.value.status_code, refused.value.error_code) == (401, "APIGW.0301")
    assert "signature expired" in refused.value.error_msg


def test_it_reads_a_refusal_of_iam(
    official: Operations, sdk: Official, cloud: HuaweiSandbox
) -> None:
    with pytest.raises(sdk.exceptions.ClientRequestException) as refused:
        official.token("example-domain", "lastgood", "wrong", cloud.project_id)

    assert (refused.value.status_code, refused.value.error_code) == (401, 401)
    assert refused.value.error_msg == "The username or password is wrong."


def test_it_reads_that_the_service_timed_out(
    official: Operations, sdk: Official, cloud: HuaweiSandbox
) -> None:
    cloud.faults.add("restore", Fault.error_after())

    with pytest.raises(sdk.exceptions.ServerResponseException) as failed:
        official.restore(REDIS, POINTS[0])

    assert (failed.value.status_code, failed.value.error_code) == (500, "DBS.111205")
    assert cloud.puts == (1, 1)


def test_it_is_locked_out_like_everybody(sdk: Official, cloud: HuaweiSandbox) -> None:
    with Operations.connected(sdk, cloud, Key(PERMANENT.access_key, "another-secret")) as wrong:
        for _ in range(6):
            with pytest.raises(sdk.exceptions.ClientRequestException, match="verify aksk"):
                wrong.policy(REDIS)

    with (
        Operations.connected(sdk, cloud, PERMANENT) as right,
        pytest.raises(sdk.exceptions.ClientRequestException, match="reach the limit"),
    ):
        right.policy(REDIS)
    assert cloud.locked_keys == {PERMANENT.access_key}


def test_a_temporary_key_is_nothing_without_its_token(sdk: Official, cloud: HuaweiSandbox) -> None:
    with (
        Operations.connected(sdk, cloud, replace(TEMPORARY, security_token=None)) as without,
        pytest.raises(sdk.exceptions.ClientRequestException, match=r"APIGW\.0301"),
    ):
        without.policy(REDIS)
