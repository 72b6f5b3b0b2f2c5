"""What a function holds after many invocations, and whether it grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cold import incident_of, open_process
from benchmarks.contestants import JOBS, Job, contestants
from benchmarks.scene import Scene
from benchmarks.table import Table
from benchmarks.warm import FEW

SETTLED = 0.2
"""The part of the invocations after which memory should have settled."""


@dataclass(frozen=True, slots=True)
class Held:
    """MiB: after the first invocation, after the settling ones, at the end, and at the most."""

    first: float
    settled: float
    last: float
    peak: float


def measure(scene: Scene, bundles: Mapping[Job, Path], invocations: int) -> dict[Job, Held]:
    """So many jobs of each function, one after another in one process.

    A recovery is several invocations; the others are one each.
    """
    return {job: _measure(scene, bundles, job, invocations) for job in JOBS}


def _measure(scene: Scene, bundles: Mapping[Job, Path], job: Job, invocations: int) -> Held:
    contestant = contestants(job, bundles)[0]
    incident = incident_of(scene, contestants("alarm", bundles)[0])
    scene.forget()
    held = []
    with open_process(scene, contestant) as process:
        for number in range(invocations):
            match job:
                case "alarm":
                    if number % FEW == 0:
                        scene.forget()
                    process.invoke(scene.alarm(number))
                case "recover":
                    scene.forget()
                    scene.service.execute(process.invoke, incident)
                case "verify":
                    scene.service.execute(process.invoke, scene.tick())
            held.append(process.resident())
        return Held(held[0], held[int(invocations * SETTLED)], held[-1], process.peak())


def table(measured: Mapping[Job, Held], invocations: int) -> Table:
    """MiB."""
    rows = [
        (
            job,
            f"{held.first:.1f}",
            f"{held.settled:.1f}",
            f"{held.last:.1f}",
            f"{held.last - held.settled:+.1f}",
            f"{held.peak:.1f}",
        )
        for job, held in measured.items()
    ]
    settled = int(invocations * SETTLED)
    remark = (
        f"Resident memory in MiB in one process that did its job {invocations:,} times; a recovery "
        "is several invocations, from the decision to the settled end."
    )
    columns = (
        "function",
        "after 1",
        f"after {settled:,}",
        f"after {invocations:,}",
        "grown",
        "peak",
    )
    return Table("Memory", remark, columns, rows)
