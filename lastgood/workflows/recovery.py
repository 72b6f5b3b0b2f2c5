"""The recovery workflow: from an incident to an end that is recorded and told.

It runs in a durable execution: after every pause it starts from the top, so each look at the world
and each write is a step with a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from lastgood.domain import lifecycle
from lastgood.domain.alarm import Incident
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import (
    NO_HOOK,
    UNVALIDATED,
    Accepted,
    Job,
    Refused,
    Unknown,
    Validation,
)
from lastgood.domain.triage import gone
from lastgood.ledger import LostRaceError, Moved
from lastgood.ports import Flow, Pace, StepFailedError
from lastgood.workflows import effect
from lastgood.workflows.approval import wait_for_approval
from lastgood.workflows.copies import tell_ready
from lastgood.workflows.deciding import decide_on_record, outdated
from lastgood.workflows.firing import fire
from lastgood.workflows.hooks import let_in, stop_writers
from lastgood.workflows.pairing import start_pair
from lastgood.workflows.reconciliation import look_after_refusal, reconcile
from lastgood.workflows.recording import announce, conclude, give_up, move
from lastgood.workflows.restoring import NOT_SEEN, is_idle, seen, way_of
from lastgood.workflows.rounds import Round
from lastgood.workflows.undo_point import back_up, look_once_more
from lastgood.workflows.world import World

TRACKING = Pace(timedelta(seconds=5), 1.3, timedelta(minutes=1), 400)
"""A restore is said to take about five minutes whatever the size; 400 looks last over six hours."""

LOOKS = 60
BETWEEN_LOOKS = timedelta(minutes=1)
"""About an hour: a backup of a busy instance, or a recovery of it, is waited out."""

BUSY = 4
"""So often an instance may turn out to be busy again right after it was free."""

STAYS = timedelta(seconds=30)
FLICKERS = 3
"""A new instance is active for a moment before its first backup: so often that is waited out."""

BY_HAND = "open the instance and its tasks in the console; lastgood does not try again"


def recover(incident: Incident, flow: Flow, world: World) -> Recovery:
    """Take an incident to one of the ends of `domain.lifecycle`.

    A plan that stands no more right before its request is decided anew, and proposed.
    """
    try:
        plan = _decide(incident, flow, world)
    except StepFailedError as failure:
        why = f"it could not be decided: {failure}"
        return flow.step("give up", lambda: give_up(incident, why, world))
    if incident.drill and isinstance(plan, Plan) and plan.mode == "propose":
        plan = outdated(plan, "; ".join(plan.warnings))  # nobody is asked to approve a drill
    proposed = isinstance(plan, Plan) and plan.mode == "propose"
    number = 0
    while True:
        number += 1
        here = flow if number == 1 else Round(flow, number)
        if isinstance(plan, Plan) and proposed:
            approved = wait_for_approval(plan, here, world)
            if isinstance(approved, Recovery):
                return approved
            plan = approved
        if isinstance(plan, Refusal):
            return here.step("conclude", partial(conclude, plan, incident, world))
        ended = _claim_and_carry_out(plan, here, world)
        if isinstance(ended, Recovery):
            return ended
        plan, proposed = ended, True


def _decide(incident: Incident, flow: Flow, world: World) -> Plan | Refusal:
    """Decide; while the instance is busy wait, and decide again.

    Raises:
        StepFailedError: it could not be decided.
    """
    decision = flow.attempt("decide", lambda: decide_on_record(incident, world))
    for turn in range(1, BUSY):
        if not _is_busy(decision) or not _becomes_free(f"decide {turn}", incident, flow, world):
            break
        decision = flow.attempt(f"decide {turn + 1}", lambda: decide_on_record(incident, world))
    return decision


def _is_busy(result: Plan | Recovery | Refusal) -> bool:
    return isinstance(result, Refusal) and result.code == "instance-busy"


def _becomes_free(what: str, incident: Incident, flow: Flow, world: World) -> bool:
    """Wait until nothing else is done to the instance, by the service or by another recovery.

    Not by a poll, whose looks must not fail: this asks the ledger as well.
    """
    for look in range(1, LOOKS + 1):
        flow.pause(f"pause to {what}, {look}", BETWEEN_LOOKS)
        seen = flow.step(f"look to {what}, {look}", partial(_see_whether_free, incident, world))
        if seen.idle:
            return True
    return False


def _see_whether_free(incident: Incident, world: World) -> InstanceState:
    """How the instance is; one that another incident holds is busy with that."""
    active = world.ledger.history(incident).active
    if active not in {None, incident.id}:
        return InstanceState("normal", (f"the recovery for {active}",))
    instance = world.policy().by_id(incident.instance)
    if instance is None or not instance.can.described:
        return InstanceState("normal")
    return seen(lambda: world.clouds(instance.cloud).state(instance.id))


def _claim_and_carry_out(plan: Plan, flow: Flow, world: World) -> Recovery | Plan:
    """Carry a plan out; or the plan that is proposed now because this one stands no more."""
    claimed = flow.step("claim", lambda: _claim(plan, world))
    for turn in range(1, BUSY):
        if not _is_busy(claimed) or not _becomes_free(f"claim {turn}", plan.incident, flow, world):
            break
        claimed = flow.step(f"claim {turn + 1}", lambda: _claim(plan, world))
    if isinstance(claimed, Refusal):
        refusal = claimed
        return flow.step("conclude", lambda: _refuse(plan, refusal, world))
    if claimed.state != "claimed" or claimed.plan != plan:
        # An earlier execution has been here: what it began is not begun again.
        start_pair(claimed, flow, world)
        return claimed
    ended = _carry_out(plan, claimed, flow, world)
    if claimed.hooks:
        let_in(plan.incident.id, flow, world, "after, at the end")
    return ended


def _carry_out(plan: Plan, claimed: Recovery, flow: Flow, world: World) -> Recovery | Plan:
    """Stop the writers, back up what is overwritten, send the request, and follow it to its end."""
    stopped = stop_writers(plan, claimed, flow, world) or back_up(plan, flow, world)
    match stopped or fire(plan, claimed, flow, world):
        case Refusal() as refusal:
            return _withdraw(plan, refusal, flow, world)
        case Refused() as refused:
            return _end_refused(plan, refused, flow, world)
        case Unknown() as unknown:
            return _find_out(plan, unknown, flow, world)
        case taken:
            accepted = flow.step("accept", lambda: _accept(plan, "firing", taken, world))
            start_pair(accepted, flow, world)
            return _follow(plan, accepted, flow, world)


def _accept(plan: Plan, start: State, taken: Accepted, world: World, **more: str) -> Recovery:
    facts = way_of(plan).facts(taken, plan, world)
    return move(plan, world, start, "accepted", **facts, **more)


def _withdraw(plan: Plan, refusal: Refusal, flow: Flow, world: World) -> Recovery | Plan:
    """Give the claim back, or propose another plan in its place.

    Unless an attempt that was thought dead has written its intent.
    """
    if refusal.code == "plan-outdated":
        instead = flow.step("decide instead", lambda: _decide_instead(plan, world))
        if isinstance(instead, Plan):
            return instead
    facts = lifecycle.grounds(refusal)
    found = flow.step("withdraw", lambda: move(plan, world, "claimed", "refused", **facts))
    if found.state in {"proposed", "approved"} and found.plan:
        return found.plan  # an attempt that was thought dead has proposed it meanwhile
    if found.state == "firing":
        return _find_out(plan, Unknown("an attempt that was thought dead went on"), flow, world)
    return found


def _decide_instead(plan: Plan, world: World) -> Plan | None:
    """Propose what is decided by now in place of a claimed plan; None where that cannot be."""
    found = world.ledger.known(plan.incident.id)
    if found.state in {"proposed", "approved"}:
        return found.plan  # by a run of this step that was cut off
    try:
        again = decide_on_record(plan.incident, world)
        if isinstance(again, Refusal) or plan.incident.drill:
            return None
        proposed = world.ledger.propose_anew(plan, "claimed", again, world.now())
    except (LastgoodError, LostRaceError):
        return None
    announce(plan.incident, proposed, world)
    return again


def _end_refused(plan: Plan, refused: Refused, flow: Flow, world: World) -> Recovery:
    """End with the service's refusal, once no job shows that it carried something out after all."""
    sentence = f"{refused.code}: {refused.sentence}"
    if refused.code != "not-sent":
        sent = flow.step("refused", lambda: world.ledger.known(plan.incident.id))
        if doubt := look_after_refusal(plan, sent, flow, world):
            why = f"the service refused ({sentence}), {doubt}"
            return _find_out(plan, Unknown(why), flow, world)
    facts = {"code": "refused-by-service", "reason": sentence}
    return _end(plan, flow, world, "firing", "refused", **facts)


