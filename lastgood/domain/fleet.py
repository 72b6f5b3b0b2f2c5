"""What stands in the way of one more recovery, whichever the instance: the halt, and the caps."""

from __future__ import annotations

from datetime import datetime

from lastgood.domain import times
from lastgood.domain.lifecycle import FleetState
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.policy import Fleet


def objection(plan: Plan, fleet: FleetState, caps: Fleet, now: datetime) -> Refusal | None:
    """Refuse to claim while the fleet is halted or full."""
    return halted(plan, fleet) or _full(plan, fleet, caps, now)


def halted(plan: Plan, fleet: FleetState) -> Refusal | None:
    """Refuse while somebody has halted the fleet."""
    if fleet.halt is None:
        return None
    since = times.print_rfc3339(fleet.halt.at)
    return Refusal(
        incident=plan.incident,
        code="halted",
        message=f"recoveries are halted since {since} by {fleet.halt.by}: {fleet.halt.reason}",
        hint="run `lastgood resume` when they may go on; then plan again",
    )


def _full(plan: Plan, fleet: FleetState, caps: Fleet, now: datetime) -> Refusal | None:
    """Refuse where as many are under way as may be, or as many began today.

    A copy overwrites nothing and may take hours, so it takes no place of a restore in place; and
    one that goes with a restore was let in with that.
    """
    if plan.incident.pair_of:
        return None
    if plan.incident.drill:
        why = full_of_drills(fleet, caps, now)
    else:
        # An older version ends a copy as any other: it knows `active` only.
        copying, today = len({*fleet.copying} & {*fleet.active}), fleet.began(now)
        by_copy = plan.way == "copy"
        under_way = copying if by_copy else len(fleet.active) - copying
        why = None
        if under_way >= caps.max_active:
            what = "copies are being made" if by_copy else "recoveries are under way"
            why = f"{under_way} {what}, and max_active is {caps.max_active}"
        elif today >= caps.max_per_day:
            why = f"{today} recoveries began today, and max_per_day is {caps.max_per_day}"
    if why is None:
        return None
    done = "drilled" if plan.incident.drill else "recovered"
    return Refusal(
        incident=plan.incident,
        code="fleet-full",
        message=f"{plan.incident.instance} is not {done}: {why}",
        hint="wait, or raise the cap in [fleet]; then plan again",
    )


def room_for_drills(fleet: FleetState, caps: Fleet, now: datetime) -> int:
    """How many drills may begin by now; none while recoveries are halted."""
    if fleet.halt:
        return 0
    free = caps.max_drills - len(fleet.drills.active)
    return max(0, min(free, caps.max_drills_per_day - fleet.drills.began(now)))


def full_of_drills(fleet: FleetState, caps: Fleet, now: datetime) -> str | None:
    """Why no further drill begins by now; None where one may."""
    under_way, today = len(fleet.drills.active), fleet.drills.began(now)
    if under_way >= caps.max_drills:
        return f"{under_way} drills are under way, and max_drills is {caps.max_drills}"
    if today >= caps.max_drills_per_day:
        return f"{today} drills began today, and max_drills_per_day is {caps.max_drills_per_day}"
    return None
