"""The way back from a restore in place: its undo point, restored to a new instance.

A person asks for it. What it makes is a copy by the rules of all copies; that it is asked for at
most once is the ledger's doing, as ever.
"""

from __future__ import annotations

import msgspec

from lastgood.domain import copies, times, undo
from lastgood.domain.copies import Copy, Order
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import NOTHING_RESTORED, Recovery
from lastgood.domain.plan import Interval
from lastgood.domain.restore import Accepted, Refused
from lastgood.domain.undo import UndoPoint
from lastgood.ports import Backups
from lastgood.workflows.copies import tell_undone
from lastgood.workflows.restoring import shape_of
from lastgood.workflows.undo_point import identified
from lastgood.workflows.world import World

FIT = "normal"
"""How GeminiDB calls an instance that can be used."""


class UndoError(LastgoodError):
    """This recovery cannot be undone, or not now."""

    code = "undo"


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to go back to.

    `lost` is the interval whose writes the restore took away, `unkept` the end of it that is not in
    the backup either, if it is known. `copy` is the instance that was made of it, if it was.
    """

    incident: str
    instance: str
    point: UndoPoint
    lost: Interval | None
    unkept: Interval | None
    copy: Copy | None


def way_back(incident: str, world: World) -> WayBack:
    """What there is to go back to, by the ledger alone.

    Raises:
        UndoError: nothing was kept of what this incident's recovery overwrote, or nothing was.
    """
    recovery = world.ledger.recovery(incident)
    if recovery is None:
        raise UndoError(f"there is no recovery {incident}", "run lastgood status")
    point = recovery.undo
    if point is None or not point.may_exist:
        raise _nothing(recovery)
    if recovery.state in NOTHING_RESTORED:
        hint = f"run lastgood copies: its backup {point.name} is of no use any more"
        raise UndoError(f"{incident} is {recovery.state}: nothing was overwritten", hint)
    sent, plan = recovery.sent_at, recovery.plan
    held = point.holds or point.ordered_at
    return WayBack(
        incident=incident,
        instance=recovery.instance,
        point=point,
        lost=Interval(plan.target, sent) if plan and sent else None,
        unkept=Interval(held, sent) if sent and held < sent else None,
        copy=world.ledger.copy(name_of(incident, world)),
    )


def _nothing(recovery: Recovery) -> UndoError:
    point = recovery.undo
    why = "no backup was made before it"
    if point is not None:
        gone = point.stage == "gone"
        why = f"its backup {point.name} is gone" if gone else f"no backup was made: {point.why}"
    hint = "open the console: an automatic backup there restores to a new instance"
    return UndoError(f"{recovery.incident} cannot be undone: {why}", hint)


def name_of(incident: str, world: World) -> str:
    """The name of the instance that undoes a recovery."""
    return copies.name_of(f"undo-{incident}", world.ledger.identity())


def make(incident: str, by: str, world: World) -> Copy:
    """Have the undo point restored to a new instance; again, have what is missing of that done.

    Raises:
        UndoError: it cannot be, or what became of it is not known.
        LastgoodError: the cloud could not be read, or the password not be kept.
    """
    way = way_back(incident, world)
    known = way.copy if way.copy and way.copy.may_exist else None
    copy = (known and _identified(known, world)) or _order(way, by, world)
    world.backups_restorer(copy.cloud).tag(copy.id or "", _tags(copy, world))
    return copy


def is_ready(name: str, world: World) -> bool:
    """Whether what was made can be used; the first time, that is noted and told.

    Raises:
        UndoError: it never will be.
        CloudError: the list of instances could not be read.
    """
    copy = world.ledger.copy(name)
    if copy is None or copy.id is None:
        return False
    found = world.backups(copy.cloud).database(copy.id)
    if found is not None and found.status in copies.FAILED:
        hint = f"run lastgood copies delete {name}; then restore the backup in the console"
        raise UndoError(f"{name} is {found.status}: its data did not come back", hint)
    if found is None or found.status != FIT:
        return False
    if copy.stage == "made":
        tell_undone(copy, found, world)
        world.ledger.note_stage(copy, "ready", "it can be used", world.now())
    return True


def _order(way: WayBack, by: str, world: World) -> Copy:
    """Ask for the new instance, once."""
    point = way.point
    reader, restorer = world.backups(point.cloud), world.backups_restorer(point.cloud)
    _check_place(point, reader, restorer)
    point = identified(point, world)
    _check_backup(point, reader, world)
    source = reader.database(point.instance)
    if source is None or source.shape is None:
        hint = f"restore the backup {point.id} to a new instance in the console"
        raise UndoError(f"{point.instance} is not there, or does not say what it is like", hint)
    _check_room(world)
    instance = world.policy().by_id(point.instance)
    rules = instance.copy if instance else None
    copy = Copy(
        name=name_of(way.incident, world),
        cloud=point.cloud,
        project_id=point.project_id,
        source=point.instance,
        owner=way.incident,
        purpose="undo",
        target=point.holds or point.ordered_at,
        ordered_at=world.now(),
    )
    order = Order(
        name=copy.name,
        source=point.instance,
        restore_time="",
        shape=shape_of(source.shape, rules) if rules else source.shape,
        tags=_tags(copy, world),
        backup=point.id,
    )
    password = world.vault.password(copy.secret)
    if not world.ledger.order_copy(copy, by, way.copy):
        raise _unknown(copy, "somebody else has asked for it")
    match restorer.restore_to_new(order, password):
        case Accepted(copy=made) if made:
            known = msgspec.structs.replace(copy, id=made)
            return world.ledger.note_stage(known, "made", "the service took it", world.now())
        case Refused() as refused:
            why = f"{refused.code}: {refused.sentence}"
            world.ledger.note_stage(copy, "refused", why, world.now())
            hint = f"run lastgood undo {way.incident} --yes again once that is mended"
            raise UndoError(f"the service made no {copy.name}: {why}", hint)
        case unknown:
            raise _unknown(copy, getattr(unknown, "why", "the answer had no id"))


def _check_place(point: UndoPoint, *backups: Backups) -> None:
    for one in backups:
        if one.project_id != point.project_id:
            where = f"{point.name} is in the project {point.project_id}, and {point.cloud} is"
            hint = f"set project_id of [cloud.{point.cloud}] to where it was made"
            raise UndoError(f"{where} {one.project_id}", hint)


def _check_backup(point: UndoPoint, backups: Backups, world: World) -> None:
    """Look at the backup as it is now: what the ledger says of it may be old."""
    listed = backups.backups(point.instance)
    found = [one for one in listed if undo.is_marked(one, point, world.ledger.identity())]
    if not found:
        hint = "open the console, and see whether somebody has deleted it"
        raise UndoError(f"the backup {point.name} ({point.id}) is not listed", hint)
    if not found[0].is_complete:
        hint = "wait until it is complete, then run this again"
        raise UndoError(f"the backup {point.name} is {found[0].status}", hint)


def _check_room(world: World) -> None:
    living = sum(one.may_exist for one in world.ledger.copies())
    most = world.policy().fleet.max_copies
    if living >= most:
        hint = "run lastgood copies and delete one, or raise max_copies in [fleet]"
        raise UndoError(f"{living} copies may exist, and max_copies is {most}", hint)


def _identified(copy: Copy, world: World) -> Copy | None:
    """The instance that was asked for before, found by its name where its id was not told.

    None once it is certain that none was made.
    """
    if copy.id:
        return copy
    instances = world.backups(copy.cloud)
    named = instances.named(copy.name)
    if not named and copies.is_gone(copy, None, instances.project_id, world.now()):
        return None
    if len(named) != 1:
        what = "no instance has its name" if not named else "several instances have its name"
        raise _unknown(copy, what)
    known = msgspec.structs.replace(copy, id=named[0].id)
    return world.ledger.note_stage(known, "made", "it was found by its name", world.now())


def _unknown(copy: Copy, why: str) -> UndoError:
    until = times.print_rfc3339(copy.ordered_at + copies.UNHEARD_OF)
    hint = (
        f"run lastgood undo {copy.owner} --yes again: it looks for it; none is certain by {until}"
    )
    return UndoError(f"it is not known whether {copy.name} is being made: {why}", hint)


def _tags(copy: Copy, world: World) -> dict[str, str]:
    return copies.tags_of(copy.owner, world.ledger.identity())
