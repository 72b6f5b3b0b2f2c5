from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain.copies import UNHEARD_OF
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.restore import Deletion, Unknown
from lastgood.domain.undo import Backup, Expiry, UndoPoint
from lastgood.ports import CloudError
from lastgood.workflows import letting_go, undoing
from lastgood.workflows.deleting import CopyError, NotYetError
from lastgood.workflows.letting_go import GONE
from lastgood.workflows.notifying import notify
from lastgood.workflows.recovery import recover
from lastgood.workflows.starting import start_what_is_due
from tests.support.builders import REDIS, policy_text
from tests.support.fakes import FakeBackups, FakeFlow, FakeWorld, service_times
from tests.support.scenes import incident

KEPT_A_DAY = policy_text(undo="require", redis='undo_keep = "1d"')


def restored(policy: str) -> FakeWorld:
    """The world after a restore in place, with a backup of what it has overwritten."""
    made = FakeWorld(parse_policy(policy))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    made.backups("prod").add(REDIS, "orders-cache")
    recover(incident(), FakeFlow(), made)
    return made


@pytest.fixture
def world() -> FakeWorld:
    return restored(KEPT_A_DAY)


def saved(world: FakeWorld) -> FakeBackups:
    return world.backups("prod")


def point(world: FakeWorld) -> UndoPoint:
    (only,) = world.ledger.undo_points()
    return only


def let_go(world: FakeWorld, by: str | None = "ann") -> Deletion:
    return letting_go.let_go(point(world).name, by, world)


def change(world: FakeWorld, **facts: Any) -> None:
    """Let the service list the backup otherwise."""
    backups = saved(world)
    ((id_, found),) = backups.kept.items()
    backups.kept[id_] = msgspec.structs.replace(found, **facts)


def test_a_person_lets_a_backup_go_at_any_time(world: FakeWorld) -> None:
    assert let_go(world).fate == "taken"
    assert letting_go.is_gone(point(world).name, world)

    assert point(world).stage == "gone"
    assert saved(world).kept == {}
    assert world.ledger.known("incident-1").undo == point(world)
    assert let_go(world) == GONE


def test_that_it_is_gone_is_told_by_the_list_only(world: FakeWorld) -> None:
    saved(world).deletions = [Deletion("taken")]

    let_go(world)

    assert letting_go.is_gone(point(world).name, world) is False
    assert point(world).stage == "deleting"


def test_one_that_is_not_being_deleted_is_not_taken_for_gone(world: FakeWorld) -> None:
    saved(world).kept.clear()

    assert letting_go.is_gone(point(world).name, world) is False
    with pytest.raises(NotYetError, match="it is not listed"):
        let_go(world)


def test_what_somebody_else_has_deleted_is_gone_once_it_cannot_be_listed_late(
    world: FakeWorld,
) -> None:
    saved(world).kept.clear()
    world.now.pass_(UNHEARD_OF + timedelta(minutes=1))

    assert let_go(world) == GONE
    assert (point(world).stage, saved(world).deleted) == ("gone", [])


def test_one_whose_answer_was_lost_is_deleted_by_its_name() -> None:
    made = FakeWorld(parse_policy(policy_text(undo="try")))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    saved(made).outcomes = [Unknown("the answer was lost")]
    recover(incident(), FakeFlow(), made)
    ((_, name, mark),) = saved(made).backed_up
    saved(made).life = ["COMPLETED"]
    backup = saved(made).appear(REDIS, name, mark)

    assert let_go(made).fate == "taken"
    assert saved(made).deleted == [backup]
    assert letting_go.is_gone(point(made).name, made)


def test_what_is_found_of_an_earlier_backup_leaves_the_latest_as_it_is(world: FakeWorld) -> None:
    latest = point(world)
    earlier = msgspec.structs.replace(latest, name="earlier", plan="another", number=0, id="older")

    world.ledger.note_undo_point(earlier, world.now())

    assert world.ledger.known("incident-1").undo == latest
    assert world.ledger.undo_point("earlier") == earlier


def test_in_another_project_nothing_is_taken_for_gone(world: FakeWorld) -> None:
    let_go(world)
    saved(world).project_id = "0" * 32

    assert letting_go.is_gone(point(world).name, world) is False


