"""Deployed functions, and the execution environments that run them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from sandbox.aws.account import ACCOUNT_SETTINGS
from sandbox.aws.endpoint import closing
from sandbox.aws.runtime import ProcessClosedError, RuntimeProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.aws.runtime import Code, InvocationResult

__all__ = ["DurableConfig", "Environments", "Function", "Invocation"]


@dataclass(frozen=True, slots=True)
class DurableConfig:
    """A durable function's timeout per execution in seconds, and retention of its name in days.

    The timeout is in real time, although waits are skipped.
    """

    execution_timeout: int = 86_400
    retention_days: int = 7


def _drop(_: bytes) -> None:
    """Drop an event whose last attempt failed."""


@dataclass(frozen=True, slots=True)
class Function:
    """A deployed function; `on_failure` takes an asynchronous event after its last attempt.

    `AwsSandbox.add_dead_letter` as `on_failure` gives the function a dead-letter queue.
    """

    handler: str
    code: Code
    environment: Mapping[str, str] = field(default_factory=dict)
    durable: DurableConfig | None = None
    timeout: float = 300.0
    concurrency: int = 4
    on_failure: Callable[[bytes], None] = _drop


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a function's handler: its event and its result."""

    event: bytes
    result: InvocationResult


class Environments:
    """The execution environments of one function: warm ones are reused, more are started."""

    def __init__(self, name: str, function: Function, endpoint: str) -> None:
        self.function = function
        self._name = name
        self._settings = {
            **ACCOUNT_SETTINGS,
            "AWS_ENDPOINT_URL_LAMBDA": endpoint,
            **function.environment,
        }
        self._slots = BoundedSemaphore(function.concurrency)
        self._lock = Lock()
        self._invocations: list[Invocation] = []
        self._all: list[RuntimeProcess] = []
        self._idle: list[RuntimeProcess] = []
        self._closed = False

    @property
    def invocations(self) -> list[Invocation]:
        """All finished runs, in the order they finished."""
        with self._lock:
            return list(self._invocations)

    def invoke(self, event: bytes, arn: str) -> InvocationResult:
        """Run the handler in an idle environment, waiting for one when all are busy."""
        with self._slots:
            process = self._take()
            try:
                result = process.invoke(event, arn=arn, timeout=self.function.timeout)
                with self._lock:
                    self._invocations.append(Invocation(event, result))
            except ProcessClosedError as closed:
                raise closing() from closed
            finally:
                with self._lock:
                    self._idle.append(process)
        return result

    @property
    def idle(self) -> bool:
        """Whether no handler runs at present."""
        with self._lock:
            return len(self._idle) == len(self._all)

    def kill(self) -> None:
        """Kill every process; the next invocation starts a new one."""
        for process in self._processes():
            process.kill()

    def deploy(self, code: Code) -> None:
        """Replace the code; what runs is killed, and goes on with the new."""
        self.function = replace(self.function, code=code)
        for process in self._processes():
            process.deploy(code)

    def close(self) -> None:
        """Kill every process and start no more."""
        with self._lock:
            self._closed = True
        for process in self._processes():
            process.close()

    def _processes(self) -> list[RuntimeProcess]:
        with self._lock:
            return list(self._all)

    def _take(self) -> RuntimeProcess:
        with self._lock:
            if self._closed:
                raise closing()
            if self._idle:
                return self._idle.pop()
            process = RuntimeProcess(
                self.function.handler, self.function.code, self._settings, name=self._name
            )
            self._all.append(process)
            return process
