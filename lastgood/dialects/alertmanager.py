"""Alerts of Prometheus as the webhook of Alertmanager sends them, version 4.

    {"version": "4", "groupKey", "truncatedAlerts", "status", "receiver", "externalURL",
     "alerts": [{"status": "firing", "labels": {}, "annotations": {}, "startsAt", "endsAt"}]}

A delivery carries a group; each alert in it is an alarm of its own. Identity, onset and strength:
see `firing`. Source: docs/facts/senders.md; prometheus/alertmanager notify/webhook/webhook.go.
"""

from __future__ import annotations

from typing import Any

from lastgood.dialects import firing
from lastgood.dialects.shape import Content


def claims(value: dict[str, Any]) -> bool:
    """Whether it says that it is a group of alerts of Alertmanager."""
    return value.get("version") == "4" and "alerts" in value


def parse(value: object) -> list[Content]:
    """Parse a group, each of its alerts by itself.

    Raises:
        MalformedError: it is no group, or an empty one.
    """
    return firing.parse_group(value, lambda alert: firing.read("alertmanager", alert)[1])
