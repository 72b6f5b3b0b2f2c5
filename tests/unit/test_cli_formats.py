from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lastgood.cli import formats

NOW = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (1021, "17m1s"),
        (2400, "40m"),
        (3600, "1h"),
        (3601, "1h1s"),
        (85200, "23h40m"),
        (86400, "1d"),
        (604_799, "6d23h59m"),
        (604_800, "7d"),
        (86401, "1d"),
    ],
)
def test_a_duration_is_written_in_its_three_largest_units(seconds: int, written: str) -> None:
    assert formats.duration(seconds) == written


def test_part_of_a_second_counts_as_a_whole_one() -> None:
    assert formats.duration(timedelta(seconds=1, milliseconds=1)) == "2s"


def test_a_moment_is_behind_or_ahead() -> None:
    assert formats.relative(NOW - timedelta(minutes=17), NOW) == "17m ago"
    assert formats.relative(NOW + timedelta(minutes=5), NOW) == "in 5m"


def test_a_moment_is_written_to_the_second() -> None:
    assert formats.moment(NOW + timedelta(microseconds=431000)) == "2026-02-17T12:00:00Z"
