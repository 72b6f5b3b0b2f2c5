"""What a person asks about: an event as an alarm sent it, or an instance and a time."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lastgood import dialects
from lastgood.cli import options, words
from lastgood.cli.failures import UsageError
from lastgood.domain.alarm import Incident
from lastgood.domain.errors import EventError
from lastgood.domain.plan import Refusal
from lastgood.domain.triage import ask, triage

if TYPE_CHECKING:
    from rich.console import Console

    from lastgood.domain.policy import Policy
    from lastgood.workflows.world import World

EventOption = Annotated[
    str | None,
    typer.Option("--event", metavar="FILE", help="What an alarm sent, as JSON; - for stdin."),
]
InstanceOption = Annotated[
    str | None,
    typer.Option("--instance", metavar="NAME", help="Without an alarm: the instance."),
]
BeforeOption = Annotated[
    str | None,
    typer.Option("--before", metavar="TIME", help="Its data was good until then."),
]
USAGE = "--event FILE | --instance NAME --before TIME"

Found = Incident | Refusal


def asked_for(
    event: str | None, instance: str | None, before: str | None, world: World, talk: Console
) -> list[Found]:
    """The incidents that are asked about, and why something opens none.

    Raises:
        UsageError: neither an event nor an instance and a time is given, or both are.
        EventError: the event cannot be read.
    """
    match event, instance, before:
        case str(file), None, None:
            return _triaged(_read_event(file, talk), world.policy())
        case None, str(name), str(moment):
            return [_asked(world, name, options.read_moment("--before", moment))]
    hint = "--event FILE, or --instance NAME --before TIME"
    raise UsageError("this takes an event, or an instance and a time", hint)


def _read_event(where: str, talk: Console) -> Any:
    name = "the event on stdin" if where == "-" else f"the event {where}"
    try:
        if where != "-":
            raw = Path(where).read_bytes()
        else:
            if sys.stdin.isatty():
                talk.print("reading the event from the keyboard; end it with Ctrl-D")
            raw = sys.stdin.buffer.read()
        return json.loads(raw)
    except OSError as error:
        hint = "--event FILE with the event as JSON, or --event - to read stdin"
        raise EventError(f"{name} cannot be read: {error.strerror}", hint) from error
    # RecursionError: brackets within brackets, deeper than the parser goes.
    except (ValueError, RecursionError) as error:
        hint = "give it exactly as CloudWatch sent it; events/ holds one of every shape"
        raise EventError(f"{name} is not JSON", hint) from error


def _triaged(event: Any, policy: Policy) -> list[Found]:
    """Everything in the event, an incident that came twice only once."""
    found = [one for message in dialects.read(event) for one in triage(message.content, policy)]
    return list(_distinct(found))


def _distinct(found: list[Found]) -> Iterator[Found]:
    seen = set()
    for one in found:
        if isinstance(one, Refusal) or one.id not in seen:
            yield one
        if isinstance(one, Incident):
            seen.add(one.id)


def _asked(world: World, name: str, before: datetime) -> Incident:
    now = world.now()
    if before > now:
        # Most likely a local time with the wrong offset; as it stands it excludes nothing.
        message = f"--before {words.moment(before)} has not come yet; it is {words.moment(now)}"
        raise UsageError(message, "check the offset from UTC: Z is none, +08:00 is Beijing's")
    return ask(options.find(world.policy(), name), before, now)
