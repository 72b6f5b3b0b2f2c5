"""Events that need a person: each becomes a text on the operators' topic."""

from __future__ import annotations

from typing import Any

from lastgood.aws.logs import begin_invocation, correlated_logger, limit_library_logs
from lastgood.wiring import wiring
from lastgood.workflows.notifying import notify

limit_library_logs()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Notify; an event that cannot be told raises, is tried again, and becomes a dead letter."""
    del context
    begin_invocation()
    told = notify(event, wiring().ledger, wiring().notifier)
    kind, detail = event["detail-type"], event["detail"]
    about = detail.get("incident") or detail.get("durableExecutionName")
    correlated_logger(about).info("told" if told else "ignored", extra={"kind": kind})
    return {"told": told}
