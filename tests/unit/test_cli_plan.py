from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import stamina

from lastgood.domain import times
from sandbox import corpus
from sandbox.aws import AwsSandbox
from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.huawei import HuaweiSandbox
from sandbox.redis_instance import RedisInstance
from tests.unit.command_line import CACHE, DATABASE, OFF, TOKEN, CommandLine, policy_for

EVENTS = sorted((Path(__file__).parents[2] / "events").glob("*.json"))

NOT_COVERED = "eventbridge-unknown-alarm"


class Shop(NamedTuple):
    """A cache whose newest point is ten minutes old, the others twenty minutes apart."""

    cloud: HuaweiSandbox
    cache: RedisInstance

    @property
    def newest(self) -> str:
        return self.cache.points[-1]


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with HuaweiSandbox(Clock.ago(timedelta(minutes=170)), token=TOKEN) as cloud:
        cache = cloud.add_redis(CACHE, "orders-cache")
        cloud.add_redis(OFF, "off-cache", pitr=None)
        cloud.add_rds(DATABASE, "orders-db")
        cloud.clock.catch_up()
        yield Shop(cloud, cache)


@pytest.fixture
def lastgood(
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[CommandLine]:
    command_line = CommandLine(tmp_path, monkeypatch, capsys)
    command_line.set_policy(policy_for(shop.cloud))
    yield command_line
    shop.cloud.faults.clear()
    assert shop.cloud.puts == (0, 0)


def ago(**length: int) -> datetime:
    return datetime.now(UTC) - timedelta(**length)


def written(moment: datetime) -> str:
    return times.print_rfc3339(times.floor_second(moment))


@pytest.fixture
def alarm(tmp_path: Path) -> str:
    """An alarm that went off a minute ago, its onset four minutes before that."""
    return keep(tmp_path, corpus.event("eventbridge-alarm", ago(minutes=1)))


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
    happened = keep(lastgood.directory, corpus.event(event.stem, ago(minutes=1)))

    ran = lastgood.run("plan", "--event", happened)

    assert ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "\x1b" not in ran.out
    assert ran.err == ""


# What scripts read


def test_a_plan_has_the_keys_that_scripts_build_on(
    lastgood: CommandLine, shop: Shop, alarm: str
) -> None:
    ran = lastgood.run("plan", "--event", alarm, "--json")

    plan, target = ran.json, times.SERVICE.parse(shop.newest)
    assert ran.code == 0
    assert (plan["verdict"], plan["mode"]) == ("plan", "auto")
    assert (plan["restore_time"], plan["target"]) == (shop.newest, written(target))
    assert {"id", "instance", "alarm", "onset", "onset_basis", "changed_at"} <= set(
        plan["incident"]
    )
    assert plan["incident"]["onset_basis"] == "datapoint"
    assert 600 <= plan["loss_seconds"] < 660
    assert plan["gates"] == [
        {"instance": CACHE, "source": "geminidb", "restorable": True},
        {"instance": DATABASE, "source": "rds", "restorable": True},
    ]
    assert len(plan["hash"]) == 64


def test_without_a_table_the_plan_warns_that_no_ledger_was_asked(
    lastgood: CommandLine, alarm: str
) -> None:
    ran = lastgood.run("plan", "--event", alarm, "--json")

    assert ran.json["warnings"] == [
        "no ledger is configured: cooldown, fence and caps were not checked"
    ]


def test_a_refusal_has_the_keys_that_scripts_build_on(lastgood: CommandLine) -> None:
    ran = lastgood.run(
        "plan", "--instance", "off-cache", "--before", written(ago(hours=1)), "--json"
    )

    refusal = ran.json
    assert ran.code == 3
    assert (refusal["verdict"], refusal["code"]) == ("refusal", "pitr-off")
    assert refusal["incident"]["instance"] == OFF
    assert refusal["message"]
    assert refusal["hint"]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("eventbridge-ok", "not-an-alarm"),
        ("malformed-null", "not-an-alarm"),
        (NOT_COVERED, "not-covered"),
    ],
)
def test_what_opens_no_incident_is_refused_without_one(
    lastgood: CommandLine, event: str, code: str
) -> None:
    happened = keep(lastgood.directory, corpus.event(event))

    ran = lastgood.run("plan", "--event", happened, "--json")

    assert ran.code == 3
    assert (ran.json["incident"], ran.json["code"]) == (None, code)


