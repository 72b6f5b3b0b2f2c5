"""The recovery workflow: from an incident to an end that is recorded and told.

It runs in a durable execution: after every pause it starts from the top, so each look at the world
and each write is a step with a name of its own.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from lastgood.domain import lifecycle
from lastgood.domain.alarm import Incident
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.restore import Accepted, Job, Refused, Unknown, Validation
from lastgood.domain.triage import gone
from lastgood.ports import Flow, Pace, StepFailedError
from lastgood.workflows.approval import wait_for_approval
from lastgood.workflows.deciding import decide_on_record
from lastgood.workflows.firing import fire, is_idle, see_state
from lastgood.workflows.reconciliation import reconcile
from lastgood.workflows.recording import conclude, give_up, move
from lastgood.workflows.world import World

TRACKING = Pace(timedelta(seconds=5), 1.3, timedelta(minutes=1), 400)
"""A restore is said to take about five minutes whatever the size; 400 looks last over six hours."""

BY_HAND = "open the instance and its tasks in the console; lastgood does not try again"


def recover(incident: Incident, flow: Flow, world: World) -> Recovery:
    """Take an incident to one of the ends of `domain.lifecycle`."""
    try:
        plan = flow.attempt("decide", lambda: decide_on_record(incident, world))
    except StepFailedError as failure:
        why = f"it could not be decided: {failure}"
        return flow.step("give up", lambda: give_up(incident, why, world))
    if isinstance(plan, Plan) and plan.mode == "propose":
        approved = wait_for_approval(plan, flow, world)
        if isinstance(approved, Recovery):
            return approved
        plan = approved
    if isinstance(plan, Refusal):
        return flow.step("conclude", partial(conclude, plan, incident, world))
    return _claim_and_carry_out(plan, flow, world)


def _claim_and_carry_out(plan: Plan, flow: Flow, world: World) -> Recovery:
    claimed = flow.step("claim", lambda: _claim(plan, world))
    if isinstance(claimed, Refusal):
        return flow.step("conclude", lambda: _refuse(plan, claimed, world))
    if claimed.state != "claimed" or claimed.plan != plan:
        return claimed  # an earlier execution has been here: what it began is not begun again
    match fire(plan, flow, world):
        case Refusal() as refusal:
            return _withdraw(plan, refusal, flow, world)
        case Refused(code, sentence):
            facts = {"code": "refused-by-service", "reason": f"{code}: {sentence}"}
            return _end(plan, flow, world, "firing", "refused", **facts)
        case Unknown() as unknown:
            return _find_out(plan, unknown, flow, world)
        case Accepted(job):
            accepted = flow.step("accept", lambda: move(plan, world, "firing", "accepted", job=job))
            return _follow(plan, accepted, flow, world)


def _withdraw(plan: Plan, refusal: Refusal, flow: Flow, world: World) -> Recovery:
    """Give the claim back; unless an attempt that was thought dead has written its intent."""
    facts = lifecycle.grounds(refusal)
    standing = flow.step("withdraw", lambda: move(plan, world, "claimed", "refused", **facts))
    if standing.state == "firing":
        return _find_out(plan, Unknown("an attempt that was thought dead went on"), flow, world)
    return standing


def _find_out(plan: Plan, unknown: Unknown, flow: Flow, world: World) -> Recovery:
    """Go by what can be read; where that shows nothing, a person has to look."""
    why = unknown.why
    if not unknown.traceable:
        facts = {"reason": why, "hint": BY_HAND}
        standing = flow.step(
            "ask a person", lambda: move(plan, world, "claimed", "handed-over", **facts)
        )
        if standing.state != "firing":
            return standing
    sent = flow.step("lose sight", lambda: move(plan, world, "firing", "unknown", reason=why))
    if sent.state != "unknown":
        return sent
    match reconcile(plan, sent, flow, world):
        case Accepted(job):
            reason = f"{why}; taken for ours: job {job}, the only one that began after it"
            accepted = flow.step(
                "reconcile: accept",
                lambda: move(plan, world, "unknown", "accepted", job=job, reason=reason),
            )
            return _follow(plan, accepted, flow, world)
        case Unknown(evidence):
            return _hand_over(plan, flow, world, "unknown", f"{why}; {evidence}")


def _follow(plan: Plan, accepted: Recovery, flow: Flow, world: World) -> Recovery:
    """Track the job to its end, then the instance until it is normal and idle, then validate."""
    job_id = accepted.job
    if accepted.state != "accepted" or job_id is None:
        return accepted  # a person has released it
    job = flow.poll("track the job", lambda: _see_job(plan, job_id, world), _job_ended, TRACKING)
    if job.status == "Failed":
        reason = f"the job {job_id} failed: {job.fail_reason or 'no reason was given'}"
        return _end(plan, flow, world, "accepted", "failed", reason=reason, hint=BY_HAND)
    if not job.ended:
        reason = f"no end of the job {job_id} was seen; it was last {job.status}"
        return _hand_over(plan, flow, world, "accepted", reason)
    restored = flow.step("restored", lambda: move(plan, world, "accepted", "restored"))
    if restored.state != "restored":
        return restored
    state = flow.poll("wait until idle", lambda: see_state(plan, world), is_idle, TRACKING)
    if not is_idle(state):
        doing = ", ".join(state.actions) or "idle"
        reason = f"the job is done, but the instance stays {state.status}, {doing}"
        return _hand_over(plan, flow, world, "restored", reason)
    return _validate_and_settle(plan, flow, world)


def _validate_and_settle(plan: Plan, flow: Flow, world: World) -> Recovery:
    verdict = _validate(plan, flow, world)
    if verdict.verdict == "fail":
        reason = f"restored, but the validate hook says no: {verdict.detail}"
        facts = {"verdict": verdict.verdict, "reason": reason, "hint": BY_HAND}
        return _end(plan, flow, world, "restored", "failed", **facts)
    flow.step(
        "validated",
        lambda: move(plan, world, "restored", "validated", verdict=verdict.verdict),
    )
    return _end(plan, flow, world, "validated", "settled")


def _validate(plan: Plan, flow: Flow, world: World) -> Validation:
    """Ask the hook of the instance, if it has one; a hook that cannot be asked gives no verdict."""
    try:
        return flow.attempt("validate", lambda: _ask_the_hook(plan, world))
    except StepFailedError as failure:
        return Validation("none", f"the hook could not be asked: {failure}")


def _ask_the_hook(plan: Plan, world: World) -> Validation:
    instance = world.policy().find(plan.incident.instance)
    if instance is None or instance.validate is None:
        return Validation("none", "the instance has no validate hook")
    return world.validator.validate(instance.validate, plan)


def _claim(plan: Plan, world: World) -> Recovery | Refusal:
    """Claim, or find the claim that a run of this step made before it was cut off.

    The ledger is asked first: a refusal by a policy that changed meanwhile would leave that claim,
    and the instance with it, held for ever.
    """
    found = world.ledger.recovery(plan.incident.id)
    if found is not None and found.state != "approved":
        return found
    policy = world.policy()
    instance = policy.find(plan.incident.instance)
    if instance is None:
        return gone(plan.incident)
    return world.ledger.claim(plan, instance, policy.fleet, world.now())


def _refuse(plan: Plan, refusal: Refusal, world: World) -> Recovery:
    """Record a claim that was refused.

    There may be a record: that of an approval, or a claim of an older invocation which went on
    after this one had begun. Neither has sent anything.
    """
    recovery = conclude(refusal, plan.incident, world)
    if recovery.state in {"approved", "claimed"}:
        return move(plan, world, recovery.state, "refused", **lifecycle.grounds(refusal))
    return recovery


def _end(plan: Plan, flow: Flow, world: World, start: State, to: State, **facts: Any) -> Recovery:
    return flow.step("end", lambda: move(plan, world, start, to, **facts))


def _hand_over(plan: Plan, flow: Flow, world: World, start: State, reason: str) -> Recovery:
    return _end(plan, flow, world, start, "handed-over", reason=reason, hint=BY_HAND)


def _see_job(plan: Plan, job: str, world: World) -> Job:
    """A job that cannot be seen, for whatever reason, counts as running."""
    try:
        return world.clouds(plan.cloud).job(job) or Job(id=job, status="not listed yet")
    except LastgoodError as error:
        return Job(id=job, status=f"out of sight ({error.message})")


def _job_ended(job: Job) -> bool:
    return job.ended
