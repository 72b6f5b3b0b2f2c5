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

    from lastgood.workflows.world import World


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An instance, and its recoveries that have not ended; if there is none, the latest."""

    instance: str
    name: str
    recoveries: tuple[Recovery, ...]


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
                recovery_view.show(console, recovery, world.now())
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


def _standing(instance: Instance, world: World) -> Standing:
    recoveries = tuple(world.ledger.standing(instance.id))
    return Standing(instance=instance.id, name=instance.name, recoveries=recoveries)


def _show(overview: Overview, console: Console, world: World) -> None:
    if halt := overview.fleet.halt:
        since = words.distance(halt.at, world.now())
        console.print(screen.text(f"HALTED by {halt.by}, {since}: {halt.reason}", "bold red"))
        console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("instance", "recovery", "when", "incident"):
        table.add_column(heading, overflow="fold")
    for standing in overview.instances:
        for recovery in standing.recoveries:
            state = screen.text(recovery.state, recovery_view.style(recovery.state))
            when = words.distance(recovery.changed_at, world.now())
            table.add_row(screen.text(standing.name), state, when, recovery.incident)
        if not standing.recoveries:
            table.add_row(screen.text(standing.name), screen.text("none", "dim"))
    console.print(table)
    today, active = overview.fleet.claimed_today, len(overview.fleet.active)
    console.print()
    console.print(
        screen.text(f"{active} under way; {today} begun on {overview.fleet.day or 'no day'}")
    )
