from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain import undo
from lastgood.domain.errors import PolicyError
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.notices import tell_event
from lastgood.domain.plan import Plan
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Accepted, Job, Outcome, Refused, Unknown
from lastgood.domain.undo import Backup, UndoPoint
from lastgood.ledger import Intent, NoUndoPointError
from lastgood.ports import CloudError
from lastgood.workflows import undo_point
from lastgood.workflows.deciding import Decided, consider, decide_on_record
from lastgood.workflows.operator import approve
from lastgood.workflows.recovery import recover
from tests.support.builders import POLICY, REDIS, at, policy_text
from tests.support.fakes import FakeBackups, FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident

REQUIRE = policy_text(undo="require")
TRY = policy_text(undo="try")


def world_with(policy: str) -> FakeWorld:
    """At 11:54, an instance with points at 11:00, 11:20 and 11:40, all at :20 seconds."""
    made = FakeWorld(parse_policy(policy))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:00:20", "11:40:20"))
    return made


@pytest.fixture
def world() -> FakeWorld:
    return world_with(REQUIRE)


def saved(world: FakeWorld) -> FakeBackups:
    return world.backups("prod")


def take_time(world: FakeWorld, patched: pytest.MonkeyPatch, seconds: int = 30) -> None:
    """Let so long pass with each look at the backups."""
    backups = saved(world)
    look = backups.backups

    def slowly(instance: str) -> Sequence[Backup]:
        world.now.pass_(timedelta(seconds=seconds))
        return look(instance)

    patched.setattr(backups, "backups", slowly)


def point_of(recovery: Recovery) -> UndoPoint:
    assert recovery.undo is not None
    return recovery.undo


def test_what_is_overwritten_is_backed_up_before_the_request(world: FakeWorld) -> None:
    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    (backup,) = saved(world).kept.values()
    point = point_of(recovery)
    assert (point.id, point.stage, point.holds) == (backup.id, "ready", backup.began)
    assert backup.began is not None
    assert recovery.sent_at is not None
    assert backup.began <= recovery.sent_at
    assert [entry.kind for entry in world.ledger.entries(REDIS)] == [
        "decided",
        "claimed",
        "undo-point-ordered",
        "undo-point-ready",
        "firing",
        "accepted",
        "restored",
        "validated",
        "settled",
    ]


def test_the_backup_says_whose_it_is(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)

    ledger = world.ledger.identity()
    assert saved(world).backed_up == [
        (
            REDIS,
            f"lastgood-incident-1-{ledger[:8]}",
            f"lastgood owner:incident-1 ledger:{ledger}",
        )
    ]


def test_the_plan_says_whether_it_is_backed_up(world: FakeWorld) -> None:
    plan = decide_on_record(incident(), world)

    assert isinstance(plan, Plan)
    assert plan.undo == "require"


def test_without_an_undo_point_in_the_policy_none_is_made() -> None:
    world = world_with(POLICY)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.undo) == ("settled", None)
    assert saved(world).backed_up == []


BAD: list[Outcome] = [
    Refused("DBS.280001", "it is not allowed", "permission"),
    Unknown("the answer was lost"),
]


@pytest.mark.parametrize("outcome", BAD)
def test_where_it_is_required_nothing_is_sent_without_it(
    world: FakeWorld, outcome: Outcome
) -> None:
    saved(world).outcomes = [outcome]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, recovery.code) == ("refused", "no-undo-point")
    assert world.cloud.restores == []
    assert len(saved(world).backed_up) == 1


@pytest.mark.parametrize("outcome", BAD)
def test_where_it_is_tried_the_restore_goes_on_without_it_and_says_so(outcome: Outcome) -> None:
    world = world_with(TRY)
    saved(world).outcomes = [outcome]

    recovery = recover(incident(), FakeFlow(), world)

    assert recovery.state == "settled"
    assert not point_of(recovery).is_ready
    assert point_of(recovery).why
    kept = world.publisher.published[-1][1]["kept"]
    assert kept["why"] == point_of(recovery).why


def test_a_backup_that_fails_is_none(world: FakeWorld) -> None:
    saved(world).life = ["BUILDING", "FAILED"]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.code, point_of(recovery).stage) == ("no-undo-point", "failed")


def test_a_lost_answer_is_found_by_the_name_and_not_asked_for_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups = saved(world)
    ask = backups.back_up

    def lose(*asked: str) -> Outcome:
        ask(*asked)
        return Unknown("the answer was lost")

    monkeypatch.setattr(backups, "back_up", lose)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, point_of(recovery).stage) == ("settled", "ready")
    assert len(backups.backed_up) == 1


