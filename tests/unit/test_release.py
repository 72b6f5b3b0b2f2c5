"""A recovery whose execution is dead holds nothing for ever: a person can release it."""

from __future__ import annotations

import pytest

from lastgood.domain.lifecycle import ACTIVE, MOVES
from lastgood.domain.restore import Unknown
from lastgood.workflows.operator import ReleaseError, release
from lastgood.workflows.recovery import recover
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


class DeadError(BaseException):
    """The execution ends here, and nobody goes on with it."""


def die(*_: object) -> None:
    raise DeadError


def held_in(state: str, world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> FakeFlow:
    """An execution that died when its recovery had come to this state."""
    flow = FakeFlow()
    ends = {
        "claimed": lambda: monkeypatch.setattr(world.ledger, "intend", die),
        "firing": lambda: monkeypatch.setattr(world.cloud, "restore", die),
        "accepted": lambda: monkeypatch.setattr(world.cloud, "job", die),
        "unknown": lambda: _lose(world, monkeypatch),
    }
    ends[state]()
    with pytest.raises(DeadError):
        recover(incident(), flow, world)
    found = world.ledger.recovery("incident-1")
    assert found is not None
    assert found.state == state
    return flow


def _lose(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.cloud.outcomes = [Unknown("the answer was lost")]
    monkeypatch.setattr("lastgood.workflows.recovery.reconcile", die)


each_state = pytest.mark.parametrize("state", ["claimed", "firing", "unknown", "accepted"])


def test_whatever_holds_something_can_be_handed_over() -> None:
    assert {state for state in ACTIVE if "handed-over" in MOVES[state]} == ACTIVE


@each_state
def test_what_is_held_is_free_again_and_that_is_told(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    held_in(state, world, monkeypatch)

    released = release("incident-1", "the execution is gone", "ada", world)

    assert released.state == "handed-over"
    assert released.reason == "released by ada: the execution is gone"
    assert world.ledger.fleet().active == ()
    assert world.ledger.history(incident("incident-2")).active is None
    assert world.publisher.kinds[-1] == "Recovery Unknown"


@each_state
def test_what_may_have_been_restored_still_cools_down(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    held_in(state, world, monkeypatch)
    monkeypatch.undo()

    release("incident-1", "dead", "ada", world)
    later = recover(incident("incident-2"), FakeFlow(), world)

    assert (later.code == "cooling-down") == (state != "claimed")


@each_state
def test_an_execution_that_was_not_dead_after_all_sends_nothing_more(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    flow = held_in(state, world, monkeypatch)
    sent = len(world.cloud.restores)
    monkeypatch.undo()
    release("incident-1", "dead", "ada", world)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert len(world.cloud.restores) == sent


def test_releasing_twice_is_releasing_once(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_in("accepted", world, monkeypatch)
    first = release("incident-1", "dead", "ada", world)

    again = release("incident-1", "dead", "grace", world)

    assert again == first
    assert world.publisher.kinds.count("Recovery Unknown") == 1


def test_only_the_first_release_moves_it(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    held_in("accepted", world, monkeypatch)

    first = world.ledger.release("incident-1", "dead", world.now())
    again = world.ledger.release("incident-1", "dead", world.now())

    assert first.here is True
    assert again.here is False


def test_what_has_ended_or_never_began_is_not_released(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)

    with pytest.raises(ReleaseError, match="is settled; it holds nothing") as ended:
        release("incident-1", "dead", "ada", world)
    with pytest.raises(ReleaseError, match="has claimed nothing") as unknown:
        release("incident-2", "dead", "ada", world)

    assert ended.value.hint == "read `lastgood status incident-1`"
    assert unknown.value.hint == "read `lastgood status incident-2`"


def test_a_release_that_was_never_announced_is_announced_by_the_next_try(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_in("accepted", world, monkeypatch)
    world.ledger.release("incident-1", "released by somebody who died then", world.now())
    assert "Recovery Unknown" not in world.publisher.kinds

    assert release("incident-1", "dead", "ada", world).state == "handed-over"

    assert world.publisher.kinds[-1] == "Recovery Unknown"
