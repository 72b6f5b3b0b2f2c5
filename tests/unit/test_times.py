from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastgood.domain import times
from lastgood.domain.times import CLOUDWATCH, IAM, SERVICE, Duration, TimeFormat
from tests.support import strategies as some

FORMATS = (SERVICE, CLOUDWATCH, IAM)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("form", "text", "moment"),
    [
        (SERVICE, "2022-06-01T18:50:20+0800", utc("2022-06-01T10:50:20")),
        (SERVICE, "2026-02-17T00:00:00+0000", utc("2026-02-17T00:00:00")),
        (SERVICE, "2026-02-17T00:10:00+0800", utc("2026-02-16T16:10:00")),
        (SERVICE, "2024-03-01T05:29:59+0530", utc("2024-02-29T23:59:59")),
        (SERVICE, "2026-01-01T05:45:00+0545", utc("2026-01-01T00:00:00")),
        (SERVICE, "2025-12-31T20:30:00-0330", utc("2026-01-01T00:00:00")),
        (SERVICE, "2026-01-01T13:59:59+1400", utc("2025-12-31T23:59:59")),
        (SERVICE, "2025-12-31T12:00:00-1200", utc("2026-01-01T00:00:00")),
        (CLOUDWATCH, "2026-02-17T11:53:08.431+0000", utc("2026-02-17T11:53:08.431")),
        (CLOUDWATCH, "2026-02-17T11:53:08.000+0000", utc("2026-02-17T11:53:08")),
        (CLOUDWATCH, "2026-02-17T06:08:08.001+0545", utc("2026-02-17T00:23:08.001")),
        (IAM, "2026-01-03T09:05:22.701000Z", utc("2026-01-03T09:05:22.701")),
        (IAM, "2026-01-03T09:05:22.000001Z", utc("2026-01-03T09:05:22.000001")),
    ],
)
def test_every_form_of_a_service_is_read_as_utc_and_printed_back_the_same(
    form: TimeFormat, text: str, moment: datetime
) -> None:
    offset = datetime.strptime(text[-5:], "%z").tzinfo if form.offset == "+hhmm" else UTC
    assert isinstance(offset, timezone)

    read = form.parse(text)
    printed = form.print(moment, offset)

    assert read == moment
    assert read.tzinfo is UTC
    assert printed == text


