"""Reads that go wrong: tried again where that may help, and then an error that says what to do.

No answer, of whatever shape, makes a read raise anything but CloudError.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, get_args

import httpx
import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st

from lastgood.domain import canonical
from lastgood.domain.ranges import Points, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Job
from lastgood.huawei.clients import Bounds, connect
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.ports import CloudError
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Fault, Operation
from tests.support.connected import (
    NOW,
    RDS,
    REDIS,
    START,
    Wire,
    body,
    entry,
    http_clients,
    known,
    reach,
    told,
)

JOB = "20f793fd-2703-4339-bfb5-f1c9065b15c8"
HTML = "<html><h1>Bad Gateway</h1></html>"
TRIES = 4


class Read(NamedTuple):
    """One of the reads, what it asks, and what it gives."""

    operation: Operation
    call: Callable[[HuaweiCloud], Any]
    kind: Any


READS = {
    "windows": Read("windows", lambda cloud: cloud.windows(RDS), Windows),
    "points": Read("points", lambda cloud: cloud.points(REDIS, START, NOW), Points),
    "policy": Read("policy", lambda cloud: cloud.pitr_policy(REDIS), PitrPolicy),
    "state": Read("instances", lambda cloud: cloud.state(REDIS), InstanceState),
    "job": Read("jobs", lambda cloud: cloud.job(JOB), Job | None),
    "jobs": Read("jobs", lambda cloud: cloud.jobs(START, NOW), list[Job]),
}
each_read = pytest.mark.parametrize("read", READS.values(), ids=READS)


@pytest.fixture(autouse=True)
def without_pauses() -> Iterator[None]:
    """Try as often as ever, but without waiting in between."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


def error_of(call: Callable[[], object]) -> CloudError:
    with pytest.raises(CloudError) as caught:
        call()
    told(caught.value)
    return caught.value


# What passes


def refusal(status: int, code: str) -> Answer:
    document = {"error_code": code, "error_msg": "Not\nnow.", "request_id": "4711"}
    return body(status, json.dumps(document))


PASSING = {
    "dropped before acting": Fault.drop_before(),
    "dropped after acting": Fault.drop_after(),
    "500 DBS.111205": Fault.error_after(),
    "502 in HTML": Fault.answer_before(body(502, HTML, "text/html")),
    "503 of nothing": Fault.answer_before(Answer(503)),
    "504": Fault.answer_before(refusal(504, "APIGW.0201")),
    "520, which has no name": Fault.answer_before(body(520, HTML, "text/html")),
    "429": Fault.throttle(),
    "429 with Retry-After": Fault.throttle(retry_after=0),
    "429 IAM": Fault.answer_before(refusal(429, "IAM.0012")),
    "zipped badly": Fault.answer_before(Answer(200, b"{}", {"Content-Encoding": "gzip"})),
}
each_passing = pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)


@each_passing
def test_a_read_succeeds_when_what_was_wrong_has_passed(wire: Wire, fault: Fault) -> None:
    wire.sandbox.faults.add("policy", fault, times=TRIES - 1)

    assert wire.cloud.pitr_policy(REDIS).enabled
    assert len(wire.requests) == TRIES


@each_read
def test_every_read_is_tried_again(wire: Wire, read: Read) -> None:
    expected = read.call(wire.cloud)

    wire.sandbox.faults.add(read.operation, Fault.drop_after(), times=TRIES - 1)

    assert read.call(wire.cloud) == expected
    assert len(wire.requests) == 1 + TRIES


@each_passing
def test_a_read_is_given_up_after_four_tries(wire: Wire, fault: Fault) -> None:
    wire.sandbox.faults.always("policy", fault)

    error_of(lambda: wire.cloud.pitr_policy(REDIS))

    assert len(wire.requests) == TRIES


@each_read
def test_the_error_tells_status_code_sentence_and_request_on_one_line(
    wire: Wire, read: Read
) -> None:
    wire.sandbox.faults.always(read.operation, Fault.answer_before(refusal(503, "DBS.111111")))

    error = error_of(lambda: read.call(wire.cloud))

    assert error.message.endswith(": 503 DBS.111111: Not now. (request 4711)")
    assert error.hint == "wait, and run it again"


