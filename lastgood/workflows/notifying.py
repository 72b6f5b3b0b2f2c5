"""Telling a person: an event that needs one becomes a text on the operators' topic."""

from __future__ import annotations

from typing import Any

from lastgood.domain.drills import is_closing
from lastgood.domain.errors import EventError
from lastgood.domain.hooks import lets_in
from lastgood.domain.notices import (
    Notice,
    tell_dead_closing,
    tell_dead_drill,
    tell_dead_expiry,
    tell_dead_let_in,
    tell_dead_recovery,
    tell_dead_sweep,
    tell_event,
)
from lastgood.domain.undo import expires
from lastgood.ledger import Ledger
from lastgood.ports import Notifier


def notify(event: object, ledger: Ledger, notifier: Notifier) -> bool:
    """Send the notice of an event, if it needs a person; returns whether it does.

    Raises:
        EventError: it is neither an event of lastgood nor the end of an execution.
        NotifyError: the topic did not take it, or may not have.
    """
    match event:
        case {"source": "lastgood", "detail-type": str(kind), "detail": dict(detail)}:
            notice = tell_event(kind, detail)
        case {"source": "aws.lambda", "detail": {"durableExecutionName": str(name)} as detail}:
            notice = _dead(name, detail, ledger)
        case _:
            hint = "check the rules that invoke this function"
            raise EventError("it is no event of lastgood, and no end of an execution", hint)
    if notice is not None:
        notifier.notify(*notice)
    return notice is not None


def _dead(name: str, detail: dict[str, Any], ledger: Ledger) -> Notice | None:
    status = str(detail.get("status"))
    asked = name.rpartition("-")[0]
    for event in ledger.pending():
        if asked in {event.detail.get("incident"), event.detail.get("drill")}:
            return tell_event(event.kind, event.detail)  # its end could not be published
    if report := ledger.report(asked):
        return tell_dead_drill(report, ledger.recovery(asked), status)
    if lets_in(name):
        return tell_dead_let_in(name, status)
    if expires(name):
        return tell_dead_expiry(name, status)
    incident = ledger.incident(asked)
    if incident is None:
        return (
            tell_dead_closing(name, status) if is_closing(name) else tell_dead_sweep(name, status)
        )
    return tell_dead_recovery(incident, ledger.recovery(incident.id), status)
