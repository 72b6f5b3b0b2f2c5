"""When the data may first have been bad: the best evidence that an alarm carries.

A restore to a moment at or after the first bad data point brings the damage back, so where the
evidence leaves room the earlier moment is taken.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Comparison, Datapoint, Evidence, OnsetBasis


class Onset(msgspec.Struct, frozen=True):
    """The moment, what it rests on, and the same in a sentence for the person on call."""

    at: datetime
    basis: OnsetBasis
    detail: str


def find_onset(alarm: Alarm, lookback: timedelta) -> Onset:
    """Choose the onset from the strongest evidence there is.

    First the breaching datapoints, then the start of the evaluation, then the transition time less
    the time the alarm needed to notice, then less `lookback`, which the policy sets.
    """
    return (
        _from_datapoints(alarm)
        or _from_evaluation(alarm)
        or _from_periods(alarm)
        or _from_lookback(alarm, lookback)
    )


def _from_datapoints(alarm: Alarm) -> Onset | None:
    evidence = alarm.evidence
    if evidence.comparison is None:
        return None
    run = _breaching_run(evidence.comparison, _credible(alarm), evidence)
    if not run:
        return None
    first = times.print_rfc3339(run[0].at)
    return Onset(run[0].at, "datapoint", f"the first of {len(run)} breaching datapoints, {first}")


def _breaching_run(
    comparison: Comparison, datapoints: list[Datapoint], evidence: Evidence
) -> list[Datapoint]:
    """Collect, oldest first, the breaching datapoints that led to the transition.

    Walks back from the newest. An alarm that needs M of N datapoints tolerates N - M good ones in
    between, and so does the run; where M and N are not known every breach counts, which errs
    towards the earlier moment. Missing values neither breach nor end the run.
    """
    tolerated = len(datapoints)
    if evidence.needed is not None and evidence.evaluated is not None:
        tolerated = max(evidence.evaluated - evidence.needed, 0)
    run: list[Datapoint] = []
    for point in reversed(datapoints):
        if point.value is None:
            continue
        if comparison.breached_by(point.value):
            run.append(point)
        elif tolerated == 0:
            break
        else:
            tolerated -= 1
    return run[::-1]


def _credible(alarm: Alarm) -> list[Datapoint]:
    """Sort the datapoints; one that lies after the transition cannot have caused it."""
    points = (p for p in alarm.evidence.datapoints if p.at <= alarm.changed_at)
    return sorted(points, key=lambda p: p.at)


def _from_evaluation(alarm: Alarm) -> Onset | None:
    starts = [point.at for point in _credible(alarm)[:1]]
    if alarm.evidence.evaluation_start is not None:
        starts.append(alarm.evidence.evaluation_start)
    if not starts or min(starts) > alarm.changed_at:
        return None
    first = min(starts)
    detail = f"the start of what the alarm evaluated, {times.print_rfc3339(first)}"
    return Onset(first, "evaluation-start", detail)


def _from_periods(alarm: Alarm) -> Onset | None:
    period, evaluated = alarm.evidence.period, alarm.evidence.evaluated
    if period is None or evaluated is None:
        return None
    # Two periods more than were evaluated: a datapoint carries the start of its period, and
    # CloudWatch evaluates late. Real alarms lie up to six minutes before N periods of five.
    what = f"{evaluated} evaluation periods and two more"
    return _before_transition(alarm, period * (evaluated + 2), what)


def _from_lookback(alarm: Alarm, lookback: timedelta) -> Onset:
    return _before_transition(alarm, lookback, "the policy's onset_lookback")


def _before_transition(alarm: Alarm, length: timedelta, what: str) -> Onset:
    changed = alarm.evidence.triggered_at or alarm.changed_at
    at = min(changed, alarm.changed_at) - length
    when, less = times.print_rfc3339(changed), times.print_duration(length)
    detail = f"the transition at {when} less {what} ({less})"
    return Onset(at, "state-change", detail)
