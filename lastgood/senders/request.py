"""A request as it came, and what it means that nobody of ours sent it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

TOLERANCE = timedelta(minutes=5)
"""How far the time that a sender signed may be from ours, where it signs each attempt anew."""


class NotAuthenticError(Exception):
    """The sender is not who it should be, or its message is too old; the reason is for the log."""


class Request(msgspec.Struct, frozen=True):
    """The body, byte for byte, because that is what is signed; names of headers in lower case."""

    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, in ASCII, empty where it is missing.

        Raises:
            NotAuthenticError: it holds what none of the senders would write there.
        """
        value = self.headers.get(name, "")
        if not value.isascii():
            raise NotAuthenticError(f"{name} is not ASCII")
        return value


def check_unix_time(name: str, text: str, now: datetime) -> None:
    """Check the time that was signed, in seconds.

    Raises:
        NotAuthenticError: it is none, or too far from now.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 12):  # noqa: PLR2004 - 30,000 years
        raise NotAuthenticError(f"{name} is no time")
    if abs(now.timestamp() - int(text)) > TOLERANCE.total_seconds():
        raise NotAuthenticError(f"{name} is too far from now")
