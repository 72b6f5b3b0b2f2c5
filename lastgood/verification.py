"""The verification workflow: whether every instance could be restored, if it had to be now."""

from __future__ import annotations

from functools import partial

import msgspec

from lastgood.domain.announcements import RecoverabilityEvent, SweepEvent
from lastgood.domain.objective import Finding, Verdict, assess, unmeasured, worst
from lastgood.domain.policy import Instance
from lastgood.ports import Clock, CloudError, Flow
from lastgood.readings import Clouds, read_one
from lastgood.world import World


class Roster(msgspec.Struct, frozen=True):
    """Whom a sweep measures: the ids of the policy's instances when it began."""

    instances: tuple[str, ...]


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep came to: the worst verdict, and each finding."""

    sweep: str
    verdict: Verdict
    findings: tuple[Finding, ...]


def verify(sweep: str, flow: Flow, world: World) -> Sweep:
    """Measure every instance of the policy, tell what changed, and summarise."""
    roster = flow.step("roster", lambda: _roster(world))
    findings = tuple(
        flow.step(f"measure {instance}", partial(_measure, sweep, instance, world))
        for instance in roster.instances
    )
    verdict = worst(finding.verdict for finding in findings)
    flow.step("tell", lambda: _tell(sweep, verdict, findings, world))
    return Sweep(sweep=sweep, verdict=verdict, findings=findings)


def measure(instance: Instance, clouds: Clouds, clock: Clock) -> Finding:
    """Measure one instance; one that cannot be read is a finding too, never an exception."""
    try:
        reading = read_one(instance, clouds, clock())
    except CloudError as error:
        return unmeasured(instance, error.message, clock())
    return assess(instance, reading, clock())


def _roster(world: World) -> Roster:
    return Roster(tuple(instance.id for instance in world.policy().instance))


def _measure(sweep: str, instance_id: str, world: World) -> Finding:
    """Measure, tell if the verdict changed, and only then keep it: nothing goes untold."""
    instance = world.policy().find(instance_id)
    if instance is None:
        gone = ("it left the policy during the sweep",)
        return Finding(
            instance=instance_id, verdict="unknown", measured_at=world.now(), reasons=gone
        )
    finding = measure(instance, world.clouds, world.now)
    world.metrics.emit(instance.name, finding)
    before = world.ledger.last_finding(instance.id)
    previous = before.verdict if before else None
    if (finding.verdict == "ok") != (previous in {None, "ok"}):
        kind = "Recoverability Restored" if finding.verdict == "ok" else "Recoverability Degraded"
        event = RecoverabilityEvent(
            version=1, sweep=sweep, instance=instance.id, finding=finding, previous=previous
        )
        world.publisher.publish(kind, msgspec.to_builtins(event))
    world.ledger.keep_finding(finding)
    return finding


def _tell(sweep: str, verdict: Verdict, findings: tuple[Finding, ...], world: World) -> None:
    verdicts = {finding.instance: finding.verdict for finding in findings}
    event = SweepEvent(version=1, sweep=sweep, verdict=verdict, verdicts=verdicts)
    world.publisher.publish("Sweep Completed", msgspec.to_builtins(event))