def test_after_its_time_it_goes_by_itself(world: FakeWorld) -> None:
    world.now.pass_(timedelta(days=1, minutes=1))

    start_what_is_due("prod", world)
    (order,) = [one for one in world.starter.ordered.values() if isinstance(one, Expiry)]

    assert order.expires == point(world).name
    assert letting_go.expire(order, FakeFlow(), world) == GONE
    assert point(world).stage == "gone"


def test_before_its_time_it_stays(world: FakeWorld) -> None:
    world.now.pass_(timedelta(hours=23))

    start_what_is_due("prod", world)

    assert not [one for one in world.starter.ordered.values() if isinstance(one, Expiry)]
    with pytest.raises(CopyError, match="only a person lets it go"):
        let_go(world, by=None)


def test_of_another_cloud_none_is_due(world: FakeWorld) -> None:
    world.now.pass_(timedelta(days=2))

    start_what_is_due("another", world)

    assert not [one for one in world.starter.ordered.values() if isinstance(one, Expiry)]


def test_one_that_is_gone_is_not_due(world: FakeWorld) -> None:
    let_go(world)
    assert letting_go.is_gone(point(world).name, world)
    world.now.pass_(timedelta(days=2))

    start_what_is_due("prod", world)

    assert not [one for one in world.starter.ordered.values() if isinstance(one, Expiry)]


def test_without_a_time_it_stays_for_ever() -> None:
    world = restored(policy_text(undo="require"))
    world.now.pass_(timedelta(days=999))

    with pytest.raises(CopyError, match="only a person lets it go"):
        let_go(world, by=None)


def test_without_its_instance_in_the_policy_it_stays(world: FakeWorld) -> None:
    other = policy_text(undo="require").replace(REDIS, "f" * 32 + "in12")
    world.current_policy = parse_policy(other)
    world.now.pass_(timedelta(days=999))

    with pytest.raises(CopyError, match="only a person lets it go"):
        let_go(world, by=None)


def test_what_somebody_keeps_does_not_go_by_itself(world: FakeWorld) -> None:
    world.ledger.keep_undo_point(point(world).name, "ann", world.now())
    world.now.pass_(timedelta(days=2))

    with pytest.raises(CopyError, match="only a person lets it go"):
        let_go(world, by=None)


def test_what_somebody_keeps_while_it_is_being_made_stays_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = FakeWorld(parse_policy(KEPT_A_DAY))
    made.cloud.add_points(REDIS, *service_times("11:20:20", "11:40:20"))
    look = saved(made).backups

    def meanwhile(instance: str) -> Sequence[Backup]:
        for one in made.ledger.undo_points():
            made.ledger.keep_undo_point(one.name, "ann", made.now())
        return look(instance)

    monkeypatch.setattr(saved(made), "backups", meanwhile)

    recover(incident(), FakeFlow(), made)

    assert (point(made).stage, point(made).keep) == ("ready", True)
    assert made.ledger.known("incident-1").undo == point(made)


def test_what_goes_already_is_not_kept(world: FakeWorld) -> None:
    let_go(world)

    kept = world.ledger.keep_undo_point(point(world).name, "ann", world.now())

    assert kept is not None
    assert (kept.stage, kept.keep) == ("deleting", False)
    assert world.ledger.keep_undo_point("another", "ann", world.now()) is None


@pytest.mark.parametrize(
    "facts", [{"state": "failed"}, {"reason": "not validated: no answer"}, {"effect": "none"}]
)
def test_after_no_good_end_it_does_not_go_by_itself(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch, facts: dict[str, str]
) -> None:
    known = world.ledger.known

    def otherwise(incident: str) -> Recovery:
        return msgspec.structs.replace(known(incident), **facts)

    monkeypatch.setattr(world.ledger, "known", otherwise)
    world.now.pass_(timedelta(days=2))

    with pytest.raises(CopyError, match="only a person lets it go"):
        let_go(world, by=None)


@pytest.mark.parametrize(
    "facts", [{"name": "another"}, {"mark": "nothing"}, {"instance": "f" * 32 + "in12"}]
)
def test_what_is_not_as_it_was_made_is_not_deleted(world: FakeWorld, facts: dict[str, str]) -> None:
    change(world, **facts)
    if "instance" in facts:
        saved(world).backups = lambda _: list(saved(world).kept.values())  # type: ignore[method-assign,assignment]

    with pytest.raises(CopyError, match="not what was made"):
        let_go(world)

    assert saved(world).deleted == []


