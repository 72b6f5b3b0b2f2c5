from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest

from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Refusal
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Job, Refused, Unknown, Validation
from lastgood.ports import CloudError
from lastgood.workflows.deciding import decide_on_record
from lastgood.workflows.operator import approve
from lastgood.workflows.recovery import recover
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154()


def journal(world: FakeWorld) -> list[str]:
    return [entry.kind for entry in world.ledger.entries(REDIS)]


def test_an_alarm_leads_to_one_restore_that_is_tracked_to_its_end(world: FakeWorld) -> None:
    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert world.cloud.restores == [(REDIS, "2026-02-17T19:40:20+0800")]
    assert world.publisher.kinds == ["Recovery Started", "Recovery Completed"]
    assert journal(world) == [
        "decided",
        "claimed",
        "firing",
        "accepted",
        "restored",
        "validated",
        "settled",
    ]


def test_the_same_execution_run_again_does_nothing_again(world: FakeWorld) -> None:
    flow = FakeFlow()

    first = recover(incident(), flow, world)
    again = recover(incident(), flow, world)

    assert again == first
    assert len(world.cloud.restores) == 1


def test_a_second_execution_of_the_same_incident_never_fires(world: FakeWorld) -> None:
    first = recover(incident(), FakeFlow(), world)

    again = recover(incident(), FakeFlow(), world)

    assert again.state == first.state
    assert len(world.cloud.restores) == 1


def test_a_second_incident_while_one_is_under_way_is_refused(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fire_while_firing() -> Accepted:
        recover(incident("incident-2"), FakeFlow(), world)
        return Accepted("job-x")

    monkeypatch.setattr(world.cloud, "restore", lambda *_: fire_while_firing())
    world.cloud.jobs_seen["job-x"] = [Job(id="job-x", status="Completed")]

    recover(incident(), FakeFlow(), world)

    second = world.ledger.recovery("incident-2")
    assert second is not None
    assert (second.state, second.code) == ("refused", "instance-busy")


def test_a_refusal_is_recorded_and_published_with_code_and_hint(world: FakeWorld) -> None:
    world.current_policy = parse_policy(POLICY.replace('"auto"', '"observe"'))

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "observing")
    assert world.publisher.kinds == ["Recovery Refused"]
    assert world.publisher.published[0][1]["hint"]


@pytest.mark.parametrize(
    ("outcome", "state", "code"),
    [
        (Refused("DBS.280404", "no such point"), "refused", "refused-by-service"),
        (Unknown("the answer was lost"), "handed-over", None),
    ],
)
def test_an_outcome_that_is_no_acceptance_ends_the_recovery_and_is_never_sent_again(
    world: FakeWorld, outcome: Refused | Unknown, state: str, code: str | None
) -> None:
    world.cloud.outcomes = [outcome]

    recovery = recover(incident(), FakeFlow(), world)
    again = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == (state, code)
    assert again == recovery
    assert len(world.cloud.restores) == 1


def test_a_crash_in_the_middle_of_the_request_is_unknown_and_never_sent_again(
    world: FakeWorld,
) -> None:
    world.cloud.outcomes = [RuntimeError("the process died here")]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert len(world.cloud.restores) == 1
    assert world.publisher.kinds == ["Recovery Unknown"]


