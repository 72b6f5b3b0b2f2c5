"""What follows `Try:` is an action in the imperative, or a command to run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LASTGOOD = Path(__file__).parents[2] / "lastgood"
VERBS = {
    *("add", "alarm", "allow", "check", "copy", "correct", "deploy", "fix", "give", "lift", "list"),
    *(
        "name",
        "open",
        "plan",
        "restore",
        "put",
        "raise",
        "read",
        "remove",
        "run",
        "send",
        "set",
        "shorten",
        "store",
        "turn",
        "use",
    ),
    *("wait", "write", "lastgood"),
}


def hints(tree: ast.AST) -> Iterator[ast.expr]:
    """Whatever is assigned to `hint`, passed as `hint`, or the second argument of an error."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name("hint")], value=value):
                yield value
            case ast.keyword(arg="hint" | "without", value=value):
                yield value
            case ast.Call(func=ast.Name(name), args=[first, second, *_]) if name.endswith("Error"):
                if not isinstance(first, ast.Starred):
                    yield second


def beginnings(hint: ast.expr) -> Iterator[str]:
    """The first word of a hint, of each of its branches; of one that is computed there is none."""
    match hint:
        case ast.Constant(str(text)) | ast.JoinedStr([ast.Constant(str(text)), *_]):
            if text:
                yield text.split()[0].rstrip(":,")
        case ast.IfExp(body=body, orelse=otherwise):
            yield from beginnings(body)
            yield from beginnings(otherwise)


FOUND = [
    (f"{path.relative_to(LASTGOOD)}:{hint.lineno}", word)
    for path in sorted(LASTGOOD.rglob("*.py"))
    for hint in hints(ast.parse(path.read_text(encoding="utf-8")))
    for word in beginnings(hint)
]


def test_there_are_hints() -> None:
    assert len(FOUND) > 40


@pytest.mark.parametrize(("place", "word"), FOUND, ids=[place for place, _ in FOUND])
def test_a_hint_says_what_to_do(place: str, word: str) -> None:
    assert word in VERBS, f"the hint at {place} begins with {word!r}"
