"""Who is calling, as `httpx.Auth`: puts the proof on a request, and gives up when it is not taken.

More than five bad signatures in a row lock a key for five minutes, so after one answer that says
"nobody we know" nothing more is sent with these credentials for a while. Source: huawei-facts.md
"Credentials".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Protocol

import httpx

from lastgood.huawei import signing
from lastgood.huawei.credentials import AccessKey, CredentialsError
from lastgood.huawei.errors import Fault, read_fault

STOPPED_FOR = 90.0
"""Seconds; five bad signatures take longer like that than a key would be locked for."""

UNAUTHORIZED = 401


class Proof(Protocol):
    """How one kind of credentials shows who is calling."""

    def mark(self, request: httpx.Request) -> None:
        """Put the proof on a request."""

    def renew(self) -> bool:
        """Get a new proof, because this one has expired; False if there is none to be had."""

    def secrets(self) -> tuple[str, ...]:
        """What must not be found anywhere else."""


class SignedProof:
    """Signs what is sent with an access key."""

    def __init__(
        self,
        key: AccessKey,
        project: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._key = key
        self._project = project
        self._clock = clock

    def mark(self, request: httpx.Request) -> None:
        """Sign the request; of its headers those that no proxy changes."""
        request.headers[signing.DATE] = self._clock().strftime("%Y%m%dT%H%M%SZ")
        request.headers["X-Project-Id"] = self._project
        if self._key.security_token:
            request.headers["X-Security-Token"] = self._key.security_token
        signed = {
            name: value
            for name, value in request.headers.items()
            if name in {"host", "content-type"} or name.startswith("x-")
        }
        target = request.url.raw_path.decode("ascii")
        message = signing.Message(request.method, target, signed, request.content)
        request.headers["Authorization"] = signing.authorization(
            self._key.access_key, self._key.secret_key, message
        )

    def renew(self) -> bool:
        """No: a key is what it is."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """The secret key, and the token of a temporary one."""
        return (self._key.secret_key, self._key.security_token)


class TokenProof:
    """Sends a token that somebody else got."""

    def __init__(self, token: str) -> None:
        self._token = token

    def mark(self, request: httpx.Request) -> None:
        """Put the token on."""
        request.headers["X-Auth-Token"] = self._token

    def renew(self) -> bool:
        """No: only whoever stored it can store another."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self._token,)


class Authentication(httpx.Auth):
    """Marks requests with a proof; after an answer that does not know it, sends no more."""

    requires_request_body = True
    requires_response_body = True

    def __init__(self, proof: Proof, clock: Callable[[], float] = time.monotonic) -> None:
        self._proof = proof
        self._clock = clock
        self._stop: CredentialsError | None = None
        self._stopped_at = 0.0

    def secrets(self) -> tuple[str, ...]:
        """What must not be found in an answer."""
        return self._proof.secrets()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request once; a read once more if its token had expired.

        Raises:
            CredentialsError: these credentials were turned down before, or cannot be had.
        """
        if self._stop:
            raise self._stop
        self._mark(request)
        response = yield request
        fault = _refusal(response)
        if fault and fault.token_expired and self._proof.renew() and request.method == "GET":
            self._mark(request)
            response = yield request
            fault = _refusal(response)
        if fault and not (fault.token_expired and request.method != "GET"):
            self._give_up(fault)

    @property
    def stopped(self) -> bool:
        """Whether nothing more is sent for now."""
        return self._stop is not None

    def begin(self) -> None:
        """Begin a new invocation: what was turned down long enough ago may be tried again."""
        if self._clock() - self._stopped_at >= STOPPED_FOR:
            self._stop = None

    def _mark(self, request: httpx.Request) -> None:
        try:
            self._proof.mark(request)
        except CredentialsError as error:
            if error.trouble == "permission":
                self._stop, self._stopped_at = error, self._clock()
            raise

    def _give_up(self, fault: Fault) -> None:
        message = f"the credentials were turned down and are not used for now: {fault.text}"
        self._stop = CredentialsError(message, fault.hint, "permission")
        self._stopped_at = self._clock()

    def __repr__(self) -> str:
        return "Authentication(…)"


def _refusal(response: httpx.Response) -> Fault | None:
    """The fault of an answer that does not know the caller, or not any more."""
    fault = read_fault(response.status_code, response.content, response.headers, datetime.now(UTC))
    return fault if fault.status == UNAUTHORIZED or fault.token_expired else None
