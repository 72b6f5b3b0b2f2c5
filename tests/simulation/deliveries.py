"""How alarms come in, and how often the function that takes them is run for one of them."""

from __future__ import annotations

from typing import Any, cast

from lastgood.domain import drills
from lastgood.domain.errors import EventError
from lastgood.domain.policy import Instance
from lastgood.ports import Cloud, CloudError, StepFailedError
from lastgood.workflows.dispatch import dispatch
from lastgood.workflows.world import World
from tests.simulation import scene
from tests.simulation.engine import Asked
from tests.simulation.scene import Delivery
from tests.simulation.schedule import MINUTE, SECOND
from tests.simulation.world import SimulatedWorld
from tests.support.fakes import FakeSweeps
from tests.support.sweeps import sweep_all

ALARM_LIFETIME = 60 * SECOND
VERIFY_LIFETIME = 300 * SECOND
"""The timeouts of the functions in template.yaml."""


class _WithoutClouds:
    """The world of a sweep, whose threads the schedule does not know: it measures nothing.

    What it is simulated for is what it starts, and what it publishes.
    """

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self.sweeps = FakeSweeps()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    def clouds(self, name: str) -> Cloud:
        raise CloudError(f"the cloud {name} is not read by a sweep", "look at the decisions")


class Deliveries:
    """Runs the alarm function, and the sweep that finds what it left behind."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._schedule = world.schedule
        self._sweeps = 0

    def deliver(self, delivery: Delivery, tries: int = 99) -> None:
        """Run the alarm function; as long as it is cut off or fails, it is run again.

        After so many tries the event is among the dead letters.
        """

        def body() -> None:
            try:
                dispatched = dispatch(delivery.event, self._world)
            except EventError:
                return  # it is among the dead letters, and noted
            except Exception as error:  # noqa: BLE001 - as Lambda does
                self._schedule.say(f"fails: {error!r}")
                again()
                return
            self._world.watch.dispatched(delivery.source, dispatched)

        def again() -> bool:
            if tries > 1:
                self._schedule.after(
                    20 * SECOND, 2 * MINUTE, lambda: self.deliver(delivery, tries - 1)
                )
            else:
                self._schedule.hurt("event", "among the dead letters")
            return True

        process = self._schedule.spawn(delivery.name, body, ALARM_LIFETIME)
        process.killed = again
        process.left = again

    def drill(self) -> None:
        """Start the drill of the database that is due, as a sweep does, and perhaps once more."""
        self.start_again(drills.scheduled(self._database(), self._schedule.start))

    def drill_by_hand(self) -> None:
        """Start another one, at a command line."""
        self.start_again(drills.order(self._database(), self._schedule.true_time()))

    def _database(self) -> Instance:
        return scene.policy("plain", (), 1, 1).instance[-1]

    def start_again(self, order: Asked) -> None:
        """Start something again, as a late delivery would; one that fails is tried once more."""

        def body() -> None:
            try:
                self._world.starter.start(order)
            except Exception as error:  # noqa: BLE001 - as Lambda does
                self._schedule.say(f"fails: {error!r}")

        self._schedule.spawn("late start", body)

    def sweep(self) -> None:
        """Run the verify function once."""
        self._sweeps += 1
        name = f"sweep-{self._sweeps}"

        def body() -> None:
            try:
                sweep_all(name, cast("World", _WithoutClouds(self._world)))
            except StepFailedError as error:
                self._schedule.say(f"fails: {error}")

        self._schedule.spawn(name, body, VERIFY_LIFETIME)
