"""Credentials as `httpx.Auth`: they sign the request and show themselves nowhere else.

The seam for every kind: a source gives named values, `authenticator` makes the Auth that fits
them. For now that is a token; access keys come with request signing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

import httpx

from lastgood.ports import CloudError

SecretReader = Callable[[str], Mapping[str, str]]
"""Reads a secret by its name, as named values such as `token`."""


class CredentialsError(CloudError):
    """Credentials that are missing or cannot be used; the message never holds a part of them."""

    code = "credentials"


class TokenAuth(httpx.Auth):
    """Sends a user token in `X-Auth-Token`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the header; called by httpx once a request."""
        request.headers["X-Auth-Token"] = self._token
        yield request

    def __repr__(self) -> str:
        return "TokenAuth(…)"


def authenticator(
    source: str, environment: Mapping[str, str], read_secret: SecretReader
) -> httpx.Auth:
    """Make the Auth for the `credentials` of a cloud in the policy.

    Args:
        source: `env:PREFIX` (PREFIX_TOKEN is read) or `secretsmanager:NAME`.
        environment: the process's environment.
        read_secret: reads a secret by name.

    Raises:
        CredentialsError: there are none, or of a kind that is not supported.
    """
    kind, _, name = source.partition(":")
    if kind == "env":
        values: Mapping[str, str] = _from_environment(name, environment)
        where = f"the environment variables {name}_…"
    else:
        values, where = read_secret(name), f"the secret {name}"
    token = values.get("token", "").strip()
    if not token:
        raise CredentialsError(f"{where} hold no token", _expected(kind, name))
    if not token.isascii() or not token.isprintable():
        raise CredentialsError(f"{where} hold a token that no header can carry", "copy it anew")
    return TokenAuth(token)


def _from_environment(prefix: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a prefix, by what follows it: PREFIX_TOKEN is `token`."""
    start = f"{prefix}_"
    return {k.removeprefix(start).lower(): v for k, v in environment.items() if k.startswith(start)}


def _expected(kind: str, name: str) -> str:
    if kind == "env":
        return f"set {name}_TOKEN"
    return f'store {{"token": "…"}} as the secret {name}'
