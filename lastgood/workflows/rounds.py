"""One more round of a workflow in the same execution, whose steps need names of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from lastgood.ports import Flow, Pace

T = TypeVar("T")


class Round:
    """The Flow port over another flow, with the number of the round behind every name."""

    def __init__(self, flow: Flow, number: int) -> None:
        self._flow = flow
        self._number = number

    def step(self, name: str, action: Callable[[], T]) -> T:
        """As `Flow.step`."""
        return self._flow.step(self._named(name), action)

    def attempt(self, name: str, action: Callable[[], T]) -> T:
        """As `Flow.attempt`."""
        return self._flow.attempt(self._named(name), action)

    def once(self, name: str, action: Callable[[], T]) -> T:
        """As `Flow.once`."""
        return self._flow.once(self._named(name), action)

    def poll(self, name: str, look: Callable[[], T], done: Callable[[T], bool], pace: Pace) -> T:
        """As `Flow.poll`."""
        return self._flow.poll(self._named(name), look, done, pace)

    def pause(self, name: str, length: timedelta) -> None:
        """As `Flow.pause`."""
        self._flow.pause(self._named(name), length)

    def wait_for_a_person(
        self, name: str, announce: Callable[[str], None], timeout: timedelta
    ) -> None:
        """As `Flow.wait_for_a_person`."""
        self._flow.wait_for_a_person(self._named(name), announce, timeout)

    def _named(self, name: str) -> str:
        return f"{name}, round {self._number}"
