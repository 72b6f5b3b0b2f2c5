"""Who is calling: what a request is marked with, and when nothing more is sent."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread

import httpx
import pytest

from lastgood.huawei.auth import (
    LOCKED_FOR,
    OPENS_AFTER,
    STOPPED_FOR,
    Authentication,
    CircuitBreaker,
    Proof,
    SignedProof,
    TokenProof,
)
from lastgood.huawei.credentials import AccessKey
from lastgood.ports import CredentialsError

URL = "https://gaussdb-nosql.ap-southeast-1.myhuaweicloud.com/v3/x"
NOW = datetime(2026, 1, 3, 9, 5, 22, tzinfo=UTC)
PROJECT = "619d3e78f61b4be68bc5aa0b59edcf7b"
CANARY = "MIIF-canary-token"
KEY = AccessKey("AKEXAMPLE0123456789A", "SK-canary")
TEMPORARY = AccessKey("AKEXAMPLE0123456789A", "SK-canary", CANARY)
FINE = (200, "")
NOT_KNOWN = (401, "APIGW.0301")
EXPIRED = [(401, "APIGW.0307"), (401, "APIG.0307"), (403, "DBS.280056")]
each_expired = pytest.mark.parametrize("expired", EXPIRED)

Flow = Generator[httpx.Request, httpx.Response, None]


class Renewable:
    """Tokens one after another, as from a password; `spent` is what no new one is given for."""

    def __init__(self) -> None:
        self.number = 1
        self.spent = False

    def mark(self, request: httpx.Request) -> None:
        request.headers["X-Auth-Token"] = f"token-{self.number}"

    def renew(self, refused: httpx.Request) -> bool:
        if refused.headers["X-Auth-Token"] != f"token-{self.number}":
            return True
        if not self.spent:
            self.number += 1
        return not self.spent

    def secrets(self) -> tuple[str, ...]:
        return (f"token-{self.number}",)


class Nothing:
    """Credentials that cannot be had."""

    def __init__(self, error: CredentialsError) -> None:
        self.error = error
        self.asked = 0

    def mark(self, request: httpx.Request) -> None:
        del request
        self.asked += 1
        raise self.error

    def renew(self, refused: httpx.Request) -> bool:
        del refused
        return False

    def secrets(self) -> tuple[str, ...]:
        return ()


@dataclass
class Ticking:
    """A clock that a test moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def marked(proof: Proof, method: str = "GET", body: bytes = b"") -> httpx.Headers:
    request = httpx.Request(method, URL, content=body)
    proof.mark(request)
    return request.headers


def answer(told: tuple[int, str], request: httpx.Request) -> httpx.Response:
    status, code = told
    document = {"error_code": code, "error_msg": "No.", "request_id": "4711"}
    return httpx.Response(status, content=json.dumps(document), request=request)


def converse(
    auth: Authentication, *told: tuple[int, str], method: str = "GET"
) -> list[httpx.Headers]:
    """Send a request, and as many more as Auth asks for; the headers of each, as they were sent."""
    flow = auth.sync_auth_flow(httpx.Request(method, URL, content=b"{}"))
    request = next(flow)
    auth.mark(request)  # as the hook of the HTTP client does
    sent = [httpx.Headers(request.headers)]
    for each in told:
        try:
            request = flow.send(answer(each, request))
        except StopIteration:
            break
        auth.mark(request)
        sent.append(httpx.Headers(request.headers))
    flow.close()
    return sent


def turned_down(auth: Authentication) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        converse(auth, FINE)
    return caught.value


# What a request is marked with


def test_a_signed_request_tells_its_date_its_project_and_no_secret() -> None:
    headers = marked(SignedProof(KEY, PROJECT, lambda: NOW))

    assert headers["X-Sdk-Date"] == "20260103T090522Z"
    assert headers["X-Project-Id"] == PROJECT
    assert headers["Authorization"].startswith("SDK-HMAC-SHA256 Access=AKEXAMPLE0123456789A, ")
    assert "SignedHeaders=host;x-project-id;x-sdk-date," in headers["Authorization"]
    assert KEY.secret_key not in str(headers.raw)
    assert "X-Security-Token" not in headers


