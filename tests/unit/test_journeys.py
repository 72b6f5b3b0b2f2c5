"""Whole ways through a recovery: their steps, what the journal keeps, what is told.

Names of steps and kinds of entries outlive a deployment; sentences are read by people.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Job, Refused, Unknown
from lastgood.ports import CloudError
from lastgood.workflows.operator import approve, reject, release
from lastgood.workflows.recovery import recover
from tests.support.builders import POLICY, REDIS, at
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154


class Scene(NamedTuple):
    """A world, and the execution that recovers in it."""

    world: FakeWorld
    flow: FakeFlow


Journey = Callable[[Scene], object]
BUSY = Refused("DBS.200011", "another operation runs", "busy")
OUR_JOB = Job(id="job-x", status="Completed", instance=REDIS, started_at=at("11:54:00"))
ON_PAPER = {"alarm", "decided", "claimed", "proposed"}
"""Entries whose details are incidents, plans and readings: other tests look at those."""


def proposing(scene: Scene) -> None:
    scene.world.current_policy = parse_policy(POLICY.replace('"auto"', '"propose"'))


def approving(scene: Scene, then: Callable[[], object] = int) -> None:
    """Approve what is proposed, as soon as the execution sleeps."""
    proposing(scene)

    def say() -> None:
        standing = scene.world.ledger.known("incident-1")
        if standing.state == "proposed" and standing.plan:
            approve("incident-1", standing.plan.hash, "ada", scene.world)
            then()

    scene.flow.while_asleep = say


def automatic(scene: Scene) -> None:
    """Nothing is in the way."""


def approved(scene: Scene) -> None:
    approving(scene)


def unanswered(scene: Scene) -> None:
    proposing(scene)


def rejected(scene: Scene) -> None:
    proposing(scene)
    scene.flow.while_asleep = lambda: reject("incident-1", "a load test", "ada", scene.world)


def observed(scene: Scene) -> None:
    scene.world.current_policy = parse_policy(POLICY.replace('"auto"', '"observe"'))


def undecided(scene: Scene) -> None:
    scene.world.cloud.failing["points"] = [CloudError("no answer", "wait", "transient")] * 99


def approved_and_undecided(scene: Scene) -> None:
    failing = [CloudError("no answer", "wait", "transient")] * 99
    approving(scene, lambda: scene.world.cloud.failing.update(points=failing))


def approved_and_refused(scene: Scene) -> None:
    known = scene.world.cloud.instances[REDIS]
    approving(scene, lambda: setattr(known, "state", InstanceState("abnormal")))


def lost_and_found(scene: Scene) -> None:
    scene.world.cloud.outcomes = [Unknown("the answer was lost")]
    scene.world.cloud.appearing = [OUR_JOB]


def lost(scene: Scene) -> None:
    scene.world.cloud.outcomes = [Unknown("the answer was lost")]


def lost_among_two(scene: Scene) -> None:
    lost_and_found(scene)
    scene.world.cloud.appearing.append(msgspec.structs.replace(OUR_JOB, id="job-y"))


def turned_down(scene: Scene) -> None:
    scene.world.cloud.outcomes = [BUSY, BUSY]


def refused(scene: Scene) -> None:
    scene.world.cloud.outcomes = [Refused("DBS.280404", "no such point")]


def halted(scene: Scene) -> None:
    scene.world.cloud.outcomes = [BUSY]
    scene.flow.while_asleep = lambda: scene.world.halt("ada", "maintenance")


def failed(scene: Scene) -> None:
    lost_and_found(scene)
    failing = msgspec.structs.replace(OUR_JOB, status="Failed", fail_reason="no space")
    scene.world.cloud.appearing = [failing]


def released(scene: Scene) -> None:
    scene.world.cloud.outcomes = [BUSY]
    scene.flow.while_asleep = lambda: release("incident-1", "it looks dead", "ada", scene.world)


def outdated(scene: Scene) -> None:
    scene.world.cloud.outcomes = [BUSY]
    scene.flow.while_asleep = lambda: scene.world.now.pass_(timedelta(minutes=16))


def waiting(scene: Scene) -> None:
    """Time passes while the execution sleeps, as long as its effect is waited for."""
    scene.world.current_policy = parse_policy(POLICY.replace('"0s"', '"3m"'))
    scene.flow.while_asleep = lambda: scene.world.now.pass_(timedelta(seconds=40))


def helped(scene: Scene) -> None:
    waiting(scene)

    def clear() -> None:
        scene.world.now.pass_(timedelta(minutes=2))
        now = scene.world.now()
        scene.world.ledger.hear(incident().source, "OK", now, now)

    scene.flow.while_asleep = clear


def still_red(scene: Scene) -> None:
    waiting(scene)


JOURNEYS: tuple[Journey, ...] = (
    *(automatic, approved, unanswered, rejected, observed, undecided, approved_and_undecided),
    *(approved_and_refused, lost_and_found, lost, lost_among_two, turned_down, refused, halted),
    *(failed, released, outdated, helped, still_red),
)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda one: one.__name__)
def test_a_whole_journey_is_as_it_is_written_down(journey: Journey) -> None:
    world, flow = world_at_1154(), FakeFlow()
    world.ledger.open(incident(), world.now())
    journey(Scene(world, flow))

    recover(incident(), flow, world)

    name = journey.__name__.replace("_", "-")
    written = Path(__file__).parent / "journeys" / f"{name}.txt"
    assert told(world, flow) == written.read_text(encoding="utf-8")


def told(world: FakeWorld, flow: FakeFlow) -> str:
    """The steps, the journal and the events, a line each."""
    lines = [f"step: {name}" for name in flow.kept]
    for entry in world.ledger.entries(REDIS):
        is_long = entry.kind in ON_PAPER and isinstance(entry.detail, dict)
        kept = "…" if is_long else msgspec.json.encode(entry.detail).decode()
        lines.append(f"journal: {entry.kind} of {entry.incident}: {kept}")
    for kind, detail in world.publisher.published:
        lines.append(f"event: {kind}: {detail['summary']}")
        lines += [f"  {key}: {detail[key]}" for key in ("code", "hint") if detail.get(key)]
    return "\n".join(lines) + "\n"
