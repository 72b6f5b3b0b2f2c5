"""What a handler must not import, and must not touch while it is imported."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.machinery import PathFinder
from pathlib import Path

from tools.importtime import tree
from tools.importtime.traces import Trace

NOWHERE = frozenset({"pydantic", "rich", "typer", "click", "jinja2", "requests", "moto", "sandbox"})
"""Tools of the command line, of tests, or of people with time at start-up."""

_CLOUD = frozenset({"httpx", "httpcore", "huawei_pitr", "lastgood.huawei"})
_ENGINE = frozenset({"aws_durable_execution_sdk_python", "lastgood.aws.durable"})

NEVER = {
    "alarm": NOWHERE | _CLOUD | _ENGINE,
    "recover": NOWHERE,
    "verify": NOWHERE,
}
"""By handler. An alarm starts a recovery and asks no database cloud anything."""

NOT_YET = frozenset({"lastgood.huawei", "huawei_pitr", "lastgood.aws.dynamodb"})
"""Adapters: what a handler may need, but not before somebody asks for it."""

HARMLESS = frozenset({"urllib3.util.connection"})
"""It binds a socket to ::1 to learn whether the kernel has IPv6, and sends nothing."""


def faults_at_import(handler: str, trace: Trace) -> list[str]:
    """What is wrong right after the import, one sentence each."""
    early = _within(tree.names(trace.roots), NEVER[handler] | NOT_YET)
    touched = [touch for touch in trace.touched if touch.by not in HARMLESS]
    return [f"{handler} imports {name}" for name in early] + [
        f"{handler} touches more than modules when imported: {touch.what}, by {touch.by}"
        for touch in touched
    ]


def faults_at_work(handler: str, bundle: Path, trace: Trace) -> list[str]:
    """What is wrong when the first work is done, one sentence each.

    A library may try to import what the bundle does not hold, as httpx does with click.
    """
    found = _within(tree.names(trace.roots), NEVER[handler])
    return [f"{handler} imports {name} when at work" for name in found if _is_in(bundle, name)]


def _is_in(bundle: Path, name: str) -> bool:
    return PathFinder.find_spec(name.partition(".")[0], [str(bundle)]) is not None


def _within(modules: Iterable[str], packages: frozenset[str]) -> list[str]:
    return sorted(name for name in modules if packages & set(_ancestry(name)))


def _ancestry(name: str) -> Iterable[str]:
    """A module's own name and the names of the packages that it is in."""
    parts = name.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))
