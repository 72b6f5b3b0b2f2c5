"""The Fetcher against a server with TLS: what it reads, and what it does not follow."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from lastgood.huawei.documents import LARGEST, HttpsFetcher
from lastgood.ports import FetchError
from tests.support.smn import KEY

ANSWERS: dict[str, tuple[int, bytes]] = {
    "/largest": (200, b"x" * LARGEST),
    "/larger": (200, b"x" * (LARGEST + 1)),
    "/gone": (404, b"gone"),
    "/moved": (302, b""),
}


class Served(BaseHTTPRequestHandler):
    """Answers by its path; `/slow` never."""

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(5)
            return
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Location", "/largest")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the server, with its key beside it."""
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    ends = now + timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, now - timedelta(1), ends)
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = builder.add_extension(host, critical=False).sign(KEY, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture(scope="module")
def url(authority: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["/largest", "/gone", "/moved"])
def test_an_answer_is_what_was_sent_and_a_redirect_is_not_followed(
    authority: Path, url: str, path: str
) -> None:
    assert HttpsFetcher(str(authority)).fetch(url + path) == ANSWERS[path]


def test_more_than_the_limit_is_an_error(authority: Path, url: str) -> None:
    with pytest.raises(FetchError, match="more than"):
        HttpsFetcher(str(authority)).fetch(f"{url}/larger")


def test_a_server_that_is_slow_is_given_up(authority: Path, url: str) -> None:
    began = time.monotonic()

    with pytest.raises(FetchError, match="ReadTimeout"):
        HttpsFetcher(str(authority)).fetch(f"{url}/slow")

    assert time.monotonic() - began < 4


def test_a_server_whose_certificate_nobody_vouches_for_is_not_read(url: str) -> None:
    with pytest.raises(FetchError, match="SSLError"):
        HttpsFetcher().fetch(f"{url}/largest")


def test_a_server_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FetchError):
        HttpsFetcher().fetch("https://127.0.0.1:9/largest")
