"""Cold starts: from the start of a process to the end of its first invocation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from benchmarks.contestants import JOBS, LASTGOOD, PEER, PEER_COMPILED, Contestant, Job, contestants
from benchmarks.figures import Figure
from benchmarks.process import Invocation, MeasuredProcess
from benchmarks.scene import Scene
from benchmarks.service import DURABLE, PLAIN
from benchmarks.table import Table
from sandbox.aws.account import function_arn

AIMS: Mapping[Job, float] = {"alarm": 0.35, "recover": 0.45, "verify": 0.35}
"""Of the time of the usual way."""

FLOOR = 1.3
"""Times the empty handler that has the libraries."""

Measured = dict[Job, dict[str, list[Invocation]]]


def measure(scene: Scene, bundles: Mapping[Job, Path], rounds: int) -> Measured:
    """So many cold starts of everybody, taking turns, so that a slow minute is everybody's."""
    everybody = {job: contestants(job, bundles) for job in JOBS}
    payloads = {
        who: incident_of(scene, everybody["alarm"][place])
        for place, who in enumerate((LASTGOOD, PEER, PEER_COMPILED))
    }
    measured: Measured = {job: defaultdict(list) for job in JOBS}
    for _ in range(rounds):
        for job in JOBS:
            for contestant in everybody[job]:
                event = _event(scene, contestant, payloads)
                measured[job][contestant.name].append(_cold(scene, contestant, event))
    return measured


def open_process(scene: Scene, contestant: Contestant) -> MeasuredProcess:
    """A process of a contestant that has not started yet."""
    arn = function_arn(DURABLE if contestant.durable else PLAIN)
    settings = {**scene.settings(), **contestant.settings}
    return MeasuredProcess(contestant.handler, contestant.code, settings, arn)


def _cold(scene: Scene, contestant: Contestant, event: bytes) -> Invocation:
    scene.forget()
    with open_process(scene, contestant) as process:
        if not contestant.durable:
            return process.invoke(event)
        first, result = scene.service.execute(process.invoke, event)
        if contestant.job == "recover" and "restore_time" not in str(result):
            raise RuntimeError(f"{contestant.name} did not restore: {result}")
        return first


def incident_of(scene: Scene, alarm: Contestant) -> bytes:
    """What a contestant's own alarm function starts its recovery with."""
    scene.forget()
    with open_process(scene, alarm) as process:
        process.invoke(scene.alarm())
    _, payload = scene.service.requested[-1]
    return payload


def _event(scene: Scene, contestant: Contestant, payloads: Mapping[str, bytes]) -> bytes:
    if contestant.job == "recover":
        return payloads.get(contestant.name, b"{}")
    return scene.alarm() if contestant.job == "alarm" else scene.tick()


def table(measured: Measured) -> Table:
    """Milliseconds and ratios."""
    rows = [
        _row(job, who, runs, measured[job]) for job in JOBS for who, runs in measured[job].items()
    ]
    rounds = len(measured["alarm"][LASTGOOD])
    remark = (
        f"From the start of the process to the end of its first invocation, in milliseconds: the "
        f"median of {rounds}, its quartiles, and the processor time in it. Aims: "
        + ", ".join(f"{job} ≤ {aim} of the usual way" for job, aim in AIMS.items())
        + f"; each ≤ {FLOOR} of the empty handler with its libraries."
    )
    columns = ("job, done by", "median", "quartiles", "cpu", "lastgood is")
    return Table("Cold start", remark, columns, rows)


def _row(
    job: Job, who: str, runs: list[Invocation], others: Mapping[str, list[Invocation]]
) -> list[str]:
    wall = Figure.of([run.wall * 1000 for run in runs])
    cpu = median(run.cpu * 1000 for run in runs)
    ours = Figure.of([run.wall * 1000 for run in others[LASTGOOD]])
    ratio = "" if who == LASTGOOD else f"{ours.middle / wall.middle:.2f}"
    spread = f"{wall.low:.0f} to {wall.high:.0f}"
    return [f"{job}, {who}", f"{wall.middle:.0f}", spread, f"{cpu:.0f}", ratio]