def _find_out(plan: Plan, unknown: Unknown, flow: Flow, world: World) -> Recovery:
    """Go by what can be read; where that shows nothing, a person has to look."""
    why = unknown.why
    if not unknown.traceable:
        facts = {"reason": why, "hint": BY_HAND}
        found = flow.step(
            "ask a person", lambda: move(plan, world, "claimed", "handed-over", **facts)
        )
        if found.state != "firing":
            start_pair(found, flow, world)
            return found
    sent = flow.step("lose sight", lambda: move(plan, world, "firing", "unknown", reason=why))
    start_pair(sent, flow, world)
    if sent.state != "unknown":
        return sent
    found_out = reconcile(plan, sent, flow, world)
    if isinstance(found_out, Unknown):
        look_once_more(plan, flow, world)
        return _hand_over(plan, flow, world, "unknown", f"{why}; {found_out.why}")
    reason = f"{why}; taken for ours: {_why_ours(found_out)}"
    accepted = flow.step(
        "reconcile: accept", lambda: _accept(plan, "unknown", found_out, world, reason=reason)
    )
    return _follow(plan, accepted, flow, world)


def _follow(plan: Plan, accepted: Recovery, flow: Flow, world: World) -> Recovery:
    """Track the restore to its end, then what it restored until that is fit, then validate."""
    way = way_of(plan)
    if accepted.state != "accepted" or not way.can_be_followed(accepted):
        return accepted  # a person has released it
    job = flow.poll(
        "track the job", lambda: way.progress(plan, accepted, world), _job_ended, TRACKING
    )
    look_once_more(plan, flow, world)
    if job.status == "Failed":
        reason = f"the {way.tracks} {job.id} failed: {job.fail_reason or 'no reason was given'}"
        return _end(plan, flow, world, "accepted", "failed", reason=reason, hint=BY_HAND)
    if not job.ended:
        reason = f"no end of the {way.tracks} {job.id} was seen; it was last {job.status}"
        return _hand_over(plan, flow, world, "accepted", reason, **_code(job.status))
    restored = flow.step("restored", lambda: move(plan, world, "accepted", "restored"))
    if restored.state != "restored":
        return restored
    state = _wait_until_fit(plan, accepted, flow, world)
    if not state.idle:
        doing = ", ".join(state.actions) or "idle"
        reason = f"the {way.tracks} is done, but the instance stays {state.status}, {doing}"
        return _hand_over(plan, flow, world, "restored", reason, **_code(state.status))
    return _validate_and_settle(plan, accepted, flow, world)


