"""Answers before anybody reads them: bounded, unpacked, and with no secret in them."""

from __future__ import annotations

import gzip
import html
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.huawei.errors import read_fault
from lastgood.huawei.redaction import (
    HIDDEN,
    Bounds,
    UnusableResponseError,
    drop_reason_phrase,
    redact,
)

SECRET = "MIIF/canary+token=&<\"'\\ü\U0001f409 end"
PLAIN = "MIIF-canary-token"
BOUNDS = Bounds()


class Chunks(httpx.SyncByteStream):
    """A body in pieces that notes how many were taken."""

    def __init__(
        self, chunks: Sequence[bytes] | Iterator[bytes], end: Exception | None = None
    ) -> None:
        self.chunks = iter(chunks)
        self.end = end
        self.taken = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.taken += 1
            yield chunk
        if self.end:
            raise self.end

    def close(self) -> None:
        self.closed = True


def came(
    body: Chunks | bytes,
    secrets: Sequence[str] = (PLAIN,),
    status: int = 200,
    bounds: Bounds = BOUNDS,
    **headers: str,
) -> httpx.Response:
    """A response that is redacted; its body waits to be read."""
    chunks = body if isinstance(body, Chunks) else Chunks([body])
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = httpx.Request("GET", "https://x/")
    response = httpx.Response(status, stream=chunks, headers=named, request=request)
    redact(response, secrets, bounds)
    return response


def read(response: httpx.Response) -> bytes:
    return response.read()


# Bounds


def test_an_ordinary_body_comes_as_it_was_sent() -> None:
    assert read(came(Chunks([b'{"jobs"', b"", b": []}"]))) == b'{"jobs": []}'


def test_the_largest_body_is_read_and_one_byte_more_is_not() -> None:
    assert len(read(came(b"x" * Bounds().size))) == Bounds().size
    with pytest.raises(UnusableResponseError, match="more than"):
        read(came(b"x" * (Bounds().size + 1)))


def test_a_body_without_end_is_read_no_further_than_its_bound() -> None:
    endless = Chunks(iter(lambda: b"x" * 65536, b""))

    with pytest.raises(UnusableResponseError):
        read(came(endless))

    assert endless.taken * 65536 <= Bounds().size + 65536


def test_a_body_that_trickles_in_is_given_up() -> None:
    moments = iter(range(0, 10**6, 25))
    bounds = Bounds(clock=lambda: next(moments))
    trickle = Chunks(iter(lambda: b"x", b""))

    with pytest.raises(UnusableResponseError, match="60 seconds"):
        read(came(trickle, bounds=bounds))

    assert trickle.taken == 3


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-unknown"])
def test_a_packed_body_is_refused_before_any_of_it_is_read(coding: str) -> None:
    bomb = Chunks([gzip.compress(b"x" * 1000)])

    with pytest.raises(UnusableResponseError, match="compressed"):
        read(came(bomb, Content_Encoding=coding))

    assert bomb.taken == 0


def test_a_body_that_says_it_is_not_packed_is_taken_for_what_it_is() -> None:
    assert read(came(b"{}", Content_Encoding="identity")) == b"{}"


@pytest.mark.parametrize("status", [200, 202, 400, 403, 500])
def test_what_cannot_be_read_is_no_answer(status: int) -> None:
    broken = Chunks([b"{"], httpx.ReadError("dropped"))

    with pytest.raises(httpx.ReadError):
        read(came(broken, status=status))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Chunks([b"{"], httpx.ReadError("dropped")),
        lambda: Chunks([b"{"], httpx.ReadTimeout("slow")),
        lambda: Chunks(iter(lambda: b"x" * 65536, b"")),
    ],
    ids=["dropped", "slow", "endless"],
)
def test_a_401_says_no_even_where_its_reason_cannot_be_read(make: Callable[[], Chunks]) -> None:
    assert read(came(make(), status=401)) == b""
    assert read(came(b"\x1f\x8b", status=401, Content_Encoding="gzip")) == b""


def test_the_connection_is_given_back_in_the_end() -> None:
    body = Chunks([b"{}"])

    read(came(body))

    assert body.closed


def test_the_sender_does_not_choose_the_codec() -> None:
    response = came(b"{}", Content_Type="text/plain; charset=zlib")

    response.read()

    assert response.text == "{}"


# Secrets


def spelt(secret: str) -> dict[str, str]:
    """A secret in the ways in which one could be repeated."""
    slashed = json.dumps(secret).replace("/", r"\/")[1:-1]
    gson = "".join(rf"\u{ord(c):04x}" if c in "<>&='" else c for c in json.dumps(secret)[1:-1])
    utf16 = secret.encode("utf-16-be").hex()
    units = [utf16[at : at + 4] for at in range(0, len(utf16), 4)]
    return {
        "as it is": json.dumps(secret, ensure_ascii=False)[1:-1],
        "in ASCII": json.dumps(secret)[1:-1],
        "with its slashes escaped": slashed,
        "as gson writes it": gson,
        "all escaped": "".join(rf"\u{unit}" for unit in units),
        "all escaped, in capitals": "".join(rf"\u{unit.upper()}" for unit in units),
        "in a URL": quote(secret, safe=""),
        "in a URL, but for slashes": quote(secret),
        "in a URL, in small letters": "".join(
            part.lower() if part.startswith("%") else part for part in quoted(secret)
        ),
        "all of it in a URL": "".join(f"%{byte:02X}" for byte in secret.encode()),
        "in HTML": json.dumps(html.escape(secret))[1:-1],
        "in HTML by number": "".join(f"&#{ord(c)};" for c in secret),
        "in JSON that is in JSON": json.dumps(json.dumps(secret))[1:-1],
        "in a URL that is in JSON in JSON": json.dumps(json.dumps(quote(secret)))[1:-1],
    }


