"""The verification workflow: whether every instance could be restored, if it had to be now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from lastgood.domain.events import RecoverabilityEvent, SweepEvent
from lastgood.domain.objective import Finding, Measured, Roster, Verdict, worst
from lastgood.ports import Flow
from lastgood.workflows.measuring import measure
from lastgood.workflows.world import World

BATCH = 10
"""Instances measured in one step. At the slowest, 23 requests each, it is done in half a minute."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep came to: the worst verdict, and each finding."""

    sweep: str
    verdict: Verdict
    findings: tuple[Finding, ...]


def verify(sweep: str, flow: Flow, world: World) -> Sweep:
    """Measure every instance of the policy, publish what changed, and summarise."""
    roster = flow.step("roster", lambda: _roster(world))
    findings = tuple(
        finding
        for batch in _batches(roster.instances)
        for finding in flow.step(
            f"measure {batch[0]} and {len(batch) - 1} more",
            partial(_measure, sweep, batch, world),
        ).findings
    )
    verdict = worst(finding.verdict for finding in findings)
    flow.step("tell", lambda: _publish(sweep, verdict, findings, world))
    return Sweep(sweep=sweep, verdict=verdict, findings=findings)


def _roster(world: World) -> Roster:
    return Roster(tuple(instance.id for instance in world.policy().instance))


def _batches(ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _measure(sweep: str, ids: tuple[str, ...], world: World) -> Measured:
    """Measure, publish what changed, and only then keep it: nothing goes untold."""
    policy = world.policy()
    known = [found for each in ids if (found := policy.find(each))]
    findings = {found.instance: found for found in measure(known, world, lambda _: None)}
    for instance in known:
        _keep(sweep, instance.name, findings[instance.id], world)
    return Measured(tuple(findings.get(each) or _gone(each, world) for each in ids))


def _gone(instance: str, world: World) -> Finding:
    reasons = ("it left the policy during the sweep",)
    return Finding(instance=instance, verdict="unknown", measured_at=world.now(), reasons=reasons)


def _keep(sweep: str, name: str, finding: Finding, world: World) -> None:
    world.metrics.emit(name, finding)
    before = world.ledger.last_finding(finding.instance)
    previous = before.verdict if before else None
    if (finding.verdict == "ok") != (previous in {None, "ok"}):
        kind = "Recoverability Restored" if finding.verdict == "ok" else "Recoverability Degraded"
        event = RecoverabilityEvent(
            version=1, sweep=sweep, instance=finding.instance, finding=finding, previous=previous
        )
        world.publisher.publish(kind, msgspec.to_builtins(event))
    world.ledger.keep_finding(finding)


def _publish(sweep: str, verdict: Verdict, findings: tuple[Finding, ...], world: World) -> None:
    verdicts = {finding.instance: finding.verdict for finding in findings}
    event = SweepEvent(version=1, sweep=sweep, verdict=verdict, verdicts=verdicts)
    world.publisher.publish("Sweep Completed", msgspec.to_builtins(event))
