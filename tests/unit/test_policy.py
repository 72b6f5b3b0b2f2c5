from __future__ import annotations

import contextlib
import json
import sys
import tomllib
import traceback
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lastgood.domain.canonical import decode, digest, encode
from lastgood.domain.errors import PolicyError
from lastgood.domain.policy import CloudEntry, Endpoints, Fleet, Instance, Objective, Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.domain.times import Duration
from tests.support import strategies as some
from tests.support.builders import EXAMPLE, RDS, REDIS, policy

CANARY = "canary-9f8e7d6c"
ONE_INSTANCE = f'[[instance]]\nid = "{REDIS}"\nname = "a"\ncloud = "prod"\nservice = "rds"\n'


def changed(old: str, new: str) -> str:
    """The example with one passage replaced, wherever it stands first."""
    assert old in EXAMPLE
    return EXAMPLE.replace(old, new, 1)


def refused(text: str) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)
    return caught.value


# --- what is accepted


def test_the_example_of_the_design_is_read_whole() -> None:
    expected = Policy(
        cloud={
            "prod": CloudEntry(
                region="ap-southeast-1",
                project_id="619d3e78f61b4be68bc5aa0b59edcf7b",
                credentials="secretsmanager:lastgood/prod",
                requests_per_second=10,
                endpoints=Endpoints(geminidb="http://127.0.0.1:8001", rds="http://127.0.0.1:8002"),
            )
        },
        fleet=Fleet(max_active=1, max_per_day=3),
        instance=(
            Instance(
                id=REDIS,
                name="orders-cache",
                cloud="prod",
                service="geminidb-redis",
                mode="auto",
                alarms=("orders-cache-*",),
                companions=("orders-db",),
                validate="arn:aws:lambda:eu-west-1:111122223333:function:check-orders:live",
                drill=False,
                objective=Objective(
                    max_lag=Duration(minutes=40),
                    min_coverage=Duration(hours=20),
                    max_gap=Duration(minutes=30),
                ),
            ),
            Instance(
                id=RDS,
                name="orders-db",
                cloud="prod",
                service="rds",
                mode="propose",
                objective=Objective(max_lag=Duration(minutes=10), min_coverage=Duration(days=7)),
            ),
        ),
    )

    assert parse_policy(EXAMPLE) == expected


def test_what_the_file_does_not_say_is_the_safe_default() -> None:
    text = f"""
        version = 1
        cloud.prod = {{ region = "eu-west-101", project_id = "abc", credentials = "env:PROD" }}
        [[instance]]
        id = "{REDIS}"
        name = "orders-cache"
        cloud = "prod"
        service = "geminidb-redis"
    """

    read = parse_policy(text)

    (instance,) = read.instance
    assert instance.mode == "propose"
    assert instance.margin == timedelta(minutes=2)
    assert instance.max_rollback == timedelta(hours=6)
    assert instance.max_alarm_age == timedelta(hours=1)
    assert instance.cooldown == timedelta(hours=24)
    assert instance.approval_timeout == timedelta(minutes=30)
    assert instance.onset_lookback == timedelta(minutes=15)
    assert instance.max_plan_age == timedelta(minutes=15)
    assert instance.on_clear == "keep"
    assert instance.auto_needs == "datapoint"
    assert instance.drill is False
    assert read.fleet == Fleet(max_active=1, max_per_day=3)
    assert read.cloud["prod"].requests_per_second == 10


def test_an_instance_overrides_the_defaults_and_the_others_keep_them() -> None:
    text = changed('margin           = "2m"', 'margin = "5m"')
    text = text.replace("drill      = false", 'drill = true\nmargin = "1m"\ncooldown = "0s"')

    cache, database = parse_policy(text).instance

    assert (cache.margin, database.margin) == (timedelta(minutes=1), timedelta(minutes=5))
    assert (cache.cooldown, database.cooldown) == (timedelta(0), timedelta(hours=24))
    assert (cache.drill, database.drill) == (True, False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"secretsmanager:lastgood/prod"', '"env:LASTGOOD_PROD"'),
        ('companions = ["orders-db"]', f'companions = ["{RDS}"]'),
        ('companions = ["orders-db"]', f'range = "rds:{RDS}"'),
        ('companions = ["orders-db"]', 'range = "rds:0123456789abcdef0123456789abcdefin01"'),
        ("drill      = false", 'margin = "0s"'),
        ('"arn:aws:lambda:', '"arn:aws-cn:lambda:'),
        ('"http://127.0.0.1:8001"', '"https://gaussdb-nosql.example.com/base"'),
        ("[fleet]\nmax_active  = 1", "[fleet]\nmax_active = 50"),
    ],
)
def test_every_documented_spelling_is_accepted(old: str, new: str) -> None:
    read = parse_policy(changed(old, new))

    assert len(read.instance) == 2


