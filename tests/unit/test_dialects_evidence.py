from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lastgood.dialects import read
from lastgood.domain import canonical
from lastgood.domain.alarm import Alarm, Comparison, Evidence
from lastgood.domain.onset import find_onset
from tests.support.builders import RDS, REDIS, policy

ARN = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:keys"
MINUTE = timedelta(minutes=1)
TWO_OF_THREE = (
    "Threshold Crossed: 2 out of the last 3 datapoints [1.0 (17/02/26 11:51:00), 2.0 (17/02/26"
    " 11:49:00)] were less than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM"
    " transition)."
)
BELOW_TEN = Comparison("below", or_equal=False, threshold=10.0)


def minute(number: int) -> datetime:
    return datetime(2026, 2, 17, 11, number, tzinfo=UTC)


def wire(number: int) -> str:
    return f"2026-02-17T11:{number}:00.000+0000"


def evidence_of(event: object) -> Evidence:
    (message,) = read(event)
    assert isinstance(message.content, Alarm), message.content
    return message.content.evidence


def eventbridge(reason: object = None, data: object = None, period: object = 60) -> dict[str, Any]:
    state = {"value": "ALARM", "timestamp": "2026-02-17T11:53:08.431+0000", "reason": reason}
    state["reasonData"] = json.dumps(data) if isinstance(data, dict) else data
    metric = {"metricStat": {"metric": {"dimensions": {"id": "x"}}, "period": period}}
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "resources": [ARN],
        "detail": {"alarmName": "keys", "state": state, "configuration": {"metrics": [metric]}},
    }


def sns(reason: object = None, **trigger: object) -> dict[str, Any]:
    message = {
        "AlarmName": "keys",
        "AlarmArn": ARN,
        "NewStateValue": "ALARM",
        "StateChangeTime": "2026-02-17T11:53:08.431+0000",
        "NewStateReason": reason,
        "Trigger": trigger,
    }
    return {"Records": [{"Sns": {"Type": "Notification", "Message": json.dumps(message)}}]}


def test_eventbridge_evidence_joins_the_sentence_and_the_data() -> None:
    points = [
        {"timestamp": wire(51), "value": 1.0},
        {"timestamp": wire(49), "value": 2.0},
        {"timestamp": wire(50), "value": 70.0},
    ]
    data = {"version": "1.0", "startDate": wire(49), "period": 60, "threshold": 10.0}

    found = evidence_of(eventbridge(TWO_OF_THREE, data | {"evaluatedDatapoints": points}))

    assert found.comparison == BELOW_TEN
    assert [(p.at, p.value) for p in found.datapoints] == [
        (minute(49), 2.0),
        (minute(50), 70.0),
        (minute(51), 1.0),
    ]
    assert found.evaluated == 3
    assert found.period == timedelta(minutes=1)
    assert found.evaluation_start == minute(49)
    assert found.measured
    assert found.explained


def test_sns_evidence_joins_the_sentence_and_the_trigger() -> None:
    event = sns(
        TWO_OF_THREE,
        ComparisonOperator="LessThanThreshold",
        Threshold=10.0,
        Period=60,
        EvaluationPeriods=3,
    )

    found = evidence_of(event)

    assert found.comparison == BELOW_TEN
    assert [p.at for p in found.datapoints] == [minute(49), minute(51)]
    assert found.evaluated == 3
    assert found.measured
    assert found.explained
    assert found.period == timedelta(minutes=1)


