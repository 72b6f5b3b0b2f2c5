from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings

from lastgood.domain import times
from lastgood.domain.alarm import STRENGTHS, Incident, Strength
from lastgood.domain.canonical import decode, digest, encode
from lastgood.domain.decide import decide
from lastgood.domain.objections import to_claim
from lastgood.domain.plan import Decision, Gate, Interval, Plan, Refusal, unsealed
from lastgood.domain.policy import Instance, Mode, Needs
from lastgood.domain.ranges import Point, Points, Windows
from lastgood.domain.reading import (
    History,
    InstanceState,
    PastRecovery,
    PitrPolicy,
    Reading,
    Readings,
    Suspect,
)
from lastgood.domain.times import Duration
from tests.support import strategies as some
from tests.support.builders import (
    NOW,
    OTHER_RDS,
    OTHER_REDIS,
    POINTS,
    RDS,
    REDIS,
    TARGET,
    at,
    incident,
    points,
    rds,
    rds_reading,
    recovered,
    redis,
    redis_reading,
    suspect,
    windows,
)

EVERY_SECOND = windows(("00:00:00", "11:51:00"))


def decided(**changes: Any) -> Decision:
    """Decide the ordinary case, changed where the test says so."""
    case: dict[str, Any] = {
        "incident": incident(),
        "own": redis_reading(),
        "companions": (),
        "policy": redis(),
        "history": History(),
        "now": NOW,
        **changes,
    }
    readings = Readings(case["own"], case["companions"])
    return decide(case["incident"], readings, case["policy"], case["history"], case["now"])


def plan(**changes: Any) -> Plan:
    decision = decided(**changes)
    assert isinstance(decision, Plan), decision
    return decision


def refusal(**changes: Any) -> Refusal:
    decision = decided(**changes)
    assert isinstance(decision, Refusal), decision
    return decision


def duration(text: str) -> Duration:
    return Duration.parse(text)


# --- the ordinary case


def test_the_target_is_the_last_point_before_the_onset_less_the_margin() -> None:
    made = plan()

    assert made.target == TARGET
    assert made.restore_time == "2026-02-17T19:40:20+0800"
    assert made.lost == Interval(TARGET, NOW)
    assert made.loss_seconds == 640
    assert made.mode == "auto"
    assert made.gates == (Gate(REDIS, "geminidb", restorable=True),)
    assert made.warnings == ()
    assert made.decided_at == NOW
    assert made.answer_by == NOW + timedelta(minutes=30)
    assert made.incident == incident()


def test_a_healthy_idle_instance_without_a_history_meets_no_objection() -> None:
    assert isinstance(decided(history=History()), Plan)
    assert isinstance(decided(own=redis_reading(state=None, pitr=None)), Plan)


# --- the deadline


@pytest.mark.parametrize(
    ("onset", "margin", "target"),
    [
        ("11:45:00", "2m", "11:42:59"),
        ("11:45:00.001", "2m", "11:43:00"),
        ("11:45:00.999", "2m", "11:43:00"),
        ("11:45:01", "2m", "11:43:00"),
        ("11:45:00", "0s", "11:44:59"),
        ("11:45:00", "1s", "11:44:58"),
        ("11:45:00", "11h", "00:44:59"),
    ],
)
def test_the_target_lies_strictly_before_the_onset_less_the_margin(
    onset: str, margin: str, target: str
) -> None:
    made = plan(
        incident=incident(onset=at(onset)),
        policy=redis(margin=duration(margin), max_rollback=duration("1d")),
        own=redis_reading(EVERY_SECOND, source="rds"),
    )

    assert made.target == at(target)


def test_a_point_at_the_very_onset_is_as_bad_as_one_after_it() -> None:
    made = plan(
        policy=redis(margin=duration("0s")), own=redis_reading(points("11:30:00", "11:45:00"))
    )

    assert made.target == at("11:30:00")


@pytest.mark.parametrize("onset", ["11:55:00", "23:00:00"])
def test_an_onset_in_the_future_never_makes_a_target_in_the_future(onset: str) -> None:
    ahead_of_our_clock = windows(("11:00:00", "23:59:59"))

    made = plan(
        incident=incident(onset=at(onset), onset_basis="given"),
        own=redis_reading(ahead_of_our_clock, source="rds"),
    )

    assert made.target < NOW
    assert made.loss_seconds > 0


# --- refusals


def test_an_instance_in_mode_observe_is_never_restored() -> None:
    refused = refusal(policy=redis(mode="observe"))

    assert refused.code == "observing"
    assert "orders-cache is in mode observe" in refused.message
    assert 'mode = "propose"' in refused.hint


@pytest.mark.parametrize("status", ["abnormal", "frozen", "data_disk_full", "Normal", ""])
def test_only_a_normal_instance_is_restored(status: str) -> None:
    refused = refusal(own=redis_reading(state=InstanceState(status, mode="Cluster")))

    assert refused.code == "instance-abnormal"
    assert repr(status) in refused.message


def test_an_instance_that_is_doing_something_is_busy_and_the_refusal_says_with_what() -> None:
    doing = InstanceState("normal", ("BACKUP", "RESIZE"), mode="Cluster")

    refused = refusal(own=redis_reading(state=doing))

    assert refused.code == "instance-busy"
    assert "busy with BACKUP, RESIZE" in refused.message


def test_an_instance_that_another_incident_is_being_recovered_on_is_busy() -> None:
    refused = refusal(history=History(active="another-one"))

    assert refused.code == "instance-busy"
    assert "is being recovered for incident another-one" in refused.message


def test_an_incident_is_not_in_its_own_way() -> None:
    assert plan(history=History(active=incident().id)).target == TARGET


def test_an_instance_is_busy_with_something_else_even_during_its_own_recovery() -> None:
    doing = InstanceState("normal", ("RESTORE",), mode="Cluster")

    refused = refusal(own=redis_reading(state=doing), history=History(active=incident().id))

    assert refused.code == "instance-busy"


def test_an_instance_without_point_in_time_recovery_is_not_restored() -> None:
    refused = refusal(own=redis_reading(pitr=PitrPolicy(enabled=False)))

    assert refused.code == "pitr-off"
    assert "turn on PITR" in refused.hint