def test_an_event_of_several_incidents_gives_an_array(lastgood: CommandLine) -> None:
    event = corpus.event("eventbridge-two-instances", ago(minutes=1))

    ran = lastgood.run("plan", "--event", keep(lastgood.directory, event), "--json")

    assert [one["incident"]["instance"] for one in ran.json] == [CACHE, DATABASE]


def test_one_plan_and_one_refusal_are_not_all_that_was_asked_for(lastgood: CommandLine) -> None:
    event = corpus.event("eventbridge-two-instances", ago(minutes=1))
    happened = keep(lastgood.directory, event.replace(CACHE.encode(), OFF.encode()))

    ran = lastgood.run("plan", "--event", happened, "--json")

    assert sorted(one["verdict"] for one in ran.json) == ["plan", "refusal"]
    assert ran.code == 3


def test_an_incident_that_came_twice_is_planned_once(lastgood: CommandLine) -> None:
    record = json.loads(corpus.event("sns-alarm", ago(minutes=1)))["Records"][0]
    happened = keep(lastgood.directory, json.dumps({"Records": [record, record]}).encode())

    ran = lastgood.run("plan", "--event", happened, "--json")

    assert ran.json["verdict"] == "plan"


def test_every_route_of_one_transition_leads_to_the_same_incident_and_target(
    lastgood: CommandLine,
) -> None:
    transition = ago(minutes=1)
    routes = ("eventbridge-alarm", "sns-alarm", "direct-alarm")

    plans = [
        lastgood.run(
            "plan", "--event", keep(lastgood.directory, corpus.event(route, transition)), "--json"
        ).json
        for route in routes
    ]

    assert len({(plan["incident"]["id"], plan["target"]) for plan in plans}) == 1


