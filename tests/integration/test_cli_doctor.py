from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import stamina
from botocore.stub import Stubber

from lastgood.aws.resources import settings
from lastgood.ports import Deployed
from sandbox.aws.account import AwsSandbox
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.redis_instance import PitrPolicy
from sandbox.huawei.wire.faults import Fault
from tests.support.builders import OTHER_RDS, OTHER_REDIS, RDS, REDIS
from tests.support.command_line import TOKEN, CommandLine, confirming, policy_for

NOW = datetime(2026, 2, 17, 11, 54, 20, tzinfo=UTC)
ACCESS, SECRET = "AKDOCTOR0123456789AB", "SKdoctor-canary-0123456789abcdef"
REDIS_READS = (
    "gaussdbfornosql:instance:getRedisPitrPolicy",
    "gaussdbfornosql:instance:list",
    "gaussdbfornosql:instance:listRedisPitrRestoreTime",
    "gaussdbfornosql:task:list",
)
RESTORE = "gaussdbfornosql:instance:redisPitrRestore"
WINDOWS = "rds:instance:getRestoreTime"
NOT_FOUND = "ResourceNotFoundException"


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    with HuaweiSandbox(Clock.frozen(NOW - timedelta(minutes=171)), token=TOKEN) as cloud:
        cloud.add_redis(REDIS, "orders-cache")
        cloud.add_redis(OTHER_REDIS, "off-cache", pitr=PitrPolicy(interval=timedelta(hours=1)))
        cloud.add_rds(RDS, "orders-db")
        cloud.add_rds(OTHER_RDS, "late-db")
        cloud.clock.advance_to(NOW)
        yield cloud


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("LASTGOOD_BUS", "LASTGOOD_RECOVER_FUNCTION"):
        monkeypatch.delenv(name, raising=False)
    with stamina.set_testing(True, attempts=1):
        yield


def rows(ran: Any, health: str) -> list[tuple[str, str]]:
    return [(c["subject"], c["check"]) for c in ran.json["checks"] if c["health"] == health]


def row(ran: Any, check: str, subject: str = "cloud prod") -> dict[str, str]:
    (found,) = [c for c in ran.json["checks"] if (c["subject"], c["check"]) == (subject, check)]
    return dict(found)


