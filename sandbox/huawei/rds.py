"""RDS: instances whose restorable windows move with the clock, and the operation to read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.clock import Clock
from sandbox.huawei.wire.answers import Answer, Call, bad_parameter, no_such_instance

__all__ = ["DEFAULT_LAG", "Rds", "RdsInstance", "Window"]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ONE_DAY = timedelta(days=1)

# What the service does with any other language is unknown.
_LANGUAGES = ("en-us", "zh-cn")

# Not whole seconds, so that a client that drops the milliseconds fails.
DEFAULT_LAG = timedelta(minutes=5, milliseconds=139)
_HISTORY = timedelta(days=7, milliseconds=-987)


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
            "start_time": (self.start - _EPOCH) // _MILLISECOND,
            "end_time": (self.end - _EPOCH) // _MILLISECOND,
        }


class RdsInstance:
    """One instance, restorable to any moment from `retention` ago until `lag` ago, except in gaps.

    `since` is the time of its first backup; by default early enough for seven full days.
    """

    def __init__(  # noqa: PLR0913  each of these is a column in the console
        self,
        instance_id: str,
        name: str,
        clock: Clock,
        *,
        retention: timedelta = timedelta(days=7),
        lag: timedelta = DEFAULT_LAG,
        since: datetime | None = None,
    ) -> None:
        self.id = instance_id
        self.name = name
        self.retention = retention
        self.lag = lag
        self.since = clock.now() - _HISTORY if since is None else since
        self._clock = clock
        self._gaps: list[Window] = []

    def add_gap(self, start: datetime, end: datetime) -> None:
        """Make the time between start and end not restorable."""
        with self._clock.turn():
            self._gaps.append(Window(start, end))

    @property
    def windows(self) -> list[Window]:
        """The windows that can be restored now, oldest first."""
        with self._clock.turn() as now:
            return self.restorable(now)

    def restorable(self, now: datetime) -> list[Window]:
        """Return the windows without the gaps, oldest first."""
        whole = Window(max(self.since, now - self.retention), now - self.lag)
        windows = [whole] if whole.start < whole.end else []
        for gap in self._gaps:
            windows = [part for window in windows for part in window.without(gap)]
        return windows


class Rds:
    """The RDS service."""

    def __init__(self) -> None:
        self.instances: dict[str, RdsInstance] = {}

    def windows(self, call: Call, now: datetime) -> Answer:
        """Return the windows of all days, or of one (docs/facts/huawei.md "Operations")."""
        if call.headers.get("x-language", "en-us") not in _LANGUAGES:
            raise bad_parameter("X-Language must be en-us or zh-cn.")
        instance = self.instances.get(call.instance_id)
        if instance is None:
            raise no_such_instance(call.instance_id)
        windows = instance.restorable(now)
        if "date" in call.query:
            day = _day(call.query["date"])
            windows = [part for window in windows for part in window.within(day)]
        return Answer.json(200, {"restore_time": [window.row() for window in windows]})


def _day(date: str) -> Window:
    """Return the UTC day `yyyy-mm-dd`, which ends with its last millisecond."""
    problem = "date must be a day like 2020-12-26."
    if not _DATE.fullmatch(date):
        raise bad_parameter(problem)
    try:
        midnight = datetime.strptime(f"{date}+0000", "%Y-%m-%d%z")
    except ValueError as no_such_day:
        raise bad_parameter(problem) from no_such_day
    return Window(midnight, midnight + (_ONE_DAY - _MILLISECOND))
