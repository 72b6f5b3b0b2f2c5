"""Who is calling: what a request is marked with, and when nothing more is sent."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from lastgood.huawei.auth import (
    LOCKED_FOR,
    STOPPED_FOR,
    STRIKES,
    Authentication,
    Gate,
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
    sent = [httpx.Headers(request.headers)]
    for each in told:
        try:
            request = flow.send(answer(each, request))
        except StopIteration:
            break
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
    assert "were turned down" in error.message
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
    return [(flow, next(flow)) for flow in flows]


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


def test_what_waited_is_dated_when_it_goes_and_not_when_it_queued_up() -> None:
    moments = iter([NOW, NOW + timedelta(minutes=20)])
    auth = Authentication(SignedProof(KEY, PROJECT, lambda: next(moments)))
    ((flow, about_to_go),) = out_at_once(auth, 1)

    auth.mark(about_to_go)

    assert about_to_go.headers["X-Sdk-Date"] == "20260103T092522Z"
    flow.close()


def test_one_goes_ahead_while_nobody_knows_whether_the_credentials_are_any_good() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    requests = [httpx.Request("GET", URL) for _ in range(3)]
    flows = [auth.sync_auth_flow(request) for request in requests]
    for flow in flows:
        next(flow)

    before = [auth.may_go(request) for request in requests]
    again = auth.may_go(requests[0])
    comes_back(flows[0], requests[0], FINE)
    after = [auth.may_go(request) for request in requests]

    assert (before, again, after) == ([True, False, False], True, [True, True, True])


@pytest.mark.parametrize("told", [None, (401, "APIGW.0301")])
def test_the_next_goes_ahead_when_the_one_ahead_brought_no_answer_or_was_turned_down(
    told: tuple[int, str] | None,
) -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    (first, sent), (second, waiting) = out_at_once(auth, 2)
    auth.may_go(sent)

    if told:
        comes_back(first, sent, told)
    first.close()  # which httpx does as well when the connection breaks

    assert auth.may_go(waiting)  # to be told that nothing is sent
    second.close()


def go(auth: Authentication, request: httpx.Request) -> None:
    assert auth.may_go(request)


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that does not come."""

    def __iter__(self) -> Iterator[bytes]:
        raise httpx.ReadError("dropped")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        raise httpx.ReadError("dropped")
        yield b""

    async def aclose(self) -> None:
        pass


def test_the_next_goes_ahead_while_somebody_still_looks_at_what_became_of_the_one_ahead() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Broken()))
    hooks = {"request": [lambda request: go(auth, request)]}

    client = httpx.Client(transport=transport, auth=auth, event_hooks=hooks)
    with client, pytest.raises(httpx.ReadError) as kept:
        client.get(URL)

    assert auth.may_go(httpx.Request("GET", URL))
    del kept


def test_the_next_goes_ahead_in_the_other_style_as_well() -> None:
    auth = Authentication(SignedProof(KEY, PROJECT))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Broken()))

    async def gone(request: httpx.Request) -> None:
        go(auth, request)

    async def ask() -> httpx.ReadError:
        hooks = {"request": [gone]}
        async with httpx.AsyncClient(transport=transport, auth=auth, event_hooks=hooks) as client:
            with pytest.raises(httpx.ReadError) as kept:
                await client.get(URL)
        return kept.value

    kept = asyncio.run(ask())

    assert auth.may_go(httpx.Request("GET", URL))
    del kept


def test_after_an_invocation_that_was_turned_down_one_goes_ahead_again() -> None:
    clock = Ticking(1000.0)
    auth = Authentication(SignedProof(KEY, PROJECT), clock)
    converse(auth, FINE)
    converse(auth, NOT_KNOWN)
    clock.now += STOPPED_FOR
    auth.begin()

    (first, sent), (second, waiting) = out_at_once(auth, 2)

    assert auth.may_go(sent)
    assert not auth.may_go(waiting)
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

    renewed = [comes_back(flow, request, expired) for flow, request in out]

    assert proof.number == 2
    assert [request and request.headers["X-Auth-Token"] for request in renewed] == ["token-2"] * 5
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
    clock, gate = Ticking(1000.0), Gate()
    clouds = [Authentication(SignedProof(KEY, f"{n:032x}"), clock, gate) for n in range(7)]

    for cloud in clouds[:STRIKES]:
        converse(cloud, NOT_KNOWN)

    for cloud in clouds[STRIKES:]:
        with pytest.raises(CredentialsError, match="elsewhere"):
            converse(cloud, NOT_KNOWN)


def test_a_cloud_where_the_credentials_were_taken_goes_on_while_others_are_turned_down() -> None:
    clock, gate = Ticking(1000.0), Gate()
    good, *wrong = [Authentication(SignedProof(KEY, f"{n:032x}"), clock, gate) for n in range(4)]
    converse(good, FINE)

    for cloud in wrong:
        converse(cloud, NOT_KNOWN)

    assert gate.closed
    assert len(converse(good, FINE)) == 1


def test_a_closed_gate_opens_when_a_lock_would_have_passed() -> None:
    clock = Ticking(1000.0)
    gate = Gate(clock)
    for _ in range(STRIKES):
        gate.strike()

    clock.now += LOCKED_FOR

    assert not gate.closed
    gate.strike()
    assert not gate.closed  # counted anew


def test_of_several_clouds_with_the_same_credentials_one_request_goes_ahead() -> None:
    gate = Gate()
    one, other = (Authentication(SignedProof(KEY, PROJECT), gate=gate) for _ in range(2))
    first = httpx.Request("GET", "https://one.invalid/")
    second = httpx.Request("GET", "https://other.invalid/")

    assert one.may_go(first)
    assert not other.may_go(second)
    gate.leave(first)
    assert other.may_go(second)
