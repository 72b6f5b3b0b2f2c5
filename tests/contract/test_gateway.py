"""Authentication and permissions in the sandbox; tests/interop compares them with the real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.huawei.access.signatures import ALGORITHM, canonical_request, sign
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.wire.answers import Answer, identity_error
from sandbox.huawei.wire.faults import Fault

START = datetime(2026, 2, 17, 10, tzinfo=UTC)
REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
RDS = "dsfae23fsfdsae3435in01"
KEY, SECRET = "AKSANDBOX0000000001", "canary-secret-key"
TEMPORARY, SECURITY_TOKEN = "AKSANDBOX0000000002", "canary-security-token"
PASSWORD = "canary-password"


@dataclass(frozen=True)
class Signer(httpx.Auth):
    """Signs with the given values, which may be wrong."""

    requires_request_body = True

    key: str = KEY
    secret: str = SECRET
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    also: dict[str, str] = field(default_factory=dict)
    signed: tuple[str, ...] = ("host", "x-sdk-date")

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator
        date = self.at.strftime("%Y%m%dT%H%M%SZ")
        request.headers.update({"X-Sdk-Date": date, **self.also})
        headers = {name.lower(): value for name, value in request.headers.items()}
        canonical = canonical_request(
            request.method, request.url.raw_path.decode(), headers, self.signed, request.content
        )
        request.headers["Authorization"] = (
            f"{ALGORITHM} Access={self.key}, SignedHeaders={';'.join(self.signed)}, "
            f"Signature={sign(self.secret, date, canonical)}"
        )
        yield request


GOOD = Signer()
BAD = Signer(secret="another-secret-key")
WITH_TOKEN = Signer(
    TEMPORARY,
    also={"X-Security-Token": SECURITY_TOKEN},
    signed=("host", "x-sdk-date", "x-security-token"),
)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client() as http:
        yield http


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    with HuaweiSandbox(Clock.frozen(START)) as cloud:
        cloud.add_redis(REDIS, "orders-cache")
        cloud.add_rds(RDS, "orders-db")
        cloud.add_access_key(KEY, SECRET)
        cloud.add_access_key(TEMPORARY, SECRET, SECURITY_TOKEN)
        cloud.add_user("example-domain", "lastgood", PASSWORD)
        yield cloud


@dataclass(frozen=True)
class Caller:
    http: httpx.Client
    cloud: HuaweiSandbox

    def jobs(
        self, auth: httpx.Auth | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        url = f"{self.cloud.geminidb_url}/v3/{self.cloud.project_id}/jobs"
        return self.http.get(url, auth=auth, headers=headers)

    def jobs_with(self, token: str) -> httpx.Response:
        return self.jobs(headers={"X-Auth-Token": token})

    def windows(self, token: str) -> httpx.Response:
        url = f"{self.cloud.rds_url}/v3/{self.cloud.project_id}/instances/{RDS}/restore-time"
        return self.http.get(url, headers={"X-Auth-Token": token})

    def log_in(
        self, password: str = PASSWORD, query: str = "?nocatalog=true", **changed: Any
    ) -> httpx.Response:
        user = {"domain": {"name": "example-domain"}, "name": "lastgood", "password": password}
        auth = {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"id": self.cloud.project_id}},
        }
        url = f"{self.cloud.iam_url}/v3/auth/tokens{query}"
        return self.http.post(url, json={"auth": auth | changed})

    def token(self) -> str:
        return self.log_in().headers["X-Subject-Token"]


@pytest.fixture
def caller(http: httpx.Client, cloud: HuaweiSandbox) -> Caller:
    return Caller(http, cloud)


def rejection(response: httpx.Response) -> str:
    """Return the reason in a rejection by the gateway, after checking its shape."""
    document = response.json()
    assert (response.status_code, document["error_code"]) == (401, "APIGW.0301")
    assert document["request_id"] == response.headers["X-Request-Id"]
    begin, _, what = document["error_msg"].partition(": ")
    assert begin == "Incorrect IAM authentication information"
    return str(what)


# Signatures


@pytest.mark.parametrize("signer", [GOOD, WITH_TOKEN], ids=["permanent", "temporary"])
def test_a_good_signature_is_accepted(caller: Caller, signer: Signer) -> None:
    assert caller.jobs(signer).status_code == 200


def test_the_body_is_signed(caller: Caller, cloud: HuaweiSandbox) -> None:
    class Tampered(Signer):
        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator
            for signed in super().auth_flow(request):
                body = request.content.replace(b"1", b"2")
                yield httpx.Request(signed.method, signed.url, headers=signed.headers, content=body)

    url = f"{cloud.geminidb_url}/v3/{cloud.project_id}/redis/instances/{REDIS}/pitr"
    body = {"restore_time": "2026-02-17T18:20:00+0800"}

    tampered = caller.http.put(url, json=body, auth=Tampered())
    untouched = caller.http.put(url, json=body, auth=GOOD)

    assert "verify aksk signature fail" in rejection(tampered)
    assert (
        untouched.json()["error_code"] == "DBS.201215"
    )  # authenticated; there is no such point yet
    assert cloud.puts == (2, 0)


def test_the_query_is_signed(caller: Caller, cloud: HuaweiSandbox) -> None:
    class Tampered(Signer):
        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator
            for signed in super().auth_flow(request):
                url = signed.url.copy_with(query=b"limit=50")
                yield httpx.Request(signed.method, url, headers=signed.headers)

    url = f"{cloud.geminidb_url}/v3/{cloud.project_id}/jobs?limit=10"

    assert "verify aksk signature fail" in rejection(caller.http.get(url, auth=Tampered()))


@pytest.mark.parametrize(
    ("signer", "reason"),
    [
        (replace(GOOD, key="AKUNKNOWN"), "Get secretKey failed,ak:AKUNKNOWN,err:ak not exist"),
        (BAD, "verify aksk signature fail, canonicalRequest:GET|/v3/"),
        (replace(GOOD, signed=("x-sdk-date",)), "host and x-sdk-date must be signed headers"),
        (replace(GOOD, signed=("host",)), "host and x-sdk-date must be signed headers"),
        (replace(GOOD, key=TEMPORARY), "decrypt token fail"),
        (replace(WITH_TOKEN, key=KEY), "decrypt token fail"),
        (
            replace(WITH_TOKEN, also={"X-Security-Token": "another"}),
            "decrypt token fail",
        ),
        (
            replace(WITH_TOKEN, signed=("host", "x-sdk-date")),
            "x-security-token must be a signed header",
        ),
    ],
    ids=[
        "unknown key",
        "wrong secret",
        "host not signed",
        "date not signed",
        "temporary key without its token",
        "permanent key with a token",
        "another token",
        "token not signed",
    ],
)
def test_a_wrong_signature_is_rejected_with_the_reason(
    caller: Caller, signer: Signer, reason: str
) -> None:
    assert rejection(caller.jobs(signer)).startswith(reason)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "SDK-HMAC-SHA256 Access=x"},
        {"Authorization": f"SDK-HMAC-SHA256 Access={KEY}, SignedHeaders=a;b, Signature=zz"},
    ],
)
def test_an_unsigned_request_is_rejected(caller: Caller, headers: dict[str, str]) -> None:
    assert rejection(caller.jobs(headers=headers))


@pytest.mark.parametrize("date", ["20260217", "2026-02-17T10:00:00Z", "20269917T100000Z"])
def test_a_malformed_date_is_rejected(caller: Caller, date: str) -> None:
    class Odd(Signer):
        def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # a generator
            for signed in super().auth_flow(request):
                signed.headers["X-Sdk-Date"] = date
                yield signed

    assert rejection(caller.jobs(Odd())) == "x-sdk-date is missing or cannot be parsed"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_date_more_than_15_minutes_off_is_rejected(caller: Caller, minutes: int) -> None:
    signer = Signer(at=datetime.now(UTC) + timedelta(minutes=minutes))

    reason = rejection(caller.jobs(signer))

    assert reason.startswith(f"signature expired, signature time:{signer.at:%Y%m%dT%H%M%SZ},")
    assert ",server time:" in reason


@pytest.mark.parametrize("minutes", [-14, 14])
def test_a_date_within_15_minutes_is_accepted(caller: Caller, minutes: int) -> None:
    signer = Signer(at=datetime.now(UTC) + timedelta(minutes=minutes))

    assert caller.jobs(signer).status_code == 200


def test_the_time_of_the_instances_does_not_matter_to_a_signature(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    cloud.clock.advance(timedelta(days=3))

    assert caller.jobs(Signer()).status_code == 200


def test_every_answer_has_the_gateways_time_in_date(caller: Caller, cloud: HuaweiSandbox) -> None:
    cloud.wall = Clock.frozen(START)
    cloud.faults.add("jobs", Fault.answer_before(Answer(503)))

    answers = [caller.jobs(), caller.jobs_with(cloud.token), caller.log_in("no")]

    assert [answer.status_code for answer in answers] == [503, 200, 401]
    assert {parsedate_to_datetime(answer.headers["Date"]) for answer in answers} == {START}


def test_a_gateway_with_clock_skew_rejects_every_signature_and_shows_its_time_in_date(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    cloud.wall = Clock.ago(timedelta(hours=1))

    response = caller.jobs(Signer())

    assert rejection(response).startswith("signature expired")
    skew = datetime.now(UTC) - parsedate_to_datetime(response.headers["Date"])
    assert timedelta(minutes=59) < skew < timedelta(minutes=61)


# Lockout


def test_the_sixth_bad_signature_in_a_row_locks_the_key(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    reasons = [rejection(caller.jobs(BAD)) for _ in range(6)]

    assert all(reason.startswith("verify aksk signature fail") for reason in reasons)
    assert rejection(caller.jobs(GOOD)) == "AK access failed to reach the limit,forbidden."
    assert cloud.locked_keys == {KEY}
    assert cloud.bad_signatures(KEY) == 6


def test_a_locked_key_is_unlocked_after_five_minutes_even_when_used_meanwhile(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    for _ in range(6):
        caller.jobs(BAD)
    cloud.wall.advance(timedelta(minutes=4))
    tried = rejection(caller.jobs(BAD))
    cloud.wall.advance(timedelta(minutes=1))

    assert tried == "AK access failed to reach the limit,forbidden."
    assert caller.jobs(GOOD).status_code == 200
    assert (cloud.locked_keys, cloud.bad_signatures(KEY)) == (frozenset(), 6)


def test_a_good_signature_resets_the_count_of_bad_ones(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    for signer in [BAD, BAD, BAD, BAD, BAD, GOOD, BAD, BAD, BAD, BAD, BAD]:
        caller.jobs(signer)

    assert caller.jobs(GOOD).status_code == 200
    assert (cloud.locked_keys, cloud.bad_signatures(KEY)) == (frozenset(), 10)


def test_a_lock_holds_for_one_key_only(caller: Caller) -> None:
    for _ in range(6):
        caller.jobs(BAD)

    assert caller.jobs(WITH_TOKEN).status_code == 200


def test_a_stale_date_counts_as_a_bad_signature(caller: Caller, cloud: HuaweiSandbox) -> None:
    stale = Signer(at=START)

    for _ in range(6):
        caller.jobs(stale)

    assert cloud.locked_keys == {KEY}


def test_a_key_that_does_not_exist_cannot_be_locked(caller: Caller, cloud: HuaweiSandbox) -> None:
    unknown = replace(GOOD, key="AKUNKNOWN")

    reasons = {rejection(caller.jobs(unknown)) for _ in range(7)}

    assert reasons == {"Get secretKey failed,ak:AKUNKNOWN,err:ak not exist"}
    assert cloud.locked_keys == frozenset()


# Tokens


def test_a_login_returns_a_token_for_24_hours(caller: Caller, cloud: HuaweiSandbox) -> None:
    cloud.wall = Clock.frozen(datetime(2026, 1, 2, 9, 5, 22, 701999, tzinfo=UTC))

    response = caller.log_in()

    assert response.status_code == 201
    token = response.headers["X-Subject-Token"]
    assert len(token) > 4000
    assert token not in response.text
    document = response.json()["token"]
    assert document["issued_at"] == "2026-01-02T09:05:22.701000Z"
    assert document["expires_at"] == "2026-01-03T09:05:22.701000Z"
    assert document["project"]["id"] == cloud.project_id
    assert "catalog" not in document
    assert caller.jobs_with(token).status_code == 200


def test_a_login_returns_the_catalog_unless_told_not_to(caller: Caller) -> None:
    assert caller.log_in(query="").json()["token"]["catalog"] == []


def test_the_project_may_be_named_by_its_region(caller: Caller) -> None:
    assert caller.log_in(scope={"project": {"name": "ap-southeast-1"}}).status_code == 201


@pytest.mark.parametrize(
    ("password", "changed", "expected"),
    [
        ("wrong", {}, (401, "Unauthorized")),
        (PASSWORD, {"scope": {"project": {"id": "another"}}}, (401, "Unauthorized")),
        (PASSWORD, {"scope": {}}, (400, "Bad Request")),
        (PASSWORD, {"identity": {"methods": ["token"]}}, (400, "Bad Request")),
    ],
)
def test_iam_errors_have_their_own_shape(
    caller: Caller, password: str, changed: dict[str, Any], expected: tuple[int, str]
) -> None:
    response = caller.log_in(password, **changed)

    error = response.json()["error"]
    assert (response.status_code, error["title"]) == expected
    assert error["code"] == response.status_code
    assert error["message"]


def test_a_token_expires(caller: Caller, cloud: HuaweiSandbox) -> None:
    token = caller.token()

    cloud.wall.advance(timedelta(hours=24))

    response = caller.jobs_with(token)
    assert (response.status_code, response.json()["error_code"]) == (401, "APIGW.0307")


def test_revoking_leaves_only_the_token_of_the_sandbox(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    token = caller.token()

    cloud.revoke_tokens()

    assert caller.jobs_with(token).json()["error_code"] == "APIGW.0307"
    assert caller.jobs_with(cloud.token).status_code == 200
    assert caller.jobs_with(caller.token()).status_code == 200


def test_a_login_can_be_made_to_fail(caller: Caller, cloud: HuaweiSandbox) -> None:
    refusal = identity_error(503, "Service unavailable.").answer
    cloud.faults.add("token", Fault.answer_before(refusal))
    cloud.faults.add("token", Fault.throttle())

    assert [caller.log_in().status_code for _ in range(3)] == [503, 429, 201]
    assert [login.acted for login in cloud.requests_to("token")] == [False, False, True]


def test_the_record_never_prints_secrets(caller: Caller, cloud: HuaweiSandbox) -> None:
    token = caller.token()
    caller.jobs_with(token)
    caller.jobs(WITH_TOKEN)

    printed = repr((cloud.requests, vars(cloud), vars(cloud._gateway), vars(cloud._iam)))  # noqa: SLF001  the secrets are private

    for secret in (SECRET, SECURITY_TOKEN, PASSWORD):
        assert secret not in printed


# Permissions

ALL = {
    "restore": "gaussdbfornosql:instance:redisPitrRestore",
    "points": "gaussdbfornosql:instance:listRedisPitrRestoreTime",
    "policy": "gaussdbfornosql:instance:getRedisPitrPolicy",
    "jobs": "gaussdbfornosql:task:list",
    "instances": "gaussdbfornosql:instance:list",
}


def test_a_missing_permission_is_rejected_by_the_service(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    cloud.add_access_key(KEY, SECRET, actions=set(ALL.values()) - {ALL["jobs"]})

    response = caller.jobs(GOOD)

    assert response.status_code == 403
    assert response.json() == {
        "error_code": "DBS.280032",
        "error_msg": "Policy doesn't allow gaussdbfornosql:task:list to be performed.",
    }


def test_a_caller_without_any_permission_at_a_service_is_rejected_by_the_gateway(
    caller: Caller, cloud: HuaweiSandbox
) -> None:
    cloud.add_token("without-permissions", actions=["rds:*:*"])

    response = caller.jobs_with("without-permissions")

    assert (response.status_code, response.json()["error_code"]) == (403, "APIGW.0302")


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        (["rds:instance:getRestoreTime"], 200),
        (["rds:*:*"], 200),
        (["*"], 200),
        (["rds:instance:list"], 403),
        ([], 403),
    ],
)
def test_the_windows_of_rds_need_one_permission_by_its_present_name(
    caller: Caller, cloud: HuaweiSandbox, actions: list[str], status: int
) -> None:
    cloud.add_user("example-domain", "lastgood", PASSWORD, actions=actions)

    assert caller.windows(caller.token()).status_code == status


def test_a_put_without_permission_does_not_act(caller: Caller, cloud: HuaweiSandbox) -> None:
    cloud.add_token("reader", actions=set(ALL.values()) - {ALL["restore"]})
    url = f"{cloud.geminidb_url}/v3/{cloud.project_id}/redis/instances/{REDIS}/pitr"

    response = caller.http.put(
        url, json={"restore_time": "any"}, headers={"X-Auth-Token": "reader"}
    )

    assert (response.status_code, response.json()["error_code"]) == (403, "DBS.280032")
    assert cloud.puts == (1, 0)


@pytest.mark.parametrize("path", ["/v3/auth/token", "/v3/projects"])
def test_iam_has_no_other_operation(caller: Caller, cloud: HuaweiSandbox, path: str) -> None:
    response = caller.http.get(f"{cloud.iam_url}{path}")

    assert (response.status_code, response.json()["error_code"]) == (404, "APIGW.0101")
