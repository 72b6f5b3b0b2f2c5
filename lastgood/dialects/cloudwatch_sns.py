"""CloudWatch alarms as the `Message` of an SNS notification.

    {"AlarmName", "AlarmArn", "NewStateValue", "NewStateReason", "StateChangeTime",
     "Trigger": {"Dimensions": [{"name", "value"}], "Metrics": [{"MetricStat": {"Metric": …}}],
                 "Period", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator",
                 "Threshold"},
     "TriggeringChildren": […], "AlarmContributorId", "AlarmContributorAttributes": {}}

Here the comparison is a field, and there is no `reasonData`: only the sentence lists the
datapoints. Source: docs/facts/aws.md "The same CloudWatch alarm arrives in three shapes".
"""

from __future__ import annotations

from typing import Any

from lastgood.dialects import plausible
from lastgood.dialects.evidence import AlarmFields, combine
from lastgood.dialects.reason import parse_reason
from lastgood.dialects.reason_data import earliest_alarm
from lastgood.dialects.shape import Shape, Text, check_transition, parse
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
    dimensions: tuple[_Dimension, ...] | None = None


class _MetricStat(Shape, frozen=True, kw_only=True, rename="pascal"):
    metric: _Metric
    period: Any = None


class _Query(Shape, frozen=True, kw_only=True, rename="pascal"):
    """A metric, or an expression over others, which has a period and no metric of its own."""

    metric_stat: _MetricStat | None = None
    period: Any = None


class _Trigger(Shape, frozen=True, kw_only=True, rename="pascal"):
    dimensions: tuple[_Dimension, ...] | None = None
    metrics: tuple[_Query, ...] | None = None
    period: Any = None
    evaluation_periods: Any = None
    datapoints_to_alarm: Any = None
    comparison_operator: Any = None
    threshold: Any = None


class _Notice(Shape, frozen=True, kw_only=True, rename="pascal"):
    alarm_name: Text
    alarm_arn: str
    new_state_value: str
    state_change_time: str
    new_state_reason: Any = None
    trigger: _Trigger = _Trigger()
    triggering_children: Any = None
    alarm_contributor_id: Text | None = None
    alarm_contributor_attributes: dict[str, Text] | None = None


def parse_message(message: object) -> Alarm:
    """Parse the message, already decoded from JSON.

    Raises:
        MalformedError: it lacks what identifies the transition.
    """
    notice = parse(_Notice, message, "the alarm message")
    arn, contributor = notice.alarm_arn, notice.alarm_contributor_id
    return Alarm(
        changed_at=check_transition(arn, notice.new_state_value, notice.state_change_time),
        source=arn if contributor is None else f"{arn}#{contributor}",
        name=notice.alarm_name,
        state=notice.new_state_value,
        mentions=_mentions(notice),
        evidence=_evidence(notice),
    )


def _mentions(notice: _Notice) -> tuple[str, ...]:
    """Every value of every dimension, sorted, because the routes list them in different orders."""
    stats = [query.metric_stat for query in notice.trigger.metrics or () if query.metric_stat]
    lists = [notice.trigger.dimensions, *(stat.metric.dimensions for stat in stats)]
    values = {dimension.value for dimensions in lists for dimension in dimensions or ()}
    return tuple(sorted(values | set((notice.alarm_contributor_attributes or {}).values())))


def _evidence(notice: _Notice) -> Evidence:
    trigger, threshold = notice.trigger, plausible.number(notice.trigger.threshold)
    periods = [q.metric_stat.period if q.metric_stat else q.period for q in trigger.metrics or ()]
    fields = AlarmFields(
        comparison=_comparison(trigger.comparison_operator, threshold),
        threshold=threshold,
        period=plausible.longest_period([trigger.period, *periods]),
        needed=plausible.count(trigger.datapoints_to_alarm),
        evaluated=plausible.count(trigger.evaluation_periods),
        triggered_at=earliest_alarm(notice.triggering_children),
    )
    return combine(fields, parse_reason(notice.new_state_reason))


def _comparison(operator: object, threshold: float | None) -> Comparison | None:
    if not isinstance(operator, str) or operator not in _OPERATORS or threshold is None:
        return None
    side, or_equal = _OPERATORS[operator]
    return Comparison(side, or_equal=or_equal, threshold=threshold)
