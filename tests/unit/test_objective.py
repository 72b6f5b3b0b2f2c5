from __future__ import annotations

import pytest

from lastgood.domain.objective import Finding, Verdict, assess, unmeasured, worst
from lastgood.domain.policy import Objective
from lastgood.domain.ranges import RestorableRange
from lastgood.domain.reading import InstanceState, PitrPolicy, Reading
from tests.support.builders import (
    at,
    objective,
    points,
    rds,
    rds_reading,
    redis,
    redis_reading,
    windows,
)

OFF = PitrPolicy(enabled=False)


def test_an_instance_that_keeps_its_promises_is_ok_and_its_numbers_are_told() -> None:
    promised = redis(objective=objective(max_lag="40m", min_coverage="1h", max_gap="30m"))
    reading = redis_reading(points("10:40:00", "11:00:00", "11:30:00", "11:40:20"))

    finding = assess(promised, reading, at("11:51:00"))

    assert finding.instance == promised.id
    assert finding.verdict == "ok"
    assert finding.reasons == ()
    assert finding.measured_at == at("11:51:00")
    assert finding.newest == at("11:40:20")
    assert finding.lag_seconds == 640
    assert finding.coverage_seconds == 3620
    assert finding.longest_gap_seconds == 1800


@pytest.mark.parametrize(
    ("promise", "kept", "missed"),
    [
        ({"max_lag": "10m"}, "11:50:20", "11:50:20.001"),
        ({"max_lag": "10m"}, "11:40:20", "11:50:21"),
    ],
)
def test_a_lag_of_exactly_the_promise_keeps_it(
    promise: dict[str, str], kept: str, missed: str
) -> None:
    promised, reading = redis(objective=objective(**promise)), redis_reading(points("11:40:20"))

    assert assess(promised, reading, at(kept)).verdict == "ok"
    assert assess(promised, reading, at(missed)).verdict == "degraded"


@pytest.mark.parametrize(
    ("promise", "offered", "reason"),
    [
        (
            {"max_lag": "5m"},
            points("11:40:20"),
            "the newest moment is 10m40s old, more than max_lag 5m",
        ),
        (
            {"min_coverage": "2h"},
            windows(("11:00:00", "11:20:00"), ("11:30:00", "11:50:00")),
            "40m are covered, less than min_coverage 2h",
        ),
        (
            {"max_gap": "30m"},
            points("10:00:00", "11:00:00", "11:30:00"),
            "the longest gap is 1h, more than max_gap 30m",
        ),
    ],
)
def test_a_promise_that_is_missed_degrades_and_the_reason_names_both_numbers(
    promise: dict[str, str], offered: RestorableRange, reason: str
) -> None:
    finding = assess(redis(objective=objective(**promise)), redis_reading(offered), at("11:51:00"))

    assert finding.verdict == "degraded"
    assert finding.reasons == (reason,)


@pytest.mark.parametrize(
    ("promise", "verdict"),
    [
        ({"min_coverage": "20m"}, "ok"),
        ({"min_coverage": "1201s"}, "degraded"),
        ({"max_gap": "20m"}, "ok"),
        ({"max_gap": "1199s"}, "degraded"),
    ],
)
def test_coverage_and_gap_of_exactly_the_promise_keep_it(
    promise: dict[str, str], verdict: Verdict
) -> None:
    reading = redis_reading(points("11:20:20", "11:40:20"))

    assert assess(redis(objective=objective(**promise)), reading, at("11:51:00")).verdict == verdict


def test_every_missed_promise_has_its_reason() -> None:
    promised = redis(objective=objective(max_lag="1m", min_coverage="7d", max_gap="1m"))

    finding = assess(promised, redis_reading(points("11:00:00", "11:20:00")), at("11:51:00"))

    assert finding.reasons == (
        "the newest moment is 31m old, more than max_lag 1m",
        "20m are covered, less than min_coverage 7d",
        "the longest gap is 20m, more than max_gap 1m",
    )


@pytest.mark.parametrize("offered", [points("10:00:00", "11:50:00"), windows(("10:00:00",) * 2)])
def test_what_is_not_promised_is_measured_and_not_judged(offered: RestorableRange) -> None:
    finding = assess(redis(objective=Objective()), redis_reading(offered), at("11:51:00"))

    assert finding.verdict == "ok"
    assert finding.lag_seconds is not None


@pytest.mark.parametrize("reading", [redis_reading(points()), rds_reading()])
def test_an_instance_with_nothing_restorable_is_failing_whatever_it_promises(
    reading: Reading,
) -> None:
    finding = assess(redis(), reading, at("11:51:00"))

    assert finding == Finding(
        instance=redis().id,
        verdict="failing",
        measured_at=at("11:51:00"),
        reasons=("nothing is restorable",),
    )


def test_an_empty_range_is_explained_by_pitr_being_off() -> None:
    finding = assess(redis(), redis_reading(points(), pitr=OFF), at("11:51:00"))

    assert finding.verdict == "failing"
    assert finding.reasons == ("point-in-time recovery is switched off",)


def test_points_that_remain_after_pitr_was_switched_off_are_degraded() -> None:
    finding = assess(redis(), redis_reading(pitr=OFF), at("11:51:00"))

    assert finding.verdict == "degraded"
    assert finding.reasons == (
        "point-in-time recovery is switched off: what is restorable now will run out",
    )


def test_part_of_a_second_of_lag_is_told_as_a_whole_one() -> None:
    finding = assess(redis(), redis_reading(points("11:40:20")), at("11:50:20.001"))

    assert finding.lag_seconds == 601


def test_an_rds_instance_without_policy_and_state_is_measured_by_its_windows() -> None:
    promised = rds(objective=objective(max_lag="10m", min_coverage="1h"))

    finding = assess(promised, rds_reading(("10:00:00", "11:45:00")), at("11:51:00"))

    assert finding.verdict == "ok"
    assert finding.coverage_seconds == 6300
    assert finding.longest_gap_seconds == 0


def test_an_instance_that_could_not_be_measured_is_unknown_and_says_why() -> None:
    finding = unmeasured(redis(), "the endpoint did not answer", at("11:51:00"))

    assert finding == Finding(
        instance=redis().id,
        verdict="unknown",
        measured_at=at("11:51:00"),
        reasons=("the endpoint did not answer",),
    )


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ((), "ok"),
        (("ok", "ok"), "ok"),
        (("ok", "degraded", "ok"), "degraded"),
        (("unknown", "degraded"), "unknown"),
        (("failing", "unknown", "ok"), "failing"),
    ],
)
def test_several_instances_are_as_good_as_the_worst(
    verdicts: tuple[Verdict, ...], verdict: Verdict
) -> None:
    assert worst(verdicts) == verdict


def test_an_instance_that_is_not_normal_is_failing_and_says_that_before_what_it_misses() -> None:
    promised = redis(objective=objective(max_lag="1m"))
    reading = redis_reading(points("11:40:20"), state=InstanceState("frozen"))

    finding = assess(promised, reading, at("11:51:00"))

    assert finding.verdict == "failing"
    assert finding.newest == at("11:40:20")
    assert finding.reasons == (
        "it is frozen: only a normal instance is restored",
        "the newest moment is 10m40s old, more than max_lag 1m",
    )
