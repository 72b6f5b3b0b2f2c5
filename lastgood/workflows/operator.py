"""What a person does: approve a plan, reject it, release what is held, dismiss a false alarm."""

from __future__ import annotations

from contextlib import suppress

from lastgood.domain import times
from lastgood.domain.alarm import Incident
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import ACTIVE, Recovery
from lastgood.domain.plan import SHORT_HASH, Plan, Refusal
from lastgood.domain.services import SERVICES, service_of
from lastgood.ledger import LostRaceError
from lastgood.ports import WakeError
from lastgood.workflows.deciding import by_hand
from lastgood.workflows.pairing import keep_pair
from lastgood.workflows.recording import announce, conclude
from lastgood.workflows.waking import wake, wake_proposals
from lastgood.workflows.world import World


class ApprovalError(LastgoodError):
    """This incident cannot be answered like that."""

    code = "approval"


class ReleaseError(LastgoodError):
    """There is nothing to release."""

    code = "release"


class DismissalError(LastgoodError):
    """There is nothing to dismiss."""

    code = "dismiss"


def approve(incident: str, plan_hash: str, by: str, world: World) -> Recovery:
    """Agree to the plan of this hash, or to the other choice that it offers; and to nothing else.

    Of one that was agreed to already, wake its execution once more.

    Raises:
        ApprovalError: nothing is proposed, or another plan is, or it is too late, or the execution
            that would carry it out is dead.
        WakeError: it is agreed to, but its execution was not woken; to approve it again does that.
    """
    recovery, proposed = _answerable(incident, world)
    plan = proposed.choose(plan_hash)
    if plan is None and len(plan_hash) < SHORT_HASH:
        hint = f"give the first {SHORT_HASH} digits of the hash, or more"
        raise ApprovalError(f"{plan_hash!r} is too short to tell one plan from another", hint)
    if plan is None:
        hint = f"read `lastgood status {incident}` and approve the plan that is proposed now"
        raise ApprovalError(f"{incident} proposes another plan than {plan_hash}", hint)
    if plan.way is None and not SERVICES[service_of(plan.incident.instance)].in_place:
        at = times.print_rfc3339(plan.target)
        hint = f"open the console, restore to a new instance at {at}, then reject this proposal"
        raise ApprovalError(f"{plan.incident.instance} is not restored in place", hint)
    if world.starter.is_alive(incident) is False:
        hint = f"run lastgood reject {incident} --reason TEXT; then {by_hand(plan)}"
        raise ApprovalError(f"the execution of {incident} is dead: nothing would follow", hint)
    if recovery.state == "proposed":
        recovery = _agree(recovery, plan, by, world)
    wake(recovery, world)
    return recovery


def _agree(recovery: Recovery, plan: Plan, by: str, world: World) -> Recovery:
    if world.now() > plan.answer_by:
        by_when = times.print_rfc3339(plan.answer_by)
        hint = f"{by_hand(plan)}; lastgood reject {recovery.incident} closes this one"
        message = f"{recovery.incident} had to be answered by {by_when}: it is too late"
        raise ApprovalError(message, hint)
    try:
        return world.ledger.approve(recovery, plan, by, world.now())
    except LostRaceError as lost:
        raise _past(lost.current) from lost


def reject(incident: str, reason: str, by: str, world: World) -> Recovery:
    """Decline what is proposed, or what was approved and is not carried out yet.

    Raises:
        ApprovalError: nothing is proposed.
    """
    recovery, plan = _answerable(incident, world)
    facts = {"code": "rejected", "reason": f"{by}: {reason}"}
    try:
        rejected = world.ledger.move(
            recovery.incident, recovery.state, "rejected", world.now(), **facts
        )
    except LostRaceError as lost:
        raise _past(lost.current) from lost
    announce(plan.incident, rejected, world)
    with suppress(WakeError):  # it finds that when it looks at `answer_by`
        wake(rejected.recovery, world)
    return rejected.recovery


def release(incident: str, reason: str, by: str, world: World) -> Recovery:
    """Hand a recovery over, so that it holds nothing, and publish that in place of its execution.

    What was to go with it, and may not have been started, is started by the next verification.

    Raises:
        ReleaseError: it holds nothing.
    """
    hint = f"read `lastgood status {incident}`"
    found = world.ledger.recovery(incident)
    if found is None or found.plan is None:
        raise ReleaseError(f"{incident} has claimed nothing", hint)
    try:
        moved = world.ledger.release(incident, f"released by {by}: {reason}", world.now())
    except LostRaceError as lost:
        message = f"{incident} is {lost.current.state}; it holds nothing"
        raise ReleaseError(message, hint) from lost
    released = announce(found.plan.incident, moved, world)
    keep_pair(released, world)  # last: that it is released is told whatever becomes of this
    return released


def dismiss(incident: str, reason: str, by: str, world: World) -> None:
    """Say that the data was not bad: the onset of this incident does not count any more.

    What it proposes is rejected, and what was not decided yet is refused; other proposals of the
    instance are looked at again.

    Raises:
        DismissalError: there is no such incident, or it is being carried out.
    """
    known = world.ledger.incident(incident)
    if known is None:
        raise DismissalError(f"there is no incident {incident}", "read `lastgood status`")
    found = _refuse(known, f"dismissed by {by}: {reason}", world)
    if found.state in ACTIVE:
        raise _in_progress(incident)
    if found.state in {"proposed", "approved"}:
        reject(incident, f"dismissed: {reason}", by, world)
    if not world.ledger.forget(known, "dismissed", f"{by}: {reason}", world.now()):
        raise _in_progress(incident)
    with suppress(WakeError):  # they are decided again when they are approved
        wake_proposals(known.instance, world)


def _in_progress(incident: str) -> DismissalError:
    hint = f"read `lastgood status {incident}`; release it first if its execution is dead"
    return DismissalError(f"{incident} is being carried out", hint)


def _refuse(incident: Incident, why: str, world: World) -> Recovery:
    """End an incident that nothing was decided on yet: its execution finds that, and does nothing.

    Returns how it stands: in another state where something was decided before.
    """
    hint = "run lastgood recover if the data is bad after all"
    refusal = Refusal(incident=incident, code="dismissed", message=why, hint=hint)
    return conclude(refusal, incident, world)


def _answerable(incident: str, world: World) -> tuple[Recovery, Plan]:
    recovery = world.ledger.recovery(incident)
    if recovery is None:
        raise ApprovalError(f"there is no incident {incident}", "read `lastgood status`")
    if recovery.plan is None or recovery.state not in {"proposed", "approved"}:
        raise _past(recovery)
    return recovery, recovery.plan


def _past(recovery: Recovery) -> ApprovalError:
    hint = f"read `lastgood status {recovery.incident}`"
    return ApprovalError(f"{recovery.incident} is {recovery.state}; nothing is proposed", hint)
