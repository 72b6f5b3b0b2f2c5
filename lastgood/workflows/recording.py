"""Record first, publish afterwards: what is published is true, and twice does no harm."""

from __future__ import annotations

from typing import Any

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.events import RECOVERY_KINDS, announce_recovery
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.plan import Decision, Plan
from lastgood.ledger import LostRaceError
from lastgood.workflows.world import World


def conclude(decision: Decision, incident: Incident, world: World) -> Recovery:
    """Record and publish a decision that is not carried out at once: a refusal, or a proposal."""
    return publish(incident, world.ledger.conclude(decision, incident, world.now()), world)


def give_up(incident: Incident, why: str, world: World) -> Recovery:
    """Record and publish that an incident could not be decided."""
    return publish(incident, world.ledger.give_up(incident, why, world.now()), world)


def move(plan: Plan, world: World, start: State, to: State, /, **facts: Any) -> Recovery:
    """Record and publish a move of a recovery; one that somebody else has moved stays as it is."""
    try:
        recovery = world.ledger.move(plan.incident.id, start, to, world.now(), **facts)
    except LostRaceError as lost:
        recovery = lost.current
    return publish(plan.incident, recovery, world)


def publish(incident: Incident, recovery: Recovery, world: World) -> Recovery:
    """Publish where an incident stands, if its state is one that is announced."""
    if kind := RECOVERY_KINDS.get(recovery.state):
        event = announce_recovery(incident, recovery)
        world.publisher.publish(kind, msgspec.to_builtins(event))
    return recovery