def test_a_temporary_key_sends_and_signs_its_token() -> None:
    headers = marked(SignedProof(TEMPORARY, PROJECT, lambda: NOW))

    assert headers["X-Security-Token"] == CANARY
    assert "x-security-token" in headers["Authorization"]


def test_a_signature_holds_for_one_body_one_method_and_one_second() -> None:
    later = NOW + timedelta(seconds=1)
    signatures = [
        marked(SignedProof(KEY, PROJECT, lambda: NOW), "PUT", b"{}")["Authorization"],
        marked(SignedProof(KEY, PROJECT, lambda: NOW), "PUT", b"{} ")["Authorization"],
        marked(SignedProof(KEY, PROJECT, lambda: NOW), "POST", b"{}")["Authorization"],
        marked(SignedProof(KEY, PROJECT, lambda: later), "PUT", b"{}")["Authorization"],
    ]

    assert len({signature.partition("Signature=")[2] for signature in signatures}) == 4


def test_what_a_proxy_may_change_is_not_signed() -> None:
    request = httpx.Request("GET", URL, headers={"Accept": "x/y", "User-Agent": "z", "Via": "w"})

    SignedProof(KEY, PROJECT, lambda: NOW).mark(request)

    signed = request.headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert signed == "host;x-project-id;x-sdk-date"


def test_signing_again_signs_afresh_and_not_the_signature() -> None:
    moments = iter([NOW, NOW + timedelta(minutes=20), NOW])
    proof = SignedProof(KEY, PROJECT, lambda: next(moments))
    request = httpx.Request("GET", URL)

    made = []
    for _ in range(3):
        proof.mark(request)
        made.append(request.headers["Authorization"])

    assert made[0] == made[2] != made[1]


def test_a_token_is_sent_as_it_is() -> None:
    headers = marked(TokenProof(CANARY))

    assert headers["X-Auth-Token"] == CANARY
    assert "Authorization" not in headers


@pytest.mark.parametrize("proof", [SignedProof(TEMPORARY, PROJECT), TokenProof(CANARY)])
def test_a_proof_shows_itself_nowhere_and_knows_what_must_not_show(proof: Proof) -> None:
    auth = Authentication(proof)

    assert CANARY not in f"{proof!r} {proof} {auth!r} {auth} {vars(auth)}"
    assert CANARY in auth.secrets()
    assert KEY.secret_key in auth.secrets() or isinstance(proof, TokenProof)


# When nothing more is sent


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("told", [NOT_KNOWN, *EXPIRED, (401, ""), (401, "XXX.0001")])
@pytest.mark.parametrize("proof", [SignedProof(KEY, PROJECT), TokenProof(CANARY)])
def test_credentials_that_nobody_knows_are_used_once(
    proof: Proof, told: tuple[int, str], method: str
) -> None:
    auth = Authentication(proof)

    sent = converse(auth, told, FINE, FINE, method=method)
    error = turned_down(auth)

    assert len(sent) == 1
    assert auth.stopped
    assert error.trouble == "permission"
    assert "were rejected" in error.message
    assert error.hint


@pytest.mark.parametrize("told", [FINE, (403, "DBS.280032"), (404, ""), (429, ""), (500, "")])
def test_any_other_answer_stops_nothing(told: tuple[int, str]) -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))

    converse(auth, told)

    assert not auth.stopped
    assert len(converse(auth, FINE)) == 1


def test_the_error_tells_what_the_service_said_and_what_to_do() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    converse(auth, NOT_KNOWN)

    error = turned_down(auth)

    assert "401 APIGW.0301: No. (request 4711)" in error.message
    assert "clock" in error.hint


