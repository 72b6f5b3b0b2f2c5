"""`lastgood reject`: decline what an incident proposes."""

from __future__ import annotations

from lastgood.cli import exits, options, recovery_view
from lastgood.cli.world import author, open_world
from lastgood.workflows import operator


def reject(
    incident: options.IncidentArgument,
    *,
    reason: options.ReasonOption,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Decline what an incident proposes."""
    with open_world(policy_file) as world:
        recovery = operator.reject(incident, reason, author(by, world), world)
        recovery_view.show(recovery, world.now(), as_json=as_json)
    return exits.YES
