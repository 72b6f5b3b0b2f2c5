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


RULES = (
    "mode, auto_needs, margin, max_rollback, max_alarm_age, cooldown, approval_timeout,"
    " onset_lookback, max_plan_age, on_clear, confirm, quiet, undo_point,"
    " undo_within, settle_within"
)
LONG = "x" * 65
A_COMPANION = "write the name or id of another instance of this policy"
A_DURATION = "write a duration such as 90s, 6h, 7d or 1h30m"
A_MODE = "write observe, propose or auto"
A_REGION = 'write a region such as "ap-southeast-1"'
A_URL = "write a base URL such as https://host, without a user"
ALARMS = "write a list of alarm names or globs, each a string"
AN_ID = 'write an instance id such as "e73893ef73754465a8bd2e0857bbf13ein12"'
BAD: list[tuple[str, str, str, str]] = [
    # what to replace, by what; the place and what was found there, what would be right
    ("version = 1", "", "version: it is missing", "write version = 1"),
    ("version = 1", "version = 2", "version: found 2", "write version = 1"),
    ("version = 1", 'version = "1"', "version: found '1'", "write version = 1"),
    ("version = 1", "version = 1.0", "version: found 1.0", "write version = 1"),
    ("version = 1", "version = true", "version: found True", "write version = 1"),
    (
        "version = 1",
        "version = 1\ncluod = 1",
        "cluod: found an unknown key",
        "write 'cloud'; allowed is one of version, cloud, defaults, fleet, instance",
    ),
    (
        "[fleet]",
        "[flet]",
        "flet: found an unknown key",
        "write 'fleet'; allowed is one of version, cloud, defaults, fleet, instance",
    ),
    ("[cloud.prod]", "[[cloud.prod]]", "cloud.prod: found a list", "write a table"),
    (
        "region      =",
        "regoin =",
        "cloud.prod: found an unknown key 'regoin'",
        (
            "write 'region'; allowed is one of region, project_id, credentials, credentials_read,"
            " requests_per_second, endpoints"
        ),
    ),
    (
        'region      = "ap-southeast-1"',
        "",
        "cloud.prod: 'region' is missing",
        "write a line region = …",
    ),
    ('"ap-southeast-1"', '"Hong Kong"', "cloud.prod.region: found 'Hong Kong'", A_REGION),
    ('"ap-southeast-1"', "{ name = 1 }", "cloud.prod.region: found a table", A_REGION),
    (
        "endpoints = { geminidb",
        'endpoints = "https://host"\n# ',
        "cloud.prod.endpoints: found a string",
        "write a table of base URLs",
    ),
    (
        '"ap-southeast-1"',
        '"ap-southeast-1\\n"',
        "cloud.prod.region: found 'ap-southeast-1\\n'",
        A_REGION,
    ),
    (
        '"ap-southeast-1"',
        '"ap-southeast-\\u0661"',
        "cloud.prod.region: found 'ap-southeast-\u0661'",
        A_REGION,
    ),
    (
        '"ap-southeast-1"',
        '"ap-southeast-1.evil.example/"',
        "cloud.prod.region: found 'ap-southeast-1.evil.example/'",
        A_REGION,
    ),
    (
        '"619d3e78f61b4be68bc5aa0b59edcf7b"',
        '"a/../b"',
        "cloud.prod.project_id: found 'a/../b'",
        "write the project's id, 32 hex digits in the console",
    ),
    (
        '"619d3e78f61b4be68bc5aa0b59edcf7b"',
        '"ab\\n"',
        "cloud.prod.project_id: found 'ab\\n'",
        "write the project's id, 32 hex digits in the console",
    ),
    (
        "requests_per_second = 10",
        "requests_per_second = 0",
        "cloud.prod.requests_per_second: found 0",
        "write int >= 1",
    ),
    (
        "requests_per_second = 10",
        "requests_per_second = true",
        "cloud.prod.requests_per_second: found True",
        "write int",
    ),
    (
        "{ geminidb",
        "{ gemini",
        "cloud.prod.endpoints: found an unknown key 'gemini'",
        "write 'geminidb'; allowed is one of geminidb, rds, iam, ces",
    ),
    (
        '"http://127.0.0.1:8001"',
        '"127.0.0.1"',
        "cloud.prod.endpoints.geminidb: found '127.0.0.1'",
        A_URL,
    ),
    (
        '"http://127.0.0.1:8002"',
        '"http://h\\n"',
        "cloud.prod.endpoints.rds: found 'http://h\\n'",
        A_URL,
    ),
    ('"http://127.0.0.1:8002"', "8002", "cloud.prod.endpoints.rds: found 8002", A_URL),
    ("[defaults]", "[[defaults]]", "defaults: found a list", "write a table"),
    (
        "[defaults]",
        '[defaults]\nname = "x"',
        "defaults: found an unknown key 'name'",
        f"write one of {RULES}",
    ),
    (
        "[defaults]\nmode",
        "[defaults]\nmodes",
        "defaults: found an unknown key 'modes'",
        f"write 'mode'; allowed is one of {RULES}",
    ),
    ('= "propose"', '= "automatic"', "defaults.mode: found 'automatic'", A_MODE),
    ('"2m"', '"2 m"', "defaults.margin: found '2 m'", A_DURATION),
    ('"2m"', "120", "defaults.margin: found 120", A_DURATION),
    ('"2m"', "10:00:00", "defaults.margin: found datetime.time(10, 0)", A_DURATION),
    ('"2m"', '"-2m"', "defaults.margin: found '-2m'", A_DURATION),
    ('"2m"', '"2m - at `$.x`"', "defaults.margin: found '2m - at `$.x`'", A_DURATION),
    ('"2m"', '"x - at .foo"', "defaults.margin: found 'x - at .foo'", A_DURATION),
    ('"24h"', '"3651d"', "defaults.cooldown: found '3651d'", "write a duration of at most 3650d"),
    (
        '"20h"',
        '"1.5h"',
        "instance[0] (orders-cache).objective.min_coverage: found '1.5h'",
        A_DURATION,
    ),
    ("max_active  = 1", "max_active = 0", "fleet.max_active: found 0", "write int >= 1"),
    ("max_active  = 1", 'max_active = "1"', "fleet.max_active: found '1'", "write int"),
    ("max_per_day = 3", "max_per_day = 2.5", "fleet.max_per_day: found 2.5", "write int"),
    (
        "max_per_day",
        "per_day",
        "fleet: found an unknown key 'per_day'",
        (
            "write 'max_per_day'; allowed is one of max_active, max_per_day, max_drills, "
            "max_drills_per_day, max_copies"
        ),
    ),
    (
        "margin  ",
        '"mar\\ngin" ',
        "defaults: found an unknown key 'mar\\ngin'",
        f"write 'margin'; allowed is one of {RULES}",
    ),
    (
        "margin  ",
        '"a - at `$.x`" ',
        "defaults: found an unknown key 'a - at `$.x`'",
        f"write one of {RULES}",
    ),
    (
        f'id         = "{REDIS}"\n',
        "",
        "instance[0] (orders-cache): 'id' is missing",
        "write a line id = …",
    ),
    ('name       = "orders-cache"', "", "instance[0]: 'name' is missing", "write a line name = …"),
    ('"orders-cache"', '""', "instance[0] ().name: found ''", "write str of length >= 1"),
    (
        '"orders-cache"',
        f'"{LONG}"',
        f"instance[0] ({LONG}).name: found '{LONG}'",
        "write str of length <= 64",
    ),
    (f'"{REDIS}"', '"*"', "instance[0] (orders-cache).id: found '*'", AN_ID),
    (
        f'"{REDIS}"',
        '"E73893EF73754465A8BD2E0857BBF13EIN12"',
        "instance[0] (orders-cache).id: found 'E73893EF73754465A8BD2E0857BBF13EIN12'",
        AN_ID,
    ),
    (f'"{REDIS}"', f'"../{REDIS}"', f"instance[0] (orders-cache).id: found '../{REDIS}'", AN_ID),
    (f'"{REDIS}"', '"abcdefgin12"', "instance[0] (orders-cache).id: found 'abcdefgin12'", AN_ID),
    (f'"{REDIS}"', "12", "instance[0] (orders-cache).id: found 12", AN_ID),
    (f'"{RDS}"', f'"{RDS}\\n"', f"instance[1] (orders-db).id: found '{RDS}\\n'", AN_ID),
    (
        f'"{RDS}"',
        '"dsfae23fsfdsae3435in0\\u0661"',
        "instance[1] (orders-db).id: found 'dsfae23fsfdsae3435in0\u0661'",
        AN_ID,
    ),
    (
        f'"{REDIS}"',
        '"e73893ef73754465a8bd2e0857bbf13ein01"',
        (
            "instance[0] (orders-cache).id: found 'e73893ef73754465a8bd2e0857bbf13ein01' with"
            " service geminidb-redis"
        ),
        "write an id that ends in in12 for geminidb-redis, and in something else for rds",
    ),
    (
        f'"{RDS}"',
        '"abcdefghin12"',
        "instance[1] (orders-db).id: found 'abcdefghin12' with service rds",
        "write an id that ends in in12 for geminidb-redis, and in something else for rds",
    ),
    (
        'name = "orders-db"',
        'name = "orders-cache"',
        "instance[0] (orders-cache).name: found 'orders-cache' twice",
        "write a different name for every instance",
    ),
    (
        'name = "orders-db"',
        f'name = "{REDIS}"',
        f"instance[0] (orders-cache).id: found '{REDIS}' twice",
        "write a different id for every instance",
    ),
    ('"auto"', "true", "instance[0] (orders-cache).mode: found True", A_MODE),
    (
        '"geminidb-redis"',
        '"redis"',
        "instance[0] (orders-cache).service: found 'redis'",
        "write geminidb-redis or rds",
    ),
    ('["orders-cache-*"]', '"orders"', "instance[0] (orders-cache).alarms: found 'orders'", ALARMS),
    ('["orders-cache-*"]', '["a", ""]', "instance[0] (orders-cache).alarms[1]: found ''", ALARMS),
    ('["orders-cache-*"]', "[1]", "instance[0] (orders-cache).alarms[0]: found 1", ALARMS),
    (
        '["orders-db"]',
        '"orders-db"',
        "instance[0] (orders-cache).companions: found 'orders-db'",
        "write a list of names or ids of other instances",
    ),
    (
        '["orders-db"]',
        '["order-db"]',
        "instance[0] (orders-cache).companions[0]: found 'order-db'",
        "write 'orders-db'; allowed is the name or id of another instance of this policy",
    ),
    (
        '["orders-db"]',
        '["orders-db", "x"]',
        "instance[0] (orders-cache).companions[1]: found 'x'",
        A_COMPANION,
    ),
    (
        '["orders-db"]',
        '["orders-cache"]',
        "instance[0] (orders-cache).companions[0]: found 'orders-cache'",
        "write 'orders-db'; allowed is the name or id of another instance of this policy",
    ),
    (
        '["orders-db"]',
        f'["{REDIS}"]',
        f"instance[0] (orders-cache).companions[0]: found '{REDIS}'",
        A_COMPANION,
    ),
    (
        "drill      = false",
        'known_as = "n"',
        "instance[0] (orders-cache).known_as: found 'n'",
        "write a list of names, each a string",
    ),
    (
        "drill      = false",
        'known_as = [""]',
        "instance[0] (orders-cache).known_as[0]: found ''",
        "write a list of names, each a string",
    ),
    (
        "drill      = false",
        'known_as = ["a", "orders-db"]',
        "instance[0] (orders-cache).known_as[1]: found 'orders-db' twice",
        "write a different known_as for every instance",
    ),
    (
        '"arn:aws:lambda:eu',
        '"eu',
        (
            "instance[0] (orders-cache).validate: found"
            " 'eu-west-1:111122223333:function:check-orders:live'"
        ),
        "write the ARN of a Lambda function",
    ),
    (
        "drill      = false",
        'drill = "no"',
        "instance[0] (orders-cache).drill: found 'no'",
        "write copy, in-place or false",
    ),
    (
        "drill      = false",
        'auto_needs = "guess"',
        "instance[0] (orders-cache).auto_needs: found 'guess'",
        "write datapoint, evaluation-start or any",
    ),
    (
        "drill      = false",
        'on_clear = "drop"',
        "instance[0] (orders-cache).on_clear: found 'drop'",
        "write keep or cancel",
    ),
    (
        "drill      = false",
        f'range = "{RDS}"',
        f"instance[0] (orders-cache).range: found '{RDS}'",
        'write "rds:" and the id of an RDS instance',
    ),
    (
        "drill      = false",
        f'range = "rds:{REDIS}"',
        f"instance[0] (orders-cache).range: found 'rds:{REDIS}'",
        'write "rds:" and the id of an RDS instance',
    ),
    (
        "max_lag",
        "max_lagg",
        "instance[0] (orders-cache).objective: found an unknown key 'max_lagg'",
        "write 'max_lag'; allowed is one of max_lag, min_coverage, max_gap",
    ),
    (
        'cloud      = "prod"',
        'cloud = "prd"',
        "instance[0] (orders-cache).cloud: found 'prd'",
        "write 'prod'; allowed is one of prod",
    ),
    (
        "[cloud.prod]",
        "[cloud.test]",
        "instance[0] (orders-cache).cloud: found 'prod'",
        "write one of test",
    ),
    (
        'service = "rds"',
        'service = "rds"\nmode = "auto"',
        "instance[1] (orders-db).mode: found 'auto' on an RDS instance",
        'write observe or propose, or recover = "copy": RDS is not restored in place',
    ),
    (
        '= "propose"',
        '= "auto"',
        "instance[1] (orders-db).mode: found 'auto' on an RDS instance",
        'write observe or propose, or recover = "copy": RDS is not restored in place',
    ),
    (
        'service = "rds"',
        'service = "rds"\nrecover = "in-place"',
        "instance[1] (orders-db).recover: found 'in-place' with service rds",
        'write "copy" for rds',
    ),
    (
        'service    = "geminidb-redis"',
        'service = "geminidb-redis"\nrecover = "copy"\ncopy = { security_group_id = "sg-1" }',
        "instance[0] (orders-cache).recover: found 'copy' with service geminidb-redis",
        'write "in-place" for geminidb-redis',
    ),
    (
        'service = "rds"',
        'service = "rds"\nrecover = "copy"',
        "instance[1] (orders-db).copy: it is missing",
        'write copy = { security_group_id = "…" }: who may connect to a copy',
    ),
    (
        'service = "rds"',
        'service = "rds"\ncopy = { security_group_id = "sg-1" }',
        "instance[1] (orders-db).copy: found a table",
        'write recover or drill = "copy" beside it, or no copy',
    ),
    (
        'service = "rds"',
        'service = "rds"\nrecover = "copy"\ncopy = {security_group_id="s", zones=["a","b","c"]}',
        "instance[1] (orders-db).copy.zones: found 3",
        "write one zone, or two for an instance with a standby",
    ),
    (
        'service = "rds"',
        f'service = "rds"\nrange = "rds:{RDS}"',
        f"instance[1] (orders-db).range: found 'rds:{RDS}'",
        "write no range: it is for Redis only",
    ),
]


@pytest.mark.parametrize(("old", "new", "found", "right"), BAD)
def test_a_bad_policy_names_the_place_what_was_found_and_what_would_be_right(
    old: str, new: str, found: str, right: str
) -> None:
    error = refused(changed(old, new))

    assert (error.message, error.hint) == (f"policy, {found}", right)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[[instance]]\nid    ", "[instance]\nid    ", 36),
        ("max_per_day = 3", "max_per_day = three", 22),
        ("max_per_day = 3", "max_per_day = 3\nmax_per_day = 4", 23),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(old: str, new: str, line: int) -> None:
    error = refused(changed(old, new))

    assert error.message.startswith("the policy is not TOML: ")
    assert f"(at line {line}, column " in error.message
    assert error.hint == "correct that line"


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
