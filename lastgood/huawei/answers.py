"""Answers made harmless before anybody reads them: bounded, and with no secret in them.

A gateway repeats what it was sent when it explains a bad signature, temporary token and all, and
whatever is read here may end up in a log, an event or the journal.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from http import HTTPStatus
from urllib.parse import quote

import httpx

LARGEST = 4 * 1024 * 1024
"""Bytes. The longest list that is asked for, 100 rows, takes a hundredth of that."""
LONGEST = 60.0
"""Seconds for a whole body: a read timeout alone lets one trickle in for ever."""
SHORTEST_SECRET = 8
"""What is shorter than that would be found in any text."""
HIDDEN = "(secret)"

KNOWN_STATUSES = frozenset(HTTPStatus)


class UnusableAnswerError(httpx.TransportError):
    """An answer that is not read to its end: too large, too slow, or packed."""


def tame(response: httpx.Response, secrets: Sequence[str]) -> None:
    """Prepare an answer whose body has not been read yet."""
    for name, value in response.headers.items():
        if (hidden := _hide(value.encode(), secrets)) != value.encode():
            response.headers[name] = hidden.decode()
    response.encoding = "utf-8"  # the sender would choose the codec, and some are for no text
    if response.headers.pop("Content-Encoding", "identity") != "identity":
        # Nobody asked for it, and a small archive can hold a body without end.
        raise UnusableAnswerError("an answer that is packed", request=response.request)
    response.stream = _Tamed(response, secrets)


def nameless(response: httpx.Response) -> httpx.HTTPStatusError:
    """The error for a status that Python has no name for; the generated client knows no other."""
    message = f"status {response.status_code}"
    return httpx.HTTPStatusError(message, request=response.request, response=response)


class _Tamed(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is read whole, within bounds, and then given with its secrets hidden."""

    def __init__(self, response: httpx.Response, secrets: Sequence[str]) -> None:
        self._response = response
        self._body = response.stream
        self._secrets = secrets

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._body, httpx.SyncByteStream)  # noqa: S101 - or httpx is broken
        collected = _Collected(self._response)
        for chunk in self._body:
            collected.add(chunk)
        yield _hide(collected.body(), self._secrets)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._body, httpx.AsyncByteStream)  # noqa: S101 - the same
        collected = _Collected(self._response)
        async for chunk in self._body:
            collected.add(chunk)
        yield _hide(collected.body(), self._secrets)

    def close(self) -> None:
        assert isinstance(self._body, httpx.SyncByteStream)  # noqa: S101 - the same
        self._body.close()

    async def aclose(self) -> None:
        assert isinstance(self._body, httpx.AsyncByteStream)  # noqa: S101 - the same
        await self._body.aclose()


class _Collected:
    """The chunks of a body so far, counted and timed."""

    def __init__(self, response: httpx.Response) -> None:
        self._request = response.request
        self._chunks: list[bytes] = []
        self._size = 0
        self._until = time.monotonic() + LONGEST

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > LARGEST:
            raise UnusableAnswerError(f"more than {LARGEST} bytes", request=self._request)
        if time.monotonic() > self._until:
            raise UnusableAnswerError(f"more than {LONGEST:.0f} seconds", request=self._request)

    def body(self) -> bytes:
        return b"".join(self._chunks)


def _hide(text: bytes, secrets: Sequence[str]) -> bytes:
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            for spelt in _spellings(secret):
                text = text.replace(spelt.encode(), HIDDEN.encode())
    return text


def _spellings(secret: str) -> set[str]:
    """The ways in which JSON and URLs write the same text."""
    slashed = secret.replace("/", r"\/")
    escaped = "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in secret)
    gson = secret.replace("=", r"\u003d").replace("&", r"\u0026")
    return {secret, slashed, escaped, gson, quote(secret, safe="")}
