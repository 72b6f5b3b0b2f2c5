"""The sixth never: nothing is deleted that this ledger did not make, by record, name and tags."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.domain.copies import LEDGER_TAG, OWNER_TAG, Copy
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Deletion, Validation
from lastgood.ledger import records
from lastgood.ports import CloudError, VaultError
from lastgood.workflows.deleting import CopyError, delete, is_gone
from tests.support.builders import POLICY, REDIS, at
from tests.support.copies import BY_COPY, COPY, copied, recovered, world_by_copy
from tests.support.fakes import FakeRds, FakeWorld

NAME = "lastgood-drill-1-0123abcd"


@pytest.fixture
def world() -> FakeWorld:
    return world_by_copy()


def noted(world: FakeWorld, name: str = NAME) -> Copy:
    copy = world.ledger.copy(name)
    assert copy is not None
    return copy


def change_instance(world: FakeWorld, **changes: object) -> None:
    databases = world.rdses["prod"].databases
    databases[COPY] = msgspec.structs.replace(databases[COPY], **changes)


def retag(world: FakeWorld, tag: str) -> None:
    tags = world.rdses["prod"].databases[COPY].tags
    change_instance(world, tags={**tags, tag: "another"})


def change_redis(world: FakeWorld, **changes: object) -> None:
    """Let the policy name the copy in its other instance."""
    policy = world.current_policy
    instances = tuple(
        msgspec.structs.replace(one, **changes) if one.id == REDIS else one
        for one in policy.instance
    )
    world.current_policy = msgspec.structs.replace(policy, instance=instances)


def change_record(world: FakeWorld, **changes: object) -> None:
    (record,) = world.store.read([records.copy(NAME)])
    changed = msgspec.structs.replace(noted(world), **changes)
    world.store.commit([records.put(record, changed)])


def forget_its_id(world: FakeWorld) -> None:
    change_record(world, id=None)


def say_it_was_refused(world: FakeWorld) -> None:
    change_record(world, stage="refused")


def answer_of_another(world: FakeWorld) -> None:
    change_instance(world, id="99999999999999999999999999999999in01")


def keep(world: FakeWorld) -> None:
    world.ledger.keep(NAME, "ada", world.now())


def say_a_recovery_made_it(world: FakeWorld) -> None:
    change_record(world, purpose="recovery")


def turn_to_another_project(world: FakeWorld) -> None:
    world.rdses["prod"].project_id = "f" * 32


AGAINST: dict[str, tuple[Callable[[FakeWorld], object], str]] = {
    "no id is recorded": (forget_its_id, "no id of"),
    "its request was refused": (say_it_was_refused, "there is no copy"),
    "another id is read": (answer_of_another, "has not recorded that it made 9999"),
    "it has another name": (lambda w: change_instance(w, name="orders-db-2"), "not those of the"),
    "it has another owner": (lambda w: retag(w, OWNER_TAG), "not those of the copy"),
    "it is another ledger's": (lambda w: retag(w, LEDGER_TAG), "not those of the copy"),
    "it has no tags": (lambda w: change_instance(w, tags={}), "not those of the copy"),
    "it is in another project": (turn_to_another_project, "it was made in the project 619d"),
    "it is in the policy": (lambda w: change_redis(w, id=COPY), "it is in use"),
    "it is a range": (lambda w: change_redis(w, range=f"rds:{COPY}"), "it is in use"),
    "it is a companion": (lambda w: change_redis(w, companions=(COPY,)), "it is in use"),
    "it is known as another": (lambda w: change_redis(w, known_as=(COPY,)), "it is in use"),
    "somebody keeps it": (keep, "somebody keeps it: only a person deletes it"),
    "a recovery made it": (say_a_recovery_made_it, "a recovery made it: only a person deletes it"),
}
"""What speaks against deleting a copy of a drill, and what is said then."""


def test_a_copy_of_a_drill_is_deleted_where_nothing_speaks_against_it(world: FakeWorld) -> None:
    copied(world)

    assert delete(NAME, None, world) == Deletion("taken")
    assert world.rdses["prod"].deleted == [COPY]
    assert noted(world).stage == "deleting"


@pytest.mark.parametrize("against", AGAINST)
def test_nothing_is_sent_when_one_thing_speaks_against_it(world: FakeWorld, against: str) -> None:
    copied(world)
    bend, message = AGAINST[against]
    bend(world)
    before = noted(world)

    with pytest.raises(CopyError, match=message) as raised:
        delete(NAME, None, world)

    assert raised.value.hint
    assert world.rdses["prod"].deleted == []
    assert noted(world) == before


@given(st.sets(st.sampled_from(sorted(AGAINST))), st.none() | st.just("ada"))
def test_nothing_is_deleted_unless_nothing_speaks_against_it(
    against: set[str], by: str | None
) -> None:
    world = world_by_copy()
    copied(world)
    for each in sorted(against, key=list(AGAINST).index):
        AGAINST[each][0](world)
    if by:
        against = against - {"somebody keeps it", "a recovery made it"}
    try:
        delete(NAME, by, world)
    except CopyError:
        assert against
    else:
        assert not against
    assert world.rdses["prod"].deleted == ([] if against else [COPY])


@pytest.mark.parametrize("bend", [keep, say_a_recovery_made_it])
def test_a_person_may_delete_what_nothing_else_may(
    world: FakeWorld, bend: Callable[[FakeWorld], object]
) -> None:
    copied(world)
    bend(world)

    assert delete(NAME, "ada", world) == Deletion("taken")
    kinds = [(entry.kind, entry.detail) for entry in world.ledger.entries(noted(world).source)]
    assert kinds[-1] == ("copy-deleting", [NAME, "ada"])


@pytest.mark.parametrize("credentials", ["rds", "rds_restorer"])
def test_both_credentials_must_be_of_the_project_in_which_it_was_made(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, credentials: str
) -> None:
    copied(world)
    here, elsewhere = world.rdses["prod"], FakeRds(world.now, "f" * 32)
    elsewhere.databases = here.databases
    monkeypatch.setattr(world, "rds", lambda _: here)
    monkeypatch.setattr(world, "rds_restorer", lambda _: here)
    monkeypatch.setattr(world, credentials, lambda _: elsewhere)

    with pytest.raises(CopyError, match="it was made in the project"):
        delete(NAME, "ada", world)

    assert here.deleted == elsewhere.deleted == []


def test_the_intent_is_written_before_the_request(world: FakeWorld) -> None:
    copied(world)
    world.rdses["prod"].deletions = [RuntimeError("killed")]

    with pytest.raises(RuntimeError):
        delete(NAME, None, world)

    assert noted(world).stage == "deleting"


def test_a_copy_that_is_kept_at_the_last_moment_is_not_deleted(world: FakeWorld) -> None:
    copied(world)
    world.store.race = lambda: keep(world)

    with pytest.raises(CopyError, match="has changed while it was looked at: nothing was sent"):
        delete(NAME, None, world)

    assert world.rdses["prod"].deleted == []
    assert noted(world).stage == "made"


def test_a_copy_of_which_people_are_told_meanwhile_is_deleted_all_the_same(
    world: FakeWorld,
) -> None:
    copied(world)
    world.store.race = lambda: world.ledger.note_told(NAME, world.now())

    assert delete(NAME, None, world) == Deletion("taken")
    assert noted(world).told_at == world.now()


def test_one_that_is_busy_is_asked_for_again_and_its_intent_is_written_once(
    world: FakeWorld,
) -> None:
    copied(world)
    world.rdses["prod"].deletions = [Deletion("busy", "a backup is made")]

    assert delete(NAME, None, world).fate == "busy"
    assert delete(NAME, None, world).fate == "taken"

    chain = [entry.kind for entry in world.ledger.entries(noted(world).source)]
    assert chain == ["copy-deleting"]


def test_a_copy_that_cannot_be_read_is_not_deleted(world: FakeWorld) -> None:
    copied(world)
    world.rdses["prod"].failing["database"] = [CloudError("no answer", "wait")]

    with pytest.raises(CloudError):
        delete(NAME, "ada", world)

    assert world.rdses["prod"].deleted == []
    assert noted(world).stage == "made"


def test_a_taken_request_says_nothing_of_whether_it_is_gone(world: FakeWorld) -> None:
    copied(world)
    world.rdses["prod"].deletions = [Deletion("taken")]
    delete(NAME, None, world)

    assert not is_gone(NAME, world)
    assert noted(world).stage == "deleting"
    assert world.vault.forgotten == []


def test_what_the_list_no_longer_has_is_gone_and_its_password_is_forgotten(
    world: FakeWorld,
) -> None:
    copied(world)
    delete(NAME, None, world)

    assert is_gone(NAME, world)
    assert is_gone(NAME, world)

    assert noted(world).stage == "gone"
    assert set(world.vault.forgotten) == {f"lastgood/copies/{NAME}"}
    assert world.publisher.kinds == ["Copy Deleted"]
    assert delete(NAME, None, world).fate == "taken"
    assert world.rdses["prod"].deleted == [COPY]


def test_a_password_that_is_not_forgotten_is_tried_again(world: FakeWorld) -> None:
    copied(world)
    delete(NAME, None, world)
    world.vault.failing = 1

    with pytest.raises(VaultError):
        is_gone(NAME, world)
    assert noted(world).stage == "deleting"
    assert is_gone(NAME, world)
    assert noted(world).stage == "gone"


def test_one_that_somebody_deleted_by_hand_is_gone_without_a_request(world: FakeWorld) -> None:
    copied(world)
    del world.rdses["prod"].databases[COPY]

    assert delete(NAME, "ada", world) == Deletion("taken", "the list of instances no longer has it")
    assert is_gone(NAME, world)
    assert world.rdses["prod"].deleted == []


def test_what_another_project_does_not_list_is_not_gone_and_keeps_its_password(
    world: FakeWorld,
) -> None:
    copied(world)
    world.rdses["prod"].databases.clear()
    turn_to_another_project(world)

    with pytest.raises(CopyError, match="it was made in the project 619d"):
        delete(NAME, "ada", world)

    assert not is_gone(NAME, world)
    assert noted(world).stage == "made"
    assert world.vault.forgotten == []


def test_a_new_copy_that_is_not_listed_yet_is_not_gone(world: FakeWorld) -> None:
    copied(world, ordered_at=at("11:40:00"))
    del world.rdses["prod"].databases[COPY]

    with pytest.raises(CopyError, match="is not in the list of instances"):
        delete(NAME, "ada", world)
    assert not is_gone(NAME, world)


def test_one_whose_id_is_not_known_is_never_gone(world: FakeWorld) -> None:
    copied(world, id=None, stage="ordered")

    assert not is_gone(NAME, world)


def test_one_of_which_nothing_ever_showed_is_taken_for_gone_where_a_person_says_so(
    world: FakeWorld,
) -> None:
    copied(world, id=None, stage="ordered")
    world.rdses["prod"].databases.clear()
    world.now.time = at("16:00:00")

    with pytest.raises(CopyError, match="no id of") as refused:
        delete(NAME, "ada", world)
    assert refused.value.hint == (
        f"run lastgood copies delete {NAME} again after 2026-02-17T16:00:00Z: "
        "if no instance has its name by then, it was never made"
    )
    assert not is_gone(NAME, world)

    world.now.pass_(timedelta(seconds=1))
    assert delete(NAME, "ada", world).fate == "taken"
    assert is_gone(NAME, world)

    assert world.rdses["prod"].deleted == []
    assert world.vault.forgotten == [noted(world).secret]
    ((kind, told),) = world.publisher.published
    assert (kind, told["stage"], told["cost"]) == ("Copy Deleted", "gone", None)
    assert told["summary"].endswith("was never made")


def test_one_whose_id_is_not_known_is_not_gone_while_an_instance_has_its_name(
    world: FakeWorld,
) -> None:
    copied(world, id=None, stage="ordered")
    world.now.pass_(timedelta(days=1))

    with pytest.raises(CopyError, match="no id of") as refused:
        delete(NAME, "ada", world)

    assert refused.value.hint.startswith("wait for the next verification")
    assert not is_gone(NAME, world)
    assert world.rdses["prod"].deleted == []


def test_one_that_a_person_deletes_before_its_recovery_has_ended_is_not_ready(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(*_: object) -> Validation:
        assert delete(next(world.ledger.copies()).name, "ada", world).fate == "taken"
        return Validation("pass")

    monkeypatch.setattr(world.validator, "validate", impatient)
    hook = "arn:aws:lambda:eu-west-1:111122223333:function:check:live"
    world.current_policy = parse_policy(POLICY + BY_COPY + f'validate = "{hook}"\n')

    assert recovered(world).state == "settled"
    assert next(world.ledger.copies()).stage == "deleting"


def test_the_copy_of_a_recovery_stays_deleted_whatever_its_recovery_does_next(
    world: FakeWorld,
) -> None:
    recovery = recovered(world)
    assert recovery.state == "settled"
    assert recovery.copy is not None
    name = recovery.copy.name

    with pytest.raises(CopyError, match="a recovery made it: only a person deletes it"):
        delete(name, None, world)
    assert delete(name, "ada", world).fate == "taken"
    assert is_gone(name, world)
    assert noted(world, name).stage == "gone"
