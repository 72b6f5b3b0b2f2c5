"""Who is calling, over real HTTP: the gateway checks every signature and every token.

What matters most is what is not sent: a key is locked by bad signatures, a user by bad passwords.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
import stamina

from huawei_pitr import Client
from lastgood.domain.policy import CloudEntry, Endpoints
from lastgood.domain.restore import Accepted, Refused
from lastgood.huawei import tokens
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.credentials import Password
from lastgood.huawei.rate_limit import RateLimit
from lastgood.huawei.registry import FRESH, CloudRegistry
from lastgood.huawei.tokens import MARGIN, PasswordProof
from lastgood.ports import CloudError, CredentialsError
from sandbox.clock import Clock
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault
from tests.support.connected import (
    CANARY,
    NOW,
    POINTS,
    RDS,
    REDIS,
    START,
    Wire,
    body,
    told,
    wired,
)

DOMAIN, USER, PASSWORD = "acme", "lastgood", "correct-horse-canary"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared() -> Iterator[Wire]:
    with wired() as made:
        yield made


@pytest.fixture
def wire(shared: Wire) -> Wire:
    fresh = shared.afresh()
    fresh.sandbox.wall = Clock()
    fresh.sandbox.revoke_tokens()
    fresh.sandbox.add_user(DOMAIN, USER, PASSWORD)
    return fresh


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    """Try as often as ever, but without waiting in between."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@dataclass
class Place:
    """Where credentials are kept, and the clouds that are connected to with them."""

    wire: Wire
    secret: dict[str, str]
    now: float = 1000.0
    reads: int = 0
    opened: str = "127.0.0.1"
    clouds: CloudRegistry = field(init=False)

    def __post_init__(self) -> None:
        self.clouds = CloudRegistry(
            {"LASTGOOD_ENDPOINTS": self.opened},
            self.read,
            lambda: self.now,
            rate_limit=lambda _: RateLimit(1000),
        )

    def read(self, _: str) -> Mapping[str, str]:
        self.reads += 1
        return self.secret

    @property
    def entry(self) -> CloudEntry:
        sandbox = self.wire.sandbox
        return CloudEntry(
            region="ap-southeast-1",
            project_id=sandbox.project_id,
            credentials="secretsmanager:lastgood/prod",
            endpoints=Endpoints(
                geminidb=sandbox.geminidb_url, rds=sandbox.rds_url, iam=sandbox.iam_url
            ),
            requests_per_second=1000,
        )

    @property
    def cloud(self) -> HuaweiCloud:
        return self.clouds.cloud("prod", self.entry)

    def look_often(self, times: int) -> list[object]:
        """Look at the instance so many times at once; the states, and errors in place of some."""
        cloud = self.clouds.cloud("prod", self.entry)

        def look(_: int) -> object:
            try:
                return cloud.state(REDIS)
            except CloudError as error:
                return error

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(look, range(times)))

    def sent(self, operation: str = "") -> int:
        return sum(operation in {"", each.operation} for each in self.wire.requests)


def access_key(wire: Wire, *, secret: str = "SK-canary-0123456789", token: str = "") -> Place:  # noqa: S107 - a canary
    """A place with a key of its own, which the gateway knows by another secret if told so."""
    name = f"AKEXAMPLE{next(numbers):011}"
    wire.sandbox.add_access_key(name, "SK-canary-0123456789", token or None)
    values = {"access_key": name, "secret_key": secret, "security_token": token}
    return Place(wire, values)


def password(wire: Wire, said: str = PASSWORD) -> Place:
    return Place(wire, {"domain": DOMAIN, "user": USER, "password": said})


PLACES: dict[str, Callable[[Wire], Place]] = {
    "a key": access_key,
    "a temporary key": lambda wire: access_key(wire, token=CANARY),
    "a token": lambda wire: Place(wire, {"token": CANARY}),
    "a password": password,
}
WRONG: dict[str, Callable[[Wire], Place]] = {
    "another secret key": lambda wire: access_key(wire, secret="SK-of-another-key-0"),
    "a token of another key": lambda wire: replace_token(access_key(wire, token=CANARY)),
    "an unknown key": lambda wire: Place(wire, {"access_key": "AKNOBODY", "secret_key": "SK" * 9}),
    "an old token": lambda wire: Place(wire, {"token": "MIIF-an-old-token"}),
}
each_kind = pytest.mark.parametrize("place_of", PLACES.values(), ids=PLACES)
each_wrong = pytest.mark.parametrize("place_of", WRONG.values(), ids=WRONG)


