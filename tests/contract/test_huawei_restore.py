"""The one request that destroys data: what travels, how it may end, and that it travels once.

Whatever the service, the network or a proxy does, a restore is accepted, refused or unknown.
"""

from __future__ import annotations

import json
import re
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, ClassVar, NamedTuple, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastgood.domain import canonical
from lastgood.domain.restore import Accepted, Outcome, RefusalKind, Refused, Unknown
from lastgood.huawei.clients import BOUNDS, Bounds, connect
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault
from tests.support.connected import (
    CANARY,
    NOW,
    POINTS,
    REDIS,
    START,
    Wire,
    body,
    entry,
    http_clients,
    known,
    wired,
)

JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"


def restore(wire: Wire) -> Outcome:
    return wire.cloud.restore(REDIS, POINTS[1])


# What travels


def test_the_request_is_the_documented_one_and_nothing_more(wire: Wire) -> None:
    restore(wire)

    (put,) = wire.requests
    assert put.service == "geminidb"
    assert put.method == "PUT"
    assert put.target == f"/v3/{wire.sandbox.project_id}/redis/instances/{REDIS}/pitr"
    assert put.body == b'{"restore_time":"2026-02-17T18:40:00+0800"}'
    assert put.headers["content-type"] == "application/json"
    assert put.headers["x-auth-token"] == CANARY
    assert "authorization" not in put.headers


@pytest.mark.parametrize("offset", ["+0800", "+0000", "-0330"])
def test_a_point_goes_back_the_way_it_was_listed(wire: Wire, offset: str) -> None:
    hour = {"+0800": "18:40", "+0000": "10:40", "-0330": "07:10"}[offset]
    spelt = f"2026-02-17T{hour}:00{offset}"
    listed = {"restore_time": [spelt], "total_count": 1}
    wire.sandbox.faults.add("points", Fault.answer_before(body(200, json.dumps(listed))))

    points = wire.cloud.points(REDIS, START, NOW)
    wire.cloud.restore(REDIS, points.restorable[0].text)

    assert json.loads(wire.requests[-1].body) == {"restore_time": spelt}


def test_the_restore_really_starts(wire: Wire) -> None:
    outcome = restore(wire)

    assert isinstance(outcome, Accepted)
    assert wire.puts == (1, 1)
    assert wire.redis.actions


# How it may end


class Case(NamedTuple):
    """`acts` tells whether the service carries the restore out all the same."""

    says: str
    fault: Fault
    acts: bool


def before(says: str, answer: Answer) -> Case:
    return Case(says, Fault.answer_before(answer), acts=False)


def after(says: str, answer: Answer) -> Case:
    return Case(says, Fault.answer_after(answer), acts=True)


def job_id(value: object) -> Answer:
    return body(202, json.dumps({"job_id": value}))


HTML = "<html><h1>Bad Gateway</h1></html>"
DEEP = "[" * 100_000

