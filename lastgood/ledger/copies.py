"""Copies: what restores to a new instance made, or may have made.

What a recovery orders is written with its intent, and follows each of its moves (`transactions`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

import msgspec

from lastgood.domain.copies import Copy, Stage
from lastgood.domain.journal import Line
from lastgood.ledger import records
from lastgood.ledger.transactions import Transactions, retried
from lastgood.ports import Record


class Copies(Transactions):
    """Which copies there are, whose, and how far they are."""

    @retried
    def identity(self) -> str:
        """What tells this ledger from another: 32 hex digits, the same from the first time on."""
        (record,) = self._store.read([records.IDENTITY])
        if record.version:
            return records.read(record, str)
        made = uuid.uuid4().hex
        self._store.commit([records.put(record, made)])
        return made

    def mark(self) -> str | None:
        """The same; None where it was never asked for, so that nothing can be marked with it."""
        (record,) = self._store.read([records.IDENTITY])
        return records.read(record, str) if record.version else None

    def copies(self) -> Iterator[Copy]:
        """Every copy that was ever ordered, those that are gone as well."""
        for record in self._store.scan(records.COPIES):
            yield records.read(record, Copy)

    def copy(self, name: str) -> Copy | None:
        """The copy of this name."""
        (record,) = self._store.read([records.copy(name)])
        return records.read(record, Copy) if record.version else None

    @retried
    def order_copy(self, copy: Copy, by: str, instead_of: Copy | None = None) -> bool:
        """Write down that a copy is about to be asked for by a person; whoever succeeds may, once.

        Not where it was asked for, unless nothing came of that, or it is gone; `instead_of` is one
        of which that is certain, though it is not on record.
        """
        (record,) = self._store.read([records.copy(copy.name)])
        found = records.read(record, Copy) if record.version else None
        if found and found.may_exist and found != instead_of:
            return False
        line = Line(at=copy.ordered_at, kind="copy-ordered", detail=by)
        self._write(record, copy, line)
        return True

    @retried
    def keep(self, name: str, by: str, now: datetime) -> Copy:
        """Note that nothing but a person may delete a copy, whatever it was made for.

        As it stands where it cannot be kept any more: its deletion may leave at any moment.
        """
        record, copy = self._copy(name)
        if not copy.can_be_kept:
            return copy
        kept = msgspec.structs.replace(copy, keep=True)
        return self._write(record, kept, Line(at=now, kind="copy-kept", detail=by))

    @retried
    def begin_deletion(self, copy: Copy, by: str, now: datetime) -> bool:
        """Note that a copy is about to be deleted; not if it is no longer as it was judged.

        Whoever tells people of it meanwhile does not count.
        """
        record, found = self._copy(copy.name)
        if msgspec.structs.replace(found, told_at=copy.told_at) != copy:
            return False
        if found.stage != "deleting":
            going = msgspec.structs.replace(found, stage="deleting")
            self._write(record, going, Line(at=now, kind="copy-deleting", detail=by))
        return True

    @retried
    def note_stage(self, copy: Copy, stage: Stage, why: str, now: datetime) -> Copy:
        """Note how far a copy is known to be; one whose stage has changed meanwhile stays so."""
        record, found = self._copy(copy.name)
        if found.stage != copy.stage or found.stage == stage:
            return found
        moved = msgspec.structs.replace(found, stage=stage, id=copy.id or found.id)
        return self._write(record, moved, Line(at=now, kind=f"copy-{stage}", detail=why))

    @retried
    def note_sighting(self, copy: Copy, stage: Stage) -> Copy:
        """Note what a sweep saw, but not in the journal: the verify function may not write it."""
        record, found = self._copy(copy.name)
        if found.stage != copy.stage:
            return found
        seen = msgspec.structs.replace(found, stage=stage, id=copy.id or found.id)
        self._store.commit([records.put(record, seen)])
        return seen

    @retried
    def note_told(self, name: str, now: datetime) -> None:
        """Note that people were told of a copy."""
        record, copy = self._copy(name)
        self._store.commit([records.put(record, msgspec.structs.replace(copy, told_at=now))])

    def _write(self, record: Record, copy: Copy, line: Line) -> Copy:
        """Write a copy, and a line into the journal of its source."""
        line = msgspec.structs.replace(line, incident=copy.owner, detail=(copy.name, line.detail))
        head_record, head = self._head(copy.source)
        journaled = records.journaled(head_record, head, line)
        self._store.commit([records.put(record, copy), *journaled])
        return copy
