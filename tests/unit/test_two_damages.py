"""What an instance remembers: the incidents that nothing has settled."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from lastgood.domain.alarm import Incident
from lastgood.domain.lifecycle import MOST_SUSPECTS, Head
from lastgood.domain.plan import Plan
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Accepted, Unknown
from lastgood.ledger import Moved
from lastgood.workflows.deciding import Decided, consider
from lastgood.workflows.operator import DismissalError, approve, dismiss, release
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154

PROPOSING = parse_policy(POLICY.replace('"auto"', '"propose"\nquiet = "0s"'))
APART = parse_policy(POLICY.replace('"auto"', '"auto"\nquiet = "0s"'))
EARLIER = incident("earlier", onset="11:30:00")


@pytest.fixture
def world() -> FakeWorld:
    """Where each alarm is an incident of its own, however close together they are."""
    made = world_at_1154()
    made.current_policy = APART
    return made


def decided(asked: Incident, world: FakeWorld) -> Plan:
    found = consider(asked, world)
    assert isinstance(found, Decided)
    assert isinstance(found.decision, Plan)
    return found.decision


def suspected(world: FakeWorld) -> list[str]:
    return [suspect.incident for suspect in world.ledger.history(incident()).suspects]


def test_what_another_alarm_saw_earlier_makes_an_automatic_recovery_a_proposal(
    world: FakeWorld,
) -> None:
    start(EARLIER, world)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "expired"
    assert recovery.plan is not None
    assert recovery.plan.bad_since == at("11:30:00")
    assert world.cloud.restores == []


def test_an_alarm_between_the_last_check_and_the_intent_stops_the_request(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    intend = world.ledger.intend

    def alarm_first(*arguments: Any) -> object:
        monkeypatch.setattr(world.ledger, "intend", intend)
        start(EARLIER, world)
        return intend(*arguments)

    monkeypatch.setattr(world.ledger, "intend", alarm_first)

    recovery = recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds[0] == "Recovery Proposed"
    assert recovery.plan is not None
    assert recovery.plan.bad_since == at("11:30:00")
    assert world.cloud.restores == []
    assert world.ledger.fleet().active == ()


def test_a_delivery_that_knows_better_between_the_check_and_the_intent_stops_the_request(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(incident(), world)
    better = msgspec.structs.replace(incident(), onset=at("11:30:00"))
    intend = world.ledger.intend

    def delivered_first(*arguments: Any) -> object:
        monkeypatch.setattr(world.ledger, "intend", intend)
        start(better, world)
        return intend(*arguments)

    monkeypatch.setattr(world.ledger, "intend", delivered_first)

    recovery = recover(incident(), FakeFlow(), world)

    assert world.cloud.restores == []
    assert recovery.plan is not None
    assert recovery.plan.target == at("11:20:20")
    assert [one.onset for one in world.starter.started.values()] == [at("11:48:00")]


def test_a_proposal_is_made_anew_when_a_delivery_knows_an_earlier_onset(world: FakeWorld) -> None:
    world.current_policy = PROPOSING
    start(incident(), world)
    flow = FakeFlow()
    targets: list[object] = []

    def deliver_again() -> None:
        standing = world.ledger.recovery("incident-1")
        assert standing is not None
        assert standing.plan is not None
        targets.append(standing.plan.target)
        start(msgspec.structs.replace(incident(), onset=at("11:30:00")), world)

    flow.while_asleep = deliver_again

    recover(incident(), flow, world)

    assert targets == [at("11:40:20"), at("11:20:20")]


def test_a_delivery_that_knows_no_more_wakes_nothing(world: FakeWorld) -> None:
    world.current_policy = PROPOSING
    start(incident(), world)
    flow = FakeFlow()
    flow.while_asleep = partial(start, incident(), world)

    recover(incident(), flow, world)

    assert world.waker.woken == []


def test_a_wake_up_that_was_lost_with_its_sender_is_given_by_the_next_delivery(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.current_policy = PROPOSING
    start(incident(), world)
    flow = FakeFlow()

    def die(_: object) -> None:
        raise RuntimeError

    def deliver_twice() -> None:
        if world.waker.woken:
            return
        with monkeypatch.context() as patched:
            patched.setattr(world.starter, "start", die)
            with pytest.raises(RuntimeError):
                start(EARLIER, world)
        start(EARLIER, world)

    flow.while_asleep = deliver_twice

    recovery = recover(incident(), flow, world)

    assert recovery.plan is not None
    assert recovery.plan.bad_since == at("11:30:00")


def test_what_came_in_after_the_request_still_says_since_when_the_data_was_bad(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(incident(), world)
    before_the_target = msgspec.structs.replace(incident(), onset=at("11:30:00"))
    restore = world.cloud.restore

    def deliver_then_restore(instance: str, restore_time: str) -> object:
        start(before_the_target, world)
        return restore(instance, restore_time)

    monkeypatch.setattr(world.cloud, "restore", deliver_then_restore)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert suspected(world) == ["incident-1"]  # restored to a moment at which it was bad already


def test_a_restore_settles_what_it_went_back_before_and_nothing_else(world: FakeWorld) -> None:
    for one in (incident(), incident("same-time"), incident("way-back", onset="05:00:00")):
        start(one, world)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"  # the one of 05:00 is further back than can be undone
    assert suspected(world) == ["way-back"]


@pytest.mark.parametrize("outcome", [Unknown("the answer was lost"), Accepted("job-x")])
def test_a_restore_that_did_not_go_well_settles_nothing(
    world: FakeWorld, outcome: Unknown | Accepted
) -> None:
    start(incident(), world)
    world.cloud.outcomes = [outcome]

    assert recover(incident(), FakeFlow(), world).state == "handed-over"
    assert suspected(world) == ["incident-1"]


# Dismissing


def test_what_was_dismissed_does_not_count_any_more(world: FakeWorld) -> None:
    start(EARLIER, world)

    dismiss("earlier", "a load test", "ada", world)

    assert recover(incident(), FakeFlow(), world).state == "settled"
    kinds = [entry.kind for entry in world.ledger.entries(REDIS)]
    assert kinds[:3] == ["alarm", "refused", "dismissed"]


def test_dismissing_what_proposes_something_rejects_it_and_wakes_the_others(
    world: FakeWorld,
) -> None:
    world.current_policy = PROPOSING
    start(EARLIER, world)
    flow, other = FakeFlow(), FakeFlow()
    seen: list[object] = []

    def dismiss_the_earlier() -> None:
        dismiss("earlier", "a load test", "ada", world)

    def the_later_one_is_proposed_first() -> None:
        standing = world.ledger.recovery("incident-1")
        assert standing is not None
        assert standing.plan is not None
        seen.append(standing.plan.bad_since)
        if len(seen) == 1:
            other.while_asleep = dismiss_the_earlier
            rejected = recover(EARLIER, other, world)
            assert rejected.state == "rejected"
            assert rejected.reason == "ada: dismissed: a load test"

    flow.while_asleep = the_later_one_is_proposed_first

    recover(incident(), flow, world)

    assert seen == [at("11:30:00"), None]


def test_an_onset_that_turns_out_to_lie_before_the_restore_that_settled_it_counts_again(
    world: FakeWorld,
) -> None:
    start(incident(), world)
    assert recover(incident(), FakeFlow(), world).state == "settled"
    assert world.ledger.history(incident()).suspects == ()

    start(msgspec.structs.replace(incident(), onset=at("11:30:00")), world)

    (suspect,) = world.ledger.history(incident()).suspects
    assert suspect.onset == at("11:30:00")


def test_what_was_dismissed_stays_dismissed_when_a_delivery_knows_better(world: FakeWorld) -> None:
    start(incident(), world)
    dismiss("incident-1", "a load test", "ada", world)

    start(msgspec.structs.replace(incident(), onset=at("11:30:00")), world)

    assert world.ledger.history(incident()).suspects == ()


def test_what_was_not_decided_yet_is_refused_when_it_is_dismissed(world: FakeWorld) -> None:
    start(incident(), world)

    dismiss("incident-1", "a load test", "ada", world)

    refused = world.ledger.known("incident-1")
    assert (refused.state, refused.code) == ("refused", "dismissed")
    assert refused.reason == "dismissed by ada: a load test"
    assert refused.hint == "run lastgood recover if the data is bad after all"
    ((kind, told),) = world.publisher.published
    assert (kind, told["incident"]) == ("Recovery Refused", "incident-1")
    came, decided, dismissed = world.ledger.entries(REDIS)
    assert [came.kind, decided.kind, dismissed.kind] == ["alarm", "refused", "dismissed"]
    assert decided.detail["incident"]["id"] == "incident-1"
    assert (dismissed.incident, dismissed.detail) == ("incident-1", "ada: a load test")


def test_the_other_proposals_of_an_instance_are_woken_by_a_dismissal_and_no_more(
    world: FakeWorld,
) -> None:
    world.current_policy = parse_policy(POLICY.replace('"auto"', '"propose"\nquiet = "0s"'))
    start(EARLIER, world)
    flow = FakeFlow()
    woken: list[list[str]] = []

    def dismiss_the_other() -> None:
        flow.while_asleep = lambda: None
        before = list(world.waker.woken)
        dismiss("earlier", "a load test", "ada", world)
        woken.append([one for one in world.waker.woken if one not in before])

    flow.while_asleep = dismiss_the_other
    recover(incident(), flow, world)

    assert woken[0] == flow.callbacks[:1]


def test_what_is_dismissed_is_no_failure_where_another_proposal_cannot_be_woken(
    world: FakeWorld,
) -> None:
    world.current_policy = parse_policy(POLICY.replace('"auto"', '"propose"\nquiet = "0s"'))
    start(EARLIER, world)
    flow = FakeFlow()

    def dismiss_the_other() -> None:
        flow.while_asleep = lambda: None
        world.waker.failing = 1
        dismiss("earlier", "a load test", "ada", world)

    flow.while_asleep = dismiss_the_other
    recover(incident(), flow, world)

    assert world.waker.failing == 0
    assert world.ledger.history(incident()).suspects == ()


def test_there_is_nothing_to_dismiss_of_an_incident_that_is_not_known(world: FakeWorld) -> None:
    with pytest.raises(DismissalError, match="there is no incident incident-9") as unknown:
        dismiss("incident-9", "nothing", "ada", world)
    assert unknown.value.hint == "read `lastgood status`"


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_what_is_being_carried_out_is_not_dismissed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    start(incident(), world)
    restore = world.cloud.restore

    def dismiss_then_restore(instance: str, restore_time: str) -> object:
        if when == "meanwhile":  # what was read of it is outdated by the time it is forgotten
            found = world.ledger.known("incident-1")
            outdated = msgspec.structs.replace(found, state="failed")
            monkeypatch.setattr(world.ledger, "conclude", lambda *_: Moved(outdated, here=False))
        with pytest.raises(DismissalError, match="being carried out") as in_progress:
            dismiss("incident-1", "a load test", "ada", world)
        assert in_progress.value.hint == (
            "read `lastgood status incident-1`; release it first if its execution is dead"
        )
        monkeypatch.undo()
        return restore(instance, restore_time)

    monkeypatch.setattr(world.cloud, "restore", dismiss_then_restore)

    assert recover(incident(), FakeFlow(), world).state == "settled"


# How many are kept


def head_of(onsets: list[timedelta]) -> Head:
    head = Head()
    for number, onset in enumerate(onsets):
        later = incident(f"incident-{number}")
        head = head.suspecting(msgspec.structs.replace(later, onset=at("00:00:00") + onset))
    return head


def test_no_more_incidents_are_remembered_than_fit_and_the_earliest_stays() -> None:
    head = head_of([timedelta(minutes=n) for n in range(MOST_SUSPECTS + 50)])

    onsets = [one.onset for one in head.suspects]
    assert len(onsets) == MOST_SUSPECTS
    assert onsets == sorted(onsets)
    assert onsets[0] == at("00:00:00")


def test_of_too_many_the_later_of_two_close_ones_makes_room() -> None:
    apart = [timedelta(minutes=10 * n) for n in range(MOST_SUSPECTS)]

    head = head_of([*apart, timedelta(minutes=55), timedelta(minutes=61)])

    kept = {(one.onset - at("00:00:00")) // timedelta(minutes=1) for one in head.suspects}
    assert len(kept) == MOST_SUSPECTS
    assert 61 not in kept
    assert 60 in kept


# The fence after a hand-over


def handed_over(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore that was accepted as job-1 and then released, while it may still run."""
    with monkeypatch.context() as patched:
        patched.setattr(world.cloud, "job", _die)
        with pytest.raises(SystemExit):
            recover(incident(), FakeFlow(), world)
    release("incident-1", "its execution is dead", "ada", world)


