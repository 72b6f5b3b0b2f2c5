"""`lastgood halt` and `lastgood resume`: the switch that stops every recovery."""

from __future__ import annotations

from typing import Annotated

import typer

from lastgood.cli import exits, options, screen
from lastgood.cli.world import opened
from lastgood.domain.lifecycle import FleetState, Halt


def halt(
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")],
    by: options.ByOption = None,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Let no recovery send its request until `lastgood resume`."""
    with opened(policy, screen.talk()) as world:
        now, who = world.now(), options.who(by)
        fleet = world.ledger.halt(Halt(by=who, at=now, reason=reason))
    return _told(fleet, "halted: nothing is sent from now on", as_json=as_json)


def resume(
    *,
    by: options.ByOption = None,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Let recoveries go on."""
    with opened(policy, screen.talk()) as world:
        fleet = world.ledger.resume(options.who(by), world.now())
    return _told(fleet, "recoveries may go on", as_json=as_json)


def _told(fleet: FleetState, told: str, *, as_json: bool) -> int:
    if as_json:
        screen.emit(fleet)
        return exits.YES
    screen.out().print(screen.text(told, "bold"))
    if fleet.active:
        talk = screen.talk()
        talk.print(
            screen.text("under way already; what has written its intent is not called back:")
        )
        for incident in fleet.active:
            talk.print(screen.text(f"  lastgood status {incident}"))
    return exits.YES
