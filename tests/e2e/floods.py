"""Many alarms at once, through the real functions: `python -m tests.e2e.floods [INSTANCES ALARMS]`.

Each alarm is another transition of its instance, and one in five is delivered twice. All of an
instance are one damage: it is restored once, and its journal can still be read.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from sandbox import corpus
from sandbox.stage import CACHE, Stage
from tests.support.incidents import Incident, Incidents, policy_with

AT_ONCE = 8
"""Deliveries at a time; each function has one process here."""


@dataclass(frozen=True)
class Flood:
    """What came of it: outcomes, ends and requests, and how long the deliveries and the rest took.

    `longest` is the number of entries in the longest journal.
    """

    outcomes: Counter[str]
    incidents: int
    states: Counter[str]
    puts: Counter[int]
    restored: int
    longest: int
    delivered_in: float
    ended_in: float

    def __str__(self) -> str:
        rate = sum(self.outcomes.values()) / self.delivered_in
        return (
            f"{dict(self.outcomes)} in {self.delivered_in:.0f} s ({rate:.0f} a second): "
            f"{self.incidents} incidents, {dict(self.states)}; instances by requests "
            f"{dict(self.puts)}, {self.restored} restored; all over after {self.ended_in:.0f} s; "
            f"at most {self.longest} entries in a journal"
        )


def flood(instances: int, alarms: int) -> Flood:
    """Deliver so many alarms of so many instances, in no order, and wait for the recoveries."""
    names = [f"flooded-{number}" for number in range(instances)]
    policy = policy_with(dict.fromkeys(names, 'cloud = "prod"\nmode = "auto"'))
    with Stage(policy=policy) as stage:
        incidents = Incidents(stage, names)
        draw = random.Random(1)  # noqa: S311 - no secret
        events = [_event(incidents[names[n % instances]], n) for n in range(alarms)]
        events += draw.sample(events, len(events) // 5)
        draw.shuffle(events)
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = [result.value() for result in pool.map(stage.deliver, events)]
        delivered = time.monotonic()
        outcomes = [outcome for result in results for outcome in result["outcomes"]]
        opened = {outcome["incident"] for outcome in outcomes}
        ends = [incidents[names[0]].end(incident) for incident in sorted(opened)]
        return Flood(
            outcomes=Counter(outcome["result"] for outcome in outcomes),
            incidents=len(opened),
            states=Counter(end["state"] for end in ends),
            puts=Counter(len(incidents[name].puts) for name in names),
            restored=sum(incidents[name].value == b"good" for name in names),
            longest=max(incidents.ledger.end(incidents[name].instance.id).seq for name in names),
            delivered_in=delivered - began,
            ended_in=time.monotonic() - began,
        )


def _event(of: Incident, number: int) -> bytes:
    """The alarm of another metric each time, a second after the last."""
    renamed = {
        CACHE: of.instance.id,
        "orders-cache": of.instance.name,
        "keys-dropped": f"metric-{number}",
    }
    at = of.alarmed_at + timedelta(milliseconds=number)
    return corpus.event("eventbridge-alarm", at, renamed)


if __name__ == "__main__":
    asked = [int(argument) for argument in sys.argv[1:]] or [100, 1000]
    sys.stdout.write(f"{flood(*asked)}\n")
