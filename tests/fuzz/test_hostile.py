"""A slice of `make fuzz`, by hypothesis, and that it would notice what it looks for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import product
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastgood.dialects import firing, grafana
from lastgood.domain import triage
from lastgood.domain.alarm import Alarm
from lastgood.domain.onset import Onset, find_onset
from lastgood.domain.policy import Instance, Policy
from lastgood.senders import smn
from lastgood.workflows import receiving
from tests.fuzz.hostile import CHANGES, attempt
from tests.support.damage import CORPUS, damaged_events, json_values

heads = st.binary(min_size=4, max_size=4)


@given(heads, damaged_events() | json_values)
@settings(max_examples=400)
def test_nothing_comes_of_a_broken_message_that_must_not(head: bytes, event: Any) -> None:
    attempt(head + json.dumps(event).encode())


@given(st.binary(max_size=200))
def test_nothing_comes_of_bytes_that_must_not(data: bytes) -> None:
    attempt(data)


def test_messages_are_read_and_refused_and_open_incidents() -> None:
    outcomes = outcomes_of(CORPUS)

    ends = {outcome.partition(": ")[2] for outcome in outcomes}
    assert {"incident", "not-an-alarm", "not-covered", "Ignored", "Unreadable"} <= ends
    assert {"200", "401", "404", "405", "415"} <= ends
    assert {f"{road}: incident" for road in receiving.SIGNED} | {"smn: incident"} <= outcomes


# What it would notice

Bug = Callable[[], AbstractContextManager[Any]]


def trials(events: list[Any]) -> Iterator[bytes]:
    """Each event by each road, with one change after the other."""
    for number, (event, road) in enumerate(product(events, range(len(receiving.ROADS)))):
        change = number // len(receiving.ROADS) % len(CHANGES)
        head = bytes((road, change, number * 4 % 256, number % 13))
        yield head + json.dumps(event).encode()


def outcomes_of(events: list[Any]) -> set[str]:
    return {outcome for data in trials(events) for outcome in attempt(data)}


def _trusts_everybody() -> AbstractContextManager[Any]:
    return patch.dict(receiving.SIGNED, dict.fromkeys(receiving.SIGNED, lambda *_: None))


def _does_not_verify_smn() -> AbstractContextManager[Any]:
    return patch.object(smn, "verify", lambda *_: None)


def _acts_on_every_instance() -> AbstractContextManager[Any]:
    def meant_by(policy: Policy, _: Alarm) -> list[Instance] | str:
        return list(policy.instance)

    return patch.object(Policy, "meant_by", meant_by)


def _acts_on_every_state() -> AbstractContextManager[Any]:
    return patch.object(triage, "_no_call_to_act", lambda _: None)


def _believes_a_later_onset() -> AbstractContextManager[Any]:
    def later(alarm: Alarm, lookback: timedelta) -> Onset:
        found = find_onset(alarm, lookback)
        return msgspec.structs.replace(found, at=alarm.changed_at + timedelta(seconds=1))

    return patch.object(triage, "find_onset", later)


def _acts_without_data() -> AbstractContextManager[Any]:
    return patch.object(grafana, "_read", lambda alert: firing.read("grafana", alert)[1])


def _raises() -> AbstractContextManager[Any]:
    return patch("lastgood.dialects.envelopes._describe", lambda value: value["not there"])


def _keeps_the_road_to_itself() -> AbstractContextManager[Any]:
    return patch("lastgood.dialects.envelopes._road", lambda _: None)


@pytest.mark.parametrize(
    "bug",
    [
        _trusts_everybody,
        _does_not_verify_smn,
        _acts_on_every_instance,
        _acts_on_every_state,
        _believes_a_later_onset,
        _acts_without_data,
        _raises,
        _keeps_the_road_to_itself,
    ],
)
def test_a_bug_is_noticed(bug: Bug) -> None:
    with bug(), pytest.raises((AssertionError, KeyError, TypeError)):
        outcomes_of(CORPUS)


def test_a_certificate_from_anywhere_is_noticed() -> None:
    notification = {"type": "Notification", "signing_cert_url": "https://attacker.example/a.pem"}
    head = bytes((receiving.ROADS.index("smn"), 0, 0, 0))

    with patch.object(smn, "_CERTIFICATE", re.compile(".*")), pytest.raises(AssertionError):
        attempt(head + json.dumps(notification).encode())
