"""Alarms in, from EventBridge, SNS, SQS or CloudWatch itself: starts one recovery an incident."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from lastgood.aws.logs import begin_invocation, hush_libraries, logger_about
from lastgood.wiring import wiring
from lastgood.workflows.dispatch import dispatch

hush_libraries()

with suppress(ImportError):  # it is of Lambda's runtime, and nobody else takes a snapshot
    from snapshot_restore_py import (  # type: ignore[import-untyped] # AWS ships no types
        register_before_snapshot,
    )

    register_before_snapshot(lambda: (wiring().ledger, wiring().starter))


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Dispatch every record; what cannot be settled raises, and so reaches the dead letters."""
    del context
    begin_invocation()
    dispatched = dispatch(event, wiring())
    for outcome in dispatched.outcomes:
        logger_about(outcome.incident).info(outcome.result, extra={"reason": outcome.reason})
    return dispatched.summary()
