"""What every Rds must keep: run against the fake and against the service over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain import canonical
from lastgood.domain.copies import Database, Order, Shape
from lastgood.domain.restore import Accepted, Deletion, Job, Refused, Unknown
from lastgood.domain.times import to_millis
from lastgood.ports import CloudError, Rds
from sandbox.huawei.rds.instance import Backup
from sandbox.huawei.rds.tasks import CopyScript
from tests.support.builders import PROJECT, RDS
from tests.support.connected import NOW, WINDOW, reach_rds, told, wired
from tests.support.fakes import SHAPE, FakeClock, FakeRds

NOBODY = "0123456789abcdef0123456789abcdefin01"
NAME = "lastgood-inc-0123456789abcdef-01234567"
PASSWORD = "Aa1_canary-password-4711"
TAGS = {"lastgood-owner": "inc-0123456789abcdef", "lastgood-ledger": "0123456789"}
ORDER = Order(
    name=NAME, source=RDS, restore_time=str(to_millis(WINDOW.end)), shape=SHAPE, tags=TAGS
)

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Project:
    """A project at NOW with one instance, and what may happen to it and to its copies."""

    rds: Rds
    keep_busy: Act
    let_it_be_built: Act
    let_it_back_up: Act
    let_it_be_ready: Act
    let_it_be_gone: Act
    stop: Callable[[str], None]
    back_up_by_hand: Callable[[str], None]


def fake_project() -> Project:
    rds = FakeRds(FakeClock(NOW), PROJECT)
    database = rds.add(RDS, "orders-db")

    def keep_busy() -> None:
        rds.databases[RDS] = msgspec.structs.replace(database, status="BACKING UP")

    def leave(steps: int) -> Act:
        def act() -> None:
            for life in rds.lives.values():
                del life[:-steps]

        return act

    def back_up_by_hand(instance: str) -> None:
        rds.manual[instance] = rds.manual.get(instance, 0) + 1

    return Project(
        *(rds, keep_busy, leave(3), leave(2), leave(1), lambda: None),
        stop=rds.stopped.add,
        back_up_by_hand=back_up_by_hand,
    )


@pytest.fixture(params=["fake", "huawei"])
def project(request: pytest.FixtureRequest) -> Iterator[Project]:
    if request.param == "fake":
        yield fake_project()
        return
    with wired() as wire:
        script = CopyScript()
        assert script.builds
        wire.database.copies = replace(script, job_hidden_for=timedelta(0))
        later = wire.sandbox.clock.advance
        second = timedelta(seconds=1)
        built = script.builds + second
        yield Project(
            reach_rds(wire.sandbox),
            keep_busy=lambda: setattr(wire.database, "status", "BACKING UP"),
            let_it_be_built=lambda: later(built),
            let_it_back_up=lambda: later(script.flickers),
            let_it_be_ready=lambda: later(built + script.flickers + script.backs_up),
            let_it_be_gone=lambda: later(wire.sandbox.rds.deletions.lasts),
            stop=lambda instance: setattr(wire.sandbox.rds.instances[instance], "is_stopped", True),
            back_up_by_hand=lambda instance: wire.sandbox.rds.instances[instance].backups.append(
                Backup(NOW, NOW, "manual")
            ),
        )


def accepted(project: Project, order: Order = ORDER) -> tuple[str, str]:
    outcome = project.rds.restore_to_new(order, PASSWORD)
    assert isinstance(outcome, Accepted)
    assert outcome.job
    assert outcome.copy
    return outcome.job, outcome.copy


def seen(project: Project, instance: str) -> Database:
    found = project.rds.database(instance)
    assert found
    return found


# What is there


def test_an_instance_tells_everything_that_a_copy_of_it_needs(project: Project) -> None:
    found = seen(project, RDS)

    assert (found.id, found.name, found.status) == (RDS, "orders-db", "ACTIVE")
    assert found.shape == SHAPE
    assert found.port == SHAPE.port
    assert found.addresses


def test_a_project_tells_its_id(project: Project) -> None:
    assert project.rds.project_id == PROJECT


def test_what_is_not_listed_is_none_and_no_error(project: Project) -> None:
    assert project.rds.database(NOBODY) is None
    assert list(project.rds.named("nobody")) == []


def test_instances_are_found_by_exactly_their_name(project: Project) -> None:
    _, longer = accepted(project, msgspec.structs.replace(ORDER, name=f"{NAME}-2"))
    _, exact = accepted(project)

    assert [found.id for found in project.rds.named(NAME)] == [exact]
    assert [found.id for found in project.rds.named(f"{NAME}-2")] == [longer]
    assert list(project.rds.named(NAME[:-1])) == []


def test_instances_are_found_by_a_tag_with_when_they_were_made(project: Project) -> None:
    _, copy = accepted(project)
    _, other = accepted(
        project,
        msgspec.structs.replace(ORDER, name=f"{NAME}-2", tags={"lastgood-ledger": "another"}),
    )
    project.let_it_be_built()
    seen(project, copy)

    (found,) = project.rds.tagged("lastgood-ledger", TAGS["lastgood-ledger"])

    assert (found.id, found.name, found.tags) == (copy, NAME, TAGS)
    assert found.created
    assert found.id != other
    assert list(project.rds.tagged("lastgood-ledger", "nobody")) == []


def test_an_instance_that_rests_is_backed_up(project: Project) -> None:
    assert project.rds.backed_up(RDS)


def test_the_backups_of_nobody_are_an_error(project: Project) -> None:
    with pytest.raises(CloudError) as caught:
        project.rds.backed_up(NOBODY)

    assert NOBODY in told(caught.value)


# A copy


def test_a_copy_is_built_then_backs_up_and_then_is_ready(project: Project) -> None:
    _, copy = accepted(project)
    building = seen(project, copy)
    project.let_it_be_built()
    flickering, before = seen(project, copy), project.rds.backed_up(copy)
    project.let_it_back_up()
    backing_up, meanwhile = seen(project, copy), project.rds.backed_up(copy)
    project.let_it_be_ready()
    ready = seen(project, copy)

    told = [each.status for each in (building, flickering, backing_up, ready)]
    assert told == ["BUILD", "ACTIVE", "BACKING UP", "ACTIVE"]
    assert (building.shape, ready.shape) == (None, SHAPE)
    assert (building.addresses, bool(ready.addresses)) == ((), True)
    assert (before, meanwhile, project.rds.backed_up(copy)) == (False, False, True)


def test_a_copy_has_its_name_and_its_tags_from_the_start(project: Project) -> None:
    _, copy = accepted(project)

    building = seen(project, copy)

    assert (building.id, building.name, building.tags) == (copy, NAME, TAGS)
    assert copy != RDS


def test_the_job_of_a_copy_runs_until_it_is_built(project: Project) -> None:
    job, copy = accepted(project)
    seen(project, copy)

    running = project.rds.job(job)
    project.let_it_be_ready()
    seen(project, copy)
    done = project.rds.job(job)

    assert running
    assert done
    assert (running.id, running.instance, running.status) == (job, copy, "Running")
    assert (done.id, done.instance, done.status) == (job, copy, "Completed")


def test_a_job_of_nobody_is_none(project: Project) -> None:
    assert project.rds.job("20f793fd-2703-4339-bfb5-f1c9065b15c8") is None


def test_a_second_request_of_the_same_name_is_unknown_and_makes_nothing(project: Project) -> None:
    _, copy = accepted(project)

    outcome = project.rds.restore_to_new(ORDER, PASSWORD)

    assert isinstance(outcome, Unknown)
    assert "DBS.200022" in outcome.why
    assert [found.id for found in project.rds.named(NAME)] == [copy]


def test_of_a_busy_instance_no_copy_is_made_for_now(project: Project) -> None:
    project.keep_busy()

    outcome = project.rds.restore_to_new(ORDER, PASSWORD)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("DBS.200011", "busy")
    assert list(project.rds.named(NAME)) == []


def test_of_nobody_no_copy_is_made(project: Project) -> None:
    outcome = project.rds.restore_to_new(msgspec.structs.replace(ORDER, source=NOBODY), PASSWORD)

    assert isinstance(outcome, Refused)
    assert not outcome.passes


# Before a copy is made


def test_nothing_is_in_the_way_of_an_ordinary_copy(project: Project) -> None:
    assert project.rds.obstacle(RDS, SHAPE, WINDOW.end) is None


def test_what_is_only_checked_makes_nothing(project: Project) -> None:
    assert project.rds.try_out(ORDER, PASSWORD) is None
    assert list(project.rds.named(NAME)) == []

    accepted(project)


# Deletions


def test_a_copy_that_rests_is_deleted(project: Project) -> None:
    _, copy = accepted(project)
    project.let_it_be_ready()
    seen(project, copy)

    deletion = project.rds.delete(copy)
    project.let_it_be_gone()

    assert deletion == Deletion("taken")
    assert project.rds.database(copy) is None
    assert project.rds.database(RDS) is not None


def deleted(project: Project, copy: str) -> None:
    assert project.rds.delete(copy) == Deletion("taken")
    project.let_it_be_gone()


def test_what_is_deleted_is_in_the_recycle_bin_for_a_while_and_what_is_there_is_not(
    project: Project,
) -> None:
    _, copy = accepted(project)
    project.let_it_be_ready()
    seen(project, copy)
    assert list(project.rds.recycled(copy)) == []

    deleted(project, copy)

    (until,) = project.rds.recycled(copy)
    assert until
    assert timedelta(days=7) <= until - NOW < timedelta(days=8)
    assert list(project.rds.recycled(RDS)) == []


def test_what_was_stopped_is_not_in_the_recycle_bin(project: Project) -> None:
    _, copy = accepted(project)
    project.let_it_be_ready()
    seen(project, copy)
    project.stop(copy)

    deleted(project, copy)

    assert list(project.rds.recycled(copy)) == []


def test_backups_that_somebody_made_stay_when_their_instance_is_deleted(project: Project) -> None:
    _, copy = accepted(project)
    project.let_it_be_ready()
    seen(project, copy)
    before = project.rds.manual_backups(copy)
    project.back_up_by_hand(copy)
    project.back_up_by_hand(copy)

    deleted(project, copy)

    assert (before, project.rds.manual_backups(copy)) == (0, 2)
    assert project.rds.manual_backups(RDS) == 0


def test_a_copy_that_is_being_built_is_too_busy_to_be_deleted(project: Project) -> None:
    _, copy = accepted(project)
    seen(project, copy)

    deletion = project.rds.delete(copy)
    project.let_it_be_gone()

    assert deletion.fate == "busy"
    assert deletion.sentence
    assert project.rds.database(copy) is not None


def test_the_deletion_of_nobody_is_refused(project: Project) -> None:
    deletion = project.rds.delete(NOBODY)

    assert deletion.fate == "refused"
    assert "DBS.200002" in deletion.sentence


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda rds: rds.database(RDS), Database),
        (lambda rds: rds.database(RDS).shape, Shape),
        (lambda rds: rds.named("orders-db"), list[Database]),
        (lambda rds: rds.job(rds.restore_to_new(ORDER, PASSWORD).job), Job | None),
        (lambda rds: rds.restore_to_new(ORDER, PASSWORD), Accepted),
        (lambda rds: rds.delete(NOBODY), Deletion),
    ],
    ids=["database", "shape", "named", "job", "accepted", "deletion"],
)
def test_whatever_is_read_can_be_written_down_and_read_again(
    project: Project, read: Callable[[Rds], Any], kind: Any
) -> None:
    found = read(project.rds)

    assert canonical.decode(canonical.encode(found), kind) == found
