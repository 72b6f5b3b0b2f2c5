"""The recorded day, run by today's code: what was decided, done and announced is the same.

A change of behaviour on purpose changes `story.py` or ends this test, never the recording. Since
then people dismiss two incidents of that day, because what nothing settles would count against the
next; hashes differ, because plans and heads hold more; how to wake an execution is kept for each
proposal; and a sweep takes other steps and says less in its event. That day a minimum counted as
hiding nothing; today it may hide what lies between two samples, so the day is told as it was read.
Nor did a recovery wait for its alarm before it settled, nor was anything backed up before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lastgood.domain import decide, onset
from lastgood.workflows import effect
from tests.recorded.recording import Recording, covers, load
from tests.recorded.story import tell

RECORDED = load()


@pytest.fixture(scope="module")
def today() -> Recording:
    with pytest.MonkeyPatch.context() as as_it_was:
        as_it_was.setattr(onset, "_hidden", lambda *_: timedelta())
        as_it_was.setattr(decide, "_undo", lambda _: None)
        as_it_was.setattr(effect, "awaited", lambda _: None)
        return tell()


ELSEWHERE = ("callback", "announced", "standing")
"""Records that are kept elsewhere now, or were not kept."""
CHANGED = {"hash", "plan_hash", "previous", "format", "hint"}
"""What differs because there is more to be hashed, and what a person is advised to do."""
DRAWN = {"CallbackId", "ErrorType"}
"""The random ids of callbacks, and the modules that errors are named by."""


def comparable(value: Any) -> Any:
    """Leave out what differs on purpose, or by chance."""
    if isinstance(value, list):
        return [comparable(each) for each in value if not is_new(each)]
    if not isinstance(value, dict):
        return value
    numbered = str(value.get("partition")).startswith(("journal#", "chain#"))
    left_out = CHANGED | DRAWN | ({"sort", "version"} if numbered else set())
    if "chain" in value or "last" in value:  # an entry of the journal, or a head
        left_out = left_out | {"seq"}
    if value.get("chain") == "unreadable":  # its words name what could be read, which is more now
        left_out = left_out | {"detail"}
    return {key: comparable(each) for key, each in value.items() if key not in left_out}


def is_new(record: Any) -> bool:
    if not isinstance(record, dict) or "sort" not in record:
        return False
    dismissed = isinstance(record["body"], dict) and record["body"].get("kind") == "dismissed"
    return dismissed or record["sort"].startswith(ELSEWHERE)


def is_of_a_sweep(one: dict[str, str]) -> bool:
    return one.get("function") == "verify" or one.get("kind") == "Sweep Completed"


@pytest.mark.parametrize("part", Recording._fields)
def test_the_same_day_leaves_the_same_behind(today: Recording, part: str) -> None:
    found, recorded = (
        [one for one in comparable(getattr(each, part)) if not is_of_a_sweep(one)]
        for each in (today, RECORDED)
    )

    assert len(found) == len(recorded)
    for each, before in zip(found, recorded, strict=True):
        assert covers(each, before)
