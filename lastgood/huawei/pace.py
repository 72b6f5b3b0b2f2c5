"""How fast one project may be asked: a budget that everything in an environment shares.

Recoveries go ahead of verifications, and the service's "too many requests" halves the budget for
a while. See docs/why.md for why this is not a library's limiter.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Literal

Lane = Literal["recovery", "verification"]

Seconds = Callable[[], float]
"""How much time is left."""

SECOND = 1.0
THROTTLED_FOR = 60.0
"""Seconds for which the budget stays halved after the service said that it was too much."""
LONGEST_PAUSE = 60.0
"""However long the service asks to be left alone, it is asked again after so many seconds."""


class Budget:
    """At most so many requests in any second, handed out in turn; safe for threads and tasks."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._granted: deque[float] = deque(maxlen=per_second)
        self._waiting: dict[Lane, list[object]] = {"recovery": [], "verification": []}
        self._halved_until = self._paused_until = clock()

    def wait(self, lane: Lane, left: Seconds = lambda: math.inf) -> None:
        """Sleep until it is this request's turn.

        Raises:
            TimeoutError: that would be later than there is time left.
        """
        for seconds in self._delays(lane, left):
            time.sleep(seconds)

    async def wait_async(self, lane: Lane, left: Seconds = lambda: math.inf) -> None:
        """Do the same, and let others run meanwhile.

        Raises:
            TimeoutError: that would be later than there is time left.
        """
        for seconds in self._delays(lane, left):
            await asyncio.sleep(seconds)

    def _delays(self, lane: Lane, left: Seconds) -> Iterator[float]:
        """Seconds to sleep, over and over, until the turn has come."""
        turn = self.enter(lane)
        try:
            while (seconds := self.delay(turn)) > 0:
                if seconds > left():
                    raise TimeoutError
                yield seconds
        finally:
            self.leave(turn)

    def throttled(self, retry_after: float | None = None) -> None:
        """Take note of a 429: half the pace for a while, and none at all for `retry_after` s."""
        with self._lock:
            now = self._clock()
            self._halved_until = now + THROTTLED_FOR
            self._paused_until = max(self._paused_until, now + min(retry_after or 0, LONGEST_PAUSE))

    # A turn: enter, ask for the delay until there is none, leave.

    def enter(self, lane: Lane) -> object:
        """Queue up."""
        turn = object()
        with self._lock:
            self._waiting[lane].append(turn)
        return turn

    def delay(self, turn: object) -> float:
        """Seconds until it is worth asking again; 0 when the turn has come, which spends it."""
        with self._lock:
            now = self._clock()
            ahead = [*self._waiting["recovery"], *self._waiting["verification"]].index(turn)
            seconds = max(self._paused_until - now, self._next_free(ahead, now) - now)
            if ahead == 0 and seconds <= 0:
                self._granted.append(now)
                self._forget(turn)
                return 0
            return max(seconds, 0.001)

    def leave(self, turn: object) -> None:
        """Queue no more, whether or not the turn has come."""
        with self._lock:
            self._forget(turn)

    def _next_free(self, ahead: int, now: float) -> float:
        """When a request with so many ahead of it may go."""
        size = self._granted.maxlen or 1
        window = 2 * SECOND if now < self._halved_until else SECOND
        free = size - len(self._granted)
        if ahead < free:
            return now
        rounds, place = divmod(ahead - free, size)
        granted = self._granted[place] if place < len(self._granted) else now
        return granted + window * (1 + rounds)

    def _forget(self, turn: object) -> None:
        for lane in self._waiting.values():
            if turn in lane:
                lane.remove(turn)
