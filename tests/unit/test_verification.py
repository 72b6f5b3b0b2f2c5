from __future__ import annotations

from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import msgspec
import pytest

from lastgood.domain.objective import Finding
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.ranges import Point, Points, Window, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy, Reading
from lastgood.ports import CloudError, CredentialsError
from lastgood.workflows.reading import read_one, read_range
from lastgood.workflows.verification import READ_TAKES, OutOfTimeError, measure
from tests.support.builders import POLICY, RDS, REDIS, at
from tests.support.fakes import FakeCloud, FakeWorld, service_times
from tests.support.scenes import world_at_1154
from tests.support.sweeps import sweep_all


def finding_of(instance: str, world: FakeWorld) -> Finding:
    """What the last sweep kept."""
    found = world.ledger.last_finding(instance)
    assert found is not None
    return found


def two_instances_of_one_cloud() -> FakeWorld:
    """Redis instances, and two requests a second."""
    world = world_at_1154()
    first = world.current_policy.instance[0]
    second = msgspec.structs.replace(first, id=f"{'b' * 32}in12", name="second", alarms=())
    cloud = msgspec.structs.replace(world.current_policy.cloud["prod"], requests_per_second=2)
    world.current_policy = msgspec.structs.replace(
        world.current_policy, cloud={"prod": cloud}, instance=(first, second)
    )
    world.cloud.instances[second.id] = world.cloud.instances[first.id]
    return world


@pytest.fixture
def world() -> FakeWorld:
    """The newest point is 3m40s old, the oldest an hour; the longest gap is 20 minutes."""
    objective = 'objective = { max_lag = "30m", min_coverage = "45m", max_gap = "30m" }\n'
    return world_at_1154(more=objective)


def test_an_instance_that_keeps_its_promise_is_ok_and_nothing_is_told_of_it(
    world: FakeWorld,
) -> None:
    (swept,) = sweep_all("sweep-1", world)

    assert (swept.verdict, swept.counts, swept.worst) == ("ok", {"ok": 1}, ())
    finding = finding_of(REDIS, world)
    assert finding.lag_seconds == 220
    assert finding.coverage_seconds == 50 * 60
    assert finding.longest_gap_seconds == 20 * 60
    assert world.publisher.kinds == ["Sweep Completed"]
    assert world.metrics.emitted == [("orders-cache", finding)]
    assert world.metrics.swept == [{"ok": 1}]


def test_degradation_and_restoration_are_told_when_they_change_and_not_again(
    world: FakeWorld,
) -> None:
    sweep_all("sweep-1", world)
    world.now.pass_(timedelta(minutes=40))
    sweep_all("sweep-2", world)
    sweep_all("sweep-3", world)
    world.now.pass_(timedelta(minutes=-40))
    sweep_all("sweep-4", world)
    sweep_all("sweep-5", world)

    assert [kind for kind in world.publisher.kinds if kind != "Sweep Completed"] == [
        "Recoverability Degraded",
        "Recoverability Restored",
    ]


def test_an_instance_that_is_degraded_when_first_seen_is_told(world: FakeWorld) -> None:
    world.now.pass_(timedelta(minutes=40))

    sweep_all("sweep-1", world)

    assert "Recoverability Degraded" in world.publisher.kinds


def test_what_was_found_before_is_told_with_what_is_found_now(world: FakeWorld) -> None:
    sweep_all("sweep-1", world)
    world.now.pass_(timedelta(minutes=40))
    sweep_all("sweep-2", world)

    (told,) = [one for kind, one in world.publisher.published if kind == "Recoverability Degraded"]
    assert (told["previous"], told["finding"]["verdict"]) == ("ok", "degraded")


def test_pitr_switched_off_is_failing(world: FakeWorld) -> None:
    world.cloud.instances[REDIS].points.clear()
    world.cloud.instances[REDIS].pitr = PitrPolicy(enabled=False)

    (swept,) = sweep_all("sweep-1", world)

    assert swept.verdict == "failing"
    assert finding_of(REDIS, world).reasons == ("point-in-time recovery is switched off",)


def test_an_instance_that_is_not_normal_is_failing_whatever_points_it_has(
    world: FakeWorld,
) -> None:
    world.cloud.instances[REDIS].state = InstanceState("abnormal", (), "Cluster")

    sweep_all("sweep-1", world)

    finding = finding_of(REDIS, world)
    assert finding.verdict == "failing"
    assert finding.reasons == ("it is abnormal: only a normal instance is restored",)
    assert finding.lag_seconds == 220


def test_an_instance_that_cannot_be_read_is_unknown_and_the_sweep_goes_on(
    world: FakeWorld,
) -> None:
    world.cloud.failing["points"] = [CloudError("no answer", "wait")]

    (swept,) = sweep_all("sweep-1", world)

    assert swept.verdict == "unknown"
    assert finding_of(REDIS, world).reasons == ("no answer",)


