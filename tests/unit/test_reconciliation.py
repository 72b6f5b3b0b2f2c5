from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Job, Outcome, Refused, Unknown, Validation
from lastgood.ports import CloudError
from lastgood.workflows.operator import approve
from lastgood.workflows.recovery import recover
from tests.support.builders import POLICY, RDS, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def lose_the_answer(world: FakeWorld, *jobs: Job) -> None:
    """The next request is lost on its way back; these jobs are listed from then on."""
    world.cloud.outcomes = [Unknown("the answer was lost")]
    world.cloud.appearing = list(jobs)


def job(
    world: FakeWorld, name: str, status: str = "Completed", instance: str = REDIS, late: int = 0
) -> Job:
    started = world.now() + timedelta(minutes=late)
    return Job(id=name, status=status, instance=instance, started_at=started)


def test_a_request_whose_answer_was_lost_is_found_by_its_job_and_tracked(world: FakeWorld) -> None:
    lose_the_answer(world, job(world, "job-x"))

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.job) == ("settled", "job-x")
    assert "taken for ours" in str(recovery.reason)
    assert len(world.cloud.restores) == 1
    assert world.publisher.kinds == ["Recovery Started", "Recovery Completed"]


@pytest.mark.parametrize("minutes", [-9, 9])
def test_a_service_clock_that_is_minutes_off_hides_no_job(world: FakeWorld, minutes: int) -> None:
    lose_the_answer(world, job(world, "job-x", late=minutes))

    assert recover(incident(), FakeFlow(), world).job == "job-x"


def test_a_job_that_was_there_before_the_request_is_not_taken_for_ours(world: FakeWorld) -> None:
    world.cloud.jobs_seen["job-old"] = [job(world, "job-old")]
    lose_the_answer(world)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert recovery.jobs_before == ("job-old",)


def test_a_job_of_another_instance_is_not_taken_for_ours(world: FakeWorld) -> None:
    lose_the_answer(world, job(world, "job-x", instance=REDIS.replace("e738", "0000")))

    assert recover(incident(), FakeFlow(), world).state == "handed-over"


def test_several_new_jobs_are_a_case_for_a_person(world: FakeWorld) -> None:
    lose_the_answer(world, job(world, "job-x"), job(world, "job-y"))

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "job-x" in str(recovery.reason)
    assert "job-y" in str(recovery.reason)


