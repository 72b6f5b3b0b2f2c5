from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from lastgood.aws.dynamodb import DynamoStore
from lastgood.domain import canonical
from lastgood.domain.plan import Plan
from lastgood.domain.policy_file import parse_policy
from lastgood.ledger import Ledger
from sandbox.aws.account import POLICY_PARAMETER, TABLE, AwsSandbox
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.wire.faults import Fault
from tests.support.builders import OTHER_REDIS, RDS, REDIS
from tests.support.command_line import TOKEN, CommandLine

EVENTS = sorted((Path(__file__).parents[2] / "events").glob("*.json"))

NOW = datetime(2026, 2, 17, 11, 54, 20, tzinfo=UTC)
"""A minute after the alarm of the corpus; its onset is at 11:48."""
TARGET = "2026-02-17T11:43:20Z"
AS_THE_SERVICE_WRITES_IT = "2026-02-17T19:43:20+0800"


@pytest.fixture(scope="module")
def cloud() -> Iterator[HuaweiSandbox]:
    """A cache with a point every twenty minutes, the last at 11:43:20, before a database."""
    with HuaweiSandbox(Clock.frozen(NOW - timedelta(minutes=171)), token=TOKEN) as cloud:
        cloud.add_redis(REDIS, "orders-cache")
        cloud.add_redis(OTHER_REDIS, "off-cache", pitr=None)
        cloud.add_rds(RDS, "orders-db")
        cloud.clock.advance_to(NOW)
        yield cloud


@pytest.fixture(autouse=True)
def acts_on_nothing(cloud: HuaweiSandbox) -> Iterator[None]:
    yield
    cloud.faults.clear()
    assert cloud.puts == (0, 0)


def corpus(name: str) -> str:
    return str(next(path for path in EVENTS if path.stem == name))


ALARM = corpus("eventbridge-alarm")


def keep(directory: Path, event: bytes) -> str:
    path = directory / "event.json"
    path.write_bytes(event)
    return str(path)


# The corpus


@pytest.mark.parametrize("event", EVENTS, ids=lambda path: path.stem)
def test_every_event_of_the_corpus_gets_a_plan_or_a_refusal(
    lastgood: CommandLine, event: Path
) -> None:
    ran = lastgood.run("plan", "--event", str(event), "--json")

    decisions = ran.json if isinstance(ran.json, list) else [ran.json]
    verdicts = {decision["verdict"] for decision in decisions}
    assert verdicts <= {"plan", "refusal"}
    assert ran.code == (0 if verdicts == {"plan"} else 3)
    assert ran.err == ""


@pytest.mark.parametrize("event", EVENTS, ids=lambda path: path.stem)
def test_every_event_of_the_corpus_is_told_within_80_columns(
    lastgood: CommandLine, event: Path
) -> None:
    ran = lastgood.run("plan", "--event", str(event))

    assert ran.out.startswith(("Plan: ", "Refused: "))
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "\x1b" not in ran.out
    assert ran.err == ""


# What scripts read