def test_an_alarm_that_cleared_is_dropped_where_the_policy_says_so() -> None:
    cleared = History(cleared_at=at("11:50:30.001"))

    assert refusal(policy=redis(on_clear="cancel"), history=cleared).code == "alarm-cleared"
    assert plan(policy=redis(on_clear="keep"), history=cleared).mode == "auto"


@pytest.mark.parametrize("cleared_at", ["11:50:30", "09:00:00"])
def test_an_alarm_that_cleared_before_it_went_off_again_is_not_dropped(cleared_at: str) -> None:
    cleared = History(cleared_at=at(cleared_at))

    assert plan(policy=redis(on_clear="cancel"), history=cleared).target == TARGET


def test_an_alarm_about_data_from_before_the_last_recovery_ended_is_expected() -> None:
    refused = refusal(history=History(recovered("11:45:00.001")))

    assert refused.code == "expected-after-recovery"
    assert "its onset 2026-02-17T11:45:00Z lies before" in refused.message


@pytest.mark.parametrize(
    ("last", "basis"),
    [
        pytest.param(recovered("11:45:00"), "datapoint", id="data from after it"),
        pytest.param(recovered("11:45:00.001", restored=False), "datapoint", id="it failed"),
    ],
)
def test_what_the_last_recovery_cannot_explain_is_not_expected(
    last: PastRecovery, basis: str
) -> None:
    refused = refusal(
        incident=incident(onset_basis=basis),
        policy=redis(cooldown=duration("0s")),
        history=History(last),
    )

    assert refused.code == "before-last-recovery"


@pytest.mark.parametrize("now", ["11:51:00", "11:59:59.999999"])
def test_an_instance_cools_down_until_the_last_moment(now: str) -> None:
    refused = refusal(
        policy=redis(cooldown=duration("2h")),
        history=History(recovered("10:00:00")),
        now=at(now),
    )

    assert refused.code == "cooling-down"
    assert "until 2026-02-17T12:00:00Z" in refused.message
    assert "an-earlier-one" in refused.message


def test_the_cooldown_is_over_at_its_end() -> None:
    made = plan(
        policy=redis(cooldown=duration("2h")),
        history=History(recovered("10:00:00")),
        now=at("12:00:00"),
    )

    assert made.target == TARGET


def test_a_recovery_that_seems_to_have_ended_in_the_future_still_cools_down() -> None:
    refused = refusal(history=History(recovered("11:59:00", restored=False)))

    assert refused.code == "cooling-down"


def test_a_range_that_begins_too_late_is_told_with_its_oldest_moment() -> None:
    refused = refusal(own=redis_reading(points("11:43:00", "11:48:20")))

    assert refused.code == "no-restorable-moment"
    assert "before 2026-02-17T11:43:00Z" in refused.message
    assert "the oldest is 2026-02-17T11:43:00Z" in refused.message


@pytest.mark.parametrize("offered", [Points(), Windows()])
def test_an_empty_range_has_no_restorable_moment(offered: Points | Windows) -> None:
    refused = refusal(own=redis_reading(offered))

    assert refused.code == "no-restorable-moment"
    assert refused.message == (
        "orders-cache has no restorable moment before 2026-02-17T11:43:00Z; it has none at all"
    )


def test_a_target_before_the_end_of_the_last_recovery_is_refused() -> None:
    refused = refusal(
        policy=redis(cooldown=duration("0s")), history=History(recovered("11:40:20.001"))
    )

    assert refused.code == "before-last-recovery"
    assert "2026-02-17T11:40:20Z lies before the end of the last recovery" in refused.message
    assert "an-earlier-one" in refused.message


def test_the_fence_stands_at_the_end_of_the_last_recovery_and_not_at_its_target() -> None:
    between = recovered("11:41:00", target=at("11:20:20"))

    refused = refusal(policy=redis(cooldown=duration("0s")), history=History(between))

    assert refused.code == "before-last-recovery"


def test_a_target_at_the_very_end_of_the_last_recovery_is_allowed() -> None:
    made = plan(policy=redis(cooldown=duration("0s")), history=History(recovered("11:40:20")))

    assert made.target == TARGET


def test_the_fence_does_not_choose_an_older_target_but_refuses() -> None:
    fenced = History(recovered("11:30:00"))

    refused = refusal(
        policy=redis(cooldown=duration("0s")),
        history=fenced,
        companions=(rds_reading(("11:00:00", "11:25:00")),),
    )

    assert refused.code == "before-last-recovery"


@pytest.mark.parametrize(
    ("now", "limit", "told"),
    [
        ("11:51:00", "639s", "10m39s"),
        ("11:51:00.001", "640s", "10m40s"),
        ("11:51:01", "640s", "10m40s"),
    ],
)
def test_a_loss_of_more_than_max_rollback_is_refused(now: str, limit: str, told: str) -> None:
    refused = refusal(policy=redis(max_rollback=duration(limit)), now=at(now))

    assert refused.code == "loss-too-large"
    assert f"({told})" in refused.message


def test_a_loss_of_exactly_max_rollback_is_allowed() -> None:
    assert plan(policy=redis(max_rollback=duration("640s"))).loss_seconds == 640


def test_part_of_a_second_of_loss_is_told_as_a_whole_one() -> None:
    assert plan(now=at("11:51:00.001")).loss_seconds == 641


ONCE_IT_HAS_ENDED = (
    f"once that has ended run lastgood recover --instance {REDIS} --before 2026-02-17T11:45:00Z"
)

