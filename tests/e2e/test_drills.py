"""Drills from the bundles: started by a sweep or by hand, proved by a copy, gone at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lastgood.cli import drill, main
from lastgood.domain.drills import Report
from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.stage import DATABASE, Stage
from tests.e2e.drills import OTHERS, STORIES, fill, stage_of, tell, tell_of
from tests.support.incidents import PATIENCE, ledger_of


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    with stage_of(bundles) as stage:
        fill(stage)
        yield stage


@pytest.fixture(scope="module")
def first(stage: Stage) -> Report:
    """The drill that the first sweep started, because it was due."""
    assert stage.sweep(PATIENCE).status == "SUCCEEDED"
    (begun,) = stage.functions.executions(RECOVER_FUNCTION)
    stage.functions.wait_for(begun.name, PATIENCE)
    report = ledger_of(stage).drill(DATABASE)
    assert report
    return report


def told(stage: Stage) -> list[tuple[str, dict[str, Any]]]:
    return [
        (event["detail-type"], event["detail"])
        for event in stage.aws.events()
        if event["detail"].get("instance") == DATABASE
    ]


def test_a_sweep_starts_what_is_due_and_it_is_proved(stage: Stage, first: Report) -> None:
    (made,) = stage.huawei.rds.made
    assert made.restored_to

    assert (first.result, first.verdict, first.left_behind) == ("proved", "none", None)
    assert first.leftovers
    assert (first.leftovers.recycled, first.leftovers.manual_backups) == (1, 0)
    assert first.leftovers.recycled_until == stage.huawei.rds.recycled[0].until.replace(
        microsecond=0
    )
    assert first.moment == made.restored_to
    assert made.tables == stage.database.tables_at(made.restored_to)
    assert [one.id for one in stage.huawei.rds.deleted] == [made.id]
    assert [kind for kind, _ in told(stage)] == ["Copy Deleted", "Drill Proved"]


def test_its_password_is_gone_and_nobody_is_woken(stage: Stage, first: Report) -> None:
    secret = f"lastgood/copies/{first.copy}"
    kept = stage.aws.client("secretsmanager").describe_secret(SecretId=secret)

    assert "DeletedDate" in kept
    assert not [subject for subject, _ in stage.notices() if "orders-db" in subject]


@pytest.mark.usefixtures("first")
def test_the_next_sweep_starts_none_because_none_is_due(stage: Stage) -> None:
    made = len(stage.huawei.rds.made)

    assert stage.sweep(PATIENCE).status == "SUCCEEDED"

    assert len(stage.huawei.rds.made) == made


SHORT = (
    *("the quota is used up", "the trial is refused", "killed after the request"),
    *("the copy fails", "deletions are refused"),
)
"""Some of the stories; `make drills` tells all of them, many times."""


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("name", SHORT)
def test_each_drill_ends_as_what_is_true(stage: Stage, name: str) -> None:
    assert tell(stage, name, SHORT.index(name))["result"] == STORIES[name].result


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("engine", OTHERS)
def test_every_engine_is_drilled_and_only_mysql_is_asked_first(stage: Stage, engine: str) -> None:
    assert tell_of(stage, engine)["result"] == "proved"


class TestFromTheCommandLine:
    @pytest.fixture
    def lastgood(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> Callable[..., str]:
        environment = stage.aws.environment() | stage.functions.environment()
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(drill, "SECONDS_BETWEEN_LOOKS", 0.2)

        def run(*arguments: str) -> str:
            code = main(["drill", *arguments])
            said = capfd.readouterr()
            assert code == 0, said.err
            return said.out

        return run

    @pytest.mark.usefixtures("first")
    def test_a_person_asks_for_one_and_sees_how_it_went(
        self, stage: Stage, lastgood: Callable[..., str]
    ) -> None:
        report = json.loads(lastgood("orders-db", "--wait", "--json"))
        listed, *_ = json.loads(lastgood("--json"))

        assert report["result"] == "proved"
        assert (listed["instance_name"], listed["way"]) == ("orders-db", "copy")
        assert listed["last"] == report
        assert "proved" in lastgood()
        assert DATABASE in stage.huawei.rds.instances
        assert len(stage.huawei.rds.instances) == 1 + len(OTHERS)

    @pytest.mark.usefixtures("lastgood")
    def test_what_is_not_set_aside_is_not_drilled(self, capfd: pytest.CaptureFixture[str]) -> None:
        assert main(["drill", "orders-cache"]) == 1

        said = capfd.readouterr().err
        assert "the policy does not say that orders-cache is drilled" in said
        assert 'Try: set drill = "copy" or, where it is set aside, "in-place"' in said


def test_the_time_that_a_drill_takes_is_that_of_the_service(first: Report) -> None:
    assert first.rto_seconds is not None
    assert timedelta(seconds=first.rto_seconds) < timedelta(minutes=5)
