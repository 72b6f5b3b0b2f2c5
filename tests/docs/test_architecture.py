"""The pages that lead into the code name functions that exist."""

from __future__ import annotations

import ast
import re

import pytest

from tests.docs.pages import PAGES, name, text_of

FILE = r"`((?:lastgood|handlers|tools|tests|sandbox|benchmarks)/[\w/]+\.py)`"
NAMED = re.compile(rf"{FILE},? (?:\| )?`(\w+)`")
NAMED_BEFORE = re.compile(rf"`(\w+)`(?: of| in|,) {FILE}")


def named(page: str) -> set[tuple[str, str]]:
    """Each file that a page names together with something that stands in it."""
    text = " ".join(text_of(page).split())
    return {(file, found) for file, found in NAMED.findall(text)} | {
        (file, found) for found, file in NAMED_BEFORE.findall(text)
    }


def names_in(file: str) -> set[str]:
    """Every name that a module defines, at the top or in a class."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text_of(file))):
        match node:
            case ast.FunctionDef(name=defined) | ast.ClassDef(name=defined):
                found.add(defined)
            case ast.Assign(targets=[ast.Name(id=defined)]):
                found.add(defined)
            case ast.AnnAssign(target=ast.Name(id=defined)):
                found.add(defined)
    return found


@pytest.mark.parametrize("page", [name(page) for page in PAGES])
def test_what_a_page_says_stands_in_a_file_stands_there(page: str) -> None:
    wrong = [(file, found) for file, found in named(page) if found not in names_in(file)]

    assert wrong == []


def test_the_two_tables_of_the_code_are_read() -> None:
    assert len(named("docs/architecture.md")) > 20
    assert len(named("CONTRIBUTING.md")) > 10