def test_a_status_without_a_name_is_told_as_well(wire: Wire) -> None:
    wire.sandbox.faults.always("policy", Fault.answer_before(body(520, HTML, "text/html")))

    error = error_of(lambda: wire.cloud.pitr_policy(REDIS))

    assert "520 no code: no reason given" in error.message


# What does not pass

LASTING = [
    (400, "DBS.200001", "ids"),
    (400, "DBS.280404", "ids"),
    (401, "APIGW.0301", "clock"),
    (401, "APIGW.0307", "expired"),
    (401, "APIG.0301", "clock"),
    (401, "XXX.0001", "credentials"),
    (403, "DBS.280032", "permission"),
    (403, "APIGW.0302", "permission"),
    (403, "DBS.280056", "token"),
    (404, "DBS.200002", "instance's id"),
    (404, "APIGW.0101", "endpoints"),
    (404, "APIG.0101", "endpoints"),
    (409, "XXX.0001", "ids"),
]


@pytest.mark.parametrize(("status", "code", "hint"), LASTING)
def test_what_will_not_pass_is_asked_once(wire: Wire, status: int, code: str, hint: str) -> None:
    wire.sandbox.faults.always("policy", Fault.answer_before(refusal(status, code)))

    error = error_of(lambda: wire.cloud.pitr_policy(REDIS))

    assert error.message.endswith(f": {status} {code}: Not now. (request 4711)")
    assert hint in error.hint
    assert len(wire.requests) == 1


@each_read
def test_a_token_that_is_not_taken_is_tried_once(wire: Wire, read: Read) -> None:
    wire.sandbox.token = "another"

    error = error_of(lambda: read.call(wire.cloud))

    assert "APIGW.0307" in error.message
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (body(401, '{"error":{"code":401,"message":"No.","title":"T"}}'), "401 401: No."),
        (body(400, '{"errCode":"RDS.1","externalMessage":"Bad."}'), "400 RDS.1: Bad."),
        (body(404, HTML, "text/html"), "404 no code: no reason given"),
        (Answer(403), "403 no code: no reason given"),
        (Answer(302, b"", {"Location": "/x"}), "302 no code: no reason given"),
        (Answer(204), "204 no code: no reason given"),
        (body(202, '{"enabled": true}'), "202 no code: no reason given"),
        (
            body(400, '{"error_code":"A","error_msg":"B","request_id":"x\\ny"}'),
            "400 A: B (request x y)",
        ),
        (body(400, json.dumps({"error_msg": "x" * 9999})), "400 no code: " + "x" * 300),
        (body(400, json.dumps({"request_id": "x" * 9999})), f"(request {'x' * 300})"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else "",
)
def test_an_error_is_read_in_whatever_shape_it_comes(
    wire: Wire, answer: Answer, expected: str
) -> None:
    wire.sandbox.faults.always("policy", Fault.answer_before(answer))

    error = error_of(lambda: wire.cloud.pitr_policy(REDIS))

    assert error.message.endswith(expected)


# Answers of another shape

NO_JSON = {
    "nothing": body(200, ""),
    "HTML": body(200, HTML, "text/html"),
    "half a document": body(200, '{"jobs": [{"id": "20f7'),
    "bytes": body(200, b"\xff\xfe\x00"),
    "nested": body(200, "[" * 100_000),
    "a number too long": body(200, "9" * 5000),
    "null": body(200, "null"),
    "true": body(200, "true"),
    "a number": body(200, "7"),
    "a string": body(200, '"jobs"'),
    "a list": body(200, "[]"),
    "an empty object": body(200, "{}"),
    "pairs": body(200, '[["jobs", []], ["instances", []], ["restore_time", []], ["enabled", 1]]'),
    "null in the place of everything": body(
        200, '{"jobs": null, "instances": null, "restore_time": null, "enabled": null}'
    ),
    "objects in the place of lists": body(
        200, '{"jobs": {}, "instances": {}, "restore_time": {}, "enabled": {}}'
    ),
    "strings in the place of lists": body(
        200, '{"jobs": "", "instances": "", "restore_time": "", "enabled": ""}'
    ),
    "numbers in the place of lists": body(
        200, '{"jobs": 0, "instances": 0, "restore_time": 0, "enabled": 0}'
    ),
    "numbers in the lists": body(
        200, '{"jobs": [0], "instances": [0], "restore_time": [0], "enabled": 1}'
    ),
    "nulls in the lists": body(
        200, '{"jobs": [null], "instances": [null], "restore_time": [null], "enabled": "true"}'
    ),
    "pairs in the lists": body(
        200,
        '{"jobs": [[["id", "x"]]], "instances": [[["id", "x"]]],'
        ' "restore_time": [[["start_time", 0], ["end_time", 0]]], "enabled": "yes"}',
    ),
    "rows of nothing": body(
        200, '{"jobs": [{}], "instances": [{}], "restore_time": [{}], "enabled": [{}]}'
    ),
}


