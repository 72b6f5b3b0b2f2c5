from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from lastgood.domain import copies
from lastgood.domain.notices import tell_event
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Accepted, Outcome, Refused, Unknown
from lastgood.ports import CloudError
from lastgood.workflows import deleting, undo_point, undoing
from lastgood.workflows.copies import look_after
from lastgood.workflows.deleting import CopyError
from lastgood.workflows.recovery import recover
from lastgood.workflows.undoing import UndoError
from tests.support.builders import POLICY, REDIS, policy_text
from tests.support.fakes import FakeBackups, FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident


def restored(policy: str = policy_text(undo="require")) -> FakeWorld:
    """The world after a restore in place, with a backup of what it has overwritten."""
    made = FakeWorld(parse_policy(policy))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    made.backups("prod").add(REDIS, "orders-cache")
    recover(incident(), FakeFlow(), made)
    return made


@pytest.fixture
def world() -> FakeWorld:
    return restored()


def saved(world: FakeWorld) -> FakeBackups:
    return world.backups("prod")


def name(world: FakeWorld) -> str:
    return f"lastgood-undo-incident-1-{world.ledger.identity()[:8]}"


def test_the_way_back_is_what_the_ledger_has_of_the_backup(world: FakeWorld) -> None:
    way = undoing.way_back("incident-1", world)

    recovery = world.ledger.known("incident-1")
    assert way.point == recovery.undo
    assert way.lost is not None
    assert recovery.plan is not None
    assert (way.lost.start, way.lost.end) == (recovery.plan.target, recovery.sent_at)
    assert (way.copy, way.unkept) == (None, None)


def test_a_person_has_an_instance_made_of_what_was_overwritten(world: FakeWorld) -> None:
    copy = undoing.make("incident-1", "ann", world)

    (order,) = saved(world).made
    assert order.backup == undoing.way_back("incident-1", world).point.id
    assert (copy.name, copy.purpose, copy.owner, copy.stage) == (
        name(world),
        "undo",
        "incident-1",
        "made",
    )
    assert saved(world).databases[copy.id or ""].tags == copies.tags_of(
        "incident-1", world.ledger.identity()
    )
    assert saved(world).passwords == [world.vault.kept[copy.secret]]


def test_it_is_shaped_as_its_source_but_for_what_the_policy_says() -> None:
    rules = 'copy = { security_group_id = "sg-2" }'
    world = restored(policy_text(undo="require", redis=rules))

    undoing.make("incident-1", "ann", world)

    source = saved(world).databases[REDIS].shape
    assert source is not None
    expected = msgspec.structs.replace(source, security_group_id="sg-2")
    assert saved(world).made[0].shape == expected


def test_once_it_can_be_used_that_is_told_once(world: FakeWorld) -> None:
    copy = undoing.make("incident-1", "ann", world)

    looks = [undoing.is_ready(copy.name, world) for _ in range(5)]

    assert looks == [False, False, True, True, True] or looks[-1]
    assert world.publisher.kinds.count("Copy Ready") == 1
    assert world.publisher.published[-1][1]["summary"].endswith(
        "is ready: it has what the restore of incident-1 overwrote"
    )
    found = world.ledger.copy(copy.name)
    assert found is not None
    assert found.stage == "ready"


def test_asking_again_makes_nothing_again(world: FakeWorld) -> None:
    first = undoing.make("incident-1", "ann", world)

    again = undoing.make("incident-1", "ben", world)

    assert (again.id, len(saved(world).made)) == (first.id, 1)


def test_an_answer_that_was_lost_is_found_by_the_name(world: FakeWorld) -> None:
    backups = saved(world)
    backups.copy_outcomes = [Unknown("no answer")]

    with pytest.raises(UndoError, match="it is not known whether") as unknown:
        undoing.make("incident-1", "ann", world)
    with pytest.raises(UndoError, match="no instance has its name"):
        undoing.make("incident-1", "ann", world)
    backups.appear_copy(backups.made[0])
    copy = undoing.make("incident-1", "ann", world)

    assert "lastgood undo incident-1 --yes" in unknown.value.hint
    assert (copy.stage, len(backups.made)) == ("made", 1)
    assert backups.databases[copy.id or ""].tags


def test_an_instance_that_was_certainly_not_made_is_asked_for_again(world: FakeWorld) -> None:
    saved(world).copy_outcomes = [Unknown("the answer was lost")]
    with pytest.raises(UndoError, match="it is not known"):
        undoing.make("incident-1", "ann", world)
    with pytest.raises(UndoError, match="no instance has its name"):
        undoing.make("incident-1", "ann", world)

    world.now.pass_(copies.UNHEARD_OF + timedelta(seconds=1))

    outdated = undoing.way_back("incident-1", world).copy
    assert undoing.make("incident-1", "ann", world).id in saved(world).databases
    assert len(saved(world).made) == 2
    assert outdated is not None
    assert world.ledger.order_copy(outdated, "ben", instead_of=outdated) is False


