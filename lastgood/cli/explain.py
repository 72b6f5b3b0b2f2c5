"""`lastgood explain`: how an event was read; nothing is asked and nothing is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import RenderableType

from lastgood import dialects
from lastgood.cli import exits, incidents, options, screen
from lastgood.cli.plan_view import STRENGTHS
from lastgood.cli.redacting import Redactor
from lastgood.cli.world import open_world
from lastgood.domain import times
from lastgood.domain.alarm import Unreadable
from lastgood.domain.explaining import Reading
from lastgood.domain.explaining import explain as explain_one
from lastgood.domain.policy import Policy


def explain(
    *,
    event: Annotated[
        str, typer.Option("--event", metavar="FILE", help="The event as JSON; - for stdin.")
    ],
    redact: Annotated[
        bool, typer.Option("--redact", help="Print the event instead, safe to attach.")
    ] = False,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Say how an event is read: sender, alarm, instance, onset and its strength."""
    read = incidents.read_event(event)
    if redact:
        screen.print_json(Redactor().redact(read))
        return exits.YES
    messages = dialects.read(read)
    with open_world(policy_file) as world:
        policy = world.policy()
    readings = [explain_one(message, policy) for message in messages]
    screen.show({"readings": readings}, _view(readings, policy), as_json=as_json)
    understood = not any(isinstance(message.content, Unreadable) for message in messages)
    return exits.YES if understood else exits.NO


def _view(readings: Sequence[Reading], policy: Policy) -> Iterator[RenderableType]:
    for number, reading in enumerate(readings):
        if number:
            yield ""
        yield screen.text(_headline(reading), "bold")
        yield screen.facts(_facts(reading, policy))


def _headline(reading: Reading) -> str:
    if reading.alarm is None:
        return f"Not an alarm: {reading.why}"
    verb = "opens an incident" if reading.acts else "opens no incident"
    return f"{reading.alarm} {verb}"


def _facts(reading: Reading, policy: Policy) -> Iterator[screen.Fact]:
    yield "", "sender", reading.sender or "not recognised"
    if reading.alarm is None or reading.changed_at is None:
        return
    yield "", "alarm", reading.source or ""
    yield "", "state", f"{reading.state}, {times.print_rfc3339(reading.changed_at)}"
    if not reading.acts:
        yield "", "why", reading.why
    for instance, incident in reading.incident.items():
        found = policy.by_id(instance)
        yield "", "instance", f"{found.name if found else instance}, by {reading.why}"
        yield "", "incident", incident
    if reading.onset is not None and reading.strength is not None:
        yield "", "onset", f"{times.print_rfc3339(reading.onset)}, {reading.onset_detail}"
        yield "", "strength", STRENGTHS[reading.strength]
    if reading.caution:
        yield "", "caution", f"{reading.caution}: no more than a proposal"
    for point in reading.datapoints:
        value = "missing" if point.value is None else f"{point.value:g}"
        yield "", "datapoint", f"{times.print_rfc3339(point.at)} {value}"
    if reading.missing:
        yield "", "not told", "; ".join(reading.missing)
