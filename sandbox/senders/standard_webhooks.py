"""A pipeline by Standard Webhooks 1.0, with the schedule that the specification recommends.

Each attempt is signed anew. Whatever is no 2xx is tried again, for more than three days.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

from sandbox.senders.conversation import (
    JSON,
    Alert,
    Conversation,
    Post,
    Wait,
    encode,
    is_taken,
    rfc3339,
)

__all__ = ["Pipeline"]

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
_SCHEDULE = (
    *(0 * _SECOND, 5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR),
    *(14 * _HOUR, 20 * _HOUR, 24 * _HOUR),
)
_TIMEOUT = timedelta(seconds=20)


class Pipeline:
    """Asks for recoveries as CloudEvents; the secret is `whsec_` and the key in base64."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def tell(self, alert: Alert) -> list[Conversation]:
        """Ask for a recovery; that something ended is not told."""
        return [] if alert.ended else [self._send(alert)]

    def _send(self, alert: Alert) -> Conversation:
        asked = {
            "instance": alert.instance,
            "before": rfc3339(alert.fired - _MINUTE),
            "reason": alert.name,
            "requester": "deploy",
        }
        event = {
            "specversion": "1.0",
            "id": alert.name,
            "source": "https://ci.orders.example/deploy",
            "type": "lastgood.recovery.requested",
            "time": rfc3339(alert.fired),
            "data": asked,
        }
        body = encode(event)
        for delay in _SCHEDULE:
            now = (yield Wait(delay)).now
            time = str(int(now.timestamp()))
            signed = f"{alert.name}.{time}.".encode() + body
            key = base64.b64decode(self.secret.removeprefix("whsec_"))
            made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            headers = {
                "webhook-id": alert.name,
                "webhook-timestamp": time,
                "webhook-signature": f"v1,{made}",
            }
            heard = yield Post("events", JSON | headers, body, _TIMEOUT, frozenset([alert.key]))
            if is_taken(heard.status):
                return
