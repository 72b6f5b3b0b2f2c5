"""Secrets from Secrets Manager; besides the environment they come from nowhere else."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastgood.ports import CredentialsError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretsManager:
    """A secret is a JSON object of strings, or a bare token."""

    def __init__(self, client: SecretsManagerClient) -> None:
        self._client = client
        # At DEBUG the SDK logs the body of every answer, and here that is the secret.
        logging.getLogger("botocore.parsers").setLevel(logging.INFO)

    def __call__(self, name: str) -> dict[str, str]:
        """Read a secret as named values; a bare string is a `token`.

        Raises:
            CredentialsError: it cannot be read. The message never holds any of it.
        """
        try:
            text = self._client.get_secret_value(SecretId=name).get("SecretString", "")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            hint = "check its name, and secretsmanager:GetSecretValue of this function's role"
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
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        hint = 'store {"token": "…"}, or the bare token'
        raise CredentialsError(f"the secret {name} is not a JSON object", hint)
    return {key: value for key, value in document.items() if isinstance(value, str)}