def test_a_plan_has_the_keys_that_scripts_build_on(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--event", ALARM, "--json")

    plan = ran.json
    incident = {"instance": REDIS, "onset": "2026-02-17T11:48:00Z", "onset_basis": "datapoint"}
    assert ran.code == 0
    assert (plan["verdict"], plan["mode"], plan["loss_seconds"]) == ("plan", "auto", 660)
    assert (plan["target"], plan["restore_time"]) == (TARGET, AS_THE_SERVICE_WRITES_IT)
    assert plan["incident"].items() >= incident.items()
    assert plan["incident"].keys() >= {"id", "alarm", "changed_at"}
    assert plan["gates"] == [
        {"instance": REDIS, "source": "geminidb", "restorable": True},
        {"instance": RDS, "source": "rds", "restorable": True},
    ]
    assert len(plan["hash"]) == 64


def test_without_a_table_the_plan_warns_that_no_ledger_was_asked(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--event", ALARM, "--json")

    (warning,) = ran.json["warnings"]
    assert warning.startswith("no ledger is configured")


def test_a_refusal_has_the_keys_that_scripts_build_on(lastgood: CommandLine) -> None:
    asked = ("--instance", "off-cache", "--before", "2026-02-17T11:00:00Z")

    ran = lastgood.run("plan", *asked, "--json")

    refusal = ran.json
    assert ran.code == 3
    assert (refusal["verdict"], refusal["code"]) == ("refusal", "pitr-off")
    assert refusal["incident"]["instance"] == OTHER_REDIS
    assert refusal["message"]
    assert refusal["hint"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("eventbridge-ok", "not-an-alarm"),
        ("malformed-null", "not-an-alarm"),
        ("eventbridge-unknown-alarm", "not-covered"),
    ],
)
def test_what_opens_no_incident_is_refused_without_one(
    lastgood: CommandLine, event: str, code: str
) -> None:
    ran = lastgood.run("plan", "--event", corpus(event), "--json")

    assert ran.code == 3
    assert (ran.json["incident"], ran.json["code"]) == (None, code)


def test_an_event_of_several_incidents_gives_an_array(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--event", corpus("eventbridge-two-instances"), "--json")

    assert [one["incident"]["instance"] for one in ran.json] == [REDIS, RDS]
    assert ran.code == 0


def test_one_plan_and_one_refusal_are_not_the_answer_yes(lastgood: CommandLine) -> None:
    event = Path(corpus("eventbridge-two-instances")).read_bytes()
    changed = keep(lastgood.directory, event.replace(REDIS.encode(), OTHER_REDIS.encode()))

    ran = lastgood.run("plan", "--event", changed, "--json")

    assert [one["verdict"] for one in ran.json] == ["refusal", "plan"]
    assert ran.code == 3


def test_an_incident_that_came_twice_is_planned_once(lastgood: CommandLine) -> None:
    record = json.loads(Path(corpus("sns-alarm")).read_bytes())["Records"][0]
    twice = keep(lastgood.directory, json.dumps({"Records": [record, record]}).encode())

    ran = lastgood.run("plan", "--event", twice, "--json")

    assert ran.json["verdict"] == "plan"


def test_every_route_of_one_transition_leads_to_the_same_plan(lastgood: CommandLine) -> None:
    routes = ("eventbridge-alarm", "sns-alarm", "direct-alarm")

    plans = [lastgood.run("plan", "--event", corpus(route), "--json").json for route in routes]

    assert len({(plan["incident"]["id"], plan["target"]) for plan in plans}) == 1


def test_an_event_can_come_on_stdin(lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(ALARM).read_bytes())))

    ran = lastgood.run("plan", "--event", "-", "--json")

    assert ran.json["target"] == TARGET


# A person asks


@pytest.mark.parametrize("known_as", [REDIS, "orders-cache"])
@pytest.mark.parametrize("before", ["2026-02-17T11:49:00Z", "2026-02-17T19:49:00+08:00"])
def test_a_person_says_before_when_the_data_was_good(
    lastgood: CommandLine, known_as: str, before: str
) -> None:
    ran = lastgood.run("plan", "--instance", known_as, "--before", before, "--json")

    assert ran.code == 0
    assert ran.json["target"] == TARGET
    assert ran.json["incident"]["onset"] == "2026-02-17T11:49:00Z"
    assert ran.json["incident"]["onset_basis"] == "given"


def test_a_target_before_utc_midnight_is_found_among_the_windows_of_both_days(
    lastgood: CommandLine,
) -> None:
    policy = (lastgood.directory / "lastgood.toml").read_text()
    lastgood.set_policy(policy + '[defaults]\nmax_rollback = "24h"\n')
    after_midnight = ("--instance", "orders-db", "--before", "2026-02-17T00:01:00Z")

    ran = lastgood.run("plan", *after_midnight, "--json")

    assert ran.json["target"] == "2026-02-16T23:58:59Z"


