"""Instances with the mark of this ledger that it has no record of: told, and never deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import msgspec
import pytest

from lastgood.domain import copies
from lastgood.domain.copies import ACTIVE, Database, Orphan, Orphans, tags_of
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.sweep import MOST
from lastgood.ledger import records
from lastgood.ports import CloudError
from lastgood.workflows.copies import TAKES, look_after, look_for_orphans, orphans
from tests.support.builders import POLICY, RDS, at
from tests.support.copies import COPY, copied, world_by_copy
from tests.support.fakes import FakeWorld
from tests.support.sweeps import sweep_all
from tools.event_schemas import schema

LOST = "00000000000000000000000000000042in01"
NAME = "lastgood-drill-9-0123abcd"


@pytest.fixture
def world() -> FakeWorld:
    return world_by_copy()


def lose(world: FakeWorld, instance: str = LOST, **changes: Any) -> Database:
    """An instance with the mark of the ledger, and no record of it."""
    ordinary = Database(
        id=instance,
        name=NAME,
        status=ACTIVE,
        tags=tags_of("drill-9", world.ledger.identity()),
        created=at("07:00:00"),
    )
    lost = msgspec.structs.replace(ordinary, **changes)
    world.rdses["prod"].databases[instance] = lost
    return lost


def swept(world: FakeWorld) -> Any:
    sweep_all("sweep-1", world)
    (told,) = [detail for kind, detail in world.publisher.published if kind == "Sweep Completed"]
    jsonschema.validate(json.loads(msgspec.json.encode(told)), json.loads(schema("sweep")))
    return told["orphans"]


def test_a_sweep_tells_of_an_instance_with_the_tag_that_is_not_on_record_and_lets_it_be(
    world: FakeWorld,
) -> None:
    lose(world)

    assert swept(world) == ({"id": LOST, "name": NAME, "created": "2026-02-17T07:00:00Z"},)
    assert LOST in world.rdses["prod"].databases
    assert world.rdses["prod"].deleted == []
    assert list(world.ledger.copies()) == []


def test_a_copy_on_record_is_no_orphan(world: FakeWorld) -> None:
    copied(world)

    assert orphans("prod", world) == ()


def test_a_copy_whose_id_is_not_known_yet_is_none_by_its_name(world: FakeWorld) -> None:
    copied(world, id=None, stage="ordered")

    assert orphans("prod", world) == ()


def test_a_second_instance_of_the_name_of_a_copy_is_an_orphan(world: FakeWorld) -> None:
    copy = copied(world)
    lose(world, name=copy.name)

    assert [one.id for one in orphans("prod", world)] == [LOST]


@pytest.mark.parametrize("stage", ["refused", "gone"])
def test_what_is_recorded_as_not_there_and_is_there_is_an_orphan(
    world: FakeWorld, stage: str
) -> None:
    copied(world, stage=stage)

    assert [one.id for one in orphans("prod", world)] == [COPY]


def test_what_the_policy_names_is_in_use_and_no_orphan(world: FakeWorld) -> None:
    lose(world, RDS)

    assert orphans("prod", world) == ()


def test_what_another_ledger_tagged_is_its_own(world: FakeWorld) -> None:
    lose(world, tags=tags_of("drill-9", "f" * 32))

    assert orphans("prod", world) == ()


@pytest.mark.parametrize(
    ("found", "ours"),
    [
        ({"tags": {"lastgood-ledger": "0123abcd4567"}, "name": "renamed"}, True),
        ({"tags": {"lastgood-ledger": "0123abcdffff"}}, False),
        ({"tags": {"team": "orders"}}, False),
        ({}, True),
        ({"name": "lastgood-drill-9-ffffffff"}, False),
        ({"name": "theirs-drill-9-0123abcd"}, False),
    ],
)
def test_the_tag_says_whose_it_is_and_the_name_where_no_tag_is_told(
    found: dict[str, Any], *, ours: bool
) -> None:
    row = Database(**({"id": LOST, "name": NAME, "status": ACTIVE} | found))

    assert copies.is_of(row, "0123abcd4567") == ours


def test_a_row_that_another_ledger_tagged_is_left_out_even_if_the_service_lists_it(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = lose(world, tags=tags_of("drill-9", "f" * 32))
    monkeypatch.setattr(world.rdses["prod"], "tagged", lambda *_: [theirs])

    assert orphans("prod", world) == ()


@pytest.mark.parametrize("on_record_until", ["before", "after"])
def test_a_copy_that_is_ordered_or_goes_while_the_list_is_read_is_no_orphan(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, on_record_until: str
) -> None:
    rds = world.rdses["prod"]
    stages = {"before": ("deleting", "gone"), "after": ("refused", "ordered")}
    first, then = stages[on_record_until]
    copy = copied(world, stage=first)
    read: Callable[..., Any] = rds.tagged

    def meanwhile(*asked: str) -> Any:
        found = read(*asked)
        (record,) = world.store.read([records.copy(copy.name)])
        world.store.commit([records.put(record, msgspec.structs.replace(copy, stage=then))])
        return found

    monkeypatch.setattr(rds, "tagged", meanwhile)

    assert orphans("prod", world) == ()


def test_a_ledger_that_never_marked_anything_asks_nothing(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("tests.support.fakes.FakeRds.tagged")

    assert orphans("prod", world) == ()
    assert world.store.records == {}


def test_a_cloud_in_which_nothing_is_copied_is_not_asked(world: FakeWorld) -> None:
    world.ledger.identity()
    world.current_policy = parse_policy(POLICY)
    world.rdses["prod"].failing["tagged"] = [CloudError("no right", "ask for it")]

    assert orphans("prod", world) == ()


def test_a_cloud_of_which_a_copy_is_on_record_is_asked_whatever_the_policy_says(
    world: FakeWorld,
) -> None:
    world.current_policy = parse_policy(POLICY)
    copied(world)
    lose(world)

    assert orphans("prod", world) == (Orphan(id=LOST, name=NAME, created=at("07:00:00")),)


def test_that_nobody_could_look_is_told_as_not_known_and_stops_nothing(world: FakeWorld) -> None:
    lose(world)
    world.rdses["prod"].failing["tagged"] = [CloudError("no answer", "wait")]

    assert swept(world) is None


def test_a_ledger_that_fails_leaves_it_not_known(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> str:
        raise RuntimeError("the table is away")

    monkeypatch.setattr(world.ledger, "mark", fails)

    assert swept(world) is None


def test_without_the_time_for_it_nobody_looks(world: FakeWorld) -> None:
    lose(world)
    world.seconds_left = TAKES - 1

    assert look_for_orphans("prod", world) == Orphans()

    world.seconds_left = TAKES

    assert look_for_orphans("prod", world).found


def test_a_policy_that_cannot_be_read_leaves_it_not_known(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose(world)

    def broken() -> Policy:
        raise PolicyError("it is no TOML", "repair it")

    monkeypatch.setattr(world, "policy", broken)

    assert look_for_orphans("prod", world) == Orphans()


def test_an_event_names_so_many_at_most(world: FakeWorld) -> None:
    for number in range(MOST + 1):
        lose(world, f"{number:032x}in01")

    assert len(swept(world)) == MOST


def test_looking_after_copies_lets_an_orphan_be(world: FakeWorld) -> None:
    lose(world)

    look_after("prod", world)

    assert world.rdses["prod"].deleted == []
    assert world.publisher.kinds == []
