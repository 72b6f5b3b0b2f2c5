"""The rate limit of one project: a sliding window that all threads of a process share.

"Too many requests" of the service halves it for a while. See docs/why.md for why this is not a
library's limiter.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

Seconds = Callable[[], float]
"""How much time is left."""

WINDOW = 1.0
"""Seconds."""
THROTTLED_FOR = 60.0
"""Seconds for which the rate stays halved after the service answered 429."""
LONGEST_PAUSE = 60.0
"""Seconds. A longer Retry-After is cut to this."""


class Turn(NamedTuple):
    """When a request may be sent, and how often the service had throttled when that was set."""

    at: float
    throttles: int


class RateLimit:
    """At most so many requests in any second, in the order in which they asked; thread-safe."""

    def __init__(
        self,
        per_second: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_second = per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._turns: deque[float] = deque()
        self._halved_until = self._paused_until = -math.inf
        self._throttles = 0

    def wait(self, left: Seconds = lambda: math.inf) -> bool:
        """Sleep until a request may be sent; False, at once, if that is later than there is time.

        Sleeps again if the service throttles meanwhile.
        """
        while turn := self.reserve(left()):
            if (seconds := turn.at - self._clock()) > 0:
                self._sleep(seconds)
            if self.holds(turn):
                return True
        return False

    def reserve(self, left: float = math.inf) -> Turn | None:
        """Take the next free turn; None if it is more than so many seconds away."""
        with self._lock:
            now = self._clock()
            while self._turns and self._turns[0] <= now - 2 * WINDOW:
                self._turns.popleft()
            at = self._next(max(now, self._paused_until))
            if at > now and at - now > left:
                return None
            self._turns.append(at)
            return Turn(at, self._throttles)

    def _next(self, at: float) -> float:
        """When the next request may be sent, from a moment on; never before one asked earlier."""
        if self._turns:
            at = max(at, self._turns[-1])
        if len(self._turns) < self._per_second:
            return at
        first = self._turns[-self._per_second]
        at = max(at, first + WINDOW)
        return max(at, first + 2 * WINDOW) if at < self._halved_until else at

    def holds(self, turn: Turn) -> bool:
        """Whether the service has not throttled since the turn was taken."""
        return turn.throttles == self._throttles

    def throttled(self, retry_after: float | None = None) -> None:
        """Take note of a 429: half the rate for a while, and none at all for `retry_after` s."""
        with self._lock:
            now = self._clock()
            self._throttles += 1
            self._halved_until = now + THROTTLED_FOR
            self._paused_until = max(self._paused_until, now + min(retry_after or 0, LONGEST_PAUSE))
            while self._turns and self._turns[-1] > now:  # those who wait for them take new ones
                self._turns.pop()
