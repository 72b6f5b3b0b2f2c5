"""Every reason to refuse a recovery, one small function each, in the order they are asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lastgood.domain import ranges, times
from lastgood.domain.alarm import Incident
from lastgood.domain.case import Case, Claim
from lastgood.domain.plan import Plan, Refusal, RefusalCode
from lastgood.domain.policy import Instance
from lastgood.domain.reading import History


def _refuse(incident: Incident, code: RefusalCode, message: str, hint: str) -> Refusal:
    return Refusal(incident=incident, code=code, message=message, hint=hint)


def _observing(case: Case) -> Refusal | None:
    if case.instance.mode != "observe":
        return None
    return _refuse(
        case.incident,
        "observing",
        f"{case.instance.name} is in mode observe: the alarm is recorded and nothing else is done",
        'set mode = "propose" or "auto" for the instance in the policy',
    )


def _abnormal(case: Case) -> Refusal | None:
    state = case.readings.own.state
    if state is None or state.status == "normal":
        return None
    return _refuse(
        case.incident,
        "instance-abnormal",
        f"{case.instance.name} has status {state.status!r}, and only a normal instance is restored",
        "open the instance in the console; restore by hand if it stays so",
    )


def _once_it_has_ended(incident: Incident) -> str:
    before = times.print_rfc3339(incident.onset)
    return (
        f"once that has ended run lastgood recover --instance {incident.instance} --before {before}"
    )


def _busy(case: Case) -> Refusal | None:
    state = case.readings.own.state
    if state is None or not state.actions:
        return None
    return _refuse(
        case.incident,
        "instance-busy",
        f"{case.instance.name} is busy with {', '.join(state.actions)}, one operation at a time",
        _once_it_has_ended(case.incident),
    )


def _pitr_off(case: Case) -> Refusal | None:
    pitr = case.readings.own.pitr
    if pitr is None or pitr.enabled:
        return None
    return _refuse(
        case.incident,
        "pitr-off",
        f"point-in-time recovery is off for {case.instance.name}",
        "turn on PITR for the instance; until then restore from a backup",
    )


def _nothing_restorable(case: Case) -> Refusal | None:
    own = case.readings.own.range
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


def _nothing_in_common(case: Case) -> Refusal | None:
    if case.target is not None:
        return None
    names = ", ".join(r.instance for r in case.readings.companions)
    deadline = times.print_rfc3339(case.deadline)
    return _refuse(
        case.incident,
        "no-common-moment",
        f"no moment before {deadline} can be restored on {case.instance.name} and on {names} alike",
        "compare `lastgood windows` of each, or remove the companion from the policy",
    )


def _loss_too_large(case: Case) -> Refusal | None:
    target = case.target
    if target is None or case.incident.pair_of:  # the rules of what it goes with have answered
        return None
    if case.now - target <= case.instance.max_rollback:
        return None
    loss = times.tell_duration(case.now - target)
    limit = times.tell_duration(case.instance.max_rollback)
    at = times.print_rfc3339(target)
    by_copy = case.instance.way == "copy"
    would = f"a copy as of {at} would lack" if by_copy else f"a restore to {at} would lose"
    return _refuse(
        case.incident,
        "loss-too-large",
        f"{would} the writes of {loss}, more than max_rollback allows ({limit})",
        "raise max_rollback for the instance if losing that much is right",
    )


def _cleared(case: Case) -> Refusal | None:
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


def _under_way(case: Claim) -> Refusal | None:
    """Object while another incident of the instance is being recovered."""
    active = case.history.active if case.history else None
    if active in {None, case.incident.id}:
        return None
    return _refuse(
        case.incident,
        "instance-busy",
        f"{case.incident.instance} is being recovered for incident {active}",
        _once_it_has_ended(case.incident),
    )


def _expected(case: Claim) -> Refusal | None:
    """Object to an alarm that still sees the data from before the last recovery ended.

    The windows of a metric drain for a while after a restore; what they hold was dealt with.
    """
    incident, last = case.incident, case.last
    if last is None or not last.restored or incident.known_by == "given":
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


def _cooling_down(case: Claim) -> Refusal | None:
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
        f"find out why it went bad again; run lastgood recover --instance {case.instance.name} "
        "--before TIME to propose one all the same",
    )


def _behind_the_fence(case: Claim) -> Refusal | None:
    """Object to a moment before the last recovery ended: it is of a timeline which that undid.

    A point between the last target and that end may hold the very damage that was removed, so the
    fence stands at the end and not at the target. While that end is not known, no moment is behind
    it.
    """
    last, target = case.history.undone if case.history else None, case.target
    if last is None or target is None or (target >= last.ended_at and not last.running):
        return None
    ended = "is not known" if last.running else f"was {times.print_rfc3339(last.ended_at)}"
    return _refuse(
        case.incident,
        "before-last-recovery",
        f"the target {times.print_rfc3339(target)} lies before the end of the last recovery "
        f"(incident {last.incident}), which {ended}",
        f"run lastgood recover --instance {case.instance.name} --before TIME, which proposes it",
    )


def to_claim(plan: Plan, instance: Instance, history: History, now: datetime) -> Refusal | None:
    """Object to carrying out a plan, by what the ledger knows when it is claimed.

    That may have changed since the decision, so every objection that rests on it is asked again;
    what a person has set aside with the plan is not.
    """
    claim = Claim(
        incident=plan.incident, instance=instance, history=history, now=now, target=plan.target
    )
    found = (refusal for objection in BY_THE_LEDGER if (refusal := objection(claim)))
    return next((refusal for refusal in found if refusal.code not in plan.despite), None)


BY_THE_LEDGER = (_under_way, _expected, _cooling_down, _behind_the_fence)

OBJECTIONS: tuple[Callable[[Case], Refusal | None], ...] = (
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
