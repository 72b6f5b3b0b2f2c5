"""The evidence of one transition, weighed from the fields of its route and from its sentence.

The onset rests on the datapoints only where they are the whole run that breached. CloudWatch does
not always give all: the sentence lists five at most, `reasonData` may hold only the newest, and a
datapoint that was missing and counted as breaching has no value at all. Then the comparison is
withheld, which leaves the domain with the start of the evaluation, and that start is set back by
one period for every datapoint that nobody showed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lastgood.dialects.reason import Told
from lastgood.dialects.shape import Shape
from lastgood.domain.alarm import Comparison, Datapoint, Evidence


class Given(Shape, frozen=True, kw_only=True):
    """What the fields of a route say, besides the sentence; each may be missing."""

    comparison: Comparison | None = None
    threshold: float | None = None
    datapoints: tuple[Datapoint, ...] = ()
    start: datetime | None = None
    period: timedelta | None = None
    needed: int | None = None
    evaluated: int | None = None
    triggered_at: datetime | None = None


def weigh(given: Given, told: Told | None) -> Evidence:
    """Bring both together; where they contradict each other on the comparison there is none."""
    told = told or Told(crossed=0)
    comparison = _agreed(given, told)
    points = _merge(told.datapoints, given.datapoints)
    unseen = _unseen(told, points, comparison)
    evaluated = given.evaluated or told.evaluated
    start = given.start
    if unseen and points and given.period:
        slots = max(evaluated or 0, told.crossed + told.missing)
        reach = points[0].at - max(unseen, slots - len(points)) * given.period
        start = reach if start is None else min(reach, start)
    return Evidence(
        comparison=None if unseen or told.missing else comparison,
        datapoints=points,
        evaluation_start=start,
        period=given.period,
        needed=given.needed or told.needed,
        evaluated=evaluated,
        triggered_at=given.triggered_at,
    )


def _agreed(given: Given, told: Told) -> Comparison | None:
    named = {c for c in (given.comparison, told.comparison) if c is not None}
    thresholds = {c.threshold for c in named} | ({given.threshold} - {None})
    return named.pop() if len(named) == 1 and len(thresholds) == 1 else None


def _merge(
    listed: tuple[Datapoint, ...], evaluated: tuple[Datapoint, ...]
) -> tuple[Datapoint, ...]:
    """Join both lists, oldest first; of one moment the evaluated value stays, where it has one."""
    by_moment = {point.at: point for point in listed}
    for point in evaluated:
        if point.value is not None or point.at not in by_moment:
            by_moment[point.at] = point
    return tuple(by_moment[at] for at in sorted(by_moment))


def _unseen(told: Told, points: tuple[Datapoint, ...], comparison: Comparison | None) -> int:
    """How many datapoints breached, says the sentence, of which nobody says when."""
    values = [point.value for point in points if point.value is not None]
    breaching = values if comparison is None else list(filter(comparison.breached_by, values))
    absent = len(points) - len(values)
    return max(told.crossed - len(breaching), 0) + max(told.missing - absent, 0)
