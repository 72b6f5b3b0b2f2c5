"""Events as Lambda functions receive them, unwrapped down to the messages inside.

An alarm travels bare (EventBridge, a Lambda alarm action), as the `Message` of an SNS
notification, or as the body of an SQS message that holds any of these. What a webhook has queued is
the body of an SQS message whose attribute `road` says where it came in: then only the senders of
that road may have written it. Source: docs/facts/aws.md "The same CloudWatch alarm arrives in three
shapes".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from lastgood.dialects import (
    alertmanager,
    cloudeye,
    cloudwatch,
    cloudwatch_sns,
    datadog,
    grafana,
    pagerduty,
    requests,
)
from lastgood.dialects.shape import Content, MalformedError, clip, kind_of
from lastgood.domain.alarm import Ignored, Message, Unreadable

_EXPECTED = "expected an alarm of a sender that docs/reference/senders.md names"


class _Dialect(NamedTuple):
    """How the messages of one sender are recognised and parsed, and the road they may come by."""

    sender: str
    claims: Callable[[dict[str, Any]], bool]
    parse: Callable[[Any], list[Content]]
    road: str | None = None


class _Way(NamedTuple):
    """How a message came here: the id by which SQS takes it back, and the road of a webhook."""

    receipt: str | None = None
    road: str | None = None


def read(event: object) -> list[Message]:
    """Parse every message of an event, in its order; at least one, whatever the event is.

    Never raises for a JSON value: what cannot be parsed is an `Unreadable` that says why, and does
    not affect the other messages.
    """
    return _unwrap(event, _Way())


def _unwrap(value: object, way: _Way) -> list[Message]:
    match value:
        case {"Records": [_, *_] as records}:
            return [message for record in records for message in _unwrap_record(record, way)]
        case {"Records": records}:
            found = "an empty list" if records == [] else kind_of(records)
            return [
                Message(Unreadable(f"Records is {found}, expected a list of records"), way.receipt)
            ]
        case {"Type": "Notification", "Message": str(text)}:
            return _unwrap_text("the Message of an SNS notification", text, way)
        case _:
            return _parse(value, way)


def _unwrap_record(record: object, way: _Way) -> list[Message]:
    match record:
        case {"messageId": str(message_id)} if way.receipt is None:
            return _unwrap_record(record, _Way(message_id, _road(record)))
        case {"Sns": {"Message": str(text)}}:
            return _unwrap_text("the Message of an SNS notification", text, way)
        case {"body": str(text)}:
            return _unwrap_text("the body of an SQS message", text, way)
        case _:
            reason = f"a record is {_describe(record)}, expected one from SNS or SQS"
            return [Message(Unreadable(reason), way.receipt)]


def _unwrap_text(what: str, text: str, way: _Way) -> list[Message]:
    try:
        value = json.loads(text)
    # RecursionError: brackets within brackets, deeper than the parser goes.
    except (ValueError, RecursionError):
        return [Message(Unreadable(f"{what} is not JSON, {_EXPECTED}"), way.receipt)]
    return _unwrap(value, way)


def _road(record: Any) -> str | None:
    match record:
        case {"messageAttributes": {"road": {"stringValue": str(road)}}}:
            return road
    return None


def _parse(value: object, way: _Way) -> list[Message]:
    known = [
        dialect
        for dialect in DIALECTS
        if isinstance(value, dict) and way.road in {None, dialect.road} and dialect.claims(value)
    ]
    if len(known) != 1:
        which = " or ".join(dialect.sender for dialect in known)
        reason = f"which may be of {which}" if known else _EXPECTED
        if way.road is not None:
            reason += f", on the road {clip(way.road)}"
        other = None if known else requests.in_another_mode(value)
        reason = other or f"found {_describe(value)}, {reason}"
        return [Message(Unreadable(reason), way.receipt)]
    (dialect,) = known
    try:
        contents = dialect.parse(value)
    except MalformedError as error:
        contents = [Unreadable(str(error))]
    return [Message(content, way.receipt, dialect.sender) for content in contents]


def _parse_eventbridge(event: dict[str, Any]) -> list[Content]:
    sender, kind = event["source"], event["detail-type"]
    match sender, kind:
        case "aws.cloudwatch", "CloudWatch Alarm State Change":
            return [cloudwatch.parse_event(event)]
        case "aws.cloudwatch", "CloudWatch Alarm Contributor State Change":
            return [cloudwatch.parse_contributor_event(event)]
        case "aws.cloudwatch", "CloudWatch Alarm Configuration Change":
            return [Ignored(f"a {kind}: the alarm was edited, it did not go off")]
        case "aws.scheduler" | "aws.events", "Scheduled Event":
            return [Ignored(f"a {kind} from {sender}: a schedule ran, no alarm went off")]
        case _, requests.DETAIL_TYPE if not sender.startswith("aws."):
            return requests.parse_event(event)
        case _:
            return [Unreadable(f"found an event {clip(kind)} from {clip(sender)}, {_EXPECTED}")]


def _parse_confirmation(message: dict[str, Any]) -> list[Content]:
    kind = message["Type"]
    return [Ignored(f"an SNS {kind}: it is about the subscription itself and carries no alarm")]


def _claims_eventbridge(value: dict[str, Any]) -> bool:
    return isinstance(value.get("source"), str) and isinstance(value.get("detail-type"), str)


def _claims_action(value: dict[str, Any]) -> bool:
    return (
        value.get("source") == "aws.cloudwatch"
        and "alarmData" in value
        and not (_claims_eventbridge(value))
    )


DIALECTS = (
    _Dialect("cloudwatch", _claims_eventbridge, _parse_eventbridge),
    _Dialect("cloudwatch", _claims_action, lambda action: [cloudwatch.parse_action(action)]),
    _Dialect(
        "cloudwatch",
        lambda value: "AlarmName" in value,
        lambda message: [cloudwatch_sns.parse_message(message)],
    ),
    _Dialect(
        "cloudwatch",
        lambda value: value.get("Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"),
        _parse_confirmation,
    ),
    _Dialect("cloudeye", cloudeye.claims, cloudeye.parse, road="smn"),
    _Dialect("alertmanager", alertmanager.claims, alertmanager.parse, road="alertmanager"),
    _Dialect("grafana", grafana.claims, grafana.parse, road="grafana"),
    _Dialect("pagerduty", pagerduty.claims, pagerduty.parse, road="pagerduty"),
    _Dialect("datadog", datadog.claims, datadog.parse, road="datadog"),
    _Dialect("cloudevents", requests.claims, requests.parse, road="events"),
)


def _describe(value: object) -> str:
    """Describe a value by its first few keys; their values may be long, or secret."""
    if not isinstance(value, dict):
        return kind_of(value)
    if not value:
        return "an empty object"
    keys = ", ".join(clip(key) for key in list(value)[:4])
    return f"an object with {keys}" + (", …" if len(value) > 4 else "")  # noqa: PLR2004 -- as above
