from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lastgood.dialects import read
from lastgood.domain import canonical
from lastgood.domain.alarm import Alarm, Message, incident_id
from lastgood.domain.onset import find_onset
from tests.support.damage import (
    CORPUS,
    damaged_events,
    familiar_values,
    fold,
    json_values,
    places,
    unfold,
)


def check(messages: list[Message]) -> None:
    assert messages
    for message in messages:
        content = message.content
        if isinstance(content, Alarm):
            onset = find_onset(content, timedelta(minutes=15))
            assert onset.at <= content.changed_at
            assert len(incident_id(content.source, content.changed_at, "ein12")) <= 64
            assert canonical.encode(content)
        else:
            assert content.reason.isprintable()
            assert len(content.reason) < 600


@given(json_values | familiar_values)
def test_any_json_value_becomes_at_least_one_message(event: object) -> None:
    check(read(event))


@given(damaged_events())
@settings(max_examples=200)
def test_any_damage_to_an_event_leaves_an_alarm_that_can_be_handled_or_a_reason(event: Any) -> None:
    check(read(event))


@given(st.lists(json_values | familiar_values, max_size=4), st.integers(0, 4))
@settings(max_examples=50)
def test_a_record_is_read_the_same_whatever_stands_beside_it(
    neighbours: list[Any], position: int
) -> None:
    record = {"messageId": "mine", "body": json.dumps(CORPUS[3])}
    records = [*neighbours[:position], record, *neighbours[position:]]

    found = read({"Records": records})

    assert read({"Records": [record]})[0] in found
    assert len(found) >= len(records)


def test_a_deeply_nested_value_is_unreadable_and_no_crash() -> None:
    value: Any = "end"
    for _ in range(200):
        value = {"Records": [{"Sns": value, "body": value}]}

    check(read(value))


def test_damage_reaches_the_strings_that_hold_json() -> None:
    (event,) = [e for e in CORPUS if e and "reasonData" in json.dumps(e) and "alarmArn" in e][:1]

    spots = {key for _, key in places(unfold(event))}

    assert {"evaluatedDatapoints", "startDate", "alarmName"} <= spots
    assert fold(unfold(event))["alarmArn"] == event["alarmArn"]
