"""`lastgood plan`: what would be done about an alarm; nothing is."""

from __future__ import annotations

from lastgood.cli import exits, incidents, options, plan_view, screen
from lastgood.cli.world import open_world
from lastgood.domain.plan import Plan, Refusal
from lastgood.workflows.deciding import consider


def plan(
    *,
    event: incidents.EventOption = None,
    instance: incidents.InstanceOption = None,
    before: incidents.BeforeOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Decide what a recovery would do, and do nothing."""
    with open_world(policy_file) as world:
        found = incidents.from_options(event, instance, before, world)
        with screen.stderr().status("reading what can be restored"):
            decided = [one if isinstance(one, Refusal) else consider(one, world) for one in found]
        view = plan_view.view(decided, world.policy(), world.now())
    decisions = [one if isinstance(one, Refusal) else one.decision for one in decided]
    screen.show(decisions[0] if len(decisions) == 1 else decisions, view, as_json=as_json)
    return exits.YES if all(isinstance(one, Plan) for one in decisions) else exits.NO
