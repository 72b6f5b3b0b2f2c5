"""Pairs: the copy of a companion that goes with a restore in place, as of the very same moment.

Nothing was said of the companion, so its copy is an incident of its own, with its own outcome. What
lets it be made is in the ledger: a plan that names it, and whose request may have been carried out.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Incident, incident_id
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.plan import Decision, Plan, Refusal
from lastgood.domain.policy import Instance

_SENT: frozenset[State] = frozenset(
    {"unknown", "accepted", "restored", "validated", "settled", "failed", "handed-over"}
)
"""Where a recovery stands whose request may have been carried out: what is fenced as well."""


def incident_of(plan: Plan, instance: str) -> Incident:
    """The copy of a companion as what a recovery answers: the same whoever starts it."""
    leader = plan.incident
    source = f"pair of {leader.id}"
    return Incident(
        id=incident_id(source, leader.changed_at, instance),
        instance=instance,
        alarm=leader.alarm,
        source=source,
        changed_at=leader.changed_at,
        onset=plan.target,
        onset_basis="given",
        onset_detail=f"so that its copy is of the moment to which {leader.instance} goes back",
        strength=leader.strength,
        pair_of=leader.id,
    )


def pair_of(leader: Recovery | None) -> tuple[Incident, ...]:
    """The copies that go with a recovery: none unless its request may have been carried out."""
    plan = leader.plan if leader else None
    if leader is None or plan is None or leader.sent_at is None or leader.state not in _SENT:
        return ()
    return tuple(incident_of(plan, instance) for instance in plan.pair)


def moment_of(incident: Incident, leader: Recovery | None) -> datetime | None:
    """The moment that a copy is to be of; None where it goes with no restore."""
    return next((one.onset for one in pair_of(leader) if one.id == incident.id), None)


def agreed(instance: Instance, leader: Recovery) -> Instance:
    """The rules of a copy, where a person has agreed to the plan that names it."""
    if instance.mode != "propose" or leader.approval is None:
        return instance
    return msgspec.structs.replace(instance, mode="auto")


def aimed(incident: Incident, moment: datetime, instance: Instance) -> Incident:
    """The incident with the onset by which this moment, and no later one, is its target."""
    return msgspec.structs.replace(incident, onset=moment + instance.margin + times.SECOND)


def missed(decision: Decision, moment: datetime | None) -> Refusal | None:
    """The refusal of a plan that has another moment than the one the pair has in common."""
    if moment is None or isinstance(decision, Refusal):
        return None
    if moment == (decision.alternative or decision).target:
        return None
    incident, at = decision.incident, times.print_rfc3339(moment)
    again = f"lastgood recover --instance {incident.instance} --before {at}"
    return Refusal(
        incident=incident,
        code="no-common-moment",
        message=f"{incident.instance} is not copied: {at}, to which {incident.pair_of} went, is no "
        "longer offered",
        hint=f"run {again} for a copy of an earlier moment",
    )


def without_leader(incident: Incident) -> Refusal:
    """The refusal of a copy that no plan asks for, or none whose request was sent."""
    return Refusal(
        incident=incident,
        code="not-covered",
        message=f"no restore for {incident.pair_of} takes {incident.instance} along",
        hint=f"read `lastgood status {incident.pair_of}`",
    )
