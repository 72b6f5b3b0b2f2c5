"""Prints what each handler imports and how long that takes; fails on what it must not import.

    python -m tools.importtime

Each handler is looked at in its bundle, made for this machine: right after its import, and when it
has done its first work.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TypeAlias

from sandbox.aws.account import RECOVER_FUNCTION
from sandbox.aws.runtime import Code
from sandbox.stage import ALARM_FUNCTION, VERIFY_FUNCTION, Stage
from sandbox.story import Story
from tools.bundles.fill import build_bundles

FUNCTIONS = {ALARM_FUNCTION: "alarm", RECOVER_FUNCTION: "recover", VERIFY_FUNCTION: "verify"}

NOWHERE = frozenset({"pydantic", "rich", "typer", "click", "jinja2", "requests", "moto", "sandbox"})
"""What belongs to the command line or to tests, or is slow to import."""

_CLOUD = frozenset({"httpx", "httpcore", "huawei_pitr", "huawei_rds", "lastgood.huawei"})
_ENGINE = frozenset({"aws_durable_execution_sdk_python", "lastgood.aws.durable"})

NEVER = {"alarm": NOWHERE | _CLOUD | _ENGINE, "recover": NOWHERE, "verify": NOWHERE}
"""By handler. An alarm starts a recovery and asks no database cloud anything."""

NOT_YET = frozenset({"lastgood.huawei", "huawei_pitr", "huawei_rds", "lastgood.aws.dynamodb"})
"""Adapters: what a handler may need, but not before it has work."""

HARMLESS = "\turllib3.util.connection"
"""It binds a socket to ::1 to learn whether the kernel has IPv6, and sends nothing."""

_LINE = re.compile(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", re.MULTILINE)
_PROBE = Path(__file__).with_name("importtime_probe.py")
_TRACING = (sys.executable, "-S", "-X", "importtime")


Modules: TypeAlias = Mapping[str, int]
"""What was imported, with the microseconds that each module took in itself."""


def read(written: str) -> Modules:
    """What `python -X importtime` wrote, whatever else stands in between."""
    return {name: int(own) for own, name in _LINE.findall(written)}


def at_import(handler: str, bundle: Path) -> tuple[Modules, list[str]]:
    """Import a handler from its bundle in a fresh interpreter that sees nothing else.

    Returns what else was touched, too: what, a tab, and the module that did it. Raises
    CalledProcessError when the handler does not import.
    """
    command = [*_TRACING, "-P", str(_PROBE), f"handlers.{handler}"]
    environment = {"PYTHONPATH": str(bundle), "PATH": os.defpath}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter and script
    return read(ran.stderr), ran.stdout.splitlines()


def at_work(bundles: Path) -> dict[str, Modules]:
    """Run an alarm, its whole recovery and a sweep in the sandbox, from the bundles."""
    places = {name: bundles / handler for name, handler in FUNCTIONS.items()}
    codes = {name: Code(place, _TRACING, (place,)) for name, place in places.items()}
    with Stage(codes=codes) as stage:
        story = Story(stage)
        story.write()
        story.alarm()
        story.restored()
        story.sweep()
        if story.mishaps:
            raise RuntimeError("; ".join(story.mishaps))
        return {handler: read(stage.functions.log(name)) for name, handler in FUNCTIONS.items()}


def faults_at_import(handler: str, modules: Iterable[str], touched: Iterable[str]) -> list[str]:
    """What is wrong right after the import, one sentence each."""
    early = _within(modules, NEVER[handler] | NOT_YET)
    did = (touch.replace("\t", ", by ") for touch in touched if not touch.endswith(HARMLESS))
    return [f"{handler} imports {name}" for name in early] + [
        f"{handler} touches more than modules when imported: {what}" for what in did
    ]


def faults_at_work(handler: str, modules: Iterable[str], bundle: Path) -> list[str]:
    """What is wrong when the first work is done, one sentence each.

    A library may try to import what the bundle does not hold, as httpx does with click.
    """
    return [
        f"{handler} imports {name} when at work"
        for name in _within(modules, NEVER[handler])
        if PathFinder.find_spec(name.partition(".")[0], [str(bundle)])
    ]


def _within(modules: Iterable[str], packages: Iterable[str]) -> list[str]:
    """The modules that are one of these packages or in one."""
    inside = tuple(f"{package}." for package in packages)
    return sorted(name for name in modules if f"{name}.".startswith(inside))


def table(handler: str, modules: Modules, later: Modules) -> str:
    """The packages that take longest."""
    own: Counter[str] = Counter()
    for name, microseconds in modules.items():
        own[name.partition(".")[0]] += microseconds
    more = len(later.keys() - modules.keys())
    heading = f"{handler}: {own.total() / 1000:.0f} ms, {len(modules)} modules, {more} more at work"
    return "\n".join((heading, *(f"{us / 1000:9.1f} ms  {p}" for p, us in own.most_common(8))))


def main() -> int:
    """Print the tables, and what is wrong."""
    faults = []
    with tempfile.TemporaryDirectory() as scratch:
        bundles = build_bundles(Path(scratch))
        for handler, worked in at_work(bundles).items():
            imported, touched = at_import(handler, bundles / handler)
            sys.stdout.write(f"{table(handler, imported, worked)}\n\n")
            faults += faults_at_import(handler, imported, touched)
            faults += faults_at_work(handler, worked, bundles / handler)
    for fault in faults:
        sys.stderr.write(f"error: {fault}\nTry: import it where it is used\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
