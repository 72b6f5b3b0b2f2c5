"""A busy instance is waited for, and never at the price of a second restore."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lastgood.domain.lifecycle import Recovery
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Job, Refused, Unknown
from lastgood.ledger import LostRaceError
from lastgood.ports import CloudError
from lastgood.workflows.firing import TURNS
from lastgood.workflows.recovery import recover
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


def test_a_plan_that_grew_too_old_while_it_waited_is_not_sent_again(world: FakeWorld) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [BUSY]
    flow.while_asleep = lambda: world.now.pass_(timedelta(minutes=16))

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "plan-outdated")
    assert len(world.cloud.restores) == 1


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
        Job(id="whose", status="Completed", instance=REDIS, started_at=at("11:54:00"))
    ]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "whose began after the request" in (recovery.reason or "")
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
    return world.ledger.intend("incident-1", number, (), world.now())


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
    flow.while_asleep = lambda: setattr(world.cloud.instances[REDIS], "state", BACKING_UP)

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
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
