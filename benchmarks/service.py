"""A service in a process of its own that answers the reads of a sweep and counts connections."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from typing import Any

PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
CLOUD = """
version = 1
[cloud.prod]
region = "ap-southeast-1"
project_id = "{project}"
credentials = "env:SWEEP"
requests_per_second = 100000
endpoints = {{ geminidb = "{url}" }}
"""
INSTANCE = """
[[instance]]
id = "{id}"
name = "cache-{id}"
cloud = "prod"
service = "geminidb-redis"
objective = {{ max_lag = "40m", min_coverage = "20h", max_gap = "30m" }}
"""
_ID = re.compile(rb"[0-9a-f]{32}in12")


def ids_of(count: int) -> list[str]:
    """The ids of so many instances."""
    return [f"{number:032x}in12" for number in range(1, count + 1)]


def policy_of(url: str, count: int) -> str:
    """A policy about so many instances of the service at this URL."""
    instances = (INSTANCE.format(id=each) for each in ids_of(count))
    return CLOUD.format(project=PROJECT, url=url) + "".join(instances)


@contextmanager
def service(milliseconds: int, connections: Any, requests: Any = None) -> Iterator[str]:
    """The URL of a service that answers after so long.

    `connections` is shared memory: how many there are, and the most there were; `requests`, if
    given, how many were answered.
    """
    told, tell = multiprocessing.Pipe(duplex=False)
    serve = (milliseconds / 1000, tell, connections, requests)
    server = multiprocessing.Process(target=_serve, args=serve, daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{told.recv()}"
    finally:
        server.terminate()
        server.join()


def _serve(delay: float, tell: Any, connections: Any, requests: Any) -> None:
    beijing = datetime.now(timezone(timedelta(hours=8)))
    times = [f"{beijing - timedelta(minutes=20 * n):%Y-%m-%dT%H:%M:%S%z}" for n in range(72)]
    points = json.dumps({"restore_time": times, "total_count": len(times)}).encode()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[0] += 1
        connections[1] = max(connections)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(delay)
                writer.write(_answer(head.split()[1], points))
                if requests is not None:
                    requests.value += 1
        connections[0] -= 1
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=4096)
        tell.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def _answer(target: bytes, points: bytes) -> bytes:
    if b"restorable" in target:
        body = points
    elif b"policy" in target:
        body = b'{"enabled": true, "interval": 20, "keep_days": 1}'
    else:
        row = b'{"id": "%s", "status": "normal", "actions": [], "mode": "Cluster"}'
        rows = b", ".join(row % each for each in _ID.findall(target))
        body = b'{"instances": [%s], "total_count": 1}' % rows
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: 4711\r\n"
    return b"%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body)
