"""A Lambda function as a real process: AWS's Runtime Interface Client and the API it asks for work.

The client (`awslambdaric`) is the program that calls handlers in AWS's own Python runtime. It polls
the Lambda Runtime API, which `_RuntimeApi` is here, for one process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from sandbox.aws import function_arn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

_RUNTIME_INTERFACE = ("awslambdaric", "simplejson", "snapshot-restore-py")
_INIT_SECONDS = 60.0  # generous: ten in AWS, where no other process shares the cores
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Code:
    """Where a function's code lies, and the Python that can import it.

    `command` starts the interpreter with its options, `search` becomes its PYTHONPATH.
    """

    root: Path
    command: tuple[str, ...]
    search: tuple[Path, ...]

    @classmethod
    def bundle(cls, root: Path, python: str = sys.executable) -> Code:
        """Return a built bundle (the layout of `pip install --target`) that sees only itself.

        `-S` hides the interpreter's own site-packages, so a dependency that the bundle lacks is
        missed as it would be in AWS. `python` must be of the version of the running interpreter,
        whose Runtime Interface Client it borrows.
        """
        return cls(root, (python, "-S"), (root,))

    @classmethod
    def source_tree(cls, root: Path, *more: Path) -> Code:
        """Return a working tree run by this interpreter, with everything installed for it."""
        return cls(root, (sys.executable,), (root, *more))


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """What one invocation gave: the payload, whether that is a function error, and what it logged.

    The payload of a function error is Lambda's object with errorType and errorMessage.
    """

    payload: bytes
    error: bool
    log: str

    def value(self) -> Any:
        """Return the payload as the JSON value it is."""
        return json.loads(self.payload)


@dataclass(frozen=True, slots=True)
class _Invocation:
    event: bytes
    client_context: str | None
    arn: str
    timeout: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def headers(self) -> dict[str, str]:
        deadline = time.time() + self.timeout
        context = {"Lambda-Runtime-Client-Context": self.client_context}
        return {
            "Lambda-Runtime-Aws-Request-Id": self.id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.arn,
            "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
            "Content-Type": "application/json",
        } | {name: value for name, value in context.items() if value is not None}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The process asks for its next invocation, so all before is done and logged."""


@dataclass(frozen=True, slots=True)
class _Answered:
    payload: bytes
    error: bool


@dataclass(frozen=True, slots=True)
class _Exited:
    code: int

    def reason(self) -> str:
        if self.code < 0:
            return f"signal: {signal.Signals(-self.code).name}"
        return f"exit status {self.code}"


_Report: TypeAlias = _Waiting | _Answered | _Exited


