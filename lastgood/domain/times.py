"""Every form in which a service writes time, read and printed in one place.

Inside lastgood a moment is an aware datetime in UTC. Reading is strict: a string that does not
have exactly the documented form is an error, because a silently misread target destroys data.
Printing never drops a fraction that the form cannot hold. Source: docs/facts/huawei.md "Times",
docs/facts/aws.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

# Hours and minutes are spelt out because what lies outside them is read by some versions of
# Python (24:00, an offset of +0860).
_HOURS, _MINUTES = r"([01]\d|2[0-3])", r"[0-5]\d"
_CLOCK = rf"\d{{4}}-\d\d-\d\dT{_HOURS}:{_MINUTES}:{_MINUTES}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}

SECOND = timedelta(seconds=1)
BEIJING = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """One written form: digits of fraction (0, 3, 6) and how the offset from UTC is spelt.

    `offset` is `Z` (always UTC) or `+hhmm` (numeric, no colon).
    """

    name: str
    fraction: int
    offset: str

    def parse(self, text: str) -> datetime:
        """Read `text` as an aware UTC datetime.

        Raises:
            ValueError: it does not have this form, or is no date of the calendar.
        """
        if not _pattern(self.fraction, self.offset)(text):
            raise ValueError(f"{text!r} is not a {self.name} time such as {self.print(_EPOCH)}")
        return _utc(datetime.fromisoformat(text))

    def print(self, moment: datetime, zone: timezone = UTC) -> str:
        """Write an aware moment in this form, where it has an offset with that of `zone`.

        Raises:
            ValueError: the moment is naive, or holds a fraction that this form would lose.
        """
        local = aware(moment).astimezone(UTC if self.offset == "Z" else zone)
        lost = local.microsecond % 10 ** (6 - self.fraction)
        if lost:
            raise ValueError(f"{local.isoformat()} has a fraction that a {self.name} time loses")
        digits = f"{local.microsecond:06d}"[: self.fraction]
        # Not strftime: its %Y drops the zeros of an early year.
        clock = local.replace(microsecond=0, tzinfo=None).isoformat()
        text = clock + (f".{digits}" if digits else "")
        return text + ("Z" if self.offset == "Z" else f"{local:%z}")


@cache
def _pattern(fraction: int, offset: str) -> Callable[[str], re.Match[str] | None]:
    digits = rf"\.\d{{{fraction}}}" if fraction else ""
    zone = "Z" if offset == "Z" else f"[+-]{_HOURS}{_MINUTES}"
    return re.compile(_CLOCK + digits + zone, re.ASCII).fullmatch


SERVICE = TimeFormat("service", fraction=0, offset="+hhmm")
"""The PUT, the points list and its query: 2022-06-01T18:50:20+0800."""
CLOUDWATCH = TimeFormat("CloudWatch", fraction=3, offset="+hhmm")
"""Alarm transitions and datapoints: 2026-02-17T11:53:08.431+0000."""
IAM = TimeFormat("IAM", fraction=6, offset="Z")
"""Token expiry: 2026-01-03T09:05:22.701000Z."""


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is outside the calendar in UTC") from None


def aware(moment: datetime) -> datetime:
    """Return the moment unchanged.

    Raises:
        ValueError: it is naive, so it names no instant.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone, so it names no instant")
    return moment


def from_millis(millis: object) -> datetime:
    """Read integer milliseconds since 1970, UTC (RDS windows, Cloud Eye).

    Raises:
        ValueError: not an integer, or outside the years a datetime can hold.
    """
    if type(millis) is not int:  # not isinstance: True is no time
        raise ValueError(f"{millis!r} is not a whole number of milliseconds")
    try:
        # Not datetime.fromtimestamp: a float of this size would round the milliseconds.
        return _EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        raise ValueError(f"{millis} milliseconds since 1970 is outside the calendar") from None


