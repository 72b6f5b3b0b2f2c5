"""One spelling of every value, so that equal values have equal bytes and equal hashes."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from lastgood.domain.times import Duration

T = TypeVar("T")


def encode(value: object) -> bytes:
    """Write a domain value as JSON with sorted keys; times in RFC 3339, durations as `2m`."""
    return _ENCODER.encode(value)


def decode(data: bytes | str, kind: type[T]) -> T:
    """Read what `encode` wrote.

    Raises:
        msgspec.ValidationError: it has another shape.
        msgspec.DecodeError: it is not JSON.
    """
    return msgspec.json.decode(data, type=kind, dec_hook=read_hook)


def digest(value: object) -> str:
    """The SHA-256 of the canonical JSON, as hex."""
    return hashlib.sha256(encode(value)).hexdigest()


def digest_of_bytes(body: bytes) -> str:
    """The SHA-256 of bytes, as `sha256:` and hex."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def read_hook(kind: type, value: Any) -> Any:
    """Teach msgspec the one type of ours that it does not know."""
    if kind is Duration:
        return Duration.parse(value)
    raise NotImplementedError(kind)


def _write_hook(value: Any) -> Any:
    if isinstance(value, timedelta):
        return str(value)
    raise NotImplementedError(type(value))


# Sorted and not merely deterministic: a struct then has the bytes of the plain data that it is read
# back as, so that a hash can be checked by whoever has only the JSON.
_ENCODER = msgspec.json.Encoder(order="sorted", enc_hook=_write_hook)