def replace_token(place: Place) -> Place:
    place.secret["security_token"] = "MIIF-of-another-key"
    return place


def use(cloud: HuaweiCloud) -> list[Any]:
    """Ask everything there is to ask; what went wrong stands in the place of what was asked for."""
    found: list[Any] = []
    calls: list[Callable[[], Any]] = [
        lambda: cloud.windows(RDS),
        lambda: cloud.points(REDIS, START, NOW),
        lambda: cloud.pitr_policy(REDIS),
        lambda: cloud.state(REDIS),
        lambda: cloud.jobs(START, NOW),
        lambda: cloud.restore(REDIS, POINTS[1]),
    ]
    for call in calls:
        try:
            found.append(call())
        except CloudError as error:
            told(error)
            found.append(error)
    return found


def error_of(call: Callable[[], object]) -> CloudError:
    with pytest.raises(CloudError) as caught:
        call()
    told(caught.value)
    return caught.value


# What works


@each_kind
def test_each_kind_of_credentials_reads_everything_and_restores(
    wire: Wire, place_of: Callable[[Wire], Place]
) -> None:
    place = place_of(wire)

    found = use(place.cloud)

    assert not [each for each in found if isinstance(each, Exception)]
    assert isinstance(found[-1], Accepted)
    assert wire.puts == (1, 1)


@each_kind
def test_each_kind_of_credentials_serves_many_threads(
    wire: Wire, place_of: Callable[[Wire], Place]
) -> None:
    place = place_of(wire)

    found = place.look_often(20)

    assert {str(state) for state in found} == {str(place.cloud.state(REDIS))}


def test_a_cookie_that_somebody_sets_is_not_sent_to_anybody(wire: Wire) -> None:
    place = access_key(wire)
    cookie = Answer.json(200, {"enabled": True}, {"Set-Cookie": "who=somebody; Path=/"})
    wire.sandbox.faults.always("policy", Fault.answer_before(cookie))

    use(place.cloud)
    use(place.cloud)

    assert not [request for request in wire.requests if "cookie" in request.headers]


# Credentials of their own for reading


@dataclass
class Apart(Place):
    """A place whose policy names other credentials for reading, which `reading` holds."""

    reading: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read(self, name: str) -> Mapping[str, str]:
        self.asked.append(name)
        return self.reading if name == READ else self.secret

    @property
    def entry(self) -> CloudEntry:
        return msgspec.structs.replace(super().entry, credentials_read=f"secretsmanager:{READ}")


READ = "lastgood/read/prod"


def apart(wire: Wire) -> Apart:
    return Apart(wire, access_key(wire).secret, reading=access_key(wire).secret)


def signers(wire: Wire, method: str) -> list[str]:
    """The access keys that signed the requests of this method, each once."""
    signed = (r.headers["authorization"] for r in wire.requests if r.method == method)
    return sorted({re.findall(r"Access=(\w+)", header)[0] for header in signed})


def test_the_restore_is_signed_by_the_one_key_and_every_read_by_the_other(wire: Wire) -> None:
    place = apart(wire)

    use_only_reads(place.cloud)
    restored = place.clouds.restorer("prod", place.entry).restore(REDIS, POINTS[1])

    assert isinstance(restored, Accepted)
    assert signers(wire, "GET") == [place.reading["access_key"]]
    assert signers(wire, "PUT") == [place.secret["access_key"]]


def use_only_reads(cloud: HuaweiCloud) -> None:
    cloud.windows(RDS)
    cloud.points(REDIS, START, NOW)
    cloud.pitr_policy(REDIS)
    cloud.state(REDIS)
    cloud.jobs(START, NOW)
    cloud.job("a-job")


def test_the_secret_that_restores_is_not_read_to_read(wire: Wire) -> None:
    place = apart(wire)

    use_only_reads(place.cloud)

    assert place.asked == [READ]


def test_a_wrong_key_for_restoring_is_sent_once_and_stops_no_read(wire: Wire) -> None:
    place = apart(wire)
    place.secret["secret_key"] = "SK-of-another-key-0"
    restorer = place.clouds.restorer("prod", place.entry)

    outcomes = [restorer.restore(REDIS, POINTS[1]) for _ in range(3)]

    assert all(isinstance(outcome, Refused) for outcome in outcomes)
    assert wire.puts == (1, 0)
    assert place.cloud.state(REDIS).status == "normal"


