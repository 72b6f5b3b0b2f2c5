"""openapi.yaml against its own promises, and the generated client against a server that records."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator.readers import read_from_filename
from pytest_httpserver import HTTPServer
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from huawei_pitr import Client, models
from huawei_pitr.api.ces import list_cloud_eye_alarm_records, show_cloud_eye_metric_data
from huawei_pitr.api.geminidb import (
    list_geminidb_instances,
    list_geminidb_jobs,
    list_redis_restore_points,
    restore_redis_instance_in_place,
    show_redis_pitr_policy,
)
from huawei_pitr.api.iam import create_project_token
from huawei_pitr.api.rds import list_rds_restore_windows
from huawei_pitr.models import (
    AcceptedRestore,
    AlarmRecords,
    CreatedToken,
    InPlaceRestore,
    InstanceList,
    JobList,
    MetricData,
    PasswordLogin,
    PitrPolicy,
    RestorePoints,
    RestoreWindows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from huawei_pitr.types import Response

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
DOCUMENT, _ = read_from_filename(str(CONTRACT))

PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
RDS = "dsfae23fsfdsae3435in01"
JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"
POINT = "2022-06-01T18:50:20+0800"
TOKEN = "MIIF-canary-token"
LOGIN = DOCUMENT["paths"]["/v3/auth/tokens"]["post"]["requestBody"]["content"]["application/json"][
    "examples"
]["user"]["value"]


# --- the document -------------------------------------------------------------------------------


class Operation(NamedTuple):
    path: str
    method: str
    path_item: Mapping[str, Any]
    says: Mapping[str, Any]


def _operations() -> Iterator[Operation]:
    for path, path_item in DOCUMENT["paths"].items():
        for method in ("get", "put", "post", "patch", "delete"):
            if method in path_item:
                yield Operation(path, method, path_item, path_item[method])


OPERATIONS = list(_operations())
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[operation.says["operationId"] for operation in OPERATIONS]
)


def test_one_operation_writes_one_logs_in_and_all_others_read() -> None:
    others = {
        operation.says["operationId"]: operation.method
        for operation in OPERATIONS
        if operation.method != "get"
    }

    assert others == {"restore_redis_instance_in_place": "put", "create_project_token": "post"}


@each_operation
def test_an_operation_is_a_module_of_the_generated_client(operation: Operation) -> None:
    [tag] = operation.says["tags"]

    module = import_module(f"huawei_pitr.api.{tag}.{operation.says['operationId']}")

    assert callable(module.sync_detailed)


@each_operation
def test_an_operation_names_its_permission_as_data_and_in_words(operation: Operation) -> None:
    permission = operation.says["x-huawei-permission"]

    for action in [permission["action"], *permission.get("dependencies", [])]:
        assert f"`{action}`" in operation.says["description"]


@each_operation
def test_a_path_names_the_hosts_of_its_own_service(operation: Operation) -> None:
    (tag,) = operation.says["tags"]
    host = {"geminidb": "gaussdb-nosql"}.get(tag, tag)

    urls = [server["url"] for server in operation.path_item["servers"]]

    assert urls == [
        f"https://{host}.{{region}}.myhuaweicloud.com",
        f"https://{host}.eu-west-101.myhuaweicloud.eu",
    ]
    assert "servers" not in DOCUMENT


@each_operation
def test_the_token_is_a_security_scheme_and_never_a_parameter(operation: Operation) -> None:
    parameters = [*operation.path_item["parameters"], *operation.says.get("parameters", [])]

    needed = operation.says.get("security", DOCUMENT["security"])

    schemes = [DOCUMENT["components"]["securitySchemes"][next(iter(each))] for each in needed]
    carried = [(scheme["type"], scheme["in"], scheme["name"]) for scheme in schemes]
    logs_in = operation.says["operationId"] == "create_project_token"
    assert carried == ([] if logs_in else [("apiKey", "header", "X-Auth-Token")])
    assert not [each for each in parameters if each.get("name", "").lower() == "x-auth-token"]


@each_operation
def test_an_operation_shows_its_answer_and_its_body_by_example(operation: Operation) -> None:
    bodies = [operation.says["requestBody"]] if "requestBody" in operation.says else []
    answers = [said for status, said in operation.says["responses"].items() if status[0] == "2"]

    assert answers
    assert all(shown["content"]["application/json"]["examples"] for shown in [*bodies, *answers])


@each_operation
def test_every_error_is_declared_and_text_comes_first(operation: Operation) -> None:
    errors = {
        status: DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
        for status, said in operation.says["responses"].items()
        if status[0] != "2"
    }

    assert {"400", "401", "403", "404", "429", "500", "503", "default"} <= set(errors)
    # JSON first would make the generated client raise on a proxy's HTML, and lose the status.
    assert all(
        list(said["content"]) == ["text/html", "application/json"] for said in errors.values()
    )


# --- its examples -------------------------------------------------------------------------------

RESOURCE: Resource[Any] = Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
REGISTRY: Registry[Any] = Registry().with_resource("urn:contract", RESOURCE)


class Example(NamedTuple):
    schema: str
    value: Any


def _examples(node: object, pointer: str) -> Iterator[Example]:
    """Every example of the document with the JSON pointer of the schema that it must obey."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _examples(item, f"{pointer}/{index}")
        return
    if not isinstance(node, dict):
        return
    shown = node.get("examples", {})
    if isinstance(shown, list):
        yield from (Example(pointer, value) for value in shown)
    else:
        yield from (Example(f"{pointer}/schema", each["value"]) for each in shown.values())
    if "example" in node:
        yield Example(f"{pointer}/schema", node["example"])
    for key, child in node.items():
        if key not in {"example", "examples"}:
            escaped = key.replace("~", "~0").replace("/", "~1").replace("{", "%7B")
            yield from _examples(child, f"{pointer}/{escaped.replace('}', '%7D')}")


