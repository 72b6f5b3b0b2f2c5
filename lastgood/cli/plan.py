"""`lastgood plan`: what would be done about an alarm; nothing is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lastgood.cli import asking, exits, options, screen
from lastgood.cli.asking import Found
from lastgood.cli.plan_view import Considered, Planned, Refused, view
from lastgood.cli.world import opened
from lastgood.domain.decide import decide
from lastgood.domain.decision import Refusal
from lastgood.domain.triage import gone
from lastgood.readings import read_all

if TYPE_CHECKING:
    from lastgood.wiring import Wiring


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


def _consider(found: Found, world: Wiring) -> Considered:
    """Decide about one incident as its recovery would, but only read the ledger."""
    policy, now = world.policy(), world.now()
    if isinstance(found, Refusal):
        return Refused(found, now)
    instance = policy.find(found.instance)
    if instance is None:
        return Refused(gone(found), now)
    since = found.onset - instance.margin - instance.max_rollback
    readings = read_all(policy, instance, world.clouds, now, since)
    history = world.ledger.history(found) if os.environ.get("LASTGOOD_TABLE") else None
    decision = decide(found, readings, instance, history, now)
    if isinstance(decision, Refusal):
        return Refused(decision, now)
    return Planned(decision, now, policy, instance, readings)
