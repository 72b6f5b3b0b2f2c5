"""`make simulate`: lives many histories, and says what was done to them and what they showed."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter

from lastgood.domain.lifecycle import MOVES
from tests.simulation.history import Result, live
from tests.simulation.shortcuts import shortcuts

LIMITS = {
    "foreign": "jobs of others taken for ours after a lost answer",
    "uncounted": "ends that whoever brought them about died before counting",
    "untold": "ends that nobody announced because the execution died for good",
}
"""What is counted and no violation; docs/reference/simulation.md says why."""

COLLECT_EVERY = 500
REPORT_EVERY = 10_000


def main() -> int:
    """Live them, or one of them with its trace; exits 1 if anything was violated."""
    parser = argparse.ArgumentParser(prog="tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000, metavar="N")
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--seed", type=int, help="live this one and print its trace")
    asked = parser.parse_args()
    with shortcuts():
        if asked.seed is not None:
            return _show(live(asked.seed, traced=True))
        return _live_all(asked.first, asked.histories)


def _show(result: Result) -> int:
    print("\n".join(result.trace))
    print("\n".join(result.violations) or "nothing was violated")
    return 1 if result.violations else 0


def _live_all(first: int, histories: int) -> int:
    moves: Counter[tuple[str | None, str]] = Counter()
    faults: Counter[str] = Counter()
    limits: Counter[str] = Counter()
    violated: list[Result] = []
    # Histories make no garbage cycles that matter; collecting now and then is enough.
    gc.disable()
    began = time.perf_counter()
    for done, seed in enumerate(range(first, first + histories), 1):
        result = live(seed)
        moves.update(result.moves)
        limits.update(result.limits)
        for (kind, _), count in result.faults.items():
            faults[kind] += count
        if result.violations:
            violated.append(result)
            print(f"seed {seed}: {result.violations[0]}", flush=True)
        if done % COLLECT_EVERY == 0:
            gc.collect()
        if done % REPORT_EVERY == 0:
            print(f"{done} histories, {len(violated)} violations", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    _report(histories, seconds, moves, faults)
    told = ", ".join(f"{limits[name]} {meaning}" for name, meaning in LIMITS.items())
    print(f"known limits: {told}")
    for result in violated[:20]:
        print(f"make simulate SEED={result.seed}   # {result.violations[0]}")
    print(f"violations: {len(violated)}")
    return 1 if violated else 0


def _report(
    histories: int,
    seconds: float,
    moves: Counter[tuple[str | None, str]],
    faults: Counter[str],
) -> None:
    print(
        f"{histories} histories in {seconds:.0f}s: {histories / seconds:.0f} per second, one core"
    )
    told = ", ".join(f"{count} {kind}" for kind, count in faults.most_common())
    print(f"faults: {sum(faults.values())}: {told}")
    possible = [(before, after) for before, afters in MOVES.items() for after in sorted(afters)]
    missed = [move for move in possible if not moves[move]]
    states = {state for move in possible for state in move if state}
    visited = {state for move in moves for state in move if state}
    print(f"states: {len(visited)} of {len(states)}")
    print(f"transitions: {len(possible) - len(missed)} of {len(possible)}")
    for before, after in possible:
        print(f"  {before or 'nothing'} → {after}: {moves[before, after]}")


if __name__ == "__main__":
    sys.exit(main())
