"""PagerDuty v3: events in order, 5 s for a 2xx, 48 h of attempts after timeouts, 5xx and 429.

Another 4xx drops the event, and three such drops in a row switch the subscription off for 24 h.
From 10 s doubling to an hour between attempts is *chosen*.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from sandbox.senders.conversation import (
    JSON,
    Alert,
    Conversation,
    Post,
    Wait,
    encode,
    hex_hmac,
    is_taken,
    rfc3339,
)

__all__ = ["PagerDuty"]

_TIMEOUT = timedelta(seconds=5)
_FIRST, _LONGEST = timedelta(seconds=10), timedelta(hours=1)
_PATIENCE = timedelta(hours=48)
_OFF = timedelta(hours=24)
_DROPS = 3
_THROTTLED, _SERVER_ERROR = 429, 500


class PagerDuty:
    """One subscription; several secrets sign while one is changed for another.

    `switched_off` counts how often it was.
    """

    def __init__(self, secret: str) -> None:
        self.secrets = [secret]
        self.switched_off = 0
        self._waiting: deque[tuple[bytes, str]] = deque()
        self._drops = 0
        self._off_until: datetime | None = None

    def tell(self, alert: Alert) -> list[Conversation]:
        """Send that an incident began or ended."""
        return self.send("resolved" if alert.ended else "triggered", alert)

    def send(self, what: str, alert: Alert) -> list[Conversation]:
        """Send an event of an incident, behind those that wait."""
        incident = {
            "id": f"P{alert.name}",
            "type": "incident",
            "title": alert.name,
            "created_at": rfc3339(alert.fired),
            "service": {"id": alert.instance, "summary": alert.instance},
        }
        event = {
            "id": f"{what}-{alert.name}",
            "event_type": f"incident.{what}",
            "resource_type": "incident",
            "occurred_at": rfc3339(alert.ended or alert.fired),
            "data": incident,
        }
        self._waiting.append((encode({"event": event}), alert.key))
        return [self._subscription()] if len(self._waiting) == 1 else []

    def _subscription(self) -> Conversation:
        while self._waiting:
            now = (yield Wait()).now
            if self._off_until is None or now >= self._off_until:
                yield from self._deliver(*self._waiting[0], now)
            self._waiting.popleft()

    def _deliver(self, body: bytes, key: str, begun: datetime) -> Conversation:
        delay = _FIRST
        while True:
            signatures = ",".join(f"v1={hex_hmac(secret, body)}" for secret in self.secrets)
            headers = JSON | {"x-pagerduty-signature": signatures}
            now, status = yield Post("pagerduty", headers, body, _TIMEOUT, frozenset([key]))
            if is_taken(status):
                self._drops = 0
                return
            if status is not None and status < _SERVER_ERROR and status != _THROTTLED:
                self._drop(now)
                return
            if now - begun > _PATIENCE:
                return
            yield Wait(delay)
            delay = min(2 * delay, _LONGEST)

    def _drop(self, now: datetime) -> None:
        self._drops += 1
        if self._drops >= _DROPS:
            self._drops, self._off_until = 0, now + _OFF
            self.switched_off += 1