# Everything is wrong at once; each cure rights the one wrong that was told before it.
ACTING = redis(max_rollback=duration("1m"), on_clear="cancel")
LATE, EARLY = points("11:48:20"), points("08:00:20", "10:40:20")
OFF = PitrPolicy(enabled=False)
BUSY = InstanceState("normal", ("BACKUP", "RESIZE"), mode="Cluster")
JUST_ENDED = recovered("11:49:00")
ALL_WRONG: dict[str, Any] = {
    "policy": redis(max_rollback=duration("1m"), on_clear="cancel", mode="observe"),
    "own": redis_reading(LATE, state=InstanceState("frozen", ("BACKUP",)), pitr=OFF),
    "companions": (rds_reading(), rds_reading(instance=OTHER_RDS)),
    "history": History(JUST_ENDED, active="another-one", cleared_at=at("11:50:31")),
}
CURES: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "observing",
        "orders-cache is in mode observe: the alarm is recorded and nothing else is done",
        'set mode = "propose" or "auto" for the instance in the policy',
        {"policy": ACTING},
    ),
    (
        "instance-abnormal",
        "orders-cache has status 'frozen', and only a normal instance is restored",
        "open the instance in the console; restore by hand if it stays so",
        {"own": redis_reading(LATE, state=BUSY, pitr=OFF)},
    ),
    (
        "instance-busy",
        "orders-cache is busy with BACKUP, RESIZE, one operation at a time",
        ONCE_IT_HAS_ENDED,
        {"own": redis_reading(LATE, pitr=OFF)},
    ),
    (
        "pitr-off",
        "point-in-time recovery is off for orders-cache",
        "turn on PITR for the instance; until then restore from a backup",
        {"own": redis_reading(LATE)},
    ),
    (
        "alarm-cleared",
        "the alarm went back to OK at 2026-02-17T11:50:31Z, and on_clear is cancel",
        'set on_clear = "keep" if the data stays bad when the alarm clears',
        {"history": History(JUST_ENDED, active="another-one")},
    ),
    (
        "instance-busy",
        f"{REDIS} is being recovered for incident another-one",
        ONCE_IT_HAS_ENDED,
        {"history": History(JUST_ENDED)},
    ),
    (
        "expected-after-recovery",
        (
            "its onset 2026-02-17T11:45:00Z lies before the end of the recovery for an-earlier-one"
            " (2026-02-17T11:49:00Z)"
        ),
        "wait: a new alarm opens a new incident if the data goes bad again",
        {"history": History(recovered("11:00:00"))},
    ),
    (
        "cooling-down",
        (
            "orders-cache is in its cooldown until 2026-02-18T11:00:00Z, after the recovery for"
            " an-earlier-one"
        ),
        (
            "find out why it went bad again; run lastgood recover --instance orders-cache --before"
            " TIME to propose one all the same"
        ),
        {"policy": redis(max_rollback=duration("1m"), cooldown=duration("0s"))},
    ),
    (
        "no-restorable-moment",
        (
            "orders-cache has no restorable moment before 2026-02-17T11:43:00Z; the oldest is"
            " 2026-02-17T11:48:20Z"
        ),
        "raise keep_days in the instance's PITR policy, or restore from a backup instead",
        {"own": redis_reading(EARLY)},
    ),
    (
        "no-common-moment",
        (
            "no moment before 2026-02-17T11:43:00Z can be restored on orders-cache and on"
            f" {RDS}, {OTHER_RDS} alike"
        ),
        "compare `lastgood windows` of each, or remove the companion from the policy",
        {"companions": (rds_reading(("08:00:00", "11:51:00")),)},
    ),
    (
        "before-last-recovery",
        (
            "the target 2026-02-17T10:40:20Z lies before the end of the last recovery (incident"
            " an-earlier-one), which was 2026-02-17T11:00:00Z"
        ),
        "run lastgood recover --instance orders-cache --before TIME, which proposes it",
        {"history": History()},
    ),
    (
        "loss-too-large",
        (
            "a restore to 2026-02-17T10:40:20Z would lose the writes of 1h10m40s, more than"
            " max_rollback allows (1m)"
        ),
        "raise max_rollback for the instance if losing that much is right",
        {"policy": redis()},
    ),
]


def test_objections_are_asked_in_this_order_and_the_first_is_the_answer() -> None:
    case = dict(ALL_WRONG)

    for code, message, hint, cure in CURES:
        assert decided(**case) == Refusal(
            incident=incident(),
            code=code,  # type: ignore[arg-type] # a column of the table
            message=message,
            hint=hint,
        )
        case.update(cure)

    assert plan(**case).target == at("10:40:20")


# --- the same at the claim


@pytest.mark.parametrize(
    ("history", "code"),
    [
        (History(active="another-one"), "instance-busy"),
        (History(recovered("11:45:00"), active="another-one"), "instance-busy"),
        (History(recovered("11:45:00.001")), "expected-after-recovery"),
        (History(recovered("11:45:00")), "cooling-down"),
    ],
)
def test_what_the_ledger_learnt_since_the_decision_stands_in_the_way_of_the_claim(
    history: History, code: str
) -> None:
    refused = to_claim(plan(), redis(), history, NOW)

    assert refused is not None
    assert refused.code == code


def test_a_recovery_that_ended_since_the_decision_fences_off_the_claim() -> None:
    history = History(recovered("11:40:20.001"))

    refused = to_claim(plan(), redis(cooldown=duration("0s")), history, NOW)

    assert refused is not None
    assert refused.code == "before-last-recovery"


@pytest.mark.parametrize(
    "history",
    [
        History(),
        History(active=incident().id),
        History(recovered("11:40:20")),
    ],
)
def test_a_claim_meets_no_objection_where_the_decision_met_none(history: History) -> None:
    assert to_claim(plan(), redis(cooldown=duration("0s")), history, NOW) is None


# --- modes


@pytest.mark.parametrize("mode", ["propose", "auto"])
def test_a_plan_runs_in_the_mode_of_its_instance(mode: Mode) -> None:
    assert plan(policy=redis(mode=mode)).mode == mode


def test_an_alarm_of_exactly_max_alarm_age_still_acts() -> None:
    made = plan(incident=incident(changed_at=at("10:51:00")))

    assert made.mode == "auto"
    assert made.warnings == ()


def test_an_older_alarm_is_no_more_than_a_proposal() -> None:
    made = plan(incident=incident(changed_at=at("10:50:59.999")))

    assert made.mode == "propose"
    assert made.warnings == (
        "the alarm is 1h1s old, more than max_alarm_age (1h): no more than a proposal",
    )


APART: dict[str, tuple[str, int | None, str]] = {
    # the alarm's time at 11:51:00, the skew of the service, and why it is only proposed
    "all clocks agree": ("11:50:30", 0, ""),
    "half the margin behind the service": ("11:50:30", -60, ""),
    "half the margin ahead of the service": ("11:50:30", 60, ""),
    "more than that": ("11:50:30", 61, "our clock and the service's are 1m1s apart"),
    "more than that, behind": ("11:50:30", -61, "our clock and the service's are 1m1s apart"),
    "an alarm half the margin ahead of us": ("11:52:00", None, ""),
    "an alarm further ahead": ("11:52:00.001", None, "the alarm is dated 1m1s in the future"),
    "both in part": ("11:51:30", -30, ""),
    "both, too far together": ("11:51:30", -31, "our clock and the service's are 31s apart"),
    "both as far": ("11:51:31", -31, "our clock and the service's are 31s apart"),
    "an alarm of tomorrow": ("23:51:00", 0, "the alarm is dated 12h in the future"),
}


