from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from lastgood.senders.certificate import read_certificate
from tests.support.smn import KEY, NOW, certificate

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "smn-vectors.json").read_text(encoding="utf-8")
)
OURS = read_certificate(certificate())
SIZE = 256


def signed(text: bytes) -> bytes:
    return KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())


def library_agrees(text: bytes, signature: bytes) -> bool:
    try:
        KEY.public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("vector", VECTORS["messages"], ids=lambda vector: vector["name"])
def test_a_vector_is_valid_exactly_as_marked(vector: dict[str, Any]) -> None:
    vendor = read_certificate(VECTORS["signing_cert_pem"].encode())
    signature = base64.b64decode(vector["body"]["signature"])

    assert vendor.has_signed(vector["string_to_sign"].encode(), signature) is vector["valid"]


@given(st.binary(max_size=300))
def test_whatever_was_signed_is_accepted(text: bytes) -> None:
    assert OURS.has_signed(text, signed(text))


@given(st.integers(0, SIZE - 1), st.integers(1, 255))
def test_a_signature_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    forged = bytearray(signed(b"text"))
    forged[place] ^= change

    assert not OURS.has_signed(b"text", bytes(forged))
    assert not library_agrees(b"text", bytes(forged))


@given(st.one_of(st.binary(max_size=300), st.binary(min_size=SIZE, max_size=SIZE)))
def test_what_is_no_signature_is_refused_and_raises_nothing(signature: bytes) -> None:
    assert not OURS.has_signed(b"text", signature)


def test_a_padding_that_a_lenient_parser_would_accept_is_refused() -> None:
    """Garbage behind the digest, as in the forgeries of 2006; made with the private key."""
    numbers = KEY.private_numbers()
    modulus = numbers.public_numbers.n
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"text")
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest.finalize()
    block = b"\x00\x01" + b"\xff" * 8 + b"\x00" + info
    block += b"\x00" * (SIZE - len(block))
    forged = pow(int.from_bytes(block, "big"), numbers.d, modulus).to_bytes(SIZE, "big")

    assert not OURS.has_signed(b"text", forged)


def test_a_signature_of_another_number_that_is_equal_by_the_modulus_is_refused() -> None:
    number = int.from_bytes(signed(b"text"), "big") + OURS.modulus
    if number.bit_length() <= SIZE * 8:
        assert not OURS.has_signed(b"text", number.to_bytes(SIZE, "big"))
    assert not OURS.has_signed(b"text", number.to_bytes(SIZE + 1, "big"))


def test_key_and_dates_are_those_of_the_certificate() -> None:
    public = KEY.public_key().public_numbers()

    assert (OURS.modulus, OURS.exponent) == (public.n, public.e)
    assert OURS.not_before == NOW - timedelta(days=1)
    assert OURS.not_after == NOW + timedelta(days=365)


def test_dates_of_both_kinds_are_read() -> None:
    long_lived = certificate(
        begins=datetime(1999, 12, 31, tzinfo=UTC), ends=datetime(2071, 1, 2, tzinfo=UTC)
    )

    read = read_certificate(long_lived)

    assert (read.not_before.year, read.not_after.year) == (1999, 2071)


def test_of_a_chain_the_first_certificate_counts() -> None:
    other = certificate(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    assert read_certificate(certificate() + other) == OURS


@pytest.mark.parametrize(
    "weak",
    [
        rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505 - the case
        rsa.generate_private_key(public_exponent=3, key_size=2048),
        ec.generate_private_key(ec.SECP256R1()),
    ],
    ids=["1024-bits", "exponent-3", "no-rsa"],
)
def test_a_key_that_is_weak_or_of_another_kind_is_refused(weak: Any) -> None:
    with pytest.raises(ValueError, match="the key is"):
        read_certificate(certificate(weak))


@given(st.binary(max_size=200))
def test_what_is_no_certificate_is_a_value_error(body: bytes) -> None:
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(body) + b"\n-----END CERTIFICATE-----"
    for text in (body, pem):
        with pytest.raises(ValueError):  # noqa: PT011 - whichever: the caller catches them all
            read_certificate(text)


@given(st.data())
def test_a_certificate_that_was_changed_is_read_or_is_a_value_error(data: st.DataObject) -> None:
    lines = certificate().splitlines()
    der = bytearray(base64.b64decode(b"".join(lines[1:-1])))
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.sampled_from([len(der), len(der) // 2]))
    pem = b"\n".join((lines[0], base64.b64encode(bytes(der[:cut])), lines[-1]))
    try:
        read = read_certificate(pem)
    except ValueError:
        return
    assert not read.has_signed(b"text", b"x" * SIZE)
