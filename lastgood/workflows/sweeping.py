"""The sweep: measure every instance of the policy, one execution for each cloud, chained when long.

A step measures as many instances as the time of its invocation allows; then the execution pauses,
and a fresh invocation goes on. So no read is cut off, and running out of time is no finding.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import msgspec

from lastgood.domain.copies import Orphans
from lastgood.domain.events import Kind, SweepEvent, announce_finding
from lastgood.domain.objective import Finding
from lastgood.domain.policy import Instance
from lastgood.domain.sweep import MOST, Clouds, Portion, Started, Tally
from lastgood.ports import Flow, StepFailedError
from lastgood.workflows.copies import look_after, look_for_orphans
from lastgood.workflows.recording import send
from lastgood.workflows.starting import start_what_is_due, start_what_was_not
from lastgood.workflows.verification import OutOfTimeError, measuring
from lastgood.workflows.world import World

STEPS = 100
"""For one execution. With pauses and starts a tenth of the operations that it may have."""
LONGEST = timedelta(minutes=15)
"""After so long the next execution takes over: well before SweepTimeout (template.yaml)."""
RECORDING = 10.0
"""Seconds that are kept for recording a finding and for the checkpoint."""
PAUSE = timedelta(seconds=1)
"""The shortest that suspends an execution, so that a fresh invocation goes on with it."""


def begin(sweep: str, flow: Flow, world: World) -> tuple[Started, ...]:
    """Start the sweep of each cloud that has an instance.

    The same tick delivered again starts nothing: it gives the executions the same names.

    Raises:
        StepFailedError: one of them could not be started. The others were.
    """
    started, failure = [], None
    for cloud in flow.step("clouds", lambda: _clouds(world)).names:
        first = Portion(sweep=sweep, cloud=cloud)
        try:
            started.append(flow.attempt(f"start {cloud}", partial(world.sweeps.start, first)))
        except StepFailedError as error:
            failure = error
    if failure:
        raise failure
    return tuple(started)


def _clouds(world: World) -> Clouds:
    return Clouds(tuple(dict.fromkeys(instance.cloud for instance in world.policy().instance)))


def sweep(portion: Portion, flow: Flow, world: World) -> SweepEvent | Started:
    """Measure the instances of a cloud; the summary, or the execution that goes on.

    Alarms that were kept and never started are started as well, copies are looked after, and drills
    that are due begin.

    Raises:
        StepFailedError: one of them cannot be started, which a person has to know. The rest of the
            sweep was done, or handed over, before.
    """
    tally, began, failure = portion.tally, None, None
    for number in range(1, STEPS + 1):
        measure = partial(_measure, portion, tally, world)
        tally = flow.step(f"measure, part {number}", measure)
        if tally.left:
            start = partial(start_what_was_not, tally.left, world)
            try:
                flow.attempt(f"start what was not, part {number}", start)
            except StepFailedError as error:
                failure = error
        began = began or tally.at
        if tally.done or (began and tally.at and tally.at - began > LONGEST):
            break
        flow.pause(f"for a fresh invocation after part {number}", PAUSE)
    ended = (
        _tell(portion, tally, flow, world) if tally.done else _go_on(portion, tally, flow, world)
    )
    if tally.done:
        for what, action in (
            ("look after copies", look_after),
            ("start what is due", start_what_is_due),
        ):
            try:
                flow.attempt(what, partial(action, portion.cloud, world))
            except StepFailedError as error:
                failure = error
    if failure:
        raise failure
    return ended


def _go_on(portion: Portion, tally: Tally, flow: Flow, world: World) -> Started:
    following = msgspec.structs.replace(
        portion, number=portion.number + 1, tally=msgspec.structs.replace(tally, left=())
    )
    return flow.step("hand over", partial(world.sweeps.start, following))


def _tell(portion: Portion, tally: Tally, flow: Flow, world: World) -> SweepEvent:
    try:
        look = partial(look_for_orphans, portion.cloud, world)
        orphans = flow.attempt("look for orphans", look)
    except StepFailedError:
        orphans = Orphans()
    event = SweepEvent(
        version=2,
        sweep=portion.sweep,
        cloud=portion.cloud,
        verdict=tally.verdict,
        counts=tally.counts,
        worst=tally.worst,
        orphans=None if orphans.found is None else orphans.found[:MOST],
    )

    def tell() -> None:
        send("Sweep Completed", event, world)
        world.metrics.emit_sweep(tally.counts)

    flow.step("tell", tell)
    return event


def _measure(portion: Portion, tally: Tally, world: World) -> Tally:
    """Measure, in the order of the ids, as many instances as the time allows.

    What was measured before the step was cut off is measured again: only this tally counts.
    """
    policy = world.policy()
    todo = sorted(
        (one for one in policy.instance if one.cloud == portion.cloud and one.id > tally.after),
        key=lambda one: one.id,
    )
    found: list[tuple[str, Finding]] = []
    left: list[str] = []
    with measuring(todo, world) as futures:
        for instance, future in zip(todo, futures, strict=True):
            try:
                finding = future.result()
            except OutOfTimeError as late:
                if found or late.finding is None:
                    break
                finding = late.finding  # it had this whole invocation
            if found and world.time_left() < RECORDING:
                break
            _keep(portion.sweep, instance, finding, world)
            found.append((instance.name, finding))
            if world.ledger.unstarted(instance.id):
                left.append(instance.id)
    return tally.adding(found, left, world.now(), done=len(found) == len(todo))


def _keep(sweep: str, instance: Instance, finding: Finding, world: World) -> None:
    """Publish what changed, and only then keep it: nothing goes untold."""
    world.metrics.emit(instance.name, finding)
    before = world.ledger.last_finding(finding.instance)
    previous = before.verdict if before else None
    if (finding.verdict == "ok") != (previous in {None, "ok"}):
        kind: Kind = (
            "Recoverability Restored" if finding.verdict == "ok" else "Recoverability Degraded"
        )
        send(kind, announce_finding(sweep, finding, previous, instance.name), world)
    world.ledger.keep_finding(finding)
