"""The events that lastgood sends out, as consumers see them; schemas in docs/reference/events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from lastgood.domain import copies, counting, times
from lastgood.domain.alarm import Incident, Strength
from lastgood.domain.copies import Copy, Database, Orphan, Purpose, Stage
from lastgood.domain.drills import Leftovers, Report, Result
from lastgood.domain.effect import Effect, shown
from lastgood.domain.hooks import Hooks
from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.objective import Finding, Verdict
from lastgood.domain.plan import Choice
from lastgood.domain.policy import Instance
from lastgood.domain.restore import UNVALIDATED, Copied
from lastgood.domain.sweep import Named
from lastgood.domain.undo import Kept, Wanted, kept

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
    "Copy Ready",
    "Copy Deleted",
    "Copy Overdue",
    "Drill Proved",
    "Drill Disproved",
    "Drill Not Tried",
    "Writers Stopped",
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

    `took_seconds` is from the request to where it stands now, and no further than to what was
    restored and validated, `rto_seconds` the same from the alarm on, `lost_seconds` what the
    restore cost: from the target to the request. `effect` is what its alarm did after a restore in
    place, `effect_detail` the same in a sentence; with `none` a person has to look. `bad_since` and
    `alternative` are those of the plan, `answer_by` is given while it waits for a person, and
    `instance_name` where the policy names the instance. `way` is given where nothing is
    overwritten: then `lost_seconds` is what the copy lacks. `pair` are the instances of which a
    copy goes with it, `pair_of` is the incident that it goes with. `undo_point` says whether what
    is overwritten is backed up first, and `kept` what came of that. `lost_writes` is as the plan
    has it: at most about so many commands in its `loss_seconds`. `summary` is all of it in a
    sentence.
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
    way: Literal["copy"] | None = None
    copy: Copied | None = None
    pair: tuple[str, ...] = ()
    pair_of: str | None = None
    undo_point: Wanted | None = None
    kept: Kept | None = None
    effect: Effect | None = None
    effect_detail: str | None = None
    lost_writes: int | None = None


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

    `worst` names at most 20 of those that are not `ok`, the worst first. `orphans` has at most 20
    instances with the tag of this ledger, which has no record of them; null where they could not
    be looked for. Version 1 had `verdicts` of each instance instead, and was one event for all
    clouds.
    """

    version: Literal[2]
    sweep: str
    cloud: str
    verdict: Verdict
    counts: dict[Verdict, int]
    worst: tuple[Named, ...]
    orphans: tuple[Orphan, ...] | None = None


class CopyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Detail of the `Copy …` events: a copy, whose it is, what it is like and what it costs.

    `instance` is what it was copied from, as of `target`; `missing_seconds` of writes are not in it
    by `at`. `secret` is the name of the secret with the password of its administrator. Prices are
    in the currency of the policy; addresses are known while it can be read.
    """

    version: Literal[1]
    copy: str
    copy_id: str | None
    instance: str
    instance_name: str | None
    owner: str
    purpose: Purpose
    stage: Stage
    target: datetime
    at: datetime
    missing_seconds: int
    secret: str
    addresses: tuple[str, ...] = ()
    port: int | None = None
    price_per_hour: float | None = None
    cost: float | None = None
    summary: str


class DrillEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Detail of the `Drill …` events: what was drilled, what that has shown, and how long it took.

    `moment` is what it was restored to, `rto_seconds` how long that took until it could be used,
    and `rpo_seconds` how far the newest restorable moment lay behind. `left_behind` is why the copy
    that it made may still be there, `cost` what that has cost so far, and `leftovers` what stayed
    of one that was seen to be gone.
    """

    version: Literal[1]
    drill: str
    instance: str
    instance_name: str | None
    result: Result
    reason: str
    began_at: datetime
    ended_at: datetime
    moment: datetime | None = None
    rto_seconds: int | None = None
    rpo_seconds: int | None = None
    verdict: str | None = None
    copy: str | None = None
    left_behind: str | None = None
    leftovers: Leftovers | None = None
    cost: float | None = None
    summary: str


class WritersEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Detail of `Writers Stopped`: a recovery whose `after` has not let the writers in again.

    `since` is when its `before` was called last, `hook` the `after` that is to be called, `key` the
    idempotency key of that, and `reason` what kept it from letting them in.
    """

    version: Literal[1]
    incident: str
    instance: str
    instance_name: str | None
    state: State
    at: datetime
    since: datetime
    hook: str
    key: str
    reason: str
    summary: str


_OF_AN_INCIDENT = (
    *("instance", "alarm", "changed_at", "strength"),
    *("onset", "onset_basis", "onset_detail", "pair_of"),
)
_OF_A_RECOVERY = (
    *("state", "job", "copy", "verdict", "code", "reason", "hint", "effect", "effect_detail"),
)
_OF_A_PLAN = (
    *("target", "restore_time", "loss_seconds", "lost_writes"),
    *("warnings", "bad_since", "alternative", "pair"),
)


def announce_recovery(
    incident: Incident, recovery: Recovery, instance_name: str | None = None
) -> RecoveryEvent:
    """Describe where an incident stands."""
    plan, sent_at = recovery.plan, recovery.overwrote_at
    known: dict[str, Any] = {
        name: getattr(source, name)
        for source, names in (
            (incident, _OF_AN_INCIDENT),
            (recovery, _OF_A_RECOVERY),
            (plan, _OF_A_PLAN if plan else ()),
        )
        for name in names
    }
    if plan is not None:
        known |= {"plan_hash": plan.hash, "way": plan.way, "undo_point": plan.undo}
    if recovery.undo is not None:
        known |= {"kept": kept(recovery.undo, sent_at)}
    if plan is not None and sent_at is not None:
        until = recovery.restored_at
        known |= {
            "took_seconds": times.whole_seconds(until - sent_at),
            "rto_seconds": times.whole_seconds(until - incident.changed_at),
            "lost_seconds": times.whole_seconds(sent_at - plan.target),
        }
    if plan is not None and recovery.state == "proposed":
        known |= {"answer_by": plan.answer_by}
    words = _BY_COPY if incident.pair_of or (plan and plan.way == "copy") else _IN_PLACE
    summary = _summary(instance_name or incident.instance, recovery, words)
    known |= {"instance_name": instance_name, "summary": summary}
    return RecoveryEvent(version=1, incident=incident.id, at=recovery.changed_at, **known)


def _summary(name: str, recovery: Recovery, words: _Words) -> str:
    """Say in a sentence what happened to an instance."""
    plan, reason = recovery.plan, recovery.reason or "no reason was recorded"
    target = times.print_rfc3339(plan.target) if plan else "no moment"
    match recovery.state:
        case "proposed" if plan:
            lost = times.tell_duration(timedelta(seconds=plan.loss_seconds))
            if plan.lost_writes is not None:
                lost = f"{lost}, {counting.tell(plan.lost_writes)}"
            would = words.would_be.format(name=name, target=target, lost=lost)
            return f"{would}; answer until {times.print_rfc3339(plan.answer_by)}"
        case "accepted":
            return words.being.format(name=name, target=target)
        case "settled":
            done = words.done.format(name=name, target=target)
            return done + _unvalidated(recovery) + _effect(recovery)
        case "failed":
            return f"the recovery of {name} failed: {reason}"
        case "handed-over":
            return f"the recovery of {name} needs a person: {reason}"
        case state:
            return f"{words.undone.format(name=name)}: {state}, {reason}"


class _Words(NamedTuple):
    """What is said of a restore by its way."""

    would_be: str
    being: str
    done: str
    undone: str


_IN_PLACE = _Words(
    "{name} would be restored to {target} and lose {lost}",
    "{name} is being restored to {target}",
    "{name} is restored to {target}",
    "{name} is not restored",
)
_BY_COPY = _Words(
    "a copy of {name} as of {target} would be made, which lacks the last {lost}; nothing is"
    " overwritten",
    "a copy of {name} as of {target} is being made",
    "a copy of {name} as of {target} is ready",
    "no copy of {name} is made",
)


def _unvalidated(recovery: Recovery) -> str:
    """That it could not be validated, if so."""
    reason = recovery.reason or ""
    return f", {reason}" if reason.startswith(UNVALIDATED) else ""


def _effect(recovery: Recovery) -> str:
    """What its alarm did after that, if it was waited for."""
    if recovery.effect is None:
        return ""
    return f"; {shown(recovery.effect, recovery.effect_detail or '')}"


def announce_ready(
    recovery: Recovery, copy: Copy, found: Database | None, source: Instance | None, now: datetime
) -> CopyEvent:
    """Describe the copy that a recovery made."""
    event = announce_copy(copy, found, source, now)
    summary = f"{event.summary} is ready: nothing was overwritten{_unvalidated(recovery)}"
    return msgspec.structs.replace(event, summary=summary)


def announce_undone(
    copy: Copy, found: Database, source: Instance | None, now: datetime
) -> CopyEvent:
    """Describe the new instance that has what a restore had overwritten."""
    event = announce_copy(copy, found, source, now)
    summary = f"{event.summary} is ready: it has what the restore of {copy.owner} overwrote"
    return msgspec.structs.replace(event, summary=summary)


def announce_overdue(
    copy: Copy, found: Database | None, source: Instance | None, now: datetime
) -> CopyEvent:
    """Describe a copy that nobody has deleted yet."""
    event = announce_copy(copy, found, source, now)
    return msgspec.structs.replace(event, summary=f"{event.summary} may still exist{_spent(event)}")


def announce_deleted(copy: Copy, source: Instance | None, now: datetime) -> CopyEvent:
    """Describe a copy that is gone."""
    event = announce_copy(msgspec.structs.replace(copy, stage="gone"), None, source, now)
    if copy.id is None:
        summary = f"{event.summary} was never made"
        return msgspec.structs.replace(event, cost=None, summary=summary)
    return msgspec.structs.replace(event, summary=f"{event.summary} is gone{_spent(event)}")


def _spent(event: CopyEvent) -> str:
    return "" if event.cost is None else f", which has cost {event.cost:.2f} so far"


def announce_copy(
    copy: Copy, found: Database | None, source: Instance | None, now: datetime
) -> CopyEvent:
    """Describe a copy; `found` is how it was read, `source` what the policy has of its source."""
    price = source.copy.price_per_hour if source and source.copy else None
    name = source.name if source else None
    return CopyEvent(
        version=1,
        copy=copy.name,
        copy_id=copy.id,
        instance=copy.source,
        instance_name=name,
        owner=copy.owner,
        purpose=copy.purpose,
        stage=copy.stage,
        target=copy.target,
        at=now,
        missing_seconds=times.whole_seconds(now - copy.target),
        secret=copy.secret,
        addresses=found.addresses if found else (),
        port=found.port if found else None,
        price_per_hour=price,
        cost=copies.cost(copy, price, now),
        summary=f"the copy of {name or copy.source} as of {times.print_rfc3339(copy.target)}",
    )


def announce_drill(report: Report, source: Instance | None, now: datetime) -> DrillEvent:
    """Describe a drill that has ended."""
    name = source.name if source else None
    price = source.copy.price_per_hour if source and source.copy and report.copy else None
    result = report.result or "not-tried"
    return DrillEvent(
        version=1,
        drill=report.drill,
        instance=report.instance,
        instance_name=name,
        result=result,
        reason=report.reason,
        began_at=report.at,
        ended_at=now,
        moment=report.moment,
        rto_seconds=report.rto_seconds,
        rpo_seconds=report.rpo_seconds,
        verdict=report.verdict,
        copy=report.copy,
        left_behind=report.left_behind,
        leftovers=report.leftovers,
        cost=copies.cost_of(now - report.at, price),
        summary=_drilled(name or report.instance, report),
    )


def _drilled(name: str, report: Report) -> str:
    if report.result == "proved" and report.moment and report.rto_seconds is not None:
        took = times.tell_duration(timedelta(seconds=report.rto_seconds))
        return f"{name} was restored to {times.print_rfc3339(report.moment)} in {took}"
    said = "could not be restored" if report.result == "disproved" else "was not drilled"
    return f"{name} {said}: {report.reason}"


def announce_writers(
    recovery: Recovery, hooks: Hooks, hook: str, source: Instance | None, now: datetime
) -> WritersEvent:
    """Describe that the writers of an instance may still be stopped."""
    name = source.name if source else None
    why = hooks.why or "it has not answered"
    return WritersEvent(
        version=1,
        incident=recovery.incident,
        instance=recovery.instance,
        instance_name=name,
        state=recovery.state,
        at=now,
        since=hooks.before_at or now,
        hook=hook,
        key=f"{recovery.incident}/{hooks.round}/after",
        reason=why,
        summary=f"the writers of {name or recovery.instance} may still be stopped: {why}",
    )


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
