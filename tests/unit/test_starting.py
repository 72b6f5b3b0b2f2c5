"""Alarms that were kept and never started, starts that fail, and starts by hand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lastgood.domain.alarm import Incident
from lastgood.domain.errors import EventError
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.sweep import Portion
from lastgood.ledger import Ledger
from lastgood.ports import StartError, StepFailedError, Store
from lastgood.workflows.dispatch import dispatch
from lastgood.workflows.operator import dismiss
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start, start_by_hand, start_what_was_not
from lastgood.workflows.sweeping import sweep
from tests.support.builders import POLICY, REDIS
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154
from tests.support.sweeps import sweep_all

APART = parse_policy(POLICY.replace('"auto"', '"auto"\nquiet = "0s"'))
EVENTS = Path(__file__).parents[2] / "events"


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def keep_only(one: Incident, world: FakeWorld) -> None:
    """Keep an incident as a delivery does that dies before it starts anything."""
    world.ledger.open(one, world.now())


def test_an_alarm_that_was_never_started_is_started_by_the_next_alarm_of_its_instance(
    world: FakeWorld,
) -> None:
    world.current_policy = APART
    keep_only(incident("left-behind"), world)

    dispatch(event("eventbridge-alarm"), world)

    assert len(world.starter.started) == 2
    assert "left-behind" in world.starter.started


def test_an_alarm_that_was_never_started_is_started_by_the_next_sweep(world: FakeWorld) -> None:
    keep_only(incident("left-behind"), world)

    sweep_all("sweep-1", world)

    assert list(world.starter.started) == ["left-behind"]


def test_what_was_decided_is_not_started_again(world: FakeWorld) -> None:
    start(incident(), world)
    recover(incident(), FakeFlow(), world)
    world.starter.started.clear()

    sweep_all("sweep-1", world)

    assert world.starter.started == {}


def test_a_sweep_that_finds_nothing_left_behind_makes_no_further_step(world: FakeWorld) -> None:
    flow = FakeFlow()

    sweep(Portion(sweep="sweep-1", cloud="prod"), flow, world)

    assert list(flow.kept) == [
        "measure, part 1",
        "look for orphans",
        "tell",
        "look after copies",
        "start what is due",
    ]


def test_one_that_cannot_be_started_fails_the_sweep_at_its_end_until_it_is_dismissed(
    world: FakeWorld,
) -> None:
    keep_only(incident("left-behind"), world)
    world.starter.failing = 99

    with pytest.raises(StepFailedError, match="could not be started"):
        sweep_all("sweep-1", world)
    dismiss("left-behind", "it runs under another name", "ada", world)
    sweep_all("sweep-2", world)

    assert world.publisher.kinds == ["Sweep Completed", "Recovery Refused", "Sweep Completed"]


def test_of_several_that_were_left_behind_one_that_cannot_be_started_stops_no_other(
    world: FakeWorld,
) -> None:
    for name in ("first", "second"):
        keep_only(incident(name), world)
    world.starter.failing = 1

    with pytest.raises(StartError):
        start_what_was_not([REDIS], world)

    assert list(world.starter.started) == ["second"]


class CountingStore:
    """A store that counts what it is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.asked[name] += 1
        return getattr(self._store, name)


def test_an_alarm_of_an_instance_of_which_nothing_is_open_reads_once_and_writes_once(
    world: FakeWorld,
) -> None:
    store = CountingStore(world.store)
    world.ledger = Ledger(store)

    dispatch(event("eventbridge-alarm"), world)

    assert store.asked == {"read": 1, "commit": 1}
    assert len(world.starter.started) == 1


# Errors while an event is dealt with


def test_a_start_that_fails_is_raised_for_the_dead_letters_after_the_others_were_started(
    world: FakeWorld,
) -> None:
    world.current_policy = APART
    first, second = event("sns-alarm"), event("sns-alarm")
    text = second["Records"][0]["Sns"]["Message"]
    second["Records"][0]["Sns"]["Message"] = text.replace("11:53:08", "11:53:09")
    world.starter.failing = 1

    with pytest.raises(StartError, match="could not be started"):
        dispatch({"Records": [*first["Records"], *second["Records"]]}, world)

    assert {one.changed_at.second for one in world.starter.started.values()} == {8, 9}


def test_of_a_batch_the_record_that_could_not_be_started_is_returned_and_no_other(
    world: FakeWorld,
) -> None:
    batch = event("sqs-batch-one-broken")
    world.starter.failing = 1

    summary = dispatch(batch, world).summary()

    results = [outcome["result"] for outcome in summary["outcomes"]]
    returned = [failure["itemIdentifier"] for failure in summary["batchItemFailures"]]
    assert (results.count("failed"), results.count("unreadable")) == (1, 1)
    assert len(returned) == len(set(returned)) == 2


