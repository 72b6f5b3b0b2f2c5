"""`make deliveries`: lets senders deliver so many times, and says what came of it."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter

from tests.deliveries.history import Result, live
from tests.simulation.shortcuts import quick_retries

COLLECT_EVERY = 500


def main() -> int:
    """Live as many histories as it takes, or one of them; exits 1 if anything was violated."""
    parser = argparse.ArgumentParser(prog="tests.deliveries", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000, metavar="N")
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--seed", type=int, help="live this one and print its trace")
    asked = parser.parse_args()
    with quick_retries():
        if asked.seed is not None:
            return _show(live(asked.seed, traced=True))
        return _live_all(asked.first, asked.deliveries)


def _show(result: Result) -> int:
    print("\n".join(result.trace))
    print("\n".join(map(": ".join, result.violations)) or "nothing was violated")
    return 1 if result.violations else 0


def _live_all(first: int, wanted: int) -> int:
    seed, deliveries, redriven, violated = first, 0, 0, 0
    answered: Counter[tuple[str, int]] = Counter()
    faults: Counter[str] = Counter()
    given_up: Counter[str] = Counter()
    gc.disable()  # as in tests/simulation
    began = time.perf_counter()
    while deliveries < wanted:
        result = live(seed)
        deliveries, redriven = deliveries + result.deliveries, redriven + result.redriven
        answered.update(result.answered)
        given_up.update(result.given_up)
        for (kind, where), count in result.faults.items():
            faults[f"{kind} {where}" if kind in {"outage", "throttled"} else kind] += count
        if result.violations:
            violated += 1
            print(f"make deliveries SEED={seed}   # {': '.join(result.violations[0])}", flush=True)
        if seed % COLLECT_EVERY == 0:
            gc.collect()
        seed += 1
    seconds = time.perf_counter() - began
    rate = f"{seconds:.0f}s: {deliveries / seconds:.0f} per second, one core"
    print(
        f"{deliveries} deliveries in {answered.total()} requests that were answered,"
        f" {seed - first} histories, {rate}"
    )
    print(f"faults: {_told(faults)}")
    for road in sorted({road for road, _ in answered}):
        statuses = Counter({str(s): n for (one, s), n in answered.items() if one == road})
        print(f"  {road}: {_told(statuses)}; given up by the sender's own rules: {given_up[road]}")
    print(f"back from the dead letters by hand: {redriven}")
    print(f"histories with violations: {violated}")
    return 1 if violated else 0


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
