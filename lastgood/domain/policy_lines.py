"""On which line of a policy file a key stands.

tomllib tells no positions. But each statement of a file that it accepts is accepted alone as well,
and no part of one is, so the statements are told apart by reading line after line.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import Any

Keys = tuple[str | int, ...]


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
    while found:
        ((key, found),) = found.items()
        keys = (*keys, key)
        if isinstance(found, list):
            tables[keys] += 1
            found = found[0]
        if keys in tables:
            keys = (*keys, tables[keys] - 1)
    return keys


def _values(found: dict[str, Any], here: Keys, line: int, lines: dict[Keys, int]) -> None:
    for key, value in found.items():
        lines.setdefault((*here, key), line)
        if isinstance(value, dict):
            _values(value, (*here, key), line, lines)
