"""The restore is sent once: by no layer twice, whatever the other side of the connection does.

Directly, through a proxy for HTTP, and through the tunnel that a proxy makes for HTTPS.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal, NamedTuple, cast

import httpx
import pytest
import stamina
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lastgood.domain.restore import Accepted, Outcome, Refused, Unknown
from lastgood.huawei.auth import Authentication, Proof, TokenProof
from lastgood.huawei.clients import BOUNDS, Bounds, connect
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.ports import CloudError
from tests.support.connected import CANARY, POINTS, REDIS, entry, http_clients, known
from tests.support.raw_server import Behaviour, Connection, RawServer, answer, raw_server

IMPATIENT = Bounds(httpx.Timeout(connect=20, read=0.3, write=20, pool=20))
"""For a server that never answers; all others do, however busy this machine is."""
JOB = b'{"job_id": "20f793fd-2703-4339-bfb5-f1c9065b15c8"}'
EXPIRED = b'{"error_code": "APIGW.0307", "error_msg": "The token must be updated."}'
HOST = "gaussdb-nosql.ap-southeast-1.example"

Way = Literal["directly", "by a proxy", "through a tunnel"]
WAYS: tuple[Way, ...] = ("directly", "by a proxy", "through a tunnel")
each_way = pytest.mark.parametrize("way", WAYS)


class Case(NamedTuple):
    """What the other side does with the PUT, and what that says of the restore."""

    does: str
    behave: Behaviour
    kind: type[Outcome]


def after_reading(*said: bytes) -> Behaviour:
    def behave(connection: Connection) -> None:
        connection.read_request()
        for each in said:
            connection.say(each)

    return behave


def says(does: str, kind: type[Outcome], *said: bytes) -> Case:
    return Case(does, after_reading(*said), kind)


def before_reading(_: Connection) -> None:
    """Close without a look at the body."""


def resets(connection: Connection) -> None:
    connection.read_request()
    connection.reset()


def resets_at_once(connection: Connection) -> None:
    connection.reset()


def resets_in_the_middle(connection: Connection) -> None:
    connection.read_request()
    connection.say(b"HTTP/1.1 202 Accepted\r\nContent-Length: 50\r\n\r\n" + JOB[:20])
    connection.reset()


def is_silent(connection: Connection) -> None:
    connection.read_to_the_end()


CHUNKED = b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n"
GOAWAY = bytes.fromhex("0000080700000000000000000000000000")

CASES = [
    Case("closes after the head", before_reading, Unknown),
    Case("resets after the head", resets_at_once, Unknown),
    Case("resets after the body", resets, Unknown),
    Case("resets in the middle of the answer", resets_in_the_middle, Unknown),
    Case("never answers", is_silent, Unknown),
    says("closes after the body", Unknown),
    says("half a status line", Unknown, b"HTTP/1.1 20"),
    says("half a head", Unknown, b"HTTP/1.1 202 Accepted\r\nContent-"),
    says("no body", Unknown, b"HTTP/1.1 202 Accepted\r\nContent-Length: 50\r\n\r\n"),
    says("half a body", Unknown, answer("202 Accepted", JOB)[:-20]),
    says("half a chunk", Unknown, CHUNKED, b"32\r\n", JOB[:20]),
    says("no last chunk", Unknown, CHUNKED, b"32\r\n", JOB, b"\r\n"),
    says("a chunk of no size", Unknown, CHUNKED, b"zz\r\n", JOB),
    says("100, and closes", Unknown, b"HTTP/1.1 100 Continue\r\n\r\n"),
    says("100 often, and closes", Unknown, b"HTTP/1.1 100 Continue\r\n\r\n" * 20),
    says("103, and closes", Unknown, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    says("101 to another protocol", Unknown, answer("101 Switching", b"", "Upgrade: h2c")),
    says("HTTP/2's GOAWAY", Unknown, GOAWAY),
    says("TLS's alert", Unknown, b"\x15\x03\x01\x00\x02\x02\x28"),
    says("no HTTP", Unknown, b"-ERR unknown command\r\n"),
    says("nothing but line ends", Unknown, b"\r\n\r\n\r\n"),
    says("a head without end", Unknown, b"HTTP/1.1 202 Accepted\r\n" + b"X: y\r\n" * 50_000),
    says("two lengths", Unknown, answer("202 OK", b"", "Content-Length: 2")),
    says("408, which browsers send again", Unknown, answer("408 Late", b"", "Connection: close")),
    says("409", Refused, answer("409 Conflict")),
    says("417", Refused, answer("417 Expectation Failed")),
    says("421, which browsers send again", Refused, answer("421 Misdirected Request")),
    says("425, which browsers send again", Refused, answer("425 Too Early")),
    says("429 for now", Unknown, answer("429 Too Many Requests", b"", "Retry-After: 0")),
    says("503 for now", Unknown, answer("503 Unavailable", b"", "Retry-After: 0")),
    says("500", Unknown, answer("500 Internal Server Error")),
    says("504", Unknown, answer("504 Gateway Timeout")),
    says("301 to itself", Unknown, answer("301 Moved", b"", "Location: ")),
    says("307 to itself", Unknown, answer("307 Temporary", b"", "Location: ?again")),
    says("308 to itself", Unknown, answer("308 Permanent", b"", "Location: ?again")),
    says("303 elsewhere", Unknown, answer("303 See Other", b"", "Location: /v3/jobs")),
    says("401 with a challenge", Refused, answer("401 No", b"", "WWW-Authenticate: Basic")),
    says("401 of a digest", Refused, answer("401 No", b"", 'WWW-Authenticate: Digest nonce="x"')),
    says("407 with a challenge", Refused, answer("407 No", b"", "Proxy-Authenticate: Basic")),
    says("401 of an expired token", Refused, answer("401 No", EXPIRED)),
    says("another protocol to be tried", Accepted, answer("202 OK", JOB, 'Alt-Svc: h2=":443"')),
    says("100 and then 202", Accepted, b"HTTP/1.1 100 Continue\r\n\r\n", answer("202 OK", JOB)),
    says("202 twice", Accepted, answer("202 OK", JOB) * 2),
    says("202 that ends with the connection", Accepted, b"HTTP/1.0 202 OK\r\n\r\n" + JOB),
    says("202 in a chunk", Accepted, CHUNKED, b"32\r\n", JOB, b"\r\n0\r\n\r\n"),
]  # fmt: skip
each_case = pytest.mark.parametrize("case", CASES, ids=[case.does for case in CASES])


class AlwaysAnother:
    """A proof that has another token whenever one is turned down."""

    number = 0

    def mark(self, request: httpx.Request) -> None:
        request.headers["X-Auth-Token"] = f"token-{self.number}"

    def renew(self, refused: httpx.Request) -> bool:
        del refused
        self.number += 1
        return True

    def secrets(self) -> tuple[str, ...]:
        return ()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the host, and the key to it, which no longer hold tomorrow."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    kind = serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    file = tmp_path_factory.mktemp("tls") / "host.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, kind, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    """Try again as often as ever whatever may be tried again."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


