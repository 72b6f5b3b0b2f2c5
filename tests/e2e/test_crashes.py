"""A slice of `make crashes`: SIGKILL around the request, where it hurts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.crashes import Crashes, crashes, request_of

AROUND_THE_REQUEST = (-2, -1, 0, 1, 2)
"""The intent is written at the first two of these; the others are the request and its record."""


@pytest.fixture(scope="module")
def run() -> Iterator[Crashes]:
    names = [f"crash{distance}" for distance in AROUND_THE_REQUEST]
    with crashes(["cold", "warm", *names]) as made:
        made.trace("cold")
        yield made


@pytest.fixture(scope="module")
def request_at(run: Crashes) -> int:
    return request_of(run.trace("warm"))


@pytest.mark.parametrize("distance", AROUND_THE_REQUEST)
def test_a_process_killed_around_the_request_never_sends_it_twice_and_ends(
    run: Crashes, request_at: int, distance: int
) -> None:
    crash = run.crash(f"crash{distance}", request_at + distance)

    assert crash.boundary != "not reached"
    assert crash.wrong is None
    assert crash.requests <= 1