def test_a_change_is_kept_for_a_bus_that_is_away_before_it_is_known(world: FakeWorld) -> None:
    world.now.pass_(timedelta(minutes=40))
    world.publisher.failing = 1

    sweep_all("sweep-1", world)

    assert world.publisher.kinds == ["Sweep Completed", "Recoverability Degraded"]
    assert world.ledger.pending() == ()


def test_an_instance_gated_by_windows_is_measured_by_what_both_offer() -> None:
    gated = POLICY.replace('mode = "auto"', f'mode = "auto"\nrange = "rds:{RDS}"')
    database = f'[[instance]]\nid = "{RDS}"\nname = "db"\ncloud = "prod"\nservice = "rds"\n'
    world = FakeWorld(parse_policy(gated + database))
    world.cloud.add_points(REDIS, *service_times("11:00:20", "11:40:20"))
    world.cloud.add_window(RDS, at("10:00:00"), at("11:20:00"))

    sweep_all("sweep-1", world)

    redis, rds = (finding_of(each, world) for each in (REDIS, RDS))

    assert redis.newest == at("11:00:20")
    assert rds.newest == at("11:20:00")
    assert read_one(world.policy().instance[0], world.clouds, world.now()).range == (
        Points.of([Point.from_text(*service_times("11:00:20"))])
    )


def test_windows_are_read_from_the_moment_that_is_asked_for_with_the_clock_of_their_service() -> (
    None
):
    database = f'[[instance]]\nid = "{RDS}"\nname = "db"\ncloud = "prod"\nservice = "rds"\n'
    world = FakeWorld(parse_policy(POLICY + database))
    world.cloud.add_window(RDS, at("10:00:00"), at("23:00:00"))
    world.cloud.skews = {"rds": timedelta(seconds=3.6), "geminidb": timedelta(seconds=9)}

    reading = read_one(world.policy().instance[1], world.clouds, world.now(), at("11:00:00"))

    assert reading == Reading(
        instance=RDS,
        source="rds",
        range=Windows((Window(at("11:00:00"), world.now()),)),
        skew_seconds=4,
    )


def test_the_windows_that_gate_are_read_from_the_moment_that_is_asked_for_until_now() -> None:
    gated = POLICY.replace('mode = "auto"', f'mode = "auto"\nrange = "rds:{RDS}"')
    world = FakeWorld(parse_policy(gated))
    world.cloud.add_points(REDIS, *service_times("11:00:20", "11:40:20", "11:53:20"))
    world.cloud.add_window(RDS, at("10:00:00"), at("23:00:00"))
    asked: list[object] = []
    windows = world.cloud.windows

    def read(instance: str, since: object = None, until: object = None) -> Windows:
        asked.append((instance, since, until))
        return windows(instance)

    world.cloud.windows = read  # type: ignore[method-assign]
    (instance,) = world.policy().instance
    read_range(instance, world.clouds, world.now(), at("11:20:00"))

    assert asked == [(RDS, at("11:20:00"), world.now())]


def test_a_cloud_that_cannot_be_opened_makes_its_instances_unknown(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(name: str) -> FakeCloud:
        raise CredentialsError(f"no credentials for {name}", "set them")

    monkeypatch.setattr(world, "clouds", closed)

    (swept,) = sweep_all("sweep-1", world)

    assert swept.verdict == "unknown"
    assert "no credentials" in finding_of(REDIS, world).reasons[0]


@pytest.mark.parametrize(("seconds", "together"), [(51.5, True), (51.4, False)])
def test_two_measure_at_once_only_with_the_time_for_all_that_the_other_may_still_ask(
    monkeypatch: pytest.MonkeyPatch, *, seconds: float, together: bool
) -> None:
    world = two_instances_of_one_cloud()
    world.seconds_left = seconds
    both, met = Barrier(2), []
    read = world.cloud.state

    def meet(instance: str) -> InstanceState:
        try:
            both.wait(5 if together else 0.2)
        except BrokenBarrierError:
            met.append(False)
        else:
            met.append(True)
        return read(instance)

    monkeypatch.setattr(world.cloud, "state", meet)

    assert len(measure(world.policy().instance, world, lambda _: None)) == 2
    assert met == [together] * 2


@pytest.mark.parametrize("seconds", [40.0, 39.9])
def test_the_last_that_measures_begins_nothing_without_the_time_for_a_read(
    world: FakeWorld, seconds: float
) -> None:
    world.seconds_left = seconds
    only = world.policy().instance[:1]

    if seconds < READ_TAKES:
        with pytest.raises(OutOfTimeError):
            measure(only, world, lambda _: None)
    else:
        assert len(measure(only, world, lambda _: None)) == 1


def test_a_mistake_of_ours_while_measuring_is_no_verdict(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(instance: str) -> InstanceState:
        raise RuntimeError(f"a mistake about {instance}")

    monkeypatch.setattr(world.cloud, "state", broken)

    with pytest.raises(RuntimeError, match="a mistake"):
        measure(world.policy().instance, world, lambda _: None)
