"""Bad signatures: how many each access key has had, and which keys are locked for them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

__all__ = ["Lockouts"]

_TOLERATED = 5
_LOCKED_FOR = timedelta(minutes=5)


class Lockouts:
    """More than five bad signatures in a row lock a key for five minutes, from the last of them.

    `total` counts every bad signature a key ever had; those sent while it is locked are not
    looked at.
    """

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self._in_a_row: Counter[str] = Counter()
        self._until: dict[str, datetime] = {}

    def bad(self, key: str, now: datetime) -> None:
        """Note a bad signature."""
        self.total[key] += 1
        self._in_a_row[key] += 1
        if self._in_a_row[key] > _TOLERATED:
            self._until[key] = now + _LOCKED_FOR
            del self._in_a_row[key]

    def good(self, key: str) -> None:
        """Note a good signature: the row ends."""
        del self._in_a_row[key]

    def locked(self, now: datetime) -> frozenset[str]:
        """Give the keys that are locked now."""
        return frozenset(key for key, until in self._until.items() if now < until)
