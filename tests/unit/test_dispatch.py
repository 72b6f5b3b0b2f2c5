from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lastgood.domain.errors import EventError
from lastgood.workflows.dispatch import Outcome, dispatch
from tests.support.builders import OTHER_REDIS, REDIS
from tests.support.fakes import FakeWorld
from tests.support.scenes import world_at_1154

EVENTS = Path(__file__).parents[2] / "events"
ALARM = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-dropped"


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def test_one_transition_by_three_routes_and_again_starts_one_recovery(world: FakeWorld) -> None:
    routes = ["sns-alarm", "eventbridge-alarm", "direct-alarm", "sns-alarm"]

    outcomes = [dispatch(event(route), world).outcomes[0] for route in routes]

    assert [outcome.result for outcome in outcomes] == ["started", *["duplicate"] * 3]
    assert len(world.starter.started) == 1


def test_a_message_that_is_replayed_when_the_queue_has_forgotten_it_starts_nothing(
    world: FakeWorld,
) -> None:
    results = []
    for _ in range(2):
        (outcome,) = dispatch(event("cloudeye-in-sqs"), world).outcomes
        results.append(outcome.result)
        world.now.pass_(timedelta(hours=1))

    assert results == ["started", "duplicate"]
    assert len(world.starter.started) == 1


def test_a_first_delivery_that_died_before_the_start_is_made_good_by_the_second(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = world.starter.start
    monkeypatch.setattr(world.starter, "start", _die)
    with pytest.raises(RuntimeError):
        dispatch(event("eventbridge-alarm"), world)
    monkeypatch.setattr(world.starter, "start", start)

    dispatch(event("eventbridge-alarm"), world)

    assert len(world.starter.started) == 1


def _die(_: object) -> None:
    raise RuntimeError


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("eventbridge-ok", "not-an-alarm"),
        ("eventbridge-insufficient-data", "not-an-alarm"),
        ("eventbridge-composite-suppressed", "not-an-alarm"),
        ("eventbridge-unknown-alarm", "not-covered"),
        ("sns-subscription-confirmation", "not-an-alarm"),
    ],
)
def test_what_opens_no_incident_is_recorded_with_its_reason(
    world: FakeWorld, name: str, code: str
) -> None:
    (outcome,) = dispatch(event(name), world).outcomes

    assert outcome.result == "ignored"
    assert str(outcome.reason).startswith(code)
    assert any(b'"kind":"ignored"' in record.body for record in world.store.records.values())
    assert world.starter.started == {}


def test_an_unreadable_event_is_recorded_and_raised_for_the_dead_letters(world: FakeWorld) -> None:
    with pytest.raises(EventError):
        dispatch(event("malformed-missing-alarm-name"), world)

    assert [entry.kind for entry in world.ledger.entries("unreadable")] == ["unreadable"]


def test_an_alarm_of_which_nobody_can_say_whom_it_means_is_recorded_and_reaches_a_person(
    world: FakeWorld,
) -> None:
    instance = msgspec.structs.replace(world.current_policy.instance[0], alarms=("orders-*",))
    world.current_policy = msgspec.structs.replace(world.current_policy, instance=(instance,))
    ambiguous = event("eventbridge-alarm")
    (query,) = ambiguous["detail"]["configuration"]["metrics"]
    query["metricStat"]["metric"]["dimensions"] = {"instance_id": OTHER_REDIS}

    with pytest.raises(EventError, match="but its name means orders-cache") as caught:
        dispatch(ambiguous, world)

    (entry,) = world.ledger.entries(ambiguous["resources"][0])
    assert entry.detail["code"] == "ambiguous-instance"
    assert caught.value.hint.startswith("correct `alarms`")
    assert world.starter.started == {}


def test_each_outcome_says_which_incident_it_is_about(world: FakeWorld) -> None:
    first = dispatch(event("eventbridge-alarm"), world).outcomes
    again = dispatch(event("eventbridge-alarm"), world).outcomes

    (incident,) = world.starter.started
    assert first == (Outcome(result="started", incident=incident),)
    assert again == (Outcome(result="duplicate", incident=incident),)


def test_what_cannot_be_started_is_an_outcome_that_says_why(world: FakeWorld) -> None:
    world.starter.failing = 1

    outcomes = dispatch(event("sqs-batch-one-broken"), world).outcomes

    (outcome,) = (one for one in outcomes if one.result == "failed")
    assert outcome.incident in {one.id for one in world.ledger.unstarted(REDIS)}
    assert outcome.reason == "it could not be started"


def test_an_unreadable_event_says_what_it_is_and_where_to_read_it(world: FakeWorld) -> None:
    with pytest.raises(EventError) as raised:
        dispatch(event("malformed-missing-alarm-name"), world)

    assert raised.value.message.startswith("not understood: ")
    hint = "read it in the dead-letter queue; send only alarms to this function"
    assert raised.value.hint == hint
    (entry,) = world.ledger.entries("unreadable")
    assert f"not understood: {entry.detail['reason']}" == raised.value.message


