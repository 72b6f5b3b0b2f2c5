"""What every Vault must keep: run against the fake and against Secrets Manager (moto's server)."""

from __future__ import annotations

import json
import logging
import traceback
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lastgood.aws.vault import LENGTH, SecretsVault, make_password
from lastgood.domain.copies import name_of, secret_of
from lastgood.ports import Vault, VaultError
from sandbox.aws.account import REGION, AwsSandbox
from tests.support.fakes import FakeVault

CANARY = "Aa1_canary-password-4711"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def secrets(aws: AwsSandbox) -> Any:
    return aws.client("secretsmanager")


@pytest.fixture(params=["fake", "secretsmanager"])
def vault(request: pytest.FixtureRequest) -> Vault:
    if request.param == "fake":
        return FakeVault()
    return SecretsVault(request.getfixturevalue("secrets"))


@pytest.fixture
def name() -> str:
    return secret_of(name_of(f"inc-{uuid.uuid4().hex[:16]}", uuid.uuid4().hex))


def test_a_password_is_the_same_at_every_attempt(vault: Vault, name: str) -> None:
    assert vault.password(name) == vault.password(name)


def test_each_name_has_a_password_of_its_own(vault: Vault, name: str) -> None:
    assert vault.password(name) != vault.password(f"{name}-2")


def test_a_password_that_was_forgotten_by_mistake_comes_back(vault: Vault, name: str) -> None:
    kept = vault.password(name)
    vault.forget(name)

    assert vault.password(name) == kept
    assert vault.password(name) == kept


def test_forgetting_twice_or_what_was_never_kept_does_no_harm(vault: Vault, name: str) -> None:
    vault.forget(name)
    vault.password(name)

    vault.forget(name)
    vault.forget(name)


# What is kept


def test_only_the_password_is_kept_because_its_user_differs_by_engine(
    secrets: Any, name: str
) -> None:
    kept = SecretsVault(secrets).password(name)

    text = secrets.get_secret_value(SecretId=name)["SecretString"]
    assert json.loads(text) == {"password": kept}


def test_what_was_forgotten_can_be_had_back_for_a_week(secrets: Any, name: str) -> None:
    vault = SecretsVault(secrets)
    vault.password(name)

    vault.forget(name)

    told = secrets.describe_secret(SecretId=name)
    assert (told["DeletedDate"] - told["CreatedDate"]).days in {6, 7}
    with pytest.raises(ClientError, match="InvalidRequestException"):
        secrets.get_secret_value(SecretId=name)


def test_a_password_that_somebody_changed_is_the_one(secrets: Any, name: str) -> None:
    vault = SecretsVault(secrets)
    vault.password(name)
    text = json.dumps({"username": "root", "password": CANARY})
    secrets.put_secret_value(SecretId=name, SecretString=text)

    assert vault.password(name) == CANARY


def test_every_engine_takes_every_password() -> None:
    made = {make_password() for _ in range(500)}

    assert len(made) == 500
    for password in made:
        assert len(password) == LENGTH
        assert password[0].isalpha()
        assert set("_-^") & set(password)
        assert any(each.isdigit() for each in password)
        assert any(each.islower() for each in password)
        assert any(each.isupper() for each in password)
        assert all(each.isascii() and (each.isalnum() or each in "_-^") for each in password)


# What goes wrong


def told(error: VaultError) -> str:
    assert error.hint
    assert "\n" not in error.message + error.hint
    assert CANARY not in "".join(traceback.format_exception(error))
    return error.message


@pytest.mark.parametrize(
    "text", [CANARY, f'"{CANARY}"', f'["{CANARY}"]', f'{{"root": "{CANARY}"}}', '{"password": 7}']
)
def test_a_secret_that_holds_no_password_is_an_error_that_shows_none_of_it(
    secrets: Any, name: str, text: str
) -> None:
    secrets.create_secret(Name=name, SecretString=text)

    with pytest.raises(VaultError) as caught:
        SecretsVault(secrets).password(name)

    assert name in told(caught.value)


class Refusing:
    """Secrets Manager that refuses one kind of request, and quotes it."""

    def __init__(self, client: Any, operation: str, code: str) -> None:
        self._client = client
        self._operation = operation
        self._code = code

    def __getattr__(self, operation: str) -> Any:
        if operation != self._operation:
            return getattr(self._client, operation)

        def refuse(**asked: Any) -> None:
            error = {"Error": {"Code": self._code, "Message": f"No: {asked}"}}
            raise ClientError(error, operation)  # type: ignore[arg-type]  # it has more keys

        return refuse


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServiceError", ""])
@pytest.mark.parametrize("operation", ["create_secret", "get_secret_value", "restore_secret"])
def test_a_password_that_is_not_kept_is_an_error_without_the_password(
    secrets: Any, name: str, operation: str, code: str
) -> None:
    if operation != "create_secret":
        SecretsVault(secrets).password(name)
    if operation == "restore_secret":
        secrets.delete_secret(SecretId=name)
    refusing: Any = Refusing(secrets, operation, code)

    with pytest.raises(VaultError) as caught:
        SecretsVault(refusing, lambda: CANARY).password(name)

    assert told(caught.value).endswith(f": {code}")


def test_a_password_that_is_not_removed_is_an_error(secrets: Any, name: str) -> None:
    SecretsVault(secrets).password(name)
    refusing: Any = Refusing(secrets, "delete_secret", "AccessDeniedException")

    with pytest.raises(VaultError, match="AccessDeniedException"):
        SecretsVault(refusing).forget(name)


@pytest.mark.parametrize(
    "call", [lambda vault: vault.password("x"), lambda vault: vault.forget("x")]
)
def test_a_secrets_manager_that_cannot_be_reached_is_an_error(
    call: Callable[[Vault], object],
) -> None:
    client = boto3.client(
        "secretsmanager",
        region_name=REGION,
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )

    with pytest.raises(VaultError) as caught:
        call(SecretsVault(client, lambda: CANARY))

    assert "EndpointConnectionError" in told(caught.value)
    client.close()


def test_keeping_and_reading_logs_no_password(
    secrets: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for logger in ("botocore", "boto3", "urllib3"):
        caplog.set_level(logging.DEBUG, logger=logger)
    vault = SecretsVault(secrets, lambda: CANARY)

    assert vault.password(name) == vault.password(name) == CANARY
    vault.forget(name)

    assert "botocore" in {record.name.partition(".")[0] for record in caplog.records}
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert CANARY not in logged
