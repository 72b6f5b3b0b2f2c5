from __future__ import annotations

import traceback
from collections.abc import Mapping

import httpx
import pytest

from lastgood.huawei.credentials import CredentialsError, TokenAuth, authenticator
from lastgood.ports import CloudError

CANARY = "MIIF-canary-token"


def no_secret(name: str) -> Mapping[str, str]:
    raise AssertionError(f"nobody was to read {name}")


def from_environment(source: str = "env:LASTGOOD_PROD", **environment: str) -> httpx.Auth:
    return authenticator(source, environment, no_secret)


def from_secret(**values: str) -> httpx.Auth:
    return authenticator("secretsmanager:lastgood/prod", {}, lambda _: values)


def sent(auth: httpx.Auth) -> httpx.Headers:
    """What goes out with a request."""
    request = httpx.Request("GET", "https://gaussdb-nosql.invalid/v3/x/instances")
    return next(auth.auth_flow(request)).headers


def refused(error: pytest.ExceptionInfo[CredentialsError]) -> str:
    """What a person is told, checked to hold no part of a secret."""
    shown = "".join(traceback.format_exception(error.value))
    assert CANARY not in shown
    assert CANARY not in f"{error.value!r} {error.value} {error.value.hint}"
    assert error.value.hint
    return error.value.message


def test_a_token_of_the_environment_travels_in_its_header_and_in_no_other() -> None:
    headers = sent(from_environment(LASTGOOD_PROD_TOKEN=CANARY))

    assert headers["X-Auth-Token"] == CANARY
    assert "Authorization" not in headers
    assert str(headers.raw).count(CANARY) == 1


def test_a_token_of_a_secret_travels_the_same_way() -> None:
    assert sent(from_secret(token=CANARY))["X-Auth-Token"] == CANARY


def test_the_secret_of_the_name_in_the_policy_is_read_once() -> None:
    names: list[str] = []

    def read(name: str) -> Mapping[str, str]:
        names.append(name)
        return {"token": CANARY}

    auth = authenticator("secretsmanager:lastgood/prod:eu", {}, read)
    sent(auth)
    sent(auth)

    assert names == ["lastgood/prod:eu"]


def test_each_request_carries_the_token_once() -> None:
    auth = from_environment(LASTGOOD_PROD_TOKEN=CANARY)
    request = httpx.Request("GET", "https://x.invalid", headers={"X-Auth-Token": "another"})

    (only,) = auth.auth_flow(request)

    assert only.headers.get_list("X-Auth-Token") == [CANARY]


@pytest.mark.parametrize("text", [f" {CANARY}", f"{CANARY}\n", f"\t{CANARY}\r\n"])
def test_space_around_a_token_is_none_of_it(text: str) -> None:
    assert sent(from_environment(LASTGOOD_PROD_TOKEN=text))["X-Auth-Token"] == CANARY


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
    ],
)
def test_a_missing_variable_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(CredentialsError) as caught:
        from_environment(**environment)

    assert "LASTGOOD_PROD_" in refused(caught)
    assert "set LASTGOOD_PROD_TOKEN" in caught.value.hint


@pytest.mark.parametrize("values", [{}, {"token": ""}, {"password": CANARY}, {"TOKEN": CANARY}])
def test_a_secret_without_a_token_is_named(values: dict[str, str]) -> None:
    with pytest.raises(CredentialsError) as caught:
        from_secret(**values)

    assert "lastgood/prod" in refused(caught)
    assert "lastgood/prod" in caught.value.hint


@pytest.mark.parametrize(
    "token",
    [f"{CANARY}\nX-Evil: 1", f"{CANARY}\x00", f"{CANARY}é", f"a\t{CANARY}"],
)
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        from_secret(token=token)

    assert "header" in refused(caught)


def test_missing_credentials_are_an_error_of_the_cloud() -> None:
    with pytest.raises(CloudError) as caught:
        from_environment()

    assert caught.value.code == "credentials"


def test_a_token_shows_itself_nowhere() -> None:
    auth = TokenAuth(CANARY)
    client = httpx.Client(auth=auth)

    for shown in (f"{auth} {auth!r}", repr(client), str([auth]), repr({"auth": auth})):
        assert CANARY not in shown
    client.close()