class Lines(NamedTuple):
    """What is needed to set up a way: the certificate, and a hand on the environment."""

    certificate: Path
    patch: pytest.MonkeyPatch

    @contextmanager
    def to(
        self, way: Way, behave: Behaviour, proof: Proof | None = None, refusal: bytes = b""
    ) -> Iterator[tuple[RawServer, HuaweiCloud]]:
        """A server that behaves like this, and a cloud that reaches it on this way."""
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate)
        self.patch.setenv("SSL_CERT_FILE", str(self.certificate))
        with raw_server(behave, tls, refusal) as server, http_clients():
            if way != "directly":
                for name in ("NO_PROXY", "no_proxy"):
                    self.patch.delenv(name, raising=False)
                for name in ("http_proxy", "https_proxy"):
                    self.patch.setenv(name, server.url)
            scheme = {"by a proxy": "http", "through a tunnel": "https"}.get(way)
            endpoint = f"{scheme}://{HOST}" if scheme else server.url
            auth = Authentication(proof or TokenProof(CANARY))
            bounds = IMPATIENT if behave is is_silent else BOUNDS
            yield server, connect(entry(endpoint, endpoint), auth, bounds=bounds)

    def restore(
        self, way: Way, behave: Behaviour, proof: Proof | None = None, refusal: bytes = b""
    ) -> tuple[Outcome, RawServer]:
        """Restore on a connection of its own; what came of it, and the server when it is over."""
        with self.to(way, behave, proof, refusal) as (server, cloud):
            outcome = cloud.restore(REDIS, POINTS[1])
        return outcome, server


