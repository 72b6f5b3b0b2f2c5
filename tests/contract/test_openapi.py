"""The contracts against their own promises."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest

from tests.support.contracts import CONTRACTS, OPERATIONS, PITR, RDS, Contract, Example, Operation

BY_PACKAGE = {contract.package: contract for contract in CONTRACTS}
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[operation.id for operation in OPERATIONS]
)


def test_eight_operations_write_one_logs_in_and_all_others_read() -> None:
    others = {
        operation.id: operation.method for operation in OPERATIONS if operation.method != "get"
    }

    assert others == {
        "restore_redis_instance_in_place": "put",
        "back_up_geminidb_instance": "post",
        "delete_geminidb_backup": "delete",
        "restore_geminidb_backup_to_new_instance": "post",
        "tag_geminidb_instance": "post",
        "delete_geminidb_instance": "delete",
        "create_project_token": "post",
        "restore_rds_to_new_instance": "post",
        "delete_rds_instance": "delete",
    }


def test_no_two_operations_share_a_name_and_no_two_of_a_document_their_path_and_method() -> None:
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)
    shared = {each.path for each in PITR.operations} & {each.path for each in RDS.operations}
    assert shared == {
        "/v3/{project_id}/jobs",
        "/v3/{project_id}/instances",
        "/v3/{project_id}/instances/{instance_id}",
    }


@each_operation
def test_an_operation_is_a_module_of_the_generated_client(operation: Operation) -> None:
    [tag] = operation.says["tags"]

    module = import_module(f"{operation.package}.api.{tag}.{operation.id}")

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
    assert "servers" not in BY_PACKAGE[operation.package].document


@each_operation
def test_the_token_is_a_security_scheme_and_never_a_parameter(operation: Operation) -> None:
    document = BY_PACKAGE[operation.package].document
    parameters = [*operation.path_item["parameters"], *operation.says.get("parameters", [])]

    needed = operation.says.get("security", document["security"])

    schemes = [document["components"]["securitySchemes"][next(iter(each))] for each in needed]
    carried = [(scheme["type"], scheme["in"], scheme["name"]) for scheme in schemes]
    logs_in = operation.id == "create_project_token"
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
    responses = BY_PACKAGE[operation.package].document["components"]["responses"]
    errors = {
        status: responses[said["$ref"].rpartition("/")[2]]
        for status, said in operation.says["responses"].items()
        if status[0] != "2"
    }

    assert {"400", "401", "403", "404", "429", "500", "503", "default"} <= set(errors)
    # JSON first would make the generated client raise on a proxy's HTML, and lose the status.
    assert all(
        list(said["content"]) == ["text/html", "application/json"] for said in errors.values()
    )


# --- examples -----------------------------------------------------------------------------------

EXAMPLES = [(contract, example) for contract in CONTRACTS for example in contract.examples]
MODELLED = [
    (contract, example)
    for contract, example in EXAMPLES
    if isinstance(example.value, dict) and contract.model(example)
]


def test_only_an_open_object_has_no_model_of_its_own() -> None:
    objects = [example for _, example in EXAMPLES if isinstance(example.value, dict)]
    modelled = [example for _, example in MODELLED]

    bare = [example.schema for example in objects if example not in modelled]

    assert bare == ["/components/schemas/Flavor/properties/az_status"]


@pytest.mark.parametrize(
    ("contract", "example"),
    EXAMPLES,
    ids=[f"{contract.package}{example.schema}" for contract, example in EXAMPLES],
)
def test_an_example_obeys_its_schema(contract: Contract, example: Example) -> None:
    assert contract.fits(example.value, example.schema)


@pytest.mark.parametrize(
    ("contract", "example"),
    MODELLED,
    ids=[f"{contract.package}.{contract.component(*example)}" for contract, example in MODELLED],
)
def test_the_generated_model_reads_an_example_and_gives_it_back(
    contract: Contract, example: Example
) -> None:
    read = contract.model(example).from_dict(example.value)

    assert read.to_dict() == example.value
    assert not read.additional_properties


REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
MYSQL = "dsfae23fsfdsae3435in01"


def body_of(contract: Contract, operation_id: str) -> dict[str, Any]:
    """The first example of the body of a request."""
    (operation,) = (each for each in contract.operations if each.id == operation_id)
    examples = operation.says["requestBody"]["content"]["application/json"]["examples"]
    return dict(next(iter(examples.values()))["value"])


COPY = body_of(RDS, "restore_rds_to_new_instance")
UNDONE = body_of(PITR, "restore_geminidb_backup_to_new_instance")


def without(field: str, body: Mapping[str, Any] = COPY) -> dict[str, object]:
    """A restore to a new instance that lacks a field."""
    return {name: value for name, value in body.items() if name != field}


@pytest.mark.parametrize(
    ("component", "value"),
    [
        ("OffsetTime", "2022-06-01T18:50:20+08:00"),
        ("OffsetTime", "2022-06-01T10:50:20Z"),
        ("OffsetTime", "2022-06-01T18:50:20.123+0800"),
        ("OffsetTime", "2022-06-01T24:00:00+0800"),
        ("RedisInstanceId", f"*{REDIS}"),
        ("RedisInstanceId", MYSQL),
        ("RdsInstanceId", "*in01"),
        ("ProjectId", "prod"),
        ("AlarmRuleId", "*"),
        ("MetricDimension", "redis_cluster_id"),
        ("Milliseconds", "1771325400000"),
        ("RecordTime", "2026-02-17T19:53:08"),
        ("AcceptedRestore", {}),
        ("AcceptedRestore", {"job_id": ""}),
        ("RestoreWindow", {"start_time": "1532001446987", "end_time": 1532742139000}),
        # Without it the service makes an empty instance, and bills it.
        ("RestoreToNewInstance", without("restore_info", UNDONE)),
        ("RestoreToNewInstance", {**UNDONE, "restore_info": {}}),
        ("RestoreToNewInstance", {**UNDONE, "restore_info": {"restore_time": 1771328980000}}),
        ("RestoreToNewInstance", without("flavor", UNDONE)),
        ("RestoreToNewInstance", {**UNDONE, "flavor": []}),
        ("RestoreToNewInstance", {**UNDONE, "charge_info": {"charge_mode": "prePaid"}}),
        ("RestoreToNewInstance", {**UNDONE, "datastore": {"type": "cassandra"}}),
        ("Name", "*orders"),
        ("BackupId", "../instances"),
        ("BackupId", "*5b0ae36c"),
        ("NewBackup", {"name": "lastgood-2f6c1d"}),
        ("NewBackup", {"name": "lastgood-2f6c1d", "description": "a=b"}),
        ("NewBackup", {"name": "lastgood-2f6c1d", "description": "a\nb"}),
        ("TagsAction", {"action": "delete", "tags": [{"key": "lastgood-owner"}]}),
        ("TagsAction", {"action": "create", "tags": []}),
        ("Tag", {"key": "lastgood-owner", "value": "x" * 44}),
    ],
)
def test_what_must_not_travel_does_not_fit(component: str, value: object) -> None:
    assert PITR.fits(UNDONE, "/components/schemas/RestoreToNewInstance")
    assert not PITR.fits(value, f"/components/schemas/{component}")


@pytest.mark.parametrize(
    ("component", "value"),
    [
        # Without it the service makes an empty instance, and bills it.
        ("RestoreToNewInstance", without("restore_point")),
        ("RestoreToNewInstance", without("name")),
        ("RestoreToNewInstance", without("security_group_id")),
        ("RestoreToNewInstance", {**COPY, "charge_info": {"charge_mode": "prePaid"}}),
        ("RestorePoint", {"instance_id": MYSQL, "type": "timestamp"}),
        ("RestorePoint", {"instance_id": MYSQL, "type": "backup", "restore_time": 1771328980000}),
        # Seconds.
        ("RestorePoint", {"instance_id": MYSQL, "type": "timestamp", "restore_time": 1771328980}),
        ("MillisecondsText", "1771328980"),
        ("InstanceId", f"*{MYSQL}"),
        ("InstanceName", "*orders"),
        ("NewVolume", {"type": "CLOUDSSD", "size": 45}),
    ],
)
def test_what_must_not_travel_to_rds_does_not_fit(component: str, value: object) -> None:
    assert RDS.fits(COPY, "/components/schemas/RestoreToNewInstance")
    assert not RDS.fits(value, f"/components/schemas/{component}")