def test_a_crash_before_the_intent_sends_the_request_once_in_the_next_attempt(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    flow.begun.add("fire 1, attempt 1")  # the engine knows that it began, and nothing else happened

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert len(world.cloud.restores) == 1


def test_attempts_that_are_always_cut_off_end_in_a_proposal(world: FakeWorld) -> None:
    flow = FakeFlow()
    flow.begun |= {f"fire 1, attempt {n}" for n in (1, 2, 3)}

    recovery = recover(incident(), flow, world)

    assert world.publisher.kinds == ["Recovery Proposed", "Recovery Refused"]
    assert recovery.state == "expired"
    assert world.ledger.fleet().active == ()
    assert world.cloud.restores == []


def test_an_attempt_that_finds_an_intent_of_another_does_not_send(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = world.ledger.intend

    def somebody_was_faster(*arguments: Any) -> object:
        original(*arguments)
        return original(*arguments)

    monkeypatch.setattr(world.ledger, "intend", somebody_was_faster)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert world.cloud.restores == []


@pytest.mark.parametrize("change", ["busy", "observe", "removed", "unreadable"])
def test_a_plan_that_no_longer_stands_when_it_is_fired_is_not_fired(
    world: FakeWorld, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def happen() -> None:
        known = world.cloud.instances[REDIS]
        match change:
            case "busy":
                known.state = InstanceState("normal", ("BACKUP",), "Cluster")
            case "observe":
                world.current_policy = parse_policy(POLICY.replace('"auto"', '"observe"'))
            case "removed":
                text = POLICY.replace(REDIS, REDIS.replace("e738", "0000"))
                world.current_policy = parse_policy(text)
            case "unreadable":
                failures = [CloudError("no answer", "wait", "permission") for _ in range(9)]
                world.cloud.failing["points"] = failures

    claim = world.ledger.claim
    monkeypatch.setattr(world.ledger, "claim", partial(_after, claim, happen))

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "refused"
    assert world.cloud.restores == []
    assert world.ledger.history(incident()).active is None


def _after(claim: Callable[..., object], happen: Callable[[], None], *arguments: Any) -> object:
    claimed = claim(*arguments)
    happen()
    return claimed


def test_a_cloud_that_cannot_be_read_is_recorded_as_failed_and_told(world: FakeWorld) -> None:
    world.cloud.failing["points"] = [CloudError("no answer", "wait")] * 3

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "failed"
    assert "no answer" in str(recovery.reason)
    assert world.publisher.kinds == ["Recovery Failed"]


def test_a_failed_job_is_a_failed_recovery_with_the_services_reason(world: FakeWorld) -> None:
    world.cloud.outcomes = [Accepted("job-x")]
    world.cloud.jobs_seen["job-x"] = [Job(id="job-x", status="Failed", fail_reason="disk full")]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "failed"
    assert "disk full" in str(recovery.reason)


def test_a_job_that_is_not_listed_or_not_readable_counts_as_running(world: FakeWorld) -> None:
    world.cloud.outcomes = [Accepted("job-x")]
    world.cloud.failing["job"] = [CloudError("no answer", "wait")] * 3
    flow = FakeFlow()
    world.cloud.jobs_seen["job-x"] = [
        Job(id="job-x", status="Pending"),
        Job(id="job-x", status="Completed"),
    ]

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert len(flow.waits) == 4


def test_a_job_without_an_end_is_handed_to_a_person(world: FakeWorld) -> None:
    world.cloud.outcomes = [Accepted("job-x")]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "not listed" in str(recovery.reason)


def test_a_restored_instance_that_stays_busy_is_handed_to_a_person(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restore(*_: object) -> Accepted:
        world.cloud.instances[REDIS].state = InstanceState("normal", ("RESTORING",), "Cluster")
        world.cloud.jobs_seen["job-x"] = [Job(id="job-x", status="Completed")]
        return Accepted("job-x")

    monkeypatch.setattr(world.cloud, "restore", restore)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "handed-over"
    assert "RESTORING" in str(recovery.reason)


def test_a_recovery_that_sent_its_request_starts_the_cooldown(world: FakeWorld) -> None:
    world.cloud.outcomes = [Unknown("the answer was lost")]
    recover(incident(), FakeFlow(), world)
    world.now.pass_(timedelta(minutes=5))

    second = recover(incident("incident-2"), FakeFlow(), world)

    assert (second.state, second.code) == ("refused", "cooling-down")


def test_a_service_that_refused_leaves_no_cooldown(world: FakeWorld) -> None:
    world.cloud.outcomes = [Refused("DBS.200011", "busy")]
    recover(incident(), FakeFlow(), world)

    second = recover(incident("incident-2"), FakeFlow(), world)

    assert second.state == "settled"


def test_a_plan_whose_point_is_gone_when_it_is_fired_is_proposed_anew_and_not_fired(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_it() -> None:
        points = world.cloud.instances[REDIS].points
        if "2026-02-17T19:40:20+0800" in points:
            points.remove("2026-02-17T19:40:20+0800")

    monkeypatch.setattr(world.ledger, "claim", partial(_after, world.ledger.claim, lose_it))
    flow = FakeFlow()
    seen: list[Recovery] = []

    def approve_it() -> None:
        standing = world.ledger.recovery("incident-1")
        assert standing is not None
        assert standing.plan is not None
        seen.append(standing)
        approve("incident-1", standing.plan.hash, "ada", world)

    flow.while_asleep = approve_it

    recovery = recover(incident(), flow, world)

    assert [one.state for one in seen] == ["proposed"]
    assert recovery.state == "settled"
    assert world.cloud.restores == [(REDIS, "2026-02-17T19:20:20+0800")]
    assert world.ledger.fleet().claimed_today == 1


@pytest.mark.parametrize("answered", [False, True])
def test_what_was_proposed_instead_before_the_step_was_cut_off_stays_proposed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, *, answered: bool
) -> None:
    def lose_it() -> None:
        world.cloud.instances[REDIS].points.remove("2026-02-17T19:40:20+0800")

    monkeypatch.setattr(world.ledger, "claim", partial(_after, world.ledger.claim, lose_it))
    announced, flow = world.ledger.note_announced, FakeFlow()

    def cut_off(recovery: Recovery) -> None:
        announced(recovery)
        if recovery.state == "proposed":
            monkeypatch.setattr(world.ledger, "note_announced", announced)
            if answered:
                assert recovery.plan is not None
                world.ledger.approve(recovery, recovery.plan, "ada", world.now())
            world.now.pass_(timedelta(minutes=1))  # what is decided now is another plan
            raise TimeoutError

    monkeypatch.setattr(world.ledger, "note_announced", cut_off)

    recovery = recover(incident(), flow, world)

    assert flow.kept["decide instead"].decided_at == at("11:54:00")
    assert recovery.state == ("settled" if answered else "expired")


def test_a_full_fleet_refuses_and_says_which_cap(world: FakeWorld) -> None:
    text = POLICY + "\n[fleet]\nmax_per_day = 1\n"
    world.current_policy = parse_policy(
        text.replace('mode = "auto"', 'mode = "auto"\ncooldown = "0s"')
    )
    recover(incident(), FakeFlow(), world)
    world.now.pass_(timedelta(minutes=20))
    world.cloud.add_points(REDIS, *service_times("12:00:20"))

    second = recover(incident("incident-2", onset="12:10:00"), FakeFlow(), world)

    assert (second.state, second.code) == ("refused", "fleet-full")
    assert "max_per_day" in str(second.reason)


def test_a_hook_that_gives_no_verdict_settles_the_recovery_and_is_not_kept_quiet(
    world: FakeWorld,
) -> None:
    hook = 'mode = "auto"\nvalidate = "arn:aws:lambda:eu-west-1:111122223333:function:check:live"'
    world.current_policy = parse_policy(POLICY.replace('mode = "auto"', hook))
    world.validator.verdict = Validation("none", "the call was denied")

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.verdict) == ("settled", "none")
    assert recovery.reason == "not validated: the call was denied"
    told = world.publisher.published[-1][1]["summary"]
    assert "restored to 2026-02-17T11:40:20Z, not validated: the call was denied;" in told


def test_an_end_that_came_right_before_the_claim_is_told_whoever_died_there(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = world.ledger.claim

    def dismissed_first(*arguments: Any) -> Recovery | Refusal:
        refusal = Refusal(incident=incident(), code="dismissed", message="a test", hint="")
        world.ledger.conclude(refusal, incident(), world.now())  # and its process is killed
        return claim(*arguments)

    monkeypatch.setattr(world.ledger, "claim", dismissed_first)

    assert recover(incident(), FakeFlow(), world).state == "refused"
    assert world.publisher.kinds == ["Recovery Refused"]
    assert world.cloud.restores == []


def test_a_claim_that_was_cut_off_is_found_again_although_the_policy_has_changed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = world.ledger.claim
    tries: list[int] = []

    def die_after_the_first_claim(*arguments: Any) -> object:
        tries.append(1)
        claimed = claim(*arguments)
        if len(tries) == 1:
            text = POLICY.replace(REDIS, REDIS.replace("e738", "0000"))
            world.current_policy = parse_policy(text)
            raise RuntimeError("the process died here")
        return claimed

    monkeypatch.setattr(world.ledger, "claim", die_after_the_first_claim)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "refused"
    assert world.ledger.history(incident()).active is None
    assert world.ledger.fleet().active == ()


@pytest.mark.parametrize("instances", [1, 0], ids=["a plan", "a refusal"])
def test_a_decision_says_which_version_of_the_policy_it_rests_on(instances: int) -> None:
    world, version = world_at_1154(), "ssm:/lastgood/policy@12"
    world.current_policy = msgspec.structs.replace(
        world.current_policy,
        instance=world.current_policy.instance[:instances],
        source_version=version,
    )

    assert decide_on_record(incident(), world).policy_version == version
