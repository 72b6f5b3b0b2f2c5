"""Values that an alarm gives as evidence, or None where they are not plausible.

Missing evidence moves the onset to the next best evidence. Absurd evidence would move it to a wrong
moment, so it counts as missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from lastgood.domain import times

MOST_PERIODS = 10_000
_LONGEST_PERIOD = 7 * 86400
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


def number(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        given = float(value)
    except OverflowError:
        return None
    return given if math.isfinite(given) else None


def text(value: object, longest: int = 64) -> str | None:
    """A text that is not empty, with a question mark for what could not be shown or stored."""
    if not isinstance(value, str) or not value:
        return None
    return "".join(each if each.isprintable() else "?" for each in value[:longest])


def count(value: object, most: int = MOST_PERIODS) -> int | None:
    """A whole number from one to `most`."""
    given = number(value)
    if given is None or not given.is_integer() or not 1 <= given <= most:
        return None
    return int(given)


def earlier(value: object, than: datetime) -> datetime | None:
    """A CloudWatch time that lies before another one."""
    at = moment(value)
    return at if at is not None and at < than else None


def period(value: object) -> timedelta | None:
    """A length in whole seconds, at most the seven days that CloudWatch evaluates."""
    seconds = count(value, most=_LONGEST_PERIOD)
    return None if seconds is None else timedelta(seconds=seconds)


def longest_period(values: Iterable[object]) -> timedelta | None:
    """Of several metrics the longest period: it reaches back the furthest."""
    return max(filter(None, map(period, values)), default=None)


def span(value: object) -> timedelta | None:
    """A length as Prometheus writes it, such as 5m, 1h30m, 500ms or 0; at most those seven days."""
    if value == "0":  # the only one that needs no unit
        return timedelta()
    if not isinstance(value, str) or not re.fullmatch(r"(\d{1,6}(ms|[smhdw]))+", value, re.ASCII):
        return None
    parts = re.findall(r"(\d+)(ms|[smhdw])", value, re.ASCII)
    length = sum((int(number) * _UNITS[unit] for number, unit in parts), start=timedelta())
    return length if length <= timedelta(seconds=_LONGEST_PERIOD) else None


def at_millis(value: object) -> datetime | None:
    """A time in whole milliseconds since 1970, between 2000 and 2100."""
    try:
        at = times.from_millis(value)
    except ValueError:
        return None
    return at if _FIRST <= at < _LAST else None


def cloudwatch_time(text: str) -> datetime:
    """Read 2026-02-17T11:53:08.431+0000, and the other ways in which ISO 8601 writes that moment.

    Raises:
        ValueError: it is none of them, or has no zone.
    """
    return times.parse_rfc3339(re.sub(r"(?<=[+-][0-9]{2})(?=[0-9]{2}\Z)", ":", text))


def moment(value: object, parse: Callable[[str], datetime] = cloudwatch_time) -> datetime | None:
    """A time between 2000 and 2100, by default one such as 2026-02-17T11:53:08.431+0000."""
    try:
        at = parse(value) if isinstance(value, str) else None
    # OverflowError: the offset carries the last hours of year 9999 out of the calendar.
    except (ValueError, OverflowError):
        return None
    return at if at and _FIRST <= at < _LAST else None
