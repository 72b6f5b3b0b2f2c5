"""A slice of the deliveries, and proof that each promise can be seen to be broken."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.senders.conversation import is_taken
from tests.deliveries.bugs import BUGS
from tests.deliveries.history import live
from tests.deliveries.outside import PARTS
from tests.deliveries.watch import PROMISES
from tests.simulation.shortcuts import quick_retries

SLICE = range(1, 201)
WIDE = range(1, 1001)
"""For what is rare: a deliberate bug is looked for until it is caught."""


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    gc.disable()
    with quick_retries():
        yield
    gc.enable()


def test_nothing_is_violated_on_any_road_while_any_part_is_away() -> None:
    answered: Counter[tuple[str, int]] = Counter()
    outages: set[str] = set()
    for seed in SLICE:
        result = live(seed)
        assert not result.violations, f"make deliveries SEED={seed}"
        answered.update(result.answered)
        outages |= {where for kind, where in result.faults if kind == "outage"}

    roads = {road for road, _ in answered}
    assert len(roads) == 6
    assert {road for road, status in answered if is_taken(status)} == roads
    assert {road for road, status in answered if status == 401} == roads
    assert {road for road, status in answered if status == 503} == roads
    assert outages >= set(PARTS)


def test_the_same_seed_lives_the_same_history() -> None:
    assert live(7, traced=True) == live(7, traced=True)


def test_every_promise_has_a_bug_that_breaks_it() -> None:
    assert {bug.promise for bug in BUGS.values()} == set(PROMISES)


@pytest.mark.parametrize("name", BUGS)
def test_a_deliberate_bug_is_caught_by_the_promise_that_it_breaks(name: str) -> None:
    bug = BUGS[name]
    with bug.made():
        caught = next((seed for seed in WIDE if bug.promise in dict(live(seed).violations)), None)

    assert caught is not None
