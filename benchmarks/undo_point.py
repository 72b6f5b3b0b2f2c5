"""How much later a rescue begins because what it overwrites is backed up first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from string import Template
from uuid import NAMESPACE_DNS, uuid5

import redis

from benchmarks.table import Table
from lastgood.aws.executions import execution_name
from sandbox import corpus
from sandbox.aws.account import RECOVER_FUNCTION, function_arn
from sandbox.aws.runtime import Code
from sandbox.huawei.geminidb.redis_instance import RedisInstance
from sandbox.stage import ALARM_FUNCTION, BACKUPS, CACHE, HISTORY, POLICY, Stage

DAMAGE, ALARM = timedelta(minutes=7), timedelta(minutes=2)
PATIENCE = 60.0
WAYS = ("off", "try")


def undo_point(bundles: Path, rounds: int) -> Table:
    """From the delivery of an alarm to the request, without an undo point and with one."""
    names = [f"{way}-{number}" for number in range(rounds) for way in WAYS]
    codes = {ALARM_FUNCTION: "alarm", RECOVER_FUNCTION: "recover"}
    policy = Template(POLICY.template + "".join(_instances(names)))
    took: dict[str, list[float]] = {way: [] for way in WAYS}
    with Stage(
        codes={name: Code.bundle(bundles / folder) for name, folder in codes.items()},
        policy=policy,
    ) as stage:
        instances = {name: stage.huawei.add_redis(_id(name), name) for name in names}
        _write(instances, stage)
        alarmed_at = stage.clock.now() - ALARM
        _time(stage, stage.cache, "orders-cache", alarmed_at)  # pays for the cold start
        for name, instance in instances.items():
            took[name.partition("-")[0]].append(_time(stage, instance, name, alarmed_at))
    usual = median(took["off"])
    rows = [
        (
            {"off": "without", "try": "with an undo point"}[way],
            f"{median(took[way]):.2f}",
            f"{median(took[way]) - usual:.2f}",
            f"{median(took[way]) / usual:.1f}",
        )
        for way in WAYS
    ]
    rows.append(("the backup itself, in the sandbox", f"{_seconds():.2f}", "", ""))
    return Table("Undo point", ("from the alarm to the request", "s", "more", "ratio"), rows)


def _seconds() -> float:
    return BACKUPS.lasts.total_seconds() if BACKUPS.lasts else 0.0


def _instances(names: list[str]) -> Iterator[str]:
    yield "\n[fleet]\nmax_active = 100\nmax_per_day = 100\n"
    for name in names:
        yield (
            f'\n[[instance]]\nid = "{_id(name)}"\nname = "{name}"\ncloud = "prod"\n'
            f'service = "geminidb-redis"\nmode = "auto"\nundo_point = "{name.partition("-")[0]}"\n'
        )


def _id(name: str) -> str:
    return f"{uuid5(NAMESPACE_DNS, name).hex}in12"


def _write(instances: dict[str, RedisInstance], stage: Stage) -> None:
    """Let all be good for hours, and go bad."""
    for value in ("good", "gone"):
        for instance in (*instances.values(), stage.cache):
            instance.restores, instance.backups = stage.cache.restores, BACKUPS
            with redis.Redis.from_url(instance.url) as client:
                client.set("order", value)
        if value == "good":
            stage.clock.advance(HISTORY - DAMAGE)
    stage.clock.catch_up()


def _time(stage: Stage, instance: RedisInstance, name: str, alarmed_at: datetime) -> float:
    """Seconds from the delivery of the alarm about an instance to its request."""
    event = corpus.event(
        "eventbridge-alarm", alarmed_at, {CACHE: instance.id, "orders-cache": name}
    )
    began = stage.clock.now()
    (outcome,) = stage.deliver(event).value()["outcomes"]
    stage.functions.wait_for(
        execution_name(outcome["incident"], function_arn(RECOVER_FUNCTION)), PATIENCE
    )
    sent = [one.at for one in stage.huawei.requests_to("restore") if instance.id in one.path]
    return (sent[0] - began).total_seconds()
