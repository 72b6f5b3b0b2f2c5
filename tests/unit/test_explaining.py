from __future__ import annotations

from datetime import timedelta
from typing import Any

from lastgood.domain.alarm import Comparison, Datapoint, Evidence, Message, Unreadable
from lastgood.domain.explaining import Reading, explain
from tests.support.builders import RDS, REDIS, alarm, at, policy


def explained(**changes: Any) -> Reading:
    return explain(Message(alarm(**changes), sender="cloudwatch"), policy())


def test_an_alarm_is_explained_with_its_instance_its_onset_and_the_incident_it_opens() -> None:
    found = explained(mentions=(REDIS,))

    assert (found.sender, found.acts, found.instances) == ("cloudwatch", True, (REDIS,))
    assert found.why.startswith("an id in a dimension or label and its name")
    assert found.strength == "guess"
    assert set(found.incident) == {REDIS}


def test_each_instance_has_an_incident_of_its_own_and_the_earliest_onset_is_told() -> None:
    found = explained(name="x", mentions=(REDIS, RDS))

    assert set(found.incident) == {REDIS, RDS}
    assert found.onset == at("11:35:30.431")


def test_what_the_alarm_does_not_tell_is_named() -> None:
    assert explained().missing == (
        "datapoints",
        "which values are bad",
        "the period",
        "what was evaluated, in a form that is known",
    )
    partly = Evidence(datapoints=(Datapoint(at("11:45"), 1.0),), measured=False, explained=True)
    assert explained(evidence=partly).missing == (
        "which values are bad",
        "the period",
        "a measured value for each period that counted as bad",
    )


def test_an_alarm_that_tells_everything_lacks_nothing() -> None:
    whole = Evidence(
        datapoints=(Datapoint(at("11:45"), 1.0),),
        comparison=Comparison("above", or_equal=False, threshold=0.5),
        period=timedelta(minutes=1),
        explained=True,
    )

    assert explained(evidence=whole).missing == ()


def test_an_onset_that_is_stated_lacks_nothing() -> None:
    assert explained(given=at("11:40")).missing == ()


def test_an_alarm_that_opens_nothing_is_explained_by_the_reason() -> None:
    found = explained(state="OK")

    assert (found.acts, found.instances, found.onset) == (False, (), None)
    assert "only ALARM acts" in found.why


def test_what_is_no_alarm_is_explained_by_the_reason() -> None:
    found = explain(Message(Unreadable("found a text")), policy())

    assert (found.sender, found.alarm, found.acts, found.why) == (None, None, False, "found a text")
