"""What every part of the ledger shares: raced writes, and a move with all that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar

from lastgood.domain import copies, lifecycle
from lastgood.domain.copies import Copy
from lastgood.domain.effect import Standing
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import FleetState, Head, Recovery, State
from lastgood.domain.plan import Refusal
from lastgood.ledger import records
from lastgood.ports import RacedError, Record, Store

P = ParamSpec("P")
T = TypeVar("T")


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


class NoUndoPointError(Exception):
    """Nothing may be overwritten without a backup, and there is none that is complete."""


class NotStoppedError(Exception):
    """Nothing may be overwritten before its writers are stopped, and they are not."""


class NewSuspicionError(Exception):
    """Since the plan was checked, an alarm has said that the data was bad at another time."""


def retried(write: Callable[P, T]) -> Callable[P, T]:
    """Write again while others write the same records (optimistic concurrency)."""

    @wraps(write)
    def again(*args: P.args, **kwargs: P.kwargs) -> T:
        with suppress(RacedError):
            return write(*args, **kwargs)
        # Races are rare, so an alarm does not import at its start what paces the attempts.
        import stamina  # noqa: PLC0415 - see above

        paced = stamina.retry(
            on=RacedError, attempts=19, timeout=None, wait_initial=0.01, wait_max=0.5
        )
        return paced(write)(*args, **kwargs)

    return again


class Moved(NamedTuple):
    """A recovery as it stands, and whether it was this call that brought it there."""

    recovery: Recovery
    here: bool


class Snapshot:
    """The records that a move of a recovery rewrites, and what they say."""

    def __init__(self, recovery: Record, head: Record, fleet: Record) -> None:
        self.recovery_record = recovery
        self.head_record = head
        self.fleet_record = fleet
        self.recovery = records.read(recovery, Recovery) if recovery.version else None
        self.head = records.read(head, Head)
        self.fleet = records.read(fleet, FleetState)


class Transactions:
    """Reads and writes over a store that compares and swaps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def _snapshot(self, incident: str, chain: str) -> Snapshot:
        keys = [records.recovery(incident), records.head(chain), records.FLEET]
        return Snapshot(*self._store.read(keys))

    def _snapshot_in(self, incident: str, *states: State) -> tuple[Snapshot, Recovery]:
        """Read a recovery that must be in one of these states (any if none is given).

        Raises:
            LostRaceError: it is in another.
        """
        (record,) = self._store.read([records.recovery(incident)])
        found = records.read(record, Recovery)
        if states and found.state not in states:
            raise LostRaceError(found)
        others = self._store.read([records.head(found.chain), records.FLEET])
        return Snapshot(record, *others), found

    def _commit(
        self,
        before: Snapshot,
        after: Recovery,
        detail: object,
        *more: Record,
        ordered: Copy | None = None,
    ) -> None:
        """Write a move: the recovery, the instance with its journal, the fleet where it changes.

        Its copy goes along; `ordered` is how this very move orders it.
        """
        head = lifecycle.hold(before.head, before.recovery, after)
        counted = lifecycle.count(before.fleet, before.recovery, after)
        line = Line(at=after.changed_at, kind=after.state, incident=after.incident, detail=detail)
        changes = [
            records.put(before.recovery_record, after),
            *records.journaled(before.head_record, head, line),
            *more,
        ]
        if counted != before.fleet:
            changes.append(records.put(before.fleet_record, counted))
        if after.copy:
            record, copy = self._copy(after.copy.name, ordered)
            changes.append(records.put(record, copies.following(copy, after)))
        self._store.commit(changes)

    def _copy(self, name: str, ordered: Copy | None = None) -> tuple[Record, Copy]:
        """A copy that was ordered before, or is by this."""
        (record,) = self._store.read([records.copy(name)])
        if ordered and not record.version:
            return record, ordered
        copy = records.read(record, Copy)
        return record, copies.ordered_again(copy, ordered) if ordered else copy

    def _alarm(self, source: str) -> tuple[Record, Standing | None]:
        """How an alarm stands; None where nothing of it was taken in."""
        (record,) = self._store.read([records.standing(source)])
        return record, records.read(record, Standing) if record.version else None

    def _head(self, chain: str) -> tuple[Record, Head]:
        (record,) = self._store.read([records.head(chain)])
        return record, records.read(record, Head)

    @retried
    def note(self, chain: str, line: Line) -> None:
        """Add a line to the journal of an instance or, where none is concerned, of a source."""
        record, head = self._head(chain)
        self._store.commit(records.journaled(record, head, line))
