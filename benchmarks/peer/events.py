"""Events out."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3

bus: Any = boto3.client("events")


def publish(kind: str, detail: dict[str, Any]) -> None:
    """Send an event."""
    entry = {"EventBusName": os.environ["LASTGOOD_BUS"], "Source": "peer", "DetailType": kind}
    bus.put_events(Entries=[{**entry, "Detail": json.dumps(detail)}])
