"""What every simulated sender is made of: a conversation, which somebody with a clock carries on.

It yields what it wants, to wait or to send a request, and hears what came of it. What a sender's
documents leave open is marked *chosen*.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

__all__ = [
    "JSON",
    "Alert",
    "Conversation",
    "Heard",
    "Post",
    "Wait",
    "encode",
    "hex_hmac",
    "is_taken",
    "rfc3339",
]

JSON = {"content-type": "application/json"}


class Alert(NamedTuple):
    """What a sender noticed: a name without spaces, the instance as it calls it, and when."""

    name: str
    instance: str
    fired: datetime
    ended: datetime | None = None

    @property
    def key(self) -> str:
        """Which of its two transitions this is."""
        return f"{self.name} {'fires' if self.ended is None else 'ends'}"


class Wait(NamedTuple):
    """Nothing is wanted for so long."""

    length: timedelta = timedelta()


class Post(NamedTuple):
    """A request: on which road, how long its answer is awaited, and the alerts that it tells."""

    road: str
    headers: Mapping[str, str]
    body: bytes
    timeout: timedelta
    tells: frozenset[str] = frozenset()


class Heard(NamedTuple):
    """The time by the sender's clock, and the status of an answer; None where none came."""

    now: datetime
    status: int | None = None


Conversation = Generator[Wait | Post, Heard, None]


def is_taken(status: int | None) -> bool:
    """Whether every sender takes this for a success."""
    return status is not None and status // 100 == 2  # noqa: PLR2004 - HTTP


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON as it is sent."""
    return json.dumps(body).encode()


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, as all senders write it."""
    return moment.isoformat().replace("+00:00", "Z")


def hex_hmac(secret: str, signed: bytes) -> str:
    """HMAC-SHA256 in lower-case hex."""
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