def test_beijing_is_eight_hours_ahead() -> None:
    assert SERVICE.print(utc("2022-06-01T10:50:20"), times.BEIJING) == "2022-06-01T18:50:20+0800"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("2022-06-01T18:50:20Z", id="Z where an offset is wanted"),
        pytest.param("2022-06-01T18:50:20z", id="lower-case z"),
        pytest.param("2022-06-01t18:50:20+0800", id="lower-case t"),
        pytest.param("2022-06-01T18:50:20+08:00", id="a colon in the offset"),
        pytest.param("2022-06-01T18:50:20+08", id="an offset of hours only"),
        pytest.param("2022-06-01T18:50:20+080000", id="an offset with seconds"),
        pytest.param("2022-06-01T18:50:20 0800", id="a plus that a query turned into a space"),
        pytest.param("2022-06-01T18:50:20%2B0800", id="a plus still encoded"),
        pytest.param("2022-06-01T18:50:20\N{MINUS SIGN}0800", id="a typographic minus"),
        pytest.param("2022-06-01T18:50:20", id="no offset"),
        pytest.param("2022-06-01T18:50:20.000+0800", id="a fraction"),
        pytest.param("2022-06-01T18:50+0800", id="no seconds"),
        pytest.param("2022-06-01 18:50:20+0800", id="a space for the T"),
        pytest.param("20220601T185020+0800", id="the basic form"),
        pytest.param("2022-6-1T18:50:20+0800", id="too few digits"),
        pytest.param("12022-06-01T18:50:20+0800", id="too many digits"),
        pytest.param("2022-W22-3T18:50:20+0800", id="a week date"),
        pytest.param("\N{FULLWIDTH DIGIT TWO}022-06-01T18:50:20+0800", id="a full-width digit"),
        pytest.param("2022-06-01T18:50:2\N{ARABIC-INDIC DIGIT ZERO}+0800", id="an Arabic digit"),
        pytest.param(" 2022-06-01T18:50:20+0800", id="a leading space"),
        pytest.param("2022-06-01T18:50:20+0800\n", id="a final newline"),
        pytest.param("2022-06-01T24:00:00+0800", id="24 o'clock"),
        pytest.param("2016-12-31T23:59:60+0000", id="a leap second"),
        pytest.param("2022-06-01T18:60:20+0800", id="minute 60"),
        pytest.param("2022-06-01T18:50:20+0860", id="an offset of 60 minutes"),
        pytest.param("2022-06-01T18:50:20+2400", id="an offset of a day"),
    ],
)
def test_a_service_time_of_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"is not a service time such as 1970-01-01T00:00:00\+0000"
    ):
        SERVICE.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2022-02-29T18:50:20+0800", id="no leap year"),
        pytest.param("2022-04-31T18:50:20+0800", id="no such day"),
        pytest.param("2022-13-01T18:50:20+0800", id="no such month"),
        pytest.param("2022-00-01T18:50:20+0800", id="month zero"),
        pytest.param("0000-01-01T18:50:20+0800", id="year zero"),
        pytest.param("0001-01-01T00:00:00+0800", id="before the calendar in UTC"),
        pytest.param("9999-12-31T23:59:59-0800", id="after the calendar in UTC"),
    ],
)
def test_a_service_time_that_is_no_moment_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        SERVICE.parse(text)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (CLOUDWATCH, "2026-02-17T11:53:08+0000"),
        (CLOUDWATCH, "2026-02-17T11:53:08.4+0000"),
        (CLOUDWATCH, "2026-02-17T11:53:08.431000+0000"),
        (CLOUDWATCH, "2026-02-17T11:53:08.431Z"),
        (CLOUDWATCH, "2026-02-17T11:53:08,431+0000"),
        (IAM, "2026-01-03T09:05:22.701Z"),
        (IAM, "2026-01-03T09:05:22.701000+0000"),
        (IAM, "2026-01-03T09:05:22.701000z"),
        (IAM, "2026-01-03T09:05:22Z"),
    ],
)
def test_each_form_refuses_the_others(form: TimeFormat, text: str) -> None:
    with pytest.raises(ValueError, match=f"is not a {form.name} time such as "):
        form.parse(text)


@pytest.mark.parametrize(
    ("form", "fraction"),
    [(SERVICE, ".431000"), (SERVICE, ".000001"), (CLOUDWATCH, ".431001")],
)
def test_a_fraction_that_the_form_cannot_hold_is_never_dropped(
    form: TimeFormat, fraction: str
) -> None:
    written = f"2026-02-17T11:53:08{fraction}+00:00"
    told = re.escape(f"{written} has a fraction that a {form.name} time loses")

    with pytest.raises(ValueError, match=f"^{told}$"):
        form.print(datetime.fromisoformat(written))


def test_a_moment_without_a_zone_is_neither_printed_nor_counted() -> None:
    naive = utc("2026-02-17T11:53:08").replace(tzinfo=None)

    for use in (
        SERVICE.print,
        times.to_millis,
        times.print_rfc3339,
        times.utc_day,
        times.aware,
    ):
        with pytest.raises(ValueError, match="has no zone"):
            use(naive)