def _wait_until_fit(plan: Plan, accepted: Recovery, flow: Flow, world: World) -> InstanceState:
    """Wait until what was restored is normal and idle, and where that can pass, stays so."""
    way = way_of(plan)

    def look() -> InstanceState:
        return seen(lambda: way.result(plan, accepted, world))

    state = flow.poll("wait until idle", look, is_idle, TRACKING)
    for number in range(1, FLICKERS + 1):
        if not (state.idle and way.looks_again):
            break
        if _look_again(number, way.looks_again, look, flow):
            break
        state = flow.poll(f"wait until idle again, {number}", look, is_idle, TRACKING)
    return state


def _look_again(number: int, often: int, look: Callable[[], InstanceState], flow: Flow) -> bool:
    """Look again a few times, a while apart: whether it was fit each time."""
    for turn in range(1, often + 1):
        flow.pause(f"pause to look again, {number}.{turn}", STAYS)
        if not flow.step(f"look again, {number}.{turn}", look).idle:
            return False
    return True


def _validate_and_settle(plan: Plan, accepted: Recovery, flow: Flow, world: World) -> Recovery:
    verdict = _validate(plan, accepted, flow, world)
    if verdict.verdict == "fail":
        reason = f"restored, but the validate hook says no: {verdict.detail}"
        facts = {"verdict": verdict.verdict, "reason": reason, "hint": BY_HAND}
        return _end(plan, flow, world, "restored", "failed", **facts)
    facts = {"verdict": verdict.verdict}
    if verdict.verdict == "none" and verdict != NO_HOOK:
        facts["reason"] = f"{UNVALIDATED}: {verdict.detail}"
    validated = flow.step("validated", lambda: move(plan, world, "restored", "validated", **facts))
    if validated.hooks:
        let_in(plan.incident.id, flow, world)
    if waiting := effect.awaited(validated):
        return effect.settle(waiting, flow, world)
    settled = _end(plan, flow, world, "validated", "settled")
    if plan.way == "copy" and settled.state == "settled" and not plan.incident.drill:
        flow.step("tell of the copy", partial(tell_ready, settled, world))
    return settled


