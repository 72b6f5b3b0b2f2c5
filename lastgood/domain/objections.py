"""Every reason to refuse a recovery, one small function each, in the order they are asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from lastgood.domain import ranges, times
from lastgood.domain.alarm import Incident
from lastgood.domain.plan import Plan, Refusal, RefusalCode
from lastgood.domain.policy import Instance
from lastgood.domain.reading import History, PastRecovery, Readings


class Considered(msgspec.Struct, frozen=True):
    """All that a decision looks at; `history` is None where there is no ledger to ask.

    `target` is the latest moment before the deadline that every range in play offers, if any is.
    `readings` are None where only the ledger is asked.
    """

    incident: Incident
    readings: Readings | None
    instance: Instance
    history: History | None
    now: datetime
    target: datetime | None

    @property
    def cloud(self) -> Readings:
        """What the cloud said; only `to_claim` decides without it."""
        if self.readings is None:
            raise AssertionError("the cloud was not asked")
        return self.readings

    @property
    def last(self) -> PastRecovery | None:
        """The last recovery of the instance that sent its request."""
        return self.history.last if self.history else None

    @property
    def deadline(self) -> datetime:
        """The target lies strictly before this."""
        return deadline(self.incident, self.instance, self.now)


def deadline(incident: Incident, instance: Instance, now: datetime) -> datetime:
    """The moment that a target lies strictly before; never in the future, whatever is offered."""
    return min(incident.onset - instance.margin, now)


def _refuse(incident: Incident, code: RefusalCode, message: str, hint: str) -> Refusal:
    return Refusal(incident=incident, code=code, message=message, hint=hint)


def _observing(case: Considered) -> Refusal | None:
    if case.instance.mode != "observe":
        return None
    return _refuse(
        case.incident,
        "observing",
        f"{case.instance.name} is in mode observe: the alarm is recorded and nothing else is done",
        'set mode = "propose" or "auto" for the instance in the policy',
    )


def _abnormal(case: Considered) -> Refusal | None:
    state = case.cloud.own.state
    if state is None or state.status == "normal":
        return None
    return _refuse(
        case.incident,
        "instance-abnormal",
        f"{case.instance.name} has status {state.status!r}, and only a normal instance is restored",
        "open the instance in the console; restore by hand if it stays so",
    )


def _busy(case: Considered) -> Refusal | None:
    state = case.cloud.own.state
    if state is None or not state.actions:
        return None
    return _refuse(
        case.incident,
        "instance-busy",
        f"{case.instance.name} is busy with {', '.join(state.actions)}, one operation at a time",
        "wait for it to end; then plan again with --instance and --before",
    )


def _pitr_off(case: Considered) -> Refusal | None:
    pitr = case.cloud.own.pitr
    if pitr is None or pitr.enabled:
        return None
    return _refuse(
        case.incident,
        "pitr-off",
        f"point-in-time recovery is off for {case.instance.name}",
        "turn on PITR for the instance; until then restore from a backup",
    )


def _nothing_restorable(case: Considered) -> Refusal | None:
    own = case.cloud.own.range
    if ranges.latest_common([own], case.deadline) is not None:
        return None
    deadline = times.print_rfc3339(case.deadline)
    oldest = times.print_rfc3339(own.oldest) if own.oldest else None
    return _refuse(
        case.incident,
        "no-restorable-moment",
        f"{case.instance.name} has no restorable moment before {deadline}; "
        + (f"the oldest is {oldest}" if oldest else "it has none at all"),
        "raise keep_days in the instance's PITR policy, or restore from a backup instead",
    )


def _nothing_in_common(case: Considered) -> Refusal | None:
    if case.target is not None:
        return None
    names = ", ".join(r.instance for r in case.cloud.companions)
    deadline = times.print_rfc3339(case.deadline)
    return _refuse(
        case.incident,
        "no-common-moment",
        f"no moment before {deadline} can be restored on {case.instance.name} and on {names} alike",
        "compare `lastgood windows` of each, or remove the companion from the policy",
    )


def _loss_too_large(case: Considered) -> Refusal | None:
    target = case.target
    if target is None or case.now - target <= case.instance.max_rollback:
        return None
    loss = times.tell_duration(case.now - target)
    limit = times.tell_duration(case.instance.max_rollback)
    return _refuse(
        case.incident,
        "loss-too-large",
        f"a restore to {times.print_rfc3339(target)} would lose the writes of {loss}, "
        f"more than max_rollback allows ({limit})",
        "raise max_rollback for the instance if losing that much is right",
    )


def _cleared(case: Considered) -> Refusal | None:
    cleared_at = case.history.cleared_at if case.history else None
    if case.instance.on_clear == "keep" or cleared_at is None:
        return None
    if cleared_at <= case.incident.changed_at:
        return None
    return _refuse(
        case.incident,
        "alarm-cleared",
        f"the alarm went back to OK at {times.print_rfc3339(cleared_at)}, and on_clear is cancel",
        'set on_clear = "keep" if the data stays bad when the alarm clears',
    )


def _under_way(case: Considered) -> Refusal | None:
    """Object while another incident of the instance is being recovered."""
    active = case.history.active if case.history else None
    if active in {None, case.incident.id}:
        return None
    return _refuse(
        case.incident,
        "instance-busy",
        f"{case.incident.instance} is being recovered for incident {active}",
        "wait for it to end; then plan again with --instance and --before",
    )


def _expected(case: Considered) -> Refusal | None:
    """Object to an alarm that still sees the data from before the last recovery ended.

    The windows of a metric drain for a while after a restore; what they hold was dealt with.
    """
    incident, last = case.incident, case.last
    if last is None or not last.restored or incident.onset_basis == "given":
        return None
    if incident.onset >= last.ended_at:
        return None
    return _refuse(
        incident,
        "expected-after-recovery",
        f"its onset {times.print_rfc3339(incident.onset)} lies before the end of the recovery for "
        f"{last.incident} ({times.print_rfc3339(last.ended_at)})",
        "wait: a new alarm opens a new incident if the data goes bad again",
    )


def _cooling_down(case: Considered) -> Refusal | None:
    """Object to a recovery too soon after the last one."""
    last = case.last
    if last is None or case.now >= last.ended_at + case.instance.cooldown:
        return None
    until = times.print_rfc3339(last.ended_at + case.instance.cooldown)
    return _refuse(
        case.incident,
        "cooling-down",
        f"{case.instance.name} is in its cooldown until {until}, after the recovery for "
        f"{last.incident}",
        "find out why it went bad again; wait until then, or lower cooldown",
    )


def _behind_the_fence(case: Considered) -> Refusal | None:
    """Object to a moment before the last recovery ended: it is of a timeline which that undid.

    A point between the last target and that end may hold the very damage that was removed, so the
    fence stands at the end and not at the target.
    """
    last, target = case.last, case.target
    if last is None or target is None or target >= last.ended_at:
        return None
    return _refuse(
        case.incident,
        "before-last-recovery",
        f"the target {times.print_rfc3339(target)} lies before the end of the last recovery "
        f"({times.print_rfc3339(last.ended_at)}, incident {last.incident})",
        "compare both timelines; restore by hand in the console if this moment is wanted",
    )


def to_claim(plan: Plan, instance: Instance, history: History, now: datetime) -> Refusal | None:
    """Object to carrying out a plan, by what the ledger knows when it is claimed.

    That may have changed since the decision, so every objection that rests on it is asked again.
    """
    case = Considered(plan.incident, None, instance, history, now, plan.target)
    found = (objection(case) for objection in BY_THE_LEDGER)
    return next((refusal for refusal in found if refusal), None)


BY_THE_LEDGER = (_under_way, _expected, _cooling_down, _behind_the_fence)

OBJECTIONS: tuple[Callable[[Considered], Refusal | None], ...] = (
    _observing,
    _abnormal,
    _busy,
    _pitr_off,
    _cleared,
    _under_way,
    _expected,
    _cooling_down,
    _nothing_restorable,
    _nothing_in_common,
    _behind_the_fence,
    _loss_too_large,
)