EXAMPLES = list(_examples(DOCUMENT, ""))
OBJECTS = [example for example in EXAMPLES if isinstance(example.value, dict)]


def _fits(value: object, pointer: str) -> bool:
    validator = OAS31Validator(
        {"$ref": f"urn:contract#{pointer}"}, registry=REGISTRY, format_checker=oas31_format_checker
    )
    return bool(validator.is_valid(value))


def _component(pointer: str, value: object) -> str:
    """The name of the component that a value is an example of."""
    schema = REGISTRY.resolver("urn:contract").lookup(f"#{pointer}").contents
    if "$ref" in schema:
        return _component(schema["$ref"].removeprefix("#"), value)
    for variant in schema.get("anyOf", []):
        if _fits(value, variant["$ref"].removeprefix("#")):
            return _component(variant["$ref"].removeprefix("#"), value)
    return pointer.rpartition("/")[2]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.schema)
def test_an_example_obeys_its_schema(example: Example) -> None:
    assert _fits(example.value, example.schema)


@pytest.mark.parametrize("example", OBJECTS, ids=lambda example: _component(*example))
def test_the_generated_model_reads_an_example_and_gives_it_back(example: Example) -> None:
    model = getattr(models, _component(*example))

    read = model.from_dict(example.value)

    assert read.to_dict() == example.value
    assert not read.additional_properties


@pytest.mark.parametrize(
    ("component", "value"),
    [
        ("OffsetTime", "2022-06-01T18:50:20+08:00"),
        ("OffsetTime", "2022-06-01T10:50:20Z"),
        ("OffsetTime", "2022-06-01T18:50:20.123+0800"),
        ("OffsetTime", "2022-06-01T24:00:00+0800"),
        ("RedisInstanceId", f"*{REDIS}"),
        ("RedisInstanceId", RDS),
        ("RdsInstanceId", "*in01"),
        ("ProjectId", "prod"),
        ("AlarmRuleId", "*"),
        ("MetricDimension", "redis_cluster_id"),
        ("Milliseconds", "1771325400000"),
        ("RecordTime", "2026-02-17T19:53:08"),
        ("AcceptedRestore", {}),
        ("AcceptedRestore", {"job_id": ""}),
        ("RestoreWindow", {"start_time": "1532001446987", "end_time": 1532742139000}),
    ],
)
def test_what_must_not_travel_does_not_fit(component: str, value: object) -> None:
    assert not _fits(value, f"/components/schemas/{component}")


