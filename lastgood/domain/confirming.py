"""Whether Cloud Eye confirms an alarm that came in its name, and which onset its data show.

A message tells what Cloud Eye is said to have seen; its records and datapoints are what it saw. Its
record must be of the same rule, resource, metric and time, about this instance, and in alarm;
the datapoints must show the alarm again, and without a gap the last good one before the first bad
one. Whatever is otherwise is a doubt: the onset stays as well known as it was, moves to an earlier
moment if something bad was seen there, and a person decides.

Source: docs/facts/rds.md "Cloud Eye asked".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Datapoint, Incident
from lastgood.domain.policy import Instance

CLOUD_EYE = "cloudeye:"
"""How the source of its alarms begins; the id of the rule follows, and what names the resource."""

TOLERANCE = timedelta(minutes=10)
"""How far the times of a message and its record may be apart: how they relate is not documented."""

LEAD = timedelta(minutes=30)
"""So much before all that the alarm looked at must be without a gap; three periods if longer."""

MOST_DATAPOINTS = 1000
"""A day of raw values has 1,440, and no alarm looks at more than 180 points."""

RAW, EVENT = 1, 0
"""What stands for a period where values are raw, and where there are none."""
PERIODS = (RAW, 60, 300, 1200, 3600, 14400, 86400)
STATISTICS = ("average", "max", "min", "sum", "variance")

_RULE = re.compile(r"al[0-9A-Za-z]{1,62}")
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Values of one metric of one resource; `period` in seconds, RAW and EVENT included."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    period: int
    statistic: str

    @property
    def metric(self) -> str:
        """As an incident names it."""
        return f"{self.namespace}/{self.name}"


class AlarmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One time that an alarm went off, as Cloud Eye itself keeps it.

    `count` datapoints in a row have to breach; `datapoints` are those by which it went off.
    `recovered_at` is when it went back, once it has, where that is told.
    """

    status: str
    series: Series
    operator: str
    threshold: float
    count: int
    began_at: datetime
    last_at: datetime
    datapoints: tuple[Datapoint, ...] = ()
    recovered_at: datetime | None = None

    def breached_by(self, value: float | None) -> bool:
        """Tell whether a value is a bad one; none is not."""
        return value is not None and _BREACHES[self.operator](value, self.threshold)


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What Cloud Eye answered: a record and its data, or why there is none that counts.

    `skew_seconds` is how far our clock was ahead of its own, `before` the incident as an earlier
    answer measured it.
    """

    record: AlarmRecord | None = None
    datapoints: tuple[Datapoint, ...] = ()
    doubt: str | None = None
    skew_seconds: int | None = None
    before: Incident | None = None


class _Doubt(msgspec.Struct, frozen=True):
    """Why an onset is not measured, and since when the data may have been bad by what was seen."""

    why: str
    since: datetime | None = None


def concerns(incident: Incident) -> bool:
    """Whether an incident is about an alarm of Cloud Eye."""
    return incident.source.startswith(CLOUD_EYE)


def rule_of(incident: Incident) -> str | None:
    """The id of its alarm rule; None where it is none that may be asked for."""
    rule = incident.source.split(":")[1]
    return rule if _RULE.fullmatch(rule) else None


def choose_record(
    incident: Incident, instance: Instance, records: Sequence[AlarmRecord]
) -> AlarmRecord | str:
    """The record of this very transition, out of all records of its rule; or why there is none."""
    resource, changed = incident.source.split(":", 2)[2], incident.changed_at
    fits: tuple[tuple[Callable[[AlarmRecord], bool], str], ...] = (
        (lambda one: _names(resource, one.series.dimensions), f"on {resource}"),
        (lambda one: incident.metric in {None, one.series.metric}, f"about {incident.metric}"),
        (
            lambda one: one.began_at - TOLERANCE <= changed <= one.last_at + TOLERANCE,
            f"of {times.print_rfc3339(changed)}",
        ),
    )
    left = list(records)
    for fitting, what in fits:
        left = [one for one in left if fitting(one)]
        if not left:
            return f"it has no record of this alarm {what}"
    found = min(left, key=lambda one: abs(one.began_at - changed))
    if _is_ambiguous(found, left):
        return "several of its records may be the one that is meant"
    values = [value for _, value in found.series.dimensions]
    if not {instance.id, *instance.known_as} & set(values):
        return f"its record is about {', '.join(values)}, not about {instance.name}"
    return found if found.status == "alarm" else f"its record is {found.status} by now"


def _names(resource: str, dimensions: tuple[tuple[str, str], ...]) -> bool:
    """Whether a message names this resource: `name:value` or the value alone, comma between two."""
    told = dict(part.rpartition(":")[::-2] for part in resource.split(","))
    return told.keys() == {value for _, value in dimensions} and all(
        told[value] in {"", name} for name, value in dimensions
    )


def is_about(incident: Incident, record: AlarmRecord) -> bool:
    """Whether a record is about what the alarm of an incident watches, whenever it went off."""
    resource = incident.source.split(":", 2)[2]
    same = incident.metric in {None, record.series.metric}
    return same and _names(resource, record.series.dimensions)


def _is_ambiguous(found: AlarmRecord, left: list[AlarmRecord]) -> bool:
    """Whether another record may be meant: a rule may watch several things, or one in two ways."""

    def condition(one: AlarmRecord) -> object:
        return one.series, one.operator, one.threshold, one.count

    return any(
        one.series.metric != found.series.metric
        or (one.began_at == found.began_at and condition(one) != condition(found))
        for one in left
    )


def why_unmeasured(record: AlarmRecord) -> str | None:
    """Why no datapoints could show when the alarm's condition first held; None if they could."""
    series = record.series
    if series.period == EVENT:
        return "an event has no datapoints"
    if record.operator not in _BREACHES:
        return f"its condition {record.operator!r} compares with no threshold"
    if series.period not in PERIODS or series.statistic not in STATISTICS:
        return f"it gives no data by {series.statistic!r} of {series.period} s"
    return None


