from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from lastgood.domain.checkup import (
    Check,
    Health,
    gravest,
    judge_clock,
    judge_hooks,
    judge_instance,
    judge_pitr,
    judge_timeout,
    judge_windows,
    may_be_called,
)
from lastgood.domain.errors import LastgoodError
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.times import Duration
from tests.support.builders import objective, policy, rds, redis, windows

MARGIN = timedelta(minutes=2)


def check(health: Health) -> Check:
    return Check(subject="orders-cache", check="status", health=health, told="told")


def test_all_of_it_is_as_bad_as_the_worst() -> None:
    assert gravest([]) == "ok"
    assert gravest([check("ok"), check("warn"), check("ok")]) == "warn"
    assert gravest([check("fail"), check("warn")]) == "fail"


CLOCKS: dict[str, tuple[float | None, timedelta, Health, str, str]] = {
    "not measured": (None, MARGIN, "warn", "the service gives no time to compare with", ""),
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

    assert found == Check("cloud prod", "clock", health, told, hint)


STATES: dict[str, tuple[InstanceState, Check, Check]] = {
    "idle": (
        InstanceState("normal", mode="Cluster"),
        Check("orders-cache", "status", "ok", "normal"),
        Check("orders-cache", "mode", "ok", "Cluster"),
    ),
    "busy": (
        InstanceState("normal", ("BACKUP", "RESIZE"), mode="Cluster"),
        Check("orders-cache", "status", "warn", "normal, busy with BACKUP, RESIZE"),
        Check("orders-cache", "mode", "ok", "Cluster"),
    ),
    "abnormal": (
        InstanceState("abnormal", mode="Other"),
        Check(
            "orders-cache",
            "status",
            "fail",
            "abnormal",
            "open the instance in the console: only a normal one can be restored",
        ),
        Check(
            "orders-cache",
            "mode",
            "warn",
            "Other",
            "run a drill: PITR is documented for Cluster only",
        ),
    ),
    "of no mode": (
        InstanceState("normal"),
        Check("orders-cache", "status", "ok", "normal"),
        Check(
            "orders-cache",
            "mode",
            "warn",
            "not given",
            "run a drill: PITR is documented for Cluster only",
        ),
    ),
}


@pytest.mark.parametrize("case", STATES)
def test_an_instance_is_judged_by_its_status_and_its_mode(case: str) -> None:
    state, status, mode = STATES[case]

    assert list(judge_instance(redis(), state)) == [status, mode]


def test_windows_are_judged_by_whether_there_are_any() -> None:
    some = judge_windows(rds(), windows(("09:00:00", "11:00:00")))
    none = judge_windows(rds(), windows())

    assert list(some) == [
        Check("orders-db", "windows", "ok", "restorable up to 2026-02-17T11:00:00Z")
    ]
    assert list(none) == [
        Check("orders-db", "windows", "fail", "none", "turn on automated backups for the instance")
    ]


PROMISES = {"max_lag": "30m", "max_gap": "20m", "min_coverage": "1d"}
PITR: dict[str, tuple[PitrPolicy, Health, str, str]] = {
    "off": (
        PitrPolicy(enabled=False),
        "fail",
        "off",
        "turn on PITR for the instance: without points nothing can be restored",
    ),
    "just enough": (
        PitrPolicy(enabled=True, interval=20, keep_days=1),
        "ok",
        "a point every 20m, kept for 1d",
        "",
    ),
    "not told": (PitrPolicy(enabled=True), "ok", "on", ""),
    "only how long": (PitrPolicy(enabled=True, keep_days=2), "ok", "on, kept for 2d", ""),
    "too seldom": (
        PitrPolicy(enabled=True, interval=21, keep_days=1),
        "warn",
        "a point every 21m, kept for 1d",
        "shorten the interval: max_lag or max_gap promises 20m",
    ),
}


@pytest.mark.parametrize("case", PITR)
def test_points_are_judged_by_what_the_instance_promises(case: str) -> None:
    pitr, health, told, hint = PITR[case]
    instance = redis(objective=objective(**PROMISES), max_rollback=Duration.parse("1d"))

    assert list(judge_pitr(instance, pitr)) == [Check("orders-cache", "PITR", health, told, hint)]


def test_points_that_are_kept_too_short_are_told_with_both_bounds() -> None:
    instance = redis(objective=objective(min_coverage="25h"), max_rollback=Duration.parse("2d"))

    (found,) = judge_pitr(instance, PitrPolicy(enabled=True, interval=20, keep_days=1))

    assert found.health == "warn"
    assert found.hint == (
        "raise keep_days: min_coverage promises 25h; raise keep_days: max_rollback allows 2d"
    )


ACTING = redis(name="acting", approval_timeout=Duration.parse("2h"))
OBSERVED = redis(name="observed", mode="observe", approval_timeout=Duration.parse("9h"))
TAKES = {"the decision": timedelta(minutes=1, milliseconds=1), "the restore": timedelta(hours=3)}
TOLD = "; approval_timeout (2h) and a restore (3h) take 5h, and whatever may hold them up 5h1m1s"
SET_IT = (
    "set RecoveryTimeout of the stack to 18061 or more: at most the decision 1m1s, the restore 3h"
)


@pytest.mark.parametrize(
    ("timeout", "found"),
    [
        (
            timedelta(hours=5, minutes=1, milliseconds=1),
            Check("aws", "RecoveryTimeout", "ok", f"RecoveryTimeout is 5h1m1s{TOLD}"),
        ),
        (
            timedelta(hours=5),
            Check("aws", "RecoveryTimeout", "warn", f"RecoveryTimeout is 5h{TOLD}", SET_IT),
        ),
        (
            timedelta(hours=5) - timedelta(seconds=1),
            Check("aws", "RecoveryTimeout", "fail", f"RecoveryTimeout is 4h59m59s{TOLD}", SET_IT),
        ),
    ],
)
def test_a_timeout_is_long_enough_where_it_is_as_long_as_what_it_has_to_outlast(
    timeout: timedelta, found: Check
) -> None:
    protecting = msgspec.structs.replace(policy(), instance=(ACTING, OBSERVED))

    assert judge_timeout(protecting, timedelta(hours=3), TAKES, timeout) == found


def test_a_hook_is_judged_by_whether_it_may_be_called_and_is_there() -> None:
    hook = "arn:aws:lambda:eu-west-1:111122223333:function:"
    protecting = msgspec.structs.replace(
        policy(),
        instance=(
            *(redis(name=name, validate=hook + name) for name in ("a", "b", "c")),
            redis(name="without"),
        ),
    )
    seen = {f"{hook}b": LastgoodError("it is not there", "create it"), f"{hook}c": None}

    assert list(judge_hooks(protecting, seen)) == [
        Check(
            "a",
            "validate",
            "warn",
            f"the stack may not call {hook}a: a restore is not validated",
            "name it in ValidateFunctionArn of the stack, or correct `validate`",
        ),
        Check("b", "validate", "warn", "it is not there", "create it"),
        Check("c", "validate", "ok", "it is there, and the stack may call it"),
    ]


def test_hooks_around_a_restore_are_judged_as_the_one_behind_it() -> None:
    protecting = msgspec.structs.replace(policy(), instance=(redis(before="arn:b", after="arn:a"),))

    before, after = judge_hooks(protecting, {})

    assert (before.check, before.told) == (
        "before",
        "the stack may not call arn:b: nothing is restored",
    )
    assert before.hint == "name it in BeforeFunctionArn of the stack, or correct `before`"
    assert (after.check, after.told) == (
        "after",
        "the stack may not call arn:a: its writers stay stopped",
    )


@pytest.mark.parametrize(
    ("allowed", "may"),
    [
        ("arn:check-orders:live", True),
        ("arn:check-*", True),
        (",arn:stop,arn:check-*", True),
        (",,", False),
        ("arn:check-orders", False),
        ("arn:Check-*", False),
    ],
)
def test_a_hook_may_be_called_by_its_arn_or_by_a_glob_of_it(
    allowed: str,
    may: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    assert may_be_called("arn:check-orders:live", allowed) is may


def test_where_nothing_is_ever_restored_nobody_is_waited_for() -> None:
    observing = msgspec.structs.replace(policy(), instance=(OBSERVED,))

    found = judge_timeout(observing, timedelta(hours=3), TAKES, timedelta(hours=4))

    assert found == Check(
        "aws",
        "RecoveryTimeout",
        "ok",
        (
            "RecoveryTimeout is 4h; approval_timeout (0s) and a restore (3h) take 3h, and whatever"
            " may hold them up 3h1m1s"
        ),
    )
