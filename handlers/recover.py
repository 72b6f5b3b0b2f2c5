"""One durable execution for each incident: decides, claims, fires once, tracks, settles."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from lastgood.aws.durable import DurableFlow
from lastgood.aws.logs import begin_invocation, correlated_logger, limit_library_logs
from lastgood.domain.alarm import Incident
from lastgood.domain.lifecycle import raise_for_person
from lastgood.wiring import wiring
from lastgood.workflows.recovery import recover

limit_library_logs()


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> Any:
    """Carry out the incident that the alarm function opened; the result is its recovery.

    Raises:
        UnsettledError: a person has to look at it; so the execution counts as failed.
    """
    begin_invocation()
    wiring().begin(context.lambda_context)
    incident = msgspec.convert(event, Incident)
    context.set_logger(correlated_logger(incident.id))
    about = {"instance": incident.instance, "alarm": incident.alarm, "onset": incident.onset}
    context.logger.debug("asked", extra=about)
    recovery = recover(incident, DurableFlow(context), wiring())
    context.logger.info("ended", extra={"state": recovery.state, "reason": recovery.reason})
    raise_for_person(recovery)
    return msgspec.to_builtins(recovery)
