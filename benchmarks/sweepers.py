"""One way of reading N Redis instances, in a process of its own: `sweepers.py WAY URL N ROUNDS`.

Run as a file by the interpreter of the checkout that is measured, so it imports nothing of this
package, and finds `measure` where that checkout has it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from importlib import import_module, util
from typing import Any

PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
KEY = ("AKEXAMPLE0123456789A", "SK-example-of-forty-characters-0123456789")
THREADS = 10
MODULES = ("lastgood.workflows.measuring", "lastgood.measuring", "lastgood.workflows.verification")
POLICY = """
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

Sweep = Callable[[Sequence[str]], int]
"""Reads the instances of these ids; how many of them got no verdict."""


def lastgood(url: str, ids: Sequence[str], batch: int) -> Sweep:
    """Measure so many instances at a time, as `lastgood verify` and the verify function do."""
    name = next(name for name in MODULES if _is_there(name))
    measure = import_module(name).measure
    cloud = POLICY.format(project=PROJECT, url=url)
    policy = cloud + "".join(INSTANCE.format(id=each) for each in ids)
    parsed = import_module("lastgood.domain.policy_file").parse_policy(policy).instance
    instances = {instance.id: instance for instance in parsed}
    with tempfile.NamedTemporaryFile("w", suffix=".toml", delete=False) as file:
        file.write(cloud + INSTANCE.format(id=ids[0]))
    settings = {"SWEEP_ACCESS_KEY": KEY[0], "SWEEP_SECRET_KEY": KEY[1]}
    world = import_module("lastgood.wiring").Wiring({**settings, "LASTGOOD_POLICY": file.name})

    def sweep(asked: Sequence[str]) -> int:
        unknown = 0
        for start in range(0, len(asked), batch):
            some = [instances[each] for each in asked[start : start + batch]]
            found = measure(some, world, lambda _: None)
            unknown += sum(finding.verdict == "unknown" for finding in found)
        return unknown

    return sweep


def _is_there(name: str) -> bool:
    try:
        return util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def official(url: str) -> Sweep:
    """Read with Huawei Cloud's own SDK."""
    sdk = import_module("huaweicloudsdkgaussdbfornosql.v3")
    basic = import_module("huaweicloudsdkcore.auth.credentials").BasicCredentials
    builder = sdk.GaussDBforNoSQLClient.new_builder().with_endpoint(url)
    client = builder.with_credentials(basic(*KEY, PROJECT)).build()

    def read(instance: str) -> None:
        points = sdk.ListRedisPitrRestoreTimeRequest(instance_id=instance, offset=0, limit=100)
        client.list_redis_pitr_restore_time(points)
        client.list_instances(sdk.ListInstancesRequest(id=instance))
        client.show_redis_pitr_policy(sdk.ShowRedisPitrPolicyRequest(instance_id=instance))

    return _in_threads(read)


def bare_httpx(url: str) -> Sweep:
    """Read with httpx as it comes: unsigned, unchecked, once."""
    client = import_module("httpx").Client(base_url=url)

    def read(instance: str) -> None:
        for path in _paths(instance):
            client.get(path).json()

    return _in_threads(read)


def http_client(url: str) -> Sweep:
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


def _in_threads(read: Callable[[str], Any]) -> Sweep:
    def failed(instance: str) -> bool:
        try:
            read(instance)
        except Exception:  # noqa: BLE001 - whatever it is, there is no verdict
            return True
        return False

    def sweep(asked: Sequence[str]) -> int:
        with ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(failed, asked))

    return sweep


def main(way: str, url: str, count: int, rounds: int) -> None:
    """Sweep once for a single instance, and then as asked; print what each sweep took."""
    ids = [f"{number:032x}in12" for number in range(1, count + 1)]
    ways: dict[str, Callable[[], Sweep]] = {
        "function": lambda: lastgood(url, ids, batch=10),
        "command": lambda: lastgood(url, ids, batch=len(ids)),
        "official": lambda: official(url),
        "httpx": lambda: bare_httpx(url),
        "http.client": lambda: http_client(url),
    }
    sweep = ways[way]()
    sweep(ids[:1])
    began, used = time.perf_counter(), time.process_time()
    unknown = sum(sweep(ids) for _ in range(rounds))
    used, took = time.process_time() - used, time.perf_counter() - began
    sys.stdout.write(json.dumps({"cpu": used, "wall": took, "unknown": unknown}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
