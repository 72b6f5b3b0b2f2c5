from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.clock import Clock

NOON = datetime(2022, 6, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_frozen_clock_moves_only_when_told_to() -> None:
    clock = Clock.frozen(NOON)

    clock.advance(3 * MINUTE)

    assert clock.now() == NOON + 3 * MINUTE


def test_a_clock_that_starts_in_the_past_can_catch_up_with_real_time() -> None:
    clock = Clock.ago(timedelta(hours=3))
    began = clock.now()

    clock.catch_up()

    assert clock.offset >= timedelta(0)
    assert clock.now() - began >= timedelta(hours=3)


def test_scheduled_actions_run_in_order_and_at_their_own_moment() -> None:
    clock = Clock.frozen(NOON)
    seen: list[tuple[str, datetime, datetime]] = []
    for name, minutes in (("second", 2), ("first", 1), ("too late", 9)):
        clock.call_at(
            NOON + minutes * MINUTE,
            lambda due, name=name: seen.append((name, due, clock.now())),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        )

    clock.advance(5 * MINUTE)

    assert seen == [
        ("first", NOON + MINUTE, NOON + MINUTE),
        ("second", NOON + 2 * MINUTE, NOON + 2 * MINUTE),
    ]


def test_a_scheduled_action_may_schedule_more_before_the_move_ends() -> None:
    clock = Clock.frozen(NOON)
    seen: list[datetime] = []

    def every_minute(due: datetime) -> None:
        seen.append(due)
        clock.call_at(due + MINUTE, every_minute)

    clock.call_at(NOON + MINUTE, every_minute)

    clock.advance(3 * MINUTE)

    assert seen == [NOON + MINUTE, NOON + 2 * MINUTE, NOON + 3 * MINUTE]


def test_a_clock_never_goes_back() -> None:
    clock = Clock.frozen(NOON)

    with pytest.raises(ValueError, match="already 2022-06-01T12:00:00"):
        clock.advance(-MINUTE)


def test_an_overdue_action_does_not_turn_the_clock_back() -> None:
    clock = Clock.frozen(NOON)
    seen: list[datetime] = []
    clock.call_at(NOON - MINUTE, lambda _: seen.append(clock.now()))

    clock.advance(MINUTE)

    assert seen == [NOON]


def test_a_turn_first_runs_everything_that_is_due() -> None:
    clock = Clock.frozen(NOON)
    seen: list[datetime] = []
    clock.call_at(NOON, seen.append)

    with clock.turn() as now:
        seen_in_turn = list(seen)

    assert (now, seen_in_turn) == (NOON, [NOON])


def test_while_ticking_scheduled_actions_run_as_real_time_passes() -> None:
    clock = Clock()
    happened = threading.Event()

    with clock.ticking():
        clock.call_at(clock.now() + timedelta(milliseconds=20), lambda _: happened.set())

        assert happened.wait(10)


def test_nothing_that_is_due_runs_during_another_turn() -> None:
    clock = Clock()
    happened = threading.Event()

    with clock.ticking():
        with clock.turn() as now:
            clock.call_at(now, lambda _: happened.set())
            happened_in_turn = happened.is_set()

        assert happened.wait(10)

    assert not happened_in_turn
