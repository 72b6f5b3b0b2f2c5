"""Fault injection between a client and the cloud, scripted by operation and count."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import repeat
from typing import Literal, get_args

from sandbox.huawei.wire.answers import Answer, gateway_error, service_error

__all__ = ["ConnectionDroppedError", "Fault", "Faults", "Operation"]

Operation = Literal[
    "restore",
    "storage",
    "points",
    "policy",
    "jobs",
    "instances",
    "back-up",
    "backups",
    "delete-backup",
    "restore-to-new",
    "delete",
    "tags",
    "tag",
    "windows",
    "rds-restore",
    "rds-instances",
    "rds-tasks",
    "rds-job",
    "rds-delete",
    "rds-quotas",
    "rds-flavors",
    "rds-backups",
    "rds-recycled",
    "alarm-records",
    "metric-data",
    "token",
]

Act = Callable[[], Answer]


class ConnectionDroppedError(ConnectionAbortedError):
    """Raised to close the connection without an answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `around` wraps the act and decides whether it takes place and what is answered.

    The act carries the operation out and returns the answer that the cloud would have sent.
    """

    name: str
    around: Callable[[Act], Answer] = field(repr=False)

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """Wait, then act and answer, even when the client has timed out meanwhile."""

        def around(act: Act) -> Answer:
            time.sleep(seconds)
            return act()

        return cls(f"delay of {seconds} s", around)

    @classmethod
    def delay_after(cls, seconds: float) -> Fault:
        """Act at once, answer late."""

        def around(act: Act) -> Answer:
            answer = act()
            time.sleep(seconds)
            return answer

        return cls(f"answer late by {seconds} s", around)

    @classmethod
    def hold(cls, released: threading.Event, *, at_most: float = 30.0) -> Fault:
        """Wait for the event before acting; drop the connection when it is not set in time."""

        def around(act: Act) -> Answer:
            if not released.wait(at_most):
                raise ConnectionDroppedError
            return act()

        return cls("hold", around)

    @classmethod
    def drop_before(cls) -> Fault:
        """Close the connection without acting."""

        def around(_: Act) -> Answer:
            raise ConnectionDroppedError

        return cls("drop before acting", around)

    @classmethod
    def drop_after(cls) -> Fault:
        """Act, then close the connection without an answer."""

        def around(act: Act) -> Answer:
            act()
            raise ConnectionDroppedError

        return cls("drop after acting", around)

    @classmethod
    def answer_before(cls, answer: Answer) -> Fault:
        """Send this answer without acting: a proxy's page, an empty 503."""
        return cls(f"{answer.status} before acting", lambda _: answer)

    @classmethod
    def answer_after(cls, answer: Answer) -> Fault:
        """Act, then send this answer in place of the real one."""

        def around(act: Act) -> Answer:
            act()
            return answer

        return cls(f"{answer.status} after acting", around)

    @classmethod
    def error_after(
        cls, status: int = 500, code: str = "DBS.111205", message: str = "The request timed out."
    ) -> Fault:
        """Act, then answer with an error; 500 DBS.111205 is the one that the service documents."""
        return cls.answer_after(service_error(status, code, message).answer)

    @classmethod
    def empty_202(cls) -> Fault:
        """Act, then answer 202 without the body that names the job."""
        return cls.answer_after(Answer(202))

    @classmethod
    def garbage(cls, body: bytes = b'{"unexpected": []}') -> Fault:
        """Act, then answer 200 with a body of the wrong shape."""
        html = body.lstrip().startswith(b"<")
        headers = {"Content-Type": "text/html" if html else "application/json"}
        return cls.answer_after(Answer(200, body, headers))

    @classmethod
    def throttle(cls, retry_after: int | None = None) -> Fault:
        """Reject with 429 without acting; `Retry-After` in seconds only when given."""
        error = gateway_error(429, "APIGW.0308", "The throttling threshold has been reached.")
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return cls.answer_before(error.answer.and_also(headers))

    @classmethod
    def refuse(cls, status: int, code: str, message: str = "Rejected by the script.") -> Fault:
        """Reject with an error of the service without acting."""
        return cls.answer_before(service_error(status, code, message).answer)


class Faults:
    """The script: for each operation, the faults of its next requests, in the order added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, deque[Fault | None]] = {name: deque() for name in get_args(Operation)}
        self._always: dict[str, Fault] = {}

    def add(self, operation: Operation, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Let the next `skip` requests pass, then apply the fault to the `times` after them.

        Raises KeyError for an unknown operation.
        """
        with self._lock:
            self._next[operation].extend([*repeat(None, skip), *repeat(fault, times)])

    def always(self, operation: Operation, fault: Fault) -> None:
        """Apply the fault to every request for which nothing else is scripted."""
        with self._lock:
            self._always[operation] = fault

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._always.clear()
            for script in self._next.values():
                script.clear()

    def take(self, operation: Operation) -> Fault | None:
        """Take the fault scripted for this request; None when there is none."""
        with self._lock:
            script = self._next[operation]
            return script.popleft() if script else self._always.get(operation)
