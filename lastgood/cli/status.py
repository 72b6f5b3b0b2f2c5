"""`lastgood status`: where incidents stand, and who holds what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from lastgood.cli import exits, options, recovery_view, screen, words
from lastgood.cli.world import opened
from lastgood.domain.lifecycle import FleetState, Recovery
from lastgood.domain.policy import Instance

if TYPE_CHECKING:
    from rich.console import Console

    from lastgood.wiring import Wiring


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An instance, and the recovery that is under way or was the last."""

    instance: str
    name: str
    recovery: Recovery | None


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The whole fleet."""

    fleet: FleetState
    instances: tuple[Standing, ...]


def status(
    subject: Annotated[
        str | None,
        typer.Argument(metavar="INSTANCE|INCIDENT", help="The whole fleet if none is given."),
    ] = None,
    *,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Say where incidents stand."""
    console = screen.out()
    with opened(policy, screen.talk()) as world:
        if subject is not None and (recovery := world.ledger.recovery(subject)):
            if as_json:
                screen.emit(recovery)
            else:
                console.print(recovery_view.view(recovery, world.now()))
            return exits.YES
        asked = world.policy().instance
        if subject is not None:
            asked = (options.find(world.policy(), subject),)
        standings = tuple(_standing(instance, world) for instance in asked)
        overview = Overview(fleet=world.ledger.fleet(), instances=standings)
        if as_json:
            screen.emit(overview)
        else:
            _show(overview, console, world)
    return exits.YES


def _standing(instance: Instance, world: Wiring) -> Standing:
    history = world.ledger.past(instance.id)
    incident = history.active or (history.last.incident if history.last else None)
    recovery = world.ledger.recovery(incident) if incident else None
    return Standing(instance=instance.id, name=instance.name, recovery=recovery)


def _show(overview: Overview, console: Console, world: Wiring) -> None:
    if halt := overview.fleet.halt:
        since = words.distance(halt.at, world.now())
        console.print(screen.text(f"HALTED by {halt.by}, {since}: {halt.reason}", "bold red"))
        console.print()
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("instance", "recovery", "when", "incident"):
        table.add_column(heading, overflow="fold")
    for standing in overview.instances:
        if recovery := standing.recovery:
            state = screen.text(recovery.state, recovery_view.style(recovery.state))
            when = words.distance(recovery.changed_at, world.now())
            table.add_row(screen.text(standing.name), state, when, recovery.incident)
        else:
            table.add_row(screen.text(standing.name), screen.text("none", "dim"), "", "")
    console.print(table)
    today, active = overview.fleet.claimed_today, len(overview.fleet.active)
    console.print()
    console.print(
        screen.text(f"{active} under way; {today} begun on {overview.fleet.day or 'no day'}")
    )
