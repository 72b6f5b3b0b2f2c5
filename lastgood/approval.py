"""A proposal and the person: the execution sleeps until somebody agrees, declines, or nobody does.

What the person said stands in the ledger; waking the execution is a nudge, and losing it costs
time, not truth. At approval the decision is made again, and a worse one is proposed, not fired.
"""

from __future__ import annotations

from functools import partial

from lastgood.deciding import decide_on_record, worse
from lastgood.domain import lifecycle, times
from lastgood.domain.decision import Plan, Refusal
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.ledger import LostRaceError
from lastgood.ports import Flow, StepFailedError
from lastgood.recording import conclude, move, tell
from lastgood.world import World


class ApprovalError(LastgoodError):
    """What a person asked for cannot be done to this incident."""

    code = "approval"


# The workflow's side


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
    return move(plan, world, "proposed", "expired", code="expired", reason="nobody answered")


def _decide_again(plan: Plan, world: World) -> Plan | Refusal:
    """The very plan while it is no worse by now; else the worse one, or why there is none."""
    again = decide_on_record(plan.incident, world)
    return again if isinstance(again, Refusal) or worse(again, plan) else plan


def _propose_anew(approved: Plan, plan: Plan, world: World) -> Recovery:
    recovery = world.ledger.propose_anew(approved, plan, world.now())
    return tell(plan.incident, recovery, world)


# The person's side


def approve(incident: str, plan_hash: str, by: str, world: World) -> Recovery:
    """Agree to the plan of this hash, and to no other.

    Raises:
        ApprovalError: nothing is proposed, or another plan is, or it is too late.
    """
    recovery = _proposed(incident, world)
    if recovery.plan is None or recovery.plan.hash != plan_hash:
        hint = f"read `lastgood status {incident}` and approve the plan that is proposed now"
        raise ApprovalError(f"{incident} proposes another plan than {plan_hash}", hint)
    if world.now() > recovery.plan.answer_by:
        by_when = times.print_rfc3339(recovery.plan.answer_by)
        hint = (
            f"plan again with --instance and --before; lastgood reject {incident} closes this one"
        )
        raise ApprovalError(f"{incident} was to be answered by {by_when}; nobody waits now", hint)
    try:
        approved = world.ledger.approve(recovery, by, world.now())
    except LostRaceError as lost:
        raise _past(lost.current) from lost
    _wake(incident, world)
    return approved


def reject(incident: str, reason: str, by: str, world: World) -> Recovery:
    """Decline what is proposed.

    Raises:
        ApprovalError: nothing is proposed.
    """
    recovery = _proposed(incident, world)
    facts = {"code": "rejected", "reason": f"{by}: {reason}"}
    try:
        rejected = world.ledger.move(
            recovery.incident, "proposed", "rejected", world.now(), **facts
        )
    except LostRaceError as lost:
        raise _past(lost.current) from lost
    _wake(incident, world)
    return rejected


def _proposed(incident: str, world: World) -> Recovery:
    recovery = world.ledger.recovery(incident)
    if recovery is None:
        raise ApprovalError(f"there is no incident {incident}", "read `lastgood status`")
    if recovery.state != "proposed":
        raise _past(recovery)
    return recovery


def _past(recovery: Recovery) -> ApprovalError:
    hint = f"read `lastgood status {recovery.incident}`"
    return ApprovalError(f"{recovery.incident} is {recovery.state}; nothing is proposed", hint)


def _wake(incident: str, world: World) -> None:
    if callback := world.ledger.callback(incident):
        world.waker.wake(callback)
