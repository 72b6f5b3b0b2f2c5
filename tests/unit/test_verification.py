from __future__ import annotations

from datetime import timedelta

import pytest

from lastgood.domain.objective import Roster
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.ranges import Point, Points
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.ports import CloudError, CredentialsError
from lastgood.workflows.reading import read_one
from lastgood.workflows.verification import measure, verify
from tests.support.builders import POLICY, RDS, REDIS, at
from tests.support.fakes import FakeCloud, FakeFlow, FakeWorld, service_times
from tests.support.scenes import world_at_1154


@pytest.fixture
def world() -> FakeWorld:
    """The newest point is 3m40s old, the oldest an hour; the longest gap is 20 minutes."""
    objective = 'objective = { max_lag = "30m", min_coverage = "45m", max_gap = "30m" }\n'
    return world_at_1154(more=objective)


def test_an_instance_that_keeps_its_promise_is_ok_and_nothing_is_told_of_it(
    world: FakeWorld,
) -> None:
    sweep = verify("sweep-1", FakeFlow(), world)

    assert sweep.verdict == "ok"
    (finding,) = sweep.findings
    assert finding.lag_seconds == 220
    assert finding.coverage_seconds == 50 * 60
    assert finding.longest_gap_seconds == 20 * 60
    assert world.publisher.kinds == ["Sweep Completed"]
    assert world.metrics.emitted == [("orders-cache", finding)]


def test_degradation_and_restoration_are_told_when_they_change_and_not_again(
    world: FakeWorld,
) -> None:
    verify("sweep-1", FakeFlow(), world)
    world.now.pass_(timedelta(minutes=40))
    verify("sweep-2", FakeFlow(), world)
    verify("sweep-3", FakeFlow(), world)
    world.now.pass_(timedelta(minutes=-40))
    verify("sweep-4", FakeFlow(), world)
    verify("sweep-5", FakeFlow(), world)

    assert [kind for kind in world.publisher.kinds if kind != "Sweep Completed"] == [
        "Recoverability Degraded",
        "Recoverability Restored",
    ]


def test_an_instance_that_is_degraded_when_first_seen_is_told(world: FakeWorld) -> None:
    world.now.pass_(timedelta(minutes=40))

    verify("sweep-1", FakeFlow(), world)

    assert "Recoverability Degraded" in world.publisher.kinds


def test_pitr_switched_off_is_failing(world: FakeWorld) -> None:
    world.cloud.instances[REDIS].points.clear()
    world.cloud.instances[REDIS].pitr = PitrPolicy(enabled=False)

    sweep = verify("sweep-1", FakeFlow(), world)

    assert sweep.verdict == "failing"
    assert sweep.findings[0].reasons == ("point-in-time recovery is switched off",)


def test_an_instance_that_is_not_normal_is_failing_whatever_points_it_has(
    world: FakeWorld,
) -> None:
    world.cloud.instances[REDIS].state = InstanceState("abnormal", (), "Cluster")

    sweep = verify("sweep-1", FakeFlow(), world)

    (finding,) = sweep.findings
    assert finding.verdict == "failing"
    assert finding.reasons == ("it is abnormal: only a normal instance is restored",)
    assert finding.lag_seconds == 220


def test_every_instance_of_a_long_roster_is_measured_once_in_its_order(world: FakeWorld) -> None:
    ids = [f"{n:032x}in12" for n in range(1, 24)]
    more = "".join(
        f'[[instance]]\nid = "{each}"\nname = "cache-{n}"\ncloud = "prod"\n'
        'service = "geminidb-redis"\n'
        for n, each in enumerate(ids)
    )
    world.current_policy = parse_policy(POLICY + more)
    for each in ids:
        world.cloud.add_points(each, *world.cloud.instances[REDIS].points)

    sweep = verify("sweep-1", FakeFlow(), world)

    assert [finding.instance for finding in sweep.findings] == [REDIS, *ids]
    assert len(world.metrics.emitted) == 24
    assert {finding.verdict for finding in sweep.findings} == {"ok"}


def test_an_instance_that_left_the_policy_during_the_sweep_is_unknown(world: FakeWorld) -> None:
    flow = FakeFlow()
    flow.kept["roster"] = Roster((REDIS, "0123456789abcdefin12"))

    sweep = verify("sweep-1", flow, world)

    assert [finding.verdict for finding in sweep.findings] == ["ok", "unknown"]
    assert "left the policy" in sweep.findings[1].reasons[0]


def test_an_instance_that_cannot_be_read_is_unknown_and_the_sweep_goes_on(
    world: FakeWorld,
) -> None:
    world.cloud.failing["points"] = [CloudError("no answer", "wait")]

    sweep = verify("sweep-1", FakeFlow(), world)

    assert sweep.verdict == "unknown"
    assert sweep.findings[0].reasons == ("no answer",)


def test_a_change_is_kept_for_a_bus_that_is_away_before_it_is_known(world: FakeWorld) -> None:
    world.now.pass_(timedelta(minutes=40))
    world.publisher.failing = 1

    verify("sweep-1", FakeFlow(), world)

    assert world.publisher.kinds == ["Sweep Completed", "Recoverability Degraded"]
    assert world.ledger.pending() == ()


def test_an_instance_gated_by_windows_is_measured_by_what_both_offer() -> None:
    gated = POLICY.replace('mode = "auto"', f'mode = "auto"\nrange = "rds:{RDS}"')
    database = f'[[instance]]\nid = "{RDS}"\nname = "db"\ncloud = "prod"\nservice = "rds"\n'
    world = FakeWorld(parse_policy(gated + database))
    world.cloud.add_points(REDIS, *service_times("11:00:20", "11:40:20"))
    world.cloud.add_window(RDS, at("10:00:00"), at("11:20:00"))

    redis, rds = verify("sweep-1", FakeFlow(), world).findings

    assert redis.newest == at("11:00:20")
    assert rds.newest == at("11:20:00")
    assert read_one(world.policy().instance[0], world.clouds, world.now()).range == (
        Points.of([Point.from_text(*service_times("11:00:20"))])
    )


def test_a_cloud_that_cannot_be_opened_makes_its_instances_unknown(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(name: str) -> FakeCloud:
        raise CredentialsError(f"no credentials for {name}", "set them")

    monkeypatch.setattr(world, "clouds", closed)

    sweep = verify("sweep-1", FakeFlow(), world)

    assert sweep.verdict == "unknown"
    assert "no credentials" in sweep.findings[0].reasons[0]


def test_a_mistake_of_ours_while_measuring_is_no_verdict(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(instance: str) -> InstanceState:
        raise RuntimeError(f"a mistake about {instance}")

    monkeypatch.setattr(world.cloud, "state", broken)

    with pytest.raises(RuntimeError, match="a mistake"):
        measure(world.policy().instance, world, lambda _: None)
