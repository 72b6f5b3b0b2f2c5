"""The HTTP server of each service: pytest-httpserver's, which can also drop a connection."""

from __future__ import annotations

import socket
from collections.abc import Callable

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler

from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import ConnectionDroppedError

__all__ = ["Server"]

# Short, because closing takes up to this long, and tests close often.
_POLL_SECONDS = 0.05


class _QuietHandler(WSGIRequestHandler):
    """Log no requests: the sandbox records them itself."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send no `Date`: the gateway sends that of its own clock."""
        self.send_response_only(code, message)


class Server(HTTPServer):
    """A threaded server on a free port of 127.0.0.1 that gets every answer from one function."""

    def __init__(self, answer: Callable[[Request], Answer]) -> None:
        super().__init__(host="127.0.0.1", port=0, threaded=True)
        self._answer = answer

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a final slash."""
        return self.url_for("/").rstrip("/")

    def thread_target(self) -> None:
        """Serve, checking often whether to stop."""
        if self.server is not None:
            self.server.RequestHandlerClass = _QuietHandler
            self.server.serve_forever(poll_interval=_POLL_SECONDS)

    def dispatch(self, request: Request) -> Response:
        """Send the answer, or close the connection without a byte when the script demands it."""
        try:
            answer = self._answer(request)
        except ConnectionDroppedError:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            # The server takes a ConnectionError for a client that went away, and logs nothing.
            raise
        return Response(answer.body, answer.status, dict(answer.headers))
