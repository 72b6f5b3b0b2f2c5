"""When the data may first have been bad: what an alarm's evidence allows, and how strong that is.

A restore to a moment at or after the first bad data brings the damage back, so where the evidence
leaves room the earlier moment is taken. Source: docs/facts/aws.md
"How an alarm can mislead about when the data went bad".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Datapoint, Evidence, OnsetBasis, Strength

LATENESS = timedelta(minutes=10)
"""How late CloudWatch may evaluate: up to eight minutes were measured, whatever the period."""

WAITED_OUT = 2
"""Periods by which CloudWatch's evaluation range is longer than the periods it evaluates."""


class Onset(msgspec.Struct, frozen=True):
    """The moment, what it rests on, how strong that is, and all of it in a sentence.

    `caution` says why it must never be acted on without a person; None if nothing speaks against.
    """

    at: datetime
    basis: OnsetBasis
    strength: Strength
    detail: str
    caution: str | None = None


def find_onset(alarm: Alarm, lookback: timedelta) -> Onset:
    """Choose the onset from the strongest evidence there is.

    An onset that a machine states is no better known than the start of an evaluation. Else first
    the breaching datapoints, then the start of the evaluation, then the transition less the
    time that the alarm needed to notice; no estimate is later than the transition less `lookback`,
    which the policy sets.
    """
    if alarm.given is not None:
        told = f"given as {times.print_rfc3339(alarm.given)}"
        return Onset(alarm.given, "given", "evaluation-start", told, alarm.caution)
    onset = (
        _from_datapoints(alarm, lookback)
        or _from_evaluation(alarm, lookback)
        or _from_periods(alarm, lookback)
    )
    onset = _before_the_silence(alarm, onset, lookback)
    cautions = filter(None, (onset.caution, _not_measured(alarm, onset), alarm.caution))
    return msgspec.structs.replace(onset, caution="; ".join(cautions) or None)


def _from_datapoints(alarm: Alarm, lookback: timedelta) -> Onset | None:
    """From the first datapoint that breached; back to the last one that is known to be good."""
    evidence, points = alarm.evidence, _credible(alarm)
    comparison = evidence.comparison
    if comparison is None or not evidence.measured:
        return None
    values = [(point.at, point.value) for point in points if point.value is not None]
    bad = [at for at, value in values if comparison.breached_by(value)]
    if not bad:
        return None
    first = bad[0]  # of all that are listed: a good one after it says nothing against it
    good = max((at for at, _ in values if at < first), default=None)
    if good is None and points[0].at < first:
        return None  # a silence came first, and how long it was the list does not show
    hidden = _hidden(evidence, lookback)
    if good is None:
        at = first - max(hidden, _silence(evidence, points, lookback))
    else:  # within the last good period as well, all that came after its last value is hidden
        at = min(first, good + max(hidden, evidence.period or timedelta())) - hidden
    detail = f"the first of {len(bad)} breaching datapoints, {times.print_rfc3339(first)}"
    if at < first:
        detail += f", less {times.tell_duration(first - at)} in which it may have begun"
    return Onset(at, "datapoint", "datapoint", detail)


def _hidden(evidence: Evidence, lookback: timedelta) -> timedelta:
    """How much of a period may be bad that does not breach."""
    whole = (evidence.period or lookback) if evidence.hides_part else timedelta()
    return whole if evidence.hidden is None else evidence.hidden


def _silence(evidence: Evidence, points: list[Datapoint], lookback: timedelta) -> timedelta:
    """The longest stretch without a value between two that are listed: one may have come before.

    Where fewer are listed than were counted, good ones may stand in between. Where fewer were
    counted than evaluated, the others had no value, and all of them may have come before.
    """
    counted = evidence.counted or evidence.evaluated or 0
    if len(points) < counted:
        return timedelta()
    period = evidence.period or lookback
    moments = [point.at for point in points if point.value is not None]
    gaps = [later - one for one, later in pairwise(moments)]
    gaps.append(((evidence.evaluated or 0) - counted + 1) * period)
    return max(gaps) if max(gaps) > period else timedelta()


def _not_measured(alarm: Alarm, onset: Onset) -> str | None:
    """Why a silence told this onset, or may hide what came before it; None if values did."""
    evidence, points = alarm.evidence, _credible(alarm)
    if all(point.value is None for point in points):
        silent = points or (evidence.explained and not evidence.measured)
        return "no bad value was measured, only a silence" if silent else None
    if points[0].value is None and onset.basis != "datapoint":
        return "a silence came before the first value, and how long it was is not told"
    return None


def _credible(alarm: Alarm) -> list[Datapoint]:
    """Sort the datapoints; one that lies after the transition cannot have caused it."""
    points = (p for p in alarm.evidence.datapoints if p.at <= alarm.changed_at)
    return sorted(points, key=lambda p: p.at)