def test_an_error_that_is_told_often_grows_no_longer() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    converse(auth, NOT_KNOWN)

    depths = []
    for _ in range(50):
        error = turned_down(auth)
        depths.append(len(traceback.extract_tb(error.__traceback__)))

    assert len(set(depths)) == 1
    assert error.__context__ is None


def test_they_are_tried_again_in_a_later_invocation_and_not_in_this_one() -> None:
    clock = Ticking(1000.0)
    auth = Authentication(SignedProof(KEY, PROJECT), clock)
    converse(auth, NOT_KNOWN)

    clock.now += STOPPED_FOR
    turned_down(auth)
    auth.begin()

    assert not auth.stopped
    assert len(converse(auth, FINE)) == 1


def test_an_invocation_that_follows_at_once_does_not_try_them_again() -> None:
    clock = Ticking(1000.0)
    auth = Authentication(SignedProof(KEY, PROJECT), clock)
    converse(auth, NOT_KNOWN)

    clock.now += STOPPED_FOR - 1
    auth.begin()

    turned_down(auth)


def test_each_time_they_are_turned_down_they_rest_twice_as_long_until_they_are_taken() -> None:
    clock = Ticking(1000.0)
    auth = Authentication(SignedProof(KEY, PROJECT), clock)

    for rest in (STOPPED_FOR, 2 * STOPPED_FOR, 4 * STOPPED_FOR):
        converse(auth, NOT_KNOWN)
        clock.now += rest - 1
        auth.begin()
        turned_down(auth)
        clock.now += 1
        auth.begin()
    converse(auth, FINE)
    converse(auth, NOT_KNOWN)
    clock.now += STOPPED_FOR
    auth.begin()

    assert not auth.stopped


def test_bad_signatures_are_too_rare_to_lock_a_key() -> None:
    clock = Ticking()
    auth = Authentication(SignedProof(KEY, PROJECT), clock)
    sent: list[float] = []

    while clock.now < 3600:
        auth.begin()
        if not auth.stopped:
            converse(auth, NOT_KNOWN)
            sent.append(clock.now)
        clock.now += 7

    five_minutes = timedelta(minutes=5).total_seconds()
    assert max(sum(at <= later < at + five_minutes for later in sent) for at in sent) <= 5


# Many at a time


def out_at_once(auth: Authentication, count: int) -> list[tuple[Flow, httpx.Request]]:
    """So many requests that are on their way together."""
    flows = [auth.sync_auth_flow(httpx.Request("GET", URL)) for _ in range(count)]
    out = [(flow, next(flow)) for flow in flows]
    for _, request in out:
        auth.mark(request)
    return out


def may_go(auth: Authentication, request: httpx.Request) -> bool:
    """Whether a request need not wait for what becomes of another one."""
    try:
        auth.wait(request, 0)
    except httpx.PoolTimeout:
        return False
    return True


def comes_back(flow: Flow, request: httpx.Request, told: tuple[int, str]) -> httpx.Request | None:
    try:
        return flow.send(answer(told, request))
    except StopIteration:
        return None


def test_what_waited_while_the_credentials_were_turned_down_is_not_sent() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    (first, sent), (waiting, about_to_go) = out_at_once(auth, 2)

    comes_back(first, sent, NOT_KNOWN)

    with pytest.raises(CredentialsError):
        auth.mark(about_to_go)
    waiting.close()


def test_a_request_is_signed_once_and_when_it_is_sent() -> None:
    moments = iter([NOW])
    auth = Authentication(SignedProof(KEY, PROJECT, lambda: next(moments)))
    request = httpx.Request("GET", URL)
    flow = auth.sync_auth_flow(request)

    queued = "Authorization" in next(flow).headers
    auth.mark(request)
    comes_back(flow, request, FINE)

    assert not queued
    assert request.headers["X-Sdk-Date"] == "20260103T090522Z"


