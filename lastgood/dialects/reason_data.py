"""The `reasonData` of a CloudWatch alarm: the datapoints behind a transition, as JSON in a string.

    {"version": "1.0", "startDate": "2026-02-17T11:49:00.000+0000", "period": 60,
     "threshold": 1000.0, "recentDatapoints": [11.0, 1200.0, 12.0],
     "evaluatedDatapoints": [{"timestamp": "2026-02-17T11:51:00.000+0000", "value": 12.0,
                              "sampleCount": 60.0}, …]}

Its points come in any order, some without a value, and are not always all of them. A composite
alarm has `triggeringAlarms` there instead. Source: docs/facts/aws.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lastgood.dialects import plausible
from lastgood.dialects.evidence import AlarmFields
from lastgood.domain.alarm import Datapoint


def parse_reason_data(raw: object) -> AlarmFields:
    """Parse the string; each part that is absent, malformed or absurd is left out by itself."""
    given = _object(raw)
    if given.get("version", "1.0") != "1.0":
        return AlarmFields()
    evaluated = given.get("evaluatedDatapoints")
    return AlarmFields(
        datapoints=tuple(_datapoints(evaluated)),
        recent=tuple(_numbers(given.get("recentDatapoints"))),
        samples=_samples(evaluated),
        start=plausible.moment(given.get("startDate")),
        period=plausible.period(given.get("period")),
        statistic=plausible.text(given.get("statistic")),
        threshold=plausible.number(given.get("threshold")),
        triggered_at=earliest_alarm(given.get("triggeringAlarms")),
    )


def earliest_alarm(children: object) -> datetime | None:
    """When the first child of a composite alarm went to ALARM.

    SNS spells the same children with capitals.
    """
    moments = []
    for child in children if isinstance(children, list) else []:
        match child:
            case {"state": {"value": "ALARM", "timestamp": at}} | {
                "State": {"Value": "ALARM", "Timestamp": at}
            }:
                moments.append(plausible.moment(at))
    return min((at for at in moments if at is not None), default=None)


def _object(raw: object) -> dict[str, Any]:
    if not isinstance(raw, str):
        return {}
    try:
        given = json.loads(raw)
    # RecursionError: brackets within brackets, deeper than the parser goes.
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _datapoints(points: object) -> Iterable[Datapoint]:
    for at, point in _dated(points):
        yield Datapoint(at, plausible.number(point.get("value")))


def _numbers(values: object) -> Iterable[float]:
    numbers = (plausible.number(value) for value in (values if isinstance(values, list) else []))
    return (number for number in numbers if number is not None)


def _samples(points: object) -> dict[datetime, float]:
    """Of how many samples each value was made; where a moment is listed twice, of the fewest."""
    fewest: dict[datetime, float] = {}
    for at, point in _dated(points):
        count = plausible.number(point.get("sampleCount")) or 0
        fewest[at] = min(count, fewest.get(at, count))
    return fewest


def _dated(points: object) -> Iterable[tuple[datetime, dict[str, Any]]]:
    for point in points if isinstance(points, list) else []:
        at = plausible.moment(point.get("timestamp")) if isinstance(point, dict) else None
        if at is not None:
            yield at, point
