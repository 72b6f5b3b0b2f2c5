"""docs/reference/limits.md: a test for each wall, and caps as the code has them."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.docs.pages import codes, rows, section, text_of
from tests.docs.test_architecture import named

PAGE = "docs/reference/limits.md"
WALLS = rows(text_of(PAGE))
CAP = re.compile(r"`(\w+)` in `(lastgood/[\w/]+)\.py`")


@pytest.mark.parametrize("wall", WALLS, ids=[" ".join(wall[:2]) for wall in WALLS])
def test_every_wall_names_the_file_and_the_test_that_hits_it(wall: list[str]) -> None:
    file, test = codes(wall[3])

    assert file.startswith("tests/")
    assert f"def {test}(" in text_of(file)


def test_the_page_says_of_a_cap_what_the_code_says() -> None:
    caps = [(CAP.match(cap), value) for cap, value, *_ in rows(section(PAGE, "## Our own"))]
    told = {(found[2], found[1]): int(value) for found, value in caps if found}

    assert len(told) > 6
    for (file, name), value in told.items():
        module = importlib.import_module(file.replace("/", "."))
        assert getattr(module, name) == value, name


def test_what_the_architecture_test_checks_of_pages_it_checks_of_this_one() -> None:
    assert len(named(PAGE)) > 30
