"""Every link, anchor, file and target that a page or the code names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, headings, name, prose, rows, text_of

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
ROOMS = "lastgood|handlers|sandbox|tests|tools|benchmarks|docs|events|generated|openapi|template"
NAMED_FILE = re.compile(rf"`((?:{ROOMS})/[\w./-]+)`")
CITED_PAGE = re.compile(r"(?<![\w/.*-])[\w./-]*\w\.md\b")
CITED_SECTION = re.compile(r'(docs/[\w/-]+\.md)`?((?:,? "[^"]+")+)')
SOURCES = sorted(
    path
    for pattern in (
        *("lastgood/**/*.py", "handlers/*.py", "sandbox/**/*.py", "tools/**/*.py"),
        *("benchmarks/**/*.py", "tests/**/*.py"),
        *("*.yaml", "*.toml", "Makefile", ".github/**/*.yml"),
    )
    for path in ROOT.glob(pattern)
    if path.parent.name != "docs"
)


def is_there(page: str) -> bool:
    """Whether there is such a page; code that puts a path together has only its name."""
    return (ROOT / page).exists() or page in {known.name for known in PAGES}


def anchor(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_and_its_anchor_resolve(page: Path) -> None:
    for found in LINK.finditer(prose(page.read_text(encoding="utf-8"))):
        target, _, fragment = (found[1] or found[2]).partition("#")
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), target
        if fragment:
            assert fragment in map(anchor, headings(file)), f"{target}#{fragment}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name != "facts"], ids=name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    missing = {
        path
        for path in NAMED_FILE.findall(prose(page.read_text(encoding="utf-8")))
        if not (ROOT / path).exists()
    }

    assert not missing


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_every_page_that_the_code_cites_is_there_and_has_the_section(source: Path) -> None:
    text = re.sub(r"\s*\n\s*(?:# )?", " ", source.read_text(encoding="utf-8"))

    assert not {page for page in CITED_PAGE.findall(text) if not is_there(page)}
    for page, sections in CITED_SECTION.findall(text):
        assert set(re.findall(r'"([^"]+)"', sections)) <= set(headings(ROOT / page))


def test_every_function_of_the_two_journeys_is_in_its_file() -> None:
    journeys = text_of("docs/architecture.md").partition("## Where does")[0]
    hops = [row[1:] for row in rows(journeys) if len(row) == 3]

    assert hops
    for file, function in hops:
        code = text_of(file.strip("`"))
        assert re.search(rf"^\s*def {function.strip('`')}\(", code, re.MULTILINE), (file, function)


def test_what_is_said_to_be_in_a_file_is_named_there() -> None:
    answers = text_of("CONTRIBUTING.md").partition("## Where is it?")[2]
    found = re.findall(r"`([\w./]+\.py)`, `(\w+)`", answers)

    assert found
    for file, what in found:
        assert re.search(rf"\b(?:def |class )?{what}\b", text_of(file)), (file, what)


def test_every_folder_of_tests_has_a_row() -> None:
    lanes = text_of("CONTRIBUTING.md").partition("| folder | holds |")[2].partition("\n\n")[0]

    assert set(re.findall(r"`tests/(\w+)/`", lanes)) == {
        found.parent.name for found in ROOT.glob("tests/*/__init__.py")
    }


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|\$ )make ([a-z-]+)", page.read_text(encoding="utf-8"))
    }

    assert named <= targets
