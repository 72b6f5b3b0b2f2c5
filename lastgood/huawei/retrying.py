"""Reads of the generated client with retries and checks: a documented response, or a CloudError.

The client lets wrong types pass and gives text for undocumented statuses, so nothing that it
returns is used before it was checked here (docs/reference/openapi.md "What the generated client
raises").
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import httpx
import stamina

from lastgood.huawei.errors import TABLE, Answered, Row, fault_of, one_line
from lastgood.huawei.rate_limit import Seconds
from lastgood.ports import READ_TAKES, CloudError

T = TypeVar("T")
M = TypeVar("M", bound="Model")

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What the client raises for a response of another shape."""

ENDPOINTS = "check `endpoints` and `region` in the policy, and the network"

ATTEMPTS = 4
PATIENCE = READ_TAKES.total_seconds()
"""That a read may take with all its attempts, if the invocation has as much left."""
MOST_PAGES = 250
"""Enough for 2,016 points in pages of ten, should a service give no more than that at a time."""


class Parsed(Answered, Protocol):
    """A response of a generated client, with the model that it made of it."""

    @property
    def parsed(self) -> Any:
        """The model; text where the status is none that is documented."""


Send = Callable[[], Parsed]


class Model(Protocol):
    """What the client makes of a response."""

    def to_dict(self) -> dict[str, Any]:
        """The document again."""


class Reply(NamedTuple, Generic[M]):
    """The model, checked to be what was sent, and the headers."""

    model: M
    headers: Mapping[str, str]


class _TransientError(Exception):
    """A read that may succeed when it is retried."""

    def __init__(self, error: CloudError) -> None:
        super().__init__(str(error))
        self.error = error


def fetch(
    what: str,
    model: type[M],
    send: Send,
    left: Seconds = lambda: math.inf,
    table: tuple[Row, ...] = TABLE,
) -> Reply[M]:
    """Read, with retries where they may help, and insist on the documented response.

    Args:
        what: what is read, for messages.
        model: that of the documented response.
        send: sends the request, by an operation of the generated client.
        left: how much time there is, in seconds.
        table: what the errors of the service mean.

    Raises:
        CloudError: there was no such response.
    """
    seconds = left()
    patience = max(min(PATIENCE, seconds), 0.001)
    attempts = ATTEMPTS if seconds > 0 else 1  # one is made even when no time is left
    retries = stamina.retry_context(
        on=_retry_hook(patience), timeout=patience, attempts=attempts, wait_initial=0.2, wait_max=3
    )
    try:
        for attempt in retries:
            with attempt, _as_cloud_error(what, table):
                return _checked(what, model, send(), table)
    except _TransientError as transient:
        error = transient.error
    raise error  # without the cause: what the network said has not been redacted


def _retry_hook(patience: float) -> Callable[[Exception], bool | float]:
    """Whether to retry, and after how many seconds if the service named them."""

    def hook(error: Exception) -> bool | float:
        if not isinstance(error, _TransientError):
            return False
        wait = error.error.retry_after
        if wait is None:
            return True
        return wait if wait < patience else False

    return hook


@contextmanager
def _as_cloud_error(what: str, table: tuple[Row, ...]) -> Iterator[None]:
    """Turn what the client raises into an error with a hint."""
    try:
        yield
    except httpx.HTTPStatusError as error:  # a status without a name
        raise _failed(what, error.response, table) from None
    except httpx.HTTPError as error:
        message = f"{what}: the service could not be reached ({type(error).__name__})"
        raise _TransientError(CloudError(message, ENDPOINTS, "unreachable")) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:  # cut off, or a page of a proxy
        raise _TransientError(odd(what, "not JSON")) from error
    except (OverflowError, UnicodeError, ExceptionGroup) as error:  # no such port, or host
        raise CloudError(f"{what}: the endpoint is no URL", ENDPOINTS, "unreachable") from error
    except UNREADABLE as error:
        raise odd(what, f"not of the documented shape ({type(error).__name__})") from error


def _checked(what: str, model: type[M], response: Parsed, table: tuple[Row, ...]) -> Reply[M]:
    if isinstance(response.parsed, model):
        _check_faithful(response.parsed, response.content)
        return Reply(response.parsed, response.headers)
    raise _failed(what, response, table)


def _failed(what: str, response: Answered, table: tuple[Row, ...]) -> Exception:
    fault = fault_of(response, table)
    error = fault.error(what)
    transient = fault.row.read in {"transient", "throttled", "busy"}
    return _TransientError(error) if transient else error


def _check_faithful(model: Model, content: bytes) -> None:
    """Insist that the model is what was sent: models accept an object for a list and the like."""
    if model.to_dict() != json.loads(content):
        raise ValueError(f"a {type(model).__name__} of another shape")


def every_row(what: str, page: Callable[[int], tuple[object, object]]) -> list[Any]:
    """Every row of a paged list: until the total is reached, or a page is empty.

    `page` gives the rows from an offset on, and the total; a total that was passed was wrong, and
    so does not say where the list ends.
    """
    rows: list[Any] = []
    for _ in range(MOST_PAGES):
        found, total = page(len(rows))
        more = rows_of(found, what)
        rows += more
        if not more or len(rows) == total:
            return rows
    raise odd(what, f"a list without end: {len(rows)} rows and more")


def rows_of(value: object, what: str) -> list[Any]:
    """A list, checked to be one: the generated models accept anything."""
    if not isinstance(value, list):
        raise odd(what, f"no list but {type(value).__name__}")
    return value


def value_of(what: str, read: Callable[..., T], *raw: object) -> T:
    """Read raw values; one that the API page does not allow is an error that names its place."""
    try:
        return read(*raw)
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise odd(what, str(error)) from error


def odd(what: str, why: str) -> CloudError:
    """The error for a response that the API page does not allow."""
    message = f"{what}: an answer that cannot be used: {one_line(why)}"
    return CloudError(message, "check `endpoints` in the policy")