def test_an_event_can_come_on_stdin(
    lastgood: CommandLine, alarm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(Path(alarm).read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)

    ran = lastgood.run("plan", "--event", "-", "--json")

    assert ran.json["verdict"] == "plan"


# A person asks


@pytest.mark.parametrize("known_as", [CACHE, "orders-cache"])
def test_a_person_says_before_when_the_data_was_good(
    lastgood: CommandLine, shop: Shop, known_as: str
) -> None:
    before = written(ago(minutes=5))

    ran = lastgood.run("plan", "--instance", known_as, "--before", before, "--json")

    assert ran.code == 0
    assert ran.json["incident"]["onset"] == before
    assert ran.json["incident"]["onset_basis"] == "given"
    assert ran.json["restore_time"] == shop.newest


def test_the_time_may_have_any_offset(lastgood: CommandLine) -> None:
    before = times.floor_second(ago(minutes=5))
    in_beijing = before.astimezone(times.BEIJING).isoformat()

    ran = lastgood.run("plan", "--instance", "orders-cache", "--before", in_beijing, "--json")

    assert ran.json["incident"]["onset"] == written(before)


@pytest.mark.parametrize(
    "before", ["11:40", "2026-02-17T11:40:20", "yesterday", "1999-12-31T23:59:59Z", "", "\udcff"]
)
def test_a_time_that_names_no_moment_is_a_usage_error(lastgood: CommandLine, before: str) -> None:
    ran = lastgood.run("plan", "--instance", "orders-cache", "--before", before)

    assert ran.code == 2
    assert ran.error.endswith("is not an RFC 3339 time with a zone")


def test_a_time_that_has_not_come_is_a_usage_error(lastgood: CommandLine) -> None:
    tomorrow = written(ago(days=-1))

    ran = lastgood.run("plan", "--instance", "orders-cache", "--before", tomorrow)

    assert ran.code == 2
    assert ran.error.startswith(f"--before {tomorrow} has not come yet; it is ")


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
    assert ran.error == "plan takes an event, or an instance and a time"


# What a person reads


def test_a_person_reads_what_would_happen_and_why(
    lastgood: CommandLine, shop: Shop, alarm: str
) -> None:
    ran = lastgood.run("plan", "--event", alarm)

    target = written(times.SERVICE.parse(shop.newest))
    assert ran.out.startswith(f"Plan: restore orders-cache to {target}, 10m")
    for told in (
        "the latest restorable moment at least 2m before onset",
        "every write of the last 10m",
        "the first of 2 breaching datapoints",
        "orders-cache: the target is one of its points",
        "orders-db: the target is within its windows",
        "mode     auto: lastgood acts by itself",
        f"sent as  {shop.newest}",
        "Warning: no ledger is configured",
        "Next: nothing was done.",
    ):
        assert told in ran.out


def test_the_picture_shows_target_and_onset_in_this_order(
    lastgood: CommandLine, alarm: str
) -> None:
    ran = lastgood.run("plan", "--event", alarm)

    (picture,) = (line for line in ran.out.splitlines() if line.count("░") > 1)
    assert 0 < picture.index("◆") < picture.index("✗")


def test_a_person_reads_why_not_and_what_to_try(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--instance", "off-cache", "--before", written(ago(hours=1)))

    assert ran.out.startswith(
        "Refused: pitr-off\npoint-in-time recovery is switched off for off-cache\n"
    )
    assert "\nTry: switch PITR on" in ran.out


def test_a_plan_for_rds_says_that_it_is_not_restored_in_place(lastgood: CommandLine) -> None:
    ran = lastgood.run("plan", "--instance", "orders-db", "--before", written(ago(hours=1)))

    assert "in the copy" in ran.out
    assert "RDS is not restored in place" in ran.out


# What goes wrong


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": 1} x'])
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
    ids=lambda value: getattr(value, "name", "told"),
)
def test_an_answer_of_the_wrong_shape_is_an_error(
    lastgood: CommandLine, shop: Shop, alarm: str, fault: Fault, told: str
) -> None:
    shop.cloud.faults.always("points", fault)

    ran = lastgood.run("plan", "--event", alarm)

    assert ran.code == 1
    assert ran.error.startswith(f"restorable points of {CACHE}: ")
    assert told in ran.error


def test_a_read_that_fails_is_tried_again_and_told_on_stderr(
    lastgood: CommandLine, shop: Shop, alarm: str
) -> None:
    shop.cloud.faults.add("points", Fault.throttle())

    with stamina.set_testing(True, attempts=2):  # noqa: FBT003 - the library's own signature
        ran = lastgood.run("plan", "--event", alarm, "--json")

    assert ran.json["verdict"] == "plan"
    assert "trying again in" in " ".join(ran.err.split())


# The ledger


def test_with_a_table_the_ledger_is_asked_and_nothing_is_written(
    lastgood: CommandLine, alarm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with AwsSandbox() as aws:
        for name, value in aws.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("LASTGOOD_POLICY", str(lastgood.directory / "lastgood.toml"))

        ran = lastgood.run("plan", "--event", alarm, "--json")
        items = aws.client("dynamodb").scan(TableName="lastgood")["Items"]

    assert ran.json["verdict"] == "plan"
    assert ran.json["warnings"] == []
    assert items == []


def test_a_ledger_out_of_reach_is_an_error(
    lastgood: CommandLine, alarm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTGOOD_TABLE", "lastgood")
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    ran = lastgood.run("plan", "--event", alarm)

    assert ran.code == 1
    assert ran.error == "AWS: You must specify a region."
