"""How fast a project is asked: never faster than agreed, and everybody's turn comes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastgood.huawei import pace
from lastgood.huawei.pace import LONGEST_PAUSE, THROTTLED_FOR, Budget, Lane


@dataclass
class Ticking:
    """A clock that a test moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Queue:
    """A budget, and those who wait for it; they ask again exactly when they were told to."""

    per_second: int
    clock: Ticking = field(default_factory=Ticking)
    granted: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.budget = Budget(self.per_second, self.clock)
        self.waiting: dict[str, object] = {}
        self.asks_at: dict[str, float] = {}

    def enter(self, name: str, lane: Lane) -> None:
        self.waiting[name] = self.budget.enter(lane)
        self.asks_at[name] = self.clock.now

    def leave(self, name: str) -> None:
        self.budget.leave(self.waiting.pop(name))
        del self.asks_at[name]

    def run(self, until: float) -> None:
        """Let everybody ask who is to ask by then, one after another, as time goes on."""
        while self.asks_at and min(self.asks_at.values()) <= until:
            name = min(self.asks_at, key=lambda each: self.asks_at[each])
            self.clock.now = max(self.clock.now, self.asks_at[name])
            seconds = self.budget.delay(self.waiting[name])
            if seconds > 0:
                self.asks_at[name] = self.clock.now + seconds
                continue
            self.granted.append((name, self.clock.now))
            self.leave(name)
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


LANES = st.sampled_from(["recovery", "verification"])
ARRIVALS = st.lists(st.tuples(LANES, st.floats(0, 1.5)), min_size=1, max_size=25)


@settings(deadline=None)
@given(st.integers(1, 6), ARRIVALS)
def test_no_second_sees_more_requests_than_agreed(
    per_second: int, arrivals: list[tuple[Lane, float]]
) -> None:
    queue = Queue(per_second)

    for number, (lane, pause) in enumerate(arrivals):
        queue.enter(str(number), lane)
        queue.run(queue.clock.now + pause)
    queue.run_out()

    assert most_in(1.0, queue.times) <= per_second
    assert len(queue.granted) == len(arrivals)


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(1, 30))
def test_after_too_many_requests_no_two_seconds_see_more_than_agreed_for_one(
    per_second: int, count: int
) -> None:
    queue = Queue(per_second)
    queue.budget.throttled()

    for number in range(count):
        queue.enter(str(number), "recovery")
    queue.run(queue.clock.now + THROTTLED_FOR)

    assert most_in(2.0, queue.times) <= per_second


@settings(deadline=None)
@given(st.integers(1, 6), ARRIVALS, st.integers(0, 24))
def test_in_whatever_state_no_second_sees_more_than_agreed(
    per_second: int, arrivals: list[tuple[Lane, float]], throttled_at: int
) -> None:
    queue = Queue(per_second)

    for number, (lane, pause) in enumerate(arrivals):
        if number == throttled_at:
            queue.budget.throttled(pause)
        queue.enter(str(number), lane)
        if number % 5 == 3 and str(number) in queue.waiting:
            queue.leave(str(number))
        queue.run(queue.clock.now + pause)
    queue.run_out()

    assert most_in(1.0, queue.times) <= per_second
    assert not queue.waiting


def test_the_pace_is_as_agreed_again_after_a_while() -> None:
    queue = Queue(per_second=4)
    queue.budget.throttled()
    queue.clock.now += THROTTLED_FOR

    for number in range(12):
        queue.enter(str(number), "recovery")
    queue.run_out()

    assert queue.times[-1] - queue.times[0] == pytest.approx(2.0)


@settings(deadline=None)
@given(st.integers(1, 6), st.lists(LANES, min_size=2, max_size=25))
def test_recoveries_go_ahead_of_verifications_and_each_in_turn(
    per_second: int, lanes: list[Lane]
) -> None:
    queue = Queue(per_second)

    for number, lane in enumerate(lanes):
        queue.enter(f"{lane} {number:02}", lane)
    queue.run_out()

    assert queue.names == sorted(queue.names)


def test_a_recovery_that_comes_late_goes_ahead_of_every_verification_that_waits() -> None:
    queue = Queue(per_second=2)
    for number in range(6):
        queue.enter(f"verification {number}", "verification")
    queue.run(queue.clock.now + 0.5)

    queue.enter("recovery", "recovery")
    queue.run_out()

    assert queue.names.index("recovery") == 2


