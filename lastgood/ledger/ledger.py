"""The memory that makes recoveries happen at most once.

Each method reads the records concerned, lets `domain.lifecycle` say what they become, and commits
them together with a line of the journal. Of two that race, one finds its versions outdated, reads
again and sees what the other did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from lastgood.domain import canonical, fleet, journal, lifecycle, objections
from lastgood.domain.alarm import Incident
from lastgood.domain.journal import Entry, Line
from lastgood.domain.lifecycle import ACTIVE, Approval, FleetState, Halt, Head, Recovery, State
from lastgood.domain.objective import Finding
from lastgood.domain.plan import Decision, Plan, Refusal
from lastgood.domain.policy import Fleet, Instance
from lastgood.domain.reading import History
from lastgood.ledger import records
from lastgood.ports import RacedError, Record, Store

P = ParamSpec("P")
T = TypeVar("T")


def _retried(write: Callable[P, T]) -> Callable[P, T]:
    """Write again while others write the same records (optimistic concurrency)."""

    @wraps(write)
    def retried(*args: P.args, **kwargs: P.kwargs) -> T:
        with suppress(RacedError):
            return write(*args, **kwargs)
        # Races are rare, so an alarm does not import at its start what paces the attempts.
        import stamina  # noqa: PLC0415 - see above

        again = stamina.retry(
            on=RacedError, attempts=19, timeout=None, wait_initial=0.01, wait_max=0.5
        )
        return again(write)(*args, **kwargs)

    return retried


class LostRaceError(Exception):
    """The recovery is not where the caller left it; `current` is where it is."""

    def __init__(self, current: Recovery) -> None:
        super().__init__(f"{current.incident} is {current.state} by now")
        self.current = current


class HaltedError(Exception):
    """Somebody halted the fleet; `refusal` says who and why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Opened(NamedTuple):
    """An incident as it was first kept, and whether that was just now."""

    incident: Incident
    first: bool


