"""The memory that makes recoveries happen at most once.

Each method reads the records concerned, lets `domain.lifecycle` say what they become, and commits
them together with a line of the journal. Of two that race, one finds its versions outdated, reads
again and sees what the other did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import stamina

from lastgood.domain import canonical, lifecycle, objections
from lastgood.domain.alarm import Incident
from lastgood.domain.decision import Decision, Plan, Refusal
from lastgood.domain.lifecycle import Entry, FleetState, Head, Line, Recovery, State
from lastgood.domain.objective import Finding
from lastgood.domain.policy import Fleet, Instance
from lastgood.domain.reading import History
from lastgood.ports import Key, RacedError, Record, Store

T = TypeVar("T")


class LostRaceError(Exception):
    """The recovery is not where the caller left it; `current` is where it is."""

    def __init__(self, current: Recovery) -> None:
        super().__init__(f"{current.incident} is {current.state} by now")
        self.current = current


class Ledger:
    """Incidents, recoveries and the journal, over a store that compares and swaps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, incident: Incident, now: datetime) -> Incident:
        """Keep an incident and return it as first kept.

        Routes differ in the evidence that they carry; by returning what the first delivery brought,
        every delivery starts its recovery with one and the same payload.
        """
        return self._retried(lambda: self._open(incident, now))

    def _open(self, incident: Incident, now: datetime) -> Incident:
        record, head = self._store.read([_opened(incident.id), _head(incident.instance)])
        if record.version:
            return canonical.decode(record.body, Incident)
        line = Line(at=now, kind="alarm", incident=incident.id, detail=incident)
        self._store.commit([_put(record, incident), *_journal(head, line)])
        return incident

    def note(self, chain: str, line: Line) -> None:
        """Add a line to the journal of an instance or, where none is concerned, of a source."""

        def write() -> None:
            (head,) = self._store.read([_head(chain)])
            self._store.commit(_journal(head, line))

        self._retried(write)

    def history(self, instance: str) -> History:
        """What is known of an instance's recoveries."""
        (head,) = self._store.read([_head(instance)])
        return _read(head, Head).history if head.version else History()

    def recovery(self, incident: str) -> Recovery | None:
        """Where an incident stands; None before it was decided."""
        (record,) = self._store.read([_recovery(incident)])
        return _read(record, Recovery) if record.version else None

    def conclude(self, decision: Decision, incident: Incident, now: datetime) -> Recovery:
        """Record a decision that is not carried out: a refusal, or a proposal."""
        recovery = lifecycle.open_with(decision, incident.instance, incident.id, now)
        return self._begin(recovery, detail=decision)

    def give_up(self, incident: Incident, reason: str, now: datetime) -> Recovery:
        """Record an incident that could not be decided."""
        recovery = lifecycle.fail(incident.id, incident.instance, reason, now)
        return self._begin(recovery, detail=reason)

    def _begin(self, recovery: Recovery, detail: object) -> Recovery:
        def write() -> Recovery:
            record, head = self._store.read(
                [_recovery(recovery.incident), _head(recovery.instance)]
            )
            if record.version:
                return _read(record, Recovery)
            self._store.commit([_put(record, recovery), *_journal(head, _line(recovery, detail))])
            return recovery

        return self._retried(write)

    def claim(self, plan: Plan, policy: Instance, caps: Fleet, now: datetime) -> Recovery | Refusal:
        """Take the instance for this plan, or say what stands in the way by now.

        Claimed already for the very same incident: that claim is returned.
        """
        return self._retried(lambda: self._claim(plan, policy, caps, now))

    def _claim(
        self, plan: Plan, policy: Instance, caps: Fleet, now: datetime
    ) -> Recovery | Refusal:
        incident = plan.incident
        record, head_record, fleet_record = self._store.read(
            [_recovery(incident.id), _head(incident.instance), _FLEET]
        )
        if record.version:
            return _read(record, Recovery)
        head, fleet = _read(head_record, Head), _read(fleet_record, FleetState)
        if refusal := objections.to_claim(plan, policy, head.history, now):
            return refusal
        if full := lifecycle.room(fleet, caps, now):
            return Refusal(
                incident=incident,
                code="fleet-full",
                message=f"{policy.name} is not recovered: {full}",
                hint="wait, or raise the cap in [fleet]; then plan again",
            )
        recovery = lifecycle.claim(plan, now)
        self._commit_move(None, recovery, (record, head_record, fleet_record), plan)
        return recovery

    def intend(self, incident: str, now: datetime) -> Recovery:
        """Write down that the request is about to be sent; whoever succeeds may send it, once.

        Raises:
            LostRaceError: the recovery is not (or no longer) merely claimed: do not send.
        """
        return self._retried(lambda: self._move(incident, "claimed", "firing", now, sent_at=now))

    def move(self, incident: str, start: State, to: State, now: datetime, **facts: Any) -> Recovery:
        """Take a recovery from one state to another; where it is there already, leave it so.

        Raises:
            LostRaceError: it is in neither of the two.
        """
        try:
            return self._retried(lambda: self._move(incident, start, to, now, **facts))
        except LostRaceError as lost:
            if lost.current.state == to:
                return lost.current
            raise

    def _move(
        self, incident: str, start: State, to: State, now: datetime, **facts: Any
    ) -> Recovery:
        (first,) = self._store.read([_recovery(incident)])
        instance = _read(first, Recovery).instance
        records = self._store.read([first.key, _head(instance), _FLEET])
        before = _read(records[0], Recovery)
        if before.state != start:
            raise LostRaceError(before)
        after = lifecycle.move(before, to, now, **facts)
        self._commit_move(before, after, (records[0], records[1], records[2]), facts)
        return after

    def _commit_move(
        self,
        before: Recovery | None,
        after: Recovery,
        records: tuple[Record, Record, Record],
        detail: object,
    ) -> None:
        """Write recovery, instance and, where its count changes, fleet; with a line of journal."""
        record, head_record, fleet_record = records
        head = lifecycle.hold(_read(head_record, Head), before, after)
        fleet = _read(fleet_record, FleetState)
        counted = lifecycle.count(fleet, before, after)
        changes = [_put(record, after), *_journal_onto(head_record, head, _line(after, detail))]
        if counted != fleet:
            changes.append(_put(fleet_record, counted))
        self._store.commit(changes)

    def last_finding(self, instance: str) -> Finding | None:
        """What the last sweep found of an instance."""
        (record,) = self._store.read([_finding(instance)])
        return canonical.decode(record.body, Finding) if record.version else None

    def keep_finding(self, finding: Finding) -> None:
        """Keep what was found, for the next sweep to compare with."""

        def write() -> None:
            (record,) = self._store.read([_finding(finding.instance)])
            self._store.commit([_put(record, finding)])

        self._retried(write)

    def journal(self, chain: str) -> Iterator[Entry]:
        """Every entry of a chain, oldest first."""
        for record in self._store.scan(f"journal#{chain}"):
            yield canonical.decode(record.body, Entry)

    @staticmethod
    def _retried(write: Callable[[], T]) -> T:
        for attempt in stamina.retry_context(
            on=RacedError, attempts=20, timeout=None, wait_initial=0.01, wait_max=0.5
        ):
            with attempt:
                return write()
        raise AssertionError("stamina returns or raises")


