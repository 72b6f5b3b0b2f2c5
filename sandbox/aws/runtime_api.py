"""The Lambda Runtime API of one process, which the Runtime Interface Client polls for work.

Source: "Using the Lambda runtime API for custom runtimes", AWS Lambda Developer Guide.
"""

from __future__ import annotations

import signal
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, TypeAlias

from sandbox.aws.endpoint import LoopbackServer

__all__ = ["Answered", "Exited", "Report", "RuntimeApi", "Task", "Waiting"]


@dataclass(frozen=True, slots=True)
class Task:
    """An event for the process to handle within `timeout` seconds."""

    event: bytes
    arn: str
    timeout: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def headers(self) -> dict[str, str]:
        """Return the headers from which the client makes the handler's context."""
        deadline = time.time() + self.timeout
        return {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
            "Content-Type": "application/json",
        }


@dataclass(frozen=True, slots=True)
class Waiting:
    """The process asks for its next task; the previous one is done and logged."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The handler returned a payload or failed with an error."""

    payload: bytes
    error: bool


@dataclass(frozen=True, slots=True)
class Exited:
    """The process has exited."""

    code: int

    def reason(self) -> str:
        """Describe the exit as Lambda does."""
        if self.code < 0:
            return f"signal: {signal.Signals(-self.code).name}"
        return f"exit status {self.code}"


Report: TypeAlias = Waiting | Answered | Exited


class RuntimeApi(LoopbackServer):
    """Hands out tasks and receives reports; the watcher of the process reports its exit."""

    def __init__(self) -> None:
        self.tasks: SimpleQueue[Task | None] = SimpleQueue()
        self.reports: SimpleQueue[Report] = SimpleQueue()
        super().__init__(_RuntimeApiHandler, "sandbox-runtime-api")

    def next_report(self, timeout: float) -> Report | None:
        """Wait for the next report; None when there is none within `timeout` seconds."""
        try:
            return self.reports.get(timeout=timeout)
        except Empty:
            return None

    def close(self) -> None:
        """Stop serving; call this after the process has exited."""
        self.tasks.put(None)
        super().close()


class _RuntimeApiHandler(BaseHTTPRequestHandler):
    server: RuntimeApi
    # 1.1: the client keeps one connection, and its curl waits for a "100 Continue".
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _prefix: ClassVar = "/2018-06-01/runtime"

    def do_GET(self) -> None:
        """Wait for the next task and send it."""
        if self.path != f"{self._prefix}/invocation/next":
            self.send_error(404)
            return
        self.server.reports.put(Waiting())
        task = self.server.tasks.get()
        if task is None:
            self.close_connection = True
            return
        self._reply(200, task.headers(), task.event)

    def do_POST(self) -> None:
        """Receive the result of a task, or the error of a task or of the start."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith(f"{self._prefix}/invocation/") and self.path.endswith("/response"):
            self.server.reports.put(Answered(body, error=False))
        elif self.path.startswith(self._prefix) and self.path.endswith("/error"):
            self.server.reports.put(Answered(body, error=True))
        else:
            self.send_error(404)
            return
        self._reply(202, {"Content-Type": "application/json"}, b'{"status":"OK"}')

    def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""
