"""`lastgood windows`: what can be restored now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer
from rich.table import Table

from lastgood.cli import exits, options, picture, screen, words
from lastgood.cli.picture import Scene
from lastgood.cli.world import opened
from lastgood.domain import ranges, times
from lastgood.domain.policy import Instance
from lastgood.domain.ranges import Points, RestorableRange, Window, Windows
from lastgood.domain.services import Service
from lastgood.workflows.reading import read_range

if TYPE_CHECKING:
    from rich.console import Console

    from lastgood.workflows.world import World

A_FEW = 8


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What scripts get: points as a list of moments, windows with both their ends."""

    instance: str
    name: str
    service: Service
    kind: Literal["points", "windows"]
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
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Say what can be restored now."""
    day = None if on is None else _day(options.read_day("--on", on))
    talk = screen.talk()
    with opened(policy, talk) as world:
        asked, now = options.find(world.policy(), instance), world.now()
        with talk.status(screen.text(f"asking what can be restored on {asked.name}")):
            offered = _read(world, asked, day, now)
    if as_json:
        screen.emit(_answer(asked, offered))
    else:
        _show(screen.out(), asked, offered, now, len(offered.restorable) if complete else A_FEW)
    if offered.restorable:
        return exits.YES
    if not as_json:
        hint = "the same without --on" if day else f"lastgood verify {asked.name}, which says why"
        talk.print(screen.text(f"Try: {hint}"))
    return exits.NO


def _day(midnight: datetime) -> Window:
    return Window(midnight, midnight + timedelta(days=1) - times.SECOND)


def _read(world: World, instance: Instance, day: Window | None, now: datetime) -> RestorableRange:
    if day is None:
        return read_range(instance, world.clouds, now).range
    # As it would have been read when the day ended: that asks for no more than is needed.
    reading = read_range(instance, world.clouds, day.end, since=day.start)
    return ranges.intersect(reading.range, Windows((day,)))


def _answer(instance: Instance, offered: RestorableRange) -> Answer:
    kind: Literal["points", "windows"]
    restorable: tuple[datetime | Window, ...]
    if isinstance(offered, Points):
        kind, restorable = "points", tuple(point.at for point in offered.restorable)
    else:
        kind, restorable = "windows", offered.restorable
    return Answer(
        instance=instance.id,
        name=instance.name,
        service=instance.service,
        kind=kind,
        restorable=restorable,
        newest=offered.newest,
        oldest=offered.oldest,
    )


def _show(
    console: Console, instance: Instance, offered: RestorableRange, now: datetime, few: int
) -> None:
    if offered.oldest is None or offered.newest is None:
        console.print(screen.text(f"{instance.name} can be restored to nothing", "bold"))
        return
    count, kind = len(offered.restorable), "point" if isinstance(offered, Points) else "window"
    total = f"{count} {kind}{'' if count == 1 else 's'}"
    console.print(screen.text(f"{instance.name} can be restored to {total}", "bold"))
    console.print(screen.text(f"{instance.id}, {instance.service}", "dim"))
    console.print()
    console.print(_facts(offered, offered.oldest, offered.newest, now))
    console.print()
    span = Window(offered.oldest, max(now, offered.newest))
    console.print(picture.draw(console, Scene(offered, span)))
    console.print()
    console.print(_list(offered, now, few))
    if count > few:
        console.print(screen.text(f"  and {count - few} older; --all lists them", "dim"))


def _facts(offered: RestorableRange, oldest: datetime, newest: datetime, now: datetime) -> Table:
    facts = Table.grid(padding=(0, 2))
    facts.add_row("  newest", words.moment(newest), words.distance(newest, now))
    facts.add_row("  oldest", words.moment(oldest), words.distance(oldest, now))
    reach, gap = words.length(offered.coverage), words.length(offered.longest_gap)
    facts.add_row("  covered", reach, f"longest gap {gap}")
    return facts


def _list(offered: RestorableRange, now: datetime, few: int) -> Table:
    """The newest few, newest first."""
    table = Table.grid(padding=(0, 2))
    if isinstance(offered, Points):
        for point in reversed(offered.restorable[-few:]):
            table.add_row(f"  {words.moment(point.at)}", words.distance(point.at, now))
    else:
        for window in reversed(offered.restorable[-few:]):
            start, end = words.moment(window.start), words.moment(window.end)
            table.add_row(f"  {start}", "to", end, words.length(window.end - window.start))
    return table
