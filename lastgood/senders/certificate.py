"""What a signature is checked with: the RSA key and the dates in an X.509 certificate.

The certificate comes over TLS from a host that is known, so who issued it is not asked. Only what
stands in RFC 5280 before the public key is read (docs/why.md "SMN's certificate").
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from datetime import UTC, datetime

import msgspec

_INTEGER, _BIT_STRING, _VERSION = 0x02, 0x03, 0xA0
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_RSA = bytes.fromhex("06092a864886f70d010101")
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before the digest in PKCS #1 v1.5 (RFC 8017, section 9.2)."""

_SIZES, _EXPONENTS = range(2048, 8193), range(65537, 2**32, 2)


class Certificate(msgspec.Struct, frozen=True):
    """An RSA key and when it may be used."""

    modulus: int
    exponent: int
    not_before: datetime
    not_after: datetime

    def is_valid(self, now: datetime) -> bool:
        """Whether it may be used now."""
        return self.not_before <= now <= self.not_after

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this is its signature over the text: RSASSA-PKCS1-v1_5 with SHA-256.

        What must have been signed is put together whole and compared whole: nothing in the
        signature is parsed that could hold something else.
        """
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            return False
        ending = b"\x00" + _SHA256 + hashlib.sha256(text).digest()
        expected = b"\x00\x01" + b"\xff" * (size - len(ending) - 2) + ending
        recovered = pow(number, self.exponent, self.modulus).to_bytes(size, "big")
        return hmac.compare_digest(recovered, expected)


def read_certificate(pem: bytes) -> Certificate:
    """Read a certificate in PEM; the first one, if there is a chain.

    Raises:
        ValueError: it is none, or its key is not RSA with 2,048 to 8,192 bits.
    """
    first, end, _ = pem.decode("ascii").strip().partition(ssl.PEM_FOOTER)
    ((_, certificate),) = _elements(ssl.PEM_cert_to_DER_cert(first + end))
    body, *_ = _elements(certificate)
    fields = _elements(body[1])
    optional = [tag for tag, _ in fields[:1] if tag == _VERSION]
    _serial, _algorithm, _issuer, validity, _subject, key = fields[len(optional) :][:6]
    not_before, not_after = (_time(*each) for each in _elements(validity[1]))
    modulus, exponent = _rsa_key(key[1])
    return Certificate(modulus, exponent, not_before, not_after)


def _rsa_key(key: bytes) -> tuple[int, int]:
    (_, algorithm), (tag, bits) = _elements(key)
    if not (algorithm.startswith(_RSA) and tag == _BIT_STRING and bits.startswith(b"\x00")):
        raise ValueError("the key is not RSA")
    ((_, numbers),) = _elements(bits[1:])
    (first, modulus), (second, exponent) = _elements(numbers)
    n, e = int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big")
    if {first, second} != {_INTEGER} or n.bit_length() not in _SIZES or e not in _EXPONENTS:
        raise ValueError("the key is too weak or too large")
    return n, e


def _time(tag: int, text: bytes) -> datetime:
    digits = text.decode("ascii")
    if tag == _UTC_TIME:
        digits = ("19" if digits >= "50" else "20") + digits
    elif tag != _GENERALIZED_TIME:
        raise ValueError("a date is of no known kind")
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _elements(der: bytes) -> list[tuple[int, bytes]]:
    """The tags and contents of elements that stand one after another (X.690, section 8.1)."""
    found = []
    while der:
        tag, length, begin = der[0], int.from_bytes(der[1:2], "big"), 2
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(der[2:begin], "big")
        if len(der) < begin + length:
            raise ValueError("an element is cut off")
        found.append((tag, der[begin : begin + length]))
        der = der[begin + length :]
    return found
