"""The signature: as the shared vectors have it, as the official signer makes it, of what is sent.

Source of the vectors: `tests/vectors/sign-vectors.json`, made by the official signer.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, NamedTuple

import httpx
import pytest
from huaweicloudsdkcore.auth.credentials import (  # type: ignore[import-untyped]  # ships no types
    BasicCredentials,
)
from huaweicloudsdkcore.sdk_request import SdkRequest  # type: ignore[import-untyped]  # the same
from huaweicloudsdkcore.signer.signer import Signer  # type: ignore[import-untyped]  # the same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lastgood.huawei import signing
from lastgood.huawei.auth import Authentication, SignedProof
from lastgood.huawei.credentials import AccessKey

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "sign-vectors.json").read_text()
)["vectors"]
DATE = "20260103T090522Z"
NOW = datetime(2026, 1, 3, 9, 5, 22, tzinfo=UTC)
PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
AK, SK = "AKEXAMPLE0123456789A", "SKexample0123456789abcdefghijklmnopqrstuv"
TRIES = int(os.environ.get("LASTGOOD_SIGNATURES", "1000"))
"""How many random requests are signed; `make fuzz` sets it to 10,000."""

each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])


def encoded(query: Iterable[Sequence[Any]]) -> str:
    return str(httpx.QueryParams([(name, str(value)) for name, value in query]))


def message_of(vector: dict[str, Any]) -> signing.Message:
    query = encoded(vector["query"])
    target = f"{vector['path']}?{query}" if query else vector["path"]
    headers = {"Host": vector["host"], **vector["headers_before_signing"]}
    return signing.Message(vector["method"], target, headers, (vector["body"] or "").encode())


class Wanted(NamedTuple):
    """A request before anybody has encoded any of it, as the official signer takes it."""

    method: str
    host: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes


def officially(wanted: Wanted, access_key: str = AK, secret_key: str = SK) -> str:
    request = SdkRequest(
        method=wanted.method,
        host=wanted.host,
        resource_path=wanted.path,
        query_params=list(wanted.query),
        header_params=dict(wanted.headers),
        body=wanted.body,
    )
    signed = Signer(BasicCredentials(access_key, secret_key, PROJECT)).sign(request)
    authorization: str = signed.header_params["Authorization"]
    return authorization


# The vectors


@each_vector
def test_a_canonical_request_is_that_of_the_vector(vector: dict[str, Any]) -> None:
    canonical = signing.canonical_request(message_of(vector))

    assert canonical == vector["expected"]["canonical_request"]


@each_vector
def test_a_string_to_sign_is_that_of_the_vector(vector: dict[str, Any]) -> None:
    text = signing.string_to_sign(DATE, signing.canonical_request(message_of(vector)))

    assert text == vector["expected"]["string_to_sign"]


@each_vector
def test_a_signature_is_that_of_the_vector(vector: dict[str, Any]) -> None:
    made = signing.authorization(vector["access_key"], vector["secret_key"], message_of(vector))

    assert made == vector["expected"]["authorization"]


def test_the_vectors_are_those_of_the_signer_they_are_compared_with() -> None:
    for vector in VECTORS:
        wanted = Wanted(
            vector["method"],
            vector["host"],
            vector["path"],
            [(name, str(value)) for name, value in vector["query"]],
            vector["headers_before_signing"],
            (vector["body"] or "").encode(),
        )

        assert officially(wanted) == vector["expected"]["authorization"]


# On the wire


class Sent(NamedTuple):
    """A request as a socket received it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@contextmanager
def socket_server() -> Iterator[tuple[str, Queue[bytes]]]:
    """A server that answers 200 to everything, and keeps the very bytes that came."""
    came: Queue[bytes] = Queue()

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                came.put(_read(connection))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            if came.queue[-1] == b"":
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        address = listener.getsockname()
        try:
            yield f"http://127.0.0.1:{address[1]}", came
        finally:
            socket.create_connection(address).close()  # says nothing, which ends the thread
            thread.join()


def _read(connection: socket.socket) -> bytes:
    """Read until the client waits: the head, and as much of a body as it announces."""
    text = b""
    while more := connection.recv(65536):
        text += more
        head, end, body = text.partition(b"\r\n\r\n")
        announced = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-l")]
        if end and len(body) >= int(announced[0].partition(b":")[2] if announced else 0):
            break
    return text


def taken_apart(raw: bytes) -> Sent:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    method, target, version = first.split(" ")
    assert version == "HTTP/1.1"
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    assert len(headers) == len(lines)
    return Sent(method, target, headers, body)


def signed_again(sent: Sent, secret_key: str) -> str:
    """Sign what came by the official signer, taking from the target what a server takes."""
    names = sent.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    path, _, query = sent.target.partition("?")
    wanted = Wanted(
        sent.method,
        sent.headers["host"],
        path,
        list(httpx.QueryParams(query).multi_items()),
        {name: sent.headers[name] for name in names.split(";")},
        sent.body,
    )
    return officially(wanted, secret_key=secret_key)


def proof(vector: dict[str, Any]) -> SignedProof:
    token = vector["headers_before_signing"].get("X-Security-Token", "")
    key = AccessKey(vector["access_key"], vector["secret_key"], token)
    return SignedProof(key, PROJECT, lambda: NOW)