def test_while_the_instance_is_busy_it_is_asked_for_again(world: FakeWorld) -> None:
    busy = Refused("DBS.200011", "another operation runs", "busy")
    saved(world).outcomes = [busy, busy]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, point_of(recovery).stage) == ("settled", "ready")
    assert len(saved(world).backed_up) == 3
    assert len(saved(world).kept) == 1


def test_an_instance_that_stays_busy_is_given_up(world: FakeWorld) -> None:
    busy = Refused("DBS.200011", "another operation runs", "busy")
    saved(world).outcomes = [busy] * 99

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.code, point_of(recovery).stage) == ("no-undo-point", "refused")
    assert len(saved(world).backed_up) <= undo_point.TURNS
    assert not point_of(recovery).may_exist


def test_it_is_waited_for_as_long_as_the_policy_says(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_with(policy_text(undo="try", redis='undo_within = "3m"'))
    saved(world).life = ["BUILDING"]
    take_time(world, monkeypatch)
    began = world.now()

    recovery = recover(incident(), FakeFlow(), world)

    point = point_of(recovery)
    assert point.done_at is not None
    assert timedelta(minutes=3) <= point.done_at - began < timedelta(minutes=4)
    assert point.why == "it was still BUILDING"


def test_a_list_that_cannot_be_read_for_now_is_asked_again(world: FakeWorld) -> None:
    away = CloudError("no answer", "wait", "throttled")
    saved(world).failing["backups"] = [away] * 3

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, point_of(recovery).stage) == ("settled", "ready")


def test_who_may_not_read_backups_makes_none(world: FakeWorld) -> None:
    forbidden = CloudError("it is not allowed", "allow it", "permission")
    saved(world).failing["backups"] = [forbidden] * 99

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.code, saved(world).backed_up) == ("no-undo-point", [])
    assert recovery.reason is not None
    assert "it is not allowed" in recovery.reason


def test_without_credentials_there_is_no_backup(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: str) -> FakeBackups:
        raise CloudError("there are no credentials", "store them")

    monkeypatch.setattr(world, "backups_restorer", none)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.code, point_of(recovery).why) == ("no-undo-point", "there are no credentials")
    assert not point_of(recovery).may_exist


@pytest.mark.parametrize("cut", ["before", "after"])
def test_an_attempt_that_was_cut_off_asks_for_one_backup_at_most(
    world: FakeWorld, cut: str
) -> None:
    backups = saved(world)
    ask, cuts = backups.back_up, []

    def die(*asked: str) -> Outcome:
        if cut == "after":
            ask(*asked)
        cuts.append(cut)
        raise RuntimeError("the process died here")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(backups, "back_up", die)
        recovery = recover(incident(), FakeFlow(), world)

    assert len(cuts) == 1
    assert len(backups.kept) == (cut == "after")
    assert recovery.state == ("settled" if cut == "after" else "refused")


def test_an_attempt_that_was_cut_off_before_its_intent_is_made_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, deaths = world.ledger.order_undo_point, ["once"]

    def die(*asked: object) -> bool:
        if deaths:
            deaths.pop()
            raise RuntimeError("the process died here")
        return order(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(world.ledger, "order_undo_point", die)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, len(saved(world).kept)) == ("settled", 1)


def test_of_two_attempts_one_asks(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.ledger, "order_undo_point", lambda *_: False)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.code, saved(world).backed_up) == ("no-undo-point", [])


@pytest.mark.parametrize("left", [[50.0], [500.0, 50.0]])
def test_with_little_time_left_it_is_asked_for_in_the_next_turn(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, left: list[float]
) -> None:
    monkeypatch.setattr(world, "time_left", lambda: left.pop(0) if left else 9999.0)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, len(saved(world).backed_up)) == ("settled", 1)


def test_a_backup_that_is_there_under_the_name_is_taken(world: FakeWorld) -> None:
    ledger = world.ledger.identity()
    saved(world).life = ["COMPLETED"]
    saved(world).appear(REDIS, f"lastgood-incident-1-{ledger[:8]}", "")

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, saved(world).backed_up) == ("settled", [])


