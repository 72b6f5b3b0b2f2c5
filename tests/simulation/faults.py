"""Which faults a history has: each is drawn by its seed, so that most histories have a few only.

A history in which everything goes wrong shows less than many in which two or three things do: it
never comes far. The kinds that are named here are the vocabulary of the report.
"""

from __future__ import annotations

from random import Random

from lastgood.domain.restore import Validation
from tests.simulation import backups
from tests.simulation.cloud import ROWS, SENT_TWICE
from tests.simulation.copies import DELETIONS, TRIALS
from tests.simulation.engine import WAKES
from tests.simulation.schedule import MINUTE, SECOND
from tests.simulation.world import SimulatedWorld

STRIKES = ("switch", "kill", "leave", "delay", "fail")
"""What may happen at a boundary; see `schedule`."""

GAPS = (3.0, 6.0, 12.0, 25.0, 50.0)
"""How many boundaries lie between two strikes, on the average."""

BUSY = 0.06
"""How many histories are about an instance that stays busy, see `crowd`."""

FATES = (
    "lost before it took effect",
    "its answer timed out",
    "a 5xx before it took effect",
    "a 5xx after it took effect",
    "a 202 without a job",
    "the connection dropped after it took effect",
    "delayed on its way, past the timeout",
    "refused with a 4xx",
    "turned down for now",
    "never connected",
    *SENT_TWICE,
)
"""What may become of the request."""


def choose_faults(world: SimulatedWorld) -> None:
    """Draw the faults of this history."""
    schedule, cloud = world.schedule, world.cloud
    random = schedule.random
    if schedule.chance(0.85):
        enabled = {kind for kind in STRIKES if random.random() < 0.5}
        if schedule.chance(0.8):
            enabled.add("switch")
        schedule.enabled = frozenset(enabled)
        schedule.budget = schedule.pick((1, 2, 3, 4, 8))
        schedule.patience = schedule.pick((2, 4, 8, 16, 30))
        schedule.dare(schedule.pick(GAPS))
    if schedule.chance(0.4):
        schedule.skews = schedule.pick((20 * SECOND, 30 * SECOND, MINUTE, 4 * MINUTE))
        cloud.skew_of_service = schedule.between(-schedule.skews, schedule.skews)
        world.engine.skew = schedule.skews
        schedule.hurt("skewed", "the clocks of all parties")
    if schedule.chance(0.35):
        cloud.fates = tuple(fate for fate in FATES if random.random() < 0.5)
        world.copies.fates = cloud.fates
        world.copies.deletions = tuple(fate for fate in DELETIONS if random.random() < 0.5)
        world.copies.trials = tuple(fate for fate in TRIALS if random.random() < 0.3)
        world.copies.obstacles = ("the quota is used up",) if random.random() < 0.2 else ()
    if schedule.chance(0.5):
        world.saved.fates = tuple(fate for fate in backups.FATES if random.random() < 0.3)
        world.saved.may_end = tuple(end for end in backups.ENDS if random.random() < 0.2)
        world.saved.slow = random.random() < 0.2
    choose_jobs(world, random)
    choose_engine(world, random)
    if schedule.chance(BUSY):
        crowd(world)


def choose_engine(world: SimulatedWorld, random: Random) -> None:
    """Draw whether the engine forgets names, and what becomes of wake-up calls."""
    engine = world.engine
    if random.random() < 0.05:
        engine.forgetful = True
        world.schedule.hurt("engine", "forgets the names of executions")
    if random.random() < 0.15:
        engine.fates = tuple(fate for fate in WAKES if random.random() < 0.5)


def crowd(world: SimulatedWorld) -> None:
    """Turn requests down for now, while invocations that were given up go on: rare together."""
    schedule = world.schedule
    world.cloud.fates = world.copies.fates = ("turned down for now",)
    schedule.enabled = frozenset({"switch", "leave"})
    schedule.budget, schedule.patience = 8, 30
    schedule.dare(GAPS[0])


def choose_jobs(world: SimulatedWorld, random: Random) -> None:
    """Draw how jobs go: how long they take, and how they end."""
    cloud = world.cloud
    if random.random() < 0.12:
        cloud.slow = world.copies.slow = True
        world.schedule.hurt("slow", "jobs and their listing")
    if random.random() < 0.1:
        cloud.rows = tuple(ROWS)
    end = random.random()
    if end < 0.08:
        cloud.ends = ("Failed",)
        world.copies.ends = ("FAILED",)
    elif end < 0.084:
        cloud.ends = ("Endless",)
        world.copies.ends = ("BUILD",)
    elif end < 0.088:
        cloud.ends = ("Busy",)
        world.copies.ends = ("BACKING UP",)
    if cloud.ends != ("Completed",):
        world.schedule.hurt("job", cloud.ends[0])
    verdict = random.random()
    if verdict < 0.3:
        world.validator.verdict = Validation("fail", "half of the keys are missing")
    elif verdict < 0.5:
        world.validator.verdict = Validation("none", "it cannot tell")
