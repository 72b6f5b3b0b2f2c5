"""Moments and lengths as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta

from lastgood.domain import times

_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_SHOWN = 3


def length(span: timedelta | int) -> str:
    """A length in its three largest units, the rest of them cut off: 40m, 23h40m, 6d23h54m, 0s."""
    seconds = span if isinstance(span, int) else times.whole_seconds(span)
    parts: list[tuple[int, str]] = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if parts or count:
            parts.append((count, unit))
    return "".join(f"{count}{unit}" for count, unit in parts[:_SHOWN] if count) or "0s"


def distance(moment: datetime, now: datetime) -> str:
    """How far a moment is from now: `17m ago`, `in 5m`."""
    return f"{length(now - moment)} ago" if moment <= now else f"in {length(moment - now)}"


def moment(at: datetime) -> str:
    """A moment to the second, RFC 3339."""
    return times.print_rfc3339(times.floor_second(at))
