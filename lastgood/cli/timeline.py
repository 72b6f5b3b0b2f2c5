"""A timeline in one line of text: what can be restored, and what happened when."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from lastgood.domain import ranges, times
from lastgood.domain.ranges import Points, RestorableRange, Window, Windows

MARGINS = 4


class Glyphs(NamedTuple):
    """The characters that a timeline is drawn with."""

    point: str
    window: str
    nothing: str
    lost: str
    target: str
    onset: str


UNICODE = Glyphs(point="•", window="━", nothing="·", lost="░", target="◆", onset="✗")
ASCII = Glyphs(point="o", window="=", nothing=".", lost="#", target="T", onset="X")


def glyphs_of(console: Console) -> Glyphs:
    """What this console can show."""
    return ASCII if console.options.ascii_only else UNICODE


class Mark(NamedTuple):
    """A moment that has a character of its own."""

    at: datetime
    glyph: str
    style: str


class Timeline(NamedTuple):
    """A range within a span, marks, and the moment from which on writes would be lost."""

    offered: RestorableRange
    span: Window
    marks: tuple[Mark, ...] = ()
    lost_from: datetime | None = None


def draw(console: Console, timeline: Timeline) -> Text:
    """One line as wide as the console; each character stands for an equal part of the span."""
    left, right = _edges(timeline.span)
    width = max(console.width - len(left) - len(right) - MARGINS, 1)
    part = (timeline.span.end + times.SECOND - timeline.span.start) / width
    starts = (timeline.span.start + part * position for position in range(width))
    characters = (_character(timeline, start, start + part, glyphs_of(console)) for start in starts)
    line = Text(f" {left} ", no_wrap=True)
    for (glyph, style), alike in groupby(characters):
        line.append(glyph * len(list(alike)), style)
    return line.append(f" {right}")


def _character(
    timeline: Timeline, start: datetime, end: datetime, glyphs: Glyphs
) -> tuple[str, str]:
    """The character and style of one part; the first of these that is true of it counts."""
    for mark in timeline.marks:
        if start <= mark.at < end:
            return mark.glyph, mark.style
    if isinstance(timeline.offered, Points) and _has_point(timeline.offered, start, end):
        return glyphs.point, "green"
    if timeline.lost_from is not None and timeline.lost_from <= start:
        return glyphs.lost, "red"
    if isinstance(timeline.offered, Windows) and _is_mostly_held(timeline.offered, start, end):
        return glyphs.window, "green"
    return glyphs.nothing, "dim"


def _has_point(offered: Points, start: datetime, end: datetime) -> bool:
    latest = offered.latest_at_or_before(times.ceil_second(end) - times.SECOND)
    return latest is not None and latest >= start


def _is_mostly_held(offered: Windows, start: datetime, end: datetime) -> bool:
    part = Windows((Window(start, end),))
    return 2 * ranges.intersect(offered, part).coverage >= end - start


def _edges(span: Window) -> tuple[str, str]:
    form = "%H:%MZ" if times.utc_day(span.start) == times.utc_day(span.end) else "%m-%d %H:%MZ"
    return f"{span.start:{form}}", f"{span.end:{form}}"