OPERATORS = {
    "GreaterThanThreshold": Comparison("above", or_equal=False, threshold=10.0),
    "GreaterThanOrEqualToThreshold": Comparison("above", or_equal=True, threshold=10.0),
    "LessThanThreshold": BELOW_TEN,
    "LessThanOrEqualToThreshold": Comparison("below", or_equal=True, threshold=10.0),
    "LessThanLowerOrGreaterThanUpperThreshold": None,
    "LessThanLowerThreshold": None,
    "GreaterThanUpperThreshold": None,
    "Equals": None,
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_sns_names_the_comparison_unless_it_is_with_a_band(operator: str) -> None:
    found = evidence_of(sns(ComparisonOperator=operator, Threshold=10.0))

    assert found.comparison == OPERATORS[operator]


def test_a_comparison_on_which_sentence_and_fields_differ_is_none() -> None:
    other_side = sns(TWO_OF_THREE, ComparisonOperator="GreaterThanThreshold", Threshold=10.0)
    other_threshold = eventbridge(TWO_OF_THREE, {"version": "1.0", "threshold": 11.0})

    assert evidence_of(other_side).comparison is None
    assert evidence_of(other_threshold).comparison is None


def test_a_value_that_the_data_lacks_is_taken_from_the_sentence() -> None:
    points = [{"timestamp": wire(51), "value": 3.5}, {"timestamp": wire(49)}]

    found = evidence_of(eventbridge(TWO_OF_THREE, {"evaluatedDatapoints": points}))

    assert [(p.at, p.value) for p in found.datapoints] == [(minute(49), 2.0), (minute(51), 3.5)]


RECENT = (
    "Threshold Crossed: 6 datapoints were less than the threshold (10.0). The most recent"
    " datapoints which crossed the threshold: [1.0 (17/02/26 11:51:00), 2.0 (17/02/26 11:50:00)]."
)


def test_a_run_that_is_listed_in_part_reaches_back_by_a_period_for_each_unlisted_datapoint() -> (
    None
):
    trigger = {"ComparisonOperator": "LessThanThreshold", "Threshold": 10.0, "Period": 60}

    exact = evidence_of(sns(RECENT, **trigger, EvaluationPeriods=6))
    loose = evidence_of(sns(RECENT, **trigger, EvaluationPeriods=10))

    assert not exact.measured
    assert exact.evaluation_start == minute(46)
    assert loose.evaluation_start == minute(42)


def test_a_start_that_the_data_gives_is_never_moved_later() -> None:
    data = {"startDate": wire(31), "period": 60}

    assert evidence_of(eventbridge(RECENT, data)).evaluation_start == minute(31)


def test_without_a_period_a_run_listed_in_part_starts_no_later_than_what_is_listed() -> None:
    (message,) = read(eventbridge(RECENT, period=None))

    assert isinstance(message.content, Alarm)
    assert find_onset(message.content, timedelta(0)).at == minute(50)
    assert not message.content.evidence.measured


def test_datapoints_that_were_missing_and_breached_were_not_measured() -> None:
    told = (
        "Threshold Crossed: 1 datapoint [0.0 (17/02/26 11:51:00)] was less than the threshold"
        " (10.0) and 2 missing datapoints were treated as [Breaching]."
    )
    shown = [
        {"timestamp": wire(51), "value": 0.0},
        {"timestamp": wire(49)},
        {"timestamp": wire(50)},
    ]

    by_sns = evidence_of(
        sns(told, ComparisonOperator="LessThanThreshold", Threshold=10.0, Period=60)
    )
    by_eventbridge = evidence_of(eventbridge(told, {"evaluatedDatapoints": shown, "period": 60}))

    assert not by_sns.measured
    assert by_sns.evaluated == by_eventbridge.evaluated == 3
    assert by_sns.evaluation_start == minute(49)
    assert not by_eventbridge.measured
    assert by_eventbridge.datapoints[0].at == minute(49)


BAND = (
    "Thresholds Crossed: 6 out of the last 8 datapoints were less than the lower thresholds [0.6]."
    " The most recent datapoints which crossed the thresholds: [0.5 (17/02/26 11:51:00), 0.4"
    " (17/02/26 11:50:00)] (minimum 6 datapoints for OK -> ALARM transition)."
)


def test_of_a_band_only_what_the_sentence_lists_is_known_to_have_breached() -> None:
    listed = [{"timestamp": wire(n), "value": 1.0} for n in range(44, 52)]

    found = evidence_of(eventbridge(BAND, {"evaluatedDatapoints": listed, "period": 60}))

    assert found.comparison is None
    assert not found.measured
    assert found.evaluated == 8


SHOWING = {
    ("Minimum", "less"): True,
    ("Maximum", "greater"): True,
    ("MINIMUM", "less"): True,
    ("Minimum", "greater"): False,
    ("Maximum", "less"): False,
    ("Average", "less"): False,
    ("Sum", "less"): False,
    ("SampleCount", "less"): False,
    ("p99", "greater"): False,
    ("tm(10%:90%)", "greater"): False,
    ("", "less"): False,
    (None, "less"): False,
}
GOOD_VALUE = {"less": 70.0, "greater": 1.0}


def extremes(
    statistic: str | None,
    *samples: object,
    side: str = "less",
    period: int = 60,
    good: int | None = 50,
) -> dict[str, Any]:
    """A breach at 11:51, and a good value before it; of how many samples both were made."""
    reason = (
        f"Threshold Crossed: 1 datapoint [9.0 (17/02/26 11:51:00)] was {side} than the threshold"
        " (10.0)."
    ).replace("9.0", "9.0" if side == "less" else "11.0")
    points: list[dict[str, object]] = [
        {"timestamp": wire(51), "value": 9.0 if side == "less" else 11.0}
    ]
    if good is not None:
        points.append({"timestamp": wire(good), "value": GOOD_VALUE[side]})
    for point, count in zip(points, samples, strict=False):
        point["sampleCount"] = count
    event = eventbridge(reason, {"evaluatedDatapoints": points, "period": period}, period=period)
    stat = event["detail"]["configuration"]["metrics"][0]["metricStat"]
    stat["stat"] = statistic
    event["detail"]["previousState"] = {"value": "OK", "timestamp": "2026-02-17T06:02:08.437+0000"}
    return event


@pytest.mark.parametrize(("statistic", "side"), SHOWING)
def test_only_the_extreme_on_the_bad_side_shows_every_bad_sample(
    statistic: str | None, side: str
) -> None:
    found = evidence_of(extremes(statistic, 60.0, 60.0, side=side))

    assert found.hides_part
    assert found.hidden == (timedelta(seconds=1) if SHOWING[statistic, side] else None)


FEW: dict[str, tuple[list[object], int, int | None, datetime]] = {
    "a sample each second": ([60.0, 60.0], 60, 50, minute(50) + timedelta(seconds=59)),
    "an exporter that is asked every five minutes": ([1.0, 1.0], 300, 46, minute(46)),
    "a check that is done every hour": ([1.0, 1.0], 3600, None, minute(51) - timedelta(hours=1)),
    "five samples in five minutes": ([5.0, 5.0], 300, 46, minute(50)),
    "fewer in the period that breached": ([2.0, 60.0], 60, 50, minute(50) + MINUTE / 2),
    "fewer in the good one": ([60.0, 2.0], 60, 50, minute(50) + MINUTE / 2),
    "part of a second counts as one": ([70.0, 70.0], 60, 50, minute(50) + MINUTE * 59 / 60),
    "slots without a value between them": ([6.0, 6.0], 60, 47, minute(47) + MINUTE * 50 / 60),
    "the good one is not listed": ([60.0], 60, None, minute(50)),
    "of the good one it is not told": ([60.0], 60, 50, minute(50)),
    "of the bad one it is not told": ([None, 60.0], 60, 50, minute(50)),
    "no sample, and yet a value": ([0.0, 60.0], 60, 50, minute(50)),
    "less than none": ([-60.0, 60.0], 60, 50, minute(50)),
    "a text": (["60", 60.0], 60, 50, minute(50)),
    "less than one": ([0.5, 0.5], 60, 50, minute(50)),
}


@pytest.mark.parametrize("case", FEW)
def test_an_extreme_hides_what_lies_between_two_samples(case: str) -> None:
    samples, period, good, began = FEW[case]

    found = alarm_of(extremes("Minimum", *samples, period=period, good=good))

    onset = find_onset(found, timedelta(minutes=15))
    assert (onset.at, onset.strength) == (began, "datapoint")


def test_sns_tells_of_no_samples_so_an_extreme_may_hide_a_whole_period() -> None:
    trigger = {"ComparisonOperator": "LessThanThreshold", "Threshold": 10.0, "Period": 60}

    for statistic in ("MINIMUM", "AVERAGE"):
        found = evidence_of(sns(TWO_OF_THREE, **trigger, Statistic=statistic))
        assert (found.hides_part, found.hidden) == (True, None)


def test_of_a_moment_that_is_listed_twice_the_fewest_samples_count() -> None:
    event = extremes("Minimum", 60.0, 60.0)
    data = json.loads(event["detail"]["state"]["reasonData"])
    data["evaluatedDatapoints"].append(data["evaluatedDatapoints"][0] | {"sampleCount": 3.0})
    event["detail"]["state"]["reasonData"] = json.dumps(data)

    assert evidence_of(event).hidden == timedelta(seconds=20)


def test_of_several_metrics_no_statistic_shows_every_bad_value() -> None:
    event = extremes("Minimum", 60.0, 60.0)
    metrics = event["detail"]["configuration"]["metrics"]
    metrics.append({"expression": "m1 / 2", "period": 60})

    assert evidence_of(event).hidden is None


def test_a_state_that_was_set_by_hand_is_not_explained() -> None:
    assert not evidence_of(eventbridge("testing purposes", {"period": 60})).explained
    assert not evidence_of(sns("testing purposes", Period=60)).explained


def alarm_of(event: object) -> Alarm:
    (message,) = read(event)
    assert isinstance(message.content, Alarm), message.content
    return message.content


SINCE: dict[object, datetime | None] = {
    "2026-02-17T11:40:00.000+0000": minute(40),
    "2026-02-17T11:53:08.431+0000": None,  # the transition itself: of how long it was, nothing
    "2026-02-17T11:54:00.000+0000": None,
    "yesterday": None,
    None: None,
    5: None,
}


@pytest.mark.parametrize("told", SINCE)
def test_since_when_the_state_before_lasted_is_known_if_that_is_before_the_transition(
    told: object,
) -> None:
    event = eventbridge()
    event["detail"]["previousState"] = {"value": "OK", "timestamp": told}
    action = {
        "source": "aws.cloudwatch",
        "alarmArn": ARN,
        "alarmData": event["detail"],
    }

    for found in (alarm_of(event), alarm_of(action)):
        assert (found.previous_state, found.previous_since) == ("OK", SINCE[told])


@pytest.mark.parametrize("told", [{}, {"value": 5}, {"value": None}, {"value": ""}])
def test_a_state_before_that_is_no_text_is_not_known(told: dict[str, object]) -> None:
    event = eventbridge()
    event["detail"]["previousState"] = told

    assert alarm_of(event).previous_state is None


@pytest.mark.parametrize(("told", "kept"), [("\ud800", "?"), ("A\nB", "A?B"), ("x" * 65, "x" * 64)])
def test_a_state_before_can_be_stored_and_shown_whatever_it_is(told: str, kept: str) -> None:
    event = eventbridge()
    event["detail"]["previousState"] = {"value": told}

    caution = find_onset(alarm_of(event), timedelta(minutes=15)).caution or ""

    assert f"the alarm was in {kept}: " in caution
    assert canonical.encode(alarm_of(event))


CONFIGURED = {
    "2026-02-17T11:40:00.000+0000": minute(40),
    "2026-02-17T11:53:08.431+0000": minute(53) + timedelta(seconds=8.431),
    "2026-02-17T11:54:00.000+0000": minute(53) + timedelta(seconds=8.431),
    "yesterday": None,
    None: None,
}


@pytest.mark.parametrize("told", CONFIGURED)
def test_an_alarm_was_configured_at_the_latest_when_it_went_off(told: str | None) -> None:
    event = sns()
    message = json.loads(event["Records"][0]["Sns"]["Message"])
    message |= {"OldStateValue": "OK", "AlarmConfigurationUpdatedTimestamp": told}

    found = alarm_of(message)

    assert (found.previous_state, found.configured_at) == ("OK", CONFIGURED[told])


OWN = {
    "lastgood": True,
    "Lastgood": False,
    "lastgood/orders": False,
    "not-lastgood": False,
    "AWS/Lambda": False,
    None: False,
}


@pytest.mark.parametrize("namespace", OWN)
def test_an_alarm_on_a_metric_of_lastgood_is_its_own_on_every_route(namespace: str | None) -> None:
    event = eventbridge()
    event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["namespace"] = namespace
    one = {"MetricStat": {"Metric": {"Namespace": namespace}}}

    for each in (event, sns(Namespace=namespace), sns(Metrics=[one])):
        assert alarm_of(each).own == OWN[namespace]


@pytest.mark.parametrize(
    ("expression", "own"),
    [
        ('SELECT MAX(lag_seconds) FROM "lastgood"', True),
        ("SELECT MAX(lag_seconds) FROM SCHEMA(lastgood, instance)", True),
        ("""SUM(SEARCH('{lastgood,instance} lag_seconds', 'Maximum'))""", True),
        ('SELECT MAX(Errors) FROM "AWS/Lambda"', False),
        ("lastgood_age / 2", False),
    ],
)
def test_an_expression_over_metrics_of_lastgood_is_its_own(expression: str, own: bool) -> None:  # noqa: FBT001 -- a column of the table
    event = eventbridge()
    event["detail"]["configuration"]["metrics"] = [{"expression": expression}]

    for each in (event, sns(Metrics=[{"Expression": expression}])):
        assert alarm_of(each).own == own


COUNTED: dict[str, tuple[str, int, int]] = {
    "2 out of the last 2 datapoints": ("2 out of the last 2", 5, 41),
    "no more than the two, by the sentence": ("2 out of the last 2", 2, 41),
    "good ones may stand between": ("2 out of the last 6", 6, 45),
    "more slots were empty than lie between": ("2 out of the last 2", 10, 37),
}


@pytest.mark.parametrize("case", COUNTED)
def test_the_sentence_counts_what_had_a_value_and_the_rest_may_be_a_silence(case: str) -> None:
    counted, evaluated, began = COUNTED[case]
    told = (
        f"Threshold Crossed: {counted} datapoints [1.0 (17/02/26 11:51:00), 2.0 (17/02/26"
        " 11:46:00)] were less than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM"
        " transition)."
    )
    trigger = {"ComparisonOperator": "LessThanThreshold", "Threshold": 10.0, "Period": 60}

    found = alarm_of(sns(told, **trigger, EvaluationPeriods=evaluated, DatapointsToAlarm=2))

    onset = find_onset(found, timedelta(minutes=15))
    assert (onset.at, onset.strength) == (minute(began), "datapoint")


@pytest.mark.parametrize("order", [1, -1])
def test_of_a_moment_that_is_listed_twice_the_value_that_breached_counts(order: int) -> None:
    points: list[dict[str, object]] = [
        {"timestamp": wire(49), "value": 3.0},
        {"timestamp": wire(49), "value": 70.0},
        {"timestamp": wire(49)},
        {"timestamp": wire(51), "value": 1.0},
    ]

    found = evidence_of(eventbridge(TWO_OF_THREE, {"evaluatedDatapoints": points[::order]}))

    assert [(p.at, p.value) for p in found.datapoints] == [(minute(49), 3.0), (minute(51), 1.0)]


@pytest.mark.parametrize(
    ("recent", "measured"),
    [
        ([70.0, 2.0, 1.0], True),
        ([3.0, 2.0, 1.0], False),
        ([3.0, None, 2.0, 1.0], False),
        ([None, "3"], True),
        ("3", True),
    ],
)
def test_more_values_that_breached_than_are_listed_with_a_moment_are_listed_nowhere(
    recent: object, *, measured: bool
) -> None:
    found = evidence_of(eventbridge(TWO_OF_THREE, {"recentDatapoints": recent}))

    assert found.measured is measured


def test_a_value_that_breached_by_the_sentence_is_not_good_by_the_data() -> None:
    points = [{"timestamp": wire(51), "value": 70.0}, {"timestamp": wire(49), "value": 70.0}]

    found = evidence_of(eventbridge(TWO_OF_THREE, {"evaluatedDatapoints": points}))

    assert [p.value for p in found.datapoints] == [2.0, 1.0]


ABSURD_DATA = {
    "not JSON": "{",
    "a list": "[1]",
    "a number": 5,
    "brackets without end": "[" * 100_000,
    "half a character": "\ud800",
    "another version": {"version": "2.0", "period": 60, "startDate": wire(49)},
    "a period of eight days": {"period": 8 * 86400},
    "a period of none": {"period": 0},
    "a period of less than none": {"period": -60},
    "part of a second": {"period": 0.5},
    "a period that is true": {"period": True},
    "a threshold that is no number": {"threshold": float("nan")},
    "a threshold beyond numbers": {"threshold": 10**400},
    "an infinite threshold": {"threshold": float("inf")},
    "a start in another century": {"startDate": "1999-12-31T23:59:59.999+0000"},
    "a start in the next century": {"startDate": "2101-01-01T00:00:00.000+0000"},
    "a start at the end of time": {"startDate": "9999-12-31T23:59:59.999-2359"},
    "a start without offset": {"startDate": "2026-02-17T11:49:00.000"},
    "datapoints that are none": {"evaluatedDatapoints": {"timestamp": wire(49)}},
    "a datapoint that is none": {"evaluatedDatapoints": [None, 5, "x", {"value": 1.0}]},
    "children that are none": {"triggeringAlarms": [None, {"state": None}, {"state": {}}]},
    "a child that is fine": {
        "triggeringAlarms": [{"arn": "a", "state": {"value": "OK", "timestamp": wire(49)}}]
    },
    "a child at no time": {"triggeringAlarms": [{"state": {"value": "ALARM", "timestamp": 5}}]},
}


@pytest.mark.parametrize("case", ABSURD_DATA)
def test_absurd_data_counts_as_not_given(case: str) -> None:
    found = evidence_of(eventbridge(data=ABSURD_DATA[case], period=None))

    assert found == Evidence()


def test_a_value_that_is_no_number_leaves_the_datapoint_without_one() -> None:
    points = [{"timestamp": wire(50), "value": float("nan")}, {"timestamp": wire(51), "value": "1"}]

    found = evidence_of(eventbridge(data={"evaluatedDatapoints": points}))

    assert [(p.at, p.value) for p in found.datapoints] == [(minute(50), None), (minute(51), None)]


ABSURD_TRIGGERS: dict[str, dict[str, object]] = {
    "periods": {"Period": 8 * 86400},
    "evaluation periods": {"EvaluationPeriods": 10_001},
    "negative": {"EvaluationPeriods": -1, "DatapointsToAlarm": -1, "Period": -1},
    "texts": {"EvaluationPeriods": "3", "Period": "60", "Threshold": "10"},
    "no operator": {"ComparisonOperator": ["LessThanThreshold"], "Threshold": 10.0},
    "no threshold": {"ComparisonOperator": "LessThanThreshold", "Threshold": None},
}


@pytest.mark.parametrize("case", ABSURD_TRIGGERS)
def test_an_absurd_trigger_counts_as_not_given(case: str) -> None:
    found = evidence_of(sns(**ABSURD_TRIGGERS[case]))

    assert found == Evidence()


def test_of_several_metrics_the_longest_period_counts() -> None:
    event = eventbridge()
    metrics = event["detail"]["configuration"]["metrics"]
    metrics += [{"expression": "SELECT 1", "period": 900}, {"id": "m", "expression": "m1 / m2"}]

    assert evidence_of(event).period == timedelta(minutes=15)


def test_the_period_of_the_data_never_shortens_that_of_a_metric() -> None:
    assert evidence_of(eventbridge(None, {"period": 10})).period == timedelta(minutes=1)
    assert evidence_of(eventbridge(None, {"period": 300})).period == timedelta(minutes=5)


# --- states that rest on no value

FOR_WANT_OF_DATA = (
    "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were"
    " treated as [NonBreaching]."
)
ONE_OF_TWO = (
    "Threshold Crossed: 1 out of the last 2 datapoints [1.0 (17/02/26 11:51:00)] was less than the"
    " threshold (10.0) (minimum 1 datapoint for OK -> ALARM transition)."
)
GOOD_BEFORE = [{"timestamp": wire(51), "value": 1.0}, {"timestamp": wire(50), "value": 70.0}]
GOOD_BETWEEN = [
    {"timestamp": wire(51), "value": 1.0},
    {"timestamp": wire(50), "value": 70.0},
    {"timestamp": wire(49), "value": 2.0},
]
GOOD_AT_FIRST = [{"timestamp": wire(49), "value": 70.0}]
SILENT_OK = {"value": "OK", "reason": FOR_WANT_OF_DATA}
WAY_BACK = (
    "Threshold Crossed: 1 datapoint [70.0 (17/02/26 05:59:00)] was not less than the threshold"
    " (10.0)."
)
OK_BY_HAND = {"value": "OK", "reason": "reset by runbook"}
BEFORE: dict[str, tuple[dict[str, str], str, object, str | None]] = {
    "an OK by a value": ({"value": "OK", "reason": WAY_BACK}, ONE_OF_TWO, None, "OK"),
    "an OK without a reason": ({"value": "OK"}, ONE_OF_TWO, None, "OK"),
    "an OK by hand": (OK_BY_HAND, ONE_OF_TWO, None, "OK as set by hand"),
    "the same, and a good value since": (OK_BY_HAND, ONE_OF_TWO, GOOD_BEFORE, "OK"),
    "an OK for want of data": (SILENT_OK, ONE_OF_TWO, None, "OK for want of data"),
    "the same, and nothing explained": (SILENT_OK, "a drill", None, "OK for want of data"),
    "the same, but a good value since": (SILENT_OK, ONE_OF_TWO, GOOD_BEFORE, "OK"),
    "the same, but a good value only after": (
        SILENT_OK,
        TWO_OF_THREE,
        GOOD_BETWEEN,
        "OK for want of data",
    ),
    "the same, and earlier breaches are not listed": (
        SILENT_OK,
        RECENT,
        GOOD_AT_FIRST,
        "OK for want of data",
    ),
    "the same, and no breach is listed": (
        SILENT_OK,
        "a drill",
        GOOD_BEFORE[1:],
        "OK for want of data",
    ),
    "none": ({}, ONE_OF_TWO, None, "a state that is not told"),
    "none, but a good value only after": (
        {},
        TWO_OF_THREE,
        GOOD_BETWEEN,
        "a state that is not told",
    ),
    "none, but a good value": ({}, ONE_OF_TWO, GOOD_BEFORE, None),
    "none, and nothing explained": ({}, "a drill", None, None),
    "none, and not all is listed": ({}, RECENT, None, None),
}


@pytest.mark.parametrize("case", BEFORE)
def test_what_was_before_is_unknown_if_neither_the_state_nor_a_good_value_tells_it(
    case: str,
) -> None:
    told, sentence, points, expected = BEFORE[case]
    event = eventbridge(sentence, {"evaluatedDatapoints": points})
    event["detail"]["previousState"] = told | {"timestamp": "2026-02-17T06:02:08.437+0000"}

    found = alarm_of(event)

    assert found.previous_state == expected
    if "value" in told:
        assert found.previous_since is not None


def test_an_ok_for_want_of_data_is_no_way_back_by_whatever_route() -> None:
    event = eventbridge(FOR_WANT_OF_DATA)
    event["detail"]["state"]["value"] = "OK"
    notice = sns(FOR_WANT_OF_DATA)
    message = json.loads(notice["Records"][0]["Sns"]["Message"]) | {"NewStateValue": "OK"}

    assert alarm_of(event).state == alarm_of(message).state == "NO_DATA"
    message["NewStateReason"] = event["detail"]["state"]["reason"] = "a drill is over"
    assert alarm_of(event).state == alarm_of(message).state == "OK_MANUAL"
    message["NewStateReason"] = event["detail"]["state"]["reason"] = WAY_BACK
    assert alarm_of(event).state == alarm_of(message).state == "OK"


def test_a_silence_that_was_told_and_in_no_alarm_leaves_the_alarm_as_it_is() -> None:
    event = eventbridge(FOR_WANT_OF_DATA)

    assert alarm_of(event).state == alarm_of(sns(FOR_WANT_OF_DATA)).state == "ALARM"


PASSED = (
    "Threshold Crossed: 1 datapoint [1.0 (17/02/26 11:51:00)] was less than the threshold (10.0)"
    " and 2 missing datapoints were treated as [NonBreaching]."
)


def test_empty_slots_that_are_not_listed_may_lie_before_the_first_breach() -> None:
    trigger = {"ComparisonOperator": "LessThanThreshold", "Threshold": 10.0, "Period": 60}
    slots = [
        {"timestamp": wire(51), "value": 1.0},
        {"timestamp": wire(50)},
        {"timestamp": wire(49)},
    ]

    hidden = evidence_of(sns(PASSED, **trigger, EvaluationPeriods=3))
    listed = evidence_of(eventbridge(PASSED, {"evaluatedDatapoints": slots}))

    assert (hidden.measured, hidden.evaluation_start) == (False, minute(49))
    assert listed.measured
    assert find_onset(alarm_of(eventbridge(PASSED)), timedelta(minutes=15)).strength != "datapoint"


@pytest.mark.parametrize(
    ("pending", "interval", "evaluated", "period"),
    [
        (3600, 300, 12, 300),
        (120, 60, 2, 60),
        (90, 60, 2, 60),
        (600, None, 1, 600),
        (0, 60, None, 60),
        (None, None, None, None),
    ],
)
def test_a_promql_query_has_to_be_true_for_a_while_and_tells_no_more_than_a_guess(
    pending: int | None, interval: int | None, evaluated: int | None, period: int | None
) -> None:
    event = eventbridge(ONE_OF_TWO, {"evaluatedDatapoints": GOOD_BEFORE, "period": 60})
    event["detail"]["configuration"] = {
        "evaluationCriteria": {"promQLCriteria": {"query": "x < 1", "pendingPeriod": pending}},
        "evaluationInterval": interval,
    }

    found = evidence_of(event)

    assert (found.evaluated, found.period) == (
        evaluated,
        timedelta(seconds=period) if period else None,
    )
    assert find_onset(alarm_of(event), timedelta(minutes=15)).strength == "guess"


@pytest.mark.parametrize(
    "told",
    [
        "2026-02-17T11:53:08.431+0000",
        "2026-02-17T11:53:08.431Z",
        "2026-02-17T11:53:08.431+00:00",
        "2026-02-17T13:53:08.431+0200",
        "2026-02-17T11:53:08.431000+0000",
    ],
)
def test_one_moment_is_the_same_transition_however_its_time_is_written(told: str) -> None:
    event = eventbridge()
    event["detail"]["state"]["timestamp"] = told

    assert alarm_of(event).changed_at == alarm_of(eventbridge()).changed_at


NULL = {
    "eventbridge": ("previousState", "configuration", "muteDetail", "alarmTags"),
    "configuration": ("metrics", "evaluationCriteria", "evaluationInterval"),
}


@pytest.mark.parametrize("key", NULL["eventbridge"])
def test_a_part_of_an_event_that_is_null_is_absent(key: str) -> None:
    without, event = eventbridge(ONE_OF_TWO), eventbridge(ONE_OF_TWO)
    without["detail"].pop(key, None)
    event["detail"][key] = None

    assert alarm_of(event) == alarm_of(without)


@pytest.mark.parametrize("key", NULL["configuration"])
def test_a_part_of_a_configuration_that_is_null_is_absent(key: str) -> None:
    without, event = eventbridge(ONE_OF_TWO), eventbridge(ONE_OF_TWO)
    without["detail"]["configuration"].pop(key, None)
    event["detail"]["configuration"][key] = None

    assert alarm_of(event) == alarm_of(without)


def test_criteria_without_a_promql_query_are_none() -> None:
    event = eventbridge(ONE_OF_TWO)
    event["detail"]["configuration"]["evaluationCriteria"] = {"promQLCriteria": None}

    assert alarm_of(event) == alarm_of(eventbridge(ONE_OF_TWO))


def test_a_trigger_that_is_null_is_absent() -> None:
    message = json.loads(sns(ONE_OF_TWO)["Records"][0]["Sns"]["Message"])

    assert alarm_of(message | {"Trigger": None}) == alarm_of(message | {"Trigger": {}})


def test_an_empty_suppressor_suppresses_nothing() -> None:
    event = eventbridge(ONE_OF_TWO)
    event["detail"]["state"]["actionsSuppressedBy"] = ""

    assert alarm_of(event).suppressed_by is None
    event["detail"]["state"]["actionsSuppressedBy"] = "WaitPeriod"
    assert alarm_of(event).suppressed_by == "WaitPeriod"


NAMING = [
    f"SELECT MIN(Keys)\nFROM SCHEMA(X, id) WHERE id = '{REDIS}'",
    f"""SUM(SEARCH('{{X,id}} id="{REDIS}"', 'Sum'))""",
    "x" * 60_000 + f" {REDIS}",
]


@pytest.mark.parametrize("expression", NAMING)
def test_an_id_within_an_expression_or_query_is_seen_on_every_route(expression: str) -> None:
    by_eventbridge, by_promql = eventbridge(), eventbridge()
    by_eventbridge["detail"]["configuration"]["metrics"] = [{"expression": expression}]
    by_promql["detail"]["configuration"] = {
        "evaluationCriteria": {"promQLCriteria": {"query": expression}}
    }
    by_sns = sns(Metrics=[{"Expression": expression}])

    for event in (by_eventbridge, by_promql, by_sns):
        concerned = policy().meant_by(alarm_of(event))
        assert [instance.id for instance in concerned if not isinstance(instance, str)] == [REDIS]


def test_an_id_within_an_expression_that_the_name_does_not_mean_makes_it_ambiguous() -> None:
    event = eventbridge()
    event["detail"]["alarmName"] = "orders-cache-keys"
    event["detail"]["configuration"]["metrics"] = [{"expression": f"SEARCH('{RDS}', 'Sum')"}]

    assert isinstance(policy().meant_by(alarm_of(event)), str)
