"""Reading about how many commands a restore undoes, where Cloud Eye can be read.

Never a reason to fail, and hardly one to wait: whatever goes wrong, a plan tells only the time.
"""

from __future__ import annotations

from datetime import timedelta

from lastgood.domain.counting import MOST_NODES, Rates, added, begin_of, period_of, series_of
from lastgood.domain.errors import LastgoodError
from lastgood.domain.plan import Decision, Plan
from lastgood.domain.policy import Instance
from lastgood.domain.reading import Reading
from lastgood.workflows.world import World

SPARE = 90.0
"""Seconds without which nothing is counted: what has to be done comes first."""
PATIENCE = timedelta(seconds=5)
"""After so long no further node is asked about."""


def count(decision: Decision, instance: Instance, reading: Reading, world: World) -> Rates | None:
    """How many commands the instance ran a second since the target; None where that is not known.

    Cloud Eye can be read where the policy says that it is asked: `confirm`.
    """
    nodes = reading.state.nodes if reading.state else ()
    if (
        not isinstance(decision, Plan)
        or instance.confirm != "cloud-eye"
        or instance.way != "in-place"
        or not 0 < len(nodes) <= MOST_NODES
        or world.time_left() < SPARE
    ):
        return None
    since, until = decision.lost.start, decision.lost.end
    period = period_of(since, until)
    start, ends_at, points = begin_of(since, period), world.now() + PATIENCE, []
    try:
        eye = world.cloud_eye(instance.cloud)
        for series in series_of(instance.id, nodes, period):
            if world.now() > ends_at:
                return None
            points.append(eye.glance(series, start, until))
    except LastgoodError:
        return None
    return added(points, period, start, until)