class _RuntimeApi(ThreadingHTTPServer):
    """The Lambda Runtime API of one process: hands out invocations and takes reports."""

    # Joined on closing, so that no thread outlives its process.
    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApiHandler)
        self.invocations: SimpleQueue[_Invocation | None] = SimpleQueue()
        self.reports: SimpleQueue[_Report] = SimpleQueue()
        self._thread = Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name="sandbox-runtime-api"
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def close(self) -> None:
        """Stop; to be called when the process is gone."""
        self.invocations.put(None)
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a connection that broke: the process at its other end was killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _RuntimeApiHandler(BaseHTTPRequestHandler):
    server: _RuntimeApi
    # 1.1: the client keeps one connection, and curl in it gets the "100 Continue" it waits for.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _prefix: ClassVar = "/2018-06-01/runtime"

    def do_GET(self) -> None:
        """Hand out the next invocation, waiting for one."""
        if self.path != f"{self._prefix}/invocation/next":
            self.send_error(404)
            return
        self.server.reports.put(_Waiting())
        invocation = self.server.invocations.get()
        if invocation is None:
            self.close_connection = True
            return
        self._reply(200, invocation.headers(), invocation.event)

    def do_POST(self) -> None:
        """Take the result of an invocation, or the error that ended it or the start."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith(f"{self._prefix}/invocation/") and self.path.endswith("/response"):
            self.server.reports.put(_Answered(body, error=False))
        elif self.path.startswith(self._prefix) and self.path.endswith("/error"):
            self.server.reports.put(_Answered(body, error=True))
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
        """Say nothing: what the function logs is the log."""


class _Environment:
    """An execution environment: one process, from its cold start to its death."""

    def __init__(self, code: Code, handler: str, settings: Mapping[str, str]) -> None:
        with ExitStack() as undo:
            scratch = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="lambda-")))
            self._log = (scratch / "log").open("a+b", buffering=0)
            undo.enter_context(self._log)
            self._api = _RuntimeApi()
            undo.callback(self._api.close)
            self._process = subprocess.Popen(  # noqa: S603 # our own interpreter, no shell
                [*code.command, "-m", "awslambdaric", handler],
                cwd=code.root,
                env=_process_environment(code, handler, scratch, self._api.address, settings),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C in the terminal is for the sandbox, which then closes its processes.
                start_new_session=True,
            )
            self._watcher = Thread(target=self._watch, name="sandbox-runtime-watcher")
            self._watcher.start()
            undo.callback(self.kill)
            self._undo = undo.pop_all()
        self._logged = 0
        self._spent = False

    @property
    def usable(self) -> bool:
        """Whether another invocation may be sent to this process."""
        return not self._spent and self._process.poll() is None

    def run(self, invocation: _Invocation) -> InvocationResult:
        report = self._next_report(_INIT_SECONDS)
        if isinstance(report, _Waiting):
            self._api.invocations.put(invocation)
            report = self._next_report(invocation.timeout)
        else:
            self._spent = True
        match report:
            case _Answered(payload, error):
                return InvocationResult(payload, error, self._new_log())
            case _Exited():
                message = f"Runtime exited with error: {report.reason()}"
                return self._lost(invocation, "Runtime.ExitError", message)
            case _:
                message = f"Task timed out after {invocation.timeout:.2f} seconds"
                return self._lost(invocation, "Sandbox.Timedout", message)

    def kill(self) -> None:
        """Kill the process as a crash would and wait until it is gone."""
        if self._process.poll() is None:
            self._process.kill()
        self._watcher.join()

    def close(self) -> None:
        self._undo.close()

    def _watch(self) -> None:
        self._api.reports.put(_Exited(self._process.wait()))

    def _next_report(self, timeout: float) -> _Report | None:
        try:
            return self._api.reports.get(timeout=timeout)
        except Empty:
            return None

    def _lost(self, invocation: _Invocation, kind: str, message: str) -> InvocationResult:
        self._spent = True
        self.kill()
        error = {
            "errorType": kind,
            "errorMessage": f"RequestId: {invocation.id} Error: {message}",
        }
        return InvocationResult(json.dumps(error).encode(), error=True, log=self._new_log())

    def _new_log(self) -> str:
        # A file and not a pipe: all that was written before the report is there to be read now.
        written = os.pread(self._log.fileno(), os.fstat(self._log.fileno()).st_size, self._logged)
        self._logged += len(written)
        # The client joins the lines of a traceback by \r, to keep them one entry in CloudWatch.
        return written.decode(errors="replace").replace("\r", "\n")


class ProcessClosedError(RuntimeError):
    """An invocation came after the process was closed for good."""


class RuntimeProcess:
    """A function that is started on its first invocation and kept warm, one invocation at a time.

    A process that died is replaced by a fresh one on the next invocation.
    """

    def __init__(
        self, handler: str, code: Code, settings: Mapping[str, str], *, name: str = "function"
    ) -> None:
        """Take a handler ("handlers.alarm.handler"), its code and its environment variables."""
        self._handler = handler
        self._code = code
        self._settings = {"AWS_LAMBDA_FUNCTION_NAME": name, **settings}
        self._arn = function_arn(name)
        self._environment: _Environment | None = None
        self._turn = Lock()
        self._closed = False

    def __enter__(self) -> Self:
        """Return self; nothing runs before the first invocation."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def invoke(
        self,
        event: bytes,
        *,
        client_context: str | None = None,
        arn: str | None = None,
        timeout: float = 60.0,
    ) -> InvocationResult:
        """Run the handler on an event (JSON bytes) and return what came of it.

        A handler that raises, does not import, takes longer than `timeout` seconds or kills its
        process gives a function error, as in Lambda; nothing is raised for what the function did.
        Raises ProcessClosedError after `close`.
        """
        invocation = _Invocation(event, client_context, arn or self._arn, timeout)
        with self._turn:
            return self._warm().run(invocation)

    def kill(self) -> None:
        """Kill the process with SIGKILL, in the middle of an invocation if there is one."""
        environment = self._environment
        if environment is not None:
            environment.kill()

    def close(self) -> None:
        """End the process, failing an invocation that is under way; the process is not replaced."""
        self._closed = True
        self.kill()
        with self._turn:
            self._discard()

    def _warm(self) -> _Environment:
        if self._environment is None or not self._environment.usable:
            self._discard()
            if self._closed:
                raise ProcessClosedError(f"{self._handler} was invoked after it was closed")
            self._environment = _Environment(self._code, self._handler, self._settings)
        return self._environment

    def _discard(self) -> None:
        if self._environment is not None:
            self._environment.close()
            self._environment = None


def _process_environment(
    code: Code, handler: str, scratch: Path, api: str, settings: Mapping[str, str]
) -> dict[str, str]:
    interface, temporary = scratch / "runtime-interface", scratch / "tmp"
    _link_runtime_interface(interface)
    temporary.mkdir()
    lambda_settings = {
        "AWS_LAMBDA_RUNTIME_API": api,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        # The client marshals and polls by this name; it is the runtime that we deploy to.
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "LAMBDA_TASK_ROOT": str(code.root),
        "_HANDLER": handler,
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(temporary),
        "TZ": ":UTC",
    }
    # The client comes last: a bundle that brings its own copy of a module gets its own.
    search = os.pathsep.join(str(path) for path in (*code.search, interface))
    return lambda_settings | dict(settings) | {"PYTHONPATH": search}


def _link_runtime_interface(into: Path) -> None:
    """Make a directory that holds the Runtime Interface Client of this interpreter and no more."""
    into.mkdir()
    for name in _RUNTIME_INTERFACE:
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            (into / top).symlink_to(str(installed.locate_file(top)))
