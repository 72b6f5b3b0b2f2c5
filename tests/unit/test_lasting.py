"""How long an execution may last: numbers by the constants, and runs that take exactly as long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from lastgood.domain.policy_file import parse_policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Refused, Unknown
from lastgood.workflows import lasting
from lastgood.workflows.firing import TURNS, UNTIL_IDLE
from lastgood.workflows.lasting import around, longest, until_saved
from lastgood.workflows.recovery import LOOKS, TRACKING, recover
from tests.support.builders import POLICY, policy_text
from tests.support.fakes import FakeFlow, FakeWorld
from tests.support.scenes import incident, world_at_1154

BUSY = Refused("DBS.200011", "403 DBS.200011: Another operation runs.", "busy")
BACKING_UP = InstanceState("normal", ("BACKUP",), "Cluster")
IDLE = InstanceState("normal", (), "Cluster")


@pytest.mark.parametrize(
    ("part", "minutes"),
    [
        ("decisions", 6 * (6 * 5 + 2.25)),
        ("waits for a busy instance", 3 * 3 * 60 * 1.5),
        ("the request", 2 * (6 * 3 * 5 + 7.75 + 5 * (13 + 47.5 / 60 + 30 * 0.5))),
        ("finding out what came of it", 13 + 5.9375 / 60 + 30 * 2 * 0.5),
        ("the restore", 2 * (400 * 0.5 + 23_553.1 / 60)),
        ("the validate hook", 6 * 4 + 2.25),
        ("the start of a copy that goes along", 6 * 5 + 2.25),
    ],
)
def test_how_long_each_part_may_take_at_most(part: str, minutes: float) -> None:
    assert longest()[part] / timedelta(minutes=1) == pytest.approx(minutes, abs=0.01)


def test_hooks_around_a_restore_take_their_time_where_there_are_any() -> None:
    before, after, cut_off = 4 + 2.25, 6 * 4 + 2.25, 15
    fresh = 5 * 2 / 60

    hooked = parse_policy(POLICY + 'before = "arn:aws:lambda:b"\nafter = "arn:aws:lambda:a"\n')

    assert around(parse_policy(POLICY)) == {}
    told = around(hooked)["the hooks before and after"] / timedelta(minutes=1)
    assert told == pytest.approx(2 * (before + after + cut_off) + after + fresh, abs=0.01)


def test_an_undo_point_takes_its_time_where_one_is_made() -> None:
    waits = policy_text(undo="try", redis='undo_within = "20m"')

    assert until_saved(parse_policy(POLICY)) == {}
    told = until_saved(parse_policy(waits))["the backup of what it overwrites"]
    assert told == 2 * timedelta(minutes=20 + 5 + 2)


# What a run pauses is what its part says, where neither a read nor an invocation takes any time.


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    for name in ("READ_TAKES", "INVOCATION"):
        monkeypatch.setattr(lasting, name, timedelta())
    return world_at_1154()


def seen_as(world: FakeWorld, is_idle: Callable[[int], bool]) -> None:
    """Let the instance be idle at such a look at it, counted from one, and busy otherwise."""
    looks: list[str] = []

    def state(instance: str) -> InstanceState:
        looks.append(instance)
        return IDLE if is_idle(len(looks)) else BACKING_UP

    world.cloud.state = state  # type: ignore[method-assign] # a function of the same kind


def paused(world: FakeWorld) -> timedelta:
    flow = FakeFlow()
    recover(incident(), flow, world)
    return sum(flow.sleeps + flow.waits, timedelta())


def test_an_instance_that_is_free_only_at_the_last_look_is_waited_for_as_long_as_is_said(
    world: FakeWorld,
) -> None:
    seen_as(world, lambda look: look % (1 + LOOKS) == 0)  # a decision, and then looks

    assert paused(world) * (1 + lasting.ROUNDS) == longest()["waits for a busy instance"]


def test_a_request_that_is_never_taken_is_waited_for_as_long_as_is_said(world: FakeWorld) -> None:
    world.cloud.outcomes = [BUSY] * TURNS
    turn = 1 + UNTIL_IDLE.looks  # the look before the request, and those after it
    seen_as(world, lambda look: (look - 1) % turn in {0, 1})

    assert paused(world) * lasting.ROUNDS == longest()["the request"]


def test_an_outcome_that_stays_unknown_is_looked_for_as_long_as_is_said(world: FakeWorld) -> None:
    world.cloud.outcomes = [Unknown("no answer")]

    assert paused(world) == longest()["finding out what came of it"]


def test_a_restore_that_ends_at_the_last_look_is_followed_as_long_as_is_said(
    world: FakeWorld,
) -> None:
    world.cloud.looks = TRACKING.looks - 1
    before = 2  # to decide, and to check it again
    seen_as(world, lambda look: look <= before or look == before + TRACKING.looks)

    assert paused(world) == longest()["the restore"]
