"""About how many commands a restore undoes: how it is counted, read, kept and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain import canonical
from lastgood.domain.alarm import Datapoint
from lastgood.domain.counting import (
    CLUSTER,
    COMMANDS,
    MOST_NODES,
    NAMESPACE,
    NODE,
    Rates,
    added,
    begin_of,
    commands,
    period_of,
    series_of,
    tell,
    with_losses,
)
from lastgood.domain.events import announce_recovery
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.notices import tell_event
from lastgood.domain.plan import Choice, Plan, Refusal, unsealed
from lastgood.domain.policy import Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.times import Duration
from lastgood.ports import CloudError
from lastgood.workflows.counting import PATIENCE, SPARE
from lastgood.workflows.deciding import Decided, consider, decide_on_record, differs, recheck
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support import builders
from tests.support.builders import REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154

MINUTE = timedelta(minutes=1)
NODES = ("0f2b7e6c5d4a4b3c9e8f7a6b5c4d3e2fno12", "1f2b7e6c5d4a4b3c9e8f7a6b5c4d3e2fno12")


def rates(*of_each_minute: float | None, start: str = "11:40:00") -> Rates:
    return Rates(start=at(start), period=60, rates=of_each_minute)


def every_minute(*values: float | None, start: str = "11:40:00") -> list[Datapoint]:
    return [Datapoint(at(start) + n * MINUTE, value) for n, value in enumerate(values)]


# Counting


@pytest.mark.parametrize(
    ("measured", "since", "until", "expected"),
    [
        (rates(10, 20), "11:40:00", "11:42:00", 1800),
        (rates(10, 20), "11:40:30", "11:41:15", 600),
        (rates(10, 20), "11:41:00", "11:42:00", 1200),
        (rates(0, 0), "11:40:00", "11:42:00", 0),
        (rates(0.001, 0), "11:40:00", "11:41:00", 1),
        (rates(10, 20), "11:41:00", "11:41:00", 0),
        (rates(10, 20), "11:41:00", "11:40:00", 0),
    ],
    ids=["whole", "shares", "one", "zero", "upwards", "nothing", "backwards"],
)
def test_a_period_counts_by_its_share_of_the_interval(
    measured: Rates, since: str, until: str, expected: int
) -> None:
    assert commands(measured, at(since), at(until)) == expected


@pytest.mark.parametrize(
    ("measured", "until", "expected"),
    [
        (rates(10, None, 30), "11:43:00", 600 + 1800 + 1800),
        (rates(10, 30, None), "11:43:00", 600 + 1800 + 1800),
        (rates(10, 30), "11:43:30", 600 + 1800 + 2700),
        (rates(None, 30), "11:42:00", 1800 + 1800),
    ],
    ids=["a gap", "the newest", "beyond the newest", "the oldest"],
)
def test_what_was_not_measured_counts_like_the_busiest(
    measured: Rates, until: str, expected: int
) -> None:
    assert commands(measured, at("11:40:00"), at(until)) == expected


@pytest.mark.parametrize(
    ("measured", "until"),
    [
        (rates(), "11:42:00"),
        (rates(None, None), "11:42:00"),
        (rates(None, None, 10), "11:43:00"),
        (rates(10), "11:42:00.000001"),
    ],
    ids=["no periods", "no values", "a third", "just less than half"],
)
def test_less_than_half_measured_is_not_known(measured: Rates, until: str) -> None:
    assert commands(measured, at("11:40:00"), at(until)) is None


MOMENTS = st.integers(0, 30 * 60 * 10**6).map(
    lambda us: at("11:30:00") + timedelta(microseconds=us)
)


@given(
    st.lists(st.none() | st.floats(0, 1e9), max_size=20),
    st.tuples(MOMENTS, MOMENTS, MOMENTS, MOMENTS).map(sorted),
)
def test_a_longer_interval_never_has_fewer_commands_and_none_has_less_than_zero(
    values: list[float | None], moments: list[datetime]
) -> None:
    outer_since, since, until, outer_until = moments
    inner = commands(rates(*values), since, until)
    outer = commands(rates(*values), outer_since, outer_until)

    assert inner is None or inner >= 0
    assert inner is None or outer is None or inner <= outer


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20), MOMENTS)
def test_nothing_is_lost_at_a_seam(values: list[float], seam: datetime) -> None:
    end = at("11:40:00") + len(values) * MINUTE
    seam = min(max(seam, at("11:40:00")), end)
    whole = commands(rates(*values), at("11:40:00"), end)
    parts = [commands(rates(*values), *span) for span in ((at("11:40:00"), seam), (seam, end))]

    assert whole is not None
    assert whole <= sum(part or 0 for part in parts) <= whole + 1


@pytest.mark.parametrize(
    ("length", "period"),
    [("10m", 60), ("2h", 60), ("121m", 300), ("10h", 300), ("11h", 1200), ("900d", 86400)],
)
def test_a_long_interval_is_asked_for_by_long_periods(length: str, period: int) -> None:
    until = at("11:40:00")

    assert period_of(until - Duration.parse(length), until) == period


@pytest.mark.parametrize(
    ("moment", "period", "begin"),
    [
        ("11:40:20", 60, "11:40:00"),
        ("11:40:00", 60, "11:40:00"),
        ("11:44:59.999999", 300, "11:40:00"),
        ("11:59:59", 1200, "11:40:00"),
        ("11:40:00", 86400, "00:00:00"),
    ],
)
def test_periods_begin_where_cloud_eye_lets_them(moment: str, period: int, begin: str) -> None:
    assert begin_of(at(moment), period) == at(begin)


def test_rates_are_those_of_all_nodes_together() -> None:
    one, other = every_minute(1, 2, 3), every_minute(10, 20, 30)

    found = added([one, other], 60, at("11:40:00"), at("11:43:00"))

    assert found == rates(11, 22, 33)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (every_minute(1, None, 3), rates(11, None, 33)),
        (every_minute(1, -2, 3), rates(11, None, 33)),
        (every_minute(1, 1e300, 3), rates(11, None, 33)),
        (every_minute(1, float("nan"), 3), rates(11, None, 33)),
        (every_minute(1, 2), rates(11, 22, None)),
        (every_minute(5, 2, 3) + every_minute(1), rates(15, 22, 33)),
        (every_minute(7, 1, 2, 3, start="11:39:00"), rates(11, 22, 33)),
        (every_minute(1, 2, 3, 4), rates(11, 22, 33)),
        (list(reversed(every_minute(1, 2, 3))), rates(11, 22, 33)),
        (
            [Datapoint(at("11:40:59"), 1.0), *every_minute(2, 3, start="11:41:00")],
            rates(11, 22, 33),
        ),
    ],
    ids=[
        *("no value", "below zero", "absurd", "no number", "none yet", "twice"),
        *("earlier", "later", "in no order", "within its period"),
    ],
)
def test_a_period_is_measured_where_every_node_was(one: list[Datapoint], expected: Rates) -> None:
    other = every_minute(10, 20, 30)

    assert added([one, other], 60, at("11:40:00"), at("11:42:59")) == expected


def test_of_no_nodes_nothing_is_measured() -> None:
    assert added([], 60, at("11:40:00"), at("11:42:00")) == rates(None, None)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "no command at all"),
        (1, "at most about 1 command"),
        (999, "at most about 999 commands"),
        (1000, "at most about 1,000 commands"),
        (1001, "at most about 1,010 commands"),
        (12_300, "at most about 12,300 commands"),
        (12_301, "at most about 12,400 commands"),
        (1_234_567, "at most about 1,240,000 commands"),
    ],
)
def test_a_number_is_told_no_more_exact_than_it_is_known(count: int, told: str) -> None:
    assert tell(count) == told


# Reading it


@pytest.fixture
def world() -> FakeWorld:
    """An instance of two nodes, each of which ran ten commands a second, and Cloud Eye is asked."""
    made = world_at_1154()
    made.current_policy = policy(confirm="cloud-eye")
    made.cloud.instances[REDIS].state = InstanceState("normal", (), "Cluster", NODES)
    for series in series_of(REDIS, NODES, 60):
        made.eye.measured[series] = every_minute(*[10.0] * 13, start="11:40:00")
    return made


def policy(**rules: Any) -> Policy:
    ordinary = parse_policy(builders.POLICY)
    (instance,) = ordinary.instance
    changed = msgspec.structs.replace(instance, **rules)
    return msgspec.structs.replace(ordinary, instance=(changed,))


def decided(world: FakeWorld) -> Decided:
    """The decision; it comes out the same from what the journal keeps of it."""
    found = consider(incident(), world)
    assert isinstance(found, Decided)
    kept = canonical.decode(canonical.encode(found), Decided)
    assert kept.again() == found.decision
    return found


def plan(world: FakeWorld) -> Plan:
    made = decided(world).decision
    assert isinstance(made, Plan)
    return made


def test_a_plan_tells_about_how_many_commands_it_loses(world: FakeWorld) -> None:
    made = plan(world)

    assert made.target == at("11:40:20")
    assert made.loss_seconds == 13 * 60 + 40
    assert made.lost_writes == 20 * (13 * 60 + 40)


def test_each_node_is_asked_about_once_for_what_the_plan_loses(world: FakeWorld) -> None:
    plan(world)

    assert world.eye.glanced == [
        (series, at("11:40:00"), at("11:54:00")) for series in series_of(REDIS, NODES, 60)
    ]
    assert world.eye.glanced[0][0].metric == f"{NAMESPACE}/{COMMANDS}"
    assert world.eye.glanced[0][0].dimensions == ((CLUSTER, REDIS), (NODE, NODES[0]))


def test_an_instance_in_which_nothing_happened_loses_no_command(world: FakeWorld) -> None:
    for points in world.eye.measured.values():
        points[:] = every_minute(*[0.0] * 13)

    assert plan(world).lost_writes == 0


def test_the_other_target_tells_its_own_number_and_takes_it_along(world: FakeWorld) -> None:
    start(incident("an-earlier-one", onset="11:30:00"), world)
    for series in series_of(REDIS, NODES, 60):
        world.eye.measured[series] = every_minute(*[10.0] * 34, start="11:20:00")

    made = plan(world)

    assert made.alternative is not None
    assert made.lost_writes == 20 * made.loss_seconds
    assert made.alternative.lost_writes == 20 * made.alternative.loss_seconds
    chosen = made.choose(made.alternative.hash)
    assert chosen is not None
    assert chosen.lost_writes == made.alternative.lost_writes


def away() -> None:
    raise CloudError("away", "wait", "unreachable")


def forbidden() -> None:
    raise CloudError("no", "grant it", "permission")


def nothing() -> None:
    """The first node answers."""


def without_nodes(world: FakeWorld) -> None:
    world.cloud.instances[REDIS].state = InstanceState("normal", (), "Cluster")


def too_many_nodes(world: FakeWorld) -> None:
    many = tuple(f"node{n}" for n in range(MOST_NODES + 1))
    world.cloud.instances[REDIS].state = InstanceState("normal", (), "Cluster", many)


def slow(world: FakeWorld) -> None:
    world.eye.at_a_glance = [lambda: world.now.pass_(PATIENCE + timedelta(seconds=1))]


UNKNOWN: dict[str, tuple[Callable[[FakeWorld], object], int]] = {
    "away": (lambda world: world.eye.at_a_glance.append(away), 1),
    "forbidden": (lambda world: world.eye.at_a_glance.append(forbidden), 1),
    "one node away": (lambda world: world.eye.at_a_glance.extend([nothing, away]), 2),
    "no metric": (lambda world: world.eye.measured.clear(), 2),
    "slow": (slow, 1),
    "no nodes": (without_nodes, 0),
    "many nodes": (too_many_nodes, 0),
    "no time": (lambda world: vars(world).update(seconds_left=SPARE - 1), 0),
    "not asked": (lambda world: vars(world).update(current_policy=policy()), 0),
}


@pytest.mark.parametrize(("spoil", "asked"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_read_leaves_the_plan_as_it_is(
    spoil: Callable[[FakeWorld], object], asked: int, world: FakeWorld
) -> None:
    usual = plan(world)
    world.eye.glanced.clear()
    spoil(world)
    began = world.now()

    made = plan(world)

    assert made.lost_writes is None
    assert (made.target, made.mode, made.decided_at) == (usual.target, usual.mode, began)
    assert len(world.eye.glanced) == asked


def test_a_refusal_asks_nobody(world: FakeWorld) -> None:
    world.current_policy = policy(confirm="cloud-eye", mode="observe")

    assert isinstance(decided(world).decision, Refusal)
    assert world.eye.glanced == []


def test_right_before_the_request_nothing_is_counted(world: FakeWorld) -> None:
    made = plan(world)
    claimed = world.ledger.claim(
        made, world.current_policy.instance[0], world.current_policy.fleet, world.now()
    )
    assert isinstance(claimed, Recovery)
    world.eye.glanced.clear()

    assert not isinstance(recheck(made, claimed, world), Refusal)
    assert world.eye.glanced == []


def test_a_recovery_is_carried_out_whatever_is_counted_meanwhile(world: FakeWorld) -> None:
    start(incident(), world)

    assert recover(incident(), FakeFlow(), world).state == "settled"
    assert len(world.eye.glanced) == len(NODES)


def test_the_number_makes_no_other_plan(world: FakeWorld) -> None:
    known = plan(world)
    world.eye.measured.clear()
    unknown = plan(world)

    assert known.hash == unknown.hash == canonical.digest(unsealed(known))
    assert not differs(known, unknown)
    assert not differs(unknown, known)


def test_the_journal_holds_the_rates_that_a_plan_rests_on(world: FakeWorld) -> None:
    made = decide_on_record(incident(), world)

    (entry,) = (one for one in world.ledger.entries(REDIS) if one.kind == "decided")
    kept = msgspec.convert(entry.detail, Decided, dec_hook=canonical.read_hook)
    assert kept.rates is not None
    assert kept.rates.rates == (20.0,) * 13 + (None,)
    assert kept.again() == made


def test_a_decision_of_which_no_rates_are_kept_comes_out_the_same() -> None:
    refusal = Refusal(incident=None, code="halted", message="", hint="")

    assert with_losses(refusal, rates(1)) is refusal
    assert with_losses(refusal, None) is refusal


# Telling it


@pytest.fixture
def proposed(world: FakeWorld) -> Recovery:
    made = plan(world)
    return Recovery(
        incident=incident().id,
        instance=REDIS,
        state="proposed",
        changed_at=at("11:54:00"),
        plan=msgspec.structs.replace(made, mode="propose"),
    )


def test_a_proposal_tells_the_number_beside_the_time(proposed: Recovery) -> None:
    event = announce_recovery(incident(), proposed, "orders-cache")

    assert event.lost_writes == 16_400
    assert event.summary is not None
    assert "and lose 13m40s, at most about 16,400 commands; answer until" in event.summary
    notice = tell_event("Recovery Proposed", msgspec.to_builtins(event))
    assert notice is not None
    assert "the writes of 13m40s (at most about 16,400 commands) after it would be" in notice.text


def test_what_was_carried_out_tells_only_the_time_that_it_cost(proposed: Recovery) -> None:
    done = msgspec.structs.replace(proposed, state="settled", sent_at=at("11:58:00"))
    event = announce_recovery(incident(), done, "orders-cache")

    notice = tell_event("Recovery Completed", msgspec.to_builtins(event))

    assert notice is not None
    assert "the writes of 17m40s after it are lost" in notice.text
    assert "commands" not in notice.text


def test_the_other_choice_is_told_with_its_own_number(proposed: Recovery) -> None:
    assert proposed.plan is not None
    other = Choice(
        target=at("11:50:20"), restore_time="", loss_seconds=220, hash="ab" * 32, lost_writes=4400
    )
    with_other = msgspec.structs.replace(proposed.plan, alternative=other)
    event = announce_recovery(incident(), msgspec.structs.replace(proposed, plan=with_other))

    notice = tell_event("Recovery Proposed", msgspec.to_builtins(event))

    assert notice is not None
    assert "lose 3m40s (at most about 4,400 commands), risk bad data" in notice.text
