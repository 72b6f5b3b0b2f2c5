"""The generated clients against a server that records: what they send, and read."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx
import pytest
from pytest_httpserver import HTTPServer

import huawei_pitr
import huawei_rds
import huawei_rds.models as rds
from huawei_pitr.api.ces import list_cloud_eye_alarm_records, show_cloud_eye_metric_data
from huawei_pitr.api.geminidb import (
    back_up_geminidb_instance,
    delete_geminidb_backup,
    delete_geminidb_instance,
    list_geminidb_backups,
    list_geminidb_instance_tags,
    list_geminidb_instances,
    list_geminidb_jobs,
    list_redis_restore_points,
    restore_geminidb_backup_to_new_instance,
    restore_redis_instance_in_place,
    show_redis_pitr_policy,
    tag_geminidb_instance,
)
from huawei_pitr.api.iam import create_project_token
from huawei_pitr.api.rds import list_rds_restore_windows
from huawei_pitr.models import (
    AcceptedBackup,
    AcceptedCopy,
    AcceptedDeletion,
    AcceptedRestore,
    AlarmRecords,
    BackupList,
    CreatedToken,
    InPlaceRestore,
    InstanceList,
    JobList,
    MetricData,
    NewBackup,
    PasswordLogin,
    PitrPolicy,
    RestorePoints,
    RestoreToNewInstance,
    RestoreWindows,
    TagList,
    TagsAction,
)
from huawei_pitr.types import Response as PitrResponse
from huawei_rds.api.rds import (
    delete_rds_instance,
    list_rds_backups,
    list_rds_flavors,
    list_rds_instances,
    list_rds_recycled_instances,
    list_rds_tasks,
    restore_rds_to_new_instance,
    show_rds_job,
    show_rds_quotas,
)
from huawei_rds.types import Response as RdsResponse
from tests.support.contracts import OPERATIONS

PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
RDS = "dsfae23fsfdsae3435in01"
JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"
BACKUP = "5b0ae36cb8a746b68685a8fb588d8a15br12"
POINT = "2022-06-01T18:50:20+0800"
TOKEN = "MIIF-canary-token"


def body_of(operation_id: str) -> Any:
    """The first example of a request's body."""
    (operation,) = (each for each in OPERATIONS if each.id == operation_id)
    examples = operation.says["requestBody"]["content"]["application/json"]["examples"]
    return next(iter(examples.values()))["value"]


LOGIN = body_of("create_project_token")
UNDO = body_of("back_up_geminidb_instance")
UNDONE = body_of("restore_geminidb_backup_to_new_instance")
OWNER = body_of("tag_geminidb_instance")
COPY = body_of("restore_rds_to_new_instance")


