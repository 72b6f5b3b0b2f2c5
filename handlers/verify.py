"""On a schedule: measures every instance of the policy against its objective."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from lastgood.aws.durable import DurableFlow
from lastgood.aws.logs import begin_invocation, hush_libraries, logger_about
from lastgood.wiring import wiring
from lastgood.workflows.verification import verify

hush_libraries()


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> Any:
    """Sweep once; the scheduled time names the sweep, because it stays when a tick is retried."""
    begin_invocation()
    wiring().begin(context.lambda_context)
    engine = context.execution_context.durable_execution_arn
    sweep = str(event.get("time") or event.get("id") or engine)
    context.set_logger(logger_about(sweep))
    found = verify(sweep, DurableFlow(context), wiring())
    context.logger.info("swept", extra={"verdict": found.verdict})
    return msgspec.to_builtins(found)
