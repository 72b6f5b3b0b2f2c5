"""docs/reference/cli.md against the application, its errors and its exit codes."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import typer

import lastgood
from lastgood.cli import exits
from lastgood.cli.app import app
from lastgood.cli.doctor import HEADLINES
from lastgood.cli.verify import EXIT_CODES
from lastgood.domain.errors import LastgoodError
from tests.docs.pages import codes, rows, section, text_of

PAGE = "docs/reference/cli.md"
OF_ALL = {"--policy", "--json"}
ALONE = {"demo", "sandbox"}
GIVEN_A_FILE = {"policy"}


def verbs() -> dict[str, set[str]]:
    """Each verb with the options that it takes."""
    group: Any = typer.main.get_command(app)
    return {
        verb: {
            option
            for one in (command, *getattr(command, "commands", {}).values())
            for parameter in one.params
            for option in options(parameter)
        }
        for verb, command in group.commands.items()
    }


def options(parameter: Any) -> list[str]:
    return [option for option in parameter.opts if option.startswith("--")]


def test_the_synopsis_has_every_verb_with_its_options() -> None:
    lines = re.findall(r"^lastgood (\w+)(.*)$", text_of(PAGE), re.MULTILINE)

    assert {verb: set(re.findall(r"--[a-z]+", rest)) for verb, rest in lines} == {
        verb: taken - OF_ALL for verb, taken in verbs().items()
    }


def test_every_verb_but_those_that_the_page_names_takes_what_is_common_to_all() -> None:
    taking = {verb for verb, taken in verbs().items() if taken >= OF_ALL}

    assert taking == set(verbs()) - ALONE - GIVEN_A_FILE
    assert all("--json" in verbs()[verb] for verb in GIVEN_A_FILE)


def test_every_verb_has_a_section_but_those_of_the_sandbox() -> None:
    titles = " ".join(re.findall(r"^## (.+)$", text_of(PAGE), re.MULTILINE))

    assert set(re.findall(r"`(?:lastgood )?(\w+)`", titles)) == set(verbs()) - ALONE


def test_the_page_has_the_code_of_every_error() -> None:
    for module in pkgutil.walk_packages(lastgood.__path__, "lastgood."):
        importlib.import_module(module.name)
    tables = rows(section(PAGE, "## Common to all"))

    documented = {codes(row[0])[0] for row in tables if re.fullmatch(r"`[a-z][a-z-]*`", row[0])}

    assert documented == {error.code for error in below(LastgoodError)}


def below(kind: type[LastgoodError]) -> Iterator[type[LastgoodError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("lastgood."):
            yield child
            yield from below(child)


def test_the_page_has_every_exit_code() -> None:
    documented = {int(row[0]) for row in rows(text_of(PAGE)) if row[0].isdigit()}

    assert documented == {value for value in vars(exits).values() if isinstance(value, int)}


def test_the_page_has_the_exit_code_of_every_verdict() -> None:
    table = rows(section(PAGE, "## `lastgood verify`"))

    assert {codes(row[0])[0]: int(row[2].partition(",")[0]) for row in table} == EXIT_CODES


def test_the_example_of_the_doctor_has_its_headline() -> None:
    assert HEADLINES["fail"] in section(PAGE, "## `lastgood doctor`")
