"""Datadog: five more attempts after a 5xx, 15 s for an answer; everything else is final.

That no answer at all is final as well, and the minute between attempts, are *chosen*.
"""

from __future__ import annotations

from datetime import timedelta

from sandbox.senders.conversation import JSON, Alert, Conversation, Post, Wait, encode

__all__ = ["Datadog"]

_ATTEMPTS = 6
_TIMEOUT = timedelta(seconds=15)
_BETWEEN = timedelta(minutes=1)


class Datadog:
    """Its webhooks integration with the documented payload, and the secret in a header."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def tell(self, alert: Alert) -> list[Conversation]:
        """Send one transition."""
        moment = alert.ended or alert.fired
        return [
            self.send(
                encode(
                    {
                        "lastgood": "datadog",
                        "monitor": "1234567",
                        "transition": "Recovered" if alert.ended else "Triggered",
                        "title": alert.name,
                        "scope": f"check:{alert.name}",
                        "tags": f"lastgood_instance:{alert.instance},lastgood_window:5m",
                        "date": str(int(moment.timestamp() * 1000)),
                        "metric": "redis.keys",
                    }
                ),
                alert.key,
            )
        ]

    def send(self, body: bytes, key: str) -> Conversation:
        """Send what a template has made, whatever that is."""
        for _ in range(_ATTEMPTS):
            headers = JSON | {"x-lastgood-token": self.secret}
            heard = yield Post("datadog", headers, body, _TIMEOUT, frozenset([key]))
            if heard.status is None or heard.status < 500:  # noqa: PLR2004 - HTTP
                return
            yield Wait(_BETWEEN)
