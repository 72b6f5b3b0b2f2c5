"""Dollars a month, from measured durations and AWS's list prices.

The durations come from this machine and from clouds on it, so a round trip is added to each request
to Huawei Cloud. What is not known is assumed on the dear side, and named below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.cold import incident_of, open_process
from benchmarks.contestants import Contestant, Job, contestants
from benchmarks.scene import Scene
from benchmarks.table import Table

PRICES = "us-east-1, September 2026, without any free tier"

GB_SECOND = 0.0000133334
"""Dollars: Lambda on arm64."""

REQUEST = 0.20 / 1_000_000
"""Dollars: one Lambda invocation."""

DURABLE_OPERATION = 8.00 / 1_000_000
"""Dollars: one step, wait or callback of a durable execution."""

CHECKPOINTED_GB = 0.25
"""Dollars: a gigabyte of durable state, written."""

TABLE_READ = 0.125 / 1_000_000
"""Dollars: a strongly consistent read of DynamoDB, up to 4 KB."""

TABLE_WRITE = 0.625 / 1_000_000
"""Dollars: a write unit of DynamoDB, 1 KB; one in a transaction takes two."""

EVENT = 1.00 / 1_000_000
"""Dollars: a custom event on EventBridge."""

LOG_GB = 0.50
"""Dollars: a gigabyte of logs, ingested by CloudWatch."""

METRICS = ((10_000, 0.30), (240_000, 0.10), (750_000, 0.05), (float("inf"), 0.02))
"""How many custom metrics at how many dollars a month each, in steps."""

MEMORY_GB = 0.5
SWEEPS = 24 * 30
ALARMS = 10 * 30
INSTANCES = (10, 1_000, 100_000)

READS = 3
"""Requests to Huawei Cloud for one instance: its range, its state and its PITR policy."""

ROUND_TRIP = 0.15
"""Seconds: assumed for each of them."""

LOOKS = 12
"""Invocations that follow a restore of about five minutes, each assumed to start cold."""

OPERATIONS = 15
"""Durable operations of a recovery."""

METRICS_EACH = 4
STEP_KB = 1
LOG_KB = 1

_KB_IN_GB = 1_000_000


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds: a cold alarm, a cold recovery, and the share of an instance in a warm sweep."""

    alarm: float
    recover: float
    instance: float


def measure(scene: Scene, bundles: Mapping[Job, Path], rounds: int) -> Durations:
    """Medians of so many."""
    alarm, recover, verify = (
        contestants(job, bundles)[0] for job in ("alarm", "recover", "verify")
    )
    incident = incident_of(scene, alarm)
    return Durations(
        alarm=median(_alarm(scene, alarm) for _ in range(rounds)),
        recover=median(_recovery(scene, recover, incident) for _ in range(rounds)),
        instance=_share(scene, verify, rounds),
    )


def _alarm(scene: Scene, contestant: Contestant) -> float:
    scene.forget()
    with open_process(scene, contestant) as process:
        return process.invoke(scene.alarm()).wall


def _recovery(scene: Scene, contestant: Contestant, incident: bytes) -> float:
    scene.forget()
    with open_process(scene, contestant) as process:
        first, _ = scene.service.execute(process.invoke, incident)
        return first.wall


def _share(scene: Scene, contestant: Contestant, rounds: int) -> float:
    with open_process(scene, contestant) as process:
        _, swept = scene.service.execute(process.invoke, scene.tick())
        sweeps = [scene.service.execute(process.invoke, scene.tick())[0] for _ in range(rounds)]
    return median(sweep.wall for sweep in sweeps) / len(swept["findings"])


def bill(durations: Durations, instances: int) -> dict[str, float]:
    """Dollars a month, by what they are for."""
    measured = SWEEPS * instances
    swept = measured * (durations.instance + READS * ROUND_TRIP)
    recovered = ALARMS * (durations.alarm + (1 + LOOKS) * durations.recover)
    operations = measured + SWEEPS * 2 + ALARMS * OPERATIONS
    return {
        "functions": (swept + recovered) * MEMORY_GB * GB_SECOND
        + (SWEEPS + ALARMS * (2 + LOOKS)) * REQUEST,
        "durable executions": operations * DURABLE_OPERATION
        + operations * STEP_KB / _KB_IN_GB * CHECKPOINTED_GB,
        "table": measured * (2 * TABLE_READ + 2 * TABLE_WRITE)
        + ALARMS * OPERATIONS * (4 * TABLE_READ + 8 * TABLE_WRITE),
        "events": (SWEEPS + ALARMS * 2) * EVENT,
        "logs": (measured + ALARMS * OPERATIONS) * LOG_KB / _KB_IN_GB * LOG_GB,
        "metrics": _metrics(instances * METRICS_EACH),
    }


def _metrics(count: float) -> float:
    dollars = 0.0
    for most, price in METRICS:
        dollars += min(count, most) * price
        count -= min(count, most)
    return dollars


def table(durations: Durations) -> Table:
    """Dollars by item, for each number of instances."""
    bills = [bill(durations, instances) for instances in INSTANCES]
    rows = [(item, *(f"{dollars[item]:,.2f}" for dollars in bills)) for item in bills[0]]
    rows.append(("together", *(f"{sum(dollars.values()):,.2f}" for dollars in bills)))
    remark = (
        f"Dollars a month at an hourly verification and {ALARMS // 30} alarms a day ({PRICES}). "
        f"Measured: a cold alarm of {durations.alarm:.2f} s, a cold recovery of "
        f"{durations.recover:.2f} s, {durations.instance:.3f} s for an instance of a warm sweep. "
        f"Assumed: {MEMORY_GB} GB each, {ROUND_TRIP} s for each of {READS} requests to the cloud "
        f"one after another, {LOOKS} more cold starts a recovery. The larger numbers mean several "
        "stacks: a policy and a sweep of one have their limits."
    )
    columns = ("for", *(f"{instances:,} instances" for instances in INSTANCES))
    return Table("Cost", remark, columns, rows)
