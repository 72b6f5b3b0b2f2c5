"""The Store port with everything that a table can do to its users; tells the moves that it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lastgood.ports import Key, RacedError, Record
from tests.simulation.schedule import Boundary, Schedule


class StoreDownError(Exception):
    """The table did not answer; whether a write took effect is for nobody to know."""


def _down() -> Exception:
    return StoreDownError("the table did not answer")


def _raced() -> Exception:
    return RacedError("another write is under way")


_ANY = ("switch", "switch", "switch", "kill", "leave", "delay", "fail")
READ = Boundary("before a read of the store", _ANY, error=_down)
READ_DONE = Boundary("after a read of the store", ("switch", "kill", "leave"))
COMMIT = Boundary("before a commit", _ANY, 2, error=_down)
CONFLICT = Boundary("in a commit, as a conflict", ("switch", "fail"), error=_raced)
COMMIT_DONE = Boundary("after a commit, its answer lost", _ANY, 2, error=_down)


class SimulatedStore:
    """Records in a dictionary; a read of several keys is no snapshot, as in the real table."""

    def __init__(self, schedule: Schedule, watch: Callable[[Record], None]) -> None:
        self.records: dict[Key, Record] = {}
        self.down_until = 0
        self._schedule = schedule
        self._watch = watch

    def read(self, keys: Sequence[Key]) -> list[Record]:
        found = []
        for key in keys:
            self._cross(READ)
            found.append(self.records.get(key) or Record(key, 0, b""))
        self._schedule.point(READ_DONE)
        return found

    def commit(self, records: Sequence[Record]) -> None:
        self._cross(COMMIT)
        self._schedule.point(CONFLICT)
        for record in records:
            self.check(record)
        for record in records:
            self.records[record.key] = Record(record.key, record.version + 1, record.body)
        for record in records:
            self._watch(record)
        self._cross(COMMIT_DONE)

    def check(self, record: Record) -> None:
        """The condition of a write."""
        found = self.records.get(record.key)
        if (found.version if found else 0) != record.version:
            raise RacedError(str(record.key))

    def scan(self, partition: str) -> Iterator[Record]:
        found = [record for key, record in self.records.items() if key.partition == partition]
        yield from sorted(found, key=lambda record: record.key.sort)

    def _cross(self, boundary: Boundary) -> None:
        self._schedule.point(boundary)
        if self._schedule.clock < self.down_until:
            self._schedule.current.struck += 1
            raise _down()


class Glance:
    """The Store port over the same records for those who only watch: nothing can go wrong."""

    def __init__(self, store: SimulatedStore) -> None:
        self._store = store

    def read(self, keys: Sequence[Key]) -> list[Record]:
        return [self._store.records.get(key) or Record(key, 0, b"") for key in keys]

    def commit(self, records: Sequence[Record]) -> None:
        raise AssertionError(f"{len(records)} records were written by somebody who only watches")

    def scan(self, partition: str) -> Iterator[Record]:
        return self._store.scan(partition)
