"""The functions as processes: cold starts, warm invocations, memory, and the size of bundles."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.contestants import (
    FLOOR,
    JOBS,
    LASTGOOD,
    LIBRARIES,
    PEER,
    Contestant,
    installed,
)
from benchmarks.scene import Scene
from benchmarks.table import Table, percentile, versus
from sandbox.aws.runtime import InvocationResult
from tools.bundles.archive import pack

COLD = {("alarm", PEER): 0.35, ("recover", PEER): 0.45, ("verify", PEER): 0.35}
COLD |= {(job, LIBRARIES): 1.3 for job in JOBS}
COLD["recover", FLOOR] = 1.4
"""The most that a cold start of lastgood may take, as a part of that of another."""

MOST_ZIPPED = 8
ZIPPED = {"webhook": 4}
"""MB that a zipped bundle may have."""

SETTLED = 0.2
"""The part of the jobs after which memory should have settled."""


def cold(scene: Scene, rounds: int) -> Table:
    """Start everybody so often, taking turns, so that a slow minute is everybody's."""
    taken: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(rounds):
        for contestant in scene.contestants:
            event = scene.event(contestant)
            scene.forget()
            results = scene.run(contestant, event)
            scene.functions.kill(contestant.function)
            if contestant.restores and b"restore_time" not in results[-1].payload:
                raise RuntimeError(f"{contestant.name} did not restore: {results[-1].payload!r}")
            taken[contestant.job, contestant.name].append(results[0].seconds * 1000)
    rows = []
    for (job, who), ms in taken.items():
        quartiles = f"{percentile(ms, 25):.0f} to {percentile(ms, 75):.0f}"
        ratio = median(taken[job, LASTGOOD]) / median(ms)
        aim = COLD.get((job, who))
        beside = (f"{ratio:.2f}", versus(ratio, aim) if aim else "")
        rows.append((f"{job}, {who}", f"{median(ms):.0f}", quartiles, *beside))
    return Table("Cold start", ("job, done by", "median", "quartiles", "lastgood is", "aim"), rows)


def _repeat(scene: Scene, contestant: Contestant, jobs: int) -> Iterator[list[InvocationResult]]:
    """One job after another in one process, each with its invocations.

    Each finds an empty table: nothing here decides on what an alarm starts, and what nothing was
    decided on is started again by the next alarm.
    """
    for number in range(jobs):
        event = scene.event(contestant, number)
        scene.forget()
        yield scene.run(contestant, event)
    scene.functions.kill(contestant.function)


def warm(scene: Scene, alarms: int, sweeps: int, before: int) -> Table:
    """So many different alarms each, and sweeps of the three instances, after others before."""
    rows = []
    for contestant in scene.contestants:
        if contestant.name in (LASTGOOD, PEER) and contestant.job != "recover":
            count = before + (alarms if contestant.job == "alarm" else sweeps)
            jobs = [*_repeat(scene, contestant, count)][before:]
            ms = [sum(each.seconds for each in invocations) * 1000 for invocations in jobs]
            figures = (f"{percentile(ms, percent):.1f}" for percent in (50, 99))
            rows.append((f"{contestant.job}, {contestant.name}", *figures))
    return Table("Warm", ("job, done by", "p50", "p99"), rows)


def memory(scene: Scene, jobs: int) -> Table:
    """So many jobs of each function, one after another in one process."""
    settled, rows = int(jobs * SETTLED), []
    for contestant in scene.contestants:
        if contestant.name == LASTGOOD:
            pids = (invocations[-1].pid for invocations in _repeat(scene, contestant, jobs))
            held = [(_mebibytes(pid, "VmRSS"), _mebibytes(pid, "VmHWM")) for pid in pids]
            first, then, (last, peak) = held[0][0], held[settled][0], held[-1]
            figures = (f"{figure:.1f}" for figure in (first, then, last, peak))
            rows.append((contestant.job, *figures, f"{last - then:+.1f}"))
    columns = ("function", "after 1", f"after {settled:,}", f"after {jobs:,}", "peak", "grown")
    return Table("Memory", columns, rows)


def _mebibytes(pid: int, field: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition(f"{field}:")[2].split()[0]) / 1024


def size(bundles: Path) -> Table:
    """Each bundle, and the one archive that holds all functions of the peer."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        ours = [(name, bundles / name) for name in (*JOBS, "webhook")]
        for name, root in [*ours, (PEER, installed("peer"))]:
            pack(root, archive := Path(scratch, "zip"))
            unpacked = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
            zipped = archive.stat().st_size / 1e6
            aim = "" if name == PEER else versus(zipped, ZIPPED.get(name, MOST_ZIPPED))
            rows.append((name, f"{unpacked / 1e6:.1f}", f"{zipped:.1f}", aim))
    return Table("Size", ("bundle", "unpacked", "zipped", "aim"), rows)
