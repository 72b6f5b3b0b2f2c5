"""Instances that go bad on a stage: each with a story of its own, so tests do not meet."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Template
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import redis

from lastgood.aws.dynamodb import DynamoStore
from lastgood.aws.executions import execution_name
from lastgood.domain.lifecycle import FOR_A_PERSON, UnsettledError, needs_person, raise_for_person
from lastgood.ledger import Ledger
from sandbox import corpus
from sandbox.aws.account import RECOVER_FUNCTION, TABLE, function_arn
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.stage import CACHE, HISTORY, NOTIFY_FUNCTION, POLICY, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sandbox.huawei.geminidb.redis_instance import RedisInstance
    from sandbox.huawei.rds.instance import RdsInstance
    from sandbox.huawei.wire.records import RequestRecord

DAMAGE = timedelta(minutes=7)
"""How long before now the data of every instance was lost: after the newest point, ten minutes."""

ALARM = timedelta(minutes=2)
"""How long before now the alarm went off; its onset is four minutes earlier."""

PATIENCE = 120.0
"""Real seconds after which what is awaited will not come; only a failure takes so long."""

_KEY = "order:1"
_QUICK = RestoreScript(lasts=timedelta(seconds=0.3))

_FLEET = """
[fleet]
max_active  = 100
max_per_day = 100

# Nobody listens there.
[cloud.dead]
region      = "ap-southeast-1"
project_id  = "$project"
credentials = "$credentials"
endpoints   = { geminidb = "http://127.0.0.1:9", rds = "http://127.0.0.1:9" }

# A common mistake: the host of one service for the other.
[cloud.swapped]
region      = "ap-southeast-1"
project_id  = "$project"
credentials = "$credentials"
endpoints   = { geminidb = "$rds", rds = "$geminidb" }
"""


def policy_with(instances: Mapping[str, str], policy: Template = POLICY) -> Template:
    """A policy of the stage, and these instances: what each adds to its table, by name."""
    tables = (
        f'\n[[instance]]\nid = "{_id(name)}"\nname = "{name}"\nservice = "geminidb-redis"\n{more}\n'
        for name, more in instances.items()
    )
    return Template(policy.template + _FLEET + "".join(tables))


def _id(name: str) -> str:
    return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}in12"


@dataclass(frozen=True)
class Alarmed:
    """An instance of any service whose data was lost, and the alarm about it."""

    stage: Stage
    instance: RedisInstance | RdsInstance
    alarmed_at: datetime

    def event(self, shape: str = "eventbridge-alarm") -> bytes:
        """The alarm, in a shape of the corpus."""
        renamed = {CACHE: self.instance.id, "orders-cache": self.instance.name}
        return corpus.event(shape, self.alarmed_at, renamed)

    def open(self, shape: str = "eventbridge-alarm") -> str:
        """Deliver the alarm; the id of the incident that it opened."""
        answer = self.stage.deliver(self.event(shape)).value()
        (outcome,) = answer["outcomes"]
        return str(outcome["incident"])

    def end(self, incident: str) -> dict[str, Any]:
        """Wait for the end of its recovery, as the recover function returns it.

        One that a person has to look at is an execution that failed; then the ledger knows it.
        """
        ended = self.stage.functions.wait_for(execution_of(incident), PATIENCE)
        if ended.status == "SUCCEEDED":
            recovery: dict[str, Any] = ended.value()
            assert recovery["state"] not in FOR_A_PERSON
            return recovery
        found = ledger_of(self.stage).known(incident)
        assert needs_person(found), ended.error
        with pytest.raises(UnsettledError) as expected:
            raise_for_person(found)
        assert ended.error is not None
        assert ended.error["ErrorMessage"] == str(expected.value)
        return dict(msgspec.to_builtins(found))

    def recover(self) -> dict[str, Any]:
        """Deliver the alarm and wait for the end."""
        return self.end(self.open())

    def recover_again(self) -> dict[str, Any]:
        """The same, after the engine has forgotten the execution: only the ledger knows it."""
        incident = self.open()
        self.stage.functions.forget(execution_of(incident))
        assert self.open() == incident
        return self.end(incident)

    @property
    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The events about this instance: what kind, and what they say."""
        return [
            (event["detail-type"], event["detail"])
            for event in self.stage.aws.events()
            if event["detail"].get("instance") == self.instance.id
        ]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the events about this instance."""
        return [kind for kind, _ in self.told]


class Incident(Alarmed):
    """The same of a Redis instance, which is restored in place."""

    instance: RedisInstance

    @property
    def value(self) -> bytes | None:
        """The data: `good` until the damage and once restored, `gone` in between."""
        with redis.Redis.from_url(self.instance.url) as data:
            value: bytes | None = data.get(_KEY)
        return value

    @property
    def puts(self) -> list[RequestRecord]:
        """The restores of this instance that were asked for."""
        asked = self.stage.huawei.requests_to("restore")
        return [put for put in asked if self.instance.id in put.path]


def execution_of(incident: str) -> str:
    """The name of its execution in the sandbox."""
    return execution_name(incident, function_arn(RECOVER_FUNCTION))


def ledger_of(stage: Stage) -> Ledger:
    """What the functions of a stage remember."""
    return Ledger(DynamoStore(stage.aws.client("dynamodb"), TABLE))


def tell_of_the_dead(stage: Stage, incident: str, status: str) -> None:
    """Hand over what the rules of the stack do when the execution of an incident has ended."""
    event = {
        "source": "aws.lambda",
        "detail-type": "Durable Execution Status Change",
        "detail": {"status": status, "durableExecutionName": execution_of(incident)},
    }
    stage.functions.send(NOTIFY_FUNCTION, json.dumps(event).encode()).result()


class Incidents:
    """A stage on which every instance was good, went bad, and is about to raise its alarm."""

    def __init__(self, stage: Stage, names: Iterable[str]) -> None:
        self.stage = stage
        self._named = {name: stage.huawei.add_redis(_id(name), name) for name in names} | {
            "orders-cache": stage.cache
        }
        self._write(b"good")
        stage.clock.advance(HISTORY - DAMAGE)
        self._write(b"gone")
        stage.clock.catch_up()
        self._alarmed_at = stage.clock.now() - ALARM

    def _write(self, value: bytes) -> None:
        for instance in self._named.values():
            instance.restores, instance.backups = _QUICK, self.stage.cache.backups
            with redis.Redis.from_url(instance.url) as data:
                data.set(_KEY, value)

    def __getitem__(self, name: str) -> Incident:
        return Incident(self.stage, self._named[name], self._alarmed_at)

    @property
    def ledger(self) -> Ledger:
        """What the functions remember."""
        return ledger_of(self.stage)
