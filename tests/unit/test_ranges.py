from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lastgood.domain import ranges, times
from lastgood.domain.canonical import decode, encode
from lastgood.domain.ranges import Point, Points, RestorableRange, Window, Windows
from lastgood.domain.reading import Reading
from tests.support import strategies as some
from tests.support.builders import at, points, redis_reading, windows

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def millis_after_midnight(millis: int) -> int:
    return times.to_millis(MIDNIGHT) + millis


def read(*spans: tuple[int, int]) -> Windows:
    found = (
        Window.from_millis(millis_after_midnight(start), millis_after_midnight(end))
        for start, end in spans
    )
    return Windows.merge(window for window in found if window)


def seconds(*spans: tuple[int, int]) -> Windows:
    return Windows(tuple(Window(MIDNIGHT + a * SECOND, MIDNIGHT + b * SECOND) for a, b in spans))


# --- windows: milliseconds become whole seconds


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [
        pytest.param(0, 10_000, (0, 10), id="whole seconds stay"),
        pytest.param(1, 9_999, (1, 9), id="the start goes up and the end down"),
        pytest.param(999, 10_001, (1, 10), id="whichever half they are in"),
        pytest.param(500, 1_000, (1, 1), id="one whole second at the end"),
        pytest.param(1_000, 1_999, (1, 1), id="one whole second at the start"),
        pytest.param(1_000, 1_000, (1, 1), id="one moment"),
        pytest.param(0, 1_000, (0, 1), id="exactly one second long"),
        pytest.param(1, 1_001, (1, 1), id="a second long and off by a millisecond"),
    ],
)
def test_a_window_keeps_the_whole_seconds_inside_it(
    start: int, end: int, held: tuple[int, int]
) -> None:
    assert read((start, end)) == seconds(held)


@pytest.mark.parametrize(
    ("start", "end"), [(1, 999), (1, 1), (1_001, 1_999), (1_999, 1_000), (2_000, 1_000)]
)
def test_a_window_without_a_whole_second_offers_no_target(start: int, end: int) -> None:
    window = Window.from_millis(millis_after_midnight(start), millis_after_midnight(end))

    assert window is None
    assert read((start, end)).newest is None


@pytest.mark.parametrize("bound", [1.5, "1532001446987", None, True, 2**63])
def test_a_bound_that_is_no_moment_is_an_error_and_no_empty_window(bound: int) -> None:
    with pytest.raises(ValueError, match="milliseconds"):
        Window.from_millis(0, bound)


def test_the_example_of_the_api_page_is_read_to_the_second() -> None:
    window = Window.from_millis(1532001446987, 1532742139000)

    assert window == Window(
        datetime(2018, 7, 19, 11, 57, 27, tzinfo=UTC), datetime(2018, 7, 28, 1, 42, 19, tzinfo=UTC)
    )


# --- windows: merging


@pytest.mark.parametrize(
    ("given_spans", "merged"),
    [
        pytest.param([], [], id="none"),
        pytest.param([(0, 5_000)], [(0, 5)], id="one"),
        pytest.param([(-5_000, -1), (0, 5_000)], [(-5, 5)], id="to .999 and from .000"),
        pytest.param([(0, 5_000), (5_000, 9_000)], [(0, 9)], id="sharing an edge"),
        pytest.param([(0, 5_000), (6_000, 9_000)], [(0, 9)], id="no whole second between"),
        pytest.param([(0, 5_000), (6_001, 9_000)], [(0, 5), (7, 9)], id="one second missing"),
        pytest.param([(0, 5_999), (6_000, 9_000)], [(0, 9)], id="a millisecond between"),
        pytest.param([(0, 5_000), (3_000, 9_000)], [(0, 9)], id="overlapping"),
        pytest.param([(0, 9_000), (3_000, 5_000)], [(0, 9)], id="one inside the other"),
        pytest.param([(0, 5_000), (0, 5_000)], [(0, 5)], id="the same twice"),
        pytest.param([(0, 9_000), (0, 5_000)], [(0, 9)], id="the same start"),
        pytest.param(
            [(8_000, 9_000), (0, 2_000), (4_000, 5_000)],
            [(0, 2), (4, 5), (8, 9)],
            id="unsorted, apart",
        ),
        pytest.param(
            [(0, 2_000), (5_000, 9_000), (6_000, 7_000)], [(0, 2), (5, 9)], id="in the 2nd"
        ),
        pytest.param(
            [(0, 2_000), (5_000, 7_000), (6_000, 9_000)], [(0, 2), (5, 9)], id="from it on"
        ),
        pytest.param([(20, 30), (0, 5_000)], [(0, 5)], id="one of them empty"),
    ],
)
def test_windows_that_overlap_or_touch_are_one(
    given_spans: list[tuple[int, int]], merged: list[tuple[int, int]]
) -> None:
    assert read(*given_spans) == seconds(*merged)


