"""The recovery workflow: from an incident to an end that is recorded and told.

It runs in a durable execution: after every pause it starts from the top, so each look at the world
and each write is a step with a name of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from lastgood.domain import lifecycle
from lastgood.domain.alarm import Incident
from lastgood.domain.announcements import RECOVERY_KINDS, announce_recovery
from lastgood.domain.decide import decide
from lastgood.domain.decision import Decision, Plan, Refusal
from lastgood.domain.lifecycle import Line, Recovery, State
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Job, Refused, Unknown
from lastgood.domain.triage import gone
from lastgood.firing import fire
from lastgood.ports import CloudError, Flow, Pace, StepFailedError
from lastgood.readings import read_all
from lastgood.world import World

TRACKING = Pace(timedelta(seconds=5), 1.3, timedelta(minutes=1), 400)
"""A restore is said to take about five minutes whatever the size; 400 looks last over six hours."""


def recover(incident: Incident, flow: Flow, world: World) -> Recovery:
    """Take an incident to its end: refused, proposed, settled, failed or unknown."""
    try:
        decision = flow.step("decide", lambda: _decide(incident, world))
    except StepFailedError as failure:
        why = f"could not be decided: {failure}"
        return flow.step("give up", lambda: _give_up(incident, why, world))
    if isinstance(decision, Refusal) or decision.mode != "auto":
        return flow.step("conclude", lambda: _conclude(decision, incident, world))
    claimed = flow.step("claim", lambda: _claim(decision, world))
    if isinstance(claimed, Refusal):
        return flow.step("conclude", lambda: _conclude(claimed, incident, world))
    if claimed.state != "claimed" or claimed.plan != decision:
        return claimed  # an earlier execution has been here: what it began is not begun again
    return _carry_out(decision, flow, world)


def _carry_out(plan: Plan, flow: Flow, world: World) -> Recovery:
    match fire(plan, flow, world):
        case Refusal() as refusal:
            return _end(plan, flow, world, "claimed", "refused", **lifecycle.grounds(refusal))
        case Refused(code, sentence):
            facts = {"code": "refused-by-service", "reason": f"{code}: {sentence}"}
            return _end(plan, flow, world, "firing", "refused", **facts)
        case Unknown(why):
            return _end(plan, flow, world, "firing", "unknown", reason=why, hint=LOOK_YOURSELF)
        case Accepted(job):
            return _follow(plan, job, flow, world)


def _follow(plan: Plan, job_id: str, flow: Flow, world: World) -> Recovery:
    """Track the job to its end, then the instance until it is normal and idle."""
    flow.step("accept", lambda: _move(plan, world, "firing", "accepted", job=job_id))
    job = flow.poll("track the job", lambda: _see_job(plan, job_id, world), _job_ended, TRACKING)
    if job.status == "Failed":
        reason = f"the job {job_id} failed: {job.fail_reason or 'no reason was given'}"
        return _end(plan, flow, world, "accepted", "failed", reason=reason, hint=LOOK_YOURSELF)
    if not job.ended:
        reason = f"no end of the job {job_id} was seen; it was last {job.status}"
        return _end(plan, flow, world, "accepted", "unknown", reason=reason, hint=LOOK_YOURSELF)
    flow.step("restored", lambda: _move(plan, world, "accepted", "restored"))
    state = flow.poll("wait until idle", lambda: _see_state(plan, world), _is_idle, TRACKING)
    if not _is_idle(state):
        reason = (
            f"the job is done, but the instance stays {state.status}, {state.actions or 'idle'}"
        )
        return _end(plan, flow, world, "restored", "unknown", reason=reason, hint=LOOK_YOURSELF)
    return _end(plan, flow, world, "restored", "settled")


LOOK_YOURSELF = "look at the instance and its tasks in the console; lastgood does not try again"


def _decide(incident: Incident, world: World) -> Decision:
    """Decide, and keep in the journal everything that the decision rests on."""
    policy, now = world.policy(), world.now()
    instance = policy.find(incident.instance)
    if instance is None:
        return gone(incident)
    since = incident.onset - instance.margin - instance.max_rollback
    readings = read_all(policy, instance, world.clouds, now, since)
    history = world.ledger.history(instance.id)
    decision = decide(incident, readings, instance, history, now)
    detail = {"decision": decision, "readings": readings, "policy": instance, "history": history}
    line = Line(at=now, kind="decided", incident=incident.id, detail=detail)
    world.ledger.note(instance.id, line)
    return decision


def _claim(plan: Plan, world: World) -> Recovery | Refusal:
    policy = world.policy()
    instance = policy.find(plan.incident.instance)
    if instance is None:
        return gone(plan.incident)
    return world.ledger.claim(plan, instance, policy.fleet, world.now())


def _conclude(decision: Decision, incident: Incident, world: World) -> Recovery:
    recovery = world.ledger.conclude(decision, incident, world.now())
    return _tell(incident, recovery, world)


def _give_up(incident: Incident, why: str, world: World) -> Recovery:
    return _tell(incident, world.ledger.give_up(incident, why, world.now()), world)


def _move(plan: Plan, world: World, start: State, to: State, **facts: Any) -> Recovery:
    recovery = world.ledger.move(plan.incident.id, start, to, world.now(), **facts)
    return _tell(plan.incident, recovery, world)


def _end(plan: Plan, flow: Flow, world: World, start: State, to: State, **facts: Any) -> Recovery:
    return flow.step("end", lambda: _move(plan, world, start, to, **facts))


def _tell(incident: Incident, recovery: Recovery, world: World) -> Recovery:
    """Announce after recording: what is told is true, and telling it twice does no harm."""
    if kind := RECOVERY_KINDS.get(recovery.state):
        event = announce_recovery(incident, recovery)
        world.publisher.publish(kind, msgspec.to_builtins(event))
    return recovery


def _see_job(plan: Plan, job: str, world: World) -> Job:
    """A job that cannot be seen, for whatever reason, counts as running."""
    try:
        return world.clouds(plan.cloud).job(job) or Job(id=job, status="not listed yet")
    except CloudError as error:
        return Job(id=job, status=f"out of sight ({error.message})")


def _job_ended(job: Job) -> bool:
    return job.ended


def _see_state(plan: Plan, world: World) -> InstanceState:
    try:
        return world.clouds(plan.cloud).state(plan.incident.instance)
    except CloudError as error:
        return InstanceState(f"out of sight ({error.message})")


def _is_idle(state: InstanceState) -> bool:
    return state.status == "normal" and not state.actions
