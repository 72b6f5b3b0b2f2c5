from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import stamina

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.wire.faults import Fault
from tests.support.builders import OTHER_RDS, OTHER_REDIS, RDS, REDIS
from tests.support.command_line import TOKEN, CommandLine

NOW = datetime(2026, 2, 17, 11, 54, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud() -> Iterator[HuaweiSandbox]:
    """Two instances that keep their promises, one that lags and one that could not be restored."""
    with HuaweiSandbox(Clock.frozen(NOW - timedelta(minutes=171)), token=TOKEN) as cloud:
        cloud.add_redis(REDIS, "orders-cache")
        cloud.add_redis(OTHER_REDIS, "off-cache", pitr=None)
        cloud.add_rds(RDS, "orders-db")
        cloud.add_rds(OTHER_RDS, "late-db", lag=timedelta(minutes=25))
        cloud.clock.advance_to(NOW)
        yield cloud


@pytest.fixture(autouse=True)
def once(cloud: HuaweiSandbox) -> Iterator[None]:
    """Once is enough, and quicker: no test here is about trying again."""
    with stamina.set_testing(True, attempts=1):
        yield
    cloud.faults.clear()


def test_every_instance_of_the_policy_is_measured(lastgood: CommandLine) -> None:
    ran = lastgood.run("verify", "--json")

    assert ran.code == 3
    assert ran.json["verdict"] == "failing"
    assert [(one["instance"], one["verdict"]) for one in ran.json["findings"]] == [
        (REDIS, "ok"),
        (OTHER_REDIS, "failing"),
        (RDS, "ok"),
        (OTHER_RDS, "degraded"),
    ]
    assert ran.err == ""


def test_a_finding_has_the_keys_that_scripts_build_on(lastgood: CommandLine) -> None:
    ran = lastgood.run("verify", "orders-cache", "--json")

    (finding,) = ran.json["findings"]
    assert ran.code == 0
    assert (
        finding.items()
        >= {
            "instance": REDIS,
            "verdict": "ok",
            "newest": "2026-02-17T11:43:20Z",
            "lag_seconds": 660,
            "coverage_seconds": 7 * 1200,
            "longest_gap_seconds": 1200,
        }.items()
    )
    assert finding["reasons"] == []


def test_instances_are_measured_once_each_in_the_order_given(lastgood: CommandLine) -> None:
    ran = lastgood.run("verify", "orders-db", REDIS, "orders-cache", "--json")

    assert ran.code == 0
    assert [finding["instance"] for finding in ran.json["findings"]] == [RDS, REDIS]


@pytest.mark.parametrize("name", ["late-db", "off-cache"])
def test_a_promise_that_is_not_kept_is_the_answer_no(lastgood: CommandLine, name: str) -> None:
    ran = lastgood.run("verify", "orders-cache", name, "--json")

    assert ran.code == 3
    assert ran.json["findings"][1]["reasons"]


def test_what_could_not_be_measured_is_neither_yes_nor_no(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    cloud.faults.always("points", Fault.drop_before())

    ran = lastgood.run("verify", "orders-cache", "orders-db", "--json")

    assert ran.code == 1
    assert ran.json["verdict"] == "unknown"
    assert [finding["verdict"] for finding in ran.json["findings"]] == ["unknown", "ok"]
    assert "could not be reached" in ran.json["findings"][0]["reasons"][0]


def test_a_known_no_outweighs_what_could_not_be_measured(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    cloud.faults.always("points", Fault.drop_before())

    ran = lastgood.run("verify", "orders-cache", "late-db", "--json")

    assert ran.code == 3


def test_a_person_sees_what_was_measured_against_what_was_promised(lastgood: CommandLine) -> None:
    ran = lastgood.run("verify")

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "2 of 4 instances can be restored as promised"
    assert lines[2] == "instance verdict lag covered longest gap"
    assert lines[3:5] == ["orders-cache ok 11m 2h20m 20m", "at most 40m at least 1h at most 30m"]
    assert lines[5:7] == ["off-cache failing - - -", "at most 40m"]
    assert "off-cache: point-in-time recovery is switched off" in lines
    assert any(line.startswith("late-db: the newest moment is ") for line in lines)
    assert max(map(len, ran.out.splitlines())) <= 80
    assert ran.err == ""


def test_a_long_name_is_folded_into_its_column(lastgood: CommandLine) -> None:
    policy = (lastgood.directory / "lastgood.toml").read_text()
    lastgood.set_policy(policy.replace('"late-db"', f'"{"late-" * 12}db"'))

    ran = lastgood.run("verify", OTHER_RDS)

    assert ran.code == 3
    assert max(map(len, ran.out.splitlines())) <= 80


def test_an_unknown_instance_among_others_is_an_error_before_anything_is_measured(
    lastgood: CommandLine, cloud: HuaweiSandbox
) -> None:
    before = len(cloud.requests)

    ran = lastgood.run("verify", "orders-cache", "orders-bd")

    assert ran.code == 1
    assert ran.err.splitlines()[1] == "Try: use orders-db"
    assert len(cloud.requests) == before
