"""`lastgood status`: where incidents stand, and which of them hold an instance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.console import RenderableType

from lastgood.cli import exits, formats, options, recovery_view, screen
from lastgood.cli.world import open_world
from lastgood.domain.alarm import pairs_of
from lastgood.domain.lifecycle import FleetState, Recovery
from lastgood.domain.policy import Instance
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
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Show where incidents stand."""
    with open_world(policy_file) as world:
        if subject is not None and (recovery := world.ledger.recovery(subject)):
            recovery_view.show(recovery, world.now(), as_json=as_json)
            return exits.YES
        instances = world.policy().instance
        if subject is not None:
            instances = (options.find_instance(world.policy(), subject),)
        standings = tuple(_standing(instance, world) for instance in instances)
        overview = Overview(fleet=world.ledger.fleet(), instances=standings)
        screen.show(overview, _view(overview, world.now()), as_json=as_json)
    return exits.YES


def _standing(instance: Instance, world: World) -> Standing:
    own, paired = (world.ledger.standing(chain) for chain in (instance.id, pairs_of(instance.id)))
    return Standing(instance=instance.id, name=instance.name, recoveries=(*own, *paired))


def _view(overview: Overview, now: datetime) -> Iterator[RenderableType]:
    fleet = overview.fleet
    if halt := fleet.halt:
        since = formats.relative(halt.at, now)
        yield screen.text(f"HALTED by {halt.by}, {since}: {halt.reason}", "bold red")
        yield ""
    headings = ("instance", "recovery", "when", "incident")
    yield screen.table(_rows(overview, now), *headings, gap=2)
    yield ""
    day = fleet.day or "no day"
    yield screen.text(f"{len(fleet.active)} under way; {fleet.claimed_today} begun on {day}")


def _rows(overview: Overview, now: datetime) -> Iterator[tuple[RenderableType, ...]]:
    for standing in overview.instances:
        for recovery in standing.recoveries:
            state = recovery_view.briefly(recovery)
            when = formats.relative(recovery.changed_at, now)
            yield screen.text(standing.name), state, when, recovery.incident
        if not standing.recoveries:
            yield screen.text(standing.name), screen.text("none", "dim")
