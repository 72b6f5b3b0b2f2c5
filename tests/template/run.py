"""One run of everything the functions do with AWS, watched from inside them.

A recovery with a validate hook, a proposal whose answer comes before the execution has gone to
sleep, a sweep, and an event that is not understood; all at the most talkative log level.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import pytest

from lastgood.wiring import Wiring
from lastgood.workflows.operator import approve
from sandbox.aws.account import RECOVER_FUNCTION, function_arn
from sandbox.aws.runtime import Code
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault
from sandbox.stage import ALARM_FUNCTION, VERIFY_FUNCTION, Stage
from tests.support.incidents import PATIENCE, Incidents, policy_with
from tests.template import recorder

if TYPE_CHECKING:
    from sandbox.aws.functions import Function, Invocation

ROOT = Path(__file__).parents[2]
NAMES = {"alarm": ALARM_FUNCTION, "recover": RECOVER_FUNCTION, "verify": VERIFY_FUNCTION}
HOOK = "check-orders"
CANARY = "canary-that-nobody-may-log"
INSTANCES = {
    "hooked": f'cloud = "prod"\nmode = "auto"\nvalidate = "{function_arn(HOOK)}"',
    "proposing": 'cloud = "prod"',
}
LOUD = {"AWS_LAMBDA_LOG_LEVEL": "DEBUG", "POWERTOOLS_LOGGER_SAMPLE_RATE": "1"}
"""As the template sets them when every line is sampled."""


@dataclass(frozen=True)
class Call:
    """One call of a function to AWS."""

    function: str
    service: str
    operation: str
    about: dict[str, str]
    writes: tuple[str, ...]
    tables: tuple[str, ...]
    buses: tuple[str, ...]


class WatchedStage(Stage):
    """A stage that also has the hook, and whose functions write down their calls."""

    def __init__(self, watch: Path, policy: Template) -> None:
        code = Code(ROOT, (sys.executable,), (watch, ROOT, ROOT / "generated"))
        names = (ALARM_FUNCTION, RECOVER_FUNCTION, VERIFY_FUNCTION)
        super().__init__(codes=dict.fromkeys(names, code), policy=policy)
        self._hook = Code.source_tree(ROOT)

    def _functions(self) -> dict[str, Function]:
        ours = {
            name: replace(function, environment={**function.environment, **LOUD})
            for name, function in super()._functions().items()
        }
        hook = replace(
            ours[ALARM_FUNCTION],
            handler="tests.template.hook.handler",
            code=self._hook,
            environment={},
        )
        return ours | {HOOK: hook}


@dataclass(frozen=True)
class Run:
    """What the run left behind: by short name what each function ran and logged, and the ends."""

    token: str
    calls: list[Call]
    invocations: dict[str, list[Invocation]]
    executions: list[str]
    recoveries: list[dict[str, Any]]

    def log(self, function: str) -> str:
        """What a function printed."""
        return "".join(invocation.result.log for invocation in self.invocations[function])


def watched_run(watch: Path) -> Run:
    """Do it all once; `watch` is an empty directory."""
    shutil.copy(recorder.__file__, watch / "sitecustomize.py")
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        meeting.settimeout(PATIENCE)
        (watch / recorder.MEETING).write_text(str(meeting.getsockname()[1]), encoding="utf-8")
        with WatchedStage(watch, policy_with(INSTANCES)) as stage:
            recoveries = live_through(stage, meeting)
            functions = stage.functions
            return Run(
                stage.key["secret_key"],
                read_calls(watch / recorder.CALLS),
                {short: functions.invocations(name) for short, name in NAMES.items()},
                [execution.name for execution in functions.executions(RECOVER_FUNCTION)],
                recoveries,
            )


def live_through(stage: Stage, meeting: socket.socket) -> list[dict[str, Any]]:
    """What happens in the run; how the recoveries ended."""
    incidents = Incidents(stage, INSTANCES)
    stage.huawei.faults.add("points", Fault.answer_before(Answer(503)))
    recoveries = [
        incidents["hooked"].end(open_with_canary(incidents, "hooked")),
        approve_at_once(incidents, meeting),
    ]
    swept = stage.sweep(PATIENCE)
    assert swept.status == "SUCCEEDED", swept.error
    stage.deliver(with_canary(incidents["hooked"].event("malformed-state")))
    return recoveries


def open_with_canary(incidents: Incidents, name: str) -> str:
    answer = incidents.stage.deliver(with_canary(incidents[name].event())).value()
    (outcome,) = answer["outcomes"]
    return str(outcome["incident"])


def with_canary(event: bytes) -> bytes:
    """The event with a canary in what nobody needs to read."""
    document = json.loads(event)
    document["detail"]["configuration"]["description"] = CANARY
    document["detail"]["previousState"]["reason"] = CANARY
    document["detail"]["alarmTags"] = {"note": CANARY}
    document["unheard-of"] = CANARY
    return json.dumps(document).encode()


def approve_at_once(incidents: Incidents, meeting: socket.socket) -> dict[str, Any]:
    """Agree to a proposal after it was told and before its execution knows how to be woken."""
    proposing, stage = incidents["proposing"], incidents.stage
    incident = open_with_canary(incidents, "proposing")
    connection, _ = meeting.accept()
    with connection:
        _, proposal = proposing.told[0]
        settings = stage.aws.environment() | stage.functions.environment()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            approve(incident, proposal["plan_hash"], "somebody", Wiring(os.environ))
    return proposing.end(incident)


def read_calls(path: Path) -> list[Call]:
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    lists = ("writes", "tables", "buses")
    return [Call(**line | {name: tuple(line[name]) for name in lists}) for line in lines]
