"""Did it help? After a restore in place its alarm is watched for a while, and nothing else is done.

The instance stays held meanwhile; its place in the fleet is free again (`lifecycle`). What its
alarm does is in the ledger, and Cloud Eye is asked where the policy wants that of its own alarms.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from msgspec.structs import replace

from lastgood.domain import effect, times
from lastgood.domain.confirming import concerns, rule_of
from lastgood.domain.effect import Judged, Source, Standing, Waiting
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery, waiting_of
from lastgood.ledger import LostRaceError, Moved
from lastgood.ports import Flow, Pace, StepFailedError
from lastgood.workflows.recording import announce
from lastgood.workflows.world import World

FIRST, GROWTH, LONGEST = timedelta(seconds=15), 1.3, timedelta(minutes=1)
MOST_LOOKS = 60
"""So many waits of the longest kind at most: who waits for days looks less often."""


def awaited(validated: Recovery) -> Waiting | None:
    """What waits for the effect of a restore; None where nothing was taken back.

    Nor does one wait that an older version validated, and may have settled.
    """
    waits = validated.state == "validated" and validated.validated_at is not None
    return waiting_of(validated) if waits else None


def settle(waiting: Waiting, flow: Flow, world: World) -> Recovery:
    """Wait until its alarm is back to OK, for as long as the policy says; then settle.

    One that a person has released meanwhile stays so.
    """
    try:
        waiting = flow.attempt("how long to wait", lambda: _ruled(waiting, world))
    except StepFailedError as failure:
        waiting = replace(waiting, vain=f"the policy could not be read: {failure}")
    seen = _watch(waiting, flow, world)
    return flow.step("end", lambda: _end(waiting, seen.source, world))


def _ruled(waiting: Waiting, world: World) -> Waiting:
    """The same with how long to wait, by the policy as it is now."""
    if vain := effect.never_says_ok(waiting.incident):
        return replace(waiting, vain=vain)
    instance = world.policy().by_id(waiting.incident.instance)
    if instance is None:
        return replace(waiting, vain="the policy does not name the instance any more")
    if not instance.settle_within:
        return replace(waiting, vain="settle_within is 0s, so its alarm was not waited for")
    asks = instance.confirm == "cloud-eye" and concerns(waiting.incident)
    until = waiting.restored_at + instance.settle_within
    return replace(waiting, until=until, asks=instance.cloud if asks else None)


def _watch(waiting: Waiting, flow: Flow, world: World) -> Judged:
    """Look until it is known; not by a poll, whose looks must not fail: this asks the ledger."""
    looks = pace(waiting.until - waiting.restored_at)
    number = 1
    while True:
        seen = flow.step(f"did it help, {number}", partial(_look, waiting, world))
        if seen.effect is not None or number == looks.looks:
            return seen
        flow.pause(f"pause to see whether it helped, {number}", looks.wait(number))
        number += 1


def pace(length: timedelta) -> Pace:
    """How often to look, so that the looks last at least so long."""
    first = min(FIRST, max(length, times.SECOND))
    found = Pace(first, GROWTH, max(LONGEST, length / MOST_LOOKS), 1)
    while found.lasts(timedelta()) < length:
        found = found._replace(looks=found.looks + 1)
    return found


def _look(waiting: Waiting, world: World) -> Judged:
    """What its alarm does by now; of a recovery that a person has released that is not asked."""
    if world.ledger.known(waiting.incident.id).state != "validated":
        return Judged("unknown", "it does not wait any more")
    heard = world.ledger.heard(waiting.incident.source)
    return effect.judge(waiting, heard, _ask(waiting, world), world.now())


def _ask(waiting: Waiting, world: World) -> Source | None:
    """What Cloud Eye says, if it is asked; by our clock. That it cannot be asked is an answer."""
    if waiting.asks is None:
        return None
    now, rule = world.now(), rule_of(waiting.incident)
    if rule is None:
        return Source(asked_at=now, doubt="its message names no alarm rule")
    try:
        eye = world.cloud_eye(waiting.asks)
        records = eye.records(rule)
    except LastgoodError as error:
        return Source(asked_at=now, doubt=f"it could not be asked ({error.message})")
    return effect.told_by(records, waiting.incident, now, eye.skew() or timedelta())


def _end(waiting: Waiting, source: Source | None, world: World) -> Recovery:
    """Settle with what came of it; whatever came in since the last look counts as well."""
    now = world.now()

    def judged(heard: Standing | None) -> Judged:
        return effect.judge(waiting, heard, source, max(now, waiting.until))

    try:
        moved = world.ledger.settle(waiting.incident.id, judged, now)
    except LostRaceError as lost:
        moved = Moved(lost.current, here=False)
    return announce(waiting.incident, moved, world)
