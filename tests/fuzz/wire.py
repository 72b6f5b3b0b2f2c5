"""A network in memory under the real HTTP client: what was sent is kept, what comes is scripted.

Everything above the sockets is what runs in earnest: httpx, its connection pool, and the parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import httpcore

Chunk = bytes | Exception
"""What a read gives, or how it fails."""
Answer = Iterable[Chunk]
Answering = Callable[[bytes], Answer]
"""From the head of a request to what comes back."""

_START = re.compile(rb"^([A-Z]+) (\S+) HTTP/1\.1\r\n")


@dataclass
class Wire:
    """Every connection of one trial."""

    answering: Answering
    connecting: Callable[[], Exception | None] = lambda: None
    sent: list[bytes] = field(default_factory=list)
    """Requests, each as far as it was sent."""

    def connects(self) -> None:
        """Make a connection, or fail to."""
        if failure := self.connecting():
            raise failure

    def begins(self, data: bytes) -> Iterator[Chunk]:
        """Note the beginning of a request; what will come back."""
        self.sent.append(data)
        return iter(self.answering(data))

    def count(self, method: str) -> int:
        """How many requests of this method were begun."""
        return sum(request.startswith(method.encode() + b" ") for request in self.sent)


class _Stream(httpcore.NetworkStream):
    """A request begins with its first line, and ends the answer before it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._coming: Iterator[Chunk] = iter([])
        self._left = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        if not self._left:
            chunk = next(self._coming, b"")
            if isinstance(chunk, Exception):
                raise chunk
            self._left = chunk
        taken, self._left = self._left[:max_bytes], self._left[max_bytes:]
        return taken

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        if _START.match(buffer):
            self._coming = self._wire.begins(buffer)
        elif self._wire.sent:
            self._wire.sent[-1] += buffer

    def close(self) -> None:
        pass

    def start_tls(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return bool(self._left) if info == "is_readable" else None


class _Backend(httpcore.NetworkBackend):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        self._wire.connects()
        return _Stream(self._wire)


@contextmanager
def in_memory(wire: Wire) -> Iterator[None]:
    """Every connection pool that is made meanwhile connects to this wire."""
    with patch("httpcore._sync.connection_pool.SyncBackend", lambda: _Backend(wire)):
        yield
