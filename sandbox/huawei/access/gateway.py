"""The API gateway in front of both services: it authenticates a request by signature or token.

Error messages are those of the real gateway where they are public ("Common Errors Related to IAM
Authentication Information" in the vendor's signing guide, and what people quote in issues);
docs/reference/sandbox.md says which are not.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.huawei.access.callers import Caller
from sandbox.huawei.access.lockouts import Lockouts
from sandbox.huawei.access.signatures import ALGORITHM, Authorization, canonical_request, sign
from sandbox.huawei.access.tokens import Tokens
from sandbox.huawei.wire.answers import AnswerError, gateway_error
from sandbox.huawei.wire.records import RequestRecord

__all__ = ["Gateway"]

_TOLERATED_SKEW = timedelta(minutes=15)
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_DATE = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_ALWAYS_SIGNED = frozenset({"host", "x-sdk-date"})


@dataclass(frozen=True, slots=True)
class _AccessKey:
    caller: Caller
    secret_key: str = field(repr=False)
    security_token: str | None = field(repr=False)


class Gateway:
    """Access keys with their lockouts, and tokens. `now` returns the gateway's own time.

    Not thread-safe: a caller of `identify` holds the clock's lock.
    """

    def __init__(self, tokens: Tokens, now: Callable[[], datetime]) -> None:
        self.lockouts = Lockouts()
        self._tokens = tokens
        self._keys: dict[str, _AccessKey] = {}
        self._now = now

    def add_access_key(
        self,
        access_key: str,
        secret_key: str,
        security_token: str | None,
        actions: Collection[str] | None,
    ) -> None:
        """Accept requests signed with this key; with a security token it is a temporary key."""
        caller = Caller(access_key, actions)
        self._keys[access_key] = _AccessKey(caller, secret_key, security_token)

    @property
    def locked_keys(self) -> frozenset[str]:
        """The access keys that are locked now."""
        return self.lockouts.locked(self._now())

    def identify(self, request: RequestRecord) -> Caller:
        """Return the caller who sent a request.

        Only the signature of a signed request counts, even when it also brings a token. Raises
        AnswerError, always a 401.
        """
        authorization = request.headers.get("authorization", "")
        if authorization.startswith(ALGORITHM):
            return self._verify(request, Authorization.read(authorization))
        token = request.headers.get("x-auth-token")
        if token is None:
            raise _incorrect("x-auth-token not found")
        return self._tokens.caller(token, self._now())

    def _verify(self, request: RequestRecord, authorization: Authorization | None) -> Caller:
        if authorization is None:
            raise _incorrect("the Authorization header cannot be parsed")
        name = authorization.access_key
        key = self._keys.get(name)
        if key is None:
            raise _incorrect(f"Get secretKey failed,ak:{name},err:ak not exist")
        if name in self.locked_keys:
            raise _incorrect("AK access failed to reach the limit,forbidden.")
        try:
            self._check_date(request)
            _check_signature(request, authorization, key)
            _check_security_token(request, authorization, key)
        except AnswerError:
            self.lockouts.bad(name, self._now())
            raise
        self.lockouts.good(name)
        return key.caller

    def _check_date(self, request: RequestRecord) -> None:
        text = request.headers.get("x-sdk-date", "")
        date = _read_date(text)
        if date is None:
            raise _incorrect("x-sdk-date is missing or cannot be parsed")
        now = self._now()
        if abs(now - date) > _TOLERATED_SKEW:
            server = now.strftime(_DATE_FORMAT)
            raise _incorrect(f"signature expired, signature time:{text},server time:{server}")


def _read_date(text: str) -> datetime | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _check_signature(request: RequestRecord, authorization: Authorization, key: _AccessKey) -> None:
    signed = authorization.signed_headers
    if not set(signed).issuperset(_ALWAYS_SIGNED):
        raise _incorrect("host and x-sdk-date must be signed headers")
    if not set(signed).issubset(request.headers):
        raise _incorrect("a signed header is missing")
    canonical = canonical_request(
        request.method, request.target, request.headers, signed, request.body
    )
    expected = sign(key.secret_key, request.headers["x-sdk-date"], canonical)
    if not hmac.compare_digest(expected, authorization.signature):
        # The real gateway also shows the whole of it, so a client should not log this message.
        shown = canonical.replace("\n", "|")
        raise _incorrect(f"verify aksk signature fail, canonicalRequest:{shown}")


def _check_security_token(
    request: RequestRecord, authorization: Authorization, key: _AccessKey
) -> None:
    sent = request.headers.get("x-security-token")
    if sent != key.security_token:
        raise _incorrect("decrypt token fail")
    if sent is not None and "x-security-token" not in authorization.signed_headers:
        raise _incorrect("x-security-token must be a signed header")


def _incorrect(what: str) -> AnswerError:
    message = f"Incorrect IAM authentication information: {what}"
    return gateway_error(401, "APIGW.0301", message)
