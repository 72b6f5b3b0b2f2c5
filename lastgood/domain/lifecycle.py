"""The life of a recovery as a state machine, and the records that each move rewrites.

A move is a pure function from the records as they were read to the records as they shall be; the
ledger commits them all or none, and only if nobody changed any of them since. So no two claims
can both succeed, and an intent to fire is written once.

    (nothing) ─► proposed
    (nothing) ─► refused
    (nothing) ─► claimed ─► firing ─► accepted ─► restored ─► settled
                    │         ├─► refused    └───────┴─► failed
                    │         └─► unknown            └─► unknown
                    └─► refused
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from lastgood.domain import canonical, times
from lastgood.domain.decision import Decision, Plan, Refusal
from lastgood.domain.policy import Fleet
from lastgood.domain.reading import History, PastRecovery

State = Literal[
    "proposed",
    "refused",
    "claimed",
    "firing",
    "accepted",
    "restored",
    "settled",
    "failed",
    "unknown",
]

MOVES: Mapping[State | None, frozenset[State]] = {
    None: frozenset({"proposed", "refused", "claimed", "failed"}),
    "claimed": frozenset({"firing", "refused", "failed"}),
    "firing": frozenset({"accepted", "refused", "unknown"}),
    "accepted": frozenset({"restored", "failed", "unknown"}),
    "restored": frozenset({"settled", "unknown"}),
}
"""Where each state may go; one that is not listed is an end."""

ACTIVE: frozenset[State] = frozenset({"claimed", "firing", "accepted", "restored"})
"""While it is in one of these a recovery holds its instance and a place in the fleet."""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Where one incident stands.

    `sent_at` is set before the request is sent, `job` once it was accepted; `code`, `reason` and
    `hint` at an end that is not a good one.
    """

    incident: str
    instance: str
    state: State
    changed_at: datetime
    plan: Plan | None = None
    job: str | None = None
    sent_at: datetime | None = None
    code: str | None = None
    reason: str | None = None
    hint: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth remembering: when, what kind of thing, of which incident, and the facts."""

    at: datetime
    kind: str
    incident: str | None = None
    detail: Any = None


class Entry(Line, frozen=True, kw_only=True):
    """A line in its place in the journal, chained to the one before it by that one's hash."""

    chain: str
    seq: int
    previous: str
    hash: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a journal chain and, for the chain of an instance, who holds it and its past."""

    seq: int = 0
    hash: str = ""
    active: str | None = None
    last: PastRecovery | None = None

    @property
    def history(self) -> History:
        """What a decision wants to know of it."""
        return History(last=self.last, active=self.active)


class FleetState(msgspec.Struct, frozen=True, kw_only=True):
    """All recoveries together: those under way, and how many began on which UTC day."""

    active: tuple[str, ...] = ()
    day: date | None = None
    claimed_today: int = 0


class IllegalMoveError(Exception):
    """A move that the table does not hold: a bug, never something the cloud did."""


def append(head: Head, chain: str, line: Line) -> tuple[Head, Entry]:
    """Add a line to a chain: its new end, and the entry with its hash."""
    entry = Entry(
        chain=chain,
        seq=head.seq + 1,
        at=line.at,
        kind=line.kind,
        incident=line.incident,
        detail=line.detail,
        previous=head.hash,
    )
    entry = msgspec.structs.replace(entry, hash=canonical.digest(entry))
    return msgspec.structs.replace(head, seq=entry.seq, hash=entry.hash), entry


def open_with(decision: Decision, instance: str, incident: str, now: datetime) -> Recovery:
    """Start the record of an incident that goes no further by itself: proposed, or refused."""
    if isinstance(decision, Refusal):
        return _new(incident, instance, "refused", now, **grounds(decision))
    return _new(incident, instance, "proposed", now, plan=decision)


def grounds(refusal: Refusal) -> dict[str, str]:
    """The facts of a refusal, as a recovery that ends in one keeps them."""
    return {"code": refusal.code, "reason": refusal.message, "hint": refusal.hint}


def claim(plan: Plan, now: datetime) -> Recovery:
    """Start the record of an incident whose plan is carried out."""
    return _new(plan.incident.id, plan.incident.instance, "claimed", now, plan=plan)


def fail(incident: str, instance: str, reason: str, now: datetime) -> Recovery:
    """Start the record of an incident that could not even be decided."""
    return _new(incident, instance, "failed", now, reason=reason)


def _new(incident: str, instance: str, state: State, now: datetime, **facts: Any) -> Recovery:
    return Recovery(incident=incident, instance=instance, state=state, changed_at=now, **facts)


def move(recovery: Recovery, to: State, now: datetime, **facts: Any) -> Recovery:
    """Take a recovery to its next state.

    Raises:
        IllegalMoveError: the table does not allow it.
    """
    if to not in MOVES.get(recovery.state, frozenset()):
        raise IllegalMoveError(f"{recovery.incident}: {recovery.state} does not go to {to}")
    return msgspec.structs.replace(recovery, state=to, changed_at=now, **facts)


def hold(head: Head, before: Recovery | None, after: Recovery) -> Head:
    """The instance as the move leaves it: held while active; its past told when a recovery ends."""
    if after.state in ACTIVE:
        return msgspec.structs.replace(head, active=after.incident)
    if before is None or before.state not in ACTIVE:
        return head
    released = msgspec.structs.replace(head, active=None)
    if after.sent_at is None or after.plan is None or after.state == "refused":
        return released
    past = PastRecovery(after.incident, after.plan.target, after.changed_at)
    return msgspec.structs.replace(released, last=past)


def count(fleet: FleetState, before: Recovery | None, after: Recovery) -> FleetState:
    """The fleet as the move leaves it: a place taken, or given back.

    A claim that never sent anything gives back its part of the day's count as well.
    """
    was_active, is_active = before is not None and before.state in ACTIVE, after.state in ACTIVE
    if was_active == is_active:
        return fleet
    if is_active:
        today = times.utc_day(after.changed_at)
        claimed = fleet.claimed_today + 1 if fleet.day == today else 1
        active = (*fleet.active, after.incident)
        return FleetState(active=active, day=today, claimed_today=claimed)
    active = tuple(incident for incident in fleet.active if incident != after.incident)
    unused = before is not None and before.state == "claimed" and before.changed_at
    if unused and fleet.day == times.utc_day(unused):
        return FleetState(active=active, day=fleet.day, claimed_today=fleet.claimed_today - 1)
    return msgspec.structs.replace(fleet, active=active)


def room(fleet: FleetState, caps: Fleet, now: datetime) -> str | None:
    """Say which cap of the fleet stands in the way of one more recovery; None if none does."""
    if len(fleet.active) >= caps.max_active:
        return f"{len(fleet.active)} recoveries are under way, and max_active is {caps.max_active}"
    if fleet.day == times.utc_day(now) and fleet.claimed_today >= caps.max_per_day:
        return (
            f"{fleet.claimed_today} recoveries began today, and max_per_day is {caps.max_per_day}"
        )
    return None
