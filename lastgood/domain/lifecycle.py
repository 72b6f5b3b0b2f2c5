"""The life of a recovery as a state machine, and the records that each move rewrites.

A move is a pure function from the records as they were read to the records as they shall be; the
ledger commits them all or none, and only if none of them has changed since. So no two claims
can both succeed, and an intent to fire is written once. Drawn in docs/reference/recovery.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, TypeVar

import msgspec

from lastgood.domain import journal, times
from lastgood.domain.alarm import Incident
from lastgood.domain.effect import Effect, Waiting, shown
from lastgood.domain.hooks import Hooks
from lastgood.domain.journal import Entry
from lastgood.domain.plan import Decision, Plan, Refusal
from lastgood.domain.reading import History, PastRecovery, Suspect
from lastgood.domain.restore import Copied
from lastgood.domain.undo import UndoPoint

State = Literal[
    "proposed",
    "approved",
    "rejected",
    "expired",
    "refused",
    "claimed",
    "firing",
    "unknown",
    "accepted",
    "restored",
    "validated",
    "settled",
    "failed",
    "handed-over",
]

MOVES: Mapping[State | None, frozenset[State]] = {
    None: frozenset({"proposed", "refused", "claimed", "failed"}),
    "proposed": frozenset({"approved", "rejected", "expired", "proposed"}),
    "approved": frozenset({"proposed", "claimed", "refused", "failed", "rejected", "handed-over"}),
    "claimed": frozenset({"firing", "refused", "handed-over", "proposed"}),
    "firing": frozenset({"accepted", "claimed", "handed-over", "refused", "unknown"}),
    "unknown": frozenset({"accepted", "handed-over"}),
    "accepted": frozenset({"restored", "failed", "handed-over"}),
    "restored": frozenset({"validated", "failed", "handed-over"}),
    "validated": frozenset({"settled", "handed-over"}),
}
"""Where each state may go; one that is not listed is an end.

Every active state may be handed over: a person can release what a dead execution holds.
"""

FOR_A_PERSON: frozenset[State] = frozenset({"failed", "handed-over"})
"""The ends after which somebody has to look at the instance, whatever came before."""

MOST_SUSPECTS = 200
"""So many incidents that nothing has settled are kept of an instance: about 40 KB."""

LONGEST_FLAPPING = timedelta(hours=1)
"""After that an alarm is an incident of its own: whoever deals with the first may have died."""

ACTIVE: frozenset[State] = frozenset(
    {"claimed", "firing", "unknown", "accepted", "restored", "validated"}
)
"""While it is in one of these a recovery holds its instance."""

IN_THE_FLEET: frozenset[State] = ACTIVE - {"validated"}
"""While it is in one of these it takes a place in the fleet: one that only waits for its effect
must not keep another instance from being restored."""

NOTHING_RESTORED: frozenset[State] = frozenset(
    {"refused", "proposed", "approved", "rejected", "expired"}
)
"""While it is in one of these its instance is as it was, even if a request was sent before."""

NOT_READY = "not-ready"
"""The code of a recovery that was handed over although it was seen what it restored."""


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who agreed to a plan, and when; `proposal` is the hash of another that offered the choice."""

    by: str
    at: datetime
    proposal: str | None = None


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """Where one incident stands.

    `tries` counts the intents; `jobs_before` and `sent_at` are those of the latest, set before the
    request is sent. `job` is set once it was accepted, `copy` where the restore is to a new
    instance; `code`, `reason` and `hint` at an end that is not a good one. `accepted_at` is when it
    was known to be accepted, `heard_at` the last that was known of its alarm then, `validated_at`
    when what it restored was fit and validated. `effect` is what its alarm did afterwards, where
    that was awaited, and `effect_detail` the same in a sentence. `undo` is the backup of what is
    overwritten, `hooks` what is known of those that stop its writers and let them in again.
    """

    incident: str
    instance: str
    state: State
    changed_at: datetime
    plan: Plan | None = None
    approval: Approval | None = None
    claimed_at: datetime | None = None
    tries: int = 0
    jobs_before: tuple[str, ...] = ()
    sent_at: datetime | None = None
    job: str | None = None
    copy: Copied | None = None
    verdict: str | None = None
    code: str | None = None
    reason: str | None = None
    hint: str | None = None
    undo: UndoPoint | None = None
    hooks: Hooks | None = None
    accepted_at: datetime | None = None
    heard_at: datetime | None = None
    validated_at: datetime | None = None
    effect: Effect | None = None
    effect_detail: str | None = None

    @property
    def restored_at(self) -> datetime:
        """When what it restored was ready; what it waited for after that does not count."""
        return self.validated_at or self.changed_at

    @property
    def overwrote_at(self) -> datetime | None:
        """When the request left that has restored something, or may have."""
        return None if self.state in NOTHING_RESTORED else self.sent_at

    @property
    def chain(self) -> str:
        """Where its moves are recorded."""
        return self.plan.incident.chain if self.plan else self.instance


