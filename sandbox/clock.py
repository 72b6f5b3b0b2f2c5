"""The time that everybody in the sandbox lives by, and what is due to happen in it.

Sandbox time is real time plus an offset. A story may begin hours ago, be moved forward through the
moments when something is due, and run on in real time once it has caught up.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]

# A frozen clock never reaches its next moment, so the waiting thread must not ask all the time.
_SHORTEST_WAIT = 0.01

Action = Callable[[datetime], None]


def _real_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """A clock that can be moved forward, never back; moving it runs what was due on the way.

    Whoever looks at the cloud or changes it does so in a `turn`. There is one turn at a time, so a
    request never sees a half-finished restore and the cloud needs no second lock. `source` gives
    real time as an aware datetime; tests may stop it (`Clock.frozen`).
    """

    def __init__(
        self, start: datetime | None = None, *, source: Callable[[], datetime] = _real_now
    ) -> None:
        self._source = source
        self._offset = timedelta(0) if start is None else start - source()
        self._turn = threading.Condition(threading.RLock())
        self._agenda: list[tuple[datetime, int, Action]] = []
        self._tickets = itertools.count()
        self._followers: list[Callable[[timedelta], None]] = []

    @classmethod
    def ago(cls, distance: timedelta) -> Clock:
        """Start that long before real time."""
        return cls(_real_now() - distance)

    @classmethod
    def frozen(cls, at: datetime) -> Clock:
        """Stand still at that moment; only `advance` moves it."""
        return cls(source=lambda: at)

    def now(self) -> datetime:
        """Tell the time in the sandbox, aware and in UTC."""
        return (self._source() + self._offset).astimezone(UTC)

    @property
    def offset(self) -> timedelta:
        """How far sandbox time is ahead of real time; negative when it lags."""
        return self._offset

    @contextmanager
    def turn(self) -> Iterator[datetime]:
        """Hold everybody else back, with everything done that is due by now; gives the time."""
        with self._turn:
            now = self.now()
            self._run_until(now)
            yield now

    def call_at(self, due: datetime, action: Action) -> None:
        """Have `action` called, in a turn of its own, with the moment at which it was due."""
        with self._turn:
            heapq.heappush(self._agenda, (due, next(self._tickets), action))
            self._turn.notify_all()

    def wait_until(self, condition: Callable[[], bool], *, at_most: float = 10.0) -> None:
        """Wait until a condition holds that only what is due can make true.

        Raises TimeoutError when it does not after `at_most` real seconds.
        """
        with self._turn:
            if not self._turn.wait_for(condition, at_most):
                raise TimeoutError(f"nothing due made it so in {at_most} s")

    def follow(self, follower: Callable[[timedelta], None]) -> None:
        """Have `follower` told the new offset after every move."""
        self._followers.append(follower)

    def advance(self, by: timedelta) -> None:
        """Move forward, stopping at every moment on the way at which something is due."""
        with self._turn:
            self.advance_to(self.now() + by)

    def advance_to(self, moment: datetime) -> None:
        """Move forward to `moment` in the same way.

        Raises ValueError for a moment that has passed.
        """
        with self._turn:
            if moment < self.now():
                raise ValueError(f"it is already {self.now().isoformat()} in the sandbox")
            while self._agenda and self._agenda[0][0] <= moment:
                self._raise_offset(self._agenda[0][0] - self._source())
                self._run_next()
            self._arrive(moment - self._source())

    def catch_up(self) -> None:
        """Move forward to real time, if behind it, and run with it from there."""
        with self._turn:
            if self._offset < timedelta(0):
                self.advance_to(self._source())
                # Real time went on meanwhile.
                self._arrive(timedelta(0))

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Let real time, too, make happen what is due, for as long as the block lasts."""
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
        if not self._agenda:
            return None
        return max(_SHORTEST_WAIT, (self._agenda[0][0] - self.now()).total_seconds())

    def _run_until(self, moment: datetime) -> None:
        while self._agenda and self._agenda[0][0] <= moment:
            self._run_next()

    def _run_next(self) -> None:
        due, _, action = heapq.heappop(self._agenda)
        action(due)
        self._turn.notify_all()

    def _raise_offset(self, offset: timedelta) -> None:
        # What is overdue (nothing ran the agenda in time) must not turn the clock back.
        self._offset = max(self._offset, offset)

    def _arrive(self, offset: timedelta) -> None:
        self._raise_offset(offset)
        for follower in self._followers:
            follower(self._offset)
        # The next moment is nearer now than the waiting thread knows.
        self._turn.notify_all()
