"""A flood of alarms through the real functions; `make floods` sends a thousand about a hundred."""

from __future__ import annotations

from collections import Counter

from tests.e2e.floods import flood


def test_a_flood_is_one_recovery_for_each_instance_and_all_of_it_is_accounted_for() -> None:
    came = flood(instances=4, alarms=40)

    assert sum(came.outcomes.values()) == 48
    assert came.outcomes.keys() <= {"started", "joined", "duplicate"}
    # What comes in after a restore has ended is an incident of its own, and expected.
    assert came.states == Counter(settled=4, refused=came.incidents - 4)
    assert (came.puts, came.restored) == (Counter({1: 4}), 4)
    assert came.longest < 40
