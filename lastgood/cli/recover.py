"""`lastgood recover`: starting a recovery by hand, through the very same workflow."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from lastgood.cli import asking, exits, options, recovery_view, screen
from lastgood.cli.world import opened
from lastgood.domain.alarm import Incident
from lastgood.domain.lifecycle import MOVES, Recovery
from lastgood.domain.plan import Refusal

if TYPE_CHECKING:
    from rich.console import Console

    from lastgood.workflows.world import World

LOOK_EVERY = 2.0
GOOD_ENDS = {"settled", "proposed"}


def recover(  # noqa: PLR0913 - each is an option of the command
    *,
    event: asking.EventOption = None,
    instance: asking.InstanceOption = None,
    before: asking.BeforeOption = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it has ended, or waits for a person.")
    ] = False,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Start a recovery: because an alarm or a person says so."""
    talk = screen.talk()
    with opened(policy, talk) as world:
        found = asking.asked_for(event, instance, before, world, talk)
        refused = [one for one in found if isinstance(one, Refusal)]
        started = [_start(one, world) for one in found if isinstance(one, Incident)]
        ended = [_awaited(one, world, talk) for one in started] if wait else []
        if as_json:
            screen.emit([*refused, *(ended or started)])
        else:
            _show(refused, started, ended, world)
    good = not refused and all(recovery.state in GOOD_ENDS for recovery in ended)
    return exits.YES if good else exits.NO


def _start(incident: Incident, world: World) -> Incident:
    from lastgood.workflows.dispatch import start  # noqa: PLC0415 - `lastgood --help` needs none of it

    return start(incident, world).incident


def _awaited(incident: Incident, world: World, talk: Console) -> Recovery:
    """Look at the ledger until the recovery has ended, or waits for a person."""
    with talk.status(screen.text(f"{incident.id}: started")) as status:
        while True:
            recovery = world.ledger.recovery(incident.id)
            if recovery and (recovery.state not in MOVES or recovery.state == "proposed"):
                return recovery
            told = recovery.state if recovery else "deciding"
            status.update(screen.text(f"{incident.id}: {told}"))
            time.sleep(LOOK_EVERY)


def _show(
    refused: list[Refusal], started: list[Incident], ended: list[Recovery], world: World
) -> None:
    console = screen.out()
    for refusal in refused:
        console.print(screen.text(f"refused: {refusal.code}: {refusal.message}", "bold yellow"))
        console.print(screen.text(f"Try: {refusal.hint}"))
    for recovery in ended:
        recovery_view.show(console, recovery, world.now())
    for incident in started[len(ended) :]:
        console.print(screen.text(f"started {incident.id}", "bold green"))
        console.print(screen.text(f"Try: lastgood status {incident.id}"))
