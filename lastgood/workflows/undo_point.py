"""Backing up what a restore in place is about to overwrite: once for a plan, and not for ever.

The ledger says that a backup is about to be asked for before it is, as it does of the restore. One
whose answer was lost is found again by its name, and is not asked for again.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import msgspec

from lastgood.domain import undo
from lastgood.domain.errors import LastgoodError
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.restore import Accepted, Outcome, Refused, Unknown
from lastgood.domain.undo import Backup, UndoPoint
from lastgood.ports import Backups, CloudError, Flow, InterruptedStepError, Pace
from lastgood.workflows.deciding import by_hand
from lastgood.workflows.restoring import REQUEST_TAKES
from lastgood.workflows.world import World

TURNS = 8
"""How often it is asked for while the instance is busy, or the request could not leave."""

PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=2)
"""Between two turns at first, and at most."""

WAITING = Pace(timedelta(seconds=5), 1.3, timedelta(seconds=30), 200)
"""Over an hour and a half, which is longer than `undo_within` may be."""

INTENT_TAKES = 20.0


def back_up(plan: Plan, flow: Flow, world: World) -> Refusal | None:
    """Have what a plan overwrites backed up; why nothing may be restored where it has to be."""
    if plan.undo is None:
        return None
    point = flow.step("undo point: begin", partial(_begin, plan, world))
    if not point.is_over:
        point = _ask(point, plan, flow, world)
    if not point.done_at:
        look = partial(_look, point, world)
        point = flow.poll("undo point: wait", look, lambda one: one.done_at is not None, WAITING)
    noted = flow.step("undo point: note", partial(_note, point, world))
    if plan.undo == "require" and not noted.serves(plan.hash):
        return without(plan, noted.why or "it is not complete")
    return None


def look_once_more(plan: Plan, flow: Flow, world: World) -> None:
    """Note it where a backup became complete after it was no longer waited for."""
    if plan.undo is not None:
        flow.step("undo point: look once more", partial(_look_once_more, plan, world))


def without(plan: Plan, why: str) -> Refusal:
    """The refusal to overwrite what is not backed up."""
    instance = plan.incident.instance
    return Refusal(
        incident=plan.incident,
        code="no-undo-point",
        message=f"nothing was sent to {instance}: it is not backed up, and has to be: {why}",
        hint=f'{by_hand(plan)}; or set undo_point = "try" for it in the policy',
    )


def identified(point: UndoPoint, world: World) -> UndoPoint:
    """The same, found by its name where its id was never told, and noted.

    Raises:
        CloudError: the list of backups could not be read.
    """
    elsewhere = world.backups(point.cloud).project_id != point.project_id
    found = None if point.id or elsewhere else listed(point, world)
    return _note(undo.seen(point, found, world.now()), world) if found else point


def _begin(plan: Plan, world: World) -> UndoPoint:
    """What is to be made; or what an earlier execution began to make for this plan."""
    recovery, now = world.ledger.known(plan.incident.id), world.now()
    if recovery.undo and recovery.undo.plan == plan.hash:
        return recovery.undo
    number = recovery.undo.number + 1 if recovery.undo else 1
    instance = world.policy().by_id(plan.incident.instance)
    point = UndoPoint(
        name=undo.name_of(plan.incident.id, number, world.ledger.identity()),
        incident=plan.incident.id,
        plan=plan.hash,
        cloud=plan.cloud,
        project_id="",
        instance=plan.incident.instance,
        number=number,
        ordered_at=now,
        until=now + (instance.undo_within if instance else timedelta()),
    )
    try:
        project = world.backups_restorer(plan.cloud).project_id
    except LastgoodError as error:
        return _failed(point, error.message, world)
    return msgspec.structs.replace(point, project_id=project)


def _failed(point: UndoPoint, why: str, world: World) -> UndoPoint:
    return msgspec.structs.replace(point, stage="failed", done_at=world.now(), why=why)


def _ask(point: UndoPoint, plan: Plan, flow: Flow, world: World) -> UndoPoint:
    """Have it asked for, again while that was turned down for now; then what is known of it."""
    turn = 0
    while True:
        turn += 1
        outcome = _take_turn(turn, point, plan, flow, world)
        if not (isinstance(outcome, Refused) and outcome.passes):
            break
        over = partial(_down, point, outcome, last=turn == TURNS, world=world)
        down = flow.step(f"undo point: turned down {turn}", over)
        if down.done_at:
            return down
        flow.pause(f"undo point: pause {turn}", min(PAUSE * 2 ** (turn - 1), LONGEST_PAUSE))
    match outcome:
        case Accepted(copy=found):
            return msgspec.structs.replace(point, stage="made", id=found)
        case Refused() as refused:
            why = f"{refused.code}: {refused.sentence}"
            return flow.step("undo point: refused", partial(_failed, point, why, world))
        case unknown:
            return msgspec.structs.replace(point, why=unknown.why)


def _take_turn(turn: int, point: UndoPoint, plan: Plan, flow: Flow, world: World) -> Outcome:
    order = partial(_order, point, plan, world)
    try:
        return flow.once(f"undo point: ask {turn}", order)
    except InterruptedStepError:
        asked = flow.step(f"undo point: look {turn}", partial(_was_asked, plan, world))
        return asked or Refused("not-sent", "the attempt was cut off", "unsent")


def _was_asked(plan: Plan, world: World) -> Unknown | None:
    known = world.ledger.known(plan.incident.id).undo
    if known and known.plan == plan.hash and known.stage != "refused":
        return Unknown("the attempt was cut off after its request may have been sent")
    return None


def _order(point: UndoPoint, plan: Plan, world: World) -> Outcome:
    """Look for it by its name, and ask for it where there is none."""
    try:
        found = listed(point, world)
        backups = world.backups_restorer(point.cloud)
    except LastgoodError as error:
        for_good = isinstance(error, CloudError) and error.trouble in {"permanent", "permission"}
        return Refused("not-sent", error.message, "permission" if for_good else "unsent")
    if found:
        return Accepted(job=None, copy=found.id)
    if world.now() >= point.until:
        return Refused("not-sent", "there was no time left for it")
    return _send(backups, point, plan, world)


def _send(backups: Backups, point: UndoPoint, plan: Plan, world: World) -> Outcome:
    """Write down that it is asked for, and ask."""
    if world.time_left() < INTENT_TAKES + REQUEST_TAKES:
        return Refused("not-sent", "too little time was left in this invocation", "unsent")
    if not world.ledger.order_undo_point(plan, point, world.now()):
        return Unknown("another attempt has asked for it")
    mark = undo.mark_of(point.incident, world.ledger.identity())
    if world.time_left() < REQUEST_TAKES:
        outcome: Outcome = Refused("not-sent", "writing the intent took too long", "unsent")
    else:
        outcome = backups.back_up(point.instance, point.name, mark)
    if isinstance(outcome, Refused) and outcome.passes:
        world.ledger.withdraw_undo_point(point, outcome.sentence, world.now())
    return outcome


def _down(point: UndoPoint, refused: Refused, *, last: bool, world: World) -> UndoPoint:
    """It as far as it came: over where there is no more time for it to be asked for again."""
    now = world.now()
    done_at = now if last or now >= point.until else None
    return msgspec.structs.replace(point, stage="refused", why=refused.sentence, done_at=done_at)


def _look(point: UndoPoint, world: World) -> UndoPoint:
    """How far it is; a look that failed says only why."""
    try:
        return undo.seen(point, listed(point, world), world.now())
    except LastgoodError as error:
        unseen = msgspec.structs.replace(point, why=f"it could not be seen: {error.message}")
        return undo.seen(unseen, None, world.now())


def listed(point: UndoPoint, world: World) -> Backup | None:
    """What the list of backups has of it: by its id or, where none is known, by its name.

    Raises:
        CloudError: it could not be read.
    """
    for one in world.backups(point.cloud).backups(point.instance):
        if one.id == point.id or (point.id is None and one.name == point.name):
            return one
    return None


def _note(point: UndoPoint, world: World) -> UndoPoint:
    return world.ledger.note_undo_point(point, world.now())


def _look_once_more(plan: Plan, world: World) -> UndoPoint | None:
    known = world.ledger.known(plan.incident.id).undo
    if known is None or known.is_over or known.stage == "refused":
        return known
    return _note(_look(known, world), world)
