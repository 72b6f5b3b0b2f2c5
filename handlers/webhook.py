"""Messages of senders outside AWS, on a Function URL: kept for the alarm function, or refused."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import Any

from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver, Response

from lastgood.aws.logs import begin_invocation, correlated_logger, limit_library_logs
from lastgood.reception import receiver
from lastgood.senders.request import Request
from lastgood.workflows.receiving import ROADS

limit_library_logs()
app = LambdaFunctionUrlResolver()

with suppress(ImportError):  # only Lambda's runtime has it, and only Lambda takes snapshots
    from snapshot_restore_py import (  # type: ignore[import-untyped] # AWS ships no types
        register_before_snapshot,
    )

    register_before_snapshot(receiver)


def receive(road: str) -> Response[str]:
    """Answer with a status and nothing else; why stands in the log."""
    event = app.current_event.raw_event
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    status, reason = receiver().receive(road, Request(event.get("headers") or {}, body))
    correlated_logger(None).info("answered", extra={"road": road, "status": status, "why": reason})
    return Response(status)


for each in ROADS:
    # Not read from the path: what matches a route may end with a newline.
    app.post(f"/{each}")(lambda road=each: receive(road))


@app.not_found
def refuse(_: Exception) -> Response[str]:
    """Answer what came by no road, or with another method than POST."""
    return Response(405 if app.current_event.path.removeprefix("/") in ROADS else 404)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request; what raises becomes a 502, which senders that retry send again."""
    begin_invocation()
    return app.resolve(event, context)
