"""`lastgood policy`: look after the policy file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import msgspec
import typer
from rich.console import RenderableType
from rich.text import Text as Line

from lastgood.cli import exits, options, screen
from lastgood.cli.world import open_world, put_policy
from lastgood.domain import canonical
from lastgood.domain.checkup import Check
from lastgood.domain.errors import NoPolicyError, PolicyError
from lastgood.domain.policy import Policy
from lastgood.domain.policy_diff import Change, changes
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.policy_lines import faults_of
from lastgood.policy_source import PLACES, Versions, decode, read_file
from lastgood.ports import Text
from lastgood.workflows.checkup import judge_deployed

app = typer.Typer(help="Look after the policy file.", rich_markup_mode=None)

READ_BACK = 30
"""Seconds within which what was put has to be read."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One error in a policy file."""

    file: str
    line: int
    message: str
    hint: str


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What a push changed, where to, as which version; `warnings` are of the checkup."""

    place: str
    version: str
    changes: list[Change]
    warnings: list[Check]


@app.callback()
def policy() -> None:
    """Look after the policy file."""


@app.command()
def check(
    file: Annotated[str, typer.Argument(metavar="FILE")] = options.POLICY_FILE,
    *,
    as_json: options.JsonOption = False,
) -> int:
    """Name everything that is wrong in a policy file; read nothing else."""
    faults = _faults(file, _text(file, "check"))
    screen.show(faults, _view(file, faults), as_json=as_json)
    return exits.NO if faults else exits.YES


@app.command()
def diff(
    file: Annotated[str, typer.Argument(metavar="FILE")] = options.POLICY_FILE,
    *,
    as_json: options.JsonOption = False,
) -> int:
    """Show what changes if a file takes the place of the policy at LASTGOOD_POLICY."""
    with open_world(os.environ.get("LASTGOOD_POLICY", "")) as world:
        deployed = world.policy()
    found = changes(deployed, _parsed(file, _text(file, "diff")))
    screen.show(found, _compared(found), as_json=as_json)
    return exits.NO if found else exits.YES


@app.command()
def push(
    file: Annotated[str, typer.Argument(metavar="FILE")] = options.POLICY_FILE,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: options.JsonOption = False,
) -> int:
    """Check a file, show what it changes, put it to LASTGOOD_POLICY, and read it back."""
    text = _text(file, "push")
    if faults := _faults(file, text):
        screen.show(faults, _view(file, faults), as_json=as_json)
        return exits.NO
    where = os.environ.get("LASTGOOD_POLICY", "")
    if where.partition(":")[0] not in PLACES:
        hint = "set LASTGOOD_POLICY to where the functions read it, such as ssm:/lastgood/policy"
        raise PolicyError(f"no function reads the policy at {where or 'no place'}", hint)
    with open_world(where) as world:
        deployed, there = _there(world.policy, world.policy_versions)
        new = _parsed(file, text)
        found = changes(deployed, new) if deployed else []
        warnings = [check for check in judge_deployed(world, new) if check.health != "ok"]
        if not as_json:
            _announce(where, deployed, found, warnings)
        if not yes and not _agreed(where):
            raise PolicyError("nothing was put", f"lastgood policy push {file} --yes")
        version = put_policy(where, text.encode(), there)
        _read_back(world.policy_versions, where, text.encode())
    pushed = Pushed(place=where, version=version, changes=found, warnings=warnings)
    told = f"{where} holds version {version}: in force within a minute"
    screen.show(pushed, [screen.text(told, "green")], as_json=as_json)
    return exits.YES


def _there(policy: Callable[[], Policy], versions: Versions) -> tuple[Policy | None, Text | None]:
    """What is deployed: the good policy that is in force, and what stands there, good or not."""
    try:
        there = next(versions(None))
    except NoPolicyError:
        return None, None
    try:
        return policy(), there
    except PolicyError:  # it is broken; whatever takes its place is better
        return None, there


def _announce(
    where: str, deployed: Policy | None, found: list[Change], warnings: list[Check]
) -> None:
    console = screen.stdout()
    console.print(screen.text(f"to {where}", "bold"))
    if deployed:
        console.print(*_compared(found))
    else:
        console.print(screen.text("no good policy is there"))
    for check in warnings:
        told = f"{check.subject}, {check.check}: {check.told}"
        console.print(screen.labelled("Warning:", "bold yellow", told), soft_wrap=True)
        console.print(screen.labelled("Try:", "bold", check.hint), soft_wrap=True)


def _agreed(where: str) -> bool:
    """Ask a person, where there is one."""
    return sys.stdin.isatty() and typer.confirm(f"Put it to {where}?", err=True)


def _read_back(versions: Versions, where: str, body: bytes) -> None:
    """AppConfig takes a moment, the others none."""
    for _ in range(READ_BACK):
        if next(versions(None)).body == body:
            return
        time.sleep(1)
    message = f"the policy was put to {where}, but something else is read there"
    raise PolicyError(message, f"lastgood policy diff, and look at {where}")


def _parsed(file: str, text: str) -> Policy:
    try:
        return parse_policy(text)
    except PolicyError as error:  # told apart from what is deployed
        message = f"{file} cannot be compared: {error.message}"
        raise PolicyError(message, f"lastgood policy check {file}") from error


def _compared(found: list[Change]) -> list[RenderableType]:
    return [screen.table(map(_row, found))] if found else [screen.text("nothing changes", "green")]


def _text(file: str, verb: str) -> str:
    try:
        return decode(read_file(file).body)
    except PolicyError as error:
        raise PolicyError(error.message, f"lastgood policy {verb} FILE") from error


def _row(change: Change) -> tuple[Line, ...]:
    place = screen.text(change.name or change.place)
    if change.key is None:
        return place, screen.text(change.what), screen.text("")
    turned = f"{_spelt(change.before)} → {_spelt(change.after)}"
    return (
        place,
        screen.text(change.key),
        screen.text(turned, "bold" if change.key == "mode" else ""),
    )


def _spelt(value: Any) -> str:
    return "nothing" if value is None else canonical.encode(value).decode()


def _faults(file: str, text: str) -> list[Fault]:
    return [Fault(file=file, **fault._asdict()) for fault in faults_of(text)]


def _view(file: str, faults: list[Fault]) -> Iterator[Line]:
    if not faults:
        yield _whole(screen.text(f"{file}: nothing is wrong", "green"))
    for fault in faults:
        place = f"{fault.file}:{fault.line}:"
        yield _whole(screen.labelled(screen.clean(place), "bold red", fault.message))
        yield _whole(screen.labelled("Try:", "bold", fault.hint))


def _whole(line: Line) -> Line:
    """A line that is not wrapped: editors and `grep` look for file and number in one."""
    line.no_wrap = True
    return line
