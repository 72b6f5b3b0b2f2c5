"""From an incident to a plan or a refusal: a function of its arguments and of nothing else.

The objections are asked in order and the first is the answer. What remains is the latest moment
that every range in play offers strictly before the data was bad less the margin. `cautions` then
says what makes the plan no more than a proposal.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import msgspec

from lastgood.domain import cautions, times
from lastgood.domain.alarm import Incident
from lastgood.domain.case import Case
from lastgood.domain.objections import OBJECTIONS
from lastgood.domain.plan import Choice, Decision, Gate, Interval, Overridable, Plan
from lastgood.domain.policy import Instance
from lastgood.domain.reading import History, Readings
from lastgood.domain.undo import Wanted


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
    case = Case.of(incident, readings, instance, history, now)
    despite: list[Overridable] = []
    for objection in OBJECTIONS:
        refusal = objection(case)
        if refusal is None:
            continue
        overridable = cautions.overridable(case, refusal)
        if overridable is None:
            return refusal
        despite.append(overridable)
    return _plan(case, tuple(despite))


def _plan(case: Case, despite: tuple[Overridable, ...]) -> Plan:
    """The plan with the target before everything that is known to be bad; and the other choice."""
    own = cast("datetime", case.target)  # a case without one meets an objection
    cautious = case.cautious_target
    target = own if cautious is None else cautious
    if case.bad_since is not None and cautious is None:
        despite = (*despite, "bad-since")  # nothing before it can be restored within max_rollback
    found = tuple(cautions.found(case, despite))
    held = any(holds for holds, _ in found)
    plan = Plan(
        incident=case.incident,
        cloud=case.instance.cloud,
        target=target,
        restore_time=case.readings.own.range.wire_text(target),
        lost=Interval(target, case.now),
        loss_seconds=times.whole_seconds(case.now - target),
        mode="propose" if held else case.instance.mode,
        gates=tuple(Gate(r.instance, r.source, target in r.range) for r in case.readings.all),
        warnings=tuple(sentence for _, sentence in found),
        decided_at=case.now,
        answer_by=case.now + case.instance.approval_timeout,
        hash="",
        strength=case.incident.strength,
        bad_since=case.bad_since,
        despite=despite,
        way="copy" if case.instance.way == "copy" else None,
        pair=case.readings.paired,
        undo=_undo(case.instance),
    )
    if cautious is None or own == cautious:
        return plan.sealed()
    choice = Choice(
        target=own,
        restore_time=case.readings.own.range.wire_text(own),
        loss_seconds=times.whole_seconds(case.now - own),
    )
    choice = msgspec.structs.replace(choice, hash=plan.with_target(choice, "bad-since").hash)
    return msgspec.structs.replace(plan, alternative=choice).sealed()


def _undo(instance: Instance) -> Wanted | None:
    """Whether what is overwritten is backed up first; by copy nothing is."""
    off = instance.way == "copy" or instance.undo_point == "off"
    return None if off else cast("Wanted", instance.undo_point)