class UnsettledError(Exception):
    """A recovery that a person has to look at: what happened, and what to do."""


def waiting_of(recovery: Recovery) -> Waiting | None:
    """What waits for the effect of a recovery; None of one that took no instance back for good."""
    plan, sent_at, at = recovery.plan, recovery.sent_at, recovery.restored_at
    if plan is None or sent_at is None or plan.way or plan.incident.drill:
        return None
    return Waiting(
        incident=plan.incident,
        sent_at=sent_at,
        accepted_at=recovery.accepted_at or at,
        heard_at=recovery.heard_at,
        restored_at=at,
        until=at,
    )


def needs_person(recovery: Recovery) -> bool:
    """Whether a recovery has ended so that somebody has to look at its instance."""
    return recovery.state in FOR_A_PERSON or recovery.effect == "none"


def raise_for_person(recovery: Recovery) -> None:
    """Raise where a recovery has ended so that its instance needs a person.

    Raises:
        UnsettledError: it failed, was handed over, or settled while its alarm stayed red.
    """
    if needs_person(recovery):
        where, hint = f"{recovery.incident} on {recovery.instance}", recovery.hint
        reason = recovery.reason
        if recovery.effect:
            reason = shown(recovery.effect, recovery.effect_detail or "")
        what = f"{where} is {recovery.state}: {reason}"
        raise UnsettledError(f"{what}\nTry: {hint or f'lastgood status {recovery.incident}'}")


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """How many transitions an incident took in, and the first and last of these and its own."""

    incident: str
    count: int
    first: datetime
    last: datetime


