from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from lastgood.domain.alarm import Comparison, Datapoint, Evidence, Message, Unreadable
from lastgood.domain.explaining import Reading, explain
from tests.support.builders import RDS, REDIS, alarm, at, policy


def explained(**changes: Any) -> Reading:
    return explain(Message(alarm(**changes), sender="cloudwatch"), policy())


def test_an_alarm_is_explained_with_its_instance_its_onset_and_the_incident_it_opens() -> None:
    datapoints = (Datapoint(at("11:45"), 1.0),)

    found = explained(
        mentions=(REDIS,),
        previous_state="ALARM",
        evidence=Evidence(datapoints=datapoints, explained=True),
    )

    assert found == Reading(
        sender="cloudwatch",
        alarm="orders-cache-keys-low",
        state="ALARM",
        source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-low",
        changed_at=at("11:50:30.431"),
        instances=(REDIS,),
        onset=at("11:25:30.431"),
        onset_basis="state-change",
        onset_detail=(
            "2026-02-17T11:50:30.431000Z, before which nothing is known, less 25m in which it may"
            " have begun"
        ),
        strength="guess",
        caution="the alarm was in ALARM: what was before is unknown",
        datapoints=datapoints,
        missing=("which values are bad", "the period"),
        incident={REDIS: "20260217T115030431Z-cd10105c2b66777a"},
        acts=True,
        why="an id in a dimension or label and its name, by `alarms` of the policy",
    )


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
    assert explained(state="OK") == Reading(
        sender="cloudwatch",
        alarm="orders-cache-keys-low",
        state="OK",
        source="arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-cache-keys-low",
        changed_at=at("11:50:30.431"),
        acts=False,
        why="orders-cache-keys-low went to OK; only ALARM acts",
    )


def test_what_is_no_alarm_is_explained_by_the_reason() -> None:
    found = explain(Message(Unreadable("found a text"), sender="sns"), policy())

    assert msgspec.to_builtins(found) == {
        "sender": "sns",
        "alarm": None,
        "state": None,
        "source": None,
        "changed_at": None,
        "instances": (),
        "onset": None,
        "onset_basis": None,
        "onset_detail": None,
        "strength": None,
        "caution": None,
        "datapoints": (),
        "missing": (),
        "incident": {},
        "acts": False,
        "why": "found a text",
    }


def test_every_way_in_which_an_alarm_names_its_instance_is_told() -> None:
    known = policy()
    nodes = (msgspec.structs.replace(known.instance[0], known_as=("node-1",)), *known.instance[1:])
    tagged = alarm(mentions=(REDIS, "node-1"), named=("orders-cache",))

    found = explain(Message(tagged), msgspec.structs.replace(known, instance=nodes))

    assert found.why == (
        "an id in a dimension or label and a name that `known_as` of the policy has and its tag or"
        " label for lastgood and its name, by `alarms` of the policy"
    )
