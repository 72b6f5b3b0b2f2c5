from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain.alarm import Alarm, Comparison, Datapoint, Evidence
from lastgood.domain.onset import LATENESS, Onset, find_onset
from tests.support.strategies import unhurried

CHANGED = datetime(2026, 2, 17, 11, 53, 8, 431000, tzinfo=UTC)
LOOKBACK = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
BELOW_TEN = Comparison("below", or_equal=False, threshold=10.0)


def minute(number: int) -> datetime:
    return datetime(2026, 2, 17, 11, number, tzinfo=UTC)


def points(**values: float | None) -> tuple[Datapoint, ...]:
    """`m49=1.0` is a datapoint of 11:49."""
    return tuple(Datapoint(minute(int(at[1:])), value) for at, value in values.items())


def measured(datapoints: tuple[Datapoint, ...] = (), **changes: Any) -> Evidence:
    """Averages of a minute each that must not be below ten, as CloudWatch itself explained them."""
    ordinary = Evidence(
        comparison=BELOW_TEN, datapoints=datapoints, period=MINUTE, evaluated=1, explained=True
    )
    return msgspec.structs.replace(ordinary, **changes)


def alarm(evidence: Evidence, **changes: Any) -> Alarm:
    ordinary = Alarm(
        source="arn", name="keys", state="ALARM", changed_at=CHANGED, evidence=evidence
    )
    return msgspec.structs.replace(ordinary, **changes)


def onset_of(evidence: Evidence, lookback: timedelta = LOOKBACK, **changes: Any) -> Onset:
    return find_onset(alarm(evidence, **changes), lookback)


# --- measured datapoints

AVERAGES = {
    "one breach": (points(m51=1.0), 50),
    "every datapoint breaches": (points(m49=1.0, m50=2.0, m51=3.0), 48),
    "good ones before the first breach": (points(m48=50.0, m49=50.0, m50=2.0, m51=3.0), 49),
    "a good one in between": (points(m48=50.0, m49=1.0, m50=50.0, m51=3.0), 48),
    "many good ones in between": (
        points(m45=1.0, m46=50.0, m47=50.0, m48=50.0, m49=50.0, m50=50.0, m51=3.0),
        44,
    ),
    "the newest is good again": (points(m49=1.0, m50=2.0, m51=50.0), 48),
    "missing values after the last good one": (points(m46=50.0, m47=None, m48=None, m49=3.0), 46),
    "slots that are not even listed": (points(m45=50.0, m50=3.0), 45),
    "unordered": (points(m51=3.0, m49=1.0, m48=50.0, m50=2.0), 48),
    "one on the threshold does not breach": (points(m50=10.0, m51=3.0), 50),
    "a datapoint after the transition did not cause it": (points(m51=3.0, m54=1.0), 50),
}


@pytest.mark.parametrize("case", AVERAGES)
def test_an_average_may_hide_bad_data_for_one_period_before_the_first_breach(case: str) -> None:
    datapoints, first = AVERAGES[case]

    onset = onset_of(measured(datapoints))

    assert (onset.at, onset.basis, onset.strength) == (minute(first), "datapoint", "datapoint")
    assert onset.caution is None


SPARSE = {
    "slots between them are empty": (points(m48=1.0, m49=None, m50=None, m51=3.0), 1, 45),
    "slots between them are not listed": (points(m45=1.0, m47=2.0, m50=3.0), 3, 42),
    "a good one after a silence": (points(m46=1.0, m51=50.0), 2, 41),
    "good ones that are not listed may stand between": (points(m49=1.0, m51=2.0), 3, 48),
    "a good one comes first": (points(m45=50.0, m46=1.0, m51=2.0), 3, 45),
}


@pytest.mark.parametrize("case", SPARSE)
def test_a_silence_between_two_values_may_have_been_before_the_first_as_well(case: str) -> None:
    datapoints, evaluated, first = SPARSE[case]

    assert onset_of(measured(datapoints, evaluated=evaluated)).at == minute(first)


def test_what_was_evaluated_and_not_counted_had_no_value_and_may_all_have_come_before() -> None:
    one = measured(points(m51=1.0), evaluated=5, counted=1)

    assert onset_of(one).at == minute(46)


def test_a_silence_lies_before_the_first_where_nothing_hides_and_where_no_value_is_bad() -> None:
    datapoints = points(m45=1.0, m50=3.0)

    for changes in ({"hides_part": False}, {"comparison": None}):
        assert onset_of(measured(datapoints, **changes)).at == minute(40)


