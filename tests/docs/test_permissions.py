"""docs/reference/permissions.md against openapi.yaml: every action is asked for by an operation."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from openapi_spec_validator.readers import read_from_filename

from lastgood.workflows import checkup as doctor

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/permissions.md").read_text(encoding="utf-8")
CONTRACT, _ = read_from_filename(str(ROOT / "openapi.yaml"))

VERIFY, RECOVER = (
    json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
)


def operations() -> dict[str, list[str]]:
    """Each operation with the actions that it takes, but for the one that takes none."""
    found = {}
    for item in CONTRACT["paths"].values():
        for method in ("get", "put"):
            if method in item:
                needs: dict[str, Any] = item[method]["x-huawei-permission"]
                actions = [needs["action"], *needs.get("dependencies", [])]
                found[item[method]["operationId"]] = actions
    return found


def allowed(document: dict[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def test_recovery_is_allowed_what_the_operations_take_and_nothing_more() -> None:
    taken = [action for actions in operations().values() for action in actions]

    assert allowed(RECOVER) == set(taken)


def test_verification_is_allowed_neither_to_restore_nor_to_see_jobs() -> None:
    assert allowed(RECOVER) - allowed(VERIFY) == {doctor.RESTORE, doctor.JOBS}


def test_the_restore_stands_in_a_statement_of_its_own() -> None:
    (statement,) = [s for s in RECOVER["Statement"] if doctor.RESTORE in s["Action"]]

    assert statement["Action"] == [doctor.RESTORE]


def test_the_table_traces_every_action_to_its_operation() -> None:
    rows = dict(re.findall(r"^\| `([\w:]+)` \| (?:`(\w+)`)?", PAGE, flags=re.MULTILINE))

    assert set(rows) == allowed(RECOVER)
    for action, operation in rows.items():
        assert action in operations().get(operation, [action])


def test_the_doctor_looks_for_every_action_by_its_name() -> None:
    looked_for = {doctor.STATE, doctor.PITR, doctor.POINTS, doctor.JOBS, doctor.WINDOWS}

    assert looked_for | {doctor.RESTORE, "rds:instance:list"} == allowed(RECOVER)