@pytest.mark.parametrize(
    "before", ["11:40", "2026-02-17T11:40:20", "yesterday", "1999-12-31T23:59:59Z", "", "\udcff"]
)
def test_a_time_that_names_no_moment_is_a_usage_error(lastgood: CommandLine, before: str) -> None:
    ran = lastgood.run("plan", "--instance", "orders-cache", "--before", before)

    assert ran.code == 2
    assert ran.error.endswith("is not an RFC 3339 time with a zone")


def test_a_time_in_the_future_is_a_usage_error(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--instance", "orders-cache", "--before", "2026-02-17T19:49:00Z")

    assert ran.code == 2
    assert ran.error == (
        "--before 2026-02-17T19:49:00Z is in the future; it is 2026-02-17T11:54:20Z now"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--instance", "orders-cache"),
        ("--before", "2026-02-17T11:40:20Z"),
        ("--event", "-", "--instance", "orders-cache"),
        ("--event", "-", "--instance", "orders-cache", "--before", "2026-02-17T11:40:20Z"),
    ],
)
def test_plan_takes_either_an_event_or_an_instance_and_a_time(
    lastgood: CommandLine, arguments: tuple[str, ...]
) -> None:
    ran = lastgood.run("plan", *arguments)

    assert ran.code == 2
    assert ran.error == "this takes an event, or an instance and a time"


# What a person reads


def test_a_person_reads_what_would_happen_and_why(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--event", ALARM)

    assert ran.out.startswith(f"Plan: restore orders-cache to {TARGET}, 11m ago\n")
    for told in (
        "◆ target   the latest restorable moment at least 2m before onset\n",
        "░ lost     every write of the last 11m, for good\n",
        "✗ onset    2026-02-17T11:48:00Z, the first of 2 breaching datapoints,\n",
        "  alarm    orders-cache-keys-dropped, 2026-02-17T11:53:08Z (1m12s ago)\n",
        "  gates    orders-cache: the target is one of its points\n",
        "           orders-db: the target is within its windows\n",
        "  mode     auto: lastgood acts by itself when an alarm says so\n",
        f"  sent as  {AS_THE_SERVICE_WRITES_IT}\n",
        "\nWarning: no ledger is configured",
        "\nNext: nothing was done. When the alarm reaches lastgood's functions",
    ):
        assert told in "\n".join(line.rstrip() for line in ran.out.splitlines())


def test_the_picture_shows_first_the_target_and_then_the_onset(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--event", ALARM)

    (picture,) = (line for line in ran.out.splitlines() if line.count("░") > 1)
    assert 0 < picture.index("◆") < picture.index("✗")
    assert picture.startswith(" 11:37Z ")
    assert picture.endswith(" 11:54Z")


def test_a_stale_alarm_is_for_a_person_to_act_on(lastgood: CommandLine) -> None:
    policy = (lastgood.directory / "lastgood.toml").read_text()
    lastgood.set_policy(policy + '[defaults]\nmax_alarm_age = "1m"\n')

    ran = lastgood.run("plan", "--event", ALARM)

    assert "mode     propose: a person has to act" in ran.out
    assert "Warning: the alarm is " in ran.out
    assert "propose it: lastgood status" in ran.out


def test_a_person_reads_why_not_and_what_to_try(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--instance", "off-cache", "--before", "2026-02-17T11:00:00Z")

    assert ran.out.startswith("Refused: pitr-off\npoint-in-time recovery is off for off-cache\n")
    assert "\nTry: turn on PITR" in ran.out


def test_a_plan_for_rds_says_that_it_is_not_restored_in_place(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--instance", "orders-db", "--before", "2026-02-17T11:00:00Z")

    assert "every write of the last 56m21s, in the copy" in ran.out
    assert "RDS is not restored in place" in ran.out


# What goes wrong


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 1} x'], ids=repr
)
def test_an_event_that_is_no_json_is_an_error(lastgood: CommandLine, content: bytes) -> None:
    path = keep(lastgood.directory, content)

    ran = lastgood.run("plan", "--event", path)

    assert ran.code == 1
    assert ran.error == f"the event {path} is not JSON"


@pytest.mark.parametrize("missing", ["nowhere.json", "."])
def test_an_event_that_cannot_be_read_is_an_error(lastgood: CommandLine, missing: str) -> None:
    path = str(lastgood.directory / missing)

    ran = lastgood.run("plan", "--event", path, "--json")

    assert ran.code == 1
    assert ran.json["error"]["code"] == "event"
    assert path in ran.json["error"]["message"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault.garbage(), "an answer that cannot be used"),
        (Fault.garbage(b'{"restore_time": "none"}'), "an answer that cannot be used"),
        (Fault.garbage(b"<html>Sign in</html>"), "an answer that cannot be used"),
        (Fault.refuse(403, "DBS.280032", "No permission."), "403 DBS.280032: No permission."),
    ],
    ids=["another", "wrong-type", "html", "forbidden"],
)
def test_an_answer_that_cannot_be_used_is_an_error(
    lastgood: CommandLine, cloud: HuaweiSandbox, fault: Fault, told: str
) -> None:
    cloud.faults.always("points", fault)

    ran = lastgood.run("plan", "--event", ALARM)

    assert ran.code == 1
    assert ran.error.startswith(f"restorable points of {REDIS}: ")
    assert told in ran.error