def test_verifications_have_their_turn_between_recoveries_that_come_slower_than_agreed() -> None:
    queue = Queue(per_second=2)
    queue.enter("verification", "verification")
    queue.enter("another", "verification")
    queue.enter("and another", "verification")

    for number in range(10):
        queue.enter(f"recovery {number}", "recovery")
        queue.run(queue.clock.now + 1.0)

    assert {"verification", "another", "and another"} < set(queue.names)


def test_who_gives_up_leaves_the_turn_to_the_next() -> None:
    queue = Queue(per_second=1)
    for name in ("first", "second", "third"):
        queue.enter(name, "recovery")
    queue.run(queue.clock.now)

    queue.leave("second")
    queue.run_out()

    assert queue.names == ["first", "third"]
    assert queue.times[1] - queue.times[0] <= 3.0


def test_nobody_is_asked_while_the_service_wants_to_be_left_alone() -> None:
    queue = Queue(per_second=5)
    since = queue.clock.now

    queue.budget.throttled(7)
    queue.enter("one", "recovery")
    queue.run_out()

    assert queue.times == [since + 7]


def test_a_pause_that_was_asked_for_earlier_is_not_cut_short() -> None:
    queue = Queue(per_second=5)
    since = queue.clock.now

    queue.budget.throttled(7)
    queue.budget.throttled()
    queue.enter("one", "recovery")
    queue.run_out()

    assert queue.times == [since + 7]


@pytest.mark.parametrize("retry_after", [61.0, 999_999_999.0, float("inf")])
def test_no_pause_is_longer_than_a_minute(retry_after: float) -> None:
    queue = Queue(per_second=5)
    since = queue.clock.now

    queue.budget.throttled(retry_after)
    queue.enter("one", "recovery")
    queue.run_out()

    assert queue.times == [since + LONGEST_PAUSE]


def test_a_turn_that_has_come_is_spent_once() -> None:
    clock = Ticking()
    budget = Budget(1, clock)
    turn = budget.enter("recovery")

    assert budget.delay(turn) == 0
    budget.leave(turn)

    assert budget.delay(budget.enter("recovery")) == pytest.approx(1.0)


# For real: the seconds are made short


@pytest.fixture
def short_seconds(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(pace, "SECOND", 0.05)
    return 0.05


def test_threads_together_are_no_faster_than_agreed(short_seconds: float) -> None:
    granted: list[float] = []
    start = Barrier(10)
    began = time.monotonic()
    budget = Budget(5)

    def ask() -> None:
        start.wait()
        for _ in range(3):
            budget.wait("recovery")
            granted.append(time.monotonic())

    threads = [Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(granted) == 30
    assert max(granted) - began >= 5 * short_seconds  # when the sixth five of them may go


async def _ask(budget: Budget, lane: Lane, done: list[Lane]) -> None:
    await budget.wait_async(lane)
    done.append(lane)


@pytest.mark.usefixtures("short_seconds")
def test_tasks_wait_without_keeping_each_other_and_recoveries_go_first() -> None:
    done: list[Lane] = []
    clock = Ticking()

    async def all_of_them() -> None:
        budget = Budget(1, clock)
        await budget.wait_async("recovery")
        late = [asyncio.create_task(_ask(budget, "verification", done)) for _ in range(3)]
        await asyncio.sleep(0)
        early = [asyncio.create_task(_ask(budget, "recovery", done)) for _ in range(3)]
        await asyncio.sleep(0)
        while len(done) < 6:  # now that all of them wait, time goes on
            clock.now += pace.SECOND
            await asyncio.sleep(pace.SECOND / 5)
        await asyncio.gather(*late, *early)

    asyncio.run(all_of_them())

    assert done == ["recovery"] * 3 + ["verification"] * 3


def test_a_task_that_is_cancelled_leaves_the_queue() -> None:
    clock = Ticking()
    budget = Budget(1, clock)
    budget.delay(budget.enter("recovery"))

    async def give_up() -> None:
        waiting = asyncio.create_task(budget.wait_async("recovery"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(give_up())
    clock.now += 1.0

    assert budget.delay(budget.enter("recovery")) == 0


def test_whoever_would_get_its_turn_too_late_is_told_at_once_and_waits_no_more() -> None:
    budget = Budget(1)
    budget.wait("recovery")
    budget.throttled(retry_after=30)
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        budget.wait("recovery", lambda: 20)
    with pytest.raises(TimeoutError):
        asyncio.run(budget.wait_async("verification", lambda: 20))

    assert time.monotonic() - began < 20
    assert budget.delay(budget.enter("verification")) < 31  # nobody is left in the queue
