from __future__ import annotations

from datetime import timedelta

import pytest

from lastgood.domain.lifecycle import Recovery
from lastgood.domain.policy_file import parse_policy
from lastgood.ports import CloudError
from lastgood.workflows.operator import ApprovalError, approve, reject
from lastgood.workflows.recovery import recover
from tests.support.builders import POLICY, REDIS
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154(mode="propose")


def proposed(world: FakeWorld) -> Recovery:
    recovery = world.ledger.recovery("incident-1")
    assert recovery is not None
    return recovery


def proposed_hash(world: FakeWorld) -> str:
    plan = proposed(world).plan
    assert plan is not None
    return plan.hash


def test_a_proposal_is_told_and_sends_nothing_while_it_waits(world: FakeWorld) -> None:
    flow = FakeFlow()
    seen: list[str] = []
    flow.while_asleep = lambda: seen.append(proposed(world).state)

    recover(incident(), flow, world)

    assert seen == ["proposed"]
    assert flow.sleeps == [timedelta(minutes=30)]
    assert world.publisher.kinds[0] == "Recovery Proposed"
    assert world.cloud.restores == []


def test_an_approved_plan_is_carried_out_once(world: FakeWorld) -> None:
    flow = FakeFlow()
    flow.while_asleep = lambda: approve("incident-1", proposed_hash(world), "ada", world)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert recovery.approval is not None
    assert recovery.approval.by == "ada"
    assert world.cloud.restores == [(REDIS, "2026-02-17T19:40:20+0800")]
    assert world.waker.woken == flow.callbacks


def test_another_hash_than_the_proposed_one_approves_nothing(world: FakeWorld) -> None:
    flow = FakeFlow()

    def mistake() -> None:
        with pytest.raises(ApprovalError, match="another plan"):
            approve("incident-1", "0" * 64, "ada", world)

    flow.while_asleep = mistake

    assert recover(incident(), flow, world).state == "expired"
    assert world.cloud.restores == []


def test_two_approvals_at_once_start_one_recovery(world: FakeWorld) -> None:
    flow = FakeFlow()

    def both() -> None:
        plan_hash = proposed_hash(world)
        approve("incident-1", plan_hash, "ada", world)
        with pytest.raises(ApprovalError, match="approved"):
            approve("incident-1", plan_hash, "grace", world)

    flow.while_asleep = both

    assert recover(incident(), flow, world).state == "settled"
    assert len(world.cloud.restores) == 1


def test_a_rejection_ends_the_incident_and_is_told(world: FakeWorld) -> None:
    flow = FakeFlow()
    flow.while_asleep = lambda: reject("incident-1", "a false alarm", "ada", world)

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("rejected", "rejected")
    assert "false alarm" in str(recovery.reason)
    assert world.publisher.kinds == ["Recovery Proposed", "Recovery Refused"]
    assert world.cloud.restores == []


def test_a_proposal_that_nobody_answers_expires(world: FakeWorld) -> None:
    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("expired", "expired")
    with pytest.raises(ApprovalError, match="expired"):
        approve("incident-1", "whatever", "ada", world)


def test_an_approval_whose_wake_up_call_was_lost_is_heard_at_the_timeout(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()

    def approve_with_a_dead_line() -> None:
        monkeypatch.setattr(world.waker, "wake", lambda _: None)
        approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = approve_with_a_dead_line

    assert recover(incident(), flow, world).state == "settled"


def test_an_approval_before_the_execution_sleeps_wakes_it_at_once(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    keep = world.ledger.keep_callback

    def approve_right_before(name: str, callback: str) -> None:
        approve("incident-1", proposed_hash(world), "ada", world)
        keep(name, callback)

    monkeypatch.setattr(world.ledger, "keep_callback", approve_right_before)

    assert recover(incident(), flow, world).state == "settled"
    assert world.waker.woken == flow.callbacks


def test_a_plan_that_got_worse_meanwhile_is_proposed_anew_and_not_fired(world: FakeWorld) -> None:
    flow = FakeFlow()
    hashes: list[str] = []

    def lose_the_point_then_approve() -> None:
        hashes.append(proposed_hash(world))
        if len(hashes) == 1:
            world.cloud.instances[REDIS].points.remove("2026-02-17T19:40:20+0800")
            approve("incident-1", hashes[0], "ada", world)

    flow.while_asleep = lose_the_point_then_approve

    recovery = recover(incident(), flow, world)

    assert recovery.state == "expired"
    assert recovery.plan is not None
    assert recovery.plan.restore_time == "2026-02-17T19:20:20+0800"
    assert len(set(hashes)) == 2
    assert recovery.approval is None
    assert world.cloud.restores == []


def test_a_better_point_that_appeared_meanwhile_does_not_change_what_was_approved(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()

    def find_a_point_then_approve() -> None:
        world.cloud.add_points(REDIS, *service_times("11:45:00"))
        approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = find_a_point_then_approve

    recover(incident(), flow, world)

    assert world.cloud.restores == [(REDIS, "2026-02-17T19:40:20+0800")]


def test_an_approved_plan_that_is_refused_by_now_is_refused(world: FakeWorld) -> None:
    flow = FakeFlow()

    def approve_and_be_heard_late() -> None:
        approve("incident-1", proposed_hash(world), "ada", world)
        world.now.pass_(timedelta(hours=6))

    flow.while_asleep = approve_and_be_heard_late

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "loss-too-large")
    assert world.cloud.restores == []


def test_a_proposal_that_nobody_waits_on_any_more_cannot_be_approved(world: FakeWorld) -> None:
    flow = FakeFlow()

    def answer_too_late() -> None:
        world.now.pass_(timedelta(minutes=31))
        with pytest.raises(ApprovalError, match="it is too late"):
            approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = answer_too_late

    assert recover(incident(), flow, world).state == "expired"


def test_what_was_approved_for_one_execution_is_not_claimed_by_another_that_decided_otherwise(
    world: FakeWorld,
) -> None:
    sleeper = FakeFlow()

    def approve_and_start_another() -> None:
        approve("incident-1", proposed_hash(world), "ada", world)
        policy = world.current_policy
        world.now.pass_(timedelta(seconds=1))
        world.current_policy = parse_policy(POLICY)  # auto
        recover(incident(), FakeFlow(), world)
        world.current_policy = policy

    sleeper.while_asleep = approve_and_start_another

    recovery = recover(incident(), sleeper, world)

    assert recovery.state == "settled"
    assert len(world.cloud.restores) == 1
    assert world.ledger.fleet().active == ()


def test_an_approved_plan_that_cannot_be_decided_again_fails_and_is_told(world: FakeWorld) -> None:
    flow = FakeFlow()

    def approve_then_lose_the_cloud() -> None:
        approve("incident-1", proposed_hash(world), "ada", world)
        world.cloud.failing["points"] = [CloudError("no answer", "wait")] * 3

    flow.while_asleep = approve_then_lose_the_cloud

    recovery = recover(incident(), flow, world)

    assert recovery.state == "failed"
    assert world.publisher.kinds[-1] == "Recovery Failed"


def test_there_is_nothing_to_approve_of_an_incident_that_nobody_knows(world: FakeWorld) -> None:
    with pytest.raises(ApprovalError, match="there is no incident"):
        approve("incident-9", "0" * 64, "ada", world)
