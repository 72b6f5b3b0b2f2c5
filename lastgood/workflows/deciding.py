"""Deciding on an incident from fresh readings, with all that it rests on kept in the journal."""

from __future__ import annotations

from datetime import datetime

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Incident
from lastgood.domain.decide import decide
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Decision, Plan, Refusal
from lastgood.domain.policy import Instance
from lastgood.domain.reading import History, Readings
from lastgood.domain.triage import gone
from lastgood.workflows.reading import read_all
from lastgood.workflows.world import World


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision and its evidence: enough to decide again, and come out the same."""

    decision: Decision
    incident: Incident
    readings: Readings
    instance: Instance = msgspec.field(name="policy")  # as the journal has it
    history: History | None
    now: datetime

    def again(self) -> Decision:
        """Decide from the recorded evidence."""
        return decide(self.incident, self.readings, self.instance, self.history, self.now)


def consider(incident: Incident, world: World) -> Decided | Refusal:
    """Read the policy, the cloud and the ledger, and decide; a refusal if the instance is gone.

    What a recovery decides and what `lastgood plan` shows are this one function.

    Raises:
        CloudError: the cloud could not be read.
    """
    policy, now = world.policy(), world.now()
    instance = policy.find(incident.instance)
    if instance is None:
        return gone(incident)
    since = incident.onset - instance.margin - instance.max_rollback
    readings = read_all(policy, instance, world.clouds, now, since)
    history = world.ledger.history(incident) if world.has_ledger else None
    decision = decide(incident, readings, instance, history, now)
    return Decided(
        decision=decision,
        incident=incident,
        readings=readings,
        instance=instance,
        history=history,
        now=now,
    )


def decide_on_record(incident: Incident, world: World) -> Decision:
    """Decide, and write the decision with its evidence into the journal.

    Raises:
        CloudError: the cloud could not be read.
    """
    decided = consider(incident, world)
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


def recheck(plan: Plan, recovery: Recovery, world: World) -> Refusal | None:
    """Decide again from fresh readings, right before the request; None while the plan stands.

    Raises:
        CloudError: the cloud could not be read.
    """
    again = consider(plan.incident, world)
    if isinstance(again, Refusal):
        return again
    if isinstance(again.decision, Refusal):
        return again.decision
    why = _why_outdated(plan, recovery, again, world)
    return outdated(plan, why) if why else None


def _why_outdated(plan: Plan, recovery: Recovery, again: Decided, world: World) -> str | None:
    """What has changed since the plan was made, of which the new decision says nothing."""
    stays_automatic = isinstance(again.decision, Plan) and again.decision.mode == "auto"
    if recovery.approval is None and not stays_automatic:
        return "it may no longer be carried out without a person"
    if why := _why_unfit(plan, again):
        return why
    age = world.now() - (recovery.approval.at if recovery.approval else plan.decided_at)
    if age > again.instance.max_plan_age:
        return f"it is {times.tell_duration(age)} old, more than max_plan_age"
    if world.policy().find(plan.incident.instance) != again.instance:
        return "the policy changed while the instance was looked at"  # which takes a while
    return None


def _why_unfit(plan: Plan, again: Decided) -> str | None:
    """What speaks against the plan's target by now; the new decision may have chosen another."""
    if any(plan.target not in reading.range for reading in again.readings.all):
        return f"{plan.restore_time} is no longer offered"
    if isinstance(again.decision, Plan) and worse(again.decision, plan):
        return "the policy asks for an earlier moment by now"
    # A newer point makes the new decision lose little; what counts is what this plan loses.
    loss, limit = again.now - plan.target, again.instance.max_rollback
    if loss > limit:
        told = times.tell_duration(loss), times.tell_duration(limit)
        return f"it would lose the writes of {told[0]} by now, more than max_rollback ({told[1]})"
    return None


def outdated(plan: Plan, why: str) -> Refusal:
    """The refusal of a plan that stands no more; it says that nothing was sent."""
    return Refusal(
        incident=plan.incident,
        code="plan-outdated",
        message=f"nothing was sent to {plan.incident.instance}: {why}",
        hint="plan again with --instance and --before",
    )
