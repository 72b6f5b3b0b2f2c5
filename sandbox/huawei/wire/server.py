"""The HTTP server before each service: pytest-httpserver's, which can also hang up."""

from __future__ import annotations

import socket
from collections.abc import Callable

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler

from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import ConnectionDroppedError

__all__ = ["Front"]

# Short, because closing waits this long, and tests close often.
_POLL_SECONDS = 0.05


class _QuietHandler(WSGIRequestHandler):
    """Leave requests out of the log: the sandbox keeps a better record of them."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status alone: the gateway has a clock of its own and sends a `Date` with it."""
        self.send_response_only(code, message)


class Front(HTTPServer):
    """A threaded server on a free port of 127.0.0.1 that leaves every answer to one function."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        super().__init__(host="127.0.0.1", port=0, threaded=True)
        self._answer = answer

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a final slash."""
        return self.url_for("/").rstrip("/")

    def thread_target(self) -> None:
        """Serve, and notice soon when it is time to stop."""
        if self.server is not None:
            self.server.RequestHandlerClass = _QuietHandler
            self.server.serve_forever(poll_interval=_POLL_SECONDS)

    def dispatch(self, request: Request) -> Response:
        """Send the answer, or close the connection without a byte when the script says so."""
        try:
            answer = self._answer(request)
        except ConnectionDroppedError:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            # The server takes an exception of this kind for a client that hung up, and is silent.
            raise
        return Response(answer.body, answer.status, dict(answer.headers))
