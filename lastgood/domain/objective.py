"""An instance measured against what it promises: whether it could be restored now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from lastgood.domain import ranges, times
from lastgood.domain.policy import Instance, Objective
from lastgood.domain.reading import Reading

Verdict = Literal["ok", "degraded", "unknown", "failing"]
SEVERITY: tuple[Verdict, ...] = ("ok", "degraded", "unknown", "failing")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One instance at one time; lengths in seconds, None where nothing is restorable or known.

    `degraded` misses an objective, `failing` could not be restored at all, `unknown` could not be
    measured; `reasons` says why, a sentence each.
    """

    instance: str
    verdict: Verdict
    measured_at: datetime
    newest: datetime | None = None
    lag_seconds: int | None = None
    coverage_seconds: int | None = None
    longest_gap_seconds: int | None = None
    reasons: tuple[str, ...] = ()


class Roster(msgspec.Struct, frozen=True):
    """Whom a sweep measures: the ids of the policy's instances when it began."""

    instances: tuple[str, ...]


class Measured(msgspec.Struct, frozen=True):
    """What one step of a sweep found."""

    findings: tuple[Finding, ...]


def assess(instance: Instance, reading: Reading, now: datetime) -> Finding:
    """Measure what can be restored against the instance's objective."""
    lag = ranges.lag(reading.range, now)
    if lag is None:
        off = reading.pitr is not None and not reading.pitr.enabled
        reason = "point-in-time recovery is switched off" if off else "nothing is restorable"
        return Finding(instance=instance.id, verdict="failing", measured_at=now, reasons=(reason,))
    coverage, gap = reading.range.coverage, reading.range.longest_gap
    reasons = tuple(_misses(instance.objective, reading, lag, coverage, gap))
    status = reading.state.status if reading.state else "normal"
    if status != "normal":
        reasons = (f"it is {status}: only a normal instance is restored", *reasons)
    return Finding(
        instance=instance.id,
        verdict="failing" if status != "normal" else "degraded" if reasons else "ok",
        measured_at=now,
        newest=reading.range.newest,
        lag_seconds=times.whole_seconds(lag),
        coverage_seconds=times.whole_seconds(coverage),
        longest_gap_seconds=times.whole_seconds(gap),
        reasons=reasons,
    )


def unmeasured(instance: Instance, reason: str, now: datetime) -> Finding:
    """Say that an instance could not be measured, and why."""
    return Finding(instance=instance.id, verdict="unknown", measured_at=now, reasons=(reason,))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict over several instances: that of the worst."""
    return max(verdicts, key=SEVERITY.index, default="ok")


def _misses(
    objective: Objective, reading: Reading, lag: timedelta, coverage: timedelta, gap: timedelta
) -> Iterator[str]:
    say = times.tell_duration
    if reading.pitr is not None and not reading.pitr.enabled:
        yield "point-in-time recovery is switched off: what is restorable now will run out"
    if objective.max_lag is not None and lag > objective.max_lag:
        yield f"the newest moment is {say(lag)} old, more than max_lag {say(objective.max_lag)}"
    if objective.min_coverage is not None and coverage < objective.min_coverage:
        yield f"{say(coverage)} are covered, less than min_coverage {say(objective.min_coverage)}"
    if objective.max_gap is not None and gap > objective.max_gap:
        yield f"the longest gap is {say(gap)}, more than max_gap {say(objective.max_gap)}"
