from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.huawei.geminidb.redis_instance import PitrPolicy, RedisInstance

ID = "e73893ef73754465a8bd2e0857bbf13ein12"
OTHER = "0123456789abcdef0123456789abcdefin12"
START = datetime(2022, 6, 1, 10, 30, 20, tzinfo=UTC)
FIRST_POINT = "2022-06-01T18:50:20+0800"
PITR = f"/redis/instances/{ID}/pitr"
POINTS = f"{PITR}/restorable-time-periods"
WHOLE_PERIOD = {
    "start_time": "2022-06-01T00:00:00+0800",
    "end_time": "2022-06-30T00:00:00+0800",
}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as http:
        yield http


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    with HuaweiSandbox(Clock.frozen(START)) as cloud:
        yield cloud


@pytest.fixture
def cache(cloud: HuaweiSandbox) -> RedisInstance:
    return cloud.add_redis(ID, "orders-cache")


@pytest.fixture
def api(http: httpx.Client, cloud: HuaweiSandbox) -> Api:
    return Api(http, cloud)


class Api:
    def __init__(self, http: httpx.Client, cloud: HuaweiSandbox) -> None:
        self._http = http
        self._base = f"{cloud.geminidb_url}/v3/{cloud.project_id}"
        self._headers = {"X-Auth-Token": cloud.token}

    def get(self, path: str, query: dict[str, str] | str | None = None) -> httpx.Response:
        return self._http.get(self._base + path, params=query, headers=self._headers)

    def restore(self, restore_time: str) -> httpx.Response:
        return self._http.put(
            self._base + PITR, json={"restore_time": restore_time}, headers=self._headers
        )

    def job(self, job_id: str) -> dict[str, Any]:
        (row,) = self.get("/jobs", {"id": job_id}).json()["jobs"]
        return dict(row)


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error_code"]


# The policy


def test_the_policy_has_minutes_and_days(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.add_redis(ID, "cache", pitr=PitrPolicy(timedelta(minutes=5), timedelta(days=7)))

    assert api.get(f"{PITR}/policy").json() == {"enabled": True, "interval": 5, "keep_days": 7}


def test_without_pitr_the_policy_is_only_disabled_and_there_are_no_points(
    api: Api, cloud: HuaweiSandbox
) -> None:
    cloud.add_redis(ID, "cache", pitr=None)
    cloud.clock.advance(timedelta(hours=1))

    policy, points = api.get(f"{PITR}/policy"), api.get(POINTS, WHOLE_PERIOD)

    assert policy.json() == {"enabled": False}
    assert points.json() == {"restore_time": [], "total_count": 0}


def test_a_get_on_the_path_of_the_restore_returns_the_storage_used(
    api: Api, cache: RedisInstance
) -> None:
    response = api.get(PITR)

    assert response.json() == {"storage": "0.1"}
    assert cache.actions == ()


# The points


def test_points_come_unsorted(api: Api, cache: RedisInstance, cloud: HuaweiSandbox) -> None:
    cloud.clock.advance(timedelta(hours=1))

    listed = api.get(POINTS, WHOLE_PERIOD).json()["restore_time"]

    assert listed != sorted(listed)
    assert sorted(listed) == cache.points


def test_points_come_in_pages_of_at_most_100(api: Api, cloud: HuaweiSandbox) -> None:
    cache = cloud.add_redis(ID, "cache", pitr=PitrPolicy(timedelta(minutes=5), timedelta(days=1)))
    cloud.clock.advance(timedelta(days=2))

    pages = [
        api.get(POINTS, {**WHOLE_PERIOD, "offset": str(offset), "limit": "100"}).json()
        for offset in (0, 100, 200, 300)
    ]

    assert [len(page["restore_time"]) for page in pages] == [100, 100, 88, 0]
    assert {page["total_count"] for page in pages} == {288}
    assert sorted(point for page in pages for point in page["restore_time"]) == cache.points


def test_without_a_limit_a_page_has_100_points(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.add_redis(ID, "cache", pitr=PitrPolicy(timedelta(minutes=5), timedelta(days=1)))
    cloud.clock.advance(timedelta(days=1))

    assert len(api.get(POINTS, WHOLE_PERIOD).json()["restore_time"]) == 100


@pytest.mark.usefixtures("cache")
def test_both_ends_of_the_period_are_included_whatever_their_offset(
    api: Api, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=2))

    query = {"start_time": "2022-06-01T11:10:20+0000", "end_time": "2022-06-01T19:30:20+0800"}

    assert sorted(api.get(POINTS, query).json()["restore_time"]) == [
        "2022-06-01T19:10:20+0800",
        "2022-06-01T19:30:20+0800",
    ]


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    "change",
    [
        {"start_time": ""},
        {"start_time": "2022-06-01T18:50:20Z"},
        {"start_time": "2022-06-01T18:50:20+08:00"},
        {"start_time": "2022-06-01T18:50:20.5+0800"},
        {"start_time": "2022-13-01T18:50:20+0800"},
        {"start_time": "2022-07-01T00:00:00+0800"},
        {"offset": "-1"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "ten"},
    ],
)
def test_a_wrong_query_for_points_is_a_bad_parameter(api: Api, change: dict[str, str]) -> None:
    assert error(api.get(POINTS, {**WHOLE_PERIOD, **change})) == (400, "DBS.200001")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("missing", ["start_time", "end_time"])
