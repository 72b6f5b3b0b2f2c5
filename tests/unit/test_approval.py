from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Choice, Plan
from lastgood.domain.policy_file import parse_policy
from lastgood.ledger import Moved
from lastgood.ports import CloudError, Key, Record, WakeError
from lastgood.workflows.deciding import Decided, consider
from lastgood.workflows.operator import ApprovalError, approve, dismiss, reject, release
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, RDS, REDIS, at
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


@pytest.mark.parametrize("digits", [8, 12, 63])
def test_the_beginning_of_a_hash_is_enough_to_approve(world: FakeWorld, digits: int) -> None:
    flow = FakeFlow()
    flow.while_asleep = lambda: approve("incident-1", proposed_hash(world)[:digits], "ada", world)

    assert recover(incident(), flow, world).state == "settled"


def a_plan() -> Plan:
    found = consider(incident(), world_at_1154())
    assert isinstance(found, Decided)
    assert isinstance(found.decision, Plan)
    return found.decision


@pytest.mark.parametrize("prefix", ["", "9863967", "98639678f"])
def test_a_beginning_that_is_too_short_or_of_two_hashes_approves_neither(prefix: str) -> None:
    choice = Choice(target=at("11:40:20"), restore_time="", loss_seconds=1, hash="98639678fb")
    offered = msgspec.structs.replace(a_plan(), hash="98639678fa", alternative=choice)

    assert offered.choose(prefix) is None


def test_a_beginning_that_only_one_of_two_hashes_has_chooses_that_one() -> None:
    choice = Choice(target=at("11:40:20"), restore_time="", loss_seconds=1, hash="98639678fb")
    offered = msgspec.structs.replace(a_plan(), hash="98639678fa", alternative=choice)

    assert offered.choose("98639678fa") == offered
    chosen = offered.choose("98639678fb")
    assert chosen is not None
    assert chosen.target == at("11:40:20")


def test_another_hash_than_the_proposed_one_approves_nothing(world: FakeWorld) -> None:
    flow = FakeFlow()

    def mistake() -> None:
        with pytest.raises(ApprovalError) as caught:
            approve("incident-1", "0" * 8, "ada", world)
        assert caught.value.message == "incident-1 proposes another plan than 00000000"
        assert caught.value.hint == (
            "read `lastgood status incident-1` and approve the plan that is proposed now"
        )

    flow.while_asleep = mistake

    assert recover(incident(), flow, world).state == "expired"
    assert world.cloud.restores == []


def test_a_beginning_that_is_too_short_is_refused_with_how_much_is_needed(world: FakeWorld) -> None:
    flow = FakeFlow()

    def mistake() -> None:
        with pytest.raises(
            ApprovalError, match="too short to tell one plan from another"
        ) as caught:
            approve("incident-1", proposed_hash(world)[:7], "ada", world)
        assert caught.value.hint == "give the first 8 digits of the hash, or more"

    flow.while_asleep = mistake

    assert recover(incident(), flow, world).state == "expired"
    assert world.cloud.restores == []


def test_two_approvals_at_once_start_one_recovery_and_the_first_stands(world: FakeWorld) -> None:
    flow = FakeFlow()

    def both() -> None:
        plan_hash = proposed_hash(world)
        approve("incident-1", plan_hash, "ada", world)
        approve("incident-1", plan_hash, "grace", world)

    flow.while_asleep = both

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert recovery.approval is not None
    assert recovery.approval.by == "ada"
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
        world.now.pass_(timedelta(minutes=20))
        monkeypatch.setattr(world.waker, "wake", lambda _: None)
        approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = approve_with_a_dead_line

    assert recover(incident(), flow, world).state == "settled"


def test_an_approval_before_the_execution_sleeps_wakes_it_at_once(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    keep = world.ledger.keep_callback

    def approve_right_before(plan: Plan, callback: str) -> None:
        approve("incident-1", proposed_hash(world), "ada", world)
        keep(plan, callback)

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


def test_an_approved_plan_that_cannot_be_claimed_is_refused(world: FakeWorld) -> None:
    flow = FakeFlow()

    def approve_and_halt() -> None:
        approve("incident-1", proposed_hash(world), "ada", world)
        world.halt("ada", "maintenance")

    flow.while_asleep = approve_and_halt

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "halted")
    assert world.publisher.kinds == ["Recovery Proposed", "Recovery Refused"]


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
        with pytest.raises(ApprovalError) as caught:
            approve("incident-1", proposed_hash(world), "ada", world)
        assert caught.value.message == (
            "incident-1 had to be answered by 2026-02-17T12:24:00Z: it is too late"
        )
        assert caught.value.hint == (
            f"run lastgood recover --instance {REDIS} --before 2026-02-17T11:48:00Z; "
            "lastgood reject incident-1 closes this one"
        )

    flow.while_asleep = answer_too_late

    assert recover(incident(), flow, world).state == "expired"


