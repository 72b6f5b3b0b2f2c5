"""The pages of the repository, and what several tests read of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "events/*.md", "generated/*.md", "benchmarks/**/*.md")
    for page in ROOT.glob(pattern)
)


def name(path: Path) -> str:
    """A path as the pages write it."""
    return str(path.relative_to(ROOT))


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A text without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def headings(page: Path) -> list[str]:
    found = re.findall(r"^#+ (.+)$", prose(page.read_text(encoding="utf-8")), re.MULTILINE)
    return [heading.replace("`", "") for heading in found]


def section(page: str, heading: str) -> str:
    """What stands between a heading and the next one of its level."""
    level, _, _ = heading.partition(" ")
    _, _, rest = text_of(page).partition(f"\n{heading}\n")
    assert rest, f"{page} has no heading {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in a text, less their heads."""
    found: list[list[str]] = []
    for line in prose(text).splitlines():
        if re.fullmatch(r"\s*\|[-:| ]*-[-:| ]*\|", line):
            found.pop()
        elif line.lstrip().startswith("|"):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            found.append([cell.strip() for cell in cells])
    return found


def codes(cell: str) -> list[str]:
    """What is set as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)