@pytest.mark.parametrize("case", APART)
def test_clocks_that_differ_by_more_than_half_the_margin_are_no_more_than_a_proposal(
    case: str,
) -> None:
    changed, skew, why = APART[case]

    made = plan(incident=incident(changed_at=at(changed)), own=redis_reading(skew_seconds=skew))

    told = f"{why}, of a margin of 2m: check the clocks: no more than a proposal"
    assert made.mode == ("propose" if why else "auto")
    assert made.warnings == ((told,) if why else ())


def test_the_clock_of_a_companion_counts_as_well() -> None:
    companion = msgspec.structs.replace(rds_reading(("10:00:00", "11:50:00")), skew_seconds=90)

    assert plan(companions=(companion,)).mode == "propose"


# --- how well the onset is known

ENOUGH = {
    # auto_needs: the strengths that it accepts
    "datapoint": {"datapoint", "given"},
    "evaluation-start": {"evaluation-start", "datapoint", "given"},
    "any": {"guess", "evaluation-start", "datapoint", "given"},
}


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("needed", get_args(Needs))
def test_auto_acts_on_no_weaker_onset_than_the_policy_needs(
    needed: Needs, strength: Strength
) -> None:
    made = plan(incident=incident(strength=strength), policy=redis(auto_needs=needed))

    assert made.strength == strength
    assert made.mode == ("auto" if strength in ENOUGH[needed] else "propose")
    assert made.warnings == (
        ()
        if strength in ENOUGH[needed]
        else (
            (
                f"the onset is no better known than by {strength}, and auto_needs is {needed}:"
                " no more than a proposal"
            ),
        )
    )


def test_what_is_proposed_anyway_needs_no_warning_of_its_strength() -> None:
    made = plan(incident=incident(strength="guess"), policy=redis(mode="propose"))

    assert (made.mode, made.strength, made.warnings) == ("propose", "guess", ())


def test_an_incident_of_the_first_release_is_decided_as_it_was_then() -> None:
    made = plan(incident=incident(strength=None, onset_basis="state-change"))

    assert (made.mode, made.strength, made.warnings) == ("auto", None, ())


@pytest.mark.parametrize("needed", get_args(Needs))
def test_an_incident_with_a_caution_is_no_more_than_a_proposal_whatever_the_policy_needs(
    needed: Needs,
) -> None:
    made = plan(
        incident=incident(caution="the alarm had been OK for 1m only"),
        policy=redis(auto_needs=needed),
    )

    assert made.mode == "propose"
    assert made.warnings == ("the alarm had been OK for 1m only: no more than a proposal",)


# --- an instance remembers

EVERY_MINUTE = points(
    *(f"{hour:02}:{minute:02}:00" for hour in (9, 10, 11) for minute in range(51))
)


def test_an_earlier_onset_that_nothing_settled_makes_a_proposal_of_two_targets() -> None:
    made = plan(own=redis_reading(EVERY_MINUTE), history=History(suspects=(suspect("11:20:00"),)))

    assert made.mode == "propose"
    assert made.bad_since == at("11:20:00")
    assert (made.target, made.loss_seconds) == (at("11:17:00"), 34 * 60)
    assert made.alternative is not None
    assert made.alternative.target == at("11:42:00")
    assert made.alternative.restore_time == "2026-02-17T19:42:00+0800"
    assert made.alternative.loss_seconds == 9 * 60
    assert made.despite == ()
    assert made.warnings == (
        (
            "by incident an-earlier-one, which nothing has settled, the data was bad since"
            " 2026-02-17T11:20:00Z: no more than a proposal"
        ),
    )


def test_of_several_earlier_onsets_the_earliest_counts() -> None:
    said = (suspect("11:30:00", "one"), suspect("11:10:00", "two"), suspect("11:20:00", "three"))

    made = plan(own=redis_reading(EVERY_MINUTE), history=History(suspects=said))

    assert made.target == at("11:07:00")
    assert "by incident two" in made.warnings[0]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(suspect("11:45:00"), id="the same onset"),
        pytest.param(suspect("11:50:00"), id="a later onset"),
        pytest.param(suspect("11:20:00", incident().id), id="the incident itself"),
    ],
)
def test_what_others_say_of_a_later_time_changes_nothing(other: Suspect) -> None:
    made = plan(history=History(suspects=(other,)))

    assert (made.mode, made.bad_since, made.alternative) == ("auto", None, None)
    assert made.warnings == ()


def test_two_onsets_between_the_same_points_leave_one_target_and_still_a_person() -> None:
    made = plan(history=History(suspects=(suspect("11:44:00"),)))

    assert (made.mode, made.target, made.alternative) == ("propose", TARGET, None)
    assert made.bad_since == at("11:44:00")


def test_an_earlier_alarm_that_cleared_counts_unless_the_policy_lets_that_cancel_it() -> None:
    said = History(suspects=(suspect("11:20:00"),), cleared=("an-earlier-one",))

    assert plan(history=said).bad_since == at("11:20:00")
    assert plan(policy=redis(on_clear="cancel"), history=said).mode == "auto"


