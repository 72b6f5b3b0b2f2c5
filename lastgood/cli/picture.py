"""A stretch of time as one line of text: what can be restored in it, and what happened when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from lastgood.domain import times
from lastgood.domain.ranges import Points, RestorableRange, Window

if TYPE_CHECKING:
    from rich.console import Console

MARGINS = 4


class Glyphs(NamedTuple):
    """The characters that a picture is made of."""

    point: str
    window: str
    nothing: str
    lost: str
    target: str
    onset: str


UNICODE = Glyphs(point="•", window="━", nothing="·", lost="░", target="◆", onset="✗")  # noqa: RUF001 - a cross is meant
ASCII = Glyphs(point="o", window="=", nothing=".", lost="#", target="T", onset="X")


def glyphs(console: Console) -> Glyphs:
    """What this console can show."""
    return ASCII if console.options.ascii_only else UNICODE


class Mark(NamedTuple):
    """A moment of the picture that has a character of its own."""

    at: datetime
    glyph: str
    style: str


def draw(
    console: Console,
    offered: RestorableRange,
    span: Window,
    marks: Iterable[Mark] = (),
    lost_from: datetime | None = None,
) -> Text:
    """One line as wide as the console; each character stands for an equal part of the span."""
    shown = glyphs(console)
    left, right = _edges(span)
    width = max(console.width - len(left) - len(right) - MARGINS, 1)
    cell = (span.end - span.start) / width
    marked = {int((m.at - span.start) / cell) if cell else 0: m for m in marks}
    # What ends the span belongs to its last part.
    marked = {min(position, width - 1): mark for position, mark in marked.items()}
    line = Text(f" {left} ", no_wrap=True)
    for position in range(width):
        start, end = span.start + cell * position, span.start + cell * (position + 1)
        if mark := marked.get(position):
            line.append(mark.glyph, style=mark.style)
        elif _holds(offered, start, end):
            line.append(shown.point if isinstance(offered, Points) else shown.window, style="green")
        elif lost_from is not None and start >= lost_from:
            line.append(shown.lost, style="red")
        else:
            line.append(shown.nothing, style="dim")
    return line.append(f" {right}")


def _edges(span: Window) -> tuple[str, str]:
    form = "%H:%MZ" if times.utc_day(span.start) == times.utc_day(span.end) else "%m-%d %H:%MZ"
    return f"{span.start:{form}}", f"{span.end:{form}}"


def _holds(offered: RestorableRange, start: datetime, end: datetime) -> bool:
    """Whether something restorable lies from `start` on, before `end`."""
    latest = offered.latest_at_or_before(times.ceil_second(end) - times.SECOND)
    return latest is not None and latest >= start
