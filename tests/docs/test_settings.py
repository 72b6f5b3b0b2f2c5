"""docs/reference/settings.md against the template, and the code that reads the environment."""

from __future__ import annotations

import re

from lastgood.cli.app import app
from tests.docs.pages import ROOT, codes, rows, section, text_of
from tests.template.test_template import FUNCTIONS, PROXY, RESOURCES

PAGE = "docs/reference/settings.md"
OURS = re.compile(r"\b((?:LASTGOOD|POWERTOOLS)_[A-Z_]+)\b")
TABLE = [row for row in rows(text_of(PAGE)) if len(row) == 4]


def documented(column: int) -> dict[str, set[str]]:
    """Each variable with the words of a column that are names of functions or verbs."""
    return {
        variable: set(re.findall(r"[a-z]+", row[column]))
        for row in TABLE
        for variable in codes(row[0])
    }


def test_the_template_sets_for_each_function_what_the_page_says() -> None:
    template = {
        function: set(RESOURCES[resource]["Properties"]["Environment"]["Variables"]) - PROXY
        for function, resource in FUNCTIONS.items()
    }

    page = {
        function: {variable for variable, read_by in documented(2).items() if function in read_by}
        for function in FUNCTIONS
    }

    assert page == template


def test_the_page_has_every_variable_that_the_code_reads() -> None:
    files = [*ROOT.glob("lastgood/**/*.py"), *ROOT.glob("handlers/*.py"), ROOT / "template.yaml"]
    named = {name for file in files for name in OURS.findall(file.read_text(encoding="utf-8"))}
    examples = {"LASTGOOD_SANDBOX"}  # the prefix of the sandbox's own credentials

    assert set(documented(2)) == named - examples


def test_the_page_names_verbs_that_there_are() -> None:
    verbs = {command.callback.__name__ for command in app.registered_commands if command.callback}
    verbs |= {group.name for group in app.registered_groups if group.name}

    for row in TABLE:
        assert {verb for verb in codes(row[3]) if verb.isalpha()} <= verbs


def test_the_commands_that_need_the_ledger_are_the_same_on_both_pages() -> None:
    needed = section("docs/how-to/answer.md", "## What the commands need")
    listed = {verb for row in rows(needed) for verb in codes(row[0])}
    (table,) = [row for row in TABLE if codes(row[0]) == ["LASTGOOD_TABLE"]]

    assert listed == set(codes(table[3].partition(";")[0]))
