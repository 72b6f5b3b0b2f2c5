"""The verify function from the bundle, while one instance misses its objective and recovers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.huawei.geminidb.redis_instance import PitrPolicy
from sandbox.huawei.wire.faults import Fault
from sandbox.stage import CACHE, DATABASE, HISTORY, SESSIONS, VERIFY_FUNCTION, Stage
from tests.support.bundle import BundledStage
from tests.support.incidents import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Two minutes after it is set, a point is made; so much of the story is left then.
SOON = PitrPolicy(interval=timedelta(minutes=2))
LEFT = timedelta(minutes=4)


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    with BundledStage(bundles) as stage:
        stage.clock.advance(HISTORY - LEFT)
        yield stage


@pytest.fixture(scope="module")
def told(stage: Stage) -> list[list[dict[str, Any]]]:
    """What each of three sweeps told: points too old, the same once more, and a point just made."""
    told = [sweep_and_listen(stage), sweep_and_listen(stage)]
    stage.sessions.set_pitr(SOON)
    stage.clock.catch_up()
    return [*told, sweep_and_listen(stage)]


def sweep_and_listen(stage: Stage) -> list[dict[str, Any]]:
    before = len(stage.aws.events())
    swept = stage.sweep(PATIENCE)
    assert swept.status == "SUCCEEDED", swept.error
    return stage.aws.events()[before:]


def kinds(events: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(event["detail-type"], event["detail"].get("instance")) for event in events]


def test_what_misses_its_objective_is_told_with_what_was_found(
    told: list[list[dict[str, Any]]],
) -> None:
    degraded, completed = told[0]

    assert kinds([degraded]) == [("Recoverability Degraded", SESSIONS)]
    assert degraded["detail"]["finding"]["verdict"] == "degraded"
    assert "max_lag" in degraded["detail"]["finding"]["reasons"][0]
    assert completed["detail"]["counts"] == {"ok": 2, "degraded": 1}
    assert [named["name"] for named in completed["detail"]["worst"]] == ["sessions-cache"]


@pytest.mark.usefixtures("told")
def test_a_person_is_told_once_of_what_misses_its_objective(stage: Stage) -> None:
    ((subject, text),) = stage.notices()[:1]

    assert subject == "lastgood: sessions-cache could not be restored as promised"
    assert text.startswith("sessions-cache is degraded\nthe newest moment is ")
    assert [one for one, _ in stage.notices()].count(subject) == 1


def test_what_stays_as_it_was_is_not_told_again(told: list[list[dict[str, Any]]]) -> None:
    assert kinds(told[1]) == [("Sweep Completed", None)]


def test_what_meets_its_objective_again_is_told(told: list[list[dict[str, Any]]]) -> None:
    assert kinds(told[2]) == [("Recoverability Restored", SESSIONS), ("Sweep Completed", None)]


@pytest.mark.usefixtures("told")
def test_an_instance_that_cannot_be_measured_is_told_and_hides_no_other(stage: Stage) -> None:
    stage.huawei.faults.add("windows", Fault.refuse(403, "DBS.280032", "No permission."))

    degraded, completed = sweep_and_listen(stage)

    assert kinds([degraded]) == [("Recoverability Degraded", DATABASE)]
    assert degraded["detail"]["finding"]["verdict"] == "unknown"
    assert completed["detail"]["verdict"] == "unknown"
    assert completed["detail"]["counts"]["ok"] == 2


@pytest.mark.usefixtures("told")
def test_the_log_holds_the_metrics_of_every_instance(stage: Stage) -> None:
    assert stage.sweep(PATIENCE).status == "SUCCEEDED"
    finding = stage.findings()[CACHE]

    measured = [line for line in log(stage) if line.get("instance_id") == CACHE][-1]

    (declared,) = measured["_aws"]["CloudWatchMetrics"]
    assert declared["Namespace"] == "lastgood"
    assert declared["Dimensions"] == [["service"]]
    assert measured["instance_name"] == "orders-cache"
    assert {metric["Name"]: measured[metric["Name"]] for metric in declared["Metrics"]} == {
        "Recoverable": [1],
        "RestorableLag": [finding.lag_seconds],
        "RestorableCoverage": [finding.coverage_seconds],
        "LongestGap": [finding.longest_gap_seconds],
    }


@pytest.mark.usefixtures("told")
def test_the_log_is_json_without_a_traceback_or_the_token(stage: Stage) -> None:
    assert not [line for line in log(stage) if "stackTrace" in line]
    assert stage.key["secret_key"] not in stage.functions.log(VERIFY_FUNCTION)


def log(stage: Stage) -> list[dict[str, Any]]:
    lines = stage.functions.log(VERIFY_FUNCTION).splitlines()
    return [json.loads(line) for line in lines if line]
