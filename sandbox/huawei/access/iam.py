"""IAM: the operation that issues a token for a password (docs/facts/huawei.md "Operations")."""

from __future__ import annotations

import base64
import hmac
import secrets
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from sandbox.huawei.access.callers import Caller
from sandbox.huawei.access.tokens import Tokens
from sandbox.huawei.wire.answers import Answer, Call, identity_error

__all__ = ["Iam", "Project"]

_LIFE = timedelta(hours=24)

# Real tokens are several KB long, which is too much for some header and log limits.
_TOKEN_BYTES = 3000

_Name = Annotated[str, msgspec.Meta(min_length=1)]


class _Domain(msgspec.Struct, frozen=True):
    name: _Name


class _LoginUser(msgspec.Struct, frozen=True):
    domain: _Domain
    name: _Name
    password: _Name


class _Password(msgspec.Struct, frozen=True):
    user: _LoginUser


class _Identity(msgspec.Struct, frozen=True):
    methods: Annotated[list[Literal["password"]], msgspec.Meta(min_length=1, max_length=1)]
    password: _Password


class _ProjectReference(msgspec.Struct, frozen=True):
    id: _Name | None = None
    name: _Name | None = None


class _Scope(msgspec.Struct, frozen=True):
    project: _ProjectReference


class _Auth(msgspec.Struct, frozen=True):
    identity: _Identity
    scope: _Scope


class _Login(msgspec.Struct, frozen=True):
    auth: _Auth


@dataclass(frozen=True, slots=True)
class Project:
    """A project: its id, and its name, which is that of its region."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class _User:
    domain: str
    caller: Caller
    password: str = field(repr=False)
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    domain_id: str = field(default_factory=lambda: uuid.uuid4().hex)


class Iam:
    """The IAM service: users and logins. `now` returns IAM's own time."""

    def __init__(self, project: Project, tokens: Tokens, now: Callable[[], datetime]) -> None:
        self._project = project
        self._tokens = tokens
        self._users: dict[tuple[str, str], _User] = {}
        self._now = now

    def add_user(
        self, domain: str, name: str, password: str, actions: Collection[str] | None
    ) -> None:
        """Add a user of a domain (an account); adding the same user again replaces it."""
        self._users[domain, name] = _User(domain, Caller(name, actions), password)

    def token(self, call: Call, _: datetime) -> Answer:
        """Answer 201 with a token for the project in a header; the body says when it expires."""
        login = _read(call.body).auth
        user = self._user(login.identity.password.user)
        if login.scope.project not in self._project_references():
            raise identity_error(
                401, "Could not find the project, or the user has no access to it."
            )
        issued_at = self._now()
        expires_at = issued_at + _LIFE
        token = _make_token()
        self._tokens.add(token, user.caller, expires_at)
        document = {"token": self._describe(user, issued_at, expires_at)}
        if not call.query.get("nocatalog"):
            document["token"]["catalog"] = []
        return Answer.json(201, document, {"X-Subject-Token": token})

    def _user(self, login: _LoginUser) -> _User:
        user = self._users.get((login.domain.name, login.name))
        password = "" if user is None else user.password
        if user is None or not hmac.compare_digest(password.encode(), login.password.encode()):
            raise identity_error(401, "The username or password is wrong.")
        return user

    def _project_references(self) -> tuple[_ProjectReference, ...]:
        here = self._project
        return (
            _ProjectReference(id=here.id),
            _ProjectReference(name=here.name),
            _ProjectReference(id=here.id, name=here.name),
        )

    def _describe(self, user: _User, issued_at: datetime, expires_at: datetime) -> dict[str, Any]:
        domain = {"id": user.domain_id, "name": user.domain}
        return {
            "methods": ["password"],
            "issued_at": _print(issued_at),
            "expires_at": _print(expires_at),
            "project": {"id": self._project.id, "name": self._project.name, "domain": domain},
            "user": {
                "id": user.id,
                "name": user.caller.name,
                "domain": domain,
                "password_expires_at": "",
            },
            "roles": [{"id": "0", "name": "sandbox_role"}],
        }


def _read(body: bytes) -> _Login:
    try:
        return msgspec.json.decode(body, type=_Login)
    except (msgspec.MsgspecError, UnicodeDecodeError) as unreadable:
        raise identity_error(400, "Request body is invalid.") from unreadable


def _make_token() -> str:
    return "MII" + base64.b64encode(secrets.token_bytes(_TOKEN_BYTES), b"-+").decode()


def _print(moment: datetime) -> str:
    """Print a moment as IAM does, `2026-01-03T09:05:22.701000Z`: milliseconds in six digits."""
    milliseconds = moment.microsecond // 1000 * 1000
    return moment.replace(microsecond=milliseconds).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