class TokenAuth(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["X-Auth-Token"] = TOKEN
        yield request


@pytest.fixture(scope="module")
def cloud() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1") as server:
        yield server


class Clients(NamedTuple):
    """Both generated clients, over one connection."""

    pitr: huawei_pitr.Client
    rds: huawei_rds.Client


@pytest.fixture(scope="module")
def to(cloud: HTTPServer) -> Iterator[Clients]:
    base_url = cloud.url_for("")
    with httpx.Client(base_url=base_url, auth=TokenAuth(), timeout=5) as connection:
        yield Clients(
            huawei_pitr.Client(base_url=base_url).set_httpx_client(connection),
            huawei_rds.Client(base_url=base_url).set_httpx_client(connection),
        )


@pytest.fixture(autouse=True)
def _forget(cloud: HTTPServer) -> None:
    cloud.clear()


def _serve(cloud: HTTPServer, status: int, body: str, content_type: str) -> None:
    anything = re.compile(".*")
    cloud.expect_request(anything).respond_with_data(body, status, content_type=content_type)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the generated client, and what has to travel for it."""

    operation_id: str
    send: Callable[[Clients], PitrResponse[Any] | RdsResponse[Any]]
    target: str
    model: type[Any]


CALLS = [
    Call(
        "restore_redis_instance_in_place",
        lambda to: restore_redis_instance_in_place.sync_detailed(
            PROJECT, REDIS, client=to.pitr, body=InPlaceRestore(restore_time=POINT)
        ),
        f"/v3/{PROJECT}/redis/instances/{REDIS}/pitr",
        AcceptedRestore,
    ),
    Call(
        "list_redis_restore_points",
        lambda to: list_redis_restore_points.sync_detailed(
            PROJECT, REDIS, client=to.pitr, start_time=POINT, end_time=POINT, offset=100, limit=100
        ),
        f"/v3/{PROJECT}/redis/instances/{REDIS}/pitr/restorable-time-periods"
        "?start_time=2022-06-01T18%3A50%3A20%2B0800&end_time=2022-06-01T18%3A50%3A20%2B0800"
        "&offset=100&limit=100",
        RestorePoints,
    ),
    Call(
        "show_redis_pitr_policy",
        lambda to: show_redis_pitr_policy.sync_detailed(PROJECT, REDIS, client=to.pitr),
        f"/v3/{PROJECT}/redis/instances/{REDIS}/pitr/policy",
        PitrPolicy,
    ),
    Call(
        "list_geminidb_jobs",
        lambda to: list_geminidb_jobs.sync_detailed(PROJECT, client=to.pitr, id=JOB),
        f"/v3/{PROJECT}/jobs?id={JOB}",
        JobList,
    ),
    Call(
        "list_geminidb_jobs",
        lambda to: list_geminidb_jobs.sync_detailed(
            PROJECT, client=to.pitr, start_time=POINT, end_time=POINT, offset=0, limit=50
        ),
        f"/v3/{PROJECT}/jobs"
        "?start_time=2022-06-01T18%3A50%3A20%2B0800&end_time=2022-06-01T18%3A50%3A20%2B0800"
        "&offset=0&limit=50",
        JobList,
    ),
    Call(
        "list_geminidb_instances",
        lambda to: list_geminidb_instances.sync_detailed(
            PROJECT, client=to.pitr, id=REDIS, datastore_type="redis", offset=0, limit=100
        ),
        f"/v3/{PROJECT}/instances?id={REDIS}&datastore_type=redis&offset=0&limit=100",
        InstanceList,
    ),
    Call(
        "list_geminidb_instances",
        lambda to: list_geminidb_instances.sync_detailed(
            PROJECT, client=to.pitr, name="lastgood-2f6c1d", offset=0, limit=100
        ),
        f"/v3/{PROJECT}/instances?name=lastgood-2f6c1d&offset=0&limit=100",
        InstanceList,
    ),
    Call(
        "back_up_geminidb_instance",
        lambda to: back_up_geminidb_instance.sync_detailed(
            PROJECT, REDIS, client=to.pitr, body=NewBackup.from_dict(UNDO)
        ),
        f"/v3/{PROJECT}/instances/{REDIS}/backups",
        AcceptedBackup,
    ),
    Call(
        "list_geminidb_backups",
        lambda to: list_geminidb_backups.sync_detailed(
            PROJECT, client=to.pitr, instance_id=REDIS, backup_type="Manual", offset=0, limit=100
        ),
        f"/v4/{PROJECT}/backups?instance_id={REDIS}&backup_type=Manual&offset=0&limit=100",
        BackupList,
    ),
    Call(
        "delete_geminidb_backup",
        lambda to: delete_geminidb_backup.sync_detailed(PROJECT, BACKUP, client=to.pitr),
        f"/v3/{PROJECT}/backups/{BACKUP}",
        AcceptedDeletion,
    ),
    Call(
        "restore_geminidb_backup_to_new_instance",
        lambda to: restore_geminidb_backup_to_new_instance.sync_detailed(
            PROJECT, client=to.pitr, body=RestoreToNewInstance.from_dict(UNDONE)
        ),
        f"/v3/{PROJECT}/instances",
        AcceptedCopy,
    ),
    Call(
        "delete_geminidb_instance",
        lambda to: delete_geminidb_instance.sync_detailed(PROJECT, REDIS, client=to.pitr),
        f"/v3/{PROJECT}/instances/{REDIS}",
        AcceptedDeletion,
    ),
    Call(
        "list_geminidb_instance_tags",
        lambda to: list_geminidb_instance_tags.sync_detailed(PROJECT, REDIS, client=to.pitr),
        f"/v3/{PROJECT}/instances/{REDIS}/tags",
        TagList,
    ),
    Call(
        "tag_geminidb_instance",
        lambda to: tag_geminidb_instance.sync_detailed(
            PROJECT, REDIS, client=to.pitr, body=TagsAction.from_dict(OWNER)
        ),
        f"/v3/{PROJECT}/instances/{REDIS}/tags/action",
        str,
    ),
    Call(
        "list_cloud_eye_alarm_records",
        lambda to: list_cloud_eye_alarm_records.sync_detailed(
            PROJECT, client=to.pitr, alarm_id="al1604473987569z6n6nkpm1", offset=100, limit=100
        ),
        f"/v2/{PROJECT}/alarm-histories?alarm_id=al1604473987569z6n6nkpm1&offset=100&limit=100",
        AlarmRecords,
    ),
    Call(
        "show_cloud_eye_metric_data",
        lambda to: show_cloud_eye_metric_data.sync_detailed(
            PROJECT,
            client=to.pitr,
            namespace="SYS.NoSQL",
            metric_name="redis_db_keys",
            dim_0=f"redis_cluster_id,{REDIS}",
            dim_1="redis_node_id,0",
            from_=1771325400000,
            to=1771329188431,
            period=300,
            filter_="average",
        ),
        f"/V1.0/{PROJECT}/metric-data?namespace=SYS.NoSQL&metric_name=redis_db_keys"
        f"&dim.0=redis_cluster_id%2C{REDIS}&dim.1=redis_node_id%2C0"
        "&from=1771325400000&to=1771329188431&period=300&filter=average",
        MetricData,
    ),
    Call(
        "list_rds_restore_windows",
        lambda to: list_rds_restore_windows.sync_detailed(PROJECT, RDS, client=to.pitr),
        f"/v3/{PROJECT}/instances/{RDS}/restore-time",
        RestoreWindows,
    ),
    Call(
        "list_rds_restore_windows",
        lambda to: list_rds_restore_windows.sync_detailed(
            PROJECT, RDS, client=to.pitr, date=dt.date(2020, 12, 26), x_language="en-us"
        ),
        f"/v3/{PROJECT}/instances/{RDS}/restore-time?date=2020-12-26",
        RestoreWindows,
    ),
    Call(
        "create_project_token",
        lambda to: create_project_token.sync_detailed(
            client=to.pitr, body=PasswordLogin.from_dict(LOGIN), nocatalog="true"
        ),
        "/v3/auth/tokens?nocatalog=true",
        CreatedToken,
    ),
    Call(
        "list_rds_instances",
        lambda to: list_rds_instances.sync_detailed(
            PROJECT, client=to.rds, name="lastgood-2f6c1d", tags="lastgood=drill", limit=100
        ),
        f"/v3/{PROJECT}/instances?name=lastgood-2f6c1d&tags=lastgood%3Ddrill&limit=100",
        rds.InstanceList,
    ),
    Call(
        "restore_rds_to_new_instance",
        lambda to: restore_rds_to_new_instance.sync_detailed(
            PROJECT, client=to.rds, body=rds.RestoreToNewInstance.from_dict(COPY)
        ),
        f"/v3/{PROJECT}/instances",
        rds.AcceptedRestore,
    ),
    Call(
        "delete_rds_instance",
        lambda to: delete_rds_instance.sync_detailed(PROJECT, RDS, client=to.rds),
        f"/v3/{PROJECT}/instances/{RDS}",
        rds.AcceptedDeletion,
    ),
    Call(
        "list_rds_tasks",
        lambda to: list_rds_tasks.sync_detailed(
            PROJECT,
            client=to.rds,
            instance_id=RDS,
            start_time="1771328980000",
            end_time="1771332580000",
            offset=50,
            limit=50,
        ),
        f"/v3/{PROJECT}/tasklist?instance_id={RDS}"
        "&start_time=1771328980000&end_time=1771332580000&offset=50&limit=50",
        rds.TaskList,
    ),
    Call(
        "show_rds_job",
        lambda to: show_rds_job.sync_detailed(PROJECT, client=to.rds, id=JOB),
        f"/v3/{PROJECT}/jobs?id={JOB}",
        rds.ShownJob,
    ),
    Call(
        "show_rds_quotas",
        lambda to: show_rds_quotas.sync_detailed(PROJECT, client=to.rds),
        f"/v3/{PROJECT}/quotas",
        rds.ShownQuotas,
    ),
    Call(
        "list_rds_flavors",
        lambda to: list_rds_flavors.sync_detailed(
            PROJECT, "MySQL", client=to.rds, version_name="8.0", spec_code="rds.mysql.n1.large.4"
        ),
        f"/v3/{PROJECT}/flavors/MySQL?version_name=8.0&spec_code=rds.mysql.n1.large.4",
        rds.FlavorList,
    ),
    Call(
        "list_rds_backups",
        lambda to: list_rds_backups.sync_detailed(
            PROJECT, client=to.rds, instance_id=RDS, backup_type="auto", limit=100
        ),
        f"/v3/{PROJECT}/backups?instance_id={RDS}&backup_type=auto&limit=100",
        rds.BackupList,
    ),
    Call(
        "list_rds_recycled_instances",
        lambda to: list_rds_recycled_instances.sync_detailed(
            PROJECT, client=to.rds, offset=50, limit=50
        ),
        f"/v3/{PROJECT}/recycle-instances?offset=50&limit=50",
        rds.RecycledList,
    ),
]
BY_ID = {operation.id: operation for operation in OPERATIONS}
RDS_CALLS = {
    call.operation_id: call for call in CALLS if BY_ID[call.operation_id].package == "huawei_rds"
}
each_call = pytest.mark.parametrize("call", CALLS, ids=[call.operation_id for call in CALLS])


def test_every_operation_is_tried_on_the_wire() -> None:
    assert {call.operation_id for call in CALLS} == set(BY_ID)


@each_call
def test_a_call_is_one_request_as_documented(cloud: HTTPServer, to: Clients, call: Call) -> None:
    operation = BY_ID[call.operation_id]
    (status, said), *others = [
        (int(status), said)
        for status, said in operation.says["responses"].items()
        if status[0] == "2"
    ]
    assert all(said == other for _, other in others)
    example = next(iter(said["content"]["application/json"]["examples"].values()))["value"]
    _serve(cloud, status, json.dumps(example), "application/json")

    answer = call.send(to)

    [(request, _)] = cloud.log
    assert request.method == operation.method.upper()
    assert request.environ["REQUEST_URI"] == call.target
    assert request.headers["X-Auth-Token"] == TOKEN
    assert "Authorization" not in request.headers
    assert answer.status_code == status
    assert isinstance(answer.parsed, call.model)
    read = json.loads(answer.parsed) if call.model is str else answer.parsed.to_dict()
    assert read == example


def test_the_put_carries_the_point_verbatim_and_nothing_else(
    cloud: HTTPServer, to: Clients
) -> None:
    _serve(cloud, 202, json.dumps({"job_id": JOB}), "application/json")

    CALLS[0].send(to)

    [(request, _)] = cloud.log
    assert request.headers["Content-Type"] == "application/json"
    assert request.get_data() == b'{"restore_time":"2022-06-01T18:50:20+0800"}'


def test_the_plus_of_an_offset_arrives_as_a_plus(cloud: HTTPServer, to: Clients) -> None:
    _serve(cloud, 200, json.dumps({"restore_time": []}), "application/json")

    CALLS[1].send(to)

    [(request, _)] = cloud.log
    assert request.args["start_time"] == request.args["end_time"] == POINT


def test_an_id_cannot_leave_its_place_in_the_path(cloud: HTTPServer, to: Clients) -> None:
    _serve(cloud, 404, "", "text/html")

    show_redis_pitr_policy.sync_detailed(PROJECT, "../x?y#z", client=to.pitr)

    [(request, _)] = cloud.log
    assert request.environ["REQUEST_URI"] == (
        f"/v3/{PROJECT}/redis/instances/..%2Fx%3Fy%23z/pitr/policy"
    )


def test_the_language_of_messages_travels_as_a_header(cloud: HTTPServer, to: Clients) -> None:
    _serve(cloud, 200, json.dumps({"restore_time": []}), "application/json")

    next(call for call in CALLS if "date=" in call.target).send(to)

    [(request, _)] = cloud.log
    assert request.headers["X-Language"] == "en-us"


def test_the_generated_client_never_holds_the_token(to: Clients) -> None:
    for client in to:
        assert TOKEN not in repr(client)
        assert not hasattr(client, "token")


# --- what it makes of bad answers ---------------------------------------------------------------


class Bad(NamedTuple):
    status: int
    body: str
    content_type: str


BAD_ANSWERS = [
    Bad(400, '{"error_code":"DBS.200001","error_msg":"No."}', "application/json"),
    Bad(403, "", "application/json"),
    Bad(404, "<html>", "text/html"),
    Bad(429, "not json", "application/json"),
    Bad(302, "", "text/html"),
    Bad(418, "undeclared", "text/plain"),
    Bad(502, "<html>", "text/html"),
    Bad(503, "[]", "application/json"),
]


@each_call
@pytest.mark.parametrize("bad", BAD_ANSWERS, ids=lambda bad: str(bad.status))
def test_an_error_in_any_form_keeps_its_status_and_its_words(
    cloud: HTTPServer, to: Clients, call: Call, bad: Bad
) -> None:
    _serve(cloud, bad.status, bad.body, bad.content_type)

    answer = call.send(to)

    assert (answer.status_code, answer.content.decode()) == (bad.status, bad.body)
    assert answer.parsed == bad.body
    assert len(cloud.log) == 1


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (202, "", json.JSONDecodeError),
        (202, "<html>", json.JSONDecodeError),
        (202, "{}", KeyError),
        (202, "null", TypeError),
        (202, '["x"]', ValueError),
        (599, "", ValueError),
    ],
)
def test_an_accepted_restore_in_no_known_form_raises_after_one_put(
    cloud: HTTPServer, to: Clients, status: int, body: str, raised: type[Exception]
) -> None:
    _serve(cloud, status, body, "application/json")

    with pytest.raises(raised):
        CALLS[0].send(to)

    assert [request.method for request, _ in cloud.log] == ["PUT"]


def test_one_odd_row_does_not_hide_the_other_jobs(cloud: HTTPServer, to: Clients) -> None:
    rows = [
        {"id": "a", "instance": None},
        {"id": "b", "progress": 14, "instance": "x"},
        {"id": JOB},
    ]
    _serve(cloud, 200, json.dumps({"jobs": rows}), "application/json")

    answer = list_geminidb_jobs.sync_detailed(PROJECT, client=to.pitr, limit=50)

    assert isinstance(answer.parsed, JobList)
    assert [job.id for job in answer.parsed.jobs] == ["a", "b", JOB]


@pytest.mark.parametrize("answer", ["", "{}", "<html>"])
def test_tags_are_given_whatever_stands_in_the_answer(
    cloud: HTTPServer, to: Clients, answer: str
) -> None:
    _serve(cloud, 200, answer, "application/json")

    assert (
        tag_geminidb_instance.sync_detailed(
            PROJECT, REDIS, client=to.pitr, body=TagsAction.from_dict(OWNER)
        ).status_code
        == 200
    )


def test_a_backup_cannot_be_restored_without_saying_which() -> None:
    fields = RestoreToNewInstance.from_dict(UNDONE)

    with pytest.raises(TypeError, match="restore_info"):
        RestoreToNewInstance(  # type: ignore[call-arg]  # that is the point
            name=fields.name,
            datastore=fields.datastore,
            region=fields.region,
            availability_zone=fields.availability_zone,
            vpc_id=fields.vpc_id,
            subnet_id=fields.subnet_id,
            password=fields.password,
            mode=fields.mode,
            flavor=fields.flavor,
        )


@pytest.mark.parametrize("part", ["datastore", "backup_strategy", "groups"])
@pytest.mark.parametrize("odd", [None, "", [], {}, "x", 1], ids=repr)
def test_an_odd_part_hides_neither_its_redis_instance_nor_the_others(
    cloud: HTTPServer, to: Clients, part: str, odd: object
) -> None:
    rows = [{"id": "a", part: odd}, {"id": REDIS, "groups": [{"nodes": None, "volume": None}]}]
    _serve(cloud, 200, json.dumps({"instances": rows}), "application/json")

    answer = list_geminidb_instances.sync_detailed(PROJECT, client=to.pitr)

    assert isinstance(answer.parsed, InstanceList)
    assert answer.parsed.to_dict() == {"instances": rows}


# --- RDS ----------------------------------------------------------------------------------------


def test_a_restore_to_new_carries_its_restore_point_and_what_else_was_given(
    cloud: HTTPServer, to: Clients
) -> None:
    _serve(cloud, 202, json.dumps({"job_id": JOB}), "application/json")

    RDS_CALLS["restore_rds_to_new_instance"].send(to)

    [(request, _)] = cloud.log
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.get_data()) == COPY
    assert COPY["restore_point"]["restore_time"] == 1771328980000


def test_a_restore_to_new_cannot_be_made_without_a_restore_point() -> None:
    with pytest.raises(TypeError, match="restore_point"):
        rds.RestoreToNewInstance(  # type: ignore[call-arg]  # that is the point
            name="lastgood-2f6c1d",
            flavor_ref="rds.mysql.n1.large.4",
            volume=rds.NewVolume(type_="CLOUDSSD", size=100),
            region="ap-southeast-1",
            availability_zone="ap-southeast-1a",
            vpc_id="v",
            subnet_id="s",
            security_group_id="g",
        )


@pytest.mark.parametrize("status", [200, 202])
def test_either_status_of_an_accepted_deletion_is_read(
    cloud: HTTPServer, to: Clients, status: int
) -> None:
    _serve(cloud, status, json.dumps({"job_id": JOB}), "application/json")

    answer = RDS_CALLS["delete_rds_instance"].send(to)

    assert answer.parsed == rds.AcceptedDeletion(job_id=JOB)


@pytest.mark.parametrize(
    "part",
    ["datastore", "ha", "volume", "backup_strategy", "charge_info", "tags", "nodes", "private_ips"],
)
@pytest.mark.parametrize("odd", [None, "", [], {}, "x", 1], ids=repr)
def test_an_odd_part_hides_neither_its_instance_nor_the_others(
    cloud: HTTPServer, to: Clients, part: str, odd: object
) -> None:
    rows = [{"id": "a", part: odd}, {"id": RDS}]
    _serve(cloud, 200, json.dumps({"instances": rows}), "application/json")

    answer = RDS_CALLS["list_rds_instances"].send(to)

    assert isinstance(answer.parsed, rds.InstanceList)
    assert [instance.id for instance in answer.parsed.instances] == ["a", RDS]


def test_a_backup_whose_id_is_spelt_with_a_blank_is_read(cloud: HTTPServer, to: Clients) -> None:
    rows = [{"id ": "43e4br01", "min_data_volume_capacity_for_restore": 40}]
    _serve(cloud, 200, json.dumps({"backups": rows}), "application/json")

    answer = RDS_CALLS["list_rds_backups"].send(to)

    assert isinstance(answer.parsed, rds.BackupList)
    assert [row.min_data_volume_capacity_for_restore for row in answer.parsed.backups] == [40]