def test_two_day_queries_around_utc_midnight_make_one_window() -> None:
    yesterday = (-3_600_000, -1)
    today = (0, 3_600_000)

    merged = read(today, yesterday)

    assert merged == seconds((-3600, 3600))
    assert merged.longest_gap == timedelta(0)
    assert MIDNIGHT - SECOND in merged
    assert MIDNIGHT in merged


def test_a_gap_at_utc_midnight_stays_a_gap() -> None:
    merged = read((-3_600_000, -1_001), (0, 3_600_000))

    assert merged == seconds((-3600, -2), (0, 3600))
    assert MIDNIGHT - SECOND not in merged


def test_windows_at_the_end_of_the_calendar_merge_like_any_others() -> None:
    forever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    open_ended = Window(MIDNIGHT, forever)

    merged = Windows.merge([open_ended, Window(MIDNIGHT + SECOND, forever)])

    assert merged == Windows((open_ended,))


@given(some.spans)
@some.unhurried
def test_merged_windows_hold_exactly_the_whole_seconds_of_the_given_ones(
    spans: list[some.Span],
) -> None:
    merged = some.windows_of(spans)

    assert some.model(merged) == {some.BASE + timedelta(seconds=n) for n in some.seconds_in(spans)}


@given(some.spans, st.randoms(use_true_random=False))
@some.unhurried
def test_merged_windows_are_sorted_apart_and_the_same_in_any_order(
    spans: list[some.Span], shuffler: random.Random
) -> None:
    shuffled = list(spans)
    shuffler.shuffle(shuffled)

    merged = some.windows_of(spans)

    assert some.windows_of(shuffled) == merged
    assert Windows.merge(merged.restorable) == merged
    for before, after in pairwise(merged.restorable):
        assert after.start - before.end > SECOND
    for window in merged.restorable:
        assert window.start <= window.end


# --- points


def test_points_are_sorted_whatever_order_the_service_lists_them_in() -> None:
    listed = ["2026-02-17T19:40:20+0800", "2026-02-17T19:00:20+0800", "2026-02-17T19:20:20+0800"]

    offered = Points.of(Point.from_text(text) for text in listed)

    assert [point.text for point in offered.restorable] == sorted(listed)
    assert offered.oldest == at("11:00:20")
    assert offered.newest == at("11:40:20")


def test_points_are_sorted_by_moment_and_not_by_spelling() -> None:
    listed = ["2026-02-17T12:00:00+0000", "2026-02-17T13:00:00+0800"]

    offered = Points.of(Point.from_text(text) for text in listed)

    assert [point.text for point in offered.restorable] == listed[::-1]


def test_two_spellings_of_one_moment_are_one_point_that_keeps_the_first() -> None:
    listed = ["2026-02-17T11:40:20+0000", "2026-02-17T19:40:20+0800"]

    offered = Points.of(Point.from_text(text) for text in listed)

    assert offered.restorable == (Point(at("11:40:20"), "2026-02-17T11:40:20+0000"),)


