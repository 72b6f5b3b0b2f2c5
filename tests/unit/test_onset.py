from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastgood.domain.alarm import Alarm, Comparison, Datapoint, Evidence
from lastgood.domain.onset import find_onset

CHANGED = datetime(2026, 2, 17, 11, 53, 8, 431000, tzinfo=UTC)
LOOKBACK = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
BELOW_TEN = Comparison("below", or_equal=False, threshold=10.0)


def minute(number: int) -> datetime:
    return datetime(2026, 2, 17, 11, number, tzinfo=UTC)


def points(**values: float | None) -> tuple[Datapoint, ...]:
    """`m49=1.0` is a datapoint of 11:49."""
    return tuple(Datapoint(minute(int(at[1:])), value) for at, value in values.items())


def onset_of(evidence: Evidence, changed_at: datetime = CHANGED) -> tuple[datetime, str]:
    alarm = Alarm(
        source="arn", name="keys", state="ALARM", changed_at=changed_at, evidence=evidence
    )
    onset = find_onset(alarm, LOOKBACK)
    return onset.at, onset.basis


RUNS = {
    "one breach": (points(m51=1.0), None, None, 51),
    "every datapoint breaches": (points(m49=1.0, m50=2.0, m51=3.0), 3, 3, 49),
    "good ones before the run": (points(m48=50.0, m49=50.0, m50=2.0, m51=3.0), 2, 2, 50),
    "one good in between, and N - M tolerates one": (
        points(m48=50.0, m49=1.0, m50=50.0, m51=3.0),
        2,
        3,
        49,
    ),
    "two good in between, and N - M tolerates one": (
        points(m47=1.0, m48=50.0, m49=50.0, m50=2.0, m51=3.0),
        2,
        3,
        50,
    ),
    "two good in between, M and N not known": (
        points(m47=1.0, m48=50.0, m49=50.0, m50=2.0, m51=3.0),
        None,
        None,
        47,
    ),
    "the newest is good again": (points(m49=1.0, m50=2.0, m51=50.0), 2, 3, 49),
    "missing values neither breach nor end the run": (
        points(m48=1.0, m49=None, m50=None, m51=3.0),
        2,
        2,
        48,
    ),
    "a missing value before the run is no breach": (points(m49=None, m50=1.0, m51=3.0), 2, 2, 50),
    "unordered": (points(m51=3.0, m49=1.0, m48=50.0, m50=2.0), 3, 3, 49),
    "one on the threshold does not breach": (points(m50=10.0, m51=3.0), 2, 2, 51),
    "a datapoint after the transition did not cause it": (points(m51=3.0, m54=1.0), 1, 1, 51),
    "M greater than N tolerates nothing": (points(m49=1.0, m50=50.0, m51=3.0), 3, 2, 51),
}


@pytest.mark.parametrize("case", RUNS)
def test_the_onset_is_the_first_datapoint_of_the_breaching_run(case: str) -> None:
    datapoints, needed, evaluated, first = RUNS[case]
    evidence = Evidence(
        comparison=BELOW_TEN, datapoints=datapoints, needed=needed, evaluated=evaluated
    )

    assert onset_of(evidence) == (minute(first), "datapoint")


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

    onset = onset_of(Evidence(comparison=comparison, datapoints=datapoints, needed=1, evaluated=1))

    assert onset == (minute(first), "datapoint")


