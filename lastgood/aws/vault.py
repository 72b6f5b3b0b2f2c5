"""The Vault port on Secrets Manager: a secret for each copy, with its administrator's password.

No user stands in it, because each engine calls its administrator otherwise.
"""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from lastgood.ports import VaultError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LENGTH = 24
SPECIAL = "_-^"
"""Taken by every engine (docs/facts/rds.md A1), and by a shell and a URL without much ado."""
CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SPECIAL)

RECOVERY_DAYS = 7
"""The least: what was forgotten by mistake can be had back for so long."""

EXISTS, NOT_THERE = "ResourceExistsException", "ResourceNotFoundException"
BEING_DELETED = "InvalidRequestException"
"""Told of any state that forbids a request; of a secret that is ours there is no other."""

HINT = "allow Secrets Manager on lastgood/copies/*, as the stack does, and check the AWS region"


def make_password() -> str:
    """A random password that every engine takes: it has all four classes, a letter first."""
    while True:
        rest = "".join(secrets.choice("".join(CLASSES)) for _ in range(LENGTH - 1))
        password = secrets.choice(string.ascii_letters) + rest
        if all(set(password) & set(each) for each in CLASSES):
            return password


class SecretsVault:
    """Keeps each password as a secret of its own, for people to read."""

    def __init__(
        self, client: SecretsManagerClient, make: Callable[[], str] = make_password
    ) -> None:
        # At DEBUG the SDK logs the body of every request and response, which here is the secret.
        for logger in ("botocore.endpoint", "botocore.parsers"):
            logging.getLogger(logger).setLevel(logging.INFO)
        self._client = client
        self._make = make

    def password(self, name: str) -> str:
        """The password of this name: the same at every attempt, even after it was forgotten.

        Raises:
            VaultError: it was not kept, or may not have been.
        """
        try:
            return self._made(name)
        except (BotoCoreError, ClientError) as error:
            if _code(error) not in {EXISTS, BEING_DELETED}:
                raise _failed(name, error) from None
        try:
            return self._kept(name)
        except (BotoCoreError, ClientError) as error:
            raise _failed(name, error) from None

    def forget(self, name: str) -> None:
        """Delete the secret of this name, if there is one; it can be had back for some days.

        Raises:
            VaultError: it was not removed, or may not have been.
        """
        try:
            self._client.delete_secret(SecretId=name, RecoveryWindowInDays=RECOVERY_DAYS)
        except (BotoCoreError, ClientError) as error:
            if _code(error) not in {NOT_THERE, BEING_DELETED}:
                raise _failed(name, error) from None

    def _made(self, name: str) -> str:
        password = self._make()
        self._client.create_secret(
            Name=name,
            Description="The password of the administrator of a copy that lastgood made",
            SecretString=msgspec.json.encode({"password": password}).decode(),
        )
        return password

    def _kept(self, name: str) -> str:
        text = self._read(name)
        try:
            return msgspec.json.decode(text, type=dict[str, str])["password"]
        except (msgspec.DecodeError, KeyError):
            hint = f"remove the secret {name}: lastgood did not write it"
            raise VaultError(f"the secret {name} holds no password", hint) from None

    def _read(self, name: str) -> str:
        try:
            return self._client.get_secret_value(SecretId=name).get("SecretString", "")
        except ClientError as error:
            if _code(error) != BEING_DELETED:
                raise
        self._client.restore_secret(SecretId=name)
        return self._client.get_secret_value(SecretId=name).get("SecretString", "")


def _code(error: BotoCoreError | ClientError) -> str:
    """The code of an error of the service; the name of the error where no answer came."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "no code")
    return type(error).__name__


def _failed(name: str, error: BotoCoreError | ClientError) -> VaultError:
    """The error to raise, without the text of the service's, which might quote the request."""
    return VaultError(f"the secret {name} is not kept as it should be: {_code(error)}", HINT)
