"""What a sweep costs: processor time for each Redis instance, beside the official SDK.

`python -m benchmarks.sweep`. An instance takes three reads. Every way runs in a process of its
own, against a service in another; the official SDK, httpx and http.client in ten threads.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from statistics import median

import httpx
from huaweicloudsdkcore.auth.credentials import (  # type: ignore[import-untyped] # it has no types
    BasicCredentials,
)
from huaweicloudsdkgaussdbfornosql import v3 as sdk  # type: ignore[import-untyped] # the same

from benchmarks.service import PROJECT, ids_of, policy_of, service
from benchmarks.table import Table, timed
from lastgood.wiring import Wiring
from lastgood.workflows.verification import measure

SCENES = ((0, 10), (0, 600), (0, 3000), (20, 10), (20, 600), (100, 10), (100, 600))
"""Milliseconds that the service adds to each answer, and instances."""
AT_LEAST = 300
"""Instances in one measurement: fewer are swept several times."""
THREADS = 10
KEY = ("AKEXAMPLE0123456789A", "SK-example-of-forty-characters-0123456789")

Sweep = Callable[[Sequence[str]], int]
"""Reads the instances of these ids; how many of them got no verdict."""


def _lastgood(url: str, count: int, batch: int) -> Sweep:
    """Measure so many instances at a time."""
    now = datetime.now(UTC)  # the clock stands still, so that the policy is read once
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(policy_of(url, count))
        file.flush()
        key = {"SWEEP_ACCESS_KEY": KEY[0], "SWEEP_SECRET_KEY": KEY[1]}
        settings = {"LASTGOOD_POLICY": file.name, "LASTGOOD_ENDPOINTS": "127.0.0.1"}
        world = Wiring({**key, **settings}, lambda: now)
        instances = {instance.id: instance for instance in world.policy().instance}

    def sweep(asked: Sequence[str]) -> int:
        unknown = 0
        for start in range(0, len(asked), batch):
            some = [instances[each] for each in asked[start : start + batch]]
            found = measure(some, world, lambda _: None)
            unknown += sum(finding.verdict == "unknown" for finding in found)
        return unknown

    return sweep


def _official(url: str, _: int) -> Sweep:
    """Read with Huawei Cloud's own SDK."""
    builder = sdk.GaussDBforNoSQLClient.new_builder().with_endpoint(url)
    client = builder.with_credentials(BasicCredentials(*KEY, PROJECT)).build()

    def read(instance: str) -> None:
        points = sdk.ListRedisPitrRestoreTimeRequest(instance_id=instance, offset=0, limit=100)
        client.list_redis_pitr_restore_time(points)
        client.list_instances(sdk.ListInstancesRequest(id=instance))
        client.show_redis_pitr_policy(sdk.ShowRedisPitrPolicyRequest(instance_id=instance))

    return _in_threads(read)


def _httpx(url: str, _: int) -> Sweep:
    """Read with httpx as it comes: unsigned, unchecked, once."""
    client = httpx.Client(base_url=url)

    def read(instance: str) -> None:
        for path in _paths(instance):
            client.get(path).json()

    return _in_threads(read)


def _http_client(url: str, _: int) -> Sweep:
    """Read with the standard library, on a connection for each thread."""
    kept = threading.local()

    def read(instance: str) -> None:
        if not hasattr(kept, "connection"):
            kept.connection = HTTPConnection(url.removeprefix("http://"))
        for path in _paths(instance):
            kept.connection.request("GET", path)
            json.loads(kept.connection.getresponse().read())

    return _in_threads(read)


def _paths(instance: str) -> tuple[str, ...]:
    project = f"/v3/{PROJECT}"
    pitr = f"{project}/redis/instances/{instance}/pitr"
    points = f"{pitr}/restorable-time-periods?offset=0&limit=100"
    return points, f"{project}/instances?id={instance}", f"{pitr}/policy"


def _in_threads(read: Callable[[str], None]) -> Sweep:
    def sweep(asked: Sequence[str]) -> int:
        with ThreadPoolExecutor(THREADS) as pool:
            deque(pool.map(read, asked), maxlen=0)  # a read that fails raises
        return 0

    return sweep


PEER = "official SDK"
WAYS: Mapping[str, Callable[[str, int], Sweep]] = {
    "lastgood, function": partial(_lastgood, batch=10),
    "lastgood, command": partial(_lastgood, batch=sys.maxsize),
    PEER: _official,
    "httpx": _httpx,
    "http.client": _http_client,
}


def _sweep(way: str, url: str, count: int, rounds: int) -> tuple[float, float, int]:
    """Sweep a single instance, which does not count, and then all of them so often."""
    sweep, ids = WAYS[way](url, count), ids_of(count)
    sweep(ids[:1])
    used = time.process_time()
    unknown: list[int] = []
    took = timed(lambda: unknown.extend(sweep(ids) for _ in range(rounds)))
    return 1000 * (time.process_time() - used) / rounds / count, took / rounds, max(unknown)


def _measured(way: str, milliseconds: int, count: int, least: int) -> tuple[float, float, int, int]:
    """CPU ms of each instance, seconds, instances without a verdict, connections."""
    connections = multiprocessing.Array("i", 2)
    fresh, rounds = multiprocessing.get_context("spawn"), -(-least // count)
    with service(milliseconds, connections) as url, ProcessPoolExecutor(1, fresh) as process:
        taken = process.submit(_sweep, way, url, count, rounds).result()
    return (*taken, connections[1])


def sweeps(
    scenes: Sequence[tuple[int, int]] = SCENES, runs: int = 3, least: int = AT_LEAST
) -> Table:
    """Measure every way in every scene, in turn; of several runs the median and the worst."""
    rows = []
    for scene in scenes:
        taken = {
            way: [*zip(*(_measured(way, *scene, least) for _ in range(runs)), strict=True)]
            for way in WAYS
        }
        peer = median(taken[PEER][0])
        for way, (costs, walls, unknown, connections) in taken.items():
            cost, wall = median(costs), f"{median(walls):.2f}"
            worst = (str(max(unknown)), str(max(connections)))
            rows.append((way, *map(str, scene), f"{cost:.2f}", f"{cost / peer:.2f}", wall, *worst))
    columns = ("CPU ms each", "of the SDK", "s", "unknown", "connections")
    return Table("Sweep", ("way", "added ms", "instances", *columns), rows)


if __name__ == "__main__":
    sys.stdout.write(f"{sweeps().markdown()}\n")
