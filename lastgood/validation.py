"""After the restore: the user's own hook says whether the data is what it should be."""

from __future__ import annotations

from lastgood.domain.decision import Plan
from lastgood.domain.restore import Validation
from lastgood.ports import Flow, StepFailedError
from lastgood.world import World


def validate(plan: Plan, flow: Flow, world: World) -> Validation:
    """Ask the hook of the instance, if it has one; a hook that cannot be asked gives no verdict."""
    try:
        return flow.attempt("validate", lambda: _ask(plan, world))
    except StepFailedError as failure:
        return Validation("none", f"the hook could not be asked: {failure}")


def _ask(plan: Plan, world: World) -> Validation:
    instance = world.policy().find(plan.incident.instance)
    if instance is None or instance.validate is None:
        return Validation("none", "the instance has no validate hook")
    return world.validator.validate(instance.validate, plan)
