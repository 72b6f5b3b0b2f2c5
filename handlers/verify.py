"""On a schedule: measures every instance of the policy against its objective."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from lastgood.aws.durable import DurableFlow
from lastgood.aws.logs import begin_invocation, correlated_logger, limit_library_logs
from lastgood.wiring import wiring
from lastgood.workflows.verification import verify

limit_library_logs()


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> Any:
    """Sweep once, named by the scheduled time, which is the same when the event is retried."""
    begin_invocation()
    wiring().begin(context.lambda_context)
    engine = context.execution_context.durable_execution_arn
    sweep = str(event.get("time") or event.get("id") or engine)
    context.set_logger(correlated_logger(sweep))
    found = verify(sweep, DurableFlow(context), wiring())
    context.logger.info("swept", extra={"verdict": found.verdict})
    return msgspec.to_builtins(found)
