"""How long an execution of the recovery may last, by the constants of its steps.

Not counted: how long AWS itself is away, for which steps are tried again for hours; a person who
approves once more after a plan stood no more; a list of jobs that takes several pages; and a second
copy that goes along.
"""

from __future__ import annotations

from datetime import timedelta

from lastgood.domain.hooks import CALL_LASTS
from lastgood.domain.policy import Policy
from lastgood.ports import HOOK_TAKES, INVOCATION, READ_TAKES, TRIES
from lastgood.workflows import effect, firing, hooks, reconciliation, recovery, undo_point

ROUNDS = 2
"""A plan that stood no more, and the one that was approved in its place."""

READS_OF_A_SIGHTING = 2
"""The jobs and the instance."""


def longest() -> dict[str, timedelta]:
    """What takes time besides the wait for a person, and how long it may at most."""
    sighting = READS_OF_A_SIGHTING * READ_TAKES
    return {
        "decisions": (recovery.BUSY + ROUNDS) * TRIES.lasts(INVOCATION),
        "waits for a busy instance": (1 + ROUNDS) * _until_free(),
        "the request": ROUNDS * _firing(),
        "finding out what came of it": max(
            reconciliation.RECONCILING.lasts(sighting), reconciliation.REFUSED.lasts(sighting)
        ),
        "the restore": 2 * recovery.TRACKING.lasts(READ_TAKES),  # its job, then until it is idle
        "the validate hook": TRIES.lasts(HOOK_TAKES),
        "the start of a copy that goes along": TRIES.lasts(INVOCATION),
    }


def until_settled(policy: Policy) -> dict[str, timedelta]:
    """The same of what a policy lets a restore in place wait for its effect."""
    acting = [one for one in policy.instance if one.mode != "observe" and one.way != "copy"]
    within = max((one.settle_within for one in acting), default=timedelta())
    return {"the wait for its effect": effect.pace(within).lasts(READ_TAKES)} if within else {}


def until_saved(policy: Policy) -> dict[str, timedelta]:
    """The same of what a policy lets a restore in place wait for its undo point."""
    saving = [one for one in policy.instance if one.way == "in-place" and one.undo_point != "off"]
    if not saving:
        return {}
    within = max(one.undo_within for one in saving)
    last = INVOCATION + undo_point.LONGEST_PAUSE  # which may begin right before it is over
    return {"the backup of what it overwrites": ROUNDS * (within + last)}


def around(policy: Policy) -> dict[str, timedelta]:
    """The same of the hooks before and after, where a policy has any.

    A `before` that takes too long is not called again; `after` is, and once more at the end.
    """
    if not any(one.before for one in policy.instance):
        return {}
    before = HOOK_TAKES + TRIES.lasts(timedelta())
    calls = ROUNDS * (before + TRIES.lasts(HOOK_TAKES)) + TRIES.lasts(HOOK_TAKES)
    waits = (2 * ROUNDS + 1) * hooks.TURNS * hooks.FRESH + ROUNDS * CALL_LASTS
    return {"the hooks before and after": calls + waits}


def _until_free() -> timedelta:
    """An instance that is busy again whenever it was free, until it is given up."""
    return (recovery.BUSY - 1) * recovery.LOOKS * (recovery.BETWEEN_LOOKS + READ_TAKES)


def _firing() -> timedelta:
    """A request that is turned down for now in every turn, each of which is cut off first."""
    turns = firing.TURNS * firing.ATTEMPTS * INVOCATION
    pauses = (firing.PAUSE * 2 ** (turn - 1) for turn in range(1, firing.TURNS))
    return sum(pauses, turns + (firing.TURNS - 1) * firing.UNTIL_IDLE.lasts(READ_TAKES))
