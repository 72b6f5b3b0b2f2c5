from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from lastgood import dialects
from lastgood.domain.alarm import Alarm
from sandbox.corpus import TRANSITION, event

# Over midnight and the end of a month, so that nothing but the dates can be right.
LATER = timedelta(days=17, hours=13, seconds=1)


def read(name: str, transition: datetime | None = None) -> Alarm:
    content = dialects.read(json.loads(event(name, transition)))[0].content
    assert isinstance(content, Alarm)
    return content


@pytest.mark.parametrize(
    "name", ["eventbridge-alarm", "sns-alarm", "direct-alarm", "sns-in-sqs", "direct-contributor"]
)
def test_every_time_in_an_event_moves_by_the_same_amount(name: str) -> None:
    written, moved = read(name), read(name, TRANSITION + LATER)

    assert moved.changed_at == written.changed_at + LATER
    assert [point.at for point in moved.evidence.datapoints] == [
        point.at + LATER for point in written.evidence.datapoints
    ]


def test_a_moved_event_is_consistent_about_its_datapoints() -> None:
    """Once in reasonData, to the millisecond, and once in a sentence, to the second."""
    moved = read("eventbridge-alarm", TRANSITION + timedelta(milliseconds=700))

    assert len(moved.evidence.datapoints) == len(read("eventbridge-alarm").evidence.datapoints)


def test_an_event_that_is_not_moved_is_the_file() -> None:
    assert read("eventbridge-alarm").changed_at == TRANSITION


def test_an_event_can_be_about_another_instance() -> None:
    renamed = event("sns-alarm", renamed={"orders-cache": "users-cache"}).decode()

    assert "users-cache-keys-dropped" in renamed
    assert "orders-cache" not in renamed
