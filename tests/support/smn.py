"""SMN with a key of our own: certificates and signed messages."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sandbox.senders.smn import covered

TOPIC = "urn:smn:eu-west-101:619d3e78f61b4be68bc5aa0b59edcf7b:pitr-alarms"
URL = "https://smn.eu-west-101.myhuaweicloud.eu/smn/SMN_eu-west-101_0123456789abcdef.pem"
CONFIRM = "https://console.huaweicloud.com/smn/subscription/confirm?token=0123&topic_urn=x"
NOW = datetime(2026, 2, 17, 11, 54, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(
    key: Any = KEY,
    begins: datetime = NOW - timedelta(days=1),
    ends: datetime = NOW + timedelta(days=365),
) -> bytes:
    """A self-signed certificate of a key, in PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smn.example")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, begins, ends)
    made = builder.sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def sign(text: str) -> str:
    """The signature of SMN over a text."""
    made = KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(made).decode()


def message(**changed: Any) -> dict[str, Any]:
    """A message that was signed after it was changed; None leaves a key out."""
    body = {
        "signature_version": "v1",
        "topic_urn": TOPIC,
        "signing_cert_url": URL,
        "timestamp": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "type": "Notification",
        "message_id": "a" * 32,
        "subject": "[Cloud Eye]Alarm",
        "message": '{"alarm_status": "alarm"}',
        "unsubscribe_url": "https://console.huaweicloud.com/smn/subscription/unsubscribe?x",
    } | changed
    body = {key: value for key, value in body.items() if value is not None}
    return {**body, "signature": sign(covered(body))}


def confirmation(**changed: Any) -> dict[str, Any]:
    """A message that asks to confirm a subscription."""
    asks = {"type": "SubscriptionConfirmation", "subject": None, "subscribe_url": CONFIRM}
    return message(**asks | changed)


def encoded(body: dict[str, Any]) -> bytes:
    """The message as it is sent."""
    return json.dumps(body).encode()
