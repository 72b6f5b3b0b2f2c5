"""From an event to the recoveries that it starts: every record of it ends in something recorded."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from lastgood import dialects
from lastgood.domain.alarm import Alarm, Incident, Message, Unreadable
from lastgood.domain.errors import EventError
from lastgood.domain.journal import Line
from lastgood.domain.plan import Refusal
from lastgood.domain.triage import triage
from lastgood.ledger import Opened
from lastgood.workflows.world import World


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one record: `reason` says why it started nothing."""

    result: Literal["started", "duplicate", "ignored", "unreadable"]
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
        EventError: a record was unreadable and its sender takes nothing back one by one. The
            others were dealt with first; this one belongs among the dead letters, where a person
            finds it whole.
    """
    messages = dialects.read(event)
    outcomes = tuple(outcome for message in messages for outcome in _settle(message, world))
    unreadable = [(m.content, m.receipt) for m in messages if isinstance(m.content, Unreadable)]
    if lost := [content.reason for content, receipt in unreadable if receipt is None]:
        hint = "read it in the dead-letter queue; send only CloudWatch alarms to this function"
        raise EventError(f"not understood: {'; '.join(lost)}", hint)
    return Dispatched(outcomes, tuple(receipt for _, receipt in unreadable if receipt))


def _settle(message: Message, world: World) -> list[Outcome]:
    content = message.content
    if isinstance(content, Unreadable):
        _note(world, "unreadable", "unreadable", content)
        return [Outcome(result="unreadable", reason=content.reason)]
    if isinstance(content, Alarm) and content.state == "OK":
        world.ledger.clear(content.source, content.changed_at)
    chain = content.source if isinstance(content, Alarm) else "ignored"
    return [_act(found, chain, world) for found in triage(content, world.policy())]


def _act(found: Incident | Refusal, chain: str, world: World) -> Outcome:
    if isinstance(found, Refusal):
        _note(world, chain, "ignored", found)
        return Outcome(result="ignored", reason=f"{found.code}: {found.message}")
    opened = start(found, world)
    return Outcome(result="started" if opened.first else "duplicate", incident=opened.incident.id)


def start(incident: Incident, world: World) -> Opened:
    """Keep an incident and start its recovery, as it was first kept.

    Started even where it is not the first delivery: whoever came first may have died in between.
    """
    opened = world.ledger.open(incident, world.now())
    world.starter.start(opened.incident)
    return opened


def _note(world: World, chain: str, kind: str, detail: Any) -> None:
    world.ledger.note(chain, Line(at=world.now(), kind=kind, detail=detail))
