"""`lastgood approve`: carry out the plan that an incident proposes."""

from __future__ import annotations

from typing import Annotated

import typer

from lastgood.cli import exits, options, recovery_view
from lastgood.cli.world import author, open_world
from lastgood.workflows import operator


def approve(
    incident: options.IncidentArgument,
    *,
    plan: Annotated[
        str, typer.Option("--plan", metavar="HASH", help="The hash of the plan that you approve.")
    ],
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Approve the plan that an incident proposes, and no other."""
    with open_world(policy_file) as world:
        recovery = operator.approve(incident, plan, author(by, world), world)
        recovery_view.show(recovery, world.now(), as_json=as_json)
    return exits.YES
