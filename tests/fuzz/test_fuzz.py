"""A slice of `make fuzz`, and that it would notice what it looks for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from lastgood.domain.restore import Accepted, Outcome, Refused
from lastgood.huawei import redaction, retrying
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
    def redact(response: httpx.Response, *_: object) -> None:
        response.encoding = "utf-8"

    return patch.object(redaction, "redact", redact)


def _logs_headers() -> AbstractContextManager[Any]:
    send = httpx.HTTPTransport.handle_request

    def logging_send(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        logging.getLogger("x").debug("sent %s", request.headers.raw)
        return send(transport, request)

    return patch.object(httpx.HTTPTransport, "handle_request", logging_send)


def _sends_again() -> AbstractContextManager[Any]:
    send = httpx.HTTPTransport.handle_request

    def twice(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        try:
            return send(transport, request)
        except httpx.ReadError:
            return send(transport, request)

    return patch.object(httpx.HTTPTransport, "handle_request", twice)


def _never_stops() -> AbstractContextManager[Any]:
    return patch.object(Authentication, "auth_flow", httpx.Auth.auth_flow)


def _restoring(change: Callable[[Outcome], Outcome]) -> AbstractContextManager[Any]:
    """Every outcome of a restore, changed."""
    restore = HuaweiCloud.restore

    def changed(cloud: HuaweiCloud, instance: str, restore_time: str) -> Outcome:
        return change(restore(cloud, instance, restore_time))

    return patch.object(HuaweiCloud, "restore", changed)


def _takes_everything_for_refused() -> AbstractContextManager[Any]:
    return _restoring(lambda _: Refused("x", "y"))


def _takes_everything_for_accepted() -> AbstractContextManager[Any]:
    return _restoring(lambda _: Accepted("20f793fd"))


def _lets_errors_out() -> AbstractContextManager[Any]:
    return patch.object(retrying, "UNREADABLE", (KeyError,))


def _restores_again() -> AbstractContextManager[Any]:
    restore = HuaweiCloud.restore

    def again(cloud: HuaweiCloud, instance: str, restore_time: str) -> Outcome:
        outcome = restore(cloud, instance, restore_time)
        return outcome if isinstance(outcome, Accepted) else restore(cloud, instance, restore_time)

    return patch.object(HuaweiCloud, "restore", again)


def _keeps_cookies() -> AbstractContextManager[Any]:
    jars: dict[httpx.HTTPTransport, bool] = {}
    send = httpx.HTTPTransport.handle_request

    def keeping(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if jars.get(transport):
            request.headers["Cookie"] = "kept=1"
        response = send(transport, request)
        jars[transport] = "Set-Cookie" in response.headers
        return response

    return patch.object(httpx.HTTPTransport, "handle_request", keeping)


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
        complaints = (each for trial in trials(10 * ANSWERS) for each in trial.complaints)
        noticed = any(complaint in each for each in complaints)

    assert noticed
