from __future__ import annotations

from datetime import timedelta

import pytest

from lastgood.domain.checkup import (
    Check,
    Health,
    gravest,
    judge_clock,
    judge_instance,
    judge_pitr,
    judge_windows,
)
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.times import Duration
from tests.support.builders import objective, rds, redis, windows

MARGIN = timedelta(minutes=2)


def check(health: Health) -> Check:
    return Check(subject="orders-cache", check="status", health=health, told="told")


def test_all_of_it_is_as_bad_as_the_worst() -> None:
    assert gravest([]) == "ok"
    assert gravest([check("ok"), check("warn"), check("ok")]) == "warn"
    assert gravest([check("fail"), check("warn")]) == "fail"


CLOCKS: dict[str, tuple[float | None, timedelta, Health, str, str]] = {
    "not measured": (None, MARGIN, "warn", "gives no time to compare with", ""),
    "the same": (1, MARGIN, "ok", "the same", ""),
    "half the margin ahead": (60, MARGIN, "ok", "1m ahead of the service's", ""),
    "half the margin behind": (-60, MARGIN, "ok", "1m behind the service's", ""),
    "more than half the margin": (
        61,
        MARGIN,
        "warn",
        "1m1s ahead of the service's",
        "set the clock of this machine: a margin of 2m lets no plan act by itself",
    ),
    "more than half of a smaller margin": (
        -6,
        timedelta(seconds=11),
        "warn",
        "6s behind the service's",
        "set the clock of this machine: a margin of 11s lets no plan act by itself",
    ),
    "within a large margin, and still worth a word": (
        61,
        timedelta(hours=1),
        "warn",
        "1m1s ahead of the service's",
        "set the clock of this machine: signatures hold for 15 minutes",
    ),
    "as far as signatures hold": (
        900,
        MARGIN,
        "warn",
        "15m ahead of the service's",
        "set the clock of this machine: a margin of 2m lets no plan act by itself",
    ),
    "further than signatures hold": (
        -901,
        MARGIN,
        "fail",
        "15m1s behind the service's",
        "set the clock of this machine: a margin of 2m lets no plan act by itself",
    ),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_a_clock_is_judged_by_the_margin_that_it_eats_and_by_what_signatures_bear(
    case: str,
) -> None:
    seconds, margin, health, told, hint = CLOCKS[case]
    skew = None if seconds is None else timedelta(seconds=seconds)

    found = judge_clock("cloud prod", skew, margin)

    assert (found.check, found.health, found.hint) == ("clock", health, hint)
    assert told in found.told


STATES: dict[str, tuple[InstanceState, Health, str, Health, str]] = {
    "idle": (InstanceState("normal", mode="Cluster"), "ok", "normal", "ok", "Cluster"),
    "busy": (
        InstanceState("normal", ("BACKUP", "RESIZE"), mode="Cluster"),
        "warn",
        "normal, busy with BACKUP, RESIZE",
        "ok",
        "Cluster",
    ),
    "abnormal": (InstanceState("abnormal", mode="Other"), "fail", "abnormal", "warn", "Other"),
    "of no mode": (InstanceState("normal"), "ok", "normal", "warn", "not given"),
}


@pytest.mark.parametrize("case", STATES)
def test_an_instance_is_judged_by_its_status_and_its_mode(case: str) -> None:
    state, health, told, of_mode, mode = STATES[case]

    status, kind = judge_instance(redis(), state)

    assert (status.health, status.told) == (health, told)
    assert bool(status.hint) == (health == "fail")
    assert (kind.health, kind.told, bool(kind.hint)) == (of_mode, mode, of_mode == "warn")


def test_windows_are_judged_by_whether_there_are_any() -> None:
    (some,) = judge_windows(rds(), windows(("09:00:00", "11:00:00")))
    (none,) = judge_windows(rds(), windows())

    assert (some.health, some.told) == ("ok", "restorable up to 2026-02-17T11:00:00Z")
    assert (none.health, none.told, none.hint[:7]) == ("fail", "none", "turn on")


PROMISES = {"max_lag": "30m", "max_gap": "20m", "min_coverage": "20h"}
PITR: dict[str, tuple[PitrPolicy, Health, str, list[str]]] = {
    "off": (PitrPolicy(enabled=False), "fail", "off", ["turn on PITR"]),
    "enough": (
        PitrPolicy(enabled=True, interval=20, keep_days=1),
        "ok",
        "a point every 20m, kept for 1d",
        [],
    ),
    "not told": (PitrPolicy(enabled=True), "ok", "on", []),
    "too seldom": (
        PitrPolicy(enabled=True, interval=21, keep_days=1),
        "warn",
        "a point every 21m, kept for 1d",
        ["shorten the interval: max_lag or max_gap promises 20m"],
    ),
}


@pytest.mark.parametrize("case", PITR)
def test_points_are_judged_by_what_the_instance_promises(case: str) -> None:
    pitr, health, told, hints = PITR[case]

    (found,) = judge_pitr(redis(objective=objective(**PROMISES)), pitr)

    assert (found.health, found.told) == (health, told)
    assert [hint in found.hint for hint in hints] == [True] * len(hints)
    assert bool(found.hint) == bool(hints)


def test_points_that_are_kept_too_short_are_told_with_both_bounds() -> None:
    instance = redis(objective=objective(min_coverage="25h"), max_rollback=Duration.parse("2d"))

    (found,) = judge_pitr(instance, PitrPolicy(enabled=True, interval=20, keep_days=1))

    assert found.health == "warn"
    assert found.hint == (
        "raise keep_days: min_coverage promises 25h; raise keep_days: max_rollback allows 2d"
    )
