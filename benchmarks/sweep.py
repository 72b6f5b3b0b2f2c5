"""What a sweep costs: processor time for each Redis instance, beside the official SDK.

`python -m benchmarks.sweep [--against CHECKOUT]`. Every way runs in a process of its own, against
a server in another, which counts connections; CHECKOUT is another checkout with its own `.venv`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import multiprocessing
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.table import Table

HERE = Path(__file__).resolve().parents[1]
SWEEPERS = HERE / "benchmarks" / "sweepers.py"
SCENES = ((0, 10), (0, 600), (0, 3000), (20, 10), (20, 600), (100, 10), (100, 600))
"""Milliseconds that the server adds to each answer, and instances."""
AT_LEAST = 300
"""Instances in one measurement: fewer are swept several times."""
PATIENCE = 600
"""Seconds for one measurement."""
PEER = "official SDK"
REMARK = (
    "Processor time of the client for each Redis instance (three reads); official SDK, httpx and "
    "http.client in ten threads."
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: 4711\r\n"
_ID = re.compile(rb"[0-9a-f]{32}in12")


class Taken(NamedTuple):
    """What a sweep took: ms of the processor for each instance, seconds, and what was wrong."""

    cpu: float
    wall: float
    unknown: int
    connections: int


class _Service(asyncio.Protocol):
    """Answers the three reads of a Redis instance, and counts its connections."""

    def __init__(self, delay: float, points: bytes, most: Any) -> None:
        self._delay, self._points, self._most = delay, points, most
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._most[0] += 1
        self._most[1] = max(self._most)

    def connection_lost(self, _: Exception | None) -> None:
        self._most[0] -= 1

    def data_received(self, data: bytes) -> None:
        self._came += data
        while b"\r\n\r\n" in self._came:
            head, _, self._came = self._came.partition(b"\r\n\r\n")
            answer = self._answer(head.split()[1])
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)

    def _answer(self, target: bytes) -> bytes:
        if b"restorable" in target:
            body = self._points
        elif b"policy" in target:
            body = b'{"enabled": true, "interval": 20, "keep_days": 1}'
        else:
            found = _ID.search(target)
            row = b'{"id": "%s", "status": "normal", "actions": [], "mode": "Cluster"}'
            body = b'{"instances": [%s], "total_count": 1}' % (row % found[0] if found else b"")
        return b"%sContent-Length: %d\r\n\r\n%s" % (HEAD, len(body), body)


def _serve(milliseconds: int, told: Any, most: Any) -> None:
    beijing = datetime.now(timezone(timedelta(hours=8)))
    times = [beijing - timedelta(minutes=20 * n) for n in range(72)]
    texts = [f"{each:%Y-%m-%dT%H:%M:%S%z}" for each in times]
    points = json.dumps({"restore_time": texts, "total_count": len(texts)}).encode()

    async def serve() -> None:
        def make() -> _Service:
            return _Service(milliseconds / 1000, points, most)

        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, backlog=4096)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def service(milliseconds: int, most: Any) -> Iterator[str]:
    """The URL of a server in a process of its own, whose cost does not count."""
    told, tell = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=_serve, args=(milliseconds, tell, most), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{told.recv()}"
    finally:
        server.terminate()
        server.join()


def _measured(checkout: Path, way: str, scene: tuple[int, int]) -> Taken | None:
    """Sweep in one way by the interpreter of a checkout; None if it takes too long."""
    milliseconds, count = scene
    rounds = -(-AT_LEAST // count)
    most = multiprocessing.Array("i", 2)
    with service(milliseconds, most) as url:
        python = str(checkout / ".venv" / "bin" / "python")
        command = [python, str(SWEEPERS), way, url, str(count), str(rounds)]
        try:
            found = subprocess.run(  # noqa: S603 - our own interpreter, no shell
                command, cwd=checkout, check=True, capture_output=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return None
    told = json.loads(found.stdout)
    cpu = 1000 * told["cpu"] / rounds / count
    return Taken(cpu, told["wall"] / rounds, told["unknown"], most[1])


def sweeps(against: Path | None, scenes: Sequence[tuple[int, int]], runs: int) -> Table:
    """Measure every way in every scene, in turn; of several runs the median."""
    ways = {"lastgood, function": (HERE, "function"), "lastgood, command": (HERE, "command")}
    if against:
        ways |= {f"{against.name}, {way}": (against, way) for way in ("function", "command")}
    ways |= {
        PEER: (HERE, "official"),
        "httpx": (HERE, "httpx"),
        "http.client": (HERE, "http.client"),
    }
    rows = []
    for scene in scenes:
        taken = {name: [_measured(*way, scene) for _ in range(runs)] for name, way in ways.items()}
        peer = _middle(taken[PEER])
        rows += [_row(scene, name, found, peer) for name, found in taken.items()]
    columns = (
        "added ms",
        "instances",
        "way",
        "CPU ms each",
        "of the SDK",
        "s",
        "unknown",
        "connections",
    )
    return Table("Sweep", REMARK, columns, rows)


def _middle(found: Sequence[Taken | None]) -> float:
    return median(taken.cpu if taken else math.inf for taken in found)


def _row(
    scene: tuple[int, int], name: str, found: Sequence[Taken | None], peer: float
) -> tuple[str, ...]:
    where = (str(scene[0]), str(scene[1]), name)
    done = [taken for taken in found if taken]
    if not done:
        return (*where, "-", "-", f"> {PATIENCE}", "-", "-")
    cpu, worst = _middle(done), max(taken.unknown for taken in done)
    connections = max(taken.connections for taken in done)
    wall = median(taken.wall for taken in done)
    return (*where, f"{cpu:.2f}", f"{cpu / peer:.2f}", f"{wall:.2f}", str(worst), str(connections))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.sweep", description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout, with a .venv of its own")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--few", action="store_true", help="ten instances at 0 ms only")
    asked = parser.parse_args()
    scenes = SCENES[:1] if asked.few else SCENES
    sys.stdout.write(f"{sweeps(asked.against, scenes, asked.runs).markdown()}\n")


if __name__ == "__main__":
    main()
