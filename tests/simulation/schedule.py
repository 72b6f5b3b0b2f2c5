"""One thread of control at a time, virtual time, and a seed that decides who goes next.

Every process of the simulated world (an invocation of a function, a person at the command line)
runs the real, synchronous code. Wherever that code crosses a boundary to the outside, it comes
through `Schedule.point`; there the process may be interrupted for any other, killed, made to wait
or handed a failure. Processes that are interrupted keep their stack on a thread of their own, so
any interleaving at the granularity of I/O can come about; but a thread runs only while it holds the
baton, so a history is a function of its seed and of nothing else.
"""

from __future__ import annotations

import _thread
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple, NoReturn, TypeVar

from lastgood.domain.alarm import Incident
from lastgood.domain.policy import Policy
from lastgood.domain.ranges import RestorableRange

T = TypeVar("T")

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
"""Virtual time is a whole number of milliseconds since the history began."""

FOREVER = 10**12
LATENCY = 13
"""Milliseconds that crossing a boundary takes."""

NESTED = 0.5
"""How often a new process runs to its end, or pause, before the one that it interrupts goes on.

That needs no other thread, and so is cheap; the rest of the time any of the two may be next.
"""

ENDLESS = 4000
"""A history in which more than this many things happen is taken for one that never ends."""


class KilledError(BaseException):
    """The process is gone: nothing in it may catch this."""


class Boundary(NamedTuple):
    """A place where something may go wrong: `faults` are the kinds that may happen there.

    `weight` is how much likelier than elsewhere, `error` makes the failure that the caller sees.
    """

    name: str
    faults: tuple[str, ...]
    weight: int = 1
    error: Callable[[], Exception] | None = None


class Process:
    """One run of some function; killed at the first boundary that it reaches after `deadline`."""

    __slots__ = (
        "body",
        "deadline",
        "incident",
        "kept_at",
        "killed",
        "left",
        "listed_at",
        "name",
        "policy",
        "ranges",
        "skew",
        "struck",
        "time_left",
        "worker",
    )

    def __init__(self, name: str, body: Callable[[], object], deadline: int, skew: int) -> None:
        self.name = name
        self.body = body
        self.deadline = deadline
        self.skew = timedelta(milliseconds=skew)
        self.worker: _Worker | None = None
        self.killed: Callable[[], object] = _nothing
        self.left: Callable[[], bool] = _no
        self.struck = 0
        # What it has read last, for the invariants to hold its deeds against.
        self.policy: Policy | None = None
        self.kept_at = 0
        self.listed_at = 0
        self.time_left: float | None = None
        self.ranges: dict[str, RestorableRange] = {}
        self.incident: Incident | None = None


def _nothing() -> None:
    """A process that nobody restarts."""


def _no() -> bool:
    """A process that nobody replaces while it lives."""
    return False


