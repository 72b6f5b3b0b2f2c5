"""The data of a sandbox Redis: a real TCP port, and copies of all data behind it."""

from __future__ import annotations

import pickle
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fakeredis import TcpFakeServer

__all__ = ["Copy", "RedisData"]

# Short, because closing waits this long, and tests close often.
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Copy:
    """All keys of all databases at one moment, and the clock offset that their expiry includes."""

    pickled: bytes
    ahead: timedelta


class _Server(TcpFakeServer):
    """fakeredis's TCP server, whose connections can be dropped."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0))
        # A client in a blocking command must not prevent closing.
        self.daemon_threads = True
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            # The client may have closed it already.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class RedisData:
    """A Redis on a free port of 127.0.0.1 whose data can be copied and put back.

    Keys expire in sandbox time although fakeredis only knows real time: when the clock moves,
    `follow` moves their expiry. (Expiry of single fields of a hash stays in real time.)
    """

    def __init__(self, offset: timedelta) -> None:
        self._ahead = offset
        self._server = _Server()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="sandbox-redis"
        )
        self._thread.daemon = True
        self._thread.start()

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop serving; open connections are dropped."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.drop_connections()

    def copy(self) -> Copy:
        """Copy all data; no command runs meanwhile."""
        fake = self._server.fake_server
        with fake.lock:
            everything = {
                number: {key: database[key] for key in list(database)}
                for number, database in list(fake.dbs.items())
            }
            return Copy(pickle.dumps(everything), self._ahead)

    def put_back(self, copy: Copy) -> None:
        """Replace all data with the copy atomically, and drop all connections.

        An expiry time is a moment, as in a Redis dump file: keys that have expired since the copy
        was made do not come back. Whether the real service drops connections is unknown; clients
        must tolerate it.
        """
        # S301: the only pickles here were made by `copy` in this process.
        everything: dict[int, dict[bytes, Any]] = pickle.loads(copy.pickled)  # noqa: S301
        later = (copy.ahead - self._ahead).total_seconds()
        fake = self._server.fake_server
        with fake.lock:
            for database in list(fake.dbs.values()):
                database.clear()
            for number, items in everything.items():
                for key, item in items.items():
                    if item.expireat is not None:
                        item.expireat += later
                    fake.dbs[number][key] = item
        self._server.drop_connections()

    def follow(self, offset: timedelta) -> None:
        """Move every expiry by as much as the clock has moved."""
        sooner = (offset - self._ahead).total_seconds()
        self._ahead = offset
        fake = self._server.fake_server
        with fake.lock:
            for database in list(fake.dbs.values()):
                database.time = time.time()
                for key in list(database):
                    item = database[key]
                    if item.expireat is not None:
                        item.expireat -= sooner
                        # Storing it again updates its place in the database's expiry queue.
                        database[key] = item
