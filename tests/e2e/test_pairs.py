"""A cache takes a copy of its database along, from the bundles: two restores of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from string import Template
from typing import Any

import pytest

from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.huawei.rds.instance import RdsInstance
from sandbox.stage import DATABASE, HISTORY, WITH_COPIES, Stage
from tests.support.bundle import BundledStage
from tests.support.incidents import ALARM, DAMAGE, PATIENCE, Alarmed

PAIRED = Template(
    WITH_COPIES.template.replace(
        'companions = ["orders-db"]', 'companions = ["orders-db"]\npair = true'
    )
    + "\n[fleet]\nmax_per_day = 10\n"
)


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    with BundledStage(bundles, PAIRED) as stage:
        yield stage


@pytest.fixture(scope="module")
def database(stage: Stage) -> RdsInstance:
    """The database, to which one row more was written each time something had happened."""
    source = stage.huawei.rds.instances[DATABASE]
    source.put("orders", "before", {"pieces": 1})
    stage.clock.advance(HISTORY - DAMAGE)
    source.remove("orders", "before")
    source.put("orders", "after", {"pieces": 1})
    stage.clock.catch_up()
    return source


@pytest.fixture(scope="module")
def recovery(stage: Stage, database: RdsInstance) -> dict[str, Any]:
    """That of the cache, for which alone there was an alarm."""
    assert database.tables["orders"].keys() == {"after"}
    return Alarmed(stage, stage.cache, stage.clock.now() - ALARM).recover()


@pytest.fixture(scope="module")
def copying(stage: Stage, recovery: dict[str, Any]) -> dict[str, Any]:
    """The recovery of the database, which nobody but the first one started."""
    *_, begun = stage.functions.executions(RECOVER_FUNCTION)
    assert begun.name.partition("-")[2] not in recovery["incident"]
    ended: dict[str, Any] = stage.functions.wait_for(begun.name, PATIENCE).value()
    return ended


def test_both_end_well_at_one_moment(recovery: dict[str, Any], copying: dict[str, Any]) -> None:
    assert (recovery["state"], copying["state"]) == ("settled", "settled")
    assert recovery["plan"]["pair"] == [DATABASE]
    assert copying["plan"]["incident"]["pair_of"] == recovery["incident"]
    assert copying["plan"]["target"] == recovery["plan"]["target"]


def test_the_copy_has_the_rows_of_that_moment_and_the_database_is_as_it_was(
    stage: Stage, database: RdsInstance, copying: dict[str, Any]
) -> None:
    (made,) = [one for one in stage.huawei.rds.made if one.copied_from is database]
    target = datetime.fromisoformat(copying["plan"]["target"])

    assert made.id == copying["copy"]["id"]
    assert made.tables == database.tables_at(target)
    assert made.tables["orders"].keys() == {"before"}
    assert database.tables["orders"].keys() == {"after"}


def test_each_is_told_by_itself(
    stage: Stage, recovery: dict[str, Any], copying: dict[str, Any]
) -> None:
    told = [(one["detail-type"], one["detail"]) for one in stage.aws.events()]
    kinds = {
        name: [
            kind for kind, detail in told if name in {detail.get("incident"), detail.get("owner")}
        ]
        for name in (recovery["incident"], copying["incident"])
    }

    assert kinds[recovery["incident"]] == ["Recovery Started", "Recovery Completed"]
    assert kinds[copying["incident"]] == ["Recovery Started", "Recovery Completed", "Copy Ready"]
    started = next(detail for kind, detail in told if detail.get("incident") == copying["incident"])
    assert started["pair_of"] == recovery["incident"]


def test_one_request_each_was_sent(stage: Stage, copying: dict[str, Any]) -> None:
    assert copying["tries"] == 1
    assert len(stage.huawei.requests_to("restore")) == 1
    assert len(stage.huawei.requests_to("rds-restore")) == 1