UNKNOWN = [
    Case("dropped before acting", Fault.drop_before(), acts=False),
    Case("dropped after acting", Fault.drop_after(), acts=True),
    Case("500 that was carried out", Fault.error_after(), acts=True),
    before("500 in HTML", body(500, HTML, "text/html")),
    before("502 in HTML", body(502, HTML, "text/html")),
    before("503 of nothing", Answer(503)),
    before("504 of a gateway", body(504, '{"error_code":"APIGW.0201","error_msg":"Timed out."}')),
    before("500 of bytes", body(500, b"\xff\xfe\x00")),
    before("500 nested", body(500, DEEP)),
    before("500 in no text", body(500, b"x\x9cK", "text/plain; charset=zlib")),
    before("500 in a strange charset", body(500, "hello", "text/plain; charset=hex")),
    before("500 that is not zipped", Answer(500, b"plain", {"Content-Encoding": "gzip"})),
    before("520, which has no name", body(520, HTML, "text/html")),
    before("599, which has no name", Answer(599)),
    before("499, which has no name", Answer(499)),
    before("200 with a job", body(200, json.dumps({"job_id": JOB}))),
    before("201 with a job", body(201, json.dumps({"job_id": JOB}))),
    before("204", Answer(204)),
    before("302", Answer(302, b"", {"Location": "/elsewhere"})),
    before("302 to no URL", Answer(302, b"", {"Location": "http://[/"})),
    before("307", Answer(307, b"", {"Location": "/elsewhere"})),
    before("308", Answer(308, b"", {"Location": "https://127.0.0.1:1/"})),
    before("304", Answer(304)),
    Case("202 of nothing", Fault.empty_202(), acts=True),
    after("202 in HTML", body(202, HTML, "text/html")),
    after("202 of words", body(202, "accepted")),
    after("202 of half an object", body(202, '{"job_id": "20f7')),
    after("202 of bytes", body(202, b"\xff\xfe\x00")),
    after("202 nested", body(202, DEEP)),
    after("202 of a number too long", body(202, f'{{"job_id": {"9" * 5000}}}')),
    after("202 of null", body(202, "null")),
    after("202 of a list", body(202, "[]")),
    after("202 of a string", body(202, json.dumps(JOB))),
    after("202 of a number", body(202, "7")),
    after("202 without a job", body(202, "{}")),
    after("202 with another key", body(202, json.dumps({"jobId": JOB}))),
    after("a job of null", job_id(None)),
    after("a job of true", job_id(True)),  # noqa: FBT003 - the value is the case
    after("a job of a number", job_id(4711)),
    after("a job of a fraction", job_id(1.5)),
    after("a job in a list", job_id([JOB])),
    after("a job in an object", job_id({"id": JOB})),
    after("a job of no length", job_id("")),
    after("a job of a space", job_id(" ")),
    after("a job with a newline", job_id(f"{JOB}\n")),
    after("a job that leaves its place", job_id("../instances")),
    after("a job that matches all", job_id("*")),
    after("a job with a query", job_id("x&limit=1")),
    after("a job of other digits", job_id("٤٧١١")),
    after("a job too long", job_id("x" * 65)),
]


@pytest.mark.parametrize("case", UNKNOWN, ids=[case.says for case in UNKNOWN])
def test_what_leaves_it_open_is_unknown_and_is_not_sent_again(wire: Wire, case: Case) -> None:
    wire.sandbox.faults.add("restore", case.fault)

    outcome = restore(wire)

    assert isinstance(outcome, Unknown)
    assert wire.puts == (1, case.acts)
    assert len(wire.requests) == 1
    assert "\n" not in outcome.why
    assert len(outcome.why) < 500


REFUSALS = [
    (400, "DBS.200001", "permanent"),
    (400, "DBS.201215", "permanent"),
    (400, "DBS.280067", "permanent"),
    (400, "DBS.280068", "permanent"),
    (400, "DBS.280404", "permanent"),
    (401, "APIGW.0301", "permission"),
    (401, "APIGW.0307", "permission"),
    (403, "DBS.280032", "permission"),
    (403, "APIGW.0302", "permission"),
    (403, "DBS.280056", "permission"),
    (403, "DBS.200011", "busy"),
    (403, "DBS.200018", "busy"),
    (403, "DBS.200019", "busy"),
    (403, "DBS.200076", "busy"),
    (403, "DBS.201000", "busy"),
    (403, "DBS.201014", "busy"),
    (403, "DBS.201015", "busy"),
    (404, "DBS.200002", "permanent"),
    (404, "APIGW.0101", "permanent"),
    (409, "DBS.200011", "busy"),
    (418, "DBS.999999", "permanent"),
    (429, "APIGW.0308", "throttled"),
    (429, "DBS.280443", "throttled"),
    (429, "IAM.0012", "throttled"),
]


