"""Credentials: their kinds, where they are read from; none of them appears in a `repr`.

The kind follows from the names of the values that a source holds. Source: docs/facts/huawei.md
"Credentials", docs/reference/policy.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields

from lastgood.ports import CloudError, CredentialsError

SecretReader = Callable[[str], Mapping[str, str]]
"""Reads a secret by its name, as named values such as `token`."""


class _Secret:
    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


@dataclass(frozen=True, slots=True, repr=False)
class AccessKey(_Secret):
    """Signs requests, which is what Huawei Cloud recommends; temporary if it has a token."""

    access_key: str
    secret_key: str
    security_token: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Token(_Secret):
    """A token that was created elsewhere, valid for a day: for trials."""

    token: str


@dataclass(frozen=True, slots=True, repr=False)
class Password(_Secret):
    """A user of a domain, who gets tokens from IAM."""

    domain: str
    user: str
    password: str


Credentials = AccessKey | Token | Password

_KINDS: Mapping[type[Credentials], str] = {
    AccessKey: "an access key",
    Token: "a token",
    Password: "a password",
}


def read_credentials(
    source: str, environment: Mapping[str, str], read_secret: SecretReader
) -> Credentials:
    """Read the credentials that a cloud of the policy names.

    Args:
        source: `env:PREFIX` (PREFIX_ACCESS_KEY and so on are read) or `secretsmanager:NAME`.
        environment: the process's environment.
        read_secret: reads a secret by name.

    Raises:
        CredentialsError: there are none, or only a part of them, or of two kinds.
    """
    store, _, name = source.partition(":")
    if store == "env":
        start, where = f"{name}_", f"the environment variables {name}_… hold"
        values: Mapping[str, str] = {
            variable.removeprefix(start).lower(): value
            for variable, value in environment.items()
            if variable.startswith(start)
        }
        hint = f"set {name}_ACCESS_KEY and {name}_SECRET_KEY"
    else:
        values, where = read_secret(name), f"the secret {name} holds"
        hint = f'store {{"access_key": "…", "secret_key": "…"}} as the secret {name}'
    hint += "; docs/reference/credentials.md lists the other kinds"
    given = {name: value.strip() for name, value in values.items() if value.strip()}
    found = [kind for kind in _KINDS if _needed(kind) & given.keys()]
    if len(found) != 1:
        what = " and ".join(_KINDS[kind] for kind in found) or "no credentials"
        raise CredentialsError(f"{where} {what}", hint)
    if missing := _needed(found[0]) - given.keys():
        raise CredentialsError(f"{where} no {' and '.join(sorted(missing))}", hint)
    kept = {field.name: given[field.name] for field in fields(found[0]) if field.name in given}
    _check(kept, where)
    return found[0](**kept)


def _needed(kind: type[Credentials]) -> set[str]:
    return {field.name for field in fields(kind) if field.default is MISSING}


def _check(values: Mapping[str, str], where: str) -> None:
    """Reject what no header can carry; the HTTP library would quote it in its error."""
    for name in values.keys() & {"access_key", "security_token", "token"}:
        if not (values[name].isascii() and values[name].isprintable()) or " " in values[name]:
            raise CredentialsError(f"{where} a {name} that no header can carry", "copy it again")


def as_credentials_error(error: CloudError) -> CredentialsError:
    """The same error anew: one raised again and again keeps every stack that it went through."""
    return CredentialsError(error.message, error.hint, error.trouble, error.retry_after)
