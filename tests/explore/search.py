"""Depth-first search over deviations, each run from the start: there is no other way back."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import count
from typing import NamedTuple

from tests.explore.guided import Deviation, GuidedSchedule, Place, is_preemption
from tests.explore.scenarios import SCENARIOS, Stage
from tests.simulation import scene
from tests.simulation.ending import judge
from tests.simulation.invariants import Move

Path = tuple[Deviation, ...]

PREEMPTIONS = 2
"""So many of the deviations of a run may let another process go on."""

COLLECT_EVERY = 500
_MADE = count(1)


class Run(NamedTuple):
    """What a run showed: what was violated, where it deviated, where it could have gone on to."""

    violations: list[str]
    told: list[str]
    places: list[Place]
    moves: frozenset[Move]
    trace: list[str]


class Found(NamedTuple):
    """A violation, and the shortest way to it that is known."""

    scenario: str
    path: Path
    told: list[str]
    violation: str


class Tally:
    """How many runs were made at which depth, and what they found."""

    def __init__(self) -> None:
        self.runs = [0, 0, 0, 0]
        self.left_out = 0
        self.moves: set[Move] = set()
        self.found: list[Found] = []

    def add(self, other: Tally) -> None:
        """Take another one in."""
        self.runs = [mine + its for mine, its in zip(self.runs, other.runs, strict=True)]
        self.left_out += other.left_out
        self.moves |= other.moves
        self.found += other.found


def run(scenario: str, path: Path, *, records: bool = True, traced: bool = False) -> Run:
    """Play a scenario with these deviations, to its end."""
    schedule = GuidedSchedule(scene.NOON, path, records=records)
    schedule.trace = [] if traced else None
    stage = Stage(schedule)
    SCENARIOS[scenario](stage)
    schedule.run()
    judge(stage.world, stage.deliveries, stage.people)
    watch = stage.world.watch
    moves = frozenset(watch.moves)
    return Run(watch.violations, schedule.told, schedule.places, moves, schedule.trace or [])


def behind(scenario: str, path: Path, depth: int, tally: Tally) -> None:
    """Run a path and everything that deviates once more behind it, down to a depth."""
    made = _make(scenario, path, tally, records=len(path) < depth)
    if len(path) < depth and not made.violations:
        for longer in further(path, made.places, tally):
            behind(scenario, longer, depth, tally)


def further(path: Path, places: list[Place], tally: Tally) -> Iterator[Path]:
    """Every path with one more deviation, at a place behind the last; triples while firing only."""
    preemptions = sum(is_preemption(one.kind) for one in path)
    inside = all(one.is_firing for one in path)
    for place in places:
        if len(path) > 1 and not (inside and place.is_firing):
            tally.left_out += len(place.kinds)
            continue
        for kind in place.kinds:
            if preemptions == PREEMPTIONS and is_preemption(kind):
                tally.left_out += 1
                continue
            yield (*path, Deviation(place.number, kind, place.is_firing))


def _make(scenario: str, path: Path, tally: Tally, *, records: bool) -> Run:
    made = run(scenario, path, records=records)
    tally.runs[len(path)] += 1
    tally.moves |= made.moves
    if made.violations:
        tally.found.append(Found(scenario, path, made.told, made.violations[0]))
    if next(_MADE) % COLLECT_EVERY == 0:
        gc.collect()
    return made


def shortest(scenarios: list[str], depth: int) -> Found | None:
    """The first violation among all runs, of the shortest paths first; None where there is none."""
    level: list[tuple[str, Path]] = [(scenario, ()) for scenario in scenarios]
    for length in range(depth + 1):
        longer: list[tuple[str, Path]] = []
        for scenario, path in level:
            tally = Tally()
            made = _make(scenario, path, tally, records=length < depth)
            if tally.found:
                return tally.found[0]
            longer += [(scenario, one) for one in further(path, made.places, tally)]
        level = longer
    return None
