"""The sandbox's backups of Redis: their whole life, what is refused, what outlives what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import redis

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.backups import BackupScript, CopyScript, DeletionScript
from sandbox.huawei.geminidb.redis_instance import RedisInstance
from sandbox.huawei.geminidb.shape import Shape
from sandbox.huawei.wire.faults import Fault

ID = "e73893ef73754465a8bd2e0857bbf13ein12"
NOW = datetime(2026, 2, 17, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as http:
        yield http


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    with HuaweiSandbox(Clock.frozen(NOW)) as cloud:
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
        self._cloud = cloud

    def call(self, method: str, path: str, **given: Any) -> httpx.Response:
        version = "v4" if path.startswith("/backups?") else "v3"
        url = f"{self._cloud.geminidb_url}/{version}/{self._cloud.project_id}{path}"
        return self._http.request(method, url, headers={"X-Auth-Token": self._cloud.token}, **given)

    def back_up(self, instance: str = ID, **changed: Any) -> httpx.Response:
        body = {"name": "lastgood-undo", "description": "before a restore"} | changed
        return self.call("POST", f"/instances/{instance}/backups", json=body)

    def backups(self, query: str = f"instance_id={ID}") -> list[dict[str, Any]]:
        return list(self.call("GET", f"/backups?{query}").json()["backups"])

    def restore(self, backup: str, **changed: Any) -> httpx.Response:
        body = restore_of(backup) | changed
        return self.call("POST", "/instances", json=body)

    def instances(self, query: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"/instances?{query}").json()["instances"])

    def delete(self, what: str) -> httpx.Response:
        return self.call("DELETE", what)


def restore_of(backup: str) -> dict[str, Any]:
    return {
        "name": "lastgood-copy",
        "datastore": {"type": "redis", "version": "6.2", "storage_engine": "rocksDB"},
        "region": "ap-southeast-1",
        "availability_zone": "ap-southeast-1a",
        "vpc_id": "vpc",
        "subnet_id": "subnet",
        "password": "Example-passw0rd",
        "mode": "Cluster",
        "flavor": [{"num": "3", "storage": "ULTRAHIGH", "size": "16", "spec_code": "x"}],
        "restore_info": {"backup_id": backup},
    }


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error_code"]


def complete(api: Api, cloud: HuaweiSandbox) -> str:
    backup = str(api.back_up().json()["backup_id"])
    cloud.clock.advance(2 * MINUTE)
    return backup


# A backup


@pytest.mark.usefixtures("cache")
def test_a_backup_is_building_and_then_complete_with_a_size(api: Api, cloud: HuaweiSandbox) -> None:
    answer = api.back_up()
    (building,) = api.backups()
    cloud.clock.advance(2 * MINUTE)
    (ready,) = api.backups()

    assert answer.status_code == 202
    assert answer.json()["backup_id"] == building["id"] == ready["id"]
    assert (building["status"], building["end_time"]) == ("BUILDING", "")
    assert (ready["status"], ready["end_time"]) == ("COMPLETED", "2026-02-17T20:02:00+0800")
    assert ready["size"] > 0


def test_a_backup_has_a_job_that_is_listed(api: Api, cache: RedisInstance) -> None:
    job = api.back_up().json()["job_id"]

    (row,) = api.call("GET", f"/jobs?id={job}").json()["jobs"]

    assert (row["status"], row["instance"]["id"]) == ("Running", cache.id)


def test_a_backup_fails_as_scripted(api: Api, cloud: HuaweiSandbox, cache: RedisInstance) -> None:
    cache.backups = BackupScript(fail_reason="No space.", unlisted_for=MINUTE)
    backup = api.back_up().json()["backup_id"]
    early = api.backups()
    cloud.clock.advance(2 * MINUTE)

    assert early == []
    assert [row["status"] for row in api.backups()] == ["FAILED"]
    assert cache.actions == ()
    assert error(api.restore(backup)) == (400, "DBS.301024")


def test_a_backup_that_never_ends_keeps_its_instance_busy(
    api: Api, cloud: HuaweiSandbox, cache: RedisInstance
) -> None:
    cache.backups = BackupScript(lasts=None)
    api.back_up()
    cloud.clock.advance(timedelta(days=1))

    assert cache.is_busy
    assert error(api.back_up()) == (403, "DBS.200011")
    assert error(api.delete(f"/instances/{ID}")) == (403, "DBS.200011")
    assert [row["status"] for row in api.backups()] == ["BUILDING"]


def test_an_instance_that_is_not_normal_is_not_backed_up(api: Api, cache: RedisInstance) -> None:
    cache.status = "abnormal"

    assert error(api.back_up()) == (403, "DBS.200019")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    "changed",
    [
        {"name": "abc"},
        {"name": "1abc"},
        {"name": "a.bcd"},
        {"description": None},
        {"description": "a=b"},
        {"description": "x" * 257},
    ],
    ids=str,
)
def test_a_backup_whose_words_are_not_allowed_is_refused(api: Api, changed: dict[str, Any]) -> None:
    assert error(api.back_up(**changed)) == (400, "DBS.200001")
    assert api.backups() == []


@pytest.mark.usefixtures("cache")
def test_backups_are_listed_newest_first_by_page_by_id_and_by_type(
    api: Api, cloud: HuaweiSandbox
) -> None:
    first, second = complete(api, cloud), complete(api, cloud)

    assert [row["id"] for row in api.backups()] == [second, first]
    assert [row["id"] for row in api.backups("limit=1&offset=1")] == [first]
    assert [row["id"] for row in api.backups(f"backup_id={first}")] == [first]
    assert api.backups("backup_type=Auto") == []
    assert api.backups("instance_id=0123456789abcdefin12") == []
    assert error(api.call("GET", "/backups?backup_type=manual")) == (400, "DBS.200001")


# A new instance


def test_a_new_instance_has_the_keys_when_it_is_normal_and_not_before(
    api: Api, cloud: HuaweiSandbox, cache: RedisInstance
) -> None:
    with redis.Redis.from_url(cache.url) as client:
        client.set("order:1", "paid")
        backup = complete(api, cloud)
        client.flushall()
    answer = api.restore(backup)
    (copy,) = cloud.geminidb.made
    (creating,) = api.instances(f"id={copy.id}")
    cloud.clock.advance(10 * MINUTE)
    (ready,) = api.instances("name=lastgood-copy")

    assert (answer.status_code, answer.json()["id"]) == (202, copy.id)
    assert (creating["status"], creating["groups"]) == ("creating", [])
    assert (ready["status"], ready["actions"], ready["port"]) == ("normal", [], str(copy.port))
    assert len(ready["groups"][0]["nodes"]) == 3
    with redis.Redis.from_url(copy.url) as client:
        assert client.get("order:1") == b"paid"


def test_the_source_is_busy_while_its_backup_is_restored(
    api: Api, cloud: HuaweiSandbox, cache: RedisInstance
) -> None:
    backup = complete(api, cloud)
    api.restore(backup)
    meanwhile = cache.actions
    cloud.clock.advance(10 * MINUTE)

    assert meanwhile == ("CHECKING_RESTORATION",)
    assert cache.actions == ()


@pytest.mark.usefixtures("cache")
def test_a_new_instance_that_fails_is_empty_and_can_be_deleted(
    api: Api, cloud: HuaweiSandbox
) -> None:
    cloud.geminidb.copies = CopyScript(fail_reason="createVM failed.", unlisted_for=MINUTE)
    copy = api.restore(complete(api, cloud)).json()["id"]
    early = api.instances(f"id={copy}")
    cloud.clock.advance(10 * MINUTE)
    (row,) = api.instances(f"id={copy}")
    deleting = api.delete(f"/instances/{copy}")
    cloud.clock.advance(MINUTE)

    assert early == []
    assert (row["status"], row["groups"]) == ("createfail", [])
    assert deleting.status_code == 202
    assert api.instances(f"id={copy}") == []
    assert [gone.id for gone in cloud.geminidb.deleted] == [copy]


@pytest.mark.usefixtures("cache")
def test_a_new_instance_that_is_stuck_can_be_deleted(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.geminidb.copies = CopyScript(builds=None)
    copy = api.restore(complete(api, cloud)).json()["id"]

    assert api.delete(f"/instances/{copy}").status_code == 202


@pytest.mark.usefixtures("cache")
def test_without_restore_info_an_empty_instance_would_be_billed(api: Api) -> None:
    body = restore_of("x")
    del body["restore_info"]

    response = api.call("POST", "/instances", json=body)

    assert error(response) == (400, "DBS.200001")
    assert "BILLED" in response.json()["error_msg"]


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": "abc"}, "DBS.200001"),
        ({"mode": "CloudNativeCluster"}, "DBS.200001"),
        (
            {"datastore": {"type": "redis", "version": "5.0", "storage_engine": "rocksDB"}},
            "DBS.200001",
        ),
        ({"datastore": {"type": "mongodb"}}, "DBS.200001"),
        ({"flavor": []}, "DBS.200001"),
        ({"flavor": [restore_of("x")["flavor"][0] | {"num": "2"}]}, "DBS.200001"),
        ({"flavor": [restore_of("x")["flavor"][0] | {"size": "8"}]}, "DBS.200001"),
        ({"charge_info": {"charge_mode": "prePaid"}}, "DBS.200001"),
        ({"port": "6380"}, "DBS.200001"),
        ({"password": "short"}, "DBS.200052"),
        ({"password": "alllowercase"}, "DBS.200052"),
        ({"restore_info": {"backup_id": "0123456789abcdefbr12"}}, "DBS.301024"),
    ],
    ids=str,
)
def test_a_new_instance_unlike_its_backup_is_refused(
    api: Api, cloud: HuaweiSandbox, changed: dict[str, Any], code: str
) -> None:
    backup = complete(api, cloud)

    assert error(api.restore(backup, **changed)) == (400, code)
    assert cloud.geminidb.made == []


@pytest.mark.usefixtures("cache")
def test_no_instance_is_made_beyond_the_quota(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.geminidb.quota = 1

    assert error(api.restore(complete(api, cloud))) == (413, "DBS.200046")


# Deletions and tags


def test_a_backup_outlives_its_instance(
    api: Api, cloud: HuaweiSandbox, cache: RedisInstance
) -> None:
    with redis.Redis.from_url(cache.url) as client:
        client.set("order:1", "paid")
    backup = complete(api, cloud)
    api.delete(f"/instances/{ID}")
    cloud.clock.advance(MINUTE)

    assert api.instances(f"id={ID}") == []
    assert [row["id"] for row in api.backups()] == [backup]
    assert api.restore(backup).status_code == 202
    cloud.clock.advance(10 * MINUTE)
    with redis.Redis.from_url(cloud.geminidb.made[0].url) as client:
        assert client.get("order:1") == b"paid"


@pytest.mark.usefixtures("cache")
def test_a_backup_in_use_or_in_the_making_is_not_deleted(api: Api, cloud: HuaweiSandbox) -> None:
    backup = api.back_up().json()["backup_id"]
    early = api.delete(f"/backups/{backup}")
    cloud.clock.advance(2 * MINUTE)
    api.restore(backup)
    meanwhile = api.delete(f"/backups/{backup}")
    cloud.clock.advance(10 * MINUTE)
    late = api.delete(f"/backups/{backup}")
    again = api.delete(f"/backups/{backup}")
    cloud.clock.advance(MINUTE)

    assert error(early) == (400, "DBS.201204")
    assert error(meanwhile) == (400, "DBS.201319")
    assert late.status_code == 202
    assert error(again) == (400, "DBS.201204")
    assert api.backups() == []
    assert error(api.delete(f"/backups/{backup}")) == (400, "DBS.201214")


@pytest.mark.usefixtures("cache")
def test_a_deletion_may_come_to_nothing(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.geminidb.deletions = DeletionScript(fail_reason="Not today.")
    backup = complete(api, cloud)
    api.delete(f"/backups/{backup}")
    api.delete(f"/instances/{ID}")
    cloud.clock.advance(MINUTE)

    assert [row["id"] for row in api.backups()] == [backup]
    assert len(api.instances(f"id={ID}")) == 1


def test_an_instance_by_the_month_is_not_deleted(api: Api, cache: RedisInstance) -> None:
    cache.shape = replace(Shape(), by_the_month=True)

    assert error(api.delete(f"/instances/{ID}")) == (400, "DBS.280404")


def test_tags_are_added_to_those_that_are_there(api: Api, cache: RedisInstance) -> None:
    cache.tags = {"team": "orders", "a": "1"}
    body = {"action": "create", "tags": [{"key": "a", "value": "2"}, {"key": "b"}]}

    answer = api.call("POST", f"/instances/{ID}/tags/action", json=body)

    assert (answer.status_code, answer.content) == (200, b"")
    assert api.call("GET", f"/instances/{ID}/tags").json()["tags"] == [
        {"key": "team", "value": "orders"},
        {"key": "a", "value": "2"},
        {"key": "b", "value": ""},
    ]


@pytest.mark.parametrize(
    "tags",
    [
        [],
        [{"key": "a"}, {"key": "a"}],
        [{"key": "a b"}],
        [{"key": "k" * 37}],
        [{"key": "a", "value": "v" * 44}],
        [{"key": f"k{number}"} for number in range(20)],
    ],
    ids=str,
)
def test_tags_that_are_not_allowed_change_nothing(
    api: Api, cache: RedisInstance, tags: list[dict[str, str]]
) -> None:
    cache.tags = {"team": "orders"}
    body = {"action": "create", "tags": tags}

    answer = api.call("POST", f"/instances/{ID}/tags/action", json=body)

    assert error(answer) == (400, "DBS.200001")
    assert cache.tags == {"team": "orders"}


@pytest.mark.usefixtures("cache")
def test_every_fault_works_on_a_backup(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.faults.add("back-up", Fault.drop_after())
    with pytest.raises(httpx.RemoteProtocolError):
        api.back_up()
    made = len(api.backups())
    cloud.faults.add("back-up", Fault.throttle())
    throttled = api.back_up()

    assert made == 1
    assert error(throttled) == (429, "APIGW.0308")
    assert [request.acted for request in cloud.requests_to("back-up")] == [True, False]