_FLEET = Key("fleet", "state")


def _opened(incident: str) -> Key:
    return Key(f"incident#{incident}", "opened")


def _recovery(incident: str) -> Key:
    return Key(f"incident#{incident}", "recovery")


def _head(chain: str) -> Key:
    return Key(f"chain#{chain}", "head")


def _finding(instance: str) -> Key:
    return Key(f"finding#{instance}", "last")


def _read(record: Record, kind: type[T]) -> T:
    """The value of a record; the kind's own defaults where nothing has been written yet."""
    return canonical.decode(record.body or b"{}", kind)


def _put(record: Record, value: object) -> Record:
    return record._replace(body=canonical.encode(value))


def _line(recovery: Recovery, detail: object) -> Line:
    return Line(
        at=recovery.changed_at, kind=recovery.state, incident=recovery.incident, detail=detail
    )


def _journal(head_record: Record, line: Line) -> list[Record]:
    return _journal_onto(head_record, _read(head_record, Head), line)


def _journal_onto(head_record: Record, head: Head, line: Line) -> list[Record]:
    """The journal's next entry and the head that points to it, ready to be committed."""
    chain = head_record.key.partition.removeprefix("chain#")
    head, entry = lifecycle.append(head, chain, line)
    entry_record = Record(Key(f"journal#{chain}", f"{entry.seq:012d}"), 0, canonical.encode(entry))
    return [_put(head_record, head), entry_record]
