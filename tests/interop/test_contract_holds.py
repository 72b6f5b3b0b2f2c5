"""The sandbox answers as the contracts say, whatever it is asked: schemathesis looks for a slip.

It is run as the program that it is, once a service. SCHEMATHESIS_EXAMPLES makes it look longer:
so many examples an operation, other ones each time. The tests always try the same few.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.backups import BackupScript
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.huawei.geminidb.shape import Shape as RedisShape
from sandbox.huawei.rds.shape import Shape
from sandbox.huawei.wire.faults import Operation

ROOT = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")

RDS = "dsfae23fsfdsae3435in01"
METRIC = "SYS.NoSQL/redis_db_keys"

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES")
SLICE = ["--max-examples=4", "--generation-deterministic", "--phases=examples,coverage,fuzzing"]
EXTENT = [f"--max-examples={EXAMPLES}"] if EXAMPLES else SLICE


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    """The instances, points and users of the examples in the contract."""
    with HuaweiSandbox(Clock.frozen(datetime(2022, 6, 1, 10, 30, 20, tzinfo=UTC))) as cloud:
        # One by the month is not deleted, and so is there from beginning to end.
        redis = cloud.add_redis(
            "e73893ef73754465a8bd2e0857bbf13ein12",
            "orders-cache",
            shape=RedisShape(by_the_month=True),
        )
        redis.restores = RestoreScript(lasts=timedelta(0))
        redis.backups = BackupScript(lasts=timedelta(0))
        cloud.add_rds(RDS, "orders-db")
        began = datetime(2022, 6, 1, 10, 40, 20, tzinfo=UTC)
        dimensions = {"redis_cluster_id": redis.id}
        condition = {"period": 1, "filter": "average", "comparison_operator": "<", "value": 1000}
        cloud.cloud_eye.add_record(
            "al1604473987569z6n6nkpm1", METRIC, dimensions, began, condition, values={began: 12.5}
        )
        cloud.cloud_eye.measure(METRIC, dimensions, {began: 12.5})
        cloud.add_user("example-domain", "lastgood", "the-password")
        cloud.clock.advance(timedelta(hours=1))
        yield cloud


@pytest.fixture
def database() -> Iterator[HuaweiSandbox]:
    """The instances of the examples in the contract of RDS, at a moment that fits them."""
    with HuaweiSandbox(Clock.frozen(datetime(2026, 2, 17, 12, tzinfo=UTC))) as cloud:
        # An instance by the month is not deleted, and so can be restored from beginning to end.
        cloud.add_rds(RDS, "orders-db", shape=Shape(charge_mode="prePaid"))
        cloud.add_rds("0ac19a2b5b5f4d1a8c7e6d5f4b3a2918in01", "lastgood-old")
        yield cloud


@pytest.mark.parametrize("service", ["ces", "geminidb", "rds", "iam"])
def test_no_answer_contradicts_the_contract(
    service: str, cloud: HuaweiSandbox, tmp_path: Path
) -> None:
    search("openapi.yaml", service, cloud, tmp_path)


def test_no_answer_contradicts_the_contract_of_rds(database: HuaweiSandbox, tmp_path: Path) -> None:
    search("openapi-rds.yaml", "rds", database, tmp_path)

    acted = {request.operation for request in database.requests if request.acted}
    operations = {each for each in get_args(Operation) if each.startswith("rds-")}
    # Only a search that follows links from answer to request finds a job that there is.
    assert database.rds.made
    assert operations - {"rds-job"} <= acted <= operations


def search(contract: str, service: str, cloud: HuaweiSandbox, folder: Path) -> None:
    """Look for an answer of a service that its contract does not allow."""
    urls = {
        "ces": cloud.ces_url,
        "geminidb": cloud.geminidb_url,
        "rds": cloud.rds_url,
        "iam": cloud.iam_url,
    }
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    where = [str(ROOT / contract), "--url", urls[service], "--include-tag", service]
    caller = ["--header", f"X-Auth-Token: {cloud.token}"]

    run = subprocess.run(  # noqa: S603  the arguments are ours
        [schemathesis, f"--config-file={CONFIG}", "run", *where, *caller, *EXTENT, "--no-color"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert any(request.acted for request in cloud.requests)


@pytest.mark.parametrize(
    ("service", "path", "status"),
    [
        ("geminidb", "jobs?end_time=0001-01-01T00:00:00%2B0000", 400),
        ("geminidb", f"jobs?offset={2**64}", 200),
        ("rds", f"instances/{RDS}/restore-time?date=9999-12-31", 200),
        ("rds", f"instances/{RDS}/restore-time?date=0001-01-01", 200),
    ],
)
def test_the_edges_of_the_calendar_and_of_numbers_are_answered(
    service: str, path: str, status: int, cloud: HuaweiSandbox
) -> None:
    url = cloud.geminidb_url if service == "geminidb" else cloud.rds_url

    response = httpx.get(
        f"{url}/v3/{cloud.project_id}/{path}", headers={"X-Auth-Token": cloud.token}
    )

    assert response.status_code == status


@pytest.mark.parametrize(("language", "status"), [("en-us", 200), ("zh-cn", 200), ("xx", 400)])
def test_the_language_is_one_of_two(language: str, status: int, cloud: HuaweiSandbox) -> None:
    response = httpx.get(
        f"{cloud.rds_url}/v3/{cloud.project_id}/instances/{RDS}/restore-time",
        headers={"X-Auth-Token": cloud.token, "X-Language": language},
    )

    assert response.status_code == status