def test_both_share_the_rate_limit_of_the_project(wire: Wire) -> None:
    made: list[RateLimit] = []
    place = apart(wire)

    def limit(per_second: int) -> RateLimit:
        if per_second == place.entry.requests_per_second:
            made.append(RateLimit(per_second))
            return made[-1]
        return RateLimit(per_second)

    place.clouds = CloudRegistry({"LASTGOOD_ENDPOINTS": place.opened}, place.read, rate_limit=limit)

    place.clouds.cloud("prod", place.entry)
    place.clouds.restorer("prod", place.entry)

    assert len(made) == 1


def test_cloud_eye_is_asked_by_the_credentials_that_read_and_kept_with_their_cloud(
    wire: Wire,
) -> None:
    place = apart(wire)
    entry = msgspec.structs.replace(
        place.entry, endpoints=Endpoints(geminidb="http://127.0.0.1:9", ces=wire.sandbox.ces_url)
    )

    eye = place.clouds.cloud_eye("prod", entry)
    eye.records("al0000000000000000000000")

    (request,) = wire.requests
    assert f"Access={place.reading['access_key']}," in request.headers["authorization"]
    assert place.clouds.cloud_eye("prod", entry) is eye
    foreign = msgspec.structs.replace(entry, endpoints=Endpoints(ces="https://elsewhere.example"))
    with pytest.raises(CloudError, match=r"no credentials are sent to elsewhere\.example"):
        place.clouds.cloud_eye("prod", foreign)


def test_rds_is_read_by_the_credentials_that_read_and_written_to_by_the_others(
    wire: Wire,
) -> None:
    place = apart(wire)

    rds, restorer = (
        place.clouds.rds("prod", place.entry),
        place.clouds.rds_restorer("prod", place.entry),
    )
    rds.database(RDS)
    restorer.delete("0123456789abcdef0123456789abcdefin01")

    read, deleted = wire.requests
    assert f"Access={place.reading['access_key']}," in read.headers["authorization"]
    assert f"Access={place.secret['access_key']}," in deleted.headers["authorization"]
    assert place.clouds.rds("prod", place.entry) is rds
    assert place.clouds.rds_restorer("prod", place.entry) is restorer


def test_backups_are_read_by_the_credentials_that_read_and_made_by_the_others(
    wire: Wire,
) -> None:
    place = apart(wire)

    backups, restorer = (
        place.clouds.backups("prod", place.entry),
        place.clouds.backups_restorer("prod", place.entry),
    )
    backups.backups(REDIS)
    restorer.delete("0123456789abcdef0123456789abcdefin12")

    read, deleted = wire.requests
    assert f"Access={place.reading['access_key']}," in read.headers["authorization"]
    assert f"Access={place.secret['access_key']}," in deleted.headers["authorization"]
    assert place.clouds.backups("prod", place.entry) is backups
    assert place.clouds.backups_restorer("prod", place.entry) is restorer


def test_equal_credentials_are_one_cloud_and_are_still_read_again_apart(wire: Wire) -> None:
    place = apart(wire)
    place.reading |= place.secret
    restorer = place.clouds.restorer("prod", place.entry)
    assert place.cloud is restorer

    place.now += FRESH + 1
    place.secret |= access_key(wire).secret

    assert place.cloud is restorer
    assert place.clouds.restorer("prod", place.entry) is not restorer


# What is turned down


@each_wrong
def test_credentials_that_nobody_knows_are_sent_once(
    wire: Wire, place_of: Callable[[Wire], Place]
) -> None:
    place = place_of(wire)

    found = use(place.cloud)
    found += use(place.cloud)

    assert place.sent() == 1
    assert all(isinstance(each, CloudError | Refused) for each in found)
    assert isinstance(found[-1], Refused)
    assert (found[-1].code, found[-1].kind) == ("not-sent", "permission")


@each_wrong
def test_a_restore_with_credentials_that_nobody_knows_is_sent_once(
    wire: Wire, place_of: Callable[[Wire], Place]
) -> None:
    place = place_of(wire)

    outcomes = [place.cloud.restore(REDIS, POINTS[1]) for _ in range(3)]

    assert wire.puts == (1, 0)
    assert {each.kind for each in outcomes if isinstance(each, Refused)} == {"permission"}


