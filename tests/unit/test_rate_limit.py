"""How fast a project is asked: never faster than agreed, and every request's turn comes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.huawei.rate_limit import LONGEST_PAUSE, THROTTLED_FOR, RateLimit, Turn


@dataclass
class Ticking:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Queue:
    """A rate limit, and requests that wait for their turns as `RateLimit.wait` does."""

    per_second: int
    clock: Ticking = field(default_factory=Ticking)
    granted: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limit = RateLimit(self.per_second, self.clock)
        self.waiting: dict[str, Turn] = {}

    def enter(self, name: str) -> None:
        turn = self.limit.reserve()
        assert turn
        self.waiting[name] = turn

    def run(self, until: float) -> None:
        """Let each request go whose turn comes by then, one after another, as time goes on."""
        while self.waiting and min(self.waiting.values()).at <= until:
            name = min(self.waiting, key=lambda each: self.waiting[each].at)
            turn = self.waiting.pop(name)
            self.clock.now = max(self.clock.now, turn.at)
            if self.limit.holds(turn):
                self.granted.append((name, self.clock.now))
            else:
                self.enter(name)
        self.clock.now = max(self.clock.now, until)

    def run_out(self) -> None:
        self.run(self.clock.now + 10_000)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.granted]

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.granted]


def most_in(window: float, times: list[float]) -> int:
    """The most grants that lie in any stretch of so many seconds, its end not included."""
    slack = 1e-6  # what a float of this size cannot tell
    return max((sum(at <= t < at + window - slack for t in times) for at in times), default=0)


PAUSES = st.lists(st.floats(0, 1.5), min_size=1, max_size=25)


@given(st.integers(1, 6), PAUSES)
def test_no_second_sees_more_requests_than_agreed(per_second: int, pauses: list[float]) -> None:
    queue = Queue(per_second)

    for number, pause in enumerate(pauses):
        queue.enter(str(number))
        queue.run(queue.clock.now + pause)
    queue.run_out()

    assert most_in(1.0, queue.times) <= per_second
    assert queue.names == [str(number) for number in range(len(pauses))]


@given(st.integers(1, 6), st.integers(1, 30))
def test_after_too_many_requests_no_two_seconds_see_more_than_agreed_for_one(
    per_second: int, count: int
) -> None:
    queue = Queue(per_second)
    queue.limit.throttled()

    for number in range(count):
        queue.enter(str(number))
    queue.run(queue.clock.now + THROTTLED_FOR)

    assert most_in(2.0, queue.times) <= per_second


@given(st.integers(1, 6), PAUSES, st.integers(0, 24))
def test_in_whatever_state_no_second_sees_more_than_agreed(
    per_second: int, pauses: list[float], throttled_at: int
) -> None:
    queue = Queue(per_second)

    for number, pause in enumerate(pauses):
        if number == throttled_at:
            queue.limit.throttled(pause)
        queue.enter(str(number))
        queue.run(queue.clock.now + pause / 4)
    queue.run_out()

    assert most_in(1.0, queue.times) <= per_second
    assert len(queue.granted) == len(pauses)


def test_those_that_wait_already_are_halved_as_well() -> None:
    queue = Queue(per_second=2)
    for number in range(12):
        queue.enter(str(number))
    queue.run(queue.clock.now + 0.5)

    since = queue.clock.now
    queue.limit.throttled()
    queue.run_out()

    assert most_in(2.0, [at for at in queue.times if at >= since]) <= 2
    assert queue.times[-1] - since <= 12


def test_the_rate_is_as_agreed_again_after_a_while() -> None:
    queue = Queue(per_second=4)
    queue.limit.throttled()
    queue.clock.now += THROTTLED_FOR

    for number in range(12):
        queue.enter(str(number))
    queue.run_out()

    assert queue.times[-1] - queue.times[0] == pytest.approx(2.0)


def test_nothing_is_sent_while_the_service_asked_for_a_pause() -> None:
    queue = Queue(per_second=5)
    since = queue.clock.now

    queue.limit.throttled(7)
    queue.enter("one")
    queue.run_out()

    assert queue.times == [since + 7]


def test_a_pause_that_was_asked_for_earlier_is_not_cut_short() -> None:
    queue = Queue(per_second=5)
    since = queue.clock.now

    queue.limit.throttled(7)
    queue.limit.throttled()
    queue.enter("one")
    queue.run_out()

    assert queue.times == [since + 7]


@pytest.mark.parametrize("retry_after", [61.0, 999_999_999.0, float("inf")])
def test_no_pause_is_longer_than_a_minute(retry_after: float) -> None:
    queue = Queue(per_second=5)
    since = queue.clock.now

    queue.limit.throttled(retry_after)
    queue.enter("one")
    queue.run_out()

    assert queue.times == [since + LONGEST_PAUSE]


def test_a_throttle_while_a_request_sleeps_makes_it_sleep_again() -> None:
    clock = Ticking()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        if not slept:
            limit.throttled(7)
        slept.append(seconds)
        clock.now += seconds

    limit = RateLimit(1, clock, sleep)

    assert limit.wait()
    assert limit.wait()
    assert slept == [1.0, 6.0]


def test_a_turn_that_is_too_late_is_not_taken_and_not_waited_for() -> None:
    clock = Ticking()
    slept: list[float] = []
    limit = RateLimit(1, clock, slept.append)
    assert limit.wait()
    limit.throttled(retry_after=30)

    assert not limit.wait(lambda: 20)
    assert not slept
    turn = limit.reserve(31)
    assert turn
    assert turn.at == clock.now + 30


def test_a_turn_that_is_now_needs_no_time() -> None:
    assert RateLimit(1).wait(lambda: -5)


def test_threads_together_are_no_faster_than_agreed() -> None:
    granted: list[float] = []
    limit = RateLimit(100)

    def ask(_: int) -> None:
        limit.wait()
        granted.append(time.monotonic())

    began = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(ask, range(150)))

    assert len(granted) == 150
    assert max(granted) - began >= 1  # when the second hundred may begin
