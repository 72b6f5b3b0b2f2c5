"""How long a decision takes, in this process: the pure core, without any cloud."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from benchmarks.table import Table, percentile, timed, versus
from lastgood.domain import times
from lastgood.domain.decide import decide
from lastgood.domain.plan import Plan
from lastgood.domain.policy import Instance
from lastgood.domain.ranges import Point, Points, Window, Windows
from lastgood.domain.reading import History, InstanceState, PitrPolicy, Reading, Readings
from lastgood.domain.triage import ask
from sandbox.stage import CACHE, DATABASE

AIM = 1_000
"""Microseconds: what a plan may take, 99 times of 100."""

NOW = datetime(2026, 2, 17, 11, 51, tzinfo=UTC)
EVERY, APART = timedelta(minutes=5), timedelta(minutes=1)
TEXTS = [times.SERVICE.print(NOW - n * EVERY, times.BEIJING) for n in range(2_016)]
REDIS = Instance(id=CACHE, name="cache", cloud="prod", service="geminidb-redis")
RDS = Instance(id=DATABASE, name="database", cloud="prod", service="rds")


def _read_points() -> Points:
    return Points.of(map(Point.from_text, TEXTS))


def _windows(seconds: int, apart: timedelta, shift: timedelta) -> Windows:
    starts = (NOW + shift - n * apart for n in range(1, 10_001))
    return Windows.merge(Window(start, start + timedelta(seconds=seconds)) for start in starts)


def _decision(policy: Instance, *readings: Reading) -> Callable[[], object]:
    incident = ask(policy, NOW - timedelta(minutes=6), NOW)
    return partial(decide, incident, Readings(readings[0], readings[1:]), policy, History(), NOW)


def deciding(rounds: int) -> Table:
    """So many decisions each, by what there was to choose from."""
    windows = _windows(50, APART, timedelta(0))
    # Each of the others lies between two points, so that every one of them has to be looked at.
    rds, other = (
        Reading(instance=DATABASE, source="rds", range=each)
        for each in (windows, _windows(20, EVERY, APART))
    )
    state, pitr = InstanceState(status="normal"), PitrPolicy(enabled=True)
    redis = Reading(instance=CACHE, source="geminidb", range=_read_points(), state=state, pitr=pitr)
    cases: dict[str, Callable[[], object]] = {
        "plan from 2,016 points": _decision(REDIS, redis),
        "plan from 10,000 windows": _decision(RDS, rds),
        "plan from both": _decision(REDIS, redis, rds),
        "refusal: no point in any window": _decision(REDIS, redis, other),
        "reading 2,016 points": _read_points,
        "sorting 10,000 windows": partial(Windows.merge, windows.restorable),
    }
    rows = []
    for name, case in cases.items():
        if name.startswith("plan") != isinstance(case(), Plan):
            raise RuntimeError(f"{name}: it is something else")
        taken = [timed(case) * 1e6 for _ in range(rounds)]
        p50, p99 = (percentile(taken, percent) for percent in (50, 99))
        aim = versus(p99, AIM) if name.startswith("plan") else ""
        rows.append((name, f"{p50:,.0f}", f"{p99:,.0f}", aim))
    return Table("Deciding", ("what", "p50", "p99", "aim"), rows)