def to_millis(moment: datetime) -> int:
    """Write a moment as integer milliseconds since 1970.

    Raises:
        ValueError: it is naive, or finer than a millisecond.
    """
    millis, lost = divmod(aware(moment) - _EPOCH, timedelta(milliseconds=1))
    if lost:
        raise ValueError(f"{moment.isoformat()} is finer than a millisecond")
    return millis


def parse_rfc3339(text: str) -> datetime:
    """Read what a person or a script writes: RFC 3339, any offset, any fraction up to microseconds.

    Raises:
        ValueError: it is not RFC 3339, or has no zone.
    """
    pattern = _CLOCK + rf"(\.\d{{1,6}})?(Z|[+-]{_HOURS}:{_MINUTES})"
    if not re.fullmatch(pattern, text, re.ASCII | re.IGNORECASE):
        raise ValueError(f"{text!r} is not an RFC 3339 time such as 2026-02-17T11:40:20Z")
    return _utc(datetime.fromisoformat(text.upper()))


def parse_nanos(text: str) -> datetime:
    """Read RFC 3339 as programs in Go write it, with up to nine digits of fraction.

    What lies below a microsecond is cut off, which is the earlier moment.

    Raises:
        ValueError: it is not RFC 3339, or has no zone.
    """
    return parse_rfc3339(re.sub(r"(\.[0-9]{6})[0-9]{1,3}(?=[Zz+-])", r"\1", text, count=1))


def print_rfc3339(moment: datetime) -> str:
    """Write a moment for people and scripts: RFC 3339, UTC, a fraction only where there is one."""
    return aware(moment).astimezone(UTC).isoformat().replace("+00:00", "Z")


def floor_second(moment: datetime) -> datetime:
    """The last whole second at or before the moment."""
    return moment.replace(microsecond=0)


def ceil_second(moment: datetime) -> datetime:
    """The first whole second at or after the moment."""
    floor = floor_second(moment)
    return floor if floor == moment else floor + SECOND


def utc_day(moment: datetime) -> date:
    """The UTC day a moment falls in, which is what the `date` of an RDS window query means."""
    return aware(moment).astimezone(UTC).date()


def utc_days(since: datetime, until: datetime) -> list[date]:
    """Every UTC day that the closed interval touches, oldest first."""
    first, last = utc_day(since), utc_day(until)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


_DURATION = re.compile("".join(rf"(?:(?P<{unit}>\d{{1,9}}){unit})?" for unit in _UNITS), re.ASCII)


class Duration(timedelta):
    """A length of time as the policy writes it: an integer and a unit, of falling units several."""

    @classmethod
    def parse(cls, text: object) -> Duration:
        """Read `2m`, `36h`, `1h30m`; at most ten years, so that no date arithmetic can overflow.

        Raises:
            ValueError: another form, or longer.
        """
        match = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
        if match is None:
            raise ValueError(f"expected a duration such as 90s, 6h, 7d or 1h30m, found {text!r}")
        parts = match.groupdict(default="0")
        seconds = sum(int(parts[unit]) * size for unit, size in _UNITS.items())
        if seconds > 3650 * _UNITS["d"]:
            raise ValueError(f"expected a duration of at most 3650d, found {text!r}")
        return cls(seconds=seconds)

    def __str__(self) -> str:
        return print_duration(self)


def print_duration(length: timedelta) -> str:
    """Write a length in the largest unit that divides it: 90s, 2m, 7d; part seconds round up."""
    seconds = whole_seconds(length)
    for unit, size in _UNITS.items():
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return "0s"


def tell_duration(length: timedelta) -> str:
    """Write a length for people: its three largest units, such as 35m24s or 6d23h54m."""
    seconds = whole_seconds(length)
    parts: list[str] = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        if parts or count:
            parts.append(f"{count}{unit}")
    return "".join(part for part in parts[:3] if not part.startswith("0")) or "0s"


def whole_seconds(length: timedelta) -> int:
    """A length in seconds, rounded up: a loss or a lag is never reported smaller than it is."""
    return -(-length // SECOND)