def test_one_that_completes_late_is_noted_after_the_restore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = world_with(policy_text(undo="try", redis='undo_within = "100s"'))
    take_time(world, monkeypatch)
    saved(world).cloud = None  # as a service that can do both at once
    saved(world).add(REDIS, "orders-cache")
    saved(world).life = ["BUILDING"] * 3 + ["COMPLETED"]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, point_of(recovery).stage) == ("settled", "ready")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Accepted("job-x"), "failed"), (Unknown("the answer was lost"), "handed-over")],
)
def test_one_that_completes_late_is_noted_where_the_restore_is_for_a_person_as_well(
    monkeypatch: pytest.MonkeyPatch, outcome: Outcome, state: str
) -> None:
    world = world_with(policy_text(undo="try", redis='undo_within = "100s"'))
    take_time(world, monkeypatch)
    saved(world).cloud = None  # as a service that can do both at once
    saved(world).add(REDIS, "orders-cache")
    saved(world).life = ["BUILDING"] * 3 + ["COMPLETED"]
    world.cloud.jobs_seen["job-x"] = [Job(id="job-x", status="Failed")]
    world.cloud.outcomes = [outcome]

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.state, point_of(recovery).stage) == (state, "ready")
    assert world.publisher.published[-1][1]["kept"]["stage"] == "ready"


