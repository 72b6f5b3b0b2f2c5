"""Credentials: their kinds, where they are read from; none of them appears in a `repr`.

The kind follows from the names of the values that a source holds. Source: docs/facts/huawei.md
"Credentials", docs/reference/policy.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

from lastgood.ports import CredentialsError

SecretReader = Callable[[str], Mapping[str, str]]
"""Reads a secret by its name, as named values such as `token`."""


@dataclass(frozen=True, slots=True, repr=False)
class AccessKey:
    """Signs requests, which is what Huawei Cloud recommends; temporary if it has a token."""

    access_key: str
    secret_key: str
    security_token: str = ""

    def __repr__(self) -> str:
        return "AccessKey(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token that was created elsewhere, valid for a day: for trials."""

    token: str

    def __repr__(self) -> str:
        return "Token(…)"


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """A user of a domain, who gets tokens from IAM."""

    domain: str
    user: str
    password: str

    def __repr__(self) -> str:
        return "Password(…)"


Credentials = AccessKey | Token | Password

_KINDS: tuple[type[Credentials], ...] = (AccessKey, Token, Password)
_OPTIONAL = frozenset({"security_token"})


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
    kind, _, name = source.partition(":")
    if kind == "env":
        values = _from_environment(name, environment)
        where = f"the environment variables {name}_… hold"
    else:
        values = {key: value.strip() for key, value in read_secret(name).items()}
        where = f"the secret {name} holds"
    found = [kind for kind in _KINDS if _needed(kind) & _given(values)]
    if len(found) != 1:
        what = " and ".join(_named(kind) for kind in found) or "no credentials"
        raise CredentialsError(f"{where} {what}", _expected(source))
    if missing := _needed(found[0]) - _given(values):
        names = " and ".join(sorted(missing))
        raise CredentialsError(f"{where} no {names}", _expected(source))
    kept = {name: values[name] for name in _names(found[0]) if values.get(name)}
    _check(kept, where)
    return found[0](**kept)


def _from_environment(prefix: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a prefix, by what follows it: PREFIX_TOKEN is `token`."""
    start = f"{prefix}_"
    return {
        name.removeprefix(start).lower(): value.strip()
        for name, value in environment.items()
        if name.startswith(start)
    }


def _given(values: Mapping[str, str]) -> set[str]:
    return {name for name, value in values.items() if value}


def _names(kind: type[Credentials]) -> list[str]:
    return [field.name for field in fields(kind)]


def _needed(kind: type[Credentials]) -> set[str]:
    return set(_names(kind)) - _OPTIONAL


def _named(kind: type[Credentials]) -> str:
    names = {AccessKey: "an access key", Token: "a token", Password: "a password"}
    return names[kind]


def _check(values: Mapping[str, str], where: str) -> None:
    """Reject what no header can carry; the HTTP library would quote it in its error."""
    for name in values.keys() & {"access_key", "security_token", "token"}:
        if not (values[name].isascii() and values[name].isprintable()) or " " in values[name]:
            raise CredentialsError(f"{where} a {name} that no header can carry", "copy it again")


def _expected(source: str) -> str:
    kind, _, name = source.partition(":")
    if kind == "env":
        return (
            f"set {_list(f'{name}_{n.upper()}' for n in ('access_key', 'secret_key'))}; {_OR_ELSE}"
        )
    return f'store {{"access_key": "…", "secret_key": "…"}} as the secret {name}; {_OR_ELSE}'


_OR_ELSE = "docs/reference/credentials.md lists the other kinds"


def _list(names: Iterable[str]) -> str:
    return " and ".join(names)
