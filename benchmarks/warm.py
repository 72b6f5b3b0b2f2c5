"""The alarm function when it is warm: from an event to the request that starts the recovery."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.cold import open_process
from benchmarks.contestants import LASTGOOD, PEER, Contestant, Job, contestants
from benchmarks.figures import percentile
from benchmarks.scene import Scene
from benchmarks.table import Table

_WARMING = 20
FEW = 20
"""Alarms after which the table is emptied: moto copies all of it for each transaction."""

Measured = dict[str, tuple[list[float], list[float]]]
"""By contestant: seconds to the request, and processor seconds of the whole invocation."""


def measure(scene: Scene, bundles: Mapping[Job, Path], alarms: int) -> Measured:
    """So many different alarms each."""
    both = [who for who in contestants("alarm", bundles) if who.name in (LASTGOOD, PEER)]
    return {who.name: _measure(scene, who, alarms) for who in both}


def _measure(scene: Scene, contestant: Contestant, alarms: int) -> tuple[list[float], list[float]]:
    scene.forget()
    requested, used = [], []
    with open_process(scene, contestant) as process:
        for number in range(_WARMING):
            process.invoke(scene.alarm(number))
        for number in range(_WARMING, _WARMING + alarms):
            if number % FEW == 0:
                scene.forget()
            before = len(scene.service.requested)
            sent = time.perf_counter()
            invocation = process.invoke(scene.alarm(number))
            ((when, _),) = scene.service.requested[before:]
            requested.append(when - sent)
            used.append(invocation.cpu)
    return requested, used


def table(measured: Measured) -> Table:
    """Milliseconds."""
    rows = [
        (
            who,
            *(f"{percentile(requested, percent) * 1000:.1f}" for percent in (50, 99)),
            f"{percentile(used, 50) * 1000:.1f}",
        )
        for who, (requested, used) in measured.items()
    ]
    alarms = len(measured[LASTGOOD][0])
    remark = (
        f"Milliseconds from the event to the request that starts the durable execution, "
        f"{alarms:,} different alarms; and the function's own processor time. Most of the rest is "
        "the wait for the table, here moto's, which is slower than the real one and now and then "
        "pauses for 0.3 s in a transaction: the p99 is its own."
    )
    return Table("Warm alarm", remark, ("who", "p50", "p99", "cpu"), rows)
