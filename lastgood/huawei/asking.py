"""Reads of the generated client, made dependable: tried again, checked, or a CloudError.

The client lets wrong types pass and answers undocumented statuses with text, so nothing that it
returns is trusted before it was looked at here (docs/reference/openapi.md "What the generated
client raises").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import stamina

from huawei_pitr.types import Response
from lastgood.huawei.errors import read_fault
from lastgood.ports import CloudError

T = TypeVar("T")

MOST_PAGES = 50


class _TransientError(Exception):
    """A read that may succeed when it is tried again."""

    def __init__(self, error: CloudError) -> None:
        super().__init__(str(error))
        self.error = error


def ask(what: str, kind: type[T], call: Callable[[], Response[Any]]) -> T:
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


def _ask_once(what: str, kind: type[T], call: Callable[[], Response[Any]]) -> T:
    try:
        answer = call()
    except httpx.HTTPError as error:
        hint = "check `endpoints` and `region` in the policy, and the network"
        message = f"{what}: the service could not be reached ({type(error).__name__})"
        raise _TransientError(CloudError(message, hint)) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise odd(what, f"not of the documented shape ({type(error).__name__})") from error
    if isinstance(answer.parsed, kind):
        return answer.parsed
    fault = read_fault(answer.status_code, answer.content, answer.headers)
    if fault.transient:
        raise _TransientError(fault.error(what))
    raise fault.error(what)


def pages(page: Callable[[int], tuple[list[Any], object]], what: str) -> list[Any]:
    """Every row of a paged list: until the total is reached, or a page is empty."""
    rows: list[Any] = []
    for _ in range(MOST_PAGES):
        more, total = page(len(rows))
        rows += more
        if not more or (isinstance(total, int) and len(rows) >= total):
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
    return CloudError(f"{what}: an answer that cannot be used: {why}", "check the endpoint")