def _die(_: object) -> None:
    raise SystemExit


def again_at(clock: str, world: FakeWorld) -> Incident:
    """Another alarm at this time, a point right before its onset."""
    world.now.time = at(clock)
    known = world.cloud.instances[REDIS]
    known.points.extend(service_times(clock[:3] + "00:00"))
    later = incident("incident-2")
    return msgspec.structs.replace(later, changed_at=at(clock), onset=at(clock[:3] + "05:00"))


@pytest.fixture
def no_cooldown(world: FakeWorld) -> FakeWorld:
    world.current_policy = parse_policy(
        POLICY.replace('mode = "auto"', 'mode = "auto"\ncooldown = "0s"')
    )
    return world


def test_the_fence_stays_open_until_the_restore_that_was_released_is_known_to_have_ended(
    no_cooldown: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = no_cooldown
    world.cloud.looks = 1_000
    handed_over(world, monkeypatch)

    still_running = recover(again_at("13:10:00", world), FakeFlow(), world)

    assert (still_running.state, still_running.code) == ("refused", "before-last-recovery")
    assert "is not known" in str(still_running.reason)


def test_the_fence_stands_where_the_released_restore_ended_at_the_latest(
    no_cooldown: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = no_cooldown
    world.cloud.looks = 0
    handed_over(world, monkeypatch)

    ended = recover(again_at("20:10:00", world), FakeFlow(), world)

    assert ended.state == "settled"
    (closed,) = [e for e in world.ledger.entries(REDIS) if e.kind == "restore-ended"]
    assert closed.incident == "incident-1"
    assert closed.detail == {
        "incident": "incident-1",
        "target": "2026-02-17T11:40:20Z",
        "ended_at": "2026-02-17T18:54:00Z",
        "restored": False,
        "running": False,
        "job": "job-1",
        "sent_at": "2026-02-17T11:54:00Z",
        "way": "in-place",
    }


def test_a_closed_fence_is_kept_with_the_last_recovery_of_the_instance(
    no_cooldown: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = no_cooldown
    world.cloud.looks = 0
    handed_over(world, monkeypatch)
    before = world.ledger.history(incident()).last
    assert before is not None
    assert before.running

    world.ledger.close_fence(REDIS, "incident-1", at("18:54:00"), at("20:10:00"))

    after = world.ledger.history(incident()).last
    assert after == msgspec.structs.replace(before, running=False, ended_at=at("18:54:00"))


def test_no_fence_is_closed_where_none_stands(world: FakeWorld) -> None:
    world.ledger.close_fence(REDIS, "incident-1", world.now(), world.now())

    assert list(world.ledger.entries(REDIS)) == []


def test_without_a_job_the_fence_closes_when_the_instance_is_idle_long_after_the_request(
    no_cooldown: FakeWorld,
) -> None:
    world = no_cooldown
    world.cloud.outcomes = [Unknown("the answer was lost")]
    assert recover(incident(), FakeFlow(), world).state == "handed-over"

    soon = recover(again_at("13:10:00", world), FakeFlow(), world)
    late = msgspec.structs.replace(again_at("20:10:00", world), id="incident-3")

    assert soon.code == "before-last-recovery"
    assert recover(late, FakeFlow(), world).state == "settled"


def test_a_job_that_is_not_listed_any_more_does_not_keep_the_fence_open_for_ever(
    no_cooldown: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = no_cooldown
    handed_over(world, monkeypatch)
    world.cloud.jobs_seen.clear()

    assert recover(again_at("20:10:00", world), FakeFlow(), world).state == "settled"


def test_a_person_may_propose_despite_cooldown_and_fence_and_is_told_what_that_risks(
    world: FakeWorld,
) -> None:
    world.cloud.outcomes = [Unknown("the answer was lost")]
    recover(incident(), FakeFlow(), world)
    world.now.pass_(timedelta(minutes=20))
    asked = msgspec.structs.replace(incident("asked"), onset_basis="given", strength="given")
    flow = FakeFlow()

    def approve_it() -> None:
        standing = world.ledger.recovery("asked")
        assert standing is not None
        assert standing.plan is not None
        assert set(standing.plan.despite) == {"cooling-down", "before-last-recovery"}
        approve("asked", standing.plan.hash, "ada", world)

    flow.while_asleep = approve_it

    recovery = recover(asked, flow, world)

    assert recovery.state == "settled"
    assert len(world.cloud.restores) == 2


def test_a_plan_that_sets_a_cooldown_aside_is_decided_as_a_proposal(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)
    asked = msgspec.structs.replace(incident("asked"), onset_basis="given", strength="given")

    assert decided(asked, world).mode == "propose"


def test_an_approved_later_target_is_proposed_anew_when_the_data_was_bad_still_earlier(
    world: FakeWorld,
) -> None:
    start(EARLIER, world)
    flow = FakeFlow()
    seen: list[object] = []

    def choose_the_later_then_hear_more() -> None:
        plan = world.ledger.known("incident-1").plan
        assert plan is not None
        assert plan.alternative is not None
        seen.append(plan.bad_since)
        if len(seen) == 1:
            approve("incident-1", plan.alternative.hash, "ada", world)
            start(incident("earliest", onset="11:10:00"), world)

    flow.while_asleep = choose_the_later_then_hear_more

    recover(incident(), flow, world)

    assert seen == [at("11:30:00"), at("11:10:00")]
    assert world.cloud.restores == []


def test_without_a_ledger_it_is_decided_all_the_same(world: FakeWorld) -> None:
    world.has_ledger = False  # as on a command line of somebody who only reads

    plan = decided(incident(), world)

    assert "no ledger is configured" in plan.warnings[0]


def test_only_what_is_proposed_is_woken_by_a_dismissal(world: FakeWorld) -> None:
    start(EARLIER, world)
    recover(incident(), FakeFlow(), world)  # expired
    woken = list(world.waker.woken)

    dismiss("earlier", "a load test", "ada", world)

    assert world.waker.woken == woken
