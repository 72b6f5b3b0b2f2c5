from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lastgood.dialects.doubts import hides_values
from lastgood.domain.alarm import Alarm
from lastgood.domain.onset import find_onset
from tests.unit.test_dialects_evidence import (
    BAND,
    GOOD_BEFORE,
    GOOD_BETWEEN,
    ONE_OF_TWO,
    PASSED,
    TWO_OF_THREE,
    WAY_BACK,
    alarm_of,
    eventbridge,
    evidence_of,
    sns,
    wire,
)

EXPRESSIONS: dict[object, bool] = {
    "m1": False,
    "m1 / m2": False,
    "evicted / (evicted + written)": False,
    "100*(hits/(hits+misses))": False,
    "-m1 + 2.5": False,
    "ABS(cached - stored)": False,
    "CEIL(m1) - FLOOR( (m2) )": False,
    "m1/PERIOD(m1)": False,
    "ANOMALY_DETECTION_BAND(m1, 2)": False,
    "ANOMALY_DETECTION_BAND(m1)": False,
    'SELECT MIN(RedisKeys) FROM SCHEMA("X", id)': False,
    "select min(keys)\nFROM x": False,
    "": False,
    None: False,
    "IF(m2 > 50, m1, 1000000)": True,
    "IF(HOUR(m1)>=8 AND HOUR(m1)<20, m1, 100000)": True,
    "IF(requests>0, errors/requests, 0)": True,
    "(m1 < 1000) AND (m2 > 50)": True,
    "m1 and m2": True,
    "m1*(m2>50)": True,
    "m1 == 3": True,
    "m1 m2": True,
    "DIFF(m1)": True,
    "RATE(m1)": True,
    "MAX([m1,m2])": True,
    "MIN(METRICS())": True,
    "SUM([m1, m2])": True,
    "AVG(m1)": True,
    "FILL(m1, 0)": True,
    "m2 / fill (m1, 0)": True,
    "RUNNING_SUM(m1)": True,
    "TIME_SERIES(0)": True,
    "DATAPOINT_COUNT(m1)": True,
    "METRIC_COUNT(METRICS())": True,
    "ABS(FILL(m1, REPEAT))": True,
    "ABS(m1) - if(m2, 1, 0)": True,
    "ANOMALY_DETECTION_BAND(m1, 2) + FILL(m1, 0)": True,
    "SUM(SEARCH('{X,id} keys', 'Sum'))": True,
    "SELECTED(m1)": True,
    "REFILLS + BACKFILL(m1)": True,
    "m1 +": True,
    "()": True,
    " ": True,
    5: True,
    ("m1",): True,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_only_what_follows_from_the_values_of_one_period_hides_none(expression: object) -> None:
    assert hides_values("m1 / 2", expression) == EXPRESSIONS[expression]


def test_an_expression_of_any_length_is_judged_in_one_go() -> None:
    assert hides_values("(" * 30_000 + "m1") is False
    assert hides_values("a" * 30_000 + "(" + " " * 30_000)
    assert hides_values("m1 + " * 10_000)


def caution_of(alarm: Alarm) -> str:
    return find_onset(alarm, timedelta(minutes=15)).caution or ""


@pytest.mark.parametrize(("expression", "doubted"), [("IF(m1, m2, 0)", True), ("m1 / m2", False)])
def test_what_an_expression_may_hide_was_not_measured_and_never_acts(
    expression: str, *, doubted: bool
) -> None:
    query = {"expression": expression, "period": 60}
    by_eventbridge = eventbridge(ONE_OF_TWO, {"evaluatedDatapoints": GOOD_BEFORE})
    by_eventbridge["detail"]["configuration"]["metrics"].append(query)
    by_sns = sns(TWO_OF_THREE, Metrics=[{"Expression": expression, "Period": 60}])

    for event in (by_eventbridge, by_sns):
        assert evidence_of(event).measured != doubted
        assert ("expression may hide values" in caution_of(alarm_of(event))) == doubted


PASSES = "periods without a value pass for good"
TRIGGER = {"ComparisonOperator": "LessThanThreshold", "Threshold": 10.0, "Period": 60}
TREATMENTS: dict[tuple[object, object], bool] = {
    ("missing", ""): False,
    ("breaching", "evaluate"): False,
    ("", None): False,
    (None, None): False,
    (5, 5): False,
    ("- TreatMissingData:                    missing", ""): False,
    ("- TreatMissingData: Breaching", "- EvaluateLowSampleCountPercentile: evaluate"): False,
    ("- TreatMissingData:", "- EvaluateLowSampleCountPercentile:"): False,
    ("notBreaching", ""): True,
    ("ignore", ""): True,
    ("- TreatMissingData:                    notBreaching", ""): True,
    ("- TreatMissingData: Ignore ", ""): True,
    ("missing", "ignore"): True,
    ("missing", "- EvaluateLowSampleCountPercentile: ignore"): True,
    ("a treatment that nobody knows", ""): True,
}


@pytest.mark.parametrize("treatments", TREATMENTS)
def test_by_sns_a_silence_that_passes_for_good_may_have_come_before_the_first_bad_value(
    treatments: tuple[object, object],
) -> None:
    missing, few = treatments
    told = {"TreatMissingData": missing, "EvaluateLowSampleCountPercentile": few}

    found = alarm_of(sns(TWO_OF_THREE, **TRIGGER, **told))

    assert (PASSES in caution_of(found)) == TREATMENTS[treatments]


@pytest.mark.parametrize(
    ("points", "doubted"),
    [
        (None, True),
        (GOOD_BETWEEN, True),
        ([*GOOD_BETWEEN, {"timestamp": wire(48), "value": 70.0}], False),
    ],
)
def test_by_eventbridge_only_the_sentence_tells_that_a_silence_passed_for_good(
    points: list[dict[str, Any]] | None, *, doubted: bool
) -> None:
    passed = TWO_OF_THREE.replace(
        " (minimum", " and 2 missing datapoints were treated as [NonBreaching] (minimum"
    )
    slots = [{"timestamp": wire(40)}, {"timestamp": wire(41)}]

    found = alarm_of(eventbridge(passed, {"evaluatedDatapoints": [*slots, *(points or [])]}))

    assert (PASSES in caution_of(found)) == doubted
    assert PASSES in caution_of(alarm_of(sns(PASSED, **TRIGGER)))


def test_of_a_band_no_value_is_known_to_be_good() -> None:
    assert PASSES in caution_of(alarm_of(sns(BAND, TreatMissingData="ignore")))


EDITED = "the alarm was edited since it was OK"
WAS: dict[str, tuple[dict[str, object] | None, str | None, bool]] = {
    "the same": (
        {"threshold": 10, "period": 60, "statistic": "Minimum"},
        WAY_BACK,
        False,
    ),
    "nothing is told": (None, None, False),
    "another threshold": ({"threshold": 1.0}, None, True),
    "another period": ({"period": 300}, None, True),
    "another statistic": ({"statistic": "Average"}, None, True),
    "another threshold in the sentence": (None, WAY_BACK.replace("(10.0)", "(1.0)"), True),
    "another side in the sentence": (None, WAY_BACK.replace("less", "greater"), True),
    "the threshold itself was good": (
        None,
        WAY_BACK.replace("less than", "less than or equal to"),
        True,
    ),
    "a sentence of another kind": (None, "reset by runbook", False),
}


@pytest.mark.parametrize("case", WAS)
def test_an_alarm_that_compares_another_way_than_when_it_was_ok_was_edited(case: str) -> None:
    data, sentence, edited = WAS[case]
    now = {"threshold": 10.0, "period": 60, "statistic": "Minimum"}
    event = eventbridge(ONE_OF_TWO, {"evaluatedDatapoints": GOOD_BEFORE, **now})
    was = eventbridge(sentence, data)["detail"]["state"]
    event["detail"]["previousState"] = was | {
        "value": "OK",
        "timestamp": "2026-02-17T06:02:08.437+0000",
    }
    action = {
        "source": "aws.cloudwatch",
        "alarmArn": event["resources"][0],
        "alarmData": event["detail"],
    }

    for each in (event, action):
        assert (EDITED in caution_of(alarm_of(each))) == edited


def test_an_alarm_whose_own_sentence_was_not_understood_is_compared_by_its_data() -> None:
    event = eventbridge("a drill", {"threshold": 10.0})
    event["detail"]["previousState"] = {
        "value": "OK",
        "reason": WAY_BACK.replace("(10.0)", "(1.0)"),
    }

    assert EDITED in caution_of(alarm_of(event))


def test_an_ok_by_hand_tells_nothing_of_what_was_before_it() -> None:
    event = eventbridge(ONE_OF_TWO)
    event["detail"]["previousState"] = {
        "value": "OK",
        "reason": "reset by runbook",
        "timestamp": "2026-02-17T11:49:00.000+0000",
    }

    found = find_onset(alarm_of(event), timedelta(minutes=15))

    assert found.at == datetime(2026, 2, 17, 11, 34, tzinfo=UTC)
    assert "in OK as set by hand since 2026-02-17T11:49:00Z" in (found.caution or "")
