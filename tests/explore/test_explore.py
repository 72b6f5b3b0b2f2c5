"""Every run with a single deviation; `make explore` plays those with two and three."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.explore.guided import Deviation
from tests.explore.scenarios import SCENARIOS
from tests.explore.search import Tally, behind, run, shortest
from tests.simulation.bugs import BUGS
from tests.simulation.shortcuts import shortcuts


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    gc.disable()
    with shortcuts():
        yield
    gc.enable()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_violated_by_any_single_deviation(scenario: str) -> None:
    tally = Tally()
    behind(scenario, (), 1, tally)

    assert not [(found.told, found.violation) for found in tally.found]
    assert tally.runs[1]


def test_the_same_deviations_make_the_same_run() -> None:
    path = (Deviation(40, "kill"), Deviation(90, "kill"))

    assert run("auto", path, traced=True) == run("auto", path, traced=True)


def test_a_bug_that_takes_a_deviation_is_found_by_the_shortest_way() -> None:
    with BUGS["believe a refusal"]():
        found = shortest(["auto"], 1)

    assert found is not None
    assert [one.kind for one in found.path] == ["request: sent twice, the second refused"]