def signing_client(url: str, vector: dict[str, Any]) -> httpx.Client:
    """A client that signs as those of a cloud do."""
    auth = Authentication(proof(vector))
    hooks = {"request": [auth.mark]}
    return httpx.Client(base_url=url, trust_env=False, auth=auth, event_hooks=hooks)


@each_vector
def test_what_a_socket_receives_is_what_was_signed(vector: dict[str, Any]) -> None:
    message = message_of(vector)
    with socket_server() as (url, came), signing_client(url, vector) as client:
        client.request(
            message.method,
            message.target,
            headers=message.headers,
            content=message.body or None,
        )

    sent = taken_apart(came.get())
    made = sent.headers["authorization"]
    assert sent.target == message.target
    assert sent.body == message.body
    assert made == signed_again(sent, vector["secret_key"])
    if "X-Project-Id" in vector["headers_before_signing"]:  # which a proof always sends
        assert made == vector["expected"]["authorization"]


def test_the_slash_at_the_end_is_signed_and_not_sent() -> None:
    vector = VECTORS[0]

    with socket_server() as (url, came), signing_client(url, vector) as client:
        client.get("/v3/x")

    sent = taken_apart(came.get())
    assert sent.target == "/v3/x"
    signed = signing.canonical_request(signing.Message("GET", sent.target, sent.headers))
    assert signed.split("\n")[1] == "/v3/x/"


def test_a_port_that_is_not_the_schemes_own_is_signed_with_the_host() -> None:
    with socket_server() as (url, came), signing_client(url, VECTORS[0]) as client:
        client.get("/")

    sent = taken_apart(came.get())
    assert sent.headers["host"] == url.removeprefix("http://")
    assert sent.headers["authorization"] == signed_again(sent, SK)


# Any request at all

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
TRICKY = st.sampled_from(
    ["", "~", "+", " ", "a b", "%2F", "%", "%zz", "=", "&", "/", "ü", "\U0001f409", "*", "'", "\\"]
)
SEGMENTS = st.text("abcXYZ019-_.~ +%&=;:@!$'()*,üß漢", max_size=6) | TRICKY | TEXT
NAMES = st.from_regex(r"[Xx]-[A-Za-z0-9-]{1,6}", fullmatch=True)
VALUES = st.text("abc019 ,;=:/+~%\"'\t", max_size=12).map(str.strip)
BODIES = st.binary(max_size=30) | TEXT.map(str.encode)
PAIRS = st.lists(st.tuples(TRICKY | TEXT, TRICKY | TEXT), max_size=5)


@st.composite
def requests(draw: st.DrawFn) -> Wanted:
    path = "/" + "/".join(draw(st.lists(SEGMENTS, max_size=4))).lstrip("/")  # // begins a host
    path = path.replace("?", "%3F").replace("#", "%23")  # as in any path of any client
    query = draw(PAIRS)
    query += [(name, draw(TEXT)) for name, _ in query[:1]]  # a name a second time
    headers = {name.lower(): value for name, value in draw(st.dictionaries(NAMES, VALUES)).items()}
    headers |= {"X-Sdk-Date": DATE, "Content-Type": "application/json"}
    method = draw(st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "get"]))
    return Wanted(method, "127.0.0.1:8080", path, query, headers, draw(BODIES))


many = settings(max_examples=TRIES, suppress_health_check=[HealthCheck.too_slow], database=None)


@many
@given(requests())
def test_any_request_of_httpx_is_signed_as_the_official_signer_signs_it(wanted: Wanted) -> None:
    url = httpx.URL("http://127.0.0.1:8080", path=wanted.path)
    request = httpx.Request(
        wanted.method,
        url,
        params=encoded(wanted.query),
        headers=wanted.headers,
        content=wanted.body,
    )

    SignedProof(AccessKey(AK, SK), PROJECT, lambda: NOW).mark(request)

    sent_path = request.url.raw_path.decode().partition("?")[0]
    with_project = wanted.headers | {"X-Project-Id": PROJECT}
    assert request.headers["Authorization"] == officially(
        wanted._replace(path=sent_path, headers=with_project)
    )


@settings(many, max_examples=TRIES // 10)
@given(requests(), st.sampled_from(["", " ", "  ", "\t"]), st.sampled_from(["", " ", " \t"]))
def test_space_around_a_header_is_none_of_what_is_signed(
    wanted: Wanted, before: str, behind: str
) -> None:
    spaced = {name: f"{before}{value}{behind}" for name, value in wanted.headers.items()}
    spaced["Content-Type"] = "application/json"  # the official one changes requests of other types
    spaced |= {"X-Sdk-Date": DATE, "Host": wanted.host, "a_b": "no proxy lets it pass"}
    query = encoded(wanted.query)
    target = httpx.URL("http://x", path=wanted.path).raw_path.decode()
    message = signing.Message(wanted.method, f"{target}?{query}", spaced, wanted.body)

    made = signing.authorization(AK, SK, message)

    assert made == officially(wanted._replace(path=target, headers=spaced))
    assert "a_b" not in made