def test_of_several_of_its_name_none_is_taken(world: FakeWorld) -> None:
    backups = saved(world)
    backups.copy_outcomes = [Unknown("no answer")]
    with pytest.raises(UndoError):
        undoing.make("incident-1", "ann", world)
    backups.appear_copy(backups.made[0])
    backups.appear_copy(msgspec.structs.replace(backups.made[0], source="other"))
    if len(backups.named(name(world))) == 1:  # the fake numbers them by its orders
        backups.databases["f" * 32 + "in12"] = msgspec.structs.replace(
            backups.named(name(world))[0], id="f" * 32 + "in12"
        )

    with pytest.raises(UndoError, match="several instances have its name"):
        undoing.make("incident-1", "ann", world)


def test_after_a_refusal_it_may_be_asked_for_again(world: FakeWorld) -> None:
    saved(world).copy_outcomes = [Refused("DBS.200165", "the quota is used up")]

    with pytest.raises(UndoError, match="the quota is used up"):
        undoing.make("incident-1", "ann", world)

    assert undoing.make("incident-1", "ann", world).stage == "made"
    assert len(saved(world).made) == 2


def test_once_it_is_deleted_it_may_be_made_again(world: FakeWorld) -> None:
    copy = undoing.make("incident-1", "ann", world)
    while not undoing.is_ready(copy.name, world):
        pass
    assert deleting.delete(copy.name, "ann", world).fate == "taken"
    assert deleting.is_gone(copy.name, world)

    assert undoing.make("incident-1", "ann", world).id != ""
    assert len(saved(world).made) == 2


def test_nobody_but_a_person_deletes_it(world: FakeWorld) -> None:
    copy = undoing.make("incident-1", "ann", world)
    while not undoing.is_ready(copy.name, world):
        pass

    with pytest.raises(CopyError, match="a person had it made"):
        deleting.delete(copy.name, None, world)


def test_without_its_tags_it_is_not_deleted(world: FakeWorld) -> None:
    refused = CloudError("no answer", "wait")
    saved(world).failing["tag"] = [refused]
    with pytest.raises(CloudError):
        undoing.make("incident-1", "ann", world)
    known = world.ledger.copy(name(world))
    assert known is not None

    with pytest.raises(CopyError, match="not those of the copy"):
        deleting.delete(name(world), "ann", world)
    undoing.make("incident-1", "ann", world)  # which tags it

    assert saved(world).databases[known.id or ""].tags


def test_people_are_reminded_of_it(world: FakeWorld) -> None:
    copy = undoing.make("incident-1", "ann", world)
    world.now.pass_(timedelta(hours=25))

    look_after("prod", world)

    assert world.publisher.published[-1][0] == "Copy Overdue"
    assert world.publisher.published[-1][1]["copy"] == copy.name


def test_an_instance_that_failed_says_so(world: FakeWorld) -> None:
    saved(world).copy_life = ["creating", "createfail"]
    copy = undoing.make("incident-1", "ann", world)

    undoing.is_ready(copy.name, world)
    with pytest.raises(UndoError, match="is createfail"):
        undoing.is_ready(copy.name, world)


def test_what_was_never_made_is_not_ready(world: FakeWorld) -> None:
    assert undoing.is_ready(name(world), world) is False


def test_of_two_who_ask_one_makes_it(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.ledger, "order_copy", lambda *_: False)

    with pytest.raises(UndoError, match="somebody else has asked for it"):
        undoing.make("incident-1", "ann", world)

    assert saved(world).made == []


def test_the_ledger_lets_one_order_a_copy(world: FakeWorld) -> None:
    copy = undoing.make("incident-1", "ann", world)

    assert world.ledger.order_copy(copy, "ben") is False


def test_an_answer_without_an_id_is_unknown(world: FakeWorld) -> None:
    outcome: Outcome = Accepted("a job", None)
    saved(world).copy_outcomes = [outcome]

    with pytest.raises(UndoError, match="the answer had no id"):
        undoing.make("incident-1", "ann", world)


def lost_by_its_answer(policy: str) -> FakeWorld:
    """After a restore whose backup was listed only once it was not waited for any more."""
    made = FakeWorld(parse_policy(policy))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    backups = made.backups("prod")
    backups.add(REDIS, "orders-cache")
    backups.outcomes = [Unknown("the answer was lost")]
    recover(incident(), FakeFlow(), made)
    ((_, name, mark),) = backups.backed_up
    backups.life = ["COMPLETED"]
    backups.appear(REDIS, name, mark)
    return made


def test_a_backup_whose_answer_was_lost_is_found_by_the_name() -> None:
    world = lost_by_its_answer(policy_text(undo="try"))
    assert undoing.way_back("incident-1", world).point.id is None

    undoing.make("incident-1", "ann", world)

    (order,) = saved(world).made
    point = undoing.way_back("incident-1", world).point
    assert (point.id, point.stage) == (order.backup, "ready")
    assert world.ledger.undo_point(point.name) == point


