"""Drills: a restore that answers no alarm, measured, judged truly, and nothing left behind."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain import drills, fleet, times
from lastgood.domain.alarm import Incident, incident_id
from lastgood.domain.drills import Closing, Drill, Report
from lastgood.domain.errors import PolicyError
from lastgood.domain.events import announce_drill
from lastgood.domain.lifecycle import FleetState, Places, Recovery, State
from lastgood.domain.policy import CopyRules, Fleet
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.ranges import Windows
from lastgood.domain.restore import Copied, Deletion, Refused, Unknown, Validation
from lastgood.ledger import records
from lastgood.ports import CloudError, StartError
from lastgood.workflows import copies as looking
from lastgood.workflows.drilling import close, drill
from lastgood.workflows.operator import release
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start, start_what_is_due
from tests.support.builders import (
    OTHER_RDS,
    OTHER_REDIS,
    POLICY,
    RDS,
    REDIS,
    at,
    points,
    rds,
    redis,
    windows,
)
from tests.support.copies import bad_rows, copied
from tests.support.fakes import FakeFlow, FakeRds, FakeWorld
from tools.event_schemas import schema

DRILLED = f"""
[[instance]]
id = "{RDS}"
name = "orders-db"
cloud = "prod"
service = "rds"
mode = "observe"
recover = "copy"
drill = "copy"
drill_every = "7d"
copy = {{ security_group_id = "sg-1", price_per_hour = 0.5 }}
"""
HOOK = 'validate = "arn:aws:lambda:eu-west-1:1:function:f"\n'
LOST = Unknown("no usable answer came (ReadTimeout)")


def world_of(extra: str = "", fleet: str = "", text: str = DRILLED) -> FakeWorld:
    """At 11:54, a database in mode observe that can be restored from 9:00 to 11:50."""
    made = FakeWorld(parse_policy(POLICY + fleet + text + extra))
    made.cloud.add_window(RDS, at("09:00:00"), at("11:50:00"))
    made.rdses["prod"].add(RDS, "orders-db")
    return made


@pytest.fixture
def world() -> FakeWorld:
    return world_of()


def prod(world: FakeWorld) -> FakeRds:
    return world.rdses["prod"]


def order(world: FakeWorld, instance: str = RDS) -> Drill:
    found = world.policy().by_id(instance)
    assert found is not None
    return drills.order(found, world.now())


def drilled(world: FakeWorld, instance: str = RDS) -> Report:
    return drill(order(world, instance), FakeFlow(), world)


def told(world: FakeWorld) -> list[str]:
    return [kind for kind in world.publisher.kinds if kind.startswith("Drill ")]


# The journey


def test_a_drill_restores_measures_and_leaves_nothing_behind(world: FakeWorld) -> None:
    report = drilled(world)

    assert (report.result, report.reason) == ("proved", "")
    assert report.moment is not None
    assert at("09:00:00") <= report.moment <= at("11:50:00")
    assert report.rpo_seconds == 240
    assert report.rto_seconds is not None
    assert report.left_behind is None
    assert list(prod(world).databases) == [RDS]
    (made,) = world.ledger.copies()
    assert (made.purpose, made.stage, made.name) == ("drill", "gone", report.copy)
    assert world.vault.forgotten == [made.secret]
    assert told(world) == ["Drill Proved"]
    assert not [kind for kind in world.publisher.kinds if kind.startswith("Recovery ")]
    assert "Copy Ready" not in world.publisher.kinds
    assert world.metrics.ended == []
    assert world.metrics.drills == [report]
    assert world.ledger.drill(RDS) == report


def test_a_drill_says_nothing_of_its_instance_and_a_recovery_beside_it_goes_on(
    world: FakeWorld,
) -> None:
    text = DRILLED.replace("observe", "auto")
    world.current_policy = parse_policy(POLICY + text)
    begun = FakeFlow()

    def meanwhile() -> None:
        begun.while_asleep = lambda: None
        start(bad_rows(), world)
        assert recover(bad_rows(), FakeFlow(), world).state == "settled"

    begun.while_asleep = meanwhile
    report = drill(order(world), begun, world)

    assert report.result == "proved"
    kept = [copy for copy in world.ledger.copies() if copy.purpose == "recovery"]
    assert [copy.stage for copy in kept] == ["ready"]
    history = world.ledger.history(bad_rows())
    assert history.active is None
    assert history.last is not None
    assert history.last.incident == "incident-1"
    assert world.ledger.fleet().drills.active == ()


def test_a_restored_copy_is_given_to_the_hook_of_its_source() -> None:
    world = world_of(HOOK)
    report = drilled(world)

    assert report.verdict == "pass"
    assert [copy.name for copy in world.validator.copies] == [report.copy]


def test_a_hook_that_says_no_disproves_and_the_copy_goes_all_the_same() -> None:
    world = world_of(HOOK)
    world.validator.verdict = Validation("fail", "no rows")

    report = drilled(world)

    assert report.result == "disproved"
    assert "no rows" in report.reason
    assert report.rto_seconds is None
    assert list(prod(world).databases) == [RDS]
    assert told(world) == ["Drill Disproved"]


def test_a_hook_that_gives_no_verdict_has_proved_nothing() -> None:
    world = world_of(HOOK)
    world.validator.verdict = Validation("none", "no JSON")

    report = drilled(world)

    assert report.result == "not-tried"
    assert report.reason == "it was restored, but not validated: no JSON"


def test_a_copy_that_fails_disproves_and_is_deleted(world: FakeWorld) -> None:
    prod(world).life = ["BUILD", "FAILED"]

    report = drilled(world)

    assert report.result == "disproved"
    assert list(prod(world).databases) == [RDS]


def test_a_copy_that_is_built_for_ever_disproves_and_is_told_to_be_left(world: FakeWorld) -> None:
    prod(world).life = ["BUILD"]

    report = drilled(world)

    assert report.result == "disproved"
    assert report.left_behind == "409 DBS.200019: another operation runs on the instance"
    (made,) = world.ledger.copies()
    assert made.stage == "deleting"


def test_a_copy_is_deleted_once_it_is_free_whatever_the_answers_say(world: FakeWorld) -> None:
    prod(world).deletions = [
        *(Deletion("busy", "it is backed up"), Deletion("unknown", "no answer")),
        *(CloudError("no network", "wait", "unreachable"), Deletion("refused", "500")),
    ]

    assert drilled(world).left_behind is None
    assert len(prod(world).deleted) == 5


def test_a_copy_that_somebody_keeps_is_left_alone(world: FakeWorld) -> None:
    flow = FakeFlow()

    def meanwhile() -> None:
        for copy in world.ledger.copies():
            world.ledger.keep(copy.name, "ada", world.now())

    flow.while_asleep = meanwhile
    report = drill(order(world), flow, world)

    assert (report.result, report.left_behind) == ("proved", "somebody keeps it")
    assert prod(world).deleted == []


# Not tried is no success, and no failure either


@pytest.mark.parametrize(
    ("extra", "fleet", "why"),
    [
        ('no_drills = ["11:00-12:00"]\n', "", "no drill begins within 11:00-12:00 UTC"),
        ('no_drills = ["22:00-12:00"]\n', "", "no drill begins within 22:00-12:00 UTC"),
        ('no_drills = ["11:54-24:00"]\n', "", "no drill begins within 11:54-24:00 UTC"),
    ],
)
def test_a_drill_does_not_begin_in_forbidden_hours(extra: str, fleet: str, why: str) -> None:
    world = world_of(extra, fleet)

    report = drilled(world)

    assert (report.result, report.reason) == ("not-tried", why)
    assert prod(world).made == []
    assert told(world) == ["Drill Not Tried"]


@pytest.mark.parametrize(
    "obstacle",
    ["the project has 50 RDS instances, and its quota is 50", "the flavor is not on sale"],
)
def test_what_is_known_to_be_in_the_way_is_said_before_anything_is_sent(
    world: FakeWorld, obstacle: str
) -> None:
    prod(world).obstacles = [obstacle]

    report = drilled(world)

    assert (report.result, report.reason) == ("not-tried", obstacle)
    assert prod(world).made == prod(world).tried == []
    assert world.vault.kept == {}
    ((source, shape, moment),) = prod(world).asked_for
    assert (source, shape.security_group_id) == (RDS, "sg-1")
    assert at("09:00:00") <= moment <= at("11:50:00")


def test_a_drill_that_cannot_be_prepared_is_not_tried(world: FakeWorld) -> None:
    prod(world).failing["obstacle"] = [CloudError("no network", "wait", "unreachable")] * 3

    report = drilled(world)

    assert report.result == "not-tried"
    assert report.reason == "it could not be looked at: no network"


def test_without_a_restorable_moment_nothing_is_tried() -> None:
    world = world_of()
    world.cloud.instances[RDS].windows = []

    assert drilled(world).reason == "nothing of it can be restored"


def test_a_source_that_does_not_say_what_it_is_like_is_not_drilled(world: FakeWorld) -> None:
    prod(world).add(RDS, "orders-db", None)

    assert drilled(world).reason == "it is not there, or does not say what it is like"


def test_an_instance_without_the_mark_is_never_drilled_whatever_an_event_says(
    world: FakeWorld,
) -> None:
    asked = order(world)
    world.current_policy = parse_policy(
        POLICY + DRILLED.replace('drill = "copy"\ndrill_every = "7d"\n', "")
    )

    report = drill(asked, FakeFlow(), world)

    assert report.result == "not-tried"
    assert report.reason == "the policy does not say that it is drilled"
    assert prod(world).made == []


def test_a_mark_that_goes_before_the_request_is_sent_stops_it(world: FakeWorld) -> None:
    flow = FakeFlow()
    unmarked = parse_policy(POLICY + DRILLED.replace('drill = "copy"\ndrill_every = "7d"\n', ""))
    taken = flow.step

    def step(name: str, action: Any) -> Any:
        if name == "claim":
            result = taken(name, action)
            world.current_policy = unmarked
            return result
        return taken(name, action)

    flow.step = step  # type: ignore[method-assign]
    report = drill(order(world), flow, world)

    assert report.result == "not-tried"
    assert report.reason == f"{RDS} is not set aside for drills any more"
    assert prod(world).made == prod(world).tried == []


def test_a_halt_stops_drills_too(world: FakeWorld) -> None:
    world.halt("ada", "maintenance")

    report = drilled(world)

    assert report.result == "not-tried"
    assert "halted" in report.reason
    assert prod(world).made == []


def test_what_the_service_refuses_was_not_tried(world: FakeWorld) -> None:
    prod(world).outcomes = [Refused("DBS.280450", "400 DBS.280450: sold out")]

    report = drilled(world)

    assert report.result == "not-tried"
    assert "sold out" in report.reason
    assert report.left_behind is None


def test_an_answer_that_is_lost_is_found_out_by_the_name(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds_ = prod(world)

    def lost(asked: Any, password: str) -> Any:
        del password
        rds_.made.append(asked)
        rds_.appear(asked)
        return LOST

    monkeypatch.setattr(rds_, "restore_to_new", lost)
    report = drilled(world)

    assert report.result == "proved"
    assert len(rds_.made) == 1
    assert list(rds_.databases) == [RDS]


def test_of_an_answer_that_is_lost_for_good_nothing_is_claimed(world: FakeWorld) -> None:
    prod(world).outcomes = [LOST]

    report = drilled(world)

    assert report.result == "not-tried"
    assert report.left_behind is not None
    (made,) = world.ledger.copies()
    assert made.may_exist


# MySQL is asked first whether it could


def test_mysql_is_asked_first_and_what_it_refuses_is_not_sent(world: FakeWorld) -> None:
    prod(world).trials = [Refused("DBS.200046", "413 DBS.200046: quota")]

    report = drilled(world)

    assert report.result == "not-tried"
    assert "quota" in report.reason
    assert len(prod(world).tried) == 1
    assert prod(world).made == []


def test_a_trial_that_may_have_been_carried_out_is_not_followed_by_a_request(
    world: FakeWorld,
) -> None:
    prod(world).trials = [Unknown("the service may have carried out what it was only to check")]

    report = drilled(world)

    assert report.result == "not-tried"
    assert prod(world).made == []


def test_no_other_engine_is_asked_first_because_it_might_carry_it_out(world: FakeWorld) -> None:
    shape = prod(world).databases[RDS].shape
    assert shape is not None
    prod(world).add(RDS, "orders-db", msgspec.structs.replace(shape, engine="PostgreSQL"))

    assert drilled(world).result == "proved"
    assert prod(world).tried == []


def test_a_recovery_is_not_held_up_by_a_trial(world: FakeWorld) -> None:
    world.current_policy = parse_policy(POLICY + DRILLED.replace("observe", "auto"))

    assert recover(bad_rows(), FakeFlow(), world).state == "settled"
    assert prod(world).tried == []


def test_a_trial_that_took_too_long_is_followed_by_no_request_in_the_same_invocation(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.seconds_left = 200

    def slow(asked: Any, password: str) -> None:
        del asked, password
        world.seconds_left = 79

    monkeypatch.setattr(prod(world), "try_out", slow)
    report = drilled(world)

    assert prod(world).made == []
    assert report.result == "not-tried"


# Caps


@pytest.mark.parametrize("most", [1, 2])
def test_one_drill_at_a_time_whoever_asks_for_it(most: int) -> None:
    world, flow = world_of(fleet=f"\n[fleet]\nmax_drills = {most}\n"), FakeFlow()
    other: list[Report] = []

    def meanwhile() -> None:
        flow.while_asleep = lambda: None
        later = drills.order(rds(drill="copy"), world.now() + timedelta(seconds=1))
        other.append(drill(later, FakeFlow(), world))

    flow.while_asleep = meanwhile
    first = drill(order(world), flow, world)

    assert first.result == "proved"
    assert other[0].result == "not-tried"
    full = "1 drills are under way, and max_drills is 1"
    assert other[0].reason == (full if most == 1 else f"the drill {first.drill} is under way")
    assert world.ledger.drill(RDS) == first
    assert len(prod(world).made) == 1


@pytest.mark.parametrize(
    ("fleet", "why"),
    [
        (
            "\n[fleet]\nmax_drills_per_day = 1\n",
            "1 drills began today, and max_drills_per_day is 1",
        ),
        ("\n[fleet]\nmax_copies = 1\n", "1 copies may exist, and max_copies is 1"),
    ],
)
def test_no_more_drills_a_day_and_copies_at_a_time_than_may_be(fleet: str, why: str) -> None:
    world = world_of(fleet=fleet)
    if "copies" in fleet:
        prod(world).deletions = [Deletion("busy", "for ever")] * 60
    assert drilled(world).result == "proved"
    world.now.time += timedelta(minutes=1)

    report = drilled(world)

    assert (report.result, report.reason) == ("not-tried", why)
    assert len(prod(world).made) == 1


# In place, on an instance that is set aside

IN_PLACE = """drill = "in-place"
"""


@pytest.fixture
def aside() -> FakeWorld:
    """A Redis with a point every twenty minutes, set aside for drills."""
    made = FakeWorld(parse_policy(POLICY.replace('mode = "auto"', f'mode = "observe"\n{IN_PLACE}')))
    offered = points("10:40:20", "11:00:20", "11:20:20", "11:40:20").restorable
    made.cloud.add_points(REDIS, *(point.text for point in offered))
    return made


def test_an_instance_that_is_set_aside_is_restored_in_place(aside: FakeWorld) -> None:
    report = drilled(aside, REDIS)

    assert report.result == "proved"
    ((instance, restored),) = aside.cloud.restores
    assert instance == REDIS
    assert report.moment is not None
    assert restored == times.SERVICE.print(report.moment, times.BEIJING)
    assert report.copy is None


def test_a_second_drill_in_place_stays_behind_the_fence_of_the_first(aside: FakeWorld) -> None:
    assert drilled(aside, REDIS).result == "proved"
    aside.now.time += timedelta(hours=1)

    report = drilled(aside, REDIS)

    assert (report.result, report.reason) == ("not-tried", "nothing of it can be restored")
    assert len(aside.cloud.restores) == 1


def test_a_drill_in_place_waits_for_no_person(aside: FakeWorld) -> None:
    start(
        msgspec.structs.replace(bad_rows("incident-0"), instance=REDIS, onset=at("11:10:00")), aside
    )

    report = drilled(aside, REDIS)

    assert aside.waker.woken == []
    assert report.result == "not-tried"
    assert aside.cloud.restores == []


# When one is due

WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("result", "since", "due"),
    [
        (None, "47:59:59", False),
        (None, "168:00:00", True),
        ("proved", "167:59:59", False),
        ("proved", "168:00:00", True),
        ("disproved", "167:59:59", False),
        ("not-tried", "23:59:59", False),
        ("not-tried", "24:00:00", True),
    ],
)
def test_a_drill_is_due_so_long_after_the_last_and_sooner_if_that_was_not_tried(
    *, result: Any, since: str, due: bool
) -> None:
    hours, minutes, seconds = map(int, since.split(":"))
    instance = rds(drill="copy", drill_every=WEEK)
    last = Report(drill="d", instance=RDS, at=at("11:54:00"), result=result)
    now = at("11:54:00") + timedelta(hours=hours, minutes=minutes, seconds=seconds)

    assert drills.is_due(instance, last, now) is due


def test_what_was_never_drilled_is_due_at_once() -> None:
    assert drills.is_due(rds(drill="copy", drill_every=WEEK), None, at("11:54:00"))


def test_while_one_is_under_way_none_is_due_however_often_it_is_wanted() -> None:
    often = rds(drill="copy", drill_every=timedelta(hours=1))
    last = Report(drill="d", instance=RDS, at=at("09:00:00"))

    assert not drills.is_due(often, last, at("11:54:00"))
    assert drills.is_due(often, last, at("09:00:00") + timedelta(days=2))


def test_what_is_wanted_more_often_than_once_a_day_is_tried_again_as_often() -> None:
    often = rds(drill="copy", drill_every=timedelta(hours=6))
    last = Report(drill="d", instance=RDS, at=at("09:00:00"), result="not-tried")

    assert drills.due(often, last) == at("15:00:00")
    assert drills.due(often, None) is None
    assert drills.due(rds(drill="copy"), last) is None


@pytest.mark.parametrize("changes", [{"drill": False}, {"drill_every": None}])
def test_none_is_due_that_the_policy_does_not_ask_for(changes: dict[str, Any]) -> None:
    instance = rds(**({"drill": "copy", "drill_every": WEEK} | changes))

    assert not drills.is_due(instance, None, at("11:54:00"))


def test_none_is_due_in_forbidden_hours() -> None:
    instance = rds(drill="copy", drill_every=WEEK, no_drills=("11:00-12:00",))

    assert not drills.is_due(instance, None, at("11:59:59"))
    assert drills.is_due(instance, None, at("12:00:00"))


def test_a_sweep_starts_what_is_due_once_an_hour_until_it_has_begun(world: FakeWorld) -> None:
    world.now.time = at("11:00:00")
    start_what_is_due("prod", world)
    world.now.time = at("11:59:59")
    start_what_is_due("prod", world)
    (first,) = world.starter.ordered.values()
    assert isinstance(first, Drill)
    assert (first.instance, first.due, first.scheduled) == (RDS, at("11:00:00"), True)

    world.now.time = at("12:00:00")
    start_what_is_due("prod", world)
    assert len(world.starter.ordered) == 2
    assert drill(first, FakeFlow(), world).result == "proved"
    world.now.time = at("13:00:00")
    start_what_is_due("prod", world)
    assert len(world.starter.ordered) == 2


def test_of_two_orders_of_a_schedule_one_is_carried_out_and_the_other_says_nothing(
    world: FakeWorld,
) -> None:
    instance = world.policy().by_id(RDS)
    assert instance
    first = drills.scheduled(instance, world.now())
    second = drills.scheduled(instance, world.now() + timedelta(hours=1))

    assert drill(first, FakeFlow(), world).result == "proved"
    waited = drill(second, FakeFlow(), world)

    assert (waited.result, waited.reason) == ("not-tried", "it is not due any more")
    assert len(prod(world).made) == 1
    assert told(world) == ["Drill Proved"]
    assert world.ledger.report(second.drill) is None


def test_a_drill_of_a_schedule_waits_for_its_turn_in_silence(world: FakeWorld) -> None:
    world.current_policy = parse_policy(POLICY + DRILLED + 'no_drills = ["11:00-12:00"]\n')
    instance = world.policy().by_id(RDS)
    assert instance

    report = drill(drills.scheduled(instance, world.now()), FakeFlow(), world)

    assert report.result == "not-tried"
    assert world.publisher.kinds == []
    assert world.ledger.drill(RDS) is None


def test_a_sweep_starts_no_more_than_may_be_and_none_of_another_cloud_or_while_halted(
    world: FakeWorld,
) -> None:
    start_what_is_due("elsewhere", world)
    world.halt("ada", "maintenance")
    start_what_is_due("prod", world)
    assert world.starter.ordered == {}

    world.ledger.resume("ada", world.now())
    second = DRILLED.replace(RDS, OTHER_RDS).replace("orders-db", "b")
    world.current_policy = parse_policy(POLICY + DRILLED + second)
    start_what_is_due("prod", world)
    assert len(world.starter.ordered) == 1


def test_what_was_never_drilled_goes_first_then_what_was_drilled_the_longest_ago(
    world: FakeWorld,
) -> None:
    third = "99999999999999999999999999999999in01"
    tables = [
        DRILLED.replace(RDS, each).replace("orders-db", each[:5])
        for each in (RDS, OTHER_RDS, third)
    ]
    fleet = "\n[fleet]\nmax_drills = 2\n"
    world.current_policy = parse_policy(POLICY + fleet + "".join(tables))
    for instance, days in ((RDS, 9), (OTHER_RDS, 11)):
        began = world.now() - timedelta(days=days)
        report = Report(drill=f"d{days}", instance=instance, at=began, result="proved")
        world.ledger.begin_drill(report)

    start_what_is_due("prod", world)

    orders = [one for one in world.starter.ordered.values() if isinstance(one, Drill)]
    assert [one.instance for one in orders] == [third, OTHER_RDS]


def test_one_that_cannot_be_started_does_not_keep_back_another(world: FakeWorld) -> None:
    second = DRILLED.replace(RDS, OTHER_RDS).replace("orders-db", "b")
    fleet = "\n[fleet]\nmax_drills = 2\n"
    world.current_policy = parse_policy(POLICY + fleet + DRILLED + second)
    world.starter.failing = 1

    with pytest.raises(StartError):
        start_what_is_due("prod", world)
    assert len(world.starter.ordered) == 1


# Nothing stays


def test_what_a_drill_left_is_removed_once_its_time_is_over(world: FakeWorld) -> None:
    prod(world).deletions = [Deletion("busy", "for hours")] * 60
    report = drilled(world)
    assert report.left_behind == "for hours"
    prod(world).deletions = []
    world.current_policy = parse_policy(POLICY + DRILLED.replace('drill_every = "7d"\n', ""))

    world.now.time += timedelta(hours=11)
    start_what_is_due("prod", world)
    assert world.starter.ordered == {}
    world.now.time += timedelta(hours=2)
    start_what_is_due("prod", world)

    (closing,) = world.starter.ordered.values()
    assert isinstance(closing, Closing)
    assert closing.closes == report.drill
    assert len(closing.id) <= 55
    assert close(closing, FakeFlow(), world) == report
    assert list(prod(world).databases) == [RDS]
    assert told(world) == ["Drill Proved"]


def test_people_are_told_of_what_a_drill_left_only_once_its_time_is_over(world: FakeWorld) -> None:
    prod(world).deletions = [Deletion("busy", "for hours")] * 60
    drilled(world)

    world.now.time += timedelta(hours=11)
    looking.look_after("prod", world)
    assert "Copy Overdue" not in world.publisher.kinds
    world.now.time += timedelta(hours=14)
    looking.look_after("prod", world)
    assert "Copy Overdue" in world.publisher.kinds


@pytest.mark.parametrize("keep", [False, True])
def test_what_a_recovery_made_is_never_removed_by_itself(world: FakeWorld, *, keep: bool) -> None:
    world.current_policy = parse_policy(
        POLICY + DRILLED.replace("observe", "auto").replace('drill_every = "7d"\n', "")
    )
    recover(bad_rows(), FakeFlow(), world)
    (copy,) = world.ledger.copies()
    if keep:
        world.ledger.keep(copy.name, "ada", world.now())
    world.now.time += timedelta(days=400)

    start_what_is_due("prod", world)
    assert world.starter.ordered == {}
    assert close(Closing(closes=copy.owner, hour="2026021712"), FakeFlow(), world) is None
    assert prod(world).deleted == []


# The same drill again


def test_another_execution_of_the_same_drill_begins_nothing(world: FakeWorld) -> None:
    asked = order(world)
    first = drill(asked, FakeFlow(), world)

    assert drill(asked, FakeFlow(), world) == first
    assert len(prod(world).made) == 1
    assert told(world) == ["Drill Proved"]


def test_another_execution_leaves_alone_what_the_first_is_at(world: FakeWorld) -> None:
    asked, flow = order(world), FakeFlow()
    beside: list[Report] = []

    def meanwhile() -> None:
        flow.while_asleep = lambda: None
        beside.append(drill(asked, FakeFlow(), world))
        assert prod(world).deleted == []

    flow.while_asleep = meanwhile
    assert drill(asked, flow, world).result == "proved"
    assert [report.result for report in beside] == [None]
    assert len(prod(world).made) == 1


# The moment


@given(seed=st.text(), first=st.integers(0, 50), second=st.integers(100, 150))
def test_a_moment_is_drawn_from_what_is_offered(seed: str, first: int, second: int) -> None:
    start_ = at("09:00:00")
    offered = windows(
        ("09:00:00", f"09:00:{first:02d}"), ("10:00:00", f"10:{second // 60:02d}:{second % 60:02d}")
    )
    moment = drills.draw(offered, seed)

    assert moment is not None
    assert moment in offered
    assert moment >= start_
    assert moment == drills.draw(offered, seed)
    after = drills.draw(offered, seed, at("10:00:06.250"))
    assert after is not None
    assert after >= at("10:00:07")
    assert after in offered


def test_every_moment_is_as_likely_as_any_other() -> None:
    offered = windows(("09:00:00", "09:00:01"), ("10:00:00", "10:00:00"))
    drawn = [drills.draw(offered, str(seed)) for seed in range(3000)]

    assert set(drawn) == {at("09:00:00"), at("09:00:01"), at("10:00:00")}
    assert all(800 < drawn.count(one) < 1200 for one in set(drawn))


def test_of_points_one_is_drawn() -> None:
    offered = points("10:40:20", "11:00:20")

    assert {drills.draw(offered, str(seed)) for seed in range(50)} == {
        *(at("10:40:20"), at("11:00:20")),
    }
    assert drills.draw(offered, "x", at("10:40:21")) == at("11:00:20")


@pytest.mark.parametrize("offered", [Windows(), windows(("09:00:00", "09:30:00"))])
def test_of_nothing_none_is_drawn(offered: Windows) -> None:
    assert drills.draw(offered, "x", at("10:00:00")) is None


# What it has shown

HOOK_ARN = "arn:aws:lambda:eu-west-1:1:function:f"
UNASKED = "it was restored, but its hook was not asked"
SHOWN = [
    ("settled", {"job": "j"}, None, "proved", ""),
    ("settled", {"job": "j", "reason": "the service was busy"}, None, "proved", ""),
    ("settled", {"verdict": "pass"}, HOOK_ARN, "proved", ""),
    ("settled", {"verdict": "none"}, HOOK_ARN, "not-tried", UNASKED),
    ("settled", {}, HOOK_ARN, "not-tried", UNASKED),
    (
        *("settled", {"reason": "not validated: x"}, HOOK_ARN, "not-tried"),
        "it was restored, but not validated: x",
    ),
    ("failed", {"job": "j", "reason": "why"}, None, "disproved", "why"),
    ("failed", {"reason": "why"}, None, "not-tried", "why"),
    ("handed-over", {"code": "not-ready", "reason": "why"}, None, "disproved", "why"),
    ("handed-over", {"copy": Copied("n", "i"), "reason": "why"}, None, "not-tried", "why"),
    ("handed-over", {"copy": Copied("n"), "reason": "why"}, None, "not-tried", "why"),
    ("refused", {"copy": Copied("n", "i"), "reason": "why"}, None, "not-tried", "why"),
    ("refused", {}, None, "not-tried", "no reason was recorded"),
]


@pytest.mark.parametrize(("state", "facts", "hook", "result", "reason"), SHOWN)
def test_a_restore_shows_one_of_three_things(
    state: State, facts: dict[str, Any], hook: str | None, result: str, reason: str
) -> None:
    recovery = Recovery(incident="d", instance=RDS, state=state, changed_at=at("12:00:00"), **facts)

    assert drills.judge(recovery, hook) == (result, reason)


def test_how_long_it_took_is_from_the_request_until_it_could_be_used() -> None:
    ended = Recovery(
        incident="d",
        instance=RDS,
        state="settled",
        changed_at=at("12:00:00"),
        sent_at=at("11:50:00"),
    )

    assert drills.rto(ended) == timedelta(minutes=10)
    assert drills.rto(msgspec.structs.replace(ended, sent_at=None)) is None
    assert drills.rto(msgspec.structs.replace(ended, state="failed")) is None


def test_a_drill_is_under_way_for_two_days_at_most() -> None:
    report = Report(drill="d", instance=RDS, at=at("12:00:00"))

    assert drills.is_under_way(report, at("12:00:00") + timedelta(hours=47, minutes=59))
    assert not drills.is_under_way(report, at("12:00:00") + timedelta(days=2))
    assert not drills.is_under_way(msgspec.structs.replace(report, result="proved"), at("12:00:01"))


# The policy


def test_drill_true_is_in_place() -> None:
    assert redis(drill=True).drill_way == "in-place"
    assert redis(drill=False).drill_way is None
    assert rds(drill=True).drill_way is None
    assert rds(drill="copy").drill_way == "copy"


# What an adversary found


def suspect(world: FakeWorld, instance: str, onset: str) -> None:
    doubt = msgspec.structs.replace(bad_rows("incident-0"), instance=instance, onset=at(onset))
    world.ledger.open(doubt, world.now())


@pytest.mark.parametrize("onset", ["11:10:00", "11:45:00", "11:53:00"])
def test_in_place_nothing_is_drilled_while_an_alarm_about_it_is_not_settled(
    aside: FakeWorld, onset: str
) -> None:
    suspect(aside, REDIS, onset)

    report = drilled(aside, REDIS)

    assert (report.result, report.reason) == ("not-tried", "an alarm about it is not settled")
    assert aside.cloud.restores == []
    assert aside.ledger.history(bad_rows_of(REDIS)).suspects


def bad_rows_of(instance: str) -> Any:
    return msgspec.structs.replace(bad_rows("incident-0"), instance=instance)


@pytest.mark.parametrize("step", ["draw a moment", "claim"])
def test_in_place_an_alarm_that_comes_in_meanwhile_stops_the_drill(
    aside: FakeWorld, step: str
) -> None:
    flow = FakeFlow()
    taken, tried = flow.step, flow.attempt

    def after(name: str, result: Any) -> Any:
        if name == step:
            suspect(aside, REDIS, "11:53:00")
        return result

    flow.step = lambda name, action: after(name, taken(name, action))  # type: ignore[method-assign]
    flow.attempt = lambda name, action: after(name, tried(name, action))  # type: ignore[method-assign]
    report = drill(order(aside, REDIS), flow, aside)

    assert report.result == "not-tried"
    assert aside.cloud.restores == []


def test_in_place_an_alarm_right_before_the_intent_stops_the_drill(
    aside: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    intend = aside.ledger.intend
    came: list[object] = []

    def intend_late(incident: str, intent: Any, now: Any) -> Any:
        if not came:
            came.append(incident)
            suspect(aside, REDIS, "11:53:00")
        return intend(incident, intent, now)

    monkeypatch.setattr(aside.ledger, "intend", intend_late)

    assert drilled(aside, REDIS).result == "not-tried"
    assert aside.cloud.restores == []


def test_by_copy_a_moment_is_drawn_from_before_what_is_not_settled(world: FakeWorld) -> None:
    suspect(world, RDS, "09:10:00")

    report = drilled(world)

    assert report.result == "proved"
    assert report.moment
    assert report.moment < at("09:08:00")


def test_by_copy_nothing_is_tried_where_all_that_is_left_is_in_doubt(world: FakeWorld) -> None:
    suspect(world, RDS, "09:01:00")

    report = drilled(world)

    assert report.result == "not-tried"
    since = "2026-02-17T08:59:00Z"
    assert report.reason == (
        f"an alarm about it is not settled, and nothing from before {since} can be restored"
    )


def test_a_drill_that_died_is_ended_told_and_holds_nothing(world: FakeWorld) -> None:
    flow = FakeFlow()

    class DiedError(BaseException):
        pass

    def die() -> None:
        raise DiedError

    flow.while_asleep = die
    with pytest.raises(DiedError):
        drill(order(world), flow, world)
    assert world.ledger.fleet().drills.active
    (copy,) = world.ledger.copies()

    world.now.time += timedelta(days=1, hours=23)
    start_what_is_due("prod", world)
    closings = [one for one in world.starter.ordered.values() if isinstance(one, Closing)]
    assert [one.closes for one in closings] == [copy.owner]
    assert close(closings[0], FakeFlow(), world)
    assert world.ledger.fleet().drills.active  # for all that is known it is still at work
    world.now.time += timedelta(hours=2)
    start_what_is_due("prod", world)
    *_, last = [one for one in world.starter.ordered.values() if isinstance(one, Closing)]
    report = close(last, FakeFlow(), world)

    assert report
    assert (report.result, report.reason) == ("not-tried", "its execution died")
    assert told(world) == ["Drill Not Tried"]
    assert world.ledger.fleet().drills.active == ()
    assert list(prod(world).databases) == [RDS]


def test_a_copy_whose_drill_died_without_its_answer_is_found_and_removed(
    world: FakeWorld,
) -> None:
    rds_, flow = prod(world), FakeFlow()

    def lost(asked: Any, password: str) -> Any:
        del password
        rds_.made.append(asked)
        rds_.appear(asked)
        raise SystemExit

    rds_.restore_to_new = lost  # type: ignore[assignment, method-assign]
    with pytest.raises(SystemExit):
        drill(order(world), flow, world)
    (ordered,) = world.ledger.copies()
    assert ordered.id is None

    world.now.time += timedelta(hours=13)
    for _ in range(8):
        looking.look_after("prod", world)
    start_what_is_due("prod", world)

    (closing,) = (one for one in world.starter.ordered.values() if isinstance(one, Closing))
    close(closing, FakeFlow(), world)
    assert list(rds_.databases) == [RDS]


def test_a_person_who_releases_a_drill_disproves_nothing(world: FakeWorld) -> None:
    flow = FakeFlow()

    def let_go() -> None:
        flow.while_asleep = lambda: None
        (name,) = world.ledger.fleet().drills.active
        release(name, "wrong day for it", "ada", world)

    prod(world).life = ["BUILD"] * 3 + ["ACTIVE"] * 9
    flow.while_asleep = let_go
    report = drill(order(world), flow, world)

    assert report.result == "not-tried"
    assert "wrong day" in report.reason
    assert list(prod(world).databases) == [RDS]


@pytest.mark.parametrize("gone", ["out of sight", "not listed"])
def test_what_could_not_be_seen_disproves_nothing(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    rds_ = prod(world)
    seen = rds_.database

    def hidden(instance: str) -> Any:
        if instance == RDS:
            return seen(instance)
        if gone == "not listed":
            return None
        raise CloudError("401: the key was revoked", "renew it", "permission")

    monkeypatch.setattr(rds_, "database", hidden)
    report = drilled(world)

    assert report.result == "not-tried"
    assert gone in report.reason


def test_a_hook_that_is_gone_from_the_policy_by_then_has_proved_nothing() -> None:
    world, flow = world_of(HOOK), FakeFlow()

    def forget() -> None:
        world.current_policy = parse_policy(POLICY + DRILLED)

    flow.while_asleep = forget
    report = drill(order(world), flow, world)

    assert (report.result, report.reason) == ("not-tried", UNASKED)


@pytest.mark.parametrize("refused", ["trial", "request", "halt"])
def test_of_what_was_not_made_no_password_is_kept(world: FakeWorld, refused: str) -> None:
    no = Refused("DBS.200046", "413 DBS.200046: quota")
    if refused == "trial":
        prod(world).trials = [no]
    elif refused == "request":
        prod(world).outcomes = [no]
    flow = FakeFlow()
    taken = flow.step

    def step(name: str, action: Any) -> Any:
        result = taken(name, action)
        if name == "claim" and refused == "halt":
            world.halt("ada", "maintenance")
        return result

    flow.step = step  # type: ignore[method-assign]
    report = drill(order(world), flow, world)

    assert report.result == "not-tried"
    assert set(world.vault.kept) <= set(world.vault.forgotten)
    assert world.vault.forgotten


def test_in_place_no_secret_is_asked_for(aside: FakeWorld) -> None:
    drilled(aside, REDIS)

    assert aside.vault.forgotten == []


def test_a_copy_that_is_in_use_is_asked_for_once(world: FakeWorld) -> None:
    flow = FakeFlow()

    def switch_over() -> None:
        for copy in world.ledger.copies():
            if copy.id:
                used = DRILLED.replace(RDS, copy.id).replace("orders-db", "b")
                world.current_policy = parse_policy(POLICY + DRILLED + used)

    flow.while_asleep = switch_over
    report = drill(order(world), flow, world)

    assert report.result == "proved"
    assert report.left_behind
    assert "it is in use" in report.left_behind
    assert [name for name in flow.kept if name.startswith("delete")] == ["delete the copy, 1"]


def test_what_is_advised_after_a_drill_is_another_drill(world: FakeWorld) -> None:
    prod(world).failing["named"] = [CloudError("403", "allow it", "permission")]

    drilled(world)

    recovery = world.ledger.recovery(order(world).drill)
    assert recovery
    assert recovery.hint == f"run lastgood drill {RDS}"


def test_a_clock_that_was_ahead_where_it_was_asked_for_does_not_matter(world: FakeWorld) -> None:
    ahead = drills.order(rds(drill="copy"), world.now() + timedelta(minutes=20))

    assert drill(ahead, FakeFlow(), world).result == "proved"


@pytest.mark.parametrize("hours", ["07:00-07:00", "00:00-24:00"])
def test_hours_that_leave_none_for_a_drill_are_a_fault(hours: str) -> None:
    with pytest.raises(PolicyError, match=r"no_drills\[0\]: found"):
        parse_policy(POLICY + DRILLED + f'no_drills = ["{hours}"]\n')


def unmarked(text: str = DRILLED) -> str:
    return text.replace('drill = "copy"\ndrill_every = "7d"\n', "").replace(IN_PLACE, "")


@pytest.mark.parametrize("in_policy", [True, False])
def test_a_mark_that_goes_before_the_moment_is_drawn_leaves_nothing_to_recover(
    aside: FakeWorld, *, in_policy: bool
) -> None:
    flow = FakeFlow()
    taken = flow.step

    def step(name: str, action: Any) -> Any:
        result = taken(name, action)
        if name == "begin the drill":  # nor may it become a recovery that a person asked for
            text = POLICY if in_policy else POLICY.replace(REDIS, OTHER_REDIS)
            aside.current_policy = parse_policy(text)
        return result

    flow.step = step  # type: ignore[method-assign]
    report = drill(order(aside, REDIS), flow, aside)

    assert report.result == "not-tried"
    assert report.reason == "the policy does not say any more that it is drilled"
    assert aside.cloud.restores == []
    assert aside.ledger.recovery(report.drill) is None


def test_what_is_not_drilled_is_no_drill() -> None:
    with pytest.raises(ValueError, match="is not drilled"):
        drills.incident_of(
            drills.order(rds(), at("11:54:00")), rds(), at("11:00:00"), at("11:54:00")
        )


@pytest.mark.parametrize("way", ["copy", "in-place"])
def test_with_clocks_apart_nothing_is_tried_and_nobody_is_asked(
    world: FakeWorld, aside: FakeWorld, way: str
) -> None:
    of = world if way == "copy" else aside
    of.cloud.skews = {"rds": timedelta(minutes=5), "geminidb": timedelta(minutes=5)}

    report = drill(order(of, RDS if way == "copy" else REDIS), FakeFlow(), of)

    assert report.result == "not-tried"
    assert "our clock and the service's are 5m apart" in report.reason
    assert prod(of).made == []
    assert of.cloud.restores == []
    assert "Recovery Proposed" not in of.publisher.kinds


def test_a_drill_whose_execution_died_after_its_restore_is_told_as_what_it_has_shown(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()
    taken = flow.step

    def step(name: str, action: Any) -> Any:
        if name == "end the drill":
            raise SystemExit
        return taken(name, action)

    flow.step = step  # type: ignore[method-assign]
    asked = order(world)
    with pytest.raises(SystemExit):
        drill(asked, flow, world)
    world.now.time += timedelta(days=3)

    closing = Closing(closes=asked.drill, hour="2026022011")
    report = close(closing, FakeFlow(), world)

    assert report
    assert (report.result, report.copy) == ("proved", world.ledger.report(asked.drill).copy)  # type: ignore[union-attr]
    assert report.rto_seconds is not None
    assert told(world) == ["Drill Proved"]
    assert close(closing, FakeFlow(), world) == report
    assert told(world) == ["Drill Proved"]


def test_one_that_had_not_claimed_anything_is_closed_as_not_tried(world: FakeWorld) -> None:
    asked = order(world)
    world.ledger.begin_drill(Report(drill=asked.drill, instance=RDS, at=world.now()))
    world.now.time += timedelta(days=3)

    start_what_is_due("prod", world)
    closing = next(one for one in world.starter.ordered.values() if isinstance(one, Closing))
    report = close(closing, FakeFlow(), world)

    assert report
    assert (report.result, report.reason) == ("not-tried", "its execution died")


def test_nothing_is_closed_that_is_no_drill(world: FakeWorld) -> None:
    assert close(Closing(closes="unheard-of", hour="2026021711"), FakeFlow(), world) is None


def test_a_drill_is_begun_once_and_ends_once(world: FakeWorld) -> None:
    first = Report(drill="d1", instance=RDS, at=world.now())
    again = msgspec.structs.replace(first, at=world.now() + timedelta(hours=1))

    assert world.ledger.begin_drill(first) == first
    assert world.ledger.begin_drill(again) == first
    ended = msgspec.structs.replace(first, result="proved", ended_at=world.now())
    assert world.ledger.end_drill(ended, world.now())
    other = msgspec.structs.replace(ended, result="disproved")
    assert not world.ledger.end_drill(other, world.now())
    assert world.ledger.report("d1") == world.ledger.drill(RDS) == ended
    kinds = [(entry.kind, entry.incident) for entry in world.ledger.entries(RDS)]
    assert kinds == [("drill-begun", "d1"), ("drill-proved", "d1")]


def test_of_an_older_drill_that_ends_late_nothing_is_said_of_the_last(world: FakeWorld) -> None:
    old = Report(drill="d1", instance=RDS, at=world.now())
    new = Report(drill="d2", instance=RDS, at=world.now() + timedelta(days=3))
    world.ledger.begin_drill(old)
    world.ledger.begin_drill(new)

    world.ledger.end_drill(msgspec.structs.replace(old, result="proved"), world.now())

    assert world.ledger.drill(RDS) == new
    assert world.ledger.report("d1") != old


def test_a_report_that_was_recorded_is_told_again_and_not_counted_again(world: FakeWorld) -> None:
    flow = FakeFlow()
    world.publisher.publish = _refuse_drills(world)  # type: ignore[method-assign]
    report = drill(order(world), flow, world)

    assert report.result == "proved"
    assert world.metrics.drills == [report]


def _refuse_drills(world: FakeWorld) -> Any:
    failed: list[str] = []
    publish = world.publisher.publish

    def refuse_once(kind: str, detail: dict[str, Any]) -> None:
        if kind.startswith("Drill ") and not failed:
            failed.append(kind)
            raise RuntimeError(kind)
        publish(kind, detail)

    return refuse_once


FAULTS = [
    ('drill = "copy"\n', REDIS, "drill: found 'copy' with service geminidb-redis"),
    ('drill = "in-place"\n', RDS, "drill: found 'in-place' with service rds"),
    ('drill = "copy"\n', RDS, "copy: it is missing"),
    ('drill_every = "7d"\n', RDS, "drill_every: found a time"),
]


@pytest.mark.parametrize(("line", "instance", "fault"), FAULTS)
def test_what_does_not_fit_the_way_of_a_drill_is_a_fault(
    line: str, instance: str, fault: str
) -> None:
    redis_ = line if instance == REDIS else ""
    database = f'[[instance]]\nid = "{RDS}"\nname = "db"\ncloud = "prod"\nservice = "rds"\n'
    text = POLICY + redis_ + database + (line if instance == RDS else "")

    with pytest.raises(PolicyError, match=fault):
        parse_policy(text)


# To the word


@pytest.mark.parametrize(
    ("active", "begun", "caps", "room"),
    [
        (0, 0, (1, 4), 1),
        (1, 1, (1, 4), 0),
        (1, 1, (3, 4), 2),
        (1, 3, (3, 4), 1),
        (0, 4, (3, 4), 0),
        (2, 9, (1, 4), 0),
    ],
)
def test_there_is_room_for_as_many_drills_as_the_caps_leave(
    active: int, begun: int, caps: tuple[int, int], room: int
) -> None:
    places = Places(
        active=tuple(f"d{n}" for n in range(active)),
        day=at("11:54:00").date(),
        claimed_today=begun,
    )
    most = Fleet(max_drills=caps[0], max_drills_per_day=caps[1])
    now = at("11:54:00")

    assert fleet.room_for_drills(FleetState(drills=places), most, now) == room
    tomorrow = now + timedelta(days=1)
    free = max(0, min(caps[0] - active, caps[1]))
    assert fleet.room_for_drills(FleetState(drills=places), most, tomorrow) == free


def test_the_order_of_a_schedule_is_that_of_its_hour_to_the_microsecond() -> None:
    instance = rds(drill="copy")

    assert drills.scheduled(instance, at("11:54:01.500")).due == at("11:00:00")
    assert drills.scheduled(instance, at("11:00:00.000001")).due == at("11:00:00")


def test_each_drill_is_closed_by_an_execution_of_its_own() -> None:
    one, other = (Closing(closes=name, hour="2026021711") for name in ("d1", "d2"))

    assert one.id != other.id
    assert one.id.startswith("close-2026021711-")
    assert len(one.id) == len("close-2026021711-") + 16


def test_what_a_drill_left_is_closed_after_the_time_that_the_policy_gives(
    world: FakeWorld,
) -> None:
    text = DRILLED.replace("price_per_hour = 0.5", 'time_to_live = "3h"')
    world.current_policy = parse_policy(POLICY + text.replace('drill_every = "7d"\n', ""))
    prod(world).deletions = [Deletion("busy", "for hours")] * 60
    drilled(world)
    (copy,) = world.ledger.copies()

    world.now.time = copy.ordered_at + timedelta(hours=2, minutes=59, seconds=59)
    start_what_is_due("prod", world)
    assert world.starter.ordered == {}
    world.now.time = copy.ordered_at + timedelta(hours=3)
    start_what_is_due("prod", world)
    assert len(world.starter.ordered) == 1


def test_closing_says_what_is_still_left_and_why_the_recovery_was_released(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()

    def die() -> None:
        raise SystemExit

    flow.while_asleep = die
    with pytest.raises(SystemExit):
        drill(order(world), flow, world)
    world.now.time += timedelta(days=3)
    prod(world).deletions = [Deletion("busy", "for hours")] * 60
    closing = Closing(closes=order_at(world, "11:54:00").drill, hour="2026022011")
    kept = FakeFlow()

    report = close(closing, kept, world)

    assert report
    assert report.left_behind == "for hours"
    assert next(iter(kept.kept)) == "look at the drill"
    recovery = world.ledger.recovery(closing.closes)
    assert recovery
    assert (recovery.state, recovery.reason) == ("handed-over", "its execution died")


def order_at(world: FakeWorld, clock: str) -> Drill:
    found = world.policy().by_id(RDS)
    assert found
    return drills.order(found, at(clock))


@pytest.mark.parametrize(("in_policy", "result"), [(True, "not-tried"), (False, "proved")])
def test_closing_judges_by_the_hook_that_the_policy_has(*, in_policy: bool, result: str) -> None:
    world, flow = world_of(), FakeFlow()
    taken = flow.step

    def step(name: str, action: Any) -> Any:
        if name == "end the drill":
            raise SystemExit
        return taken(name, action)

    flow.step = step  # type: ignore[method-assign]
    asked = order(world)
    with pytest.raises(SystemExit):
        drill(asked, flow, world)
    world.now.time += timedelta(days=3)
    world.current_policy = parse_policy(POLICY + DRILLED + HOOK if in_policy else POLICY)

    report = close(Closing(closes=asked.drill, hour="2026022011"), FakeFlow(), world)

    assert report
    assert report.result == result


def test_of_a_copy_that_nobody_knows_it_is_said_who_looks_for_it(world: FakeWorld) -> None:
    prod(world).outcomes = [LOST]
    flow = FakeFlow()

    report = drill(order(world), flow, world)

    why = "it is not known whether it was made: verifications look for it by its name"
    assert report.left_behind == why
    assert flow.kept["delete the copy, 1"] == Deletion("refused", why)


def test_a_deletion_that_says_nothing_is_told_as_what_became_of_it(world: FakeWorld) -> None:
    prod(world).deletions = [Deletion("unknown"), Deletion("busy", "it is backed up")]
    flow = FakeFlow()

    drill(order(world), flow, world)

    assert flow.kept["delete the copy, 1"] == Deletion("busy", "its deletion was unknown")
    assert flow.kept["delete the copy, 2"] == Deletion("busy", "it is backed up")


def test_the_moment_that_is_restored_is_the_very_one_that_was_drawn(world: FakeWorld) -> None:
    asked = order(world)
    report = drill(asked, FakeFlow(), world)
    (made,) = prod(world).made

    assert report.moment
    assert report.moment == drills.draw(windows(("09:00:00", "11:50:00")), asked.drill)
    assert made.restore_time == str(times.to_millis(report.moment))


def test_what_a_drill_answers_says_that_it_is_one_and_why_it_needs_nobody() -> None:
    instance = rds(drill="copy", margin=timedelta(minutes=2))
    asked = drills.order(instance, at("11:54:00"))

    answered = drills.incident_of(asked, instance, at("11:00:00"), at("11:55:00"))

    assert asked.drill.startswith("20260217T115400000Z-")
    assert asked.drill != incident_id("", at("11:54:00"), RDS)
    assert answered == Incident(
        id=asked.drill,
        instance=RDS,
        alarm="drill",
        source="lastgood drill",
        changed_at=at("11:55:00"),
        onset=at("11:02:01"),
        onset_basis="given",
        onset_detail="a drill, at a moment drawn from all that can be restored",
        strength="given",
        drill="copy",
    )
    assert answered.chain == f"drill#{RDS}"


@pytest.mark.parametrize(
    ("hours", "clock", "is_forbidden"),
    [
        ("11:00-12:00", "10:59:59", False),
        ("11:00-12:00", "11:00:00", True),
        ("11:00-12:00", "12:00:00", False),
        ("22:00-06:00", "21:59:59", False),
        ("22:00-06:00", "22:00:00", True),
        ("22:00-06:00", "05:59:59", True),
        ("22:00-06:00", "06:00:00", False),
        ("22:00-24:00", "23:59:59", True),
        ("22:00-24:00", "00:00:00", False),
    ],
)
def test_hours_begin_with_their_first_moment_and_end_before_their_last(
    hours: str, clock: str, *, is_forbidden: bool
) -> None:
    found = drills.forbidden(rds(no_drills=(hours,)), at(clock))

    assert found == (hours if is_forbidden else None)


def test_a_drill_is_told_with_all_that_it_has_shown() -> None:
    world = world_of(HOOK)
    flow = FakeFlow()
    flow.while_asleep = lambda: world.now.pass_(timedelta(minutes=20))
    report = drill(order(world), flow, world)
    (_, told_), *_ = [one for one in world.publisher.published if one[0] == "Drill Proved"]

    ((kept_until,),) = prod(world).bin.values()
    assert kept_until
    assert report.moment
    assert report.rto_seconds
    assert report.ended_at
    took = times.tell_duration(timedelta(seconds=report.rto_seconds))
    moment = times.print_rfc3339(report.moment)
    hours = (report.ended_at - report.at) / timedelta(hours=1)
    assert told_ == {
        "version": 1,
        "drill": report.drill,
        "instance": RDS,
        "instance_name": "orders-db",
        "result": "proved",
        "reason": "",
        "began_at": times.print_rfc3339(report.at),
        "ended_at": times.print_rfc3339(report.ended_at),
        "moment": moment,
        "rto_seconds": report.rto_seconds,
        "rpo_seconds": 240,
        "verdict": "pass",
        "copy": report.copy,
        "leftovers": {
            "recycled": 1,
            "recycled_until": times.print_rfc3339(kept_until),
            "manual_backups": 0,
        },
        "cost": round(hours * 0.5, 2),
        "summary": f"orders-db was restored to {moment} in {took}",
    }
    jsonschema.validate(told_, json.loads(schema("drill")))
    last = list(world.ledger.entries(RDS))[-1]
    assert (last.kind, last.at) == ("drill-proved", report.ended_at)
    assert last.detail["drill"] == report.drill


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("disproved", "orders-db could not be restored: why"),
        ("not-tried", "orders-db was not drilled: why"),
        (None, "orders-db was not drilled: why"),
    ],
)
def test_what_a_drill_has_not_shown_is_said_in_a_sentence(result: Any, said: str) -> None:
    report = Report(
        drill="d1",
        instance=RDS,
        at=at("11:00:00"),
        result=result,
        reason="why",
        moment=at("10:00:00"),
        rto_seconds=5,
        left_behind="busy",
    )

    source = rds(copy=CopyRules(security_group_id="sg-1", price_per_hour=2.0))
    event = announce_drill(report, source, at("12:00:00"))
    unknown = announce_drill(report, None, at("12:00:00"))

    assert event.summary == said
    assert (event.result, event.left_behind) == (result or "not-tried", "busy")
    assert event.cost is None
    assert unknown.summary == said.replace("orders-db", RDS)
    assert unknown.instance_name is None


@pytest.mark.parametrize("moment", [None, at("10:00:00")])
def test_what_was_proved_without_a_length_is_told_without_one(moment: Any) -> None:
    report = Report(drill="d1", instance=RDS, at=at("11:00:00"), result="proved", moment=moment)

    assert announce_drill(report, rds(), at("12:00:00")).summary == "orders-db was not drilled: "


def test_what_another_execution_has_drawn_is_gone_on_with_and_its_refusal_told(
    world: FakeWorld,
) -> None:
    asked = order(world)
    world.halt("ada", "maintenance")
    flow = FakeFlow()
    taken = flow.step

    def step(name: str, action: Any) -> Any:
        if name == "end the drill":
            raise SystemExit
        return taken(name, action)

    flow.step = step  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        drill(asked, flow, world)
    refused = world.ledger.recovery(asked.drill)
    assert refused
    prod(world).obstacles = ["the project has 2 RDS instances of the 3 it may have"]

    report = drill(asked, FakeFlow(), world)

    assert (report.result, report.reason) == ("not-tried", refused.reason)
    assert "halted" in report.reason


def test_closings_go_by_the_time_of_the_policy_and_by_who_holds_a_place(world: FakeWorld) -> None:
    copied(world, ordered_at=world.now() - timedelta(hours=5), owner="d1", source=RDS)
    text = DRILLED.replace("price_per_hour = 0.5", 'time_to_live = "4h"')
    world.current_policy = parse_policy(POLICY + text.replace('drill_every = "7d"\n', ""))

    start_what_is_due("prod", world)

    assert list(world.starter.ordered.values()) == [Closing(closes="d1", hour="2026021711")]


def test_a_drill_that_holds_a_place_is_closed_whatever_the_policy_says_by_now(
    world: FakeWorld,
) -> None:
    flow = FakeFlow()

    def die() -> None:
        raise SystemExit

    flow.while_asleep = die
    asked = order(world)
    with pytest.raises(SystemExit):
        drill(asked, flow, world)
    (copy,) = world.ledger.copies()
    world.ledger.keep(copy.name, "ada", world.now())
    world.now.time += timedelta(days=3)
    world.current_policy = parse_policy(POLICY)

    start_what_is_due("prod", world)

    assert [getattr(one, "closes", None) for one in world.starter.ordered.values()] == [asked.drill]


def hold(world: FakeWorld, name: str) -> None:
    """Let another execution of a drill have claimed it."""
    held = Recovery(incident=name, instance=RDS, state="claimed", changed_at=world.now())
    (record,) = world.store.read([records.recovery(name)])
    world.store.commit([records.put(record, held)])


def test_what_cannot_be_looked_at_is_left_to_the_execution_that_has_ordered_it(
    world: FakeWorld,
) -> None:
    asked, flow = order(world), FakeFlow()
    beside: list[Report] = []

    def meanwhile() -> None:
        flow.while_asleep = lambda: None
        world.cloud.failing["windows"] = [CloudError("no network", "wait", "unreachable")] * 3
        beside.append(drill(asked, FakeFlow(), world))

    flow.while_asleep = meanwhile
    report = drill(asked, flow, world)

    assert report.result == "proved"
    assert [one.result for one in beside] == [None]
    assert told(world) == ["Drill Proved"]


def test_what_another_execution_claims_meanwhile_is_not_told_as_not_tried(
    world: FakeWorld,
) -> None:
    prod(world).obstacles = ["the flavor is not on sale"]
    asked, flow = order(world), FakeFlow()
    tried = flow.attempt

    def attempt(name: str, action: Any) -> Any:
        result = tried(name, action)
        if name == "draw a moment":
            hold(world, asked.drill)
        return result

    flow.attempt = attempt  # type: ignore[method-assign]
    report = drill(asked, flow, world)

    assert report.result is None
    assert told(world) == []


def test_an_execution_that_finds_its_drill_begun_meanwhile_goes_on_with_it(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = world.policy().by_id(RDS)
    assert instance
    asked = drills.scheduled(instance, world.now())
    last = world.ledger.drill

    def begun_meanwhile(instance: str) -> Any:
        world.ledger.begin_drill(Report(drill=asked.drill, instance=RDS, at=world.now()))
        return last(instance)

    monkeypatch.setattr(world.ledger, "drill", begun_meanwhile)

    assert drill(asked, FakeFlow(), world).result == "proved"
