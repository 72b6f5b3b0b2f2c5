"""Small universes for hypothesis, and the plain sets of seconds that ranges are checked against.

Everything happens within `LAST` seconds after `BASE`, which lies just before a UTC midnight, so
that collisions, edges and day changes are common instead of rare.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lastgood.domain import times
from lastgood.domain.alarm import Incident
from lastgood.domain.policy import Instance
from lastgood.domain.ranges import Point, Points, RestorableRange, Window, Windows
from lastgood.domain.reading import (
    History,
    InstanceState,
    PastRecovery,
    PitrPolicy,
    Reading,
    Readings,
    Suspect,
)
from lastgood.domain.times import Duration
from tests.support import builders

unhurried = settings(suppress_health_check=[HealthCheck.too_slow])
"""How properties are tested: how busy the machine is says nothing about the code."""

BASE = datetime(2026, 2, 28, 23, 59, 50, tzinfo=UTC)
LAST = 40
_BASE_MILLIS = times.to_millis(BASE)

Span = tuple[int, int]
"""A window as the service gives it: milliseconds after `BASE`."""

seconds = st.integers(0, LAST)
millis = st.integers(0, LAST * 1000)
moments = millis.map(lambda n: BASE + timedelta(milliseconds=n))
zones = st.sampled_from((0, 8 * 60, 5 * 60 + 30, 5 * 60 + 45, -3 * 60 - 30, 14 * 60)).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
# Rounded edges are drawn as often as odd ones: that is where off-by-one errors live.
edges = st.one_of(millis, seconds.map(lambda n: n * 1000))
_span = st.tuples(edges, edges)
_steps = st.integers(0, 12).map(lambda n: n * 500)


@st.composite
def _rows(draw: st.DrawFn) -> list[Span]:
    """Windows one after the other: drawn freely, they would nearly all be merged into one."""
    row, reached = [], 0
    for gap, length in draw(st.lists(st.tuples(_steps, _steps), min_size=2, max_size=8)):
        row.append((reached + gap, reached + gap + length))
        reached += gap + length
    nudge = draw(st.integers(-1, 1))
    return [(start + nudge, end) for start, end in row if end <= LAST * 1000]


rows = _rows()
spans = st.one_of(rows, rows.flatmap(st.permutations), st.lists(_span, max_size=6))


def windows_of(given: list[Span]) -> Windows:
    """Read spans the way the adapter of RDS does."""
    read = (Window.from_millis(_BASE_MILLIS + a, _BASE_MILLIS + b) for a, b in given)
    return Windows.merge(window for window in read if window)


def seconds_in(given: list[Span]) -> set[int]:
    """The whole seconds that lie in any of the spans, counted one by one."""
    return {n for n in range(LAST + 1) if any(a <= n * 1000 <= b for a, b in given)}


def model(offered: RestorableRange) -> set[datetime]:
    """Every moment that a range holds, one by one."""
    if isinstance(offered, Points):
        return {point.at for point in offered.restorable}
    held = set()
    for window in offered.restorable:
        moment = window.start
        while moment <= window.end:
            held.add(moment)
            moment += timedelta(seconds=1)
    return held


def newest_before(ranges: list[RestorableRange], deadline: datetime) -> datetime | None:
    """The latest moment before the deadline that is in all of the sets."""
    common = set.intersection(*(model(offered) for offered in ranges))
    return max((moment for moment in common if moment < deadline), default=None)


@st.composite
def point_lists(draw: st.DrawFn, at_least: int = 0) -> list[Point]:
    """Points in any order, some twice, each spelt with any offset."""
    drawn = draw(st.lists(st.tuples(seconds, zones), min_size=at_least, max_size=12))
    return [
        Point.from_text(times.SERVICE.print(BASE + timedelta(seconds=n), zone)) for n, zone in drawn
    ]


some_points = point_lists().map(Points.of)
some_windows = spans.map(windows_of)
some_ranges: st.SearchStrategy[RestorableRange] = st.one_of(some_points, some_windows)

short = st.integers(0, 2 * LAST).map(lambda n: Duration(seconds=n))


READY = InstanceState("normal", mode="Cluster")
conditions = st.sampled_from(
    (
        *((READY, PitrPolicy(enabled=True)),) * 7,  # or few cases would be decided by their ranges
        (READY, PitrPolicy(enabled=False)),
        (InstanceState("abnormal", mode="Cluster"), PitrPolicy(enabled=True)),
        (InstanceState("normal", ("BACKUP",), mode="Cluster"), PitrPolicy(enabled=True)),
    )
)
modes = st.sampled_from((*("auto", "propose") * 4, "observe"))


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """A Redis instance whose lengths are all of the size of the universe."""
    return builders.redis(
        mode=draw(modes),
        margin=draw(st.integers(0, 10).map(lambda n: Duration(seconds=n))),
        max_rollback=draw(st.one_of(short, st.just(Duration(hours=6)))),
        max_alarm_age=draw(st.one_of(short, st.just(Duration(hours=1)))),
        cooldown=draw(st.one_of(st.just(Duration()), st.just(Duration(seconds=5)), short)),
        on_clear=draw(st.sampled_from(("keep", "keep", "cancel"))),
        auto_needs=draw(st.sampled_from(("datapoint", "datapoint", "evaluation-start", "any"))),
    )


@st.composite
def some_readings(draw: st.DrawFn) -> Readings:
    """What the cloud might say, mostly of a healthy instance, with up to two companions."""
    many_points = point_lists(at_least=4).map(Points.of)
    many_windows = rows.map(windows_of)
    databases = st.one_of(some_windows, many_windows).map(
        lambda held: Reading(instance=builders.RDS, source="rds", range=held)
    )
    caches = st.one_of(some_points, many_points).map(
        lambda held: Reading(instance=builders.OTHER_REDIS, source="geminidb", range=held)
    )
    state, pitr = draw(conditions)
    own = builders.redis_reading(
        draw(caches).range,
        state=state,
        pitr=pitr,
        skew_seconds=draw(st.sampled_from((None, 0, 0, 1, -3))),
    )
    return Readings(own, tuple(draw(st.lists(st.one_of(databases, caches), max_size=2))))


@st.composite
def histories(draw: st.DrawFn) -> History | None:
    """No ledger, an empty one, or one that remembers a recovery, runs another or saw an OK.

    Every other one also remembers what other incidents said, of which some have cleared.
    """
    ended_at = draw(moments)
    past = PastRecovery(
        "an-earlier-one", target=BASE, ended_at=ended_at, restored=draw(st.booleans())
    )
    running = PastRecovery("an-earlier-one", BASE, ended_at, restored=False, running=True)
    cleared = History(past, cleared_at=draw(moments))
    known = (None, History(), History(past), History(past), History(past, "another"), cleared)
    history = draw(st.sampled_from((*known, History(running))))
    if history is None or draw(st.booleans()):
        return history
    onsets = draw(st.lists(moments, min_size=1, max_size=3))
    suspects = tuple(
        Suspect(incident=f"suspect-{number}", source="arn", changed_at=onset, onset=onset)
        for number, onset in enumerate(onsets)
    )
    gone = draw(st.sampled_from(((), (), ("suspect-0",))))
    return msgspec.structs.replace(
        history, suspects=suspects, cleared=gone, proposed=("suspect-0",)
    )


bases = st.sampled_from(
    (
        *((("datapoint", "datapoint"), ("given", "given")) * 2),
        ("evaluation-start", "evaluation-start"),
        ("state-change", "guess"),
        ("state-change", None),  # a record of the first release
    )
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Incident, Readings, Instance, History | None, datetime]:
    """The arguments of `decide`: the onset in the universe's later half, now anywhere or after."""
    instance = draw(instances())
    end = BASE + timedelta(seconds=LAST)
    onset = end - timedelta(milliseconds=draw(millis) // 2)
    now = draw(st.one_of(moments, millis.map(lambda n: end + timedelta(milliseconds=n))))
    # As old as any limit in the universe, and as early as any clock is allowed to be, and beyond.
    age = draw(st.one_of(millis, st.integers(-310_000, 90_000)))
    basis, strength = draw(bases)
    incident = builders.incident(
        onset=onset,
        onset_basis=basis,
        strength=strength,
        caution=draw(st.sampled_from((None, None, None, "the alarm is four seconds old"))),
        changed_at=now - timedelta(milliseconds=age),
    )
    return incident, draw(some_readings()), instance, draw(histories()), now


plain = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(("auto", "prod", "rds", "orders-db", "2m", "env:X", "rds:", " - at `$.x`")),
)
known_keys = st.sampled_from(
    (
        *("version", "cloud", "defaults", "fleet", "instance", "prod", "region", "credentials"),
        *("endpoints", "rds", "id", "name", "mode", "margin", "alarms", "companions", "objective"),
    )
)
toml_values: st.SearchStrategy[Any] = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(known_keys, st.text(max_size=4)), inner, max_size=4),
    ),
    max_leaves=12,
)
toml_documents = st.dictionaries(
    st.one_of(known_keys, st.text(max_size=4)), toml_values, max_size=6
)
