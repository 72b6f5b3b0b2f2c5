"""Answers made harmless before anybody reads them: bounded, and with no secret in them.

A gateway repeats what it was sent when it explains a bad signature, temporary token and all, and
whatever is read here may end up in a log, an event or the journal.
"""

from __future__ import annotations

import html
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

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
    response.extensions["reason_phrase"] = b""  # nobody needs it, and anything may stand there
    response.encoding = "utf-8"  # the sender would choose the codec, and some are for no text
    packed = response.headers.pop("Content-Encoding", "identity") != "identity"
    response.stream = _Tamed(response, secrets, packed)


def without_phrase(record: logging.LogRecord) -> bool:
    """Take the reason phrase out of what httpx logs of an answer, before anybody could tame it."""
    if isinstance(record.args, tuple) and len(record.args) == 5:  # noqa: PLR2004 - as httpx does
        record.args = (*record.args[:4], "")
    return True


def nameless(response: httpx.Response) -> httpx.HTTPStatusError:
    """The error for a status that Python has no name for; the generated client knows no other."""
    message = f"status {response.status_code}"
    return httpx.HTTPStatusError(message, request=response.request, response=response)


class _Tamed(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that is read whole, within bounds, and then given with its secrets hidden.

    Of a 401 it is empty where it cannot be read: sent again, it would be one more bad signature.
    """

    def __init__(self, response: httpx.Response, secrets: Sequence[str], packed: object) -> None:
        self._response = response
        self._body: Any = response.stream  # sync or async, as the client is
        self._secrets = secrets
        self._packed = packed

    def __iter__(self) -> Iterator[bytes]:
        collected = _Collected(self._response)
        with self._unless_it_says_no(collected):
            self._check_unpacked()
            for chunk in self._body:
                collected.add(chunk)
        yield _hide(collected.body(), self._secrets)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        collected = _Collected(self._response)
        with self._unless_it_says_no(collected):
            self._check_unpacked()
            async for chunk in self._body:
                collected.add(chunk)
        yield _hide(collected.body(), self._secrets)

    @contextmanager
    def _unless_it_says_no(self, collected: _Collected) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError:
            if self._response.status_code != HTTPStatus.UNAUTHORIZED:
                raise
            collected.forget()

    def _check_unpacked(self) -> None:
        """Nobody asked for a packed body, and a small archive can hold one without end."""
        if self._packed:
            raise UnusableAnswerError("an answer that is packed", request=self._response.request)

    def close(self) -> None:
        self._body.close()

    async def aclose(self) -> None:
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

    def forget(self) -> None:
        self._chunks.clear()

    def body(self) -> bytes:
        return b"".join(self._chunks)


def _hide(text: bytes, secrets: Sequence[str]) -> bytes:
    known = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]
    for secret in known:
        for spelt in _spellings(secret):
            text = text.replace(spelt.encode(), HIDDEN.encode())
    if any(secret in reading for reading in _readings(text) for secret in known):
        return HIDDEN.encode()  # in a spelling of its own, so nobody can say where
    return text


def _spellings(secret: str) -> set[str]:
    """The usual ways in which JSON and URLs write the same text."""
    slashed = secret.replace("/", r"\/")
    return {secret, slashed, json.dumps(secret)[1:-1], quote(secret, safe="")}


def _readings(text: bytes) -> Iterator[str]:
    """What may be read out of a text by undoing what JSON, URLs and HTML do, one in the other."""
    reading = text.decode(json.detect_encoding(text), "replace")
    yield reading
    for _ in range(2):
        for undo in _UNDO:
            reading = undo(reading)
            yield reading


_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


def _unescape(text: str) -> str:
    meant = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
    return meant.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_UNDO: tuple[Callable[[str], str], ...] = (_unescape, unquote, html.unescape)
