"""Starting what goes with a restore: a copy of each companion that its plan names."""

from __future__ import annotations

from functools import partial

from lastgood.domain.alarm import Incident
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.pairing import pair_of
from lastgood.ports import Flow, StepFailedError
from lastgood.workflows.recording import give_up
from lastgood.workflows.world import World


def start_pair(recovery: Recovery, flow: Flow, world: World) -> None:
    """Start the copies that go with a recovery, if its request may have been carried out.

    Each runs in an execution of its own, and its end is told there. One that cannot be started
    holds nothing up: that is its outcome, which is recorded and told.
    """
    for incident in pair_of(recovery):
        try:
            flow.attempt(f"start {incident.id}", partial(_start, incident, world))
        except StepFailedError as failure:
            why = f"it could not be started: {failure}"
            flow.step(f"give up {incident.id}", partial(give_up, incident, why, world))


def keep_pair(recovery: Recovery, world: World) -> None:
    """Keep them where the execution that would have started them may be dead.

    The next verification starts what was not started.
    """
    for incident in pair_of(recovery):
        world.ledger.open(incident, world.now())


def _start(incident: Incident, world: World) -> None:
    """Keep it first: where that is as far as it comes, the next verification starts it."""
    opened = world.ledger.open(incident, world.now())
    world.starter.start(opened.incident)
