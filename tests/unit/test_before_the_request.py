"""What stops a request at the last moment, to the second and to the word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from lastgood.domain.lifecycle import Approval, Halt
from lastgood.domain.plan import Plan
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Job, Unknown
from lastgood.ledger import HaltedError, Intent, LostRaceError, NewSuspicionError
from lastgood.workflows.deciding import Decided, consider, recheck
from lastgood.workflows.firing import fire
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154

QUICK = parse_policy(POLICY.replace('"auto"', '"auto"\nquiet = "0s"'))


@pytest.fixture
def world() -> FakeWorld:
    made = world_at_1154()
    made.current_policy = QUICK
    return made


def plan_of(world: FakeWorld) -> Plan:
    found = consider(incident(), world)
    assert isinstance(found, Decided)
    assert isinstance(found.decision, Plan)
    return found.decision


@pytest.fixture
def claimed(world: FakeWorld) -> FakeWorld:
    """Claimed at 11:54 for a plan of then."""
    policy = world.policy()
    world.ledger.claim(plan_of(world), policy.instance[0], policy.fleet, world.now())
    return world


def why_stopped(world: FakeWorld) -> str:
    """Why the plan of the claim is not carried out by now."""
    claimed = world.ledger.known("incident-1")
    assert claimed.plan is not None
    found = recheck(claimed.plan, claimed, world)
    return getattr(found, "message", "")


# The check


def test_what_has_not_changed_is_carried_out(claimed: FakeWorld) -> None:
    assert why_stopped(claimed) == ""


def test_what_the_policy_only_proposes_by_now_is_not_carried_out_by_itself(
    claimed: FakeWorld,
) -> None:
    claimed.current_policy = parse_policy(POLICY.replace('"auto"', '"propose"\nquiet = "0s"'))

    assert why_stopped(claimed) == (
        f"nothing was sent to {REDIS}: it may no longer be carried out without a person"
    )


def test_a_plan_that_sets_something_aside_is_never_carried_out_by_itself(
    claimed: FakeWorld,
) -> None:
    claim = claimed.ledger.known("incident-1")
    assert claim.plan is not None
    despite = msgspec.structs.replace(claim.plan, despite=("cooling-down",))

    found = recheck(despite, claim, claimed)

    assert "without a person" in getattr(found, "message", "")


@pytest.mark.parametrize(("seconds", "stopped"), [(15 * 60, False), (15 * 60 + 1, True)])
def test_a_plan_of_exactly_max_plan_age_is_still_young_enough(
    claimed: FakeWorld, *, seconds: int, stopped: bool
) -> None:
    claimed.now.pass_(timedelta(seconds=seconds))

    why = why_stopped(claimed)

    assert ("old, more than max_plan_age" in why) is stopped


@pytest.mark.parametrize(("rollback", "stopped"), [("13m40s", False), ("13m39s", True)])
def test_a_loss_of_exactly_max_rollback_is_allowed(
    world: FakeWorld, *, rollback: str, stopped: bool
) -> None:
    limit = f'"auto"\nquiet = "0s"\nmax_rollback = "{rollback}"'
    before = plan_of(world)
    policy = world.policy()
    world.ledger.claim(before, policy.instance[0], policy.fleet, world.now())
    # A newer point keeps the new decision within the limit; what counts is what the plan loses.
    world.cloud.instances[REDIS].points.extend(service_times("11:45:00"))
    world.current_policy = parse_policy(POLICY.replace('"auto"', limit))

    why = why_stopped(world)

    told = "it would lose the writes of 13m40s by now, more than max_rollback (13m39s)"
    assert (told in why) is stopped


def test_an_earlier_moment_that_is_asked_for_by_now_stops_it(claimed: FakeWorld) -> None:
    start(incident("earlier", onset="11:30:00"), claimed)
    claim = claimed.ledger.known("incident-1")
    assert claim.plan is not None
    approved = msgspec.structs.replace(claim, approval=Approval(by="ada", at=claimed.now()))

    found = recheck(claim.plan, approved, claimed)

    assert getattr(found, "message", "").endswith("an earlier moment is asked for by now")


# The intent


def test_an_intent_and_a_halt_never_both_go_through_unseen(claimed: FakeWorld) -> None:
    halt = Halt(by="ada", at=claimed.now(), reason="wait")
    claimed.store.race = lambda: claimed.ledger.halt(halt)

    with pytest.raises(HaltedError):
        claimed.ledger.intend("incident-1", Intent(1, (), ()), claimed.now())

    assert claimed.ledger.known("incident-1").state == "claimed"


@pytest.mark.parametrize(("onset", "stopped"), [("11:47:59", True), ("11:48:00", False)])
def test_only_an_alarm_that_says_bad_before_the_onset_stops_an_intent(
    claimed: FakeWorld, *, onset: str, stopped: bool
) -> None:
    start(incident("another", onset=onset), claimed)
    intend = partial(claimed.ledger.intend, "incident-1", Intent(1, (), ()))

    if stopped:
        with pytest.raises(NewSuspicionError, match=r"^another$"):
            intend(claimed.now())
    else:
        assert intend(claimed.now()).state == "firing"


def test_every_alarm_that_stops_an_intent_is_named(claimed: FakeWorld) -> None:
    for name in ("one", "two"):
        start(incident(name, onset="11:30:00"), claimed)

    with pytest.raises(NewSuspicionError, match=r"^one, two$"):
        claimed.ledger.intend("incident-1", Intent(1, (), ()), claimed.now())


def test_a_move_to_where_it_stands_already_was_not_made_here(claimed: FakeWorld) -> None:
    claimed.ledger.intend("incident-1", Intent(1, (), ()), claimed.now())

    first = claimed.ledger.move("incident-1", "firing", "unknown", claimed.now())
    again = claimed.ledger.move("incident-1", "firing", "unknown", claimed.now())

    assert first.here is True
    assert again.here is False
    with pytest.raises(LostRaceError):
        claimed.ledger.move("incident-1", "claimed", "refused", claimed.now())


# The time that is left


def stopping(world: FakeWorld, patch: pytest.MonkeyPatch, seconds: float) -> FakeFlow:
    """Leave so much time once the intent is written; the next invocation has enough."""
    flow, intend = FakeFlow(), world.ledger.intend

    def slowly(*given: Any) -> Any:
        patch.setattr(world.ledger, "intend", intend)
        world.seconds_left = seconds
        return intend(*given)

    patch.setattr(world.ledger, "intend", slowly)
    flow.while_asleep = lambda: setattr(world, "seconds_left", 290)
    return flow


@pytest.mark.parametrize(("seconds", "tries"), [(80, 1), (79.9, 2)])
def test_a_request_needs_eighty_seconds_after_its_intent(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, seconds: float, tries: int
) -> None:
    recovery = recover(incident(), stopping(world, monkeypatch, seconds), world)

    assert (recovery.state, recovery.tries) == ("settled", tries)
    assert len(world.cloud.restores) == 1


def test_what_was_not_sent_for_want_of_time_says_so(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = stopping(world, monkeypatch, 5)
    recover(incident(), flow, world)

    assert flow.kept["fire 1, attempt 1"].code == "not-sent"
    assert flow.kept["fire 1, attempt 1"].sentence == "writing the intent took too long"
    assert flow.kept["fire 1, attempt 1"].kind == "unsent"


@pytest.mark.parametrize(("seconds", "turns"), [(100, 1), (99.9, 2)])
def test_an_intent_needs_a_hundred_seconds(world: FakeWorld, seconds: float, turns: int) -> None:
    world.seconds_left = seconds
    flow = FakeFlow()
    flow.while_asleep = lambda: setattr(world, "seconds_left", 290)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert len([name for name in flow.kept if name.startswith("fire ")]) == turns
    if turns == 2:
        assert flow.kept["fire 1, attempt 1"].message == (
            f"nothing was sent to {REDIS}: too little time was left in this invocation"
        )


def before(method: str, happen: Callable[[], object], world: FakeWorld, patch: Any) -> None:
    called = getattr(world.ledger, method)

    def first(*given: Any, **facts: Any) -> Any:
        patch.setattr(world.ledger, method, called)
        happen()
        return called(*given, **facts)

    patch.setattr(world.ledger, method, first)


def test_an_alarm_that_comes_in_right_before_the_intent_is_named(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    before(
        "intend",
        lambda: start(incident("another", onset="11:30:00"), world),
        world,
        monkeypatch,
    )

    recover(incident(), flow, world)

    assert flow.kept["fire 1, attempt 1"].message == (
        f"nothing was sent to {REDIS}: another alarm came in meanwhile: another"
    )
    assert world.cloud.restores == []


def test_an_intent_that_somebody_else_wrote_is_told_with_where_it_stands(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    intend = world.ledger.intend
    before(
        "intend", lambda: intend("incident-1", Intent(1, (), ()), world.now()), world, monkeypatch
    )

    recover(incident(), flow, world)

    assert flow.kept["fire 1, attempt 1"].why == (
        "another attempt had written its intent: incident-1 is firing by now"
    )
    assert world.cloud.restores == []


def test_the_time_of_the_scene_is_what_the_numbers_rest_on(claimed: FakeWorld) -> None:
    plan = claimed.ledger.known("incident-1").plan
    assert plan is not None
    assert (plan.target, plan.decided_at) == (at("11:40:20"), at("11:54:00"))


# What was sent before


def test_a_job_that_began_after_an_intent_of_an_earlier_claim_stops_the_next_one(
    claimed: FakeWorld,
) -> None:
    claimed.ledger.intend("incident-1", Intent(1, (), ()), claimed.now())
    claimed.ledger.stand_down("incident-1", 1, "busy", claimed.now())
    began = Job(id="whose", status="Running", instance=REDIS, started_at=claimed.now())
    claimed.cloud.jobs_seen["whose"] = [began]
    again = claimed.ledger.known("incident-1")
    assert again.plan is not None

    found = fire(again.plan, again, FakeFlow(), claimed)

    assert found == Unknown(
        "the service said that it was busy, and yet whose began after the request",
        traceable=False,
    )
    assert claimed.cloud.restores == []


def test_an_attempt_that_was_cut_off_after_its_intent_says_so(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()

    def die(*_: object) -> None:
        raise RuntimeError("the process died here")

    monkeypatch.setattr(world.cloud, "restore", die)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert str(recovery.reason).startswith(
        "the attempt was cut off after its intent had been written; "
    )
    assert "look after fire 1, attempt 1" in flow.kept


def test_attempts_that_are_all_cut_off_before_their_intent_end_the_plan(world: FakeWorld) -> None:
    flow = FakeFlow()
    flow.begun |= {f"fire 1, attempt {n}" for n in (1, 2, 3)}
    plan = plan_of(world)
    policy = world.policy()
    world.ledger.claim(plan, policy.instance[0], policy.fleet, world.now())

    found = fire(plan, world.ledger.known("incident-1"), flow, world)

    assert getattr(found, "message", "") == (
        f"nothing was sent to {REDIS}: 3 attempts were cut off before anything was sent"
    )
