"""`lastgood resume`: allow recoveries again after `lastgood halt`."""

from __future__ import annotations

from lastgood.cli import exits, fleet_view, options
from lastgood.cli.world import author, open_world


def resume(
    *,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Allow recoveries again."""
    with open_world(policy_file) as world:
        fleet = world.ledger.resume(author(by, world), world.now())
    fleet_view.show(fleet, "resumed: recoveries are allowed again", as_json=as_json)
    return exits.YES
