"""Verification of the signature `SDK-HMAC-SHA256`, as the gateway does it.

Written from the description (docs/facts/huawei.md "Credentials"), independent of lastgood's own
signer: with the same code on both sides, a mistake in it would not show. A str that was received
holds one character for each byte (latin-1), so that exactly the received bytes are hashed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, quote, unquote

__all__ = ["ALGORITHM", "Authorization", "canonical_request", "sign"]

ALGORITHM = "SDK-HMAC-SHA256"

# Not str.strip(): any other white space may be one byte of a longer character.
_BLANK = " \t"

_HEADER = re.compile(
    rf"{ALGORITHM} Access=(?P<access_key>[^\s,]+), ?"
    r"SignedHeaders=(?P<signed>[^\s,]+), ?"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The content of the header `Authorization` of a signed request."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)

    @classmethod
    def read(cls, header: str) -> Self | None:
        """Parse the header; None when it has another form."""
        match = _HEADER.fullmatch(header)
        if match is None:
            return None
        return cls(match["access_key"], tuple(match["signed"].split(";")), match["signature"])


def canonical_request(
    method: str, target: str, headers: Mapping[str, str], signed: tuple[str, ...], body: bytes
) -> str:
    """Return the canonical request that both sides hash.

    `target` is path and query as received; header names are lower-case. Raises KeyError when the
    request lacks a signed header.
    """
    path, _, query = target.partition("?")
    names = sorted(name.lower() for name in signed)
    return "\n".join(
        (
            method.upper(),
            _canonical_path(path),
            _canonical_query(query),
            *(f"{name}:{headers[name].strip(_BLANK)}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        )
    )


def sign(secret_key: str, date: str, canonical: str) -> str:
    """Sign a canonical request; `date` is the value of `X-Sdk-Date`."""
    digest = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    to_sign = f"{ALGORITHM}\n{date}\n{digest}"
    return hmac.new(secret_key.encode(), to_sign.encode("latin-1"), hashlib.sha256).hexdigest()


def _canonical_path(path: str) -> str:
    encoded = quote(unquote(path, "latin-1"), safe="/~", encoding="latin-1")
    return encoded if encoded.endswith("/") else f"{encoded}/"


def _canonical_query(query: str) -> str:
    """Sort and encode the parameters of a query; a bare `+` is a space."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True, encoding="latin-1"))
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in pairs)


def _encode(text: str) -> str:
    return quote(text, safe="~", encoding="latin-1")