def test_a_plan_that_is_proposed_anew_is_backed_up_anew(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was backed up for the first plan lacks what was written while a person thought."""
    note = world.ledger.note_undo_point
    seen: list[UndoPoint] = []

    def expire(point: UndoPoint, now: object) -> UndoPoint:
        noted = note(point, now)  # type: ignore[arg-type]
        if noted.is_ready and not seen:
            seen.append(noted)
            own = world.cloud.instances[REDIS]
            own.points.remove(max(own.points))
        return noted

    monkeypatch.setattr(world.ledger, "note_undo_point", expire)
    flow = FakeFlow()

    def answer() -> None:
        proposed = world.ledger.known("incident-1")
        assert proposed.plan is not None
        approve("incident-1", proposed.plan.hash, "ann", world)

    flow.while_asleep = answer

    recovery = recover(incident(), flow, world)

    assert recovery.state == "settled"
    assert [name for _, name, _ in saved(world).backed_up] == [
        f"lastgood-incident-1-{world.ledger.identity()[:8]}",
        f"lastgood-incident-1-{world.ledger.identity()[:8]}-2",
    ]
    assert {one.name for one in world.ledger.undo_points()} == {
        name for _, name, _ in saved(world).backed_up
    }


def test_the_wait_for_it_does_not_count_into_the_age_of_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = 'max_plan_age = "1m"\nundo_within = "20m"'
    world = world_with(policy_text(undo="require", redis=rules))
    saved(world).life = ["BUILDING"] * 20 + ["COMPLETED"]
    take_time(world, monkeypatch)

    assert recover(incident(), FakeFlow(), world).state == "settled"


def test_a_policy_that_requires_it_by_now_stops_a_plan_without_it() -> None:
    world = world_with(POLICY)
    plan = decide_on_record(incident(), world)
    assert isinstance(plan, Plan)
    flow = FakeFlow()
    claim = world.ledger.claim

    def then_change(*asked: object) -> object:
        claimed = claim(*asked)  # type: ignore[arg-type]
        world.current_policy = parse_policy(REQUIRE)
        return claimed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(world.ledger, "claim", then_change)
        recovery = recover(incident(), flow, world)

    assert recovery.state != "settled"
    assert world.cloud.restores == []


def test_the_ledger_takes_no_intent_without_the_backup(world: FakeWorld) -> None:
    plan = decide_on_record(incident(), world)
    assert isinstance(plan, Plan)
    policy = world.policy()
    world.ledger.claim(plan, policy.instance[0], policy.fleet, world.now())

    with pytest.raises(NoUndoPointError):
        world.ledger.intend("incident-1", Intent(1, (), ()), world.now())


def test_the_request_is_not_sent_where_the_ledger_takes_no_intent(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise NoUndoPointError("incident-1")

    monkeypatch.setattr(world.ledger, "intend", none)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.code, world.cloud.restores) == ("no-undo-point", [])


def test_what_is_known_of_an_ended_backup_does_not_change(world: FakeWorld) -> None:
    recovery = recover(incident(), FakeFlow(), world)
    point = point_of(recovery)

    again = world.ledger.note_undo_point(
        msgspec.structs.replace(point, stage="failed"), at("12:30:00")
    )

    assert again == point


def test_a_second_execution_goes_on_with_what_the_first_has_asked_for(world: FakeWorld) -> None:
    recover(incident(), FakeFlow(), world)
    recovery = world.ledger.known("incident-1")
    assert recovery.plan is not None

    refusal = undo_point.back_up(recovery.plan, FakeFlow(), world)

    assert refusal is None
    assert len(saved(world).backed_up) == 1


def test_nothing_is_asked_for_once_the_time_is_over(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.current_policy = parse_policy(policy_text(undo="require", redis='undo_within = "1s"'))
    take_time(world, monkeypatch)

    recovery = recover(incident(), FakeFlow(), world)

    assert (recovery.code, saved(world).backed_up) == ("no-undo-point", [])
    assert recovery.reason is not None
    assert "there was no time left for it" in recovery.reason


def test_a_backup_that_cannot_be_seen_says_why() -> None:
    world = world_with(policy_text(undo="try", redis='undo_within = "3m"'))
    ask = saved(world).back_up

    def then_hide(*asked: str) -> Outcome:
        outcome = ask(*asked)
        away = CloudError("no answer", "wait", "throttled")
        saved(world).failing["backups"] = [away] * 9999
        world.now.pass_(timedelta(minutes=4))
        return outcome

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(saved(world), "back_up", then_hide)
        recovery = recover(incident(), FakeFlow(), world)

    assert point_of(recovery).why == "it could not be seen: no answer"


def test_the_ledger_lets_a_backup_be_asked_for_once_and_of_a_claimed_plan(
    world: FakeWorld,
) -> None:
    plan = decide_on_record(incident(), world)
    assert isinstance(plan, Plan)
    policy, ledger = world.policy(), world.ledger
    point = UndoPoint(
        name="one",
        incident="incident-1",
        plan=plan.hash,
        cloud="prod",
        project_id="p",
        instance=REDIS,
        number=1,
        ordered_at=world.now(),
        until=world.now(),
    )
    ledger.claim(plan, policy.instance[0], policy.fleet, world.now())

    assert ledger.order_undo_point(plan, point, world.now())
    assert not ledger.order_undo_point(plan, point, world.now())
    refused = msgspec.structs.replace(point, stage="refused")
    assert ledger.note_undo_point(refused, world.now()) == point
    assert not ledger.order_undo_point(plan, point, world.now())
    ledger.withdraw_undo_point(point, "busy", world.now())
    ledger.withdraw_undo_point(point, "busy", world.now())
    assert ledger.order_undo_point(plan, point, world.now())
    ledger.withdraw_undo_point(point, "busy", world.now())
    ledger.move("incident-1", "claimed", "refused", world.now())
    assert not ledger.order_undo_point(plan, point, world.now())


def test_an_earlier_backup_is_noted_without_taking_the_place_of_the_latest(
    world: FakeWorld,
) -> None:
    recover(incident(), FakeFlow(), world)
    latest = point_of(world.ledger.known("incident-1"))
    earlier = msgspec.structs.replace(latest, name="an-earlier-one", plan="another")
    world.ledger.note_undo_point(earlier, world.now())
    world.ledger.note_undo_point(latest, world.now())

    world.ledger.note_let_go(earlier, "gone", world.now())

    assert point_of(world.ledger.known("incident-1")) == latest
    assert {one.name: one.stage for one in world.ledger.undo_points()} == {
        latest.name: "ready",
        "an-earlier-one": "gone",
    }


KEPT = UndoPoint(
    name="b-1",
    incident="incident-1",
    plan="p",
    cloud="prod",
    project_id="p",
    instance=REDIS,
    number=1,
    ordered_at=at("11:54:00"),
    until=at("12:04:00"),
    id="br-1",
    stage="ready",
    holds=at("11:54:05"),
    size_gb=2.0,
)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "kept in the backup b-1 (br-1), as of 2026-02-17T11:54:05Z"),
        (
            {"stage": "made", "holds": None, "why": "it was still BUILDING"},
            (
                "perhaps kept in the backup b-1 (br-1), as of a moment that is not told:"
                " it was still BUILDING"
            ),
        ),
        ({"stage": "refused", "why": "busy"}, "not kept: busy"),
        ({"stage": "gone"}, "not kept: the backup b-1 is gone"),
    ],
)
def test_what_is_kept_is_told_in_words(facts: dict[str, Any], sentence: str) -> None:
    told = undo.kept(msgspec.structs.replace(KEPT, **facts), at("11:55:05"))

    assert told.sentence == sentence


def test_writes_between_the_backup_and_the_request_are_in_neither() -> None:
    assert undo.kept(KEPT, at("11:55:05")).unkept_seconds == 60
    assert undo.kept(KEPT, at("11:54:00")).unkept_seconds == 0
    assert undo.kept(KEPT, None).unkept_seconds is None


def test_a_backup_costs_by_its_size_and_its_age() -> None:
    later = KEPT.ordered_at + timedelta(days=15)

    assert undo.cost(KEPT, 0.1, later) == 0.1
    assert undo.cost(KEPT, None, later) is None
    assert undo.cost(msgspec.structs.replace(KEPT, size_gb=None), 0.1, later) is None


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({"stage": "ordered", "id": None}, True),
        ({"stage": "failed"}, True),
        ({"stage": "failed", "id": None}, False),
        ({"stage": "refused"}, False),
        ({"stage": "gone"}, False),
    ],
)
def test_what_may_exist_costs_money(changes: dict[str, Any], *, may: bool) -> None:
    assert msgspec.structs.replace(KEPT, **changes).may_exist is may


@pytest.mark.parametrize("mode", ["auto", "propose"])
def test_people_are_told_whether_it_is_kept(mode: str) -> None:
    world = world_with(policy_text(undo="require").replace('"auto"', f'"{mode}"'))

    recover(incident(), FakeFlow(), world)

    notices = [tell_event(kind, detail) for kind, detail in world.publisher.published]
    texts = [notice.text for notice in notices if notice]
    if mode == "propose":
        assert "What it overwrites is backed up first" in texts[0]
    else:
        assert "What was there is kept in the backup lastgood-incident-1-" in texts[-1]
        assert "lastgood undo incident-1" in texts[-1]


def test_people_are_told_that_it_is_tried() -> None:
    world = world_with(policy_text(undo="try").replace('"auto"', '"propose"'))

    recover(incident(), FakeFlow(), world)

    notice = tell_event(*world.publisher.published[0])
    assert notice is not None
    assert "What it overwrites is, if that can be done in time, backed up first" in notice.text


def test_people_are_told_that_it_is_not_kept() -> None:
    world = world_with(TRY)
    saved(world).outcomes = [Refused("DBS.280001", "it is not allowed")]

    recover(incident(), FakeFlow(), world)

    notice = tell_event(*world.publisher.published[-1])
    assert notice is not None
    assert "What was there is not kept: DBS.280001: it is not allowed" in notice.text
    assert "lastgood undo" not in notice.text


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        ('undo_keep = "1d"', "undo_keep"),
        ('undo_within = "2h"', "undo_within"),
    ],
)
def test_a_policy_that_does_not_fit_is_refused(rules: str, place: str) -> None:
    with pytest.raises(PolicyError, match=place):
        parse_policy(policy_text(undo="off", redis=rules))


def test_a_required_backup_that_is_not_waited_for_is_a_fault() -> None:
    rules = 'undo_within = "0s"'
    parse_policy(policy_text(undo="try", redis=rules))

    with pytest.raises(PolicyError, match="undo_within: found 0s"):
        parse_policy(policy_text(undo="require", redis=rules))


def test_what_was_decided_before_anything_was_backed_up_is_replayed_as_it_was() -> None:
    world = world_with(POLICY)
    decided = consider(incident(), world)
    assert isinstance(decided, Decided)
    by_default = msgspec.structs.replace(decided.instance, undo_point="try")

    old = msgspec.structs.replace(decided, instance=by_default, saves=False)
    new = msgspec.structs.replace(old, saves=True)

    assert old.again() == decided.decision
    assert new.again() != decided.decision


def test_an_attempt_that_could_not_leave_takes_nothing_back_that_another_has_asked_for(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of backups lags: only the ledger shows that one may have been asked for."""
    backups, flow = saved(world), FakeFlow()
    left = [50.0]
    monkeypatch.setattr(world, "time_left", lambda: left.pop(0) if left else 9999.0)
    monkeypatch.setattr(backups, "backups", lambda _: [])
    pause = flow.pause

    def let_another_ask(name: str, length: timedelta) -> None:
        recovery = world.ledger.known("incident-1")
        if recovery.plan and recovery.undo is None:
            point = undo_point._begin(recovery.plan, world)  # noqa: SLF001 - an overtaken attempt
            undo_point._send(backups, point, recovery.plan, world)  # noqa: SLF001 - the same
        pause(name, length)

    monkeypatch.setattr(flow, "pause", let_another_ask)

    recovery = recover(incident(), flow, world)

    assert (recovery.code, len(backups.backed_up)) == ("no-undo-point", 1)
