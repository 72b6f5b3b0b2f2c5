"""Both clouds in the harness's own process, and an alarm about data that was just lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from string import Template
from typing import Any

import redis

from benchmarks.service import DURABLE, MeasuredService
from sandbox import corpus
from sandbox.aws.account import BUS, POLICY_PARAMETER, TABLE, function_arn
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.stage import HISTORY, POLICY, Stage

PEER_TABLE = "peer"
PEER_SECRET = "peer/prod"  # noqa: S105 - the name of a secret is none
_KEY = ("BENCHMARKACCESSKEY", "benchmark-secret-key")

_DAMAGE, _ALARM = timedelta(minutes=7), timedelta(minutes=2)
_RESTORE = RestoreScript(lasts=timedelta(seconds=0.1))

# The clouds answer at once here, so that even one recovery would have to wait for its budget.
_POLICY = Template(
    POLICY.template.replace("[defaults]", "requests_per_second = 1000\n\n[defaults]")
)

# As the template sets them.
_LOGGING = {
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "POWERTOOLS_SERVICE_NAME": "lastgood",
    "POWERTOOLS_METRICS_NAMESPACE": "lastgood",
}


class Scene:
    """What every contestant finds: the same policy, instances, points and alarm."""

    def __init__(self, stage: Stage, service: MeasuredService) -> None:
        self.stage, self.service = stage, service
        self._alarmed_at = stage.clock.now() - _ALARM

    def settings(self) -> dict[str, str]:
        """The environment of a function, the peer's included."""
        return (
            self.stage.aws.environment()
            | _LOGGING
            | {
                "AWS_ENDPOINT_URL_LAMBDA": self.service.url,
                "LASTGOOD_RECOVER_FUNCTION": function_arn(DURABLE),
                "RECOVER_FUNCTION": function_arn(DURABLE),
                "POLICY": POLICY_PARAMETER,
                "PEER_TABLE": PEER_TABLE,
                "BUS": BUS,
                "HUAWEI_SECRET": PEER_SECRET,
            }
        )

    def alarm(self, seconds_later: int = 0) -> bytes:
        """The alarm; one that went off in another second is another incident."""
        return corpus.event(
            "eventbridge-alarm", self._alarmed_at - timedelta(seconds=seconds_later)
        )

    def tick(self) -> bytes:
        """What the schedule sends."""
        tick = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "id": "tick"}
        return json.dumps(tick).encode()

    def forget(self) -> None:
        """Empty both tables, so that the same incident is a new one."""
        client = self.stage.aws.client("dynamodb")
        for table, keys in ((TABLE, ("pk", "sk")), (PEER_TABLE, ("id",))):
            for page in client.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    client.delete_item(TableName=table, Key={key: item[key] for key in keys})


@contextmanager
def open_scene() -> Iterator[Scene]:
    """Start the clouds, write data, let points be made, and lose the data."""
    with Stage(policy=_POLICY) as stage, MeasuredService() as service:
        stage.cache.restores = _RESTORE
        with redis.Redis.from_url(stage.cache.url) as data:
            data.set("order:1", "two pieces")
            stage.clock.advance(HISTORY - _DAMAGE)
            data.delete("order:1")
        stage.clock.catch_up()
        _prepare_for_the_peer(stage)
        yield Scene(stage, service)


def _prepare_for_the_peer(stage: Stage) -> None:
    access_key, secret_key = _KEY
    stage.huawei.add_access_key(access_key, secret_key)
    secret = {"access_key": access_key, "secret_key": secret_key}
    stage.aws.put_secret(PEER_SECRET, json.dumps(secret))
    client: Any = stage.aws.client("dynamodb")
    client.create_table(
        TableName=PEER_TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
