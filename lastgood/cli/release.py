"""`lastgood release`: free the instance that the recovery of a dead execution holds."""

from __future__ import annotations

from lastgood.cli import exits, options, recovery_view, screen
from lastgood.cli.world import author, open_world
from lastgood.workflows import operator


def release(
    incident: options.IncidentArgument,
    *,
    reason: options.ReasonOption,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Free an instance that is held by a recovery whose execution is dead."""
    with open_world(policy_file) as world:
        if world.starter.is_alive(incident):
            warning = "its execution still runs, and may still send its request or end by itself"
            screen.stderr().print(screen.labelled("Warning:", "bold yellow", warning))
        recovery = operator.release(incident, reason, author(by, world), world)
        recovery_view.show(recovery, world.now(), as_json=as_json)
    return exits.YES
