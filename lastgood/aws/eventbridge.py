"""The Publisher port on an EventBridge bus."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.ports import PublishError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SOURCE = "lastgood"


class EventBridgePublisher:
    """Sends each event as its own entry; its kind is the detail-type."""

    def __init__(self, client: EventBridgeClient, bus: str) -> None:
        self._client = client
        self._bus = bus

    def publish(self, kind: str, detail: dict[str, Any]) -> None:
        """Send one event.

        Raises:
            PublishError: the bus did not take the entry, or may not have.
        """
        text = json.dumps(detail)
        entry = {"EventBusName": self._bus, "Source": SOURCE, "DetailType": kind, "Detail": text}
        try:
            response = self._client.put_events(Entries=[entry])  # type: ignore[list-item] # a plain dict
        except (BotoCoreError, ClientError) as error:
            raise PublishError(f"{kind}: {error}") from error
        if response["FailedEntryCount"]:
            failed = response["Entries"][0]
            raise PublishError(f"{kind}: {failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")


class NoBus:
    """Stands in where no bus is set: what is published is kept, and sent by the functions."""

    def publish(self, kind: str, detail: dict[str, Any]) -> None:
        """Send nothing.

        Raises:
            PublishError: always.
        """
        raise PublishError(f"{kind} about {detail.get('incident')}: LASTGOOD_BUS is not set")
