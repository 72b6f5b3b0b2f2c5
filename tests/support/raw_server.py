"""A server of bare sockets, which does what no HTTP server would do; and a proxy, if asked to be.

It keeps every byte that came on any connection, so that a request that was sent twice is seen.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock, Thread

RESET = struct.pack("ii", 1, 0)
"""To linger for no time at all: closing then resets the connection."""


@dataclass
class Connection:
    """One connection, and what came on it so far."""

    peer: socket.socket
    came: bytes = b""

    def read_head(self) -> bool:
        """Read up to the end of a request's head; False when there is no more request."""
        return self._read_until(lambda: b"\r\n\r\n" in self.came)

    def read_request(self) -> bool:
        """Read a whole request; False when there is none."""
        return self.read_head() and self._read_until(lambda: len(self.came) >= self._size())

    def read_to_the_end(self) -> None:
        """Read whatever comes, and answer none of it."""
        self._read_until(lambda: False)

    def forget_request(self) -> bytes:
        """The request that has been read, to make room for the next one."""
        request, self.came = self.came[: self._size()], self.came[self._size() :]
        return request

    def say(self, answer: bytes) -> None:
        """Send these very bytes, if anybody still listens."""
        with suppress(OSError):
            self.peer.sendall(answer)

    def reset(self) -> None:
        """Let the connection end with a reset rather than with an end."""
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _size(self) -> int:
        head, _, _ = self.came.partition(b"\r\n\r\n")
        announced = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-le")]
        return len(head) + 4 + int(announced[0].partition(b":")[2] if announced else 0)

    def _read_until(self, enough: Callable[[], bool]) -> bool:
        while not enough():
            try:
                more = self.peer.recv(65536)
            except OSError:
                return False
            if not more:
                return False
            self.came += more
        return True


Behaviour = Callable[[Connection], None]
"""What to do with a connection on which a PUT begins to come; in the end it is closed."""

POLICY = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"enabled": true}'


@dataclass
class RawServer:
    """Answers GETs as the service would, and PUTs as it is told to."""

    behave: Behaviour
    tls: ssl.SSLContext | None = None
    refusal: bytes = b""
    seen: list[bytes] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    url: str = ""

    def requests(self, method: bytes) -> list[bytes]:
        """Every request of this method that came, as far as it came, on whatever connection."""
        with self.lock:
            return [request for request in self.seen if request.startswith(method + b" ")]

    @property
    def restores(self) -> int:
        """How often a PUT began, wherever: at its place or behind another request."""
        with self.lock:
            return sum(len(re.findall(rb"PUT \S+ HTTP/", request)) for request in self.seen)

    def serve(self, peer: socket.socket) -> None:
        """Serve one connection to its end."""
        connection = Connection(peer)
        while connection.came or connection.read_head() or connection.came:
            if connection.came.startswith(b"CONNECT "):
                connection = self._tunnelled(connection)
            elif connection.came.startswith(b"PUT "):
                self.behave(connection)
                break
            elif connection.read_request():
                connection.say(POLICY)
                self._note(connection.forget_request())
            else:
                break
        self._note(connection.came)
        connection.peer.close()

    def _tunnelled(self, connection: Connection) -> Connection:
        """What comes through the tunnel that was asked for; no proxy does it in this simple way."""
        self._note(connection.forget_request())
        connection.say(self.refusal or b"HTTP/1.1 200 Connection established\r\n\r\n")
        if self.refusal or self.tls is None:
            return connection
        with suppress(OSError):
            return Connection(self.tls.wrap_socket(connection.peer, server_side=True))
        return Connection(socket.socket())

    def _note(self, request: bytes) -> None:
        with self.lock:
            self.seen.append(request)


@contextmanager
def raw_server(
    behave: Behaviour, tls: ssl.SSLContext | None = None, refusal: bytes = b""
) -> Iterator[RawServer]:
    """Serve on 127.0.0.1 meanwhile; in the end everything that came has been noted."""
    server = RawServer(behave, tls, refusal)
    threads: list[Thread] = []

    def accept() -> None:
        while True:
            peer, _ = listener.accept()
            if peer.getpeername() in closing:
                peer.close()
                return
            peer.settimeout(10)
            threads.append(Thread(target=server.serve, args=(peer,)))
            threads[-1].start()

    closing: list[object] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        accepting = Thread(target=accept)
        accepting.start()
        try:
            yield server
        finally:
            with socket.socket() as last:
                last.bind(("127.0.0.1", 0))
                closing.append(last.getsockname())
                last.connect(listener.getsockname())
                accepting.join()
            for thread in threads:
                thread.join()


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """The bytes of an ordinary answer."""
    lines: Sequence[str] = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body