def _from_evaluation(alarm: Alarm, lookback: timedelta) -> Onset | None:
    """From the start of what was evaluated; from well before it where that is not all there was.

    Of a silence the list shows only the newest slots: before the alarm goes off CloudWatch waits
    out its evaluation range, and the period before the first empty one may be partly bad as well.
    What nobody has explained is a guess, whatever is listed.
    """
    evidence, points = alarm.evidence, _credible(alarm)
    starts = [point.at for point in points]
    if evidence.evaluation_start is not None:
        starts.append(evidence.evaluation_start)
    if not starts or min(starts) > alarm.changed_at:
        return None
    first, period = min(starts), evidence.period or lookback
    detail = f"the start of what the alarm evaluated, {times.print_rfc3339(first)}"
    complete = evidence.measured and all(point.value is not None for point in points)
    hidden = max(period if evidence.hides_part else timedelta(), _silence(evidence, points, period))
    at = first - (hidden if complete else (WAITED_OUT + 1) * period)
    if not complete or not evidence.explained:
        at = min(at, _latest_estimate(alarm, lookback))
    if at < first:
        detail += f", less {times.tell_duration(first - at)} in which it may have begun"
    strength: Strength = "evaluation-start" if evidence.explained else "guess"
    return Onset(at, "evaluation-start", strength, detail)


def _from_periods(alarm: Alarm, lookback: timedelta) -> Onset:
    """Guess from the transition and from how long the alarm takes to notice anything."""
    at = _latest_estimate(alarm, lookback)
    changed = _first_change(alarm)
    when, less = times.print_rfc3339(changed), times.tell_duration(changed - at)
    at_most = changed - lookback == at
    what = "the policy's onset_lookback" if at_most else "its evaluation range and its lateness"
    return Onset(at, "state-change", "guess", f"the transition at {when} less {what} ({less})")


def _latest_estimate(alarm: Alarm, lookback: timedelta) -> datetime:
    """The latest onset that a guess may come to: never later than the weakest guess, `lookback`."""
    changed, period = _first_change(alarm), alarm.evidence.period
    if period is None:
        return changed - lookback
    return changed - max(_evaluation_range(alarm, lookback) + period + LATENESS, lookback)


def _first_change(alarm: Alarm) -> datetime:
    """The transition; of a composite alarm the earliest of its children, if that came before."""
    return min(alarm.evidence.triggered_at or alarm.changed_at, alarm.changed_at)


def _before_the_silence(alarm: Alarm, onset: Onset, lookback: timedelta) -> Onset:
    """Move an onset to before a time about which nothing is known, and say that a person decides.

    That is so after any state but OK, after an OK that is younger than what the alarm looked at,
    and of an alarm that was only just configured.
    """
    caution, silent_since = _unknown_before(alarm, onset, lookback)
    if caution is None:
        return onset
    at = silent_since - max(_evaluation_range(alarm, lookback) + LATENESS, lookback)
    if onset.at <= at:
        return msgspec.structs.replace(onset, caution=caution)
    since, less = times.print_rfc3339(silent_since), times.tell_duration(silent_since - at)
    detail = f"{since}, before which nothing is known, less {less} in which it may have begun"
    return Onset(at, "state-change", "guess", detail, caution)


def _unknown_before(alarm: Alarm, onset: Onset, lookback: timedelta) -> tuple[str | None, datetime]:
    """Why the time before the transition is unknown, and since when; None where it is known."""
    changed, since = alarm.changed_at, alarm.previous_since or alarm.changed_at
    looked_at = max(_evaluation_range(alarm, lookback), changed - onset.at)
    told = times.tell_duration(looked_at)
    if alarm.previous_state not in {None, "OK"}:
        began = f" since {times.print_rfc3339(since)}" if alarm.previous_since else ""
        return f"the alarm was in {alarm.previous_state}{began}: what was before is unknown", since
    if changed - since < looked_at and alarm.previous_since:
        age = times.tell_duration(changed - since)
        return f"the alarm had been OK for {age} only, and it looks back {told}", since
    configured = alarm.configured_at
    if configured is not None and changed - configured < looked_at + LATENESS:
        age, late = times.tell_duration(changed - configured), times.tell_duration(LATENESS)
        seen = f"it looks back {told} and may be {late} late"
        return f"the alarm was configured {age} before, and {seen}", configured
    return None, since


def _evaluation_range(alarm: Alarm, lookback: timedelta) -> timedelta:
    """How far back one evaluation of the alarm looks, at the least."""
    evidence = alarm.evidence
    if evidence.period is None:
        return lookback
    periods = evidence.evaluated or max(len(evidence.datapoints), 1)
    return (periods + WAITED_OUT) * evidence.period
