"""A sweep of hundreds on the local durable engine: cut short, and killed at random.

`make sweeps` shows the same of 10,000.
"""

from __future__ import annotations

from tests.e2e.sweeps import sweep

COUNT = 200


def test_a_sweep_that_is_cut_short_and_killed_measures_each_instance_and_counts_it_once() -> None:
    swept = sweep(COUNT, seconds=45, kills=2, every=2)

    assert swept.counts == {"ok": COUNT}
    assert swept.kept == swept.measured == COUNT
    assert swept.invocations > swept.kills >= 1
    assert swept.largest < 10_000
