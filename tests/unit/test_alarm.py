"""What two deliveries of one transition make of its incident."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain.alarm import STRENGTHS, Incident, OnsetBasis, Strength, incident_id
from tests.support.builders import REDIS, at, incident
from tests.support.strategies import unhurried

OF_A_BASIS: dict[OnsetBasis, Strength] = {
    "datapoint": "datapoint",
    "evaluation-start": "evaluation-start",
    "state-change": "guess",
    "given": "given",
}


@pytest.mark.parametrize("basis", OF_A_BASIS)
def test_an_incident_of_the_first_release_is_as_well_known_as_its_basis(basis: OnsetBasis) -> None:
    assert incident(onset_basis=basis, strength=None).known_by == OF_A_BASIS[basis]


def test_a_strength_that_is_told_is_the_one_that_counts() -> None:
    assert incident(onset_basis="evaluation-start", strength="guess").known_by == "guess"


FIRST = incident(onset=at("11:45:00"), strength="evaluation-start", caution=None)
IMPROVED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # what the other delivery says otherwise, and what is known then
    "nothing else": ({}, {}),
    "an earlier onset": (
        {"onset": at("11:44:59"), "onset_detail": "earlier"},
        {"onset": at("11:44:59"), "onset_detail": "earlier"},
    ),
    "a later onset": ({"onset": at("11:46:00"), "onset_detail": "later"}, {}),
    "a stronger onset that is later": (
        {"onset": at("11:46:00"), "strength": "datapoint"},
        {"strength": "datapoint"},
    ),
    "a weaker onset that is earlier": (
        {"onset": at("11:30:00"), "strength": "guess", "onset_basis": "state-change"},
        {"onset": at("11:30:00"), "onset_basis": "state-change"},
    ),
    "a weaker onset that is later": ({"onset": at("11:46:00"), "strength": "guess"}, {}),
    "a caution": ({"caution": "it was new"}, {"caution": "it was new"}),
}


@pytest.mark.parametrize("case", IMPROVED)
def test_the_earlier_onset_the_stronger_strength_and_any_caution_stay(case: str) -> None:
    other, known = IMPROVED[case]

    better = FIRST.improved_by(msgspec.structs.replace(FIRST, **other))

    assert better == msgspec.structs.replace(FIRST, **known)
    assert (better is FIRST) == (known == {})


def test_a_caution_that_is_known_stays_as_it_is() -> None:
    cautious = incident(caution="it was new")

    assert cautious.improved_by(incident(caution="another")) is cautious
    assert cautious.improved_by(incident()) is cautious


def test_the_record_of_an_older_release_is_not_improved_by_the_same_delivery() -> None:
    old = incident(strength=None)

    assert old.improved_by(incident(strength="datapoint")) is old


incidents = st.builds(
    incident,
    onset=st.integers(0, 5).map(lambda n: at("11:40:00") + timedelta(minutes=n)),
    strength=st.none() | st.sampled_from(STRENGTHS),
    caution=st.none() | st.just("it was new"),
)


@given(incidents, incidents, incidents)
@unhurried
def test_in_whatever_order_deliveries_come_the_same_is_known(
    one: Incident, two: Incident, three: Incident
) -> None:
    def known(of: Incident) -> tuple[Any, ...]:
        return of.onset, of.known_by, of.caution

    together = known(one.improved_by(two).improved_by(three))

    assert together == known(three.improved_by(one).improved_by(two))
    assert together == known(two.improved_by(three.improved_by(one)))
    assert one.improved_by(two).onset <= min(one.onset, two.onset)


@pytest.mark.parametrize(
    ("changed_at", "name"),
    [
        ("11:50:30", "20260217T115030000Z-7216753cc3c34a0b"),
        ("11:50:30.999", "20260217T115030999Z-fd9cf4b53d7992f1"),
        ("11:50:30.999999", "20260217T115030999Z-fd9cf4b53d7992f1"),
    ],
)
def test_an_incident_has_the_same_name_for_ever_and_to_the_millisecond(
    changed_at: str, name: str
) -> None:
    assert incident_id("arn", at(changed_at), REDIS) == name
