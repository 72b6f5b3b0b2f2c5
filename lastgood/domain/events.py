"""The events that lastgood sends out, as consumers see them; schemas in docs/reference/events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Incident, Strength
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.objective import Finding, Verdict
from lastgood.domain.plan import Choice
from lastgood.domain.restore import UNVALIDATED
from lastgood.domain.sweep import Named

Kind = Literal[
    "Recovery Proposed",
    "Recovery Refused",
    "Recovery Started",
    "Recovery Completed",
    "Recovery Failed",
    "Recovery Unknown",
    "Recoverability Degraded",
    "Recoverability Restored",
    "Sweep Completed",
]

RECOVERY_KINDS: dict[State, Kind] = {
    "proposed": "Recovery Proposed",
    "refused": "Recovery Refused",
    "accepted": "Recovery Started",
    "settled": "Recovery Completed",
    "failed": "Recovery Failed",
    "handed-over": "Recovery Unknown",
    "rejected": "Recovery Refused",
    "expired": "Recovery Refused",
}
"""The states that are announced; the others are passed through without a word."""


class RecoveryEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Detail of the `Recovery …` events: the incident, where it stands, the plan, the grounds.

    `took_seconds` is from the request to where it stands now, `rto_seconds` the same from the
    alarm on, `lost_seconds` what the restore cost: from the target to the request. `bad_since` and
    `alternative` are those of the plan, `answer_by` is given while it waits for a person, and
    `instance_name` where the policy names the instance. `summary` is all of it in a sentence.
    """

    version: Literal[1]
    incident: str
    instance: str
    alarm: str
    changed_at: datetime
    onset: datetime
    onset_basis: str
    state: State
    at: datetime
    target: datetime | None = None
    restore_time: str | None = None
    loss_seconds: int | None = None
    plan_hash: str | None = None
    warnings: tuple[str, ...] = ()
    strength: Strength | None = None
    bad_since: datetime | None = None
    alternative: Choice | None = None
    job: str | None = None
    took_seconds: int | None = None
    rto_seconds: int | None = None
    lost_seconds: int | None = None
    verdict: str | None = None
    code: str | None = None
    reason: str | None = None
    hint: str | None = None
    instance_name: str | None = None
    onset_detail: str | None = None
    answer_by: datetime | None = None
    summary: str | None = None


class Pending(msgspec.Struct, frozen=True):
    """An event that could not be published yet."""

    kind: Kind
    detail: dict[str, Any]


class Outbox(msgspec.Struct, frozen=True):
    """The events that could not be published yet, oldest first."""

    pending: tuple[Pending, ...] = ()


class RecoverabilityEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Detail of the `Recoverability …` events: what was found, in which sweep, and before."""

    version: Literal[1]
    sweep: str
    instance: str
    finding: Finding
    previous: Verdict | None
    instance_name: str | None = None
    summary: str | None = None


class SweepEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Detail of `Sweep Completed`: of a cloud's instances the worst verdict, and counts by verdict.

    `worst` names at most 20 of those that are not `ok`, the worst first. Version 1 had
    `verdicts` of each instance instead, and was one event for all clouds.
    """

    version: Literal[2]
    sweep: str
    cloud: str
    verdict: Verdict
    counts: dict[Verdict, int]
    worst: tuple[Named, ...]


_OF_AN_INCIDENT = (
    *("instance", "alarm", "changed_at", "strength"),
    *("onset", "onset_basis", "onset_detail"),
)
_OF_A_PLAN = ("target", "restore_time", "loss_seconds", "warnings", "bad_since", "alternative")


def announce_recovery(
    incident: Incident, recovery: Recovery, instance_name: str | None = None
) -> RecoveryEvent:
    """Describe where an incident stands."""
    plan, sent_at = recovery.plan, recovery.sent_at
    known: dict[str, Any] = {
        name: getattr(source, name)
        for source, names in (
            (incident, _OF_AN_INCIDENT),
            (recovery, ("state", "job", "verdict", "code", "reason", "hint")),
            (plan, _OF_A_PLAN if plan else ()),
        )
        for name in names
    }
    if plan is not None:
        known |= {"plan_hash": plan.hash}
    if plan is not None and sent_at is not None:
        known |= {
            "took_seconds": times.whole_seconds(recovery.changed_at - sent_at),
            "rto_seconds": times.whole_seconds(recovery.changed_at - incident.changed_at),
            "lost_seconds": times.whole_seconds(sent_at - plan.target),
        }
    if plan is not None and recovery.state == "proposed":
        known |= {"answer_by": plan.answer_by}
    summary = _summary(instance_name or incident.instance, recovery)
    known |= {"instance_name": instance_name, "summary": summary}
    return RecoveryEvent(version=1, incident=incident.id, at=recovery.changed_at, **known)


def _summary(name: str, recovery: Recovery) -> str:
    """Say in a sentence what happened to an instance."""
    plan, reason = recovery.plan, recovery.reason or "no reason was recorded"
    target = times.print_rfc3339(plan.target) if plan else "no moment"
    match recovery.state:
        case "proposed" if plan:
            lost = times.tell_duration(timedelta(seconds=plan.loss_seconds))
            until = times.print_rfc3339(plan.answer_by)
            return f"{name} would be restored to {target} and lose {lost}; answer until {until}"
        case "accepted":
            return f"{name} is being restored to {target}"
        case "settled":
            return f"{name} is restored to {target}" + (
                f", {reason}" if reason.startswith(UNVALIDATED) else ""
            )
        case "failed":
            return f"the recovery of {name} failed: {reason}"
        case "handed-over":
            return f"the recovery of {name} needs a person: {reason}"
        case state:
            return f"{name} is not restored: {state}, {reason}"


def announce_finding(
    sweep: str, finding: Finding, previous: Verdict | None, instance_name: str
) -> RecoverabilityEvent:
    """Describe a finding that differs from the one before."""
    return RecoverabilityEvent(
        version=1,
        sweep=sweep,
        instance=finding.instance,
        finding=finding,
        previous=previous,
        instance_name=instance_name,
        summary=f"{instance_name} is {': '.join((finding.verdict, *finding.reasons[:1]))}",
    )
