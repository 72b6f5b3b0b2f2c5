"""`make fuzz`: answers of every kind, and what the client of the cloud makes of them."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.fuzz.trial import Trial, conditions, run

REPORT_EVERY = 5_000


def main() -> int:
    """Run the trials, or one of them; exits 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--answers", type=int, default=50_000, metavar="N")
    parser.add_argument("--first", type=int, default=1, metavar="SEED")
    parser.add_argument("--seed", type=int, help="run this one and tell all of it")
    asked = parser.parse_args()
    with conditions():
        if asked.seed is not None:
            return _tell(run(asked.seed))
        return _run_all(asked.first, asked.answers)


def _tell(trial: Trial) -> int:
    print(trial)
    for request in trial.wire.sent:
        print(f"sent {request[:60]!r}")
    for made in trial.answers.made:
        print(f"came {made.status} {made.body[:200]!r}")
    print("\n".join(trial.complaints) or "nothing was wrong")
    return 1 if trial.complaints else 0


def _run_all(first: int, wanted: int) -> int:
    """Go on until so many answers have been given."""
    ends: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    wrong: list[Trial] = []
    answers = trials = puts = 0
    began = time.perf_counter()
    while answers < wanted:
        trial = run(first + trials)
        trials += 1
        before, answers = answers, answers + len(trial.answers.made)
        puts += trial.wire.count("PUT")
        ends[f"{'PUT' if trial.question == 'PUT' else 'read'}: {trial.ended}"] += 1
        statuses.update(made.status for made in trial.answers.made)
        if trial.complaints:
            wrong.append(trial)
            print(f"{trial}: {trial.complaints[0]}", flush=True)
        if before // REPORT_EVERY != answers // REPORT_EVERY:
            print(f"{answers} answers, {len(wrong)} wrong", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - began
    print(f"{answers} answers in {trials} trials, {seconds:.0f}s; {puts} restores were sent")
    print(f"statuses: {len(statuses)} of them")
    for end, count in ends.most_common():
        print(f"  {end}: {count}")
    for trial in wrong[:20]:
        print(f"python -m tests.fuzz --seed {trial.seed}   # {trial.complaints[0]}")
    print(f"wrong: {len(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
