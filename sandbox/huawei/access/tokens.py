"""The tokens that the gateway accepts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sandbox.huawei.access.callers import Caller
from sandbox.huawei.wire.answers import gateway_error

__all__ = ["Tokens"]


@dataclass(frozen=True, slots=True)
class _Token:
    caller: Caller
    expires_at: datetime | None


class Tokens:
    """Tokens and their callers; one without an expiry is valid until it is revoked."""

    def __init__(self) -> None:
        self._tokens: dict[str, _Token] = {}

    def add(self, token: str, caller: Caller, expires_at: datetime | None = None) -> None:
        """Accept a token."""
        self._tokens[token] = _Token(caller, expires_at)

    def remove(self, token: str) -> None:
        """Revoke a token."""
        self._tokens.pop(token, None)

    def keep_only(self, token: str) -> None:
        """Revoke every other token."""
        self._tokens = {kept: known for kept, known in self._tokens.items() if kept == token}

    def caller(self, token: str, now: datetime) -> Caller:
        """Return the caller of a token.

        Raises AnswerError for a token that has expired, was revoked or never existed.
        """
        known = self._tokens.get(token)
        if known is None or (known.expires_at is not None and now >= known.expires_at):
            raise gateway_error(401, "APIGW.0307", "The token must be updated.")
        return known.caller
