"""The signature `SDK-HMAC-SHA256`, by which a request shows that its sender holds an access key.

Pure: from what is sent to what is signed. AWS's scheme looks alike and cannot serve, because this
one uses the raw secret key. Source: docs/facts/huawei.md "Credentials".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode

ALGORITHM = "SDK-HMAC-SHA256"
DATE = "X-Sdk-Date"


class Message(NamedTuple):
    """What is sent: the target as it travels, the headers to sign, the very bytes of the body."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


def authorization(access_key: str, secret_key: str, message: Message) -> str:
    """The value of `Authorization`; `X-Sdk-Date` must be among the headers of the message.

    The access key names the key and travels; the secret key signs and never does.
    """
    named = _lowered(message.headers)
    text = string_to_sign(named[DATE.lower()], canonical_request(message))
    signature = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    signed = ";".join(sorted(named))
    return f"{ALGORITHM} Access={access_key}, SignedHeaders={signed}, Signature={signature}"


def canonical_request(message: Message) -> str:
    """The message in the one spelling that both sides sign."""
    path, _, query = message.target.partition("?")
    named = _lowered(message.headers)
    lines = [
        message.method.upper(),
        _canonical_path(path),
        _canonical_query(query),
        *(f"{name}:{value}" for name, value in sorted(named.items())),
        "",
        ";".join(sorted(named)),
        hashlib.sha256(message.body).hexdigest(),
    ]
    return "\n".join(lines)


def string_to_sign(date: str, canonical: str) -> str:
    """What the secret key is applied to."""
    return "\n".join([ALGORITHM, date, hashlib.sha256(canonical.encode()).hexdigest()])


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by lower-cased name; proxies drop those with an underscore, so none is signed."""
    return {name.lower(): value.strip() for name, value in headers.items() if "_" not in name}


def _canonical_path(path: str) -> str:
    """Each segment encoded again; the slash at the end is in the signature only."""
    encoded = quote(unquote(path), safe="/~")
    return encoded if encoded.endswith("/") else f"{encoded}/"


def _canonical_query(query: str) -> str:
    """The pairs, sorted before they are encoded, because that is how the service sorts."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return urlencode(pairs, safe="~", quote_via=quote)
