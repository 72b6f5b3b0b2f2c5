"""The end of a history: what was left behind is found, and then everything is judged."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.deliveries import Deliveries
from tests.simulation.people import People
from tests.simulation.schedule import HOUR
from tests.simulation.world import SimulatedWorld

MILLISECOND = timedelta(milliseconds=1)

LAST_LOOKS = 4
"""After so many quiet hours everything must have been found that was left behind."""


def judge(world: SimulatedWorld, deliveries: Deliveries, people: People) -> None:
    """Let sweeps and people find what is left, without any more faults; then check it all."""
    _look_back(world, deliveries, people)
    watch = world.watch
    if world.schedule.endless:
        watch.violations.append("it does not end")
    elif not watch.violations:
        watch.dead = frozenset(world.engine.died | people.unfinished)
        watch.is_marked = any(one.drill_way for one in world.policies[-1][1].instance)
        watch.covered = frozenset(one.id for one in world.policies[-1][1].instance)
        watch.ends()


def _look_back(world: SimulatedWorld, deliveries: Deliveries, people: People) -> None:
    schedule = world.schedule
    schedule.calm()
    for _ in range(LAST_LOOKS):
        left = world.engine.dead if world.watch.standing() else []
        overdue = world.watch.overdue_at()
        if schedule.aborting or not (left or overdue or world.watch.needs_a_sweep()):
            return
        downs = world.publisher.down_until, world.store.down_until, world.cloud.down_until
        over = int((overdue - schedule.start) / MILLISECOND) if overdue else 0
        schedule.clock = max(schedule.clock, over, *downs) + HOUR
        if left:
            people.clean_up()
        deliveries.sweep()
        schedule.run()
