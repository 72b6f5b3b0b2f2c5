"""`lastgood replay`: deciding again from the recorded evidence; it must come out the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from lastgood.cli import exits, options, screen, words
from lastgood.cli.world import opened
from lastgood.domain import canonical
from lastgood.domain.plan import Decision

if TYPE_CHECKING:
    from lastgood.workflows.world import World


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded decision, and what the same evidence gives now."""

    seq: int
    recorded: Decision
    again: Decision
    same: bool


def replay(
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Its id.")],
    *,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Decide again from the record: it must come out the same."""
    with opened(policy, screen.talk()) as world:
        replayed = _replayed(incident, world)
    if as_json:
        screen.emit(replayed)
    else:
        for one in replayed:
            style, told = ("green", "the same") if one.same else ("bold red", "NOT the same")
            verdict = type(one.recorded).__name__.lower()
            screen.out().print(screen.text(f"entry {one.seq}: a {verdict}, {told}", style))
    return exits.YES if all(one.same for one in replayed) else exits.NO


def _replayed(incident: str, world: World) -> list[Replayed]:
    from lastgood.workflows.deciding import Decided  # noqa: PLC0415 - `lastgood --help` needs none of it

    known = world.ledger.incident(incident)
    if known is None:
        raise options.UnknownIncidentError(f"there is no incident {incident}", "lastgood status")
    found = []
    for entry in world.ledger.entries(known.instance):
        if entry.kind == "decided" and entry.incident == incident:
            decided = msgspec.convert(entry.detail, Decided, dec_hook=canonical.read_hook)
            again = decided.again()
            same = canonical.encode(again) == canonical.encode(decided.decision)
            found.append(Replayed(seq=entry.seq, recorded=decided.decision, again=again, same=same))
    if not found:
        when = words.moment(known.changed_at)
        raise options.UnknownIncidentError(
            f"{incident} of {when} was never decided", "lastgood history"
        )
    return found
