"""A slice of the simulation, and proof that it can fail at all."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from lastgood.domain.lifecycle import MOVES
from tests.simulation import scene
from tests.simulation.bugs import BUGS, RULED
from tests.simulation.history import live
from tests.simulation.invariants import Move
from tests.simulation.shortcuts import shortcuts

SLICE = range(1, 1501)
WIDE = range(1, 5001)
"""For what is rare: a deliberate bug is looked for until it is caught."""


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    gc.disable()
    with shortcuts():
        yield
    gc.enable()


def test_nothing_is_violated_and_every_state_is_seen() -> None:
    moves: Counter[Move] = Counter()
    for seed in SLICE:
        result = live(seed)
        assert not result.violations, f"make simulate SEED={seed}"
        moves.update(result.moves)

    # The rarest transitions take more histories than a slice has: `make simulate` counts them.
    assert {after for _, after in moves} == set().union(*MOVES.values())


def test_the_same_seed_lives_the_same_history() -> None:
    assert live(7, traced=True) == live(7, traced=True)


@pytest.mark.parametrize("bug", BUGS)
def test_a_deliberate_bug_is_caught_within_the_slice(
    bug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rule := RULED.get(bug):
        monkeypatch.setattr(scene, "RULE_NAMES", (rule,))
    with BUGS[bug]():
        caught = next((seed for seed in WIDE if live(seed).violations), None)

    assert caught is not None
