from __future__ import annotations

import traceback
from collections.abc import Mapping

import pytest

from lastgood.huawei.credentials import (
    AccessKey,
    Credentials,
    Password,
    Token,
    read_credentials,
)
from lastgood.ports import CloudError, CredentialsError

CANARY = "MIIF-canary-token"
KINDS: list[tuple[dict[str, str], Credentials]] = [
    ({"token": CANARY}, Token(CANARY)),
    ({"access_key": "AK", "secret_key": CANARY}, AccessKey("AK", CANARY)),
    (
        {"access_key": "AK", "secret_key": CANARY, "security_token": "ST"},
        AccessKey("AK", CANARY, "ST"),
    ),
    ({"domain": "d", "user": "u", "password": CANARY}, Password("d", "u", CANARY)),
]
each_kind = pytest.mark.parametrize(("values", "credentials"), KINDS)


def no_secret(name: str) -> Mapping[str, str]:
    raise AssertionError(f"nobody was to read {name}")


def from_environment(source: str = "env:LASTGOOD_PROD", **environment: str) -> Credentials:
    return read_credentials(source, environment, no_secret)


def from_secret(**values: str) -> Credentials:
    return read_credentials("secretsmanager:lastgood/prod", {}, lambda _: values)


def refused(error: pytest.ExceptionInfo[CredentialsError]) -> str:
    """What a person is told, checked to hold no part of a secret."""
    shown = "".join(traceback.format_exception(error.value))
    assert CANARY not in shown
    assert CANARY not in f"{error.value!r} {error.value} {error.value.hint}"
    assert error.value.hint
    return error.value.message


@each_kind
def test_the_kind_is_told_by_the_keys_of_a_secret(
    values: dict[str, str], credentials: Credentials
) -> None:
    assert from_secret(**values) == credentials


@each_kind
def test_the_kind_is_told_by_the_variables_of_a_prefix(
    values: dict[str, str], credentials: Credentials
) -> None:
    named = {f"LASTGOOD_PROD_{name.upper()}": value for name, value in values.items()}

    assert from_environment(**named) == credentials


@each_kind
def test_space_around_a_value_is_none_of_it(
    values: dict[str, str], credentials: Credentials
) -> None:
    assert from_secret(**{name: f" {value}\r\n" for name, value in values.items()}) == credentials


@each_kind
def test_credentials_show_themselves_nowhere(
    values: dict[str, str], credentials: Credentials
) -> None:
    del values

    for shown in (str(credentials), repr(credentials), repr([credentials]), f"{credentials}"):
        assert CANARY not in shown


def test_what_else_is_in_a_secret_is_left_alone() -> None:
    assert from_secret(token=CANARY, description="of the day") == Token(CANARY)


def test_the_secret_of_the_name_in_the_policy_is_read_once() -> None:
    names: list[str] = []

    def read(name: str) -> Mapping[str, str]:
        names.append(name)
        return {"token": CANARY}

    read_credentials("secretsmanager:lastgood/prod:eu", {}, read)

    assert names == ["lastgood/prod:eu"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"LASTGOOD_PROD_TOKEN": ""},
        {"LASTGOOD_PROD_TOKEN": " \n"},
        {"LASTGOOD_PRODTOKEN": CANARY},
        {"LASTGOOD_PROD_EU_TOKEN": CANARY},
        {"TOKEN": CANARY},
        {"LASTGOOD_PROD": CANARY},
        {"LASTGOOD_PROD_SECURITY_TOKEN": CANARY},
    ],
)
def test_missing_variables_are_named(environment: dict[str, str]) -> None:
    with pytest.raises(CredentialsError) as caught:
        from_environment(**environment)

    assert "LASTGOOD_PROD_" in refused(caught)
    assert "set LASTGOOD_PROD_ACCESS_KEY and LASTGOOD_PROD_SECRET_KEY" in caught.value.hint


@pytest.mark.parametrize("values", [{}, {"token": ""}, {"pass": CANARY}, {"TOKEN": CANARY}])
def test_a_secret_without_credentials_is_named(values: dict[str, str]) -> None:
    with pytest.raises(CredentialsError) as caught:
        from_secret(**values)

    assert "the secret lastgood/prod holds no credentials" in refused(caught)
    assert "lastgood/prod" in caught.value.hint


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({"access_key": "AK"}, "secret_key"),
        ({"secret_key": CANARY}, "access_key"),
        ({"secret_key": CANARY, "security_token": CANARY}, "access_key"),
        ({"user": "u", "password": CANARY}, "domain"),
        ({"password": CANARY}, "domain and user"),
    ],
)
def test_what_is_missing_of_a_kind_is_named(values: dict[str, str], missing: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        from_secret(**values)

    assert refused(caught).endswith(f"holds no {missing}")


def test_two_kinds_at_once_are_refused_because_nobody_can_say_which_is_meant() -> None:
    with pytest.raises(CredentialsError) as caught:
        from_secret(token=CANARY, access_key="AK", secret_key=CANARY)

    assert "an access key and a token" in refused(caught)


@pytest.mark.parametrize(
    "token",
    [f"{CANARY}\nX-Evil: 1", f"{CANARY}\x00", f"{CANARY}é", f"a\t{CANARY}", f"a {CANARY}"],
)
@pytest.mark.parametrize("name", ["token", "access_key", "security_token"])
def test_what_no_header_can_carry_is_refused_without_being_shown(name: str, token: str) -> None:
    others = {} if name == "token" else {"access_key": "AK", "secret_key": "SK"}

    with pytest.raises(CredentialsError) as caught:
        from_secret(**(others | {name: token}))

    assert "header" in refused(caught)


def test_missing_credentials_are_an_error_of_the_cloud() -> None:
    with pytest.raises(CloudError) as caught:
        from_environment()

    assert caught.value.code == "credentials"
