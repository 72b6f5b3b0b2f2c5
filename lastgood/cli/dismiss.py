"""`lastgood dismiss`: say of an alarm that the data was not bad."""

from __future__ import annotations

from lastgood.cli import exits, options, screen
from lastgood.cli.world import author, open_world
from lastgood.workflows import operator


def dismiss(
    incident: options.IncidentArgument,
    *,
    reason: options.ReasonOption,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Say that the data was not bad: the onset of this incident does not count any more."""
    with open_world(policy_file) as world:
        operator.dismiss(incident, reason, author(by, world), world)
    done = {"incident": incident, "dismissed": True}
    view = [screen.text(f"dismissed {incident}: its onset does not count any more", "bold")]
    screen.show(done, view, as_json=as_json)
    return exits.YES
