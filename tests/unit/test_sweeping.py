"""Sweeps of any size: what a step, an execution and an invocation take, and what comes of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from lastgood.domain import canonical
from lastgood.domain.events import SweepEvent
from lastgood.domain.objective import Finding, Verdict
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.sweep import MOST, Portion, Started, Tally
from lastgood.ports import CloudError, CredentialsError, StartError, StepFailedError
from lastgood.workflows import sweeping
from lastgood.workflows.sweeping import begin, sweep
from lastgood.workflows.verification import READ_TAKES, OutOfTimeError, measure
from tests.support.builders import NOW, POLICY, REDIS
from tests.support.fakes import FakeCloud, FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154
from tests.support.sweeps import sweep_all

MANY = tuple(f"{n:032x}in12" for n in range(1, 24))
PORTION = Portion(sweep="sweep-1", cloud="prod")


def entries(ids: tuple[str, ...], cloud: str = "prod") -> str:
    return "".join(
        f'[[instance]]\nid = "{each}"\nname = "{cloud}-{n}"\ncloud = "{cloud}"\n'
        'service = "geminidb-redis"\n'
        for n, each in enumerate(ids)
    )


def world_of(more: str, ids: tuple[str, ...]) -> FakeWorld:
    world = world_at_1154()
    world.current_policy = parse_policy(POLICY + more)
    for each in ids:
        world.cloud.add_points(each, *world.cloud.instances[REDIS].points)
    return world


@pytest.fixture
def world() -> FakeWorld:
    """REDIS and 23 more, whose ids come before it."""
    return world_of(entries(MANY), MANY)


@pytest.fixture
def two_clouds() -> FakeWorld:
    other = POLICY[POLICY.index("[cloud.prod]") : POLICY.index("[[instance]]")]
    section = other.split("\n\n")[0].replace("[cloud.prod]", "[cloud.other]")
    return world_of(f"{section}\n\n{entries(MANY[:2], 'other')}", MANY[:2])


def spend(world: FakeWorld, seconds: float) -> Callable[[str], InstanceState]:
    """Let each read of a state take so long of the invocation."""
    read = world.cloud.state

    def slow(instance: str) -> InstanceState:
        world.seconds_left -= seconds
        return read(instance)

    return slow


class Invocations(FakeFlow):
    """Each pause gives a fresh invocation."""

    def __init__(self, world: FakeWorld, seconds: float) -> None:
        super().__init__()
        world.seconds_left = seconds
        self.while_asleep = lambda: setattr(world, "seconds_left", seconds)


def test_every_instance_is_measured_once_and_kept(world: FakeWorld) -> None:
    (swept,) = sweep_all("sweep-1", world)

    assert swept.counts == {"ok": 24}
    measured = [finding.instance for _, finding in world.metrics.emitted]
    assert measured == sorted((REDIS, *MANY))
    assert all(world.ledger.last_finding(each) for each in measured)


def test_a_long_sweep_takes_many_invocations_and_counts_each_instance_once(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.cloud, "state", spend(world, 15))
    flow = Invocations(world, 100)

    swept = sweep(PORTION, flow, world)

    assert isinstance(swept, SweepEvent)
    assert swept.counts == {"ok": 24}
    assert len(flow.sleeps) > 3
    assert set(flow.sleeps) == {sweeping.PAUSE}
    assert "unknown" not in {finding.verdict for _, finding in world.metrics.emitted}


def test_with_too_little_time_for_a_read_none_is_begun_and_nothing_is_found(
    world: FakeWorld,
) -> None:
    world.seconds_left = READ_TAKES - 1
    flow = FakeFlow()
    flow.while_asleep = lambda: setattr(world, "seconds_left", math.inf)

    swept = sweep(PORTION, flow, world)

    assert isinstance(swept, SweepEvent)
    assert swept.counts == {"ok": 24}
    first = flow.kept["measure, part 1"]
    assert (first.counts, first.after, first.done) == ({}, "", False)


def test_a_read_that_fails_because_the_time_is_over_is_no_finding(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failed = world.cloud.state, [MANY[4]]

    def cut(instance: str) -> InstanceState:
        if instance in failed:
            failed.remove(instance)
            world.seconds_left = 3
            raise CloudError("its turn is too late", "wait", "unreachable")
        return read(instance)

    monkeypatch.setattr(world.cloud, "state", cut)

    swept = sweep(PORTION, Invocations(world, 300), world)

    assert isinstance(swept, SweepEvent)
    assert swept.counts == {"ok": 24}


def test_one_that_a_whole_invocation_was_not_enough_for_is_unknown_and_holds_up_no_other(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = world.cloud.state

    def hang(instance: str) -> InstanceState:
        if instance == MANY[0]:
            world.seconds_left = 3
            raise CloudError("no answer in time", "look", "unreachable")
        return read(instance)

    monkeypatch.setattr(world.cloud, "state", hang)

    swept = sweep(PORTION, Invocations(world, 300), world)

    assert isinstance(swept, SweepEvent)
    assert swept.counts == {"unknown": 1, "ok": 23}
    (worst,) = swept.worst
    assert (worst.instance, worst.reason) == (MANY[0], "no answer in time")


def test_recording_ends_before_the_invocation_does(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = world.ledger.keep_finding

    def slow(finding: Finding) -> None:
        world.seconds_left = min(world.seconds_left, 30)
        world.seconds_left -= 15
        keep(finding)

    monkeypatch.setattr(world.ledger, "keep_finding", slow)
    flow = Invocations(world, 300)

    swept = sweep(PORTION, flow, world)

    assert isinstance(swept, SweepEvent)
    assert swept.counts == {"ok": 24}
    assert flow.kept["measure, part 1"].counts["ok"] <= 3


def test_a_long_sweep_is_chained_and_the_next_execution_carries_the_counts(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "STEPS", 2)
    monkeypatch.setattr(world.cloud, "state", spend(world, 15))
    flow = Invocations(world, 100)

    ended = sweep(PORTION, flow, world)

    assert ended == Started("sweep-1-prod-2")
    assert list(flow.kept)[-1] == "hand over"
    following = world.sweeps.started["sweep-1-prod-2"]
    assert (following.number, following.sweep, following.cloud) == (2, "sweep-1", "prod")
    assert following.tally.counts == flow.kept["measure, part 2"].counts
    assert 0 < following.tally.counts["ok"] < 24
    assert world.publisher.kinds == []
    world.seconds_left = math.inf
    last = sweep(following, FakeFlow(), world)
    assert isinstance(last, SweepEvent)
    assert last.counts == {"ok": 24}


def test_an_execution_hands_over_long_before_its_timeout(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.cloud, "state", spend(world, 15))
    flow = Invocations(world, 100)
    fresh = flow.while_asleep

    def slept() -> None:
        fresh()
        world.now.pass_(timedelta(minutes=8))

    flow.while_asleep = slept

    ended = sweep(PORTION, flow, world)

    assert ended == Started("sweep-1-prod-2")
    assert [name for name in flow.kept if name.startswith("measure")] == [
        "measure, part 1",
        "measure, part 2",
        "measure, part 3",
    ]


def test_each_cloud_has_an_execution_and_a_tick_delivered_again_starts_none(
    two_clouds: FakeWorld,
) -> None:
    flow = FakeFlow()
    first = begin("sweep-1", flow, two_clouds)
    again = begin("sweep-1", FakeFlow(), two_clouds)

    assert first == again
    assert next(iter(flow.kept)) == "clouds"
    assert [portion.cloud for portion in two_clouds.sweeps.started.values()] == ["prod", "other"]


def test_one_cloud_that_cannot_be_swept_holds_up_no_other(
    two_clouds: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = two_clouds.clouds

    def closed(name: str) -> FakeCloud:
        if name == "prod":
            raise CredentialsError("no credentials for prod", "set them")
        return opened(name)

    monkeypatch.setattr(two_clouds, "clouds", closed)

    prod, other = sweep_all("sweep-1", two_clouds)

    assert (prod.counts, other.counts) == ({"unknown": 1}, {"ok": 2})
    assert prod.worst[0].reason == "no credentials for prod"


def test_of_two_clouds_one_that_is_not_started_fails_the_tick_and_stops_no_other(
    two_clouds: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = two_clouds.sweeps.start

    def failing(portion: Portion) -> Started:
        if portion.cloud == "prod":
            raise StartError("it runs with another payload", "look")
        return start(portion)

    monkeypatch.setattr(two_clouds.sweeps, "start", failing)

    with pytest.raises(StepFailedError, match="another payload"):
        begin("sweep-1", FakeFlow(), two_clouds)

    assert [portion.cloud for portion in two_clouds.sweeps.started.values()] == ["other"]


def test_a_cloud_that_left_the_policy_during_the_sweep_has_nothing_to_measure(
    world: FakeWorld,
) -> None:
    swept = sweep(Portion(sweep="sweep-1", cloud="gone"), FakeFlow(), world)

    assert isinstance(swept, SweepEvent)
    assert (swept.verdict, swept.counts) == ("ok", {})


def test_what_cannot_be_started_fails_a_part_after_the_next_has_begun(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ledger.open(incident(), world.now())
    world.starter.failing = 99
    monkeypatch.setattr(world.cloud, "state", spend(world, 15))
    monkeypatch.setattr(sweeping, "STEPS", 1)
    left = msgspec.structs.replace(PORTION, tally=Tally(after=MANY[-1]))
    fails = Invocations(world, 100)

    with pytest.raises(StepFailedError, match="could not be started"):
        sweep(left, fails, world)

    assert world.publisher.kinds == ["Sweep Completed"]


def test_what_was_left_behind_is_not_started_once_more_by_the_next_execution(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for instance in MANY:
        one = msgspec.structs.replace(incident(f"of-{instance}"), instance=instance)
        world.ledger.open(one, world.now())
    monkeypatch.setattr(sweeping, "STEPS", 1)
    monkeypatch.setattr(world.cloud, "state", spend(world, 15))
    flow = Invocations(world, 100)

    sweep(PORTION, flow, world)

    assert flow.kept["measure, part 1"].left
    assert "start what was not, part 1" in flow.kept
    assert world.sweeps.started["sweep-1-prod-2"].tally.left == ()


def test_the_summary_names_the_worst_and_stays_small_whatever_the_size() -> None:
    verdicts: list[Verdict] = ["degraded", "unknown", "failing", "ok"]
    found = [
        (
            f"cache-{n}",
            Finding(
                instance=f"{n:032x}in12",
                verdict=verdicts[n % 4],
                measured_at=NOW,
                reasons=("" if n % 4 == 3 else "x" * 900,),
            ),
        )
        for n in range(10_000)
    ]

    tally = Tally().adding(found, (), NOW, done=True)

    assert tally.counts == dict.fromkeys(verdicts, 2500)
    assert (tally.verdict, len(tally.worst)) == ("failing", MOST)
    assert {named.verdict for named in tally.worst} == {"failing"}
    assert tally.worst[0].name == "cache-2"
    assert len(canonical.encode(tally)) < 10_000


def test_a_finding_without_a_reason_is_named_all_the_same() -> None:
    finding = Finding(instance=REDIS, verdict="degraded", measured_at=NOW)

    (named,) = Tally().adding([("orders-cache", finding)], (), NOW, done=True).worst

    assert named.reason == ""


def test_the_command_line_gives_every_finding_in_the_order_of_the_instances(
    world: FakeWorld,
) -> None:
    heard: list[str] = []

    found = measure(world.policy().instance, world, lambda finding: heard.append(finding.instance))

    assert [finding.instance for finding in found] == [REDIS, *MANY]
    assert sorted(heard) == sorted([REDIS, *MANY])


def test_a_measurement_for_which_there_is_no_time_is_no_finding(world: FakeWorld) -> None:
    world.seconds_left = 0

    with pytest.raises(OutOfTimeError):
        measure(world.policy().instance, world, lambda _: None)