def test_a_read_that_is_tried_again_is_told_on_stderr(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    cloud.faults.add("points", Fault.throttle())

    with stamina.set_testing(True, attempts=2):
        ran = lastgood.run("plan", "--event", ALARM, "--json")

    assert ran.json["target"] == TARGET
    assert "trying again in" in " ".join(ran.err.split())


# The ledger


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsSandbox]:
    with AwsSandbox() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("LASTGOOD_TABLE", TABLE)
        yield aws


def test_with_a_table_the_ledger_is_asked_and_nothing_is_written(
    lastgood: CommandLine, aws: AwsSandbox
) -> None:
    ran = lastgood.run("plan", "--event", ALARM, "--json")

    assert ran.json["target"] == TARGET
    assert ran.json["warnings"] == []
    assert aws.client("dynamodb").scan(TableName=TABLE)["Items"] == []


def test_an_instance_that_is_being_recovered_is_refused(
    lastgood: CommandLine, aws: AwsSandbox
) -> None:
    policy = parse_policy((lastgood.directory / "lastgood.toml").read_text())
    under_way = canonical.decode(lastgood.run("plan", "--event", ALARM, "--json").out, Plan)
    ledger = Ledger(DynamoStore(aws.client("dynamodb"), TABLE))
    ledger.claim(under_way, policy.instance[0], policy.fleet, NOW)

    asked = ("--instance", "orders-cache", "--before", "2026-02-17T11:49:00Z")
    ran = lastgood.run("plan", *asked, "--json")

    assert ran.code == 3
    assert ran.json["code"] == "instance-busy"
    assert under_way.incident.id in ran.json["message"]


def test_the_policy_can_stand_in_ssm(lastgood: CommandLine, aws: AwsSandbox) -> None:
    aws.put_parameter(POLICY_PARAMETER, (lastgood.directory / "lastgood.toml").read_text())

    ran = lastgood.run("plan", "--event", ALARM, "--policy", f"ssm:{POLICY_PARAMETER}", "--json")

    assert ran.json["target"] == TARGET


def test_a_ledger_out_of_reach_is_an_error(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTGOOD_TABLE", TABLE)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    ran = lastgood.run("plan", "--event", ALARM)

    assert ran.code == 1
    assert ran.error == "no AWS region is set"