def test_an_instance_is_found_by_its_id_and_by_its_name() -> None:
    read = policy()

    assert read.find(REDIS) is read.find("orders-cache") is read.instance[0]
    assert read.find("orders") is None


def test_companions_are_found_by_name_or_id() -> None:
    for companion in ("orders-db", RDS):
        read = parse_policy(changed('["orders-db"]', f'["{companion}"]'))

        assert read.companions_of(read.instance[0]) == [read.instance[1]]
        assert read.companions_of(read.instance[1]) == []


def test_the_range_of_another_instance_is_named_by_its_id() -> None:
    cache, database = parse_policy(
        changed('companions = ["orders-db"]', f'range = "rds:{RDS}"')
    ).instance

    assert cache.range_instance == RDS
    assert database.range_instance is None


def test_a_policy_survives_its_own_json_and_has_one_digest() -> None:
    read = policy()

    assert decode(encode(read), Policy) == read
    assert digest(decode(encode(read), Policy)) == digest(policy())


# --- what is refused: the place, what was found, what would be right


BAD: list[tuple[str, str, str, str, str]] = [
    # what to replace, by what; the place, what was found, what would be right
    ("version = 1", "", "version", "it is missing", "version = 1"),
    ("version = 1", "version = 2", "version", "found 2", "version = 1"),
    ("version = 1", 'version = "1"', "version", "found '1'", "version = 1"),
    ("version = 1", "version = 1.0", "version", "found 1.0", "version = 1"),
    ("version = 1", "version = true", "version", "found True", "version = 1"),
    ("version = 1", "version = 1\ncluod = 1", "cluod", "unknown key", "'cloud'"),
    ("[fleet]", "[flet]", "flet", "unknown key", "'fleet'"),
    ("[cloud.prod]", "[[cloud.prod]]", "cloud.prod", "found a list", "a table"),
    ("region      =", "regoin =", "cloud.prod", "unknown key 'regoin'", "'region'"),
    ('region      = "ap-southeast-1"', "", "cloud.prod", "'region' is missing", "region = …"),
    ('"ap-southeast-1"', '"Hong Kong"', "cloud.prod.region", "'Hong Kong'", "ap-southeast-1"),
    ('"ap-southeast-1"', '"ap-southeast-1\\n"', "cloud.prod.region", r"'ap-southeast-1\n'", "ap-"),
    ('"ap-southeast-1"', '"ap-southeast-\\u0661"', "cloud.prod.region", "found 'ap-", "ap-"),
    ('"ap-southeast-1"', '"ap-southeast-1.evil.example/"', "cloud.prod.region", "evil", "ap-"),
    ('"619d3e78f61b4be68bc5aa0b59edcf7b"', '"a/../b"', "cloud.prod.project_id", "'a/../b'", "hex"),
    ('"619d3e78f61b4be68bc5aa0b59edcf7b"', '"ab\\n"', "cloud.prod.project_id", r"'ab\n'", "hex"),
    ("requests_per_second = 10", "requests_per_second = 0", "requests_per_second", "found 0", "1"),
    (
        *("requests_per_second = 10", "requests_per_second = true"),
        *("cloud.prod.requests_per_second", "found True", "int"),
    ),
    ("{ geminidb", "{ gemini", "cloud.prod.endpoints", "unknown key 'gemini'", "'geminidb'"),
    ('"http://127.0.0.1:8001"', '"127.0.0.1"', "endpoints.geminidb", "'127.0.0.1'", "https://host"),
    ('"http://127.0.0.1:8002"', '"http://h\\n"', "endpoints.rds", r"'http://h\n'", "https://host"),
    ('"http://127.0.0.1:8002"', "8002", "cloud.prod.endpoints.rds", "8002", "https://host"),
    ("[defaults]", "[[defaults]]", "defaults", "found a list", "a table"),
    ("[defaults]", '[defaults]\nname = "x"', "defaults", "unknown key 'name'", "one of mode"),
    ("[defaults]\nmode", "[defaults]\nmodes", "defaults", "unknown key 'modes'", "'mode'"),
    ('= "propose"', '= "automatic"', "defaults.mode", "'automatic'", "observe, propose or auto"),
    ('"2m"', '"2 m"', "defaults.margin", "'2 m'", "a duration such as 90s, 2m, 6h or 7d"),
    ('"2m"', "120", "defaults.margin", "found 120", "a duration such as"),
    ('"2m"', "10:00:00", "defaults.margin", "found datetime.time(10, 0)", "a duration such as"),
    ('"2m"', '"-2m"', "defaults.margin", "'-2m'", "a duration such as"),
    ('"2m"', '"2m - at `$.x`"', "defaults.margin", "'2m - at `$.x`'", "a duration such as"),
    ('"2m"', '"x - at .foo"', "defaults.margin", "'x - at .foo'", "a duration such as"),
    ('"24h"', '"3651d"', "defaults.cooldown", "'3651d'", "a duration of at most 3650d"),
    (
        '"20h"',
        '"1.5h"',
        "instance[0] (orders-cache).objective.min_coverage",
        "'1.5h'",
        "a duration",
    ),
    ("max_active  = 1", "max_active = 0", "fleet.max_active", "found 0", ">= 1"),
    ("max_active  = 1", 'max_active = "1"', "fleet.max_active", "'1'", "int"),
    ("max_per_day = 3", "max_per_day = 2.5", "fleet.max_per_day", "2.5", "int"),
    ("max_per_day", "per_day", "fleet", "unknown key 'per_day'", "'max_per_day'"),
    ("margin  ", '"mar\\ngin" ', "defaults", r"unknown key 'mar\ngin'", "'margin'"),
    ("margin  ", '"a - at `$.x`" ', "defaults", "unknown key 'a - at `$.x`'", "one of mode"),
    (
        *('id         = "e73893ef73754465a8bd2e0857bbf13ein12"\n', ""),
        *("instance[0] (orders-cache)", "'id' is missing", "a line id = …"),
    ),
    ('name       = "orders-cache"', "", "instance[0]", "'name' is missing", "a line name = …"),
    ('"orders-cache"', '""', "instance[0] ().name", "found ''", "length >= 1"),
    ('"orders-cache"', f'"{"x" * 65}"', ".name", "xxx", "length <= 64"),
    (f'"{REDIS}"', '"*"', "instance[0] (orders-cache).id", "'*'", "an instance id such as"),
    (f'"{REDIS}"', f'"{REDIS.upper()}"', "instance[0] (orders-cache).id", "IN12'", "such as"),
    (f'"{REDIS}"', f'"../{REDIS}"', "instance[0] (orders-cache).id", "../", "such as"),
    (f'"{REDIS}"', '"abcdefgin12"', "instance[0] (orders-cache).id", "abcdefg", "such as"),
    (f'"{REDIS}"', "12", "instance[0] (orders-cache).id", "found 12", "such as"),
    (f'"{RDS}"', f'"{RDS}\\n"', "instance[1] (orders-db).id", r"in01\n'", "such as"),
    (f'"{RDS}"', '"dsfae23fsfdsae3435in0\\u0661"', "instance[1] (orders-db).id", "in0", "such as"),
    (
        *(f'"{REDIS}"', '"e73893ef73754465a8bd2e0857bbf13ein01"'),
        *("instance[0] (orders-cache).id", "in01' with service geminidb-redis", "ends in in12"),
    ),
    (f'"{RDS}"', '"abcdefghin12"', "instance[1] (orders-db).id", "with service rds", "in12 for"),
    (
        'name = "orders-db"',
        'name = "orders-cache"',
        ".name",
        "'orders-cache' twice",
        "a different name",
    ),
    (
        'name = "orders-db"',
        f'name = "{REDIS}"',
        "instance[0] (orders-cache).id",
        "twice",
        "a different id",
    ),
    ('"auto"', "true", "instance[0] (orders-cache).mode", "found True", "observe, propose or auto"),
    ('"geminidb-redis"', '"redis"', ".service", "'redis'", "geminidb-redis or rds"),
    ('["orders-cache-*"]', '"orders"', ".alarms", "'orders'", "a list of alarm names"),
    ('["orders-cache-*"]', '["a", ""]', ".alarms[1]", "found ''", "a list of alarm names"),
    ('["orders-cache-*"]', "[1]", "instance[0] (orders-cache).alarms[0]", "found 1", "a list"),
    ('["orders-db"]', '"orders-db"', ".companions", "'orders-db'", "a list of names or ids"),
    ('["orders-db"]', '["order-db"]', ".companions[0]", "'order-db'", "write 'orders-db'"),
    ('["orders-db"]', '["orders-db", "x"]', ".companions[1]", "'x'", "another instance of this"),
    ('["orders-db"]', '["orders-cache"]', ".companions[0]", "'orders-cache'", "another instance"),
    ('["orders-db"]', f'["{REDIS}"]', ".companions[0]", REDIS, "another instance"),
    ("drill      = false", 'known_as = "n"', ".known_as", "'n'", "a list of names"),
    ("drill      = false", 'known_as = [""]', ".known_as[0]", "''", "a list of names"),
    (
        "drill      = false",
        'known_as = ["a", "orders-db"]',
        "instance[0] (orders-cache).known_as[1]",
        "'orders-db' twice",
        "a different known_as",
    ),
    ('"arn:aws:lambda:eu', '"eu', "instance[0] (orders-cache).validate", "'eu-west-1:", "the ARN"),
    ("drill      = false", 'drill = "no"', ".drill", "'no'", "true or false"),
    (
        "drill      = false",
        'auto_needs = "guess"',
        ".auto_needs",
        "'guess'",
        "datapoint, evaluation-start or any",
    ),
    ("drill      = false", 'on_clear = "drop"', ".on_clear", "'drop'", "keep or cancel"),
    ("drill      = false", f'range = "{RDS}"', ".range", RDS, '"rds:" and the id of an RDS'),
    (
        "drill      = false",
        f'range = "rds:{REDIS}"',
        ".range",
        REDIS,
        '"rds:" and the id of an RDS',
    ),
    ("max_lag", "max_lagg", ".objective", "unknown key 'max_lagg'", "'max_lag'"),
    ('cloud      = "prod"', 'cloud = "prd"', ".cloud", "'prd'", "write 'prod'"),
    ("[cloud.prod]", "[cloud.test]", "instance[0] (orders-cache).cloud", "'prod'", "one of test"),
    ('service = "rds"', 'service = "rds"\nmode = "auto"', ".mode", "'auto' on an RDS", "propose"),
    ('= "propose"', '= "auto"', "instance[1] (orders-db).mode", "'auto' on an RDS", "propose"),
    ('service = "rds"', f'service = "rds"\nrange = "rds:{RDS}"', ".range", RDS, "Redis only"),
    ("[[instance]]\nid    ", "[instance]\nid    ", "not TOML", "at line", "correct"),
    ("max_per_day = 3", "max_per_day = three", "not TOML", "line 2", "correct that line"),
    ("max_per_day = 3", "max_per_day = 3\nmax_per_day = 4", "not TOML", "line 2", "correct"),
]


