"""Huawei Cloud SMN over HTTPS, with alarms of Cloud Eye: up to six re-deliveries within an hour.

A message is signed once, with the time of its first attempt. Its distance to the next attempt, the
10 s for an answer, and that whatever is no 2xx is tried again, are *chosen*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.senders.conversation import JSON, Alert, Conversation, Post, Wait, encode, is_taken

__all__ = ["Smn", "covered"]

_SIGNED = ("message", "message_id", "subject", "subscribe_url", "timestamp", "topic_urn", "type")
_ATTEMPTS = 7
_TIMEOUT = timedelta(seconds=10)
_LONGEST_PAUSE = 9 * 60.0  # six of them are less than an hour
_REPEATED = 0.05

Sign = Callable[[str], str]
"""The signature over a text, RSASSA-PKCS1-v1_5 with SHA-256, in base64."""


class Smn:
    """One topic, with the key and the certificate that its messages are signed with."""

    def __init__(self, topic: str, certificate_url: str, sign: Sign, random: Random) -> None:
        self.topic, self.certificate_url = topic, certificate_url
        self._sign = sign
        self._random = random

    def tell(self, alert: Alert) -> list[Conversation]:
        """Publish an alarm of Cloud Eye, once in a while twice."""
        copies = 2 if self._random.random() < _REPEATED else 1
        return [self._publish(alert) for _ in range(copies)]

    def confirm(self, subscribe_url: str) -> Conversation:
        """Ask whether the subscription is wanted."""
        now = (yield Wait()).now
        body = self._signed(
            {
                "type": "SubscriptionConfirmation",
                "message": "You are invited to subscribe",
                "subscribe_url": subscribe_url,
            },
            "confirmation",
            now,
        )
        yield from self._deliver(body, frozenset())

    def _publish(self, alert: Alert) -> Conversation:
        now = (yield Wait()).now
        moment = alert.ended or alert.fired
        alarm = {
            "message_type": "alarm",
            "alarm_id": f"al{alert.name}",
            "alarm_name": alert.name,
            "alarm_status": "ok" if alert.ended else "alarm",
            "time": int(moment.timestamp() * 1000),
            "namespace": "SYS.NoSQL",
            "metric_name": "redis_db_keys",
            "dimension": f"redis_cluster_id:{alert.instance}",
            "period": 60,
            "count": 1,
        }
        message = {"type": "Notification", "subject": "alarm", "message": encode(alarm).decode()}
        name = alert.key.replace(" ", "-")
        yield from self._deliver(self._signed(message, name, now), frozenset([alert.key]))

    def _signed(self, message: Mapping[str, Any], name: str, now: datetime) -> bytes:
        whole = {
            **message,
            "message_id": name,
            "topic_urn": self.topic,
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "signature_version": "v1",
            "signing_cert_url": self.certificate_url,
        }
        return encode(whole | {"signature": self._sign(covered(whole))})

    def _deliver(self, body: bytes, keys: frozenset[str]) -> Conversation:
        for _ in range(_ATTEMPTS):
            heard = yield Post("smn", JSON, body, _TIMEOUT, keys)
            if is_taken(heard.status):
                return
            yield Wait(timedelta(seconds=self._random.uniform(1, _LONGEST_PAUSE)))


def covered(message: Mapping[str, Any]) -> str:
    """The text that a signature covers: some keys, where a message has them, in this order."""
    return "".join(f"{key}\n{message[key]}\n" for key in _SIGNED if key in message)
