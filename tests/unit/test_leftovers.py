"""What the copy of a drill leaves behind once it is gone: counted, told, and never in the way."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import jsonschema
import msgspec
import pytest

from lastgood.domain.drills import Leftovers, Report
from lastgood.domain.notices import tell_event
from lastgood.domain.restore import Deletion
from lastgood.ports import CloudError
from lastgood.workflows.deleting import left_by
from lastgood.workflows.drilling import drill
from tests.support.builders import RDS, at
from tests.support.copies import COPY, copied, world_by_copy
from tests.support.fakes import FakeFlow, FakeWorld
from tests.unit.test_drills import drilled, order, prod, world_of
from tools.event_schemas import schema

AWAY = CloudError("no answer", "wait")
UNTIL = at("12:00:00") + timedelta(days=3)


@pytest.fixture
def world() -> FakeWorld:
    return world_of()


def event(world: FakeWorld) -> Any:
    (told,) = [one for kind, one in world.publisher.published if kind.startswith("Drill ")]
    jsonschema.validate(json.loads(msgspec.json.encode(told)), json.loads(schema("drill")))
    return told


def gone(**changes: Any) -> FakeWorld:
    """A copy that was deleted; the recycle bin has one backup of it, and people made two."""
    world = world_by_copy()
    copied(world, **({"stage": "gone"} | changes))
    rds = prod(world)
    del rds.databases[COPY]
    rds.bin[COPY], rds.manual[COPY] = [UNTIL], 2
    return world


NAME = "lastgood-drill-1-0123abcd"


# Of a drill


def test_a_drill_tells_what_its_copy_left_in_its_event_its_report_and_the_journal(
    world: FakeWorld,
) -> None:
    report = drilled(world)

    ((until,),) = prod(world).bin.values()
    left = Leftovers(recycled=1, recycled_until=until, manual_backups=0)
    assert (report.result, report.leftovers) == ("proved", left)
    assert world.ledger.report(report.drill) == report
    assert event(world)["leftovers"]["recycled"] == 1
    (ended,) = [one for one in world.ledger.entries(RDS) if one.kind == "drill-proved"]
    assert ended.detail["leftovers"]["recycled"] == 1


def test_a_stopped_copy_leaves_nothing_in_the_recycle_bin(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = prod(world)
    delete = rds.delete

    def stopped(instance: str) -> Deletion:
        rds.stopped.add(instance)
        return delete(instance)

    monkeypatch.setattr(rds, "delete", stopped)

    assert drilled(world).leftovers == Leftovers(recycled=0, manual_backups=0)


def test_leftovers_that_cannot_be_read_change_nothing_but_what_is_known_of_them(
    world: FakeWorld,
) -> None:
    prod(world).failing = {"recycled": [AWAY], "manual_backups": [AWAY]}

    report = drilled(world)

    assert (report.result, report.left_behind) == ("proved", None)
    assert report.leftovers == Leftovers()
    assert event(world)["leftovers"] == {
        "recycled": None,
        "recycled_until": None,
        "manual_backups": None,
    }


def test_of_a_copy_that_may_still_be_there_no_leftovers_are_told(world: FakeWorld) -> None:
    prod(world).deletions = [Deletion("busy", "for hours")] * 60

    report = drilled(world)

    assert (report.left_behind, report.leftovers) == ("for hours", None)
    assert "leftovers" not in event(world)


def test_a_drill_that_made_no_copy_tells_of_no_leftovers(world: FakeWorld) -> None:
    prod(world).obstacles = ["the quota is used up"]

    assert drilled(world).leftovers is None


def test_counting_is_no_step_so_that_what_began_before_it_was_goes_on(world: FakeWorld) -> None:
    flow = FakeFlow()
    drill(order(world), flow, world)

    *_, deleted, ended = flow.kept
    assert (deleted.partition(",")[0], ended) == ("delete the copy", "end the drill")


def test_a_report_from_before_leftovers_were_counted_is_read() -> None:
    old = b'{"drill":"d","instance":"i","at":"2026-02-17T11:00:00Z","result":"proved"}'

    assert msgspec.json.decode(old, type=Report).leftovers is None


# Of a copy


def test_both_kinds_are_counted_and_nothing_is_deleted() -> None:
    world = gone()

    left = left_by(NAME, world)

    assert left == Leftovers(recycled=1, recycled_until=UNTIL, manual_backups=2)
    assert prod(world).deleted == []


def test_of_several_in_the_recycle_bin_the_last_one_says_until_when() -> None:
    world = gone()
    prod(world).bin[COPY] = [UNTIL, None, UNTIL - timedelta(days=1)]

    left = left_by(NAME, world)

    assert left
    assert (left.recycled, left.recycled_until) == (3, UNTIL)


@pytest.mark.parametrize(
    ("read", "left"),
    [
        ("recycled", Leftovers(manual_backups=2)),
        ("manual_backups", Leftovers(recycled=1, recycled_until=UNTIL)),
    ],
)
def test_what_cannot_be_read_leaves_the_other_known(read: str, left: Leftovers) -> None:
    world = gone()
    prod(world).failing[read] = [AWAY]

    assert left_by(NAME, world) == left


def test_another_project_says_nothing_of_what_was_left() -> None:
    assert left_by(NAME, gone(project_id="f" * 32)) == Leftovers()


@pytest.mark.parametrize("changes", [{"stage": "deleting"}, {"id": None}])
def test_of_what_is_not_known_to_be_gone_or_was_never_made_nothing_is_asked(
    changes: dict[str, Any],
) -> None:
    assert left_by(NAME, gone(**changes)) is None


def test_of_no_copy_nothing_is_asked(world: FakeWorld) -> None:
    assert left_by("nobody", world) is None


# In words


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (
            Leftovers(recycled=1, recycled_until=UNTIL, manual_backups=0),
            "1 in the recycle bin until 2026-02-20T12:00:00Z, none made by hand",
        ),
        (
            Leftovers(recycled=1, manual_backups=2),
            "1 in the recycle bin, 2 made by hand, until somebody deletes them",
        ),
        (Leftovers(recycled=0, manual_backups=0), "none in the recycle bin, none made by hand"),
        (
            Leftovers(),
            "not known how many in the recycle bin, not known how many made by hand",
        ),
    ],
)
def test_leftovers_are_said_in_a_sentence(left: Leftovers, said: str) -> None:
    assert left.sentence == f"full backups: {said}"


def test_whoever_is_told_of_a_drill_reads_what_it_left(world: FakeWorld) -> None:
    prod(world).life = ["BUILD", "FAILED"]
    drilled(world)
    detail = json.loads(msgspec.json.encode(event(world)))

    notice = tell_event("Drill Disproved", detail)

    assert notice
    assert "Its copy is gone and left full backups: 1 in the recycle bin until" in notice.text
