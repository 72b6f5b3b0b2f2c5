from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox

ID = "dsfae23fsfdsae3435in01"
NOW = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as http:
        yield http


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    with HuaweiSandbox(Clock.frozen(NOW)) as cloud:
        yield cloud


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def get(http: httpx.Client, cloud: HuaweiSandbox, **query: str) -> httpx.Response:
    path = f"/v3/{cloud.project_id}/instances/{ID}/restore-time"
    return http.get(cloud.rds_url + path, params=query, headers={"X-Auth-Token": cloud.token})


def windows(http: httpx.Client, cloud: HuaweiSandbox, **query: str) -> list[tuple[int, int]]:
    rows: list[dict[str, Any]] = get(http, cloud, **query).json()["restore_time"]
    return [(row["start_time"], row["end_time"]) for row in rows]


def test_a_window_spans_from_the_retention_to_the_lag_in_milliseconds(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.add_rds(ID, "orders-db")

    found = windows(http, cloud)

    assert found == [(ms("2026-02-10T12:00:00.987Z"), ms("2026-02-17T11:54:59.861Z"))]


def test_windows_move_with_the_clock(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    cloud.add_rds(ID, "orders-db", retention=timedelta(hours=6))
    ((start, end),) = windows(http, cloud)

    cloud.clock.advance(timedelta(hours=1))

    assert windows(http, cloud) == [(start + 3_600_000, end + 3_600_000)]


def test_a_young_instance_is_restorable_only_since_its_first_backup(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.add_rds(ID, "orders-db", since=NOW - timedelta(minutes=2))
    nothing_yet = windows(http, cloud)

    cloud.clock.advance(timedelta(minutes=10))

    assert nothing_yet == []
    assert windows(http, cloud) == [(ms("2026-02-17T11:58:00Z"), ms("2026-02-17T12:04:59.861Z"))]


def test_a_gap_makes_two_windows_of_one(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    instance = cloud.add_rds(ID, "orders-db")
    instance.add_gap(NOW - timedelta(hours=3, milliseconds=1), NOW - timedelta(hours=2))

    found = windows(http, cloud)

    assert found == [
        (ms("2026-02-10T12:00:00.987Z"), ms("2026-02-17T08:59:59.999Z")),
        (ms("2026-02-17T10:00:00Z"), ms("2026-02-17T11:54:59.861Z")),
    ]


def test_a_gap_over_everything_leaves_an_empty_list(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.add_rds(ID, "orders-db").add_gap(NOW - timedelta(days=30), NOW)

    assert windows(http, cloud) == []


def test_a_day_in_the_middle_is_restorable_from_midnight_to_midnight_utc(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.add_rds(ID, "orders-db")
    midnight = ms("2026-02-14T00:00:00Z")

    assert windows(http, cloud, date="2026-02-14") == [(midnight, midnight + DAY_MS - 1)]


def test_adjacent_days_meet_at_midnight(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    cloud.add_rds(ID, "orders-db")

    ((_, end),) = windows(http, cloud, date="2026-02-13")
    ((start, _),) = windows(http, cloud, date="2026-02-14")

    assert (end, start) == (ms("2026-02-13T23:59:59.999Z"), ms("2026-02-14T00:00:00Z"))


def test_the_first_and_the_last_day_are_cut_by_the_window(
    http: httpx.Client, cloud: HuaweiSandbox
) -> None:
    cloud.add_rds(ID, "orders-db")

    first, last = windows(http, cloud, date="2026-02-10"), windows(http, cloud, date="2026-02-17")

    assert first == [(ms("2026-02-10T12:00:00.987Z"), ms("2026-02-10T23:59:59.999Z"))]
    assert last == [(ms("2026-02-17T00:00:00Z"), ms("2026-02-17T11:54:59.861Z"))]


@pytest.mark.parametrize("date", ["2026-02-09", "2026-02-18"])
def test_a_day_outside_the_window_has_no_windows(
    http: httpx.Client, cloud: HuaweiSandbox, date: str
) -> None:
    cloud.add_rds(ID, "orders-db")

    assert windows(http, cloud, date=date) == []


def test_a_gap_across_midnight_shows_on_both_days(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    instance = cloud.add_rds(ID, "orders-db")
    midnight = datetime(2026, 2, 15, tzinfo=UTC)
    instance.add_gap(midnight - timedelta(minutes=1), midnight + timedelta(minutes=1))

    before, after = windows(http, cloud, date="2026-02-14"), windows(http, cloud, date="2026-02-15")

    assert before[-1][1] == ms("2026-02-14T23:59:00Z")
    assert after[0][0] == ms("2026-02-15T00:01:00Z")


@pytest.mark.parametrize("date", ["", "2026-2-1", "2026-02-30", "20260217", "2026-02-17T00:00:00Z"])
def test_a_date_that_is_not_a_day_is_a_bad_parameter(
    http: httpx.Client, cloud: HuaweiSandbox, date: str
) -> None:
    cloud.add_rds(ID, "orders-db")

    response = get(http, cloud, date=date)

    assert (response.status_code, response.json()["error_code"]) == (400, "DBS.200001")


def test_an_unknown_instance_is_not_found(http: httpx.Client, cloud: HuaweiSandbox) -> None:
    response = get(http, cloud)

    assert (response.status_code, response.json()["error_code"]) == (404, "DBS.200002")
