"""A Lambda function as a real process, run by AWS's own Runtime Interface Client.

The client (`awslambdaric`) is the program that calls handlers in AWS's own Python runtime. Each
process polls its own `RuntimeApi`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from sandbox.aws.account import function_arn
from sandbox.aws.runtime_api import Answered, Exited, RuntimeApi, Task, Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

_RUNTIME_INTERFACE = ("awslambdaric", "simplejson", "snapshot-restore-py")
_INIT_SECONDS = 60.0  # AWS allows ten, but there no other process shares the cores


@dataclass(frozen=True, slots=True)
class Code:
    """The location of a function's code, and the Python that can import it.

    `command` starts the interpreter with its options, `search` becomes its PYTHONPATH.
    """

    root: Path
    command: tuple[str, ...]
    search: tuple[Path, ...]

    @classmethod
    def bundle(cls, root: Path) -> Code:
        """Return a built bundle (the layout of `pip install --target`), isolated from this venv.

        `-S` hides the interpreter's own site-packages, so a dependency that the bundle lacks is
        missing, as it would be in AWS.
        """
        return cls(root, (sys.executable, "-S"), (root,))

    @classmethod
    def source_tree(cls, root: Path, *more: Path) -> Code:
        """Return a working tree, run by this interpreter with its installed packages."""
        return cls(root, (sys.executable,), (root, *more))


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """The result of an invocation: its payload, whether that is a function error, and its log.

    The payload of a function error is Lambda's object with errorType and errorMessage. `seconds`
    has the start of the process in it where this was its first invocation; `pid` is that process.
    """

    payload: bytes
    error: bool
    log: str
    seconds: float
    pid: int

    def value(self) -> Any:
        """Return the payload parsed as JSON."""
        return json.loads(self.payload)


class _Environment:
    """An execution environment: one process, from its cold start to its exit."""

    def __init__(self, code: Code, handler: str, settings: Mapping[str, str]) -> None:
        with ExitStack() as undo:
            scratch = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="lambda-")))
            self._log = (scratch / "log").open("a+b", buffering=0)
            undo.enter_context(self._log)
            self._api = RuntimeApi()
            undo.callback(self._api.close)
            environment = process_environment(code, handler, scratch, self._api.address, settings)
            self._began: float | None = time.perf_counter()
            self._process = subprocess.Popen(  # noqa: S603 # this interpreter, no shell
                [*code.command, "-m", "awslambdaric", handler],
                cwd=code.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                # A Ctrl-C in the terminal goes to the sandbox only, which then ends its processes.
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

    def run(self, task: Task) -> InvocationResult:
        report = self._api.next_report(_INIT_SECONDS)
        began, self._began = self._began or time.perf_counter(), None
        if isinstance(report, Waiting):
            self._api.tasks.put(task)
            report = self._api.next_report(task.timeout)
        else:
            self._spent = True
        seconds = time.perf_counter() - began
        match report:
            case Answered(payload, error):
                pass
            case Exited():
                message = f"Runtime exited with error: {report.reason()}"
                payload, error = self._lost(task, "Runtime.ExitError", message), True
            case _:
                message = f"Task timed out after {task.timeout:.2f} seconds"
                payload, error = self._lost(task, "Sandbox.Timedout", message), True
        return InvocationResult(payload, error, self._new_log(), seconds, self._process.pid)

    def kill(self) -> None:
        """Kill the process with SIGKILL and wait for its exit."""
        if self._process.poll() is None:
            self._process.kill()
        self._watcher.join()

    def close(self) -> None:
        self._undo.close()

    def _watch(self) -> None:
        self._api.reports.put(Exited(self._process.wait()))

    def _lost(self, task: Task, kind: str, message: str) -> bytes:
        self._spent = True
        self.kill()
        error = {"errorType": kind, "errorMessage": f"RequestId: {task.id} Error: {message}"}
        return json.dumps(error).encode()

    def _new_log(self) -> str:
        # A file, not a pipe: everything written before the report can be read now.
        written = os.pread(self._log.fileno(), os.fstat(self._log.fileno()).st_size, self._logged)
        self._logged += len(written)
        # The client joins the lines of a traceback with \r, to make them one entry in CloudWatch.
        return written.decode(errors="replace").replace("\r", "\n")


class ProcessClosedError(RuntimeError):
    """Raised by an invocation after `close`."""


class RuntimeProcess:
    """A function's process: started on first invocation, kept warm, one invocation at a time.

    When the process has died, the next invocation starts a new one.
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
        self._lock = Lock()
        self._closed = False

    def __enter__(self) -> Self:
        """Return self; nothing runs before the first invocation."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def invoke(
        self,
        event: bytes,
        *,
        arn: str | None = None,
        timeout: float = 60.0,
    ) -> InvocationResult:
        """Run the handler on an event (JSON bytes) and return the result.

        A handler that raises, cannot be imported, takes longer than `timeout` seconds or kills its
        process results in a function error, as in Lambda, not in an exception here. Raises
        ProcessClosedError after `close`.
        """
        task = Task(event, arn or self._arn, timeout)
        with self._lock:
            return self._warm().run(task)

    def kill(self) -> None:
        """Kill the process with SIGKILL, during an invocation if one is running."""
        environment = self._environment
        if environment is not None:
            environment.kill()

    def deploy(self, code: Code) -> None:
        """Replace the code, and kill the process that runs the one before."""
        self._code = code
        self.kill()

    def close(self) -> None:
        """Kill the process, failing a running invocation; no new one is started."""
        self._closed = True
        self.kill()
        with self._lock:
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


def process_environment(
    code: Code, handler: str, scratch: Path, api: str, settings: Mapping[str, str]
) -> dict[str, str]:
    """Return the complete environment of a function's process.

    `scratch` is an empty directory for it, `api` the host and port of its Runtime API.
    """
    interface, temporary = scratch / "runtime-interface", scratch / "tmp"
    _link_runtime_interface(interface)
    temporary.mkdir()
    lambda_settings = {
        "AWS_LAMBDA_RUNTIME_API": api,
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        # The client serializes and polls by this name; it is the runtime that lastgood deploys to.
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "LAMBDA_TASK_ROOT": str(code.root),
        "_HANDLER": handler,
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": str(temporary),
        "TZ": ":UTC",
    }
    # The client comes last: a bundle's own copy of a module takes precedence.
    search = os.pathsep.join(str(path) for path in (*code.search, interface))
    return lambda_settings | dict(settings) | {"PYTHONPATH": search}


def _link_runtime_interface(into: Path) -> None:
    """Make a directory with only the Runtime Interface Client installed for this interpreter."""
    into.mkdir()
    for name in _RUNTIME_INTERFACE:
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            (into / top).symlink_to(str(installed.locate_file(top)))
