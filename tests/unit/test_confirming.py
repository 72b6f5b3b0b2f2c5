"""What Cloud Eye confirms, and every way in which a measured onset might be wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain.alarm import Datapoint, Incident
from lastgood.domain.confirming import (
    LEAD,
    RAW,
    TOLERANCE,
    AlarmRecord,
    Asked,
    Series,
    choose_record,
    concerns,
    confirmed,
    rule_of,
    span_of,
    why_unmeasured,
)
from lastgood.domain.plan import Plan
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.ports import CloudError
from lastgood.workflows.deciding import Decided, consider, decide_on_record, recheck
from lastgood.workflows.operator import approve
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support import builders
from tests.support.builders import OTHER_REDIS, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import world_at_1154

RULE = "al1770000000000000orders"
NODE = "0f2b7e6c5d4a4b3c9e8f7a6b5c4d3e2fno12"
METRIC = "SYS.NoSQL/redis_db_keys"
CHANGED = at("11:53:08.431")
MINUTE = timedelta(minutes=1)

GOOD, BAD = 1204.0, 12.0


def series(**changes: Any) -> Series:
    ordinary = Series(
        namespace="SYS.NoSQL",
        name="redis_db_keys",
        dimensions=(("redis_cluster_id", REDIS),),
        period=RAW,
        statistic="average",
    )
    return msgspec.structs.replace(ordinary, **changes)


def record(**changes: Any) -> AlarmRecord:
    """In alarm since 11:53:08, because three values in a row were below 1000."""
    ordinary = AlarmRecord(
        status="alarm",
        series=series(),
        operator="<",
        threshold=1000,
        count=3,
        began_at=at("11:53:08"),
        last_at=at("11:53:08"),
    )
    return msgspec.structs.replace(ordinary, **changes)


def incident(**changes: Any) -> Incident:
    """As its message tells it: what the onset is, is believed."""
    ordinary = Incident(
        id="20260217T115308431Z-0123456789abcdef",
        instance=REDIS,
        alarm="orders-cache-keys-dropped",
        source=f"cloudeye:{RULE}:redis_cluster_id:{REDIS}",
        changed_at=CHANGED,
        onset=at("11:33:00"),
        onset_basis="evaluation-start",
        onset_detail="the start of what the alarm evaluated",
        strength="evaluation-start",
        metric=METRIC,
    )
    return msgspec.structs.replace(ordinary, **changes)


def redis(**changes: Any) -> Instance:
    return builders.redis(confirm="cloud-eye", **changes)


def every(length: timedelta, first_bad: str = "11:48:00") -> list[Datapoint]:
    """A value each so often from 10:00 on until after the transition, bad from a moment on."""
    moments = [at("10:00:00") + n * length for n in range(10_000)]
    return [
        Datapoint(moment, BAD if moment >= at(first_bad) else GOOD)
        for moment in moments
        if moment <= at("11:56:00")
    ]


def without(points: list[Datapoint], *clocks: str) -> list[Datapoint]:
    return [point for point in points if point.at not in {at(clock) for clock in clocks}]


def ask(points: list[Datapoint], of: AlarmRecord | None = None, **changes: Any) -> Asked:
    return Asked(record=of or record(), datapoints=tuple(points), **changes)


def doubted(asked: Asked, of: Incident | None = None, instance: Instance | None = None) -> Incident:
    """What comes of an answer that measures nothing: no better known, and for a person."""
    before = of or incident()
    found = confirmed(before, asked, instance or redis())
    assert not found.confirmed
    assert (found.strength, found.onset_basis) == (before.strength, before.onset_basis)
    assert found.onset <= before.onset
    assert found.caution is not None
    return found


def why(asked: Asked) -> str:
    """Why an answer measures nothing."""
    return str(doubted(asked).caution).removeprefix("Cloud Eye does not confirm it: ")


# Which alarms, and which record


def test_only_alarms_of_cloud_eye_are_asked_about() -> None:
    assert concerns(incident())
    assert not concerns(builders.incident())


@pytest.mark.parametrize(
    "rule", ["", "*", "al", "al1&resource_id=x", "AL1", "al1\n", "al" + "1" * 63, "al1/../x"]
)
def test_what_cannot_be_the_id_of_a_rule_is_never_sent(rule: str) -> None:
    assert rule_of(incident(source=f"cloudeye:{rule}:redis_cluster_id:{REDIS}")) is None


def test_the_record_is_that_of_the_rule_the_resource_the_metric_and_the_time() -> None:
    assert rule_of(incident()) == RULE
    assert choose_record(incident(), redis(), [record()]) == record()


NONE_HERE = f"it has no record of this alarm on redis_cluster_id:{REDIS}"
NONE_OF_IT = f"it has no record of this alarm about {METRIC}"
NONE_THEN = "it has no record of this alarm of 2026-02-17T11:53:08.431000Z"
OTHERS: dict[str, tuple[AlarmRecord, str]] = {
    "another instance": (
        record(series=series(dimensions=(("redis_cluster_id", OTHER_REDIS),))),
        NONE_HERE,
    ),
    "another dimension": (record(series=series(dimensions=(("instance_id", REDIS),))), NONE_HERE),
    "one of its nodes": (
        record(series=series(dimensions=(("redis_cluster_id", REDIS), ("redis_node_id", NODE)))),
        NONE_HERE,
    ),
    "no resource": (record(series=series(dimensions=())), NONE_HERE),
    "another metric": (record(series=series(name="redis_memory")), NONE_OF_IT),
    "another service's metric": (record(series=series(namespace="SYS.DCS")), NONE_OF_IT),
    "long over": (record(began_at=at("09:00:00"), last_at=at("09:20:00")), NONE_THEN),
    "long after": (record(began_at=at("12:30:00"), last_at=at("12:30:00")), NONE_THEN),
    "a clock of another zone": (
        record(began_at=at("19:53:08"), last_at=at("19:53:08")),
        NONE_THEN,
    ),
    "over": (record(status="ok"), "its record is ok by now"),
    "ended by hand": (record(status="ok_manual"), "its record is ok_manual by now"),
    "expired": (record(status="invalid"), "its record is invalid by now"),
}


@pytest.mark.parametrize(("other", "why"), OTHERS.values(), ids=OTHERS)
def test_a_record_of_something_else_confirms_nothing(other: AlarmRecord, why: str) -> None:
    assert choose_record(incident(), redis(), [other]) == why


def test_a_rule_without_records_confirms_nothing() -> None:
    assert choose_record(incident(), redis(), []) == (
        f"it has no record of this alarm on redis_cluster_id:{REDIS}"
    )


def test_an_alarm_that_means_the_instance_by_its_name_only_is_about_something_else() -> None:
    of_a_host = series(dimensions=(("instance_id", "i-1234"), ("disk", "vda")))
    named = incident(source=f"cloudeye:{RULE}:instance_id:i-1234,disk:vda")

    found = choose_record(named, redis(), [record(series=of_a_host)])

    assert found == "its record is about i-1234, vda, not about orders-cache"


def test_a_node_is_the_instance_that_the_policy_knows_it_as() -> None:
    node = series(dimensions=(("redis_node_id", NODE),))
    named = incident(source=f"cloudeye:{RULE}:redis_node_id:{NODE}")
    records = [record(series=node)]

    assert choose_record(named, redis(known_as=(NODE,)), records) == records[0]
    assert isinstance(choose_record(named, redis(), records), str)


@pytest.mark.parametrize(
    "resource",
    [
        f"redis_node_id:{NODE},redis_cluster_id:{REDIS}",
        f"redis_cluster_id:{REDIS},redis_node_id:{NODE}",
        f"{REDIS},{NODE}",  # as the template v1 has it
    ],
)
def test_a_resource_of_two_dimensions_is_the_same_in_any_order_and_without_their_names(
    resource: str,
) -> None:
    both = series(dimensions=(("redis_cluster_id", REDIS), ("redis_node_id", NODE)))
    named = incident(source=f"cloudeye:{RULE}:{resource}")

    assert choose_record(named, redis(), [record(series=both)]) == record(series=both)


def test_of_several_times_that_it_went_off_the_nearest_one_counts() -> None:
    flapped = record(began_at=at("11:46:00"), last_at=at("11:46:00"), status="ok")

    assert choose_record(incident(), redis(), [flapped, record(), flapped]) == record()
    earlier = incident(changed_at=at("11:46:30"))
    assert choose_record(earlier, redis(), [flapped, record()]) == "its record is ok by now"


@pytest.mark.parametrize("off", [TOLERANCE, -TOLERANCE])
def test_the_times_of_message_and_record_may_differ_a_little(off: timedelta) -> None:
    then = CHANGED + off

    near = record(began_at=then, last_at=then)
    assert choose_record(incident(), redis(), [near]) == near
    moved = then + (off / abs(off)) * timedelta(seconds=1)
    late = [record(began_at=moved, last_at=moved)]
    assert isinstance(choose_record(incident(), redis(), late), str)


def test_a_repeated_notification_is_of_the_record_that_goes_on() -> None:
    going_on = record(began_at=at("08:00:00"), last_at=at("11:53:08"))

    assert choose_record(incident(), redis(), [going_on]) == going_on


@pytest.mark.parametrize("twin", [{"threshold": 500}, {"count": 1}, {"operator": "<="}])
def test_two_conditions_that_went_off_together_are_not_told_apart(twin: dict[str, Any]) -> None:
    found = choose_record(incident(), redis(), [record(), record(**twin)])

    assert found == "several of its records may be the one that is meant"


def test_one_record_that_is_listed_twice_is_one() -> None:
    assert choose_record(incident(), redis(), [record(), record()]) == record()


def test_of_a_message_that_names_no_metric_a_rule_on_two_metrics_is_not_told_apart() -> None:
    other = record(series=series(name="redis_memory"), began_at=at("11:52:00"))
    found = choose_record(incident(metric=None), redis(), [record(), other])

    assert found == "several of its records may be the one that is meant"
    assert choose_record(incident(), redis(), [record(), other]) == record()
    assert choose_record(incident(metric=None), redis(), [record()]) == record()


# What can be measured


@pytest.mark.parametrize(
    ("unfit", "why"),
    [
        (record(series=series(period=0)), "an event has no datapoints"),
        (
            record(operator="cycle_decrease"),
            "its condition 'cycle_decrease' compares with no threshold",
        ),
        (record(series=series(period=90)), "it gives no data by 'average' of 90 s"),
        (record(series=series(statistic="p99")), "it gives no data by 'p99' of 1 s"),
    ],
)
def test_what_no_datapoint_can_show_is_not_measured(unfit: AlarmRecord, why: str) -> None:
    assert why_unmeasured(unfit) == why
    assert why_unmeasured(record()) is None


def test_all_that_the_alarm_looked_at_is_read_and_half_an_hour_before() -> None:
    assert timedelta(minutes=30) == LEAD
    assert span_of(incident(), record()) == (at("11:03:00"), CHANGED)
    listed = record(datapoints=(Datapoint(at("09:00:00"), BAD),))
    assert span_of(incident(), listed)[0] == at("08:30:00")


def test_of_long_periods_as_many_as_the_alarm_needs_are_read_and_three_more() -> None:
    hours = record(series=series(period=3600), count=5)

    assert span_of(incident(), hours)[0] == at("03:53:08")


# The onset


def test_raw_values_put_the_onset_before_the_last_good_one() -> None:
    found = confirmed(incident(), ask(every(MINUTE)), redis())

    assert found.onset == at("11:46:00")  # good at 11:47, which may tell of the minute after it
    assert (found.strength, found.onset_basis) == ("datapoint", "datapoint")
    assert found.confirmed
    assert found.caution is None
    assert found.onset_detail == (
        "the first bad datapoint of Cloud Eye, 2026-02-17T11:48:00Z, "
        "less 2m in which it may have begun"
    )
    assert found.id == incident().id


def test_a_period_puts_the_onset_at_the_start_of_the_last_good_one() -> None:
    fives = record(series=series(period=300), count=2)

    found = confirmed(incident(), ask(every(5 * MINUTE, "11:45:00"), fives), redis())

    assert found.onset == at("11:40:00")


def test_a_measured_onset_may_be_later_than_the_believed_one_and_earlier() -> None:
    later = confirmed(incident(), ask(every(MINUTE)), redis())
    earlier = confirmed(incident(), ask(every(MINUTE, "11:15:00")), redis())

    assert later.onset > incident().onset
    assert earlier.onset == at("11:13:00") < incident().onset


@pytest.mark.parametrize(
    ("comparison", "threshold", "good", "bad"),
    [
        (">", 80, 80, 81),
        (">=", 80, 79, 80),
        ("<", 80, 80, 79),
        ("<=", 80, 81, 80),
        ("=", 0, 1, 0),
        ("!=", 1, 1, 0),
    ],
)
def test_each_comparison_tells_the_bad_values_from_the_good(
    comparison: str, threshold: float, good: float, bad: float
) -> None:
    points = [Datapoint(p.at, bad if p.value == BAD else good) for p in every(MINUTE)]
    of = record(operator=comparison, threshold=threshold)

    assert confirmed(incident(), ask(points, of), redis()).onset == at("11:46:00")


def test_the_first_bad_value_counts_even_if_good_ones_came_after_it() -> None:
    points = [Datapoint(p.at, BAD if p.at == at("11:20:00") else p.value) for p in every(MINUTE)]

    assert confirmed(incident(), ask(points), redis()).onset == at("11:18:00")


def test_the_order_of_the_datapoints_says_nothing() -> None:
    shuffled = every(MINUTE)[1::2] + every(MINUTE)[0::2]

    assert confirmed(incident(), ask(shuffled), redis()).onset == at("11:46:00")


def test_of_two_values_of_one_moment_the_bad_one_counts() -> None:
    before = [Datapoint(at("11:45:00"), BAD), *every(MINUTE)]
    after = [*every(MINUTE), Datapoint(at("11:45:00"), BAD)]

    assert confirmed(incident(), ask(before), redis()).onset == at("11:43:00")
    assert confirmed(incident(), ask(after), redis()).onset == at("11:43:00")


def test_a_value_of_the_very_moment_of_the_transition_counts() -> None:
    then = incident(changed_at=at("11:50:00"))

    assert confirmed(then, ask(every(MINUTE)), redis()).confirmed


def test_a_caution_of_the_message_stays_after_its_onset_is_measured() -> None:
    repeated = incident(caution="Cloud Eye repeats this alarm")

    assert confirmed(repeated, ask(every(MINUTE)), redis()).caution == repeated.caution


# What would make it wrong


def test_a_gap_right_before_the_first_bad_value_improves_nothing() -> None:
    told = "its data have a gap from 2026-02-17T11:45:00Z to 2026-02-17T11:48:00Z"
    assert why(ask(without(every(MINUTE), "11:46:00", "11:47:00"))) == told


def test_a_gap_earlier_on_improves_nothing_either() -> None:
    doubted(ask(without(every(MINUTE), "11:20:00")))


def test_a_gap_after_the_first_bad_value_hides_nothing() -> None:
    assert confirmed(incident(), ask(without(every(MINUTE), "11:49:00")), redis()).confirmed


def test_a_value_that_is_not_told_is_a_gap() -> None:
    points = [Datapoint(p.at, None if p.at == at("11:47:00") else p.value) for p in every(MINUTE)]

    doubted(ask(points))


def test_data_that_begin_later_than_what_was_asked_for_have_a_gap() -> None:
    young = [point for point in every(MINUTE) if point.at >= at("11:40:00")]

    told = "its data have a gap from 2026-02-17T11:03:00Z to 2026-02-17T11:40:00Z"
    assert why(ask(young)) == told


def test_a_missing_period_is_a_gap() -> None:
    fives = record(series=series(period=300), count=2)
    points = without(every(5 * MINUTE, "11:45:00"), "11:40:00")

    told = "its data have a gap from 2026-02-17T11:35:00Z to 2026-02-17T11:45:00Z"
    assert why(ask(points, fives)) == told


def test_a_gap_moves_an_onset_that_was_believed_to_be_later_to_before_it() -> None:
    late = incident(onset=at("11:47:30"))

    found = doubted(ask(without(every(MINUTE), "11:46:00", "11:47:00")), late)

    assert found.onset == at("11:44:00")
    assert found.onset_detail == (
        "earlier than its message tells, by what Cloud Eye shows: its data have a gap from"
        " 2026-02-17T11:45:00Z to 2026-02-17T11:48:00Z"
    )


def test_raw_values_that_do_not_come_to_the_second_have_no_gap() -> None:
    jitter = [
        Datapoint(point.at + timedelta(seconds=n % 3 * 4), point.value)
        for n, point in enumerate(every(MINUTE))
    ]

    assert confirmed(incident(), ask(jitter), redis()).confirmed


@pytest.mark.parametrize(("late", "strength"), [(30, "datapoint"), (31, "evaluation-start")])
def test_a_value_that_is_late_by_more_than_half_a_step_leaves_a_gap(
    late: int, strength: str
) -> None:
    points = [
        Datapoint(p.at + (p.at >= at("11:30:00")) * timedelta(seconds=late), p.value)
        for p in every(MINUTE)
    ]

    assert confirmed(incident(), ask(points), redis()).strength == strength


def test_data_that_are_bad_from_their_start_on_do_not_tell_when_that_began() -> None:
    bad = ask(every(MINUTE, "10:00:00"))

    assert why(bad) == "the first of its datapoints, 2026-02-17T10:00:00Z, is bad already"
    assert doubted(bad).onset == at("09:58:00")


def test_data_that_came_late_do_not_show_the_alarm_and_confirm_nothing() -> None:
    late = [point for point in every(MINUTE) if point.at <= at("11:49:00")]

    assert why(ask(late)) == "its data have 2 bad datapoints in a row, and it takes 3"


def test_data_of_another_aggregation_do_not_show_the_alarm() -> None:
    told = "its data have 0 bad datapoints in a row, and it takes 3"
    assert why(ask(every(MINUTE, "11:56:00"))) == told


def test_bad_values_that_never_came_in_a_row_do_not_show_the_alarm() -> None:
    scattered = {at(f"11:{minute}:00") for minute in (30, 32, 34, 36)}
    points = [Datapoint(p.at, BAD if p.at in scattered else GOOD) for p in every(MINUTE)]

    assert why(ask(points)) == "its data have 1 bad datapoints in a row, and it takes 3"
    assert doubted(ask(points), incident(onset=at("11:29:00"))).onset == at("11:28:00")


def test_no_data_at_all_confirm_nothing() -> None:
    told = "its data have 0 bad datapoints in a row, and it takes 3"
    assert why(ask([])) == told
    assert why(Asked()) == "it gave no answer"
    assert doubted(ask([])).onset == incident().onset


def test_a_single_value_tells_no_distance_so_the_lookback_is_taken_off() -> None:
    late = incident(onset=at("11:52:00"))

    found = doubted(ask([Datapoint(at("11:50:00"), BAD)], record(count=1)), late)

    assert found.onset == at("11:20:00")


def test_values_after_the_transition_have_not_caused_it() -> None:
    after = every(MINUTE, "11:54:00")

    assert why(ask(after)) == "its data have 0 bad datapoints in a row, and it takes 3"


def test_a_value_of_the_record_that_the_data_do_not_have_is_a_contradiction() -> None:
    of = record(datapoints=(Datapoint(at("11:40:00"), BAD), Datapoint(at("11:20:00"), GOOD)))

    found = doubted(ask(every(MINUTE), of), incident(onset=at("11:45:00")))

    assert found.caution == (
        "Cloud Eye does not confirm it: its record lists a bad value of 2026-02-17T11:40:00Z that"
        " its data do not have"
    )
    assert found.onset == at("11:38:00")


def test_a_value_of_the_record_that_was_good_by_the_data_is_a_contradiction() -> None:
    of = record(datapoints=(Datapoint(at("11:47:00"), BAD),))

    told = "its record lists a bad value of 2026-02-17T11:47:00Z that its data do not have"
    assert why(ask(every(MINUTE), of)) == told


def test_a_value_of_the_record_that_differs_by_less_than_a_step_is_the_same_one() -> None:
    of = record(datapoints=(Datapoint(at("11:47:58"), BAD), Datapoint(at("11:51:00"), BAD)))

    found = confirmed(incident(), ask(every(MINUTE), of), redis())

    assert (found.confirmed, found.onset) == (True, at("11:46:00"))
    assert found.onset_detail == (
        "the first bad datapoint of Cloud Eye, 2026-02-17T11:47:58Z, less 1m58s in which it may"
        " have begun"
    )


@pytest.mark.parametrize("ahead", [61, -61])
def test_clocks_that_differ_by_more_than_half_of_the_margin_measure_nothing(ahead: int) -> None:
    told = "our clock and its own are 1m1s apart"
    assert why(ask(every(MINUTE), skew_seconds=ahead)) == told
    assert confirmed(incident(), ask(every(MINUTE), skew_seconds=60), redis()).confirmed


def test_a_reason_is_added_to_the_one_that_the_message_gave() -> None:
    found = doubted(Asked(doubt="its record is ok by now"), incident(caution="repeated"))

    assert found.caution == "repeated; Cloud Eye does not confirm it: its record is ok by now"


@given(
    first_bad=st.integers(0, 60),
    missing=st.sets(st.integers(0, 60), max_size=5),
    step=st.sampled_from([60, 300]),
    count=st.integers(1, 4),
)
def test_no_onset_is_ever_later_than_the_last_good_value_before_the_first_bad_one(
    first_bad: int, missing: set[int], step: int, count: int
) -> None:
    length = timedelta(seconds=step)
    moments = [CHANGED.replace(microsecond=0) - n * length for n in range(61)]
    points = [
        Datapoint(moment, BAD if n <= first_bad else GOOD)
        for n, moment in enumerate(moments)
        if n not in missing
    ]
    of = record(series=series(period=RAW if step == 60 else step), count=count)

    found = confirmed(incident(), ask(points, of), redis())

    assert found.confirmed == (found.strength == "datapoint")
    if found.confirmed:
        assert found.onset <= moments[first_bad] - length
        lead = {n for n, at_ in enumerate(moments) if at_ >= span_of(incident(), of)[0]}
        assert not missing & lead & set(range(first_bad, 61))
    else:
        assert found.onset <= incident().onset


# What was measured once


def measured(first_bad: str = "11:48:00") -> Incident:
    return confirmed(incident(), ask(every(MINUTE, first_bad)), redis())


@pytest.mark.parametrize(
    "asked",
    [
        Asked(doubt="its record is ok by now"),
        Asked(doubt="it could not be asked (unreachable)"),
        ask(every(MINUTE, "11:50:00")),
        ask(without(every(MINUTE), "11:47:00"), record(count=9)),
    ],
    ids=["over", "unreachable", "later", "fewer"],
)
def test_what_was_measured_once_stays_whatever_is_answered_later(asked: Asked) -> None:
    again = msgspec.structs.replace(asked, before=measured())

    assert confirmed(incident(), again, redis()) == measured()


def test_something_bad_that_arrives_later_and_lies_earlier_counts() -> None:
    fresh = ask(every(MINUTE, "11:30:00"), before=measured())

    assert confirmed(incident(), fresh, redis()) == measured("11:30:00")


def test_something_bad_that_arrives_later_with_a_gap_before_it_is_for_a_person() -> None:
    fresh = ask(without(every(MINUTE, "11:30:00"), "11:29:00"), before=measured())

    assert doubted(fresh).onset <= at("11:28:00")


def test_a_caution_that_came_in_since_counts_for_what_was_measured_before() -> None:
    asked = Asked(doubt="its record is ok by now", before=measured())

    found = confirmed(incident(caution="repeated"), asked, redis())

    assert (found.confirmed, found.onset, found.caution) == (True, at("11:46:00"), "repeated")


# Deciding by it


@pytest.fixture
def world() -> FakeWorld:
    """An instance of mode auto whose alarms are confirmed, and a Cloud Eye that does so."""
    made = world_at_1154()
    made.current_policy = policy(confirm="cloud-eye")
    made.eye.kept[RULE] = [record()]
    made.eye.measured[series()] = every(MINUTE)
    return made


def policy(**rules: Any) -> Policy:
    ordinary = parse_policy(builders.POLICY)
    (instance,) = ordinary.instance
    changed = msgspec.structs.replace(instance, **rules)
    return msgspec.structs.replace(ordinary, instance=(changed,))


def decided(world: FakeWorld, of: Incident | None = None) -> Decided:
    found = consider(of or incident(), world)
    assert isinstance(found, Decided)
    assert found.again() == found.decision
    return found


def plan(world: FakeWorld, of: Incident | None = None) -> Plan:
    made = decided(world, of).decision
    assert isinstance(made, Plan)
    return made


def test_auto_rests_on_a_measured_onset(world: FakeWorld) -> None:
    made = plan(world)

    assert made.mode == "auto"
    assert made.strength == "datapoint"
    assert made.target == at("11:40:20")


def test_a_policy_that_does_not_ask_for_it_asks_nobody(world: FakeWorld) -> None:
    world.current_policy = policy()

    made = plan(world)

    assert made.mode == "propose"
    assert made.incident == incident()
    assert decided(world).asked is None
    assert world.eye.asked == []


def test_an_alarm_of_another_sender_is_decided_without_cloud_eye(world: FakeWorld) -> None:
    world.eye.failing = [CloudError("away", "wait", "unreachable")]

    assert plan(world, builders.incident(changed_at=at("11:53:08"))).mode == "auto"
    assert world.eye.failing


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "no record": ({"kept": {}}, "it has no record of this alarm on"),
    "over": ({"kept": {RULE: [record(status="ok")]}}, "its record is ok by now"),
    "an event": (
        {"kept": {RULE: [record(series=series(period=0))]}},
        "an event has no datapoints",
    ),
    "no data": ({"measured": {}}, "its data have 0 bad datapoints in a row, and it takes 3"),
    "unreachable": (
        {"failing": [CloudError("away (request 7)", "wait", "unreachable")]},
        "it could not be asked (unreachable)",
    ),
    "forbidden": (
        {"failing": [CloudError("no", "grant it", "permission")]},
        "it could not be asked (permission)",
    ),
    "too much": (
        {"measured": {series(): every(timedelta(seconds=1))}},
        "it gave 3010 datapoints",
    ),
    "its clock": ({"ahead": timedelta(minutes=5)}, "our clock and its own are 5m apart"),
}


@pytest.mark.parametrize(("state", "why"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_not_confirmed_is_no_more_than_a_proposal_and_says_why(
    state: dict[str, Any], why: str, world: FakeWorld
) -> None:
    vars(world.eye).update(state)
    world.current_policy = policy(confirm="cloud-eye", auto_needs="any")

    made = plan(world)

    assert made.mode == "propose"
    assert any(
        warning.startswith(f"Cloud Eye does not confirm it: {why}") for warning in made.warnings
    )


def test_a_message_that_names_no_rule_is_asked_about_nobody(world: FakeWorld) -> None:
    odd = incident(source=f"cloudeye:*:redis_cluster_id:{REDIS}")

    assert "its message names no alarm rule" in str(plan(world, odd).incident.caution)


def test_data_are_asked_for_of_the_series_and_the_span_of_the_record(world: FakeWorld) -> None:
    plan(world)

    assert world.eye.asked == [(series(), *span_of(incident(), record()))]


def test_a_recovery_by_a_measured_onset_runs_by_itself_and_settles_what_was_believed(
    world: FakeWorld,
) -> None:
    start(incident(onset=at("11:33:00")), world)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert [text for _, text in world.cloud.restores] == ["2026-02-17T19:40:20+0800"]
    # By its message the data was bad at 11:33, before the target; by what was measured it was not.
    assert world.ledger.history(incident()).suspects == ()


def test_an_alarm_that_ends_before_the_request_was_measured_all_the_same(
    world: FakeWorld,
) -> None:
    made = plan(world)
    claimed = world.ledger.claim(
        made, world.current_policy.instance[0], world.current_policy.fleet, world.now()
    )
    world.eye.kept[RULE] = [record(status="ok")]

    assert not hasattr(recheck(made, claimed, world), "message")  # type: ignore[arg-type] # it is claimed


def test_something_bad_that_shows_before_the_request_stops_it(world: FakeWorld) -> None:
    made = plan(world)
    claimed = world.ledger.claim(
        made, world.current_policy.instance[0], world.current_policy.fleet, world.now()
    )
    world.eye.measured[series()] = every(MINUTE, "11:30:00")

    again = recheck(made, claimed, world)  # type: ignore[arg-type] # it is claimed

    assert "an earlier moment is asked for by now" in str(again)


def test_what_a_person_agreed_to_is_carried_out_although_the_alarm_is_over_by_then(
    world: FakeWorld,
) -> None:
    world.current_policy = policy(confirm="cloud-eye", mode="propose")
    flow = FakeFlow()

    def agree() -> None:
        world.eye.kept[RULE] = [record(status="ok")]
        (standing,) = world.ledger.standing(REDIS)
        assert standing.plan is not None
        approve(standing.incident, standing.plan.hash, "ana", world)

    flow.while_asleep = agree

    assert recover(incident(), flow, world).state == "settled"


@pytest.mark.parametrize("status", ["alarm", "ok"])
def test_a_message_that_comes_again_wakes_no_proposal_that_knows_more_than_it(
    world: FakeWorld, status: str
) -> None:
    propose(world, status)

    for _ in range(3):
        start(incident(), world)

    assert world.waker.woken == []


@pytest.mark.parametrize(
    ("news", "status", "woken"),
    [
        ({"onset": at("11:20:00")}, "ok", 1),
        ({"strength": "datapoint"}, "ok", 1),
        ({"caution": "repeated"}, "ok", 1),
        ({"onset": at("11:20:00")}, "alarm", 0),
        ({"caution": "repeated"}, "alarm", 1),
    ],
)
def test_a_message_that_tells_more_wakes_what_does_not_rest_on_a_measured_onset(
    news: dict[str, Any], status: str, woken: int, world: FakeWorld
) -> None:
    propose(world, status)

    start(incident(**news), world)

    assert len(world.waker.woken) == woken


def propose(world: FakeWorld, status: str) -> None:
    """Keep an alarm that Cloud Eye says this of, and let its proposal wait for a person."""
    world.current_policy = policy(confirm="cloud-eye", mode="propose")
    world.eye.kept[RULE] = [record(status=status)]
    start(incident(), world)
    made = decide_on_record(incident(), world)
    assert isinstance(made, Plan)
    assert made.incident.confirmed is (status == "alarm")
    world.ledger.conclude(made, incident(), world.now())
    world.ledger.keep_callback(made, "callback")


def test_the_journal_holds_what_was_answered(world: FakeWorld) -> None:
    decide_on_record(incident(), world)

    (entry,) = (one for one in world.ledger.entries(REDIS) if one.kind == "decided")

    assert entry.detail["asked"]["record"]["status"] == "alarm"
    assert len(entry.detail["asked"]["datapoints"]) == 51
