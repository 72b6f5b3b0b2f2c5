"""`lastgood undo`: the way back from a restore in place, and the instance that it leads to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

import msgspec
import typer
from rich.console import RenderableType
from rich.text import Text

from lastgood.cli import exits, formats, options, screen
from lastgood.cli.world import author, open_world
from lastgood.domain import copies
from lastgood.domain import undo as undo_point
from lastgood.domain.copies import Copy
from lastgood.domain.plan import Interval
from lastgood.workflows import undoing
from lastgood.workflows.undoing import UndoError, WayBack
from lastgood.workflows.world import World

SECONDS_BETWEEN_LOOKS = 5.0
LOOKS = 720
"""An hour: a new instance takes minutes, and longer with more data."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The way back as scripts read it; `steps` are what is left to do, in order."""

    incident: str
    instance: str
    instance_name: str | None
    backup: undo_point.Kept
    overwritten: Interval | None
    copy: Copy | None
    secret: str
    steps: tuple[str, ...]


def undo(
    incident: options.IncidentArgument,
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Make the new instance, and wait until it is ready.")
    ] = False,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Show the way back from a restore; with --yes make an instance of what was overwritten."""
    with open_world(policy_file) as world:
        undoing.way_back(incident, world)
        if yes:
            copy = undoing.make(incident, author(by, world), world)
            _await(copy, world)
        way = _way(undoing.way_back(incident, world), world)
        screen.show(way, _view(way), as_json=as_json)
    return exits.YES


def _await(copy: Copy, world: World) -> None:
    """Read the list of instances until what was made can be used.

    Raises:
        UndoError: it is not by now.
    """
    told = screen.text(f"{copy.name} ({copy.id}): waiting until it can be used")
    with screen.stderr().status(told):
        for _ in range(LOOKS):
            if undoing.is_ready(copy.name, world):
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)
    hint = f"run lastgood undo {copy.owner} --yes again, which waits on; or look in the console"
    raise UndoError(f"{copy.name} is not ready yet", hint)


def _way(way: WayBack, world: World) -> Way:
    source = world.policy().by_id(way.instance)
    name = undoing.name_of(way.incident, world)
    sent = way.lost.end if way.lost else None
    return Way(
        incident=way.incident,
        instance=way.instance,
        instance_name=source.name if source else None,
        backup=undo_point.kept(way.point, sent),
        overwritten=way.lost,
        copy=way.copy,
        secret=copies.secret_of(name),
        steps=tuple(_steps(way, name)),
    )


def _steps(way: WayBack, name: str) -> Iterator[str]:
    is_ready = way.copy is not None and way.copy.stage == "ready"
    if not is_ready:
        yield f"lastgood undo {way.incident} --yes"
    yield f"lastgood copies: the address of {name}; its password is in {copies.secret_of(name)}"
    yield "compare it with the instance, and take over the keys that are missing; or switch to it"
    yield f"lastgood copies delete {name}"
    yield f"lastgood copies delete {way.point.name}"


def _view(way: Way) -> Iterator[RenderableType]:
    what = way.instance_name or way.instance
    yield screen.text(f"The way back from the restore of {what}", "bold")
    yield screen.facts(("", label, value) for label, value in _facts(way))
    yield ""
    for number, step in enumerate(way.steps, 1):
        yield Text(screen.clean(f"{number}. {step}"), no_wrap=True)


def _facts(way: Way) -> Iterator[tuple[str, str]]:
    yield "incident", way.incident
    yield "instance", way.instance
    if lost := way.overwritten:
        span = f"from {formats.moment(lost.start)} to {formats.moment(lost.end)}"
        yield "undone", f"every write {span}"
    yield "now", f"what was there is {way.backup.sentence}"
    if way.backup.unkept_seconds:
        length = formats.duration(timedelta(seconds=way.backup.unkept_seconds))
        yield "but for", f"the writes of the last {length} before the restore was asked for"
    if copy := way.copy:
        yield "made", f"{copy.name} ({copy.id or 'no id known'}) is {copy.stage}"
    yield "leads to", "a new instance only: a backup of Redis restores to nothing else"
