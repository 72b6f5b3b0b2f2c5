"""A whole sweep over the fakes: the tick, and every execution that it leads to."""

from __future__ import annotations

from typing import cast

from lastgood.domain.events import SweepEvent
from lastgood.workflows.sweeping import begin, sweep
from lastgood.workflows.world import World
from tests.support.fakes import FakeFlow, FakeSweeps


def sweep_all(name: str, world: World) -> list[SweepEvent]:
    """What the sweep of each cloud came to. One that fails raises after the others ran."""
    begin(name, FakeFlow(), world)
    started, ends, failure = cast("FakeSweeps", world.sweeps).started, [], None
    done = 0
    while done < len(started):
        portion = list(started.values())[done]
        done += 1
        if portion.sweep != name:
            continue
        try:
            ended = sweep(portion, FakeFlow(), world)
        except Exception as error:  # noqa: BLE001 - as the engine does; it is raised at the end
            failure = error
            continue
        if isinstance(ended, SweepEvent):
            ends.append(ended)
    if failure:
        raise failure
    return ends
