"""The way out of a hold: a person frees what a recovery holds whose execution is dead."""

from __future__ import annotations

from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.ledger import LostRaceError
from lastgood.recording import tell
from lastgood.world import World


class ReleaseError(LastgoodError):
    """There is nothing to release."""

    code = "release"


def release(incident: str, reason: str, by: str, world: World) -> Recovery:
    """Hand a recovery over, so that it holds nothing, and tell so in place of its execution.

    Raises:
        ReleaseError: it holds nothing.
    """
    hint = f"read `lastgood status {incident}`"
    found = world.ledger.recovery(incident)
    if found is None or found.plan is None:
        raise ReleaseError(f"{incident} has claimed nothing", hint)
    try:
        released = world.ledger.release(incident, f"released by {by}: {reason}", world.now())
    except LostRaceError as lost:
        released = lost.current
        if released.state != "handed-over":  # else it may be that nobody could be told
            raise ReleaseError(f"{incident} is {released.state}; it holds nothing", hint) from lost
    return tell(found.plan.incident, released, world)