@given(
    form=st.sampled_from(FORMATS),
    moment=st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive limits
    minutes=st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
@settings(some.unhurried, max_examples=200)
def test_what_any_form_prints_in_any_zone_it_reads_back(
    form: TimeFormat, moment: datetime, minutes: int
) -> None:
    kept = moment.replace(
        microsecond=moment.microsecond // 10 ** (6 - form.fraction) * 10 ** (6 - form.fraction)
    )

    assert form.parse(form.print(kept, zone(minutes))) == kept


@pytest.fixture
def in_kolkata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_kolkata")
def test_the_zone_of_the_machine_changes_nothing() -> None:
    moment = utc("2026-02-17T23:53:08")

    assert times.print_rfc3339(moment) == "2026-02-17T23:53:08Z"
    assert times.utc_day(moment) == date(2026, 2, 17)


@pytest.mark.parametrize(
    ("form", "example"),
    [
        (SERVICE, "service time such as 1970-01-01T00:00:00+0000"),
        (CLOUDWATCH, "CloudWatch time such as 1970-01-01T00:00:00.000+0000"),
        (IAM, "IAM time such as 1970-01-01T00:00:00.000000Z"),
    ],
)
def test_what_does_not_have_the_form_is_told_what_it_should_look_like(
    form: TimeFormat, example: str
) -> None:
    with pytest.raises(ValueError, match=rf"^'yesterday' is not a {re.escape(example)}$"):
        form.parse("yesterday")


# --- milliseconds


@pytest.mark.parametrize(
    ("millis", "moment"),
    [
        (0, utc("1970-01-01T00:00:00")),
        (-1, utc("1969-12-31T23:59:59.999")),
        (1532001446987, utc("2018-07-19T11:57:26.987")),
        (1532742139000, utc("2018-07-28T01:42:19")),
        (4102444799999, utc("2099-12-31T23:59:59.999")),
        (253402300799999, utc("9999-12-31T23:59:59.999")),
        (-62135596800000, utc("0001-01-01T00:00:00")),
    ],
)
def test_milliseconds_are_read_and_written_exactly(millis: int, moment: datetime) -> None:
    assert times.from_millis(millis) == moment
    assert times.to_millis(moment) == millis


@given(st.integers(-62135596800000, 253402300799999))
@some.unhurried
def test_no_millisecond_of_the_calendar_goes_through_a_float(millis: int) -> None:
    moment = times.from_millis(millis)

    assert moment.microsecond == millis % 1000 * 1000
    assert times.to_millis(moment) == millis


@pytest.mark.parametrize("value", [1532001446987.0, "1532001446987", None, True, [1]])
def test_what_is_no_whole_number_is_no_number_of_milliseconds(value: object) -> None:
    told = re.escape(f"{value!r} is not a whole number of milliseconds")
    with pytest.raises(ValueError, match=rf"^{told}$"):
        times.from_millis(value)


@pytest.mark.parametrize("millis", [253402300800000, -62135596800001, 2**63 - 1, -(2**63), 10**30])
def test_milliseconds_outside_the_calendar_are_refused(millis: int) -> None:
    told = f"{millis} milliseconds since 1970 is outside the calendar"
    with pytest.raises(ValueError, match=f"^{told}$"):
        times.from_millis(millis)


def test_what_is_finer_than_a_millisecond_is_not_written_as_milliseconds() -> None:
    told = r"2026-02-17T11:53:08\.431001\+00:00 is finer than a millisecond"
    with pytest.raises(ValueError, match=f"^{told}$"):
        times.to_millis(utc("2026-02-17T11:53:08.431001"))


def test_milliseconds_of_a_moment_do_not_depend_on_its_zone() -> None:
    moment = utc("2026-02-17T11:53:08.431")

    assert times.to_millis(moment.astimezone(times.BEIJING)) == times.to_millis(moment)


# --- what people write


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-17T11:40:20Z", utc("2026-02-17T11:40:20")),
        ("2026-02-17t11:40:20z", utc("2026-02-17T11:40:20")),
        ("2026-02-17T19:40:20+08:00", utc("2026-02-17T11:40:20")),
        ("2026-02-17T08:10:20.5-03:30", utc("2026-02-17T11:40:20.5")),
        ("2026-02-17T11:40:20.123456Z", utc("2026-02-17T11:40:20.123456")),
        ("2026-02-17T11:40:20-00:00", utc("2026-02-17T11:40:20")),
    ],
)
def test_a_person_may_write_rfc_3339_in_any_of_its_forms(text: str, moment: datetime) -> None:
    read = times.parse_rfc3339(text)

    assert read == moment
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-17",
        "11:40:20Z",
        "2026-02-17T11:40:20",
        "2026-02-17 11:40:20Z",
        "2026-02-17T11:40Z",
        "2026-02-17T11:40:20+0800",
        "2026-02-17T11:40:20.Z",
        "2026-02-17T11:40:20.1234567Z",
        "2026-02-17T11:40:60Z",
        "2026-02-17T24:00:00Z",
        "2026-02-17T11:40:20+08:60",
        "2026-02-17T11:40:2\N{ARABIC-INDIC DIGIT ZERO}Z",
        "2026-02-17T11:40:20Z\n",
        "0001-01-01T00:00:00+08:00",
        "now",
        "",
    ],
)
def test_a_person_may_write_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an RFC 3339 time such as|outside the calendar"):
        times.parse_rfc3339(text)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (utc("2026-02-17T11:40:20"), "2026-02-17T11:40:20Z"),
        (utc("2026-02-17T11:40:20.5"), "2026-02-17T11:40:20.500000Z"),
        (utc("2026-02-17T11:40:20").astimezone(times.BEIJING), "2026-02-17T11:40:20Z"),
    ],
)
def test_people_read_utc_with_a_fraction_only_where_there_is_one(
    moment: datetime, text: str
) -> None:
    assert times.print_rfc3339(moment) == text
    assert times.parse_rfc3339(text) == moment


