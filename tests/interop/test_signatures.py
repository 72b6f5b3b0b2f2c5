"""What the official signer signed, the gateway accepts; and lastgood signs alike.

SIGNATURE_EXAMPLES makes it try so many random requests, other ones each time; the tests always try
the same few.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastgood.huawei import signing
from sandbox.huawei.access.gateway import Gateway
from sandbox.huawei.access.signatures import Authorization, canonical_request, sign
from sandbox.huawei.access.tokens import Tokens
from sandbox.huawei.wire.answers import AnswerError
from sandbox.huawei.wire.records import RequestRecord
from tests.interop.official import Key, Official

# The SDK signs with it on Python 3.12 and later, where it is deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

DOCUMENT = json.loads(
    (Path(__file__).parents[1] / "vectors" / "sign-vectors.json").read_text("utf-8")
)
VECTORS = pytest.mark.parametrize("vector", DOCUMENT["vectors"], ids=lambda vector: vector["name"])
SIGNED_AT = datetime(2026, 1, 3, 9, 5, 22, tzinfo=UTC)


def request_of(vector: dict[str, Any]) -> RequestRecord:
    """The request as it would arrive."""
    expected = vector["expected"]
    return RequestRecord(
        service="rds" if vector["host"].startswith("rds") else "geminidb",
        operation="unknown",
        method=vector["method"],
        target=expected["request_uri_sent"],
        query=MappingProxyType({}),
        headers={name.lower(): value for name, value in expected["headers_sent"].items()},
        body=(vector["body"] or "").encode(),
        at=SIGNED_AT,
    )


def gateway_for(vector: dict[str, Any]) -> Gateway:
    """A gateway that knows the key, at the moment of the signature."""
    gateway = Gateway(Tokens(), lambda: SIGNED_AT)
    security_token = vector["headers_before_signing"].get("X-Security-Token")
    gateway.add_access_key(vector["access_key"], vector["secret_key"], security_token, None)
    return gateway


def test_there_are_vectors() -> None:
    assert len(DOCUMENT["vectors"]) == 6
    assert DOCUMENT["fixed_time_X_Sdk_Date"] == f"{SIGNED_AT:%Y%m%dT%H%M%SZ}"


@VECTORS
def test_the_canonical_request_is_that_of_the_official_signer(vector: dict[str, Any]) -> None:
    request = request_of(vector)
    authorization = Authorization.read(vector["expected"]["authorization"])
    assert authorization is not None

    canonical = canonical_request(
        request.method, request.target, request.headers, authorization.signed_headers, request.body
    )

    assert canonical == vector["expected"]["canonical_request"]
    signature = sign(vector["secret_key"], request.headers["x-sdk-date"], canonical)
    assert signature == authorization.signature


@VECTORS
def test_the_gateway_accepts_what_the_official_signer_signed(vector: dict[str, Any]) -> None:
    caller = gateway_for(vector).identify(request_of(vector))

    assert caller.name == vector["access_key"]


@VECTORS
@pytest.mark.parametrize("header", ["host", "x-sdk-date"])
def test_the_gateway_refuses_a_request_that_was_changed_on_the_way(
    vector: dict[str, Any], header: str
) -> None:
    request = request_of(vector)
    changed = {"host": "elsewhere.example.com", "x-sdk-date": "20260103T090523Z"}
    tampered = replace(request, headers={**request.headers, header: changed[header]})

    with pytest.raises(AnswerError) as refused:
        gateway_for(vector).identify(tampered)

    assert b"verify aksk signature fail" in refused.value.answer.body


EXAMPLES = os.environ.get("SIGNATURE_EXAMPLES")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VISIBLE = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


@dataclass(frozen=True)
class Unsigned:
    """A request as it is before it is signed; path and query not yet encoded."""

    method: str
    host: str
    segments: list[str]
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: str
    key: Key


UNSIGNED = st.builds(
    Unsigned,
    method=st.sampled_from(["GET", "PUT", "POST"]),
    host=st.sampled_from(["rds.ap-southeast-1.myhuaweicloud.com", "127.0.0.1:8080"]),
    segments=st.lists(TEXT, max_size=4),
    query=st.lists(st.tuples(TEXT, TEXT), max_size=4),
    headers=st.dictionaries(
        st.sampled_from(["Content-Type", "X-Project-Id", "X-Language", "x-odd"]),
        st.one_of(st.just("application/json"), VISIBLE, VISIBLE.map(lambda text: f" {text}  b ")),
    ).map(lambda headers: headers | {"Content-Type": "application/json"}),
    body=TEXT,
    key=st.builds(
        Key,
        access_key=st.text("ABCDEFGHIJ0123456789", min_size=1, max_size=20),
        secret_key=st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1),
        security_token=st.none() | st.just("gQpjbi1zb3V0aC0xCANARY=="),
    ),
)


def signed_officially(sdk: Official, unsigned: Unsigned) -> Any:
    """The SDK's request, signed; its header values are then as they travel, a character a byte."""
    token = unsigned.key.security_token
    headers = unsigned.headers | {"X-Sdk-Date": f"{SIGNED_AT:%Y%m%dT%H%M%SZ}"}
    request = sdk.request.SdkRequest(
        method=unsigned.method,
        schema="https",
        host=unsigned.host,
        resource_path="/" + "/".join(quote(segment, safe="") for segment in unsigned.segments),
        query_params=list(unsigned.query),
        header_params=headers | ({} if token is None else {"X-Security-Token": token}),
        body=unsigned.body,
    )
    credentials = sdk.credentials.BasicCredentials(unsigned.key.access_key, unsigned.key.secret_key)
    return sdk.signer.Signer(credentials).sign(request)


@settings(
    max_examples=int(EXAMPLES or 300),
    derandomize=not EXAMPLES,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(unsigned=UNSIGNED)
def test_whatever_the_official_signer_signs_is_signed_alike_and_accepted(
    sdk: Official, unsigned: Unsigned
) -> None:
    theirs = signed_officially(sdk, unsigned)
    sent = {name.lower(): value for name, value in theirs.header_params.items()}
    body = unsigned.body.encode()
    key = unsigned.key

    named = {name: value.encode("latin-1").decode() for name, value in sent.items()}
    official = named.pop("authorization")
    message = signing.Message(unsigned.method, theirs.uri, named, body)
    assert signing.authorization(key.access_key, key.secret_key, message) == official

    gateway = Gateway(Tokens(), lambda: SIGNED_AT)
    gateway.add_access_key(key.access_key, key.secret_key, key.security_token, None)
    arrived = RequestRecord(
        service="geminidb",
        operation="unknown",
        method=unsigned.method,
        target=theirs.uri,
        query=MappingProxyType({}),
        headers=sent,
        body=body,
        at=SIGNED_AT,
    )
    assert gateway.identify(arrived).name == key.access_key
