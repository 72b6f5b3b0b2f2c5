from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lastgood.dialects.reason import Reason, comparison_named, parse_reason, state_told
from lastgood.domain.alarm import Comparison, Datapoint


def point(minute: int, value: float) -> Datapoint:
    return Datapoint(datetime(2026, 2, 17, 11, minute, tzinfo=UTC), value)


UNDERSTOOD = {
    "Threshold Crossed: 1 datapoint [63.0 (17/02/26 11:51:00)] was greater than the threshold"
    " (3.0).": Reason(
        crossed=1,
        comparison=Comparison("above", or_equal=False, threshold=3.0),
        datapoints=(point(51, 63.0),),
    ),
    "Threshold Crossed: 2 datapoints [1.0 (17/02/26 11:51:00), 3.0 (17/02/26 11:50:00)] were less"
    " than or equal to the threshold (3.0).": Reason(
        crossed=2,
        comparison=Comparison("below", or_equal=True, threshold=3.0),
        datapoints=(point(51, 1.0), point(50, 3.0)),
    ),
    "Threshold Crossed: 1 out of the last 1 datapoints [1.0E7 (17/02/26 11:51:00)] was greater than"
    " or equal to the threshold (1.0E7) (minimum 1 datapoint for OK -> ALARM transition).": Reason(
        crossed=1,
        comparison=Comparison("above", or_equal=True, threshold=1e7),
        datapoints=(point(51, 1e7),),
        evaluated=1,
    ),
    "Threshold Crossed: 2 out of the last 3 datapoints [-4.9E-4 (17/02/26 11:51:00), -1.25"
    " (17/02/26 11:49:00)] were less than the threshold (0.0) (minimum 2 datapoints for OK ->"
    " ALARM transition).": Reason(
        crossed=2,
        comparison=Comparison("below", or_equal=False, threshold=0.0),
        datapoints=(point(51, -0.00049), point(49, -1.25)),
        evaluated=3,
    ),
    "Threshold Crossed: 24 datapoints were greater than the threshold (0.0). The most recent"
    " datapoints which crossed the threshold: [2.0 (17/02/26 11:51:00), 1.0 (17/02/26"
    " 11:50:00)].": Reason(
        crossed=24,
        comparison=Comparison("above", or_equal=False, threshold=0.0),
        datapoints=(point(51, 2.0), point(50, 1.0)),
    ),
    "Threshold Crossed: 8 out of the last 10 datapoints were less than the threshold (1000.0). The"
    " most recent datapoints which crossed the threshold: [2.0 (17/02/26 11:51:00)] (minimum 8"
    " datapoints for OK -> ALARM transition).": Reason(
        crossed=8,
        comparison=Comparison("below", or_equal=False, threshold=1000.0),
        datapoints=(point(51, 2.0),),
        evaluated=10,
    ),
    "Threshold Crossed: 1 datapoint was less than the threshold (1.0). The most recent datapoint"
    " which crossed the threshold: [0.0 (17/02/26 11:51:00)].": Reason(
        crossed=1,
        comparison=Comparison("below", or_equal=False, threshold=1.0),
        datapoints=(point(51, 0.0),),
    ),
    "Threshold Crossed: 1 datapoint [0.0 (17/02/26 11:51:00)] was less than the threshold (1.0)"
    " and 1 missing datapoint was treated as [Breaching].": Reason(
        crossed=1,
        missing=1,
        comparison=Comparison("below", or_equal=False, threshold=1.0),
        datapoints=(point(51, 0.0),),
    ),
    "Threshold Crossed: 1 datapoint [0.0 (17/02/26 11:51:00)] was less than the threshold (1.0)"
    " and 2 missing datapoints were treated as [NonBreaching].": Reason(
        crossed=1,
        passed=2,
        comparison=Comparison("below", or_equal=False, threshold=1.0),
        datapoints=(point(51, 0.0),),
    ),
    "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were"
    " treated as [Breaching].": Reason(crossed=0, missing=3, evaluated=3),
    "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were"
    " treated as [NonBreaching].": Reason(crossed=0, passed=2, evaluated=2),
    "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was"
    " treated as [Breaching].": Reason(crossed=0, missing=1, evaluated=1),
    "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were"
    " treated as [Breaching].": Reason(crossed=1, missing=2, evaluated=3),
    "Thresholds Crossed: 2 out of the last 2 datapoints [28.2 (17/02/26 11:51:00), 27.0 (17/02/26"
    " 11:46:00)] were less than the lower thresholds [31.7, 31.3] or greater than the upper"
    " thresholds [33.0, 32.6] (minimum 2 datapoints for OK -> ALARM transition).": Reason(
        crossed=2, datapoints=(point(51, 28.2), point(46, 27.0)), evaluated=2
    ),
    "Thresholds Crossed: 1 out of the last 3 datapoints [40.6 (17/02/26 11:51:00)] was greater than"
    " the upper thresholds [14.4] (minimum 1 datapoint for OK -> ALARM transition).": Reason(
        crossed=1, datapoints=(point(51, 40.6),), evaluated=3
    ),
}


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_a_known_wording_tells_all_that_it_says(text: str) -> None:
    assert parse_reason(text) == UNDERSTOOD[text]


