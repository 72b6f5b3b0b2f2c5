"""CloudWatch alarms as EventBridge events and as Lambda alarm actions, which share their content.

    {"alarmName", "state": {"value", "timestamp", "reason", "reasonData", "actionsSuppressedBy"},
     "previousState": {"value", "timestamp"},
     "configuration": {"metrics": [{"metricStat": {"metric": {"dimensions": {}}, "period"}}]},
     "alarmContributor": {"id", "attributes": {}}, "muteDetail": {"mutedByArn"}, "alarmTags": {}}

An alarm on a PromQL query has `configuration.evaluationCriteria.promQLCriteria` in place of
metrics: the query, and for how long it has to be true (`pendingPeriod`). One on logs has a
scheduled query. Both tell no datapoints, so their onset is a guess.

An OK for want of data says nothing of the data, nor does one that was set by hand: as states they
are NO_DATA and OK_MANUAL here, and what was before is unknown. So it is of a contributor, which has
no state before. A good value that is listed before all that breached says it all the same.

Source: docs/facts/aws.md "The same CloudWatch alarm arrives in three shapes", and the
CloudWatch user guide on alarm events for contributors and mute rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec

from lastgood.dialects import doubts, plausible
from lastgood.dialects.evidence import combine, shows_good_before
from lastgood.dialects.reason import parse_reason, state_told
from lastgood.dialects.reason_data import parse_reason_data
from lastgood.dialects.shape import (
    INSTANCE_TAGS,
    MalformedError,
    Shape,
    Text,
    TextOrNone,
    check_transition,
    lines,
    parse,
    queries_told,
    watches_own_metric,
)
from lastgood.domain.alarm import Alarm, Evidence


class _Metric(Shape, frozen=True, kw_only=True):
    namespace: Any = None
    dimensions: dict[str, Text] | None = None


class _MetricStat(Shape, frozen=True, kw_only=True):
    metric: _Metric
    period: Any = None
    stat: Any = None


class _Query(Shape, frozen=True, kw_only=True, rename="camel"):
    """A metric, or an expression over others, which has a period and no metric of its own."""

    metric_stat: _MetricStat | None = None
    expression: Any = None
    period: Any = None


class _PromQL(Shape, frozen=True, kw_only=True, rename="camel"):
    query: Any = None
    pending_period: Any = None


class _Criteria(Shape, frozen=True, kw_only=True):
    """Of an alarm on a PromQL query, which has no metrics."""

    promql: _PromQL | None = msgspec.field(name="promQLCriteria", default=None)


class _Configuration(Shape, frozen=True, kw_only=True, rename="camel"):
    metrics: tuple[_Query, ...] | None = None
    evaluation_criteria: _Criteria | None = None
    evaluation_interval: Any = None


class _State(Shape, frozen=True, kw_only=True, rename="camel"):
    value: str
    timestamp: str
    reason: Any = None
    reason_data: Any = None
    actions_suppressed_by: TextOrNone | None = None


class _Previous(Shape, frozen=True, kw_only=True, rename="camel"):
    value: Any = None
    timestamp: Any = None
    reason: Any = None
    reason_data: Any = None


class _Contributor(Shape, frozen=True, kw_only=True):
    id: Text
    attributes: dict[str, Text] | None = None


class _MuteDetail(Shape, frozen=True, kw_only=True, rename="camel"):
    muted_by_arn: Text


class _Change(Shape, frozen=True, kw_only=True, rename="camel"):
    alarm_name: Text
    state: _State
    previous_state: _Previous | None = None
    configuration: _Configuration | None = None
    alarm_contributor: _Contributor | None = None
    mute_detail: _MuteDetail | None = None
    alarm_tags: dict[str, Any] | None = None

    @property
    def queries(self) -> tuple[_Query, ...]:
        """Its metrics and the expressions over them."""
        return (self.configuration.metrics if self.configuration else None) or ()

    @property
    def promql(self) -> _PromQL:
        """The PromQL query, if there is one."""
        criteria = self.configuration.evaluation_criteria if self.configuration else None
        return (criteria.promql if criteria else None) or _PromQL()


class _Event(Shape, frozen=True, kw_only=True):
    resources: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    detail: _Change


class _Action(Shape, frozen=True, kw_only=True, rename="camel"):
    alarm_arn: str
    alarm_data: _Change


def parse_event(event: object) -> Alarm:
    """Parse a `CloudWatch Alarm State Change` from EventBridge.

    Raises:
        MalformedError: it lacks what identifies the transition.
    """
    change = parse(_Event, event, "the alarm event")
    return _alarm(change.resources[0], change.detail)


def parse_contributor_event(event: object) -> Alarm:
    """Parse a `CloudWatch Alarm Contributor State Change`: one of several series went off.

    Raises:
        MalformedError: it lacks what identifies the transition, to which the contributor belongs.
    """
    change = parse(_Event, event, "the contributor event")
    if change.detail.alarm_contributor is None:
        raise MalformedError(
            "the contributor event names no contributor, expected `detail.alarmContributor`"
        )
    return _alarm(change.resources[0], change.detail)


def parse_action(event: object) -> Alarm:
    """Parse what an alarm sends to a Lambda function that is its action.

    Raises:
        MalformedError: it lacks what identifies the transition.
    """
    action = parse(_Action, event, "the alarm action")
    return _alarm(action.alarm_arn, action.alarm_data)


def _alarm(arn: str, change: _Change) -> Alarm:
    contributor, muted = change.alarm_contributor, change.mute_detail
    queries, was = change.queries, change.previous_state or _Previous()
    state, evidence = change.state, _evidence(change)
    changed_at = check_transition(arn, state.value, state.timestamp)
    previous, since = _before(was, evidence, changed_at)
    return Alarm(
        source=arn if contributor is None else f"{arn}#{contributor.id}",
        name=change.alarm_name,
        state=state_told(state.value, state.reason),
        changed_at=changed_at,
        mentions=_mentions(change),
        singled_out=_values(contributor.attributes if contributor else None),
        previous_state=previous,
        previous_since=since,
        own=watches_own_metric(
            *(q.metric_stat.metric.namespace for q in queries if q.metric_stat),
            *(query.expression for query in queries),
            change.promql.query,
        ),
        named=lines((change.alarm_tags or {}).get(tag) for tag in INSTANCE_TAGS),
        suppressed_by=state.actions_suppressed_by or (muted.muted_by_arn if muted else None),
        caution="; ".join(_doubts(change, was, evidence)) or None,
        evidence=evidence,
    )


def _before(
    previous: _Previous, evidence: Evidence, changed_at: datetime
) -> tuple[str | None, datetime | None]:
    """The state before and since when; where both tell nothing of the data, that it is unknown."""
    state, since = plausible.text(previous.value), plausible.earlier(previous.timestamp, changed_at)
    if shows_good_before(evidence):
        return state, since
    if state is None:
        breaches = evidence.comparison and evidence.measured and evidence.datapoints
        return ("a state that is not told" if breaches else None), None
    told = state_told(state, previous.reason)
    words = {"NO_DATA": "OK for want of data", "OK_MANUAL": "OK as set by hand"}
    return words.get(told, state), since


def _doubts(change: _Change, was: _Previous, evidence: Evidence) -> Iterator[str]:
    state = change.state
    yield from doubts.of_expressions(*(query.expression for query in change.queries))
    yield from doubts.of_silence(evidence, parse_reason(state.reason))
    if was.value != "OK":
        return
    before, now = parse_reason_data(was.reason_data), parse_reason_data(state.reason_data)
    yield from doubts.of_edits(before, was.reason, now, state.reason)


def _mentions(change: _Change) -> tuple[str, ...]:
    """Every value of every dimension and every query, sorted: the routes list them in any order."""
    stats = (query.metric_stat for query in change.queries if query.metric_stat)
    texts = (*(query.expression for query in change.queries), change.promql.query)
    values = _values(*(stat.metric.dimensions for stat in stats))
    return tuple(sorted({*values, *queries_told(*texts)}))


def _values(*named: dict[str, Text] | None) -> tuple[str, ...]:
    return tuple(sorted({value for values in named for value in (values or {}).values()}))


def _evidence(change: _Change) -> Evidence:
    promql, configuration = change.promql, change.configuration or _Configuration()
    pending = plausible.period(promql.pending_period)
    if pending or promql.query:
        interval = plausible.period(configuration.evaluation_interval) or pending
        evaluated = -(-pending // interval) if pending and interval else None
        return Evidence(period=interval, evaluated=evaluated)
    fields = parse_reason_data(change.state.reason_data)
    queries = change.queries
    periods = [q.metric_stat.period if q.metric_stat else q.period for q in queries]
    longest = plausible.longest_period(periods)
    period = max(filter(None, (fields.period, longest)), default=None)
    stats = [q.metric_stat.stat if q.metric_stat else None for q in queries]
    statistic = plausible.text(stats[0]) if len(stats) == 1 else None
    masked = doubts.hides_values(*(query.expression for query in queries))
    fields = msgspec.structs.replace(fields, period=period, statistic=statistic, masked=masked)
    return combine(fields, parse_reason(change.state.reason))