class Head(journal.End, frozen=True, kw_only=True):
    """The end of a journal chain and, for the chain of an instance, its incidents.

    `active` holds the instance, `open` have not ended yet, `unstarted` have not been decided on,
    `latest_incident` is the one that moved last. `suspects` are those that nothing has settled,
    `joined` tells of those that took in others. The stored names of `latest_incident` and
    `last_recovery` are older than these.
    """

    active: str | None = None
    open: tuple[str, ...] = ()
    latest_incident: str | None = msgspec.field(name="latest", default=None)
    last_recovery: PastRecovery | None = msgspec.field(name="last", default=None)
    unstarted: tuple[str, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    joined: tuple[Joined, ...] = ()

    def reaching(self, entry: Entry) -> Head:
        """The same, with the entry as its last."""
        return msgspec.structs.replace(self, seq=entry.seq, hash=entry.hash)

    def history(self) -> History:
        """What a decision wants to know of it."""
        return History(last=self.last_recovery, active=self.active, suspects=self.suspects)

    def suspecting(self, incident: Incident, joined: str | None = None) -> Head:
        """The same, with what an incident says of when the data may have been bad."""
        suspect = Suspect(
            incident=incident.id,
            source=incident.source,
            changed_at=incident.changed_at,
            onset=incident.onset,
            joined=joined,
        )
        others = (one for one in self.suspects if one.incident != incident.id)
        kept = sorted((*others, suspect), key=lambda one: one.onset)
        if len(kept) > MOST_SUSPECTS:
            # The earliest that still counts is what matters, and which that is changes with time:
            # the one that lies closest after another is missed the least.
            gaps = [after.onset - before.onset for before, after in pairwise(kept)]
            del kept[gaps.index(min(gaps)) + 1]
        return msgspec.structs.replace(self, suspects=tuple(kept))

    def near(self, at: datetime, quiet: timedelta) -> list[str]:
        """The incidents that have not ended and have a transition closer than this."""
        standing = dict.fromkeys((self.active, *self.open, *self.unstarted))
        spans = [self.span(name) for name in standing if name]
        return [
            one.incident
            for one in spans
            if one and one.first - quiet < at < min(one.last + quiet, one.first + LONGEST_FLAPPING)
        ]

    def span(self, incident: str) -> Joined | None:
        """From when to when the transitions of an incident are; None if that is not known."""
        joined = [one for one in self.joined if one.incident == incident]
        own = (
            Joined(incident=incident, count=0, first=one.changed_at, last=one.changed_at)
            for one in self.suspects
            if one.incident == incident
        )
        return joined[0] if joined else next(own, None)

    def joining(self, incident: Incident, into: Joined) -> Head:
        """The same, with a transition that opens no incident of its own."""
        at = incident.changed_at
        wider = msgspec.structs.replace(
            into, count=into.count + 1, first=min(into.first, at), last=max(into.last, at)
        )
        others = (one for one in self.joined if one.incident != into.incident)
        head = self.suspecting(incident, joined=into.incident)
        return msgspec.structs.replace(head, joined=(*others, wider))

    def doubts(self, known: Incident, better: Incident) -> bool:
        """Whether what is known better of an incident still counts.

        Not of one that was dismissed. Of one that the last restore settled it does if that restore
        turns out not to have gone back far enough.
        """
        last = self.last_recovery
        outdone = last is not None and last.restored and better.onset <= last.target < known.onset
        return outdone or any(one.incident == known.id for one in self.suspects)

    def starting(self, incident: str) -> Head:
        """The same, with an incident that nothing is decided on yet."""
        return msgspec.structs.replace(self, unstarted=(*self.unstarted, incident))

    def without_suspect(self, incident: str) -> Head:
        """The same, without what this incident and those it took in say; nor is it started."""
        kept = tuple(one for one in self.suspects if incident not in {one.incident, one.joined})
        waiting = tuple(one for one in self.unstarted if one != incident)
        return msgspec.structs.replace(self, suspects=kept, unstarted=waiting)


class Halt(msgspec.Struct, frozen=True):
    """Who stopped all recoveries, when and why."""

    by: str
    at: datetime
    reason: str


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Those under way, and how many began on which UTC day."""

    active: tuple[str, ...] = ()
    day: date | None = None
    claimed_today: int = 0

    def began(self, now: datetime) -> int:
        """How many began today; a day that has begun for one clock has begun for all."""
        return self.claimed_today if self.day and self.day >= times.utc_day(now) else 0


class FleetState(Places, frozen=True, kw_only=True):
    """All recoveries together, the drills apart from them, and the halt.

    `copying` are those of the active that make a copy, which may take hours; `owed` are recoveries
    whose `before` was called, and whose `after` is still to be.
    """

    copying: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    drills: Places = Places()
    halt: Halt | None = None


class IllegalMoveError(Exception):
    """A move that the table does not hold: a bug, never something the cloud did."""


def begin(decision: Decision, instance: str, incident: str, now: datetime) -> Recovery:
    """Start the record of an incident that is not carried out at once: proposed, or refused."""
    if isinstance(decision, Refusal):
        return _new(incident, instance, "refused", now, **grounds(decision))
    return _new(incident, instance, "proposed", now, plan=decision)


def claim(
    before: Recovery | None, plan: Plan, now: datetime, hooks: Hooks | None = None
) -> Recovery:
    """Take the plan on: of a new incident, or of one whose proposal was approved.

    Raises:
        IllegalMoveError: the incident is past that.
    """
    if before is None:
        facts = {"plan": plan, "claimed_at": now, "hooks": hooks}
        return _new(plan.incident.id, plan.incident.instance, "claimed", now, **facts)
    return move(before, "claimed", now, claimed_at=now, hooks=hooks)


def fail(incident: str, instance: str, reason: str, now: datetime) -> Recovery:
    """Start the record of an incident that could not even be decided."""
    return _new(incident, instance, "failed", now, reason=reason)


def grounds(refusal: Refusal) -> dict[str, str]:
    """The facts of a refusal, as a recovery that ends in one keeps them."""
    return {"code": refusal.code, "reason": refusal.message, "hint": refusal.hint}


def _new(incident: str, instance: str, state: State, now: datetime, **facts: Any) -> Recovery:
    return Recovery(incident=incident, instance=instance, state=state, changed_at=now, **facts)


def move(recovery: Recovery, to: State, now: datetime, **facts: Any) -> Recovery:
    """Take a recovery to its next state.

    Raises:
        IllegalMoveError: the table does not allow it.
    """
    if to not in MOVES.get(recovery.state, frozenset()):
        raise IllegalMoveError(f"{recovery.incident}: {recovery.state} does not go to {to}")
    if to in {"accepted", "validated"}:
        facts[f"{to}_at"] = now
    return msgspec.structs.replace(recovery, state=to, changed_at=now, **facts)


def hold(head: Head, before: Recovery | None, after: Recovery) -> Head:
    """The instance as the move leaves it: held while active, then with one more past recovery."""
    others = tuple(incident for incident in head.open if incident != after.incident)
    still_open = (*others, after.incident) if after.state in MOVES else others
    unstarted = tuple(incident for incident in head.unstarted if incident != after.incident)
    joined = tuple(one for one in head.joined if one.incident in {*still_open, *unstarted})
    head = msgspec.structs.replace(
        head, open=still_open, latest_incident=after.incident, unstarted=unstarted, joined=joined
    )
    if after.state in ACTIVE:
        return msgspec.structs.replace(head, active=after.incident)
    if before is None or before.state not in ACTIVE:
        return head
    released = msgspec.structs.replace(head, active=None)
    if after.sent_at is None or after.plan is None or after.state in {"refused", "proposed"}:
        return released
    past = PastRecovery(
        incident=after.incident,
        target=after.plan.target,
        ended_at=after.restored_at,
        restored=after.state == "settled" and after.plan.way is None,
        running=after.state == "handed-over" and before.state in _PERHAPS_RUNNING,
        job=after.job,
        sent_at=after.sent_at,
        way=after.plan.way or "in-place",
    )
    # What was measured at its source takes the place of what its message told.
    measured = after.incident if after.plan.incident.confirmed else None
    unsettled = tuple(
        one
        for one in head.suspects
        if not past.restored
        or (one.onset <= past.target and one.incident != measured)
        or one.onset >= past.ended_at  # what was restored went bad while its effect was awaited
    )
    return msgspec.structs.replace(released, last_recovery=past, suspects=unsettled)


_PERHAPS_RUNNING: frozenset[State] = frozenset({"claimed", "firing", "unknown", "accepted"})
"""Handed over from one of these, a restore may still run: its end is not known."""


P = TypeVar("P", bound=Places)


def count(fleet: FleetState, before: Recovery | None, after: Recovery) -> FleetState:
    """The fleet as the move leaves it: a place taken, or given back; drills have their own.

    What goes with a restore takes none: the restore was counted.
    """
    fleet = owing(fleet, after)
    if after.plan and after.plan.incident.pair_of:
        return fleet
    if after.plan and after.plan.incident.drill:
        return msgspec.structs.replace(fleet, drills=_counted(fleet.drills, before, after))
    counted = _counted(fleet, before, after)
    copying = tuple(incident for incident in fleet.copying if incident in counted.active)
    begun = after.incident in counted.active and after.incident not in fleet.active
    if begun and after.plan and after.plan.way == "copy":
        copying = (*copying, after.incident)
    return msgspec.structs.replace(counted, copying=copying)


def owing(fleet: FleetState, after: Recovery) -> FleetState:
    """The fleet with this recovery among those that owe an `after`, or without it."""
    owes = after.hooks is not None and after.hooks.owes
    if owes == (after.incident in fleet.owed):
        return fleet
    others = tuple(incident for incident in fleet.owed if incident != after.incident)
    owed = (*others, after.incident) if owes else others
    return msgspec.structs.replace(fleet, owed=owed)


def _counted(places: P, before: Recovery | None, after: Recovery) -> P:
    """The same with a place taken, or given back.

    A claim of which the service carried nothing out gives back its part of the day's count as well.
    """
    # An older version gives a place back at the end only, and takes it with it into the wait.
    was_active, is_active = after.incident in places.active, after.state in IN_THE_FLEET
    if was_active == is_active:
        return places
    if is_active:
        # The clocks of those who claim differ: a day that has begun for one has begun for all.
        today = max(times.utc_day(after.changed_at), places.day or date.min)
        claimed = places.claimed_today + 1 if places.day == today else 1
        active = (*places.active, after.incident)
        return msgspec.structs.replace(places, active=active, day=today, claimed_today=claimed)
    active = tuple(incident for incident in places.active if incident != after.incident)
    claimed = places.claimed_today
    unused = (
        before is not None and before.state == "claimed" and after.state in {"refused", "proposed"}
    )
    if unused and after.claimed_at and places.day == times.utc_day(after.claimed_at):
        claimed -= 1
    return msgspec.structs.replace(places, active=active, claimed_today=claimed)


def set_halt(fleet: FleetState, halt: Halt | None) -> FleetState:
    """The fleet stopped, or going on."""
    return msgspec.structs.replace(fleet, halt=halt)