@pytest.mark.parametrize(("old", "new", "place", "found", "right"), BAD)
def test_a_bad_policy_names_the_place_what_was_found_and_what_would_be_right(
    old: str, new: str, place: str, found: str, right: str
) -> None:
    error = refused(changed(old, new))

    assert place in error.message
    assert found in error.message
    assert right in error.hint
    assert "\n" not in error.message + error.hint


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("", "version", "it is missing"),
        ("version = 1", "instance", "no instance is named"),
        ("version = 1\ninstance = []", "instance", "no instance is named"),
        (f"version = 1\n{ONE_INSTANCE}".replace("[[", "[").replace("]]", "]"), "instance", "table"),
        ("version = 1\ninstance = [1]", "instance[0]", "found a value of type int"),
        ('version = 1\ninstance = ["a"]', "instance[0]", "found a string"),
        ("version = 1\ncloud = 1\ninstance = [{}]", "cloud", "found a value of type int"),
        ("version = 1\ndefaults = []\ninstance = [{}]", "defaults", "found a list"),
        ('version = 1\nfleet = ""\ninstance = [{}]', "fleet", "found a string"),
        (f"version = 1\n{ONE_INSTANCE}", "instance[0] (a).cloud", "found 'prod'"),
    ],
)
def test_a_file_without_its_parts_is_refused_where_they_are_missing(
    text: str, place: str, found: str
) -> None:
    error = refused(text)

    assert error.message.startswith(f"policy, {place}: ")
    assert found in error.message


