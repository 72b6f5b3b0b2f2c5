"""The hooks around a restore in place: `before` stops the writers, `after` lets them in again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import jsonschema
import msgspec
import pytest

from lastgood.domain import hooks
from lastgood.domain.errors import PolicyError
from lastgood.domain.events import announce_writers
from lastgood.domain.hooks import CALL_LASTS, REMINDED, Call, Hooks, LetIn, Wait, lets_in
from lastgood.domain.notices import tell_dead_let_in, tell_dead_recovery, tell_event
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Job, Outcome, Refused, Unknown, Validation
from lastgood.ledger import Intent, NotStoppedError
from lastgood.ports import Deployed, HookLostError, Setting
from lastgood.workflows.checkup import judge_deployed
from lastgood.workflows.hooks import let_in, let_in_late
from lastgood.workflows.notifying import notify
from lastgood.workflows.operator import approve, release
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start_what_is_due
from tests.support.builders import POLICY, RDS, REDIS, at, redis
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154
from tools.event_schemas import schema

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:"
BOTH = f'before = "{ARN}stop"\nafter = "{ARN}start"\n'
KEY = "incident-1/1"


class DeadError(BaseException):
    """The execution ends here, and nobody goes on with it."""


def die(*_: object) -> None:
    raise DeadError


@pytest.fixture
def world() -> FakeWorld:
    return world_at_1154(more=BOTH)


def called(world: FakeWorld) -> list[str]:
    return [one.idempotency_key for one in world.validator.called]


def told(world: FakeWorld) -> list[str]:
    return [kind for kind, _ in world.publisher.published if kind == "Writers Stopped"]


def hooks_of(world: FakeWorld) -> Hooks:
    found = world.ledger.known("incident-1").hooks
    assert found is not None
    return found


# In the order of a restore


def test_the_writers_are_stopped_before_the_request_and_let_in_once_it_is_validated(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    deeds: list[str] = []
    note(deeds, "validate", world, monkeypatch)
    note(deeds, "call", world, monkeypatch)
    sends = world.cloud.restore

    def send(*asked: str) -> Outcome:
        deeds.append("request")
        return sends(*asked)

    monkeypatch.setattr(world.cloud, "restore", send)
    world.current_policy = parse_policy(POLICY + BOTH + f'validate = "{ARN}check"\n')

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert deeds == ["call", "request", "validate", "call"]
    assert called(world) == [f"{KEY}/before", f"{KEY}/after"]
    assert world.validator.hooks == [f"{ARN}stop", f"{ARN}start"]
    assert world.ledger.fleet().owed == ()


def note(deeds: list[str], name: str, world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = getattr(world.validator, name)

    def noted(*about: object) -> Validation:
        deeds.append(name)
        answer = ask(*about)
        assert isinstance(answer, Validation)
        return answer

    monkeypatch.setattr(world.validator, name, noted)


def test_before_is_told_what_is_about_to_happen(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)

    before, _ = world.validator.called
    assert json.loads(msgspec.json.encode(before)) == {
        "hook": "before",
        "idempotency_key": f"{KEY}/before",
        "at_least_once": True,
    }


def test_after_is_told_which_writes_are_gone(world: FakeWorld) -> None:
    recovery = recover(incident(), FakeFlow(), world)

    _, after = world.validator.called
    assert recovery.sent_at is not None
    assert json.loads(msgspec.json.encode(after)) == {
        "hook": "after",
        "idempotency_key": f"{KEY}/after",
        "at_least_once": True,
        "state": "validated",
        "verdict": "none",
        "target": "2026-02-17T11:40:20Z",
        "gap": {
            "start": "2026-02-17T11:40:20Z",
            "end": json.loads(msgspec.json.encode(recovery.sent_at)),
        },
    }


def test_each_call_is_in_the_journal_before_and_behind_it(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)

    kinds = [entry.kind for entry in world.ledger.entries(REDIS)]
    assert kinds[1:] == [
        *("claimed", "hook-called", "hook-ended", "firing", "accepted", "restored"),
        *("validated", "hook-called", "hook-ended", "settled"),
    ]


def test_an_instance_without_hooks_has_no_step_more() -> None:
    flow = FakeFlow()

    recover(incident(), flow, world_at_1154())

    assert not [name for name in flow.kept if "before" in name or "after" in name]


def test_a_drill_in_place_calls_no_hook() -> None:
    drilled = redis(before=f"{ARN}stop", after=f"{ARN}start", drill="in-place").drilled()

    assert drilled.hooks == {}


# `before` that does not pass


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Validation("fail", "the queue is away"), "it says fail: the queue is away"),
        (Validation("none", "no verdict"), "it says none: no verdict"),
    ],
)
def test_nothing_is_sent_where_before_does_not_pass_and_after_is_called(
    world: FakeWorld, said: Validation, why: str
) -> None:
    world.validator.says["before"] = [said]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "writers-not-stopped")
    assert recovery.reason == f"nothing was sent to {REDIS}: its hook before: {why}"
    assert recovery.hint
    assert world.cloud.restores == []
    assert called(world) == [f"{KEY}/before", f"{KEY}/after"]
    _, after = world.validator.called
    assert (after.state, after.target, after.gap) == ("refused", None, None)
    assert world.ledger.fleet().claimed_today == 0


def test_a_before_that_cannot_be_called_is_called_again_a_few_times_and_refuses(
    world: FakeWorld,
) -> None:
    world.validator.says["before"] = [ConnectionError("throttled")] * 99

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.code == "writers-not-stopped"
    assert "it could not be called: throttled" in (recovery.reason or "")
    assert called(world)[-1] == f"{KEY}/after"
    assert world.ledger.fleet().owed == ()


def test_the_ledger_lets_nothing_be_sent_before_the_writers_are_stopped(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lastgood.workflows.recovery.stop_writers", lambda *_: None)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.code == "writers-not-stopped"
    assert world.cloud.restores == []
    assert called(world) == []


def test_an_intent_needs_a_before_that_passed(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.validator, "call", die)
    with pytest.raises(DeadError):
        recover(incident(), FakeFlow(), world)

    with pytest.raises(NotStoppedError):
        world.ledger.intend("incident-1", Intent(1, (), ()), world.now())


# Every other end


def refused(world: FakeWorld) -> None:
    world.cloud.outcomes = [Refused("DBS.1", "no")]


def lost(world: FakeWorld) -> None:
    world.cloud.outcomes = [Unknown("the answer was lost")]


def failed(world: FakeWorld) -> None:
    world.cloud.job = lambda job: Job(id=job, status="Failed")  # type: ignore[method-assign] # alike


def test_what_another_execution_has_let_in_meanwhile_is_not_let_in_again(
    world: FakeWorld,
) -> None:
    world.validator.says["after"] = [Validation("fail", "no route")] * 6
    recover(incident(), FakeFlow(), world)
    calls = len(called(world))
    late = FakeFlow()
    late.while_asleep = lambda: let_in("incident-1", FakeFlow(), world)

    let_in("incident-1", late, world)

    assert len(called(world)) == calls + 1


def halted(world: FakeWorld) -> None:
    call = world.validator.call

    def halt(*about: object) -> Validation:
        world.halt("ada", "maintenance")
        return call(*about)  # type: ignore[arg-type] # what it is given

    world.validator.call = halt  # type: ignore[assignment,method-assign] # it passes all on


@pytest.mark.parametrize(
    ("happens", "state", "gap"),
    [
        (refused, "refused", False),
        (lost, "handed-over", True),
        (failed, "failed", True),
        (halted, "refused", False),
    ],
)
def test_after_is_called_at_every_end(
    world: FakeWorld, happens: Callable[[FakeWorld], None], state: str, *, gap: bool
) -> None:
    happens(world)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == state
    assert called(world) == [f"{KEY}/before", f"{KEY}/after"]
    after = world.validator.called[-1]
    assert after.state == state
    assert (after.gap is not None) is gap
    assert hooks_of(world).after_at


def test_after_is_called_where_validate_says_no(world: FakeWorld) -> None:
    world.current_policy = parse_policy(POLICY + BOTH + f'validate = "{ARN}check"\n')
    world.validator.verdict = Validation("fail", "no keys")

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "failed"
    after = world.validator.called[-1]
    assert (after.hook, after.state, after.verdict) == ("after", "failed", "fail")
    assert after.gap


def forget_the_target(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the target be offered no more once the writers were stopped for the first time."""
    call = world.validator.call
    (gone,) = service_times("11:40:20")

    def forget(*about: object) -> Validation:
        offered = world.cloud.instances[REDIS].points
        if gone in offered:
            offered.remove(gone)
        return call(*about)  # type: ignore[arg-type] # what it is given

    monkeypatch.setattr(world.validator, "call", forget)


