"""An HTTP service on a free loopback port that gets every answer from one function."""

from __future__ import annotations

import json
import sys
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from email.message import Message

__all__ = ["ApiError", "Endpoint", "LoopbackServer", "Request", "Response", "closing"]

# Short, because closing takes up to this long; not shorter, because each server wakes up as often.
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is path and query exactly as sent."""

    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded."""
        return parse_qs(urlsplit(self.target).query)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An error that boto3 raises as the exception class of the same name."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = Response(
            status,
            json.dumps({"Type": "User", "Message": message, "message": message}).encode(),
            {"Content-Type": "application/json", "x-amzn-ErrorType": code},
        )


def closing() -> ApiError:
    """Make the error for a request that arrives while the sandbox is closing."""
    return ApiError(503, "ServiceException", "The sandbox is closing.")


class LoopbackServer(ThreadingHTTPServer):
    """Serves 127.0.0.1 from its own thread, with one more for each request; closing ends all."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], name: str) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name=name)
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"

    def close(self) -> None:
        """Stop serving and wait for every running request."""
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that went away, as a process killed during a call does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Endpoint(LoopbackServer):
    """An AWS service: sends what `answer` returns, or the ApiError that it raises."""

    def __init__(self, answer: Callable[[Request], Response], name: str) -> None:
        self.answer = answer
        super().__init__(_EndpointHandler, name)

    @property
    def url(self) -> str:
        """The base URL, without a final slash."""
        return f"http://{self.address}"


class _EndpointHandler(BaseHTTPRequestHandler):
    server: Endpoint

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(self.command, self.path, self.headers, body)
        try:
            response = self.server.answer(request)
        except ApiError as error:
            response = error.response
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 # names that http.server requires

    def log_message(self, *_: Any) -> None:
        """Log nothing."""
