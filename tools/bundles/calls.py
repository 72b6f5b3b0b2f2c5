"""Which operations of AWS a function can call, read from its code.

A list kept by hand lacked one: the function then failed for hours after it was asked to wake.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tools.bundles.imports import Imports

_STUBS = re.compile(r"mypy_boto3_(\w+)")
_ENGINE = "aws_durable_execution_sdk_python"


def calls_of(imports: Imports) -> dict[str, tuple[str, ...]]:
    """The operations by service: each that an adapter names, and those of the durable engine.

    An adapter imports the types of one service, `mypy_boto3_<service>`, and calls its operations as
    methods; what it names and the service has is taken for a call.
    """
    found: dict[str, set[str]] = {}
    for service, path in (*_adapters(imports), *_engine(imports)):
        found.setdefault(service, set()).update(_named(path) & _operations(service).keys())
    return {
        service: tuple(sorted(_operations(service)[name] for name in names))
        for service, names in sorted(found.items())
    }


def exceptions_of(imports: Imports) -> set[str]:
    """The errors of services that the adapters catch by name: `client.exceptions.<X>`."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for _, path in _adapters(imports)]
    return {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "exceptions"
    }


def _adapters(imports: Imports) -> Iterator[tuple[str, Path]]:
    for path in imports.ours.values():
        for service in sorted(set(_STUBS.findall(path.read_text(encoding="utf-8")))):
            yield service, path


def _engine(imports: Imports) -> Iterator[tuple[str, Path]]:
    spec = importlib.util.find_spec(_ENGINE) if _ENGINE in imports.others else None
    if spec is not None and spec.origin is not None:
        yield "lambda", Path(spec.origin).with_name("lambda_service.py")


def _named(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@cache
def _operations(service: str) -> dict[str, str]:
    """The operations of a service by the names of their methods."""
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}
