"""`lastgood policy`: look after the policy file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer
from rich.text import Text

from lastgood.cli import exits, options, screen
from lastgood.cli.world import open_world
from lastgood.domain import canonical
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy_diff import Change, changes
from lastgood.domain.policy_file import faults_in, load, parse_policy
from lastgood.domain.policy_lines import line_of, lines_of
from lastgood.policy_source import read_file

app = typer.Typer(help="Look after the policy file.", rich_markup_mode=None)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One error in a policy file."""

    file: str
    line: int
    message: str
    hint: str


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
    text = _text(file, "diff")
    try:
        new = parse_policy(text)
    except PolicyError as error:  # told apart from what is deployed
        message = f"{file} cannot be compared: {error.message}"
        raise PolicyError(message, f"lastgood policy check {file}") from error
    found = changes(deployed, new)
    view = [screen.table(map(_row, found))] if found else [screen.text("nothing changes", "green")]
    screen.show(found, view, as_json=as_json)
    return exits.NO if found else exits.YES


def _text(file: str, verb: str) -> str:
    try:
        return read_file(file)
    except PolicyError as error:
        raise PolicyError(error.message, f"lastgood policy {verb} FILE") from error


def _row(change: Change) -> tuple[Text, ...]:
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
    try:
        document = load(text)
    except PolicyError as error:
        return [Fault(file=file, line=_told(error, text), message=error.message, hint=error.hint)]
    lines = lines_of(text)
    found = [
        Fault(file=file, line=line_of(one.keys, lines), message=one.message, hint=one.hint)
        for one in faults_in(document)
    ]
    return sorted(found, key=lambda fault: fault.line)


def _told(error: PolicyError, text: str) -> int:
    """The line that tomllib names in its message; without one it is the end of the file."""
    at = re.search(r"\(at line (\d+), column \d+\)\Z", error.message)
    return int(at[1]) if at else max(1, len(text.splitlines()))


def _view(file: str, faults: list[Fault]) -> Iterator[Text]:
    if not faults:
        yield _whole(screen.text(f"{file}: nothing is wrong", "green"))
    for fault in faults:
        place = f"{fault.file}:{fault.line}:"
        yield _whole(screen.labelled(screen.clean(place), "bold red", fault.message))
        yield _whole(screen.labelled("Try:", "bold", fault.hint))


def _whole(line: Text) -> Text:
    """A line that is not wrapped: editors and `grep` look for file and number in one."""
    line.no_wrap = True
    return line
