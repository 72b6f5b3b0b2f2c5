"""`lastgood plan`: what would be done about an alarm; nothing is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lastgood import dialects
from lastgood.cli import exits, options, screen, words
from lastgood.cli.failures import UsageError
from lastgood.cli.plan_view import Considered, Planned, Refused, view
from lastgood.cli.world import opened
from lastgood.domain.alarm import Incident
from lastgood.domain.decide import decide
from lastgood.domain.decision import Refusal
from lastgood.domain.errors import EventError
from lastgood.domain.triage import ask, gone, triage
from lastgood.readings import read_all

if TYPE_CHECKING:
    from rich.console import Console

    from lastgood.domain.policy import Policy
    from lastgood.wiring import Wiring

Found = Incident | Refusal


def plan(
    *,
    event: Annotated[
        str | None,
        typer.Option("--event", metavar="FILE", help="What an alarm sent, as JSON; - for stdin."),
    ] = None,
    instance: Annotated[
        str | None,
        typer.Option("--instance", metavar="NAME", help="Without an alarm: the instance."),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="TIME", help="Its data was good until then."),
    ] = None,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Decide what a recovery would do, and do nothing."""
    talk = screen.talk()
    with opened(policy, talk) as world:
        match event, instance, before:
            case str(file), None, None:
                found = _triaged(_read_event(file, talk), world.policy())
            case None, str(name), str(moment):
                found = [_asked(world, name, options.read_moment("--before", moment))]
            case _:
                hint = "plan --event FILE, or plan --instance NAME --before TIME"
                raise UsageError("plan takes an event, or an instance and a time", hint)
        with talk.status(screen.text("asking what can be restored")):
            considered = [_consider(one, world) for one in found]
    decisions = [one.decision for one in considered]
    if as_json:
        screen.emit(decisions[0] if len(decisions) == 1 else decisions)
    else:
        console = screen.out()
        console.print(view(console, considered))
    return exits.YES if all(isinstance(one, Planned) for one in considered) else exits.NO


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


def _asked(world: Wiring, name: str, before: datetime) -> Incident:
    now = world.now()
    if before > now:
        # Most likely a local time with the wrong offset; as it stands it excludes nothing.
        message = f"--before {words.moment(before)} has not come yet; it is {words.moment(now)}"
        raise UsageError(message, "check the offset from UTC: Z is none, +08:00 is Beijing's")
    return ask(options.find(world.policy(), name), before, now)


def _consider(found: Found, world: Wiring) -> Considered:
    """Decide about one incident as its recovery would, but only read the ledger."""
    policy, now = world.policy(), world.now()
    if isinstance(found, Refusal):
        return Refused(found, now)
    instance = policy.find(found.instance)
    if instance is None:
        return Refused(gone(found), now)
    since = found.onset - instance.margin - instance.max_rollback
    readings = read_all(policy, instance, world.clouds, now, since)
    history = world.ledger.history(found) if os.environ.get("LASTGOOD_TABLE") else None
    decision = decide(found, readings, instance, history, now)
    if isinstance(decision, Refusal):
        return Refused(decision, now)
    return Planned(decision, now, policy, instance, readings)
