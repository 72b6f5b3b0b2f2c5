"""Reads the messages in somebody else's files: `python -m tests.corpora FOLDER…`.

Documentation and tests of the senders hold messages of theirs; docs/facts/senders.md says where.
They are fetched to be tried and are not kept: each JSON value in them has to be read, or refused
with a reason. What CloudEvents marks as valid or not, and is read otherwise, is told apart.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lastgood.dialects import read
from lastgood.domain.alarm import Message, Unreadable
from lastgood.domain.explaining import explain
from tests.support.builders import policy

_BLOCK = re.compile(r"```\w*\n(.*?)```|`([^`]*)`", re.DOTALL)
"""Code in Markdown, or a raw string of Go."""


class Found(NamedTuple):
    """A JSON value in a file; `valid` where that says so."""

    value: Any
    valid: bool | None = None


def messages_in(path: Path) -> Iterator[Found]:
    """Each JSON object or list in a file: all of it, a block of code, a literal of Python."""
    text = path.read_text(encoding="utf-8", errors="replace")
    match path.suffix:
        case ".json":
            yield from (one for found in _json(text) for one in _marked(found.value))
        case ".py":
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Dict | ast.Constant):
                    yield from _literal(node)
        case ".md" | ".go":
            for block in _BLOCK.findall(text):
                yield from _json("".join(block))


def _marked(document: Any) -> Iterator[Found]:
    """A document, or each test of the conformance tests of CloudEvents."""
    match document:
        case {"testType": str(usual), "tests": list(tests)}:
            for test in tests:
                kind = test.get("testType", usual)
                value = test["batch"] if "batch" in test else test["event"]
                yield Found(value, kind.startswith("Valid"))
        case _:
            yield Found(document)


def _literal(node: ast.Dict | ast.Constant) -> Iterator[Found]:
    try:
        value = ast.literal_eval(node)
        text = value if isinstance(value, str) else json.dumps(value)
    except (ValueError, TypeError):  # it is put together when it runs, or is no JSON
        return
    yield from _json(text)


def _json(text: str) -> Iterator[Found]:
    if text.lstrip().startswith(("{", "[{")):
        try:
            yield Found(json.loads(text))
        except ValueError:  # with an ellipsis, or of another language
            return


def tell(message: Message) -> str:
    """What became of a message, in one line."""
    reading = explain(message, policy())
    kind = type(message.content).__name__.lower()
    return f"{reading.sender}: {kind}" if reading.sender else f"refused: {_gist(reading.why)}"


def _gist(why: str) -> str:
    return re.sub(r"with .*?, (which|expected)", r"with …, \1", why)


def main() -> None:
    """Read them all, and tell in figures what became of them."""
    parser = argparse.ArgumentParser(prog="tests.corpora", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--each", action="store_true", help="also a line for each message")
    asked = parser.parse_args()
    files = sorted(path for each in asked.folder for path in each.rglob("*") if path.is_file())
    ends: Counter[str] = Counter()
    for path in files:
        for found in messages_in(path):
            messages = read(found.value)
            refused = any(isinstance(message.content, Unreadable) for message in messages)
            mark = ", which is marked otherwise" if found.valid is refused else ""
            told = [tell(message) + mark for message in messages]
            ends.update(told)
            if asked.each:
                print(f"{path}: {'; '.join(told)}")
    print(f"{len(files)} files, {ends.total()} messages")
    for end, count in ends.most_common():
        print(f"{count:6} {end}")


if __name__ == "__main__":
    main()
