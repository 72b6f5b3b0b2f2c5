"""A network in memory under the real HTTP client: what was sent is kept, what comes is scripted.

Everything above the sockets is what runs in earnest: httpx, its connection pool, and the parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
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


class _Exchange:
    """What both styles of stream do: a request begins with its first line, and ends the answer."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._coming: Iterator[Chunk] = iter([])
        self._left = b""

    def send(self, data: bytes) -> None:
        if _START.match(data):
            self._coming = self._wire.begins(data)
        elif self._wire.sent:
            self._wire.sent[-1] += data

    def take(self, most: int) -> bytes:
        if not self._left:
            chunk = next(self._coming, b"")
            if isinstance(chunk, Exception):
                raise chunk
            self._left = chunk
        taken, self._left = self._left[:most], self._left[most:]
        return taken

    def info(self, name: str) -> Any:
        return bool(self._left) if name == "is_readable" else None


class _Stream(httpcore.NetworkStream):
    def __init__(self, wire: Wire) -> None:
        self._exchange = _Exchange(wire)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._exchange.take(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._exchange.send(buffer)

    def close(self) -> None:
        pass

    def start_tls(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._exchange.info(info)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, wire: Wire) -> None:
        self._exchange = _Exchange(wire)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        del timeout
        return self._exchange.take(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the same
        del timeout
        self._exchange.send(buffer)

    async def aclose(self) -> None:
        pass

    async def start_tls(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return self._exchange.info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def connect_tcp(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        self._wire.connects()
        return _Stream(self._wire)


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def connect_tcp(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        self._wire.connects()
        return _AsyncStream(self._wire)


@contextmanager
def in_memory(wire: Wire) -> Iterator[None]:
    """Every connection pool that is made meanwhile connects to this wire."""
    with ExitStack() as stack:
        for module, name, backend in (
            ("httpcore._sync.connection_pool", "SyncBackend", _Backend),
            ("httpcore._async.connection_pool", "AutoBackend", _AsyncBackend),
        ):
            stack.enter_context(patch(f"{module}.{name}", lambda made=backend: made(wire)))
        yield
