"""The reasons that a recovery ends with, word for word: a person on call acts on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Job, Refused, Validation
from lastgood.ledger import Intent
from lastgood.ports import CloudError
from lastgood.workflows.firing import TURNS
from lastgood.workflows.operator import approve, dismiss
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start
from tests.support.builders import POLICY, REDIS
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154

HOOK = "arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live"
WITH_HOOK = parse_policy(POLICY.replace('mode = "auto"', f'mode = "auto"\nvalidate = "{HOOK}"'))
AGAIN = f"run lastgood recover --instance {REDIS} --before 2026-02-17T11:48:00Z"


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def accepting(world: FakeWorld, *sights: Job, state: InstanceState | None = None) -> None:
    """Let the request be accepted as job-x, which is seen like this; and the instance after it."""

    def restore(*_: object) -> Accepted:
        world.cloud.jobs_seen["job-x"] = list(sights)
        if state:
            world.cloud.instances[REDIS].state = state
        return Accepted("job-x")

    world.cloud.restore = restore  # type: ignore[assignment, method-assign]


DONE = Job(id="job-x", status="Completed", instance=REDIS)


# Nothing was sent, or carried out


def test_no_connection_that_came_about(world: FakeWorld) -> None:
    unsent = Refused("not-sent", "no connection was made (ConnectError)", "unsent")
    world.cloud.outcomes = [unsent] * TURNS

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code, recovery.hint) == ("refused", "not-sent", AGAIN)
    assert recovery.reason == (
        f"nothing was sent to {REDIS}: no connection was made (ConnectError)"
    )


def test_a_service_that_was_always_busy(world: FakeWorld) -> None:
    world.cloud.outcomes = [Refused("DBS.200011", "403 DBS.200011: busy", "busy")] * TURNS

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code, recovery.hint) == ("refused", "instance-busy", AGAIN)
    assert recovery.reason == f"nothing was carried out on {REDIS}: 403 DBS.200011: busy"


def test_an_intent_that_somebody_else_wrote_meanwhile(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.cloud.outcomes = [Refused("DBS.200011", "403 DBS.200011: busy", "busy")]
    stand_down = world.ledger.stand_down

    def another_goes_on(*given: Any) -> Any:
        stand_down(*given)
        world.ledger.intend("incident-1", Intent(2, (), ()), world.now())
        return stand_down(*given)

    monkeypatch.setattr(world.ledger, "stand_down", another_goes_on)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert str(recovery.reason).startswith("another attempt had written its intent meanwhile; ")


# The job


def test_a_job_that_failed_for_no_reason(world: FakeWorld) -> None:
    accepting(world, Job(id="job-x", status="Failed"))

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "failed"
    assert recovery.reason == "the job job-x failed: no reason was given"


def test_a_job_that_was_never_listed(world: FakeWorld) -> None:
    accepting(world)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.reason == "no end of the job job-x was seen; it was last not listed yet"


def test_a_job_that_could_not_be_read(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> Job:
        raise CloudError("the service did not answer", "wait", "unreachable")

    accepting(world)
    monkeypatch.setattr(world.cloud, "job", away)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.reason == (
        "no end of the job job-x was seen; it was last out of sight (the service did not answer)"
    )


# The instance after it


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (InstanceState("normal", ("RESTORING", "BACKUP")), "normal, RESTORING, BACKUP"),
        (InstanceState("abnormal"), "abnormal, idle"),
    ],
)
def test_an_instance_that_stays_unfit(world: FakeWorld, state: InstanceState, told: str) -> None:
    accepting(world, DONE, state=state)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert recovery.reason == f"the job is done, but the instance stays {told}"


def test_an_instance_that_cannot_be_seen(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> InstanceState:
        raise CloudError("the service did not answer", "wait", "unreachable")

    flow = FakeFlow()
    poll = flow.poll

    def hide(name: str, *given: Any) -> Any:
        if name == "wait until idle":
            monkeypatch.setattr(world.cloud, "state", away)
        return poll(name, *given)

    monkeypatch.setattr(flow, "poll", hide)

    recovery = recover(incident(), flow, world)

    assert recovery.reason == (
        "the job is done, but the instance stays out of sight (the service did not answer), idle"
    )


# The hook


def test_the_hook_gets_the_plan_and_what_it_finds_wrong_is_told(world: FakeWorld) -> None:
    world.current_policy = WITH_HOOK
    world.validator.verdict = Validation("fail", "3 of 5 keys")

    recovery = recover(incident(), FakeFlow(), world)

    assert world.validator.asked == [(HOOK, recovery.plan)]
    assert recovery.state == "failed"
    assert recovery.reason == "restored, but the validate hook says no: 3 of 5 keys"


def test_a_hook_that_always_fails(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Validation:
        raise RuntimeError("it timed out")

    world.current_policy = WITH_HOOK
    monkeypatch.setattr(world.validator, "validate", fail)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.verdict) == ("settled", "none")
    assert recovery.reason == "not validated: the hook could not be asked: it timed out"


# A person


def test_what_is_dismissed_after_it_was_approved_is_rejected_and_not_carried_out() -> None:
    world = world_at_1154(mode="propose")
    start(incident(), world)
    flow = FakeFlow()

    def approve_and_think_again() -> None:
        plan = world.ledger.known("incident-1").plan
        assert plan is not None
        approve("incident-1", plan.hash, "ada", world)
        dismiss("incident-1", "a test", "grace", world)

    flow.while_asleep = approve_and_think_again

    recovery = recover(incident(), flow, world)

    assert recovery.state == "rejected"
    assert "dismissed: a test" in str(recovery.reason)
    assert world.cloud.restores == []


def named(flow: FakeFlow, beginning: str) -> list[str]:
    return [name for name in flow.kept if str(name).startswith(beginning)]


def test_each_claim_of_a_busy_instance_has_a_name_of_its_own(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = FakeFlow()
    step = flow.step

    def taken_before(name: str, action: Callable[[], Any]) -> Any:
        if name == "claim":
            world.halt("ada", "wait")
        return step(name, action)

    monkeypatch.setattr(flow, "step", taken_before)

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "halted")
    assert named(flow, "claim") == ["claim"]
    assert named(flow, "conclude") == ["conclude"]
