"""CloudWatch alarms as the `Message` of an SNS notification.

    {"AlarmName", "AlarmArn", "NewStateValue", "NewStateReason", "StateChangeTime",
     "Trigger": {"Dimensions": [{"name", "value"}], "Metrics": [{"MetricStat": {"Metric": …}}],
                 "Period", "EvaluationPeriods", "ComparisonOperator", "Threshold"},
     "TriggeringChildren": […], "AlarmContributorId", "AlarmContributorAttributes": {}}

Here the comparison is a field, and there is no `reasonData`: only the sentence lists the
datapoints. Source: docs/facts/aws.md "The same CloudWatch alarm arrives in three shapes".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from lastgood.dialects import doubts, plausible
from lastgood.dialects.evidence import AlarmFields, combine
from lastgood.dialects.reason import parse_reason, state_told
from lastgood.dialects.reason_data import earliest_alarm
from lastgood.dialects.shape import (
    Shape,
    Text,
    check_transition,
    parse,
    queries_told,
    watches_own_metric,
)
from lastgood.domain.alarm import Alarm, Comparison, Evidence, Side

# The operators of anomaly detection alarms compare with a band that moves, not with a threshold.
_OPERATORS: dict[object, tuple[Side, bool]] = {
    "GreaterThanThreshold": ("above", False),
    "GreaterThanOrEqualToThreshold": ("above", True),
    "LessThanThreshold": ("below", False),
    "LessThanOrEqualToThreshold": ("below", True),
}


class _Dimension(Shape, frozen=True, kw_only=True):
    value: Text


class _Metric(Shape, frozen=True, kw_only=True, rename="pascal"):
    namespace: Any = None
    dimensions: tuple[_Dimension, ...] | None = None


class _MetricStat(Shape, frozen=True, kw_only=True, rename="pascal"):
    metric: _Metric
    period: Any = None
    stat: Any = None


class _Query(Shape, frozen=True, kw_only=True, rename="pascal"):
    """A metric, or an expression over others, which has a period and no metric of its own."""

    metric_stat: _MetricStat | None = None
    expression: Any = None
    period: Any = None


class _Trigger(Shape, frozen=True, kw_only=True, rename="pascal"):
    namespace: Any = None
    statistic: Any = None
    dimensions: tuple[_Dimension, ...] | None = None
    metrics: tuple[_Query, ...] | None = None
    period: Any = None
    evaluation_periods: Any = None
    comparison_operator: Any = None
    threshold: Any = None
    treat_missing_data: Any = None
    evaluate_low_sample_count_percentile: Any = None


class _Notice(Shape, frozen=True, kw_only=True, rename="pascal"):
    alarm_name: Text
    alarm_arn: str
    new_state_value: str
    state_change_time: str
    new_state_reason: Any = None
    old_state_value: Any = None
    alarm_configuration_updated_timestamp: Any = None
    told_trigger: _Trigger | None = msgspec.field(name="Trigger", default=None)
    triggering_children: Any = None
    alarm_contributor_id: Text | None = None
    alarm_contributor_attributes: dict[str, Text] | None = None

    @property
    def trigger(self) -> _Trigger:
        """What the alarm watches, if it is told."""
        return self.told_trigger or _Trigger()


def parse_message(message: object) -> Alarm:
    """Parse the message, already decoded from JSON.

    Raises:
        MalformedError: it lacks what identifies the transition.
    """
    notice = parse(_Notice, message, "the alarm message")
    arn, contributor = notice.alarm_arn, notice.alarm_contributor_id
    changed_at = check_transition(arn, notice.new_state_value, notice.state_change_time)
    queries, evidence = notice.trigger.metrics or (), _evidence(notice)
    configured = plausible.moment(notice.alarm_configuration_updated_timestamp)
    return Alarm(
        changed_at=changed_at,
        source=arn if contributor is None else f"{arn}#{contributor}",
        name=notice.alarm_name,
        state=state_told(notice.new_state_value, notice.new_state_reason),
        mentions=_mentions(notice),
        singled_out=tuple(sorted((notice.alarm_contributor_attributes or {}).values())),
        previous_state=plausible.text(notice.old_state_value),
        configured_at=min(configured, changed_at) if configured else None,
        own=watches_own_metric(
            notice.trigger.namespace,
            *(q.metric_stat.metric.namespace for q in queries if q.metric_stat),
            *(query.expression for query in queries),
        ),
        caution="; ".join(_doubts(notice, evidence)) or None,
        evidence=evidence,
    )


def _mentions(notice: _Notice) -> tuple[str, ...]:
    """Every value of every dimension and every query, sorted: the routes list them in any order."""
    stats = [query.metric_stat for query in notice.trigger.metrics or () if query.metric_stat]
    lists = [notice.trigger.dimensions, *(stat.metric.dimensions for stat in stats)]
    values = {dimension.value for dimensions in lists for dimension in dimensions or ()}
    queries = queries_told(*(query.expression for query in notice.trigger.metrics or ()))
    return tuple(sorted({*values, *queries}))


def _doubts(notice: _Notice, evidence: Evidence) -> Iterator[str]:
    trigger, reason = notice.trigger, parse_reason(notice.new_state_reason)
    treatments = (trigger.treat_missing_data, trigger.evaluate_low_sample_count_percentile)
    yield from doubts.of_expressions(*(query.expression for query in trigger.metrics or ()))
    yield from doubts.of_silence(evidence, reason, *treatments)


def _evidence(notice: _Notice) -> Evidence:
    trigger, threshold = notice.trigger, plausible.number(notice.trigger.threshold)
    periods = [q.metric_stat.period if q.metric_stat else q.period for q in trigger.metrics or ()]
    stats = [q.metric_stat.stat if q.metric_stat else None for q in trigger.metrics or ()]
    stats = stats or [trigger.statistic]
    fields = AlarmFields(
        statistic=plausible.text(stats[0]) if len(stats) == 1 else None,
        comparison=_comparison(trigger.comparison_operator, threshold),
        threshold=threshold,
        period=plausible.longest_period([trigger.period, *periods]),
        masked=doubts.hides_values(*(query.expression for query in trigger.metrics or ())),
        evaluated=plausible.count(trigger.evaluation_periods),
        triggered_at=earliest_alarm(notice.triggering_children),
    )
    return combine(fields, parse_reason(notice.new_state_reason))


def _comparison(operator: object, threshold: float | None) -> Comparison | None:
    if not isinstance(operator, str) or operator not in _OPERATORS or threshold is None:
        return None
    side, or_equal = _OPERATORS[operator]
    return Comparison(side, or_equal=or_equal, threshold=threshold)