def test_both_ends_of_the_period_are_needed(api: Api, missing: str) -> None:
    query = {name: value for name, value in WHOLE_PERIOD.items() if name != missing}

    assert error(api.get(POINTS, query)) == (400, "DBS.200001")


@pytest.mark.usefixtures("cache")
def test_a_plus_that_is_not_encoded_is_a_bad_parameter(api: Api) -> None:
    literal = "start_time=2022-06-01T00:00:00+0800&end_time=2022-06-30T00:00:00+0800"

    assert error(api.get(f"{POINTS}?{literal}")) == (400, "DBS.200001")
    assert api.get(f"{POINTS}?{literal.replace('+', '%2B')}").status_code == 200


# The restore


def test_a_restore_is_accepted_with_a_job_that_runs_and_completes(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=1))

    accepted = api.restore(FIRST_POINT)
    job_id = accepted.json()["job_id"]
    seen = []
    for minutes in (0, 0.7, 4.2, 0.1):
        cloud.clock.advance(timedelta(minutes=minutes))
        seen.append((api.job(job_id)["status"], api.job(job_id)["progress"], cache.actions))

    assert accepted.status_code == 202
    assert seen == [
        ("Running", "", ("RESTORING",)),
        ("Running", "14%", ("RESTORING",)),
        ("Running", "98%", ("RESTORING",)),
        ("Completed", "", ()),
    ]


@pytest.mark.usefixtures("cache")
def test_a_job_is_listed_with_its_times_and_its_instance(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.clock.advance(timedelta(hours=1))
    job_id = api.restore(FIRST_POINT).json()["job_id"]

    cloud.clock.advance(timedelta(minutes=5))

    assert api.job(job_id) == {
        "id": job_id,
        "name": "SandboxRestore",
        "status": "Completed",
        "start_time": "2022-06-01T19:30:20+0800",
        "end_time": "2022-06-01T19:35:20+0800",
        "progress": "",
        "instance": {"id": ID, "name": "orders-cache"},
        "fail_reason": "",
    }


def test_a_failed_job_shows_its_reason(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cache.restores = RestoreScript(fail_reason="the snapshot is broken")
    cloud.clock.advance(timedelta(hours=1))
    job_id = api.restore(FIRST_POINT).json()["job_id"]
    running = api.job(job_id)

    cloud.clock.advance(timedelta(minutes=5))

    assert (running["status"], running["fail_reason"]) == ("Running", "")
    assert api.job(job_id)["status"] == "Failed"
    assert api.job(job_id)["fail_reason"] == "the snapshot is broken"


def test_a_job_may_stay_out_of_the_list_for_a_while(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cache.restores = RestoreScript(hidden_for=timedelta(seconds=10))
    cloud.clock.advance(timedelta(hours=1))
    job_id = api.restore(FIRST_POINT).json()["job_id"]

    hidden = api.get("/jobs", {"id": job_id})
    cloud.clock.advance(timedelta(seconds=10))

    assert (hidden.status_code, hidden.json()) == (200, {"jobs": [], "total_count": 0})
    assert api.job(job_id)["status"] == "Running"


def test_an_instance_may_stay_busy_after_its_job_has_ended(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cache.restores = RestoreScript(settles_in=timedelta(minutes=1))
    cloud.clock.advance(timedelta(hours=1))
    job_id = api.restore(FIRST_POINT).json()["job_id"]

    cloud.clock.advance(timedelta(minutes=5))
    ended = (api.job(job_id)["status"], cache.actions)
    cloud.clock.advance(timedelta(minutes=1))

    assert ended == ("Completed", ("RESTORING",))
    assert cache.actions == ()


@pytest.mark.usefixtures("cache")
def test_a_second_restore_finds_the_instance_busy(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.clock.advance(timedelta(hours=1))
    api.restore(FIRST_POINT)

    second = api.restore(FIRST_POINT)
    cloud.clock.advance(timedelta(minutes=5))
    third = api.restore(FIRST_POINT)

    assert error(second) == (403, "DBS.200011")
    assert third.status_code == 202


def test_any_other_operation_makes_the_instance_busy_too(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=1))

    cache.actions = ("GROWING",)

    assert error(api.restore(FIRST_POINT)) == (403, "DBS.200011")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    "restore_time",
    [
        "2022-06-01T18:50:21+0800",
        "2022-06-01T10:50:20+0000",
        "2022-06-01T10:50:20Z",
        "2022-06-01T18:50:20+08:00",
        "2022-06-02T18:50:20+0800",
        "",
    ],
)
def test_only_the_exact_string_of_a_point_can_be_restored(
    api: Api, cloud: HuaweiSandbox, restore_time: str
) -> None:
    cloud.clock.advance(timedelta(hours=1))

    assert error(api.restore(restore_time)) == (400, "DBS.201215")


@pytest.mark.usefixtures("cache")
def test_a_point_that_is_gone_cannot_be_restored(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.clock.advance(timedelta(days=2))

    assert error(api.restore(FIRST_POINT)) == (400, "DBS.201215")


def test_without_pitr_nothing_can_be_restored(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=1))
    cache.set_pitr(None)

    assert error(api.restore(FIRST_POINT)) == (400, "DBS.280404")


def test_only_a_proxy_cluster_can_be_restored(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=1))
    cache.mode = "Replication"

    assert error(api.restore(FIRST_POINT)) == (400, "DBS.280404")


def test_an_instance_that_is_not_normal_cannot_be_restored(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=1))
    cache.status = "frozen"

    assert error(api.restore(FIRST_POINT)) == (403, "DBS.200019")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"{}", b'{"restore_time": 7}', b"\xff"])
