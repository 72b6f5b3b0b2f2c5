"""`lastgood plan --event` over alarms that mislead, in mode auto, with a point every minute."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lastgood import dialects
from lastgood.aws.dynamodb import DynamoStore
from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Incident
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.triage import triage
from lastgood.ledger import Ledger
from sandbox.aws.account import TABLE, AwsSandbox
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.redis_instance import PitrPolicy
from tests.support.builders import REDIS, endpoints, policy_text
from tests.support.command_line import TOKEN, CommandLine

EVENTS = Path(__file__).parents[2] / "events"
EVERY_MINUTE = PitrPolicy(interval=timedelta(minutes=1))
PROPOSES = "no more than a proposal"

BAD_SINCE = {
    "eventbridge-missing-8x900": "2026-08-19T05:44:00Z",
    "sns-missing-3x60": "2026-08-26T16:02:20Z",
    "eventbridge-flapping-first": "2026-02-17T11:48:00Z",
}
NEVER_BY_ITSELF = {
    "eventbridge-just-created": "the alarm was in INSUFFICIENT_DATA since 2026-09-28T00:26:24Z",
    "eventbridge-composite-of-6x300": "the onset is no better known than by guess",
    "eventbridge-missing-8x900": "the onset is no better known than by evaluation-start",
    "sns-missing-3x60": "the onset is no better known than by guess",
    "eventbridge-multi-series": "the onset is no better known than by guess",
    "eventbridge-reason-not-understood": "the onset is no better known than by guess",
    "eventbridge-filled-gaps": "the onset is no better known than by evaluation-start",
    "eventbridge-ok-for-a-minute": "the alarm had been OK for 1m1s only",
    "eventbridge-insufficient-data-before": (
        "the alarm was in INSUFFICIENT_DATA since 2026-02-17T10:40:08"
    ),
    "sns-just-configured": "the alarm was configured 1m32s before",
}


def alarm_of(name: str) -> Alarm:
    event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    (message,) = dialects.read(event)
    assert isinstance(message.content, Alarm)
    return message.content


class Scene:
    """A shell, and a cloud that has made a point on each minute of the last six hours."""

    def __init__(self, lastgood: CommandLine, cloud: HuaweiSandbox) -> None:
        self.policy = policy_text(
            redis='alarms = ["orders-cache-*"]',
            cloud=endpoints(cloud.geminidb_url, cloud.rds_url),
            project=cloud.project_id,
        )
        self._lastgood = lastgood
        lastgood.set_policy(self.policy)
        lastgood.set_clock(cloud.clock)

    def plan(self, name: str) -> Any:
        ran = self._lastgood.run("plan", "--event", str(EVENTS / f"{name}.json"), "--json")
        assert ran.json["verdict"] == "plan", ran.json
        return ran.json

    def incident_of(self, name: str) -> Incident:
        (found,) = triage(alarm_of(name), parse_policy(self.policy))
        assert isinstance(found, Incident)
        return found


@pytest.fixture
def lastgood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    return CommandLine(tmp_path, monkeypatch, capsys)


@contextmanager
def a_minute_after(name: str, lastgood: CommandLine) -> Iterator[Scene]:
    now = times.ceil_second(alarm_of(name).changed_at) + timedelta(minutes=1)
    began = now.replace(second=0) - timedelta(hours=6)
    with HuaweiSandbox(Clock.frozen(began), token=TOKEN) as cloud:
        cloud.add_redis(REDIS, "orders-cache", pitr=EVERY_MINUTE)
        cloud.clock.advance_to(now)
        yield Scene(lastgood, cloud)
        assert cloud.puts == (0, 0)


def moment(text: str) -> datetime:
    return times.parse_rfc3339(text)


@pytest.mark.parametrize("name", BAD_SINCE)
def test_the_target_lies_before_the_data_was_bad(name: str, lastgood: CommandLine) -> None:
    with a_minute_after(name, lastgood) as scene:
        plan = scene.plan(name)

    assert moment(plan["target"]) < moment(BAD_SINCE[name])
    assert moment(plan["incident"]["onset"]) < moment(BAD_SINCE[name])


@pytest.mark.parametrize("name", NEVER_BY_ITSELF)
def test_what_is_not_known_is_never_more_than_a_proposal_and_the_plan_says_why(
    name: str, lastgood: CommandLine
) -> None:
    with a_minute_after(name, lastgood) as scene:
        plan = scene.plan(name)

    assert plan["mode"] == "propose"
    (warning,) = [each for each in plan["warnings"] if each.startswith(NEVER_BY_ITSELF[name])]
    assert warning.endswith(PROPOSES)


def test_what_was_measured_acts_by_itself_and_shows_its_strength(lastgood: CommandLine) -> None:
    with a_minute_after("eventbridge-flapping-first", lastgood) as scene:
        plan = scene.plan("eventbridge-flapping-first")

    assert (plan["mode"], plan["strength"]) == ("auto", "datapoint")
    assert plan["target"] == "2026-02-17T11:44:00Z"


def test_with_a_ledger_the_second_alarm_of_one_damage_proposes_a_moment_before_the_first(
    lastgood: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "eventbridge-flapping-second"
    with AwsSandbox() as aws, a_minute_after(name, lastgood) as scene:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
        monkeypatch.setenv("LASTGOOD_TABLE", TABLE)
        first = scene.incident_of("eventbridge-flapping-first")
        Ledger(DynamoStore(aws.client("dynamodb"), TABLE)).open(first, first.changed_at)

        plan = scene.plan(name)

    assert (plan["mode"], plan["bad_since"]) == ("propose", "2026-02-17T11:47:00Z")
    assert plan["target"] == "2026-02-17T11:44:00Z"
    assert plan["alternative"]["target"] == "2026-02-17T12:22:00Z"
    (warning,) = plan["warnings"]
    assert f"by incident {first.id}, which nothing has settled" in warning
    assert warning.endswith(PROPOSES)
