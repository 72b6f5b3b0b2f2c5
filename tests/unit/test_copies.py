"""Telling people of copies, and finding out which are still there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jsonschema
import msgspec
import pytest

from lastgood.domain.copies import Copy, Stage
from lastgood.domain.errors import PolicyError
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.policy import Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Validation
from lastgood.ports import CloudError
from lastgood.workflows.copies import look_after, tell_ready
from tests.support.builders import POLICY, RDS, at
from tests.support.copies import BY_COPY, COPY, copied, recovered, world_by_copy
from tests.support.fakes import FakeRds, FakeWorld
from tests.support.sweeps import sweep_all
from tools.event_schemas import schema

NAME = "lastgood-drill-1-0123abcd"
LATER = timedelta(hours=24)


@pytest.fixture
def world() -> FakeWorld:
    return world_by_copy()


def noted(world: FakeWorld, name: str = NAME) -> Copy:
    copy = world.ledger.copy(name)
    assert copy is not None
    return copy


def events(world: FakeWorld) -> list[dict[str, Any]]:
    return [detail for kind, detail in world.publisher.published if kind.startswith("Copy ")]


# When it is ready


def test_people_are_told_where_the_copy_is_and_what_it_lacks(world: FakeWorld) -> None:
    recovery = recovered(world)

    assert recovery.copy is not None
    (told,) = events(world)
    assert world.publisher.kinds[-2:] == ["Recovery Completed", "Copy Ready"]
    assert told == {
        "version": 1,
        "copy": recovery.copy.name,
        "copy_id": recovery.copy.id,
        "instance": RDS,
        "instance_name": "orders-db",
        "owner": "incident-1",
        "purpose": "recovery",
        "stage": "ready",
        "target": "2026-02-17T11:45:59Z",
        "at": "2026-02-17T11:54:00Z",
        "missing_seconds": 481,
        "secret": f"lastgood/copies/{recovery.copy.name}",
        "addresses": ("192.168.0.20",),
        "port": 3306,
        "price_per_hour": 0.5,
        "cost": 0.0,
        "summary": (
            "the copy of orders-db as of 2026-02-17T11:45:59Z is ready: nothing was overwritten"
        ),
    }
    assert noted(world, recovery.copy.name).told_at == world.now()


def test_a_copy_whose_address_cannot_be_read_is_told_all_the_same(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    validate = world.validator.validate

    def cut_off(*asked: Any) -> Validation:
        world.rdses["prod"].failing["database"] = [CloudError("no answer", "wait")]
        return validate(*asked)

    monkeypatch.setattr(world.validator, "validate", cut_off)
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:check:live"
    world.current_policy = parse_policy(POLICY + BY_COPY + f'validate = "{arn}"\n')

    recovered(world)

    (told,) = events(world)
    assert (told["addresses"], told["port"]) == ((), None)


def test_a_copy_that_could_not_be_validated_says_so(world: FakeWorld) -> None:
    world.validator.verdict = Validation("none", "it timed out")
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:check:live"
    world.current_policy = parse_policy(POLICY + BY_COPY + f'validate = "{arn}"\n')

    recovered(world)

    (told,) = events(world)
    assert told["summary"].endswith("nothing was overwritten, not validated: it timed out")


def test_a_copy_that_failed_is_not_told_as_ready(world: FakeWorld) -> None:
    world.validator.verdict = Validation("fail", "rows are missing")
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:check:live"
    world.current_policy = parse_policy(POLICY + BY_COPY + f'validate = "{arn}"\n')

    assert recovered(world).state == "failed"
    assert events(world) == []


def test_a_recovery_that_made_no_copy_tells_of_none(world: FakeWorld) -> None:
    tell_ready(Recovery(incident="i", instance=RDS, state="settled", changed_at=world.now()), world)

    assert events(world) == []


# While it exists


def test_people_are_reminded_of_a_copy_once_in_a_while_with_what_it_has_cost(
    world: FakeWorld,
) -> None:
    copied(world)
    world.now.time = at("09:00:00") + LATER - timedelta(seconds=1)
    look_after("prod", world)
    assert events(world) == []

    world.now.pass_(timedelta(seconds=1))
    look_after("prod", world)
    look_after("prod", world)

    (told,) = events(world)
    assert world.publisher.kinds == ["Copy Overdue"]
    assert (told["cost"], told["addresses"], told["purpose"]) == (12.0, ("192.168.0.30",), "drill")
    assert told["summary"].endswith("may still exist, which has cost 12.00 so far")
    assert noted(world).told_at == world.now()
    world.now.pass_(LATER)
    look_after("prod", world)
    assert len(events(world)) == 2


def test_how_often_is_what_the_policy_says() -> None:
    world = world_by_copy(remind_after='"2h"')
    copied(world, purpose="recovery")
    world.now.time = at("11:00:00")

    look_after("prod", world)

    assert world.publisher.kinds == ["Copy Overdue"]


def test_a_copy_whose_source_left_the_policy_is_told_of_without_a_price(world: FakeWorld) -> None:
    copied(world)
    world.current_policy = parse_policy(POLICY)
    world.now.pass_(LATER)

    look_after("prod", world)

    (told,) = events(world)
    assert (told["instance_name"], told["price_per_hour"], told["cost"]) == (None, None, None)
    assert told["summary"] == f"the copy of {RDS} as of 2026-02-17T08:30:00Z may still exist"


def test_without_a_policy_people_are_told_all_the_same(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> Policy:
        raise PolicyError("it cannot be read", "write it")

    copied(world)
    world.now.pass_(LATER)
    monkeypatch.setattr(world, "policy", unreadable)
    monkeypatch.setattr(world, "rds", lambda _: world.rdses["prod"])

    look_after("prod", world)

    assert world.publisher.kinds == ["Copy Overdue"]


def test_a_stage_that_has_changed_meanwhile_stays(world: FakeWorld) -> None:
    before = copied(world)
    world.ledger.note_stage(before, "gone", "somebody saw it", world.now())

    assert world.ledger.note_stage(before, "ready", "an older look", world.now()).stage == "gone"
    assert world.ledger.note_sighting(before, "made").stage == "gone"
    assert noted(world).stage == "gone"


def test_a_copy_that_cannot_be_read_is_told_of_and_not_taken_for_gone(world: FakeWorld) -> None:
    copied(world)
    world.now.pass_(LATER)
    del world.rdses["prod"].databases[COPY]
    world.rdses["prod"].failing["database"] = [CloudError("no answer", "wait")]

    look_after("prod", world)

    assert world.publisher.kinds == ["Copy Overdue"]
    assert noted(world).stage == "made"


def test_a_copy_that_the_list_no_longer_has_is_gone(world: FakeWorld) -> None:
    copied(world)
    del world.rdses["prod"].databases[COPY]
    world.now.pass_(LATER)

    look_after("prod", world)
    look_after("prod", world)

    (told,) = events(world)
    assert world.publisher.kinds == ["Copy Deleted"]
    assert (told["stage"], noted(world).stage) == ("gone", "gone")
    assert "is gone, which has cost" in told["summary"]


def test_a_copy_that_another_project_does_not_list_is_not_taken_for_gone(world: FakeWorld) -> None:
    copied(world)
    world.rdses["prod"].databases.clear()
    world.rdses["prod"].project_id = "f" * 32  # the policy names another by now
    world.now.pass_(LATER)

    look_after("prod", world)

    assert world.publisher.kinds == ["Copy Overdue"]
    assert noted(world).stage == "made"


def test_one_whose_id_is_not_known_is_never_taken_for_gone(world: FakeWorld) -> None:
    copied(world, id=None, stage="ordered")
    world.rdses["prod"].databases.clear()
    world.now.pass_(LATER)

    look_after("prod", world)

    assert world.publisher.kinds == ["Copy Overdue"]
    assert noted(world).stage == "ordered"


def test_one_that_was_ordered_is_found_by_its_name_and_its_tags(world: FakeWorld) -> None:
    copied(world, id=None, stage="ordered")

    look_after("prod", world)

    assert (noted(world).id, noted(world).stage) == (COPY, "made")


@pytest.mark.parametrize("bend", ["tags", "twice", "unseen"])
def test_it_is_not_found_where_that_is_in_doubt(world: FakeWorld, bend: str) -> None:
    copied(world, id=None, stage="ordered")
    rds = world.rdses["prod"]
    found = rds.databases[COPY]
    if bend == "tags":
        rds.databases[COPY] = msgspec.structs.replace(found, tags={})
    elif bend == "twice":
        rds.databases["another"] = msgspec.structs.replace(found, id="another")
    else:
        rds.failing["named"] = [CloudError("no answer", "wait")]

    look_after("prod", world)

    assert (noted(world).id, noted(world).stage) == (None, "ordered")


@pytest.mark.parametrize(("state", "stage"), [("unknown", "ordered"), ("accepted", "made")])
def test_what_a_recovery_is_making_is_left_to_it(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, state: State, stage: Stage
) -> None:
    before = copied(world, id=COPY if stage == "made" else None, stage=stage)
    running = Recovery(incident="drill-1", instance=RDS, state=state, changed_at=world.now())
    monkeypatch.setattr(world.ledger, "recovery", lambda _: running)
    if stage == "made":
        world.rdses["prod"].databases.clear()

    look_after("prod", world)

    assert noted(world) == before
    assert events(world) == []


def test_copies_of_other_clouds_and_those_that_are_gone_are_left_alone(world: FakeWorld) -> None:
    policy = world.current_policy
    elsewhere = msgspec.structs.replace(policy.instance[0], cloud="other")
    world.current_policy = msgspec.structs.replace(
        policy, instance=(*policy.instance[1:], elsewhere)
    )
    copied(world, stage="gone")
    copied(world, name="elsewhere", cloud="other", owner="drill-2")
    world.now.pass_(LATER)

    look_after("prod", world)

    assert events(world) == []


def test_a_copy_in_a_cloud_that_is_swept_no_more_is_told_of_by_the_sweep_of_another(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(name: str) -> FakeRds:
        if name == "old":
            raise PolicyError("the policy no longer has a cloud 'old'", "add [cloud.old]")
        return world.rdses[name]

    copied(world, cloud="old")
    world.rdses["prod"].databases.clear()
    monkeypatch.setattr(world, "rds", connect)
    world.now.pass_(LATER)

    sweep_all("sweep-1", world)

    assert "Copy Overdue" in world.publisher.kinds
    assert noted(world).stage == "made"


def test_with_too_little_time_the_next_sweep_begins_with_those_not_told_of(
    world: FakeWorld,
) -> None:
    copied(world)
    world.now.pass_(LATER)
    world.seconds_left = 79.0

    look_after("prod", world)
    assert events(world) == []

    world.seconds_left = 80.0
    look_after("prod", world)
    assert world.publisher.kinds == ["Copy Overdue"]


def test_those_that_were_not_told_of_the_longest_come_first(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(world, name="another", owner="drill-2", told_at=at("09:30:00"))
    copied(world)
    world.now.pass_(LATER)
    left = iter([100.0, 0.0])
    monkeypatch.setattr(world, "time_left", lambda: next(left))

    look_after("prod", world)

    (told,) = events(world)
    assert told["copy"] == NAME


# How many are overdue


def overdue(world: FakeWorld) -> int:
    look_after("prod", world)
    return world.metrics.overdue[-1]


def test_what_a_drill_made_is_overdue_once_its_time_is_over_until_it_is_gone() -> None:
    world = world_by_copy(time_to_live='"30h"')
    copied(world, stage="deleting")
    world.now.time = at("09:00:00") + timedelta(hours=30) - timedelta(seconds=1)
    assert overdue(world) == 0

    world.now.pass_(timedelta(seconds=1))
    assert overdue(world) == 1

    world.ledger.note_sighting(noted(world), "gone")
    assert overdue(world) == 0


def test_what_a_recovery_made_is_overdue_once_people_are_reminded_and_stays_so() -> None:
    world = world_by_copy(remind_after='"2h"')
    copied(world, purpose="recovery", stage="ready")
    world.now.time = at("11:00:00") - timedelta(seconds=1)
    assert overdue(world) == 0

    world.now.pass_(timedelta(seconds=1))
    assert overdue(world) == 1
    assert world.publisher.kinds == ["Copy Overdue"]

    world.now.pass_(timedelta(minutes=1))
    assert overdue(world) == 1
    assert world.publisher.kinds == ["Copy Overdue"]


def test_without_a_policy_what_a_recovery_made_is_overdue_after_a_day(world: FakeWorld) -> None:
    copied(world, purpose="recovery", source="somethingelsein01")
    world.now.time = at("09:00:00") + LATER - timedelta(seconds=1)
    assert overdue(world) == 0

    world.now.pass_(timedelta(seconds=1))
    assert overdue(world) == 1


@pytest.mark.parametrize("purpose", ["recovery", "drill"])
def test_what_a_person_keeps_is_not_overdue_and_people_are_reminded_of_it_all_the_same(
    world: FakeWorld, purpose: str
) -> None:
    copied(world, purpose=purpose, keep=True)
    world.now.pass_(LATER)

    assert overdue(world) == 0
    assert world.publisher.kinds == ["Copy Overdue"]


@pytest.mark.parametrize("purpose", ["recovery", "drill"])
@pytest.mark.parametrize("stage", ["refused", "gone"])
def test_what_does_not_exist_is_not_overdue(world: FakeWorld, purpose: str, stage: Stage) -> None:
    copied(world, purpose=purpose, stage=stage)
    world.now.pass_(LATER)

    assert overdue(world) == 0


def test_what_this_sweep_finds_gone_is_overdue_no_more(world: FakeWorld) -> None:
    copied(world, purpose="recovery")
    world.rdses["prod"].databases.clear()
    world.now.pass_(LATER)

    assert overdue(world) == 0
    assert noted(world).stage == "gone"


def test_sweeps_of_two_clouds_count_the_same_copies_so_none_takes_back_what_another_said(
    world: FakeWorld,
) -> None:
    copied(world)
    world.now.pass_(LATER)

    look_after("prod", world)
    look_after("other", world)

    assert world.metrics.overdue == [1, 1]


def test_copies_that_there_was_no_time_to_look_at_are_counted_too(world: FakeWorld) -> None:
    copied(world)
    world.now.pass_(LATER)
    world.seconds_left = 0.0

    assert overdue(world) == 1
    assert events(world) == []


def test_a_sweep_looks_after_copies(world: FakeWorld) -> None:
    copied(world)
    world.now.pass_(LATER)

    sweep_all("sweep-1", world)

    assert "Copy Overdue" in world.publisher.kinds


def test_a_sweep_that_cannot_look_after_copies_is_finished_and_fails(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> list[Copy]:
        raise RuntimeError("the table is away")

    monkeypatch.setattr(world.ledger, "copies", fails)

    with pytest.raises(Exception, match="the table is away"):
        sweep_all("sweep-1", world)

    assert "Sweep Completed" in world.publisher.kinds


def test_every_event_of_a_copy_fits_its_documented_schema(world: FakeWorld) -> None:
    recovered(world)
    copied(world)
    world.now.pass_(LATER)
    look_after("prod", world)
    world.rdses["prod"].databases.clear()
    look_after("prod", world)

    for detail in events(world):
        on_the_wire = json.loads(msgspec.json.encode(detail))
        jsonschema.validate(on_the_wire, json.loads(schema("copy")))
    assert {kind for kind in world.publisher.kinds if kind.startswith("Copy ")} == {
        "Copy Ready",
        "Copy Overdue",
        "Copy Deleted",
    }
