"""`lastgood plan`: what would be done about an alarm; nothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lastgood.cli import asking, exits, options, screen
from lastgood.cli.asking import Found
from lastgood.cli.plan_view import Considered, Planned, Refused, view
from lastgood.cli.world import opened
from lastgood.domain.plan import Refusal

if TYPE_CHECKING:
    from lastgood.workflows.world import World


def plan(
    *,
    event: asking.EventOption = None,
    instance: asking.InstanceOption = None,
    before: asking.BeforeOption = None,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Decide what a recovery would do, and do nothing."""
    talk = screen.talk()
    with opened(policy, talk) as world:
        found = asking.asked_for(event, instance, before, world, talk)
        with talk.status(screen.text("asking what can be restored")):
            considered = [_consider(one, world) for one in found]
    decisions = [one.decision for one in considered]
    if as_json:
        screen.emit(decisions[0] if len(decisions) == 1 else decisions)
    else:
        console = screen.out()
        console.print(view(console, considered))
    return exits.YES if all(isinstance(one, Planned) for one in considered) else exits.NO


def _consider(found: Found, world: World) -> Considered:
    """Decide about one incident as its recovery would, but only read the ledger."""
    from lastgood.workflows.deciding import consider  # noqa: PLC0415 - `lastgood --help` needs none of it

    decided = found if isinstance(found, Refusal) else consider(found, world)
    if isinstance(decided, Refusal):
        return Refused(decided, world.now())
    if isinstance(decided.decision, Refusal):
        return Refused(decided.decision, decided.now)
    return Planned(
        decided.decision, decided.now, world.policy(), decided.instance, decided.readings
    )
