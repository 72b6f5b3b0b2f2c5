"""What several writers do to the same records at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import stamina

from lastgood.domain.lifecycle import Halt, Recovery
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.restore import Refused
from lastgood.ledger import HaltedError, Intent, LostRaceError, Moved
from lastgood.ports import RacedError
from lastgood.workflows.deciding import Decided, consider
from lastgood.workflows.recovery import recover
from tests.support.builders import REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def plan_of(world: FakeWorld) -> Plan:
    found = consider(incident(), world)
    assert isinstance(found, Decided)
    assert isinstance(found.decision, Plan)
    return found.decision


def proposed(world: FakeWorld) -> tuple[Recovery, Plan]:
    plan = plan_of(world)
    return world.ledger.conclude(plan, incident(), world.now()).recovery, plan


def another(plan: Plan) -> Plan:
    return msgspec.structs.replace(plan, decided_at=at("11:59:00")).sealed()


def test_a_write_that_lost_a_race_is_made_again_from_what_stands_there_by_then(
    world: FakeWorld,
) -> None:
    def somebody_else() -> None:
        world.ledger.open(incident("first"), world.now())

    world.store.race = somebody_else

    world.ledger.open(incident("second"), world.now())

    entries = list(world.ledger.entries(REDIS))
    assert [entry.incident for entry in entries] == ["first", "second"]
    assert world.ledger.end(REDIS).seq == 2


def test_a_write_that_loses_twenty_times_is_an_error_and_nothing_is_written(
    world: FakeWorld,
) -> None:
    lost: list[int] = []

    def always() -> None:
        lost.append(1)
        world.store.race = None
        world.ledger.open(incident(f"racer-{len(lost)}"), world.now())
        world.store.race = always

    world.store.race = always

    with stamina.set_testing(True, attempts=19, cap=True), pytest.raises(RacedError):
        world.ledger.open(incident(), world.now())

    assert len(lost) == 20
    assert world.ledger.incident(incident().id) is None


def test_a_write_that_loses_again_and_again_is_made_in_the_end(world: FakeWorld) -> None:
    races = [incident(f"racer-{n}") for n in range(4)]

    def race_again() -> None:
        one = races.pop()
        world.store.race = None
        world.ledger.open(one, world.now())
        world.store.race = race_again if races else None

    world.store.race = race_again

    world.ledger.open(incident(), world.now())

    assert len(list(world.ledger.entries(REDIS))) == 5


def test_of_two_proposals_in_place_of_one_the_first_stands(world: FakeWorld) -> None:
    _, plan = proposed(world)
    world.ledger.propose_anew(plan, "proposed", another(plan), world.now())

    again = world.ledger.propose_anew(plan, "proposed", another(plan), world.now())

    assert again.here is False
    assert again.recovery.plan == another(plan)
    third = msgspec.structs.replace(plan, decided_at=at("11:58:00")).sealed()
    with pytest.raises(LostRaceError):
        world.ledger.propose_anew(plan, "proposed", third, world.now())


def test_what_is_not_proposed_any_more_is_not_approved(world: FakeWorld) -> None:
    recovery, plan = proposed(world)
    world.ledger.propose_anew(plan, "proposed", another(plan), world.now())

    with pytest.raises(LostRaceError):
        world.ledger.approve(recovery, plan, "ada", world.now())


def test_a_proposal_does_not_expire_while_there_is_time(world: FakeWorld) -> None:
    _, plan = proposed(world)

    early = world.ledger.expire(plan, plan.answer_by - timedelta(seconds=1))
    other = world.ledger.expire(another(plan), plan.answer_by)
    late = world.ledger.expire(plan, plan.answer_by)

    assert [moved.recovery.state for moved in (early, other, late)] == [
        *("proposed", "proposed"),
        "expired",
    ]
    assert [moved.here for moved in (early, other, late)] == [False, False, True]


def test_a_note_that_an_alarm_cleared_is_not_replaced_by_an_older_one(world: FakeWorld) -> None:
    source = incident().source
    world.ledger.hear(source, "OK", at("12:00:00"), at("12:00:00"))

    world.ledger.hear(source, "OK", at("11:00:00"), at("11:00:00"))

    assert world.ledger.history(incident()).cleared_at == at("12:00:00")


def test_what_stops_a_move_says_so_in_its_message(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)
    with pytest.raises(LostRaceError) as lost:
        world.ledger.move("incident-1", "claimed", "refused", world.now())
    refusal = Refusal(incident=None, code="halted", message="ada halted it", hint="resume")

    assert str(lost.value) == "incident-1 is settled by now"
    assert str(HaltedError(refusal)) == "ada halted it"


def test_what_was_halted_can_be_resumed(world: FakeWorld) -> None:
    world.ledger.halt(Halt(by="ada", at=world.now(), reason="maintenance"))

    assert world.ledger.resume("ada", world.now()).halt is None
    halted, resumed = world.ledger.entries("fleet")
    assert (halted.kind, resumed.kind) == ("halted", "resumed")
    assert halted.detail == {
        "by": "ada",
        "at": "2026-02-17T11:54:00Z",
        "reason": "maintenance",
    }
    assert resumed.detail == "ada"


def test_a_fence_is_closed_once_and_only_by_the_recovery_it_stands_for(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)
    before = list(world.ledger.entries(REDIS))

    world.ledger.close_fence(REDIS, "incident-1", world.now(), world.now())
    world.ledger.close_fence(REDIS, "incident-2", world.now(), world.now())

    assert list(world.ledger.entries(REDIS)) == before


# What other invocations do between the steps of one


def before(method: str, happen: Any, world: FakeWorld, patch: pytest.MonkeyPatch) -> None:
    """Let something happen right before a call of the ledger, once."""
    called = getattr(world.ledger, method)

    def first(*arguments: Any, **facts: Any) -> Any:
        patch.setattr(world.ledger, method, called)
        happen()
        return called(*arguments, **facts)

    patch.setattr(world.ledger, method, first)


def test_a_withdrawal_that_finds_a_request_under_way_looks_for_its_job(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = world.ledger.move

    def fire_first(*arguments: Any, **facts: Any) -> Moved:
        if arguments[1:3] == ("claimed", "refused"):
            world.ledger.resume("ada", world.now())
            world.ledger.intend("incident-1", Intent(1, (), ()), world.now())
        return move(*arguments, **facts)

    monkeypatch.setattr(world.ledger, "move", fire_first)
    before("intend", lambda: world.halt("ada", "wait"), world, monkeypatch)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "thought dead" in str(recovery.reason)
    assert world.cloud.restores == []


def test_a_recovery_that_was_released_while_its_request_was_answered_is_left_alone(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = world.cloud.restore

    def restore_then_release(instance: str, restore_time: str) -> object:
        outcome = restore(instance, restore_time)
        world.ledger.release("incident-1", "released by ada: dead", world.now())
        return outcome

    monkeypatch.setattr(world.cloud, "restore", restore_then_release)

    assert recover(incident(), FakeFlow(), world).state == "handed-over"


def test_an_instance_that_left_the_policy_before_the_claim_is_not_claimed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> None:
        other = msgspec.structs.replace(world.current_policy.instance[0], id="0" * 32 + "in12")
        world.current_policy = msgspec.structs.replace(world.current_policy, instance=(other,))

    flow = FakeFlow()
    step = flow.step

    def leave_before_the_claim(name: str, action: Any) -> Any:
        if name == "claim":
            leave()
        return step(name, action)

    monkeypatch.setattr(flow, "step", leave_before_the_claim)

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "not-covered")


def test_a_claim_that_an_older_invocation_made_is_given_back_with_the_refusal(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, plan, policy = world.ledger.claim, plan_of(world), world.policy()
    world.halt("ada", "wait")

    def the_older_goes_on() -> None:
        world.ledger.resume("ada", world.now())
        claim(plan, policy.instance[0], policy.fleet, world.now())

    before("conclude", the_older_goes_on, world, monkeypatch)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "halted")
    assert world.ledger.fleet().active == ()


def test_a_busy_answer_to_an_intent_that_was_released_meanwhile_ends_there(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.cloud.outcomes = [Refused("DBS.200011", "busy", "busy")]
    before(
        "stand_down",
        lambda: world.ledger.release("incident-1", "released by ada: dead", world.now()),
        world,
        monkeypatch,
    )

    assert recover(incident(), FakeFlow(), world).state == "handed-over"
    assert len(world.cloud.restores) == 1


def test_an_attempt_that_finds_the_intent_of_another_before_its_check_sends_nothing(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    once = flow.once

    def intend_first(name: str, action: Any) -> Any:
        world.ledger.intend("incident-1", Intent(1, (), ()), world.now())
        return once(name, action)

    monkeypatch.setattr(flow, "once", intend_first)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert "another attempt had written its intent" in str(recovery.reason)
    assert world.cloud.restores == []