# --- the generated client on the wire -----------------------------------------------------------


class TokenAuth(httpx.Auth):
    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        request.headers["X-Auth-Token"] = TOKEN
        yield request


@pytest.fixture(scope="module")
def cloud() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1") as server:
        yield server


@pytest.fixture(scope="module")
def client(cloud: HTTPServer) -> Iterator[Client]:
    base_url = cloud.url_for("")
    with httpx.Client(base_url=base_url, auth=TokenAuth(), timeout=5) as connection:
        yield Client(base_url=base_url).set_httpx_client(connection)


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
    send: Callable[[Client], Response[Any]]
    target: str
    model: type[Any]


CALLS = [
    Call(
        "restore_redis_instance_in_place",
        lambda client: restore_redis_instance_in_place.sync_detailed(
            PROJECT, REDIS, client=client, body=InPlaceRestore(restore_time=POINT)
        ),
        f"/v3/{PROJECT}/redis/instances/{REDIS}/pitr",
        AcceptedRestore,
    ),
    Call(
        "list_redis_restore_points",
        lambda client: list_redis_restore_points.sync_detailed(
            PROJECT, REDIS, client=client, start_time=POINT, end_time=POINT, offset=100, limit=100
        ),
        f"/v3/{PROJECT}/redis/instances/{REDIS}/pitr/restorable-time-periods"
        "?start_time=2022-06-01T18%3A50%3A20%2B0800&end_time=2022-06-01T18%3A50%3A20%2B0800"
        "&offset=100&limit=100",
        RestorePoints,
    ),
    Call(
        "show_redis_pitr_policy",
        lambda client: show_redis_pitr_policy.sync_detailed(PROJECT, REDIS, client=client),
        f"/v3/{PROJECT}/redis/instances/{REDIS}/pitr/policy",
        PitrPolicy,
    ),
    Call(
        "list_geminidb_jobs",
        lambda client: list_geminidb_jobs.sync_detailed(PROJECT, client=client, id=JOB),
        f"/v3/{PROJECT}/jobs?id={JOB}",
        JobList,
    ),
    Call(
        "list_geminidb_jobs",
        lambda client: list_geminidb_jobs.sync_detailed(
            PROJECT, client=client, start_time=POINT, end_time=POINT, offset=0, limit=50
        ),
        f"/v3/{PROJECT}/jobs"
        "?start_time=2022-06-01T18%3A50%3A20%2B0800&end_time=2022-06-01T18%3A50%3A20%2B0800"
        "&offset=0&limit=50",
        JobList,
    ),
    Call(
        "list_geminidb_instances",
        lambda client: list_geminidb_instances.sync_detailed(
            PROJECT, client=client, id=REDIS, datastore_type="redis", offset=0, limit=100
        ),
        f"/v3/{PROJECT}/instances?id={REDIS}&datastore_type=redis&offset=0&limit=100",
        InstanceList,
    ),
    Call(
        "list_cloud_eye_alarm_records",
        lambda client: list_cloud_eye_alarm_records.sync_detailed(
            PROJECT, client=client, alarm_id="al1604473987569z6n6nkpm1", offset=100, limit=100
        ),
        f"/v2/{PROJECT}/alarm-histories?alarm_id=al1604473987569z6n6nkpm1&offset=100&limit=100",
        AlarmRecords,
    ),
    Call(
        "show_cloud_eye_metric_data",
        lambda client: show_cloud_eye_metric_data.sync_detailed(
            PROJECT,
            client=client,
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
        lambda client: list_rds_restore_windows.sync_detailed(PROJECT, RDS, client=client),
        f"/v3/{PROJECT}/instances/{RDS}/restore-time",
        RestoreWindows,
    ),
    Call(
        "list_rds_restore_windows",
        lambda client: list_rds_restore_windows.sync_detailed(
            PROJECT, RDS, client=client, date=dt.date(2020, 12, 26), x_language="en-us"
        ),
        f"/v3/{PROJECT}/instances/{RDS}/restore-time?date=2020-12-26",
        RestoreWindows,
    ),
    Call(
        "create_project_token",
        lambda client: create_project_token.sync_detailed(
            client=client, body=PasswordLogin.from_dict(LOGIN), nocatalog="true"
        ),
        "/v3/auth/tokens?nocatalog=true",
        CreatedToken,
    ),
]
BY_ID = {operation.says["operationId"]: operation for operation in OPERATIONS}
each_call = pytest.mark.parametrize("call", CALLS, ids=[call.operation_id for call in CALLS])


def test_every_operation_is_tried_on_the_wire() -> None:
    assert {call.operation_id for call in CALLS} == set(BY_ID)


@each_call
def test_a_call_is_one_request_as_documented(cloud: HTTPServer, client: Client, call: Call) -> None:
    operation = BY_ID[call.operation_id]
    [(status, said)] = [
        (int(status), said)
        for status, said in operation.says["responses"].items()
        if status[0] == "2"
    ]
    example = next(iter(said["content"]["application/json"]["examples"].values()))["value"]
    _serve(cloud, status, json.dumps(example), "application/json")

    answer = call.send(client)

    [(request, _)] = cloud.log
    assert request.method == operation.method.upper()
    assert request.environ["REQUEST_URI"] == call.target
    assert request.headers["X-Auth-Token"] == TOKEN
    assert "Authorization" not in request.headers
    assert answer.status_code == status
    assert isinstance(answer.parsed, call.model)
    assert answer.parsed.to_dict() == example


def test_the_put_carries_the_point_verbatim_and_nothing_else(
    cloud: HTTPServer, client: Client
) -> None:
    _serve(cloud, 202, json.dumps({"job_id": JOB}), "application/json")

    CALLS[0].send(client)

    [(request, _)] = cloud.log
    assert request.headers["Content-Type"] == "application/json"
    assert request.get_data() == b'{"restore_time":"2022-06-01T18:50:20+0800"}'


def test_the_plus_of_an_offset_arrives_as_a_plus(cloud: HTTPServer, client: Client) -> None:
    _serve(cloud, 200, json.dumps({"restore_time": []}), "application/json")

    CALLS[1].send(client)

    [(request, _)] = cloud.log
    assert request.args["start_time"] == request.args["end_time"] == POINT


def test_an_id_cannot_leave_its_place_in_the_path(cloud: HTTPServer, client: Client) -> None:
    _serve(cloud, 404, "", "text/html")

    show_redis_pitr_policy.sync_detailed(PROJECT, "../x?y#z", client=client)

    [(request, _)] = cloud.log
    assert request.environ["REQUEST_URI"] == (
        f"/v3/{PROJECT}/redis/instances/..%2Fx%3Fy%23z/pitr/policy"
    )


def test_the_language_of_messages_travels_as_a_header(cloud: HTTPServer, client: Client) -> None:
    _serve(cloud, 200, json.dumps({"restore_time": []}), "application/json")

    CALLS[-2].send(client)

    [(request, _)] = cloud.log
    assert request.headers["X-Language"] == "en-us"


def test_the_generated_client_never_holds_the_token(client: Client) -> None:
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
    cloud: HTTPServer, client: Client, call: Call, bad: Bad
) -> None:
    _serve(cloud, bad.status, bad.body, bad.content_type)

    answer = call.send(client)

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
    cloud: HTTPServer, client: Client, status: int, body: str, raised: type[Exception]
) -> None:
    _serve(cloud, status, body, "application/json")

    with pytest.raises(raised):
        CALLS[0].send(client)

    assert [request.method for request, _ in cloud.log] == ["PUT"]


def test_one_odd_row_does_not_hide_the_other_jobs(cloud: HTTPServer, client: Client) -> None:
    rows = [
        {"id": "a", "instance": None},
        {"id": "b", "progress": 14, "instance": "x"},
        {"id": JOB},
    ]
    _serve(cloud, 200, json.dumps({"jobs": rows}), "application/json")

    answer = list_geminidb_jobs.sync_detailed(PROJECT, client=client, limit=50)

    assert isinstance(answer.parsed, JobList)
    assert [job.id for job in answer.parsed.jobs] == ["a", "b", JOB]