class Ledger:
    """Incidents, recoveries and the journal, over a store that compares and swaps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    # Alarms

    @_retried
    def open(self, incident: Incident, now: datetime) -> Opened:
        """Keep an incident and return it as first kept.

        Routes differ in the evidence that they carry; by returning what the first delivery brought,
        every delivery starts its recovery with one and the same payload.
        """
        record, head = self._store.read(
            [records.opened(incident.id), records.head(incident.instance)]
        )
        if record.version:
            return Opened(canonical.decode(record.body, Incident), first=False)
        line = Line(at=now, kind="alarm", incident=incident.id, detail=incident)
        self._store.commit(
            [
                records.put(record, incident),
                *records.journaled(head, records.read(head, Head), line),
            ]
        )
        return Opened(incident, first=True)

    def incident(self, name: str) -> Incident | None:
        """The incident of this id, as first kept."""
        (record,) = self._store.read([records.opened(name)])
        return canonical.decode(record.body, Incident) if record.version else None

    @_retried
    def clear(self, source: str, at: datetime) -> None:
        """Note that an alarm went back to OK; of several notes the latest counts."""
        (record,) = self._store.read([records.cleared(source)])
        if not record.version or canonical.decode(record.body, datetime) < at:
            self._store.commit([records.put(record, at)])

    @_retried
    def note(self, chain: str, line: Line) -> None:
        """Add a line to the journal of an instance or, where none is concerned, of a source."""
        (head,) = self._store.read([records.head(chain)])
        self._store.commit(records.journaled(head, records.read(head, Head), line))

    # Recoveries

    def history(self, incident: Incident) -> History:
        """What a decision on this incident wants to know of its instance and its alarm."""
        head, cleared = self._store.read(
            [records.head(incident.instance), records.cleared(incident.source)]
        )
        at = canonical.decode(cleared.body, datetime) if cleared.version else None
        return records.read(head, Head).history(at)

    def standing(self, instance: str) -> list[Recovery]:
        """The recoveries of an instance that have not ended; if none is open, the latest."""
        (record,) = self._store.read([records.head(instance)])
        head = records.read(record, Head)
        names = head.open or ((head.latest_incident,) if head.latest_incident else ())
        return [found for name in names if (found := self.recovery(name))]

    def recovery(self, incident: str) -> Recovery | None:
        """Where an incident stands; None before it was decided."""
        (record,) = self._store.read([records.recovery(incident)])
        return records.read(record, Recovery) if record.version else None

    def conclude(self, decision: Decision, incident: Incident, now: datetime) -> Recovery:
        """Record a decision that is not carried out at once: a refusal, or a proposal."""
        recovery = lifecycle.begin(decision, incident.instance, incident.id, now)
        return self._begin(recovery, detail=decision)

    def give_up(self, incident: Incident, reason: str, now: datetime) -> Recovery:
        """Record an incident that could not be decided."""
        recovery = lifecycle.fail(incident.id, incident.instance, reason, now)
        return self._begin(recovery, detail=reason)

    @_retried
    def _begin(self, recovery: Recovery, detail: object) -> Recovery:
        """Write the first record of an incident; one that is there already stays as it is."""
        before = self._snapshot(recovery.incident, recovery.instance)
        if before.recovery is not None:
            return before.recovery
        self._commit(before, recovery, detail)
        return recovery

    @_retried
    def claim(
        self, plan: Plan, instance: Instance, caps: Fleet, now: datetime
    ) -> Recovery | Refusal:
        """Take the instance for this plan, or say what stands in the way by now.

        An incident that is past its claim already is returned as it is; so is one of which a person
        approved another plan, which somebody else waits to carry out.
        """
        before = self._snapshot(plan.incident.id, plan.incident.instance)
        found = before.recovery
        if found is not None and (found.state != "approved" or found.plan != plan):
            return found
        refusal = objections.to_claim(
            plan, instance, before.head.history(), now
        ) or fleet.objection(plan, before.fleet, caps, now)
        if refusal:
            return refusal
        claimed = lifecycle.claim(before.recovery, plan, now)
        self._commit(before, claimed, plan)
        return claimed

    @_retried
    def intend(
        self, incident: str, number: int, jobs_before: tuple[str, ...], now: datetime
    ) -> Recovery:
        """Write down that the request is about to be sent; whoever succeeds may send it, once.

        `number` counts the intents of this incident from 1: each is written by one attempt at
        most. `jobs_before` are the jobs of the instance that were there before the request.

        Raises:
            LostRaceError: the recovery is not (or no longer) merely claimed, or this intent has
                been written: do not send.
            HaltedError: the fleet was halted meanwhile: do not send.
        """
        before, claimed = self._snapshot_in(incident, "claimed")
        if claimed.tries != number - 1:
            raise LostRaceError(claimed)
        if claimed.plan and (refusal := fleet.halted(claimed.plan, before.fleet)):
            raise HaltedError(refusal)
        facts = {"tries": number, "sent_at": now, "jobs_before": jobs_before}
        firing = lifecycle.move(claimed, "firing", now, **facts)
        # The fleet is written although it stays the same, so that a halt either comes before
        # this intent and is seen here, or comes after it and finds it.
        self._commit(before, firing, facts, records.put(before.fleet_record, before.fleet))
        return firing

    @_retried
    def stand_down(self, incident: str, number: int, reason: str, now: datetime) -> Recovery:
        """Withdraw the intent of this number, because the service did not carry its request out.

        Nothing is withdrawn of an intent that has another number: the recovery as it stands.
        """
        before, firing = self._snapshot_in(incident)
        if firing.state != "firing" or firing.tries != number:
            return firing
        claimed = lifecycle.move(firing, "claimed", now, reason=reason)
        self._commit(before, claimed, reason)
        return claimed

    @_retried
    def move(self, incident: str, start: State, to: State, now: datetime, **facts: Any) -> Recovery:
        """Take a recovery from one state to another; where it is there already, leave it so.

        Raises:
            LostRaceError: it is in neither of the two.
        """
        before, recovery = self._snapshot_in(incident, start, to)
        if recovery.state == to:
            return recovery
        moved = lifecycle.move(recovery, to, now, **facts)
        self._commit(before, moved, facts)
        return moved

    # People

    @_retried
    def propose_anew(self, approved: Plan, plan: Plan, now: datetime) -> Recovery:
        """Propose a plan in place of the approved one; where it is proposed already, leave it so.

        What a person said of the new plan meanwhile stands.

        Raises:
            LostRaceError: neither of the two is what stands there.
        """
        before, recovery = self._snapshot_in(plan.incident.id)
        if recovery.plan == plan:
            return recovery
        if recovery.state != "approved" or recovery.plan != approved:
            raise LostRaceError(recovery)
        proposed = lifecycle.move(recovery, "proposed", now, plan=plan, approval=None)
        self._commit(before, proposed, plan)
        return proposed

    @_retried
    def approve(self, recovery: Recovery, by: str, now: datetime) -> Recovery:
        """Agree to the plan that is proposed in this very record.

        Raises:
            LostRaceError: it is not what is proposed any more.
        """
        before, proposed = self._snapshot_in(recovery.incident, "proposed")
        if proposed.plan != recovery.plan:
            raise LostRaceError(proposed)
        approval = Approval(by=by, at=now)
        approved = lifecycle.move(proposed, "approved", now, approval=approval)
        self._commit(before, approved, approval)
        return approved

    @_retried
    def release(self, incident: str, reason: str, now: datetime) -> Recovery:
        """Hand a recovery over to a person, whatever it is about: the instance is free again.

        What its execution still does is not called back; it finds the recovery ended.

        Raises:
            LostRaceError: it holds nothing.
        """
        before, standing = self._snapshot_in(incident, *ACTIVE)
        released = lifecycle.move(standing, "handed-over", now, reason=reason)
        self._commit(before, released, reason)
        return released

    def halt(self, halt: Halt) -> FleetState:
        """Stop all recoveries; the fleet as it is from now on.

        Those in its `active` whose intent was written before may still send their request.
        """
        return self._switch(halt, Line(at=halt.at, kind="halted", detail=halt))

    def resume(self, by: str, now: datetime) -> FleetState:
        """Let recoveries go on."""
        return self._switch(None, Line(at=now, kind="resumed", detail=by))

    @_retried
    def _switch(self, halt: Halt | None, line: Line) -> FleetState:
        record, head = self._store.read([records.FLEET, records.head("fleet")])
        state = lifecycle.set_halt(records.read(record, FleetState), halt)
        journaled = records.journaled(head, records.read(head, Head), line)
        self._store.commit([records.put(record, state), *journaled])
        return state

    def fleet(self) -> FleetState:
        """All recoveries together."""
        (record,) = self._store.read([records.FLEET])
        return records.read(record, FleetState)

    @_retried
    def keep_callback(self, incident: str, callback: str) -> None:
        """Remember how to wake the execution that waits for a person."""
        (record,) = self._store.read([records.callback(incident)])
        self._store.commit([records.put(record, callback)])

    def callback(self, incident: str) -> str | None:
        """How to wake the execution that waits for a person; None while none does."""
        (record,) = self._store.read([records.callback(incident)])
        return canonical.decode(record.body, str) if record.version else None

    # Findings and the journal

    def last_finding(self, instance: str) -> Finding | None:
        """What the last sweep found of an instance."""
        (record,) = self._store.read([records.finding(instance)])
        return canonical.decode(record.body, Finding) if record.version else None

    @_retried
    def keep_finding(self, finding: Finding) -> None:
        """Keep what was found, for the next sweep to compare with."""
        (record,) = self._store.read([records.finding(finding.instance)])
        self._store.commit([records.put(record, finding)])

    def entries(self, chain: str) -> Iterator[Entry]:
        """Every entry of a chain, oldest first."""
        for record in self._store.scan(records.entries(chain)):
            yield canonical.decode(record.body, Entry)

    def end(self, chain: str) -> journal.End:
        """How far a chain reaches."""
        (record,) = self._store.read([records.head(chain)])
        return records.read(record, Head)

    # Reading and writing a recovery together with its instance and the fleet

    def _snapshot_in(self, incident: str, *states: State) -> tuple[_Snapshot, Recovery]:
        """Read a recovery that must be in one of these states, and what goes with it.

        Raises:
            LostRaceError: it is in another.
        """
        (record,) = self._store.read([records.recovery(incident)])
        found = records.read(record, Recovery)
        if states and found.state not in states:
            raise LostRaceError(found)
        others = self._store.read([records.head(found.instance), records.FLEET])
        return _Snapshot(record, *others), found

    def _snapshot(self, incident: str, instance: str) -> _Snapshot:
        keys = [records.recovery(incident), records.head(instance), records.FLEET]
        return _Snapshot(*self._store.read(keys))

    def _commit(self, before: _Snapshot, after: Recovery, detail: object, *more: Record) -> None:
        """Write a move: the recovery, the instance with its journal, the fleet where it changes."""
        head = lifecycle.hold(before.head, before.recovery, after)
        counted = lifecycle.count(before.fleet, before.recovery, after)
        changes = [
            records.put(before.recovery_record, after),
            *records.journaled(before.head_record, head, _line(after, detail)),
            *more,
        ]
        if counted != before.fleet:
            changes.append(records.put(before.fleet_record, counted))
        self._store.commit(changes)


class _Snapshot:
    """The records that a move of a recovery rewrites, and what they say."""

    def __init__(self, recovery: Record, head: Record, fleet: Record) -> None:
        self.recovery_record = recovery
        self.head_record = head
        self.fleet_record = fleet
        self.recovery = records.read(recovery, Recovery) if recovery.version else None
        self.head = records.read(head, Head)
        self.fleet = records.read(fleet, FleetState)


def _line(recovery: Recovery, detail: object) -> Line:
    return Line(
        at=recovery.changed_at, kind=recovery.state, incident=recovery.incident, detail=detail
    )