@each_read
@pytest.mark.parametrize("answer", NO_JSON.values(), ids=NO_JSON)
def test_an_answer_of_another_shape_is_an_error_and_never_an_empty_list(
    wire: Wire, read: Read, answer: Answer
) -> None:
    wire.sandbox.faults.always(read.operation, Fault.answer_before(answer))

    error = error_of(lambda: read.call(wire.cloud))

    assert "cannot be used" in error.message
    assert "endpoints" in error.hint


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("1771322400000", 1771322460000),
        (1771322400000, "1771322460000"),
        (1771322400000.0, 1771322460000),
        (None, 1771322460000),
        (True, 1771322460000),
        (10**30, 10**30),
        (-(10**30), 0),
        ([1], [2]),
    ],
)
def test_window_bounds_that_are_no_integer_milliseconds_are_an_error(
    wire: Wire, start: object, end: object
) -> None:
    rows = json.dumps({"restore_time": [{"start_time": start, "end_time": end}]})
    wire.sandbox.faults.always("windows", Fault.answer_before(body(200, rows)))

    assert "cannot be used" in error_of(lambda: wire.cloud.windows(RDS)).message


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-17T10:40:00Z",
        "2026-02-17T18:40:00+08:00",
        "2026-02-17T18:40:00",
        "2026-02-17 18:40:00+0800",
        "2026-02-30T18:40:00+0800",
        "2026-02-17T18:40:00.000+0800",
        "2026-02-17T18:40:00+0800\n",
        "0001-01-01T00:00:00+0800",
        "",
        "x" * 10_000,
        1771322400000,
        None,
        True,
        ["2026-02-17T18:40:00+0800"],
        {"restore_time": "2026-02-17T18:40:00+0800"},
    ],
    ids=lambda text: str(text)[:30],
)
def test_a_point_that_is_no_service_time_is_an_error_and_not_left_out(
    wire: Wire, text: object
) -> None:
    document = json.dumps({"restore_time": ["2026-02-17T18:20:00+0800", text], "total_count": 2})
    wire.sandbox.faults.always("points", Fault.answer_before(body(200, document)))

    error = error_of(lambda: wire.cloud.points(REDIS, START, NOW))

    assert "cannot be used" in error.message


@pytest.mark.parametrize(
    "policy",
    [
        {"enabled": "true"},
        {"enabled": 1},
        {"enabled": None},
        {"enabled": True, "interval": "20"},
        {"enabled": True, "interval": 20.5},
        {"enabled": True, "keep_days": [1]},
    ],
)
def test_a_pitr_policy_of_other_types_is_an_error(wire: Wire, policy: dict[str, object]) -> None:
    wire.sandbox.faults.always("policy", Fault.answer_before(body(200, json.dumps(policy))))

    assert "cannot be used" in error_of(lambda: wire.cloud.pitr_policy(REDIS)).message


@pytest.mark.parametrize(
    "row",
    [
        {"status": None},
        {"status": 7},
        {"actions": None},
        {"actions": "RESTORING"},
        {"actions": {}},
        {"actions": [None]},
        {"actions": [7]},
        {"mode": None},
    ],
)
def test_a_state_of_other_types_is_an_error(wire: Wire, row: dict[str, object]) -> None:
    rows = {"instances": [{"id": REDIS, "status": "normal", "actions": [], **row}]}
    wire.sandbox.faults.always("instances", Fault.answer_before(body(200, json.dumps(rows))))

    assert "cannot be used" in error_of(lambda: wire.cloud.state(REDIS)).message


