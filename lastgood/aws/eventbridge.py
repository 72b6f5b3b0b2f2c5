"""The Publisher port on an EventBridge bus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "lastgood"


class PublishError(Exception):
    """The bus rejected an event; publishing it again is safe."""


class EventBridgePublisher:
    """Sends each event as its own entry; its kind is the detail-type."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, kind: str, detail: dict[str, Any]) -> None:
        """Send one event.

        Raises:
            PublishError: the bus rejected the entry.
        """
        text = json.dumps(detail)
        response = self._client.put_events(
            Entries=[
                {"EventBusName": self._bus, "Source": SOURCE, "DetailType": kind, "Detail": text}
            ]
        )
        if response["FailedEntryCount"]:
            entry = response["Entries"][0]
            raise PublishError(f"{kind}: {entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
