"""The hooks around a restore in place: `before` stops the writers, `after` lets them in again.

Each is called at least once. That a call begins is on record before it is made; one that nobody
heard the end of may still arrive, and for as long as it may the other hook is not called. So
whatever `before` has stopped, an `after` comes behind it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from lastgood.domain import canonical
from lastgood.domain.plan import Interval
from lastgood.domain.policy import Instance
from lastgood.domain.restore import Validation

HookName = Literal["before", "after"]

CALL_LASTS = timedelta(minutes=15)
"""After that a call has ended, whoever made it: an invocation takes five minutes, a hook four, and
two clocks may be a little apart."""

REMINDED = timedelta(days=1)
"""So long after people were told that writers may still be stopped they are told again."""


class Call(msgspec.Struct, frozen=True):
    """A call that has begun, and of which no end is known."""

    number: int
    round: int
    hook: HookName
    at: datetime


class Wait(msgspec.Struct, frozen=True):
    """That a hook must not be called yet, because a call of the other may be under way."""

    seconds: int


class Hooks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of the hooks of a recovery; a `round` begins with each claim.

    `before` and `after` are their ARNs as of the claim; `before` is None where the policy has none
    any more. `before_at` is when that was called last, `verdict` what it said in this round, and
    `after_at` when `after` had answered since. `calls` are those under way, `number` counts all.
    `why` is what kept `after` from letting the writers in, `told_at` when people were told.
    """

    round: int
    before: str | None
    after: str
    before_at: datetime | None = None
    verdict: Literal["pass", "fail", "none"] | None = None
    detail: str = ""
    after_at: datetime | None = None
    calls: tuple[Call, ...] = ()
    number: int = 0
    why: str | None = None
    told_at: datetime | None = None

    @property
    def owes(self) -> bool:
        """Whether `before` was called, and `after` has not answered since."""
        return self.before_at is not None and self.after_at is None

    @property
    def lets_send(self) -> bool:
        """Whether nothing is written any more, as far as this round wants that."""
        return self.before is None or self.verdict == "pass"

    def waits_to_tell(self, now: datetime) -> bool:
        """Whether people were told not long ago."""
        return self.told_at is not None and now - self.told_at < REMINDED


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a hook is told besides the incident and the plan.

    `after` learns how the recovery stands, what `validate` said, and the moment that the instance
    went back to. `gap` are the writes that are gone: from that moment to the request. Both are
    null where nothing was restored.
    """

    hook: HookName
    idempotency_key: str
    at_least_once: bool = True
    state: str | msgspec.UnsetType = msgspec.UNSET
    verdict: str | msgspec.UnsetType | None = msgspec.UNSET
    target: datetime | msgspec.UnsetType | None = msgspec.UNSET
    gap: Interval | msgspec.UnsetType | None = msgspec.UNSET


def key_of(incident: str, call: Call) -> str:
    """What is the same for every call of a hook in a round."""
    return f"{incident}/{call.round}/{call.hook}"


def at_claim(known: Hooks | None, instance: Instance) -> Hooks | None:
    """The hooks of a claim: those of the policy, and what an earlier round has left owed."""
    if instance.before is None or instance.after is None:
        return msgspec.structs.replace(known, before=None) if known else None
    fresh = Hooks(round=1, before=instance.before, after=instance.after)
    if known is None:
        return fresh
    return msgspec.structs.replace(
        fresh,
        round=known.round + 1,
        before_at=known.before_at if known.owes else None,
        calls=known.calls,
        number=known.number,
    )


def begin(hooks: Hooks, hook: HookName, now: datetime) -> tuple[Hooks, Call] | Wait:
    """Note that a hook is about to be called; not while a call of the other may be under way."""
    under_way = tuple(one for one in hooks.calls if now - one.at < CALL_LASTS)
    if others := [one.at for one in under_way if one.hook != hook]:
        left = max(others) + CALL_LASTS - now
        return Wait(int(left.total_seconds()) + 1)
    call = Call(hooks.number + 1, hooks.round, hook, now)
    begun = msgspec.structs.replace(hooks, calls=(*under_way, call), number=call.number)
    if hook == "before":
        begun = msgspec.structs.replace(begun, before_at=now, after_at=None)
    return begun, call


def end(hooks: Hooks, call: Call, said: Validation | None, now: datetime) -> Hooks:
    """Note what a hook said; None where it could not be called.

    The first verdict of a round counts. A call of `before` that was given up for ended, and comes
    back after all, may have stopped the writers behind the back of `after`: that is owed again.
    """
    is_known = call in hooks.calls
    left = tuple(one for one in hooks.calls if one != call)
    hooks = msgspec.structs.replace(hooks, calls=left)
    if call.hook == "after":
        if said is None or not is_known:
            return hooks
        if said.verdict == "pass":
            return msgspec.structs.replace(hooks, after_at=now, why=None)
        return msgspec.structs.replace(hooks, why=said.detail or f"it said {said.verdict}")
    if not is_known:
        hooks = msgspec.structs.replace(hooks, after_at=None)
    if said is None or hooks.verdict or call.round != hooks.round:
        return hooks
    return msgspec.structs.replace(hooks, verdict=said.verdict, detail=said.detail)


class LetIn(msgspec.Struct, frozen=True, kw_only=True):
    """An order to call the `after` that a recovery owes; one for each `hour`."""

    lets_in: str
    hour: str

    @property
    def id(self) -> str:
        """What names it everywhere; short, because it becomes the name of an execution."""
        return f"after-{self.hour}-{canonical.digest(self.lets_in)[:16]}"


def lets_in(execution: str) -> bool:
    """Whether an execution of this name calls an `after` that is owed."""
    return execution.startswith("after-")
