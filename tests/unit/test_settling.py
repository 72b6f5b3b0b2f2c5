"""After a restore in place: its alarm is waited for, its effect recorded, and told to a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from lastgood.domain.alarm import Incident
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery, UnsettledError, needs_person, raise_for_person
from lastgood.domain.notices import tell_event
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.triage import ask
from lastgood.ports import CloudError
from lastgood.workflows import effect
from lastgood.workflows.deciding import decide_on_record
from lastgood.workflows.lasting import until_settled
from lastgood.workflows.operator import approve, release
from lastgood.workflows.recovery import recover
from tests.support.builders import OTHER_REDIS, POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident, world_at_1154
from tests.unit.test_effect import RULE, of_cloud_eye, record

SOURCE = incident().source
WAITS = POLICY.replace('"0s"', '"15m"')
SECOND = f"""
[[instance]]
id = "{OTHER_REDIS}"
name = "another-cache"
cloud = "prod"
service = "geminidb-redis"
mode = "auto"
settle_within = "0s"
"""


class SleepingFlow(FakeFlow):
    """Time passes while it sleeps; `at_each` is done at the end of each sleep."""

    def __init__(self, world: FakeWorld, at_each: Callable[[], object] = int) -> None:
        super().__init__()
        self.while_asleep = self._sleep
        self._world = world
        self._at_each = at_each

    def _sleep(self) -> None:
        self._world.now.pass_(self.sleeps[-1])
        self._at_each()


@pytest.fixture
def world() -> FakeWorld:
    made = world_at_1154()
    made.current_policy = parse_policy(WAITS)
    made.cloud.add_points(OTHER_REDIS, *service_times("11:40:20"))
    made.ledger.open(incident(), made.now())
    return made


def told(world: FakeWorld, *changes: tuple[str, str]) -> Callable[[], None]:
    """Take in each of these transitions of the alarm once its time has come."""
    waiting = list(changes)

    def tell() -> None:
        while waiting and at(waiting[0][1]) <= world.now():
            state, when = waiting.pop(0)
            if state == "ALARM":
                again = msgspec.structs.replace(incident(when, when), changed_at=at(when))
                world.ledger.open(again, world.now())
            else:
                world.ledger.hear(SOURCE, state, at(when), world.now())

    return tell


def code_of(decision: Plan | Refusal) -> str | None:
    return decision.code if isinstance(decision, Refusal) else None


def restored(world: FakeWorld, *changes: tuple[str, str]) -> Recovery:
    return recover(incident(), SleepingFlow(world, told(world, *changes)), world)


def test_an_alarm_that_clears_ends_the_wait_and_nobody_is_called(world: FakeWorld) -> None:
    found = restored(world, ("OK", "11:57:00"))

    assert (found.state, found.effect) == ("settled", "helped")
    assert found.effect_detail == "it went back to OK at 2026-02-17T11:57:00Z"
    assert world.now() < at("11:59:00")
    assert not needs_person(found)
    raise_for_person(found)


def test_an_alarm_that_stays_red_is_told_with_the_command_that_undoes_it(world: FakeWorld) -> None:
    found = restored(world)

    assert (found.state, found.effect) == ("settled", "none")
    kind, detail = world.publisher.published[-1]
    notice = tell_event(kind, detail)
    assert notice is not None
    assert notice.subject == "lastgood: orders-cache is restored, and its alarm still red"
    assert "\nlastgood undo incident-1\n" in notice.text
    assert "its alarm is still red" in notice.text
    with pytest.raises(
        UnsettledError, match=r"its alarm is still red: .*\nTry: .*lastgood undo inc"
    ):
        raise_for_person(found)


def test_the_command_that_undoes_it_stands_in_the_text_once(world: FakeWorld) -> None:
    restored(world)
    kind, detail = world.publisher.published[-1]
    kept = {"backup": "b", "id": "b-1", "stage": "ready", "holds": at("11:54:00")}

    notice = tell_event(kind, detail | {"kept": kept})

    assert notice is not None
    assert notice.text.count("lastgood undo incident-1") == 1


def test_an_alarm_that_stays_red_starts_nothing_again(world: FakeWorld) -> None:
    restored(world)
    later = at("12:20:00")
    red = msgspec.structs.replace(incident("again", "12:12:00"), changed_at=later)
    world.now.time = later
    world.cloud.add_points(REDIS, *service_times("12:05:20"))

    again = recover(red, FakeFlow(), world)

    assert (again.state, again.code) == ("refused", "cooling-down")
    assert len(world.cloud.restores) == 1


@pytest.mark.parametrize(
    ("onset", "code"), [("11:53:30", "expected-after-recovery"), ("12:01:00", "cooling-down")]
)
def test_an_alarm_that_goes_off_while_the_effect_is_awaited_starts_nothing(
    world: FakeWorld, onset: str, code: str
) -> None:
    red = msgspec.structs.replace(incident("again", onset), changed_at=at("12:03:00"))
    seen: list[object] = []

    def decide_meanwhile() -> None:
        if world.now() >= at("12:03:00") and not seen:
            world.ledger.open(red, world.now())
            seen.append(code_of(decide_on_record(red, world)))

    recover(incident(), SleepingFlow(world, decide_meanwhile), world)

    assert [*seen, code_of(decide_on_record(red, world))] == ["instance-busy", code]
    assert len(world.cloud.restores) == 1


def test_what_went_bad_again_while_its_effect_was_awaited_is_not_forgotten(
    world: FakeWorld,
) -> None:
    restored(world, ("ALARM", "12:01:00"))

    history = world.ledger.history(incident())

    assert [one.incident for one in history.suspects] == ["12:01:00"]


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ([("OK", "11:57:00"), ("ALARM", "11:57:10")], "none"),
        ([("OK", "11:56:59"), ("ALARM", "11:57:00"), ("OK", "12:04:00")], "helped"),
        ([("NO_DATA", "11:57:00")], "unknown"),
        ([("OK", "11:54:10")], "unknown"),
        ([("OK", "12:05:00"), ("OK", "12:05:00")], "helped"),
    ],
)
def test_what_its_alarm_did_last_is_what_counts(
    world: FakeWorld, changes: list[tuple[str, str]], effect: str
) -> None:
    assert restored(world, *changes).effect == effect


def test_an_ok_between_the_last_look_and_the_end_counts(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = world.ledger.settle

    def clear_then_settle(*arguments: object) -> object:
        world.store.race = lambda: world.ledger.hear(SOURCE, "OK", at("12:09:00"), world.now())
        return settle(*arguments)  # type: ignore[arg-type] # those of settle

    monkeypatch.setattr(world.ledger, "settle", clear_then_settle)

    found = restored(world)

    assert (found.state, found.effect) == ("settled", "helped")


def test_an_ok_that_comes_later_amends_the_record_and_restores_nothing(world: FakeWorld) -> None:
    red = restored(world)
    later = at("12:40:00")

    world.ledger.hear(SOURCE, "ALARM", at("12:30:00"), at("12:30:05"))
    assert world.ledger.known("incident-1") == red
    world.ledger.hear(SOURCE, "OK", later, later)
    world.ledger.hear(SOURCE, "OK", later, later)  # delivered twice

    amended = world.ledger.known("incident-1")
    assert (amended.state, amended.effect, amended.hint) == ("settled", "late", None)
    assert amended.changed_at == red.changed_at
    assert [e.kind for e in world.ledger.entries(REDIS)].count("effect") == 1
    assert world.publisher.kinds == ["Recovery Started", "Recovery Completed"]
    assert len(world.cloud.restores) == 1


def test_of_two_that_take_in_the_late_ok_at_once_one_amends(world: FakeWorld) -> None:
    restored(world)
    later = at("12:40:00")

    def hear() -> None:
        world.ledger.hear(SOURCE, "OK", later, later)

    def race_in_the_next_commit() -> None:
        world.store.race = hear

    world.store.race = race_in_the_next_commit
    hear()

    assert world.ledger.known("incident-1").effect == "late"
    assert [e.kind for e in world.ledger.entries(REDIS)].count("effect") == 1


def test_an_end_that_was_cut_off_after_it_was_written_stands(world: FakeWorld) -> None:
    flow = SleepingFlow(world, told(world, ("OK", "11:57:00")))
    found = recover(incident(), flow, world)
    del flow.kept["end"]

    again = recover(incident(), flow, world)

    assert again == found
    assert world.publisher.kinds == ["Recovery Started", "Recovery Completed"]


def test_of_an_incident_of_an_older_version_the_late_ok_is_found_as_well(world: FakeWorld) -> None:
    old = msgspec.structs.replace(incident("incident-0"), source="arn:of-an-older-version")
    found = recover(old, SleepingFlow(world), world)
    assert found.effect == "none"

    world.ledger.hear(old.source, "OK", at("12:40:00"), at("12:40:00"))

    assert world.ledger.known(old.id).effect == "late"


def test_a_release_ends_the_wait(world: FakeWorld) -> None:
    flow = SleepingFlow(world, lambda: release("incident-1", "it looks good", "ada", world))

    found = recover(incident(), flow, world)

    assert (found.state, found.effect) == ("handed-over", None)
    assert len(flow.sleeps) == 1


def test_another_instance_is_restored_while_the_effect_of_one_is_awaited(world: FakeWorld) -> None:
    world.current_policy = parse_policy(WAITS + SECOND)
    assert world.current_policy.fleet.max_active == 1
    ended: list[Recovery] = []

    def restore_another() -> None:
        if not ended:
            other = msgspec.structs.replace(incident("incident-2"), instance=OTHER_REDIS)
            ended.append(recover(other, FakeFlow(), world))

    recover(incident(), SleepingFlow(world, restore_another), world)

    assert [one.state for one in ended] == ["settled"]
    assert [name for name, _ in world.cloud.restores] == [REDIS, OTHER_REDIS]
    assert world.ledger.fleet().active == ()
    assert world.ledger.fleet().claimed_today == 2


def test_the_wait_does_not_count_as_time_to_recover(world: FakeWorld) -> None:
    found = restored(world)

    assert found.validated_at == at("11:54:00")
    assert found.changed_at >= at("12:09:00")
    _, detail = world.publisher.published[-1]
    assert (detail["took_seconds"], detail["rto_seconds"]) == (0, 52)
    last = world.ledger.history(incident()).last
    assert last is not None
    assert last.ended_at == found.validated_at


# Where nothing is waited for.


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (POLICY, "settle_within is 0s, so its alarm was not waited for"),
        (WAITS.replace(REDIS, OTHER_REDIS), "the policy does not name the instance any more"),
    ],
)
def test_where_nothing_is_waited_for_the_effect_is_unknown_and_says_so(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, policy: str, why: str
) -> None:
    awaited = effect.awaited

    def change_then_await(validated: Recovery) -> object:
        world.current_policy = parse_policy(policy)
        return awaited(validated)

    monkeypatch.setattr(effect, "awaited", change_then_await)

    found = restored(world)

    assert (found.state, found.effect, found.effect_detail) == ("settled", "unknown", why)


def test_a_policy_that_cannot_be_read_leaves_the_effect_unknown(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    awaited = effect.awaited

    def break_then_await(validated: Recovery) -> object:
        monkeypatch.setattr(world, "policy", fail)
        return awaited(validated)

    def fail() -> None:
        raise LastgoodError("no such bucket", "make it")

    monkeypatch.setattr(effect, "awaited", break_then_await)

    found = restored(world)

    assert (found.state, found.effect) == ("settled", "unknown")
    assert found.effect_detail == "the policy could not be read: no such bucket"


def test_what_a_person_asked_for_has_no_alarm_that_could_clear(world: FakeWorld) -> None:
    instance = world.policy().by_id(REDIS)
    assert instance is not None
    asked = ask(instance, at("11:48:00"), world.now())

    def agree() -> None:
        known = world.ledger.recovery(asked.id)
        if known and known.state == "proposed" and known.plan:
            approve(asked.id, known.plan.hash, "ada", world)

    flow = FakeFlow()
    flow.while_asleep = agree
    found = recover(asked, flow, world)

    assert (found.state, found.effect) == ("settled", "unknown")
    assert found.effect_detail == "a person asked for it, and no alarm can go back to OK"


def test_what_an_older_version_validated_ends_at_once(world: FakeWorld) -> None:
    flow = SleepingFlow(world)
    recover(incident(), flow, world)
    old = msgspec.structs.replace(flow.kept["validated"], validated_at=None)

    assert effect.awaited(old) is None
    assert effect.awaited(flow.kept["validated"]) is not None
    assert effect.awaited(flow.kept["end"]) is None


def test_no_effect_is_awaited_of_a_drill_or_a_copy(world: FakeWorld) -> None:
    flow = SleepingFlow(world)
    recover(incident(), flow, world)
    validated = flow.kept["validated"]
    drilled = msgspec.structs.replace(validated.plan.incident, drill="in-place")
    plan = validated.plan

    for other in (
        msgspec.structs.replace(plan, incident=drilled),
        msgspec.structs.replace(plan, way="copy"),
    ):
        assert effect.awaited(msgspec.structs.replace(validated, plan=other)) is None


# Cloud Eye asked.


def eye_restored(
    world: FakeWorld, about: Incident, at_each: Callable[[], object] = int
) -> Recovery:
    """Restore by a plan that was made while Cloud Eye confirmed it."""
    world.current_policy = parse_policy(WAITS)
    confirming = parse_policy(WAITS + 'confirm = "cloud-eye"\n')
    flow = SleepingFlow(world, at_each)
    step = flow.step

    def switched(name: str, action: Callable[[], object]) -> object:
        if name == "validated":
            world.current_policy = confirming
        return step(name, action)

    flow.step = switched  # type: ignore[method-assign, assignment] # the same, and one thing more
    return recover(about, flow, world)


def test_a_way_back_that_only_cloud_eye_knows_of_counts(world: FakeWorld) -> None:
    world.eye.ahead = timedelta(seconds=2)
    back = record(status="ok", recovered_at=at("11:57:00"))

    def clear() -> None:
        world.eye.kept[RULE] = [back if world.now() > at("11:58:00") else record()]

    found = eye_restored(world, of_cloud_eye(), clear)

    assert (found.effect, found.effect_detail) == (
        "helped",
        "it went back to OK at 2026-02-17T11:57:02Z",
    )


def test_cloud_eye_is_asked_again_and_again(world: FakeWorld) -> None:
    world.eye.failing = [CloudError("no answer", "wait", "transient")]
    world.eye.kept[RULE] = [record()]

    found = eye_restored(world, of_cloud_eye())

    assert found.effect == "none"
    assert world.eye.failing == []


def test_a_message_without_a_rule_cannot_be_asked_about(world: FakeWorld) -> None:
    about = msgspec.structs.replace(of_cloud_eye(), source="cloudeye:no rule:x")

    found = eye_restored(world, about)

    assert found.effect == "none"
    assert found.effect_detail is not None
    assert found.effect_detail.endswith("(Cloud Eye: its message names no alarm rule)")


# How often it is looked.


@pytest.mark.parametrize(
    ("length", "looks"),
    [
        (timedelta(), 1),
        (timedelta(seconds=5), 2),
        (timedelta(minutes=15), 19),
        (timedelta(days=7), 83),
    ],
)
def test_the_looks_last_as_long_as_is_waited(length: timedelta, looks: int) -> None:
    found = effect.pace(length)

    assert found.looks == looks
    assert found.lasts(timedelta()) >= length


def test_doctor_counts_the_longest_wait_of_those_that_are_restored_in_place() -> None:
    assert until_settled(parse_policy(POLICY)) == {}
    (found,) = until_settled(parse_policy(WAITS)).values()
    assert timedelta(minutes=15) < found < timedelta(minutes=30)
    observing = WAITS.replace('"auto"', '"observe"')
    assert until_settled(parse_policy(observing)) == {}