def test_a_cloud_that_is_as_it_should_be_has_every_permission_but_the_one_nobody_can_try(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    ran = lastgood.run("doctor", "--json")

    assert ran.code == 0
    assert ran.json["verdict"] == "warn"
    asked = {check for subject, check in rows(ran, "ok") if subject == "cloud prod"}
    assert asked == {
        "endpoint geminidb",
        "endpoint rds",
        "clock",
        "credentials",
        WINDOWS,
        *REDIS_READS,
    }
    assert row(ran, RESTORE)["health"] == "warn"
    assert cloud.puts.arrived == 0


def test_where_cloud_eye_confirms_alarms_its_permissions_are_tried_as_well(
    lastgood: CommandLine, cloud: HuaweiSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    lastgood.set_policy(confirming(cloud))
    monkeypatch.delenv("LASTGOOD_PROD_TOKEN")
    monkeypatch.setenv("LASTGOOD_PROD_ACCESS_KEY", ACCESS)
    monkeypatch.setenv("LASTGOOD_PROD_SECRET_KEY", SECRET)
    given = (*REDIS_READS, WINDOWS, "ces:metricData:get")
    cloud.add_access_key(ACCESS, SECRET, actions=given)

    ran = lastgood.run("doctor", "--json")

    assert rows(ran, "fail") == [("cloud prod", "ces:alarmHistory:list")]
    assert {"endpoint ces", "ces:metricData:get"} <= {check for _, check in rows(ran, "ok")}


def test_it_only_reads(lastgood: CommandLine, cloud: HuaweiSandbox) -> None:
    lastgood.run("doctor")

    assert {request.method for request in cloud.requests} == {"GET"}


@pytest.mark.parametrize("missing", [*REDIS_READS, WINDOWS])
def test_a_permission_that_is_not_given_fails_by_its_name_and_no_other_does(
    lastgood: CommandLine, cloud: HuaweiSandbox, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv("LASTGOOD_PROD_TOKEN")
    monkeypatch.setenv("LASTGOOD_PROD_ACCESS_KEY", ACCESS)
    monkeypatch.setenv("LASTGOOD_PROD_SECRET_KEY", SECRET)
    given = [action for action in (*REDIS_READS, WINDOWS) if action != missing]
    cloud.add_access_key(ACCESS, SECRET, actions=given)

    ran = lastgood.run("doctor", "--json")

    assert ran.code == 3
    assert rows(ran, "fail") == [("cloud prod", missing)]
    assert "docs/reference/permissions.md" in row(ran, missing)["hint"]
    assert SECRET not in ran.out + ran.err


def test_a_wrong_key_is_one_row_and_one_bad_signature(
    lastgood: CommandLine, cloud: HuaweiSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LASTGOOD_PROD_TOKEN")
    monkeypatch.setenv("LASTGOOD_PROD_ACCESS_KEY", ACCESS)
    monkeypatch.setenv("LASTGOOD_PROD_SECRET_KEY", f"{SECRET}-old")
    cloud.add_access_key(ACCESS, SECRET)

    ran = lastgood.run("doctor", "--json")

    assert ran.code == 3
    assert rows(ran, "fail") == [("cloud prod", "credentials")]
    assert "secret key does not belong" in row(ran, "credentials")["hint"]
    assert cloud.bad_signatures(ACCESS) == 1


@pytest.mark.parametrize(
    ("off", "health", "side"),
    [
        (timedelta(seconds=20), "ok", "20s"),
        (timedelta(minutes=5), "warn", "behind"),
        (timedelta(minutes=-5), "warn", "ahead of"),
        (timedelta(minutes=16), "fail", "behind"),
    ],
)
def test_a_clock_that_is_off_is_told_before_signatures_are_turned_down(
    lastgood: CommandLine, cloud: HuaweiSandbox, off: timedelta, health: str, side: str
) -> None:
    cloud.wall.advance(off) if off > timedelta() else setattr(cloud, "wall", Clock.ago(-off))

    clock = row(lastgood.run("doctor", "--json"), "clock")

    assert clock["health"] == health
    assert health == "ok" or side in clock["told"]


def test_an_endpoint_that_nobody_answers_at_fails_and_the_rest_is_not_asked_there(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    dead = "http://127.0.0.1:9"
    lastgood.set_policy(policy_for(cloud).replace(cloud.rds_url, dead))

    ran = lastgood.run("doctor", "--json")

    assert ran.code == 3
    assert ("cloud prod", "endpoint rds") in rows(ran, "fail")
    assert f"{dead} cannot be reached" in row(ran, "endpoint rds")["told"]
    assert row(ran, "endpoint geminidb")["health"] == "ok"
    assert not [c for c in ran.json["checks"] if c["subject"] in {"orders-db", "late-db"}]


def test_where_no_read_is_answered_neither_credentials_nor_permissions_are_said_to_be_good(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    for operation in ("policy", "points", "jobs", "instances", "windows"):
        cloud.faults.always(operation, Fault.refuse(503, "DBS.111111"))

    ran = lastgood.run("doctor", "--json")

    assert ran.code == 3
    assert row(ran, "credentials")["health"] == "warn"
    assert not {check for _, check in rows(ran, "ok")} & {WINDOWS, *REDIS_READS}


def test_points_made_more_seldom_than_promised_are_told(lastgood: CommandLine) -> None:
    ran = lastgood.run("doctor", "--json")

    pitr = row(ran, "PITR", "off-cache")
    assert pitr["health"] == "warn"
    assert "every 1h" in pitr["told"]
    assert "promises 40m" in pitr["hint"]
    assert row(ran, "PITR", "orders-cache")["health"] == "ok"


def test_pitr_switched_off_fails(lastgood: CommandLine, cloud: HuaweiSandbox) -> None:
    cloud.faults.always("policy", Fault.garbage(b'{"enabled": false}'))

    ran = lastgood.run("doctor", "--json")

    assert ran.code == 3
    assert set(rows(ran, "fail")) == {("orders-cache", "PITR"), ("off-cache", "PITR")}


def test_a_mode_that_nobody_has_documented_is_a_warning(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    answer = f'{{"instances": [{{"id": "{REDIS}", "mode": "CloudNativeCluster"}}]}}'
    cloud.faults.always("instances", Fault.garbage(answer.encode()))

    ran = lastgood.run("doctor", "--json")

    assert row(ran, "mode", "orders-cache")["health"] == "warn"
    assert row(ran, "list", "off-cache")["health"] == "fail"  # it is not in that answer


def test_missing_credentials_fail_after_what_can_be_seen_without(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LASTGOOD_PROD_TOKEN")

    ran = lastgood.run("doctor", "--json")

    assert ran.code == 3
    assert rows(ran, "fail") == [("cloud prod", "credentials")]
    assert row(ran, "endpoint rds")["health"] == "ok"


def test_what_is_not_set_up_here_is_a_warning_that_names_the_setting(
    lastgood: CommandLine,
) -> None:
    ran = lastgood.run("doctor", "--json")

    assert row(ran, "ledger", "aws")["health"] == "warn"
    assert "LASTGOOD_TABLE" in row(ran, "ledger", "aws")["hint"]


@pytest.fixture
def aws(lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsSandbox]:
    """The resources of a stack, which the settings of the command line name."""
    del lastgood  # it removes these settings, so it comes first
    with AwsSandbox() as aws:
        for name, value in aws.environment().items():
            if name != "LASTGOOD_POLICY":
                monkeypatch.setenv(name, value)
        yield aws


@pytest.mark.usefixtures("aws")
def test_a_table_and_a_bus_that_are_there_pass(lastgood: CommandLine) -> None:
    ran = lastgood.run("doctor", "--json")

    assert row(ran, "ledger", "aws")["health"] == "ok"
    assert row(ran, "bus", "aws")["health"] == "ok"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("setting", "check", "permission"),
    [
        ("LASTGOOD_TABLE", "ledger", "dynamodb:DescribeTable"),
        ("LASTGOOD_BUS", "bus", "events:DescribeEventBus"),
    ],
)
def test_a_resource_that_is_not_there_fails_by_its_setting(
    lastgood: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    check: str,
    permission: str,
) -> None:
    monkeypatch.setenv(setting, "nowhere")

    found = row(lastgood.run("doctor", "--json"), check, "aws")

    assert found["health"] == "fail"
    assert found["told"] == f"{setting} names nowhere, which cannot be read: {NOT_FOUND}"
    assert found["hint"] == f"check {setting} and {permission}"


def test_a_table_with_other_keys_fails(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch, aws: AwsSandbox
) -> None:
    aws.client("dynamodb").create_table(
        TableName="sessions",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    monkeypatch.setenv("LASTGOOD_TABLE", "sessions")

    found = row(lastgood.run("doctor", "--json"), "ledger", "aws")

    assert found["health"] == "fail"
    assert "is not a table of lastgood" in found["told"]


def test_a_table_without_a_region_fails_with_a_sentence(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTGOOD_TABLE", "lastgood")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    ran = lastgood.run("doctor", "--json")

    assert row(ran, "ledger", "aws")["told"] == "no AWS region is set"


def test_a_person_sees_what_to_do_within_the_width_of_a_terminal(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    cloud.faults.always("policy", Fault.refuse(403, "DBS.280032", "No permission."))

    ran = lastgood.run("doctor")

    assert ran.code == 3
    assert ran.out.startswith("a recovery would fail")
    assert "Try: give the credentials the permission" in " ".join(ran.out.split())
    assert max(len(line) for line in ran.out.splitlines()) <= 80


def test_how_long_an_execution_lasts_and_what_it_may_call_is_that_of_the_recover_function() -> None:
    client = boto3.client("lambda", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="y")
    (*_, recover) = settings({"LASTGOOD_RECOVER_FUNCTION": "recover:live"}, lambda _: client)
    assert recover.read

    with Stubber(client) as stubbed:
        answer = {
            "DurableConfig": {"ExecutionTimeout": 172800},
            "Environment": {"Variables": {"LASTGOOD_HOOKS": "arn:aws:lambda:*"}},
        }
        stubbed.add_response("get_function_configuration", answer, {"FunctionName": "recover:live"})
        assert recover.read() == Deployed(timedelta(days=2), "arn:aws:lambda:*")