@pytest.fixture
def two(world: FakeWorld) -> tuple[FakeWorld, Any]:
    """Two instances, and an alarm that means both by its name."""
    table = POLICY.partition("[[instance]]")[2].replace("e738", "0000").replace("orders", "carts")
    both = f"{POLICY}[[instance]]{table}".replace('mode = "auto"', 'mode = "auto"\nalarms = ["*"]')
    world.current_policy = parse_policy(both)
    text = json.dumps(event("eventbridge-alarm")).replace(REDIS, "no-instance-at-all")
    return world, json.loads(text)


def test_of_an_alarm_about_two_instances_the_second_is_started_although_the_first_was_not(
    two: tuple[FakeWorld, Any],
) -> None:
    world, of_both = two
    world.starter.failing = 1

    with pytest.raises(StartError):
        dispatch(of_both, world)

    (started,) = world.starter.started.values()
    assert started.instance != REDIS


def test_a_message_of_which_nothing_could_be_started_is_returned_once(
    two: tuple[FakeWorld, Any],
) -> None:
    world, of_both = two
    batch = event("sqs-batch-one-broken")
    record = batch["Records"][0] | {"body": json.dumps(of_both)}
    world.starter.failing = 9

    dispatched = dispatch({"Records": [record]}, world)

    assert [outcome.result for outcome in dispatched.outcomes] == ["failed", "failed"]
    assert dispatched.returned == (record["messageId"],)


def test_everything_that_was_lost_of_an_event_is_told_in_one_error(world: FakeWorld) -> None:
    broken = event("malformed-missing-alarm-name")
    records = {"Records": [event("sns-alarm")["Records"][0]] * 2}
    for record in records["Records"]:
        record["Sns"]["Message"] = json.dumps(broken)

    with pytest.raises(EventError, match=r"not understood: .*; not understood: "):
        dispatch(records, world)


# By hand


def test_what_cannot_be_started_by_hand_leaves_nothing_behind_that_acts_or_counts(
    world: FakeWorld,
) -> None:
    world.starter.failing = 1

    with pytest.raises(StartError):
        start_by_hand(incident("asked"), world)

    world.starter.failing = 0
    sweep_all("sweep-1", world)
    assert world.starter.started == {}
    assert world.ledger.history(incident()).suspects == ()
    failed = world.ledger.standing(REDIS)[0]
    reason = "it could not be started: StartError"
    assert (failed.state, failed.reason) == ("failed", reason)
    kept = [(one.kind, one.at, one.detail) for one in world.ledger.entries(REDIS)]
    assert kept[1:] == [("failed", world.now(), reason), ("not-started", world.now(), reason)]


def test_an_execution_that_was_started_after_all_finds_that_nothing_is_wanted_any_more(
    world: FakeWorld,
) -> None:
    world.starter.failing = 1
    with pytest.raises(StartError):
        start_by_hand(incident("asked"), world)

    assert recover(incident("asked"), FakeFlow(), world).state == "failed"
    assert world.cloud.restores == []


def test_an_alarm_that_had_come_in_before_is_not_forgotten_when_its_start_by_hand_fails(
    world: FakeWorld,
) -> None:
    keep_only(incident("an-alarm"), world)
    world.starter.failing = 1

    with pytest.raises(StartError):
        start_by_hand(incident("an-alarm"), world)

    assert [one.id for one in world.ledger.unstarted(REDIS)] == ["an-alarm"]
    assert [one.incident for one in world.ledger.history(incident()).suspects] == ["an-alarm"]


def test_what_is_started_by_hand_is_kept_and_started(world: FakeWorld) -> None:
    started = start_by_hand(incident("asked"), world)

    assert world.starter.started == {"asked": started}
    assert [one.incident for one in world.ledger.history(incident()).suspects] == ["asked"]
    assert world.ledger.standing(REDIS) == []


def test_what_was_started_by_hand_is_no_failure_where_another_proposal_cannot_be_told() -> None:
    world = world_at_1154(mode="propose")
    flow = FakeFlow()

    def ask() -> None:
        world.waker.failing = 1
        start_by_hand(incident("asked", onset="11:30:00"), world)

    flow.while_asleep = ask
    recover(incident(), flow, world)

    assert world.waker.failing == 0
    assert list(world.starter.started) == ["asked"]
