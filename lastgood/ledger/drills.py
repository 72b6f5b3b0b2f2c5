"""Drills: how each of them went, and which was the last of an instance."""

from __future__ import annotations

from datetime import datetime

from lastgood.domain import drills
from lastgood.domain.drills import Report
from lastgood.domain.journal import Line
from lastgood.ledger import records
from lastgood.ledger.transactions import Transactions, retried
from lastgood.ports import Record


class Drills(Transactions):
    """How each drill went, and which was the last of an instance."""

    def drill(self, instance: str) -> Report | None:
        """The last drill of an instance, which may be under way."""
        (record,) = self._store.read([records.last_drill(instance)])
        return records.read(record, Report) if record.version else None

    def report(self, drill: str) -> Report | None:
        """How a drill went."""
        (record,) = self._store.read([records.drill(drill)])
        return records.read(record, Report) if record.version else None

    @retried
    def begin_drill(self, report: Report) -> Report:
        """Note that a drill begins, and return it; or the one that has begun before.

        That is this one, or another of the instance that is still under way.
        """
        own, last = self._drills(report)
        if own.version:
            return records.read(own, Report)
        if last.version:
            other = records.read(last, Report)
            if drills.is_under_way(other, report.at):
                return other
        self._keep(report, "drill-begun", report.at, own, last)
        return report

    @retried
    def end_drill(self, report: Report, now: datetime) -> bool:
        """Note how a drill went; returns whether it was this call that noted it."""
        own, last = self._drills(report)
        if own.version and records.read(own, Report).result:
            return False
        is_last = last.version and records.read(last, Report).drill == report.drill
        self._keep(report, f"drill-{report.result}", now, own, *([last] if is_last else []))
        return True

    def _drills(self, report: Report) -> tuple[Record, Record]:
        keys = [records.drill(report.drill), records.last_drill(report.instance)]
        own, last = self._store.read(keys)
        return own, last

    def _keep(self, report: Report, kind: str, now: datetime, *places: Record) -> None:
        """Write a report to its places, and a line into the journal of its instance."""
        record, head = self._head(report.instance)
        line = Line(at=now, kind=kind, incident=report.drill, detail=report)
        journaled = records.journaled(record, head, line)
        self._store.commit([*(records.put(place, report) for place in places), *journaled])
