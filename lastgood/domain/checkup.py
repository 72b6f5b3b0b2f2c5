"""What a checkup finds: whether everything that a recovery would need is in place.

Pure judgements; `workflows.checkup` makes the reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from lastgood.domain import times
from lastgood.domain.errors import LastgoodError
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.ranges import Windows
from lastgood.domain.reading import InstanceState, PitrPolicy

Health = Literal["ok", "warn", "fail"]
GRAVITY: tuple[Health, ...] = ("ok", "warn", "fail")

TOLERATED_SKEW = timedelta(minutes=15)
"""Beyond it the service rejects signatures (docs/facts/huawei.md "Credentials")."""
NOTABLE_SKEW = timedelta(minutes=1)


class Check(msgspec.Struct, frozen=True):
    """One thing that was examined: whose, what, how it is, and what to do about it."""

    subject: str
    check: str
    health: Health
    told: str
    hint: str = ""


def gravest(checks: Iterable[Check]) -> Health:
    """How all of it is: as bad as the worst."""
    return max((check.health for check in checks), key=GRAVITY.index, default="ok")


def judge_clock(subject: str, skew: timedelta | None, margin: timedelta) -> Check:
    """The clock of this machine beside the service's, which tells its own to the second.

    `margin` is the smallest one of the instances there: a difference of more than half of it makes
    every plan a proposal.
    """
    if skew is None:
        return Check(subject, "clock", "warn", "the service gives no time to compare with")
    off = abs(skew)
    side = "ahead of" if skew == off else "behind"
    told = f"{times.tell_duration(off)} {side} the service's" if off > times.SECOND else "the same"
    eaten = off * 2 > margin
    if off <= NOTABLE_SKEW and not eaten:
        return Check(subject, "clock", "ok", told)
    health: Health = "warn" if off <= TOLERATED_SKEW else "fail"
    why = f"a margin of {times.tell_duration(margin)} lets no plan act by itself"
    hint = f"set the clock of this machine: {why if eaten else 'signatures hold for 15 minutes'}"
    return Check(subject, "clock", health, told, hint)


def judge_timeout(
    policy: Policy, restore: timedelta, takes: Mapping[str, timedelta], timeout: timedelta
) -> Check:
    """Whether an execution lasts as long as the longest wait for a person, and then a recovery.

    `restore` is how long a restore may take; `takes` is what else takes time, that included, and
    how long it may at most; `timeout` is the `RecoveryTimeout` of the stack.
    """
    acting = [instance for instance in policy.instance if instance.mode != "observe"]
    waits = max((instance.approval_timeout for instance in acting), default=timedelta())
    longest = waits + sum(takes.values(), timedelta())
    told = (
        f"RecoveryTimeout is {times.tell_duration(timeout)}; approval_timeout "
        f"({times.tell_duration(waits)}) and a restore ({times.tell_duration(restore)}) take "
        f"{times.tell_duration(waits + restore)}, and whatever may hold them up "
        f"{times.tell_duration(longest)}"
    )
    if longest <= timeout:
        return Check("aws", "RecoveryTimeout", "ok", told)
    health: Health = "warn" if waits + restore <= timeout else "fail"
    parts = ", ".join(f"{what} {times.tell_duration(long)}" for what, long in takes.items())
    hint = f"set RecoveryTimeout of the stack to {math.ceil(longest.total_seconds())} or more"
    return Check("aws", "RecoveryTimeout", health, told, f"{hint}: at most {parts}")


def may_be_called(hook: str, allowed: str) -> bool:
    """Whether the stack lets a hook be called: `allowed` has ARNs with commas in between.

    `*` in one of them is any text.
    """
    return any(fnmatchcase(hook, one) for one in allowed.split(","))


def judge_hooks(policy: Policy, seen: Mapping[str, LastgoodError | None]) -> Iterator[Check]:
    """Whether each hook of the policy may be called, and is there to be called.

    `seen` has the hooks that may be called, and what went wrong when they were looked for.
    """
    hooks = ((i.name, key, hook) for i in policy.instance for key, hook in i.hooks.items())
    for name, key, hook in hooks:
        if hook not in seen:
            told = f"the stack may not call {hook}: {_WITHOUT_HOOK[key]}"
            hint = f"name it in {key.title()}FunctionArn of the stack, or correct `{key}`"
            yield Check(name, key, "warn", told, hint)
        elif error := seen[hook]:
            yield Check(name, key, "warn", error.message, error.hint)
        else:
            yield Check(name, key, "ok", "it is there, and the stack may call it")


_WITHOUT_HOOK = {
    "before": "nothing is restored",
    "after": "its writers stay stopped",
    "validate": "a restore is not validated",
}


def judge_instance(instance: Instance, state: InstanceState) -> Iterator[Check]:
    """Whether an instance could be restored as it is, and is of a kind that can be."""
    doing = ", ".join(state.actions)
    told = f"{state.status}, busy with {doing}" if doing else state.status
    if state.status == "normal":
        yield Check(instance.name, "status", "warn" if doing else "ok", told)
    else:
        hint = "open the instance in the console: only a normal one can be restored"
        yield Check(instance.name, "status", "fail", told, hint)
    if state.mode == "Cluster":
        yield Check(instance.name, "mode", "ok", state.mode)
    else:
        hint = "run a drill: PITR is documented for Cluster only"
        yield Check(instance.name, "mode", "warn", state.mode or "not given", hint)


def judge_windows(instance: Instance, windows: Windows) -> Iterator[Check]:
    """Whether an RDS instance offers anything to go back to."""
    if newest := windows.newest:
        told = f"restorable up to {times.print_rfc3339(newest)}"
        yield Check(instance.name, "windows", "ok", told)
    else:
        hint = "turn on automated backups for the instance"
        yield Check(instance.name, "windows", "fail", "none", hint)


def judge_pitr(instance: Instance, pitr: PitrPolicy) -> Iterator[Check]:
    """Whether points are made, and often and long enough for what the instance promises."""
    if not pitr.enabled:
        hint = "turn on PITR for the instance: without points nothing can be restored"
        yield Check(instance.name, "PITR", "fail", "off", hint)
        return
    every = timedelta(minutes=pitr.interval) if pitr.interval else None
    kept = timedelta(days=pitr.keep_days) if pitr.keep_days else None
    told = f"a point every {times.tell_duration(every)}" if every else "on"
    if kept:
        told += f", kept for {times.tell_duration(kept)}"
    hint = "; ".join(_falls_short(instance, every, kept))
    yield Check(instance.name, "PITR", "warn" if hint else "ok", told, hint)


def _falls_short(
    instance: Instance, every: timedelta | None, kept: timedelta | None
) -> Iterator[str]:
    promise = instance.objective
    bounds = [bound for bound in (promise.max_lag, promise.max_gap) if bound is not None]
    if every and bounds and every > min(bounds):
        yield f"shorten the interval: max_lag or max_gap promises {min(bounds)}"
    if kept and promise.min_coverage and kept < promise.min_coverage:
        yield f"raise keep_days: min_coverage promises {promise.min_coverage}"
    if kept and kept < instance.max_rollback:
        yield f"raise keep_days: max_rollback allows {instance.max_rollback}"
