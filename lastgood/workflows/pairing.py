"""Starting what goes with a restore: a copy of each companion that its plan names."""

from __future__ import annotations

from functools import partial

from lastgood.domain.alarm import Incident
from lastgood.domain.pairing import incident_of
from lastgood.domain.plan import Plan
from lastgood.ports import Flow, StepFailedError
from lastgood.workflows.recording import give_up
from lastgood.workflows.world import World


def start_pair(plan: Plan, flow: Flow, world: World) -> None:
    """Start the copies that a plan names, each in an execution of its own; its end is told there.

    One that cannot be started holds nothing up: that is its outcome, which is recorded and told.
    """
    for instance in plan.pair:
        incident = incident_of(plan, instance)
        try:
            flow.attempt(f"start {incident.id}", partial(_start, incident, world))
        except StepFailedError as failure:
            why = f"it could not be started: {failure}"
            flow.step(f"give up {incident.id}", partial(give_up, incident, why, world))


def _start(incident: Incident, world: World) -> None:
    """Keep it first: where that is as far as it comes, the next verification starts it."""
    opened = world.ledger.open(incident, world.now())
    world.starter.start(opened.incident)
