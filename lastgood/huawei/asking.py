"""Reads of the generated client, made dependable: tried again, checked, or a CloudError.

The client lets wrong types pass and answers undocumented statuses with text, so nothing that it
returns is trusted before it was looked at here (docs/reference/openapi.md "What the generated
client raises").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import httpx
import stamina

from huawei_pitr.types import Response
from lastgood.huawei.errors import one_line, read_fault
from lastgood.ports import CloudError

T = TypeVar("T")
M = TypeVar("M", bound="Model")

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What the client raises for an answer of another shape."""

MOST_PAGES = 250
"""Enough for 2,016 points in pages of ten, should a service give no more than that at a time."""


class Model(Protocol):
    """What the client makes of an answer."""

    def to_dict(self) -> dict[str, Any]:
        """The answer again."""


class _TransientError(Exception):
    """A read that may succeed when it is tried again."""

    def __init__(self, error: CloudError) -> None:
        super().__init__(str(error))
        self.error = error


def ask(what: str, kind: type[M], call: Callable[[], Response[Any]]) -> M:
    """Make a read, again where that may help, and insist on the documented answer."""
    try:
        for attempt in stamina.retry_context(
            on=_TransientError, attempts=4, timeout=30, wait_initial=0.2, wait_max=3
        ):
            with attempt:
                return _ask_once(what, kind, call)
    except _TransientError as transient:
        raise transient.error from transient
    raise AssertionError("stamina returns or raises")


def _ask_once(what: str, kind: type[M], call: Callable[[], Response[Any]]) -> M:
    try:
        answer = call()
        if isinstance(answer.parsed, kind):
            return _faithful(answer.parsed, answer.content)
        fault = read_fault(answer.status_code, answer.content, answer.headers)
    except httpx.HTTPStatusError as error:  # a status without a name, see `connect`
        strange = error.response
        fault = read_fault(strange.status_code, strange.content, strange.headers)
    except httpx.HTTPError as error:
        hint = "check `endpoints` and `region` in the policy, and the network"
        message = f"{what}: the service could not be reached ({type(error).__name__})"
        raise _TransientError(CloudError(message, hint)) from error
    except UNREADABLE as error:
        raise odd(what, f"not of the documented shape ({type(error).__name__})") from error
    if fault.transient:
        raise _TransientError(fault.error(what))
    raise fault.error(what)


def _faithful(model: M, content: bytes) -> M:
    """The model, if it is what came: models take an object for a list, pairs for an object."""
    if model.to_dict() != json.loads(content):
        raise ValueError(f"a {type(model).__name__} of another shape")
    return model


def pages(page: Callable[[int], tuple[list[Any], object]], what: str) -> list[Any]:
    """Every row of a paged list: until the total is reached, or a page is empty.

    A total that was passed was wrong, and so tells nothing about where the list ends.
    """
    rows: list[Any] = []
    for _ in range(MOST_PAGES):
        more, total = page(len(rows))
        rows += more
        if not more or len(rows) == total:
            return rows
    raise odd(what, f"a list without end: {len(rows)} rows and more")


def rows_of(value: object, what: str) -> list[Any]:
    """A list, checked to be one: the generated models take whatever comes."""
    if not isinstance(value, list):
        raise odd(what, f"no list but {type(value).__name__}")
    return value


def value_of(what: str, read: Callable[..., T], *raw: object) -> T:
    """Read raw values; one that is not what the page says is an error that names where it stood."""
    try:
        return read(*raw)
    except (ValueError, TypeError) as error:
        raise odd(what, str(error)) from error


def odd(what: str, why: str) -> CloudError:
    """The error for an answer that the page does not allow."""
    message = f"{what}: an answer that cannot be used: {one_line(why)}"
    return CloudError(message, "check `endpoints` in the policy")