@pytest.mark.parametrize(
    ("datapoints", "period", "began"),
    [
        pytest.param(points(m50=1.0, m51=3.0), MINUTE, 50, id="one after the other"),
        pytest.param(points(m40=1.0, m50=3.0), None, 25, id="within the lookback"),
        pytest.param(points(m30=1.0, m50=3.0), None, 10, id="longer than the lookback"),
    ],
)
def test_datapoints_no_further_apart_than_a_period_or_else_the_lookback_have_no_silence(
    datapoints: tuple[Datapoint, ...], period: timedelta | None, began: int
) -> None:
    known = measured(datapoints, period=period, hides_part=period is None)

    assert onset_of(known).at == minute(began)


PARTLY = {
    "no good one before": (points(m51=1.0), 50, 50),
    "a good one right before": (points(m50=50.0, m51=1.0), 50, 50),
    "a silence after the last good one": (points(m46=50.0, m47=None, m51=3.0), 46, 50),
}


@pytest.mark.parametrize("case", PARTLY)
def test_where_samples_lie_ten_seconds_apart_no_more_of_a_period_is_hidden(case: str) -> None:
    datapoints, number, second = PARTLY[case]

    onset = onset_of(measured(datapoints, hidden=timedelta(seconds=10)))

    assert onset.at == minute(number) + timedelta(seconds=second)


