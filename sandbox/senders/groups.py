"""Alertmanager and Grafana, which is built on it: alerts in groups, told at every flush of theirs.

A flush tells the whole group if something in it is news, or was not told for the repeat interval.
Alertmanager tries a flush again after a 5xx or no answer, until the next flush is due; Grafana does
not. Any other answer is final for its flush only: what was not told is news at the next one. What
ended before it was ever told is never told. Source: docs/facts/senders.md "Seen while building".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import ClassVar

from sandbox.senders.conversation import (
    JSON,
    Alert,
    Conversation,
    Heard,
    Post,
    Wait,
    encode,
    hex_hmac,
    is_taken,
    rfc3339,
)

__all__ = ["Alertmanager", "Grafana"]

_WAIT, _INTERVAL, _REPEAT = timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=4)
_FIRST, _LONGEST, _GROWTH = timedelta(seconds=0.5), timedelta(minutes=1), 1.5
_SERVER_ERROR = 500
_DELAYS = {
    "lastgood_for": "2m",
    "lastgood_evaluation_interval": "30s",
    "lastgood_scrape_interval": "15s",
}

Group = Mapping[str, Alert]
Told = frozenset[tuple[str, bool]]
"""Names, each with whether it was told as ended."""


class _Groups(ABC):
    """One receiver, whose alerts are grouped by their instance."""

    road: ClassVar[str]
    version: ClassVar[str]
    tries_again: ClassVar[bool]
    timeout: ClassVar[timedelta]

    def __init__(self, secret: str, random: Random) -> None:
        self.secret = secret
        self._random = random
        self._groups: dict[str, dict[str, Alert]] = {}

    @abstractmethod
    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:
        """Return the headers that say who sends a body."""

    def tell(self, alert: Alert) -> list[Conversation]:
        """Let an alert fire or end."""
        known = alert.instance in self._groups
        self._groups.setdefault(alert.instance, {})[alert.name] = alert
        return [] if known else [self._run(alert.instance)]

    def _run(self, instance: str) -> Conversation:
        group, told, told_at = self._groups[instance], Told(), None
        due = (yield Wait(_WAIT)).now
        while group:
            shown = dict(group)
            states = Told((alert.name, alert.ended is not None) for alert in shown.values())
            taken = True
            if _is_due(states, told, told_at, due):
                taken = yield from self._flush(shown, due + _INTERVAL)
                told, told_at = (states, due) if taken else (told, told_at)
            for alert in shown.values():
                if taken and alert.ended and group[alert.name] == alert:
                    del group[alert.name]
            due += _INTERVAL
            now = (yield Wait()).now
            due = (yield Wait(max(due - now, timedelta()))).now
        del self._groups[instance]

    def _flush(self, group: Group, until: datetime) -> Generator[Wait | Post, Heard, bool]:
        """Tell a group, and return whether that was taken."""
        delay, now = _FIRST, (yield Wait()).now
        while True:
            body = self._body(group)
            keys = frozenset(alert.key for alert in group.values())
            timeout = min(self.timeout, max(until - now, timedelta(seconds=10)))
            headers = JSON | dict(self.sign(body, now))
            now, status = yield Post(self.road, headers, body, timeout, keys)
            if is_taken(status):
                return True
            is_final = status is not None and status < _SERVER_ERROR
            if is_final or not self.tries_again or now + delay >= until:
                return False
            now = (yield Wait(delay * self._random.uniform(0.5, 1.5))).now
            delay = min(delay * _GROWTH, _LONGEST)

    def _body(self, group: Group) -> bytes:
        alerts = [
            {
                "status": "resolved" if alert.ended else "firing",
                "labels": {"alertname": alert.name, "lastgood_instance": alert.instance},
                "annotations": _DELAYS,
                "startsAt": rfc3339(alert.fired),
                "endsAt": rfc3339(alert.ended) if alert.ended else "0001-01-01T00:00:00Z",
            }
            for alert in group.values()
        ]
        fires = any(alert.ended is None for alert in group.values())
        whole = {
            "version": self.version,
            "receiver": "lastgood",
            "status": "firing" if fires else "resolved",
            "groupKey": "{}",
            "truncatedAlerts": 0,
            "alerts": alerts,
        }
        return encode(whole)


def _is_due(states: Told, told: Told, told_at: datetime | None, now: datetime) -> bool:
    firing, fired = ({name for name, ended in each if not ended} for each in (states, told))
    if told_at is None or not firing <= fired:
        return bool(firing)
    if not firing:
        return bool(fired)
    return not states <= told or now - told_at > _REPEAT


class Alertmanager(_Groups):
    """Sends its secret as a bearer token."""

    road, version = "alertmanager", "4"
    tries_again, timeout = True, _INTERVAL

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:
        """Return the header with the secret."""
        del body, now
        return {"authorization": f"Bearer {self.secret}"}


class Grafana(_Groups):
    """Signs the time and the body."""

    road, version = "grafana", "1"
    tries_again, timeout = False, timedelta(seconds=30)

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:
        """Return the headers with the time and the signature."""
        time = str(int(now.timestamp()))
        return {
            "x-grafana-alerting-timestamp": time,
            "x-grafana-alerting-signature": hex_hmac(self.secret, f"{time}:".encode() + body),
        }
