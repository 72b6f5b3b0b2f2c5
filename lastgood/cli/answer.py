"""`lastgood approve`, `reject` and `release`: what a person says of an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lastgood.cli import exits, options, recovery_view, screen
from lastgood.cli.world import opened
from lastgood.domain.lifecycle import Recovery

if TYPE_CHECKING:
    from lastgood.workflows.world import World

IncidentArgument = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="Its id, as `lastgood status` shows it.")
]


def approve(
    incident: IncidentArgument,
    *,
    plan: Annotated[
        str, typer.Option("--plan", metavar="HASH", help="The hash of the plan you agree to.")
    ],
    by: options.ByOption = None,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Agree to the plan that an incident proposes, and to no other."""
    from lastgood.workflows import operator  # noqa: PLC0415 - `lastgood --help` needs none of it

    with opened(policy, screen.talk()) as world:
        recovery = operator.approve(incident, plan, options.who(by), world)
        return _answered(recovery, world, as_json=as_json)


def reject(
    incident: IncidentArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why not.")],
    by: options.ByOption = None,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Decline what an incident proposes."""
    from lastgood.workflows import operator  # noqa: PLC0415 - as above

    with opened(policy, screen.talk()) as world:
        recovery = operator.reject(incident, reason, options.who(by), world)
        return _answered(recovery, world, as_json=as_json)


def release(
    incident: IncidentArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    by: options.ByOption = None,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Free an instance that is held by a recovery whose execution is dead."""
    from lastgood.workflows import operator  # noqa: PLC0415 - as above

    with opened(policy, screen.talk()) as world:
        recovery = operator.release(incident, reason, options.who(by), world)
        return _answered(recovery, world, as_json=as_json)


def _answered(recovery: Recovery, world: World, *, as_json: bool) -> int:
    if as_json:
        screen.emit(recovery)
    else:
        recovery_view.show(screen.out(), recovery, world.now())
    return exits.YES
