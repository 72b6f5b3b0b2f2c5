from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
import pytest

from lastgood.domain import fleet, lifecycle
from lastgood.domain.lifecycle import FleetState, Halt, Recovery
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.policy import Fleet
from lastgood.workflows.recovery import recover
from tests.support.builders import at
from tests.support.fakes import FakeFlow
from tests.support.scenes import incident, world_at_1154

TODAY, TOMORROW = date(2026, 2, 17), date(2026, 2, 18)


@pytest.fixture(scope="module")
def plan() -> Plan:
    world = world_at_1154()
    made = recover(incident(), FakeFlow(), world).plan
    assert made is not None
    return made


def claimed(plan: Plan, when: datetime, name: str = "incident-1") -> Recovery:
    named = msgspec.structs.replace(plan.incident, id=name)
    return lifecycle.claim(None, msgspec.structs.replace(plan, incident=named), when)


def test_an_empty_fleet_has_room(plan: Plan) -> None:
    assert fleet.objection(plan, FleetState(), Fleet(), at("12:00:00")) is None


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (FleetState(active=("other",)), "1 recoveries are under way, and max_active is 1"),
        (
            FleetState(day=TODAY, claimed_today=3),
            "3 recoveries began today, and max_per_day is 3",
        ),
        (
            FleetState(day=TOMORROW, claimed_today=3),
            "3 recoveries began today, and max_per_day is 3",
        ),
    ],
)
def test_a_cap_that_is_reached_is_named(plan: Plan, state: FleetState, why: str) -> None:
    assert fleet.objection(plan, state, Fleet(), at("12:00:00")) == Refusal(
        incident=plan.incident,
        code="fleet-full",
        message=f"{plan.incident.instance} is not recovered: {why}",
        hint="wait, or raise the cap in [fleet]; then plan again",
    )


def test_a_copy_that_an_older_version_released_blocks_no_other(plan: Plan) -> None:
    state = FleetState(active=("i-in-place",), copying=("i-copy",))  # it did not know of the latter
    by_copy = msgspec.structs.replace(plan, way="copy")

    assert fleet.objection(by_copy, state, Fleet(), at("11:54:00")) is None
    refusal = fleet.objection(plan, state, Fleet(), at("11:54:00"))
    assert refusal is not None
    assert "1 recoveries are under way" in refusal.message


def test_a_halt_is_named_with_who_and_why_before_any_cap(plan: Plan) -> None:
    halt = Halt(by="ada", at=at("11:00:00"), reason="the disk is full")
    state = FleetState(halt=halt, active=("other",))

    assert fleet.objection(plan, state, Fleet(), at("12:00:00")) == Refusal(
        incident=plan.incident,
        code="halted",
        message="recoveries are halted since 2026-02-17T11:00:00Z by ada: the disk is full",
        hint="run `lastgood resume` when they may go on; then plan again",
    )


def test_yesterdays_recoveries_do_not_count(plan: Plan) -> None:
    yesterday = FleetState(day=date(2026, 2, 16), claimed_today=3)

    assert fleet.objection(plan, yesterday, Fleet(), at("12:00:00")) is None


def test_a_day_that_has_begun_for_one_clock_has_begun_for_all(plan: Plan) -> None:
    ahead = FleetState(day=TOMORROW, claimed_today=1)

    counted = lifecycle.count(ahead, None, claimed(plan, at("23:59:00")))

    assert (counted.day, counted.claimed_today) == (TOMORROW, 2)


def test_a_claim_that_sent_nothing_gives_back_its_place_and_its_count(plan: Plan) -> None:
    claim = claimed(plan, at("12:00:00"))
    counted = lifecycle.count(FleetState(), None, claim)

    released = lifecycle.count(counted, claim, lifecycle.move(claim, "refused", at("12:01:00")))

    assert (released.active, released.claimed_today) == ((), 0)


def stood_down(claim: Recovery, moment: datetime) -> Recovery:
    return lifecycle.move(lifecycle.move(claim, "firing", moment), "claimed", moment)


def test_a_claim_whose_request_was_turned_down_gives_back_the_count_of_its_own_day(
    plan: Plan,
) -> None:
    claim = claimed(plan, at("23:59:00"))
    yesterday = lifecycle.count(FleetState(), None, claim)
    waiting = stood_down(claim, at("23:59:30") + timedelta(minutes=5))
    today = msgspec.structs.replace(yesterday, day=TOMORROW, claimed_today=1)
    refused = lifecycle.move(waiting, "refused", at("23:59:30") + timedelta(minutes=6))

    assert lifecycle.count(yesterday, waiting, refused).claimed_today == 0
    assert lifecycle.count(today, waiting, refused).claimed_today == 1


def test_a_claim_that_may_have_been_carried_out_keeps_its_count(plan: Plan) -> None:
    claim = claimed(plan, at("12:00:00"))
    counted = lifecycle.count(FleetState(), None, claim)
    waiting = stood_down(claim, at("12:01:00"))

    released = lifecycle.count(
        counted, waiting, lifecycle.move(waiting, "handed-over", at("12:02:00"))
    )

    assert (released.active, released.claimed_today) == ((), 1)


def test_a_claim_that_wrote_its_intent_keeps_its_count(plan: Plan) -> None:
    firing = lifecycle.move(claimed(plan, at("12:00:00")), "firing", at("12:00:01"))
    counted = lifecycle.count(FleetState(), None, firing)

    released = lifecycle.count(counted, firing, lifecycle.move(firing, "refused", at("12:01:00")))

    assert (released.active, released.claimed_today) == ((), 1)


def test_the_first_claim_of_a_day_begins_its_count_and_takes_a_place_beside_the_others(
    plan: Plan,
) -> None:
    yesterday = FleetState(active=("other",), day=date(2026, 2, 16), claimed_today=3)

    counted = lifecycle.count(yesterday, None, claimed(plan, at("00:00:00")))

    assert counted == FleetState(active=("other", "incident-1"), day=TODAY, claimed_today=1)


def test_a_claim_that_is_proposed_anew_gives_back_its_place_and_its_count(plan: Plan) -> None:
    claim = claimed(plan, at("12:00:00"))
    full = FleetState(active=("other", "incident-1"), day=TODAY, claimed_today=2)

    released = lifecycle.count(full, claim, lifecycle.move(claim, "proposed", at("12:01:00")))

    assert released == FleetState(active=("other",), day=TODAY, claimed_today=1)


def test_a_halt_is_set_and_lifted_and_changes_nothing_else() -> None:
    running = FleetState(active=("other",), day=TODAY, claimed_today=2)
    halt = Halt(by="ada", at=at("11:00:00"), reason="the disk is full")

    halted = lifecycle.set_halt(running, halt)

    assert halted == msgspec.structs.replace(running, halt=halt)
    assert lifecycle.set_halt(halted, None) == running
