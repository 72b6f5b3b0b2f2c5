"""Whether a copy may be deleted: every reason against it, one small function each.

Nothing is deleted that this ledger did not make, as its record, its name and its tags say alike.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from lastgood.domain.copies import Copy, Database, Purpose, is_marked
from lastgood.domain.policy import Policy
from lastgood.domain.undo import UndoPoint


class Doubt(msgspec.Struct, frozen=True):
    """Why a copy is not deleted, and what to do."""

    why: str
    hint: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A copy to be deleted, by the record and as it was read right before.

    `ledger` is the identity of this ledger, `projects` those in which it would be read and deleted,
    `by` the person who asks for it; None where nobody does.
    """

    copy: Copy
    found: Database
    ledger: str
    projects: tuple[str, ...]
    policy: Policy
    by: str | None = None


WAIT = "wait for the next verification, which looks for it by its name; or look for it by hand"
BY_HAND = "open the instance in the console, and delete it there if it is to go"


def doubt(case: Case) -> Doubt | None:
    """The first reason against deleting it."""
    return next((found for each in DOUBTS if (found := each(case))), None)


def _unrecorded(case: Case) -> Doubt | None:
    if case.found.id == case.copy.id:
        return None
    return Doubt(f"the ledger has not recorded that it made {case.found.id} as this copy", WAIT)


def _unmarked(case: Case) -> Doubt | None:
    if is_marked(case.found, case.copy, case.ledger):
        return None
    why = f"{case.found.id} has the name {case.found.name!r} and the tags {case.found.tags}"
    return Doubt(f"{why}, not those of the copy that was made", BY_HAND)


def elsewhere(made: Copy | UndoPoint, projects: tuple[str, ...]) -> Doubt | None:
    """Why nothing that is read or done in these projects is about a copy, or a backup."""
    if all(project == made.project_id for project in projects):
        return None
    here = ", ".join(dict.fromkeys(projects))
    why = f"it was made in the project {made.project_id}, and {made.cloud} is {here}"
    return Doubt(why, f"set project_id of [cloud.{made.cloud}] to where it was made")


def _elsewhere(case: Case) -> Doubt | None:
    return elsewhere(case.copy, case.projects)


def _in_use(case: Case) -> Doubt | None:
    for instance in case.policy.instance:
        named = (instance.id, instance.range_instance, *instance.companions, *instance.known_as)
        if case.found.id in named:
            why = f"the policy names {case.found.id}, in {instance.name}: it is in use"
            return Doubt(why, "remove it from the policy first, if it is not in use any more")
    return None


def _for_a_person(case: Case) -> Doubt | None:
    if case.by is not None or not case.copy.needs_a_person:
        return None
    kept = "somebody keeps it" if case.copy.keep else _MADE_BY[case.copy.purpose]
    hint = f"run lastgood copies delete {case.copy.name}"
    return Doubt(f"{kept}: only a person deletes it", hint)


_MADE_BY: dict[Purpose, str] = {
    "recovery": "a recovery made it",
    "undo": "a person had it made",
}


DOUBTS: tuple[Callable[[Case], Doubt | None], ...] = (
    _unrecorded,
    _unmarked,
    _elsewhere,
    _in_use,
    _for_a_person,
)