def test_one_goes_ahead_while_nobody_knows_whether_the_credentials_are_any_good() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    requests = [httpx.Request("GET", URL) for _ in range(3)]
    flows = [auth.sync_auth_flow(request) for request in requests]
    for flow in flows:
        next(flow)

    before = [may_go(auth, request) for request in requests]
    again = may_go(auth, requests[0])
    comes_back(flows[0], requests[0], FINE)
    after = [may_go(auth, request) for request in requests]

    assert (before, again, after) == ([True, False, False], True, [True, True, True])


@pytest.mark.parametrize("told", [None, (401, "APIGW.0301")])
def test_the_next_goes_ahead_when_the_one_ahead_brought_no_answer_or_was_turned_down(
    told: tuple[int, str] | None,
) -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    (first, sent), (second, waiting) = out_at_once(auth, 2)
    auth.wait(sent, 0)

    if told:
        comes_back(first, sent, told)
    first.close()  # which httpx does as well when the connection breaks

    assert may_go(auth, waiting)  # to be told that nothing is sent
    second.close()


class Broken(httpx.SyncByteStream):
    """A body that does not come."""

    def __iter__(self) -> Iterator[bytes]:
        raise httpx.ReadError("dropped")


def test_the_next_goes_ahead_while_somebody_still_looks_at_what_became_of_the_one_ahead() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Broken()))
    hooks = {"request": [lambda request: auth.wait(request, 0)]}

    client = httpx.Client(transport=transport, auth=auth, event_hooks=hooks)
    with client, pytest.raises(httpx.ReadError) as kept:
        client.get(URL)

    assert may_go(auth, httpx.Request("GET", URL))
    del kept


def test_whoever_waits_goes_as_soon_as_the_one_ahead_is_back() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    (ahead, first), (behind, second) = out_at_once(auth, 2)
    auth.wait(first, 0)
    began = time.monotonic()
    waiting = Thread(target=auth.wait, args=(second, 60))

    waiting.start()
    comes_back(ahead, first, FINE)
    waiting.join()

    assert time.monotonic() - began < 30
    behind.close()


def test_requests_that_are_rejected_together_stop_the_credentials_once() -> None:
    clock = Ticking(1000.0)
    auth = Authentication(SignedProof(KEY, PROJECT), clock)
    out = out_at_once(auth, 10)

    for flow, request in out:
        comes_back(flow, request, NOT_KNOWN)
    clock.now += STOPPED_FOR
    auth.begin()

    assert not auth.stopped


def test_after_an_invocation_that_was_turned_down_one_goes_ahead_again() -> None:
    clock = Ticking(1000.0)
    auth = Authentication(SignedProof(KEY, PROJECT), clock)
    converse(auth, FINE)
    converse(auth, NOT_KNOWN)
    clock.now += STOPPED_FOR
    auth.begin()

    (first, sent), (second, waiting) = out_at_once(auth, 2)

    assert may_go(auth, sent)
    assert not may_go(auth, waiting)
    first.close()
    second.close()


# Tokens that expire


@each_expired
def test_a_read_is_sent_once_more_with_a_new_token(expired: tuple[int, str]) -> None:
    auth = Authentication(Renewable())

    sent = converse(auth, expired, FINE)

    assert [headers["X-Auth-Token"] for headers in sent] == ["token-1", "token-2"]
    assert not auth.stopped


@each_expired
def test_a_new_token_that_is_turned_down_as_well_ends_it(expired: tuple[int, str]) -> None:
    auth = Authentication(Renewable())

    sent = converse(auth, expired, expired, expired, expired)

    assert len(sent) == 2
    assert auth.stopped


@each_expired
def test_a_put_is_not_sent_again_but_the_next_request_has_a_new_token(
    expired: tuple[int, str],
) -> None:
    auth = Authentication(Renewable())

    put = converse(auth, expired, FINE, FINE, method="PUT")
    get = converse(auth, FINE)

    assert [headers["X-Auth-Token"] for headers in put] == ["token-1"]
    assert [headers["X-Auth-Token"] for headers in get] == ["token-2"]


