"""One run of everything the functions do with AWS, from their bundles, watched from inside them.

A recovery with a validate hook, and the copy that goes with it; a proposal whose answer comes
before the execution has gone to sleep; one that a second delivery of its alarm wakes, because that
knows more; an alarm that nobody started until a sweep finds it; a drill that is due; an alarm that
clears; one that came by the URL; an event that is not understood; and every notice of all this. All
at the most talkative log level.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import pytest

from lastgood import dialects
from lastgood.domain import alarm as alarms
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.triage import triage
from lastgood.wiring import Wiring
from lastgood.workflows.operator import approve, reject
from sandbox.aws.account import RECOVER_FUNCTION, WEBHOOK_SECRET, function_arn
from sandbox.aws.runtime import Code
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault
from sandbox.stage import (
    ALARM_FUNCTION,
    DATABASE,
    NOTIFY_FUNCTION,
    VERIFY_FUNCTION,
    WEBHOOK_FUNCTION,
    WITH_DRILLS,
    Stage,
)
from tests.support.incidents import (
    PATIENCE,
    Incidents,
    policy_with,
    tell_of_the_dead,
)
from tests.template import recorder

if TYPE_CHECKING:
    from sandbox.aws.functions import Function, Invocation

ROOT = Path(__file__).parents[2]
NAMES = {
    "alarm": ALARM_FUNCTION,
    "recover": RECOVER_FUNCTION,
    "verify": VERIFY_FUNCTION,
    "notify": NOTIFY_FUNCTION,
    "webhook": WEBHOOK_FUNCTION,
}
HOOK = "check-orders"
CANARY = "canary-that-nobody-may-log"
PAIR = 'companions = ["orders-db"]\npair = true'
INSTANCES = {
    "hooked": f'cloud = "prod"\nmode = "auto"\nvalidate = "{function_arn(HOOK)}"\n{PAIR}',
    "proposing": 'cloud = "prod"',
    "woken": 'cloud = "prod"',
    "left-behind": 'cloud = "prod"\nmode = "observe"',
}
BEGIN_WATCHED = """
import runpy, sys
import sitecustomize
sys.argv = sys.argv[2:]
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
"""
"""With `-S` Python imports no `sitecustomize` by itself; then it runs what `-m` would."""

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
    partitions: tuple[str, ...]
    buses: tuple[str, ...]


class WatchedStage(Stage):
    """A stage that also has the hook, and whose functions write down their calls.

    Each function sees its own bundle, the recorder and nothing else.
    """

    def __init__(self, watch: Path, bundles: Path, policy: Template) -> None:
        begin = (sys.executable, "-S", "-c", BEGIN_WATCHED)
        codes = {
            name: Code(bundles / short, begin, (watch, bundles / short))
            for short, name in NAMES.items()
        }
        super().__init__(codes=codes, policy=policy)
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
    drill: str
    notices: list[tuple[str, str]]

    def log(self, function: str) -> str:
        """What a function printed."""
        return "".join(invocation.result.log for invocation in self.invocations[function])


def watched_run(watch: Path, bundles: Path) -> Run:
    """Do it all once; `watch` is an empty directory."""
    shutil.copy(recorder.__file__, watch / "sitecustomize.py")
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        meeting.settimeout(PATIENCE)
        (watch / recorder.MEETING).write_text(str(meeting.getsockname()[1]), encoding="utf-8")
        with WatchedStage(watch, bundles, policy_with(INSTANCES, WITH_DRILLS)) as stage:
            recoveries = live_through(stage, meeting)
            drill = end_the_drill(stage)
            functions = stage.functions
            return Run(
                stage.key["secret_key"],
                read_calls(watch / recorder.CALLS),
                {short: functions.invocations(name) for short, name in NAMES.items()},
                [execution.name for execution in functions.executions(RECOVER_FUNCTION)],
                recoveries,
                drill,
                stage.notices(),
            )


def live_through(stage: Stage, meeting: socket.socket) -> list[dict[str, Any]]:
    """What happens in the run; how the recoveries ended."""
    incidents = Incidents(stage, INSTANCES)
    stage.huawei.faults.add("points", Fault.answer_before(Answer(503)))
    recoveries = [
        incidents["hooked"].end(open_with_canary(incidents, "hooked")),
        end_the_pair(stage),
        approve_at_once(incidents, meeting),
        wake_by_a_delivery_that_knows_more(incidents, meeting),
    ]
    left = keep_without_starting(incidents["left-behind"].event(), incidents)
    swept = stage.sweep(PATIENCE)
    assert swept.status == "SUCCEEDED", swept.error
    sweep_during_the_drill(incidents)
    recoveries.append(incidents["left-behind"].end(left))
    stage.deliver(incidents["left-behind"].event("eventbridge-ok"))
    take_by_the_url(stage)
    stage.deliver(with_canary(incidents["hooked"].event("malformed-state")))
    tell_of_the_dead(stage, left, "TIMED_OUT")
    stage.notices()
    return recoveries


def end_the_pair(stage: Stage) -> dict[str, Any]:
    """Wait for the copy that goes with the restore, the last execution so far."""
    *_, begun = stage.functions.executions(RECOVER_FUNCTION)
    recovery: dict[str, Any] = stage.functions.wait_for(begun.name, PATIENCE).value()
    assert (recovery["instance"], recovery["state"]) == (DATABASE, "settled")
    return recovery


def sweep_during_the_drill(incidents: Incidents) -> None:
    """Sweep once more while the drill is under way, which that looks after."""
    deadline = time.monotonic() + PATIENCE
    while not incidents.ledger.fleet().drills.active:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    swept = incidents.stage.sweep(PATIENCE)
    assert swept.status == "SUCCEEDED", swept.error


def end_the_drill(stage: Stage) -> str:
    """Wait for the drill that the sweep has started, the last execution of all; its name."""
    *_, begun = stage.functions.executions(RECOVER_FUNCTION)
    report = stage.functions.wait_for(begun.name, PATIENCE).value()
    assert (report["instance"], report["result"]) == (DATABASE, "proved")
    return str(report["drill"])


def take_by_the_url(stage: Stage) -> None:
    """Send what a sender outside AWS sends, and hand it to the alarm function as SQS does."""
    stage.aws.put_secret(WEBHOOK_SECRET, json.dumps({"alertmanager": stage.key["secret_key"]}))
    alert = json.loads((ROOT / "events" / "alertmanager-watchdog.json").read_text("utf-8"))
    headers = {
        "content-type": "application/json",
        "authorization": f"Bearer {stage.key['secret_key']}",
    }
    body = json.dumps(alert | {"externalURL": CANARY}).encode()
    assert stage.post("/alertmanager", body, headers) == 200
    assert stage.post("/heartbeat", body, headers) == 200
    (outcome,) = stage.take_messages().value()["outcomes"]
    assert outcome["result"] == "ignored"


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
        with at_the_command_line(stage) as wiring:
            approve(incident, proposal["plan_hash"], "somebody", wiring)
    return proposing.end(incident)


@contextmanager
def at_the_command_line(stage: Stage) -> Iterator[Wiring]:
    settings = stage.aws.environment() | stage.functions.environment()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        yield Wiring(os.environ)


def wake_by_a_delivery_that_knows_more(
    incidents: Incidents, meeting: socket.socket
) -> dict[str, Any]:
    """Deliver an alarm without its evidence, and again with it while its proposal waits."""
    woken, stage = incidents["woken"], incidents.stage
    weaker = json.loads(woken.event())
    weaker["detail"]["state"] |= {"reason": "it went off", "reasonData": "{}"}
    (outcome,) = stage.deliver(json.dumps(weaker).encode()).value()["outcomes"]
    incident = str(outcome["incident"])
    begin_to_wait(incidents, incident, meeting)
    stage.deliver(woken.event())
    begin_to_wait(incidents, incident, meeting)
    with at_the_command_line(stage) as wiring:
        reject(incident, "enough was seen", "somebody", wiring)
    return woken.end(incident)


def begin_to_wait(incidents: Incidents, incident: str, meeting: socket.socket) -> None:
    """Let an execution go on that asks for a callback, until the ledger knows it."""
    meeting.accept()[0].close()
    plan = incidents.ledger.known(incident).plan
    assert plan is not None
    deadline = time.monotonic() + PATIENCE
    while incidents.ledger.callback(incident, plan.hash) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def keep_without_starting(event: bytes, incidents: Incidents) -> str:
    """What an alarm function does that dies right after it kept an incident."""
    (message,) = dialects.read(json.loads(event))
    (incident,) = triage(message.content, parse_policy(incidents.stage.policy_text()))
    assert isinstance(incident, alarms.Incident)
    return incidents.ledger.open(incident, datetime.now(UTC)).incident.id


def read_calls(path: Path) -> list[Call]:
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    lists = ("writes", "tables", "partitions", "buses")
    return [Call(**line | {name: tuple(line[name]) for name in lists}) for line in lines]