EXTREMES = {
    "one breach": (points(m51=1.0), MINUTE, 51),
    "a good one right before": (points(m50=50.0, m51=1.0), MINUTE, 51),
    "a silence begins at the end of the last good one": (
        points(m46=50.0, m47=None, m48=None, m49=3.0),
        MINUTE,
        47,
    ),
    "slots that are not even listed": (points(m45=50.0, m50=3.0), MINUTE, 46),
    "a good one whose end is not known": (points(m46=50.0, m49=3.0), None, 46),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_the_lowest_value_of_a_period_hides_nothing_that_is_too_low(case: str) -> None:
    datapoints, period, first = EXTREMES[case]

    onset = onset_of(measured(datapoints, period=period, hides_part=False))

    assert (onset.at, onset.strength) == (minute(first), "datapoint")


@pytest.mark.parametrize(
    ("period", "began"),
    [
        (timedelta(seconds=10), minute(50) + 5 * timedelta(seconds=10)),
        (MINUTE, minute(50)),
        (timedelta(minutes=5), minute(46)),
        (timedelta(hours=1), minute(51) - timedelta(hours=1)),
        (None, minute(36)),
    ],
)
def test_what_a_period_may_hide_is_as_long_as_it_is_and_the_lookback_if_it_is_unknown(
    period: timedelta | None, began: datetime
) -> None:
    assert onset_of(measured(points(m51=1.0), period=period)).at == began


SIDES = {
    "above": (Comparison("above", or_equal=False, threshold=10.0), [9.0, 10.0, 11.0], 50),
    "above or equal": (Comparison("above", or_equal=True, threshold=10.0), [9.0, 10.0, 11.0], 49),
    "below": (Comparison("below", or_equal=False, threshold=10.0), [11.0, 10.0, 9.0], 50),
    "below or equal": (Comparison("below", or_equal=True, threshold=10.0), [11.0, 10.0, 9.0], 49),
}


@pytest.mark.parametrize("case", SIDES)
def test_the_comparison_says_which_values_breach(case: str) -> None:
    comparison, values, first = SIDES[case]
    datapoints = tuple(Datapoint(minute(48 + n), value) for n, value in enumerate(values))

    onset = onset_of(measured(datapoints, comparison=comparison, hides_part=False))

    assert (onset.at, onset.basis) == (minute(first), "datapoint")


# --- the start of what was evaluated

STARTS = {
    "no comparison: a period before the earliest datapoint": (
        measured(points(m51=3.0, m50=50.0), comparison=None),
        minute(49),
    ),
    "no datapoint breaches": (measured(points(m50=50.0, m51=50.0)), minute(49)),
    "only the start of the evaluation": (measured(evaluation_start=minute(47)), minute(46)),
    "a start at the very transition": (measured(evaluation_start=CHANGED), CHANGED - MINUTE),
    "a start later than the earliest datapoint does not count": (
        measured(points(m50=50.0), evaluation_start=minute(51)),
        minute(49),
    ),
    "a statistic that hides nothing": (measured(points(m50=50.0), hides_part=False), minute(50)),
    "a period that is not known": (
        measured(evaluation_start=minute(47), period=None),
        minute(47) - LOOKBACK,
    ),
}


@pytest.mark.parametrize("case", STARTS)
def test_without_a_measured_breach_the_start_of_the_evaluation_counts(case: str) -> None:
    evidence, began = STARTS[case]

    onset = onset_of(evidence)

    assert (onset.at, onset.basis) == (began, "evaluation-start")
    assert onset.strength == "evaluation-start"


SILENCES = {
    # 3 periods before the oldest slot, or 10 minutes and 3 periods more than were evaluated
    "every slot is empty": (
        measured(points(m49=None, m50=None, m51=None), evaluated=3),
        CHANGED - 16 * MINUTE,
    ),
    "a silence that nothing is listed before": (
        measured(points(m49=None, m50=1.0, m51=3.0), evaluated=3),
        CHANGED - 16 * MINUTE,
    ),
    "the oldest slot lies further back": (measured(points(m20=None, m51=None)), minute(17)),
    "breaches that are not listed": (
        measured(points(m51=3.0), measured=False),
        CHANGED - LOOKBACK,
    ),
    "breaches that are not listed, and start long ago": (
        measured(points(m51=3.0), measured=False, evaluation_start=minute(38)),
        minute(35),
    ),
    "eight quarters of an hour": (
        measured(points(m14=None), period=15 * MINUTE, evaluated=8),
        CHANGED - timedelta(minutes=(8 + 3) * 15 + 10),
    ),
    "a period that is not known": (
        measured(points(m50=None), period=None),
        minute(50) - 3 * LOOKBACK,
    ),
}


@pytest.mark.parametrize("case", SILENCES)
def test_of_a_silence_the_list_shows_only_the_newest_part(case: str) -> None:
    evidence, began = SILENCES[case]

    onset = onset_of(evidence)

    assert (onset.at, onset.strength) == (began, "evaluation-start")


UNMEASURED: dict[str, tuple[Evidence, str | None]] = {
    "every slot is empty": (measured(points(m50=None, m51=None)), "no bad value was measured"),
    "the same, and nobody explained it": (
        measured(points(m51=None), explained=False),
        "no bad value was measured",
    ),
    "no slot is listed, and the sentence tells of a silence": (
        measured(measured=False),
        "no bad value was measured",
    ),
    "nothing is listed or explained": (measured(measured=False, explained=False), None),
    "nothing is listed": (measured(evaluation_start=minute(47)), None),
    "an empty slot, then a bad value": (
        measured(points(m49=None, m50=1.0)),
        "a silence came before the first value, and how long it was is not told",
    ),
    "the same without a comparison": (
        measured(points(m49=None, m50=1.0), comparison=None),
        "a silence came before the first value, and how long it was is not told",
    ),
    "an empty slot, then a good value": (measured(points(m48=None, m49=50.0, m50=1.0)), None),
    "an empty slot after a bad value": (measured(points(m49=1.0, m50=None)), None),
}


@pytest.mark.parametrize("case", UNMEASURED)
def test_a_silence_that_tells_the_onset_or_came_before_it_is_a_caution(case: str) -> None:
    evidence, caution = UNMEASURED[case]

    found = onset_of(evidence).caution

    assert (found or "").startswith(caution or "")
    assert (found is None) == (caution is None)


def test_what_nobody_explained_is_a_guess_whatever_is_listed() -> None:
    onset = onset_of(measured(points(m51=3.0), comparison=None, explained=False))

    assert (onset.at, onset.basis) == (CHANGED - LOOKBACK, "evaluation-start")
    assert onset.strength == "guess"


# --- guesses

LATE = {
    "period and count unknown": (None, None, "15m", "15m"),
    "the lookback is more than the alarm needs": (60, 1, "15m", "15m"),
    "lateness is minutes, whatever the period": (10, 1, "1m", "10m40s"),
    "one minute": (60, 1, "5m", "14m"),
    "three minutes": (60, 3, "15m", "16m"),
    "two of five minutes": (300, 2, "15m", "35m"),
    "eight quarters of an hour": (900, 8, "15m", "2h55m"),
    "an hour, and the count unknown": (3600, None, "15m", "4h10m"),
    "a day": (86_400, 1, "15m", "4d10m"),
    "a lookback beyond everything": (900, 8, "6h", "6h"),
}


def length(text: str) -> timedelta:
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    numbers, parts = "", {}
    for letter in text:
        if letter.isdigit():
            numbers += letter
        else:
            parts[units[letter]], numbers = int(numbers), ""
    return timedelta(**parts)


@pytest.mark.parametrize("case", LATE)
def test_a_guess_goes_back_by_the_evaluation_range_and_its_lateness_or_the_lookback(
    case: str,
) -> None:
    seconds, evaluated, lookback, back = LATE[case]
    period = None if seconds is None else timedelta(seconds=seconds)

    onset = onset_of(Evidence(period=period, evaluated=evaluated), length(lookback))

    assert CHANGED - onset.at == length(back)
    assert (onset.basis, onset.strength) == ("state-change", "guess")


@pytest.mark.parametrize(
    ("evidence", "began"),
    [
        pytest.param(Evidence(triggered_at=minute(45)), minute(30), id="before it"),
        pytest.param(Evidence(triggered_at=minute(58)), CHANGED - LOOKBACK, id="after it, it says"),
        pytest.param(measured(points(m54=1.0), period=None), CHANGED - LOOKBACK, id="a datapoint"),
        pytest.param(measured(evaluation_start=minute(58)), CHANGED - LOOKBACK, id="a start"),
    ],
)
def test_what_lies_after_the_transition_tells_nothing_and_a_child_before_it_does(
    evidence: Evidence, began: datetime
) -> None:
    onset = onset_of(evidence)

    assert (onset.at, onset.basis, onset.strength) == (began, "state-change", "guess")


# --- where the transition came from

A_BREACH = points(m50=50.0, m51=1.0)  # bad since 11:50 at the earliest, 3m8.431s before CHANGED

KNOWN: dict[str, dict[str, Any]] = {
    "nothing is told": {},
    "OK, and not since when": {"previous_state": "OK"},
    "OK for as long as the alarm looks back": {
        "previous_state": "OK",
        "previous_since": minute(50),
    },
    "configured so late before it begins to look as it may be": {"configured_at": minute(40)},
}
LATER = minute(50) + timedelta(milliseconds=1)
SILENT: dict[str, tuple[dict[str, Any], datetime, str]] = {
    "OK for less than that": (
        {"previous_state": "OK", "previous_since": LATER},
        LATER,
        "the alarm had been OK for 3m9s only, and it looks back 3m9s",
    ),
    "configured within that, or as late as it may be": (
        {"previous_state": "OK", "configured_at": LATER - LATENESS},
        LATER - LATENESS,
        "the alarm was configured 13m9s before, and it looks back 3m9s and may be 10m late",
    ),
    "configured as it went off": (
        {"configured_at": CHANGED},
        CHANGED,
        "the alarm was configured 0s before, and it looks back 3m9s",
    ),
    "no data, and not since when": (
        {"previous_state": "INSUFFICIENT_DATA"},
        CHANGED,
        "the alarm was in INSUFFICIENT_DATA: what was before is unknown",
    ),
    "no data for four seconds": (
        {"previous_state": "INSUFFICIENT_DATA", "previous_since": CHANGED - 4 * MINUTE / 60},
        CHANGED - timedelta(seconds=4),
        "the alarm was in INSUFFICIENT_DATA since 2026-02-17T11:53:04.431000Z: what was",
    ),
    "no data for an hour": (
        {"previous_state": "INSUFFICIENT_DATA", "previous_since": minute(53) - 60 * MINUTE},
        minute(53) - 60 * MINUTE,
        "the alarm was in INSUFFICIENT_DATA since 2026-02-17T10:53:00Z: what was before",
    ),
    "in ALARM already": (
        {"previous_state": "ALARM", "previous_since": minute(40)},
        minute(40),
        "the alarm was in ALARM since 2026-02-17T11:40:00Z: what was before is unknown",
    ),
    "a state that nobody knows": (
        {"previous_state": "odd"},
        CHANGED,
        "the alarm was in odd: what was before is unknown",
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_an_alarm_that_was_ok_for_as_long_as_it_looks_back_needs_no_caution(case: str) -> None:
    onset = onset_of(measured(A_BREACH), **KNOWN[case])

    assert (onset.at, onset.caution) == (minute(50), None)


@pytest.mark.parametrize("case", SILENT)
def test_what_was_before_a_silence_is_unknown_and_the_onset_lies_before_it(case: str) -> None:
    changes, silent_since, caution = SILENT[case]

    onset = onset_of(measured(A_BREACH), **changes)

    assert onset.at == silent_since - LOOKBACK
    assert onset.caution is not None
    assert onset.caution.startswith(caution)
    assert (onset.basis, onset.strength) == ("state-change", "guess")


def test_before_a_silence_lie_the_evaluation_range_and_its_lateness_if_that_is_longer() -> None:
    onset = onset_of(
        measured(A_BREACH, evaluated=4),
        previous_state="INSUFFICIENT_DATA",
        previous_since=minute(45),
    )

    assert onset.at == minute(45) - 6 * MINUTE - LATENESS
    assert onset.detail == (
        "2026-02-17T11:45:00Z, before which nothing is known, less 16m in which it may have begun"
    )


def test_an_onset_from_well_before_the_silence_stays_where_it_is() -> None:
    onset = onset_of(
        measured(points(m10=50.0, m51=1.0)),
        previous_state="INSUFFICIENT_DATA",
        previous_since=minute(45),
    )

    assert (onset.at, onset.strength) == (minute(10), "datapoint")
    assert onset.caution


def test_a_guess_looks_back_further_than_one_evaluation_and_so_must_the_ok_before_it() -> None:
    young = onset_of(Evidence(), previous_state="OK", previous_since=CHANGED - 14 * MINUTE)
    old = onset_of(Evidence(), previous_state="OK", previous_since=CHANGED - LOOKBACK)

    assert young.caution == "the alarm had been OK for 14m only, and it looks back 15m"
    assert old.caution is None


# --- in words


@pytest.mark.parametrize(
    ("evidence", "detail"),
    [
        (
            measured(points(m50=2.0, m51=3.0), hides_part=False),
            "the first of 2 breaching datapoints, 2026-02-17T11:50:00Z",
        ),
        (
            measured(points(m50=2.0, m51=3.0)),
            (
                "the first of 2 breaching datapoints, 2026-02-17T11:50:00Z, less 1m in which it may"
                " have begun"
            ),
        ),
        (
            measured(evaluation_start=minute(47), hides_part=False),
            "the start of what the alarm evaluated, 2026-02-17T11:47:00Z",
        ),
        (
            measured(evaluation_start=minute(47)),
            (
                "the start of what the alarm evaluated, 2026-02-17T11:47:00Z, less 1m in which it"
                " may have begun"
            ),
        ),
        (
            Evidence(),
            "the transition at 2026-02-17T11:53:08.431000Z less the policy's onset_lookback (15m)",
        ),
        (
            Evidence(period=MINUTE, evaluated=3),
            (
                "the transition at 2026-02-17T11:53:08.431000Z less its evaluation range and its"
                " lateness (16m)"
            ),
        ),
    ],
)
def test_the_detail_is_one_sentence_that_names_the_moment(evidence: Evidence, detail: str) -> None:
    assert onset_of(evidence).detail == detail


# --- for every alarm there is

moments = st.integers(-90, 30).map(lambda n: CHANGED.replace(microsecond=0) + n * MINUTE)
evidences = st.builds(
    Evidence,
    comparison=st.none()
    | st.builds(
        Comparison, st.sampled_from(["above", "below"]), st.booleans(), st.sampled_from([0.0, 10.0])
    ),
    datapoints=st.lists(
        st.builds(Datapoint, moments, st.none() | st.sampled_from([-1.0, 0.0, 5.0, 10.0, 20.0])),
        max_size=12,
        unique_by=lambda point: point.at,
    ).map(tuple),
    evaluation_start=st.none() | moments,
    period=st.none() | st.sampled_from([timedelta(seconds=10), MINUTE, timedelta(hours=1)]),
    evaluated=st.none() | st.integers(1, 12),
    counted=st.none() | st.integers(1, 12),
    measured=st.booleans(),
    hides_part=st.booleans(),
    hidden=st.none() | st.sampled_from([timedelta(seconds=1), timedelta(seconds=10)]),
    explained=st.booleans(),
    triggered_at=st.none() | moments,
)
alarms = st.builds(
    alarm,
    evidences,
    previous_state=st.sampled_from([None, "OK", "OK", "ALARM", "INSUFFICIENT_DATA"]),
    previous_since=st.none() | moments.filter(lambda at: at < CHANGED),
    configured_at=st.none() | moments.filter(lambda at: at < CHANGED),
)
lookbacks = st.integers(0, 120).map(lambda n: n * MINUTE)


def breaches(found: Alarm) -> list[datetime]:
    comparison = found.evidence.comparison
    return sorted(
        point.at
        for point in found.evidence.datapoints
        if comparison
        and point.at <= found.changed_at
        and point.value is not None
        and comparison.breached_by(point.value)
    )


@given(alarms, lookbacks)
@unhurried
def test_the_onset_is_never_after_the_transition_nor_after_any_breach(
    found: Alarm, lookback: timedelta
) -> None:
    onset = find_onset(found, lookback)

    assert onset.at <= found.changed_at
    assert all(onset.at <= breach for breach in breaches(found))


@given(alarms, lookbacks)
@unhurried
def test_the_onset_is_never_after_the_end_of_the_last_good_datapoint_before_the_first_breach(
    found: Alarm, lookback: timedelta
) -> None:
    bad, period = breaches(found), found.evidence.period or timedelta()
    good = [
        point.at
        for point in found.evidence.datapoints
        if bad and point.value is not None and point.at < bad[0]
    ]

    onset = find_onset(found, lookback)

    assert onset.at <= max(good, default=onset.at) + period


@given(alarms, lookbacks)
@unhurried
def test_a_guess_is_never_later_than_the_transition_less_the_lookback(
    found: Alarm, lookback: timedelta
) -> None:
    onset = find_onset(found, lookback)

    if onset.strength == "guess":
        assert onset.at <= found.changed_at - lookback


@given(alarms, lookbacks)
@unhurried
def test_only_measured_breaches_are_a_datapoint(found: Alarm, lookback: timedelta) -> None:
    onset = find_onset(found, lookback)

    assert (onset.strength == "datapoint") == (onset.basis == "datapoint")
    if onset.strength == "datapoint":
        assert found.evidence.measured
        assert breaches(found)
    if onset.strength == "evaluation-start":
        assert found.evidence.explained


@given(alarms, lookbacks)
@unhurried
def test_a_slot_without_a_value_takes_the_onset_beyond_the_evaluation_range_and_its_lateness(
    found: Alarm, lookback: timedelta
) -> None:
    evidence = msgspec.structs.replace(found.evidence, comparison=None, measured=False)
    silent = msgspec.structs.replace(found, evidence=evidence)

    onset = find_onset(silent, lookback)

    assert onset.at <= found.changed_at - lookback
    if evidence.period:
        waited = ((evidence.evaluated or 1) + 2) * evidence.period + timedelta(minutes=10)
        assert onset.at <= found.changed_at - waited


@given(alarms, lookbacks)
@unhurried
def test_a_caution_lies_before_what_it_says_is_unknown(found: Alarm, lookback: timedelta) -> None:
    onset = find_onset(found, lookback)

    if found.previous_state not in {None, "OK"}:
        assert onset.caution
        assert onset.at < (found.previous_since or found.changed_at)
    for since in filter(None, (found.previous_since, found.configured_at)):
        assert onset.caution or onset.at >= since


def test_an_onset_that_a_machine_states_is_taken_as_it_is_and_is_no_measurement() -> None:
    found = find_onset(alarm(Evidence(), given=minute(48)), LOOKBACK)

    assert (found.at, found.basis, found.caution) == (minute(48), "given", None)
    assert found.strength == "evaluation-start"


def test_what_a_machine_states_is_told_with_its_caution() -> None:
    stated = onset_of(Evidence(), given=minute(40), caution="it may be earlier")

    assert stated == Onset(
        minute(40),
        "given",
        "evaluation-start",
        "given as 2026-02-17T11:40:00Z",
        "it may be earlier",
    )


def test_periods_that_overlap_hide_more_than_the_time_between_two_values() -> None:
    sliding = measured(points(m48=50.0, m49=1.0, m50=1.0), period=5 * MINUTE)

    assert onset_of(sliding).at == minute(44)


def test_a_value_of_the_very_moment_of_the_transition_may_have_caused_it() -> None:
    at_once = measured((Datapoint(CHANGED, 1.0),))

    assert onset_of(at_once).basis == "datapoint"


def test_a_caution_of_the_alarm_itself_reaches_the_incident() -> None:
    found = find_onset(alarm(Evidence(), caution="hearsay"), LOOKBACK)

    assert found.caution == "hearsay"


def test_every_caution_is_told() -> None:
    found = find_onset(
        alarm(
            measured(points(m51=None)),
            caution="hearsay",
            previous_state="ALARM",
        ),
        LOOKBACK,
    )

    assert found.caution == (
        "the alarm was in ALARM: what was before is unknown; no bad value was measured, only a"
        " silence; hearsay"
    )
