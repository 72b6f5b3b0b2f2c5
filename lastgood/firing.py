"""Sending the one request that destroys data, at most once in the life of an incident.

The ledger, not the engine, is the guard: the intent to send is a conditional write that one
attempt alone can make, and it is made before the request. After it nobody sends again, whether
or not anybody knows how the request ended.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from lastgood.deciding import Decided, decide_afresh, worse
from lastgood.domain import times
from lastgood.domain.decision import Plan, Refusal
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.restore import Job, Outcome, Unknown
from lastgood.ledger import HaltedError, LostRaceError
from lastgood.ports import Flow, InterruptedStepError
from lastgood.world import World

ATTEMPTS = 3
"""How often an attempt is made again that was cut off before it had written its intent."""

SKEW = timedelta(minutes=15)
"""How far the clocks of the service and ours may be apart when jobs are looked for by time."""


def fire(plan: Plan, flow: Flow, world: World) -> Outcome | Refusal:
    """Look once more whether the plan stands, write down the intent, send the request.

    A refusal means that nothing was sent.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return flow.once(f"fire, attempt {attempt}", lambda: _attempt(plan, world))
        except InterruptedStepError:
            found = flow.step(f"look after attempt {attempt}", lambda: _standing(plan, world))
            if found.state != "claimed":
                return Unknown("the attempt was cut off after its intent had been written")
    return _outdated(plan, f"{ATTEMPTS} attempts were cut off before anything was sent")


def _attempt(plan: Plan, world: World) -> Outcome | Refusal:
    """Check, intend, send: nothing may come between the check, the intent and the request."""
    try:
        cloud = world.clouds(plan.cloud)
        jobs_before = tuple(job.id for job in jobs_of(plan, world, world.now()))
        if refusal := recheck(plan, world):
            return refusal
    except LastgoodError as error:
        return _outdated(plan, f"it could not be looked at again: {error.message}")
    try:
        world.ledger.intend(plan.incident.id, jobs_before, world.now())
    except LostRaceError as lost:
        return Unknown(f"another attempt had written its intent: {lost}")
    except HaltedError as halted:
        return halted.refusal
    return cloud.restore(plan.incident.instance, plan.restore_time)


def recheck(plan: Plan, world: World) -> Refusal | None:
    """Decide again from fresh readings, right before the request; None while the plan stands.

    Raises:
        CloudError: the cloud could not be read.
    """
    recovery = _standing(plan, world)
    again = decide_afresh(plan.incident, world)
    if isinstance(again, Refusal):
        return again
    if isinstance(again.decision, Refusal):
        return again.decision
    why = _why_outdated(plan, recovery, again, world)
    return _outdated(plan, why) if why else None


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


def jobs_of(plan: Plan, world: World, around: datetime) -> list[Job]:
    """The jobs of the plan's instance that began around a moment, by the service's clock.

    Raises:
        CloudError: the cloud could not be read.
    """
    jobs = world.clouds(plan.cloud).jobs(around - SKEW, max(around, world.now()) + SKEW)
    return [job for job in jobs if job.instance == plan.incident.instance]


def _standing(plan: Plan, world: World) -> Recovery:
    recovery = world.ledger.recovery(plan.incident.id)
    if recovery is None:
        raise AssertionError("an incident that was claimed has a record")
    return recovery


def _outdated(plan: Plan, why: str) -> Refusal:
    return Refusal(
        incident=plan.incident,
        code="plan-outdated",
        message=f"nothing was sent to {plan.incident.instance}: {why}",
        hint="plan again with --instance and --before",
    )
