"""Looking after copies: telling people of them, and finding out which are still there.

Nothing here deletes anything: that is `deleting`, which the function that verifies does not ship.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from lastgood.domain import copies
from lastgood.domain.copies import Copy, Database, Orphan, Orphans
from lastgood.domain.errors import LastgoodError
from lastgood.domain.events import (
    CopyEvent,
    Kind,
    announce_deleted,
    announce_overdue,
    announce_ready,
    announce_undone,
)
from lastgood.domain.lifecycle import ACTIVE, Recovery
from lastgood.domain.policy import Instance
from lastgood.domain.services import service_of
from lastgood.ports import Instances
from lastgood.workflows.recording import send
from lastgood.workflows.verification import READ_TAKES
from lastgood.workflows.world import World

TAKES = 2 * READ_TAKES
"""Seconds that two reads may take with all their attempts."""


def instances_of(copy: Copy, world: World) -> Instances:
    """The instances among which a copy is, by the credentials that read.

    Raises:
        LastgoodError: there are no credentials, or no such cloud.
    """
    of_redis = service_of(copy.source) == "geminidb-redis"
    return world.backups(copy.cloud) if of_redis else world.rds(copy.cloud)


def tell_ready(recovery: Recovery, world: World) -> None:
    """Tell people of the copy that a recovery made; without its address if it cannot be read."""
    copy = world.ledger.copy(recovery.copy.name) if recovery.copy else None
    if copy is None:
        return
    try:
        found = instances_of(copy, world).database(copy.id) if copy.id else None
    except LastgoodError:
        found = None
    event = announce_ready(recovery, copy, found, _source(copy, world), world.now())
    _tell("Copy Ready", event, world)


def tell_undone(copy: Copy, found: Database, world: World) -> None:
    """Tell people of the instance that has what a restore had overwritten."""
    _tell("Copy Ready", announce_undone(copy, found, _source(copy, world), world.now()), world)


def look_after(cloud: str, world: World) -> None:
    """Find out which copies of a cloud are still there, and remind people of those.

    What cannot be read is left as it is known; a reminder goes out all the same. The first cloud
    of the policy stands in for those that have no instance in it any more, so are not swept.
    Measures how many copies are overdue, of all clouds.
    """
    swept = _swept(world)
    stands_in = cloud in swept[:1]
    ours = [
        one
        for one in world.ledger.copies()
        if one.may_exist and (one.cloud == cloud or (stands_in and one.cloud not in swept))
    ]
    for known in sorted(ours, key=_last_told):
        if world.time_left() < TAKES:
            break  # the next sweep begins with those that were not told of
        source = _source(known, world)
        copy = known if known.id else _identified(known, world)
        try:
            instances = instances_of(copy, world)
            found = instances.database(copy.id) if copy.id else None
        except LastgoodError:
            found = None
        else:
            is_gone = copies.is_gone(copy, found, instances.project_id, world.now())
            waits = copy.needs_a_person or copy.stage != "deleting"  # else its drill finds that
            if copy.id and is_gone and waits and not _is_being_made(copy, world):
                tell_gone(copy, world)
                world.ledger.note_sighting(copy, "gone")
                continue
        if is_due(copy, source, world.now()):
            _tell("Copy Overdue", announce_overdue(copy, found, source, world.now()), world)
    world.metrics.emit_overdue(_left_over(world))


def _left_over(world: World) -> int:
    """How many copies are overdue, by the ledger and without a read of any cloud.

    The copies of all clouds: whichever sweep is the last to say so, it says the same, also where
    the sweep of another cloud failed, or this one had no time for all of its own.
    """
    now = world.now()
    return sum(
        copies.is_left_over(copy, _source(copy, world), now) for copy in world.ledger.copies()
    )


def look_for_orphans(cloud: str, world: World) -> Orphans:
    """The orphans of a cloud, to be told; not known where they cannot be read, or not in time."""
    if world.time_left() < TAKES:
        return Orphans()
    try:
        return Orphans(orphans(cloud, world))
    except LastgoodError:
        return Orphans()


def orphans(cloud: str, world: World) -> tuple[Orphan, ...]:
    """Every instance of a cloud with the mark of this ledger, which has no record of it.

    One that is recorded as never made, or as gone, is there after all; one that the policy names is
    in use. A cloud in which nothing is copied is not asked.

    Raises:
        LastgoodError: the policy or the list of instances could not be read.
    """
    mark = world.ledger.mark()
    if mark is None or not _is_copied_in(cloud, world):
        return ()
    # Before and after: one may be ordered, or go, while the list is read.
    before = _on_record(world)
    listed = world.rds(cloud).tagged(copies.LEDGER_TAG, mark)
    known = before | _on_record(world) | {instance.id for instance in world.policy().instance}
    return tuple(
        Orphan(id=one.id, name=one.name, created=one.created)
        for one in listed
        if copies.is_of(one, mark) and known.isdisjoint({one.id, one.name})
    )


def _is_copied_in(cloud: str, world: World) -> bool:
    return any(
        "copy" in {instance.recover, instance.drill_way}
        for instance in world.policy().instance
        if instance.cloud == cloud
    ) or any(copy.cloud == cloud for copy in world.ledger.copies())


def _on_record(world: World) -> set[str]:
    """The ids of the copies that may exist; of those whose id is not known yet the names."""
    return {copy.id or copy.name for copy in world.ledger.copies() if copy.may_exist}


def _swept(world: World) -> tuple[str, ...]:
    """The clouds that have an instance in the policy."""
    try:
        return tuple(instance.cloud for instance in world.policy().instance)
    except LastgoodError:
        return ()


def is_due(copy: Copy, source: Instance | None, now: datetime) -> bool:
    """Whether people are to be told of a copy again; of a drill's only once its time is over."""
    if not copy.needs_a_person and not copies.is_overdue(copy, source, now):
        return False
    return now - _last_told(copy) >= copies.remind_after(source)


def _last_told(copy: Copy) -> datetime:
    return copy.told_at or copy.ordered_at


def tell_gone(copy: Copy, world: World) -> None:
    """Tell that a copy is gone; whoever does notes it afterwards, so that nothing goes untold."""
    send("Copy Deleted", announce_deleted(copy, _source(copy, world), world.now()), world)


def _tell(kind: Kind, event: CopyEvent, world: World) -> None:
    send(kind, event, world)
    world.ledger.note_told(event.copy, world.now())


def _source(copy: Copy, world: World) -> Instance | None:
    """What the policy has of the source of a copy; without it people are told all the same."""
    try:
        return world.policy().by_id(copy.source)
    except LastgoodError:
        return None


def _identified(copy: Copy, world: World) -> Copy:
    """The copy with its id, if exactly one instance has its name, and its tags as well."""
    if _is_being_made(copy, world):
        return copy
    try:
        named = instances_of(copy, world).named(copy.name)
    except LastgoodError:
        return copy
    if len(named) != 1 or not copies.is_marked(named[0], copy, world.ledger.identity()):
        return copy
    return world.ledger.note_sighting(msgspec.structs.replace(copy, id=named[0].id), "made")


def _is_being_made(copy: Copy, world: World) -> bool:
    """Whether its recovery is under way, which looks for it itself; of a drill for so long only."""
    if copies.is_overdue(copy, _source(copy, world), world.now()):
        return False
    recovery = world.ledger.recovery(copy.owner)
    return recovery is not None and recovery.state in ACTIVE