def test_a_backup_of_another_project_is_not_found_by_the_name() -> None:
    world = lost_by_its_answer(policy_text(undo="try"))
    point = undoing.way_back("incident-1", world).point
    saved(world).project_id = "0" * 32

    assert undo_point.identified(point, world) == point


def test_nothing_is_made_of_a_backup_that_is_not_there(world: FakeWorld) -> None:
    saved(world).kept.clear()

    with pytest.raises(UndoError, match="is not listed"):
        undoing.make("incident-1", "ann", world)


def test_nothing_is_made_of_a_backup_that_is_not_complete(world: FakeWorld) -> None:
    backups = saved(world)
    for backup in backups.kept.values():
        backups.lives[backup.id] = ["BUILDING", "BUILDING"]

    with pytest.raises(UndoError, match="is BUILDING"):
        undoing.make("incident-1", "ann", world)


def test_nothing_is_made_in_another_project(world: FakeWorld) -> None:
    saved(world).project_id = "0" * 32

    with pytest.raises(UndoError, match="is in the project"):
        undoing.make("incident-1", "ann", world)


def test_nothing_is_made_beyond_the_cap(world: FakeWorld) -> None:
    world.current_policy = parse_policy(policy_text("[fleet]\nmax_copies = 1\n", undo="require"))
    other = copies.Copy(
        name="another",
        cloud="prod",
        project_id=saved(world).project_id,
        source=REDIS,
        owner="another",
        purpose="undo",
        target=world.now(),
        ordered_at=world.now(),
    )
    world.ledger.order_copy(other, "ann")

    with pytest.raises(UndoError, match="max_copies is 1"):
        undoing.make("incident-1", "ann", world)


def test_nothing_is_made_where_the_source_does_not_say_what_it_is_like(world: FakeWorld) -> None:
    saved(world).add(REDIS, "orders-cache", shape=None)

    with pytest.raises(UndoError, match="does not say what it is like"):
        undoing.make("incident-1", "ann", world)


def test_what_has_no_undo_point_cannot_be_undone() -> None:
    world = restored(POLICY)

    with pytest.raises(UndoError, match="no backup was made before it") as none:
        undoing.way_back("incident-1", world)
    with pytest.raises(UndoError, match="there is no recovery incident-9"):
        undoing.way_back("incident-9", world)

    assert "automatic backup" in none.value.hint


def test_why_there_is_no_backup_is_told() -> None:
    failed = FakeWorld(parse_policy(policy_text(undo="require")))
    failed.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    failed.backups("prod").outcomes = [Refused("DBS.280001", "it is not allowed")]
    recover(incident(), FakeFlow(), failed)

    with pytest.raises(UndoError, match="it is not allowed"):
        undoing.way_back("incident-1", failed)


def refused_once_backed_up() -> FakeWorld:
    """The world after a request that the service had refused twice, at last for good."""
    made = FakeWorld(parse_policy(policy_text(undo="require")))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    made.cloud.outcomes = [Refused("DBS.280001", "it is not allowed")]
    recover(incident(), FakeFlow(), made)
    return made


def test_there_is_no_way_back_where_nothing_was_overwritten() -> None:
    world = refused_once_backed_up()

    with pytest.raises(UndoError, match="is refused: nothing was overwritten") as none:
        undoing.make("incident-1", "ann", world)

    ((_, backup, _),) = saved(world).backed_up
    assert backup in none.value.hint
    assert saved(world).made == []


def test_a_backup_of_what_was_not_overwritten_is_told_with_the_command_that_deletes_it() -> None:
    world = refused_once_backed_up()

    notice = tell_event(*world.publisher.published[-1])

    assert notice is not None
    ((_, backup, _),) = saved(world).backed_up
    assert "It was backed up, and nothing was overwritten" in notice.text
    assert f"lastgood copies delete {backup}" in notice.text
    assert "lastgood undo" not in notice.text
    assert "lost_seconds" not in world.publisher.published[-1][1]
    assert "unkept_seconds" not in world.publisher.published[-1][1]["kept"]


def test_what_was_written_between_backup_and_request_is_told(world: FakeWorld) -> None:
    recovery = world.ledger.known("incident-1")
    assert recovery.sent_at is not None
    assert recovery.undo is not None
    earlier = msgspec.structs.replace(
        recovery.undo, holds=recovery.sent_at - timedelta(seconds=40), stage="made"
    )
    later = msgspec.structs.replace(recovery, undo=earlier)
    world.ledger.recovery = lambda _: later  # type: ignore[method-assign,assignment]

    way = undoing.way_back("incident-1", world)

    assert way.unkept is not None
    assert way.unkept.end - way.unkept.start == timedelta(seconds=40)
