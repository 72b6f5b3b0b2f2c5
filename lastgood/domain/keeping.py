"""Whether a backup of what was overwritten may be let go: every reason against it, one by one.

Only what this ledger had made, as its record, its name, its mark and its instance say alike.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from lastgood.domain.copies import Copy
from lastgood.domain.deleting import Doubt, elsewhere
from lastgood.domain.lifecycle import MOVES, Recovery, needs_person
from lastgood.domain.policy import Instance
from lastgood.domain.restore import UNVALIDATED
from lastgood.domain.undo import Backup, UndoPoint, is_marked


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A backup to be deleted, by the record and as it was read right before.

    `recovery` is the one before which it was made, `source` what the policy has of its instance,
    `copy` the new instance that was made of it, `by` the person who asks for it; None where nobody
    does, and `undo_keep` says so.
    """

    point: UndoPoint
    found: Backup
    ledger: str
    projects: tuple[str, ...]
    recovery: Recovery
    source: Instance | None
    copy: Copy | None
    now: datetime
    by: str | None = None


BY_HAND = "open the backup in the console, and delete it there if it is to go"


def doubt(case: Case) -> Doubt | None:
    """The first reason against deleting it."""
    return next((found for each in DOUBTS if (found := each(case))), None)


def is_due(point: UndoPoint, recovery: Recovery, source: Instance | None, now: datetime) -> bool:
    """Whether the policy lets a backup go by now: a while after a good end, and not before."""
    keep = source.undo_keep if source else None
    if keep is None or point.keep or point.id is None or not point.may_exist:
        return False
    return ended_well(recovery) and now - recovery.changed_at >= keep


def ended_well(recovery: Recovery) -> bool:
    """Whether nothing speaks for a way back.

    It settled, its hook, if it has one, was asked, and its alarm did not stay red.
    """
    unvalidated = (recovery.reason or "").startswith(UNVALIDATED)
    return recovery.state == "settled" and not unvalidated and not needs_person(recovery)


def _unrecorded(case: Case) -> Doubt | None:
    if is_marked(case.found, case.point, case.ledger):
        return None
    what = f"{case.found.name!r} of {case.found.instance}, described as {case.found.mark!r}"
    return Doubt(f"{case.found.id} is {what}, not what was made", BY_HAND)


def _elsewhere(case: Case) -> Doubt | None:
    return elsewhere(case.point, case.projects)


def _under_way(case: Case) -> Doubt | None:
    if case.recovery.state not in MOVES:
        return None
    why = f"the recovery {case.recovery.incident} is {case.recovery.state}: it may be needed"
    return Doubt(why, "wait until it has ended")


def _being_restored(case: Case) -> Doubt | None:
    if case.copy is None or case.copy.stage not in {"ordered", "made"}:
        return None
    hint = f"run lastgood undo {case.point.incident} --yes, which waits until that is ready"
    return Doubt(f"{case.copy.name} is being made of it", hint)


def _not_due(case: Case) -> Doubt | None:
    if case.by is not None or is_due(case.point, case.recovery, case.source, case.now):
        return None
    hint = f"run lastgood copies delete {case.point.name}"
    return Doubt("only a person lets it go", hint)


DOUBTS: tuple[Callable[[Case], Doubt | None], ...] = (
    _unrecorded,
    _elsewhere,
    _under_way,
    _being_restored,
    _not_due,
)