def test_a_cloud_that_is_nowhere_described_is_asked_for_by_name() -> None:
    error = refused(f"version = 1\n{ONE_INSTANCE}")

    assert error.hint == "write a table [cloud.prod]"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x = " + "[" * 5_000, id="nested too deeply"),
        pytest.param("x = " + "9" * 5_000, id="a number too long"),
        pytest.param("x = 2026-13-45", id="no date"),
        pytest.param("x = \x00", id="a control character"),
        pytest.param("\ufeffversion = 1", id="a byte order mark"),
        pytest.param("\ud800 = 1", id="half a character"),
    ],
)
def test_what_the_toml_reader_chokes_on_is_an_error_about_the_policy(text: str) -> None:
    error = refused(text)

    assert error.message


# --- secrets


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"secretsmanager:lastgood/prod"', f'"{CANARY}"'),
        ('"secretsmanager:lastgood/prod"', f'"env:{CANARY}"'),
        ('"secretsmanager:lastgood/prod"', f'"secretsmanager: {CANARY}"'),
        ('"secretsmanager:lastgood/prod"', f'["{CANARY}"]'),
        ('"secretsmanager:lastgood/prod"', f'{{ access_key = "x", secret_key = "{CANARY}" }}'),
        ("requests_per_second = 10", f'credentials_read = "{CANARY}"'),
        ("requests_per_second = 10", f'credentials_read = ["{CANARY}"]'),
        ("requests_per_second = 10", f'secret_key = "{CANARY}"'),
        ('region      = "ap-southeast-1"', f'region = {{ secret_key = "{CANARY}" }}'),
        ('"http://127.0.0.1:8001"', f'"https://user:{CANARY}@host"'),
        ('"http://127.0.0.1:8001"', f'["https://user:{CANARY}@host"]'),
        ("endpoints = { geminidb", f'endpoints = "https://u:{CANARY}@host"\n# '),
        ("version = 1", f'version = 1\ncredentials = "{CANARY}"'),
        ("version = 1", f'version = {{ credentials = "{CANARY}" }}'),
        ("[defaults]", f'[defaults]\ncredentials = "{CANARY}"'),
        ("[fleet]", f'[fleet]\ncredentials = "{CANARY}"'),
        ("drill      = false", f'credentials = "{CANARY}"'),
        ('name       = "orders-cache"', f'name = {{ credentials = "{CANARY}" }}'),
    ],
)
def test_a_secret_pasted_into_the_policy_is_never_repeated(old: str, new: str) -> None:
    error = refused(changed(old, new))

    told = "".join(traceback.format_exception(error)) + error.message + error.hint
    assert CANARY not in told


