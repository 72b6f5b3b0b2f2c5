"""Alerts of Prometheus as the webhook of Alertmanager sends them, version 4.

    {"version": "4", "groupKey", "truncatedAlerts", "status", "receiver", "externalURL",
     "alerts": [{"status": "firing", "labels": {}, "annotations": {}, "startsAt", "endsAt"}]}

A delivery carries a group; each alert in it is an alarm of its own. Identity, onset and strength:
see `firing`. Source: docs/facts/senders.md; prometheus/alertmanager notify/webhook/webhook.go.
"""

from __future__ import annotations

from typing import Any

from lastgood.dialects import firing
from lastgood.dialects.shape import Content, MalformedError, Shape
from lastgood.dialects.shape import parse as parse_shape
from lastgood.domain.alarm import Unreadable


class _Group(Shape, frozen=True, kw_only=True, rename="camel"):
    alerts: list[Any]
    truncated_alerts: int = 0


def claims(value: dict[str, Any]) -> bool:
    """Whether it says that it is a group of alerts of Alertmanager."""
    return value.get("version") == "4" and "alerts" in value


def parse(value: object) -> list[Content]:
    """Parse a group: each of its alerts, and one more thing to look at if some were cut off.

    Raises:
        MalformedError: it is no group, or an empty one.
    """
    group = parse_shape(_Group, value, "the group of alerts")
    if not group.alerts:
        raise MalformedError("the group of alerts is empty, expected an alert")
    contents = [_read(alert) for alert in group.alerts]
    if group.truncated_alerts > 0:
        lost = f"{group.truncated_alerts} alerts were cut off by max_alerts of the webhook"
        contents.append(Unreadable(f"{lost}, expected all of them: set max_alerts to 0"))
    return contents


def _read(value: object) -> Content:
    try:
        _, alarm = firing.read("alertmanager", value)
    except MalformedError as error:
        return Unreadable(str(error))
    return alarm
