"""Looking once more, right before the request, whether a plan still stands."""

from __future__ import annotations

from lastgood.deciding import Decided, decide_afresh, worse
from lastgood.domain import times
from lastgood.domain.decision import Plan, Refusal
from lastgood.domain.lifecycle import Recovery
from lastgood.world import World


def recheck(plan: Plan, recovery: Recovery, world: World) -> Refusal | None:
    """Decide again from fresh readings, right before the request; None while the plan stands.

    Raises:
        CloudError: the cloud could not be read.
    """
    again = decide_afresh(plan.incident, world)
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
    if age > again.policy.max_plan_age:
        return f"it is {times.tell_duration(age)} old, more than max_plan_age"
    if world.policy().find(plan.incident.instance) != again.policy:
        return "the policy changed while the instance was looked at"  # which takes a while
    return None


def _why_unfit(plan: Plan, again: Decided) -> str | None:
    """What speaks against the plan's target by now; the new decision may have chosen another."""
    if any(plan.target not in reading.range for reading in again.readings.all):
        return f"{plan.restore_time} is no longer offered"
    if isinstance(again.decision, Plan) and worse(again.decision, plan):
        return "the policy asks for an earlier moment by now"
    # A newer point makes the new decision lose little; what counts is what this plan loses.
    loss, limit = again.now - plan.target, again.policy.max_rollback
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
