"""Events as Lambda functions receive them, unwrapped down to the messages inside.

An alarm travels bare (EventBridge, a Lambda alarm action), as the `Message` of an SNS
notification, or as the body of an SQS message that holds any of these. Source:
docs/facts/aws.md "The same CloudWatch alarm arrives in three shapes".
"""

from __future__ import annotations

import json

from lastgood.dialects import cloudwatch, cloudwatch_sns
from lastgood.dialects.shape import MalformedError, clip, kind_of
from lastgood.domain.alarm import Alarm, Ignored, Message, Unreadable

_EXPECTED = "expected a CloudWatch alarm from EventBridge, SNS or a Lambda alarm action"


def read(event: object) -> list[Message]:
    """Parse every message of an event, in its order; at least one, whatever the event is.

    Never raises for a JSON value: what cannot be parsed is an `Unreadable` that says why, and does
    not affect the other messages.
    """
    return _unwrap(event, receipt=None)


def _unwrap(value: object, receipt: str | None) -> list[Message]:
    match value:
        case {"Records": [_, *_] as records}:
            return [message for record in records for message in _unwrap_record(record, receipt)]
        case {"Records": records}:
            found = "an empty list" if records == [] else kind_of(records)
            return [Message(Unreadable(f"Records is {found}, expected a list of records"), receipt)]
        case {"Type": "Notification", "Message": str(text)}:
            return _unwrap_text("the Message of an SNS notification", text, receipt)
        case _:
            return [Message(_parse(value), receipt)]


def _unwrap_record(record: object, receipt: str | None) -> list[Message]:
    match record:
        case {"messageId": str(message_id)} if receipt is None:
            return _unwrap_record(record, message_id)
        case {"Sns": {"Message": str(text)}}:
            return _unwrap_text("the Message of an SNS notification", text, receipt)
        case {"body": str(text)}:
            return _unwrap_text("the body of an SQS message", text, receipt)
        case _:
            reason = f"a record is {_describe(record)}, expected one from SNS or SQS"
            return [Message(Unreadable(reason), receipt)]


def _unwrap_text(what: str, text: str, receipt: str | None) -> list[Message]:
    try:
        value = json.loads(text)
    # RecursionError: brackets within brackets, deeper than the parser goes.
    except (ValueError, RecursionError):
        return [Message(Unreadable(f"{what} is not JSON, {_EXPECTED}"), receipt)]
    return _unwrap(value, receipt)


def _parse(value: object) -> Alarm | Ignored | Unreadable:
    try:
        return _parse_known(value)
    except MalformedError as error:
        return Unreadable(str(error))


def _parse_known(value: object) -> Alarm | Ignored | Unreadable:
    match value:
        case {"source": str(sender), "detail-type": str(kind)}:
            return _parse_eventbridge(value, sender, kind)
        case {"source": "aws.cloudwatch", "alarmData": _}:
            return cloudwatch.parse_action(value)
        case {"AlarmName": _}:
            return cloudwatch_sns.parse_message(value)
        case {"Type": "SubscriptionConfirmation" | "UnsubscribeConfirmation" as kind}:
            return Ignored(
                f"an SNS {kind}: it is about the subscription itself and carries no alarm"
            )
        case _:
            return Unreadable(f"found {_describe(value)}, {_EXPECTED}")


def _parse_eventbridge(event: object, sender: str, kind: str) -> Alarm | Ignored | Unreadable:
    match sender, kind:
        case "aws.cloudwatch", "CloudWatch Alarm State Change":
            return cloudwatch.parse_event(event)
        case "aws.cloudwatch", "CloudWatch Alarm Contributor State Change":
            return cloudwatch.parse_contributor_event(event)
        case "aws.cloudwatch", "CloudWatch Alarm Configuration Change":
            return Ignored(f"a {kind}: the alarm was edited, it did not go off")
        case "aws.scheduler" | "aws.events", "Scheduled Event":
            return Ignored(f"a {kind} from {sender}: a schedule ran, no alarm went off")
        case _:
            return Unreadable(f"found an event {clip(kind)} from {clip(sender)}, {_EXPECTED}")


def _describe(value: object) -> str:
    """Describe a value by its first few keys; their values may be long, or secret."""
    if not isinstance(value, dict):
        return kind_of(value)
    if not value:
        return "an empty object"
    keys = ", ".join(clip(key) for key in list(value)[:4])
    return f"an object with {keys}" + (", …" if len(value) > 4 else "")  # noqa: PLR2004 -- as above
