"""What the way to the one PUT adds to the PUT: our client beside a bare `http.client`."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from benchmarks.figures import percentile
from benchmarks.table import Table
from lastgood.domain.restore import Accepted
from lastgood.wiring import Wiring
from sandbox.aws.endpoint import LoopbackServer
from tests.support.builders import REDIS

_PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
_JOB = "b3d1a8f0-0000-4000-8000-000000000000"
_MOMENT = "2026-02-17T19:40:20+0800"
_LAST = "2026-02-17T20:00:00+0800"
_BODY = json.dumps({"restore_time": _MOMENT}).encode()
_HEADERS = {"Content-Type": "application/json", "X-Auth-Token": "a-token"}
_ROOT = Path(__file__).parents[1]

_POLICY = """\
version = 1
[cloud.prod]
region      = "ap-southeast-1"
project_id  = "{project}"
credentials = "env:BENCHMARK"
endpoints   = {{ geminidb = "{url}", rds = "{url}" }}
requests_per_second = 100000
[[instance]]
id      = "{instance}"
name    = "orders-cache"
cloud   = "prod"
service = "geminidb-redis"
"""


class _Accepting(BaseHTTPRequestHandler):
    """Takes every PUT, and keeps the connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _answer = json.dumps({"job_id": _JOB}).encode()

    def do_PUT(self) -> None:
        """Accept."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        if _LAST.encode() in body:
            # The port has no way to close its connections, but it follows when the server does.
            self.send_header("Connection", "close")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self._answer)))
        self.end_headers()
        self.wfile.write(self._answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _server() -> Iterator[str]:
    """A server in a process of its own, so that it does not share our interpreter; its address."""
    command = [sys.executable, "-m", "benchmarks.firing"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        if process.stdout is None:
            raise RuntimeError("the server has no stdout")
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()  # a client that keeps its connection would make it wait for ever


def measure(scratch: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of each of so many restores, taking turns; both keep their connection."""
    with _server() as address:
        policy = scratch / "lastgood.toml"
        text = _POLICY.format(project=_PROJECT, url=f"http://{address}", instance=REDIS)
        policy.write_text(text, encoding="utf-8")
        wiring = Wiring({"LASTGOOD_POLICY": str(policy), "BENCHMARK_TOKEN": "a-token"})
        cloud = wiring.clouds("prod")
        bare = http.client.HTTPConnection(address)

        def ours() -> None:
            outcome = cloud.restore(REDIS, _MOMENT)
            if outcome != Accepted(_JOB):
                raise RuntimeError(f"the restore was not accepted: {outcome}")

        def theirs() -> None:
            path = f"/v3/{_PROJECT}/redis/instances/{REDIS}/pitr"
            bare.request("PUT", path, _BODY, _HEADERS)
            json.loads(bare.getresponse().read())

        taken: dict[str, list[float]] = {"lastgood": [], "http.client": []}
        for _ in range(rounds):
            taken["lastgood"].append(_time(ours))
            taken["http.client"].append(_time(theirs))
        bare.close()
        cloud.restore(REDIS, _LAST)
        return taken


def _time(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def table(taken: dict[str, list[float]]) -> Table:
    """Microseconds, and the difference."""
    rows = [
        (who, *(f"{percentile(times, percent) * 1e6:,.0f}" for percent in (50, 99)))
        for who, times in taken.items()
    ]
    added = (
        percentile(taken["lastgood"], percent) - percentile(taken["http.client"], percent)
        for percent in (50, 99)
    )
    rows.append(("added", *(f"{seconds * 1e6:,.0f}" for seconds in added)))
    remark = (
        f"Microseconds from the call to the outcome, {len(taken['lastgood']):,} times, against a "
        "server on the same machine that accepts everything; warm, over a kept connection."
    )
    return Table("Firing", remark, ("who", "p50", "p99"), rows)


def _serve() -> None:
    server = LoopbackServer(_Accepting, "benchmark-accepting")
    sys.stdout.write(f"{server.address}\n")
    sys.stdout.flush()
    signal.pause()


if __name__ == "__main__":
    _serve()
