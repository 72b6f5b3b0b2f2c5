"""The incidents that a command is about: of an event, or of an instance and a time."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lastgood import dialects
from lastgood.cli import formats, options, screen
from lastgood.cli.failures import UsageError
from lastgood.domain.alarm import Incident
from lastgood.domain.errors import EventError
from lastgood.domain.plan import Refusal
from lastgood.domain.policy import Policy
from lastgood.domain.triage import ask, triage
from lastgood.workflows.world import World

EventOption = Annotated[
    str | None, typer.Option("--event", metavar="FILE", help="The event as JSON; - for stdin.")
]
InstanceOption = Annotated[
    str | None, typer.Option("--instance", metavar="NAME", help="Without an alarm: the instance.")
]
BeforeOption = Annotated[
    str | None, typer.Option("--before", metavar="TIME", help="Its data was good until then.")
]
USAGE = "--event FILE | --instance NAME --before TIME"


def from_options(
    event: str | None, instance: str | None, before: str | None, world: World
) -> list[Incident | Refusal]:
    """The incidents that the options describe; a refusal for what opens none.

    Raises:
        UsageError: neither an event nor an instance and a time is given, or both are.
        EventError: the event cannot be read.
    """
    match event, instance, before:
        case str(file), None, None:
            return _of_event(read_event(file), world.policy())
        case None, str(name), str(moment):
            return [_of_person(world, name, options.parse_moment("--before", moment))]
    hint = "give --event FILE, or --instance NAME with --before TIME"
    raise UsageError("this takes an event, or an instance and a time", hint)


def read_event(where: str) -> Any:
    """The event in a file, or on stdin for `-`.

    Raises:
        EventError: it cannot be read, or is not JSON.
    """
    name = "the event on stdin" if where == "-" else f"the event {where}"
    try:
        if where == "-" and sys.stdin.isatty():
            screen.stderr().print("reading the event from the keyboard; end it with Ctrl-D")
        raw = sys.stdin.buffer.read() if where == "-" else Path(where).read_bytes()
        return json.loads(raw)
    except OSError as error:
        hint = "give a file that holds the event as JSON, or - to read stdin"
        raise EventError(f"{name} cannot be read: {error.strerror}", hint) from error
    # RecursionError: brackets within brackets, deeper than the parser goes.
    except (ValueError, RecursionError) as error:
        hint = "give the event exactly as it was sent; events/ has an example of each shape"
        raise EventError(f"{name} is not JSON", hint) from error


def _of_event(event: Any, policy: Policy) -> list[Incident | Refusal]:
    """Everything in the event, an incident that is in it twice only once."""
    found: dict[object, Incident | Refusal] = {}
    for message in dialects.read(event):
        for one in triage(message.content, policy):
            found.setdefault(one.id if isinstance(one, Incident) else id(one), one)
    return list(found.values())


def _of_person(world: World, name: str, before: datetime) -> Incident:
    now = world.now()
    if before > now:
        # Most likely a local time with the wrong offset; as it stands it excludes nothing.
        now_text = formats.moment(now)
        message = f"--before {formats.moment(before)} is in the future; it is {now_text} now"
        raise UsageError(message, "check the UTC offset: Z is UTC, +08:00 is the time in Beijing")
    return ask(options.find_instance(world.policy(), name), before, now)
