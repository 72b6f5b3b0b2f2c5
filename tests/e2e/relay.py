"""A relay before a server: requests and answers pass a gate, which may kill who sent them."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


@dataclass
class Gate:
    """Counts what passes; at the chosen number it kills the sender and lets nothing through."""

    trace: list[str] = field(default_factory=list)
    kill_at: int | None = None
    kill: Callable[[], None] = lambda: None
    killed: str | None = None
    _lock: Lock = field(default_factory=Lock)

    def arm(self, kill_at: int | None, kill: Callable[[], None]) -> None:
        with self._lock:
            self.trace, self.kill_at, self.kill, self.killed = [], kill_at, kill, None

    def passes(self, what: str) -> bool:
        with self._lock:
            self.trace.append(what)
            if self.kill_at is None or len(self.trace) != self.kill_at:
                return True
            self.killed = what
            self.kill()
            return False


class Relay:
    """Listens on loopback and passes on to `upstream`, which may be set later."""

    def __init__(self, gate: Gate) -> None:
        self.upstream = ""
        self._gate = gate
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._accept, name="relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        target = urlsplit(self.upstream)
        address = (str(target.hostname), int(target.port or 80))
        with client, socket.create_connection(address) as server, suppress(OSError):
            self._relay(client, server)

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        """Pass bytes on; the first of a request and the first of its answer meet the gate."""
        asked = ""
        with selectors.DefaultSelector() as ready:
            for end in (client, server):
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(1 << 16)  # type: ignore[union-attr] # both are sockets
                    if not data:
                        return
                    if key.fileobj is client and not asked:
                        asked = _name(data)
                        if not self._gate.passes(f"{asked} →"):
                            return
                    elif key.fileobj is server and asked:
                        if not self._gate.passes(f"{asked} ←"):
                            return
                        asked = ""
                    (server if key.fileobj is client else client).sendall(data)


def _name(request: bytes) -> str:
    """A request in a few words: its AWS operation, or its method and path."""
    head = request.partition(b"\r\n\r\n")[0].decode("latin-1")
    line, *headers = head.split("\r\n")
    for header in headers:
        name, _, value = header.partition(":")
        if name.lower() == "x-amz-target":
            return value.strip().rpartition(".")[2]
    method, _, rest = line.partition(" ")
    path = rest.partition("?")[0].partition(" ")[0]
    return f"{method} …/{'/'.join(path.split('/')[-2:])[-40:]}"