@each_expired
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_where_no_new_token_is_to_be_had_nothing_more_is_sent(
    expired: tuple[int, str], method: str
) -> None:
    proof = Renewable()
    proof.spent = True
    auth = Authentication(proof)

    sent = converse(auth, expired, FINE, method=method)

    assert len(sent) == 1
    assert auth.stopped


@each_expired
def test_many_reads_that_meet_the_same_expired_token_get_one_new_one(
    expired: tuple[int, str],
) -> None:
    proof = Renewable()
    auth = Authentication(proof)
    out = out_at_once(auth, 5)

    again = [request for flow, sent in out if (request := comes_back(flow, sent, expired))]
    for request in again:
        auth.mark(request)

    assert proof.number == 2
    assert [request.headers["X-Auth-Token"] for request in again] == ["token-2"] * 5
    assert not auth.stopped


def test_an_ordinary_403_renews_nothing() -> None:
    proof = Renewable()

    converse(Authentication(proof), (403, "DBS.280032"), FINE)

    assert proof.number == 1


# Credentials that cannot be had


def error(trouble: str) -> CredentialsError:
    kinds: dict[str, Callable[[], CredentialsError]] = {
        "permission": lambda: CredentialsError("The password is wrong.", "x", "permission"),
        "transient": lambda: CredentialsError("IAM is away.", "x", "transient"),
    }
    return kinds[trouble]()


@pytest.mark.parametrize(("trouble", "asked"), [("permission", 1), ("transient", 3)])
def test_a_wrong_password_is_tried_once_and_an_iam_that_is_away_again(
    trouble: str, asked: int
) -> None:
    proof = Nothing(error(trouble))
    auth = Authentication(proof)

    told = {turned_down(auth).message for _ in range(3)}

    assert proof.asked == asked
    assert told == {proof.error.message}


# Several clouds with the same credentials


def test_credentials_that_several_clouds_share_are_turned_down_three_times_and_no_more() -> None:
    clock, breaker = Ticking(1000.0), CircuitBreaker()
    clouds = [Authentication(SignedProof(KEY, f"{n:032x}"), clock, breaker) for n in range(7)]

    for cloud in clouds[:OPENS_AFTER]:
        converse(cloud, NOT_KNOWN)

    for cloud in clouds[OPENS_AFTER:]:
        with pytest.raises(CredentialsError, match="elsewhere"):
            converse(cloud, NOT_KNOWN)


def test_a_cloud_where_the_credentials_were_taken_goes_on_while_others_are_turned_down() -> None:
    clock, breaker = Ticking(1000.0), CircuitBreaker()
    good, *wrong = [Authentication(SignedProof(KEY, f"{n:032x}"), clock, breaker) for n in range(4)]
    converse(good, FINE)

    for cloud in wrong:
        converse(cloud, NOT_KNOWN)

    assert breaker.is_open
    assert len(converse(good, FINE)) == 1


def test_an_open_breaker_closes_when_a_lock_would_have_passed() -> None:
    clock = Ticking(1000.0)
    breaker = CircuitBreaker(clock)
    for _ in range(OPENS_AFTER):
        breaker.count_rejection()

    clock.now += LOCKED_FOR

    assert not breaker.is_open
    breaker.count_rejection()
    assert not breaker.is_open  # counted anew


def test_of_several_clouds_with_the_same_credentials_one_request_goes_ahead() -> None:
    breaker = CircuitBreaker()
    one, other = (Authentication(SignedProof(KEY, PROJECT), breaker=breaker) for _ in range(2))
    first = httpx.Request("GET", "https://one.invalid/")
    second = httpx.Request("GET", "https://other.invalid/")

    assert may_go(one, first)
    assert not may_go(other, second)
    breaker.leave(first)
    assert may_go(other, second)
