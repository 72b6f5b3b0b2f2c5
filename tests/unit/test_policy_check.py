from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastgood.cli import main
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy_file import faults_in, load, parse_policy
from lastgood.domain.policy_lines import Fault, faults_of, line_of, lines_of
from tests.support.builders import EXAMPLE, RDS, REDIS

BAD = f"""\
version = 2
colour = "red"
fleet = 3

[cloud.prod]
region = "somewhere"
credentials = "secretsmanager:x"
endpoints.rds = "https://user@"
endpoints.redis = "https://host"

[cloud.other]
region = "ap-southeast-1"
project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"
credentials = "secretsmanager:x"
endpoints = {{ iam = "https://host:0" }}

[defaults]
mode = "atuo"
margin = \"\"\"
[[instance]]
soon\"\"\"

[[instance]]
id = "{REDIS}"
name = "orders-cache"
cloud = "prod"
service = "geminidb-redis"
alarms = [
    "fine",
    "",
    "",
]
companions = ["orders-db"]
[instance.objective]
max_lag = "soon"

[[instance]]
id = "{RDS}"
name = "orders-db"
cloud = "prd"
service = "rds"
companions = ["orders-cache", "order-cache"]
mode = "auto"
"""
EVERY = [
    (1, "version"),
    (2, "colour"),
    (3, "fleet"),
    (5, "cloud.prod"),  # project_id is missing
    (6, "cloud.prod.region"),
    (8, "cloud.prod.endpoints.rds"),
    (9, "cloud.prod.endpoints"),
    (15, "cloud.other.endpoints.iam"),
    (18, "defaults.mode"),
    (19, "defaults.margin"),
    (28, "instance[0] (orders-cache).alarms[1]"),
    (28, "instance[0] (orders-cache).alarms[2]"),
    (35, "instance[0] (orders-cache).objective.max_lag"),
    (40, "instance[1] (orders-db).cloud"),
    (42, "instance[1] (orders-db).companions[1]"),
    (43, "instance[1] (orders-db).mode"),
]


def check(path: Path, text: str, *options: str) -> int:
    path.write_text(text, "utf-8")
    return main(["policy", "check", str(path), *options])


def test_a_bad_policy_is_answered_with_everything_that_is_wrong_and_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = check(tmp_path / "bad.toml", BAD, "--json")

    faults = json.loads(capsys.readouterr().out)
    told = [(one["line"], re.match("policy, (.+?): ", one["message"])) for one in faults]
    assert code == 3
    assert [(line, place and place[1]) for line, place in told] == EVERY
    assert all(one["file"].endswith("bad.toml") and one["hint"] for one in faults)


def test_a_person_reads_file_and_line_and_what_to_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.toml"

    assert check(path, EXAMPLE.replace('service = "rds"', 'service = "rdss"', 1)) == 3

    first, second = capsys.readouterr().out.splitlines()
    number = 1 + path.read_text().splitlines().index('service = "rdss"')
    assert first.startswith(f"{path}:{number}: policy, ")
    assert second == "Try: write geminidb-redis or rds"


def test_nothing_is_wrong_with_the_example(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "good.toml"

    assert check(path, EXAMPLE) == 0
    assert capsys.readouterr().out == f"{path}: nothing is wrong\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = = 2\nc = 3\n", 2), ("a = 1\n\nb = [1,\n2", 4), ("a = [", 1), ("", 1)],
)
def test_a_file_that_is_not_toml_or_empty_names_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, line: int
) -> None:
    assert check(tmp_path / "bad.toml", text, "--json") == 3
    assert json.loads(capsys.readouterr().out)[0]["line"] == line


def test_a_file_that_cannot_be_read_is_no_answer(tmp_path: Path) -> None:
    assert main(["policy", "check", str(tmp_path / "none.toml")]) == 1


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("version = 1\ninstance = 3", ["instance"]),
        ("version = 1\ninstance = [3]", ["instance[0]"]),
        ('version = 1\n[[instance]]\nname = 3\nid = "x"\n', ["instance[0]"] * 2),
    ],
)
def test_what_is_no_table_is_named_beside_the_rest(text: str, places: list[str]) -> None:
    messages = [fault.message for fault in faults_in(load(text))]

    assert [message for message in messages if message.startswith(f"policy, {places[0]}")]
    assert len(messages) >= len(places)


def test_every_key_that_is_missing_is_named() -> None:
    faults = faults_in(load("version = 1\n[[instance]]\n"))

    assert [fault.message for fault in faults] == [
        f"policy, instance[0]: {key!r} is missing" for key in ("id", "name", "cloud", "service")
    ]


def test_an_instance_with_a_fault_is_still_known_to_its_companions() -> None:
    text = EXAMPLE.replace('name = "orders-db"', 'name = "orders-db"\nmode = "atuo"', 1)

    assert [fault.keys for fault in faults_in(load(text))] == [("instance", 1, "mode")]


@given(st.sets(st.sampled_from(BAD.splitlines())))
def test_one_error_is_found_exactly_where_many_are(left_out: set[str]) -> None:
    text = "\n".join(line for line in BAD.splitlines() if line not in left_out)
    try:
        document = load(text)
    except PolicyError:
        return
    faults = faults_in(document)
    if not faults:
        parse_policy(text)
        return
    with pytest.raises(PolicyError, match=re.escape(faults[0].message)):
        parse_policy(text)


def test_lines_count_from_one_and_a_missing_key_has_that_of_its_table() -> None:
    lines = lines_of("# a\n\n[a.b]\nc.d = 1\n[[x]]\n[[x]]\n[x.y]\nz = '''\n[q]\n'''\nw = 2\n")

    assert lines[("a", "b", "c", "d")] == 4
    assert lines[("x", 1)] == 6
    assert lines[("x", 1, "y")] == 7
    assert lines[("x", 1, "y", "w")] == 11
    assert line_of(("x", 0, "name"), lines) == 5
    assert line_of(("nowhere",), lines) == 1


def test_the_header_of_a_table_may_be_indented() -> None:
    lines = lines_of("  [a]\n  b = 1\n")

    assert lines == {("a",): 1, ("a", "b"): 2}


def test_what_is_no_toml_is_one_fault() -> None:
    with pytest.raises(PolicyError) as refused:
        load("a = [1,")

    assert faults_of("a = [1,") == [Fault(1, refused.value.message, "correct that line")]


def test_faults_of_one_line_stay_in_the_order_in_which_they_were_found() -> None:
    found = faults_of("version = 1\n[[instance]]\n")

    assert [(fault.line, fault.message.split()[2]) for fault in found] == [
        (2, "'id'"),
        (2, "'name'"),
        (2, "'cloud'"),
        (2, "'service'"),
    ]