def approve_what_is_proposed(world: FakeWorld) -> None:
    found = world.ledger.recovery("incident-1")
    if found and found.state == "proposed" and found.plan:
        approve("incident-1", found.plan.hash, "ada", world)


def test_a_plan_that_is_proposed_anew_lets_the_writers_in_while_a_person_is_waited_for(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_the_target(world, monkeypatch)
    flow = FakeFlow()
    seen: list[list[str]] = []

    def answer() -> None:
        if flow.callbacks:
            seen.append(called(world))
            approve_what_is_proposed(world)

    flow.while_asleep = answer

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert seen[0] == [f"{KEY}/before", f"{KEY}/after"]
    assert called(world)[2:] == ["incident-1/2/before", "incident-1/2/after"]
    assert [one.state for one in world.validator.called[1::2]] == ["proposed", "validated"]
    assert world.validator.called[1].gap is None


def test_a_round_without_hooks_in_the_policy_still_owes_the_after_of_the_round_before(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_the_target(world, monkeypatch)
    world.validator.says["after"] = [Validation("fail", "no route")] * 3
    flow = FakeFlow()

    def answer() -> None:
        world.current_policy = parse_policy(POLICY)
        approve_what_is_proposed(world)

    flow.while_asleep = answer

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert called(world) == [f"{KEY}/before", *[f"{KEY}/after"] * 4]
    assert world.ledger.fleet().owed == ()


def test_hooks_that_the_policy_has_no_more_are_not_called_and_their_rounds_still_count() -> None:
    done = Hooks(round=3, before="b", after="a", before_at=at("11:00:00"), after_at=at("11:01:00"))

    without = hooks.at_claim(done, redis())
    again = hooks.at_claim(without, redis(before="b2", after="a2"))

    assert without is not None
    assert (without.lets_send, without.owes) == (True, False)
    assert again is not None
    assert (again.round, again.before, again.before_at) == (4, "b2", None)
    assert hooks.at_claim(None, redis()) is None


# Executions that die, and people who release


def dead(world: FakeWorld, monkeypatch: pytest.MonkeyPatch, where: str) -> FakeFlow:
    """An execution that died at a call of a hook, or behind it."""
    flow = FakeFlow()
    with monkeypatch.context() as patched:
        if where == "in before":
            patched.setattr(world.validator, "call", die)
        elif where == "behind before":
            patched.setattr(world.cloud, "restore", die)
        with pytest.raises(DeadError):
            recover(incident(), flow, world)
    return flow


def sweep(world: FakeWorld) -> list[LetIn]:
    start_what_is_due("prod", world)
    return [one for one in world.starter.ordered.values() if isinstance(one, LetIn)]


@pytest.mark.parametrize("where", ["in before", "behind before"])
def test_a_recovery_that_a_person_released_is_found_by_the_verification(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    dead(world, monkeypatch, where)
    world.validator.called.clear()
    assert sweep(world) == []  # a restore may be running

    release("incident-1", "it died", "ada", world)
    (order,) = sweep(world)
    world.now.pass_(CALL_LASTS)
    left = let_in_late(order, FakeFlow(), world)

    assert left is None
    assert called(world) == [f"{KEY}/after"]
    assert world.validator.called[0].state == "handed-over"
    assert world.ledger.fleet().owed == ()
    assert let_in_late(order, FakeFlow(), world) is None
    assert len(world.validator.called) == 1


def test_after_is_not_called_while_a_call_of_before_that_was_cut_off_may_still_arrive(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead(world, monkeypatch, "in before")
    release("incident-1", "it died", "ada", world)
    flow = FakeFlow()

    let_in("incident-1", flow, world)

    assert called(world) == []
    assert CALL_LASTS.total_seconds() + 1 in [one.total_seconds() for one in flow.sleeps]
    assert hooks_of(world).why == "calls of the other hook were cut off, and may still arrive"
    world.now.pass_(CALL_LASTS)
    let_in("incident-1", FakeFlow(), world)
    assert called(world) == [f"{KEY}/after"]


def test_after_is_not_called_while_a_before_whose_connection_broke_may_still_run(
    world: FakeWorld,
) -> None:
    world.validator.says["before"] = [HookLostError("the connection was closed")] * 99

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.code == "writers-not-stopped"
    assert f"{KEY}/after" not in called(world)
    assert told(world) == ["Writers Stopped"]
    world.now.pass_(CALL_LASTS)
    let_in("incident-1", FakeFlow(), world)
    assert called(world)[-1] == f"{KEY}/after"
    assert world.ledger.fleet().owed == ()


def test_an_execution_that_goes_on_after_it_was_cut_off_calls_before_once_more(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = dead(world, monkeypatch, "in before")
    world.now.pass_(CALL_LASTS)

    recovery = recover(incident(), flow, world)

    assert recovery.state in {"settled", "refused"}
    assert called(world)[-1] == f"{KEY}/after"


def test_another_execution_of_the_same_incident_takes_what_before_has_said(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("lastgood.workflows.recovery.fire", die)
        with pytest.raises(DeadError):
            recover(incident(), FakeFlow(), world)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert called(world) == [f"{KEY}/before", f"{KEY}/after"]


def test_before_is_not_called_for_a_recovery_that_has_gone_on(world: FakeWorld) -> None:
    recovery = recover(incident(), FakeFlow(), world)
    assert recovery.plan is not None

    found = world.ledger.begin_before(recovery.plan, world.now())

    assert found == Validation("pass", "another attempt goes on with it")


def test_after_is_not_called_while_it_is_open_what_becomes_of_the_restore(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead(world, monkeypatch, "behind before")
    world.validator.called.clear()

    let_in("incident-1", FakeFlow(), world)

    assert called(world) == []
    assert world.ledger.begin_after("incident-1", world.now()) is None


def test_what_has_no_hooks_owes_nothing() -> None:
    world = world_at_1154()
    recover(incident(), FakeFlow(), world)

    let_in("incident-1", FakeFlow(), world)

    assert world.ledger.begin_after("incident-1", world.now()) is None
    assert world.ledger.note_owed("incident-1", "why", world.now()) is None
    call = Call(1, 1, "after", world.now())
    assert world.ledger.end_call("incident-1", call, None, world.now()) is None
    assert let_in_late(LetIn(lets_in="incident-2", hour="1"), FakeFlow(), world) is None


# An `after` that does not let them in


def test_an_after_that_does_not_pass_is_told_stays_owed_and_is_called_again_later(
    world: FakeWorld,
) -> None:
    world.validator.says["after"] = [Validation("fail", "no route")] * 6

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert called(world) == [f"{KEY}/before", *[f"{KEY}/after"] * 6]
    assert told(world) == ["Writers Stopped"]
    assert world.ledger.fleet().owed == ("incident-1",)
    (order,) = sweep(world)
    assert let_in_late(order, FakeFlow(), world) is None
    assert world.ledger.fleet().owed == ()
    assert sweep(world) == [order]


@pytest.mark.parametrize("said", [Validation("none", ""), ConnectionError("no answer")])
def test_an_after_that_cannot_be_called_is_told_with_the_command_that_calls_it(
    world: FakeWorld, said: Validation | Exception
) -> None:
    world.validator.says["after"] = [said] * 6

    recover(incident(), FakeFlow(), world)

    ((_, detail),) = [one for one in world.publisher.published if one[0] == "Writers Stopped"]
    on_the_wire = json.loads(msgspec.json.encode(detail))
    jsonschema.validate(on_the_wire, json.loads(schema("writers")))
    assert on_the_wire["key"] == f"{KEY}/after"
    notice = tell_event("Writers Stopped", on_the_wire)
    assert notice is not None
    assert notice.subject == "lastgood: orders-cache: its writers may still be stopped"
    assert f"aws lambda invoke --function-name {ARN}start" in notice.text
    assert f'"idempotency_key":"{KEY}/after"' in notice.text


def test_people_are_told_once_a_day_of_writers_that_stay_stopped(world: FakeWorld) -> None:
    world.validator.says["after"] = [Validation("fail", "no route")] * 99
    recover(incident(), FakeFlow(), world)

    let_in("incident-1", FakeFlow(), world)
    assert told(world) == ["Writers Stopped"]
    world.now.pass_(REMINDED)
    let_in("incident-1", FakeFlow(), world)

    assert told(world) == ["Writers Stopped"] * 2


def test_an_after_that_was_corrected_in_the_policy_is_called_in_place_of_the_old_one(
    world: FakeWorld,
) -> None:
    world.validator.says["after"] = [Validation("fail", "no route")] * 6
    recover(incident(), FakeFlow(), world)
    world.current_policy = parse_policy(POLICY + BOTH.replace("start", "start-2"))

    let_in("incident-1", FakeFlow(), world)

    assert world.validator.hooks[-1] == f"{ARN}start-2"
    assert hooks_of(world).after_at


def test_a_policy_that_cannot_be_read_keeps_no_writers_out(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.validator.says["after"] = [Validation("fail", "no route")] * 6
    recover(incident(), FakeFlow(), world)

    def fail() -> None:
        raise PolicyError("it is broken", "mend it")

    monkeypatch.setattr(world, "policy", fail)
    let_in("incident-1", FakeFlow(), world)

    assert world.validator.hooks[-1] == f"{ARN}start"
    assert hooks_of(world).after_at


def test_writers_of_an_instance_that_has_left_the_policy_are_told_by_its_id(
    world: FakeWorld,
) -> None:
    world.validator.says["after"] = [Validation("fail", "no route")] * 3
    recover(incident(), FakeFlow(), world)
    held = world.ledger.known("incident-1")

    told_ = announce_writers(held, Hooks(round=1, before=None, after="a"), "a", None, world.now())

    assert told_.summary == f"the writers of {REDIS} may still be stopped: it has not answered"
    assert told_.since == world.now()


def test_a_recovery_that_died_with_its_writers_stopped_says_so(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead(world, monkeypatch, "behind before")

    notice = tell_dead_recovery(incident(), world.ledger.recovery("incident-1"), "FAILED")

    assert notice is not None
    assert "Its writers are stopped until it is free" in notice.text


def test_an_execution_that_was_to_let_writers_in_and_died_is_told(world: FakeWorld) -> None:
    order = LetIn(lets_in="incident-1", hour="2026021712")
    detail = {"durableExecutionName": f"{order.id}-0123abcd", "status": "TIMED_OUT"}

    event = {"source": "aws.lambda", "detail": detail}
    assert lets_in(order.id)
    assert notify(event, world.ledger, world.notifier)
    assert world.notifier.sent == [tell_dead_let_in(f"{order.id}-0123abcd", "TIMED_OUT")]


# The rules of calls


NOW = at("12:00:00")


def owed(**more: object) -> Hooks:
    known = Hooks(round=1, before="b", after="a", before_at=NOW)
    return msgspec.structs.replace(known, **more)


def later(**length: float) -> datetime:
    return NOW + timedelta(**length)


def test_neither_hook_is_called_while_the_other_may_be_under_way() -> None:
    begun = hooks.begin(owed(), "after", NOW)
    assert not isinstance(begun, Wait)
    under_way, _ = begun

    assert hooks.begin(under_way, "before", later(minutes=5)) == Wait(601)
    assert not isinstance(hooks.begin(under_way, "after", later(minutes=5)), Wait)
    assert not isinstance(hooks.begin(under_way, "before", NOW + CALL_LASTS), Wait)


def test_a_before_that_comes_back_after_it_was_given_up_is_owed_an_after_again() -> None:
    begun = hooks.begin(owed(), "before", NOW)
    assert not isinstance(begun, Wait)
    under_way, before = begun
    again = hooks.begin(under_way, "after", NOW + CALL_LASTS)
    assert not isinstance(again, Wait)
    noted, after = again
    let = hooks.end(noted, after, Validation("pass"), later(minutes=20))
    assert not let.owes

    late = hooks.end(let, before, Validation("pass"), later(minutes=21))

    assert late.owes


def test_an_after_that_was_given_up_lets_nobody_in_any_more() -> None:
    unknown = Call(7, 1, "after", NOW)

    assert hooks.end(owed(), unknown, Validation("pass"), NOW) == owed()
    assert hooks.end(owed(calls=(unknown,)), unknown, None, NOW) == owed()


@pytest.mark.parametrize(
    ("known", "round_", "said", "verdict"),
    [
        (None, 1, Validation("fail"), "fail"),
        ("pass", 1, Validation("fail"), "pass"),
        (None, 2, Validation("pass"), None),
        (None, 1, None, None),
    ],
)
def test_the_first_verdict_of_a_round_counts(
    known: str | None, round_: int, said: Validation | None, verdict: str | None
) -> None:
    call = Call(1, round_, "before", NOW)

    ended = hooks.end(owed(calls=(call,), verdict=known), call, said, NOW)

    assert ended.verdict == verdict


def test_a_verdict_that_comes_too_late_for_its_round_stops_nothing(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.ledger, "end_call", lambda *_: None)

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.code == "writers-not-stopped"
    assert "another round has begun meanwhile" in (recovery.reason or "")


# The policy


@pytest.mark.parametrize(
    ("more", "place", "hint"),
    [
        (f'before = "{ARN}stop"\n', "before: found it without after", "writers would stay"),
        (f'after = "{ARN}start"\n', "after: found it without before", "never be called"),
        ('before = "stop"\n', "before: found 'stop'", "the ARN of a Lambda function"),
    ],
)
def test_a_hook_alone_and_what_is_no_function_are_faults(more: str, place: str, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(POLICY + more)

    assert place in caught.value.message
    assert hint in caught.value.hint


def test_hooks_of_what_is_not_restored_in_place_are_faults() -> None:
    database = f"""
[[instance]]
id = "{RDS}"
name = "orders-db"
cloud = "prod"
service = "rds"
{BOTH}"""

    with pytest.raises(PolicyError) as caught:
        parse_policy(POLICY + database)

    assert "before: found a hook" in caught.value.message
    assert caught.value.hint == "write no before: it is for what is restored in place"


def test_doctor_counts_the_time_of_the_hooks_where_there_are_any(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed(timedelta(hours=47))
    setting = Setting("recover function", lambda: deployed, "set it")
    monkeypatch.setattr(world, "settings", lambda: (setting,))

    (judged,) = [
        one for one in judge_deployed(world, world.policy()) if one.check == "RecoveryTimeout"
    ]

    assert judged.health == "warn"
    assert "the hooks before and after 2h1m25s" in judged.hint