class Schedule:
    """Who runs, what time it is, and which faults strike where."""

    def __init__(self, seed: int, start: datetime, most: int = ENDLESS) -> None:
        self._most = most
        self.random = Random(seed)  # noqa: S311 - reproducible is what it has to be
        self.start = start
        self.clock = 0
        self.budget = 0
        self.patience = 0
        self.mean_gap = 0.0
        self.gap = FOREVER
        self.enabled: frozenset[str] = frozenset()
        self.skews = 0
        self.bag: list[Callable[[], object]] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        self.trace: list[str] | None = None
        self.aborting = False
        self.firing = 0
        self.current = _NOBODY
        self._ready: list[Process] = []
        self._timers: list[tuple[int, int, Callable[[], object]]] = []
        self._serial = count()
        self._happened = 0
        self._next_up: Process | None = None
        self._here = _MAIN
        self._crash: BaseException | None = None

    # For whoever makes things happen

    def spawn(self, name: str, body: Callable[[], object], lifetime: int = FOREVER) -> Process:
        """Make a process that may begin at once."""
        skew = self.between(-self.skews, self.skews) if self.skews else 0
        process = Process(name, body, self.clock + lifetime, skew)
        self._ready.append(process)
        return process

    def at(self, time: int, action: Callable[[], object]) -> None:
        """Let something happen at a time, or earlier: a fault may bring it forward."""
        heappush(self._timers, (time, next(self._serial), action))

    def after(self, shortest: int, longest: int, action: Callable[[], object]) -> None:
        """Let something happen after a while."""
        self.at(self.clock + self.between(shortest, longest), action)

    def now(self) -> datetime:
        """The time by the clock of the current process."""
        return self.start + timedelta(milliseconds=self.clock) + self.current.skew

    def true_time(self) -> datetime:
        """The time that nobody in the simulated world knows."""
        return self.start + timedelta(milliseconds=self.clock)

    def between(self, lowest: int, highest: int) -> int:
        """Draw a number, both bounds included; cheaper than `randint`, and fair enough."""
        return lowest + int(self.random.random() * (highest - lowest + 1))

    def pick(self, things: Sequence[T]) -> T:
        """Draw one of several."""
        return things[int(self.random.random() * len(things))]

    def chance(self, probability: float) -> bool:
        """Toss a coin."""
        return self.random.random() < probability

    def choose(self, what: str, others: Sequence[str], likely: float) -> str | None:
        """Draw whether something else than usual happens, and which of several."""
        if not others or self.random.random() >= likely:
            return None
        chosen = self.pick(others)
        self.hurt(what, chosen)
        return chosen

    def hurt(self, kind: str, where: str = "") -> None:
        """Count a fault, and tell it."""
        self.counts[kind, where] += 1
        if self.trace is not None:
            self.say(f"!! {kind} {where}")

    def say(self, text: str) -> None:
        """Add a line to the trace."""
        if self.trace is not None:
            time = self.start + timedelta(milliseconds=self.clock)
            self.trace.append(
                f"{time:%H:%M:%S}.{self.clock % 1000:03d} {self.current.name:<24} {text}"
            )

    # Boundaries

    def dare(self, mean_gap: float) -> None:
        """Let a fault strike after so many boundaries, on the average."""
        self.mean_gap = mean_gap
        self._draw_gap()

    def _draw_gap(self) -> None:
        spent = self.budget <= 0 and self.patience <= 0
        self.gap = FOREVER if spent else int(self.random.expovariate(1 / self.mean_gap))

    def calm(self) -> None:
        """Let no more faults strike."""
        self.budget = self.patience = 0
        self.mean_gap = self.mean_gap or 1.0
        self.enabled = frozenset()
        if not self.aborting:
            self.gap = FOREVER

    def point(self, boundary: Boundary) -> None:
        """Cross a boundary.

        Raises:
            KilledError: the process ends here.
            Exception: what the boundary's `error` makes, where a failure strikes.
        """
        self.clock += LATENCY
        self.gap -= boundary.weight
        if self.gap < 0 or self.clock > self.current.deadline:
            self._strike(boundary)

    def _strike(self, boundary: Boundary) -> None:
        self._end_who_must()
        self._draw_gap()
        kind = self.pick(boundary.faults)
        if kind not in self.enabled or self.budget <= 0:
            kind = "switch"
        else:
            self.budget -= 1
        match kind:
            case "switch":
                self._let_others(boundary)
            case "kill":
                self._kill(boundary)
            case "leave" if self.current.left():
                self.hurt("left behind", boundary.name)
                if self.chance(0.5):  # long enough to meet what its successor has begun meanwhile
                    self.sleep(self.between(SECOND, 4 * MINUTE))
                    return
                self._let_others(boundary)
            case "delay":
                self.hurt("delayed", boundary.name)
                self.sleep(self.between(SECOND, 4 * MINUTE))
            case "fail" if boundary.error is not None:
                self._fail(boundary.name, boundary.error)

    def _end_who_must(self) -> None:
        """End the current process if its time is over, or everything is."""
        if self.aborting:
            raise KilledError
        if self.clock > self.current.deadline:
            self.hurt("timed out", "at a boundary")
            self.current.struck += 1
            raise KilledError

    def _kill(self, boundary: Boundary) -> NoReturn:
        self.hurt("killed", boundary.name)
        self.current.struck += 1
        raise KilledError

    def _fail(self, where: str, error: Callable[[], Exception]) -> NoReturn:
        self.hurt("failed", where)
        self.current.struck += 1
        raise error()

    def _let_others(self, boundary: Boundary) -> None:
        """Make something happen right now, and let another process run if there is one."""
        if "switch" not in self.enabled or self.patience <= 0:
            return
        self.patience -= 1
        if self.bag and self.chance(0.6):
            self._draw_from_bag()
        elif self._timers and self.chance(0.3):
            self._ring()
        me = self.current
        if not self._ready:
            self._go_on(me)
            return
        self.hurt("interrupted", boundary.name)
        other = self._pick()
        if other.worker is None and self.chance(NESTED):
            self._run(other)
            self._go_on(me)
        else:
            self._ready.append(me)
            self._switch(me, other)

    def sleep(self, length: int) -> None:
        """Let the current process wait, and others run meanwhile."""
        me = self.current
        self.at(self.clock + length, lambda: self._ready.append(me))
        other = self._next()
        if other is not me and other is not None:
            self._switch(me, other)
        else:
            self._end_who_must()

    # Whose turn it is

    def run(self) -> None:
        """Let everything happen, until nothing is left to."""
        _MAIN.schedule = self
        self._drive(_MAIN)
        if self._crash is not None:
            raise self._crash

    def abort(self) -> None:
        """End every process at the next boundary that it reaches."""
        self.aborting = True
        self.gap = -1

    def _next(self) -> Process | None:
        """The process to go on with; None when nothing is left."""
        if self._next_up is not None:
            process, self._next_up = self._next_up, None
            return process
        while True:
            if self._ready:
                return self._pick()
            if self.aborting:
                # Those who sleep have to be woken, to unwind.
                if not self._timers:
                    return None
                self._ring()
            elif self._timers:
                if self.bag and self.chance(0.25):
                    self.clock += int(
                        self.random.random() * max(self._timers[0][0] - self.clock, 0)
                    )
                    self._draw_from_bag()
                else:
                    self._ring()
            elif self.bag:
                self._draw_from_bag()
            else:
                return None

    def _pick(self) -> Process:
        ready = self._ready
        if len(ready) == 1:
            return ready.pop()
        chosen = int(self.random.random() * len(ready))
        ready[chosen], ready[-1] = ready[-1], ready[chosen]
        return ready.pop()

    def _ring(self) -> None:
        time, _, action = heappop(self._timers)
        self.clock = max(self.clock, time)
        self._happen(action)

    def _draw_from_bag(self) -> None:
        bag = self.bag
        chosen = int(self.random.random() * len(bag))
        bag[chosen], bag[-1] = bag[-1], bag[chosen]
        self._happen(bag.pop())

    def _happen(self, action: Callable[[], object]) -> None:
        self._happened += 1
        if self._happened > self._most:
            self.aborting = True
        action()

    @property
    def endless(self) -> bool:
        """Whether it had to be stopped."""
        return self._happened > self._most

    # Threads and the baton

    def _drive(self, me: _Worker) -> None:
        """Run one process after the other on this thread; returns with the baton passed on."""
        while True:
            self._here = me
            process = self._next()
            if process is None:
                if me is not _MAIN:
                    _IDLE.append(me)
                    _MAIN.baton.release()
                return
            if process.worker is None:
                self._run(process)
                continue
            worker, process.worker = process.worker, None
            if me is not _MAIN:
                _IDLE.append(me)
                worker.baton.release()
                return
            worker.baton.release()
            me.baton.acquire()
            return  # only the end wakes this thread here

    def _run(self, process: Process) -> None:
        self.current = process
        try:
            process.body()
        except KilledError:
            if not self.aborting:
                process.killed()
        self.current = _NOBODY

    def _switch(self, me: Process, other: Process) -> None:
        """Go on with another process; this one keeps its stack until its turn comes again."""
        here = me.worker = self._here
        if other.worker is None:
            self._next_up = other
            worker = _IDLE.pop() if _IDLE else _Worker()
            worker.schedule = self
        else:
            worker, other.worker = other.worker, None
        worker.baton.release()
        here.baton.acquire()
        self._here = here
        self._go_on(me)

    def _go_on(self, me: Process) -> None:
        self.current = me
        self._end_who_must()

    def crash(self, error: BaseException) -> None:
        """Hand a failure of the harness itself to the main thread."""
        self._crash = error
        _MAIN.baton.release()


class _Worker:
    """A thread that waits for the baton and then drives the schedule that it was given."""

    def __init__(self) -> None:
        self.schedule: Schedule | None = None
        self.baton = _thread.allocate_lock()
        self.baton.acquire()
        if _STARTED:
            _thread.start_new_thread(self._live, ())

    def _live(self) -> None:
        while True:
            self.baton.acquire()
            schedule = self.schedule
            if schedule is not None:
                try:
                    schedule._drive(self)  # noqa: SLF001 - one mechanism in two classes
                except BaseException as error:  # noqa: BLE001 - it is raised again on the main thread
                    schedule.crash(error)


_STARTED: list[bool] = []
_MAIN = _Worker()
_STARTED.append(True)
_IDLE: list[_Worker] = []
_NOBODY = Process("-", _nothing, FOREVER, 0)
