"""`lastgood policy`: look after the policy file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from lastgood.cli import exits, options, screen
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy_file import faults_in, load
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
    try:
        text = read_file(file)
    except PolicyError as error:
        raise PolicyError(error.message, "lastgood policy check FILE") from error
    faults = _faults(file, text)
    screen.show(faults, _view(file, faults), as_json=as_json)
    return exits.NO if faults else exits.YES


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
