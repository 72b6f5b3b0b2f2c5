"""The sandbox's RDS restored to a new instance: its whole life, its refusals, its deletion."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.rds.instance import Backup, RdsInstance
from sandbox.huawei.rds.shape import ZONES, Shape
from sandbox.huawei.rds.tasks import CopyScript, DeletionScript
from sandbox.huawei.wire.faults import Fault

SOURCE = "dsfae23fsfdsae3435in01"
NOW = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)
GOOD = NOW - timedelta(minutes=30)
BAD = NOW - timedelta(minutes=20)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as http:
        yield http


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    with HuaweiSandbox(Clock.frozen(NOW - timedelta(hours=1))) as cloud:
        yield cloud


@pytest.fixture
def source(cloud: HuaweiSandbox) -> RdsInstance:
    """A database whose rows went bad twenty minutes ago."""
    source = cloud.add_rds(SOURCE, "orders-db", shape=Shape(tags={"team": "orders"}))
    source.put("orders", "1", {"status": "paid"})
    cloud.clock.advance_to(GOOD)
    source.put("orders", "2", {"status": "open"})
    cloud.clock.advance_to(BAD)
    source.remove("orders", "1")
    source.put("orders", "2", {"status": "corrupt"})
    cloud.clock.advance_to(NOW)
    return source


class Api:
    def __init__(self, http: httpx.Client, cloud: HuaweiSandbox) -> None:
        self._http = http
        self._base = f"{cloud.rds_url}/v3/{cloud.project_id}"
        self._headers = {"X-Auth-Token": cloud.token}

    def get(self, path: str, **query: object) -> httpx.Response:
        given = {name: str(value) for name, value in query.items()}
        return self._http.get(self._base + path, params=given, headers=self._headers)

    def restore(self, moment: datetime = GOOD, **changed: Any) -> httpx.Response:
        body = copy_of(SOURCE, moment) | changed
        return self._http.post(f"{self._base}/instances", json=body, headers=self._headers)

    def delete(self, instance_id: str) -> httpx.Response:
        return self._http.delete(f"{self._base}/instances/{instance_id}", headers=self._headers)

    def instances(self, **query: object) -> list[dict[str, Any]]:
        return list(self.get("/instances", **query).json()["instances"])

    def status(self, instance_id: str) -> str | None:
        """The status of an instance; None where it is not listed."""
        rows = self.instances(id=instance_id)
        return str(rows[0]["status"]) if rows else None

    def job(self, job_id: str) -> dict[str, Any]:
        return dict(self.get("/jobs", id=job_id).json()["job"])


def copy_of(instance_id: str, moment: datetime) -> dict[str, Any]:
    """A body as a client would write it."""
    shape = Shape()
    milliseconds = round(moment.timestamp() * 1000)
    return {
        "name": "lastgood-2f6c1d",
        "restore_point": {
            "instance_id": instance_id,
            "type": "timestamp",
            "restore_time": milliseconds,
        },
        "flavor_ref": shape.flavor,
        "volume": {"type": shape.volume_type, "size": shape.volume_gb},
        "region": shape.region,
        "availability_zone": ZONES[0],
        "vpc_id": shape.vpc_id,
        "subnet_id": shape.subnet_id,
        "security_group_id": "another-group",
        "password": "Example-passw0rd",
        "tags": [{"key": "lastgood", "value": "drill"}],
    }


@pytest.fixture
def api(http: httpx.Client, cloud: HuaweiSandbox, source: RdsInstance) -> Api:
    assert source.id == SOURCE
    return Api(http, cloud)


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error_code"]


# A copy


def test_a_copy_has_the_rows_of_the_moment_and_the_source_keeps_its_own(
    api: Api, cloud: HuaweiSandbox, source: RdsInstance
) -> None:
    before = source.tables

    api.restore()
    cloud.clock.advance(10 * MINUTE)

    (made,) = cloud.rds.made
    assert made.tables == {"orders": {"1": {"status": "paid"}, "2": {"status": "open"}}}
    assert made.tables == source.tables_at(GOOD)
    assert source.tables == before == {"orders": {"2": {"status": "corrupt"}}}


def test_what_happens_to_the_source_meanwhile_does_not_reach_the_copy(
    api: Api, cloud: HuaweiSandbox, source: RdsInstance
) -> None:
    api.restore()
    source.put("orders", "3", {"status": "new"})
    cloud.clock.advance(10 * MINUTE)
    source.put("orders", "4", {"status": "newer"})

    assert set(cloud.rds.made[0].tables["orders"]) == {"1", "2"}


def test_a_copy_is_built_then_active_for_a_moment_then_backed_up_then_active(
    api: Api, cloud: HuaweiSandbox
) -> None:
    made = api.restore().json()["instance"]
    seen = [api.status(made["id"])]

    for wait in (10 * MINUTE, timedelta(seconds=20), 3 * MINUTE):
        cloud.clock.advance(wait)
        seen.append(api.status(made["id"]))

    assert seen == ["BUILD", "ACTIVE", "BACKING UP", "ACTIVE"]


def test_the_answer_names_the_instance_and_the_job_and_has_its_numbers_as_text(api: Api) -> None:
    answer = api.restore()

    assert answer.status_code == 202
    document = answer.json()
    assert document["instance"]["status"] == "BUILD"
    assert document["instance"]["volume"]["size"] == "100"
    assert document["instance"]["id"].endswith("in01")
    assert document["job_id"]


def test_a_copy_has_what_was_asked_for_and_little_while_it_is_built(
    api: Api, cloud: HuaweiSandbox
) -> None:
    made = api.restore(backup_strategy={"start_time": "01:00-02:00", "keep_days": 2}).json()
    (building,) = api.instances(name="lastgood-2f6c1d")
    cloud.clock.advance(10 * MINUTE)
    (built,) = api.instances(tags="lastgood=drill")

    assert (building["created"], building["private_ips"], building["nodes"]) == ("", [], [])
    assert built["id"] == made["instance"]["id"]
    assert built["security_group_id"] == "another-group"
    assert built["backup_strategy"] == {"start_time": "01:00-02:00", "keep_days": 2}
    assert built["created"] == "2026-02-17T20:00:00+0800"
    assert len(built["private_ips"]) == 1
    assert [node["availability_zone"] for node in built["nodes"]] == [ZONES[0]]
    assert cloud.rds.made[0].password == "Example-passw0rd"
    assert "Example-passw0rd" not in str(built)


def test_a_copy_with_a_standby_has_two_nodes(api: Api, cloud: HuaweiSandbox) -> None:
    api.restore(
        flavor_ref="rds.mysql.n1.large.4.ha",
        availability_zone=",".join(ZONES),
        ha={"mode": "Ha", "replication_mode": "semisync"},
    )
    cloud.clock.advance(10 * MINUTE)
    (row,) = api.instances(name="lastgood-2f6c1d")

    assert (row["type"], row["ha"]) == ("Ha", {"replication_mode": "semisync"})
    assert [node["role"] for node in row["nodes"]] == ["master", "slave"]


def test_a_copy_can_itself_be_restored_once_it_was_backed_up(
    api: Api, cloud: HuaweiSandbox
) -> None:
    made = api.restore(backup_strategy={"start_time": "01:00-02:00", "keep_days": 1}).json()
    cloud.clock.advance(10 * MINUTE)
    path = f"/instances/{made['instance']['id']}/restore-time"
    before = api.get(path).json()["restore_time"]
    cloud.clock.advance(timedelta(hours=1))

    assert before == []
    assert len(api.get(path).json()["restore_time"]) == 1


# Its job and its task


def test_a_job_is_unknown_in_its_first_seconds(api: Api, cloud: HuaweiSandbox) -> None:
    job_id = api.restore().json()["job_id"]
    early = api.get("/jobs", id=job_id)
    cloud.clock.advance(5 * MINUTE)
    half_way = api.job(job_id)
    cloud.clock.advance(5 * MINUTE)

    assert error(early) == (400, "DBS.200543")
    assert (half_way["status"], half_way["process"], half_way["ended"]) == ("Running", "50%", "")
    done = api.job(job_id)
    assert (done["status"], done["process"]) == ("Completed", "")
    assert done["ended"] == "2026-02-17T20:10:00+0800"


def test_a_list_of_tasks_that_lags_shows_nothing_at_first(
    api: Api, cloud: HuaweiSandbox, source: RdsInstance
) -> None:
    source.copies = CopyScript(task_hidden_for=3 * MINUTE, job_hidden_for=timedelta(0))
    accepted = api.restore().json()
    early = api.get("/tasklist", instance_id=accepted["instance"]["id"]).json()
    known = api.job(accepted["job_id"])["status"]
    cloud.clock.advance(3 * MINUTE)
    (task,) = api.get("/tasklist", instance_id=accepted["instance"]["id"]).json()["tasks"]

    assert early == {"total_count": 0, "actions": [], "tasks": []}
    assert known == "Running"
    assert (task["id"], task["instance_name"]) == (accepted["job_id"], "lastgood-2f6c1d")
    assert (task["instance_status"], task["process"]) == ("BUILD", "30")


def test_a_new_instance_may_be_listed_late(
    api: Api, cloud: HuaweiSandbox, source: RdsInstance
) -> None:
    source.copies = CopyScript(unlisted_for=MINUTE)
    api.restore()
    early = api.instances(name="lastgood-2f6c1d")
    cloud.clock.advance(MINUTE)

    assert early == []
    assert len(api.instances(name="lastgood-2f6c1d")) == 1


def test_tasks_are_listed_by_period_and_page_newest_first(api: Api, cloud: HuaweiSandbox) -> None:
    names = [f"lastgood-{number}" for number in range(3)]
    for name in names:
        api.restore(name=name)
        cloud.clock.advance(MINUTE)
    start = round(NOW.timestamp() * 1000)
    period = {"start_time": start, "end_time": start + 60_000}

    page = api.get("/tasklist", offset=1, limit=1, **period).json()
    (first,) = page["tasks"]

    assert (page["total_count"], first["instance_name"]) == (2, names[0])
    assert len(api.get("/tasklist").json()["tasks"]) == 3


@pytest.mark.parametrize(
    "query",
    [
        {"start_time": 1771329600000},
        {"end_time": 1771329600000},
        {"start_time": "2026-02-17T12:00:00+0800", "end_time": 1771329600000},
        {"start_time": 1771329600, "end_time": 1771329600},
        {"limit": 51},
        {"limit": 0},
    ],
)
def test_a_list_of_tasks_takes_milliseconds_both_or_neither_and_at_most_fifty(
    api: Api, query: dict[str, object]
) -> None:
    assert error(api.get("/tasklist", **query)) == (400, "DBS.200001")


# What goes wrong


def test_a_build_may_never_end_and_is_deletable(
    api: Api, cloud: HuaweiSandbox, source: RdsInstance
) -> None:
    source.copies = CopyScript(builds=None)
    accepted = api.restore().json()
    cloud.clock.advance(timedelta(days=3))

    assert api.status(accepted["instance"]["id"]) == "BUILD"
    assert api.job(accepted["job_id"])["status"] == "Running"
    assert api.delete(accepted["instance"]["id"]).status_code == 202


def test_a_failed_restore_is_a_failed_instance_without_rows(
    api: Api, cloud: HuaweiSandbox, source: RdsInstance
) -> None:
    source.copies = CopyScript(fail_reason="createVM failed.")
    accepted = api.restore().json()
    cloud.clock.advance(timedelta(hours=1))

    assert api.status(accepted["instance"]["id"]) == "FAILED"
    job = api.job(accepted["job_id"])
    assert (job["status"], job["fail_reason"]) == ("Failed", "createVM failed.")
    assert cloud.rds.made[0].tables == {}


def test_a_body_without_a_restore_point_makes_nothing_and_says_what_it_would_have_made(
    api: Api, cloud: HuaweiSandbox, http: httpx.Client
) -> None:
    body = copy_of(SOURCE, GOOD)
    del body["restore_point"]
    url = f"{cloud.rds_url}/v3/{cloud.project_id}/instances"

    answer = http.post(url, json=body, headers={"X-Auth-Token": cloud.token})

    assert error(answer) == (400, "DBS.200001")
    assert "EMPTY, BILLED INSTANCE" in answer.json()["error_msg"]
    assert cloud.rds.made == []
    assert [row["id"] for row in api.instances()] == [SOURCE]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"flavor_ref": "rds.mysql.unknown"}, "DBS.200053"),
        ({"flavor_ref": "rds.pg.n1.large.4"}, "DBS.200053"),
        ({"availability_zone": ",".join(ZONES)}, "DBS.200054"),
        ({"ha": {"mode": "Ha", "replication_mode": "async"}}, "DBS.200054"),
        ({"availability_zone": "elsewhere-1a"}, "DBS.200025"),
        ({"volume": {"type": "CLOUDSSD", "size": 105}}, "DBS.200023"),
        ({"volume": {"type": "CLOUDSSD", "size": 90}}, "DBS.200306"),
        ({"password": "onlyletters"}, "DBS.200052"),
        ({"password": "Sh0rt!"}, "DBS.200052"),
        ({"password": "Unknown'quote1"}, "DBS.200052"),
        ({"name": "1st"}, "DBS.200001"),
        ({"charge_info": {"charge_mode": "prePaid"}}, "DBS.200001"),
        ({"port": 3306}, "DBS.200001"),
        ({"ha": None}, "DBS.200001"),
    ],
)
def test_a_copy_that_cannot_be_had_is_refused(
    api: Api, cloud: HuaweiSandbox, changed: dict[str, Any], code: str
) -> None:
    assert error(api.restore(**changed)) == (400, code)
    assert cloud.rds.made == []


def test_a_flavor_may_be_sold_out_in_one_zone_and_the_list_says_so(
    api: Api, cloud: HuaweiSandbox
) -> None:
    cloud.rds.flavors["rds.mysql.n1.large.4"].zones[ZONES[0]] = "sellout"

    (flavor,) = api.get("/flavors/MySQL", spec_code="rds.mysql.n1.large.4").json()["flavors"]

    assert flavor["az_status"] == {ZONES[0]: "sellout", ZONES[1]: "normal"}
    assert error(api.restore()) == (400, "DBS.280450")
    assert api.restore(availability_zone=ZONES[1]).status_code == 202


def test_flavors_are_listed_by_engine_and_version(api: Api) -> None:
    def codes(engine: str, **query: str) -> list[str]:
        rows = api.get(f"/flavors/{engine}", **query).json()["flavors"]
        return [row["spec_code"] for row in rows]

    assert codes("MySQL", version_name="8.0") == codes("MySQL")
    assert codes("MySQL", version_name="4.0") == []
    assert codes("PostgreSQL") == ["rds.pg.n1.large.4", "rds.pg.n1.large.4.ha"]
    assert error(api.get("/flavors/Oracle")) == (400, "DBS.200001")


def test_no_instance_is_made_beyond_the_quota(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.rds.quota = 2
    assert api.restore().status_code == 202

    (quota,) = api.get("/quotas").json()["quotas"]["resources"]

    assert quota == {"type": "instance", "quota": 2, "used": 2}
    assert error(api.restore(name="another")) == (413, "DBS.200046")


def test_a_name_is_given_once_unless_the_service_allows_it(api: Api, cloud: HuaweiSandbox) -> None:
    api.restore()
    again = api.restore()
    cloud.rds.unique_names = False

    assert error(again) == (409, "DBS.200022")
    assert api.restore().status_code == 202
    assert len(api.instances(name="lastgood-2f6c1d")) == 2


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        (NOW, 400),
        (NOW - timedelta(days=8), 400),
        (NOW - timedelta(days=5), 202),
        (NOW - timedelta(days=5, minutes=30), 400),
    ],
)
def test_only_a_moment_inside_a_window_is_restored(
    api: Api, source: RdsInstance, moment: datetime, status: int
) -> None:
    source.add_gap(NOW - timedelta(days=5, hours=1), NOW - timedelta(days=5))

    assert api.restore(moment).status_code == status


@pytest.mark.parametrize(("edge", "beyond"), [("start_time", -1), ("end_time", 1)])
def test_the_edges_of_a_window_are_restorable_to_the_millisecond(
    api: Api, edge: str, beyond: int
) -> None:
    (window,) = api.get(f"/instances/{SOURCE}/restore-time").json()["restore_time"]
    point = copy_of(SOURCE, GOOD)["restore_point"]

    outside = api.restore(restore_point={**point, "restore_time": window[edge] + beyond})
    inside = api.restore(restore_point={**point, "restore_time": window[edge]})

    assert error(outside) == (400, "DBS.201203")
    assert inside.status_code == 202


def test_a_disk_must_hold_what_the_backups_need(api: Api, source: RdsInstance) -> None:
    source.least_gb = 200

    (backup,) = api.get("/backups", instance_id=SOURCE).json()["backups"]

    assert (backup["status"], backup["min_data_volume_capacity_for_restore"]) == ("COMPLETED", 200)
    assert error(api.restore()) == (400, "DBS.200306")
    assert api.restore(volume={"type": "CLOUDSSD", "size": 200}).status_code == 202


def test_a_busy_source_is_not_restored(api: Api, source: RdsInstance) -> None:
    source.status = "REBOOTING"

    assert error(api.restore()) == (409, "DBS.200011")


def test_an_unknown_source_is_not_found(api: Api) -> None:
    point = copy_of("0" * 8 + "in01", GOOD)["restore_point"]

    assert error(api.restore(restore_point=point)) == (404, "DBS.200002")


def test_a_dry_run_makes_nothing_of_mysql_and_an_instance_of_any_other_engine(
    api: Api, cloud: HuaweiSandbox, source: RdsInstance
) -> None:
    passed = api.restore(dry_run=True)
    cloud.rds.quota = 1
    failed = api.restore(dry_run=True)
    made = list(cloud.rds.made)
    cloud.rds.quota = 2
    source.shape = replace(source.shape, engine="PostgreSQL", version="16")
    api.restore(dry_run=True, flavor_ref="rds.pg.n1.large.4")

    assert (passed.status_code, passed.json()) == (202, {})
    assert error(failed) == (413, "DBS.200046")
    assert made == []
    assert len(cloud.rds.made) == 1


@pytest.mark.parametrize(
    ("fault", "made"), [(Fault.drop_before(), 0), (Fault.drop_after(), 1), (Fault.error_after(), 1)]
)
def test_an_answer_may_be_lost_before_or_after_the_instance_was_made(
    api: Api, cloud: HuaweiSandbox, fault: Fault, made: int
) -> None:
    cloud.faults.add("rds-restore", fault)
    with suppress(httpx.RemoteProtocolError):
        api.restore()

    assert len(api.instances(name="lastgood-2f6c1d")) == made
    assert sum(request.acted for request in cloud.requests_to("rds-restore")) == made


# The list of instances


def test_instances_are_found_by_id_name_and_all_of_some_tags(api: Api) -> None:
    api.restore(tags=[{"key": "lastgood", "value": "drill"}, {"key": "of", "value": "orders-db"}])

    def found(**query: object) -> list[str]:
        return [row["name"] for row in api.instances(**query)]

    assert found(id=SOURCE) == found(name="orders-db") == found(tags="team=orders")
    assert found(name="orders") == found(id="in01") == []
    assert found(name="*orders") == ["orders-db"]
    assert len(found(id="*in01")) == 2
    assert found(tags="lastgood=drill,of=orders-db") == ["lastgood-2f6c1d"]
    assert found(tags="lastgood=drill,of=another") == []
    assert found(offset=1, limit=1) == ["lastgood-2f6c1d"]
    assert found(group_type="flexus") == []
    assert error(api.get("/instances", tags="lastgood")) == (400, "DBS.200001")


def test_a_source_shows_all_that_a_copy_of_it_needs(api: Api) -> None:
    (row,) = api.instances(id=SOURCE)

    assert row["datastore"] == {"type": "MySQL", "version": "8.0"}
    assert row["volume"] == {"type": "CLOUDSSD", "size": 100}
    assert row["port"] == 3306
    assert row["backup_strategy"] == {"start_time": "19:00-20:00", "keep_days": 7}
    assert row["charge_info"] == {"charge_mode": "postPaid"}
    assert row["tags"] == [{"key": "team", "value": "orders"}]


# Its deletion


def test_a_copy_is_gone_some_time_after_its_deletion_was_accepted(
    api: Api, cloud: HuaweiSandbox
) -> None:
    copy = api.restore().json()["instance"]["id"]
    cloud.clock.advance(20 * MINUTE)
    accepted = api.delete(copy)
    while_it_goes = api.status(copy)
    again = api.delete(copy)
    cloud.clock.advance(MINUTE)

    assert (accepted.status_code, while_it_goes) == (202, "ACTIVE")
    assert error(again) == (409, "DBS.200019")
    assert api.status(copy) is None
    assert api.job(accepted.json()["job_id"])["status"] == "Completed"
    assert error(api.delete(copy)) == (404, "DBS.200002")
    assert [instance.id for instance in cloud.rds.deleted] == [copy]


@pytest.mark.parametrize("after", [MINUTE, 11 * MINUTE], ids=["BUILD", "BACKING UP"])
def test_a_copy_is_not_deleted_while_it_is_built_or_backed_up(
    api: Api, cloud: HuaweiSandbox, after: timedelta
) -> None:
    copy = api.restore().json()["instance"]["id"]
    cloud.clock.advance(after)

    assert error(api.delete(copy)) == (409, "DBS.200019")


def test_a_copy_that_is_deleted_while_it_flickers_is_not_backed_up(
    api: Api, cloud: HuaweiSandbox
) -> None:
    copy = api.restore().json()["instance"]["id"]
    cloud.clock.advance(10 * MINUTE)
    api.delete(copy)
    cloud.clock.advance(timedelta(seconds=30))
    still = api.status(copy)
    cloud.clock.advance(timedelta(seconds=30))

    assert (still, api.status(copy)) == ("ACTIVE", None)


def test_a_source_is_not_deleted_while_it_is_being_restored(api: Api, cloud: HuaweiSandbox) -> None:
    api.restore()
    refused = api.delete(SOURCE)
    cloud.clock.advance(10 * MINUTE)

    assert error(refused) == (409, "DBS.200019")
    assert api.delete(SOURCE).status_code == 202


def test_a_deletion_may_leave_its_job_running_for_ever(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.rds.deletions = DeletionScript(job_completes=False)
    copy = api.restore().json()["instance"]["id"]
    cloud.clock.advance(20 * MINUTE)
    job_id = api.delete(copy).json()["job_id"]
    cloud.clock.advance(timedelta(days=1))

    assert api.status(copy) is None
    assert api.job(job_id)["status"] == "Running"


def test_a_deletion_may_fail_and_be_tried_again(api: Api, cloud: HuaweiSandbox) -> None:
    cloud.rds.deletions = DeletionScript(fail_reason="The backup failed.")
    copy = api.restore().json()["instance"]["id"]
    cloud.clock.advance(20 * MINUTE)
    job_id = api.delete(copy).json()["job_id"]
    cloud.clock.advance(MINUTE)

    assert api.job(job_id)["fail_reason"] == "The backup failed."
    assert api.status(copy) == "ACTIVE"
    assert api.delete(copy).status_code == 202


def test_what_is_deleted_is_in_the_recycle_bin_for_a_week(api: Api, cloud: HuaweiSandbox) -> None:
    copy = api.restore().json()["instance"]["id"]
    cloud.clock.advance(20 * MINUTE)
    api.delete(copy)
    before = api.get("/recycle-instances", offset=0, limit=50).json()
    cloud.clock.advance(MINUTE)
    (row,) = api.get("/recycle-instances", offset=0, limit=50).json()["instances"]
    beyond = api.get("/recycle-instances", offset=1, limit=50).json()
    cloud.clock.advance(timedelta(days=7))
    after = api.get("/recycle-instances", offset=0, limit=50).json()

    assert before == after == {"instances": [], "total_count": 0}
    assert beyond == {"instances": [], "total_count": 1}
    assert (row["id"], row["recycle_status"]) == (copy, "COMPLETED")
    deleted, until = (
        datetime.strptime(row[name], "%Y-%m-%dT%H:%M:%S%z")
        for name in ("deleted_at", "retained_until")
    )
    assert until - deleted == timedelta(days=7)


def test_a_stopped_instance_is_not_in_the_recycle_bin(api: Api, cloud: HuaweiSandbox) -> None:
    copy = api.restore().json()["instance"]["id"]
    cloud.clock.advance(20 * MINUTE)
    cloud.rds.instances[copy].is_stopped = True
    api.delete(copy)
    cloud.clock.advance(MINUTE)

    assert api.get("/recycle-instances", offset=0, limit=50).json()["total_count"] == 0
    assert [instance.id for instance in cloud.rds.deleted] == [copy]


@pytest.mark.parametrize("asked", [{}, {"offset": 0}, {"limit": 50}, {"offset": 0, "limit": 51}])
def test_the_recycle_bin_wants_both_an_offset_and_a_page_of_at_most_50(
    api: Api, asked: dict[str, int]
) -> None:
    assert error(api.get("/recycle-instances", **asked))[0] == 400


def test_manual_backups_outlive_their_instance_and_automated_ones_do_not(
    api: Api, cloud: HuaweiSandbox
) -> None:
    copy = api.restore().json()["instance"]["id"]
    cloud.rds.instances[copy].backups.append(Backup(cloud.clock.now(), cloud.clock.now(), "manual"))
    cloud.clock.advance(20 * MINUTE)
    both = api.get("/backups", instance_id=copy).json()
    api.delete(copy)
    cloud.clock.advance(MINUTE)
    left = api.get("/backups", instance_id=copy).json()
    automated = api.get("/backups", instance_id=copy, backup_type="auto").json()

    assert [row["type"] for row in both["backups"]] == ["manual", "auto"]
    assert [row["type"] for row in left["backups"]] == ["manual"]
    assert automated == {"backups": [], "total_count": 0}


def test_an_instance_by_the_month_is_not_deleted(api: Api, source: RdsInstance) -> None:
    source.shape = replace(source.shape, charge_mode="prePaid")

    assert error(api.delete(SOURCE)) == (400, "DBS.200086")


# Permissions


def test_whoever_reads_may_neither_make_nor_delete(
    api: Api, cloud: HuaweiSandbox, http: httpx.Client
) -> None:
    cloud.add_token("reader", actions=["rds:*:list*", "rds:backup:list"])
    base, headers = f"{cloud.rds_url}/v3/{cloud.project_id}", {"X-Auth-Token": "reader"}
    reads = ["instances", "tasklist", "quotas", "flavors/MySQL", f"backups?instance_id={SOURCE}"]

    statuses = [http.get(f"{base}/{path}", headers=headers).status_code for path in reads]
    made = http.post(f"{base}/instances", json=copy_of(SOURCE, GOOD), headers=headers)
    deleted = http.delete(f"{base}/instances/{SOURCE}", headers=headers)

    assert statuses == [200] * len(reads)
    assert error(made) == error(deleted) == (403, "DBS.280032")
    assert api.status(SOURCE) == "ACTIVE"
