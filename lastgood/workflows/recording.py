"""Record first, publish afterwards: what is published is true, and twice does no harm.

A bus that is away holds nothing up: what could not be published is kept, and published later.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.errors import LastgoodError
from lastgood.domain.events import RECOVERY_KINDS, Kind, Pending, announce_recovery
from lastgood.domain.lifecycle import MOVES, Recovery, State
from lastgood.domain.plan import Decision, Plan
from lastgood.ledger import LostRaceError, Moved
from lastgood.ports import PublishError
from lastgood.workflows.world import World


def conclude(decision: Decision, incident: Incident, world: World) -> Recovery:
    """Record and publish a decision that is not carried out at once: a refusal, or a proposal."""
    return announce(incident, world.ledger.conclude(decision, incident, world.now()), world)


def give_up(incident: Incident, why: str, world: World) -> Recovery:
    """Record and publish that an incident could not be decided."""
    return announce(incident, world.ledger.give_up(incident, why, world.now()), world)


def move(plan: Plan, world: World, start: State, to: State, /, **facts: Any) -> Recovery:
    """Record and publish a move of a recovery; one that somebody else has moved stays as it is.

    Then that is published, because whoever moved it may have died before.
    """
    try:
        moved = world.ledger.move(plan.incident.id, start, to, world.now(), **facts)
    except LostRaceError as lost:
        moved = Moved(lost.current, here=False)
    return announce(plan.incident, moved, world)


def announce(incident: Incident, moved: Moved, world: World) -> Recovery:
    """Publish where an incident stands, and count it if this very move ended it.

    Whoever finds that a move was made publishes it as well, because whoever made it may have died
    before; but what was published already is not repeated.
    """
    recovery = moved.recovery
    if incident.drill:
        return recovery  # `drilling` tells how it went
    if moved.here and recovery.state not in MOVES:
        world.metrics.emit_recovery(incident, recovery)
    kind = RECOVERY_KINDS.get(recovery.state)
    if kind and (moved.here or not world.ledger.is_announced(recovery)):
        name = _name_of(incident.instance, world)
        send(kind, announce_recovery(incident, recovery, name), world)
        world.ledger.note_announced(recovery)
    return recovery


def _name_of(instance: str, world: World) -> str | None:
    """The name of an instance in the policy; without one the event goes out all the same."""
    try:
        known = world.policy().by_id(instance)
    except LastgoodError:
        return None
    return known.name if known else None


def send(kind: Kind, event: msgspec.Struct, world: World) -> None:
    """Publish one event and what was kept before; or keep it where the bus does not take it."""
    detail = msgspec.to_builtins(event)
    try:
        world.publisher.publish(kind, detail)
    except PublishError:
        world.ledger.postpone(Pending(kind, detail))
    else:
        _send_what_was_kept(world)


def _send_what_was_kept(world: World) -> None:
    """Publish the events that could not be published before, until the bus fails again.

    One that fails goes to the end, so that it does not hold up the others for ever.
    """
    for event in world.ledger.pending():
        try:
            world.publisher.publish(event.kind, event.detail)
        except PublishError:
            world.ledger.postpone(event)
            break
        world.ledger.sent(event)
