"""A schedule that draws nothing: it goes the usual way, except where it is told to deviate.

Every boundary that a process crosses, and every choice of the simulated world, is numbered in the
order in which it comes. A run is determined by its deviations, each a number and what happens
there; so all runs with so many deviations can be enumerated, and each can be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from tests.simulation.schedule import LATENCY, SECOND, Boundary, Process, Schedule

T = TypeVar("T")

LONG = 210 * SECOND
"""How long a stalled process stalls: so long that too little is left for a request."""
SHORT = 20 * SECOND
"""How long one sleeps that is overtaken: its successor gets past the first pause of a turn."""

PERSON = "somebody "
"""How happenings are named that begin a process of their own."""

STALLS = frozenset(
    {"before a commit", "before the request", "before a deletion", "before a backup is asked for"}
)
BEFORE_EFFECT = STALLS | {
    "before a checkpoint",
    "before a start",
    "before a wake-up call",
    "before an event is sent",
    "before the hook",
}
AFTER_EFFECT = frozenset(
    {
        "after a commit, its answer lost",
        "after a checkpoint",
        "after a start, its answer lost",
        "after a wake-up call, its answer lost",
        "in the request, after it took effect",
        "after a deletion",
        "after a backup was asked for",
        "after an event was sent, its answer lost",
        "after the hook, its answer lost",
    }
)
"""Where a process that dies leaves behind something else than if it had died a boundary earlier."""
SWITCHES = BEFORE_EFFECT | {"before a read of the store", "before a read of the cloud"}

MATTERS: dict[str, frozenset[str]] = {
    PERSON: frozenset(
        {
            "before a read of the store",
            "before a commit",
            "before a start",
            "before a wake-up call",
        }
    ),
    "the policy ": frozenset({"before a read of the policy"}),
    "the cloud ": frozenset(
        {
            "before a read of the cloud",
            "before the request",
            "before a deletion",
            "before a backup is asked for",
        }
    ),
    "the execution ": BEFORE_EFFECT,
    "the clocks ": frozenset({"before a checkpoint"}),
}
"""Before which boundaries a happening is tried, by how its name begins.

It makes no difference whether it comes about there or before something that it does not touch.
"""


class Deviation(NamedTuple):
    """What happens instead of the usual, and at which of the numbered places."""

    number: int
    kind: str
    is_firing: bool = False


class Place(NamedTuple):
    """A numbered place where a run can deviate: how, and whether a recovery is about to fire."""

    number: int
    kinds: tuple[str, ...]
    is_firing: bool


class GuidedSchedule(Schedule):
    """The schedule of one run; `places` are those behind the last deviation."""

    def __init__(
        self, start: datetime, deviations: Sequence[Deviation], *, records: bool = True
    ) -> None:
        super().__init__(0, start)
        self.places: list[Place] = []
        self.happenings: dict[str, Callable[[], object]] = {}
        self.usual: dict[str, list[str]] = {}
        self.is_firing: Callable[[], bool] = lambda: False
        self.told: list[str] = []
        self._deviations: Mapping[int, str] = {one.number: one.kind for one in deviations}
        self._last = deviations[-1].number if deviations else -1
        self._number = 0
        self._is_quiet = False
        self._acted: set[Process] = set()
        self._records = records

    # What is drawn otherwise

    def between(self, lowest: int, highest: int) -> int:
        del highest
        return lowest

    def pick(self, things: Sequence[T]) -> T:
        return things[0]

    def chance(self, probability: float) -> bool:
        del probability
        return False

    def _pick(self) -> Process:
        return self._ready.pop(0)

    def calm(self) -> None:
        """Let nothing deviate any more."""
        self._is_quiet = True

    # Choices

    def choose(self, what: str, others: Sequence[str], likely: float) -> str | None:
        del likely
        if self.aborting or not (others or self.usual.get(what)):
            return None
        usual = self.usual[what].pop(0) if self.usual.get(what) else None
        kind = self._come_to(what, lambda: tuple(f"{what}: {o}" for o in others if o != usual))
        return usual if kind is None else kind.partition(": ")[2]

    def point(self, boundary: Boundary) -> None:
        self.clock += LATENCY
        if self.aborting or self.clock > self.current.deadline:
            self._end_who_must()
        kind = self._come_to(boundary.name, lambda: self._kinds(boundary))
        if kind is not None:
            self._deviate(kind, boundary)

    def _come_to(self, where: str, kinds: Callable[[], tuple[str, ...]]) -> str | None:
        """Number a place, and remember what can happen there; or what is to happen."""
        number = self._number
        self._number += 1
        if self._is_quiet:
            return None
        if number > self._last:
            if self._records and (possible := kinds()):
                self.places.append(Place(number, possible, self.is_firing()))
            return None
        kind = self._deviations.get(number)
        if kind is not None:
            self.told.append(f"place {number}, {self.current.name}, {where}: {kind}")
            self.say(f"!! {kind} at place {number}, {where}")
        return kind

    def _kinds(self, boundary: Boundary) -> tuple[str, ...]:
        """What is worth trying here: what differs from the same at the place before."""
        name, faults, current = boundary.name, boundary.faults, self.current
        kinds: list[str] = []
        is_first = name in BEFORE_EFFECT and current not in self._acted
        if is_first or name in AFTER_EFFECT:
            self._acted.add(current)
            kinds += [kind for kind in ("kill",) if kind in faults]
            if "leave" in faults and current.left is not _no_successor:
                kinds += ["leave", "overtake"]
        if name in STALLS:
            kinds.append("stall")
        if "fail" in faults and boundary.error and not name.startswith("after a read"):
            kinds.append("fail")
        if name in SWITCHES:
            kinds += [f"switch {other.name}" for other in self._ready]
        kinds += [
            happening
            for happening in self.happenings
            if any(name in where and happening.startswith(how) for how, where in MATTERS.items())
        ]
        return tuple(dict.fromkeys(kinds))

    def _deviate(self, kind: str, boundary: Boundary) -> None:
        match kind:
            case "kill":
                self._kill(boundary)
            case "fail" if boundary.error:
                self._fail(boundary.name, boundary.error)
            case "stall":
                self.sleep(LONG)
            case "leave":
                self.current.left()
            case "overtake":
                self.current.left()
                self.sleep(SHORT)
            case _ if kind.startswith("switch "):
                others = [one for one in self._ready if one.name == kind.removeprefix("switch ")]
                if others:
                    self._ready.remove(others[0])
                    self._give_way_to(others[0])
            case _:
                waiting = len(self._ready)
                self.happen(kind)
                if len(self._ready) > waiting:
                    self._give_way_to(self._ready.pop())

    def _give_way_to(self, other: Process) -> None:
        me = self.current
        self._ready.append(me)
        self._switch(me, other)

    def happen(self, name: str) -> None:
        """Let a happening of the scenario come about, unless it has already."""
        if action := self.happenings.pop(name, None):
            action()


def is_preemption(kind: str) -> bool:
    """Whether after this another process runs than usually would."""
    return kind.startswith(("leave", "overtake", "switch ", PERSON))


_no_successor = Process("", lambda: None, 0, 0).left
