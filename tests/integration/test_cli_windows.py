from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.redis_instance import PitrPolicy
from tests.support.builders import OTHER_REDIS, RDS, REDIS
from tests.support.command_line import TOKEN, CommandLine

NOW = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud() -> Iterator[HuaweiSandbox]:
    """A cache with the most points there can be, and a database with a gap yesterday."""
    week = PitrPolicy(interval=timedelta(minutes=5), keep=timedelta(days=7))
    with HuaweiSandbox(Clock.frozen(NOW - timedelta(days=7, minutes=5)), token=TOKEN) as cloud:
        cloud.add_redis(REDIS, "orders-cache", pitr=week)
        cloud.add_redis(OTHER_REDIS, "off-cache", pitr=None)
        cloud.clock.advance_to(NOW)
        database = cloud.add_rds(RDS, "orders-db")
        database.add_gap(NOW - timedelta(hours=20), NOW - timedelta(hours=16))
        yield cloud


def widest(text: str) -> int:
    return max(map(len, text.splitlines()))


# Points


def test_all_2016_points_come_as_rfc_3339_oldest_first(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "orders-cache", "--json")

    points = ran.json["restorable"]
    assert ran.code == 0
    assert (len(points), points) == (2016, sorted(points))
    assert (points[0], points[-1]) == ("2026-02-10T12:05:00Z", "2026-02-17T12:00:00Z")
    assert (ran.json["oldest"], ran.json["newest"]) == (points[0], points[-1])
    assert (ran.json["instance"], ran.json["service"]) == (REDIS, "geminidb-redis")
    assert ran.json["kind"] == "points"


def test_an_instance_is_known_by_its_id_and_by_its_name(lastgood: CommandLine) -> None:
    by_id, by_name = (
        lastgood.run("windows", known_as, "--json") for known_as in (REDIS, "orders-cache")
    )

    assert by_id == by_name


def test_only_the_points_of_a_utc_day_are_listed(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "orders-cache", "--on", "2026-02-16", "--json")

    points = ran.json["restorable"]
    assert len(points) == 288
    assert (points[0], points[-1]) == ("2026-02-16T00:00:00Z", "2026-02-16T23:55:00Z")


def test_a_person_sees_the_newest_points_and_how_many_there_are(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "orders-cache")

    lines = ran.out.splitlines()
    assert lines[0] == "orders-cache can be restored to 2016 points"
    assert "  newest   2026-02-17T12:00:00Z  0s ago" in [line.rstrip() for line in lines]
    assert "  2026-02-17T11:25:00Z  35m ago" in [line.rstrip() for line in lines]
    assert lines[-1] == "  and 2008 older; --all lists them"
    assert len(lines) < 24
    assert widest(ran.out) <= 80
    assert ran.err == ""


def test_a_person_may_see_all_points(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "orders-cache", "--all")

    assert ran.out.count(" ago") == 2016 + len(["newest", "oldest"])
    assert "2026-02-10T12:05:00Z  6d23h55m ago" in ran.out
    assert widest(ran.out) <= 80


# Windows


def test_windows_come_with_both_ends_in_whole_seconds(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "orders-db", "--json")

    assert ran.code == 0
    assert ran.json["kind"] == "windows"
    assert ran.json["restorable"] == [
        {"start": "2026-02-10T12:00:01Z", "end": "2026-02-16T16:00:00Z"},
        {"start": "2026-02-16T20:00:00Z", "end": "2026-02-17T11:54:59Z"},
    ]
    assert ran.json["oldest"] == "2026-02-10T12:00:01Z"
    assert ran.json["newest"] == "2026-02-17T11:54:59Z"


def test_windows_are_clipped_to_the_utc_day_that_the_service_is_asked_about(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    ran = lastgood.run("windows", "orders-db", "--on", "2026-02-16", "--json")

    assert ran.json["restorable"] == [
        {"start": "2026-02-16T00:00:00Z", "end": "2026-02-16T16:00:00Z"},
        {"start": "2026-02-16T20:00:00Z", "end": "2026-02-16T23:59:59Z"},
    ]
    assert cloud.requests_to("windows")[-1].query == {"date": "2026-02-16"}


def test_a_person_sees_windows_newest_first_and_their_gap(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "orders-db")

    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert lines[0] == "orders-db can be restored to 2 windows"
    assert "longest gap 4h" in ran.out
    assert "━·" in ran.out
    assert lines[-2:] == [
        "  2026-02-16T20:00:00Z  to  2026-02-17T11:54:59Z  15h54m59s",
        "  2026-02-10T12:00:01Z  to  2026-02-16T16:00:00Z  6d3h59m",
    ]
    assert widest(ran.out) <= 80


# Nothing


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("off-cache",), "lastgood verify off-cache"),
        (("orders-db", "--on", "2025-02-17"), "lastgood windows orders-db"),
    ],
)
def test_where_nothing_is_restorable_the_answer_is_no(
    lastgood: CommandLine, arguments: tuple[str, ...], hint: str
) -> None:
    ran = lastgood.run("windows", *arguments)

    assert ran.code == 3
    assert ran.out == f"{arguments[0]} has no restorable moment\n"
    assert ran.err == f"Try: {hint}\n"


def test_nothing_is_an_empty_list_for_scripts(lastgood: CommandLine) -> None:
    ran = lastgood.run("windows", "off-cache", "--json")

    assert ran.code == 3
    assert (ran.json["restorable"], ran.json["newest"], ran.json["oldest"]) == ([], None, None)
    assert ran.err == ""


@pytest.mark.parametrize("day", ["2026-02-30", "17.2.2026", "20260217", "2026-02-17T00:00:00Z", ""])
def test_a_day_that_is_none_is_a_usage_error(lastgood: CommandLine, day: str) -> None:
    ran = lastgood.run("windows", "orders-cache", "--on", day)

    assert ran.code == 2
    assert ran.error == f"--on: {day!r} is not a day"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("order-cache", "Try: use orders-cache"),
        (REDIS[:-1], f"Try: use {REDIS}"),
        ("x", "Try: use one of orders-cache, off-cache, orders-db, late-db"),
    ],
)
def test_an_unknown_instance_is_an_error_that_names_a_near_one(
    lastgood: CommandLine, written: str, hint: str
) -> None:
    ran = lastgood.run("windows", written)

    assert ran.code == 1
    assert ran.error == f"the policy names no instance {written!r}"
    assert ran.err.splitlines()[1] == hint