@pytest.fixture
def lines(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Lines:
    return Lines(certificate, monkeypatch)


# Whatever the other side does


@each_way
@each_case
def test_a_restore_is_sent_once_whatever_comes_back(lines: Lines, way: Way, case: Case) -> None:
    outcome, server = lines.restore(way, case.behave)

    assert server.restores == 1
    assert isinstance(outcome, case.kind)


@each_way
@each_case
def test_a_restore_on_a_kept_connection_is_sent_once(lines: Lines, way: Way, case: Case) -> None:
    with lines.to(way, case.behave) as (server, cloud):
        assert cloud.pitr_policy(REDIS).enabled
        outcome = cloud.restore(REDIS, POINTS[1])
        reads_on(cloud)

    assert server.restores == 1
    assert isinstance(outcome, case.kind)


def reads_on(cloud: HuaweiCloud) -> None:
    """Use the client for something else, which must not bring the restore back."""
    with suppress(CloudError):
        cloud.pitr_policy(REDIS)


@each_way
@each_case
def test_a_restore_is_sent_once_though_there_is_always_another_token(
    lines: Lines, way: Way, case: Case
) -> None:
    outcome, server = lines.restore(way, case.behave, AlwaysAnother())

    assert server.restores == 1
    assert isinstance(outcome, case.kind)


@each_way
def test_a_read_with_a_token_that_has_expired_does_not_take_the_restore_along(
    lines: Lines, way: Way
) -> None:
    with lines.to(way, after_reading(answer("401 No", EXPIRED)), AlwaysAnother()) as (
        server,
        cloud,
    ):
        outcome = cloud.restore(REDIS, POINTS[1])
        assert cloud.pitr_policy(REDIS).enabled

    (put,) = server.requests(b"PUT")
    assert b"token-0" in put
    assert any(b"token-1" in get for get in server.requests(b"GET"))
    assert isinstance(outcome, Refused)


# Connections that end when nobody looks


def ends_after_the_read(connection: Connection) -> None:
    """What comes on a kept connection after all, at the very moment of its end."""
    connection.peer.shutdown(socket.SHUT_RDWR)


@each_way
def test_a_kept_connection_that_ends_as_the_restore_comes_is_not_replaced(
    lines: Lines, way: Way
) -> None:
    for _ in range(20):
        with lines.to(way, ends_after_the_read) as (server, cloud):
            cloud.pitr_policy(REDIS)
            outcome = cloud.restore(REDIS, POINTS[1])

        assert server.restores == 1
        assert isinstance(outcome, Unknown)


# Proxies that make no connection


@pytest.mark.parametrize(
    "refusal",
    [
        answer("407 Proxy Authentication Required", b"", 'Proxy-Authenticate: Basic realm="x"'),
        answer("502 Bad Gateway"),
        answer("503 Unavailable", b"", "Retry-After: 0"),
        answer("302 Found", b"", "Location: https://elsewhere.example/"),
        b"HTTP/1.1 200 Connection established\r\n\r\n\x15\x03\x01\x00\x02\x02\x28",
        b"-ERR\r\n",
    ],
)
def test_a_proxy_that_makes_no_tunnel_is_told_nothing_of_the_restore(
    lines: Lines, refusal: bytes
) -> None:
    outcome, server = lines.restore("through a tunnel", before_reading, refusal=refusal)

    assert not any(b"restore_time" in came or CANARY.encode() in came for came in server.seen)
    assert not isinstance(outcome, Accepted)


def test_a_proxy_that_is_not_there_is_told_nothing(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    with lines.to("through a tunnel", before_reading) as (server, _):
        monkeypatch.setenv("https_proxy", gone)
        cloud = connect(
            entry(f"https://{HOST}", f"https://{HOST}"),
            Authentication(TokenProof("x")),
        )
        outcome = cloud.restore(REDIS, POINTS[1])

    assert isinstance(outcome, Refused)
    assert outcome.code == "not-sent"
    assert not server.requests(b"CONNECT")


@each_way
def test_the_restore_goes_the_way_it_was_told_to(lines: Lines, way: Way) -> None:
    outcome, server = lines.restore(way, after_reading(answer("202 OK", JOB)))

    (put,) = server.requests(b"PUT")
    path = f"/v3/619d3e78f61b4be68bc5aa0b59edcf7b/redis/instances/{REDIS}/pitr"
    start = f"http://{HOST}" if way == "by a proxy" else ""
    assert put.startswith(f"PUT {start}{path} HTTP/1.1\r\n".encode())
    assert len(server.requests(b"CONNECT")) == (way == "through a tunnel")
    assert isinstance(outcome, Accepted)


class _RefusesTunnels(BaseHTTPRequestHandler):
    """A proxy that lets nobody through."""

    def do_CONNECT(self) -> None:
        cast("_Tunnels", self.server).asked += 1
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Tunnels(ThreadingHTTPServer):
    asked = 0


def test_a_proxy_that_refuses_the_tunnel_means_that_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with _Tunnels(("127.0.0.1", 0), _RefusesTunnels) as proxy, http_clients():
        thread = Thread(target=proxy.serve_forever, args=(0.005,))
        thread.start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        endpoint = "https://gaussdb-nosql.somewhere.invalid"

        outcome = connect(entry(endpoint, endpoint), known()).restore(REDIS, POINTS[0])

        proxy.shutdown()
        thread.join()
    assert isinstance(outcome, Refused)
    assert outcome.code == "not-sent"
    assert proxy.asked == 1
