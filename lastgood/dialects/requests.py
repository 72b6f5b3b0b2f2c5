"""Requests of a pipeline for a recovery: as a CloudEvent, or as an event of EventBridge.

    {"specversion": "1.0", "id", "source", "type": "lastgood.recovery.requested", "time",
     "data": {"instance", "before", "reason", "requester"}}
    {"source": "com.example.deploy", "detail-type": "Recovery Requested", "id", "time",
     "detail": {"instance", "before", "reason", "requester"}}

A CloudEvent is one event in structured mode; its `data` may be a text that holds JSON. A batch is
not read, and in binary mode source, id and time are headers, which nobody signed.

Identity: source, id and time of the event. A CloudEvent may travel as the `detail` of the other
one, and is then identified by its own.

Onset: `before`, as it is given. Strength: evaluation-start. A pipeline knows when its step began,
which is the start of what it checked; it is no measurement, and no person was shown anything. So
the policy's mode and `auto_needs` apply (docs/why.md "A pipeline asks, a person decides").

Source: docs/reference/events/recovery-requested.json, and the CloudEvents specification 1.0.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import msgspec

from lastgood.dialects.shape import (
    Content,
    MalformedError,
    Shape,
    check_moment,
    clip,
    fingerprint,
)
from lastgood.dialects.shape import (
    parse as parse_shape,
)
from lastgood.domain.alarm import Alarm, Ignored

TYPE, DETAIL_TYPE = "lastgood.recovery.requested", "Recovery Requested"

_Line = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f\x7f\ud800-\udfff]{1,512}\Z")]


class RecoveryRequest(Shape, frozen=True, kw_only=True):
    """What a pipeline asks for: the instance by its id or name, and a time until which it was good.

    `before` is RFC 3339 with an offset.
    """

    instance: _Line
    before: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
    reason: _Line
    requester: _Line


class _CloudEvent(Shape, frozen=True, kw_only=True):
    specversion: str
    id: _Line
    source: _Line
    type: _Line
    time: Any = None
    datacontenttype: Any = None
    data: Any = None
    data_base64: Any = None


_JSON = re.compile(r"[a-z]+/(?:[\w.-]+\+)?json\s*(?:;.*)?", re.ASCII | re.IGNORECASE | re.DOTALL)
_STRUCTURED = (
    "expected one CloudEvent in structured mode. Try: send each event by itself, with all its"
    " attributes in the body and Content-Type application/cloudevents+json"
)


class _Event(Shape, frozen=True, kw_only=True):
    id: _Line
    source: _Line
    time: Any
    detail: dict[str, Any]


def claims(value: dict[str, Any]) -> bool:
    """Whether it says that it is a CloudEvent."""
    return "specversion" in value


def in_another_mode(value: object) -> str | None:
    """Why a message is no CloudEvent that is read, if it is one in another mode; else None."""
    if isinstance(value, list) and any(isinstance(each, dict) and claims(each) for each in value):
        return f"found a batch of CloudEvents, {_STRUCTURED}"
    if isinstance(value, dict) and {"instance", "before"} <= value.keys():
        return f"found the data of a request without its event, {_STRUCTURED}"
    return None


def parse(value: object) -> list[Content]:
    """Parse a CloudEvent; one of another type is ignored.

    Raises:
        MalformedError: it breaks the specification, or asks for a recovery without saying which.
    """
    event = parse_shape(_CloudEvent, value, "the CloudEvent")
    if event.specversion != "1.0":
        raise MalformedError(f"the specversion is {clip(event.specversion)}, expected 1.0")
    if event.time is not None:
        check_moment("the time of the CloudEvent", event.time)
    if event.type != TYPE:
        return [Ignored(f"a CloudEvent of type {clip(event.type)}: it asks for no recovery")]
    if event.data_base64 is not None:  # beside `data` it would be a second request
        raise MalformedError("the CloudEvent has data_base64, expected the request in data")
    return [_alarm(event.source, event.id, event.time, _unwrap(event))]


def _unwrap(event: _CloudEvent) -> object:
    """The data; of a text what it holds, where the event calls it JSON or leaves that open."""
    kind = event.datacontenttype
    is_json = kind is None or (isinstance(kind, str) and _JSON.fullmatch(kind.strip()))
    if not is_json or not isinstance(event.data, str):
        return event.data
    try:
        return json.loads(event.data)
    # RecursionError: brackets within brackets, deeper than the parser goes.
    except (ValueError, RecursionError):
        raise MalformedError("the data of the CloudEvent is a text that is not JSON") from None


def parse_event(value: object) -> list[Content]:
    """Parse an event of EventBridge.

    Raises:
        MalformedError: it does not say what is asked for.
    """
    event = parse_shape(_Event, value, "the request")
    if claims(event.detail):
        return parse(event.detail)
    return [_alarm(event.source, event.id, event.time, event.detail)]


def _alarm(source: str, name: str, time: object, data: object) -> Alarm:
    request = parse_shape(RecoveryRequest, data, "the request")
    asked_at = check_moment("the time of the request", time)
    before = check_moment("before", request.before)
    if before > asked_at:
        raise MalformedError(f"before is {clip(request.before)}, later than the request itself")
    return Alarm(
        source=f"request:{fingerprint({'source': source, 'id': name})}",
        name=f"asked for by {request.requester}: {request.reason}",
        state="ALARM",
        changed_at=asked_at,
        named=(request.instance,),
        given=before,
    )
