"""On a schedule: measures every instance of the policy against its objective."""

from __future__ import annotations

from typing import Any

import msgspec
from aws_durable_execution_sdk_python import DurableContext, durable_execution

from lastgood.aws.durable import DurableFlow
from lastgood.aws.logs import begin_invocation, correlated_logger, limit_library_logs
from lastgood.domain.sweep import Portion
from lastgood.wiring import wiring
from lastgood.workflows import sweeping

limit_library_logs()


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> Any:
    """Sweep a cloud; or, of a tick, start the sweep of each, named by the scheduled time.

    That is the same when the tick is retried.
    """
    begin_invocation()
    wiring().begin(context.lambda_context)
    if "cloud" in event:
        portion = msgspec.convert(event, Portion)
        context.set_logger(correlated_logger(portion.sweep))
        return msgspec.to_builtins(sweeping.sweep(portion, DurableFlow(context), wiring()))
    engine = context.execution_context.durable_execution_arn
    sweep = str(event.get("time") or event.get("id") or engine)
    context.set_logger(correlated_logger(sweep))
    started = sweeping.begin(sweep, DurableFlow(context), wiring())
    return {"sweep": sweep, "started": [one.execution for one in started]}
