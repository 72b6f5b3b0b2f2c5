"""Redaction: a response is bounded in size and time, and holds no secret, before anything reads it.

A gateway repeats what it was sent when it explains a bad signature, temporary token and all, and
whatever is read here may end up in a log, an event or the journal.
"""

from __future__ import annotations

import html
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, unquote

import httpx

MIN_SECRET = 8
"""Characters. Anything shorter occurs in ordinary text."""
HIDDEN = "(secret)"

KNOWN_STATUSES = frozenset(HTTPStatus)


class Bounds(NamedTuple):
    """How large a body may be, in bytes, and how long it may take, in seconds."""

    size: int = 4 * 1024 * 1024
    """The longest list that is requested, 100 rows, takes a hundredth of that."""
    seconds: float = 60.0
    """A read timeout alone lets a body trickle in for ever."""
    clock: Callable[[], float] = time.monotonic


class UnusableResponseError(httpx.TransportError):
    """A response that is not read to its end: too large, too slow, or compressed."""


def redact(response: httpx.Response, secrets: Sequence[str], bounds: Bounds) -> None:
    """Prepare a response whose body has not been read yet."""
    known = [secret for secret in secrets if len(secret) >= MIN_SECRET]
    if _shows("\n".join(response.headers.values()), known):
        for name, value in response.headers.items():
            response.headers[name] = _hide(value.encode(), known).decode()
    response.extensions["reason_phrase"] = b""  # it is not needed, and may hold anything
    response.encoding = "utf-8"  # the sender would choose the codec, and some are for no text
    compressed = response.headers.pop("Content-Encoding", "identity") != "identity"
    response.stream = _Redacted(response, known, bounds, compressed)


def drop_reason_phrase(record: logging.LogRecord) -> bool:
    """Filter for httpx's log: its line about a response is written before that can be redacted."""
    if isinstance(record.args, tuple) and len(record.args) == 5:  # noqa: PLR2004 - as httpx does
        record.args = (*record.args[:4], "")
    return True


def unnamed_status(response: httpx.Response) -> httpx.HTTPStatusError:
    """The error for a status that Python has no name for; the generated client cannot hold it."""
    message = f"status {response.status_code}"
    return httpx.HTTPStatusError(message, request=response.request, response=response)


class _Redacted(httpx.SyncByteStream):
    """A body that is read whole, within bounds, and then given with its secrets hidden.

    Of a 401 it is empty where it cannot be read: a retry would be one more bad signature.
    """

    def __init__(
        self, response: httpx.Response, secrets: Sequence[str], bounds: Bounds, compressed: object
    ) -> None:
        self._response = response
        self._body = response.stream
        self._secrets = secrets
        self._bounds = bounds
        self._compressed = compressed

    def __iter__(self) -> Iterator[bytes]:
        try:
            body = b"".join(self._chunks())
        except httpx.TransportError:
            if self._response.status_code != HTTPStatus.UNAUTHORIZED:
                raise
            body = b""
        yield _hide(body, self._secrets)

    def _chunks(self) -> Iterator[bytes]:
        """The chunks as they come, until there are too many."""
        if self._compressed:  # none was asked for, and a small archive can hold one without end
            raise self._unusable("a compressed response")
        size, until = 0, self._bounds.clock() + self._bounds.seconds
        for chunk in self._body:  # type: ignore[union-attr]  # it is that of a sync client
            size += len(chunk)
            if size > self._bounds.size:
                raise self._unusable(f"more than {self._bounds.size} bytes")
            if self._bounds.clock() > until:
                raise self._unusable(f"more than {self._bounds.seconds:.0f} seconds")
            yield chunk

    def _unusable(self, why: str) -> UnusableResponseError:
        return UnusableResponseError(why, request=self._response.request)

    def close(self) -> None:
        self._body.close()  # type: ignore[union-attr]  # as above


def _hide(body: bytes, secrets: Sequence[str]) -> bytes:
    if not _holds(body, secrets):
        return body
    for secret in secrets:
        for spelling in _spellings(secret):
            body = body.replace(spelling.encode(), HIDDEN.encode())
    # What still shows is in an unusual spelling, so its place in the text is not known.
    return HIDDEN.encode() if _holds(body, secrets) else body


def _holds(body: bytes, secrets: Sequence[str]) -> bool:
    encodings = {"utf-8", json.detect_encoding(body)}
    return any(_shows(body.decode(encoding, "replace"), secrets) for encoding in encodings)


def _shows(text: str, secrets: Sequence[str]) -> bool:
    return any(secret in reading for reading in _readings(text) for secret in secrets)


def _spellings(secret: str) -> set[str]:
    """The usual ways in which JSON and URLs write the same text."""
    slashed = secret.replace("/", r"\/")
    return {secret, slashed, json.dumps(secret)[1:-1], quote(secret, safe="")}


def _readings(text: str) -> Iterator[str]:
    """What may be read out of a text by undoing what JSON, URLs and HTML do, in any combination."""
    yield text
    for undo in _UNDO * 2:
        if (reading := undo(text)) != text:
            text = reading
            yield text


_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    meant = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
    return meant.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_UNDO: tuple[Callable[[str], str], ...] = (_unescape, unquote, html.unescape)
