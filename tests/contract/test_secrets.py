"""Secrets from Secrets Manager (moto's server): a JSON object of strings, or a bare token."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from functools import partial

import boto3
import pytest
from botocore.config import Config

from lastgood.aws.secrets import read_secret
from lastgood.huawei.credentials import SecretReader
from lastgood.ports import CredentialsError
from sandbox.aws.account import REGION, AwsSandbox

CANARY = "MIIF-canary-token"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def secrets(aws: AwsSandbox) -> SecretReader:
    return partial(read_secret, aws.client("secretsmanager"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f'{{"token": "{CANARY}"}}', {"token": CANARY}),
        ('{"access_key": "AK", "secret_key": "SK"}', {"access_key": "AK", "secret_key": "SK"}),
        (f' {{ "token" : "{CANARY}" }}\n', {"token": CANARY}),
        ('{"token": "a", "expires": 7, "more": {"token": "b"}, "none": null}', {"token": "a"}),
        ("{}", {}),
        (CANARY, {"token": CANARY}),
        (f"{CANARY}\n", {"token": f"{CANARY}\n"}),
        ("4711", {"token": "4711"}),
        ("true", {"token": "true"}),
    ],
)
def test_a_secret_is_an_object_of_strings_or_a_bare_token(
    aws: AwsSandbox, secrets: SecretReader, text: str, values: dict[str, str]
) -> None:
    aws.put_secret("lastgood/prod", text)

    assert secrets("lastgood/prod") == values


def test_a_secret_that_was_changed_is_read_anew(aws: AwsSandbox, secrets: SecretReader) -> None:
    aws.put_secret("lastgood/prod", '{"token": "old"}')
    old = secrets("lastgood/prod")
    aws.put_secret("lastgood/prod", '{"token": "new"}')

    assert (old, secrets("lastgood/prod")) == ({"token": "old"}, {"token": "new"})


def test_a_secret_is_found_by_its_arn_as_well(aws: AwsSandbox, secrets: SecretReader) -> None:
    aws.put_secret("lastgood/prod", CANARY)
    arn = aws.client("secretsmanager").describe_secret(SecretId="lastgood/prod")["ARN"]

    assert secrets(arn) == {"token": CANARY}


def test_a_secret_of_bytes_holds_no_token(aws: AwsSandbox, secrets: SecretReader) -> None:
    aws.client("secretsmanager").create_secret(Name="bytes", SecretBinary=CANARY.encode())

    assert secrets("bytes") == {"token": ""}


def told(error: CredentialsError) -> str:
    assert "\n" not in error.message + error.hint
    assert CANARY not in "".join(traceback.format_exception(error))
    return error.message


@pytest.mark.parametrize("name", ["no/such/secret", "", "x" * 3000])
def test_a_secret_that_cannot_be_read_is_an_error_that_names_it(
    secrets: SecretReader, name: str
) -> None:
    with pytest.raises(CredentialsError) as caught:
        secrets(name)

    assert f"the secret {name} cannot be read" in told(caught.value)
    assert caught.value.hint


def test_a_secret_that_was_deleted_is_an_error(aws: AwsSandbox, secrets: SecretReader) -> None:
    aws.put_secret("deleted", json.dumps({"token": CANARY}))
    aws.client("secretsmanager").delete_secret(SecretId="deleted", RecoveryWindowInDays=7)

    with pytest.raises(CredentialsError) as caught:
        secrets("deleted")

    assert "InvalidRequestException" in told(caught.value)


def test_a_secrets_manager_that_cannot_be_reached_is_an_error() -> None:
    client = boto3.client(
        "secretsmanager",
        region_name=REGION,
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )

    with pytest.raises(CredentialsError) as caught:
        read_secret(client, "lastgood/prod")

    assert "EndpointConnectionError" in told(caught.value)
    client.close()
