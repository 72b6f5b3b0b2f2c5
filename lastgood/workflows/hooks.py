"""Stopping the writers before a restore in place, and letting them in again whatever came of it.

Both hooks are the user's, and are called at least once: whoever is cut off in the middle of a call
makes it again. An `after` that cannot be called stays owed; people are told, and verifications
start executions that call it until it has answered.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from lastgood.domain.errors import LastgoodError
from lastgood.domain.events import announce_writers
from lastgood.domain.hooks import About, Hooks, LetIn, Wait, key_of
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Interval, Plan, Refusal
from lastgood.domain.policy import Instance
from lastgood.domain.restore import Validation
from lastgood.ledger import may_let_in
from lastgood.ledger.hooks import Begun
from lastgood.ports import Flow, HookLostError, StepFailedError
from lastgood.workflows.deciding import by_hand
from lastgood.workflows.recording import send
from lastgood.workflows.world import World

TURNS = 2
"""How often it is waited until a call of the other hook must have ended."""

FRESH = timedelta(seconds=1)
"""The shortest pause that suspends an execution: a hook has all the time of a fresh invocation."""


class NotLetInError(Exception):
    """`after` did not say that it has let the writers in; it is called again."""


def stop_writers(plan: Plan, claimed: Recovery, flow: Flow, world: World) -> Refusal | None:
    """Call `before`, where there is one; why nothing may be sent unless it says that it passed."""
    if claimed.hooks is None or claimed.hooks.before is None:
        return None
    said = _call("before", flow, partial(_stop, plan, claimed.hooks.before, world))
    if said.verdict == "pass":
        return None
    return not_stopped(plan, f"it says {said.verdict}: {said.detail}")


def not_stopped(plan: Plan, why: str) -> Refusal:
    """The refusal to overwrite what may still be written to."""
    return Refusal(
        incident=plan.incident,
        code="writers-not-stopped",
        message=f"nothing was sent to {plan.incident.instance}: its hook before: {why}",
        hint=f"read the log of that function; then {by_hand(plan)}",
    )


def let_in(incident: str, flow: Flow, world: World, what: str = "after") -> None:
    """Call `after` if that is owed; where it cannot be called, tell people.

    Nothing is called while it is open what becomes of the restore: then somebody else goes on with
    it, or a person has to release it.
    """
    if flow.step(f"{what}: look", partial(_owed, incident, world)) is None:
        return
    said = _call(what, flow, partial(_let_in, incident, world))
    if said.verdict != "pass":
        flow.step(f"{what}: tell", partial(_tell, incident, said.detail, world))


def let_in_late(order: LetIn, flow: Flow, world: World) -> Hooks | None:
    """Call the `after` that a dead execution has left owed; the hooks as they stand then."""
    let_in(order.lets_in, flow, world)
    return flow.step("see what is owed", partial(_owed, order.lets_in, world))


def _call(what: str, flow: Flow, action: Callable[[], Validation | Wait]) -> Validation:
    """Call a hook, once no call of the other can be under way any more."""
    for turn in range(1, TURNS + 1):
        flow.pause(f"{what}: for a fresh invocation, {turn}", FRESH)
        try:
            said = flow.attempt(f"{what}, {turn}", action)
        except StepFailedError as failure:
            return Validation("none", f"it could not be called: {failure}")
        if isinstance(said, Validation):
            return said
        flow.pause(f"{what}: wait, {turn}", timedelta(seconds=said.seconds))
    return Validation("none", "calls of the other hook were cut off, and may still arrive")


def _stop(plan: Plan, hook: str, world: World) -> Validation | Wait:
    begun = world.ledger.begin_before(plan, world.now())
    if not isinstance(begun, Begun):
        return begun
    incident = plan.incident.id
    about = About(hook="before", idempotency_key=key_of(incident, begun.call))
    noted = _made(begun, hook, about, world)
    if noted is None or noted.verdict is None:
        return Validation("none", "another round has begun meanwhile")
    return Validation(noted.verdict, noted.detail)


def _owed(incident: str, world: World) -> Hooks | None:
    recovery = world.ledger.recovery(incident)
    owes = recovery and recovery.hooks and recovery.hooks.owes and may_let_in(recovery)
    return recovery.hooks if recovery and owes else None


def _let_in(incident: str, world: World) -> Validation | Wait:
    """Call `after`.

    Raises:
        NotLetInError: it does not say that it passed.
    """
    begun = world.ledger.begin_after(incident, world.now())
    if begun is None:
        return Validation("pass", "it is not owed any more")
    if isinstance(begun, Wait):
        return begun
    hook = _hook_of(begun.recovery, begun.hooks, world)
    about = _about_the_end(begun.recovery, begun.plan, key_of(incident, begun.call))
    noted = _made(begun, hook, about, world)
    if noted is None or noted.owes:
        raise NotLetInError(f"after says: {noted and noted.why}")
    return Validation("pass")


def _made(begun: Begun, hook: str, about: About, world: World) -> Hooks | None:
    """Make a call that has begun, and note how it ended, if it did."""
    incident = begun.recovery.incident
    try:
        said = world.validator.call(hook, begun.plan, about)
    except HookLostError:
        raise  # its call stays under way
    except Exception:
        world.ledger.end_call(incident, begun.call, None, world.now())
        raise
    return world.ledger.end_call(incident, begun.call, said, world.now())


def _hook_of(recovery: Recovery, hooks: Hooks, world: World) -> str:
    """The `after` of the policy, where it has one: somebody may have corrected it since."""
    instance = _instance_of(recovery, world)
    return (instance and instance.after) or hooks.after


def _instance_of(recovery: Recovery, world: World) -> Instance | None:
    """The instance in the policy; a policy that cannot be read keeps no writers out."""
    try:
        return world.policy().by_id(recovery.instance)
    except LastgoodError:
        return None


def _about_the_end(recovery: Recovery, plan: Plan, key: str) -> About:
    sent_at = recovery.overwrote_at
    return About(
        hook="after",
        idempotency_key=key,
        state=recovery.state,
        verdict=recovery.verdict,
        target=plan.target if sent_at else None,
        gap=Interval(plan.target, sent_at) if sent_at else None,
    )


def _tell(incident: str, why: str, world: World) -> None:
    """Tell people that the writers may still be stopped, unless they were told not long ago."""
    now = world.now()
    noted = world.ledger.note_owed(incident, why, now)
    recovery = world.ledger.recovery(incident)
    if noted is None or recovery is None:
        return
    hook, instance = _hook_of(recovery, noted, world), _instance_of(recovery, world)
    send("Writers Stopped", announce_writers(recovery, noted, hook, instance, now), world)
