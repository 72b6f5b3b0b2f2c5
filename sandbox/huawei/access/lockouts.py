"""Lockout: how many bad signatures each access key has had, and which keys are locked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

__all__ = ["Lockouts"]

_TOLERATED = 5
_LOCKED_FOR = timedelta(minutes=5)


class Lockouts:
    """Locks a key for five minutes after more than five bad signatures in a row.

    The five minutes count from the last of them. `total` counts every bad signature of a key;
    requests sent while it is locked are not verified.
    """

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self._in_a_row: Counter[str] = Counter()
        self._until: dict[str, datetime] = {}

    def bad(self, key: str, now: datetime) -> None:
        """Count a bad signature."""
        self.total[key] += 1
        self._in_a_row[key] += 1
        if self._in_a_row[key] > _TOLERATED:
            self._until[key] = now + _LOCKED_FOR
            del self._in_a_row[key]

    def good(self, key: str) -> None:
        """Reset the count of bad signatures in a row."""
        del self._in_a_row[key]

    def locked(self, now: datetime) -> frozenset[str]:
        """Return the keys that are locked now."""
        return frozenset(key for key, until in self._until.items() if now < until)
