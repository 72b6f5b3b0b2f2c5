"""Events and metrics: what is published is true, published once, and never lost to a bus."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from lastgood.domain.events import Pending
from lastgood.ledger.ledger import MOST_PENDING
from lastgood.ports import PublishError
from lastgood.workflows.operator import approve
from lastgood.workflows.recovery import recover
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154
from tests.support.sweeps import sweep_all


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def pending(world: FakeWorld) -> list[str]:
    return [event.kind for event in world.ledger.pending()]


def test_a_bus_that_is_away_stops_neither_tracking_nor_settling(world: FakeWorld) -> None:
    world.publisher.failing = 1_000

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert world.publisher.published == []
    assert pending(world) == ["Recovery Started", "Recovery Completed"]


def test_what_could_not_be_announced_is_announced_when_the_bus_is_back(world: FakeWorld) -> None:
    world.publisher.failing = 1

    recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds == ["Recovery Completed", "Recovery Started"]
    assert pending(world) == []


def test_a_sweep_announces_what_no_recovery_could(world: FakeWorld) -> None:
    world.publisher.failing = 2
    recover(incident(), FakeFlow(), world)

    sweep_all("sweep-1", world)

    assert world.publisher.kinds == ["Sweep Completed", "Recovery Started", "Recovery Completed"]


def test_an_event_that_the_bus_never_takes_does_not_hold_up_the_others(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        world.ledger.postpone(Pending("Sweep Completed", {"number": number}))
    publish = world.publisher.publish

    def all_but_the_first(kind: str, detail: dict[str, Any]) -> None:
        if detail.get("number") == 1:
            raise PublishError("it is too large")
        publish(kind, detail)

    monkeypatch.setattr(world.publisher, "publish", all_but_the_first)

    recover(incident(), FakeFlow(), world)

    assert [event.detail["number"] for event in world.ledger.pending()] == [1]
    assert {detail.get("number") for _, detail in world.publisher.published} == {None, 2, 3}


def test_of_too_many_events_that_wait_for_the_bus_the_latest_are_kept(world: FakeWorld) -> None:
    for number in range(MOST_PENDING + 5):
        world.ledger.postpone(Pending("Sweep Completed", {"number": number}))

    numbers = [event.detail["number"] for event in world.ledger.pending()]
    assert numbers == list(range(5, MOST_PENDING + 5))


@pytest.mark.parametrize("before", [(), ("small",)])
def test_an_event_that_fills_an_item_is_kept_alone(
    world: FakeWorld, before: tuple[str, ...]
) -> None:
    for text in before:
        world.ledger.postpone(Pending("Sweep Completed", {"text": text}))
    # zlib cannot make it smaller.
    large = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(8_000))
    world.ledger.postpone(Pending("Sweep Completed", {"text": large}))

    (kept,) = world.ledger.pending()
    assert kept.detail == {"text": large}


def test_who_finds_that_a_recovery_has_ended_neither_counts_nor_announces_it_again(
    world: FakeWorld,
) -> None:
    first = recover(incident(), FakeFlow(), world)

    for _ in range(8):
        assert recover(incident(), FakeFlow(), world) == first

    assert world.publisher.kinds == ["Recovery Started", "Recovery Completed"]
    assert [name for name, _ in world.metrics.ended] == ["incident-1"]


def test_a_refusal_that_is_found_by_a_second_execution_is_counted_once() -> None:
    world = world_at_1154(mode="observe")

    for _ in range(3):
        recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds == ["Recovery Refused"]
    assert len(world.metrics.ended) == 1


def test_a_move_whose_event_was_lost_with_its_process_is_announced_by_whoever_finds_it(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.current_policy = world_at_1154(mode="observe").current_policy
    publish = world.publisher.publish

    def die_once(*_: object) -> None:
        monkeypatch.setattr(world.publisher, "publish", publish)
        raise SystemExit

    monkeypatch.setattr(world.publisher, "publish", die_once)
    with pytest.raises(SystemExit):
        recover(incident(), FakeFlow(), world)
    assert world.publisher.published == []

    recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds == ["Recovery Refused"]


def test_each_proposal_of_an_incident_is_announced(world: FakeWorld) -> None:
    flow = FakeFlow()
    flow.begun |= {f"fire 1, attempt {n}" for n in (1, 2, 3)}
    flow.begun |= {f"fire 1, attempt {n}, round 2" for n in (1, 2, 3)}
    FakeFlow.world = world

    def approve_once() -> None:
        world.now.pass_(timedelta(minutes=1))
        standing = world.ledger.recovery("incident-1")
        assert standing is not None
        assert standing.plan is not None
        if world.publisher.kinds.count("Recovery Proposed") == 1:
            approve("incident-1", standing.plan.hash, "ada", world)

    flow.while_asleep = approve_once

    recover(incident(), flow, world)

    assert world.publisher.kinds.count("Recovery Proposed") == 2


def test_without_a_bus_nothing_is_lost(world: FakeWorld) -> None:
    from lastgood.aws.eventbridge import NoBus  # noqa: PLC0415 - the one test of it

    with pytest.raises(PublishError, match="LASTGOOD_BUS is not set"):
        NoBus().publish("Recovery Refused", {"incident": "incident-1"})

    world.publisher = NoBus()  # type: ignore[assignment] # as on a command line
    recover(incident(), FakeFlow(), world)

    assert pending(world) == ["Recovery Started", "Recovery Completed"]


def test_events_that_are_too_large_together_make_room_and_the_latest_stays(
    world: FakeWorld,
) -> None:
    def sweep(number: int) -> Pending:
        verdicts = {hashlib.sha256(f"{number}{n}".encode()).hexdigest(): "ok" for n in range(1000)}
        return Pending("Sweep Completed", {"number": number, "verdicts": verdicts})

    for number in range(12):
        world.ledger.postpone(sweep(number))

    numbers = [event.detail["number"] for event in world.ledger.pending()]
    assert numbers == list(range(numbers[0], 12))
    assert numbers[0] > 0
    assert max(len(record.body) for record in world.store.records.values()) < 400 * 1024
