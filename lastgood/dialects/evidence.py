"""The evidence of one transition, combined from its fields and from its reason sentence.

The onset rests on the datapoints only where they are the whole run that breached. CloudWatch does
not always give all: the sentence lists five at most, `reasonData` may hold only the newest, and a
datapoint that was missing and counted as breaching has no value at all. Then the comparison is
left out, so that the domain falls back to the start of the evaluation, and that start is moved
back by one period for every breaching datapoint that is not listed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lastgood.dialects.reason import Reason
from lastgood.dialects.shape import Shape
from lastgood.domain.alarm import Comparison, Datapoint, Evidence


class AlarmFields(Shape, frozen=True, kw_only=True):
    """What the fields of a message say, besides the sentence; each may be missing.

    `start` is the start of the oldest datapoint that was received.
    """

    comparison: Comparison | None = None
    threshold: float | None = None
    datapoints: tuple[Datapoint, ...] = ()
    start: datetime | None = None
    period: timedelta | None = None
    needed: int | None = None
    evaluated: int | None = None
    triggered_at: datetime | None = None


def combine(fields: AlarmFields, reason: Reason | None) -> Evidence:
    """Combine both; where they disagree on the comparison there is none."""
    reason = reason or Reason(crossed=0)
    comparison = _agreed(fields, reason)
    points = _merge(reason.datapoints, fields.datapoints)
    unlisted = _unlisted(reason, points, comparison)
    evaluated = fields.evaluated or reason.evaluated
    start = fields.start
    if unlisted and points and fields.period:
        slots = max(evaluated or 0, reason.crossed + reason.missing)
        reach = points[0].at - max(unlisted, slots - len(points)) * fields.period
        start = reach if start is None else min(reach, start)
    return Evidence(
        comparison=None if unlisted or reason.missing else comparison,
        datapoints=points,
        evaluation_start=start,
        period=fields.period,
        needed=fields.needed or reason.needed,
        evaluated=evaluated,
        triggered_at=fields.triggered_at,
    )


def _agreed(fields: AlarmFields, reason: Reason) -> Comparison | None:
    named = {c for c in (fields.comparison, reason.comparison) if c is not None}
    thresholds = {c.threshold for c in named} | ({fields.threshold} - {None})
    return named.pop() if len(named) == 1 and len(thresholds) == 1 else None


def _merge(
    listed: tuple[Datapoint, ...], evaluated: tuple[Datapoint, ...]
) -> tuple[Datapoint, ...]:
    """Join both lists, oldest first; of the same moment an evaluated value wins, if any."""
    by_moment = {point.at: point for point in listed}
    for point in evaluated:
        if point.value is not None or point.at not in by_moment:
            by_moment[point.at] = point
    return tuple(by_moment[at] for at in sorted(by_moment))


def _unlisted(reason: Reason, points: tuple[Datapoint, ...], comparison: Comparison | None) -> int:
    """How many datapoints breached according to the sentence, but are listed nowhere."""
    values = [point.value for point in points if point.value is not None]
    breaching = values if comparison is None else list(filter(comparison.breached_by, values))
    absent = len(points) - len(values)
    return max(reason.crossed - len(breaching), 0) + max(reason.missing - absent, 0)
