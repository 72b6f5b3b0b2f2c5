"""The verification workflow: whether every instance could be restored, if it had to be now."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from functools import partial
from threading import Thread

import msgspec

from lastgood.domain.errors import LastgoodError
from lastgood.domain.events import Kind, SweepEvent, announce_finding
from lastgood.domain.objective import (
    Finding,
    Measured,
    Roster,
    Verdict,
    assess,
    unmeasured,
    worst,
)
from lastgood.domain.policy import Instance
from lastgood.ports import Cloud, Flow
from lastgood.workflows.reading import read_one
from lastgood.workflows.recording import send
from lastgood.workflows.starting import start_what_was_not
from lastgood.workflows.world import World

BATCH = 10
"""Instances measured in one step. At the slowest, 23 requests each, it is done in half a minute."""
THREADS = 10
"""For each cloud."""

_Task = tuple[Instance, Future[Finding]]


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep came to: the worst verdict, and each finding."""

    sweep: str
    verdict: Verdict
    findings: tuple[Finding, ...]


def verify(sweep: str, flow: Flow, world: World) -> Sweep:
    """Measure every instance of the policy, publish what changed, and summarise.

    Alarms that were kept and never started are started as well.

    Raises:
        StepFailedError: one of them cannot be started, which a person has to know.
    """
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
    left = flow.step("tell", lambda: _publish(sweep, verdict, findings, world))
    if left:
        flow.attempt("start what was not", lambda: start_what_was_not(left.instances, world))
    return Sweep(sweep=sweep, verdict=verdict, findings=findings)


def _roster(world: World) -> Roster:
    return Roster(tuple(instance.id for instance in world.policy().instance))


def _batches(ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _measure(sweep: str, ids: tuple[str, ...], world: World) -> Measured:
    """Measure, publish what changed, and only then keep it: nothing goes untold."""
    policy = world.policy()
    known = [found for each in ids if (found := policy.by_id(each))]
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
        kind: Kind = (
            "Recoverability Restored" if finding.verdict == "ok" else "Recoverability Degraded"
        )
        send(kind, announce_finding(sweep, finding, previous, name), world)
    world.ledger.keep_finding(finding)


def _publish(
    sweep: str, verdict: Verdict, findings: tuple[Finding, ...], world: World
) -> Roster | None:
    """Publish the summary; the instances of which an alarm was kept and never started, if any."""
    verdicts = {finding.instance: finding.verdict for finding in findings}
    event = SweepEvent(version=1, sweep=sweep, verdict=verdict, verdicts=verdicts)
    send("Sweep Completed", event, world)
    left = tuple(instance for instance in verdicts if world.ledger.unstarted(instance))
    return Roster(left) if left else None


def measure(
    instances: Sequence[Instance], world: World, told: Callable[[Finding], object]
) -> tuple[Finding, ...]:
    """Measure instances, several at a time; `told` is called with each finding as it is made.

    Returns the findings in the order of the instances. One that cannot be read is a finding too,
    never an exception.
    """
    tasks: dict[str, deque[_Task]] = defaultdict(deque)
    futures: list[Future[Finding]] = [Future() for _ in instances]
    for instance, future in zip(instances, futures, strict=True):
        tasks[instance.cloud].append((instance, future))
    try:
        for name, of_cloud in tasks.items():
            cloud = _connected(name, world)
            for _ in range(min(THREADS, len(of_cloud))):
                # Not an executor: it would wait for its threads when a person interrupts.
                Thread(target=_work, args=(of_cloud, cloud, world), daemon=True).start()
        for done in as_completed(futures):
            told(done.result())
    finally:
        for of_cloud in tasks.values():
            of_cloud.clear()
    return tuple(future.result() for future in futures)


def _connected(name: str, world: World) -> Cloud | LastgoodError:
    """A cloud; or why there is none, which is no reason not to measure those of another."""
    try:
        return world.clouds(name)
    except LastgoodError as error:
        return error


def _work(tasks: deque[_Task], cloud: Cloud | LastgoodError, world: World) -> None:
    """Measure until there is nothing left to begin."""
    while True:
        try:
            instance, future = tasks.popleft()
        except IndexError:
            return
        try:
            future.set_result(_measured(instance, cloud, world))
        except BaseException as error:  # noqa: BLE001 - `measure` raises it again
            future.set_exception(error)


def _measured(instance: Instance, cloud: Cloud | LastgoodError, world: World) -> Finding:
    if isinstance(cloud, LastgoodError):
        return unmeasured(instance, cloud.message, world.now())
    try:
        reading = read_one(instance, lambda _: cloud, world.now())
    except LastgoodError as error:
        return unmeasured(instance, error.message, world.now())
    return assess(instance, reading, world.now())
