"""The URL of a function: what comes over HTTP becomes an event, and what it returns an answer."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from sandbox.aws.endpoint import Endpoint, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.aws.runtime import InvocationResult

__all__ = ["FunctionUrl", "request_event"]


def request_event(
    method: str, path: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """Return the event that a request becomes, in the payload version 2.0: a text stays one."""
    try:
        text, encoded = body.decode(), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default"},
        "body": text,
        "isBase64Encoded": encoded,
    }


class FunctionUrl(Endpoint):
    """Hands every request to a function; one that fails answers 502, as Lambda does.

    `statuses` are those of all answers so far.
    """

    def __init__(self, invoke: Callable[[bytes], InvocationResult]) -> None:
        self.statuses: list[int] = []
        self._invoke = invoke
        super().__init__(self._serve, "function url")

    def _serve(self, request: Request) -> Response:
        headers = dict(request.headers.items())
        event = request_event(request.method, request.path, headers, request.body)
        result = self._invoke(json.dumps(event).encode())
        status = 502 if result.error else int(result.value()["statusCode"])
        self.statuses.append(status)
        return Response(status, b"")