@pytest.mark.parametrize(
    "cloud",
    [
        f'cloud = "{CANARY}"',
        f'cloud.prod = "{CANARY}"',
        f'fleet = "{CANARY}"',
        f'[[cloud]]\ncredentials = "{CANARY}"',
        f'[[cloud.prod]]\ncredentials = "{CANARY}"',
        f'[cloud]\ncredentials = "{CANARY}"',
        f'[[defaults]]\ncredentials = "{CANARY}"',
        f'[cloud.prod]\ncredentials = "{CANARY}"\n"a\\nb" = 1',
        f'[cloud.prod]\ncredentials = "{CANARY}"\nregion = ""',
        f'[cloud.prod]\ncredentials = "{CANARY}"\nregion = ',
    ],
)
def test_an_error_elsewhere_does_not_repeat_a_secret_either(cloud: str) -> None:
    error = refused(f"version = 1\n{cloud}\n{ONE_INSTANCE}")

    told = "".join(traceback.format_exception(error)) + error.message + error.hint
    assert CANARY not in told


def test_credentials_for_reading_are_named_as_the_others_are() -> None:
    error = refused(changed("requests_per_second = 10", 'credentials_read = "AKEXAMPLE"'))

    assert "cloud.prod.credentials_read: found a string" in error.message
    assert error.hint == 'write "secretsmanager:NAME" or "env:PREFIX", never the key itself'


