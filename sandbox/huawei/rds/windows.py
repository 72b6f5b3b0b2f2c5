"""Windows: ranges of restorable moments, in milliseconds on the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.huawei.wire.answers import bad_parameter

__all__ = ["Window", "from_milliseconds", "in_milliseconds", "utc_day"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ONE_DAY = timedelta(days=1)


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the moment that a number of milliseconds since 1970 means."""
    return _EPOCH + milliseconds * _MILLISECOND


def in_milliseconds(moment: datetime) -> int:
    """Return a moment as a number of milliseconds since 1970."""
    return (moment - _EPOCH) // _MILLISECOND


@dataclass(frozen=True, slots=True)
class Window:
    """A range of restorable moments, both ends included."""

    start: datetime
    end: datetime

    def without(self, gap: Window) -> list[Window]:
        """Remove a gap; zero, one or two windows remain."""
        before = Window(self.start, min(self.end, gap.start))
        after = Window(max(self.start, gap.end), self.end)
        return [part for part in (before, after) if part.start < part.end]

    def within(self, other: Window) -> list[Window]:
        """Return the intersection with another window, if there is one."""
        part = Window(max(self.start, other.start), min(self.end, other.end))
        return [part] if part.start < part.end else []

    def row(self) -> dict[str, int]:
        """Return the window in the format of the service: milliseconds since 1970, UTC."""
        return {
            "start_time": in_milliseconds(self.start),
            "end_time": in_milliseconds(self.end),
        }

    def offers(self, milliseconds: int) -> bool:
        """Whether a moment lies between the ends that `row` shows."""
        row = self.row()
        return row["start_time"] <= milliseconds <= row["end_time"]


def utc_day(date: str) -> Window:
    """Return the UTC day `yyyy-mm-dd`, which ends with its last millisecond."""
    problem = "date must be a day like 2020-12-26."
    if not _DATE.fullmatch(date):
        raise bad_parameter(problem)
    try:
        midnight = datetime.strptime(f"{date}+0000", "%Y-%m-%d%z")
    except ValueError as no_such_day:
        raise bad_parameter(problem) from no_such_day
    return Window(midnight, midnight + (_ONE_DAY - _MILLISECOND))
