"""What the ledger, the journal and the errors say of copies, to the word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain import copies
from lastgood.domain.copies import Reachable
from lastgood.domain.deleting import elsewhere
from lastgood.domain.journal import Entry
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.notices import tell_event
from lastgood.domain.restore import Job
from lastgood.ledger import records
from lastgood.ports import CloudError, Key
from lastgood.workflows.copies import look_after
from lastgood.workflows.deleting import GONE, CopyError, delete, is_gone
from lastgood.workflows.recovery import recover
from lastgood.workflows.restoring import ByCopy
from tests.support.builders import PROJECT, RDS, at
from tests.support.copies import COPY, bad_rows, copied, recovered, world_by_copy
from tests.support.fakes import FakeFlow, FakeWorld

NAME = "lastgood-drill-1-0123abcd"
LATER = timedelta(hours=40)


@pytest.fixture
def world() -> FakeWorld:
    return world_by_copy()


def last_entry(world: FakeWorld) -> Entry:
    *_, last = world.ledger.entries(RDS)
    return last


def ask(world: FakeWorld, by: str | None = "ada") -> CopyError:
    with pytest.raises(CopyError) as caught:
        delete(NAME, by, world)
    return caught.value


def refuse_to_read(world: FakeWorld) -> None:
    world.rdses["prod"].failing["database"] = [CloudError("no network", "wait")] * 9


# The journal


def test_that_somebody_keeps_a_copy_is_in_the_journal_of_its_source(world: FakeWorld) -> None:
    copied(world)
    world.ledger.keep(NAME, "ada", world.now())

    kept = last_entry(world)
    assert (kept.kind, kept.at, kept.incident) == ("copy-kept", world.now(), "drill-1")
    assert kept.detail == [NAME, "ada"]


@pytest.mark.parametrize("stage", ["refused", "deleting", "gone"])
def test_what_may_be_deleted_at_any_moment_is_not_said_to_be_kept(
    world: FakeWorld, stage: str
) -> None:
    copied(world, stage=stage)
    before = world.ledger.end(RDS)

    found = world.ledger.keep(NAME, "ada", world.now())

    assert (found.stage, found.keep, found.can_be_kept) == (stage, False, False)
    assert world.ledger.copy(NAME) == found
    assert world.ledger.end(RDS) == before


@pytest.mark.parametrize(("by", "told"), [("ada", "ada"), (None, "its owner")])
def test_who_had_a_copy_deleted_is_in_the_journal(
    world: FakeWorld, by: str | None, told: str
) -> None:
    copied(world)
    delete(NAME, by, world)

    going = last_entry(world)
    assert (going.kind, going.at, going.incident) == ("copy-deleting", world.now(), "drill-1")
    assert going.detail == [NAME, told]


def test_that_a_copy_is_gone_is_in_the_journal(world: FakeWorld) -> None:
    copied(world)
    delete(NAME, "ada", world)
    assert is_gone(NAME, world)

    gone = last_entry(world)
    assert (gone.kind, gone.at, gone.incident) == ("copy-gone", world.now(), "drill-1")
    assert gone.detail == [NAME, GONE.sentence]


def test_an_id_that_is_known_is_not_forgotten(world: FakeWorld) -> None:
    copy = copied(world)
    unknown = msgspec.structs.replace(copy, id=None)

    assert world.ledger.note_stage(unknown, "gone", "why", world.now()).id == COPY


def test_an_id_that_is_learnt_with_a_stage_is_kept(world: FakeWorld) -> None:
    copy = copied(world, id=None)
    known = msgspec.structs.replace(copy, id=COPY)

    assert world.ledger.note_stage(known, "gone", "why", world.now()).id == COPY


def test_a_copy_that_is_gone_is_neither_read_nor_told_of_again(world: FakeWorld) -> None:
    copied(world, stage="gone")
    refuse_to_read(world)

    assert is_gone(NAME, world)
    assert delete(NAME, "ada", world) == GONE
    assert world.publisher.kinds == []


# The errors


def test_of_what_is_in_use_it_is_said_where(world: FakeWorld) -> None:
    copied(world)
    policy = world.current_policy
    used = msgspec.structs.replace(policy.instance[0], known_as=(COPY,))
    instances = (used, *policy.instance[1:])
    world.current_policy = msgspec.structs.replace(policy, instance=instances)

    assert ask(world).hint == "remove it from the policy first, if it is not in use any more"


def test_of_what_has_other_marks_it_is_said_which(world: FakeWorld) -> None:
    copied(world)
    databases = world.rdses["prod"].databases
    databases[COPY] = msgspec.structs.replace(databases[COPY], tags={"a": "b"})

    assert ask(world).message == (
        f"{NAME} is not deleted: {COPY} has the name {NAME!r} and the tags {{'a': 'b'}}, not those "
        "of the copy that was made"
    )


def test_of_what_is_in_another_project_it_is_said_in_which(world: FakeWorld) -> None:
    copied(world, project_id="elsewhere")

    assert ask(world).message == (
        f"{NAME} is not deleted: it was made in the project elsewhere, and prod is {PROJECT}"
    )
    here = copies.Copy(
        name=NAME,
        cloud="prod",
        project_id="elsewhere",
        source=RDS,
        owner="o",
        purpose="drill",
        target=at("09:00:00"),
        ordered_at=at("09:00:00"),
    )

    doubt = elsewhere(here, ("one", "two", "one"))
    assert doubt
    assert doubt.why == "it was made in the project elsewhere, and prod is one, two"


def test_what_is_not_listed_yet_may_come(world: FakeWorld) -> None:
    copied(world, ordered_at=world.now())
    del world.rdses["prod"].databases[COPY]

    error = ask(world)
    assert error.message == f"{NAME} ({COPY}) is not in the list of instances"
    assert error.hint == "wait: a new instance is listed after a while"


def test_what_changed_meanwhile_is_looked_at_again(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied(world)
    monkeypatch.setattr(world.ledger, "begin_deletion", lambda *_: False)

    error = ask(world)
    assert error.message == f"{NAME} has changed while it was looked at: nothing was sent"
    assert error.hint == f"run lastgood copies delete {NAME} again"


def test_what_there_is_none_of_is_looked_up(world: FakeWorld) -> None:
    assert ask(world).hint == "run lastgood copies"


# Who is told, and of what


def test_of_a_copy_that_was_never_made_nobody_is_told(world: FakeWorld) -> None:
    copied(world, stage="refused", purpose="recovery")
    world.now.pass_(LATER)

    look_after("prod", world)

    assert world.publisher.kinds == []


@pytest.mark.parametrize("state", ["claimed", "firing", "unknown", "accepted"])
def test_what_is_being_made_is_left_to_its_recovery(world: FakeWorld, state: State) -> None:
    copied(world, id=None, stage="ordered", purpose="recovery")
    held = Recovery(incident="drill-1", instance=RDS, state=state, changed_at=world.now())
    (record,) = world.store.read([records.recovery("drill-1")])
    world.store.commit([records.put(record, held)])
    world.now.pass_(LATER)

    look_after("prod", world)

    known = world.ledger.copy(NAME)
    assert known
    assert (known.id, known.stage) == (None, "ordered")


def test_a_notice_names_every_address_of_a_copy() -> None:
    event = {
        "version": 1,
        "copy": NAME,
        "copy_id": COPY,
        "instance": RDS,
        "instance_name": "orders-db",
        "owner": "incident-1",
        "purpose": "recovery",
        "stage": "ready",
        "target": "2026-02-17T09:00:00Z",
        "at": "2026-02-17T10:00:00Z",
        "missing_seconds": 3600,
        "secret": "s",
        "addresses": ["192.168.0.1", "192.168.0.2"],
        "port": 3306,
        "summary": "ready",
    }
    notice = tell_event("Copy Ready", event)

    assert notice
    assert "Address: 192.168.0.1, 192.168.0.2, port 3306\n" in notice.text


# What a recovery does with its copy


def test_a_copy_is_ordered_again_where_the_policy_says_now(world: FakeWorld) -> None:
    first = copied(world)
    moved = msgspec.structs.replace(
        first, cloud="other", project_id="p2", ordered_at=at("10:00:00"), owner="another"
    )

    again = copies.ordered_again(first, moved)

    assert again == msgspec.structs.replace(moved, owner=first.owner)


def hooked() -> FakeWorld:
    world = world_by_copy()
    hook = "arn:aws:lambda:eu-west-1:1:function:f"
    policy = world.current_policy
    instances = tuple(
        msgspec.structs.replace(one, validate=hook) if one.id == RDS else one
        for one in policy.instance
    )
    world.current_policy = msgspec.structs.replace(policy, instance=instances)
    return world


def test_the_hook_is_told_where_the_copy_is_reached() -> None:
    world = hooked()
    recovery = recovered(world)

    assert recovery.copy
    assert recovery.copy.id
    expected = Reachable(
        id=recovery.copy.id,
        name=recovery.copy.name,
        addresses=("192.168.0.20",),
        port=3306,
        secret=f"lastgood/copies/{recovery.copy.name}",
    )
    assert world.validator.copies == [expected]


def test_a_copy_that_vanishes_before_its_hook_is_asked_is_looked_up() -> None:

    world = world_by_copy()
    recovery = recovered(world)
    assert recovery.copy
    assert recovery.copy.id
    del world.rdses["prod"].databases[recovery.copy.id]
    assert recovery.plan

    with pytest.raises(CloudError) as caught:
        ByCopy().reachable(recovery.plan, recovery, world)

    assert caught.value.message == f"{recovery.copy.id} is not listed"
    assert caught.value.hint == "open the console"


def test_why_a_copy_failed_is_what_its_own_job_says(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    rds = world.rdses["prod"]
    rds.life = ["BUILD", "FAILED"]
    asked: list[Any] = []

    def job(name: str) -> Job:
        asked.append(name)
        return Job(id=name, status="Failed", fail_reason="createVM failed.")

    monkeypatch.setattr(rds, "job", job)
    ended = recover(bad_rows(), FakeFlow(), world)

    assert ended.copy
    assert asked == [f"job-of-{ended.copy.id}"]
    assert ended.reason == f"the copy {ended.copy.id} failed: createVM failed."


@pytest.mark.parametrize("job", [None, "job-1"])
def test_without_a_job_no_reason_is_made_up(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, job: str | None
) -> None:

    recovery = msgspec.structs.replace(recovered(world), job=job)
    asked: list[str] = []
    monkeypatch.setattr(world.rdses["prod"], "job", asked.append)
    assert recovery.plan

    way = ByCopy()
    assert recovery.copy
    assert recovery.copy.id
    databases = world.rdses["prod"].databases
    databases[recovery.copy.id] = msgspec.structs.replace(
        databases[recovery.copy.id], status="FAILED"
    )
    seen = way.progress(recovery.plan, recovery, world)

    assert (seen.status, seen.fail_reason) == ("Failed", None)
    assert asked == ([job] if job else [])


# How records lie


@pytest.mark.parametrize(
    ("key", "partition", "sort"),
    [
        (records.opened("i"), "incident#i", "opened"),
        (records.recovery("i"), "incident#i", "recovery"),
        (records.improved("i"), "incident#i", "improved"),
        (records.announced("i"), "incident#i", "announced"),
        (records.callback("i", "0123456789abcdefff"), "incident#i", "callback#0123456789abcdef"),
        (records.only_callback("i"), "incident#i", "callback"),
        (records.copy("c"), "copies", "c"),
        (records.head("c"), "chain#c", "head"),
        (records.cleared("s"), "alarm#s", "cleared"),
        (records.finding("i"), "finding#i", "last"),
        (records.drill("d"), "drill#d", "report"),
        (records.last_drill("i"), "drills#i", "last"),
    ],
)
def test_a_record_lies_where_it_always_did(key: Key, partition: str, sort: str) -> None:
    assert key == Key(partition, sort)
