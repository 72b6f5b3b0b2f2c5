"""Sweeps over real HTTP: how many connections they take, and that no verdict comes of waiting."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.service import policy_of, service
from lastgood.cli import exits
from lastgood.huawei.auth import Authentication, TokenProof
from lastgood.huawei.clients import CONNECTIONS, connect
from lastgood.huawei.rate_limit import RateLimit
from lastgood.ports import CloudError
from lastgood.wiring import Wiring
from lastgood.workflows.verification import measure
from tests.support.connected import CANARY, entry, http_clients

MOST = 20
"""Connections for a cloud in a sweep."""


@pytest.fixture
def connections() -> Any:
    """How many there are, and the most there were."""
    return multiprocessing.Array("i", 2)


def environment(directory: Path, url: str, count: int) -> dict[str, str]:
    path = directory / "lastgood.toml"
    path.write_text(policy_of(url, count), encoding="utf-8")
    return {
        "LASTGOOD_POLICY": str(path),
        "LASTGOOD_ENDPOINTS": "127.0.0.1",
        "SWEEP_TOKEN": CANARY,
    }


@pytest.fixture
def closed() -> Iterator[None]:
    with http_clients():
        yield


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("batch", [10, 600], ids=["as the function", "as the command line"])
def test_600_instances_of_a_slow_service_have_their_true_verdicts_on_few_connections(
    tmp_path: Path, connections: Sequence[int], batch: int
) -> None:
    heard: list[str] = []
    with service(10, connections) as url:
        world = Wiring(environment(tmp_path, url, 600))
        instances = world.policy().instance

        found = [
            finding
            for start in range(0, 600, batch)
            for finding in measure(
                instances[start : start + batch], world, lambda one: heard.append(one.instance)
            )
        ]

    assert {finding.verdict for finding in found} == {"ok"}
    assert [finding.instance for finding in found] == [each.id for each in instances]
    assert sorted(heard) == sorted(each.id for each in instances)
    assert 1 < connections[1] <= MOST


@pytest.mark.usefixtures("closed")
def test_requests_that_find_no_free_connection_wait_for_one(connections: Sequence[int]) -> None:
    def look(number: int) -> str | CloudError:
        try:
            return cloud.state(f"{number:032x}in12").status
        except CloudError as error:
            return error

    with service(200, connections) as url:
        auth = Authentication(TokenProof(CANARY))
        cloud = connect(entry(url, url), auth, RateLimit(1000))
        look(1)
        with ThreadPoolExecutor(4 * CONNECTIONS) as pool:
            found = list(pool.map(look, range(1, 1 + 4 * CONNECTIONS)))

    assert set(found) == {"normal"}
    assert connections[1] == CONNECTIONS <= MOST / 2  # there are two services


def test_an_interrupt_ends_the_command_line_though_the_service_keeps_silent(
    tmp_path: Path, connections: Sequence[int]
) -> None:
    with service(600_000, connections) as url:
        running = subprocess.Popen(  # noqa: S603 - our own command
            [str(Path(sys.executable).with_name("lastgood")), "verify"],
            env=os.environ | environment(tmp_path, url, 30),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What runs in the background of a shell ignores interrupts, and hands that on.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - as said
        )
        until = time.monotonic() + 60
        while not connections[1] and time.monotonic() < until:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        try:
            code = running.wait(60)
        finally:
            running.kill()
            running.wait()

    assert code == exits.INTERRUPTED
