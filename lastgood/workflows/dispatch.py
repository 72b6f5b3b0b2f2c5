"""From an event to the recoveries that it starts: every record of it ends in something recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from lastgood import dialects
from lastgood.domain.alarm import Alarm, Incident, Message, Unreadable
from lastgood.domain.errors import EventError, LastgoodError
from lastgood.domain.journal import Line
from lastgood.domain.plan import Refusal
from lastgood.domain.triage import triage
from lastgood.workflows.starting import start, start_what_was_not
from lastgood.workflows.world import World

Result = Literal["started", "joined", "duplicate", "ignored", "unreadable", "failed"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one record: `reason` says why it started nothing."""

    result: Result
    incident: str | None = None
    reason: str | None = None


class Dispatched(msgspec.Struct, frozen=True):
    """What became of an event; `returned` are the receipts of records that SQS shall take back."""

    outcomes: tuple[Outcome, ...]
    returned: tuple[str, ...] = ()

    def summary(self) -> dict[str, Any]:
        """The answer of the function: for people, and in the form in which SQS reads failures."""
        failures = [{"itemIdentifier": receipt} for receipt in self.returned]
        return {"outcomes": msgspec.to_builtins(self.outcomes), "batchItemFailures": failures}


def dispatch(event: object, world: World) -> Dispatched:
    """Start one recovery for each incident in the event.

    Safe to do again with the same event: an incident that was started is a duplicate then.

    Raises:
        LastgoodError: a record was unreadable (an EventError) or could not be dealt with, and its
            sender takes nothing back one by one. The others were dealt with first; this one belongs
            among the dead letters, where a person finds it whole.
    """
    outcomes: list[Outcome] = []
    returned: list[str] = []
    lost: list[LastgoodError] = []
    for message in dialects.read(event):
        for outcome, failure in _settle(message, world):
            outcomes.append(outcome)
            if failure is None:
                continue
            if message.receipt is None:
                lost.append(failure)
            elif message.receipt not in returned:
                returned.append(message.receipt)
    if len(lost) > 1:
        raise EventError("; ".join(failure.message for failure in lost), lost[0].hint)
    if lost:
        raise lost[0]
    return Dispatched(tuple(outcomes), tuple(returned))


def _settle(message: Message, world: World) -> Iterator[tuple[Outcome, LastgoodError | None]]:
    """Do what one record asks for; each outcome with what went wrong, if something did."""
    content = message.content
    if isinstance(content, Unreadable):
        _note(world, "unreadable", "unreadable", content)
        hint = "read it in the dead-letter queue; send only alarms to this function"
        failure = EventError(f"not understood: {content.reason}", hint)
        yield Outcome(result="unreadable", reason=content.reason), failure
        return
    if isinstance(content, Alarm) and _only_tells(content):
        world.ledger.hear(content.source, content.state, content.changed_at, world.now())
    chain = content.source if isinstance(content, Alarm) else "ignored"
    for found in triage(content, world.policy()):
        try:
            yield _act(found, chain, world), None
        except LastgoodError as error:
            incident = found.id if isinstance(found, Incident) else None
            yield Outcome(result="failed", incident=incident, reason=error.message), error


def _only_tells(alarm: Alarm) -> bool:
    """Whether it says how an alarm stands and opens no incident, which says that as well."""
    return alarm.suppressed_by is not None if alarm.state == "ALARM" else alarm.state != "TEST"


def _act(found: Incident | Refusal, chain: str, world: World) -> Outcome:
    if isinstance(found, Refusal):
        _note(world, chain, "ignored", found)
        if found.code == "ambiguous-instance":  # somebody has to say which instance is meant
            raise EventError(found.message, found.hint)
        return Outcome(result="ignored", reason=f"{found.code}: {found.message}")
    opened = start(found, world)
    if opened.others:
        start_what_was_not([found.instance], world)
    result: Result = "joined" if opened.joined else "started" if opened.first else "duplicate"
    return Outcome(result=result, incident=opened.incident.id)


def _note(world: World, chain: str, kind: str, detail: Any) -> None:
    world.ledger.note(chain, Line(at=world.now(), kind=kind, detail=detail))
