"""`lastgood halt`: stop every recovery."""

from __future__ import annotations

from lastgood.cli import exits, fleet_view, options
from lastgood.cli.world import author, open_world
from lastgood.domain.lifecycle import Halt


def halt(
    *,
    reason: options.ReasonOption,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Stop all recoveries from sending their request, until `lastgood resume`."""
    with open_world(policy_file) as world:
        halted = Halt(by=author(by, world), at=world.now(), reason=reason)
        fleet = world.ledger.halt(halted)
    fleet_view.show(fleet, "halted: no request is sent from now on", as_json=as_json)
    return exits.YES
