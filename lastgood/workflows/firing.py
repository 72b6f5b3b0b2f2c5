"""Sending the one request that destroys data, and having it carried out at most once.

The ledger, not the engine, is the guard: the intent to send is a conditional write that one
attempt alone can make, and it is made before the request. After it the request is never
sent again, even when its outcome is unknown; unless the service itself said that it was busy. Then
that intent is withdrawn, and the next one has another number.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Job, Outcome, Refused, Unknown
from lastgood.ledger import HaltedError, LostRaceError
from lastgood.ports import Flow, InterruptedStepError, Pace
from lastgood.workflows.deciding import outdated, recheck
from lastgood.workflows.world import World

ATTEMPTS = 3
"""How often an attempt is made again that was cut off before it had written its intent."""

TURNS = 6
"""How often a busy instance is tried again; `max_plan_age` may end it sooner."""

PAUSE = timedelta(seconds=15)
"""Before the second turn; it doubles with each."""

UNTIL_IDLE = Pace(timedelta(seconds=10), 1.5, timedelta(seconds=30), 30)
"""About a quarter of an hour, which is what `max_plan_age` is by default."""

SKEW = timedelta(minutes=15)
"""How far the clocks of the service and ours may be apart when jobs are looked for by time."""


def fire(plan: Plan, flow: Flow, world: World) -> Outcome | Refusal:
    """Send the request; while the instance is busy wait, decide again, and send it then.

    A refusal means that nothing was carried out, and that no intent stands.
    """
    turn = number = 1
    while True:
        outcome = _take_turn(turn, number, plan, flow, world)
        if isinstance(outcome, Refused) and outcome.passes:
            outcome = _stand_down(number, plan, outcome, flow, world)
            number += 1
        if not (isinstance(outcome, Refusal) and outcome.code == "instance-busy"):
            return outcome
        if turn == TURNS or not _becomes_idle(turn, plan, flow, world):
            return flow.step("look back", partial(_look_back, outcome, plan, world))
        turn += 1


def _take_turn(turn: int, number: int, plan: Plan, flow: Flow, world: World) -> Outcome | Refusal:
    """Write the intent of this number and send its request, if the plan still stands."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            name = f"fire {turn}, attempt {attempt}"
            return flow.once(name, lambda: _attempt(number, plan, world))
        except InterruptedStepError:
            name = f"look after fire {turn}, attempt {attempt}"
            found = flow.step(name, lambda: _standing(plan, world))
            if found.state != "claimed":
                return Unknown("the attempt was cut off after its intent had been written")
    return outdated(plan, f"{ATTEMPTS} attempts were cut off before anything was sent")


def _attempt(number: int, plan: Plan, world: World) -> Outcome | Refusal:
    """Check, intend, send: nothing may come between the check, the intent and the request."""
    try:
        cloud = world.clouds(plan.cloud)
        jobs = _look_again(number, plan, world)
    except LastgoodError as error:
        unseen = _unseen(error) if number > 1 else None
        return unseen or outdated(plan, f"it could not be looked at again: {error.message}")
    if not isinstance(jobs, tuple):
        return jobs
    try:
        world.ledger.intend(plan.incident.id, number, jobs, world.now())
    except LostRaceError as lost:
        return Unknown(f"another attempt had written its intent: {lost}")
    except HaltedError as halted:
        return halted.refusal
    return cloud.restore(plan.incident.instance, plan.restore_time)


def _look_again(number: int, plan: Plan, world: World) -> tuple[str, ...] | Unknown | Refusal:
    """The jobs of the instance by now; or why the request must not be sent.

    Raises:
        CloudError: the cloud could not be read.
    """
    before = _standing(plan, world)
    if before.tries >= number:
        return Unknown("another attempt had written its intent")
    jobs = tuple(job.id for job in jobs_of(plan, world, before.sent_at or world.now()))
    if before.tries and (unknown := _perhaps_ours(jobs, before)):
        return unknown
    return recheck(plan, before, world) or jobs


def _look_back(busy: Refusal, plan: Plan, world: World) -> Refusal | Unknown:
    """Give up on a busy instance; a job that began after a request is still for a person to see."""
    sent = _standing(plan, world)
    if not sent.tries:
        return busy
    try:
        jobs = tuple(job.id for job in jobs_of(plan, world, sent.sent_at or world.now()))
    except LastgoodError as error:
        return _unseen(error)
    return _perhaps_ours(jobs, sent) or busy


def _unseen(error: LastgoodError) -> Unknown:
    why = f"the service was busy, and then its jobs could not be read: {error.message}"
    return Unknown(why, traceable=False)


def _perhaps_ours(jobs: tuple[str, ...], sent: Recovery) -> Unknown | None:
    """Leave jobs that are new since the latest request to a person; None where there are none.

    Something between us and the service may duplicate a request. Then "busy"
    may have been the answer to the second of two, and a job the work of the first.
    """
    new = ", ".join(job for job in jobs if job not in sent.jobs_before)
    why = f"the service said that it was busy, and yet {new} began after the request"
    return Unknown(why, traceable=False) if new else None


def _stand_down(
    number: int, plan: Plan, refused: Refused, flow: Flow, world: World
) -> Refusal | Unknown:
    """Withdraw the intent of this number, because the service was busy."""
    incident, why = plan.incident.id, refused.sentence
    standing = flow.step(
        f"stand down {number}", lambda: world.ledger.stand_down(incident, number, why, world.now())
    )
    if standing.state != "claimed":
        return Unknown("another attempt had written its intent meanwhile")
    return Refusal(
        incident=plan.incident,
        code="instance-busy",
        message=f"nothing was carried out on {plan.incident.instance}: {why}",
        hint="wait for the operation to end; then plan again with --instance and --before",
    )


def _becomes_idle(turn: int, plan: Plan, flow: Flow, world: World) -> bool:
    """Wait a while, and then until the instance is idle; longer with each turn."""
    flow.pause(f"pause {turn}", PAUSE * 2 ** (turn - 1))
    seen = flow.poll(f"wait {turn}", lambda: see_state(plan, world), is_idle, UNTIL_IDLE)
    return is_idle(seen)


def see_state(plan: Plan, world: World) -> InstanceState:
    """How the plan's instance is; one that cannot be seen is not fit."""
    try:
        return world.clouds(plan.cloud).state(plan.incident.instance)
    except LastgoodError as error:
        return InstanceState(f"out of sight ({error.message})")


def is_idle(state: InstanceState) -> bool:
    """Whether an instance is normal, and doing nothing."""
    return state.status == "normal" and not state.actions


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
