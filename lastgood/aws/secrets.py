"""Secrets from Secrets Manager; apart from the environment there is no other source."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from lastgood.ports import CredentialsError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def read_secret(client: SecretsManagerClient, name: str) -> dict[str, str]:
    """Read a secret, a JSON object of strings, as named values; a bare string is a `token`.

    Raises:
        CredentialsError: it cannot be read. The message never holds any of it.
    """
    # At DEBUG the SDK logs the body of every response, which here is the secret.
    logging.getLogger("botocore.parsers").setLevel(logging.INFO)
    try:
        text = client.get_secret_value(SecretId=name).get("SecretString", "")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        hint = "check the secret's name, and allow secretsmanager:GetSecretValue on it"
        raise CredentialsError(f"the secret {name} cannot be read: {code}", hint) from None
    except BotoCoreError as error:
        why = type(error).__name__
        hint = "check the AWS region, credentials and network"
        raise CredentialsError(f"the secret {name} cannot be read: {why}", hint) from None
    return _values(name, text)


def _values(name: str, text: str) -> dict[str, str]:
    if not text.lstrip().startswith(("{", "[", '"')):
        return {"token": text}
    try:
        document = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        hint = 'store {"token": "…"}, or the bare token'
        raise CredentialsError(f"the secret {name} is not a JSON object", hint) from None
    return {key: value for key, value in document.items() if isinstance(value, str)}