@pytest.mark.parametrize(("status", "code", "kind"), REFUSALS)
def test_what_the_service_turns_down_is_refused_with_its_code_its_sentence_and_its_kind(
    wire: Wire, status: int, code: str, kind: RefusalKind
) -> None:
    wire.sandbox.faults.add("restore", Fault.refuse(status, code, "It cannot be done."))

    outcome = restore(wire)

    assert outcome == Refused(code, f"{status} {code}: It cannot be done.", kind)
    assert wire.puts == (1, 0)


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        (
            body(401, '{"error":{"code":401,"message":"No token.","title":"Unauthorized"}}'),
            "401",
            "401 401: No token.",
        ),
        (
            body(400, '{"errCode":"RDS.0010","externalMessage":"Bad."}'),
            "RDS.0010",
            "400 RDS.0010: Bad.",
        ),
        (
            body(403, '{"error_code":"APIG.0302","error_msg":"No.","request_id":"4711"}'),
            "APIG.0302",
            "403 APIG.0302: No. (request 4711)",
        ),
        (body(403, HTML, "text/html"), "no code", "403 no code: no reason given"),
        (Answer(404), "no code", "404 no code: no reason given"),
        (body(400, DEEP), "no code", "400 no code: no reason given"),
        (
            Answer(400, b"", {"X-Request-Id": "4712"}),
            "no code",
            "400 no code: no reason given (request 4712)",
        ),
        (
            body(400, '{"error_code":["a"],"error_msg":{"b":1},"request_id":[]}'),
            "no code",
            "400 no code: no reason given",
        ),
        (
            body(400, '{"error_code":"A\\n\\u001b[31mB","error_msg":"C\\u0000D\\r\\nE"}'),
            "A [31mB",
            "400 A [31mB: C D E",
        ),
    ],
    ids=["iam", "rds", "gateway", "html", "nothing", "nested", "header", "odd types", "controls"],
)
def test_a_refusal_is_read_in_whatever_shape_it_comes(
    wire: Wire, answer: Answer, code: str, sentence: str
) -> None:
    wire.sandbox.faults.add("restore", Fault.answer_before(answer))

    outcome = restore(wire)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.sentence) == (code, sentence)
    assert wire.puts == (1, 0)


def test_a_throttled_restore_is_refused_and_not_sent_again(wire: Wire) -> None:
    wire.sandbox.faults.add("restore", Fault.throttle(retry_after=0))

    outcome = restore(wire)

    assert isinstance(outcome, Refused)
    assert outcome.code == "APIGW.0308"
    assert wire.puts == (1, 0)


def test_a_token_that_is_not_taken_is_tried_once(wire: Wire) -> None:
    wire.sandbox.token = "another"

    outcome = restore(wire)

    assert isinstance(outcome, Refused)
    assert outcome.code == "APIGW.0307"
    assert wire.puts == (1, 0)


@pytest.mark.parametrize("job", [JOB, "x", "X" * 64, "20f793fd27034339bfb5f1c9065b15c8"])
def test_a_202_with_a_job_that_can_be_asked_about_is_accepted(wire: Wire, job: str) -> None:
    wire.sandbox.faults.add("restore", Fault.answer_after(job_id(job)))

    assert restore(wire) == Accepted(job)


def test_unknown_keys_beside_the_job_do_no_harm(wire: Wire) -> None:
    answer = body(202, json.dumps({"job_id": JOB, "order": None, "x": [1]}), "text/plain")
    wire.sandbox.faults.add("restore", Fault.answer_after(answer))

    assert restore(wire) == Accepted(JOB)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
STATUSES = [200, 202, 202, 202, 204, 302, 400, 401, 403, 404, 409, 429, 499, 500, 502, 503, 520]
BODIES = (
    st.binary(max_size=40)
    | JSON.map(lambda value: json.dumps(value).encode())
    | JSON.map(lambda value: json.dumps({"job_id": value}).encode())
    | st.from_regex(r"[0-9a-f-]{1,70}", fullmatch=True).map(lambda job: job_id(job).body)
)
ERRORS = JSON.map(lambda value: json.dumps({"error_code": value, "error_msg": value}).encode())


