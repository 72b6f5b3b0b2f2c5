"""What can go wrong between a client and the cloud, scripted by operation and count."""

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
    "restore", "storage", "points", "policy", "jobs", "instances", "windows", "token"
]

Act = Callable[[], Answer]


class ConnectionDroppedError(ConnectionAbortedError):
    """The connection is to be closed without an answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: it stands around the act and decides whether that takes place.

    `act` carries the operation out and gives the answer that the cloud would have sent.
    """

    name: str
    around: Callable[[Act], Answer] = field(repr=False)

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """Wait, then act and answer: a client that gave up meanwhile was still obeyed."""

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
        """Wait for the event before acting; drop the connection if it does not come in time."""

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
        """Give this answer, whatever it is, without acting: a proxy's page, a bare 503."""
        return cls(f"{answer.status} before acting", lambda _: answer)

    @classmethod
    def answer_after(cls, answer: Answer) -> Fault:
        """Act, then give this answer, whatever it is, in place of the right one."""

        def around(act: Act) -> Answer:
            act()
            return answer

        return cls(f"{answer.status} after acting", around)

    @classmethod
    def error_after(
        cls, status: int = 500, code: str = "DBS.111205", message: str = "The request timed out."
    ) -> Fault:
        """Act, then answer with an error; 500 DBS.111205 is the one the service documents."""
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
        """Refuse with 429, with `Retry-After` in seconds only when given."""
        refusal = gateway_error(429, "APIGW.0308", "The throttling threshold has been reached.")
        hint = {} if retry_after is None else {"Retry-After": str(retry_after)}
        answer = refusal.answer
        return cls.answer_before(
            Answer(answer.status, answer.body, {**answer.headers, **hint}),
        )

    @classmethod
    def refuse(cls, status: int, code: str, message: str = "Refused by the script.") -> Fault:
        """Refuse with an error of the service, without acting."""
        return cls.answer_before(service_error(status, code, message).answer)


class Faults:
    """The script: for each operation, what happens to its next requests, in the order added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, deque[Fault | None]] = {name: deque() for name in get_args(Operation)}
        self._always: dict[str, Fault] = {}

    def add(self, operation: Operation, fault: Fault, *, times: int = 1, skip: int = 0) -> None:
        """Let the next `skip` requests pass, and the fault befall the `times` after them.

        Raises KeyError for an operation that does not exist.
        """
        with self._lock:
            self._next[operation].extend([*repeat(None, skip), *repeat(fault, times)])

    def always(self, operation: Operation, fault: Fault) -> None:
        """Let the fault befall every request for which nothing else is scripted."""
        with self._lock:
            self._always[operation] = fault

    def clear(self) -> None:
        """Let everything work again."""
        with self._lock:
            self._always.clear()
            for script in self._next.values():
                script.clear()

    def take(self, operation: Operation) -> Fault | None:
        """Take what is scripted for this request; None when it is to work."""
        with self._lock:
            script = self._next[operation]
            return script.popleft() if script else self._always.get(operation)
