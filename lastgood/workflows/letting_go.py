"""Deleting the backup of what was overwritten: on a person's word, or where the policy says so.

As of a copy, the intent is written before the request, and that it is gone is told by the list of
backups and by nothing else.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from lastgood.domain import copies, keeping
from lastgood.domain.errors import LastgoodError
from lastgood.domain.restore import Deletion
from lastgood.domain.undo import Expiry, UndoPoint
from lastgood.ports import Flow, Pace
from lastgood.workflows.deleting import CopyError, NotYetError
from lastgood.workflows.undo_point import identified, listed
from lastgood.workflows.world import World

LETTING_GO = Pace(timedelta(seconds=10), 2, timedelta(minutes=5), 12)
"""Half an hour; what is not gone by then is looked at again by the next verification."""

GONE = Deletion("taken", "the list of backups no longer has it")


def let_go(name: str, by: str | None, world: World) -> Deletion:
    """Ask the service to delete a backup; `by` is the person who wants that, if anybody does.

    It may be asked again. One that is gone is not asked for.

    Raises:
        CopyError: something speaks against it, and nothing was sent.
        CloudError: it could not be read, and nothing was sent.
    """
    if is_gone(name, world):
        return GONE
    point = identified(_known(name, world), world)
    reader, restorer = world.backups(point.cloud), world.backups_restorer(point.cloud)
    found, recovery = listed(point, world), world.ledger.known(point.incident)
    if found is None or point.id is None:
        message = f"no id of {name} is known, or it is not listed"
        raise NotYetError(message, f"run lastgood undo {point.incident}")
    case = keeping.Case(
        point=point,
        found=found,
        ledger=world.ledger.identity(),
        projects=(reader.project_id, restorer.project_id),
        recovery=recovery,
        source=world.policy().by_id(point.instance),
        copy=world.ledger.copy(copies.name_of(f"undo-{point.incident}", world.ledger.identity())),
        now=world.now(),
        by=by,
    )
    if doubt := keeping.doubt(case):
        raise CopyError(f"{name} is not deleted: {doubt.why}", doubt.hint)
    if not world.ledger.begin_letting_go(point, by or "undo_keep", world.now()):
        hint = f"run lastgood copies delete {name} again"
        raise NotYetError(f"{name} has changed while it was looked at: nothing was sent", hint)
    return restorer.delete_backup(point.id)


def expire(order: Expiry, flow: Flow, world: World) -> Deletion:
    """Let a backup go whose time is over, as often as it is asked for and not gone yet."""
    seen = flow.step("let it go, 1", partial(_expire, order.expires, world))
    for look in range(2, LETTING_GO.looks + 1):
        if seen == GONE or seen.fate == "refused":
            break
        flow.pause(f"pause to let it go, {look}", LETTING_GO.wait(look - 1))
        seen = flow.step(f"let it go, {look}", partial(_expire, order.expires, world))
    return seen


def _expire(name: str, world: World) -> Deletion:
    try:
        return let_go(name, None, world)
    except LastgoodError as error:
        for_good = isinstance(error, CopyError) and not isinstance(error, NotYetError)
        return Deletion("refused" if for_good else "unknown", error.message)


def is_gone(name: str, world: World) -> bool:
    """Whether a backup is gone, which is noted; for a while one may only be listed late.

    Raises:
        CloudError: the list of backups could not be read.
    """
    point = _known(name, world)
    if point.stage == "gone":
        return True
    waited = point.stage == "deleting" or world.now() > point.ordered_at + copies.UNHEARD_OF
    if not waited or world.backups(point.cloud).project_id != point.project_id:
        return False
    if listed(point, world) is not None:
        return False
    world.ledger.note_let_go(point, GONE.sentence, world.now())
    return True


def _known(name: str, world: World) -> UndoPoint:
    point = world.ledger.undo_point(name)
    if point is None or not (point.may_exist or point.stage == "gone"):
        raise CopyError(f"there is no backup {name}", "run lastgood copies")
    return point
