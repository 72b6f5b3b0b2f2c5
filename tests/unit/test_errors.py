from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.huawei.errors import Fault, one_line, read_fault

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


@pytest.mark.parametrize(
    ("status", "transient", "by_the_caller"),
    [
        (202, False, False),
        (302, False, False),
        (400, False, True),
        (401, False, True),
        (403, False, True),
        (404, False, True),
        (409, False, True),
        (429, True, True),
        (499, False, True),
        (500, True, False),
        (503, True, False),
        (599, True, False),
    ],
)
def test_a_status_says_whether_to_ask_again_and_whose_fault_it_is(
    status: int, *, transient: bool, by_the_caller: bool
) -> None:
    read = read_fault(status, b"", {})

    assert (read.transient, read.by_the_caller) == (transient, by_the_caller)


@pytest.mark.parametrize(
    ("status", "code", "hint"),
    [
        (404, "APIGW.0101", "the other service's"),
        (404, "APIG.0101", "the other service's"),
        (401, "APIGW.0301", "clock"),
        (401, "APIGW.0307", "store a new one"),
        (403, "DBS.280056", "store a new one"),
        (403, "APIGW.0302", "permission"),
        (403, "DBS.280032", "permission"),
        (404, "DBS.200002", "instance's id"),
        (401, "?", "credentials"),
        (403, "?", "credentials"),
        (400, "?", "endpoints"),
        (404, "?", "endpoints"),
        (302, "?", "endpoints"),
        (429, "?", "later"),
        (503, "?", "later"),
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
