"""Where output goes: data to stdout, all else to stderr, and control characters to neither."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from lastgood.domain import canonical

Fact = tuple[str, str, str]
"""A glyph or nothing, a label, a value."""


def stdout() -> Console:
    """The console for data: colours only on a terminal, and none where NO_COLOR is set."""
    return Console(markup=False, emoji=False, highlight=False)


def stderr() -> Console:
    """The console for progress, hints and errors."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False)


def show(result: object, view: Iterable[RenderableType], *, as_json: bool) -> None:
    """Print a result as JSON, or its view for people; a view that wraps no lines is not wrapped."""
    if as_json:
        print_json(result)
        return
    console = stdout()
    for part in view:
        console.print(part, soft_wrap=isinstance(part, Text) and bool(part.no_wrap))


def print_json(value: object) -> None:
    """Print a value as one line of JSON, in UTF-8 whatever the encoding of the terminal."""
    sys.stdout.buffer.write(canonical.encode(value) + b"\n")
    sys.stdout.flush()


def clean(text: str) -> str:
    """Make what a file or a service says one line of printable characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def text(content: str, style: str = "") -> Text:
    """Text as the consoles print it, cleaned."""
    return Text(clean(content), style=style)


def labelled(label: str, style: str, content: str) -> Text:
    """A sentence behind its label."""
    return Text.assemble((label, style), f" {clean(content)}")


def facts(rows: Iterable[Fact]) -> Table:
    """Labels and their values, one below the other."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=2, justify="right")
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for glyph, label, value in rows:
        grid.add_row(glyph, label, text(value))
    return grid


def table(rows: Iterable[Sequence[RenderableType]], *headings: str, gap: int = 4) -> Table:
    """Indented columns, so far apart, with headings where there are any."""
    made = Table(box=None, padding=(0, gap - 2, 0, 2), header_style="dim")
    made.show_header = bool(headings)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made
