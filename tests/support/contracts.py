"""The contracts with Huawei Cloud as data: their operations, schemas and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator.readers import read_from_filename
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).parents[2]


class Operation(NamedTuple):
    """An operation, and the package of the client that was generated for it."""

    package: str
    path: str
    method: str
    path_item: Mapping[str, Any]
    says: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.says["operationId"])


class Example(NamedTuple):
    """A value, and the JSON pointer of the schema that it must obey."""

    schema: str
    value: Any


@dataclass(frozen=True, slots=True)
class Contract:
    """A document, and the package that is generated from it."""

    package: str
    document: Mapping[str, Any]
    registry: Registry[Any] = field(repr=False)

    @classmethod
    def read(cls, package: str, file: str) -> Contract:
        document, _ = read_from_filename(str(ROOT / file))
        resource: Resource[Any] = Resource.from_contents(
            document, default_specification=DRAFT202012
        )
        registry: Registry[Any] = Registry().with_resource("urn:contract", resource)
        return cls(package, document, registry)

    @property
    def operations(self) -> list[Operation]:
        return [
            Operation(self.package, path, method, path_item, path_item[method])
            for path, path_item in self.document["paths"].items()
            for method in ("get", "put", "post", "patch", "delete")
            if method in path_item
        ]

    @property
    def examples(self) -> list[Example]:
        return list(_examples(self.document, ""))

    def fits(self, value: object, pointer: str) -> bool:
        """Whether a value obeys a schema."""
        validator = OAS31Validator(
            {"$ref": f"urn:contract#{pointer}"},
            registry=self.registry,
            format_checker=oas31_format_checker,
        )
        return bool(validator.is_valid(value))

    def component(self, pointer: str, value: object) -> str:
        """The name of the component that a value is an example of."""
        schema = self.registry.resolver("urn:contract").lookup(f"#{pointer}").contents
        if "$ref" in schema:
            return self.component(schema["$ref"].removeprefix("#"), value)
        for variant in schema.get("anyOf", []):
            if self.fits(value, variant["$ref"].removeprefix("#")):
                return self.component(variant["$ref"].removeprefix("#"), value)
        return pointer.rpartition("/")[2]

    def model(self, example: Example) -> Any:
        """The generated model of an example; None where the schema is that of a single field."""
        models = import_module(f"{self.package}.models")
        return getattr(models, self.component(*example), None)


def _examples(node: object, pointer: str) -> Iterator[Example]:
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


PITR = Contract.read("huawei_pitr", "openapi.yaml")
RDS = Contract.read("huawei_rds", "openapi-rds.yaml")
CONTRACTS = (PITR, RDS)
OPERATIONS = [operation for contract in CONTRACTS for operation in contract.operations]