def test_of_several_that_are_lost_each_is_named_and_the_first_hint_is_given(
    world: FakeWorld,
) -> None:
    broken = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "?"}} for _ in range(2)]}

    with pytest.raises(EventError) as raised:
        dispatch(broken, world)

    assert raised.value.message.count("not understood: ") == 2
    assert "; not understood: " in raised.value.message
    hint = "read it in the dead-letter queue; send only alarms to this function"
    assert raised.value.hint == hint


def test_after_a_record_that_was_dealt_with_the_next_is_dealt_with(world: FakeWorld) -> None:
    batch = event("sqs-batch-one-broken")
    batch["Records"].reverse()

    summary = dispatch(batch, world).summary()

    results = {outcome["result"] for outcome in summary["outcomes"]}
    assert results == {"started", "unreadable", "ignored"}


def test_of_a_batch_only_the_broken_record_is_returned(world: FakeWorld) -> None:
    summary = dispatch(event("sqs-batch-one-broken"), world).summary()

    assert len(summary["batchItemFailures"]) == 1
    results = [outcome["result"] for outcome in summary["outcomes"]]
    assert results.count("unreadable") == 1
    assert "started" in results


def test_several_records_are_each_settled(world: FakeWorld) -> None:
    outcomes = dispatch(event("sns-several-records"), world).outcomes

    assert len(outcomes) > 1
    assert any(outcome.result == "started" for outcome in outcomes)


def test_an_alarm_that_went_back_to_ok_is_remembered(world: FakeWorld) -> None:
    dispatch(event("eventbridge-alarm"), world)
    (incident,) = world.starter.started.values()
    assert world.ledger.history(incident).cleared_at is None

    dispatch(event("eventbridge-ok"), world)

    cleared_at = world.ledger.history(incident).cleared_at
    assert cleared_at is not None
    assert incident.instance == REDIS
    assert incident.source == ALARM


def test_whatever_an_alarm_goes_to_is_remembered_as_its_latest(world: FakeWorld) -> None:
    seen = []
    for shape in ("eventbridge-alarm", "eventbridge-ok", "eventbridge-alarm"):
        dispatch(event(shape), world)
        known = world.ledger.heard(ALARM)
        assert known is not None
        seen.append(known.state)

    assert seen == ["ALARM", "OK", "OK"]  # the last is the first one, delivered again


def test_an_alarm_that_is_suppressed_is_red_all_the_same_and_a_test_is_nothing(
    world: FakeWorld,
) -> None:
    dispatch(event("eventbridge-composite-suppressed"), world)
    dispatch(event("datadog-test"), world)

    kept = [key.partition for key in world.store.records if key.sort == "standing"]
    assert len(kept) == 1
    assert world.ledger.heard(kept[0].removeprefix("alarm#")).state == "ALARM"  # type: ignore[union-attr] # it is kept


def test_an_incident_that_was_merged_away_does_not_clear_its_alarm(world: FakeWorld) -> None:
    triggered, merged = event("pagerduty-triggered"), event("pagerduty-merged")
    triggered["event"]["data"]["incident_key"] = REDIS
    dispatch(triggered, world)
    (incident,) = world.starter.started.values()

    (outcome,) = dispatch(merged, world).outcomes

    assert world.ledger.history(incident).cleared_at is None
    assert "went to MERGED; only ALARM acts" in (outcome.reason or "")


def test_an_alarm_that_means_two_instances_starts_both_whatever_becomes_of_the_first(
    world: FakeWorld,
) -> None:
    policy = world.current_policy
    glob = {"alarms": ("orders-*",)}
    both = (
        msgspec.structs.replace(policy.instance[0], **glob),
        msgspec.structs.replace(policy.instance[0], id=OTHER_REDIS, name="another", **glob),
    )
    world.current_policy = msgspec.structs.replace(policy, instance=both)
    alarm = event("eventbridge-alarm")
    text = json.dumps(alarm).replace(REDIS, "nobody")

    outcomes = dispatch(json.loads(text), world).outcomes

    assert [outcome.result for outcome in outcomes] == ["started", "started"]
    assert {one.instance for one in world.starter.started.values()} == {REDIS, OTHER_REDIS}


def test_a_record_that_is_unreadable_is_an_outcome_with_its_reason(world: FakeWorld) -> None:
    outcomes = dispatch(event("sqs-batch-one-broken"), world).outcomes

    (entry,) = world.ledger.entries("unreadable")
    (outcome,) = (one for one in outcomes if one.result == "unreadable")
    assert outcome.reason == entry.detail["reason"]


def test_what_is_no_alarm_is_kept_in_a_chain_of_its_own(world: FakeWorld) -> None:
    dispatch(event("sns-subscription-confirmation"), world)

    assert [entry.kind for entry in world.ledger.entries("ignored")] == ["ignored"]


def test_of_several_that_are_lost_the_hint_is_that_of_the_first(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = iter(["first", "second"])

    def fail(*_: object) -> None:
        raise EventError("why", next(hints))

    monkeypatch.setattr("lastgood.workflows.dispatch.start", fail)
    twice = {"Records": [event("sns-alarm")["Records"][0] for _ in range(2)]}

    with pytest.raises(EventError) as raised:
        dispatch(twice, world)

    assert raised.value.hint == "first"
