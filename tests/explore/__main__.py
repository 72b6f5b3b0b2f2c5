"""`make explore`: plays every run with few deviations, and finds every deliberate bug."""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import zip_longest

from lastgood.domain.lifecycle import MOVES
from tests.explore.scenarios import DEEP, SCENARIOS
from tests.explore.search import PREEMPTIONS, Found, Path, Tally, behind, further, run, shortest
from tests.simulation.bugs import BUGS
from tests.simulation.shortcuts import shortcuts

_ENTERED = ExitStack()
"""What a worker has entered, and leaves when its process ends."""

SHOWN = 10
REPORT_EVERY = 60.0
DEEP_ENOUGH = 2
"""Every deliberate bug is found by this many deviations."""

NOT_EXPLORED = """\
not explored:
  {} further deviations of these runs: triples outside the firing window, and preemption {}
  anything with more deviations
  who of several goes on when a process sleeps or ends: always the first in line
  other lengths than a stall of 210 s and a sleep of 20 s, and clocks that drift otherwise
  a happening twice, or at the very boundary where something else deviates"""


def main() -> int:
    """Explore, then look for the bugs; exits 1 if anything was violated or a bug was not found."""
    asked = _asked()
    scenarios = asked.scenario or list(SCENARIOS)
    with multiprocessing.Pool(asked.processes, _prepare) as pool:
        deep = scenarios if asked.scenario or asked.all else DEEP
        depths = {one: asked.depth if one in deep else min(asked.depth, 1) for one in scenarios}
        clean = asked.only_bugs or _explore(pool, depths)
        complete = asked.no_bugs or _find_bugs(pool, asked.bug or list(BUGS), scenarios)
    return 0 if clean and complete else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.explore", description=__doc__)
    parser.add_argument("--depth", type=int, choices=(0, 1, 2, 3), default=3)
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS))
    parser.add_argument("--all", action="store_true", help="go as deep in every scenario")
    parser.add_argument("--bug", action="append", choices=list(BUGS))
    parser.add_argument("--no-bugs", action="store_true", help="do not look for the bugs")
    parser.add_argument("--only-bugs", action="store_true", help="look for nothing else")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    return parser.parse_args()


def _prepare() -> None:
    """Make a worker quick, for as long as it lives."""
    gc.disable()
    shortcuts().__enter__()


# All runs


def _explore(pool: multiprocessing.pool.Pool, depths: dict[str, int]) -> bool:
    """Play every run of each scenario up to its depth: one task for each first deviation."""
    began = time.perf_counter()
    total, by_scenario = Tally(), {scenario: Tally() for scenario in depths}
    firsts = [
        [(scenario, path, depth) for path in _firsts(scenario, depth)]
        for scenario, depth in depths.items()
    ]
    # One of each scenario in turn, so that whoever stops it early has seen some of all.
    tasks = [task for tasks in zip_longest(*firsts) for task in tasks if task]
    told = began
    kinds: set[str] = set()
    for done, (scenario, tally) in enumerate(pool.imap_unordered(_play, tasks), 1):
        by_scenario[scenario].add(tally)
        total.add(tally)
        for found in tally.found:
            kind = re.sub(r"\S*\d\S*", "", found.violation)
            if kind not in kinds:
                kinds.add(kind)
                _show(found)
        if time.perf_counter() - told > REPORT_EVERY:
            told = time.perf_counter()
            print(
                f"{sum(total.runs)} runs, {done} of {len(tasks)} first deviations, "
                f"{len(total.found)} violations",
                file=sys.stderr,
                flush=True,
            )
    _report(by_scenario, total, max(depths.values()), time.perf_counter() - began)
    return not total.found


def _firsts(scenario: str, depth: int) -> Iterator[Path]:
    """The usual run, and every first deviation from it."""
    yield ()
    if depth:
        with shortcuts():
            yield from further((), run(scenario, ()).places, Tally())


def _play(task: tuple[str, Path, int]) -> tuple[str, Tally]:
    scenario, path, depth = task
    tally = Tally()
    behind(scenario, path, depth if path else 0, tally)
    return scenario, tally


def _report(by_scenario: dict[str, Tally], total: Tally, depth: int, seconds: float) -> None:
    names = ("as usual", "singles", "pairs", "triples")
    print(f"{'scenario':<22}" + "".join(f"{name:>10}" for name in names) + f"{'violations':>12}")
    for scenario, tally in by_scenario.items():
        counts = "".join(f"{count:>10}" for count in tally.runs)
        print(f"{scenario:<22}{counts}{len(tally.found):>12}")
    runs = sum(total.runs)
    print(f"{runs} runs to depth {depth} in {seconds:.0f}s: {runs / seconds:.0f} per second")
    possible = {(before, after) for before, afters in MOVES.items() for after in afters}
    print(f"transitions: {len(possible & total.moves)} of {len(possible)}")
    for before, after in sorted(possible - total.moves, key=str):
        print(f"  not seen: {before or 'nothing'} → {after}")
    print(NOT_EXPLORED.format(total.left_out, PREEMPTIONS + 1))
    for found in sorted(total.found, key=lambda one: len(one.path))[:SHOWN]:
        _show(found)
    print(f"violations: {len(total.found)}")


def _show(found: Found) -> None:
    print(f"{found.scenario}: {found.violation}")
    for step in found.told or ["nothing deviates"]:
        print(f"    {step}")


# The bugs


def _find_bugs(pool: multiprocessing.pool.Pool, bugs: list[str], scenarios: list[str]) -> bool:
    """Find every deliberate bug, by the shortest way there is."""
    began = time.perf_counter()
    tasks = [(bug, scenarios) for bug in bugs]
    depths: dict[str, int] = {}
    for bug, found in pool.imap(_find, tasks):
        if found is None:
            print(f"NOT FOUND: {bug}", flush=True)
            continue
        depths[bug] = len(found.path)
        print(f"{bug}: depth {len(found.path)}, ", end="")
        _show(found)
    by_depth = [sum(depth == length for depth in depths.values()) for length in range(3)]
    counts = ", ".join(f"{count} at depth {depth}" for depth, count in enumerate(by_depth))
    seconds = time.perf_counter() - began
    print(f"{len(depths)} of {len(bugs)} deliberate bugs found in {seconds:.0f}s: {counts}")
    return len(depths) == len(bugs)


def _find(task: tuple[str, list[str]]) -> tuple[str, Found | None]:
    bug, scenarios = task
    with BUGS[bug]():
        return bug, shortest(scenarios, DEEP_ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