def span_of(incident: Incident, record: AlarmRecord) -> tuple[datetime, datetime]:
    """Which datapoints to ask for: all that the alarm may have looked at, and a stretch before."""
    period = timedelta(seconds=record.series.period)
    looked_at = min(
        incident.onset,
        record.began_at - record.count * period,
        *(point.at for point in record.datapoints),
    )
    return looked_at - max(LEAD, 3 * period), incident.changed_at


def confirmed(incident: Incident, asked: Asked, instance: Instance) -> Incident:
    """The incident by what Cloud Eye answered: its onset measured, or why a person has to look.

    What was measured once stays so, even if Cloud Eye cannot be asked again or the alarm is over by
    then; only something bad that lies earlier changes it.
    """
    found = _measured(incident, asked, instance)
    before = asked.before
    if before and isinstance(found, _Doubt):
        stands = found.since is None or found.since >= before.onset
    else:
        stands = isinstance(found, Incident) and before is not None and before.onset <= found.onset
    if before and stands:
        return msgspec.structs.replace(before, caution=incident.caution)
    if isinstance(found, Incident):
        return found
    caution = f"Cloud Eye does not confirm it: {found.why}"
    if incident.caution:
        caution = f"{incident.caution}; {caution}"
    doubted = msgspec.structs.replace(incident, caution=caution)
    if found.since is None or found.since >= incident.onset:
        return doubted
    detail = f"earlier than its message tells, by what Cloud Eye shows: {found.why}"
    return msgspec.structs.replace(doubted, onset=found.since, onset_detail=detail)


def _measured(incident: Incident, asked: Asked, instance: Instance) -> Incident | _Doubt:
    record = asked.record
    if record is None or asked.doubt is not None:
        return _Doubt(asked.doubt or "it gave no answer")
    skew = timedelta(seconds=abs(asked.skew_seconds or 0))
    if skew * 2 > instance.margin:
        return _Doubt(f"our clock and its own are {times.tell_duration(skew)} apart")
    return _first_bad(incident, record, asked.datapoints, instance.onset_lookback)


def _first_bad(
    incident: Incident, record: AlarmRecord, datapoints: Sequence[Datapoint], lookback: timedelta
) -> Incident | _Doubt:
    """The onset between the last good datapoint and the first bad one.

    One that lies after the transition cannot have caused it, and of two at one time the bad one
    counts. A period is aggregated to its start, and its beginning may be partly bad. Whether a raw
    value tells of the time before it or after it is not documented, so it may hide one more.
    """
    seen: dict[datetime, bool] = {}
    for point in datapoints:
        if point.value is not None and point.at <= incident.changed_at:
            seen[point.at] = seen.get(point.at) or record.breached_by(point.value)
    moments = sorted(seen)
    bad = [at for at in moments if seen[at]]
    spacing = _spacing(record.series, moments) or lookback
    hidden = spacing if record.series.period == RAW else timedelta()
    listed = [point.at for point in record.datapoints if record.breached_by(point.value)]
    first = min((*bad, *listed), default=None)
    since = first - spacing - hidden if first else None
    in_a_row = max(
        (len(list(run)) for is_bad, run in groupby(map(seen.get, moments)) if is_bad), default=0
    )
    if first is None or in_a_row < record.count:
        told = f"{in_a_row} bad datapoints in a row, and it takes {record.count}"
        return _Doubt(f"its data have {told}", since)
    if bad[0] - first >= spacing:
        told = times.print_rfc3339(first)
        return _Doubt(f"its record lists a bad value of {told} that its data do not have", since)
    good = max((at for at in moments if at < first), default=None)
    if good is None:
        told = times.print_rfc3339(first)
        return _Doubt(f"the first of its datapoints, {told}, is bad already", since)
    at = good - hidden
    read_from, _ = span_of(incident, record)
    if gap := _gap((read_from, *(moment for moment in moments if moment <= bad[0])), spacing):
        return _Doubt(f"its data have a gap from {gap[0]} to {gap[1]}", at)
    told = times.tell_duration(first - at)
    detail = (
        f"the first bad datapoint of Cloud Eye, {times.print_rfc3339(first)}, "
        f"less {told} in which it may have begun"
    )
    return msgspec.structs.replace(
        incident,
        onset=at,
        onset_basis="datapoint",
        onset_detail=detail,
        strength="datapoint",
        confirmed=True,
    )


def _spacing(series: Series, moments: Sequence[datetime]) -> timedelta | None:
    """From one datapoint to the next; of raw values the shortest that there is."""
    if series.period != RAW:
        return timedelta(seconds=series.period)
    return min((later - earlier for earlier, later in pairwise(moments)), default=None)


def _gap(moments: Sequence[datetime], spacing: timedelta) -> tuple[str, str] | None:
    """The first stretch in which a datapoint is missing: raw ones do not come to the second."""
    for earlier, later in pairwise(moments):
        if later - earlier > 1.5 * spacing:
            return times.print_rfc3339(earlier), times.print_rfc3339(later)
    return None
