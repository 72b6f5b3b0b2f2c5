"""What only the wire can show of the reads: requests, pages, days and rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_args

import pytest

from lastgood.domain.ranges import Points, Window, Windows
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted
from lastgood.huawei.clients import BOUNDS
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.retrying import MOST_PAGES
from lastgood.ports import CloudError
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.huawei.geminidb.redis_instance import PitrPolicy
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault, Operation
from tests.support.connected import (
    CANARY,
    NOW,
    POINTS,
    RDS,
    REDIS,
    START,
    WINDOW,
    Wire,
    body,
    changed,
    told,
    wired,
)

JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
BEIJING = timezone(timedelta(hours=8))

Read = Callable[[HuaweiCloud], Any]


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


def midnight(day: int) -> datetime:
    return datetime(2026, 2, day, tzinfo=UTC)


# What travels

INTERVAL = "start_time=2026-02-17T18%3A00%3A00%2B0800&end_time=2026-02-17T19%3A00%3A00%2B0800"
READS: dict[str, tuple[Read, str, str]] = {
    "windows": (
        lambda cloud: cloud.windows(RDS),
        "rds",
        f"/instances/{RDS}/restore-time",
    ),
    "windows of a day": (
        lambda cloud: cloud.windows(RDS, START, NOW),
        "rds",
        f"/instances/{RDS}/restore-time?date=2026-02-17",
    ),
    "points": (
        lambda cloud: cloud.points(REDIS, START, NOW),
        "geminidb",
        f"/redis/instances/{REDIS}/pitr/restorable-time-periods?{INTERVAL}&offset=0&limit=100",
    ),
    "policy": (
        lambda cloud: cloud.pitr_policy(REDIS),
        "geminidb",
        f"/redis/instances/{REDIS}/pitr/policy",
    ),
    "instances": (
        lambda cloud: cloud.state(REDIS),
        "geminidb",
        f"/instances?id={REDIS}&limit=100",
    ),
    "job": (
        lambda cloud: cloud.job(JOB),
        "geminidb",
        f"/jobs?id={JOB}",
    ),
    "jobs": (
        lambda cloud: cloud.jobs(START, NOW),
        "geminidb",
        f"/jobs?{INTERVAL}&offset=0&limit=50",
    ),
}


@pytest.mark.parametrize(("read", "service", "target"), READS.values(), ids=READS)
def test_a_read_is_one_get_of_the_documented_path_and_query(
    wire: Wire, read: Read, service: str, target: str
) -> None:
    read(wire.cloud)

    (request,) = wire.requests
    assert request.service == service
    assert request.method == "GET"
    assert request.target == f"/v3/{wire.sandbox.project_id}{target}"
    assert request.body == b""
    assert request.headers["x-auth-token"] == CANARY
    assert "authorization" not in request.headers


def test_parts_of_a_second_widen_the_interval_that_is_asked_for(wire: Wire) -> None:
    most_of_a_second = timedelta(milliseconds=999)

    wire.cloud.points(REDIS, START + most_of_a_second, NOW - most_of_a_second)

    query = wire.requests[-1].query
    assert query["start_time"] == "2026-02-17T18:00:00+0800"
    assert query["end_time"] == "2026-02-17T19:00:00+0800"


def test_the_interval_is_told_in_the_offset_of_the_documents_whatever_zone_it_is_given_in(
    wire: Wire,
) -> None:
    new_york = timezone(timedelta(hours=-5))

    wire.cloud.points(REDIS, START.astimezone(new_york), NOW.astimezone(new_york))

    assert wire.requests[-1].query["start_time"] == "2026-02-17T18:00:00+0800"


def test_each_service_has_one_client_whose_patience_ends_however_often_it_is_asked(
    wire: Wire,
) -> None:
    for read, _, _ in READS.values():
        read(wire.cloud)
    wire.cloud.restore(REDIS, POINTS[0])

    assert len(wire.clients) == 2
    for client in wire.clients:
        assert client.timeout == BOUNDS.timeout
        assert None not in {client.timeout.connect, client.timeout.write, client.timeout.read}
        assert not client.follow_redirects


@pytest.mark.parametrize(("read", "service", "target"), READS.values(), ids=READS)
def test_a_read_follows_no_redirect(wire: Wire, read: Read, service: str, target: str) -> None:
    moved = Answer(302, b"", {"Location": f"{wire.sandbox.geminidb_url}/elsewhere"})
    for operation in get_args(Operation):
        wire.sandbox.faults.always(operation, Fault.answer_before(moved))

    with pytest.raises(CloudError, match="302"):
        read(wire.cloud)

    assert [(r.service, r.target.endswith(target)) for r in wire.requests] == [(service, True)]


# Points over pages


def many_points(wire: Wire) -> list[str]:
    """The most points that there can be: every five minutes, kept for a week."""
    wire.redis.set_pitr(PitrPolicy(interval=5 * MINUTE, keep=7 * DAY))
    wire.sandbox.clock.advance(7 * DAY)
    return wire.redis.points


def all_points(wire: Wire) -> Points:
    now = wire.sandbox.clock.now()
    return wire.cloud.points(REDIS, now - 8 * DAY, now)


def test_2016_points_come_over_21_pages_in_order_and_word_for_word(wire: Wire) -> None:
    listed = many_points(wire)

    points = all_points(wire)

    assert len(listed) == 2016
    assert [point.text for point in points.restorable] == listed
    assert [r.query["offset"] for r in wire.requests] == [str(n * 100) for n in range(21)]


@pytest.fixture(scope="module")
def full() -> Iterator[Wire]:
    """A wire with 288 points: one day of them."""
    with wired() as made:
        made.redis.set_pitr(PitrPolicy(interval=5 * MINUTE, keep=DAY))
        made.sandbox.clock.advance(DAY)
        yield made


def without_total(document: dict[str, Any]) -> None:
    del document["total_count"]


@pytest.mark.parametrize("total", [None, 0, 1, 99, 150, 289, 5000, -1, True, "288", 288.5, [288]])
def test_a_total_that_is_wrong_loses_no_point(full: Wire, total: Any) -> None:
    def lie(document: dict[str, Any]) -> None:
        document["total_count"] = total

    full.sandbox.faults.always("points", changed(lie))
    points = all_points(full)
    full.sandbox.faults.clear()

    assert [point.text for point in points.restorable] == full.redis.points


def test_without_a_total_pages_are_read_until_one_is_empty(full: Wire) -> None:
    before = len(full.requests)

    full.sandbox.faults.always("points", changed(without_total))
    points = all_points(full)
    full.sandbox.faults.clear()

    offsets = [r.query["offset"] for r in full.requests[before:]]
    assert [point.text for point in points.restorable] == full.redis.points
    assert offsets == ["0", "100", "200", "288"]


def test_a_service_with_shorter_pages_than_asked_for_is_read_to_its_end(full: Wire) -> None:
    def shorten(document: dict[str, Any]) -> None:
        document["restore_time"] = document["restore_time"][:10]

    full.sandbox.faults.always("points", changed(shorten))
    points = all_points(full)
    full.sandbox.faults.clear()

    assert [point.text for point in points.restorable] == full.redis.points


@pytest.mark.parametrize("operation", ["points", "jobs"])
def test_a_list_without_end_is_an_error_after_a_bounded_number_of_pages(
    wire: Wire, operation: Any
) -> None:
    rows = {"restore_time": POINTS[:1]} if operation == "points" else {"jobs": [{"id": JOB}]}
    endless = body(200, json.dumps(rows | {"total_count": 10**9}))
    wire.sandbox.faults.always(operation, Fault.answer_before(endless))
    reads: dict[str, Read] = {
        "points": lambda cloud: cloud.points(REDIS, START, NOW),
        "jobs": lambda cloud: cloud.jobs(START, NOW),
    }

    with pytest.raises(CloudError) as caught:
        reads[operation](wire.cloud)

    assert "without end" in told(caught.value)
    assert len(wire.requests) == MOST_PAGES


def test_the_most_points_that_there_can_be_fit_into_small_pages() -> None:
    assert MOST_PAGES * 10 >= 2016


def test_points_listed_twice_or_in_other_words_are_one_point(wire: Wire) -> None:
    spellings = [POINTS[1], "2026-02-17T10:40:00+0000", POINTS[0], POINTS[1]]
    answer = body(200, json.dumps({"restore_time": spellings}))
    wire.sandbox.faults.add("points", Fault.answer_before(answer))
    wire.sandbox.faults.add("points", Fault.answer_before(body(200, '{"restore_time": []}')))

    points = wire.cloud.points(REDIS, START, NOW)

    assert [point.text for point in points.restorable] == POINTS[:2]


# Windows by UTC day


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (midnight(17), midnight(17), [17]),
        (midnight(17) - timedelta(microseconds=1), midnight(17), [16, 17]),
        (midnight(17), midnight(18) - timedelta(microseconds=1), [17]),
        (midnight(17), midnight(18), [17, 18]),
        (midnight(16) + 12 * 60 * MINUTE, midnight(18) + MINUTE, [16, 17, 18]),
        (
            datetime(2026, 2, 17, 7, 59, tzinfo=BEIJING),  # still the 16th in UTC
            datetime(2026, 2, 17, 8, 0, tzinfo=BEIJING),
            [16, 17],
        ),
        (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), [28, 1]),
    ],
)
def test_an_interval_asks_for_every_utc_day_that_it_touches(
    wire: Wire, since: datetime, until: datetime, days: list[int]
) -> None:
    wire.cloud.windows(RDS, since, until)

    asked = [date.fromisoformat(request.query["date"]) for request in wire.requests]
    assert [day.day for day in asked] == days


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (None, None),
        (START, None),
        (None, NOW),
        (NOW - 3 * DAY, NOW),
    ],
)
def test_without_two_bounds_or_for_many_days_all_windows_are_asked_for_at_once(
    wire: Wire, since: datetime | None, until: datetime | None
) -> None:
    windows = wire.cloud.windows(RDS, since, until)

    assert [request.query for request in wire.requests] == [{}]
    assert windows == Windows((WINDOW,))


def test_a_window_over_midnight_is_whole_again_after_it_came_in_days(wire: Wire) -> None:
    wire.sandbox.clock.advance(14 * 60 * MINUTE)  # to 01:00 of the 18th

    windows = wire.cloud.windows(RDS, midnight(18) - MINUTE, midnight(18) + MINUTE)

    (window,) = windows.restorable
    assert window.start == WINDOW.start
    assert window.end == midnight(18) + 54 * MINUTE + timedelta(seconds=59)
    assert midnight(18) in windows
    assert midnight(18) - timedelta(seconds=1) in windows


def test_a_gap_at_midnight_stays_a_gap(wire: Wire) -> None:
    wire.database.add_gap(midnight(18) - MINUTE, midnight(18) + MINUTE)
    wire.sandbox.clock.advance(14 * 60 * MINUTE)

    windows = wire.cloud.windows(RDS, midnight(18) - DAY, midnight(18) + MINUTE)

    assert windows.latest_at_or_before(midnight(18)) == midnight(18) - MINUTE
    assert windows.longest_gap == 2 * MINUTE


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 0, [(0, 0)]),
        (1, 999, []),
        (1, 1000, [(1, 1)]),
        (1001, 2999, [(2, 2)]),
        (999, 1999, [(1, 1)]),
        (5000, 4000, []),
    ],
)
def test_milliseconds_are_rounded_into_the_window(
    wire: Wire, start: int, end: int, expected: list[tuple[int, int]]
) -> None:
    rows = {"restore_time": [{"start_time": start, "end_time": end}]}
    wire.sandbox.faults.add("windows", Fault.answer_before(body(200, json.dumps(rows))))

    windows = wire.cloud.windows(RDS)

    assert windows.restorable == tuple(
        Window(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC))
        for first, last in expected
    )


def test_windows_that_overlap_touch_or_come_unsorted_are_merged(wire: Wire) -> None:
    spans = [(5000, 7000), (1000, 2000), (3000, 4999), (1500, 2500)]
    rows = [{"start_time": start, "end_time": end} for start, end in spans]
    answer = body(200, json.dumps({"restore_time": rows}))
    wire.sandbox.faults.add("windows", Fault.answer_before(answer))

    windows = wire.cloud.windows(RDS)

    seconds = [(w.start.timestamp(), w.end.timestamp()) for w in windows.restorable]
    assert seconds == [(1, 7)]


# Jobs


def run_restores(wire: Wire, count: int) -> list[str]:
    jobs = []
    for _ in range(count):
        outcome = wire.cloud.restore(REDIS, wire.redis.points[-1])
        assert isinstance(outcome, Accepted)
        assert outcome.job
        jobs.append(outcome.job)
        wire.sandbox.clock.advance(wire.redis.restores.lasts)
    return jobs


def test_jobs_come_over_all_their_pages(wire: Wire) -> None:
    began = run_restores(wire, 60)
    before = len(wire.requests)

    jobs = wire.cloud.jobs(NOW, wire.sandbox.clock.now())

    pages = [(r.query["offset"], r.query["limit"]) for r in wire.requests[before:]]
    assert {job.id for job in jobs} == set(began)
    assert len(jobs) == 60
    assert pages == [("0", "50"), ("50", "50")]


def test_a_job_that_is_not_listed_yet_is_none_and_then_a_job(wire: Wire) -> None:
    wire.redis.restores = RestoreScript(hidden_for=MINUTE)
    outcome = wire.cloud.restore(REDIS, POINTS[0])
    assert isinstance(outcome, Accepted)
    assert outcome.job

    at_once = wire.cloud.job(outcome.job)
    wire.sandbox.clock.advance(MINUTE)
    later = wire.cloud.job(outcome.job)

    assert at_once is None
    assert later is not None
    assert later.status == "Running"


def test_a_job_that_failed_tells_why(wire: Wire) -> None:
    wire.redis.restores = RestoreScript(fail_reason="The backup is damaged.")
    (job,) = run_restores(wire, 1)

    found = wire.cloud.job(job)

    assert found is not None
    assert (found.status, found.fail_reason) == ("Failed", "The backup is damaged.")


def answer_jobs(wire: Wire, *rows: dict[str, Any]) -> None:
    document = {"jobs": rows, "total_count": len(rows)}
    wire.sandbox.faults.add("jobs", Fault.answer_before(body(200, json.dumps(document))))


@pytest.mark.parametrize("other", [f"{JOB}0", JOB[:-1], JOB.upper(), f"*{JOB}", "", None, 7, [JOB]])
def test_a_job_of_another_id_is_not_the_one_that_was_asked_for(wire: Wire, other: object) -> None:
    answer_jobs(wire, {"id": other, "status": "Completed"})

    assert wire.cloud.job(JOB) is None


def test_of_several_jobs_the_one_that_was_asked_for_is_found(wire: Wire) -> None:
    answer_jobs(wire, {"id": f"{JOB}0", "status": "Failed"}, {"id": JOB, "status": "Completed"})

    found = wire.cloud.job(JOB)

    assert found is not None
    assert found.status == "Completed"


@pytest.mark.parametrize("status", ["Running", "Pending", "", None, 7, ["Completed"], "completed"])
def test_a_job_in_a_status_of_no_known_end_still_runs(wire: Wire, status: object) -> None:
    answer_jobs(wire, {"id": JOB, "status": status})

    found = wire.cloud.job(JOB)

    assert found is not None
    assert not found.ended


def test_a_job_that_tells_nothing_but_its_id_is_listed(wire: Wire) -> None:
    answer_jobs(wire, {"id": JOB})

    (job,) = wire.cloud.jobs(START, NOW)

    assert (job.id, job.instance, job.started_at, job.fail_reason) == (JOB, None, None, None)


def test_odd_rows_do_not_hide_the_other_jobs(wire: Wire) -> None:
    odd: dict[str, Any] = {"id": 7, "instance": "x", "start_time": 7, "progress": 14}
    answer_jobs(wire, odd, {"id": "b", "instance": {"id": [REDIS]}}, {"id": JOB, "status": "Run"})

    jobs = wire.cloud.jobs(START, NOW)

    assert [(job.id, job.instance) for job in jobs] == [("7", None), ("b", None), (JOB, None)]


# Instances


@pytest.mark.parametrize("other", [f"x{REDIS}", REDIS[1:], REDIS.upper(), "", None, 7])
def test_an_instance_of_another_id_is_not_the_one_that_was_asked_for(
    wire: Wire, other: object
) -> None:
    rows = {"instances": [{"id": other, "status": "normal", "actions": []}]}
    wire.sandbox.faults.add("instances", Fault.answer_before(body(200, json.dumps(rows))))

    with pytest.raises(CloudError, match="no such instance"):
        wire.cloud.state(REDIS)


def test_a_fuzzy_question_finds_no_instance_although_the_service_answers_it(wire: Wire) -> None:
    with pytest.raises(CloudError, match="no such instance"):
        wire.cloud.state(f"*{REDIS[1:]}")


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({}, InstanceState("not told", ("not told",))),
        ({"status": "normal"}, InstanceState("normal", ("not told",))),
        ({"actions": []}, InstanceState("not told", ())),
        ({"status": "", "actions": [""]}, InstanceState("", ("",))),
    ],
)
def test_what_the_service_does_not_tell_of_an_instance_counts_as_not_fit(
    wire: Wire, row: dict[str, Any], state: InstanceState
) -> None:
    rows = {"instances": [{"id": REDIS, **row}]}
    wire.sandbox.faults.add("instances", Fault.answer_before(body(200, json.dumps(rows))))

    found = wire.cloud.state(REDIS)

    assert found == state
    assert (found.status, found.actions) != ("normal", ())


GROUPS: dict[str, tuple[object, tuple[str, ...]]] = {
    "two groups": (
        [{"nodes": [{"id": "a1"}, {"id": "b2"}]}, {"nodes": [{"id": "c3"}]}],
        ("a1", "b2", "c3"),
    ),
    "no groups": ([], ()),
    "no nodes": ([{"id": "g"}], ()),
    "null": (None, ()),
    "an object": ({"nodes": []}, ()),
    "no objects": (["a1"], ()),
    "no id": ([{"nodes": [{"name": "a1"}]}], ()),
    "an id that is a number": ([{"nodes": [{"id": 1}]}], ()),
    "an id of another kind": ([{"nodes": [{"id": "a1,redis_node_id"}]}], ()),
}


@pytest.mark.parametrize(("groups", "nodes"), GROUPS.values(), ids=GROUPS)
def test_nodes_that_are_told_in_another_way_are_none_and_spoil_nothing(
    wire: Wire, groups: object, nodes: tuple[str, ...]
) -> None:
    row = {"id": REDIS, "status": "normal", "actions": [], "mode": "Cluster", "groups": groups}
    answer = Fault.answer_before(body(200, json.dumps({"instances": [row]})))
    wire.sandbox.faults.add("instances", answer)

    assert wire.cloud.state(REDIS) == InstanceState("normal", (), "Cluster", nodes)
