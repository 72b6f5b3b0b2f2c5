"""What the way to the one PUT adds to the PUT: our client beside a bare `http.client`."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.scene import QUICK_POLICY
from benchmarks.table import Table, percentile, timed
from lastgood.domain.restore import Accepted
from lastgood.wiring import Wiring
from sandbox.aws.endpoint import Endpoint, Response
from sandbox.stage import CACHE

PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
MOMENT = "2026-02-17T19:40:20+0800"
JOB = "b3d1a8f0-0000-4000-8000-000000000000"
ACCEPTED = Response(202, json.dumps({"job_id": JOB}).encode(), {"Content-Type": "application/json"})
HEADERS = {"Content-Type": "application/json", "X-Auth-Token": "a-token"}


def firing(rounds: int) -> Table:
    """So many restores each, taking turns, against a server that accepts everything."""
    us: dict[str, list[float]] = {"lastgood": [], "http.client": []}
    server = Endpoint(lambda _: ACCEPTED, "benchmark-accepting")
    with closing(server), tempfile.TemporaryDirectory() as scratch:
        policy, endpoints = (
            Path(scratch, "policy"),
            dict.fromkeys(("geminidb", "rds", "iam"), server.url),
        )
        text = QUICK_POLICY.substitute(endpoints, project=PROJECT, credentials="env:BENCHMARK")
        policy.write_text(text, encoding="utf-8")
        wiring = Wiring({"LASTGOOD_POLICY": str(policy), "BENCHMARK_TOKEN": "a-token"})
        cloud, bare = wiring.clouds("prod"), HTTPConnection(server.address)

        def ours() -> None:
            if cloud.restore(CACHE, MOMENT) != Accepted(JOB):
                raise RuntimeError("the restore was not accepted")

        def theirs() -> None:
            body = json.dumps({"restore_time": MOMENT}).encode()
            bare.request("PUT", f"/v3/{PROJECT}/redis/instances/{CACHE}/pitr", body, HEADERS)
            json.loads(bare.getresponse().read())

        for _ in range(rounds):
            us["lastgood"].append(timed(ours) * 1e6)
            us["http.client"].append(timed(theirs) * 1e6)
    rows = {who: [percentile(taken, percent) for percent in (50, 99)] for who, taken in us.items()}
    rows["added"] = [ours - bare for ours, bare in zip(*rows.values(), strict=True)]
    return Table(
        "Firing", ("who", "p50", "p99"), [(w, *(f"{v:,.0f}" for v in r)) for w, r in rows.items()]
    )
