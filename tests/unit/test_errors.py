from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.huawei.errors import (
    BUSY,
    RDS_BUSY,
    RDS_TABLE,
    TABLE,
    Fault,
    one_line,
    read_fault,
)

HTML = b"<html><h1>Bad Gateway</h1></html>"


def fault(document: object, headers: Mapping[str, str] | None = None) -> Fault:
    return read_fault(400, json.dumps(document).encode(), headers or {})


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"error_code": "DBS.200001", "error_msg": "Bad."}, ("DBS.200001", "Bad.", "")),
        (
            {"error_code": "APIGW.0101", "error_msg": "No.", "request_id": "4711"},
            ("APIGW.0101", "No.", "4711"),
        ),
        ({"error": {"code": 401, "message": "No.", "title": "T"}}, ("401", "No.", "")),
        ({"errCode": "RDS.0010", "externalMessage": "Bad."}, ("RDS.0010", "Bad.", "")),
        ({"error_code": "A"}, ("A", "no reason given", "")),
        ({"error_msg": "B"}, ("no code", "B", "")),
        ({}, ("no code", "no reason given", "")),
        ({"error": "words"}, ("no code", "no reason given", "")),
        ({"error_code": "", "errCode": "C"}, ("C", "no reason given", "")),
        ({"error_code": None, "error_msg": []}, ("no code", "no reason given", "")),
        ([], ("no code", "no reason given", "")),
        ("DBS.200001", ("no code", "no reason given", "")),
        (None, ("no code", "no reason given", "")),
    ],
)
def test_an_error_has_a_code_a_sentence_and_a_request_in_every_shape(
    document: object, expected: tuple[str, str, str]
) -> None:
    read = fault(document)

    assert (read.code, read.sentence, read.request_id) == expected


@pytest.mark.parametrize("body", [b"", HTML, b"\xff\xfe", b"[" * 100_000, b'{"error_code": "DBS'])
def test_a_body_that_is_no_json_leaves_the_status(body: bytes) -> None:
    assert read_fault(502, body, {}).text == "502 no code: no reason given"


def test_the_header_names_the_request_where_the_body_does_not() -> None:
    headers = {"X-Request-Id": "4712"}

    assert fault({}, headers).text.endswith("(request 4712)")
    assert fault({"request_id": "4711"}, headers).text.endswith("(request 4711)")


EVERY_ROW = [
    (400, "DBS.200001", "permanent", "permanent"),
    (400, "DBS.200011", "busy", "busy"),
    *((403, code, "busy", "busy") for code in BUSY.split()),
    *((409, code, "busy", "busy") for code in BUSY.split()),
    (429, "APIGW.0308", "throttled", "throttled"),
    (429, "", "throttled", "unknown"),
    (429, "DBS.999999", "throttled", "unknown"),
    (400, "DBS.280443", "throttled", "throttled"),
    (403, "IAM.0012", "throttled", "throttled"),
    (401, "APIGW.0301", "permission", "permission"),
    (401, "", "permission", "permission"),
    (403, "DBS.280032", "permission", "permission"),
    (403, "APIG.0302", "permission", "permission"),
    (403, "", "permission", "permission"),
    (404, "APIGW.0101", "permanent", "permanent"),
    (405, "", "permanent", "permanent"),
    (408, "", "transient", "unknown"),
    (408, "DBS.200001", "transient", "unknown"),
    (418, "DBS.999999", "permanent", "permanent"),
    (499, "", "transient", "unknown"),
    (500, "DBS.111205", "transient", "unknown"),
    (500, "DBS.200011", "transient", "unknown"),
    (500, "", "transient", "unknown"),
    (503, "APIGW.0201", "transient", "unknown"),
    (520, "", "transient", "unknown"),
    (599, "", "transient", "unknown"),
    (100, "", "permanent", "unknown"),
    (200, "", "permanent", "unknown"),
    (202, "DBS.200011", "permanent", "unknown"),
    (302, "", "permanent", "unknown"),
    (304, "", "permanent", "unknown"),
]


@pytest.mark.parametrize(("status", "code", "read", "put"), EVERY_ROW)
def test_a_status_and_a_code_say_what_a_read_needs_and_what_became_of_a_restore(
    status: int, code: str, read: str, put: str
) -> None:
    row = Fault(status, code, "No.", "").row

    assert (row.read, row.put) == (read, put)


def test_every_row_of_the_table_is_tried() -> None:
    tried = {Fault(status, code, "", "").row for status, code, _, _ in EVERY_ROW}

    assert tried == set(TABLE)


OF_RDS = [
    *((status, code, "busy", "busy") for code in RDS_BUSY.split() for status in (400, 403, 409)),
    (409, "DBS.200022", "permanent", "unknown"),
    (400, "DBS.200022", "permanent", "unknown"),
    (500, "DBS.280036", "busy", "unknown"),
    (500, "DBS.200011", "transient", "unknown"),
    (400, "DBS.201014", "permanent", "permanent"),
    (400, "DBS.200086", "permanent", "permanent"),
    (403, "DBS.201000", "permission", "permission"),
    (408, "DBS.200011", "transient", "unknown"),
    (413, "DBS.200046", "permanent", "permanent"),
    (429, "APIGW.0308", "throttled", "throttled"),
    (202, "", "permanent", "unknown"),
]


@pytest.mark.parametrize(("status", "code", "read", "put"), OF_RDS)
def test_of_rds_the_same_code_may_mean_another_thing(
    status: int, code: str, read: str, put: str
) -> None:
    row = Fault(status, code, "No.", "", table=RDS_TABLE).row

    assert (row.read, row.put) == (read, put)


