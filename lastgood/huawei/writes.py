"""Writes by the generated clients: each is sent once, and its outcome is one of three."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeGuard

import httpx

from lastgood.domain.restore import Outcome, Refused, Unknown
from lastgood.huawei.errors import TABLE, Answered, Row, fault_of
from lastgood.huawei.retrying import UNREADABLE, Parsed, Send
from lastgood.ports import CloudError

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""No connection came about, or no tunnel through a proxy: not a byte of the request was sent."""

_JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def send_once(
    send: Send,
    accepted: Callable[[Parsed], Outcome | None],
    table: tuple[Row, ...] = TABLE,
) -> Outcome:
    """Send, once, and say what became of it; raises nothing that a response can bring about.

    A 4xx, or a connection that never came about, is a refusal: nothing was done. What is neither
    that nor accepted is unknown.

    Args:
        send: sends the request, by an operation of a generated client.
        accepted: reads the response to a request that was taken; None for any other.
        table: what the errors of the service mean.
    """
    try:
        response = send()
        return accepted(response) or _refused_or_unknown(response, table)
    except CloudError as error:  # there are no credentials to send it with
        for_good = error.trouble in {"permission", "permanent"}
        return Refused("not-sent", error.message, "permission" if for_good else "unsent")
    except NOT_SENT as error:
        return Refused("not-sent", f"no connection was made ({type(error).__name__})", "unsent")
    except httpx.HTTPStatusError as error:  # a status without a name
        return _refused_or_unknown(error.response, table)
    except httpx.HTTPError as error:
        return Unknown(f"no usable answer came ({type(error).__name__})")
    except UNREADABLE as error:
        return Unknown(f"the answer could not be read ({type(error).__name__})")


def usable(job: object) -> TypeGuard[str]:
    """Whether this is the id of a job; the clients do not check what it is."""
    return isinstance(job, str) and _JOB_ID.fullmatch(job) is not None


def _refused_or_unknown(response: Answered, table: tuple[Row, ...]) -> Outcome:
    fault = fault_of(response, table)
    if fault.row.put == "unknown":
        return Unknown(f"the service answered {fault.text}")
    return Refused(fault.code, fault.text, fault.row.put)
