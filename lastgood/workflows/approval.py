"""A proposal: the execution sleeps until a person approves or rejects it, or the time is over.

What the person said stands in the ledger; waking the execution only saves time, and is no answer.
At approval the decision is made again, and one that goes back further is proposed, not fired.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial

from lastgood.domain import lifecycle
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.plan import Plan, Refusal
from lastgood.ledger import LostRaceError
from lastgood.ports import Flow, StepFailedError
from lastgood.workflows.deciding import decide_on_record, differs, outdone
from lastgood.workflows.recording import announce, conclude, move
from lastgood.workflows.world import World

AT_LEAST = timedelta(seconds=5)
"""The engine's clock and ours may differ a little on when the time is over."""


def wait_for_approval(plan: Plan, flow: Flow, world: World) -> Plan | Recovery:
    """Propose the plan and wait; the plan that a person agreed to, or how the incident ended."""
    standing = flow.step("propose", lambda: conclude(plan, plan.incident, world))
    proposal = 0
    while True:
        proposal += 1
        answer: Plan | Recovery = standing
        if standing.state == "proposed" and _is_about(standing, plan):
            answer = _await_answer(proposal, plan, flow, world)
        if isinstance(answer, Recovery):
            if answer.state != "approved" or answer.plan is None or not _is_about(answer, plan):
                return answer  # it ended, or an earlier execution has been here
            standing, plan = answer, answer.plan
            answer = _stand_by(proposal, plan, flow, world)
            if isinstance(answer, Recovery) or answer == plan:
                return answer
        anew = partial(_propose_anew, plan, standing.state, answer, world)
        standing = flow.step(f"propose anew {proposal}", anew)
        plan = answer if _is_about(standing, answer) else plan


def _is_about(recovery: Recovery, plan: Plan) -> bool:
    """Whether a recovery proposes a plan, or a person has agreed to one of its choices."""
    return recovery.plan is not None and plan.choose(recovery.plan.hash) is not None


def _await_answer(proposal: int, plan: Plan, flow: Flow, world: World) -> Recovery | Plan:
    """Wait for an answer until its time is over; or a plan that is to be proposed instead.

    Woken without an answer, the decision is looked at again: another alarm may have come in.
    """
    timeout, wait = plan.answer_by - plan.decided_at, 0
    while True:
        wait += 1
        nth = "" if wait == 1 else f", wait {wait}"
        announced = partial(_keep_callback, plan, world)
        flow.wait_for_a_person(f"proposal {proposal}{nth}", announced, timeout)
        recovery = flow.step(f"answer {proposal}{nth}", partial(_hear, plan, world))
        if recovery.state != "proposed" or recovery.plan != plan:
            return recovery
        with suppress(StepFailedError):
            looked = partial(_look_again, plan, world)
            again = flow.attempt(f"look again {proposal}{nth}", looked)
            if isinstance(again, Plan) and again != plan:
                return again
        # Not a step: the engine asks for it only when it begins to wait, never in a replay.
        timeout = max(plan.answer_by - world.now(), AT_LEAST)


def _stand_by(proposal: int, plan: Plan, flow: Flow, world: World) -> Plan | Recovery:
    """Decide again about an approved plan: it, or another to be proposed, or how it ended."""
    try:
        again = flow.attempt(f"decide again {proposal}", partial(_decide_again, plan, world))
    except StepFailedError as failure:
        why = f"approved, but it could not be decided again: {failure}"
        return flow.step("give up", partial(move, plan, world, "approved", "failed", reason=why))
    if isinstance(again, Refusal):
        facts = lifecycle.grounds(again)
        return flow.step("end", partial(move, plan, world, "approved", "refused", **facts))
    return again


def _keep_callback(plan: Plan, world: World, callback: str) -> None:
    """Say how to wake the execution; if an answer came before that was known, wake it."""
    world.ledger.keep_callback(plan, callback)
    recovery = world.ledger.recovery(plan.incident.id)
    if recovery is not None and recovery.state != "proposed":
        world.waker.wake(callback)


def _hear(plan: Plan, world: World) -> Recovery:
    """Read the answer; where there is none and its time is over, the proposal has expired."""
    return announce(plan.incident, world.ledger.expire(plan, world.now()), world)


def _decide_again(plan: Plan, world: World) -> Plan | Refusal:
    """The very plan unless it is outdone by now; else the new one, or why there is none."""
    again = decide_on_record(plan.incident, world)
    return again if isinstance(again, Refusal) or outdone(again, plan) else plan


def _look_again(plan: Plan, world: World) -> Plan | Refusal:
    """The very plan unless what it offers has changed; else the new one, or why there is none."""
    again = decide_on_record(plan.incident, world)
    return again if isinstance(again, Refusal) or differs(again, plan) else plan


def _propose_anew(old: Plan, start: State, plan: Plan, world: World) -> Recovery:
    """Propose another plan; where a person was quicker, what that person said stands."""
    try:
        proposed = world.ledger.propose_anew(old, start, plan, world.now())
    except LostRaceError as lost:
        return lost.current
    return announce(plan.incident, proposed, world)
