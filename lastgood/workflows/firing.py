"""Sending the one request that destroys data, and having it carried out at most once.

The ledger, not the engine, is the guard: the intent to send is a conditional write that one
attempt alone can make, and it is made before the request. After it the request is never
sent again, even when its outcome is unknown; unless the service itself said that it was busy. Then
that intent is withdrawn, and the next one has another number.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import NamedTuple

from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.reading import Suspect
from lastgood.domain.restore import Outcome, Refused, Unknown
from lastgood.ledger import (
    HaltedError,
    Intent,
    LostRaceError,
    NewSuspicionError,
    NotStoppedError,
    NoUndoPointError,
)
from lastgood.ports import CloudError, Flow, InterruptedStepError, Pace
from lastgood.workflows.deciding import by_hand, outdated, recheck
from lastgood.workflows.hooks import not_stopped
from lastgood.workflows.restoring import REQUEST_TAKES, Request, is_idle, seen, way_of
from lastgood.workflows.undo_point import without
from lastgood.workflows.world import World

ATTEMPTS = 3
"""How often an attempt is made again that was cut off before it had written its intent."""

TURNS = 6
"""How often it is tried again when nothing could be sent; `max_plan_age` may end it sooner."""

PAUSE = timedelta(seconds=15)
"""Before the second turn; it doubles with each."""

UNTIL_IDLE = Pace(timedelta(seconds=10), 1.5, timedelta(seconds=30), 30)
"""About a quarter of an hour, which is what `max_plan_age` is by default."""

INTENT_TAKES = 20.0
"""Seconds that the intent may take; where it took longer, its request is not sent."""

PASSING = frozenset({"instance-busy", "not-sent"})
"""Refusals of one attempt after which another one may succeed."""


def fire(plan: Plan, claimed: Recovery, flow: Flow, world: World) -> Outcome | Refusal:
    """Send the request; while that is not possible wait, check again, and send it then.

    A refusal means that nothing was carried out, and that no intent stands. The incident may have
    withdrawn intents before it was claimed, if its plan is another one by now.
    """
    this = _Try(turn=1, number=claimed.tries + 1, reached=claimed.tries > 0)
    while True:
        outcome = _take_turn(this, plan, flow, world)
        if isinstance(outcome, Refused) and outcome.passes:
            reached = this.reached or outcome.kind != "unsent"
            outcome = _stand_down(this.number, plan, outcome, flow, world)
            this = this._replace(number=this.number + 1, reached=reached)
        if not (isinstance(outcome, Refusal) and outcome.code in PASSING):
            return outcome
        if this.turn == TURNS or not _becomes_idle(this.turn, plan, flow, world):
            return flow.step("look back", partial(_look_back, outcome, this, plan, world))
        this = this._replace(turn=this.turn + 1)


class _Try(NamedTuple):
    """The turn, the number of its intent, and whether a request has reached the service before."""

    turn: int
    number: int
    reached: bool


def _take_turn(this: _Try, plan: Plan, flow: Flow, world: World) -> Outcome | Refusal:
    """Write the intent and send its request, if the plan still stands."""
    turn = this.turn
    for attempt in range(1, ATTEMPTS + 1):
        try:
            name = f"fire {turn}, attempt {attempt}"
            return flow.once(name, lambda: _attempt(this, plan, world))
        except InterruptedStepError:
            name = f"look after fire {turn}, attempt {attempt}"
            found = flow.step(name, lambda: world.ledger.known(plan.incident.id))
            if found.state != "claimed":
                return Unknown("the attempt was cut off after its intent had been written")
    return outdated(plan, f"{ATTEMPTS} attempts were cut off before anything was sent")


def _attempt(this: _Try, plan: Plan, world: World) -> Outcome | Refusal:
    """Check, intend, send: nothing may come between the check, the intent and the request."""
    try:
        request = way_of(plan).prepare(plan, world)
        checked = _check(this, plan, world)
    except LastgoodError as error:
        return _unread(this, plan, error)
    if not isinstance(checked, _Checked):
        return checked
    if stopped := _intend(this, plan, checked, request, world):
        return stopped
    if world.time_left() < REQUEST_TAKES:
        return Refused("not-sent", "writing the intent took too long", "unsent")
    return request.send()


def _intend(
    this: _Try, plan: Plan, checked: _Checked, request: Request, world: World
) -> Unknown | Refusal | None:
    """Write the intent; or why the request must not be sent."""
    if world.time_left() < INTENT_TAKES + REQUEST_TAKES:
        return _not_sent(plan, "too little time was left in this invocation")
    try:
        intent = Intent(this.number, checked.jobs, checked.seen, request.copy)
        world.ledger.intend(plan.incident.id, intent, world.now())
    except LostRaceError as lost:
        return Unknown(f"another attempt had written its intent: {lost}")
    except HaltedError as halted:
        return halted.refusal
    except (NoUndoPointError, NotStoppedError) as missing:
        return _not_ready(plan, missing)
    except NewSuspicionError as suspicion:
        return _not_sent(plan, f"another alarm came in meanwhile: {suspicion}")
    return None


def _not_ready(plan: Plan, missing: NoUndoPointError | NotStoppedError) -> Refusal:
    """That nothing may be overwritten yet; whoever got here has not waited for it."""
    if isinstance(missing, NoUndoPointError):
        return without(plan, "there is no complete backup on record")
    return not_stopped(plan, "it has not said that the writers are stopped")


class _Checked(NamedTuple):
    """The jobs that were there before the request, and what its plan takes into account."""

    jobs: tuple[str, ...]
    seen: tuple[Suspect, ...]


def _check(this: _Try, plan: Plan, world: World) -> _Checked | Unknown | Refusal:
    """Look once more whether the plan still stands; or why the request must not be sent.

    Raises:
        CloudError: the cloud could not be read.
    """
    before = world.ledger.known(plan.incident.id)
    if before.tries >= this.number:
        return Unknown("another attempt had written its intent")
    way = way_of(plan)
    jobs = tuple(job.id for job in way.traces(plan, before, world))
    if (this.reached or way.once_named) and (unknown := _perhaps_ours(plan, jobs, before)):
        return unknown
    checked = recheck(plan, before, world)
    return checked if isinstance(checked, Refusal) else _Checked(jobs, checked.seen)


def _unread(this: _Try, plan: Plan, error: LastgoodError) -> Unknown | Refusal:
    """What to do where the look before the request failed: later again, if that may help."""
    for_good = isinstance(error, CloudError) and error.trouble in {"permanent", "permission"}
    if not for_good:
        return _not_sent(plan, f"it could not be checked again: {error.message}")
    if this.reached:
        return _unseen(plan, error)
    return outdated(plan, f"it could not be checked again: {error.message}")


def _not_sent(plan: Plan, why: str) -> Refusal:
    return Refusal(
        incident=plan.incident,
        code="not-sent",
        message=f"nothing was sent to {plan.incident.instance}: {why}",
        hint=by_hand(plan),
    )


def _look_back(refusal: Refusal, this: _Try, plan: Plan, world: World) -> Refusal | Unknown:
    """Give up; a job that began after a request is still for a person to see."""
    if not this.reached:
        return refusal
    sent = world.ledger.known(plan.incident.id)
    try:
        traces = way_of(plan).traces(plan, sent, world)
    except LastgoodError as error:
        return _unseen(plan, error)
    return _perhaps_ours(plan, tuple(job.id for job in traces), sent) or refusal


def _unseen(plan: Plan, error: LastgoodError) -> Unknown:
    why = f"the service was busy, and then {way_of(plan).unseen}: {error.message}"
    return Unknown(why, traceable=False)


def _perhaps_ours(plan: Plan, jobs: tuple[str, ...], sent: Recovery) -> Unknown | None:
    """Leave jobs that are new since the latest request to a person; None where there are none.

    Something between us and the service may duplicate a request. Then "busy" may have been the
    answer to the second of two, and a job the work of the first.
    """
    new = ", ".join(job for job in jobs if job not in sent.jobs_before)
    why = f"the service said that it was busy, and yet {new} began after the request"
    if plan.way == "copy":
        why = f"there is an instance of the copy's name already: {new}"
    return Unknown(why, traceable=False) if new else None


def _stand_down(
    number: int, plan: Plan, refused: Refused, flow: Flow, world: World
) -> Refusal | Unknown:
    """Withdraw the intent of this number, because its request was not carried out for now."""
    incident, why = plan.incident.id, refused.sentence
    found = flow.step(
        f"stand down {number}", lambda: world.ledger.stand_down(incident, number, why, world.now())
    )
    if found.state != "claimed":
        return Unknown("another attempt had written its intent meanwhile")
    if refused.kind == "unsent":
        return _not_sent(plan, why)
    return Refusal(
        incident=plan.incident,
        code="instance-busy",
        message=f"nothing was carried out on {plan.incident.instance}: {why}",
        hint=by_hand(plan),
    )


def _becomes_idle(turn: int, plan: Plan, flow: Flow, world: World) -> bool:
    """Wait a while, and then until the instance is idle; longer with each turn."""
    flow.pause(f"pause {turn}", PAUSE * 2 ** (turn - 1))
    return flow.poll(
        f"wait {turn}",
        lambda: seen(lambda: way_of(plan).source(plan, world)),
        is_idle,
        UNTIL_IDLE,
    ).idle
