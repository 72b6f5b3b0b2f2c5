from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis

from sandbox.clock import Clock
from sandbox.huawei.geminidb.jobs import Job, RestoreScript
from sandbox.huawei.geminidb.redis_instance import PitrPolicy, RedisInstance

ID = "e73893ef73754465a8bd2e0857bbf13ein12"
START = datetime(2022, 6, 1, 10, 30, 20, tzinfo=UTC)
INTERVAL = timedelta(minutes=20)
RESTORE = RestoreScript().lasts


@pytest.fixture
def clock() -> Clock:
    return Clock.frozen(START)


@pytest.fixture
def instance(clock: Clock) -> Iterator[RedisInstance]:
    instance = RedisInstance(ID, "orders-cache", clock)
    yield instance
    instance.close()


@pytest.fixture
def client(instance: RedisInstance) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(instance.url, decode_responses=True) as client:
        yield client


def start_restore(instance: RedisInstance, clock: Clock, restore_time: str) -> Job:
    with clock.turn() as now:
        return instance.restore(restore_time, now)


def everything(client: redis.Redis, clock: Clock) -> list[object]:
    return [
        sorted(map(str, client.scan_iter())),
        client.get("string"),
        client.hgetall("hash"),
        client.lrange("list", 0, -1),
        client.smembers("set"),
        client.zrange("zset", 0, -1, withscores=True),
        client.xrange("stream"),
        client.get("session"),
        timedelta(seconds=client.expiretime("session")) + clock.offset,
    ]


def write_one_of_each(client: redis.Redis) -> None:
    client.set("string", "old")
    client.hset("hash", mapping={"a": "1", "b": "2"})
    client.rpush("list", "x", "y", "x")
    client.sadd("set", "p", "q")
    client.zadd("zset", {"low": 1.5, "high": 2.5})
    client.xadd("stream", {"field": "value"}, id="1-1")
    client.set("session", "s", exat=int(time.time()) + 7200)


