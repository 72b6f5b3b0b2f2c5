"""Incidents as they were delivered, what they say of their instance, and when alarms cleared."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from lastgood.domain.alarm import Incident
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import Head, Recovery
from lastgood.domain.reading import History
from lastgood.ledger import records
from lastgood.ledger.transactions import Transactions, retried


class Opened(NamedTuple):
    """An incident as it was first kept, whether that was just now, and its instance with it.

    What starts its recovery is always the first: every delivery then starts it with one and the
    same payload.
    """

    incident: Incident
    first: bool
    head: Head

    @property
    def others(self) -> tuple[str, ...]:
        """The other incidents of the instance on which nothing was decided yet."""
        return tuple(name for name in self.head.unstarted if name != self.incident.id)


class Incidents(Transactions):
    """What alarms and people said, before anything is decided on it."""

    @retried
    def open(self, incident: Incident, now: datetime) -> Opened:
        """Keep an incident; of one that is kept already, what this delivery knows better of it.

        Once a request may have been sent, that only says since when the data may have been bad.
        """
        opened, improved, head = self._store.read(
            [
                records.opened(incident.id),
                records.improved(incident.id),
                records.head(incident.instance),
            ]
        )
        known = records.read(head, Head)
        if not opened.version:
            kept = known.suspecting(incident).starting(incident.id)
            line = Line(at=now, kind="alarm", incident=incident.id, detail=incident)
            changes = [records.put(opened, incident), *records.journaled(head, kept, line)]
            self._store.commit(changes)
            return Opened(incident, first=True, head=kept)
        first = records.read(opened, Incident)
        current = records.read(improved, Incident) if improved.version else first
        better = current.improved_by(incident)
        if better is not current:
            line = Line(at=now, kind="improved", incident=incident.id, detail=better)
            kept = known.suspecting(better) if known.doubts(current, better) else known
            changes = [records.put(improved, better), *records.journaled(head, kept, line)]
            self._store.commit(changes)
        return Opened(first, first=False, head=known)

    def incident(self, name: str) -> Incident | None:
        """The incident of this id, with everything that is known of it."""
        opened, improved = self._store.read([records.opened(name), records.improved(name)])
        known = improved if improved.version else opened
        return records.read(known, Incident) if known.version else None

    def unstarted(self, instance: str) -> list[Incident]:
        """The incidents of an instance that nothing was decided on, as they were first kept."""
        _, head = self._head(instance)
        found = self._store.read([records.opened(name) for name in head.unstarted])
        return [records.read(record, Incident) for record in found if record.version]

    @retried
    def forget(self, incident: Incident, kind: str, reason: str, now: datetime) -> bool:
        """Let an incident say nothing of its instance any more; `kind` is that of the journal.

        Returns whether it did: what is being carried out is not forgotten.
        """
        record, head = self._head(incident.instance)
        if head.active == incident.id:
            return False
        line = Line(at=now, kind=kind, incident=incident.id, detail=reason)
        kept = head.without_suspect(incident.id)
        self._store.commit(records.journaled(record, kept, line))
        return True

    @retried
    def clear(self, source: str, at: datetime) -> None:
        """Note that an alarm went back to OK; of several notes the latest counts."""
        (record,) = self._store.read([records.cleared(source)])
        if not record.version or records.read(record, datetime) < at:
            self._store.commit([records.put(record, at)])

    def history(self, incident: Incident) -> History:
        """What a decision on this incident wants to know of its instance and its alarm."""
        _, head = self._head(incident.instance)
        sources = {incident.source, *(one.source for one in head.suspects)}
        read = self._store.read([records.cleared(each) for each in sources])
        cleared = {
            source: records.read(record, datetime)
            for source, record in zip(sources, read, strict=True)
            if record.version
        }
        return History(
            last=head.last_recovery,
            active=head.active,
            cleared_at=cleared.get(incident.source),
            suspects=head.suspects,
            cleared=tuple(
                one.incident
                for one in head.suspects
                if one.source in cleared and cleared[one.source] > one.changed_at
            ),
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
