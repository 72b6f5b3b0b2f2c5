"""The recorded day, run by today's code: while no behaviour changes, nothing may differ.

A change of behaviour on purpose changes `story.py` or ends this test, never the recording.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.recorded.recording import Recording, covers, load
from tests.recorded.story import tell

RECORDED = load()


@pytest.fixture(scope="module")
def today() -> Recording:
    return tell()


def without_chance(value: Any) -> Any:
    """Leave out the random ids of callbacks, and the modules that errors are named by."""
    if isinstance(value, list):
        return [without_chance(each) for each in value]
    if not isinstance(value, dict):
        return value
    drawn = {"CallbackId", "ErrorType"} | ({"body"} if value.get("sort") == "callback" else set())
    return {key: without_chance(each) for key, each in value.items() if key not in drawn}


@pytest.mark.parametrize("part", Recording._fields)
def test_the_same_day_leaves_the_same_behind(today: Recording, part: str) -> None:
    found, recorded = (without_chance(getattr(each, part)) for each in (today, RECORDED))

    assert len(found) == len(recorded)
    for each, before in zip(found, recorded, strict=True):
        assert covers(each, before)