@given(st.integers(-5, 2000), st.sampled_from([*BUSY.split(), "APIGW.0308", "DBS.111205", "?"]))
def test_a_restore_is_refused_by_a_4xx_only_and_everything_else_leaves_it_open(
    status: int, code: str
) -> None:
    put = Fault(status, code, "", "").row.put

    open_ = {408, 499} if code == "APIGW.0308" or code in BUSY.split() else {408, 429, 499}
    assert (put != "unknown") == (400 <= status < 500 and status not in open_)


@pytest.mark.parametrize(
    ("document", "by_service"),
    [
        ({"error_code": "DBS.200001", "error_msg": "No."}, True),
        ({"error_code": "APIGW.0301", "error_msg": "No.", "request_id": "4711"}, True),
        ({"error_code": "APIG.0301"}, True),
        ({"error": {"code": 401, "message": "No.", "title": "Unauthorized"}}, True),
        ({"errCode": "RDS.0010", "externalMessage": "No."}, True),
        ({"message": "No."}, False),
    ],
)
def test_the_form_of_an_error_says_whether_the_service_answered(
    *, document: dict[str, object], by_service: bool
) -> None:
    assert fault(document).by_service == by_service


def gateway(sentence: str) -> dict[str, object]:
    told = f"Incorrect IAM authentication information: {sentence}"
    return {"error_code": "APIGW.0301", "error_msg": told}


@pytest.mark.parametrize(
    ("sentence", "hint"),
    [
        ("verify aksk signature fail, canonicalRequest:GET|/v3/", "secret key does not belong"),
        ("calc aksk signature fail:signature expired, signature time:20260103T090522Z", "clock"),
        ("ak AKEXAMPLE not exist", "`region`"),
        ("Get secretKey failed,ak:AKEXAMPLE,err:ak not exist", "`region`"),
        ("AK access failed to reach the limit,forbidden.", "locked after bad signatures"),
        ("decrypt token fail", "another region"),
        ("something else", "credentials, the region and the clock"),
    ],
)
def test_a_401_tells_clock_key_and_region_apart_by_its_sentence(sentence: str, hint: str) -> None:
    read = read_fault(401, json.dumps(gateway(sentence)).encode(), {})

    assert hint in read.hint


@pytest.mark.parametrize(
    ("date", "hint"),
    [
        ("Sat, 03 Jan 2026 08:49:00 GMT", "16m22s ahead of"),
        ("Sat, 03 Jan 2026 09:22:00 GMT", "16m38s behind"),
        ("Sat, 03 Jan 2026 09:00:00 GMT", "secret key"),
        ("yesterday", "secret key"),
        ("", "secret key"),
    ],
)
def test_a_401_is_laid_to_the_clock_when_the_answers_date_is_too_far_away(
    date: str, hint: str
) -> None:
    now = datetime(2026, 1, 3, 9, 5, 22, tzinfo=UTC)
    body = json.dumps(gateway("verify aksk signature fail")).encode()

    assert hint in read_fault(401, body, {"Date": date}, now).hint


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "\u0667"}, None),
        ({"Retry-After": "9" * 400}, 999999999.0),
        (
            {
                "Retry-After": "Sat, 03 Jan 2026 09:05:30 GMT",
                "Date": "Sat, 03 Jan 2026 09:05:22 GMT",
            },
            8.0,
        ),
        ({"Retry-After": "Sat, 03 Jan 2026 09:05:30 GMT"}, None),
    ],
)
def test_retry_after_is_read_in_both_of_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert read_fault(429, b"", headers).retry_after == seconds


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (404, "APIGW.0101", "the other service's"),
        (404, "APIG.0101", "the other service's"),
        (401, "APIGW.0301", "clock"),
        (401, "APIGW.0307", "store a new token"),
        (403, "DBS.280056", "store a new token"),
        (403, "APIGW.0302", "permission"),
        (403, "DBS.280032", "permission"),
        (404, "DBS.200002", "instance's id"),
        (401, "?", "credentials"),
        (403, "?", "credentials"),
        (400, "?", "endpoints"),
        (404, "?", "endpoints"),
        (302, "?", "endpoints"),
        (429, "?", "requests_per_second"),
        (403, "DBS.200011", "wait"),
        (503, "?", "wait"),
    ],
)
def test_the_hint_says_what_to_do(status: int, code: str, hint: str) -> None:
    error = Fault(status, code, "No.", "").error("state of x")

    assert error.message == f"state of x: {status} {code}: No."
    assert hint in error.hint


@given(st.integers(100, 999), st.binary(max_size=60), st.text())
def test_whatever_comes_is_told_on_one_short_printable_line(
    status: int, body: bytes, request_id: str
) -> None:
    told = read_fault(status, body, {"X-Request-Id": request_id}).text

    assert told.isprintable()
    assert len(told) < 1000


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(
    st.dictionaries(
        st.sampled_from(["error_code", "error_msg", "request_id", "errCode", "error", "x"]),
        LEAVES | st.lists(LEAVES) | st.dictionaries(st.sampled_from(["code", "message"]), LEAVES),
    )
)
def test_whatever_stands_in_an_error_is_told_on_one_short_printable_line(
    document: dict[str, object],
) -> None:
    told = fault(document).error("jobs")

    assert told.message.isprintable()
    assert len(told.message) < 1000


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("one line", "one line"),
        (" a\r\n\tb\x00c ", "a b c"),
        ("a\u2028b\u202ec\ud800d", "a b c d"),
        ("größer", "größer"),
        ("x" * 301, "x" * 300),
    ],
)
def test_a_line_holds_nothing_that_a_terminal_obeys(text: str, line: str) -> None:
    assert one_line(text) == line
