"""`lastgood replay`: decide again from the recorded evidence; the result must be the same."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from rich.text import Text

from lastgood.cli import exits, formats, options, screen
from lastgood.cli.world import open_world
from lastgood.domain import canonical
from lastgood.domain.plan import Decision, Refusal
from lastgood.workflows.deciding import Decided
from lastgood.workflows.world import World


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded decision, and what the same evidence gives now."""

    seq: int
    recorded: Decision
    again: Decision
    same: bool


def replay(
    incident: options.IncidentArgument,
    *,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Decide again from the recorded evidence, and compare."""
    with open_world(policy_file) as world:
        replayed = _replay(incident, world)
    screen.show(replayed, map(_line, replayed), as_json=as_json)
    return exits.YES if all(one.same for one in replayed) else exits.NO


def _replay(incident: str, world: World) -> list[Replayed]:
    recovery = world.ledger.recovery(incident)  # a drill was not opened by an alarm
    known = world.ledger.incident(incident) or (
        recovery.plan.incident if recovery and recovery.plan else None
    )
    if known is None:
        raise options.UnknownIncidentError(f"there is no incident {incident}", "lastgood status")
    found = list(_decisions(incident, known.chain, world))
    if not found:
        message = f"no decision is recorded for {incident} of {formats.moment(known.changed_at)}"
        raise options.UnknownIncidentError(message, "lastgood history")
    return found


def _decisions(incident: str, chain: str, world: World) -> Iterator[Replayed]:
    for entry in world.ledger.entries(chain):
        if entry.kind == "decided" and entry.incident == incident:
            decided = msgspec.convert(entry.detail, Decided, dec_hook=canonical.read_hook)
            again = decided.again()
            same = _core(again) == _core(decided.decision)
            yield Replayed(seq=entry.seq, recorded=decided.decision, again=again, same=same)


def _core(decision: Decision) -> object:
    """What was decided; the sentences that say it may be worded otherwise in another version."""
    if isinstance(decision, Refusal):
        return decision.code
    plan = decision
    chosen = plan.alternative and (plan.alternative.target, plan.alternative.restore_time)
    lost = (plan.lost, plan.loss_seconds)
    grounds = (plan.mode, plan.gates, plan.bad_since, plan.despite)
    return plan.cloud, plan.target, plan.restore_time, *lost, *grounds, chosen


def _line(one: Replayed) -> Text:
    style, result = ("green", "the same") if one.same else ("bold red", "NOT the same")
    decision = type(one.recorded).__name__.lower()
    return screen.text(f"entry {one.seq}: a {decision}, {result}", style)