def test_any_answer_at_all_is_one_of_three_outcomes_that_can_be_kept(wire: Wire) -> None:
    @settings(max_examples=100)
    @given(st.sampled_from(STATUSES), BODIES | ERRORS)
    def hold(status: int, content: bytes) -> None:
        fresh = wire.afresh()  # what was turned down once is not tried again
        fresh.sandbox.faults.add("restore", Fault.answer_before(body(status, content)))

        outcome = restore(fresh)

        assert fresh.puts.arrived == 1
        assert canonical.decode(canonical.encode(outcome), type(outcome)) == outcome
        assert isinstance(outcome, Refused) == (400 <= status < 499 and status not in {408, 429})
        if isinstance(outcome, Accepted):
            assert status == 202
            assert outcome.job
            assert json.loads(content)["job_id"] == outcome.job
            assert re.fullmatch("[0-9A-Za-z-]{1,64}", outcome.job)

    hold()


# Time, and no connection


IMPATIENT = Bounds(httpx.Timeout(connect=0.1, read=0.05, write=0.1, pool=0.1))


def test_a_service_that_acts_after_nobody_waits_any_more_is_unknown() -> None:
    released = Event()
    with wired(IMPATIENT) as wire:
        wire.sandbox.faults.add("restore", Fault.hold(released))

        outcome = restore(wire)
        released.set()
        wire.sandbox.wait_until(lambda: wire.puts.acted == 1)

        assert outcome == Unknown("no usable answer came (ReadTimeout)")
        assert wire.puts == (1, 1)


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def restore_at(endpoint: str, bounds: Bounds = BOUNDS) -> Outcome:
    with http_clients():
        cloud = connect(entry(endpoint, endpoint), known(), bounds=bounds)
        return cloud.restore(REDIS, POINTS[1])


def assert_not_sent(outcome: Outcome) -> None:
    assert isinstance(outcome, Refused)
    assert outcome.code == "not-sent"


def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    assert_not_sent(restore_at(f"http://127.0.0.1:{unused_port()}"))


def test_a_host_without_an_address_means_that_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_address(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)

    assert_not_sent(restore_at("https://gaussdb-nosql.no-such-region.invalid"))


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels keep more waiting than asked")
def test_a_host_that_takes_no_connection_in_time_means_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)  # noqa: FBT003 - its only form
            each.connect_ex(full.getsockname())

        outcome = restore_at(f"http://127.0.0.1:{full.getsockname()[1]}", IMPATIENT)

        for each in waiting:
            each.close()
    assert_not_sent(outcome)


def test_a_host_that_speaks_no_tls_means_that_nothing_was_sent(wire: Wire) -> None:
    endpoint = wire.sandbox.geminidb_url.replace("http://", "https://")

    assert_not_sent(restore_at(endpoint))
    assert wire.puts == (0, 0)


def test_the_host_of_the_other_service_refuses(wire: Wire) -> None:
    outcome = restore_at(wire.sandbox.rds_url)

    assert isinstance(outcome, Refused)
    assert outcome.code == "APIGW.0101"
    assert wire.puts == (1, 0)


class _KeepsAlive(BaseHTTPRequestHandler):
    """Answers reads and keeps the connection; hangs up on a restore that it has read."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        answer = b'{"enabled": true}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        cast("_Recording", self.server).puts.append(self.client_address)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class _Recording(ThreadingHTTPServer):
    puts: ClassVar[list[Any]] = []


def test_a_restore_that_is_cut_off_on_a_kept_connection_is_not_sent_on_another() -> None:
    with _Recording(("127.0.0.1", 0), _KeepsAlive) as server, http_clients():
        thread = Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        cloud = connect(entry(endpoint, endpoint), known())

        cloud.pitr_policy(REDIS)
        outcome = cloud.restore(REDIS, POINTS[1])
        cloud.pitr_policy(REDIS)

        server.shutdown()
        thread.join()
    assert isinstance(outcome, Unknown)
    assert len(server.puts) == 1