def _validate(plan: Plan, accepted: Recovery, flow: Flow, world: World) -> Validation:
    """Ask the hook of the instance, if it has one; a hook that cannot be asked gives no verdict."""
    try:
        return flow.attempt("validate", lambda: _ask_the_hook(plan, accepted, world))
    except StepFailedError as failure:
        return Validation("none", f"the hook could not be asked: {failure}")


def _ask_the_hook(plan: Plan, accepted: Recovery, world: World) -> Validation:
    instance = world.policy().by_id(plan.incident.instance)
    if instance is None or instance.validate is None:
        return NO_HOOK
    copy = way_of(plan).reachable(plan, accepted, world)
    return world.validator.validate(instance.validate, plan, copy)


def _claim(plan: Plan, world: World) -> Recovery | Refusal:
    """Claim, or find the claim that a run of this step made before it was cut off.

    The ledger is asked first: a refusal by a policy that changed meanwhile would leave that claim,
    and the instance with it, held for ever.
    """
    found = world.ledger.recovery(plan.incident.id)
    if found is None or found.state == "approved":
        policy = world.policy()
        instance = policy.ruling(plan.incident)
        if instance is None:
            return gone(plan.incident)
        claimed = world.ledger.claim(plan, instance, policy.fleet, world.now())
        if isinstance(claimed, Refusal):
            return claimed
        found = claimed
    # Whoever brought it there, before or meanwhile, may have died before that was announced.
    return announce(plan.incident, Moved(found, here=False), world)


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


def _hand_over(
    plan: Plan, flow: Flow, world: World, start: State, reason: str, **code: str
) -> Recovery:
    return _end(plan, flow, world, start, "handed-over", reason=reason, hint=BY_HAND, **code)


def _code(status: str) -> dict[str, str]:
    """That what is there is not ready; of what could not be seen that is not known."""
    return {} if status.startswith(NOT_SEEN) else {"code": lifecycle.NOT_READY}


def _why_ours(found: Accepted) -> str:
    if found.copy:
        return f"{found.copy}, the only instance of the copy's name"
    return f"job {found.job}, the only one that began after it"


def _job_ended(job: Job) -> bool:
    return job.ended
