"""docs/reference/openapi.md, and the codes that several pages list, against the contracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from lastgood.huawei.errors import BUSY, THROTTLED
from tests.docs.pages import codes, rows, section, text_of
from tests.support.contracts import OPERATIONS, PITR, RDS, Contract

RESPONSES: dict[str, Any] = PITR.document["components"]["responses"]
# What stands in requests too, and in answers only where null may stand in its place.
OF_REQUESTS = {
    *("InPlaceRestore", "PasswordLogin", "DomainName"),
    *("RestoreToNewInstance", "RestorePoint", "NewVolume", "Standby", "PayPerUse"),
    *("BackupStrategy", "Tag"),
    *("NewBackup", "NewDatastore", "NewNodes", "RestoreInfo", "TagsAction"),
}


def required(schema: dict[str, Any], within: str = "") -> Iterator[str]:
    """The required fields of a schema, those of its own parts included."""
    for name in schema.get("required", []):
        yield within + name
    for name, part in schema.get("properties", {}).items():
        yield from required(part, f"{within}{name}.")


@pytest.mark.parametrize(("contract", "header"), [(PITR, "| schema |"), (RDS, "| schema of RDS |")])
def test_the_page_lists_every_required_field_of_an_answer(contract: Contract, header: str) -> None:
    _, _, rest = section("docs/reference/openapi.md", "## Choices").partition(header)
    table = rows(header + rest.partition("\n\n")[0])

    assert {codes(row[0])[0]: sorted(codes(row[1])) for row in table} == {
        name: sorted(fields)
        for name, schema in contract.document["components"]["schemas"].items()
        if name not in OF_REQUESTS and (fields := list(required(schema)))
    }


def test_the_page_has_every_operation() -> None:
    table = {
        codes(row[0])[0] for row in rows(text_of("docs/reference/openapi.md")) if len(row) == 3
    }

    assert table == {operation.id for operation in OPERATIONS}


def test_the_busy_codes_are_the_same_in_code_contract_and_facts() -> None:
    in_contract = RESPONSES["Forbidden"]["description"].partition("another operation")[2]
    (in_facts,) = re.findall(r"\| (DBS\.200011.*?) \| \*\*busy", text_of("docs/facts/huawei.md"))

    assert set(re.findall(r"DBS\.\d+", in_contract)) == set(BUSY.split())
    assert set(re.findall(r"\d{6}", in_facts)) == set(re.findall(r"\d{6}", BUSY))


def test_the_codes_of_the_rate_limit_are_the_same_in_code_contract_and_facts() -> None:
    in_contract = RESPONSES["TooManyRequests"]["description"]
    (in_facts,) = re.findall(r"^\| 429 \| (.*?) \|", text_of("docs/facts/huawei.md"), re.MULTILINE)

    for text in (in_contract, in_facts):
        assert set(re.findall(r"[A-Z]+\.\d+", text)) == set(THROTTLED.split())
