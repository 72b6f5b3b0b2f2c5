"""Both clouds, every contestant deployed as a function, and an alarm about data that was lost."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from string import Template

import redis

from benchmarks.contestants import NOTHING, Contestant
from sandbox import corpus
from sandbox.aws.account import TABLE, function_arn
from sandbox.aws.functions import Function
from sandbox.aws.runtime import InvocationResult
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.stage import ALARM_FUNCTION, HISTORY, POLICY, Stage

NOTED = "noted"
"""What an alarm starts: a function that does nothing, so that only the alarm is measured."""

_DAMAGE, _ALARM = timedelta(minutes=7), timedelta(minutes=2)
_PATIENCE, _POLL = 120.0, 0.005

# The clouds answer at once here, so that even one recovery would have to wait for its budget.
QUICK_POLICY = Template(
    POLICY.template.replace("[defaults]", "requests_per_second = 100000\n\n[defaults]")
)


class FunctionFailedError(RuntimeError):
    """A measured function failed, so its time means nothing."""


class Scene(Stage):
    """What every contestant finds: the same policy, instances, points and alarm."""

    def __init__(self, contestants: Sequence[Contestant]) -> None:
        super().__init__(policy=QUICK_POLICY)
        self.contestants = contestants
        self._alarmed_at = datetime.now(UTC) - _ALARM
        self._incidents: dict[str, bytes] = {}

    def _functions(self) -> dict[str, Function]:
        settings = {
            **super()._functions()[ALARM_FUNCTION].environment,
            "LASTGOOD_RECOVER_FUNCTION": function_arn(NOTED),
            # Lambda's code directory keeps nothing that an invocation compiles.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        functions = {
            who.function: Function(who.handler, who.code, settings, who.durable, concurrency=1)
            for who in self.contestants
        }
        return {**functions, NOTED: functions[f"alarm-{NOTHING}"]}

    def event(self, contestant: Contestant, number: int = 0) -> bytes:
        """What this one is invoked with; an alarm of another number is another incident."""
        if contestant.job == "alarm":
            alarmed_at = self._alarmed_at - timedelta(seconds=number)
            return corpus.event("eventbridge-alarm", alarmed_at)
        if contestant.restores:
            return self._incident(contestant.name)
        tick = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "id": "tick"}
        return json.dumps(tick).encode()

    def _incident(self, who: str) -> bytes:
        """What the alarm function of the same contestant starts a recovery with."""
        if who not in self._incidents:
            alarm = next(c for c in self.contestants if (c.name, c.job) == (who, "alarm"))
            self.forget()
            self.run(alarm, self.event(alarm))
            self._incidents[who] = self.functions.invocations(NOTED)[-1].event
            self.functions.kill(alarm.function)
        return self._incidents[who]

    def run(self, contestant: Contestant, event: bytes) -> list[InvocationResult]:
        """Do one job to its end, and return its invocations.

        Raises FunctionFailedError when it fails.
        """
        function = contestant.function
        before = len(self.functions.invocations(function))
        if contestant.durable:
            name = str(uuid.uuid4())
            self.functions.client.invoke(
                FunctionName=function_arn(function),
                InvocationType="Event",
                DurableExecutionName=name,
                Payload=event,
            )
            # Asking the engine would take time of the same processors.
            while len(self.functions.invocations(function)) == before:
                time.sleep(_POLL)
            self.functions.wait_for(name, _PATIENCE)
        else:
            self.functions.invoke(function, event)
            self.functions.settle()
        results = [run.result for run in self.functions.invocations(function)[before:]]
        if results[-1].error or b'"Status":"FAILED"' in results[-1].payload:
            raise FunctionFailedError(f"{function}: {results[-1].payload!r}\n{results[-1].log}")
        return results

    def forget(self) -> None:
        """Empty the table, so that the same incident is a new one."""
        client = self.aws.client("dynamodb")
        for page in client.get_paginator("scan").paginate(TableName=TABLE):
            for item in page["Items"]:
                client.delete_item(TableName=TABLE, Key={key: item[key] for key in ("pk", "sk")})


@contextmanager
def open_scene(contestants: Sequence[Contestant]) -> Iterator[Scene]:
    """Start the clouds, write data, let points be made, and lose the data."""
    with Scene(contestants) as scene:
        scene.cache.restores = RestoreScript(lasts=timedelta(seconds=0.1))
        with redis.Redis.from_url(scene.cache.url) as data:
            data.set("order:1", "two pieces")
            scene.clock.advance(HISTORY - _DAMAGE)
            data.delete("order:1")
        scene.clock.catch_up()
        yield scene
