"""Tokens from IAM by password, kept for as long as they are valid.

Source: docs/facts/huawei.md "Credentials", "Operations".
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any

import httpx

from huawei_pitr import Client
from huawei_pitr.api.iam import create_project_token
from huawei_pitr.models import CreatedToken, PasswordLogin
from lastgood.domain import times
from lastgood.huawei.credentials import Password, as_credentials_error
from lastgood.huawei.retrying import Reply, fetch, value_of
from lastgood.ports import CloudError

WHAT = "a token by password"

MARGIN = timedelta(minutes=10)
"""A token is not used in its last minutes: a request may be on its way for a while."""
RENEWED_AT_MOST_EVERY = 60.0
"""Seconds. A token that is rejected when it is that young is not replaced by another."""


class PasswordProof:
    """Sends a token; logs in for one when there is none that is still valid."""

    def __init__(
        self,
        password: Password,
        project: str,
        iam: Client,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._password = password
        self._project = project
        self._iam = iam
        self._clock = clock
        self._lock = Lock()
        self._token = ""
        self._got_at = self._valid_until = 0.0

    def mark(self, request: httpx.Request) -> None:
        """Put the token on a request.

        Raises:
            CredentialsError: IAM gave none.
        """
        with self._lock:
            if not self._token or self._clock() >= self._valid_until:
                self._log_in()
            request.headers["X-Auth-Token"] = self._token

    def renew(self, rejected: httpx.Request) -> bool:
        """Forget the token of a rejected request, unless it is new."""
        with self._lock:
            if rejected.headers["X-Auth-Token"] != self._token:
                return True  # it has been replaced since
            old = self._clock() - self._got_at >= RENEWED_AT_MOST_EVERY
            if old:
                self._token = ""
            return old

    def secrets(self) -> tuple[str, ...]:
        """The password, and the token while there is one."""
        return (self._password.password, self._token)

    def _log_in(self) -> None:
        send = partial(
            create_project_token.sync_detailed,
            client=self._iam,
            body=self._body(),
            nocatalog="true",
        )
        try:
            token, life = value_of(WHAT, _token, fetch(WHAT, CreatedToken, send))
        except CloudError as error:
            raise as_credentials_error(error) from None
        self._token, self._got_at = token, self._clock()
        self._valid_until = self._got_at + max(life - MARGIN, life / 2).total_seconds()

    def _body(self) -> PasswordLogin:
        user = {
            "domain": {"name": self._password.domain},
            "name": self._password.user,
            "password": self._password.password,
        }
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"id": self._project}}
        return PasswordLogin.from_dict({"auth": {"identity": identity, "scope": scope}})


def _token(reply: Reply[CreatedToken]) -> tuple[str, timedelta]:
    """The token, and how long it is valid: by IAM's own clock where given, as ours may be wrong."""
    token = reply.headers.get("X-Subject-Token", "")
    if not (token and token.isascii() and token.isprintable()):
        raise ValueError("without a token")
    return token, _life(reply.model.to_dict()["token"])


def _life(fields: dict[str, Any]) -> timedelta:
    try:
        known = "issued_at" in fields
        issued = times.IAM.parse(fields["issued_at"]) if known else datetime.now(UTC)
        return times.IAM.parse(fields["expires_at"]) - issued
    except (ValueError, TypeError):  # which quote what they could not read, and it may be the token
        raise ValueError("a token whose dates cannot be read") from None