@each_wrong
def test_many_that_ask_at_once_send_credentials_that_nobody_knows_once(
    wire: Wire, place_of: Callable[[Wire], Place]
) -> None:
    place = place_of(wire)

    found = place.look_often(40)

    assert place.sent() == 1
    assert all(isinstance(each, CloudError) for each in found)
    assert not wire.sandbox.locked_keys


def test_what_many_were_told_the_next_one_knows(wire: Wire) -> None:
    place = access_key(wire, secret="SK-of-another-key-0")

    place.look_often(5)
    use(place.cloud)
    place.look_often(5)

    assert place.sent() == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, gzip.compress(b"{}"), {"Content-Encoding": "gzip"}),
        Answer(401, b"", {"Content-Length": "1000"}),
        body(401, "<html>"),
        Answer(401),
    ],
    ids=["packed", "cut off", "html", "empty"],
)
def test_a_401_stops_them_even_where_its_reason_cannot_be_read(wire: Wire, answer: Answer) -> None:
    place = access_key(wire)
    wire.sandbox.faults.always("policy", Fault.answer_before(answer))

    error = error_of(lambda: place.cloud.pitr_policy(REDIS))
    use(place.cloud)

    assert "401" in error.message
    assert place.sent() == 1


def test_one_invocation_spends_one_bad_signature_whatever_it_does(wire: Wire) -> None:
    place = access_key(wire, secret="SK-of-another-key-0")

    for _ in range(5):
        place.clouds.begin(60)  # which others may do as well, and at once
        place.look_often(20)
        use(place.cloud)
        place.now += FRESH + 1

    assert wire.sandbox.bad_signatures(place.secret["access_key"]) == 1


@pytest.mark.parametrize(
    ("place_of", "hint"),
    [
        (WRONG["another secret key"], "secret key does not belong"),
        (WRONG["an unknown key"], "`region`"),
        (WRONG["a token of another key"], "`region`"),
        (WRONG["an old token"], "store a new token"),
    ],
)
def test_the_error_tells_what_is_wrong_with_them(
    wire: Wire, place_of: Callable[[Wire], Place], hint: str
) -> None:
    place = place_of(wire)

    first = error_of(lambda: place.cloud.state(REDIS))
    second = error_of(lambda: place.cloud.state(REDIS))

    assert "401 APIGW.03" in first.message
    assert "are not used for now" in second.message
    for error in (first, second):
        assert hint in error.hint
        assert error.trouble == "permission"


@pytest.mark.parametrize(("minutes", "side"), [(20, "behind"), (-20, "ahead of")])
def test_a_wrong_clock_is_told_from_a_wrong_key(wire: Wire, minutes: int, side: str) -> None:
    place = access_key(wire)
    wire.sandbox.wall = Clock(Clock().now() + timedelta(minutes=minutes))

    error = error_of(lambda: place.cloud.state(REDIS))

    assert f"{side} the service's" in error.hint


@pytest.mark.parametrize("minutes", [14, -14])
def test_a_clock_that_is_a_little_wrong_does_no_harm(wire: Wire, minutes: int) -> None:
    place = access_key(wire)
    wire.sandbox.wall = Clock(Clock().now() + timedelta(minutes=minutes))

    assert isinstance(use(place.cloud)[-1], Accepted)


# Rotation


@each_kind
def test_credentials_that_did_not_change_are_read_again_and_nothing_is_made_anew(
    wire: Wire, place_of: Callable[[Wire], Place]
) -> None:
    place = place_of(wire)
    first = place.cloud
    first.state(REDIS)

    place.now += FRESH + 1

    assert place.cloud is first
    assert place.reads == 2
    first.state(REDIS)
    assert place.sent("token") == (PASSWORD in place.secret.values())


def test_a_new_key_is_used_when_the_old_one_has_been_read_long_ago(wire: Wire) -> None:
    place, other = access_key(wire), access_key(wire)
    place.cloud.state(REDIS)

    place.secret = other.secret
    place.cloud.state(REDIS)
    place.now += FRESH + 1
    place.cloud.state(REDIS)

    names = [request.headers["authorization"].split()[1] for request in wire.requests]
    assert [other.secret["access_key"] in name for name in names] == [False, False, True]


