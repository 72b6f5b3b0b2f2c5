"""A stretch of time as one line of text: what can be restored in it, and what happened when."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from lastgood.domain import ranges, times
from lastgood.domain.ranges import Points, RestorableRange, Window, Windows

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


UNICODE = Glyphs(point="•", window="━", nothing="·", lost="░", target="◆", onset="✗")
ASCII = Glyphs(point="o", window="=", nothing=".", lost="#", target="T", onset="X")


def glyphs(console: Console) -> Glyphs:
    """What this console can show."""
    return ASCII if console.options.ascii_only else UNICODE


class Mark(NamedTuple):
    """A moment that has a character of its own."""

    at: datetime
    glyph: str
    style: str


class Scene(NamedTuple):
    """What is drawn: a range within a span, marks, and from when on writes would be lost."""

    offered: RestorableRange
    span: Window
    marks: tuple[Mark, ...] = ()
    lost_from: datetime | None = None


def draw(console: Console, scene: Scene) -> Text:
    """One line as wide as the console; each character stands for an equal part of the span."""
    left, right = _edges(scene.span)
    width = max(console.width - len(left) - len(right) - MARGINS, 1)
    part = (scene.span.end + times.SECOND - scene.span.start) / width
    starts = (scene.span.start + part * position for position in range(width))
    characters = (_character(scene, start, start + part, glyphs(console)) for start in starts)
    line = Text(f" {left} ", no_wrap=True)
    for (glyph, style), alike in groupby(characters):
        line.append(glyph * len(list(alike)), style)
    return line.append(f" {right}")


def _character(scene: Scene, start: datetime, end: datetime, shown: Glyphs) -> tuple[str, str]:
    """The character and style of one part; the first of these that is true of it counts."""
    for mark in scene.marks:
        if start <= mark.at < end:
            return mark.glyph, mark.style
    if isinstance(scene.offered, Points) and _has_point(scene.offered, start, end):
        return shown.point, "green"
    if scene.lost_from is not None and scene.lost_from <= start:
        return shown.lost, "red"
    if isinstance(scene.offered, Windows) and _is_mostly_held(scene.offered, start, end):
        return shown.window, "green"
    return shown.nothing, "dim"


def _has_point(offered: Points, start: datetime, end: datetime) -> bool:
    latest = offered.latest_at_or_before(times.ceil_second(end) - times.SECOND)
    return latest is not None and latest >= start


def _is_mostly_held(offered: Windows, start: datetime, end: datetime) -> bool:
    part = Windows((Window(start, end),))
    return 2 * ranges.intersect(offered, part).coverage >= end - start


def _edges(span: Window) -> tuple[str, str]:
    form = "%H:%MZ" if times.utc_day(span.start) == times.utc_day(span.end) else "%m-%d %H:%MZ"
    return f"{span.start:{form}}", f"{span.end:{form}}"
