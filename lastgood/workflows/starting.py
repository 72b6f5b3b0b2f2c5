"""Starting recoveries: of an incident that came in, of one that was left behind, or by hand."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from lastgood.domain.alarm import Incident
from lastgood.ledger import Opened
from lastgood.ports import StartError, WakeError
from lastgood.workflows.recording import give_up
from lastgood.workflows.waking import wake_outdated
from lastgood.workflows.world import World


def start(incident: Incident, world: World) -> Opened:
    """Keep an incident and start its recovery, as it was first kept.

    Started even where it is not the first delivery: whoever came first may have died in between.
    What it says of its instance may change what is proposed for it.
    """
    instance = world.policy().by_id(incident.instance)
    quiet = instance.quiet if instance else timedelta()
    opened = world.ledger.open(incident, world.now(), quiet)
    if not opened.joined or opened.incident.id in opened.head.unstarted:
        world.starter.start(opened.incident)
    if opened.head.open:
        wake_outdated(incident, world)
    return opened


def start_what_was_not(instances: Iterable[str], world: World) -> None:
    """Start the incidents that were kept, and on which nothing was decided since.

    Whoever kept them may have died before it started them; one that runs already is left alone.

    Raises:
        StartError: one of them cannot be started. The others were started first.
    """
    failure: StartError | None = None
    for instance in instances:
        for incident in world.ledger.unstarted(instance):
            try:
                world.starter.start(incident)
            except StartError as error:
                failure = error
    if failure:
        raise failure


def start_by_hand(incident: Incident, world: World) -> Incident:
    """Start what a person asks for; where that fails nothing is left behind to act later.

    An incident that had come in before stays as it was.

    Raises:
        Exception: whatever kept it from starting.
    """
    starter = world.starter  # first, because the environment may name no function to start
    opened = world.ledger.open(incident, world.now())
    try:
        starter.start(opened.incident)
    except Exception as error:
        if opened.first:
            reason = f"it could not be started: {type(error).__name__}"
            give_up(incident, reason, world)
            world.ledger.forget(incident, "not-started", reason, world.now())
        raise
    if opened.head.open:
        with suppress(WakeError):  # it runs: what is proposed is decided again when approved
            wake_outdated(incident, world)
    return opened.incident
