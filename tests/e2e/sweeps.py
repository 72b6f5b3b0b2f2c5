"""Sweeps of a large fleet on the local durable engine, cut short and killed.

`python -m tests.e2e.sweeps` shows 10,000 instances with invocations of a minute, and 1,000 whose
processes are killed at random ten times: each is measured, and none counts twice.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest.mock import patch

from moto.dynamodb.models.table import Table

from benchmarks.service import ids_of, policy_of, service
from lastgood.aws.dynamodb import DynamoStore
from lastgood.ledger import Ledger
from sandbox.aws.account import TABLE, AwsSandbox, function_arn
from sandbox.aws.lambda_service import DurableConfig, Function, LambdaSandbox
from sandbox.stage import VERIFY_FUNCTION, source_code

MEBIBYTE = 1024


@dataclass(frozen=True)
class Swept:
    """What a sweep came to, and what it took."""

    counts: dict[str, int]
    kept: int
    measured: int
    executions: int
    invocations: int
    kills: int
    seconds: float
    requests: int
    memory: int
    operations: int
    largest: int
    written: int

    def __str__(self) -> str:
        return (
            f"{self.counts}, {self.kept} kept, {self.measured} measured; {self.seconds:.0f} s, "
            f"{self.requests} requests, {self.kills} kills, {self.invocations} invocations, "
            f"{self.executions} executions; at most {self.memory} MiB, in one execution "
            f"{self.operations} of 3,000 operations, {self.largest / 1e3:.1f} of 1,000 KB in a "
            f"checkpoint, {self.written / 1e6:.2f} of 100 MB in all"
        )


def sweep(
    count: int,
    seconds: float,
    kills: int = 0,
    every: float = 5.0,
    milliseconds: int = 5,
) -> Swept:
    """Sweep so many instances with invocations of so long, killed so often about `every` s.

    The service answers after `milliseconds`. The engine gives up after five invocations in a row
    that were killed.
    """
    connections, requests = multiprocessing.Array("i", 2), multiprocessing.Value("i", 0)
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        url = opened.enter_context(service(milliseconds, connections, requests))
        # moto copies the table for each transaction, in case that it has to be taken back; those of
        # a sweep write one record, and copying thousands for each makes ten minutes an hour.
        opened.enter_context(
            patch.object(Table, "__deepcopy__", lambda table, _: table, create=True)
        )
        aws = opened.enter_context(AwsSandbox())
        policy = Path(folder, "lastgood.toml")
        policy.write_text(policy_of(url, count), encoding="utf-8")
        settings = {
            **aws.environment(),
            "LASTGOOD_POLICY": str(policy),
            "SWEEP_TOKEN": "token",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }
        verify = Function(
            "handlers.verify.handler",
            source_code(),
            settings,
            durable=DurableConfig(),
            timeout=seconds,
        )
        functions = opened.enter_context(LambdaSandbox({VERIFY_FUNCTION: verify}))
        began = time.monotonic()
        with _killing(functions, kills, every) as killed:
            counts, names = _follow(functions)
        took = time.monotonic() - began
        ledger = Ledger(DynamoStore(aws.client("dynamodb"), TABLE))
        sizes = [_sizes(functions, name) for name in names]
        return Swept(
            counts=counts,
            kept=sum(ledger.last_finding(each) is not None for each in ids_of(count)),
            measured=len(_measured(functions)),
            executions=len(names),
            invocations=len(functions.invocations(VERIFY_FUNCTION)),
            kills=len(killed),
            seconds=took,
            requests=requests.value,
            memory=_most_memory(),
            operations=max(operations for operations, _, _ in sizes),
            largest=max(largest for _, largest, _ in sizes),
            written=max(written for _, _, written in sizes),
        )


def _follow(functions: LambdaSandbox) -> tuple[dict[str, int], list[str]]:
    """The counts at the end of the chain, and the names of its executions."""
    tick = {"source": "aws.scheduler", "time": "2026-02-17T11:00:00Z", "id": "tick"}
    for _ in range(2):  # at least once
        functions.client.invoke(
            FunctionName=function_arn(VERIFY_FUNCTION),
            InvocationType="Event",
            DurableExecutionName="tick",
            Payload=json.dumps(tick).encode(),
        )
    following, names = "tick", []
    while following:
        ended = functions.wait_for(following, 3600)
        assert ended.status == "SUCCEEDED", (following, ended.error)
        names.append(following)
        value = ended.value()
        following = value["started"][0] if "started" in value else value.get("execution")
    return value["counts"], names


@contextmanager
def _killing(functions: LambdaSandbox, kills: int, every: float) -> Iterator[list[float]]:
    """Kill the processes of the function now and then; when it was done."""
    draw, over = random.Random(1), Event()  # noqa: S311 - no secret
    killed: list[float] = []

    def kill() -> None:
        while len(killed) < kills and not over.wait(every * draw.uniform(0.2, 1.8)):
            functions.kill(VERIFY_FUNCTION)
            killed.append(time.monotonic())

    killer = Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def _measured(functions: LambdaSandbox) -> set[str]:
    """The instances of which the log holds a measurement."""
    lines = functions.log(VERIFY_FUNCTION).splitlines()
    found = (
        json.loads(line)
        for line in lines
        if line.startswith('{"Recoverable"') or "instance_id" in line
    )
    return {str(line["instance_id"]) for line in found if "instance_id" in line}


def _sizes(functions: LambdaSandbox, name: str) -> tuple[int, int, int]:
    """How many operations an execution took, its largest checkpoint, and what all take."""
    events = functions.history(name)
    written = [len(json.dumps(event, default=str)) for event in events]
    results = [len(_result(event)) for event in events]
    return len({event.get("Id") for event in events}), max(results), sum(written)


def _result(event: Any) -> str:
    return str(event.get("StepSucceededDetails", {}).get("Result", {}).get("Payload", ""))


def _most_memory() -> int:
    """The most memory that a process of the function which still lives has taken, in MiB."""
    most = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"handlers.verify" in (process / "cmdline").read_bytes():
                lines = (process / "status").read_text(encoding="utf-8").splitlines()
                most = max(most, *(int(line.split()[1]) for line in lines if "VmHWM" in line))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return most // MEBIBYTE


if __name__ == "__main__":
    sys.stdout.write(f"10,000, invocations of a minute: {sweep(10_000, 60)}\n")
    sys.stdout.flush()
    sys.stdout.write(f"1,000, killed: {sweep(1_000, 45, kills=10, every=10, milliseconds=200)}\n")