def test_an_answer_at_the_very_end_of_its_time_counts(world: FakeWorld) -> None:
    flow = FakeFlow()

    def answer_at_last() -> None:
        world.now.pass_(timedelta(minutes=30))
        approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = answer_at_last

    assert recover(incident(), flow, world).approval is not None


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


# A wake-up is no answer


def test_a_completion_without_an_answer_does_not_end_a_proposal_before_its_time(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    states: list[str] = []

    def nudge_twice() -> None:
        states.append(proposed(world).state)
        if len(states) < 3:
            world.now.pass_(timedelta(minutes=1))
            world.waker.wake(flow.callbacks[-1])

    flow.while_asleep = nudge_twice

    recovery = recover(incident(), flow, world)

    assert states == ["proposed"] * 3
    assert recovery.state == "expired"
    assert recovery.plan is not None
    assert recovery.changed_at >= recovery.plan.answer_by
    assert flow.sleeps == [timedelta(minutes=minutes) for minutes in (30, 29, 28)]


def test_an_engine_whose_clock_is_fast_does_not_expire_a_proposal_before_its_time(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    wait = flow.wait_for_a_person

    def two_minutes_early(name: str, announce: Callable[[str], None], timeout: timedelta) -> None:
        wait(name, announce, max(timeout - timedelta(minutes=2), timedelta(seconds=5)))

    flow.wait_for_a_person = two_minutes_early  # type: ignore[method-assign] # an engine of its own

    recovery = recover(incident(), flow, world)

    assert recovery.state == "expired"
    assert recovery.plan is not None
    assert recovery.changed_at >= recovery.plan.answer_by


def test_an_approval_after_a_nudge_is_still_carried_out(world: FakeWorld) -> None:
    flow = FakeFlow()

    def nudge_then_approve() -> None:
        if len(flow.callbacks) == 1:
            world.waker.wake(flow.callbacks[0])
        else:
            approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = nudge_then_approve

    assert recover(incident(), flow, world).state == "settled"


def test_an_approval_wakes_only_the_proposal_that_was_answered(world: FakeWorld) -> None:
    flow = FakeFlow()
    plans: list[Plan] = []

    def lose_the_point_then_approve() -> None:
        plan = proposed(world).plan
        assert plan is not None
        plans.append(plan)
        if len(plans) == 1:
            world.cloud.instances[REDIS].points.remove("2026-02-17T19:40:20+0800")
            approve("incident-1", plan.hash, "ada", world)

    flow.while_asleep = lose_the_point_then_approve

    recover(incident(), flow, world)

    first, second = (world.ledger.callback("incident-1", plan.hash) for plan in plans)
    assert first != second
    assert world.waker.woken == [first]


def test_the_callback_that_the_first_release_kept_is_still_woken(world: FakeWorld) -> None:
    recovery = world.ledger.conclude(_plan(world), incident(), world.now()).recovery
    assert recovery.plan is not None
    old = Record(Key("incident#incident-1", "callback"), 0, b'"of the first release"')
    world.store.commit([old])

    approve("incident-1", recovery.plan.hash, "ada", world)

    assert world.waker.woken == ["of the first release"]


def _plan(world: FakeWorld) -> Plan:
    decided = consider(incident(), world)
    assert isinstance(decided, Decided)
    assert isinstance(decided.decision, Plan)
    return decided.decision


# Ways out of an approval


def test_approving_again_wakes_again_what_has_not_heard_yet(world: FakeWorld) -> None:
    flow = FakeFlow()
    wake = world.waker.wake
    lost: list[str] = []

    def lose_the_first_wake_up() -> None:
        world.waker.wake = lost.append  # type: ignore[method-assign,assignment] # it gets lost
        approve("incident-1", proposed_hash(world), "ada", world)
        world.waker.wake = wake  # type: ignore[method-assign] # as it was
        approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = lose_the_first_wake_up

    recovery = recover(incident(), flow, world)

    assert lost == world.waker.woken
    assert recovery.state == "settled"


def test_nothing_is_approved_for_an_execution_that_is_dead(world: FakeWorld) -> None:
    flow = FakeFlow()

    def find_it_dead() -> None:
        world.starter.alive["incident-1"] = False
        with pytest.raises(ApprovalError, match="is dead") as caught:
            approve("incident-1", proposed_hash(world), "ada", world)
        assert caught.value.hint == (
            "run lastgood reject incident-1 --reason TEXT; then "
            f"run lastgood recover --instance {REDIS} --before 2026-02-17T11:48:00Z"
        )

    flow.while_asleep = find_it_dead

    recover(incident(), flow, world)

    assert world.cloud.restores == []


def approved_without_a_word(world: FakeWorld) -> str:
    """An approved proposal whose execution has died; the hash of its plan."""
    flow = FakeFlow()

    def die() -> None:
        approve("incident-1", proposed_hash(world), "ada", world)
        raise DeadError

    flow.while_asleep = die
    with pytest.raises(DeadError):
        recover(incident(), flow, world)
    assert proposed(world).state == "approved"
    return proposed_hash(world)


class DeadError(BaseException):
    """The execution ends here."""


def test_what_was_approved_and_never_carried_out_can_be_rejected(world: FakeWorld) -> None:
    approved_without_a_word(world)

    rejected = reject("incident-1", "its execution is dead", "ada", world)

    assert rejected.state == "rejected"
    assert world.publisher.kinds[-1] == "Recovery Refused"


def test_what_was_approved_and_never_carried_out_can_be_released(world: FakeWorld) -> None:
    approved_without_a_word(world)

    released = release("incident-1", "its execution is dead", "ada", world)

    assert released.state == "handed-over"
    assert world.publisher.kinds[-1] == "Recovery Unknown"
    assert world.ledger.history(incident("incident-2")).last is None  # nothing was sent


def test_an_execution_that_revives_carries_out_nothing_that_was_rejected_meanwhile(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()

    def approve_then_reject() -> None:
        plan_hash = proposed_hash(world)
        approve("incident-1", plan_hash, "ada", world)
        reject("incident-1", "on second thoughts", "ada", world)

    flow.while_asleep = approve_then_reject

    assert recover(incident(), flow, world).state == "rejected"
    assert world.cloud.restores == []


def test_a_proposal_that_changed_while_it_was_answered_is_not_approved(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    approve_it = world.ledger.approve

    def change_it_first(found: Recovery, plan: Plan, by: str, now: datetime) -> Recovery:
        reject("incident-1", "a false alarm", "grace", world)
        return approve_it(found, plan, by, now)

    def approve_too_late() -> None:
        monkeypatch.setattr(world.ledger, "approve", change_it_first)
        with pytest.raises(ApprovalError, match="is rejected"):
            approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = approve_too_late

    assert recover(incident(), flow, world).state == "rejected"


def test_a_rejection_that_comes_after_the_claim_is_an_error(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved_without_a_word(world)
    move = world.ledger.move

    def claimed_first(*arguments: Any, **facts: Any) -> Moved:
        monkeypatch.setattr(world.ledger, "move", move)
        plan = proposed(world).plan
        assert plan is not None
        policy = world.policy()
        world.ledger.claim(plan, policy.instance[0], policy.fleet, world.now())
        return move(*arguments, **facts)

    monkeypatch.setattr(world.ledger, "move", claimed_first)

    with pytest.raises(ApprovalError, match="is claimed") as past:
        reject("incident-1", "too late", "ada", world)
    assert past.value.message == "incident-1 is claimed; nothing is proposed"
    assert past.value.hint == "read `lastgood status incident-1`"


def test_an_rds_plan_is_never_approved_for_the_restore_in_place() -> None:
    world = world_at_1154(mode="propose", more=RDS_POLICY)
    world.cloud.add_window(RDS, at("10:00:00"), at("11:53:00"))
    asked = msgspec.structs.replace(incident(), instance=RDS)
    flow = FakeFlow()

    def approve_it() -> None:
        with pytest.raises(ApprovalError) as caught:
            approve("incident-1", proposed_hash(world), "ada", world)
        assert caught.value.message == f"{RDS} is not restored in place"
        assert caught.value.hint == (
            "open the console, restore to a new instance at 2026-02-17T11:45:59Z, "
            "then reject this proposal"
        )

    flow.while_asleep = approve_it

    assert recover(asked, flow, world).state == "expired"
    assert world.cloud.restores == []


RDS_POLICY = f"""
[[instance]]
id = "{RDS}"
name = "orders-db"
cloud = "prod"
service = "rds"
"""


# What is looked at again while it waits


def test_a_wake_up_for_another_alarm_proposes_anew_where_that_alarm_saw_it_earlier(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    offered: list[Plan] = []

    def another_alarm() -> None:
        plan = proposed(world).plan
        assert plan is not None
        offered.append(plan)
        if len(offered) == 1:
            start(incident("incident-2", onset="11:30:00"), world)

    flow.while_asleep = another_alarm

    recover(incident(), flow, world)

    first, second = offered
    assert first.bad_since is None
    assert second.bad_since == at("11:30:00")
    assert second.target == at("11:20:20")
    assert second.alternative is not None
    assert second.alternative.target == first.target
    assert world.publisher.kinds[:2] == ["Recovery Proposed", "Recovery Proposed"]


def test_approving_the_plan_that_was_replaced_is_refused(world: FakeWorld) -> None:
    flow = FakeFlow()
    hashes: list[str] = []

    def another_alarm() -> None:
        hashes.append(proposed_hash(world))
        if len(hashes) == 1:
            start(incident("incident-2", onset="11:30:00"), world)
        else:
            with pytest.raises(ApprovalError, match="another plan"):
                approve("incident-1", hashes[0], "ada", world)

    flow.while_asleep = another_alarm

    recover(incident(), flow, world)

    assert len(hashes) == 2
    assert world.cloud.restores == []


@pytest.mark.parametrize(("choice", "target"), [("cautious", "11:20:20"), ("later", "11:40:20")])
def test_of_two_targets_the_one_that_a_person_chose_is_restored(
    world: FakeWorld, choice: str, target: str
) -> None:
    world.ledger.open(incident("incident-2", onset="11:30:00"), world.now())
    flow = FakeFlow()

    def choose() -> None:
        plan = proposed(world).plan
        assert plan is not None
        assert plan.alternative is not None
        chosen = plan.hash if choice == "cautious" else plan.alternative.hash
        approve("incident-1", chosen, "ada", world)
        assert world.waker.woken == flow.callbacks

    flow.while_asleep = choose

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert [sent for _, sent in world.cloud.restores] == service_times(target)


def test_a_look_again_that_fails_leaves_the_proposal_as_it_is(world: FakeWorld) -> None:
    flow = FakeFlow()

    def nudge_while_the_cloud_is_away() -> None:
        if len(flow.callbacks) == 1:
            world.cloud.failing["points"] = [CloudError("no answer", "wait")] * 3
            world.waker.wake(flow.callbacks[0])
        else:
            approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = nudge_while_the_cloud_is_away

    assert recover(incident(), flow, world).state == "settled"


@pytest.mark.parametrize("answer", ["approved", "rejected"])
def test_an_answer_that_comes_while_it_is_looked_at_again_stands(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    flow = FakeFlow()
    propose_anew = world.ledger.propose_anew

    def nudge() -> None:
        if len(flow.callbacks) == 1:
            start(incident("incident-2", onset="11:45:00"), world)  # the point before stays

    def answered_first(*arguments: Any) -> Moved:
        monkeypatch.setattr(world.ledger, "propose_anew", propose_anew)
        if answer == "approved":
            approve("incident-1", proposed_hash(world), "ada", world)
        else:
            reject("incident-1", "a false alarm", "ada", world)
        return propose_anew(*arguments)

    flow.while_asleep = nudge
    monkeypatch.setattr(world.ledger, "propose_anew", answered_first)

    recovery = recover(incident(), flow, world)

    assert recovery.state == {"approved": "settled", "rejected": "rejected"}[answer]
    assert len(world.cloud.restores) == (1 if answer == "approved" else 0)


def test_a_proposal_that_was_made_before_its_execution_was_cut_off_is_waited_for_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    flow.begun |= {f"fire 1, attempt {n}" for n in (1, 2, 3)}
    world.current_policy = parse_policy(POLICY)  # auto, so the proposal comes after the claim
    propose_anew = world.ledger.propose_anew

    def cut_off_after_it(*arguments: Any) -> Moved:
        monkeypatch.setattr(world.ledger, "propose_anew", propose_anew)
        propose_anew(*arguments)
        world.now.pass_(timedelta(seconds=9))  # what is decided then has another hash
        raise RuntimeError("cut off")

    monkeypatch.setattr(world.ledger, "propose_anew", cut_off_after_it)
    flow.while_asleep = lambda: approve("incident-1", proposed_hash(world), "ada", world)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert len(world.cloud.restores) == 1


# A wake-up that fails


def test_an_approval_whose_wake_up_fails_is_recorded_and_given_again(world: FakeWorld) -> None:
    flow = FakeFlow()

    def approve_twice() -> None:
        world.waker.failing = 1
        with pytest.raises(WakeError, match="it is recorded"):
            approve("incident-1", proposed_hash(world), "ada", world)
        assert proposed(world).state == "approved"
        approve("incident-1", proposed_hash(world), "ada", world)

    flow.while_asleep = approve_twice

    assert recover(incident(), flow, world).state == "settled"
    assert world.waker.woken == flow.callbacks


@pytest.mark.parametrize("refuse", [reject, dismiss])
def test_what_is_rejected_is_no_failure_where_its_execution_cannot_be_woken(
    world: FakeWorld, refuse: Callable[[str, str, str, FakeWorld], object]
) -> None:
    flow = FakeFlow()
    start(incident(), world)

    def refuse_it() -> None:
        world.waker.failing = 1
        refuse("incident-1", "a false alarm", "ada", world)

    flow.while_asleep = refuse_it

    assert recover(incident(), flow, world).state == "rejected"
    assert world.waker.failing == 0