# --- whatever is in the file


def as_toml(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {as_toml(inner)}" for key, inner in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(inner) for inner in value) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


def document(tables: dict[str, Any]) -> str:
    return "\n".join(f"{json.dumps(key)} = {as_toml(value)}" for key, value in tables.items())


def accepts_or_refuses(text: str) -> None:
    with contextlib.suppress(PolicyError):  # either is right; any other exception is not
        assert parse_policy(text).instance


def places_in(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value of a document, tables and lists included."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, below in inner:
        found.append((*at, key))
        if isinstance(below, dict | list):
            found += places_in(below, (*at, key))
    return found


PLACES = places_in(tomllib.loads(EXAMPLE))


def test_the_example_written_another_way_is_the_same_policy() -> None:
    assert parse_policy(document(tomllib.loads(EXAMPLE))) == policy()


@given(some.toml_documents)
@example({})
@some.unhurried
def test_whatever_tables_a_file_holds_it_is_a_policy_or_an_error_about_it(
    tables: dict[str, Any],
) -> None:
    accepts_or_refuses(document(tables))


@given(st.sampled_from(PLACES), some.toml_values)
@some.unhurried
def test_whatever_stands_in_one_place_of_a_policy_is_accepted_or_refused(
    place: tuple[Any, ...], value: Any
) -> None:
    tables = tomllib.loads(EXAMPLE)
    owner: Any = tables
    for step in place[:-1]:
        owner = owner[step]
    owner[place[-1]] = value

    accepts_or_refuses(document(tables))


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 40), st.text(max_size=6))
@some.unhurried
def test_a_file_damaged_anywhere_is_a_policy_or_an_error_about_it(
    start: int, length: int, instead: str
) -> None:
    accepts_or_refuses(EXAMPLE[:start] + instead + EXAMPLE[start + length :])


def calls_to_read(instances: int) -> int:
    """How many calls of Python functions reading a policy of so many instances takes."""
    text = EXAMPLE + "".join(
        f'[[instance]]\nid = "{n:032x}in12"\nname = "more-{n}"\ncloud = "prod"\n'
        f'service = "geminidb-redis"\ncompanions = ["more-{n - 1 if n else 1}"]\n'
        for n in range(instances)
    )
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        parse_policy(text)
    finally:
        sys.setprofile(None)
    return calls


def test_reading_a_policy_takes_as_long_for_each_instance_however_many_there_are() -> None:
    few, many = calls_to_read(50), calls_to_read(500)

    assert many < 10.5 * few


SMALLEST = """version = 1
[cloud.prod]
region = "ap-southeast-1"
project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"
credentials = "secretsmanager:lastgood/prod"
"""
PARAMETER = 8 * 1024
"""Bytes that a parameter of SSM holds."""


def smallest_policy(count: int) -> str:
    """A policy of so many instances that says of each no more than it must."""
    instances = (
        f'[[instance]]\nid = "{n:032x}in12"\nname = "orders-cache-{n:03}"\ncloud = "prod"\n'
        'service = "geminidb-redis"\n'
        for n in range(count)
    )
    return SMALLEST + "".join(instances)


def test_a_parameter_holds_some_sixty_instances_and_no_more() -> None:
    sizes = {count: len(smallest_policy(count).encode()) for count in (60, 70)}

    assert len(parse_policy(smallest_policy(60)).instance) == 60
    assert sizes[60] <= PARAMETER < sizes[70]
