"""A restore to a wrong moment, from the bundles, and the way back: every key, byte for byte.

The database was fine. The alarm lied, and everything that was written since the target is gone from
the instance; what the restore overwrote is in its backup.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest
import redis

from sandbox.huawei.geminidb.redis_instance import RedisInstance
from sandbox.stage import HISTORY, POLICY, Stage
from tests.support.bundle import BundledStage
from tests.support.incidents import ALARM, DAMAGE, Alarmed

REQUIRED = Template(
    POLICY.template.replace(
        'name       = "orders-cache"', 'name       = "orders-cache"\nundo_point = "require"'
    )
)
RUN = "import sys; from lastgood.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    with BundledStage(bundles, REQUIRED) as stage:
        yield stage


def write(client: redis.Redis, when: str) -> None:
    """A key of every type, one that expires, and one that is not text."""
    client.set(f"{when}:text", "a" * 1000)
    client.set(f"{when}:bytes", bytes(range(256)))
    client.set(f"{when}:fleeting", "soon gone", ex=360_000)
    client.hset(f"{when}:hash", mapping={"pieces": 3, "colour": "red"})
    client.rpush(f"{when}:list", *range(50))
    client.sadd(f"{when}:set", *range(50))
    client.zadd(f"{when}:sorted", {"a": 1.5, "b": -2})
    client.incrby("counter", 7)


def contents(url: str) -> dict[bytes, tuple[bytes, int]]:
    """Every key with its value as Redis serialises it, and about when it expires."""
    with redis.Redis.from_url(url) as client:
        return {
            key: (client.dump(key), round(client.pttl(key) / 60_000))
            for key in client.scan_iter("*")
        }


@pytest.fixture(scope="module")
def overwritten(stage: Stage) -> dict[bytes, tuple[bytes, int]]:
    """What was in the instance right before the alarm, most of it younger than the target."""
    with redis.Redis.from_url(stage.cache.url) as client:
        write(client, "before")
        stage.clock.advance(HISTORY - DAMAGE)
        write(client, "after")
        client.delete("before:hash")
    stage.clock.catch_up()
    return contents(stage.cache.url)


@pytest.fixture(scope="module")
def recovery(stage: Stage, overwritten: dict[bytes, tuple[bytes, int]]) -> dict[str, Any]:
    assert b"after:text" in overwritten
    return Alarmed(stage, stage.cache, stage.clock.now() - ALARM).recover()


def lastgood(stage: Stage, *words: str) -> Any:
    clouds = stage.aws.environment() | stage.functions.environment()
    ran = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", RUN, *words, "--json"],
        env=os.environ | clouds,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def made(stage: Stage, recovery: dict[str, Any]) -> RedisInstance:
    """The instance that a person has made of what was overwritten, having asked twice."""
    for _ in range(2):
        lastgood(stage, "undo", recovery["incident"], "--yes")
    (made,) = stage.huawei.geminidb.made
    return made


def test_the_restore_lost_what_was_written_since(stage: Stage, recovery: dict[str, Any]) -> None:
    assert recovery["state"] == "settled"
    assert b"after:text" not in contents(stage.cache.url)


def test_it_was_backed_up_before_the_request_and_once(
    stage: Stage, recovery: dict[str, Any]
) -> None:
    (backup,) = stage.huawei.geminidb.backups
    (asked,) = stage.huawei.requests_to("back-up")
    (restored,) = stage.huawei.requests_to("restore")

    assert recovery["undo"]["stage"] == "ready"
    assert recovery["undo"]["id"] == backup.id
    assert asked.at < restored.at
    assert backup.ended is not None
    assert backup.ended <= restored.at


def test_every_key_is_had_back_byte_for_byte(
    stage: Stage, overwritten: dict[bytes, tuple[bytes, int]], made: RedisInstance
) -> None:
    assert contents(made.url) == overwritten
    assert made.id != stage.cache.id


def test_the_way_back_is_shown_with_what_it_needs(
    stage: Stage, recovery: dict[str, Any], made: RedisInstance
) -> None:
    way = lastgood(stage, "undo", recovery["incident"])

    assert way["backup"]["id"] == recovery["undo"]["id"]
    assert (way["copy"]["id"], way["copy"]["stage"]) == (made.id, "ready")
    assert way["steps"][-1] == f"lastgood copies delete {recovery['undo']['name']}"


def test_both_are_listed_and_go_when_a_person_says_so(
    stage: Stage, recovery: dict[str, Any], made: RedisInstance
) -> None:
    listed = {one["name"]: one["purpose"] for one in lastgood(stage, "copies")}
    assert listed == {made.name: "undo", recovery["undo"]["name"]: "undo point"}

    for name in listed:
        lastgood(stage, "copies", "delete", name, "--yes")

    assert lastgood(stage, "copies") == []
    assert stage.huawei.geminidb.backups == []
    assert made.id not in stage.huawei.geminidb.instances
    assert stage.cache.id in stage.huawei.geminidb.instances


def test_people_are_told_where_it_is_kept(stage: Stage, recovery: dict[str, Any]) -> None:
    subject = "lastgood: orders-cache is restored"
    texts = [text for title, text in stage.notices() if title == subject]

    assert f"kept in the backup {recovery['undo']['name']}" in texts[0]
    assert f"lastgood undo {recovery['incident']}" in texts[0]
