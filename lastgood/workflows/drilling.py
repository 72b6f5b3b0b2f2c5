"""Drills: a restore by the recovery workflow, measured, and nothing of it left behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import msgspec

from lastgood.domain import copies, drills, fleet, ranges, times
from lastgood.domain.copies import Copy
from lastgood.domain.drills import Closing, Drawn, Drill, Report, Result
from lastgood.domain.errors import LastgoodError
from lastgood.domain.events import Kind, announce_drill
from lastgood.domain.lifecycle import ACTIVE, MOVES
from lastgood.domain.policy import Instance
from lastgood.domain.restore import Deletion
from lastgood.ports import Flow, Pace, StepFailedError
from lastgood.workflows import deleting
from lastgood.workflows.deleting import GONE, CopyError, NotYetError
from lastgood.workflows.reading import read_range
from lastgood.workflows.recording import send
from lastgood.workflows.recovery import recover
from lastgood.workflows.restoring import rules_of, shape_of
from lastgood.workflows.world import World

DELETING = Pace(timedelta(seconds=10), 1.3, timedelta(minutes=5), 60)
"""Over four hours: a copy is busy for as long as its first backup takes."""

NOT_TRIED: Result = "not-tried"

KINDS: dict[Result, Kind] = {
    "proved": "Drill Proved",
    "disproved": "Drill Disproved",
    "not-tried": "Drill Not Tried",
}


def drill(order: Drill, flow: Flow, world: World) -> Report:
    """Drill an instance, delete what that made, and tell how it went.

    One of a schedule that has to wait for its turn says nothing: the schedule asks again.
    """
    begun = flow.step("begin the drill", partial(_begin, order, world))
    if begun.ended_at or (begun.result and order.scheduled):
        return begun
    if begun.result:
        return _end(begun, begun.result, begun.reason, flow, world)
    try:
        drawn = flow.attempt("draw a moment", partial(_draw, order, begun, world))
    except StepFailedError as failure:
        failed = Drawn(reason=f"it could not be looked at: {failure}")
        drawn = flow.step("look once more", lambda: _begun_before(order, failed, world))
    if drawn.incident is None:
        return _end(begun, "not-tried", drawn.reason, flow, world)
    recovery = recover(drawn.incident, flow, world)
    if recovery.state in MOVES:
        return begun  # another execution of the same drill is at it
    left = _clean_up(order.drill, flow, world)
    report = msgspec.structs.replace(
        drills.measured(begun, recovery), rpo_seconds=drawn.rpo_seconds, left_behind=left
    )
    return _end(report, *drills.judge(recovery, drawn.hook), flow, world)


def _begin(order: Drill, world: World) -> Report:
    """Note that a drill begins; or the report of one that has ended, or does not begin."""
    report = Report(drill=order.drill, instance=order.instance, at=world.now())
    why = _may_not_begin(order, world)
    if known := world.ledger.report(order.drill):  # last: it may be what was found in the way
        return known
    if why is None:
        begun = world.ledger.begin_drill(report)
        if begun.drill == order.drill:
            return begun
        why = f"the drill {begun.drill} is under way"
    return msgspec.structs.replace(report, result="not-tried", reason=why)


def _may_not_begin(order: Drill, world: World) -> str | None:
    now, policy = world.now(), world.policy()
    instance = policy.by_id(order.instance)
    if instance is None or instance.drill_way is None:
        return "the policy does not say that it is drilled"
    last = world.ledger.drill(order.instance)
    if order.scheduled and not drills.is_due(instance, last, now):
        return "it is not due any more"
    if hours := drills.forbidden(instance, now):
        return f"no drill begins within {hours} UTC"
    if instance.drill_way == "copy":
        living, most = sum(one.may_exist for one in world.ledger.copies()), policy.fleet.max_copies
        if living >= most:
            return f"{living} copies may exist, and max_copies is {most}"
    return fleet.full_of_drills(world.ledger.fleet(), policy.fleet, now)


def _draw(order: Drill, begun: Report, world: World) -> Drawn:
    """Draw the moment, if there is one and nothing is known to be in the way.

    Where another execution of this drill has drawn it already, and may have died since, that one.

    Raises:
        CloudError: the cloud could not be read.
    """
    return _begun_before(order, _drawn(order, begun, world), world)


def _begun_before(order: Drill, drawn: Drawn, world: World) -> Drawn:
    """What another execution has drawn; asked last, because it may be what was in the way."""
    known = world.ledger.recovery(order.drill)
    if known is None:
        return drawn
    planned = known.plan.incident if known.plan else None
    return msgspec.structs.replace(drawn, incident=planned, reason=known.reason or "")


def _drawn(order: Drill, begun: Report, world: World) -> Drawn:
    now = world.now()
    instance = world.policy().by_id(order.instance)
    if instance is None or instance.drill_way is None:  # since it began
        return Drawn(reason="the policy does not say any more that it is drilled")
    reading = read_range(instance, world.clouds, now)
    # What alarms said of the instance itself: by copy, the drill has a chain of its own.
    asked = drills.incident_of(order, instance, now, begun.at)
    history = world.ledger.history(msgspec.structs.replace(asked, drill="in-place"))
    doubted = [one.onset for one in history.suspects]
    if instance.drill_way == "in-place" and (doubted or history.active or history.proposed):
        return Drawn(reason="an alarm about it is not settled")
    before = min(doubted) - instance.margin if doubted else None
    after = history.undone.ended_at if history.undone else None
    moment = drills.draw(reading.range, order.drill, after, before)
    if moment is None:
        return Drawn(reason=_nothing(before))
    if instance.drill_way == "copy" and (why := _obstacle(instance, moment, world)):
        return Drawn(reason=why)
    lag = ranges.lag(reading.range, now)
    return Drawn(
        incident=drills.incident_of(order, instance, moment, begun.at),
        rpo_seconds=None if lag is None else times.whole_seconds(lag),
        hook=instance.validate,
    )


def _nothing(before: datetime | None) -> str:
    if before is None:
        return "nothing of it can be restored"
    since = times.print_rfc3339(times.floor_second(before))
    return f"an alarm about it is not settled, and nothing from before {since} can be restored"


def _obstacle(instance: Instance, moment: datetime, world: World) -> str | None:
    """Why no copy of it could be made, as far as can be read before it is ordered."""
    rds = world.rds(instance.cloud)
    found = rds.database(instance.id)
    if found is None or found.shape is None:
        return "it is not there, or does not say what it is like"
    shape = shape_of(found.shape, rules_of(instance.id, world))
    return rds.obstacle(instance.id, shape, moment)


def close(order: Closing, flow: Flow, world: World) -> Report | None:
    """End a drill whose execution died, and delete what is left of it; None if there was none."""
    report = flow.step("look at the drill", partial(_released, order, world))
    if report is None:
        return None
    left = _clean_up(order.closes, flow, world)
    if report.result is None or report.ended_at:
        return report
    ended = msgspec.structs.replace(report, left_behind=left)
    return _end(ended, report.result, report.reason, flow, world)


def _released(order: Closing, world: World) -> Report | None:
    """The report of a drill; one that must have died holds nothing any more, and has a result."""
    report = world.ledger.report(order.closes)
    if report is None or report.result or drills.is_under_way(report, world.now()):
        return report
    recovery, result, why = world.ledger.recovery(order.closes), NOT_TRIED, "its execution died"
    if recovery and recovery.state in ACTIVE:
        world.ledger.release(order.closes, why, world.now())
    elif recovery:
        instance = world.policy().by_id(report.instance)
        result, why = drills.judge(recovery, instance.validate if instance else None)
        report = drills.measured(report, recovery)
    return msgspec.structs.replace(report, result=result, reason=why)


def _clean_up(drill: str, flow: Flow, world: World) -> str | None:
    """Delete the copy that a drill made; why it may still be there, or None where none is.

    Not by a poll, whose looks must not fail: this asks the ledger as well.
    """
    seen = flow.step("delete the copy, 1", partial(_delete, drill, world))
    for look in range(2, DELETING.looks + 1):
        if seen == GONE or seen.fate == "refused":
            break
        flow.pause(f"pause to delete the copy, {look}", DELETING.wait(look - 1))
        seen = flow.step(f"delete the copy, {look}", partial(_delete, drill, world))
    return None if seen == GONE else seen.sentence


def _delete(drill: str, world: World) -> Deletion:
    """Ask for it, as often as it is still there; what is kept, or in use, is left alone."""
    name = copies.name_of(drill, world.ledger.identity())
    copy = world.ledger.copy(name)
    if copy is not None and copy.may_exist and copy.needs_a_person:
        return Deletion("refused", "somebody keeps it")
    try:
        if copy is None or not copy.may_exist:
            if _is_by_copy(drill, world):  # its password was kept before anything was ordered
                world.vault.forget(copies.secret_of(name))
            return GONE
        return GONE if deleting.is_gone(name, world) else _ask(copy, world)
    except LastgoodError as error:
        for_good = isinstance(error, CopyError) and not isinstance(error, NotYetError)
        return Deletion("refused" if for_good else "unknown", error.message)


def _ask(copy: Copy, world: World) -> Deletion:
    if copy.id is None:
        why = "it is not known whether it was made: verifications look for it by its name"
        return Deletion("refused", why)
    sent = deleting.delete(copy.name, None, world)
    return Deletion("busy", sent.sentence or f"its deletion was {sent.fate}")


def _is_by_copy(drill: str, world: World) -> bool:
    recovery = world.ledger.recovery(drill)
    return recovery is not None and recovery.plan is not None and recovery.plan.way == "copy"


def _end(report: Report, result: Result, reason: str, flow: Flow, world: World) -> Report:
    return flow.step("end the drill", partial(_tell, report, result, reason, world))


def _tell(report: Report, result: Result, reason: str, world: World) -> Report:
    """Record how a drill went, count it once, and tell it; unless another execution is at it."""
    known, now = world.ledger.recovery(report.drill), world.now()
    if known and known.state in MOVES:
        return report
    name = copies.name_of(report.drill, world.ledger.identity())
    # Counted in this step, not in one of its own: drills of earlier versions keep their steps.
    ended = msgspec.structs.replace(
        report,
        result=result,
        reason=reason,
        ended_at=now,
        leftovers=deleting.left_by(name, world),
    )
    if world.ledger.end_drill(ended, now):
        world.metrics.emit_drill(ended)
    instance = world.policy().by_id(ended.instance)
    send(KINDS[result], announce_drill(ended, instance, now), world)
    return ended
