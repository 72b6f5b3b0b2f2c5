"""From an incident to a plan or a refusal: a function of its arguments and of nothing else.

The objections are asked in order and the first is the answer. What remains is the latest moment
that every range in play offers strictly before the onset less the margin.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from lastgood.domain import canonical, ranges, times
from lastgood.domain.alarm import Incident
from lastgood.domain.objections import OBJECTIONS, Considered, deadline
from lastgood.domain.plan import Decision, Gate, Interval, Plan
from lastgood.domain.policy import Instance
from lastgood.domain.reading import History, Reading, Readings

CLOCK_SKEW = timedelta(minutes=5)
"""An alarm may seem to come from this far in the future before its time is doubted."""


def decide(
    incident: Incident,
    readings: Readings,
    instance: Instance,
    history: History | None,
    now: datetime,
) -> Decision:
    """Choose the target, or refuse.

    `instance` is its entry in the policy, `history` None where there is no ledger (then the plan
    warns that nothing guards against a second recovery).
    """
    offered = [reading.range for reading in readings.all]
    target = ranges.latest_common(offered, deadline(incident, instance, now))
    case = Considered(incident, readings, instance, history, now, target)
    for objection in OBJECTIONS:
        if refusal := objection(case):
            return refusal
    if target is None:  # an objection has said so before; this is for the type checker
        raise AssertionError("a case without a target passed every objection")
    warnings = tuple(warning for warn in WARNINGS if (warning := warn(case)))
    plan = Plan(
        incident=incident,
        cloud=instance.cloud,
        target=target,
        restore_time=_restore_time(readings.own, target, instance),
        lost=Interval(target, now),
        loss_seconds=times.whole_seconds(now - target),
        mode="propose" if _is_stale(case) or _is_early(case) else instance.mode,
        gates=tuple(Gate(r.instance, r.source, target in r.range) for r in readings.all),
        warnings=warnings,
        decided_at=now,
        answer_by=now + instance.approval_timeout,
    )
    return msgspec.structs.replace(plan, hash=canonical.digest(plan))


def _restore_time(own: Reading, target: datetime, instance: Instance) -> str:
    if own.source != instance.can.endpoint:
        # Gated by an RDS window: no point was listed, so the documented example's offset is used.
        return times.SERVICE.print(target, times.BEIJING)
    return own.range.wire_text(target)


def _is_stale(case: Considered) -> bool:
    return case.now - case.incident.changed_at > case.instance.max_alarm_age


def _is_early(case: Considered) -> bool:
    return case.incident.changed_at - case.now > CLOCK_SKEW


def _warn_stale(case: Considered) -> str | None:
    if not _is_stale(case):
        return None
    age = times.tell_duration(case.now - case.incident.changed_at)
    limit = times.tell_duration(case.instance.max_alarm_age)
    return f"the alarm is {age} old, more than max_alarm_age ({limit}): no more than a proposal"


def _warn_early(case: Considered) -> str | None:
    if not _is_early(case):
        return None
    return "the alarm is dated in the future: check the clocks; no more than a proposal"


def _warn_no_ledger(case: Considered) -> str | None:
    if case.history is not None:
        return None
    return "no ledger is configured: cooldown, fence and caps were not checked"


def _warn_points_not_consulted(case: Considered) -> str | None:
    if case.instance.range is None:
        return None
    return f"the instance's own points were not consulted: the range is {case.instance.range}"


def _warn_unconfirmed_mode(case: Considered) -> str | None:
    state = case.cloud.own.state
    if state is None or state.mode == "Cluster":
        return None
    return f"the service documents this restore for proxy clusters only; this one is {state.mode!r}"


WARNINGS: tuple[Callable[[Considered], str | None], ...] = (
    _warn_stale,
    _warn_early,
    _warn_no_ledger,
    _warn_points_not_consulted,
    _warn_unconfirmed_mode,
)