def quoted(secret: str) -> list[str]:
    return [quote(c, safe="") for c in secret]


SPELLINGS = [
    pytest.param(secret, text, id=f"{how}{'' if secret == PLAIN else ', of a strange one'}")
    for secret in (PLAIN, SECRET)
    for how, text in spelt(secret).items()
]


def readings(text: str) -> str:
    """All that a person could read out of a text, by undoing what was done to it."""
    found = [text]
    for _ in range(3):
        text = html.unescape(text)
        found.append(text)
        text = httpx.QueryParams(f"x={quote(text, safe='%')}")["x"]
        found.append(text)
        text = json.loads(f'"{text}"') if '"' not in text.replace(r"\"", "") else text
        found.append(text)
    return "\n".join(found)


@pytest.mark.parametrize(("secret", "text"), SPELLINGS)
def test_a_secret_is_hidden_in_every_spelling(secret: str, text: str) -> None:
    body = f'{{"error_code": "APIGW.0301", "error_msg": "no {text} here"}}'

    found = read(came(body.encode(), [secret], status=401))

    told = read_fault(401, found, {}).text
    assert HIDDEN.encode() in found
    for shown in (found.decode(), told):
        assert secret not in readings(shown)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 16])
@pytest.mark.parametrize(("secret", "text"), SPELLINGS[::4])
def test_a_secret_that_comes_in_pieces_is_hidden(secret: str, text: str, size: int) -> None:
    body = f'{{"error_msg": "no {text} here"}}'.encode()
    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    found = read(came(Chunks(pieces), [secret]))

    assert secret not in readings(found.decode())


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_a_secret_is_hidden_in_every_codec_that_json_may_come_in(codec: str) -> None:
    body = json.dumps({"error_msg": PLAIN}, ensure_ascii=False).encode(codec)

    assert PLAIN not in read(came(body)).decode(codec, "replace")


@given(st.text(min_size=8), st.binary(max_size=20), st.binary(max_size=20))
def test_whatever_the_secret_is_it_is_hidden_in_whatever_stands_around_it(
    secret: str, before: bytes, behind: bytes
) -> None:
    encodable = secret.encode("utf-8", "replace").decode()

    found = read(came(before + encodable.encode() + behind, [encodable]))

    assert encodable not in found.decode(errors="replace") or encodable in HIDDEN


@given(st.binary(max_size=200))
def test_what_holds_no_secret_is_left_as_it_is(body: bytes) -> None:
    assert read(came(body)) == body


def test_several_secrets_are_hidden_at_once_and_none_is_looked_for_in_vain() -> None:
    found = read(came(b"first-secret second-secret", ["first-secret", "", "second-secret"]))

    assert found == f"{HIDDEN} {HIDDEN}".encode()


def test_what_is_too_short_to_be_a_secret_hides_nothing() -> None:
    assert read(came(b'{"jobs": []}', ["jobs", "", "[]"])) == b'{"jobs": []}'


@pytest.mark.parametrize("text", [PLAIN, f"no {PLAIN} here", quote(PLAIN).replace("-", "%2D")])
def test_a_secret_is_hidden_in_the_headers_as_well(text: str) -> None:
    response = came(b"", X_Request_Id=text, X_Other=text)

    assert PLAIN not in httpx.QueryParams(f"x={response.headers['X-Request-Id']}")["x"]
    assert PLAIN not in f"{response.headers} {response.headers.raw}"


def test_a_header_that_is_said_twice_is_hidden_twice() -> None:
    request = httpx.Request("GET", "https://x/")
    twice = [("X-A", PLAIN), ("X-A", f"b {PLAIN}")]
    response = httpx.Response(200, headers=twice, stream=Chunks([]), request=request)

    redact(response, [PLAIN], Bounds())

    assert PLAIN not in str(response.headers.raw)


def test_the_reason_phrase_is_not_repeated() -> None:
    request = httpx.Request("GET", "https://x/")
    phrase = {"reason_phrase": PLAIN.encode()}
    response = httpx.Response(401, stream=Chunks([]), request=request, extensions=phrase)

    redact(response, [PLAIN], Bounds())

    assert PLAIN not in f"{response!r} {response.reason_phrase}"


def test_the_line_that_httpx_logs_is_left_without_the_phrase() -> None:
    said = ("GET", "https://x/", "HTTP/1.1", 401, PLAIN)
    record = logging.LogRecord(
        "httpx", logging.INFO, __file__, 1, 'HTTP Request: %s %s "%s %d %s"', said, None
    )

    assert drop_reason_phrase(record)

    assert record.getMessage() == 'HTTP Request: GET https://x/ "HTTP/1.1 401 "'


def test_any_other_line_of_httpx_is_left_alone() -> None:
    record = logging.LogRecord("httpx", logging.INFO, __file__, 1, "hello %s", ("x",), None)

    assert drop_reason_phrase(record)

    assert record.getMessage() == "hello x"
