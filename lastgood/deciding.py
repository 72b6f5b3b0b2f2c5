"""Deciding on an incident from fresh readings, with all that it rests on kept in the journal."""

from __future__ import annotations

from datetime import datetime

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.decide import decide
from lastgood.domain.decision import Decision, Plan, Refusal
from lastgood.domain.journal import Line
from lastgood.domain.policy import Instance
from lastgood.domain.reading import History, Readings
from lastgood.domain.triage import gone
from lastgood.readings import read_all
from lastgood.world import World


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision and its evidence: enough to decide again, and come out the same."""

    decision: Decision
    incident: Incident
    readings: Readings
    policy: Instance
    history: History
    now: datetime

    def again(self) -> Decision:
        """Decide from the recorded evidence."""
        return decide(self.incident, self.readings, self.policy, self.history, self.now)


def decide_afresh(incident: Incident, world: World) -> Decided | Refusal:
    """Read the policy, the cloud and the ledger, and decide; a refusal if the instance is gone.

    Raises:
        CloudError: the cloud could not be read.
    """
    policy, now = world.policy(), world.now()
    instance = policy.find(incident.instance)
    if instance is None:
        return gone(incident)
    since = incident.onset - instance.margin - instance.max_rollback
    readings = read_all(policy, instance, world.clouds, now, since)
    history = world.ledger.history(incident)
    decision = decide(incident, readings, instance, history, now)
    return Decided(
        decision=decision,
        incident=incident,
        readings=readings,
        policy=instance,
        history=history,
        now=now,
    )


def decide_on_record(incident: Incident, world: World) -> Decision:
    """Decide, and write the decision with its evidence into the journal.

    Raises:
        CloudError: the cloud could not be read.
    """
    decided = decide_afresh(incident, world)
    if isinstance(decided, Refusal):
        return decided
    line = Line(at=decided.now, kind="decided", incident=incident.id, detail=decided)
    world.ledger.note(incident.instance, line)
    return decided.decision


def worse(again: Plan, approved: Plan) -> bool:
    """Whether a plan made afresh is worse than the one that a person agreed to.

    The loss grows while people think; what matters is whether it goes back further than agreed.
    """
    return again.target < approved.target
