"""The whole ledger: incidents, recoveries, the fleet, findings, events to send, the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lastgood.domain import journal, lifecycle
from lastgood.domain.events import Outbox, Pending
from lastgood.domain.journal import Entry, Line
from lastgood.domain.lifecycle import FleetState, Halt, Head
from lastgood.domain.objective import Finding
from lastgood.ledger import records
from lastgood.ledger.backups import UndoPoints
from lastgood.ledger.copies import Copies
from lastgood.ledger.drills import Drills
from lastgood.ledger.hooks import HookCalls
from lastgood.ledger.incidents import Incidents
from lastgood.ledger.recoveries import Recoveries
from lastgood.ledger.transactions import retried
from lastgood.ports import Record

MOST_PENDING = 100
"""So many events are kept for a bus that is away; the journal has them all."""


class Ledger(Incidents, Recoveries, Copies, UndoPoints, Drills, HookCalls):
    """The memory by which recoveries happen at most once, over a store that compares and swaps."""

    def halt(self, halt: Halt) -> FleetState:
        """Stop all recoveries; the fleet as it is from now on.

        Those in its `active` whose intent was written before may still send their request.
        """
        return self._switch(halt, Line(at=halt.at, kind="halted", detail=halt))

    def resume(self, by: str, now: datetime) -> FleetState:
        """Let recoveries go on."""
        return self._switch(None, Line(at=now, kind="resumed", detail=by))

    @retried
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

    # Events that could not be sent

    @retried
    def postpone(self, event: Pending) -> None:
        """Keep an event that could not be published, behind the others that could not.

        The oldest of too many are dropped; the journal has what they were about.
        """
        record, outbox = self._outbox()
        others = [one for one in outbox.pending if one != event]
        kept = [*others, event][-MOST_PENDING:]
        while len(kept) > 1 and records.size(kept) > records.LARGEST:
            del kept[0]
        self._store.commit([records.put(record, Outbox(tuple(kept)))])

    def pending(self) -> tuple[Pending, ...]:
        """The events that could not be published, oldest first."""
        return self._outbox()[1].pending

    @retried
    def sent(self, event: Pending) -> None:
        """Forget an event, because it has been published."""
        record, outbox = self._outbox()
        kept = tuple(one for one in outbox.pending if one != event)
        self._store.commit([records.put(record, Outbox(kept))])

    def _outbox(self) -> tuple[Record, Outbox]:
        (record,) = self._store.read([records.OUTBOX])
        return record, records.read(record, Outbox)

    # Findings and the journal

    def last_finding(self, instance: str) -> Finding | None:
        """What the last sweep found of an instance."""
        (record,) = self._store.read([records.finding(instance)])
        return records.read(record, Finding) if record.version else None

    @retried
    def keep_finding(self, finding: Finding) -> None:
        """Keep what was found, for the next sweep to compare with."""
        (record,) = self._store.read([records.finding(finding.instance)])
        self._store.commit([records.put(record, finding)])

    def entries(self, chain: str) -> Iterator[Entry]:
        """Every entry of a chain, oldest first."""
        for record in self._store.scan(records.entries(chain)):
            yield records.read(record, Entry)

    def end(self, chain: str) -> journal.End:
        """How far a chain reaches."""
        (record,) = self._store.read([records.head(chain)])
        return records.read(record, Head)