@pytest.mark.parametrize(
    "text",
    [
        "2022-06-01T18:50:20+0800",
        "2022-06-01T16:35:20+0545",
        "2022-06-01T10:50:20+0000",
        "2022-06-01T10:50:20-0000",
    ],
)
def test_a_point_is_sent_back_in_the_very_string_that_was_listed(text: str) -> None:
    offered = Points.of([Point.from_text(text)])

    assert offered.wire_text(datetime(2022, 6, 1, 10, 50, 20, tzinfo=UTC)) == text


@pytest.mark.parametrize("clock", ["11:20:19", "11:20:20.500", "11:20:21", "10:00:00"])
def test_a_moment_that_was_not_listed_has_no_string_to_send(clock: str) -> None:
    offered = points("11:20:20", "11:40:20")

    with pytest.raises(ValueError, match="is not among the points"):
        offered.wire_text(at(clock))


def test_an_empty_list_has_no_string_to_send_either() -> None:
    with pytest.raises(ValueError, match="is not among the points"):
        points().wire_text(at("11:20:20"))


def test_a_list_with_one_unreadable_point_is_an_error_and_no_shorter_list() -> None:
    listed = ["2026-02-17T19:40:20+0800", "2026-02-17T20:00:20+08:00"]

    with pytest.raises(ValueError, match="is not a service time"):
        Points.of(Point.from_text(text) for text in listed)


def test_a_week_of_points_every_five_minutes_is_found_to_the_second() -> None:
    moments = [MIDNIGHT + n * timedelta(minutes=5) for n in range(2016)]
    listed = [times.SERVICE.print(moment, times.BEIJING) for moment in moments]
    random.Random(7).shuffle(listed)  # noqa: S311 - a shuffled test list guards nothing

    offered = Points.of(Point.from_text(text) for text in listed)

    assert [point.at for point in offered.restorable] == moments
    assert offered.coverage == timedelta(days=7) - timedelta(minutes=5)
    assert offered.longest_gap == timedelta(minutes=5)
    for moment in moments:
        assert offered.latest_at_or_before(moment) == moment
        assert offered.latest_at_or_before(moment + timedelta(seconds=299)) == moment
        assert times.SERVICE.parse(offered.wire_text(moment)) == moment


@given(some.point_lists())
@some.unhurried
def test_points_hold_exactly_the_moments_that_were_listed(listed: list[Point]) -> None:
    offered = Points.of(listed)

    assert some.model(offered) == {point.at for point in listed}
    assert list(offered.restorable) == sorted(offered.restorable, key=lambda p: p.at)
    for point in listed:
        assert offered.wire_text(point.at) in {p.text for p in listed if p.at == point.at}


# --- what a range tells


@pytest.mark.parametrize(
    ("offered", "moment", "latest"),
    [
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "10:59:59", None),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "10:59:59.999", None),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "11:00:00", "11:00:00"),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "11:05:00.9", "11:05:00"),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "11:15:00", "11:10:00"),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "11:19:59.999", "11:10:00"),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "11:20:00", "11:20:00"),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), "23:00:00", "11:30:00"),
        (windows(), "11:00:00", None),
        (points("11:00:20", "11:20:20"), "11:00:19.999", None),
        (points("11:00:20", "11:20:20"), "11:00:20", "11:00:20"),
        (points("11:00:20", "11:20:20"), "11:20:19.999", "11:00:20"),
        (points("11:00:20", "11:20:20"), "11:20:20", "11:20:20"),
        (points("11:00:20", "11:20:20"), "23:00:00", "11:20:20"),
        (points(), "11:00:00", None),
    ],
)
def test_the_latest_moment_at_or_before_another(
    offered: RestorableRange, moment: str, latest: str | None
) -> None:
    found = offered.latest_at_or_before(at(moment))

    assert found == (at(latest) if latest else None)


