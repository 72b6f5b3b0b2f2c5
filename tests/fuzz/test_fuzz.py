"""A slice of `make fuzz`, and that it would notice what it looks for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from lastgood.domain.restore import Accepted, Outcome, Refused
from lastgood.huawei import connect
from lastgood.huawei.auth import Authentication
from lastgood.huawei.cloud import HuaweiCloud
from tests.fuzz.trial import Trial, conditions, run, shows_a_secret

ANSWERS = 500
FIRST = 1


@pytest.fixture(autouse=True)
def _conditions() -> Iterator[None]:
    with conditions():
        yield


def trials(answers: int = ANSWERS) -> Iterator[Trial]:
    """Trials until so many answers were given."""
    seed = FIRST
    while answers > 0:
        trial = run(seed)
        yield trial
        answers -= len(trial.answers.made)
        seed += 1


def test_whatever_comes_back_nothing_is_wrong() -> None:
    wrong = {str(trial): trial.complaints for trial in trials() if trial.complaints}

    assert not wrong


def test_every_end_is_come_to() -> None:
    ends = {trial.ended.partition(",")[0] for trial in trials()}

    assert {"Accepted", "Refused", "Unknown", "CloudError", "CredentialsError"} <= ends


def test_a_trial_is_the_same_when_it_is_run_again() -> None:
    for seed in range(FIRST, FIRST + 20):
        once, again = run(seed), run(seed)

        assert (once.ended, once.heads) == (again.ended, again.heads)


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("canary7f3a", True),
        (r"\u0063anary7f3a", True),
        ("%63anary7f3a", True),
        ("&#99;anary7f3a", True),
        (r"%5cu0063anary7f3a", True),
        ("canary", False),
    ],
)
def test_a_secret_is_found_however_it_is_spelt(text: str, shows: bool) -> None:  # noqa: FBT001 - the case
    assert shows_a_secret(text) is shows


# What it would notice

Bug = Callable[[], AbstractContextManager[Any]]


def _tells_secrets() -> AbstractContextManager[Any]:
    def tame(response: httpx.Response, _: Sequence[str]) -> None:
        response.encoding = "utf-8"

    return patch("tests.fuzz.trial.tame", tame)


def _logs_headers() -> AbstractContextManager[Any]:
    take = connect._Guard._take  # noqa: SLF001 - a bug is put in between

    def logging_take(guard: Any, response: httpx.Response) -> None:
        logging.getLogger("x").debug("sent %s", response.request.headers.raw)
        take(guard, response)

    return patch.object(connect._Guard, "_take", logging_take)  # noqa: SLF001 - the same


def _sends_again() -> AbstractContextManager[Any]:
    send = httpx.HTTPTransport.handle_request

    def twice(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        try:
            return send(transport, request)
        except httpx.ReadError:
            return send(transport, request)

    return patch.object(httpx.HTTPTransport, "handle_request", twice)


def _never_stops() -> AbstractContextManager[Any]:
    return patch.object(Authentication, "_give_up", lambda *_: None)


def _takes_everything_for_refused() -> AbstractContextManager[Any]:
    def refused(*_: Any) -> Outcome:
        return Refused("x", "y")

    return patch("lastgood.huawei.cloud._refused_or_unknown", refused)


def _takes_everything_for_accepted() -> AbstractContextManager[Any]:
    def accepted(*_: Any) -> Outcome:
        return Accepted("20f793fd")

    return patch("lastgood.huawei.cloud._refused_or_unknown", accepted)


def _lets_errors_out() -> AbstractContextManager[Any]:
    return patch("lastgood.huawei.asking.UNREADABLE", (KeyError,))


def _restores_again() -> AbstractContextManager[Any]:
    restore = HuaweiCloud._send_restore  # noqa: SLF001 - a bug is put in between

    def again(cloud: HuaweiCloud, *asked: Any) -> Outcome:
        outcome = restore(cloud, *asked)
        return outcome if isinstance(outcome, Accepted) else restore(cloud, *asked)

    return patch.object(HuaweiCloud, "_send_restore", again)


def _keeps_cookies() -> AbstractContextManager[Any]:
    return patch("lastgood.huawei.connect.CookieJar", lambda _: None)


BUGS: list[tuple[Bug, str]] = [
    (_tells_secrets, "no secret is shown"),
    (_logs_headers, "no secret is shown"),
    (_sends_again, "sent once"),
    (_restores_again, "sent once"),
    (_never_stops, "after a 401"),
    (_takes_everything_for_refused, "refused is"),
    (_takes_everything_for_accepted, "accepted is"),
    (_lets_errors_out, "no other exception"),
    (_keeps_cookies, "no cookie"),
]


@pytest.mark.parametrize(("bug", "complaint"), BUGS, ids=[bug.__name__ for bug, _ in BUGS])
def test_a_bug_is_noticed(bug: Bug, complaint: str) -> None:
    with bug():
        noticed = [each for trial in trials() for each in trial.complaints]

    assert any(complaint in each for each in noticed)