def test_a_job_that_is_listed_late_is_waited_for(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(world, job(world, "job-x"))
    world.cloud.failing["jobs"] = []
    flow = FakeFlow()
    listed = world.cloud.jobs

    def late(*arguments: Any) -> object:
        return listed(*arguments) if len(flow.waits) >= 3 else []

    monkeypatch.setattr(world.cloud, "jobs", late)

    assert recover(incident(), flow, world).job == "job-x"


def test_evidence_that_nothing_began_is_handed_to_a_person_and_never_fired_again(
    world: FakeWorld,
) -> None:
    lose_the_answer(world)

    recovery = recover(incident(), FakeFlow(), world)
    again = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "no job of the instance began" in str(recovery.reason)
    assert "normal, idle" in str(recovery.reason)
    assert again == recovery
    assert len(world.cloud.restores) == 1
    assert world.publisher.kinds.count("Recovery Unknown") >= 1


def test_jobs_that_began_after_a_refusal_are_named(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    world.cloud.outcomes = [Refused("DBS.280001", "it may not")]
    world.cloud.appearing = [job(world, "job-x"), job(world, "job-y")]

    recovery = recover(incident(), flow, world)

    assert recovery.state == "handed-over"
    assert str(recovery.reason).startswith(
        "the service refused (DBS.280001: it may not), and yet job-x, job-y began after the request"
    )
    assert list(flow.kept)[3:6] == ["refused", "look after the refusal", "lose sight"]
    assert flow.waits == []  # what is there at the first look is not waited for


def test_a_cloud_that_cannot_be_read_is_told_as_the_evidence(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_the_answer(world)
    jobs = world.cloud.jobs

    def only_before(*arguments: Any) -> object:
        if world.cloud.restores:
            raise CloudError("the network is down", "wait")
        return jobs(*arguments)

    monkeypatch.setattr(world.cloud, "jobs", only_before)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "the network is down" in str(recovery.reason)


@pytest.mark.parametrize(
    ("validation", "state"),
    [
        (Validation("pass"), "settled"),
        (Validation("none"), "settled"),
        (Validation("fail"), "failed"),
    ],
)
def test_the_hooks_verdict_decides_how_a_restored_instance_ends(
    validation: Validation, state: str
) -> None:
    hook = "arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live"
    world = world_at_1154(more=f'validate = "{hook}"\n')
    world.validator.verdict = validation

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.verdict) == (state, validation.verdict)
    assert [asked for asked, _ in world.validator.asked] == [hook]


def test_a_hook_that_cannot_be_asked_gives_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = "arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live"
    world = world_at_1154(more=f'validate = "{hook}"\n')

    def fail(*_: object) -> Validation:
        raise RuntimeError("it is broken")

    monkeypatch.setattr(world.validator, "validate", fail)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.verdict) == ("settled", "none")


def test_the_measured_recovery_time_and_loss_are_told(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = world.cloud.state

    def a_minute_later(instance: str) -> InstanceState:
        if world.cloud.restores:
            world.now.pass_(timedelta(minutes=1))
        return state(instance)

    monkeypatch.setattr(world.cloud, "state", a_minute_later)

    recover(incident(), FakeFlow(), world)

    kind, detail = world.publisher.published[-1]
    assert kind == "Recovery Completed"
    assert detail["took_seconds"] == 60
    assert detail["rto_seconds"] == 60 + 52  # from 11:53:08
    assert detail["lost_seconds"] == 13 * 60 + 40  # from 11:40:20 to 11:54


@pytest.mark.parametrize("when", ["before the claim", "before the request"])
def test_nothing_is_sent_after_a_halt(
    world: FakeWorld, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    halted: list[str] = []

    def halt(then: Callable[..., object]) -> Callable[..., object]:
        def first(*arguments: Any) -> object:
            if not halted:
                world.halt("ada", "maintenance")
                halted.append(when)
            return then(*arguments)

        return first

    if when == "before the claim":
        monkeypatch.setattr(world.ledger, "claim", halt(world.ledger.claim))
    else:
        monkeypatch.setattr(world.ledger, "intend", halt(world.ledger.intend))

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "halted")
    assert "maintenance" in str(recovery.reason)
    assert world.cloud.restores == []


@pytest.mark.parametrize(("on_clear", "state"), [("keep", "settled"), ("cancel", "refused")])
def test_an_alarm_that_cleared_meanwhile_is_dealt_with_as_the_policy_says(
    on_clear: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_at_1154(more=f'on_clear = "{on_clear}"\n')
    claim = world.ledger.claim

    def clear_then_claim(*arguments: Any) -> object:
        at = incident().changed_at + timedelta(seconds=30)
        world.ledger.hear(incident().source, "OK", at, at)
        return claim(*arguments)

    monkeypatch.setattr(world.ledger, "claim", clear_then_claim)

    assert recover(incident(), FakeFlow(), world).state == state


def test_a_plan_older_than_its_limit_is_proposed_anew_and_not_carried_out(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = world.ledger.claim

    def claim_late(*arguments: Any) -> object:
        claimed = claim(*arguments)
        world.now.pass_(timedelta(minutes=16))
        return claimed

    monkeypatch.setattr(world.ledger, "claim", claim_late)

    recovery = recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds[0] == "Recovery Proposed"
    assert recovery.state == "expired"
    assert world.cloud.restores == []


def test_an_alarm_whose_data_is_from_before_the_recovery_is_expected_after_it() -> None:
    world = world_at_1154()
    world.current_policy = world_at_1154(more='cooldown = "0s"\n').current_policy
    recover(incident(), FakeFlow(), world)
    world.now.pass_(timedelta(minutes=5))

    echo = recover(incident("incident-2", onset="11:52:00"), FakeFlow(), world)

    assert (echo.state, echo.code) == ("refused", "expected-after-recovery")


# A request that may have been doubled on its way

BUSY = Refused("DBS.200011", "403 DBS.200011: Another operation runs.", "busy")
GONE = Refused("DBS.280404", "404 DBS.280404: no such point")


@pytest.mark.parametrize("instance", [None, "", "-", "the redis of the shop"])
def test_a_job_that_names_no_instance_counts_as_perhaps_ours_after_a_busy_answer(
    world: FakeWorld, instance: str | None
) -> None:
    started = Job(id="whose", status="Running", instance=instance, started_at=world.now())
    world.cloud.outcomes, world.cloud.appearing = [BUSY], [started]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "whose began after the request" in str(recovery.reason)
    assert len(world.cloud.restores) == 1


def test_a_job_that_names_another_instance_does_not_stop_the_second_request(
    world: FakeWorld,
) -> None:
    other = job(world, "theirs", instance=REDIS.replace("e738", "0000"))
    world.cloud.outcomes, world.cloud.appearing = [BUSY], [other]

    assert recover(incident(), FakeFlow(), world).state == "settled"


def test_a_job_that_names_no_instance_is_not_taken_for_ours_when_the_answer_was_lost(
    world: FakeWorld,
) -> None:
    started = Job(id="whose", status="Running", started_at=world.now())
    lose_the_answer(world, started)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "it is not clear which job is ours: whose" in str(recovery.reason)


@pytest.mark.parametrize("late", [0, 2])
def test_a_refusal_after_which_a_job_of_the_instance_began_is_followed_and_not_believed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    world.cloud.outcomes, world.cloud.appearing = [GONE], [job(world, "job-x")]
    flow = FakeFlow()
    listed = world.cloud.jobs
    monkeypatch.setattr(
        world.cloud, "jobs", lambda *span: listed(*span) if len(flow.waits) >= late else []
    )

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.job) == ("settled", "job-x")
    assert "the service refused (DBS.280404" in str(recovery.reason)
    last = world.ledger.history(incident()).last
    assert last is not None  # so that fence and cooldown stand
    assert len(world.cloud.restores) == 1


def test_a_refusal_whose_jobs_cannot_be_read_is_not_believed_either(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.cloud.outcomes = [GONE]
    jobs = world.cloud.jobs

    def only_before(*arguments: Any) -> object:
        if world.cloud.restores:
            raise CloudError("the network is down", "wait")
        return jobs(*arguments)

    monkeypatch.setattr(world.cloud, "jobs", only_before)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "its jobs could not be read" in str(recovery.reason)


def test_a_refusal_after_which_nothing_began_is_a_refusal(world: FakeWorld) -> None:
    world.cloud.outcomes = [GONE]
    flow = FakeFlow()

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "refused-by-service")
    assert len(flow.waits) == 2  # a few looks, because a job may be listed late


def test_a_request_that_was_not_made_is_refused_without_a_look(world: FakeWorld) -> None:
    world.cloud.outcomes = [Refused("not-sent", "no credentials", "permission")]
    flow = FakeFlow()

    recovery = recover(incident(), flow, world)

    assert (recovery.state, recovery.code) == ("refused", "refused-by-service")
    assert flow.waits == []


# Where the request goes


def test_a_plan_of_another_cloud_than_that_of_the_instance_by_now_is_not_fired(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = world.ledger.claim
    moved = POLICY.replace("[cloud.prod]", "[cloud.other]\n" + CLOUD + "[cloud.prod]").replace(
        'cloud = "prod"', 'cloud = "other"'
    )

    def move_then_claim(*arguments: Any) -> object:
        claimed = claim(*arguments)
        world.current_policy = parse_policy(moved)
        return claimed

    monkeypatch.setattr(world.ledger, "claim", move_then_claim)

    recovery = recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds[0] == "Recovery Proposed"
    assert recovery.plan is not None
    assert recovery.plan.cloud == "other"
    assert world.cloud.restores == []


CLOUD = """
region = "ap-southeast-1"
project_id = "0123456789abcdef0123456789abcdef"
credentials = "env:LASTGOOD_OTHER"
"""


def test_an_rds_plan_in_mode_auto_never_becomes_the_request_in_place(world: FakeWorld) -> None:
    policy = parse_policy(
        POLICY + f'[[instance]]\nid = "{RDS}"\nname = "db"\ncloud = "prod"\nservice = "rds"\n'
    )
    database = msgspec.structs.replace(policy.instance[1], mode="auto")
    world.current_policy = msgspec.structs.replace(policy, instance=(policy.instance[0], database))
    world.cloud.add_window(RDS, at("10:00:00"), at("11:53:00"))
    asked = msgspec.structs.replace(incident(), instance=RDS)

    recover(asked, FakeFlow(), world)

    assert world.cloud.restores == []


def test_an_instance_is_looked_up_by_its_id_although_another_bears_that_as_its_name(
    world: FakeWorld,
) -> None:
    other = POLICY.partition("[[instance]]")[2].replace(REDIS, REDIS.replace("e738", "0000"))
    impostor = other.replace('name = "orders-cache"', f'name = "{REDIS}"').replace(
        '"auto"', '"observe"'
    )
    before, table, _ = POLICY.partition("[[instance]]")
    (named,) = parse_policy(before + table + impostor).instance
    policy = parse_policy(POLICY)
    world.current_policy = msgspec.structs.replace(policy, instance=(named, *policy.instance))

    assert recover(incident(), FakeFlow(), world).state == "settled"


def test_a_moment_that_the_instance_spells_otherwise_by_now_is_not_sent(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = world.ledger.claim

    def respell_then_claim(*arguments: Any) -> object:
        claimed = claim(*arguments)
        known = world.cloud.instances[REDIS]
        known.points = [
            "2026-02-17T11:40:20+0000" if text == "2026-02-17T19:40:20+0800" else text
            for text in known.points
        ]
        return claimed

    monkeypatch.setattr(world.ledger, "claim", respell_then_claim)

    recover(incident(), FakeFlow(), world)

    assert world.publisher.kinds[0] == "Recovery Proposed"
    assert world.cloud.restores == []


def test_a_plan_that_would_lose_too_much_by_now_is_not_carried_out() -> None:
    world = world_at_1154(mode="propose", more='max_rollback = "20m"\nmax_plan_age = "2h"\n')
    flow = FakeFlow()

    def approve_then_find_a_newer_point() -> None:
        standing = world.ledger.recovery("incident-1")
        assert standing is not None
        assert standing.plan is not None
        if standing.state == "proposed" and not world.waker.woken:
            world.cloud.add_points(REDIS, *service_times("11:45:00"))
            approve("incident-1", standing.plan.hash, "ada", world)
            world.now.pass_(timedelta(minutes=9))  # 22 minutes since the approved target

    flow.while_asleep = approve_then_find_a_newer_point

    recover(incident(), flow, world)

    assert world.cloud.restores == []


def test_the_evidence_names_all_that_is_done_to_the_instance(world: FakeWorld) -> None:
    lose_the_answer(world)
    flow = FakeFlow()
    asked = world.cloud.restore

    def busy_afterwards(instance: str, restore_time: str) -> Outcome:
        outcome = asked(instance, restore_time)
        state = InstanceState("normal", ("BACKUP", "RESIZE"), "Cluster")
        world.cloud.instances[REDIS].state = state
        return outcome

    world.cloud.restore = busy_afterwards  # type: ignore[method-assign]
    recovery = recover(incident(), flow, world)

    assert str(recovery.reason).endswith("it is normal, BACKUP, RESIZE")
