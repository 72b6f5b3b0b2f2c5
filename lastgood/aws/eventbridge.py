"""The Publisher port on an EventBridge bus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "lastgood"


class PublishError(Exception):
    """The bus did not take an event; publishing it again does no harm."""


class EventBridgePublisher:
    """Sends each event as its own entry; its kind is the detail-type."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, kind: str, detail: dict[str, Any]) -> None:
        """Send one event.

        Raises:
            PublishError: the bus refused the entry.
        """
        answer = self._client.put_events(
            Entries=[
                {
                    "EventBusName": self._bus,
                    "Source": SOURCE,
                    "DetailType": kind,
                    "Detail": json.dumps(detail),
                }
            ]
        )
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            raise PublishError(f"{kind}: {entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
