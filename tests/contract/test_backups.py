"""What every Backups must keep: run against the fake and against the service over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest

from lastgood.domain import canonical
from lastgood.domain.copies import Database, Order, Shape
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Deletion, Refused
from lastgood.domain.undo import Backup
from lastgood.ports import Backups, CloudError
from tests.support.builders import PROJECT, REDIS
from tests.support.connected import NOW, reach_backups, told, wired
from tests.support.fakes import REDIS_SHAPE, FakeBackups, FakeClock, FakeCloud

NOBODY = "0123456789abcdef0123456789abcdefin12"
NO_BACKUP = "0123456789abcdef0123456789abcdefbr12"
NAME = "lastgood-inc-0123456789abcdef-01234567"
MARK = "lastgood-ledger 0123456789ab of inc-0123456789abcdef"
PASSWORD = "Aa1_canary-password-4711"
TAGS = {"lastgood-owner": "inc-0123456789abcdef", "lastgood-ledger": "0123456789ab"}

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Project:
    """A project at NOW with one Redis instance, and what may happen to it and to its backups."""

    backups: Backups
    keep_busy: Act
    actions: Callable[[], tuple[str, ...]]
    let_it_be_backed_up: Act
    let_it_be_made: Act
    let_it_be_gone: Act
    let_backups_fail: Act
    let_copies_fail: Act


def fake_project() -> Project:
    clock = FakeClock(NOW)
    cloud = FakeCloud(clock)
    cloud.add_points(REDIS)
    fake = FakeBackups(clock, PROJECT, cloud)
    fake.add(REDIS, "orders-cache")

    def keep_busy() -> None:
        cloud.instances[REDIS].state = InstanceState("normal", ("RESTART",), "Cluster")

    def skip() -> None:
        for life in fake.lives.values():
            del life[:-1]

    def finish() -> None:
        skip()
        for instance in list(fake.databases):
            fake.database(instance)
            fake.backups(instance)

    return Project(
        fake,
        keep_busy=keep_busy,
        actions=lambda: cloud.state(REDIS).actions,
        let_it_be_backed_up=finish,
        let_it_be_made=finish,
        let_it_be_gone=lambda: None,
        let_backups_fail=lambda: setattr(fake, "life", ["BUILDING", "FAILED"]),
        let_copies_fail=lambda: setattr(fake, "copy_life", ["creating", "createfail"]),
    )


@pytest.fixture(params=["fake", "huawei"])
def project(request: pytest.FixtureRequest) -> Iterator[Project]:
    if request.param == "fake":
        yield fake_project()
        return
    with wired() as wire:
        service, redis = wire.sandbox.geminidb, wire.redis
        later = wire.sandbox.clock.advance
        assert redis.backups.lasts
        assert service.copies.builds
        lasts, builds = redis.backups.lasts, service.copies.builds
        yield Project(
            reach_backups(wire.sandbox),
            keep_busy=lambda: setattr(redis, "actions", ("RESTART",)),
            actions=lambda: wire.cloud.state(REDIS).actions,
            let_it_be_backed_up=lambda: later(lasts),
            let_it_be_made=lambda: later(builds),
            let_it_be_gone=lambda: later(service.deletions.lasts),
            let_backups_fail=lambda: setattr(
                redis, "backups", replace(redis.backups, fail_reason="No space.")
            ),
            let_copies_fail=lambda: setattr(
                service, "copies", replace(service.copies, fail_reason="createVM failed.")
            ),
        )


def backed_up(project: Project, name: str = NAME) -> str:
    outcome = project.backups.back_up(REDIS, name, MARK)
    assert isinstance(outcome, Accepted)
    assert outcome.copy
    return outcome.copy


def complete(project: Project, name: str = NAME) -> str:
    backup = backed_up(project, name)
    project.let_it_be_backed_up()
    return backup


def order_of(backup: str | None, name: str = NAME) -> Order:
    return Order(
        name=name, source=REDIS, restore_time="", shape=REDIS_SHAPE, tags=TAGS, backup=backup
    )


def restored(project: Project, backup: str, name: str = NAME) -> str:
    outcome = project.backups.restore_to_new(order_of(backup, name), PASSWORD)
    assert isinstance(outcome, Accepted)
    assert outcome.job
    assert outcome.copy
    return outcome.copy


def seen(project: Project, instance: str) -> Database:
    found = project.backups.database(instance)
    assert found
    return found


def shown(project: Project) -> Backup:
    (found,) = project.backups.backups(REDIS)
    return found


# What is there


def test_a_project_tells_its_id(project: Project) -> None:
    assert project.backups.project_id == PROJECT


def test_an_instance_tells_everything_that_a_new_one_like_it_needs(project: Project) -> None:
    found = seen(project, REDIS)

    assert (found.id, found.name, found.status) == (REDIS, "orders-cache", "normal")
    assert found.addresses
    assert found.port
    assert found.shape
    assert found.shape == msgspec.structs.replace(REDIS_SHAPE, port=found.shape.port)


def test_what_is_not_listed_is_none_and_no_error(project: Project) -> None:
    assert project.backups.database(NOBODY) is None
    assert list(project.backups.named("nobody")) == []
    assert list(project.backups.backups(NOBODY)) == []


def test_an_instance_has_no_backup_before_one_is_made(project: Project) -> None:
    assert list(project.backups.backups(REDIS)) == []


# A backup


def test_a_backup_is_made_and_then_is_complete(project: Project) -> None:
    backup = backed_up(project)
    building = shown(project)
    project.let_it_be_backed_up()
    ready = shown(project)

    assert (building.id, building.name, building.instance, building.mark) == (
        *(backup, NAME, REDIS),
        MARK,
    )
    assert (building.status, building.is_complete, building.ended) == ("BUILDING", False, None)
    assert building.began
    assert (ready.id, ready.status, ready.is_complete) == (backup, "COMPLETED", True)
    assert ready.ended
    assert ready.size_gb is not None


def test_a_backup_that_fails_says_so_and_is_never_complete(project: Project) -> None:
    project.let_backups_fail()

    backup = complete(project)

    found = shown(project)
    assert (found.id, found.has_failed, found.is_complete) == (backup, True, False)


def test_while_a_backup_is_made_its_instance_is_busy_and_afterwards_is_not(
    project: Project,
) -> None:
    backed_up(project)
    meanwhile = project.actions()
    second = project.backups.back_up(REDIS, f"{NAME}-2", MARK)
    project.let_it_be_backed_up()

    assert meanwhile
    assert isinstance(second, Refused)
    assert (second.code, second.kind) == ("DBS.200011", "busy")
    assert project.actions() == ()
    assert [each.name for each in project.backups.backups(REDIS)] == [NAME]


def test_of_a_busy_instance_no_backup_is_made_for_now(project: Project) -> None:
    project.keep_busy()

    outcome = project.backups.back_up(REDIS, NAME, MARK)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("DBS.200011", "busy")
    assert list(project.backups.backups(REDIS)) == []


def test_of_nobody_no_backup_is_made(project: Project) -> None:
    outcome = project.backups.back_up(NOBODY, NAME, MARK)

    assert isinstance(outcome, Refused)
    assert not outcome.passes


def test_two_backups_may_share_a_name(project: Project) -> None:
    first, second = complete(project), complete(project)

    assert [each.id for each in project.backups.backups(REDIS)] == [second, first]


def test_a_backup_is_deleted(project: Project) -> None:
    backup = complete(project)

    deletion = project.backups.delete_backup(backup)
    project.let_it_be_gone()

    assert deletion == Deletion("taken")
    assert list(project.backups.backups(REDIS)) == []


def test_a_backup_that_is_being_made_is_too_busy_to_be_deleted(project: Project) -> None:
    backup = backed_up(project)

    deletion = project.backups.delete_backup(backup)
    project.let_it_be_gone()

    assert deletion.fate == "busy"
    assert deletion.sentence
    assert shown(project).id == backup


def test_a_backup_that_is_being_restored_is_too_busy_to_be_deleted(project: Project) -> None:
    backup = complete(project)
    restored(project, backup)

    early = project.backups.delete_backup(backup)
    project.let_it_be_made()
    late = project.backups.delete_backup(backup)

    assert (early.fate, late.fate) == ("busy", "taken")
    assert "DBS.201319" in early.sentence


def test_the_deletion_of_no_backup_is_refused(project: Project) -> None:
    deletion = project.backups.delete_backup(NO_BACKUP)

    assert deletion.fate == "refused"
    assert "DBS.201214" in deletion.sentence


# The new instance


def test_a_new_instance_is_made_and_then_is_normal_and_like_the_one_ordered(
    project: Project,
) -> None:
    copy = restored(project, complete(project))
    creating = seen(project, copy)
    project.let_it_be_made()
    ready = seen(project, copy)

    assert copy != REDIS
    assert (creating.id, creating.name, creating.status) == (copy, NAME, "creating")
    assert (creating.shape, creating.addresses) == (None, ())
    assert (ready.status, bool(ready.addresses), bool(ready.port)) == ("normal", True, True)
    assert ready.shape
    assert msgspec.structs.replace(ready.shape, port=6379) == REDIS_SHAPE


def test_a_new_instance_that_cannot_be_made_says_so(project: Project) -> None:
    project.let_copies_fail()
    copy = restored(project, complete(project))
    project.let_it_be_made()

    assert seen(project, copy).status == "createfail"
    assert project.backups.delete(copy) == Deletion("taken")


def test_a_new_instance_has_no_tags_until_it_is_given_some(project: Project) -> None:
    copy = restored(project, complete(project))
    before = seen(project, copy).tags

    project.backups.tag(copy, {"lastgood-owner": TAGS["lastgood-owner"]})
    project.backups.tag(copy, TAGS)
    project.backups.tag(copy, TAGS)

    assert before == {}
    assert seen(project, copy).tags == TAGS
    (named,) = project.backups.named(NAME)
    assert named.tags == TAGS
    assert seen(project, REDIS).tags == {}


def test_tags_for_nobody_are_an_error(project: Project) -> None:
    with pytest.raises(CloudError) as caught:
        project.backups.tag(NOBODY, TAGS)

    assert NOBODY in told(caught.value)


def test_instances_are_found_by_exactly_their_name_and_two_may_share_it(project: Project) -> None:
    backup = complete(project)
    longer = restored(project, backup, f"{NAME}-2")
    exact = [restored(project, backup), restored(project, backup)]

    assert {found.id for found in project.backups.named(NAME)} == set(exact)
    assert [found.id for found in project.backups.named(f"{NAME}-2")] == [longer]
    assert list(project.backups.named(NAME[:-1])) == []


@pytest.mark.parametrize("backup", [NO_BACKUP, None, "building", "failed"])
def test_only_a_complete_backup_is_restored(project: Project, backup: str | None) -> None:
    if backup == "failed":
        project.let_backups_fail()
        backup = complete(project)
    elif backup == "building":
        backup = backed_up(project)

    outcome = project.backups.restore_to_new(order_of(backup), PASSWORD)

    assert isinstance(outcome, Refused)
    assert not outcome.passes
    assert list(project.backups.named(NAME)) == []


# Deletions of instances


def test_a_new_instance_is_deleted_and_its_source_and_the_backup_stay(project: Project) -> None:
    backup = complete(project)
    copy = restored(project, backup)
    project.let_it_be_made()
    seen(project, copy)

    deletion = project.backups.delete(copy)
    project.let_it_be_gone()

    assert deletion == Deletion("taken")
    assert project.backups.database(copy) is None
    assert project.backups.database(REDIS)
    assert shown(project).id == backup


def test_a_backup_outlives_its_instance_and_can_be_restored(project: Project) -> None:
    backup = complete(project)
    assert project.backups.delete(REDIS) == Deletion("taken")
    project.let_it_be_gone()

    copy = restored(project, backup)

    assert project.backups.database(REDIS) is None
    assert shown(project).id == backup
    assert seen(project, copy).status == "creating"


def test_an_instance_that_is_being_made_is_too_busy_to_be_deleted(project: Project) -> None:
    copy = restored(project, complete(project))
    seen(project, copy)

    deletion = project.backups.delete(copy)
    project.let_it_be_gone()

    assert deletion.fate == "busy"
    assert deletion.sentence
    assert project.backups.database(copy)


def test_an_instance_of_which_a_backup_is_made_is_too_busy_to_be_deleted(
    project: Project,
) -> None:
    backed_up(project)

    assert project.backups.delete(REDIS).fate == "busy"


def test_the_deletion_of_nobody_is_refused(project: Project) -> None:
    deletion = project.backups.delete(NOBODY)

    assert deletion.fate == "refused"
    assert "DBS.200002" in deletion.sentence


def _backup_of(backups: Backups) -> Backup:
    backups.back_up(REDIS, NAME, MARK)
    return backups.backups(REDIS)[0]


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda backups: backups.database(REDIS), Database),
        (lambda backups: backups.database(REDIS).shape, Shape),
        (lambda backups: backups.named("orders-cache"), list[Database]),
        (_backup_of, Backup),
        (lambda backups: backups.back_up(REDIS, NAME, MARK), Accepted),
        (lambda backups: backups.delete_backup(NO_BACKUP), Deletion),
    ],
    ids=["database", "shape", "named", "backup", "accepted", "deletion"],
)
def test_whatever_is_read_can_be_written_down_and_read_again(
    project: Project, read: Callable[[Backups], Any], kind: Any
) -> None:
    found = read(project.backups)

    assert canonical.decode(canonical.encode(found), kind) == found
