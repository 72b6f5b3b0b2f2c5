"""The time of the sandbox, and a schedule of what happens when.

Sandbox time is real time plus an offset. A clock can start hours ago, be moved forward while
everything scheduled runs at its moment, and continue in real time after it has caught up.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]

# A frozen clock never reaches its next moment; without a minimum, the waiting thread would spin.
_SHORTEST_WAIT = 0.01

Action = Callable[[datetime], None]


def _real_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """A clock that only moves forward; moving it runs everything scheduled in between.

    All access to the cloud's state happens inside `turn`, which is the one lock of the sandbox, so
    a request never sees a half-finished restore. `source` returns real time as an aware datetime;
    tests may stop it (`Clock.frozen`).
    """

    def __init__(
        self, start: datetime | None = None, *, source: Callable[[], datetime] = _real_now
    ) -> None:
        self._source = source
        self._offset = timedelta(0) if start is None else start - source()
        self._turn = threading.Condition(threading.RLock())
        self._schedule: list[tuple[datetime, int, Action]] = []
        self._sequence = itertools.count()
        self._followers: list[Callable[[timedelta], None]] = []

    @classmethod
    def ago(cls, distance: timedelta) -> Clock:
        """Return a clock that starts `distance` before real time."""
        return cls(_real_now() - distance)

    @classmethod
    def frozen(cls, at: datetime) -> Clock:
        """Return a clock that stands still; only `advance` moves it."""
        return cls(source=lambda: at)

    def now(self) -> datetime:
        """Return sandbox time, aware and in UTC."""
        return (self._source() + self._offset).astimezone(UTC)

    @property
    def offset(self) -> timedelta:
        """How far sandbox time is ahead of real time; negative when it is behind."""
        return self._offset

    @contextmanager
    def turn(self) -> Iterator[datetime]:
        """Hold the lock, after running everything that is due; yields the time."""
        with self._turn:
            now = self.now()
            self._run_until(now)
            yield now

    def call_at(self, due: datetime, action: Action) -> None:
        """Schedule `action`; it is called under the lock, with the moment at which it was due."""
        with self._turn:
            heapq.heappush(self._schedule, (due, next(self._sequence), action))
            self._turn.notify_all()

    def wait_until(self, condition: Callable[[], bool], *, at_most: float = 10.0) -> None:
        """Wait until a scheduled action makes a condition true.

        Raises TimeoutError when it is not true after `at_most` real seconds.
        """
        with self._turn:
            if not self._turn.wait_for(condition, at_most):
                raise TimeoutError(f"no scheduled action made it true within {at_most} s")

    def follow(self, follower: Callable[[timedelta], None]) -> None:
        """Call `follower` with the new offset after every move."""
        self._followers.append(follower)

    def advance(self, by: timedelta) -> None:
        """Move forward, running everything scheduled in between at its own moment."""
        with self._turn:
            self.advance_to(self.now() + by)

    def advance_to(self, moment: datetime) -> None:
        """Move forward to `moment` in the same way.

        Raises ValueError for a moment in the past.
        """
        with self._turn:
            if moment < self.now():
                raise ValueError(f"sandbox time is already {self.now().isoformat()}")
            while self._schedule and self._schedule[0][0] <= moment:
                self._raise_offset(self._schedule[0][0] - self._source())
                self._run_next()
            self._arrive(moment - self._source())

    def catch_up(self) -> None:
        """Move forward to real time, unless sandbox time is ahead, and continue from there."""
        with self._turn:
            if self._offset < timedelta(0):
                self.advance_to(self._source())
                # Real time has moved on meanwhile.
                self._arrive(timedelta(0))

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Run scheduled actions as real time passes, while the block lasts."""
        stopped = threading.Event()
        thread = threading.Thread(
            target=self._tick, args=(stopped,), name="sandbox-clock", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            with self._turn:
                self._turn.notify_all()
            thread.join()

    def _tick(self, stopped: threading.Event) -> None:
        with self._turn:
            while not stopped.is_set():
                self._run_until(self.now())
                self._turn.wait(self._seconds_to_next())

    def _seconds_to_next(self) -> float | None:
        if not self._schedule:
            return None
        return max(_SHORTEST_WAIT, (self._schedule[0][0] - self.now()).total_seconds())

    def _run_until(self, moment: datetime) -> None:
        while self._schedule and self._schedule[0][0] <= moment:
            self._run_next()

    def _run_next(self) -> None:
        due, _, action = heapq.heappop(self._schedule)
        action(due)
        self._turn.notify_all()

    def _raise_offset(self, offset: timedelta) -> None:
        # An overdue action (nothing ran the schedule in time) must not turn the clock back.
        self._offset = max(self._offset, offset)

    def _arrive(self, offset: timedelta) -> None:
        self._raise_offset(offset)
        for follower in self._followers:
            follower(self._offset)
        # The waiting thread must compute its wait again.
        self._turn.notify_all()