def test_nothing_is_deleted_in_another_project(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = FakeBackups(world.now, "0" * 32)
    monkeypatch.setattr(world, "backups_restorer", lambda _: elsewhere)

    with pytest.raises(CopyError, match="it was made in the project"):
        let_go(world)

    assert elsewhere.deleted == []


def test_nothing_is_deleted_while_its_recovery_is_under_way(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = world.ledger.known
    monkeypatch.setattr(
        world.ledger,
        "known",
        lambda incident: msgspec.structs.replace(known(incident), state="accepted"),
    )

    with pytest.raises(CopyError, match="it may be needed"):
        let_go(world)


def test_nothing_is_deleted_while_it_is_being_restored(world: FakeWorld) -> None:
    undoing.make("incident-1", "ann", world)

    with pytest.raises(CopyError, match="is being made of it"):
        let_go(world)


def test_what_changed_while_it_was_looked_at_is_not_deleted(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.ledger, "begin_letting_go", lambda *_: False)

    with pytest.raises(NotYetError, match="has changed"):
        let_go(world)

    assert saved(world).deleted == []


def test_the_ledger_lets_nobody_delete_what_has_changed(world: FakeWorld) -> None:
    before = point(world)
    world.ledger.keep_undo_point(before.name, "ann", world.now())

    assert world.ledger.begin_letting_go(before, "undo_keep", world.now()) is False


def test_what_was_never_made_is_no_backup(world: FakeWorld) -> None:
    with pytest.raises(CopyError, match="there is no backup another"):
        letting_go.let_go("another", "ann", world)
    world.ledger.note_let_go(
        msgspec.structs.replace(point(world), name="another"), "gone", world.now()
    )

    assert [one.name for one in world.ledger.undo_points()] == [point(world).name]


def test_while_it_cannot_be_read_it_is_tried_again(world: FakeWorld) -> None:
    world.now.pass_(timedelta(days=2))
    saved(world).failing["backups"] = [CloudError("no answer", "wait", "throttled")] * 2
    order = Expiry(expires=point(world).name, hour="2026021811")

    assert letting_go.expire(order, FakeFlow(), world) == GONE
    assert order.id.startswith("expire-2026021811-")


def test_an_execution_that_was_to_let_a_backup_go_and_died_is_told(world: FakeWorld) -> None:
    order = Expiry(expires=point(world).name, hour="2026021811")
    detail = {"durableExecutionName": f"{order.id}-0123abcd", "status": "FAILED"}

    assert notify({"source": "aws.lambda", "detail": detail}, world.ledger, world.notifier)

    ((subject, text),) = world.notifier.sent
    assert subject == "lastgood: a backup whose time is over may be left"
    assert "lastgood copies" in text


def test_what_stays_is_left_to_the_next_verification(world: FakeWorld) -> None:
    world.now.pass_(timedelta(days=2))
    saved(world).deletions = [Deletion("busy", "it is being restored")] * 99
    order = Expiry(expires=point(world).name, hour="2026021811")

    assert letting_go.expire(order, FakeFlow(), world).fate == "busy"
    start_what_is_due("prod", world)

    assert [one for one in world.starter.ordered.values() if isinstance(one, Expiry)]


def test_what_may_not_go_is_asked_for_once(world: FakeWorld) -> None:
    order = Expiry(expires=point(world).name, hour="2026021811")

    assert letting_go.expire(order, FakeFlow(), world).fate == "refused"
    assert saved(world).deleted == []


def test_what_somebody_keeps_in_the_very_moment_of_its_deletion_is_not_deleted(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check and the write are about one reading of the record: what came between is seen."""
    world.now.pass_(timedelta(days=2))
    before, read, kept = point(world), world.store.read, list[str]()

    def then_keep(keys: Any) -> Any:
        found = read(keys)
        if not kept and any(key.partition == "backups" for key in keys):
            kept.append(before.name)
            world.ledger.keep_undo_point(before.name, "ann", world.now())
        return found

    monkeypatch.setattr(world.store, "read", then_keep)

    assert world.ledger.begin_letting_go(before, "undo_keep", world.now()) is False
    assert (point(world).keep, point(world).stage) == (True, "ready")