# --- whole seconds and UTC days


@pytest.mark.parametrize(
    ("moment", "floor", "ceil"),
    [
        ("2026-02-17T11:40:20", "2026-02-17T11:40:20", "2026-02-17T11:40:20"),
        ("2026-02-17T11:40:20.000001", "2026-02-17T11:40:20", "2026-02-17T11:40:21"),
        ("2026-02-17T11:40:20.999999", "2026-02-17T11:40:20", "2026-02-17T11:40:21"),
        ("2024-02-28T23:59:59.001", "2024-02-28T23:59:59", "2024-02-29T00:00:00"),
        ("2025-12-31T23:59:59.999", "2025-12-31T23:59:59", "2026-01-01T00:00:00"),
    ],
)
def test_a_second_is_rounded_down_and_up_across_every_boundary(
    moment: str, floor: str, ceil: str
) -> None:
    assert times.floor_second(utc(moment)) == utc(floor)
    assert times.ceil_second(utc(moment)) == utc(ceil)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-02-17T07:59:59+08:00", date(2026, 2, 16)),
        ("2026-02-17T08:00:00+08:00", date(2026, 2, 17)),
        ("2026-02-16T20:29:59-03:30", date(2026, 2, 16)),
        ("2026-02-16T20:30:00-03:30", date(2026, 2, 17)),
        ("2026-01-01T13:59:59+14:00", date(2025, 12, 31)),
        ("2026-02-17T00:00:00+00:00", date(2026, 2, 17)),
    ],
)
def test_the_day_of_a_moment_is_its_day_in_utc(moment: str, day: date) -> None:
    assert times.utc_day(datetime.fromisoformat(moment)) == day


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-02-17T00:00:00", "2026-02-17T23:59:59.999", ["2026-02-17"]),
        ("2026-02-17T12:00:00", "2026-02-17T12:00:00", ["2026-02-17"]),
        ("2026-02-17T23:59:59", "2026-02-18T00:00:00", ["2026-02-17", "2026-02-18"]),
        ("2026-02-28T23:59:59", "2026-03-01T00:00:00", ["2026-02-28", "2026-03-01"]),
        ("2024-02-28T23:00:00", "2024-03-01T01:00:00", ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ("2025-12-31T23:59:59.999", "2026-01-01T00:00:00", ["2025-12-31", "2026-01-01"]),
        ("2026-02-18T00:00:00", "2026-02-17T23:59:59", []),
    ],
)
def test_an_interval_touches_every_utc_day_from_its_first_to_its_last(
    since: str, until: str, days: list[str]
) -> None:
    assert times.utc_days(utc(since), utc(until)) == [date.fromisoformat(day) for day in days]


def test_the_days_of_an_interval_given_in_another_zone_are_still_utc_days() -> None:
    since = datetime.fromisoformat("2026-02-17T07:00:00+08:00")
    until = datetime.fromisoformat("2026-02-17T09:00:00+08:00")

    assert times.utc_days(since, until) == [date(2026, 2, 16), date(2026, 2, 17)]


