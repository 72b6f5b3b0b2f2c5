"""Reads of the generated client, made dependable: tried again, checked, or a CloudError.

The client lets wrong types pass and answers undocumented statuses with text, so nothing that it
returns is trusted before it was looked at here (docs/reference/openapi.md "What the generated
client raises").
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import httpx
import stamina

from huawei_pitr import Client
from huawei_pitr.types import Response
from lastgood.huawei.errors import Fault, one_line, read_fault
from lastgood.huawei.pace import Seconds
from lastgood.ports import CloudError

T = TypeVar("T")
M = TypeVar("M", bound="Model")

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What the client raises for an answer of another shape."""

ENDPOINTS = "check `endpoints` and `region` in the policy, and the network"

ATTEMPTS = 4
PATIENCE = 30.0
"""Seconds that a read may take with all its attempts, if the invocation has as many left."""


class Model(Protocol):
    """What the client makes of an answer."""

    def to_dict(self) -> dict[str, Any]:
        """The answer again."""


class Operation(Protocol):
    """A module of the generated client."""

    def sync_detailed(self, **parameters: Any) -> Response[Any]:
        """Ask, and wait."""

    async def asyncio_detailed(self, **parameters: Any) -> Response[Any]:
        """Ask, and let others run meanwhile."""


@dataclass(frozen=True, slots=True, repr=False)
class Question(Generic[M]):
    """A read: what it is for, the model of its answer, and how it is put."""

    what: str
    kind: type[M]
    operation: Any
    parameters: dict[str, Any]
    """No `repr`: they may hold a password."""


class Answer(NamedTuple, Generic[M]):
    """What came: the model, checked to be what was sent, and the headers."""

    model: M
    headers: Mapping[str, str]


Conversation = Generator[Question[Any], Any, T]
"""Yields questions, is sent their answers as models, and comes to a result.

So that what is asked, and what is made of it, is written once for both styles of client.
"""


class _TransientError(Exception):
    """A read that may succeed when it is tried again."""

    def __init__(self, error: CloudError) -> None:
        super().__init__(str(error))
        self.error = error


def ask(question: Question[M], client: Client, left: Seconds = lambda: math.inf) -> Answer[M]:
    """Make a read, again where that may help, and insist on the documented answer.

    Raises:
        CloudError: there was none.
    """
    patience = _patience(left)
    try:
        for attempt in stamina.retry_context(on=_again(patience), timeout=patience, **_RETRIES):
            with attempt, _told(question.what):
                answer = question.operation.sync_detailed(client=client, **question.parameters)
                return _understood(question, answer)
    except _TransientError as transient:
        error = transient.error
    raise error  # not from what the network said, which nobody has tamed


async def ask_async(
    question: Question[M], client: Client, left: Seconds = lambda: math.inf
) -> Answer[M]:
    """Do the same with the async client.

    Raises:
        CloudError: there was no answer as documented.
    """
    patience = _patience(left)
    try:
        async for attempt in stamina.retry_context(
            on=_again(patience), timeout=patience, **_RETRIES
        ):
            with attempt, _told(question.what):
                asked = question.operation.asyncio_detailed(client=client, **question.parameters)
                return _understood(question, await asked)
    except _TransientError as transient:
        error = transient.error
    raise error  # not from what the network said, which nobody has tamed


def _patience(left: Seconds) -> float:
    """How long to go on; one attempt is made even when no time is left."""
    return max(min(PATIENCE, left()), 0.001)


_RETRIES: dict[str, Any] = {"attempts": ATTEMPTS, "wait_initial": 0.2, "wait_max": 3}


def _again(patience: float) -> Callable[[Exception], bool | float]:
    """Whether to try again, and after how many seconds if the service said so."""

    def hook(error: Exception) -> bool | float:
        if not isinstance(error, _TransientError):
            return False
        wait = error.error.retry_after
        if wait is None:
            return True
        return wait if wait < patience else False

    return hook


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn what the client raises into an error for people."""
    try:
        yield
    except httpx.HTTPStatusError as error:  # a status without a name, see `answers`
        strange = error.response
        raise _failed(what, _fault(strange.status_code, strange.content, strange.headers)) from None
    except httpx.HTTPError as error:
        message = f"{what}: the service could not be reached ({type(error).__name__})"
        raise _TransientError(CloudError(message, ENDPOINTS, "unreachable")) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:  # cut off, or a page of a proxy
        raise _TransientError(odd(what, "not JSON")) from error
    except (OverflowError, UnicodeError, ExceptionGroup) as error:  # no such port, or host
        raise CloudError(f"{what}: the endpoint is none", ENDPOINTS, "unreachable") from error
    except UNREADABLE as error:
        raise odd(what, f"not of the documented shape ({type(error).__name__})") from error


def _understood(question: Question[M], answer: Response[Any]) -> Answer[M]:
    if isinstance(answer.parsed, question.kind):
        _check_faithful(answer.parsed, answer.content)
        return Answer(answer.parsed, answer.headers)
    raise _failed(question.what, _fault(answer.status_code, answer.content, answer.headers))


def _fault(status: int, content: bytes, headers: Any) -> Fault:
    return read_fault(status, content, headers, datetime.now(UTC))


def _failed(what: str, fault: Fault) -> Exception:
    error = fault.error(what)
    passing = fault.row.read in {"transient", "throttled", "busy"}
    return _TransientError(error) if passing else error


def _check_faithful(model: Model, content: bytes) -> None:
    """Insist that the model is what came: models take an object for a list, pairs for an object."""
    if model.to_dict() != json.loads(content):
        raise ValueError(f"a {type(model).__name__} of another shape")


def value_of(what: str, read: Callable[..., T], *raw: object) -> T:
    """Read raw values; one that is not what the page says is an error that names where it stood."""
    try:
        return read(*raw)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise odd(what, str(error)) from error


def odd(what: str, why: str) -> CloudError:
    """The error for an answer that the page does not allow."""
    message = f"{what}: an answer that cannot be used: {one_line(why)}"
    return CloudError(message, "check `endpoints` in the policy")