@pytest.mark.parametrize(
    ("onset", "counts"),
    [("10:59:59", True), ("11:00:00", True), ("11:00:00.001", False), ("11:29:59", False)],
)
def test_what_the_last_recovery_undid_counts_no_more_and_what_was_before_its_target_does(
    onset: str,
    counts: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    last = recovered("11:30:00", target=at("11:00:00"))

    made = plan(
        policy=redis(cooldown=duration("0s")),
        history=History(last, suspects=(suspect(onset),)),
    )

    assert (made.bad_since is not None) == counts


def test_what_a_recovery_that_failed_did_not_undo_still_counts() -> None:
    last = recovered("11:30:00", target=at("11:00:00"), restored=False)

    made = plan(
        policy=redis(cooldown=duration("0s")),
        history=History(last, suspects=(suspect("11:20:00"),)),
    )

    assert made.bad_since == at("11:20:00")


@pytest.mark.parametrize(
    ("onset", "own", "limit"),
    [
        pytest.param("10:20:59", EVERY_MINUTE, "90m", id="further back than max_rollback"),
        pytest.param("10:42:20", POINTS, "6h", id="before everything that can be restored"),
    ],
)
def test_an_onset_that_cannot_be_undone_any_more_is_named_and_does_not_count(
    onset: str, own: Points, limit: str
) -> None:
    made = plan(
        own=redis_reading(own),
        policy=redis(max_rollback=duration(limit)),
        history=History(suspects=(suspect(onset),)),
    )

    assert (made.mode, made.bad_since) == ("auto", None)
    assert made.warnings == (
        (
            "further back than can be undone, so not counted: an-earlier-one, bad since"
            f" 2026-02-17T{onset}Z"
        ),
    )


def test_where_only_the_later_target_is_within_bounds_it_is_proposed_despite_what_is_known() -> (
    None
):
    made = plan(
        own=redis_reading(EVERY_MINUTE),
        policy=redis(max_rollback=duration("32m")),
        history=History(suspects=(suspect("11:20:00"),)),
    )

    assert (made.mode, made.target, made.alternative) == ("propose", at("11:42:00"), None)
    assert made.despite == ("bad-since",)
    assert made.bad_since == at("11:20:00")
    assert made.warnings[1] == (
        "no target before that is offered by all, within max_rollback (32m) and after the last"
        " recovery"
    )


def test_a_gap_of_a_companion_does_not_make_an_earlier_onset_be_forgotten() -> None:
    made = plan(
        own=redis_reading(EVERY_MINUTE),
        companions=(rds_reading(("11:30:00", "11:50:00")),),
        history=History(suspects=(suspect("11:20:00"),)),
    )

    assert (made.mode, made.target) == ("propose", at("11:42:00"))
    assert (made.bad_since, made.despite) == (at("11:20:00"), ("bad-since",))


def test_a_target_before_the_last_recovery_is_not_offered_for_what_was_bad_then() -> None:
    last = recovered("11:30:00", target=at("11:10:00"))

    made = plan(
        own=redis_reading(EVERY_MINUTE),
        policy=redis(cooldown=duration("0s")),
        history=History(last, suspects=(suspect("11:05:00"),)),
    )

    assert (made.target, made.despite) == (at("11:42:00"), ("bad-since",))


def test_other_proposals_of_the_instance_are_named() -> None:
    made = plan(history=History(proposed=("another", incident().id, "one-more")))

    assert made.mode == "auto"
    assert made.warnings == ("also proposed for this instance: another, one-more",)


# --- what a person chooses


def two_targets() -> Plan:
    return plan(own=redis_reading(EVERY_MINUTE), history=History(suspects=(suspect("11:20:00"),)))


def test_choosing_the_alternative_is_the_plan_whose_hash_was_shown() -> None:
    offered = two_targets()
    assert offered.alternative is not None

    chosen = offered.choose(offered.alternative.hash)

    assert chosen is not None
    assert chosen.hash == offered.alternative.hash == digest(unsealed(chosen))
    assert chosen.target == offered.alternative.target
    assert chosen.restore_time == offered.alternative.restore_time
    assert chosen.lost == Interval(at("11:42:00"), NOW)
    assert chosen.loss_seconds == offered.alternative.loss_seconds
    assert (chosen.mode, chosen.despite, chosen.alternative) == ("propose", ("bad-since",), None)
    assert chosen.bad_since == offered.bad_since


def test_choosing_a_plan_by_its_own_hash_is_the_plan_itself() -> None:
    offered = two_targets()

    assert offered.choose(offered.hash) == offered
    assert plan().choose(plan().hash) == plan()


@pytest.mark.parametrize("other", ["", "0" * 64])
def test_a_hash_that_was_not_shown_chooses_nothing(other: str) -> None:
    assert two_targets().choose(other) is None
    assert plan().choose(other) is None


# --- what only a person may set aside


def asked(**changes: Any) -> Decision:
    """A person asks for the same moment as the ordinary alarm."""
    return decided(incident=incident(onset_basis="given", strength="given"), **changes)


def test_a_person_may_set_the_cooldown_and_the_fence_aside_and_is_shown_what_that_risks() -> None:
    made = asked(history=History(recovered("11:45:00.001")))

    assert isinstance(made, Plan)
    assert made.mode == "propose"
    assert made.despite == ("cooling-down", "before-last-recovery")
    assert made.warnings == (
        "it sets the cooldown aside: the last recovery ended 2026-02-17T11:45:00.001000Z",
        (
            "the target lies before the end of the last recovery of an-earlier-one: what it undid"
            " may come back"
        ),
    )


def test_while_the_last_restore_may_still_run_a_person_is_told_that_it_may() -> None:
    last = recovered("11:30:00", restored=False, running=True)

    made = asked(policy=redis(cooldown=duration("0s")), history=History(last))

    assert isinstance(made, Plan)
    assert (made.mode, made.despite) == ("propose", ("before-last-recovery",))
    assert made.warnings == (
        "the end of the last recovery of an-earlier-one is not known: its restore may still run",
    )


def test_no_moment_is_behind_the_fence_while_its_place_is_not_known() -> None:
    last = recovered("09:30:00", restored=False, running=True)

    refused = refusal(policy=redis(cooldown=duration("0s")), history=History(last))

    assert refused.code == "before-last-recovery"
    assert refused.message == (
        "the target 2026-02-17T11:40:20Z lies before the end of the last recovery (incident"
        " an-earlier-one), which is not known"
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"policy": redis(mode="observe")}, "observing"),
        ({"history": History(active="another-one")}, "instance-busy"),
        ({"own": redis_reading(Points())}, "no-restorable-moment"),
        ({"policy": redis(max_rollback=duration("1m"))}, "loss-too-large"),
    ],
)
def test_nothing_else_can_be_set_aside_even_by_a_person(changes: dict[str, Any], code: str) -> None:
    refused = asked(**changes)

    assert isinstance(refused, Refusal)
    assert refused.code == code


