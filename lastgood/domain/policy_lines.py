"""On which line of a policy file a key, or what is wrong with it, stands.

tomllib tells no positions. But each statement of a file that it accepts is accepted alone as well,
and no part of one is, so the statements are told apart by reading line after line.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import Any, NamedTuple

from lastgood.domain.errors import PolicyError
from lastgood.domain.policy_file import faults_in, load

Keys = tuple[str | int, ...]


class Fault(NamedTuple):
    """One thing that is wrong, on which line, and what to do about it."""

    line: int
    message: str
    hint: str


def faults_of(text: str) -> list[Fault]:
    """Everything that is wrong in a policy, from top to bottom."""
    try:
        document = load(text)
    except PolicyError as error:
        return [Fault(_told(error, text), error.message, error.hint)]
    lines = lines_of(text)
    found = [Fault(line_of(one.keys, lines), one.message, one.hint) for one in faults_in(document)]
    return sorted(found, key=lambda fault: fault.line)


def _told(error: PolicyError, text: str) -> int:
    """The line that tomllib names in its message; without one it is the end of the file."""
    at = re.search(r"\(at line (\d+), column \d+\)\Z", error.message)
    return int(at[1]) if at else len(text.splitlines())


def lines_of(text: str) -> dict[Keys, int]:
    """The line where each table and each key begins. The text must be TOML."""
    lines: dict[Keys, int] = {}
    tables: Counter[Keys] = Counter()
    here: Keys = ()
    statement, begin = "", 1
    # Not splitlines: it knows ends of lines that TOML does not.
    for number, line in enumerate(text.split("\n"), start=1):
        statement += line + "\n"
        try:
            found = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if statement.lstrip().startswith("["):
            here = _header(found, tables)
            lines.setdefault(here, begin)
        else:
            _values(found, here, begin, lines)
        statement, begin = "", number + 1
    return lines


def line_of(keys: Keys, lines: dict[Keys, int]) -> int:
    """The line of a key, else of the table in which it should stand, else the first."""
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys, 1)


def _header(found: Any, tables: Counter[Keys]) -> Keys:
    """The table that a header begins; one that is in an array has a number."""
    keys: Keys = ()
    while isinstance(found, dict) and found:
        ((key, found),) = found.items()
        keys = (*keys, key)
        if isinstance(found, list):
            tables[keys] += 1
        if keys in tables:
            keys = (*keys, tables[keys] - 1)
    return keys


def _values(found: dict[str, Any], here: Keys, line: int, lines: dict[Keys, int]) -> None:
    for key, value in found.items():
        lines.setdefault((*here, key), line)
        if isinstance(value, dict):
            _values(value, (*here, key), line, lines)
