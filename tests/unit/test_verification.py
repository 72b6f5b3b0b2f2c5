from __future__ import annotations

from datetime import timedelta

import pytest

from lastgood.domain.objective import Roster
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.ports import CloudError
from lastgood.workflows.verification import verify
from tests.support.builders import POLICY, REDIS
from tests.support.fakes import FakeFlow, FakeWorld
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


def test_a_change_is_told_before_it_is_kept_so_that_a_crash_loses_nothing(
    world: FakeWorld,
) -> None:
    world.now.pass_(timedelta(minutes=40))
    world.publisher.failing = 2

    verify("sweep-1", FakeFlow(), world)

    assert world.publisher.kinds[0] == "Recoverability Degraded"
