"""`lastgood plan` with an alarm of Cloud Eye that is asked about at Cloud Eye, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.wire.faults import Fault, Operation
from tests.support.builders import RDS, REDIS, at
from tests.support.command_line import TOKEN, CommandLine, confirming

NOW = datetime(2026, 2, 17, 11, 54, 20, tzinfo=UTC)
EVENTS = Path(__file__).parents[2] / "events"
RULE, METRIC = "al17700000000000orders", "SYS.NoSQL/redis_db_keys"
DIMENSIONS = {"redis_cluster_id": REDIS}
CONDITION = {
    "period": 1,
    "filter": "average",
    "comparison_operator": "<",
    "value": 1000,
    "count": 3,
}
MINUTE = timedelta(minutes=1)
NODES = tuple(f"0{number}3893ef73754465a8bd2e0857bbf13eno12" for number in (1, 2, 3))
VALUES = {
    at("10:30:00") + n * MINUTE: 12.0 if n >= 79 else 1204.0  # bad from 11:49 on
    for n in range(84)
}


class Eye:
    """The Cloud Eye of a cloud: the record of the alarm, and its values."""

    def __init__(self, cloud: HuaweiSandbox) -> None:
        self.cloud = cloud
        self.record = cloud.cloud_eye.add_record(
            RULE, METRIC, DIMENSIONS, at("11:53:08"), CONDITION
        )

    def measure(self, *missing: str) -> None:
        gone = {at(clock) for clock in missing}
        values = {moment: value for moment, value in VALUES.items() if moment not in gone}
        self.cloud.cloud_eye.measure(METRIC, DIMENSIONS, values)


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    with HuaweiSandbox(Clock.frozen(NOW - timedelta(minutes=171)), token=TOKEN) as cloud:
        cloud.add_redis(REDIS, "orders-cache")
        cloud.add_rds(RDS, "orders-db")
        cloud.clock.advance_to(NOW)
        with stamina.set_testing(True, attempts=1):
            yield cloud


@pytest.fixture
def eye(cloud: HuaweiSandbox, lastgood: CommandLine) -> Eye:
    lastgood.set_policy(confirming(cloud))
    return Eye(cloud)


def plan(lastgood: CommandLine, event: str = "cloudeye-smn") -> Any:
    ran = lastgood.run("plan", "--event", str(EVENTS / f"{event}.json"), "--json")
    assert ran.code == 0, ran
    return ran.json


def test_a_measured_onset_lets_an_alarm_of_cloud_eye_act(eye: Eye, lastgood: CommandLine) -> None:
    eye.measure()

    made = plan(lastgood)

    assert (made["mode"], made["strength"]) == ("auto", "datapoint")
    assert made["incident"]["confirmed"] is True
    assert made["incident"]["onset"] == "2026-02-17T11:47:00Z"
    assert not any("Cloud Eye" in warning for warning in made["warnings"])


def test_the_same_alarm_by_functiongraph_is_measured_alike(eye: Eye, lastgood: CommandLine) -> None:
    eye.measure()

    assert plan(lastgood, "cloudeye-functiongraph") == plan(lastgood)


def ended(eye: Eye) -> None:
    eye.measure()
    eye.record.update(status="ok")


def of_another_rule(eye: Eye) -> None:
    eye.measure()
    eye.record.update(alarm_id="al1another")


def with_a_gap(eye: Eye) -> None:
    eye.measure("11:48:00")


def without_data(eye: Eye) -> None:
    eye.measure(*(f"{moment:%H:%M:%S}" for moment in VALUES))


def failing(operation: Operation, fault: Fault) -> Callable[[Eye], None]:
    return lambda eye: eye.cloud.faults.always(operation, fault)


DOUBTS: dict[str, tuple[Callable[[Eye], None], str]] = {
    "a gap": (with_a_gap, "its data have a gap from"),
    "over": (ended, "its record is ok by now"),
    "no data": (without_data, "its data have 0 bad datapoints in a row, and it takes 3"),
    "another rule": (of_another_rule, "it has no record of this alarm"),
    "forbidden": (
        failing("alarm-records", Fault.refuse(403, "APIGW.0302")),
        "it could not be asked (permission)",
    ),
    "away": (
        failing("metric-data", Fault.drop_before()),
        "it could not be asked (unreachable)",
    ),
    "nonsense": (
        failing("metric-data", Fault.garbage()),
        "it could not be asked (permanent)",
    ),
}


@pytest.mark.parametrize(("spoil", "why"), DOUBTS.values(), ids=DOUBTS)
def test_what_cloud_eye_does_not_confirm_is_proposed_with_the_reason(
    spoil: Callable[[Eye], None], why: str, eye: Eye, lastgood: CommandLine
) -> None:
    spoil(eye)

    made = plan(lastgood)

    assert (made["mode"], made["strength"]) == ("propose", "evaluation-start")
    assert any(f"Cloud Eye does not confirm it: {why}" in told for told in made["warnings"])
    assert "confirmed" not in made["incident"]


def test_an_alarm_of_cloudwatch_asks_cloud_eye_nothing(eye: Eye, lastgood: CommandLine) -> None:
    assert plan(lastgood, "eventbridge-alarm")["mode"] == "auto"
    assert not eye.cloud.requests_to("alarm-records")


# About how much is lost


COMMANDS = "SYS.NoSQL/redis319_all_qps"


def run_commands(cloud: HuaweiSandbox, a_second: float) -> None:
    values = {at("11:00:00") + n * MINUTE: a_second for n in range(54)}
    for node in NODES:
        cloud.cloud_eye.measure(COMMANDS, DIMENSIONS | {"redis_node_id": node}, values)


def test_a_plan_tells_about_how_many_commands_it_loses_whoever_sent_the_alarm(
    eye: Eye, lastgood: CommandLine
) -> None:
    run_commands(eye.cloud, 10)

    made = plan(lastgood, "eventbridge-alarm")

    assert made["lost_writes"] == len(NODES) * 10 * made["loss_seconds"] > 0
    text = lastgood.run("plan", "--event", str(EVENTS / "eventbridge-alarm.json")).out
    assert f"for good, at most about {made['lost_writes']:,} commands" in " ".join(text.split())


@pytest.mark.parametrize(
    "fault",
    [Fault.refuse(403, "APIGW.0302"), Fault.drop_before(), Fault.garbage()],
    ids=["forbidden", "away", "nonsense"],
)
def test_a_plan_is_made_without_the_number_where_cloud_eye_does_not_tell_it(
    fault: Fault, eye: Eye, lastgood: CommandLine
) -> None:
    run_commands(eye.cloud, 10)
    usual = plan(lastgood, "eventbridge-alarm")
    eye.cloud.faults.always("metric-data", fault)

    made = plan(lastgood, "eventbridge-alarm")

    assert made == {key: value for key, value in usual.items() if key != "lost_writes"}
