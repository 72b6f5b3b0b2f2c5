"""The evidence of one transition, combined from its fields and from its reason sentence.

The onset rests on the datapoints only where they are all that breached, and were measured.
CloudWatch does not always give all: the sentence lists five at most, `reasonData` may hold only the
newest. A datapoint that was missing and counted as breaching has no value at all, and where an
expression hides values or makes them up, none says what was measured in its period. Then the domain
falls back to the start of the evaluation, and that start is moved back by one period for every
breaching datapoint and for every empty slot that is not listed.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import msgspec

from lastgood.dialects.reason import Reason
from lastgood.dialects.shape import Shape
from lastgood.domain.alarm import Comparison, Datapoint, Evidence


class AlarmFields(Shape, frozen=True, kw_only=True):
    """What the fields of a message say, besides the sentence; each may be missing.

    `start` is the start of the oldest datapoint that was received, `statistic` that of the one
    metric there is (None for an expression); `recent` are the values without their moments;
    `samples` says of how many the value of a moment was made; `masked` says that an expression may
    hide values or make them up.
    """

    comparison: Comparison | None = None
    threshold: float | None = None
    datapoints: tuple[Datapoint, ...] = ()
    start: datetime | None = None
    period: timedelta | None = None
    evaluated: int | None = None
    statistic: str | None = None
    recent: tuple[float, ...] = ()
    samples: dict[datetime, float] = msgspec.field(default_factory=dict)
    masked: bool = False
    triggered_at: datetime | None = None


def combine(fields: AlarmFields, reason: Reason | None) -> Evidence:
    """Combine both; where they disagree on the comparison there is none."""
    explained = reason is not None
    reason = reason or Reason(crossed=0)
    comparison = _agreed(fields, reason)
    points = _merge(reason.datapoints, fields.datapoints, comparison)
    unlisted = _unlisted(reason, points, comparison, fields.recent)
    evaluated = fields.evaluated or reason.evaluated or reason.crossed + reason.missing or None
    start = fields.start
    if unlisted and points and fields.period:
        slots = max(evaluated or 0, reason.crossed + reason.missing)
        reach = points[0].at - max(unlisted, slots - len(points)) * fields.period
        start = reach if start is None else min(reach, start)
    return Evidence(
        comparison=comparison,
        datapoints=points,
        evaluation_start=start,
        period=fields.period,
        evaluated=evaluated,
        counted=reason.evaluated or reason.crossed + reason.missing + reason.passed or None,
        measured=not (unlisted or reason.missing or fields.masked),
        hidden=_hidden(fields, comparison, points),
        explained=explained,
        triggered_at=fields.triggered_at,
    )


def shows_good_before(evidence: Evidence) -> bool:
    """Whether a good value is listed before all that breached: one after them tells nothing."""
    comparison = evidence.comparison
    if comparison is None or not evidence.measured:
        return False
    values = [point.value for point in evidence.datapoints if point.value is not None]
    return any(map(comparison.breached_by, values)) and not comparison.breached_by(values[0])


def _hidden(
    fields: AlarmFields, comparison: Comparison | None, points: tuple[Datapoint, ...]
) -> timedelta | None:
    """How much of a period may be bad that does not breach; None where it may be all of it.

    The lowest value of a period shows every low sample, the highest every high one; no other
    statistic does. And what no sample was made of they do not show: as much as lies between two of
    them, in the first period that breached or in the one before.
    """
    showing = {"minimum": "below", "min": "below", "maximum": "above", "max": "above"}
    if fields.period is None or fields.statistic is None or comparison is None:
        return None
    if showing.get(fields.statistic.lower()) != comparison.side:
        return None
    known = [(point.at, point.value) for point in points if point.value is not None]
    bad = next((n for n, (_, value) in enumerate(known) if comparison.breached_by(value)), 0)
    if not bad:
        return None  # nothing breached, or what was right before is not listed
    fewest = min(fields.samples.get(at, 0) for at, _ in known[bad - 1 : bad + 1])
    if fewest <= 1:
        return None
    return timedelta(seconds=math.ceil(fields.period.total_seconds() / fewest))


def _agreed(fields: AlarmFields, reason: Reason) -> Comparison | None:
    named = {c for c in (fields.comparison, reason.comparison) if c is not None}
    thresholds = {c.threshold for c in named} | ({fields.threshold} - {None})
    return named.pop() if len(named) == 1 and len(thresholds) == 1 else None


def _merge(
    listed: tuple[Datapoint, ...],
    evaluated: tuple[Datapoint, ...],
    comparison: Comparison | None,
) -> tuple[Datapoint, ...]:
    """Join both lists, oldest first; of the same moment one that breached wins, then a value."""

    def tells(point: Datapoint) -> int:
        if point.value is None:
            return 0
        return 2 if comparison and comparison.breached_by(point.value) else 1

    by_moment: dict[datetime, Datapoint] = {}
    for point in (*listed, *evaluated):
        if tells(point) >= tells(by_moment.get(point.at, point)):
            by_moment[point.at] = point
    return tuple(by_moment[at] for at in sorted(by_moment))


def _unlisted(
    reason: Reason,
    points: tuple[Datapoint, ...],
    comparison: Comparison | None,
    recent: tuple[float, ...],
) -> int:
    """How many datapoints breached or had no value by what is told, but are listed nowhere.

    Without a comparison only those that the sentence itself lists are known to have breached.
    """
    values = [point.value for point in points if point.value is not None]
    breaching = list(filter(comparison.breached_by, values)) if comparison else reason.datapoints
    crossed = max(reason.crossed, sum(map(comparison.breached_by, recent)) if comparison else 0)
    absent = len(points) - len(values)
    return max(crossed - len(breaching), 0) + max(reason.missing + reason.passed - absent, 0)
