"""docs/reference/permissions.md against openapi.yaml: every action belongs to an operation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator.readers import read_from_filename

from lastgood.domain import copies
from lastgood.workflows import checkup as doctor
from tests.support.contracts import OPERATIONS, Operation

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/permissions.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| action for copies |")[0]
ADAPTER = (ROOT / "lastgood/huawei/rds.py").read_text(encoding="utf-8")
BACKUPS = (ROOT / "lastgood/huawei/backups.py").read_text(encoding="utf-8")
CLOUD = (ROOT / "lastgood/huawei/cloud.py").read_text(encoding="utf-8")
CONTRACT, _ = read_from_filename(str(ROOT / "openapi.yaml"))

READ, RESTORE, READ_COPIES, COPY, READ_BACKUPS, BACK_UP = (
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
)


def operations() -> dict[str, dict[str, Any]]:
    """The permission of each operation, by the operation's id; without the one that needs none.

    Without those that are for backups only.
    """
    return {
        operation["operationId"]: operation["x-huawei-permission"]
        for item in CONTRACT["paths"].values()
        for method, operation in item.items()
        if method in {"get", "put"} and not is_for_backups_only(operation["operationId"])
    }


def is_for_backups_only(operation: str) -> bool:
    return operation in BACKUPS and operation not in CLOUD


def allowed(document: dict[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_both_together_allow_the_action_of_each_operation_and_no_alias() -> None:
    both = allowed(READ) | allowed(RESTORE)

    assert both == {needs["action"] for needs in operations().values()}
    assert not both & {needs.get("alias") for needs in operations().values()}


def test_who_reads_may_not_restore_and_who_restores_may_do_nothing_else() -> None:
    assert allowed(RESTORE) == {doctor.RESTORE}
    assert doctor.RESTORE not in allowed(READ)


def test_the_condition_of_the_restore_is_one_that_the_service_documents() -> None:
    (statement,) = RESTORE["Statement"]

    assert {key.partition("/")[0] for key in statement["Condition"]["StringEquals"]} <= {
        key.partition("/")[0]
        for key in operations()["restore_redis_instance_in_place"]["condition_keys"]
    }


def test_each_row_of_the_table_is_an_operation_with_its_action_and_its_alias() -> None:
    row = r"^\| `([\w:]+)` \| `(\w+)`.*? \| `?([\w:]+)`? \| ✓? ?\| ✓? ?\|$"
    rows = re.findall(row, TABLE, flags=re.MULTILINE)

    assert {operation: (action, alias) for action, operation, alias in rows} == {
        operation: (needs["action"], needs.get("alias", "none"))
        for operation, needs in operations().items()
    }


def test_the_table_marks_for_each_of_the_credentials_what_its_policy_allows() -> None:
    rows = re.findall(r"^\| `([\w:]+)` \|.*\| (✓?) ?\| (✓?) ?\|$", TABLE, re.MULTILINE)

    assert {action for action, read, _ in rows if read} == allowed(READ)
    assert {action for action, _, restore in rows if restore} == allowed(RESTORE)


def test_for_copies_each_row_is_an_operation_that_is_used_with_its_action_and_its_alias() -> None:
    table = PAGE.partition("| action for copies |")[2].partition("\n\n")[0]
    rows = re.findall(
        r"^\| `([\w:]+)` \| `(\w+)`.*? \| `?([\w:]+)`? \| (✓?) ?\| (✓?) ?\|$", table, re.MULTILINE
    )
    needs = {
        operation.id: operation.says["x-huawei-permission"]
        for operation in OPERATIONS
        if operation.package == "huawei_rds" and ADAPTER.count(operation.id) > 1
    }

    assert {operation: (action, alias) for action, operation, alias, *_ in rows} == {
        operation: (need["action"], need.get("alias", "none")) for operation, need in needs.items()
    }
    assert {action for action, *_, read, _ in rows if read} == allowed(READ_COPIES)
    assert {action for action, *_, write in rows if write} == allowed(COPY)


def test_for_backups_each_row_is_an_operation_that_is_used_with_its_action_and_its_alias() -> None:
    table = PAGE.partition("| action for backups |")[2].partition("\n\n")[0]
    rows = re.findall(
        r"^\| `([\w:]+)` \| `(\w+)`.*? \| `?([\w:]+)`? \| (✓?) ?\| (✓?) ?\|$", table, re.MULTILINE
    )
    needs = {
        operation.id: operation.says["x-huawei-permission"]
        for operation in OPERATIONS
        if operation.package == "huawei_pitr" and BACKUPS.count(operation.id) > 1
    }

    assert {operation: (action, alias) for action, operation, alias, *_ in rows} == {
        operation: (need["action"], need.get("alias", "none")) for operation, need in needs.items()
    }
    assert {action for action, *_, read, _ in rows if read} == allowed(READ_BACKUPS)
    assert {action for action, *_, write in rows if write} == allowed(BACK_UP)


def test_only_the_deletion_of_a_new_instance_is_limited_by_a_tag() -> None:
    others, delete = BACK_UP["Statement"]
    (tag,) = delete["Condition"]["StringEquals"]

    assert delete["Action"] == ["gaussdbfornosql:instance:delete"]
    assert tag in {f"g:ResourceTag/{key}" for key in copies.tags_of("inc", "ledger")}
    assert "Condition" not in others


def test_a_deletion_is_limited_by_a_tag_of_copies_and_a_creation_by_nothing_there_is() -> None:
    create, delete = COPY["Statement"]
    (tag,) = delete["Condition"]["StringEquals"]

    assert (create["Action"], "Condition" in create) == (["rds:instance:create"], False)
    assert delete["Action"] == ["rds:instance:deleteInstance"]
    assert tag in {f"g:ResourceTag/{key}" for key in copies.tags_of("inc", "ledger")}


def test_the_doctor_checks_every_action() -> None:
    of_cloud_eye = {doctor.ALARMS, doctor.DATA}
    checked = {doctor.STATE, doctor.PITR, doctor.POINTS, doctor.JOBS, doctor.WINDOWS}

    assert checked | of_cloud_eye == allowed(READ)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_operation_names_the_page_that_documents_it_in_the_facts(
    operation: Operation,
) -> None:
    facts = {"huawei_pitr": "huawei.md", "huawei_rds": "rds.md"}[operation.package]
    page = operation.says["externalDocs"]
    title = page["description"].partition(" (updated")[0]

    (row,) = re.findall(
        rf"^\| \[{re.escape(title)}\]\({re.escape(page['url'])}\) .*$",
        (ROOT / "docs/facts" / facts).read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    if operation.package == "huawei_rds":
        needs = operation.says["x-huawei-permission"]
        assert re.findall(r"`(rds:[\w:]+)`", row) == [
            needs[key] for key in ("action", "alias") if key in needs
        ]
        assert ("g:ResourceTag" in row) == ("condition_keys" in needs)