def test_a_key_that_was_turned_down_is_replaced_in_the_next_invocation_at_once(wire: Wire) -> None:
    place, good = access_key(wire, secret="SK-of-another-key-0"), access_key(wire)
    error_of(lambda: place.cloud.state(REDIS))

    place.secret = good.secret
    error_of(lambda: place.cloud.state(REDIS))
    place.clouds.begin(60)

    assert place.cloud.state(REDIS).status == "normal"
    assert place.sent() == 2


def test_a_host_that_only_the_policy_names_gets_no_credentials_and_they_are_not_even_read(
    wire: Wire,
) -> None:
    place = Place(wire, access_key(wire).secret, opened="")

    with pytest.raises(CloudError, match=r"no credentials are sent to 127\.0\.0\.1"):
        place.clouds.cloud("prod", place.entry)

    assert place.reads == 0
    assert wire.requests == ()


def test_a_secret_that_is_half_written_is_an_error_and_then_read_again(wire: Wire) -> None:
    place = access_key(wire)
    whole, place.secret = place.secret, {"access_key": "AK"}

    with pytest.raises(CredentialsError):
        _ = place.cloud
    place.secret = whole

    assert place.cloud.state(REDIS).status == "normal"


# Tokens by password


def logged_in(wire: Wire) -> Place:
    place = password(wire)
    place.cloud.state(REDIS)
    return place


def test_one_token_serves_both_services_and_all_threads(wire: Wire) -> None:
    place = logged_in(wire)

    use(place.cloud)
    place.look_often(20)

    assert place.sent("token") == 1


def test_many_that_need_the_first_token_get_one(wire: Wire) -> None:
    place = password(wire)

    place.look_often(20)

    assert place.sent("token") == 1


def test_the_login_is_the_documented_one(wire: Wire) -> None:
    logged_in(wire)

    login = wire.requests[0]
    assert (login.method, login.target) == ("POST", "/v3/auth/tokens?nocatalog=true")
    assert json.loads(login.body) == {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {
                    "user": {"domain": {"name": DOMAIN}, "name": USER, "password": PASSWORD}
                },
            },
            "scope": {"project": {"id": wire.sandbox.project_id}},
        }
    }
    assert "x-auth-token" not in login.headers


def test_a_wrong_password_is_said_once(wire: Wire) -> None:
    place = password(wire, "wrong-horse-canary")

    error = error_of(lambda: place.cloud.state(REDIS))
    use(place.cloud)
    place.look_often(20)

    assert place.sent() == place.sent("token") == 1
    assert "401" in error.message
    assert "canary" not in error.message + error.hint


def test_an_iam_that_is_away_for_a_moment_is_asked_again(wire: Wire) -> None:
    place = password(wire)
    wire.sandbox.faults.add("token", Fault.answer_before(Answer(503)), times=3)

    assert place.cloud.state(REDIS).status == "normal"
    assert place.sent("token") == 4


