"""Alarms in, from EventBridge, SNS, SQS or CloudWatch itself: starts one recovery an incident."""

from __future__ import annotations

from typing import Any

from lastgood.dispatch import dispatch
from lastgood.observability import logger
from lastgood.wiring import wiring


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Dispatch every record; what cannot be settled raises, and so reaches the dead letters."""
    del context
    dispatched = dispatch(event, wiring()).summary()
    logger().info("dispatched", extra=dispatched)
    return dispatched