def test_what_a_person_set_aside_is_not_objected_to_again_at_the_claim() -> None:
    history = History(recovered("11:45:00.001"))
    made = asked(history=history)
    assert isinstance(made, Plan)

    assert to_claim(made, redis(), history, NOW) is None
    assert to_claim(plan(), redis(), history, NOW) is not None


# --- companions


def test_a_companion_that_offers_the_last_point_changes_nothing_but_the_gates() -> None:
    made = plan(companions=(rds_reading(("11:00:00", "11:50:00")),))

    assert made.target == TARGET
    assert made.gates == (
        Gate(REDIS, "geminidb", restorable=True),
        Gate(RDS, "rds", restorable=True),
    )


@pytest.mark.parametrize(
    ("spans", "target"),
    [
        ((("10:00:00", "11:40:19"),), "11:20:20"),
        ((("10:00:00", "11:40:20"),), "11:40:20"),
        ((("10:00:00", "11:10:00"), ("11:40:21", "11:50:00")), "11:00:20"),
        ((("10:00:00", "11:20:19"), ("11:20:21", "11:40:19")), "11:00:20"),
        ((("10:00:00", "10:40:20"),), "10:40:20"),
    ],
)
def test_the_target_is_the_last_point_that_lies_in_a_window_of_the_companion(
    spans: tuple[tuple[str, str], ...], target: str
) -> None:
    made = plan(companions=(rds_reading(*spans),))

    assert made.target == at(target)
    assert made.restore_time == times.SERVICE.print(at(target), times.BEIJING)


def test_every_one_of_several_companions_must_offer_the_target() -> None:
    first = rds_reading(("10:00:00", "11:30:00"))
    second = rds_reading(("10:00:00", "11:05:00"), ("11:25:00", "11:50:00"), instance=OTHER_RDS)

    made = plan(companions=(first, second))

    assert made.target == plan(companions=(second, first)).target == at("11:00:20")
    assert [gate.instance for gate in made.gates] == [REDIS, RDS, OTHER_RDS]


def test_companions_without_a_common_moment_are_named() -> None:
    first = rds_reading(("10:00:00", "10:50:00"))
    second = rds_reading(("10:50:01", "11:50:00"), instance=OTHER_RDS)

    refused = refusal(companions=(first, second))

    assert refused.code == "no-common-moment"
    assert f"on {RDS}, {OTHER_RDS} alike" in refused.message


def test_a_companion_with_nothing_restorable_leaves_no_common_moment() -> None:
    refused = refusal(companions=(rds_reading(("10:00:00", "11:50:00")), rds_reading()))

    assert refused.code == "no-common-moment"


def test_the_common_moment_also_lies_before_the_deadline() -> None:
    refused = refusal(companions=(rds_reading(("11:43:00", "11:50:00")),))

    assert refused.code == "no-common-moment"


def test_a_redis_companion_must_have_a_point_at_the_very_moment() -> None:
    other = redis_reading(points("11:00:20", "11:20:21", "11:40:19"), instance=OTHER_REDIS)

    made = plan(companions=(other,))

    assert made.target == at("11:00:20")
    assert made.gates[1] == Gate(OTHER_REDIS, "geminidb", restorable=True)


# --- what is sent


@pytest.mark.parametrize(
    "text",
    ["2026-02-17T19:40:20+0800", "2026-02-17T11:40:20+0000", "2026-02-17T17:25:20+0545"],
)
def test_the_restore_time_is_the_very_string_of_the_points_list(text: str) -> None:
    listed = Points.of([Point.from_text(text), *points("11:20:20").restorable])

    assert plan(own=redis_reading(listed)).restore_time == text


def test_a_redis_instance_that_windows_gate_is_sent_a_point_that_was_listed() -> None:
    gate = rds_reading(("09:00:00", "11:30:00"))

    made = plan(policy=redis(range=f"rds:{RDS}"), companions=(gate,))

    assert made.target == at("11:20:20")
    assert made.restore_time == "2026-02-17T19:20:20+0800"
    assert [each.instance for each in made.gates] == [REDIS, RDS]


def test_a_restore_of_an_rds_instance_is_proposed_in_its_own_milliseconds() -> None:
    made = plan(
        policy=rds(), own=rds_reading(("09:00:00", "11:50:00")), incident=incident(instance=RDS)
    )

    assert made.mode == "propose"
    assert made.restore_time == str(times.to_millis(at("11:42:59")))


# --- warnings


def test_without_a_ledger_the_plan_says_what_nobody_checked() -> None:
    (warning,) = plan(history=None).warnings

    assert warning == "no ledger is configured: cooldown, fence and caps were not checked"


@pytest.mark.parametrize("mode", ["CloudNativeCluster", "ReplicaSet", ""])
def test_a_mode_that_the_service_does_not_document_is_warned_about(mode: str) -> None:
    (warning,) = plan(own=redis_reading(state=InstanceState("normal", mode=mode))).warnings

    assert warning == (
        f"the service documents this restore for proxy clusters only; this one is {mode!r}"
    )


def test_everything_that_is_doubtful_is_warned_about_at_once() -> None:
    made = plan(
        incident=incident(changed_at=at("10:00:00"), strength="guess", caution="the alarm is new"),
        own=redis_reading(state=InstanceState("normal", mode="Other"), skew_seconds=100),
        history=History(
            suspects=(
                suspect("11:20:00"),
                suspect("02:30:00", "old"),
                suspect("02:00:00", "older"),
            )
        ),
    )

    assert made.warnings == (
        "the alarm is 1h51m old, more than max_alarm_age (1h): no more than a proposal",
        (
            "the onset is no better known than by guess, and auto_needs is datapoint: no more than"
            " a proposal"
        ),
        "the alarm is new: no more than a proposal",
        (
            "by incident an-earlier-one, which nothing has settled, the data was bad since"
            " 2026-02-17T11:20:00Z: no more than a proposal"
        ),
        (
            "our clock and the service's are 1m40s apart, of a margin of 2m: check the clocks: no"
            " more than a proposal"
        ),
        "the service documents this restore for proxy clusters only; this one is 'Other'",
        (
            "further back than can be undone, so not counted: old, older, bad since"
            " 2026-02-17T02:00:00Z"
        ),
    )


# --- the hash


