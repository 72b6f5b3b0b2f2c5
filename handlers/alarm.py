"""Alarms from EventBridge, SNS, SQS or CloudWatch itself: starts one recovery for each incident."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lastgood.aws.logs import begin_invocation, correlated_logger, limit_library_logs
from lastgood.wiring import wiring
from lastgood.workflows.dispatch import dispatch

limit_library_logs()

with suppress(ImportError):  # only Lambda's runtime has it, and only Lambda takes snapshots
    from snapshot_restore_py import (  # type: ignore[import-untyped] # AWS ships no types
        register_before_snapshot,
    )

    register_before_snapshot(lambda: (wiring().ledger, wiring().starter))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Dispatch every record; an event that cannot be handled raises, and becomes a dead letter."""
    del context
    begin_invocation()
    dispatched = dispatch(event, wiring())
    for outcome in dispatched.outcomes:
        correlated_logger(outcome.incident).info(outcome.result, extra={"reason": outcome.reason})
    return dispatched.summary()
