"""Sending the one request that destroys data, at most once in the life of an incident.

The ledger, not the engine, is the guard: the intent to send is a conditional write that one
attempt alone can make, and it is made before the request. After it nobody sends again, whether
or not anybody knows how the request ended.
"""

from __future__ import annotations

from lastgood.domain.decide import decide
from lastgood.domain.decision import Plan, Refusal
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.restore import Outcome, Unknown
from lastgood.ledger import LostRaceError
from lastgood.ports import CloudError, Flow, InterruptedStepError
from lastgood.readings import read_all
from lastgood.world import World

ATTEMPTS = 3
"""How often an attempt is made again that was cut off before it had written its intent."""


def fire(plan: Plan, flow: Flow, world: World) -> Outcome | Refusal:
    """Look once more whether the plan stands, write down the intent, send the request.

    A refusal means that nothing was sent.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return flow.once(f"fire, attempt {attempt}", lambda: _attempt(plan, world))
        except InterruptedStepError:
            found = flow.step(f"look after attempt {attempt}", lambda: _standing(plan, world))
            if found.state != "claimed":
                return Unknown("the attempt was cut off after its intent had been written")
    return _stands_no_more(plan, f"{ATTEMPTS} attempts were cut off before anything was sent")


def _attempt(plan: Plan, world: World) -> Outcome | Refusal:
    if refusal := recheck(plan, world):
        return refusal
    try:
        world.ledger.intend(plan.incident.id, world.now())
    except LostRaceError as lost:
        return Unknown(f"another attempt had written its intent: {lost}")
    return world.clouds(plan.cloud).restore(plan.incident.instance, plan.restore_time)


def recheck(plan: Plan, world: World) -> Refusal | None:
    """Decide again from fresh readings, right before the request; None while the plan stands."""
    incident, policy = plan.incident, world.policy()
    instance = policy.find(incident.instance)
    if instance is None or instance.mode != "auto":
        return _stands_no_more(plan, "the policy no longer lets it be restored by itself")
    try:
        readings = read_all(policy, instance, world.clouds, world.now(), incident.onset)
    except CloudError as error:
        return _stands_no_more(plan, f"it could not be looked at again: {error.message}")
    history = world.ledger.history(instance.id)
    again = decide(incident, readings, instance, history, world.now())
    if isinstance(again, Refusal):
        return again
    if again.mode != "auto":
        return _stands_no_more(plan, "; ".join(again.warnings))
    if any(plan.target not in reading.range for reading in readings.all):
        return _stands_no_more(plan, f"{plan.restore_time} is no longer offered")
    return None


def _standing(plan: Plan, world: World) -> Recovery:
    recovery = world.ledger.recovery(plan.incident.id)
    if recovery is None:
        raise AssertionError("an incident that was claimed has a record")
    return recovery


def _stands_no_more(plan: Plan, why: str) -> Refusal:
    return Refusal(
        incident=plan.incident,
        code="plan-outdated",
        message=f"nothing was sent to {plan.incident.instance}: {why}",
        hint="plan again with --instance and --before",
    )
