"""What can be restored: closed windows of whole seconds, or discrete points.

RDS offers windows, in milliseconds; GeminiDB Redis offers points, as strings that must be sent
back exactly as they were listed. Both become sorted, whole-second, UTC values here. Targets are
whole seconds, so a window's start is rounded up and its end down; one that holds no whole second
is empty. Source: docs/why.md "Whole seconds, strict times", docs/facts/huawei.md "Operations".
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from lastgood.domain import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOTHING = timedelta(0)

T = TypeVar("T", "Window", "Point")


class Window(msgspec.Struct, frozen=True):
    """Every whole second from `start` to `end`, both included."""

    start: datetime
    end: datetime

    @classmethod
    def from_millis(cls, start: int, end: int) -> Window | None:
        """Read an RDS window; None where it holds no whole second.

        Raises:
            ValueError: a bound is not a whole number of milliseconds.
        """
        first = times.ceil_second(times.from_millis(start))
        last = times.floor_second(times.from_millis(end))
        return cls(first, last) if first <= last else None


class Point(msgspec.Struct, frozen=True):
    """One restorable moment and the very string by which the service listed it."""

    at: datetime
    text: str

    @property
    def start(self) -> datetime:
        """The moment, as if it were a window."""
        return self.at

    end = start

    @classmethod
    def from_text(cls, text: str) -> Point:
        """Read a string of the points list.

        Raises:
            ValueError: it is not a service time.
        """
        return cls(times.SERVICE.parse(text), text)


class _Range(msgspec.Struct, Generic[T], frozen=True):
    """What windows and points have in common: both begin and end, a point at once."""

    restorable: tuple[T, ...] = ()

    @property
    def oldest(self) -> datetime | None:
        """The earliest restorable moment."""
        return self.restorable[0].start if self.restorable else None

    @property
    def newest(self) -> datetime | None:
        """The latest restorable moment."""
        return self.restorable[-1].end if self.restorable else None

    def latest_at_or_before(self, moment: datetime) -> datetime | None:
        """The latest restorable whole second that is not after the moment."""
        second = times.floor_second(moment)
        found = bisect_right(self.restorable, second, key=lambda one: one.start)
        return min(self.restorable[found - 1].end, second) if found else None

    def __contains__(self, moment: datetime) -> bool:
        return self.latest_at_or_before(moment) == moment

    @property
    def longest_gap(self) -> timedelta:
        """The longest stretch between two neighbouring restorable moments; zero without gaps."""
        gaps = (after.start - before.end for before, after in pairwise(self.restorable))
        return max(gaps, default=NOTHING)


class Windows(_Range[Window], frozen=True, tag="windows", tag_field="kind"):
    """Closed windows: sorted, disjoint, with at least one whole second between neighbours.

    Make one with `merge`; the constructor trusts its argument.
    """

    @classmethod
    def merge(cls, windows: Iterable[Window]) -> Windows:
        """Join windows that overlap or touch (no whole second lies between them)."""
        merged: list[Window] = []
        for window in sorted(windows, key=lambda w: w.start):
            if merged and window.start - merged[-1].end <= times.SECOND:
                merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
            else:
                merged.append(window)
        return cls(tuple(merged))

    @property
    def coverage(self) -> timedelta:
        """How much time can be restored: the lengths of the windows, gaps not counted."""
        return sum((w.end - w.start for w in self.restorable), NOTHING)

    def wire_text(self, moment: datetime) -> str:
        """A moment the way the service that offers windows writes it: milliseconds, UTC."""
        return str(times.to_millis(moment))


class Points(_Range[Point], frozen=True, tag="points", tag_field="kind"):
    """Discrete moments: sorted, distinct.

    Make one with `of`; the constructor trusts its argument.
    """

    @classmethod
    def of(cls, points: Iterable[Point]) -> Points:
        """Sort points and drop repetitions; of two spellings of one moment the first stays."""
        by_moment: dict[datetime, Point] = {}
        for point in points:
            by_moment.setdefault(point.at, point)
        return cls(tuple(sorted(by_moment.values(), key=lambda p: p.at)))

    @property
    def coverage(self) -> timedelta:
        """How far the points reach: from the oldest to the newest."""
        if not self.restorable:
            return NOTHING
        return self.restorable[-1].at - self.restorable[0].at

    def wire_text(self, moment: datetime) -> str:
        """The very string by which the service listed the moment.

        Raises:
            ValueError: it listed no such moment.
        """
        found = bisect_right(self.restorable, moment, key=lambda p: p.at)
        if not found or self.restorable[found - 1].at != moment:
            raise ValueError(f"{times.print_rfc3339(moment)} is not among the points")
        return self.restorable[found - 1].text


RestorableRange = Points | Windows


def lag(offered: RestorableRange, now: datetime) -> timedelta | None:
    """How far the newest restorable moment is behind now; None where nothing is restorable."""
    return None if offered.newest is None else max(now - offered.newest, NOTHING)


def intersect(a: RestorableRange, b: RestorableRange) -> RestorableRange:
    """Every moment that both ranges hold; discrete as soon as one of them is."""
    if isinstance(a, Points):
        return Points(tuple(point for point in a.restorable if point.at in b))
    if isinstance(b, Points):
        return intersect(b, a)
    overlaps = []
    first, second = list(a.restorable), list(b.restorable)
    while first and second:
        start = max(first[-1].start, second[-1].start)
        end = min(first[-1].end, second[-1].end)
        if start <= end:
            overlaps.append(Window(start, end))
        # Both are walked from their newest window down; drop the one that starts later.
        (first if first[-1].start >= second[-1].start else second).pop()
    return Windows(tuple(reversed(overlaps)))


def latest_common(ranges: Sequence[RestorableRange], deadline: datetime) -> datetime | None:
    """The latest moment strictly before the deadline that every one of the ranges holds.

    The same as the newest moment of their intersection before it, without building one: each
    range in turn lowers the candidate to its own latest moment, until a whole round agrees.
    """
    candidate = times.ceil_second(deadline) - times.SECOND
    agreed = 0
    for offered in cycle(ranges):
        lowered = offered.latest_at_or_before(candidate)
        if lowered is None:
            return None
        agreed = agreed + 1 if lowered == candidate else 1
        candidate = lowered
        if agreed >= len(ranges):
            return candidate
    return None
