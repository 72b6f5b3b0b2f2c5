from __future__ import annotations

import io

import pytest
from rich.console import Console

from lastgood.cli.timeline import ASCII, Mark, Timeline, draw
from lastgood.domain.ranges import RestorableRange, Window
from tests.support.builders import at, points, windows


def drawn(timeline: Timeline, encoding: str = "ascii", width: int = 80) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return draw(Console(file=stream, width=width), timeline).plain


def parts(picture: str) -> str:
    """What stands between the times at the edges."""
    return picture.split()[1]


HOUR = Window(at("11:00:00"), at("12:00:00"))


def test_a_picture_is_one_line_as_wide_as_the_terminal() -> None:
    picture = drawn(Timeline(points("11:30:00"), HOUR))

    assert len(picture) <= 80
    assert picture.startswith(" 11:00Z .")
    assert picture.endswith(". 12:00Z")


def test_a_span_over_midnight_names_its_days() -> None:
    picture = drawn(Timeline(points(), Window(at("23:00:00"), at("11:00:00").replace(day=18))))

    assert picture.startswith(" 02-17 23:00Z ")
    assert picture.endswith(" 02-18 11:00Z")


def test_every_point_is_one_character_and_both_edges_belong_to_the_picture() -> None:
    picture = drawn(Timeline(points("11:00:00", "11:20:00", "11:40:00", "12:00:00"), HOUR))

    assert parts(picture).count("o") == 4
    assert parts(picture)[0] == parts(picture)[-1] == "o"


def test_a_gap_between_windows_shows() -> None:
    halves = windows(("11:00:00", "11:20:00"), ("11:40:00", "12:00:00"))

    thirds = parts(drawn(Timeline(halves, HOUR)))

    assert thirds.strip("=").strip(".") == ""
    assert thirds[0] == thirds[-1] == "="
    assert 15 < thirds.count(".") < 30


@pytest.mark.parametrize(
    "offered", [points("11:15:00", "11:45:00"), windows(("11:00:00", "12:00:00"))]
)
def test_what_is_lost_follows_the_target_and_holds_the_onset(offered: RestorableRange) -> None:
    marks = (
        Mark(at("11:15:00"), ASCII.target, "green"),
        Mark(at("11:30:00"), ASCII.onset, "red"),
    )

    before, _, after = parts(drawn(Timeline(offered, HOUR, marks, at("11:15:00")))).partition("T")

    assert "#" not in before
    assert after.startswith("####")
    assert "#X#" in after


def test_a_terminal_that_speaks_unicode_gets_better_characters() -> None:
    assert "•" in drawn(Timeline(points("11:30:00"), HOUR), encoding="utf-8")


def test_a_terminal_of_no_width_gets_one_part() -> None:
    assert parts(drawn(Timeline(points("11:30:00"), HOUR), width=1)) == "o"
