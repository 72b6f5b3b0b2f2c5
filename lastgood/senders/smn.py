"""Huawei Cloud SMN over HTTPS: which messages are SMN's, of a topic of ours, and fresh.

Sans-I/O: the certificate is fetched by the caller, between `parse` and `verify`. Source:
docs/facts/huawei.md "Alarms from Cloud Eye through SMN".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Container, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from lastgood.domain import times
from lastgood.senders.certificate import Certificate
from lastgood.senders.request import TOLERANCE, NotAuthenticError

KEPT = timedelta(hours=1)
"""For so long SMN tries to deliver a message, with the time of the first attempt."""

# Whole URLs: no user, port, query, trailing dot or other path fits, and nothing has to be parsed.
_CERTIFICATE = re.compile(
    r"https://smn\.[a-z0-9-]{1,40}\.myhuaweicloud\.(?:com|eu)/smn/SMN_[\w.-]{1,200}\.pem", re.ASCII
)
_MESSAGE_ID = re.compile(r"[\w-]{1,128}", re.ASCII)
_CONFIRMATION = re.compile(
    r"https://(?:[a-z0-9-]{1,40}-)?console\.huaweicloud\.(?:com|eu)"
    r"/smn/subscription/[\w-]{1,40}\?[\x21-\x7e]{1,2000}",
    re.ASCII,
)


class SmnMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What SMN sends, less the keys that no signature covers."""

    type: Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]
    message: str
    message_id: str
    subject: str | None = None
    subscribe_url: str | None = None
    timestamp: str
    topic_urn: str
    signature: str
    signature_version: Literal["v1"]
    signing_cert_url: str


def parse(body: bytes, topics: Container[str], now: datetime) -> SmnMessage:
    """Read a message, and check all that can be checked without its certificate.

    The signed text joins keys and values by newlines, so a value could pretend to be several. What
    stands behind the message is therefore held to its form: topic and time are never moved.

    Raises:
        NotAuthenticError: it is no message of SMN, of another topic, too old, or names a
            certificate that is not SMN's.
    """
    try:
        message = msgspec.json.decode(body, type=SmnMessage)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise NotAuthenticError("it is no message of SMN") from None
    if message.topic_urn not in topics:
        raise NotAuthenticError("the topic is not allowed")
    if not _MESSAGE_ID.fullmatch(message.message_id):
        raise NotAuthenticError("the message id is not readable")
    try:
        sent = times.parse_rfc3339(message.timestamp)
    except ValueError:
        raise NotAuthenticError("the timestamp is no time") from None
    if not -TOLERANCE <= now - sent <= KEPT + TOLERANCE:
        raise NotAuthenticError("the timestamp is too far from now")
    if not _CERTIFICATE.fullmatch(message.signing_cert_url):
        raise NotAuthenticError("the certificate is not on a host of SMN")
    return message


def verify(message: SmnMessage, certificate: Certificate, now: datetime) -> None:
    """Check who signed it.

    Raises:
        NotAuthenticError: the signature is not that of the certificate, or it has expired.
    """
    if not certificate.is_valid(now):
        raise NotAuthenticError("the certificate has expired, or is not valid yet")
    try:
        signature = base64.b64decode(message.signature, validate=True)
        candidates = [text.encode() for text in _signed(message)]
    except (binascii.Error, ValueError):
        raise NotAuthenticError("the signature is not base64, or a text is not Unicode") from None
    if not any(certificate.has_signed(text, signature) for text in candidates):
        raise NotAuthenticError("the signature does not fit")


def confirmation_url(message: SmnMessage) -> str | None:
    """Where the subscription is confirmed; None where that is not a console of Huawei Cloud."""
    url = message.subscribe_url or ""
    return url if _CONFIRMATION.fullmatch(url) else None


def verified_part(message: SmnMessage) -> str:
    """What the signature covers, as JSON, and nothing else of the message."""
    covered = {key: getattr(message, key) for key in _KEYS["Notification"]}
    return msgspec.json.encode(covered).decode()


_KEYS = {
    "Notification": ("message", "message_id", "subject", "timestamp", "topic_urn", "type"),
    **dict.fromkeys(
        ("SubscriptionConfirmation", "UnsubscribeConfirmation"),
        ("message", "message_id", "subscribe_url", "timestamp", "topic_urn", "type"),
    ),
}


def _signed(message: SmnMessage) -> Iterator[str]:
    """The text that was signed; an empty subject may be a part of it or not."""
    keys = _KEYS[message.type]
    yield _joined(message, keys)
    if not message.subject:
        yield _joined(message, [key for key in keys if key != "subject"])


def _joined(message: SmnMessage, keys: Iterable[str]) -> str:
    return "".join(f"{key}\n{getattr(message, key) or ''}\n" for key in keys)
