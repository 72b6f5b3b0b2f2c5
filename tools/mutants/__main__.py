"""Tries every mutant of the domain, the ledger and the workflows on the unit tests.

    python -m tools.mutants [--only GLOB ...] [--tests PATH ...] [--changed COMMIT] [--within S]

Fails on a survivor that tests/mutants.toml does not list, on a listed one that does not survive,
and where fewer than 95 % of all are killed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch

from mutmut.configuration import config

from tools.mutants import since, survivors, trial
from tools.mutants.trial import Mutant

KILLED = {"killed", "timeout"}
AT_LEAST = 0.95


def main() -> int:
    """Try what the arguments select."""
    parser = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--only", nargs="+", default=["*"], help="places, such as lastgood.ledger.*"
    )
    parser.add_argument("--tests", nargs="+", help="the tests to run instead of all unit tests")
    parser.add_argument("--changed", help="only functions that differ from this commit")
    parser.add_argument("--within", type=float, default=float("inf"), help="seconds to try them in")
    arguments = parser.parse_args()
    base = since.base_of(arguments.changed) if arguments.changed else None
    if arguments.changed:
        if base is None:
            return _pass(f"this clone does not know what changed since {arguments.changed}")
        config().only_mutate = [path for path in since.files(base) if config().should_mutate(path)]
        if not config().only_mutate:
            return _pass(f"nothing to mutate has changed since {base}")
    if arguments.tests:
        config().pytest_add_cli_args_test_selection = arguments.tests
    jobs = os.cpu_count() or 1
    everything = trial.generate(jobs)
    chosen = [one for one in everything if any(fnmatch(one.place, o) for o in arguments.only)]
    if base:
        chosen = list(since.changed(chosen, base))
    outcomes = trial.run(chosen, jobs, arguments.within) if chosen else {}
    report = [*_figures(chosen, outcomes), *(faults := list(_faults(everything, outcomes)))]
    sys.stdout.write("\n".join(report) + "\n")
    return 1 if faults else 0


def _pass(why: str) -> int:
    sys.stdout.write(f"{why}\n")
    return 0


def _figures(chosen: list[Mutant], outcomes: dict[Mutant, str]) -> Iterator[str]:
    rooms: dict[str, Counter[str]] = {}
    for mutant, outcome in outcomes.items():
        for room in (mutant.module.rpartition(".")[0], "all"):
            rooms.setdefault(room, Counter())[outcome] += 1
    for room, counts in sorted(rooms.items(), reverse=True):
        killed = sum(counts[outcome] for outcome in KILLED) / counts.total()
        named = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
        yield f"{room}: {killed:.1%} killed of {counts.total()} ({named})"
    yield f"{len(chosen) - len(outcomes)} of {len(chosen)} mutants were not tried"


def _faults(everything: list[Mutant], outcomes: dict[Mutant, str]) -> Iterator[str]:
    listed = survivors.listed()
    alive = survivors.of(one for one, outcome in outcomes.items() if outcome not in KILLED)
    new = alive - listed
    for (place, change), times in sorted(new.items()):
        yield survivors.entry(place, change, times)
    if new:
        yield f"error: {new.total()} survivors are not in {survivors.LISTED}"
        yield "Try: write a test that fails with the change, or list it there with the reason"
    for place, change in sorted((listed & survivors.of(outcomes)) - alive):
        yield f"error: listed in {survivors.LISTED}, but killed: {place}\n{change}"
    modules = {mutant.module for mutant in everything}
    for place, change in sorted(listed - survivors.of(everything)):
        if any(f"{place}.".startswith(f"{module}.") for module in modules):
            yield f"error: listed in {survivors.LISTED}, but no such mutant: {place}\n{change}"
    killed = sum(outcome in KILLED for outcome in outcomes.values())
    if len(outcomes) == len(everything) and killed < AT_LEAST * len(everything):
        yield f"error: less than {AT_LEAST:.0%} were killed"


if __name__ == "__main__":
    sys.exit(main())
