"""How long a decision takes, in this process: the pure core, without any cloud."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from benchmarks.figures import percentile
from benchmarks.table import Table
from lastgood.domain import times
from lastgood.domain.decide import decide
from lastgood.domain.plan import Plan
from lastgood.domain.ranges import Point, Points, Window, Windows
from lastgood.domain.reading import History, Reading, Readings
from tests.support.builders import NOW, RDS, incident, rds, redis, redis_reading

AIM = 0.001
"""Seconds: what a plan may take, 99 times of 100."""

_POINTS, _EVERY = 2_016, timedelta(minutes=5)
_WINDOWS, _LONG, _APART = 10_000, timedelta(seconds=50), timedelta(minutes=1)

_TEXTS = [times.SERVICE.print(NOW - n * _EVERY, times.BEIJING) for n in range(_POINTS)]


def _read_points() -> Points:
    return Points.of(map(Point.from_text, _TEXTS))


def _windows(apart: timedelta, long: timedelta) -> Windows:
    starts = (NOW - n * apart for n in range(1, _WINDOWS + 1))
    return Windows.merge(Window(start, start + long) for start in starts)


def measure(rounds: int) -> list[tuple[str, list[float]]]:
    """Seconds of each of so many decisions, by what there was to choose from."""
    points, windows = _read_points(), _windows(_APART, _LONG)
    beside = _windows(_EVERY, timedelta(seconds=20)).restorable
    # Each window lies between two points, so that every one of them has to be looked at.
    missed = Windows(tuple(Window(w.start + _APART, w.end + _APART) for w in beside))
    own, companion = redis_reading(points), _of_rds(windows)
    cases: list[tuple[str, Callable[[], object]]] = [
        ("plan from 2,016 points", _decision(Readings(own))),
        ("plan from 10,000 windows", _decision(Readings(companion))),
        ("plan from both", _decision(Readings(own, (companion,)))),
        ("refusal: no point in any window", _decision(Readings(own, (_of_rds(missed),)))),
        ("reading 2,016 points", _read_points),
        ("sorting 10,000 windows", partial(Windows.merge, windows.restorable)),
    ]
    if {type(case()) for _, case in cases[:3]} != {Plan}:
        raise RuntimeError("what should be a plan is none")
    return [(name, _time(case, rounds)) for name, case in cases]


def _of_rds(windows: Windows) -> Reading:
    return Reading(instance=RDS, source="rds", range=windows)


def _decision(readings: Readings) -> Callable[[], object]:
    policy = rds() if readings.own.instance == RDS else redis(companions=_names(readings))
    about = incident(instance=readings.own.instance)
    return partial(decide, about, readings, policy, History(), NOW)


def _names(readings: Readings) -> tuple[str, ...]:
    return ("orders-db",) * len(readings.companions)


def _time(case: Callable[[], object], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        case()
        taken.append(time.perf_counter() - started)
    return taken


def table(measured: list[tuple[str, list[float]]]) -> Table:
    """Microseconds."""
    rows = [
        (name, *(f"{percentile(taken, percent) * 1e6:,.0f}" for percent in (50, 99)))
        for name, taken in measured
    ]
    remark = (
        f"Microseconds, of {len(measured[0][1]):,} times each. Aim: a plan in at most "
        f"{AIM * 1e6:,.0f} µs, 99 times of 100. The last two rows are what has to be done to the "
        "answers of the clouds before."
    )
    return Table("Deciding", remark, ("what", "p50", "p99"), rows)
