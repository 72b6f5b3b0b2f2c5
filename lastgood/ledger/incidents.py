"""Incidents as they were delivered, what they say of their instance, and when alarms cleared."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from lastgood.domain.alarm import Incident, pairs_of
from lastgood.domain.effect import Standing, amended
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import Head, Recovery, waiting_of
from lastgood.domain.reading import History
from lastgood.ledger import records
from lastgood.ledger.transactions import Transactions, retried
from lastgood.ports import Record


class Opened(NamedTuple):
    """An incident as it was first kept, whether that was just now, and its instance with it.

    What starts its recovery is always the first: every delivery then starts it with one and the
    same payload. `joined` says that the incident is an earlier one, which took in this one.
    """

    incident: Incident
    first: bool
    head: Head
    joined: bool = False

    @property
    def others(self) -> tuple[str, ...]:
        """The other incidents of the instance on which nothing was decided yet."""
        return tuple(name for name in self.head.unstarted if name != self.incident.id)


class Incidents(Transactions):
    """What alarms and people said, before anything is decided on it."""

    @retried
    def open(self, incident: Incident, now: datetime, quiet: timedelta = timedelta()) -> Opened:
        """Keep an incident; of one that is kept already, what this delivery knows better of it.

        Once a request may have been sent, that only says since when the data may have been bad. A
        transition closer than `quiet` to those of an incident that has not ended may join it. A
        copy that goes with a restore says nothing of the data.
        """
        opened, improved, head, standing = self._store.read(
            [
                records.opened(incident.id),
                records.improved(incident.id),
                records.head(incident.chain),
                records.standing(incident.source),
            ]
        )
        known = records.read(head, Head)
        if not opened.version:
            if found := self._join(incident, opened, head, quiet, now):
                return found
            kept = known.suspecting(incident)
            line = Line(at=now, kind="alarm", incident=incident.id, detail=incident)
            if incident.pair_of:
                kept, line = known, msgspec.structs.replace(line, kind="paired")
            kept = kept.starting(incident.id)
            changes = [records.put(opened, incident), *records.journaled(head, kept, line)]
            self._store.commit([*changes, *_went_off(incident, standing, now)])
            return Opened(incident, first=True, head=kept)
        first = records.read(opened, Incident)
        if first.joined:
            return self._joined_before(incident, first.joined, head, now)
        current = records.read(improved, Incident) if improved.version else first
        better = current.improved_by(incident)
        if better is not current:
            line = Line(at=now, kind="improved", incident=incident.id, detail=better)
            kept = known.suspecting(better) if known.doubts(current, better) else known
            changes = [records.put(improved, better), *records.journaled(head, kept, line)]
            self._store.commit(changes)
        return Opened(first, first=False, head=known)

    def _join(
        self, incident: Incident, opened: Record, head: Record, quiet: timedelta, now: datetime
    ) -> Opened | None:
        """Let a transition join the latest incident that can take it in; None if none can.

        The journal has the first, the tenth, the hundredth, and all that move the onset: a flood
        can still be read.
        """
        known = records.read(head, Head)
        for name in reversed(known.near(incident.changed_at, quiet)):
            first, current, improved = self._kept(name)
            better, span = current.taking_in(incident), known.span(name)
            if better is None or span is None:
                continue
            kept = known.joining(incident, span)
            changes = [records.put(opened, msgspec.structs.replace(incident, joined=name))]
            if better is not current:
                line = Line(at=now, kind="improved", incident=name, detail=better)
                changes += [records.put(improved, better), *records.journaled(head, kept, line)]
            elif str(span.count + 1).strip("0") == "1":
                line = Line(at=now, kind="joined", incident=name, detail=incident)
                changes += records.journaled(head, kept, line)
            else:
                changes.append(records.put(head, kept))
            (standing,) = self._store.read([records.standing(incident.source)])
            self._store.commit([*changes, *_went_off(incident, standing, now)])
            return Opened(first, first=False, head=kept, joined=True)
        return None

    def _joined_before(self, incident: Incident, name: str, head: Record, now: datetime) -> Opened:
        """What another delivery of a transition that joined an incident knows better."""
        known = records.read(head, Head)
        first, current, improved = self._kept(name)
        told = next((one.onset for one in known.suspects if one.incident == incident.id), None)
        if told is None or told <= incident.onset:
            return Opened(first, first=False, head=known, joined=True)
        better = current.taking_in(incident) or current
        kept = known.suspecting(incident, joined=name)
        line = Line(at=now, kind="improved", incident=name, detail=better)
        changes = [records.put(improved, better)] if better is not current else []
        self._store.commit([*changes, *records.journaled(head, kept, line)])
        return Opened(first, first=False, head=kept, joined=True)

    def _kept(self, name: str) -> tuple[Incident, Incident, Record]:
        """An incident as it was first kept, as it is known, and the record of the latter."""
        opened, improved = self._store.read([records.opened(name), records.improved(name)])
        first = records.read(opened, Incident)
        return first, records.read(improved, Incident) if improved.version else first, improved

    def incident(self, name: str) -> Incident | None:
        """The incident of this id, or that which took it in, with all that is known of it."""
        opened, improved = self._store.read([records.opened(name), records.improved(name)])
        known = improved if improved.version else opened
        found = records.read(known, Incident) if known.version else None
        return self.incident(found.joined) if found and found.joined else found

    def unstarted(self, instance: str) -> list[Incident]:
        """The incidents of an instance that nothing was decided on, as they were first kept."""
        chains = self._store.read([records.head(instance), records.head(pairs_of(instance))])
        names = [name for chain in chains for name in records.read(chain, Head).unstarted]
        found = self._store.read([records.opened(name) for name in names])
        return [records.read(record, Incident) for record in found if record.version]

    @retried
    def forget(self, incident: Incident, kind: str, reason: str, now: datetime) -> bool:
        """Let an incident say nothing of its instance any more; `kind` is that of the journal.

        Returns whether it did: what is being carried out is not forgotten.
        """
        record, head = self._head(incident.chain)
        if head.active == incident.id:
            return False
        line = Line(at=now, kind=kind, incident=incident.id, detail=reason)
        kept = head.without_suspect(incident.id)
        self._store.commit(records.journaled(record, kept, line))
        return True

    def hear(self, source: str, state: str, at: datetime, now: datetime) -> None:
        """Note a transition of an alarm that opens no incident; of several the latest counts.

        Recoveries that settled while the alarm was red are amended by what it does only now.
        """
        for incident in self._hear(source, Standing(state=state, at=at, taken_at=now)):
            self._amend(source, incident, now)

    @retried
    def _hear(self, source: str, heard: Standing) -> tuple[str, ...]:
        """Note a transition, and when the alarm last went back to OK; whose recoveries missed it.

        Known already, it may be that whoever noted it died before these were amended.
        """
        kept, cleared = self._store.read([records.standing(source), records.cleared(source)])
        known = records.read(kept, Standing) if kept.version else None
        missed = known.missed if known else ()
        changes = []
        if heard.state == "OK" and (
            not cleared.version or records.read(cleared, datetime) < heard.at
        ):
            changes.append(records.put(cleared, heard.at))
        if known is None or known.outdated_by(heard):
            changes.append(records.put(kept, msgspec.structs.replace(heard, missed=missed)))
        if changes:
            self._store.commit(changes)
        return missed

    @retried
    def _amend(self, source: str, incident: str, now: datetime) -> None:
        """Amend a recovery that settled while its alarm was red, once it is not any more."""
        standing, heard = self._alarm(source)
        (record,) = self._store.read([records.recovery(incident)])
        recovery = records.read(record, Recovery)
        waiting = waiting_of(recovery)
        if heard is None or waiting is None or incident not in heard.missed:
            return
        judged = amended(waiting, recovery.changed_at, heard)
        if judged is None:
            return
        after = msgspec.structs.replace(
            recovery, effect=judged.effect, effect_detail=judged.detail, hint=None
        )
        left = tuple(one for one in heard.missed if one != incident)
        line = Line(at=now, kind="effect", incident=incident, detail=judged)
        head_record, head = self._head(recovery.chain)
        self._store.commit(
            [
                records.put(record, after),
                records.put(standing, msgspec.structs.replace(heard, missed=left)),
                *records.journaled(head_record, head, line),
            ]
        )

    def heard(self, source: str) -> Standing | None:
        """How an alarm stands by the latest of its transitions that was taken in."""
        return self._alarm(source)[1]

    def history(self, incident: Incident) -> History:
        """What a decision on this incident wants to know of its instance and its alarm."""
        _, head = self._head(incident.chain)
        if incident.pair_of:  # what alarms said of the instance itself
            suspects = self._head(incident.instance)[1].suspects
            head = msgspec.structs.replace(head, suspects=suspects)
        sources = {incident.source, *(one.source for one in head.suspects)}
        read = self._store.read([records.cleared(each) for each in sources])
        cleared = {
            source: records.read(record, datetime)
            for source, record in zip(sources, read, strict=True)
            if record.version
        }
        over = tuple(
            one.incident
            for one in head.suspects
            if one.source in cleared and cleared[one.source] > one.changed_at
        )
        # An incident is over once all that it took in is; of a flood not all is remembered.
        taken = [one.incident for one in head.suspects if one.joined == incident.id]
        span = head.span(incident.id)
        rings = (span and span.count > len(taken)) or not set(taken) <= set(over)
        return History(
            last=head.last_recovery,
            active=head.active,
            cleared_at=None if rings else cleared.get(incident.source),
            suspects=head.suspects,
            cleared=over,
            proposed=tuple(
                found.incident
                for name in head.open
                if (found := self.recovery(name)) and found.state == "proposed"
            ),
        )

    def known(self, incident: str) -> Recovery:
        """Where an incident stands that was decided."""
        (record,) = self._store.read([records.recovery(incident)])
        return records.read(record, Recovery)

    def recovery(self, incident: str) -> Recovery | None:
        """Where an incident stands; None before it was decided."""
        (record,) = self._store.read([records.recovery(incident)])
        return records.read(record, Recovery) if record.version else None


def _went_off(incident: Incident, record: Record, now: datetime) -> list[Record]:
    """What an incident changes of how its alarm stands, ready to be committed."""
    if incident.pair_of or incident.drill:
        return []
    known = records.read(record, Standing) if record.version else None
    heard = Standing(state="ALARM", at=incident.changed_at, taken_at=now)
    if known is None:
        return [records.put(record, heard)]
    heard = msgspec.structs.replace(heard, missed=known.missed)
    return [records.put(record, heard)] if known.outdated_by(heard) else []