FALLBACKS = {
    "no comparison: the earliest datapoint": (
        Evidence(datapoints=points(m51=3.0, m50=50.0)),
        (minute(50), "evaluation-start"),
    ),
    "no datapoint breaches: the earliest of them": (
        Evidence(comparison=BELOW_TEN, datapoints=points(m50=50.0, m51=50.0)),
        (minute(50), "evaluation-start"),
    ),
    "datapoints without values: the earliest of them": (
        Evidence(comparison=BELOW_TEN, datapoints=points(m51=None, m49=None)),
        (minute(49), "evaluation-start"),
    ),
    "only the start of the evaluation": (
        Evidence(evaluation_start=minute(47)),
        (minute(47), "evaluation-start"),
    ),
    "a start later than the earliest datapoint does not count": (
        Evidence(evaluation_start=minute(51), datapoints=points(m50=50.0)),
        (minute(50), "evaluation-start"),
    ),
    "a start after the transition is no start": (
        Evidence(evaluation_start=minute(58), period=MINUTE, evaluated=3),
        (CHANGED - (3 + 2) * MINUTE, "state-change"),
    ),
    "only periods": (
        Evidence(period=5 * MINUTE, evaluated=2),
        (CHANGED - (2 + 2) * 5 * MINUTE, "state-change"),
    ),
    "a period without a count says nothing": (
        Evidence(period=5 * MINUTE),
        (CHANGED - LOOKBACK, "state-change"),
    ),
    "datapoints after the transition alone say nothing": (
        Evidence(comparison=BELOW_TEN, datapoints=points(m54=1.0)),
        (CHANGED - LOOKBACK, "state-change"),
    ),
    "nothing": (Evidence(), (CHANGED - LOOKBACK, "state-change")),
    "a child of a composite went off before it": (
        Evidence(triggered_at=minute(45)),
        (minute(45) - LOOKBACK, "state-change"),
    ),
    "a child that claims to have gone off later": (
        Evidence(triggered_at=minute(58)),
        (CHANGED - LOOKBACK, "state-change"),
    ),
}


@pytest.mark.parametrize("case", FALLBACKS)
def test_without_a_breaching_run_the_next_best_evidence_counts(case: str) -> None:
    evidence, expected = FALLBACKS[case]

    assert onset_of(evidence) == expected


def test_the_detail_is_one_sentence_that_names_the_moment() -> None:
    alarm = Alarm(
        source="arn",
        name="keys",
        state="ALARM",
        changed_at=CHANGED,
        evidence=Evidence(comparison=BELOW_TEN, datapoints=points(m50=2.0, m51=3.0)),
    )

    onset = find_onset(alarm, LOOKBACK)

    assert "2026-02-17T11:50:00Z" in onset.detail
    assert "\n" not in onset.detail


moments = st.integers(-90, 30).map(lambda n: CHANGED.replace(microsecond=0) + n * MINUTE)
counts = st.none() | st.integers(1, 12)
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
    needed=counts,
    evaluated=counts,
    triggered_at=st.none() | moments,
)


def breaching_run(evidence: Evidence) -> list[datetime]:
    """Breaches with no more good datapoints after them than N - M, told without walking."""
    comparison = evidence.comparison
    if comparison is None:
        return []
    known = [p for p in evidence.datapoints if p.at <= CHANGED and p.value is not None]
    bad = {p.at for p in known if p.value is not None and comparison.breached_by(p.value)}
    good = {p.at for p in known} - bad
    if evidence.needed is None or evidence.evaluated is None:
        return sorted(bad)
    tolerated = max(evidence.evaluated - evidence.needed, 0)
    return sorted(at for at in bad if sum(later > at for later in good) <= tolerated)


@given(evidences)
@settings(deadline=None)
def test_the_onset_is_never_after_the_transition_nor_after_any_breach_of_the_run(
    evidence: Evidence,
) -> None:
    run = breaching_run(evidence)

    at, basis = onset_of(evidence)

    assert at <= CHANGED
    assert all(at <= breach for breach in run)
    assert (basis == "datapoint") == bool(run)


@given(evidences)
@settings(deadline=None)
def test_without_a_comparison_the_onset_is_never_after_any_datapoint(evidence: Evidence) -> None:
    blind = Evidence(datapoints=evidence.datapoints, evaluation_start=evidence.evaluation_start)

    at, _ = onset_of(blind)

    assert all(at <= point.at for point in evidence.datapoints if point.at <= CHANGED)
