"""`lastgood windows`: what can be restored now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
import typer
from rich.console import RenderableType

from lastgood.cli import exits, formats, options, screen, timeline
from lastgood.cli.timeline import Timeline
from lastgood.cli.world import open_world
from lastgood.domain import ranges
from lastgood.domain.policy import Instance
from lastgood.domain.ranges import Point, Points, RestorableRange, Window, Windows
from lastgood.domain.services import Service
from lastgood.workflows.reading import read_range
from lastgood.workflows.world import World

A_FEW = 8
Kind = Literal["points", "windows"]


class InstanceRange(msgspec.Struct, frozen=True, kw_only=True):
    """The restorable range of an instance: its points as moments, or its windows."""

    instance: str
    name: str
    service: Service
    kind: Kind
    restorable: tuple[datetime | Window, ...]
    newest: datetime | None
    oldest: datetime | None


def windows(
    instance: Annotated[
        str, typer.Argument(metavar="INSTANCE", help="Its id or name in the policy.")
    ],
    *,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="Only of this UTC day: 2026-02-17.")
    ] = None,
    complete: Annotated[bool, typer.Option("--all", help="List all, not the newest few.")] = False,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Show what can be restored now."""
    day = None if on is None else options.parse_day("--on", on)
    talk = screen.stderr()
    with open_world(policy_file) as world:
        found, now = options.find_instance(world.policy(), instance), world.now()
        with talk.status(screen.text(f"reading what can be restored on {found.name}")):
            offered = _read(world, found, day, now)
    few = len(offered.restorable) if complete else A_FEW
    screen.show(_result(found, offered), _view(found, offered, now, few), as_json=as_json)
    if offered.restorable:
        return exits.YES
    if not as_json:
        talk.print(screen.text(f"Try: lastgood {'windows' if day else 'verify'} {found.name}"))
    return exits.NO


def _read(world: World, instance: Instance, day: Window | None, now: datetime) -> RestorableRange:
    if day is None:
        return read_range(instance, world.clouds, now).range
    # As it would have been read when the day ended: that asks for no more than is needed.
    reading = read_range(instance, world.clouds, day.end, since=day.start)
    return ranges.intersect(reading.range, Windows((day,)))


def _result(instance: Instance, offered: RestorableRange) -> InstanceRange:
    kind: Kind = "points" if isinstance(offered, Points) else "windows"
    return InstanceRange(
        instance=instance.id,
        name=instance.name,
        service=instance.service,
        kind=kind,
        restorable=tuple(one.at if isinstance(one, Point) else one for one in offered.restorable),
        newest=offered.newest,
        oldest=offered.oldest,
    )


def _view(
    instance: Instance, offered: RestorableRange, now: datetime, few: int
) -> Iterator[RenderableType]:
    if offered.oldest is None or offered.newest is None:
        yield screen.text(f"{instance.name} has no restorable moment", "bold")
        return
    count, kind = len(offered.restorable), "point" if isinstance(offered, Points) else "window"
    total = f"{count} {kind}{'' if count == 1 else 's'}"
    yield screen.text(f"{instance.name} can be restored to {total}", "bold")
    yield screen.text(f"{instance.id}, {instance.service}", "dim")
    yield ""
    covered, gap = formats.duration(offered.coverage), formats.duration(offered.longest_gap)
    facts = (
        ("newest", *_moment(offered.newest, now)),
        ("oldest", *_moment(offered.oldest, now)),
        ("covered", covered, f"longest gap {gap}"),
    )
    yield screen.table(facts, gap=2)
    yield ""
    span = Window(offered.oldest, max(now, offered.newest))
    yield timeline.draw(screen.stdout(), Timeline(offered, span))
    yield ""
    newest: Sequence[Point | Window] = offered.restorable[-few:]
    yield screen.table((_row(one, now) for one in reversed(newest)), gap=2)
    if count > few:
        yield screen.text(f"  and {count - few} older; --all lists them", "dim")


def _row(one: Point | Window, now: datetime) -> tuple[str, ...]:
    if isinstance(one, Point):
        return _moment(one.at, now)
    length = formats.duration(one.end - one.start)
    return formats.moment(one.start), "to", formats.moment(one.end), length


def _moment(at: datetime, now: datetime) -> tuple[str, str]:
    return formats.moment(at), formats.relative(at, now)
