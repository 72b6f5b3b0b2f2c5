"""Moments and durations as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from lastgood.domain import times


def duration(span: timedelta | int) -> str:
    """A duration, given as such or in seconds: 40m, 23h40m, 6d23h54m, 0s."""
    return times.tell_duration(span if isinstance(span, timedelta) else timedelta(seconds=span))


def relative(moment: datetime, now: datetime) -> str:
    """How far a moment is from now: `17m ago`, `in 5m`."""
    return f"{duration(now - moment)} ago" if moment <= now else f"in {duration(moment - now)}"


def moment(at: datetime) -> str:
    """A moment to the second, RFC 3339."""
    return times.print_rfc3339(times.floor_second(at))