@pytest.mark.parametrize(
    ("offered", "coverage", "gap"),
    [
        (windows(), 0, 0),
        (windows(("11:00:00", "11:10:00")), 600, 0),
        (windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00")), 1200, 600),
        (
            windows(("11:00:00", "11:10:00"), ("11:10:05", "11:20:00"), ("11:30:00", "11:30:01")),
            600 + 595 + 1,
            600,
        ),
        (points(), 0, 0),
        (points("11:00:20"), 0, 0),
        (points("11:00:20", "11:20:20"), 1200, 1200),
        (points("11:00:20", "11:40:20", "11:20:20", "12:40:20"), 6000, 3600),
    ],
)
def test_coverage_and_the_longest_gap(offered: RestorableRange, coverage: int, gap: int) -> None:
    assert offered.coverage == timedelta(seconds=coverage)
    assert offered.longest_gap == timedelta(seconds=gap)


@pytest.mark.parametrize(
    "offered",
    [
        windows(("11:00:00", "11:10:00"), ("11:20:00", "11:30:00"), ("11:40:00", "11:50:00")),
        points("11:20:00", "11:50:00", "11:00:00"),
    ],
)
def test_the_ends_of_a_range_are_those_of_all_of_it(offered: RestorableRange) -> None:
    assert offered.oldest == at("11:00:00")
    assert offered.newest == at("11:50:00")


@pytest.mark.parametrize("offered", [windows(), points()])
def test_an_empty_range_holds_nothing_and_has_no_ends(offered: RestorableRange) -> None:
    assert offered.oldest is None
    assert offered.newest is None
    assert at("11:00:00") not in offered
    assert ranges.lag(offered, at("11:00:00")) is None
    assert ranges.latest_common([offered], at("11:00:00")) is None


@pytest.mark.parametrize(
    ("now", "lag"),
    [("11:50:20", 600), ("11:40:20.001", 0.001), ("11:40:20", 0), ("11:00:00", 0)],
)
def test_the_lag_is_how_far_the_newest_moment_is_behind(now: str, lag: float) -> None:
    assert ranges.lag(points("11:20:20", "11:40:20"), at(now)) == timedelta(seconds=lag)
    assert ranges.lag(windows(("11:00:00", "11:40:20")), at(now)) == timedelta(seconds=lag)


def test_a_window_writes_a_moment_as_milliseconds() -> None:
    assert windows(("11:00:00", "11:40:20")).wire_text(at("11:40:20")) == "1771328420000"


@given(some.some_ranges, some.moments)
@some.unhurried
def test_a_range_holds_a_moment_exactly_when_the_set_of_its_seconds_does(
    offered: RestorableRange, moment: datetime
) -> None:
    whole = moment.replace(microsecond=0)

    assert (moment in offered) == (moment in some.model(offered))
    assert (whole in offered) == (whole in some.model(offered))


@given(some.some_ranges, some.moments)
@some.unhurried
def test_the_latest_moment_is_the_newest_of_the_set_that_is_not_after(
    offered: RestorableRange, moment: datetime
) -> None:
    held = (second for second in some.model(offered) if second <= moment)

    assert offered.latest_at_or_before(moment) == max(held, default=None)


@given(some.some_ranges)
@some.unhurried
def test_ends_coverage_and_gaps_are_those_of_the_set(offered: RestorableRange) -> None:
    held = sorted(some.model(offered))
    steps = [after - before for before, after in pairwise(held)]
    # Inside a window the seconds are one apart, which is no gap but what is covered.
    discrete = isinstance(offered, Points)
    gaps = [step for step in steps if discrete or step > SECOND]
    covered = [step for step in steps if discrete or step == SECOND]

    assert offered.oldest == (held[0] if held else None)
    assert offered.newest == (held[-1] if held else None)
    assert offered.longest_gap == max(gaps, default=timedelta(0))
    assert offered.coverage == sum(covered, timedelta(0))


@given(some.some_ranges)
@some.unhurried
def test_a_range_survives_its_own_json(offered: RestorableRange) -> None:
    told = redis_reading(offered)

    assert decode(encode(told), Reading) == told


# --- several ranges


def test_points_gated_by_windows_keep_their_strings() -> None:
    listed = points("11:00:20", "11:20:20", "11:40:20")
    gate = windows(("11:10:00", "11:20:20"), ("11:40:21", "12:00:00"))

    both = ranges.intersect(listed, gate)

    assert both == ranges.intersect(gate, listed)
    assert both == points("11:20:20")


def test_windows_meet_in_a_single_second() -> None:
    first, second = windows(("11:00:00", "11:10:00")), windows(("11:10:00", "11:20:00"))

    assert ranges.intersect(first, second) == windows(("11:10:00", "11:10:00"))


def test_every_overlap_of_several_windows_is_found_whichever_comes_first() -> None:
    first = seconds((0, 2), (4, 6), (8, 9), (12, 20))
    second = seconds((0, 6), (9, 13), (15, 16), (18, 30))

    both = ranges.intersect(first, second)

    assert both == ranges.intersect(second, first)
    assert both == seconds((0, 2), (4, 6), (9, 9), (12, 13), (15, 16), (18, 20))


def test_windows_that_miss_each_other_by_a_second_have_nothing_in_common() -> None:
    first, second = windows(("11:00:00", "11:10:00")), windows(("11:10:01", "11:20:00"))

    assert ranges.intersect(first, second) == Windows()
    assert ranges.latest_common([first, second], at("12:00:00")) is None


@given(some.some_ranges, some.some_ranges)
@some.unhurried
def test_an_intersection_holds_what_both_hold_whichever_comes_first(
    a: RestorableRange, b: RestorableRange
) -> None:
    held = some.model(a) & some.model(b)

    assert some.model(ranges.intersect(a, b)) == held
    assert some.model(ranges.intersect(b, a)) == held


@given(some.some_ranges, some.some_ranges, some.some_ranges)
@some.unhurried
def test_intersections_may_be_grouped_in_any_way(
    a: RestorableRange, b: RestorableRange, c: RestorableRange
) -> None:
    left = ranges.intersect(ranges.intersect(a, b), c)
    right = ranges.intersect(a, ranges.intersect(b, c))

    assert some.model(left) == some.model(right)


@given(some.some_windows, some.some_windows)
@some.unhurried
def test_an_intersection_of_windows_is_as_good_as_a_merged_range(a: Windows, b: Windows) -> None:
    both = ranges.intersect(a, b)

    assert isinstance(both, Windows)
    assert Windows.merge(both.restorable) == both


@given(st.lists(some.some_ranges, min_size=1, max_size=4), some.moments)
@example([windows(("11:00:00", "11:10:00"))], at("11:10:00"))
@example([windows(("11:00:00", "11:10:00"))], at("11:10:00.001"))
@some.unhurried
def test_the_latest_common_moment_is_the_newest_of_the_intersection_before_the_deadline(
    several: list[RestorableRange], deadline: datetime
) -> None:
    found = ranges.latest_common(several, deadline)

    assert found == some.newest_before(several, deadline)
    assert found is None or found < deadline


@pytest.mark.parametrize(
    ("deadline", "latest"),
    [
        ("11:40:20", "11:40:19"),
        ("11:40:20.001", "11:40:20"),
        ("11:40:20.999", "11:40:20"),
        ("11:40:21", "11:40:20"),
        ("11:00:00.001", "11:00:00"),
        ("11:00:00", None),
    ],
)
def test_a_common_moment_lies_strictly_before_the_deadline(
    deadline: str, latest: str | None
) -> None:
    found = ranges.latest_common([windows(("11:00:00", "12:00:00"))], at(deadline))

    assert found == (at(latest) if latest else None)


@pytest.mark.parametrize("turned", [1, -1])
def test_a_moment_that_only_the_last_range_holds_is_not_common(turned: int) -> None:
    apart = [points("11:00:00", "11:10:00"), points("11:00:00", "11:05:00")]

    assert ranges.latest_common(apart[::turned], at("12:00:00")) == at("11:00:00")


def test_no_range_at_all_offers_no_moment() -> None:
    assert ranges.latest_common([], at("11:00:00")) is None


@pytest.mark.parametrize(("offered", "kind"), [(Points(), b"points"), (Windows(), b"windows")])
def test_a_recorded_range_names_its_kind_and_holds_nothing_unless_told(
    offered: RestorableRange, kind: bytes
) -> None:
    assert encode(offered) == b'{"kind":"%s","restorable":[]}' % kind
