"""A proposal: the execution sleeps until a person approves or rejects it, or the time is over.

What the person said stands in the ledger; waking the execution only saves time. At approval the
decision is made again, and a worse one is proposed, not fired.
"""

from __future__ import annotations

from functools import partial

from lastgood.domain import lifecycle
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Plan, Refusal
from lastgood.ports import Flow, StepFailedError
from lastgood.workflows.deciding import decide_on_record, worse
from lastgood.workflows.recording import conclude, move, publish
from lastgood.workflows.world import World


def wait_for_approval(plan: Plan, flow: Flow, world: World) -> Plan | Recovery:
    """Propose the plan and wait; the plan that a person agreed to, or how the incident ended.

    Whatever the execution finds when it wakes, it asks the ledger what was said.
    """
    recovery = flow.step("propose", lambda: conclude(plan, plan.incident, world))
    for proposal in range(1, 100):  # each is another plan, so this ends long before
        # Approved by now: an invocation that was cut off had proposed it, and somebody was quick.
        if recovery.plan != plan or recovery.state not in {"proposed", "approved"}:
            return recovery  # an earlier execution has been here
        announce = partial(_announce, plan, world)
        timeout = plan.answer_by - plan.decided_at
        flow.wait_for_a_person(f"proposal {proposal}", announce, timeout)
        recovery = flow.step(f"answer {proposal}", partial(_hear, plan, world))
        if recovery.state != "approved":
            return recovery
        try:
            again = flow.attempt(f"decide again {proposal}", partial(_decide_again, plan, world))
        except StepFailedError as failure:
            why = f"approved, but it could not be decided again: {failure}"
            return flow.step(
                "give up", partial(move, plan, world, "approved", "failed", reason=why)
            )
        if isinstance(again, Refusal):
            facts = lifecycle.grounds(again)
            return flow.step("end", partial(move, plan, world, "approved", "refused", **facts))
        if again == plan:
            return plan
        anew = partial(_propose_anew, plan, again, world)
        recovery = flow.step(f"propose anew {proposal}", anew)
        plan = again
    return recovery


def _announce(plan: Plan, world: World, callback: str) -> None:
    """Say how to wake the execution; if somebody answered before it could be known, wake it."""
    world.ledger.keep_callback(plan.incident.id, callback)
    recovery = world.ledger.recovery(plan.incident.id)
    if recovery is not None and recovery.state != "proposed":
        world.waker.wake(callback)


def _hear(plan: Plan, world: World) -> Recovery:
    """Read the answer; where there is none, the proposal has expired."""
    return move(plan, world, "proposed", "expired", code="expired", reason="no answer came in time")


def _decide_again(plan: Plan, world: World) -> Plan | Refusal:
    """The very plan while it is no worse by now; else the worse one, or why there is none."""
    again = decide_on_record(plan.incident, world)
    return again if isinstance(again, Refusal) or worse(again, plan) else plan


def _propose_anew(approved: Plan, plan: Plan, world: World) -> Recovery:
    recovery = world.ledger.propose_anew(approved, plan, world.now())
    return publish(plan.incident, recovery, world)