def test_an_iam_that_stays_away_stops_nothing_for_good(wire: Wire) -> None:
    place = password(wire)
    wire.sandbox.faults.always("token", Fault.drop_before())
    error = error_of(lambda: place.cloud.state(REDIS))
    outcome = place.cloud.restore(REDIS, POINTS[1])

    wire.sandbox.faults.clear()

    assert error.trouble == "unreachable"
    assert isinstance(outcome, Refused)
    assert outcome.code == "not-sent"
    assert place.cloud.state(REDIS).status == "normal"
    assert wire.puts == (0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(201),
        body(201, "{}"),
        body(201, '{"token": {"expires_at": "soon"}}'),
        Answer.json(201, {"token": {"expires_at": "2026-01-03T09:05:22.701000Z"}}),
        Answer.json(
            201, {"token": {"expires_at": CANARY, "issued_at": CANARY}}, {"X-Subject-Token": CANARY}
        ),
        body(200, "<html>"),
        Answer(302, b"", {"Location": "/x"}),
    ],
)
def test_an_iam_that_gives_no_token_is_an_error_that_shows_none(wire: Wire, answer: Answer) -> None:
    place = password(wire)
    wire.sandbox.faults.always("token", Fault.answer_before(answer))

    found = use(place.cloud)

    assert all(isinstance(each, CredentialsError | Refused) for each in found)
    assert place.sent() == place.sent("token")
    assert CANARY not in repr(found)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a token be replaced that has only just been got."""
    monkeypatch.setattr(tokens, "RENEWED_AT_MOST_EVERY", 0.0)


@pytest.mark.usefixtures("at_once")
def test_a_read_with_a_token_that_was_revoked_gets_a_new_one(wire: Wire) -> None:
    place = logged_in(wire)
    wire.sandbox.revoke_tokens()

    assert place.cloud.state(REDIS).status == "normal"
    assert place.sent("token") == 2


@pytest.mark.usefixtures("at_once")
def test_many_reads_with_a_token_that_was_revoked_get_one_new_one(wire: Wire) -> None:
    place = logged_in(wire)
    wire.sandbox.revoke_tokens()

    found = place.look_often(20)

    assert not [each for each in found if isinstance(each, Exception)]
    assert place.sent("token") == 2


@pytest.mark.usefixtures("at_once")
def test_a_restore_with_a_token_that_was_revoked_is_refused_and_not_sent_again(wire: Wire) -> None:
    place = logged_in(wire)
    wire.sandbox.revoke_tokens()

    outcome = place.cloud.restore(REDIS, POINTS[1])

    assert wire.puts == (1, 0)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.kind) == ("APIGW.0307", "permission")
    assert isinstance(place.cloud.restore(REDIS, POINTS[1]), Accepted)
    assert place.sent("token") == 2


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "refusal", [Fault.refuse(401, "APIGW.0307"), Fault.refuse(403, "DBS.280056")]
)
def test_a_token_that_is_turned_down_whatever_one_does_is_renewed_once(
    wire: Wire, refusal: Fault
) -> None:
    place = logged_in(wire)
    for operation in ("instances", "policy", "points"):
        wire.sandbox.faults.always(operation, refusal)

    use(place.cloud)
    place.look_often(20)

    assert place.sent("token") == 2


def test_a_token_that_is_turned_down_when_it_is_new_is_not_replaced(wire: Wire) -> None:
    place = logged_in(wire)
    wire.sandbox.revoke_tokens()

    use(place.cloud)

    assert place.sent("token") == 1


def by_password(wire: Wire, now: Callable[[], float]) -> tuple[PasswordProof, Callable[[], str]]:
    """A proof by password whose clock a test moves, and what it sends."""
    iam = Client(base_url=wire.sandbox.iam_url)
    proof = PasswordProof(Password(DOMAIN, USER, PASSWORD), wire.sandbox.project_id, iam, now)

    def sends() -> str:
        request = httpx.Request("GET", "https://x/")
        proof.mark(request)
        token: str = request.headers["X-Auth-Token"]
        return token

    return proof, sends


def test_a_token_is_used_for_its_life_less_a_margin(wire: Wire) -> None:
    now = 0.0
    _, sends = by_password(wire, lambda: now)
    last_moment = (timedelta(days=1) - MARGIN).total_seconds()

    sent = []
    for now in (0.0, 60.0, last_moment - 1, last_moment, last_moment + 60):  # noqa: B007 - read above
        sent.append(sends())  # noqa: PERF401 - each at its moment

    assert sent[0] == sent[1] == sent[2] != sent[3] == sent[4]


def test_a_token_of_a_few_minutes_is_used_for_the_half_of_them(wire: Wire) -> None:
    life = {"issued_at": "2026-01-03T09:00:00.000000Z", "expires_at": "2026-01-03T09:02:00.000000Z"}
    for number in range(2):
        answer = Answer.json(201, {"token": life}, {"X-Subject-Token": f"token-{number}"})
        wire.sandbox.faults.add("token", Fault.answer_before(answer))
    now = 0.0
    _, sends = by_password(wire, lambda: now)

    sent = []
    for now in (0.0, 59.0, 60.0):  # noqa: B007 - read above
        sent.append(sends())  # noqa: PERF401 - each at its moment

    assert sent == ["token-0", "token-0", "token-1"]


def test_a_clock_that_is_wrong_by_a_day_makes_no_token_older(wire: Wire) -> None:
    now = 0.0
    _, sends = by_password(wire, lambda: now)
    wire.sandbox.wall = Clock(Clock().now() - timedelta(days=2))

    assert sends() == sends()


def test_a_token_that_is_young_is_not_renewed_and_an_old_one_is(wire: Wire) -> None:
    now = 0.0
    proof, sends = by_password(wire, lambda: now)
    request = httpx.Request("GET", "https://x/", headers={"X-Auth-Token": sends()})

    young = proof.renew(request)
    now = tokens.RENEWED_AT_MOST_EVERY
    old = proof.renew(request)

    assert (young, old) == (False, True)
    assert sends() != request.headers["X-Auth-Token"]