KEYS = st.sampled_from(
    [
        *("jobs", "instances", "restore_time", "total_count", "enabled", "interval", "keep_days"),
        *("id", "status", "actions", "mode", "instance", "progress", "start_time", "end_time"),
        *("fail_reason", "error_code", "error_msg", "request_id", "error", "errCode"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([REDIS, JOB, "normal", "Completed", "2026-02-17T18:40:00+0800"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=20,
)
ROWS = st.lists(st.fixed_dictionaries({"id": LEAVES}, optional={"status": LEAVES}) | JSON)
ANSWERS = st.one_of(
    JSON,
    st.dictionaries(KEYS, ROWS | JSON, max_size=4),
    st.fixed_dictionaries(
        {"jobs": ROWS, "instances": ROWS, "restore_time": ROWS, "enabled": st.booleans()}
    ),
    st.fixed_dictionaries({"restore_time": st.lists(LEAVES)}, optional={"total_count": LEAVES}),
)
CONTENTS = ANSWERS.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=30)
TYPES = st.sampled_from(
    ["application/json", "text/html", "text/plain; charset=utf-16", "x; charset=zlib", "; ;"]
)


@each_read
def test_any_answer_at_all_is_a_value_that_can_be_kept_or_an_error(wire: Wire, read: Read) -> None:
    @settings(max_examples=30)
    @given(st.sampled_from([200, 200, 200, 200, 400, 404, 500, 520]), CONTENTS, TYPES)
    def hold(status: int, content: bytes, content_type: str) -> None:
        answer = body(status, content, content_type)
        wire.sandbox.faults.always(read.operation, Fault.answer_before(answer))
        try:
            found = read.call(wire.cloud)
        except CloudError as error:
            told(error)
        else:
            assert status == 200
            assert canonical.decode(canonical.encode(found), read.kind) == found

    with stamina.set_testing(True, attempts=1):
        hold()


# Wrong and dead endpoints


def at(geminidb: str, rds: str) -> HuaweiCloud:
    return connect(entry(geminidb, rds), known())


@each_read
def test_the_host_of_the_other_service_is_named_as_the_likely_mistake(
    wire: Wire, read: Read
) -> None:
    crossed = at(wire.sandbox.rds_url, wire.sandbox.geminidb_url)

    error = error_of(lambda: read.call(crossed))

    if read.operation in {"instances", "jobs"}:  # RDS has these paths as well, and other rows
        assert error.trouble == "permanent"
        assert re.search(r"there is no such instance|The job does not exist", error.message)
        assert "the policy" in error.hint
    else:
        assert "404 APIGW.0101" in error.message
        assert "the other service's" in error.hint
    assert len(wire.requests) == 1


@each_read
def test_a_dead_endpoint_is_an_error_that_names_what_to_check(read: Read) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        dead = f"http://127.0.0.1:{server.getsockname()[1]}"

    with http_clients():
        error = error_of(lambda: read.call(at(dead, dead)))

    assert "could not be reached (ConnectError)" in error.message
    assert "`endpoints`" in error.hint


def test_a_host_without_an_address_is_an_error_that_names_what_to_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_address(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)

    with http_clients():
        error = error_of(lambda: at("https://x.invalid", "https://x.invalid").state(REDIS))

    assert "`region`" in error.hint


@pytest.mark.parametrize("url", ["http://host:port", "http://h\x00st", "https://[::1"])
def test_an_endpoint_that_is_no_url_is_an_error(url: str) -> None:
    with http_clients():
        error = error_of(lambda: at(url, url).state(REDIS))

    assert "endpoint" in error.message + error.hint


def test_a_service_that_never_answers_is_given_up(
    wire: Wire,
) -> None:
    impatient = reach(wire.sandbox, Bounds(httpx.Timeout(5, read=0.02)))
    wire.sandbox.faults.always("policy", Fault.delay_after(0.1))

    error = error_of(lambda: impatient.pitr_policy(REDIS))

    assert "could not be reached (ReadTimeout)" in error.message
    assert len(wire.requests) == TRIES


def test_every_operation_but_the_write_the_one_on_its_path_and_logging_in_is_read_here() -> None:
    of_cloud_eye = {"alarm-records", "metric-data"}  # test_cloud_eye.py
    of_rds = {name for name in get_args(Operation) if name.startswith("rds-")}  # no port has them
    # test_huawei_backups.py
    of_backups = {"back-up", "backups", "delete-backup", "restore-to-new", "delete", "tags", "tag"}

    assert {read.operation for read in READS.values()} == set(get_args(Operation)) - {
        *("restore", "storage", "token"),
        *of_cloud_eye,
        *of_rds,
        *of_backups,
    }