VARIATIONS: list[dict[str, Any]] = [
    {},
    {"now": NOW + timedelta(milliseconds=1)},
    {"policy": redis(mode="propose")},
    {"policy": redis(margin=duration("10m"))},
    {"policy": redis(approval_timeout=duration("10m"))},
    {"policy": redis(cloud="test")},
    {"history": None},
    {"own": redis_reading(points("11:40:19"))},
    {"own": redis_reading(Points((Point(TARGET, "2026-02-17T11:40:20+0000"),)))},
    {"own": redis_reading(instance=OTHER_REDIS)},
    {"own": redis_reading(state=InstanceState("normal", mode="Other"))},
    {"companions": (rds_reading(("10:00:00", "11:50:00")),)},
    {"companions": (rds_reading(("10:00:00", "11:50:00"), instance=OTHER_RDS),)},
    {"incident": incident(id="another")},
    {"incident": incident(instance=OTHER_REDIS)},
    {"incident": incident(alarm="another")},
    {"incident": incident(source="another")},
    {"incident": incident(changed_at=at("11:50:30.001"))},
    {"incident": incident(onset=at("11:44:59.999"))},
    {"incident": incident(onset_basis="given")},
    {"incident": incident(onset_detail="another")},
    {"incident": incident(strength="given")},
    {"incident": incident(caution="another")},
    {"history": History(suspects=(suspect("11:44:00"),))},
    {"history": History(suspects=(suspect("11:43:00"),))},
    {"history": History(suspects=(suspect("11:44:00", "another"),))},
]


def test_the_hash_changes_with_anything_that_the_plan_says() -> None:
    hashes = [plan(**variation).hash for variation in VARIATIONS]

    assert len(set(hashes)) == len(VARIATIONS)


def test_the_hash_is_over_all_of_the_plan_but_itself() -> None:
    made = two_targets()

    assert made.hash == digest(msgspec.structs.replace(made, hash=""))
    for field in msgspec.structs.fields(Plan):
        tampered = msgspec.structs.replace(made, **{field.name: "tampered", "hash": ""})
        assert field.name == "hash" or digest(tampered) != made.hash


