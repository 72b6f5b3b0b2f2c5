"""What a person does: approve a plan, reject it, or release what a dead execution holds."""

from __future__ import annotations

from lastgood.domain import times
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.ledger import LostRaceError
from lastgood.workflows.recording import publish
from lastgood.workflows.world import World


class ApprovalError(LastgoodError):
    """This incident cannot be answered like that."""

    code = "approval"


class ReleaseError(LastgoodError):
    """There is nothing to release."""

    code = "release"


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
        raise ApprovalError(f"{incident} had to be answered by {by_when}: it is too late", hint)
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


def release(incident: str, reason: str, by: str, world: World) -> Recovery:
    """Hand a recovery over, so that it holds nothing, and tell so in place of its execution.

    Raises:
        ReleaseError: it holds nothing.
    """
    hint = f"read `lastgood status {incident}`"
    found = world.ledger.recovery(incident)
    if found is None or found.plan is None:
        raise ReleaseError(f"{incident} has claimed nothing", hint)
    try:
        released = world.ledger.release(incident, f"released by {by}: {reason}", world.now())
    except LostRaceError as lost:
        released = lost.current
        if released.state != "handed-over":  # else the event may not have been published
            raise ReleaseError(f"{incident} is {released.state}; it holds nothing", hint) from lost
    return publish(found.plan.incident, released, world)


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
