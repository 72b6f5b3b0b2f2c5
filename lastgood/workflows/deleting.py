"""Deleting a copy: only what this ledger made, and only once everything that is known says so.

The intent is written before the request. Whether the copy is gone is told by the list of instances
and by nothing else.
"""

from __future__ import annotations

from contextlib import suppress

from lastgood.domain import copies, deleting, times
from lastgood.domain.copies import Copy, Database
from lastgood.domain.drills import Leftovers
from lastgood.domain.errors import LastgoodError
from lastgood.domain.restore import Deletion
from lastgood.domain.services import service_of
from lastgood.ports import Instances
from lastgood.workflows.copies import instances_of, tell_gone
from lastgood.workflows.world import World


class CopyError(LastgoodError):
    """There is no such copy, or it is not deleted."""

    code = "copy"


class NotYetError(CopyError):
    """It is not deleted now, and may be later."""


GONE = Deletion("taken", "the list of instances no longer has it")


def delete(name: str, by: str | None, world: World) -> Deletion:
    """Ask the service to delete a copy; `by` is the person who wants that, if anybody does.

    It may be asked again, such as after it was busy. One that is gone is not asked for.

    Raises:
        CopyError: something speaks against it, and nothing was sent.
        CloudError: the copy could not be read, and nothing was sent.
    """
    copy = _known(name, world)
    if copy.stage == "gone":
        return GONE
    reader, restorer = instances_of(copy, world), _restorer_of(copy, world)
    projects = (reader.project_id, restorer.project_id)
    if doubt := deleting.elsewhere(copy, projects):
        raise CopyError(f"{name} is not deleted: {doubt.why}", doubt.hint)
    found = _found(copy, reader)
    if copies.is_gone(copy, found, reader.project_id, world.now()):
        return GONE
    if copy.id is None:
        message = f"no id of {name} is known: it may never have been made"
        raise CopyError(message, _until_known(copy) if found is None else deleting.WAIT)
    if found is None:
        hint = "wait: a new instance is listed after a while"
        raise NotYetError(f"{name} ({copy.id}) is not in the list of instances", hint)
    case = deleting.Case(
        copy=copy,
        found=found,
        ledger=world.ledger.identity(),
        projects=projects,
        policy=world.policy(),
        by=by,
    )
    if doubt := deleting.doubt(case):
        raise CopyError(f"{name} is not deleted: {doubt.why}", doubt.hint)
    if not world.ledger.begin_deletion(copy, by or "its owner", world.now()):
        hint = f"run lastgood copies delete {name} again"
        raise NotYetError(f"{name} has changed while it was looked at: nothing was sent", hint)
    return restorer.delete(copy.id)


def is_gone(name: str, world: World) -> bool:
    """Whether a copy is gone; then its password is forgotten, and that is told and noted.

    Raises:
        CloudError: the list of instances could not be read.
        VaultError: the password was not removed; to ask again tries that again.
    """
    copy = _known(name, world)
    if copy.stage != "gone":
        instances = instances_of(copy, world)
        if not copies.is_gone(copy, _found(copy, instances), instances.project_id, world.now()):
            return False
    world.vault.forget(copy.secret)
    if copy.stage != "gone":
        tell_gone(copy, world)
        world.ledger.note_stage(copy, "gone", GONE.sentence, world.now())
    return True


def left_by(name: str, world: World) -> Leftovers | None:
    """What the deletion of a copy left behind; None unless it was made, and is known to be gone.

    Both are only counted. What cannot be read is not known, and is no error.
    """
    copy = world.ledger.copy(name)
    if copy is None or copy.id is None or copy.stage != "gone":
        return None
    kept, made = None, None
    with suppress(LastgoodError):
        rds = world.rds(copy.cloud)
        if rds.project_id == copy.project_id:
            with suppress(LastgoodError):
                kept = rds.recycled(copy.id)
            made = rds.manual_backups(copy.id)
    return Leftovers(
        recycled=None if kept is None else len(kept),
        recycled_until=max(filter(None, kept or ()), default=None),
        manual_backups=made,
    )


def _found(copy: Copy, instances: Instances) -> Database | None:
    """What the list of instances has of a copy: by its id, or by its name where none is known."""
    return instances.database(copy.id) if copy.id else next(iter(instances.named(copy.name)), None)


def _restorer_of(copy: Copy, world: World) -> Instances:
    """The same by the credentials that restore."""
    of_redis = service_of(copy.source) == "geminidb-redis"
    return world.backups_restorer(copy.cloud) if of_redis else world.rds_restorer(copy.cloud)


def _until_known(copy: Copy) -> str:
    until = times.print_rfc3339(copy.ordered_at + copies.UNHEARD_OF)
    again = f"run lastgood copies delete {copy.name} again after {until}"
    return f"{again}: if no instance has its name by then, it was never made"


def _known(name: str, world: World) -> Copy:
    copy = world.ledger.copy(name)
    if copy is None or copy.stage == "refused":
        raise CopyError(f"there is no copy {name}", "run lastgood copies")
    return copy