def test_whoever_has_only_the_json_can_check_the_hash() -> None:
    made = plan()

    plain = decode(encode(made), dict[str, Any])

    assert digest({**plain, "hash": ""}) == made.hash


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_hash_is_the_same_in_another_process(seed: str) -> None:
    program = "from tests.unit.test_decide import plan; print(plan(history=None).hash)"

    printed = subprocess.run(  # noqa: S603 - our own interpreter and our own program
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert printed.strip() == plan(history=None).hash


# --- JSON that scripts build on


def test_a_plan_in_json_has_the_keys_of_the_contract() -> None:
    told = decode(encode(plan()), dict[str, Any])

    assert told["verdict"] == "plan"
    assert told["target"] == "2026-02-17T11:40:20Z"
    assert told["restore_time"] == "2026-02-17T19:40:20+0800"
    assert told["loss_seconds"] == 640
    assert told["mode"] == "auto"
    assert told["gates"] == [{"instance": REDIS, "source": "geminidb", "restorable": True}]
    assert told["warnings"] == []
    assert len(told["hash"]) == 64
    assert {
        "id": incident().id,
        "instance": REDIS,
        "alarm": "orders-cache-keys-low",
        "onset": "2026-02-17T11:45:00Z",
        "onset_basis": "datapoint",
        "changed_at": "2026-02-17T11:50:30Z",
    }.items() <= told["incident"].items()


def test_a_refusal_in_json_has_the_keys_of_the_contract() -> None:
    told = decode(encode(refusal(own=redis_reading(Points()))), dict[str, Any])

    assert set(told) == {"verdict", "incident", "code", "message", "hint"}
    assert told["verdict"] == "refusal"
    assert told["code"] == "no-restorable-moment"
    assert told["incident"]["id"] == incident().id


def test_a_refusal_without_an_incident_says_null() -> None:
    refused = Refusal(incident=None, code="not-covered", message="m", hint="h")

    assert decode(encode(refused), dict[str, Any])["incident"] is None
    assert decode(encode(refused), Refusal) == refused


def test_what_is_no_value_of_the_domain_is_not_written_at_all() -> None:
    with pytest.raises(NotImplementedError):
        encode(object())


def test_what_is_no_type_of_the_domain_is_not_read_at_all() -> None:
    with pytest.raises(NotImplementedError):
        decode(b'"x"', Path)


# --- for every case there is

Case = tuple[Incident, Readings, Instance, History | None, datetime]


def newest_before(onset: datetime, case: Case) -> datetime | None:
    """The latest moment that everybody offers early enough, found by looking at each of them."""
    _, readings, policy, _, now = case
    deadline = min(onset - policy.margin, now)
    return some.newest_before([reading.range for reading in readings.all], deadline)


def best_target(case: Case) -> datetime | None:
    """The latest before the incident's own onset."""
    return newest_before(case[0].onset, case)


def bad_since(case: Case) -> datetime | None:
    """The earliest onset of another incident, if it is earlier and can still be undone."""
    incident_, readings, policy, history, now = case
    last = history.last if history else None
    return min(
        (
            one.onset
            for one in (history.suspects if history else ())
            if one.onset < incident_.onset
            and not (policy.on_clear == "cancel" and history and one.incident in history.cleared)
            and not (last and last.restored and last.target < one.onset < last.ended_at)
            and now - one.onset <= policy.max_rollback
            and some.newest_before([readings.own.range], min(one.onset - policy.margin, now))
        ),
        default=None,
    )


def cautious_target(case: Case) -> datetime | None:
    """The latest before that, within the bounds of the policy and after the last recovery."""
    _, _, policy, history, now = case
    since = bad_since(case)
    target = newest_before(since, case) if since else None
    last = history.last if history else None
    if target is None or now - target > policy.max_rollback or (last and target < last.ended_at):
        return None
    return target


def may_run_alone(case: Case, target: datetime) -> bool:
    """Whether the last recovery lets it: what only a person may set aside."""
    incident_, _, policy, history, now = case
    last = history.last if history else None
    return not (
        (last and last.restored and incident_.onset < last.ended_at)
        or (last and now - last.ended_at < policy.cooldown)
        or (last and (last.running or target < last.ended_at))
    )


def may_run(case: Case, target: datetime | None) -> bool:
    """Whether the rules let this target be planned, each rule in one line."""
    incident_, readings, policy, history, now = case
    cleared_at = history.cleared_at if history else None
    return (
        target is not None
        and policy.mode != "observe"
        and readings.own.state == some.READY
        and readings.own.pitr == PitrPolicy(enabled=True)
        and not (history and history.active)
        and not (policy.on_clear == "cancel" and cleared_at and cleared_at > incident_.changed_at)
        and (incident_.onset_basis == "given" or may_run_alone(case, target))
        and now - target <= policy.max_rollback
    )


@given(some.cases())
@settings(some.unhurried, max_examples=250)
def test_a_target_is_offered_by_every_range_early_enough_and_is_the_latest_such(
    case: Case,
) -> None:
    incident_, readings, policy, _, now = case

    decision = decide(*case)

    if isinstance(decision, Plan):
        assert all(decision.target in some.model(reading.range) for reading in readings.all)
        assert decision.target < incident_.onset - policy.margin
        assert decision.target < now
        assert decision.target == (cautious_target(case) or best_target(case))
        assert all(gate.restorable for gate in decision.gates)
        assert [gate.instance for gate in decision.gates] == [r.instance for r in readings.all]


@given(some.cases())
@settings(some.unhurried, max_examples=250)
def test_a_plan_is_made_exactly_when_no_rule_speaks_against_it(case: Case) -> None:
    decision = decide(*case)

    assert isinstance(decision, Plan) == may_run(case, best_target(case))


@given(some.cases())
@some.unhurried
def test_what_is_sent_is_the_target_and_of_points_the_very_string(case: Case) -> None:
    own = case[1].own

    decision = decide(*case)

    if isinstance(decision, Plan):
        assert times.SERVICE.parse(decision.restore_time) == decision.target
        if isinstance(own.range, Points):
            assert decision.restore_time in {point.text for point in own.range.restorable}


@given(some.cases())
@some.unhurried
def test_nothing_runs_by_itself_unless_the_policy_says_auto_and_the_alarm_is_fresh(
    case: Case,
) -> None:
    incident_, readings, policy, _, now = case
    fresh = now - incident_.changed_at <= policy.max_alarm_age
    skew = max((abs(each.skew_seconds or 0) for each in readings.all), default=0)
    apart = max(incident_.changed_at - now, timedelta()) + timedelta(seconds=skew)
    known = incident_.strength is None or incident_.strength in ENOUGH[policy.auto_needs]
    together = apart * 2 <= policy.margin
    certain = known and incident_.caution is None and bad_since(case) is None

    decision = decide(*case)

    if isinstance(decision, Plan):
        acts = policy.mode == "auto" and fresh and together and certain and _set_nothing_aside(case)
        assert decision.mode == ("auto" if acts else "propose")


def _set_nothing_aside(case: Case) -> bool:
    """Whether neither cooldown nor fence speak against the target."""
    _, _, policy, history, now = case
    last, target = history.last if history else None, best_target(case)
    if last is None or target is None:
        return True
    return now - last.ended_at >= policy.cooldown and not (last.running or target < last.ended_at)


@given(some.cases())
@settings(some.unhurried, max_examples=250)
def test_nothing_that_anything_says_was_bad_is_restored_by_itself(case: Case) -> None:
    incident_, _, policy, _, _ = case

    decision = decide(*case)

    if isinstance(decision, Plan) and decision.mode == "auto":
        assert decision.target < incident_.onset - policy.margin
        assert decision.despite == ()
        assert incident_.caution is None
        assert incident_.strength is None or incident_.strength in ENOUGH[policy.auto_needs]
        assert bad_since(case) is None


@given(some.cases())
@settings(some.unhurried, max_examples=250)
def test_choosing_either_target_gives_the_plan_whose_hash_was_shown(case: Case) -> None:
    decision = decide(*case)

    if isinstance(decision, Plan):
        assert decision.choose(decision.hash) == decision
        assert decision.hash == digest(unsealed(decision))
        other = decision.alternative
        chosen = decision.choose(other.hash) if other else None
        assert (chosen is None) == (other is None)
        if other and chosen:
            assert chosen.hash == other.hash == digest(unsealed(chosen))
            assert (chosen.target, chosen.restore_time) == (other.target, other.restore_time)
            assert decision.target < chosen.target == best_target(case)
            assert chosen.despite[-1] == "bad-since"
            assert chosen.mode == "propose"


@given(some.cases())
@some.unhurried
def test_a_loss_is_never_told_smaller_than_it_is(case: Case) -> None:
    decision = decide(*case)

    if isinstance(decision, Plan):
        real = case[-1] - decision.target
        assert decision.lost == Interval(decision.target, case[-1])
        assert timedelta(0) < real <= timedelta(seconds=decision.loss_seconds)
        assert timedelta(seconds=decision.loss_seconds - 1) < real


@given(some.cases())
@some.unhurried
def test_deciding_again_from_the_record_comes_out_the_same(case: Case) -> None:
    incident_, readings, policy, history, now = case
    recorded = (
        decode(encode(incident_), Incident),
        decode(encode(readings), Readings),
        decode(encode(policy), Instance),
        decode(encode(history), History) if history else None,
        decode(encode(now), datetime),
    )

    first, again, later = decide(*case), decide(*case), decide(*recorded)

    assert first == again == later
    assert encode(first) == encode(later)
    assert decode(encode(first), type(first)) == first


@given(some.cases(), some.some_windows)
@some.unhurried
def test_one_more_companion_never_makes_the_target_later(case: Case, offered: Windows) -> None:
    incident_, readings, policy, history, now = case
    more = Reading(instance=OTHER_RDS, source="rds", range=offered)

    alone = decide(*case)
    gated = decide(
        incident_, Readings(readings.own, (*readings.companions, more)), policy, history, now
    )

    if isinstance(gated, Plan) and isinstance(alone, Plan):
        assert gated.target <= alone.target or "bad-since" in gated.despite
        assert gated.target in offered


def test_a_machine_that_states_an_onset_sets_aside_nothing_that_a_person_may() -> None:
    machine = incident(onset_basis="given", strength="evaluation-start")
    last = History(recovered("11:46:00"))

    assert refusal(incident=machine, history=last).code == "expected-after-recovery"
    assert refusal(incident=machine, history=History(recovered("11:40:00"))).code == "cooling-down"
