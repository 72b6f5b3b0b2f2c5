"""The cold start of the receiver, from its bundle, beside handlers that do nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from http import HTTPStatus
from pathlib import Path
from statistics import median

from benchmarks.contestants import COMPILED, LASTGOOD, LIBRARIES, NOTHING, installed
from benchmarks.table import Table, percentile, versus
from sandbox.aws.account import WEBHOOK_SECRET
from sandbox.aws.runtime import Code, RuntimeProcess
from sandbox.stage import WEBHOOK_FUNCTION, Stage

AIM = 3.0
"""The most that it may take, as a multiple of an empty handler."""

SECRET = "a-secret-of-alertmanager"  # noqa: S105 - of this measurement
HEADERS = {"content-type": "application/json", "authorization": f"Bearer {SECRET}"}
EMPTY = {LIBRARIES: "empty.libraries.handler", NOTHING: "empty.nothing.handler"}


def receiving(bundles: Path, rounds: int) -> Table:
    """One request each, taking turns, with a new process for each."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    codes = {WEBHOOK_FUNCTION: Code.bundle(bundles / "webhook")}
    empty = Code.bundle(installed("empty", COMPILED))
    with Stage(codes=codes) as stage:
        stage.aws.put_secret(WEBHOOK_SECRET, json.dumps({"alertmanager": SECRET}))
        for number in range(rounds):
            body = json.dumps({"delivery": number}).encode()
            if (status := stage.post("/alertmanager", body, HEADERS)) != HTTPStatus.OK:
                raise RuntimeError(f"the receiver answered {status}")
            last = stage.functions.invocations(WEBHOOK_FUNCTION)[-1]
            stage.functions.kill(WEBHOOK_FUNCTION)
            taken[LASTGOOD].append(last.result.seconds * 1000)
            for name, handler in EMPTY.items():
                with RuntimeProcess(handler, empty, stage.aws.environment()) as process:
                    taken[name].append(process.invoke(b"{}").seconds * 1000)
    rows = []
    for name, ms in taken.items():
        times = median(taken[LASTGOOD]) / median(ms)
        quartiles = f"{percentile(ms, 25):.0f} to {percentile(ms, 75):.0f}"
        aim = versus(times, AIM) if name == NOTHING else ""
        rows.append((f"webhook, {name}", f"{median(ms):.0f}", quartiles, f"{times:.2f}", aim))
    columns = ("job, done by", "median", "quartiles", "lastgood is", "aim")
    return Table("Receiver", columns, rows)
