"""Alarms of Huawei Cloud Eye, as SMN sends them over HTTPS and hands them to FunctionGraph.

    {"type": "Notification", "topic_urn", "message_id", "message": "<one of the two below>"}
    {"record": [{"smn": {"type", "topic_urn", "message_id", "message"}}]}

    {"alarm_id", "alarm_name", "alarm_status": "alarm", "time": ms, "namespace", "metric_name",
     "dimension": "redis_cluster_id:…in12,redis_node_id:…no12", "period": s, "count",
     "comparison_operator", "value", "alarmValue": [{"time": ms, "value"}], "template_variable"}
    {"version": "v1", "data": {"AlarmId", "AlarmRuleName", "IsAlarm", "AlarmTime", "ResourceId"}}

Identity: the id of the rule with the resource, and the time. A message of the template v1 has no
milliseconds, so one transition must not be sent by both templates. Its other times and values are
written for people in the language of the account, and are not read.

Onset: the first of the values that the alarm lists, or, where `count` says that more breached, as
many periods earlier; less one period, because a period may be partly bad. `period: 1` means raw
values, whose distance is not told: then the policy's `onset_lookback` is taken off. An event alarm
(`period: 0`, or a `type` of EVENT) may list values, but they count what happened and measure
nothing, so none is read. v1 messages list none that can be read.

Strength: evaluation-start at best. The values are the newest ones, a rule that repeats its
notification (`IsCycleTrigger`) sends newer ones each time. The onset is measured only when Cloud
Eye itself is asked. A repetition is never more than a proposal, and what does not plainly say that
it is none counts as one. Without values, or with a period that cannot be read: guess.

Source: docs/facts/huawei.md "Alarms from Cloud Eye through SMN", docs/facts/rds.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec

from lastgood.dialects import plausible
from lastgood.dialects.shape import (
    Content,
    MalformedError,
    Shape,
    Text,
    check_moment,
    clip,
    kind_of,
    lines,
)
from lastgood.dialects.shape import (
    parse as parse_shape,
)
from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Datapoint, Evidence, Ignored, Unreadable
from lastgood.domain.confirming import CLOUD_EYE, EVENT, RAW

_STATES = {"alarm": "ALARM", "ok": "OK"}
_OTHER_STATES = ("insufficient_data", "invalid", "ok_manual")
_REPEATED = "Cloud Eye repeats this alarm with its newest values: when it began is not told"
_EXPECTED = "expected an alarm of Cloud Eye"
_Key = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f\ud800-\udfff]{1,512}\Z")]


class _Notification(Shape, frozen=True, kw_only=True):
    """The envelope of SMN; whether it is genuine has been found out before it comes here."""

    type: str
    message: Any = None


class _Record(Shape, frozen=True, kw_only=True):
    smn: _Notification


class _Change(Shape, frozen=True, kw_only=True):
    alarm_id: _Key
    alarm_name: Text
    alarm_status: str
    time: Any
    dimension: _Key
    namespace: Any = None
    metric_name: Any = None
    type: Any = None
    period: Any = None
    count: Any = None
    alarm_value: Any = msgspec.field(name="alarmValue", default=None)
    template_variable: Any = None


class _Summary(Shape, frozen=True, kw_only=True, rename="pascal"):
    alarm_id: _Key
    alarm_rule_name: Text
    is_alarm: bool
    alarm_time: Any
    resource_id: _Key
    is_cycle_trigger: Any = None


class _Template(Shape, frozen=True, kw_only=True):
    data: _Summary


def claims(value: dict[str, Any]) -> bool:
    """Whether it says that it is an alarm of Cloud Eye, bare or in one of its envelopes."""
    return _is_alarm(value) or "topic_urn" in value or "record" in value


def _is_alarm(value: dict[str, Any]) -> bool:
    return "alarm_status" in value or (value.get("version") == "v1" and "data" in value)


def parse(value: dict[str, Any]) -> list[Content]:
    """Parse an alarm, or what an envelope holds; of a record of FunctionGraph each by itself.

    Raises:
        MalformedError: it is not what it says.
    """
    if _is_alarm(value):
        return [_alarm(value)]
    if "topic_urn" in value:
        return [_unwrap(parse_shape(_Notification, value, "the notification of SMN"))]
    records = value["record"]
    if not isinstance(records, list) or not records:
        found = "an empty list" if records == [] else kind_of(records)
        raise MalformedError(f"record is {found}, expected a list of records of SMN")
    return [_read(record) for record in records]


def _read(record: object) -> Content:
    try:
        return _unwrap(parse_shape(_Record, record, "the record of SMN").smn)
    except MalformedError as error:
        return Unreadable(str(error))


def _unwrap(notification: _Notification) -> Content:
    # FunctionGraph writes the type in lower case.
    if notification.type.lower() != "notification":
        kind = clip(notification.type)
        return Ignored(f"an SMN {kind}: it is about the subscription itself and carries no alarm")
    try:
        value = json.loads(notification.message)
    # TypeError: it is no text. RecursionError: brackets deeper than the parser goes.
    except (TypeError, ValueError, RecursionError):
        raise MalformedError(f"the message of SMN is not JSON, {_EXPECTED}") from None
    if not isinstance(value, dict) or not _is_alarm(value):
        raise MalformedError(f"the message of SMN is another one, {_EXPECTED}")
    return _alarm(value)


def _alarm(value: dict[str, Any]) -> Alarm:
    if "alarm_status" in value:
        return _from_change(parse_shape(_Change, value, "the alarm of Cloud Eye"))
    return _from_summary(parse_shape(_Template, value, "the alarm of Cloud Eye").data)


def _from_change(change: _Change) -> Alarm:
    status = change.alarm_status
    if status not in _STATES and status not in _OTHER_STATES:
        known = ", ".join([*_STATES, *_OTHER_STATES])
        raise MalformedError(f"alarm_status is {clip(status)}, expected one of {known}")
    changed_at = plausible.at_millis(change.time)
    if changed_at is None:
        raise MalformedError("time is no number of milliseconds between 2000 and 2100")
    variables = change.template_variable
    repeated = isinstance(variables, dict) and _says_yes(variables.get("IsCycleTrigger"))
    return Alarm(
        source=f"{CLOUD_EYE}{change.alarm_id}:{change.dimension}",
        name=change.alarm_name,
        state=_STATES.get(status, status.upper()),
        changed_at=changed_at,
        mentions=lines(part.partition(":")[2] for part in change.dimension.split(",")),
        caution=_REPEATED if repeated else None,
        metric=_metric(change),
        evidence=_evidence(change),
    )


def _says_yes(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in {"", "false", "0"}
    return bool(value)


def _metric(change: _Change) -> str | None:
    namespace, name = (plausible.text(part, 128) for part in (change.namespace, change.metric_name))
    return f"{namespace}/{name}" if namespace and name else None


def _evidence(change: _Change) -> Evidence:
    points = () if _is_event(change) else tuple(_datapoints(change.alarm_value))
    period, count = plausible.period(change.period), plausible.count(change.count)
    known = period is not None
    if period == RAW * times.SECOND:  # at whatever distance they come
        period = None
    start, unlisted = None, (count or 1) - len(points)
    if points and period and unlisted > 0:
        start = min(point.at for point in points) - unlisted * period
    explained = known and count is not None and (unlisted <= 0 or start is not None)
    return Evidence(
        datapoints=points,
        evaluation_start=start,
        period=period,
        evaluated=count,
        explained=explained,
    )


def _is_event(change: _Change) -> bool:
    """Whether it tells of something that happened; the documents name two ways of saying so."""
    kind = change.type if isinstance(change.type, str) else ""
    return kind.upper().startswith("EVENT") or plausible.number(change.period) == EVENT


def _datapoints(values: object) -> Iterable[Datapoint]:
    for value in values if isinstance(values, list) else []:
        at = plausible.at_millis(value.get("time")) if isinstance(value, dict) else None
        number = plausible.number(value.get("value")) if at else None
        if at is not None and number is not None:
            yield Datapoint(at, number)


def _from_summary(summary: _Summary) -> Alarm:
    return Alarm(
        source=f"{CLOUD_EYE}{summary.alarm_id}:{summary.resource_id}",
        name=summary.alarm_rule_name,
        state="ALARM" if summary.is_alarm else "OK",
        changed_at=check_moment("AlarmTime", summary.alarm_time, _parse_local),
        mentions=lines(summary.resource_id.split(",")),
        caution=_REPEATED if _says_yes(summary.is_cycle_trigger) else None,
    )


def _parse_local(text: str) -> datetime:
    """Read `2024/07/10 17:44:59 GMT+08:00`; other languages put day and month in other places."""
    day, _, rest = text.partition(" ")
    clock, _, zone = rest.partition(" GMT")
    return times.parse_rfc3339(f"{day.replace('/', '-')}T{clock}{zone}")
