"""Two looks at each handler: right after its import, and when its first work is done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import redis

from sandbox import corpus
from sandbox.aws.account import RECOVER_FUNCTION, function_arn
from sandbox.aws.lambda_service import DurableConfig, Function, LambdaSandbox
from sandbox.aws.runtime import Code
from sandbox.stage import ALARM_FUNCTION, HISTORY, VERIFY_FUNCTION, Stage
from tools.importtime import tree
from tools.importtime.tree import Imported

FUNCTIONS = {"alarm": ALARM_FUNCTION, "recover": RECOVER_FUNCTION, "verify": VERIFY_FUNCTION}

_PROBE = Path(__file__).with_name("probe.py")
_DAMAGE, _ALARM = timedelta(minutes=7), timedelta(minutes=2)
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that was opened or connected to, and the module that did it."""

    what: str
    by: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What was imported, as trees, and what else was touched on the way."""

    roots: list[Imported]
    touched: tuple[Touch, ...] = ()


def at_import(handler: str, bundle: Path) -> Trace:
    """Import a handler from its bundle in a fresh interpreter that sees nothing else.

    Raises CalledProcessError when it does not import.
    """
    probe = [str(_PROBE), f"handlers.{handler}"]
    command = [sys.executable, "-S", "-P", "-X", "importtime", *probe]
    environment = {"PYTHONPATH": str(bundle), "PATH": os.defpath}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter and script
    touched = (line.rpartition("\t") for line in ran.stdout.splitlines())
    return Trace(tree.read(ran.stderr), tuple(Touch(what, by) for what, _, by in touched))


def at_work(bundles: Mapping[str, Path]) -> dict[str, Trace]:
    """Run an alarm, its whole recovery and a sweep in the sandbox; one bundle for each handler."""
    with Stage() as stage:
        alarm = _destroy_data(stage)
        settings = stage.aws.environment()
        functions = {
            FUNCTIONS[handler]: Function(
                f"handlers.{handler}.handler",
                Code(bundle, (sys.executable, "-S", "-X", "importtime"), (bundle,)),
                settings,
                durable=None if handler == "alarm" else DurableConfig(),
                concurrency=1,
            )
            for handler, bundle in bundles.items()
        }
        with LambdaSandbox(functions) as service:
            _recover(service, alarm)
            _sweep(service)
            return {
                handler: Trace(tree.read(service.log(FUNCTIONS[handler]))) for handler in bundles
            }


def _destroy_data(stage: Stage) -> bytes:
    """Write data, let points be made, delete it; the alarm about that."""
    with redis.Redis.from_url(stage.cache.url) as data:
        data.set("order:1", "two pieces")
        stage.clock.advance(HISTORY - _DAMAGE)
        data.delete("order:1")
    stage.clock.catch_up()
    return corpus.event("eventbridge-alarm", stage.clock.now() - _ALARM)


def _recover(service: LambdaSandbox, alarm: bytes) -> None:
    answer = service.invoke(ALARM_FUNCTION, alarm).value()
    (outcome,) = answer["outcomes"]
    recovery = service.wait_for(outcome["incident"], _PATIENCE).value()
    if recovery["state"] != "settled":
        raise RuntimeError(f"the recovery ended {recovery['state']}: {recovery['reason']}")


def _sweep(service: LambdaSandbox) -> None:
    sweep = str(uuid.uuid4())
    tick = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "id": sweep}
    service.client.invoke(
        FunctionName=function_arn(VERIFY_FUNCTION),
        InvocationType="Event",
        DurableExecutionName=sweep,
        Payload=json.dumps(tick).encode(),
    )
    ended = service.wait_for(sweep, _PATIENCE)
    if ended.status != "SUCCEEDED":
        raise RuntimeError(f"the sweep ended {ended.status}: {ended.error}")