def test_a_put_without_a_time_is_a_bad_parameter(
    http: httpx.Client, cloud: HuaweiSandbox, body: bytes
) -> None:
    url = f"{cloud.geminidb_url}/v3/{cloud.project_id}{PITR}"

    response = http.put(url, content=body, headers={"X-Auth-Token": cloud.token})

    assert error(response) == (400, "DBS.200001")


def test_a_put_to_an_unknown_instance_is_not_found(api: Api) -> None:
    assert error(api.restore(FIRST_POINT)) == (404, "DBS.200002")


# The jobs


def test_jobs_are_found_by_their_start_time(
    api: Api, cache: RedisInstance, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=1))
    ids = []
    for _ in range(12):
        ids.append(api.restore(cache.points[-1]).json()["job_id"])
        cloud.clock.advance(timedelta(minutes=10))

    everything = api.get("/jobs", {"limit": "20"}).json()
    second_page = api.get("/jobs", {"offset": "10", "limit": "10"}).json()
    period = {"start_time": "2022-06-01T19:30:20+0800", "end_time": "2022-06-01T19:40:20+0800"}
    first_two = api.get("/jobs", period).json()

    assert [row["id"] for row in everything["jobs"]] == ids[::-1]
    assert ([row["id"] for row in second_page["jobs"]], second_page["total_count"]) == (
        [ids[1], ids[0]],
        12,
    )
    assert [row["id"] for row in first_two["jobs"]] == [ids[1], ids[0]]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "1"},
        {"limit": "100"},
        {"offset": "x"},
        {"start_time": "2022-06-01T00:00:00Z"},
        {"start_time": "2022-05-01T00:00:00+0800", "end_time": "2022-06-01T00:00:00+0800"},
        {"start_time": "2022-06-02T00:00:00+0800", "end_time": "2022-06-01T00:00:00+0800"},
    ],
)
def test_a_wrong_query_for_jobs_is_a_bad_parameter(api: Api, query: dict[str, str]) -> None:
    assert error(api.get("/jobs", query)) == (400, "DBS.200001")


# The instances


@pytest.mark.usefixtures("cache")
def test_an_instance_is_found_by_its_id(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.add_redis(OTHER, "another")

    found = api.get("/instances", {"id": ID, "datastore_type": "redis"}).json()

    (row,) = found["instances"]
    assert found["total_count"] == 1
    assert (row["id"], row["name"], row["mode"]) == (ID, "orders-cache", "Cluster")
    assert (row["status"], row["actions"]) == ("normal", [])
    assert row["created"] == "2022-06-01T10:30:20"


@pytest.mark.usefixtures("cache")
def test_a_busy_instance_shows_its_action_and_keeps_its_status(
    api: Api, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(hours=1))
    api.restore(FIRST_POINT)

    (row,) = api.get("/instances", {"id": ID}).json()["instances"]

    assert (row["status"], row["actions"]) == ("normal", ["RESTORING"])


@pytest.mark.usefixtures("cache")
def test_an_unknown_id_finds_no_rows_and_no_error(api: Api) -> None:
    response = api.get("/instances", {"id": OTHER})

    assert (response.status_code, response.json()) == (200, {"instances": [], "total_count": 0})


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(("wanted", "rows"), [("*", 2), ("*in12", 2), ("*e7389", 1), ("*no", 0)])
def test_an_id_with_a_leading_star_finds_ids_that_contain_it(
    api: Api, cloud: HuaweiSandbox, wanted: str, rows: int
) -> None:
    cloud.add_redis(OTHER, "another")

    assert api.get("/instances", {"id": wanted}).json()["total_count"] == rows


@pytest.mark.usefixtures("cache")
def test_instances_come_in_pages(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.add_redis(OTHER, "another")

    page = api.get("/instances", {"offset": "1", "limit": "1"}).json()

    assert ([row["id"] for row in page["instances"]], page["total_count"]) == ([OTHER], 2)


@pytest.mark.usefixtures("cache")
def test_there_are_no_instances_of_other_engines(api: Api) -> None:
    assert api.get("/instances", {"datastore_type": "cassandra"}).json()["total_count"] == 0
