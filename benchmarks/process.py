"""One execution environment of a function, with a stopwatch and a look at its memory.

As `sandbox.aws.runtime`, AWS's own Runtime Interface Client runs the handler; here the first event
already waits when the process starts, and what the harness itself has to do is done before.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from sandbox.aws.runtime import Code, process_environment
from sandbox.aws.runtime_api import Answered, Exited, RuntimeApi, Task, Waiting

_PATIENCE = 120.0
_PAGE = 1024


class FunctionFailedError(RuntimeError):
    """A measured function failed, so its time means nothing."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What an invocation took, in seconds of the clock and of the processor, and its answer."""

    wall: float
    cpu: float
    payload: bytes


class MeasuredProcess:
    """A function that starts with its first invocation, and serves one at a time."""

    def __init__(self, handler: str, code: Code, settings: Mapping[str, str], arn: str) -> None:
        self._handler, self._code, self._arn = handler, code, arn
        self._process: subprocess.Popen[bytes] | None = None
        with ExitStack() as undo:
            scratch = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="measured-")))
            self._log = scratch / "log"
            self._api = RuntimeApi()
            undo.callback(self._api.close)
            name = arn.split(":")[6]
            self._environment = process_environment(
                code,
                handler,
                scratch,
                self._api.address,
                {"AWS_LAMBDA_FUNCTION_NAME": name, **settings},
            )
            self._undo = undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill the process."""
        if self._process is not None:
            self._process.kill()
            self._watcher.join()
        self._undo.close()

    def invoke(self, event: bytes) -> Invocation:
        """Run the handler on an event; the first time that includes the start of the process.

        Raises FunctionFailedError when it fails.
        """
        task = Task(event, self._arn, _PATIENCE)
        if self._process is None:
            self._api.tasks.put(task)
            started, used = time.perf_counter(), 0.0
            self._start()
            self._expect_waiting()
        else:
            self._expect_waiting()
            started, used = time.perf_counter(), self.cpu_seconds()
            self._api.tasks.put(task)
        report = self._api.next_report(_PATIENCE)
        wall = time.perf_counter() - started
        if not isinstance(report, Answered) or report.error:
            raise self._failure(report)
        return Invocation(wall, self.cpu_seconds() - used, report.payload)

    def cpu_seconds(self) -> float:
        """The processor time of all its threads so far."""
        # The processor clock of another process, as clock_getcpuclockid(3) computes its id.
        return time.clock_gettime((~self._pid << 3) | 2)

    def resident(self) -> float:
        """The memory that it holds now, in MiB."""
        return self._memory("VmRSS")

    def peak(self) -> float:
        """The most memory that it ever held, in MiB."""
        return self._memory("VmHWM")

    def _memory(self, field: str) -> float:
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="ascii")
        lines = (line.split() for line in status.splitlines() if line.startswith(field))
        return int(next(lines)[1]) / _PAGE

    @property
    def _pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the process starts with its first invocation")
        return self._process.pid

    def _start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [*self._code.command, "-m", "awslambdaric", self._handler],
                cwd=self._code.root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = self._process
        self._watcher = Thread(target=lambda: self._api.reports.put(Exited(process.wait())))
        self._watcher.start()

    def _expect_waiting(self) -> None:
        report = self._api.next_report(_PATIENCE)
        if not isinstance(report, Waiting):
            raise self._failure(report)

    def _failure(self, report: object) -> FunctionFailedError:
        log = self._log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
        return FunctionFailedError(f"{self._handler}: {report}\n{log[-3000:]}")
