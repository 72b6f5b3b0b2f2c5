"""One durable execution for each incident: decides, claims, fires once, tracks, settles.

Or for each drill, and for what either has left behind.
"""

from __future__ import annotations

from typing import Any

import msgspec
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from lastgood.aws.durable import DurableFlow
from lastgood.aws.logs import begin_invocation, correlated_logger, limit_library_logs
from lastgood.domain.alarm import Incident
from lastgood.domain.drills import Closing, Drill
from lastgood.domain.hooks import LetIn
from lastgood.domain.lifecycle import raise_for_person
from lastgood.domain.undo import Expiry
from lastgood.wiring import wiring
from lastgood.workflows.drilling import close, drill
from lastgood.workflows.hooks import let_in_late
from lastgood.workflows.letting_go import expire
from lastgood.workflows.recovery import recover

limit_library_logs()

ABOUT = ("instance", "alarm", "onset", "due", "closes", "lets_in", "expires")
Order = Drill | Closing | LetIn | Expiry | Incident
ORDERS: dict[str, type[Order]] = {
    "due": Drill,
    "closes": Closing,
    "lets_in": LetIn,
    "expires": Expiry,
}
"""What is ordered, by a key that nothing else has; without any of them it is an incident."""


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> Any:
    """Carry out what was ordered; the result is a recovery, the report of a drill, or nothing.

    Raises:
        UnsettledError: a person has to look at a recovery; so the execution counts as failed.
    """
    begin_invocation()
    wiring().begin(context.lambda_context)
    kind = next((kind for key, kind in ORDERS.items() if key in event), Incident)
    order = msgspec.convert(event, kind)
    context.set_logger(correlated_logger(order.id))
    context.logger.debug("asked", extra={key: event[key] for key in ABOUT if key in event})
    flow, world = DurableFlow(context), wiring()
    match order:
        case Drill():
            report = drill(order, flow, world)
            context.logger.info("ended", extra={"result": report.result, "reason": report.reason})
            return msgspec.to_builtins(report)
        case Closing():
            return msgspec.to_builtins(close(order, flow, world))
        case Expiry():
            return msgspec.to_builtins(expire(order, flow, world))
        case LetIn():
            return msgspec.to_builtins(let_in_late(order, flow, world))
    recovery = recover(order, flow, world)
    context.logger.info("ended", extra={"state": recovery.state, "reason": recovery.reason})
    raise_for_person(recovery)
    return msgspec.to_builtins(recovery)
