"""Undo points: the backups that were made of what a restore in place overwrites.

One is ordered for a plan by one attempt at most, and is on record before its request.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from lastgood.domain.journal import Line
from lastgood.domain.plan import Plan
from lastgood.domain.undo import UndoPoint
from lastgood.ledger import records
from lastgood.ledger.transactions import Snapshot, Transactions, retried
from lastgood.ports import Record


class UndoPoints(Transactions):
    """Which backups were made for which recovery, and how far they are."""

    def undo_points(self) -> Iterator[UndoPoint]:
        """Every backup that was ever ordered, those that are gone as well."""
        for record in self._store.scan(records.BACKUPS):
            yield records.read(record, UndoPoint)

    def undo_point(self, name: str) -> UndoPoint | None:
        """The backup of this name."""
        return self._point(name)[1]

    def _point(self, name: str) -> tuple[Record, UndoPoint | None]:
        (record,) = self._store.read([records.backup(name)])
        return record, records.read(record, UndoPoint) if record.version else None

    @retried
    def order_undo_point(self, plan: Plan, point: UndoPoint, now: datetime) -> bool:
        """Write down that a backup is about to be asked for; whoever succeeds may ask, once.

        Not where another attempt has, unless nothing came of that; nor once the plan is not merely
        claimed any more.
        """
        before, claimed = self._snapshot_in(plan.incident.id)
        if claimed.state != "claimed" or claimed.plan != plan:
            return False
        known = claimed.undo
        if known and known.plan == point.plan and known.stage != "refused":
            return False
        self._put_point(self._point(point.name)[0], before, point, now)
        return True

    @retried
    def note_undo_point(self, point: UndoPoint, now: datetime) -> UndoPoint:
        """Note how far the backup of a plan is known to be; one that is over stays as it is.

        So does what a person said of it meanwhile, and one that may have been asked for: that
        nothing came of it only `withdraw_undo_point` says.
        """
        before, recovery = self._snapshot_in(point.incident)
        record, on_record = self._point(point.name)
        if on_record:
            point = msgspec.structs.replace(point, keep=on_record.keep)
        known = recovery.undo
        if known and known.plan == point.plan:
            unheard = point.stage == "refused" and known.stage in {"ordered", "made"}
            if known == point or known.is_over or unheard:
                return known
        latest = known is None or known.number <= point.number
        self._put_point(record, before, point, now, latest=latest)
        return point

    @retried
    def withdraw_undo_point(self, point: UndoPoint, why: str, now: datetime) -> None:
        """Note that nothing came of it, by the attempt that has asked for it and was told so.

        Not where it was seen meanwhile: something in between may have asked twice.
        """
        before, recovery = self._snapshot_in(point.incident)
        known = recovery.undo
        if known and known.plan == point.plan and known.stage == "ordered":
            refused = msgspec.structs.replace(known, stage="refused", why=why)
            self._put_point(self._point(point.name)[0], before, refused, now)

    @retried
    def begin_letting_go(self, point: UndoPoint, by: str, now: datetime) -> bool:
        """Note that a backup is about to be deleted; not if it is no longer as it was judged."""
        record, found = self._point(point.name)
        if found != point:
            return False
        if point.stage != "deleting":
            self._note_point(record, msgspec.structs.replace(point, stage="deleting"), by, now)
        return True

    @retried
    def note_let_go(self, point: UndoPoint, why: str, now: datetime) -> None:
        """Note that a backup is gone."""
        record, found = self._point(point.name)
        if found is not None and found.stage != "gone":
            self._note_point(record, msgspec.structs.replace(found, stage="gone"), why, now)

    @retried
    def keep_undo_point(self, name: str, by: str, now: datetime) -> UndoPoint | None:
        """Note that nobody but a person lets a backup go; as it stands where it goes already."""
        record, found = self._point(name)
        if found is None or found.stage in {"deleting", "gone"}:
            return found
        kept = msgspec.structs.replace(found, keep=True)
        self._note_point(record, kept, by, now)
        return kept

    def _note_point(self, record: Record, point: UndoPoint, detail: str, now: datetime) -> None:
        """Write a backup, its recovery where it is still its latest, and a line of the journal."""
        before, recovery = self._snapshot_in(point.incident)
        latest = recovery.undo is not None and recovery.undo.name == point.name
        self._put_point(record, before, point, now, detail=detail, latest=latest)

    def _put_point(  # noqa: PLR0913 - what is written, and beside what
        self,
        record: Record,
        before: Snapshot,
        point: UndoPoint,
        now: datetime,
        *,
        detail: object = None,
        latest: bool = True,
    ) -> None:
        """Write a backup in place of what was read; its recovery has it as its latest."""
        changes = [records.put(record, point)]
        if latest and before.recovery:
            with_it = msgspec.structs.replace(before.recovery, undo=point)
            changes.append(records.put(before.recovery_record, with_it))
        line = Line(
            at=now,
            kind=f"undo-point-{point.stage}",
            incident=point.incident,
            detail=(point.name, detail or point),
        )
        self._store.commit([*changes, *records.journaled(before.head_record, before.head, line)])