def test_a_restore_brings_back_exactly_the_old_data(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    write_one_of_each(client)
    clock.advance(INTERVAL)
    point, before = instance.points[-1], everything(client, clock)
    client.flushall()
    client.set("string", "new")
    client.set("written later", "1")

    start_restore(instance, clock, point)
    clock.advance(RESTORE)

    assert everything(client, clock) == before


def test_a_restore_covers_every_database_of_the_instance(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    with redis.Redis(port=instance.port, db=3, decode_responses=True) as third:
        third.set("k", "old")
        clock.advance(INTERVAL)
        third.set("k", "new")
        client.set("k", "in the first database, later")

        start_restore(instance, clock, instance.points[-1])
        clock.advance(RESTORE)

        assert (third.get("k"), client.get("k")) == ("old", None)


def test_the_data_does_not_change_while_the_job_runs(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    client.set("k", "old")
    clock.advance(INTERVAL)
    client.set("k", "new")

    job = start_restore(instance, clock, instance.points[-1])
    clock.advance(RESTORE - timedelta(seconds=1))

    assert (client.get("k"), job.status, instance.actions) == ("new", "Running", ("RESTORING",))


def test_a_restore_may_go_back_over_several_points(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    for value in ("one", "two", "three"):
        client.set("k", value)
        clock.advance(INTERVAL)

    start_restore(instance, clock, instance.points[0])
    clock.advance(RESTORE)

    assert client.get("k") == "one"


def test_one_point_can_be_restored_twice(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    client.rpush("list", "old")
    clock.advance(INTERVAL)
    point = instance.points[-1]
    for _ in range(2):
        client.rpush("list", "new")
        start_restore(instance, clock, point)
        clock.advance(RESTORE)

        assert client.lrange("list", 0, -1) == ["old"]


def test_points_after_a_restore_hold_the_restored_data(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    client.set("k", "old")
    clock.advance(INTERVAL)
    client.set("k", "new")
    start_restore(instance, clock, instance.points[-1])
    clock.advance(2 * INTERVAL)
    client.set("k", "newer")

    start_restore(instance, clock, instance.points[-1])
    clock.advance(RESTORE)

    assert client.get("k") == "old"


def test_a_failed_restore_changes_no_data(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    instance.restores = RestoreScript(fail_reason="no space left")
    client.set("k", "old")
    clock.advance(INTERVAL)
    client.set("k", "new")

    job = start_restore(instance, clock, instance.points[-1])
    clock.advance(RESTORE)

    assert (client.get("k"), job.status, instance.actions) == ("new", "Failed", ())


def test_open_connections_break_when_the_data_is_put_back(
    instance: RedisInstance, clock: Clock
) -> None:
    with socket.create_connection((instance.host, instance.port), timeout=10) as connection:
        connection.sendall(b"*1\r\n$4\r\nPING\r\n")
        pong = connection.recv(100)
        clock.advance(INTERVAL)

        start_restore(instance, clock, instance.points[-1])
        clock.advance(RESTORE)

        assert (pong, connection.recv(100)) == (b"+PONG\r\n", b"")


def test_keys_expire_in_sandbox_time(client: redis.Redis, clock: Clock) -> None:
    client.set("short", "1", ex=60)
    client.set("long", "1", ex=7200)

    clock.advance(timedelta(hours=1))

    assert client.keys() == ["long"]
    assert client.ttl("long") in range(3590, 3601)


def test_a_restored_key_expires_when_it_would_have_expired(
    instance: RedisInstance, client: redis.Redis, clock: Clock
) -> None:
    client.set("key", "1", ex=7200)
    client.set("gone", "1", ex=1800)
    clock.advance(INTERVAL)
    point = instance.points[-1]
    client.flushall()
    clock.advance(timedelta(minutes=35))

    start_restore(instance, clock, point)
    clock.advance(RESTORE)

    assert client.keys() == ["key"]
    assert client.ttl("key") in range(3590, 3601)


def test_points_are_whole_seconds_with_an_offset(instance: RedisInstance, clock: Clock) -> None:
    clock.advance(2 * INTERVAL)

    assert instance.points == ["2022-06-01T18:50:20+0800", "2022-06-01T19:10:20+0800"]


def test_a_clock_between_two_seconds_still_makes_points_of_whole_seconds() -> None:
    clock = Clock.frozen(START + timedelta(milliseconds=700))
    instance = RedisInstance(ID, "cache", clock)

    clock.advance(INTERVAL)

    with clock.turn() as now:
        assert instance.restorable(now) == {"2022-06-01T18:50:20+0800": START + INTERVAL}
    instance.close()


def test_a_point_is_deleted_at_the_end_of_its_retention(
    instance: RedisInstance, clock: Clock
) -> None:
    clock.advance(INTERVAL)
    first = instance.points[0]

    clock.advance(timedelta(days=1) - timedelta(seconds=1))
    kept = instance.points
    clock.advance(timedelta(seconds=1))

    assert first in kept
    assert first not in instance.points
    assert len(instance.points) == 72


def test_the_longest_policy_holds_2016_points(clock: Clock) -> None:
    instance = RedisInstance(
        ID, "cache", clock, pitr=PitrPolicy(timedelta(minutes=5), timedelta(days=7))
    )

    clock.advance(timedelta(days=9))

    assert len(instance.points) == 2016
    instance.close()


def test_without_pitr_there_are_no_points(instance: RedisInstance, clock: Clock) -> None:
    clock.advance(INTERVAL)

    instance.set_pitr(None)
    clock.advance(5 * INTERVAL)

    assert instance.points == []


def test_a_new_policy_counts_its_interval_from_when_it_is_set(
    instance: RedisInstance, clock: Clock
) -> None:
    clock.advance(timedelta(minutes=23))

    instance.set_pitr(PitrPolicy(interval=timedelta(minutes=5)))
    clock.advance(timedelta(minutes=18))

    assert instance.points == [
        "2022-06-01T18:50:20+0800",
        "2022-06-01T18:58:20+0800",
        "2022-06-01T19:03:20+0800",
        "2022-06-01T19:08:20+0800",
    ]
