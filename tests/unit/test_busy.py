"""A busy instance is waited for, and never at the price of a second restore."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Job, Refused, Unknown
from lastgood.ledger import Intent, LostRaceError
from lastgood.ports import CloudError, Trouble
from lastgood.workflows.deciding import Decided, consider
from lastgood.workflows.firing import INTENT_TAKES, TURNS
from lastgood.workflows.operator import approve
from lastgood.workflows.recovery import BUSY as BUSY_TURNS
from lastgood.workflows.recovery import recover
from lastgood.workflows.restoring import REQUEST_TAKES
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154

BUSY = Refused("DBS.200011", "403 DBS.200011: Another operation runs.", "busy")
THROTTLED = Refused("APIGW.0308", "429 APIGW.0308: Too many requests.", "throttled")
BACKING_UP = InstanceState("normal", ("BACKUP",), "Cluster")
IDLE = InstanceState("normal", (), "Cluster")


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def states(world: FakeWorld) -> list[str]:
    return [entry.kind for entry in world.ledger.entries(REDIS)]


@pytest.mark.parametrize("refused", [BUSY, THROTTLED])
def test_a_request_that_is_turned_down_for_now_is_sent_again_and_counts_once(
    world: FakeWorld, refused: Refused
) -> None:
    world.cloud.outcomes = [refused, refused]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert recovery.tries == 3
    assert len(world.cloud.restores) == 3
    assert states(world).count("firing") == 3
    assert world.ledger.fleet().claimed_today == 1
    assert world.publisher.kinds.count("Recovery Started") == 1


def test_each_time_it_is_decided_again_whether_the_plan_still_stands(world: FakeWorld) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]
    observing = parse_policy(POLICY.replace('"auto"', '"observe"'))
    flow.while_asleep = lambda: setattr(world, "current_policy", observing)

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "observing")
    assert len(world.cloud.restores) == 1


def test_a_plan_that_grew_too_old_while_it_waited_is_proposed_and_sent_again_when_approved(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]
    proposed: list[int] = []

    def grow_old_then_approve() -> None:
        standing = world.ledger.recovery("incident-1")
        assert standing is not None
        assert standing.plan is not None
        if standing.state == "proposed":
            proposed.append(len(world.cloud.restores))
            approve("incident-1", standing.plan.hash, "ada", world)
        else:
            world.now.pass_(timedelta(minutes=16))

    flow.while_asleep = grow_old_then_approve

    recovery = recover(incident(), flow, world)

    assert proposed == [1]
    assert (recovery.state, recovery.tries) == ("settled", 2)
    assert len(world.cloud.restores) == 2


def test_a_halt_stops_it_while_it_waits(world: FakeWorld) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]
    flow.while_asleep = lambda: world.halt("ada", "wait")

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "halted")
    assert len(world.cloud.restores) == 1


def test_an_instance_that_stays_busy_ends_in_a_refusal_that_counts_for_nothing(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]

    def begins() -> None:
        world.cloud.instances[REDIS].state = BACKING_UP

    flow.while_asleep = begins

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "instance-busy")
    assert "Another operation runs" in (recovery.reason or "")
    assert world.ledger.fleet().claimed_today == 0
    assert world.ledger.history(incident()).last is None
    assert world.publisher.kinds == ["Recovery Refused"]


def test_a_service_that_never_takes_it_is_asked_a_bounded_number_of_times(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY] * 20

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "instance-busy")
    assert len(world.cloud.restores) == TURNS
    assert flow.sleeps == sorted(flow.sleeps)
    assert len(flow.sleeps) == TURNS - 1


def test_an_instance_that_is_found_busy_right_before_the_request_is_waited_for(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    claim = world.ledger.claim

    def busy_from_now_on(*arguments: object) -> object:
        world.cloud.instances[REDIS].state = BACKING_UP
        return claim(*arguments)  # type: ignore[arg-type] # what came is what goes on

    world.ledger.claim = busy_from_now_on  # type: ignore[assignment,method-assign] # the same
    flow.while_asleep = lambda: setattr(world.cloud.instances[REDIS], "state", IDLE)

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.tries) == ("settled", 1)
    assert len(world.cloud.restores) == 1


def test_a_job_that_began_after_a_request_which_was_turned_down_is_left_to_a_person(
    world: FakeWorld,
) -> None:
    world.cloud.outcomes = [BUSY]
    world.cloud.appearing = [
        Job(id=name, status="Completed", instance=REDIS, started_at=at("11:54:00"))
        for name in ("whose", "another")
    ]

    flow = FakeFlow()
    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert flow.kept["fire 2, attempt 1"] == Unknown(
        "the service said that it was busy, and yet whose, another began after the request",
        traceable=False,
    )
    assert len(world.cloud.restores) == 1
    assert world.ledger.fleet().claimed_today == 1
    assert world.ledger.history(incident()).last is not None  # it may well have been a restore
    assert world.publisher.kinds == ["Recovery Unknown"]


def test_after_a_wait_an_answer_that_is_lost_is_still_never_followed_by_another_request(
    world: FakeWorld,
) -> None:
    world.cloud.outcomes = [BUSY, Unknown("the answer was lost")]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert len(world.cloud.restores) == 2


def test_an_attempt_cut_off_after_its_second_intent_is_never_repeated(world: FakeWorld) -> None:
    world.cloud.outcomes = [BUSY, RuntimeError("the process died here")]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert len(world.cloud.restores) == 2


# What the ledger holds together


def fired(world: FakeWorld, number: int) -> Recovery:
    return world.ledger.intend("incident-1", Intent(number, (), ()), world.now())


@pytest.fixture
def waiting(world: FakeWorld) -> FakeWorld:
    """A recovery whose first request was turned down for now."""
    world.cloud.outcomes = [BUSY]
    flow = FakeFlow()

    class StoppedError(BaseException):
        """The process ends."""

    def stop() -> None:
        raise StoppedError

    flow.while_asleep = stop
    with pytest.raises(StoppedError):
        recover(incident(), flow, world)
    return world


def test_while_it_waits_the_instance_stays_held_and_no_intent_stands(waiting: FakeWorld) -> None:
    recovery = waiting.ledger.recovery("incident-1")

    assert recovery is not None
    assert (recovery.state, recovery.tries) == ("claimed", 1)
    assert waiting.ledger.fleet().active == ("incident-1",)
    assert waiting.ledger.history(incident("incident-2")).active == "incident-1"


def test_an_older_attempt_cannot_write_its_intent_once_more(waiting: FakeWorld) -> None:
    with pytest.raises(LostRaceError):
        fired(waiting, number=1)


def test_nobody_can_skip_an_intent(waiting: FakeWorld) -> None:
    with pytest.raises(LostRaceError):
        fired(waiting, number=3)


def test_an_older_invocation_cannot_take_a_younger_intent_back(waiting: FakeWorld) -> None:
    fired(waiting, number=2)

    found = waiting.ledger.stand_down("incident-1", 1, "late", waiting.now())

    assert (found.state, found.tries) == ("firing", 2)


def test_standing_down_says_why(waiting: FakeWorld) -> None:
    assert waiting.ledger.known("incident-1").reason == BUSY.sentence


def test_standing_down_twice_is_standing_down_once(waiting: FakeWorld) -> None:
    before = states(waiting)

    found = waiting.ledger.stand_down("incident-1", 1, "again", waiting.now())

    assert found.state == "claimed"
    assert states(waiting) == before


def test_what_was_accepted_after_a_wait_is_followed_like_any_other(world: FakeWorld) -> None:
    world.cloud.outcomes = [BUSY, Accepted("job-9")]
    world.cloud.jobs_seen["job-9"] = [
        Job(id="job-9", status="Completed", instance=REDIS, started_at=at("11:20:00"))
    ]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.job) == ("settled", "job-9")


def test_a_job_that_began_while_it_was_waited_for_in_vain_is_left_to_a_person_as_well(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]
    world.cloud.appearing = [
        Job(id="whose", status="Running", instance=REDIS, started_at=at("11:54:00"))
    ]

    def stay_busy() -> None:
        world.cloud.instances[REDIS].state = BACKING_UP
        world.now.pass_(timedelta(minutes=31))  # as long as it is looked at

    flow.while_asleep = stay_busy

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert flow.kept["look back"] == Unknown(
        "the service said that it was busy, and yet whose began after the request",
        traceable=False,
    )
    assert world.ledger.history(incident()).last is not None


def test_when_no_job_can_be_seen_after_a_request_was_turned_down_a_person_is_asked(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]

    def out_of_sight() -> None:
        world.cloud.failing["jobs"] = [CloudError("no answer", "wait")] * 9

    flow.while_asleep = out_of_sight

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert "its jobs could not be read" in (recovery.reason or "")


# Before anything was sent


def test_a_busy_instance_is_waited_out_when_deciding(world: FakeWorld) -> None:
    flow = FakeFlow()
    world.cloud.instances[REDIS].state = BACKING_UP

    def end_after_a_while() -> None:
        if len(flow.sleeps) == 3:
            world.cloud.instances[REDIS].state = IDLE

    flow.while_asleep = end_after_a_while

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert world.publisher.kinds == ["Recovery Started", "Recovery Completed"]


def test_an_instance_that_never_becomes_free_is_refused_after_a_bounded_wait(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.instances[REDIS].state = BACKING_UP

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "instance-busy")
    assert sum(flow.sleeps, timedelta()) == timedelta(hours=1)


def test_an_instance_that_is_busy_whenever_it_is_decided_is_refused_after_a_few_times(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    backing_up = world.cloud.instances[REDIS]
    looks: list[int] = []

    def alternate(instance: str) -> InstanceState:
        assert instance == REDIS
        looks.append(1)
        return BACKING_UP if len(looks) % 2 else IDLE

    world.cloud.state = alternate  # type: ignore[method-assign] # one look busy, the next idle

    recovery = recover(incident(), flow, world)

    assert backing_up.state == IDLE
    assert (recovery.state, recovery.code) == ("refused", "instance-busy")
    assert len(flow.sleeps) == BUSY_TURNS - 1


def test_the_wait_ends_with_an_instance_that_has_left_the_policy(world: FakeWorld) -> None:
    flow = FakeFlow()
    world.cloud.instances[REDIS].state = BACKING_UP
    gone = parse_policy(POLICY.replace(REDIS, REDIS.replace("e738", "0000")))
    flow.while_asleep = lambda: setattr(world, "current_policy", gone)

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "not-covered")


def claimed_by_another(world: FakeWorld) -> None:
    found = consider(incident("another"), world)
    assert isinstance(found, Decided)
    assert isinstance(found.decision, Plan)
    policy = world.policy()
    claimed = world.ledger.claim(found.decision, policy.instance[0], policy.fleet, world.now())
    assert isinstance(claimed, Recovery)


@pytest.mark.parametrize("when", ["deciding", "claiming"])
def test_a_recovery_of_the_same_instance_that_sends_nothing_is_waited_out(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    flow = FakeFlow()
    claim = world.ledger.claim

    def another_first(*arguments: object) -> object:
        monkeypatch.setattr(world.ledger, "claim", claim)
        claimed_by_another(world)
        return claim(*arguments)  # type: ignore[arg-type] # what came is what goes on

    if when == "deciding":
        claimed_by_another(world)
    else:
        monkeypatch.setattr(world.ledger, "claim", another_first)

    def the_other_ends() -> None:
        world.ledger.move("another", "claimed", "refused", world.now(), code="halted")

    flow.while_asleep = the_other_ends

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert len(world.cloud.restores) == 1
    assert flow.sleeps == [timedelta(minutes=1)]


def test_a_recovery_of_the_same_instance_that_restored_it_leaves_nothing_to_do(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = world.ledger.claim
    other = FakeFlow()

    def another_first(*arguments: object) -> object:
        monkeypatch.setattr(world.ledger, "claim", claim)
        recover(incident("another"), other, world)
        return claim(*arguments)  # type: ignore[arg-type] # what came is what goes on

    monkeypatch.setattr(world.ledger, "claim", another_first)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "expected-after-recovery")
    assert len(world.cloud.restores) == 1


def test_an_instance_that_another_recovery_never_gives_back_is_refused_at_the_claim(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = world.ledger.claim

    def another_first(*arguments: object) -> object:
        monkeypatch.setattr(world.ledger, "claim", claim)
        claimed_by_another(world)
        return claim(*arguments)  # type: ignore[arg-type] # what came is what goes on

    monkeypatch.setattr(world.ledger, "claim", another_first)
    flow = FakeFlow()

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "instance-busy")
    seen = flow.kept["look to claim 1, 1"]
    assert seen == InstanceState("normal", ("the recovery for another",))


UNREACHED = Refused("not-sent", "no connection was made (ConnectError)", "unsent")


def test_a_connection_that_never_came_about_is_tried_again(world: FakeWorld) -> None:
    world.cloud.outcomes = [UNREACHED, UNREACHED]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.tries) == ("settled", 3)
    assert world.publisher.kinds.count("Recovery Started") == 1


def test_a_job_that_began_meanwhile_is_not_taken_for_that_of_a_request_that_never_left(
    world: FakeWorld,
) -> None:
    world.cloud.outcomes = [UNREACHED]
    world.cloud.appearing = [
        Job(id="a-backup", status="Completed", instance=REDIS, started_at=at("11:54:00"))
    ]

    assert recover(incident(), FakeFlow(), world).state == "settled"


def test_a_connection_that_never_comes_about_ends_in_a_refusal_that_says_nothing_was_sent(
    world: FakeWorld,
) -> None:
    world.cloud.outcomes = [UNREACHED] * 20

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "not-sent")
    assert world.ledger.history(incident()).last is None
    assert world.ledger.fleet().claimed_today == 0


@pytest.mark.parametrize("trouble", ["permanent", "permission", "transient"])
def test_a_read_that_never_works_right_before_the_request_ends_in_a_sentence_that_says_so(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    claim, flow = world.ledger.claim, FakeFlow()

    def fails_from_now_on(*arguments: object) -> object:
        world.cloud.failing["jobs"] = [CloudError("no answer", "wait", trouble)] * 99
        return claim(*arguments)  # type: ignore[arg-type] # what came is what goes on

    monkeypatch.setattr(world.ledger, "claim", fails_from_now_on)

    recovery = recover(incident(), flow, world)

    for_good = trouble != "transient"
    assert flow.kept["fire 1, attempt 1"] == Refusal(
        incident=incident(),
        code="plan-outdated" if for_good else "not-sent",
        message=f"nothing was sent to {REDIS}: it could not be checked again: no answer",
        hint=f"run lastgood recover --instance {REDIS} --before 2026-02-17T11:48:00Z",
    )
    assert ("pause 1" in flow.kept) is not for_good
    assert recovery.state in {"refused", "expired"}  # what is outdated is proposed anew
    assert world.cloud.restores == []


@pytest.mark.parametrize("read", ["points", "jobs", "state"])
def test_a_read_that_fails_right_before_the_request_is_tried_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    claim = world.ledger.claim

    def fails_from_now_on(*arguments: object) -> object:
        world.cloud.failing[read] = [CloudError("no answer", "wait", "transient")]
        return claim(*arguments)  # type: ignore[arg-type] # what came is what goes on

    monkeypatch.setattr(world.ledger, "claim", fails_from_now_on)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.tries) == ("settled", 1)


def test_a_right_that_is_lost_after_the_service_was_busy_leaves_the_doubt_to_a_person(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]

    def lose_the_right() -> None:
        world.cloud.failing["jobs"] = [CloudError("no right", "grant it", "permission")] * 9

    flow.while_asleep = lose_the_right

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert "its jobs could not be read" in (recovery.reason or "")


# The time that is left


def test_no_intent_is_written_with_less_time_left_than_the_request_may_take(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.seconds_left = INTENT_TAKES + REQUEST_TAKES - 1
    written: list[int] = []

    def in_the_next_invocation() -> None:
        standing = world.ledger.recovery("incident-1")
        assert standing is not None
        written.append(standing.tries)
        world.seconds_left = 290

    flow.while_asleep = in_the_next_invocation

    recovery = recover(incident(), flow, world)

    assert written == [0]
    assert (recovery.state, recovery.tries) == ("settled", 1)


def test_a_request_is_not_sent_after_an_intent_that_took_too_long(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    intend = world.ledger.intend

    def slowly(*arguments: object) -> object:
        monkeypatch.setattr(world.ledger, "intend", intend)
        world.seconds_left = 5
        return intend(*arguments)  # type: ignore[arg-type] # what came is what goes on

    monkeypatch.setattr(world.ledger, "intend", slowly)
    sent: list[int] = []

    def in_the_next_invocation() -> None:
        sent.append(len(world.cloud.restores))
        world.seconds_left = 290

    flow.while_asleep = in_the_next_invocation

    recovery = recover(incident(), flow, world)

    assert sent == [0]
    assert (recovery.state, recovery.tries) == ("settled", 2)
    assert len(world.cloud.restores) == 1


def test_an_instance_that_is_claimed_whenever_it_was_free_is_refused_after_a_few_times(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = Refusal(incident=incident(), code="instance-busy", message="another", hint="wait")
    monkeypatch.setattr(world.ledger, "claim", lambda *_: busy)
    flow = FakeFlow()

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "instance-busy")
    assert len(flow.sleeps) == BUSY_TURNS - 1


def test_an_instance_out_of_sight_between_two_requests_is_not_taken_for_idle(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]
    flow.while_asleep = lambda: world.cloud.failing.update(
        state=[CloudError("no answer", "wait", "transient")] * 3
    )

    assert recover(incident(), flow, world).state == "settled"
    assert len(flow.waits) >= 3


def test_jobs_that_cannot_be_read_after_the_last_turn_leave_the_doubt_to_a_person(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]

    def busy_and_out_of_sight() -> None:
        world.cloud.instances[REDIS].state = BACKING_UP
        world.cloud.failing["jobs"] = [CloudError("no answer", "wait", "transient")]

    flow.while_asleep = busy_and_out_of_sight

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert flow.kept["look back"] == Unknown(
        "the service was busy, and then its jobs could not be read: no answer", traceable=False
    )


def test_a_plan_that_waits_in_its_second_round_waits_as_in_the_first(world: FakeWorld) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY, BUSY]

    def grow_old_then_approve() -> None:
        standing = world.ledger.known("incident-1")
        if standing.state == "proposed":
            assert standing.plan is not None
            approve("incident-1", standing.plan.hash, "ada", world)
        elif world.now() < at("12:00:00"):
            world.now.pass_(timedelta(minutes=16))

    flow.while_asleep = grow_old_then_approve

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.tries) == ("settled", 3)
    assert "pause 1, round 2" in flow.kept
    assert flow.callbacks[-1].endswith(", round 2")
    assert flow.sleeps.count(timedelta(seconds=15)) == 2


def test_an_outdated_plan_of_an_instance_that_is_refused_by_now_is_refused(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    flow.begun |= {f"fire 1, attempt {n}" for n in (1, 2, 3)}
    step = flow.step

    def observe_before_it(name: str, action: Callable[[], Any]) -> Any:
        if name == "decide instead":
            world.current_policy = parse_policy(POLICY.replace('"auto"', '"observe"'))
        return step(name, action)

    monkeypatch.setattr(flow, "step", observe_before_it)

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "plan-outdated")
    assert world.ledger.fleet().active == ()


def test_what_an_attempt_that_was_thought_dead_proposes_meanwhile_is_waited_for(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    flow.begun |= {f"fire 1, attempt {n}" for n in (1, 2, 3)}
    propose_anew = world.ledger.propose_anew

    def too_late(*given: Any) -> Any:
        monkeypatch.setattr(world.ledger, "propose_anew", propose_anew)
        raise LostRaceError(propose_anew(*given).recovery)

    monkeypatch.setattr(world.ledger, "propose_anew", too_late)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "expired"
    assert recovery.changed_at >= at("12:24:00")


def test_a_policy_that_changes_while_the_instance_is_looked_at_stops_the_request(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = world.cloud.jobs
    state = world.cloud.state

    def change_while_looking(instance: str) -> InstanceState:
        if world.ledger.recovery("incident-1"):
            monkeypatch.setattr(world.cloud, "state", state)
            world.current_policy = parse_policy(
                POLICY.replace('mode = "auto"', 'mode = "auto"\nmargin = "90s"')
            )
        return state(instance)

    monkeypatch.setattr(world.cloud, "jobs", jobs)
    monkeypatch.setattr(world.cloud, "state", change_while_looking)

    recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds[0] == "Recovery Proposed"
    assert world.cloud.restores == []


def test_an_untraceable_doubt_about_an_intent_that_stands_is_reconciled(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.cloud.outcomes = [BUSY]
    world.cloud.appearing = [
        Job(id="whose", status="Completed", instance=REDIS, started_at=at("11:54:00"))
    ]
    flow = FakeFlow()
    step = flow.step

    def intend_before_it(name: str, action: Callable[[], Any]) -> Any:
        if name == "ask a person":
            world.ledger.intend("incident-1", Intent(2, ("whose",), ()), world.now())
        return step(name, action)

    monkeypatch.setattr(flow, "step", intend_before_it)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert recovery.tries == 2
    assert len(world.cloud.restores) == 1