ONE = (
    "Threshold Crossed: 1 datapoint [63.0 (17/02/26 11:51:00)]"
    " was greater than the threshold (3.0)."
)

ABSENT = (
    "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were"
    " treated as [{}]."
)
NOT_FOR_WANT_OF_DATA = (
    ONE,
    ONE[:-1] + " and 2 missing datapoints were treated as [NonBreaching].",
    ONE.replace("was greater", "was not greater"),
    ABSENT.format("Breaching"),
    "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a transitioned to OK at Tuesday 17 February",
    "6 out of 6 time series evaluated to OK",
    "",
    None,
    5,
)
BY_HAND = (
    "failover drill",
    "reset by runbook",
    "Note: " + ONE,
    "Threshold Crossedly",
    "Unchecked: Initial alarm creation",
)


def test_only_a_sentence_without_any_value_tells_of_an_ok_for_want_of_data() -> None:
    assert state_told("OK", ABSENT.format("NonBreaching")) == "NO_DATA"
    assert state_told("OK", ABSENT[:60]) == "NO_DATA"
    assert {state_told("OK", each) for each in NOT_FOR_WANT_OF_DATA} == {"OK"}
    assert state_told("ALARM", ABSENT.format("NonBreaching")) == "ALARM"


def test_an_ok_in_other_words_than_those_of_cloudwatch_was_set_by_hand() -> None:
    assert {state_told("OK", each) for each in BY_HAND} == {"OK_MANUAL"}
    assert {state_told("ALARM", each) for each in BY_HAND} == {"ALARM"}


NAMED: dict[object, Comparison | None] = {
    ONE: Comparison("above", or_equal=False, threshold=3.0),
    ONE.replace("was greater", "was not greater"): Comparison(
        "above", or_equal=False, threshold=3.0
    ),
    "6 datapoints were not less than or equal to the threshold (-1.5E-3), and more": Comparison(
        "below", or_equal=True, threshold=-0.0015
    ),
    "was less than the threshold (1.0E999)": None,
    "was less than the lower thresholds [0.6]": None,
    "reset by runbook": None,
    None: None,
}


@pytest.mark.parametrize("text", NAMED)
def test_a_sentence_of_the_way_back_names_the_comparison_as_well(text: object) -> None:
    assert comparison_named(text) == NAMED[text]


NOT_UNDERSTOOD = {
    "nothing": "",
    "no text": None,
    "a number": 5,
    "a person's words": "failover drill",
    "the words of a new alarm": "Unchecked: Initial alarm creation",
    "no data": "Insufficient Data: 1 datapoint was unknown.",
    "a composite's": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a transitioned to ALARM at"
    " Tuesday 17 February, 2026 11:55:21 UTC",
    "Metrics Insights as a whole": "6 out of 6 time series evaluated to ALARM",
    "a way back to OK": ONE.replace("was greater", "was not greater"),
    "the minimum for OK": ONE[:-1] + " (minimum 1 datapoint for ALARM -> OK transition).",
    "another verb": ONE.replace("greater than", "beyond"),
    "not equal": ONE.replace("greater than", "equal to"),
    "words after it": ONE + " Or so.",
    "words before it": "Note: " + ONE,
    "values without times": ONE.replace(" (17/02/26 11:51:00)", ""),
    "a day that is none": ONE.replace("17/02/26", "30/02/26"),
    "a month first": ONE.replace("17/02/26", "02/17/26"),
    "an hour that is none": ONE.replace("11:51:00", "25:51:00"),
    "no number as threshold": ONE.replace("(3.0)", "(NaN)"),
    "an infinite threshold": ONE.replace("(3.0)", "(1.0E999)"),
    "an infinite value": ONE.replace("63.0", "9.9E400"),
    "other digits than ASCII": ONE.replace("63.0", "\u0666\u0663.\u0660"),
    "too many datapoints to be meant": ONE.replace("1 datapoint", "10001 datapoints"),
    "too many periods to be meant": ONE.replace(
        "1 datapoint", "1 out of the last 10001 datapoints"
    ),
    "no datapoint at all": ONE.replace("1 datapoint", "0 datapoints"),
    "another treatment": "Threshold Crossed: no datapoints were received for 1 period and 1 missing"
    " datapoint was treated as [Ignored].",
}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
def test_any_other_wording_tells_nothing(case: str) -> None:
    assert parse_reason(NOT_UNDERSTOOD[case]) is None


def test_a_very_long_list_is_read_in_one_go() -> None:
    listing = ", ".join(["1.0 (17/02/26 11:51:00)"] * 20_000)

    told = parse_reason(
        f"Threshold Crossed: 3 datapoints [{listing}] were greater than the threshold"
    )

    assert told is None