# --- durations


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0s", timedelta(0)),
        ("90s", timedelta(seconds=90)),
        ("2m", timedelta(minutes=2)),
        ("36h", timedelta(hours=36)),
        ("7d", timedelta(days=7)),
        ("007d", timedelta(days=7)),
        ("3650d", timedelta(days=3650)),
        ("87600h", timedelta(days=3650)),
        ("315360000s", timedelta(days=3650)),
        ("1h30m", timedelta(minutes=90)),
        ("1m90s", timedelta(seconds=150)),
        ("7d2h3m4s", timedelta(days=7, hours=2, minutes=3, seconds=4)),
        ("3649d24h", timedelta(days=3650)),
    ],
)
def test_a_duration_is_a_whole_number_of_one_unit_or_of_several_that_fall(
    text: str, length: timedelta
) -> None:
    read = Duration.parse(text)

    assert read == length
    assert Duration.parse(str(read)) == length


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2",
            "m",
            "2 m",
            " 2m",
            "2m\n",
            "2M",
            "2min",
            "2w",
            "30m1h",
            "1m1m",
            "1h 30m",
            "1h30",
            "-2m",
            "+2m",
            "1.5h",
        ),
        *("\N{ARABIC-INDIC DIGIT TWO}m", "1_000s", "1e3s", "9999999999s", "PT2M"),
        *(120, 2.5, None, True, timedelta(minutes=2)),
    ],
)
def test_anything_else_is_no_duration_and_the_error_says_what_one_looks_like(text: object) -> None:
    told = re.escape(f"expected a duration such as 90s, 6h, 7d or 1h30m, found {text!r}")
    with pytest.raises(ValueError, match=f"^{told}$"):
        Duration.parse(text)


@pytest.mark.parametrize(
    "text", ["3651d", "87601h", "315360001s", "999999999d", "3650d1s", "999999999d999999999h"]
)
def test_a_duration_of_more_than_ten_years_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^expected a duration of at most 3650d, found {text!r}$"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=1), "1s"),
        (timedelta(seconds=90), "90s"),
        (timedelta(seconds=120), "2m"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=24), "1d"),
        (timedelta(hours=36), "36h"),
        (timedelta(milliseconds=1), "1s"),
        (timedelta(seconds=119, milliseconds=1), "2m"),
    ],
)
def test_a_length_is_told_in_its_largest_unit_and_never_smaller_than_it_is(
    length: timedelta, text: str
) -> None:
    assert times.print_duration(length) == text


@pytest.mark.parametrize(
    ("length", "seconds"),
    [
        (timedelta(0), 0),
        (timedelta(microseconds=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(seconds=1, microseconds=1), 2),
        (timedelta(days=3650), 315360000),
    ],
)
def test_part_of_a_second_counts_as_a_whole_one(length: timedelta, seconds: int) -> None:
    assert times.whole_seconds(length) == seconds


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((0, "0s"), (0.4, "1s"), (59, "59s"), (2124, "35m24s"), (3600, "1h"), (3605, "1h5s")),
        *((604_440, "6d23h54m"), (604_470, "6d23h54m"), (86_430, "1d"), (864_600, "10d10m")),
    ],
)
def test_a_length_is_told_in_its_three_largest_units(seconds: float, told: str) -> None:
    assert times.tell_duration(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-17T11:53:08.431907266Z", "2026-02-17T11:53:08.431907Z"),
        ("2026-02-17T12:53:08.4319079+01:00", "2026-02-17T11:53:08.431907Z"),
        ("2026-02-17T11:53:08.999999999Z", "2026-02-17T11:53:08.999999Z"),
        ("2026-02-17T11:53:08Z", "2026-02-17T11:53:08Z"),
    ],
)
def test_below_a_microsecond_a_time_is_cut_off_and_never_rounded_up(text: str, moment: str) -> None:
    assert times.print_rfc3339(times.parse_nanos(text)) == moment


@pytest.mark.parametrize(
    "text", ["2026-02-17T11:53:08.4319072661Z", "2026-02-17T11:53:08.431907266"]
)
def test_more_than_nine_digits_or_no_zone_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is not an RFC 3339 time"):
        times.parse_nanos(text)
