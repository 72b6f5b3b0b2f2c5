"""Authentication of requests as `httpx.Auth`, with a circuit breaker for wrong credentials.

More than five bad signatures in a row lock a key for five minutes, so after one response that
rejects the credentials nothing more is sent with them for a while; and until a response has
shown that they are good, one request goes ahead and the others wait. Source: docs/facts/huawei.md
"Credentials".
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from threading import Condition, Lock
from typing import Protocol

import httpx

from lastgood.huawei import signing
from lastgood.huawei.credentials import AccessKey, as_credentials_error
from lastgood.huawei.errors import Fault, fault_of
from lastgood.ports import CredentialsError

STOPPED_FOR = 90.0
"""Seconds after the first time that credentials were rejected; twice as long each time after."""
OPENS_AFTER = 3
"""So many clouds may find out by themselves that the credentials they share are wrong."""
LOCKED_FOR = 300.0
"""Seconds for which a key is locked after more than five bad signatures."""
LONGEST_STOP = 3600.0
"""Seconds. The sixth try comes three quarters of an hour after the first."""


class Proof(Protocol):
    """How one kind of credentials proves who is calling."""

    def mark(self, request: httpx.Request) -> None:
        """Put the proof on a request."""

    def renew(self, rejected: httpx.Request) -> bool:
        """Get a new proof in place of an expired one; False if there is none."""
        del rejected
        return False

    def secrets(self) -> tuple[str, ...]:
        """What must not be shown anywhere."""


class SignedProof(Proof):
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

    def secrets(self) -> tuple[str, ...]:
        """The secret key, and the token of a temporary one."""
        return (self._key.secret_key, self._key.security_token)


class TokenProof(Proof):
    """Sends a token that was created elsewhere."""

    def __init__(self, token: str) -> None:
        self._token = token

    def mark(self, request: httpx.Request) -> None:
        """Put the token on."""
        request.headers["X-Auth-Token"] = self._token

    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self._token,)


class CircuitBreaker:
    """Keeps credentials that are wrong from being tried too often, in all clouds that share them.

    A key is good in every project, so several clouds may name the same one, and a wrong one would
    cost each of them a bad signature. Thread-safe.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._changed = Condition()
        self._trial: httpx.Request | None = None
        self._rejections = 0
        self._rejected_at = -math.inf

    def wait(self, request: httpx.Request, certain: Callable[[], bool], seconds: float) -> bool:
        """Wait until the outcome is certain, or this request may try the credentials alone."""

        def may_go() -> bool:
            if not certain() and self._trial is None:
                self._trial = request
            return certain() or self._trial is request

        with self._changed:
            return self._changed.wait_for(may_go, seconds)

    def leave(self, request: httpx.Request) -> None:
        """End the trial, if this request was it."""
        if self._trial is request:
            with self._changed:
                self._trial = None
                self._changed.notify_all()

    def count_rejection(self) -> None:
        """Count a response that rejected the credentials."""
        with self._changed:
            self._rejections = self._rejections + 1 if not self._is_old() else 1
            self._rejected_at = self._clock()

    def reset(self) -> None:
        """Count from zero: the credentials were accepted."""
        self._rejections = 0

    @property
    def is_open(self) -> bool:
        """Whether they were rejected so often that no other cloud may try them for now."""
        return self._rejections >= OPENS_AFTER and not self._is_old()

    def _is_old(self) -> bool:
        return self._clock() - self._rejected_at >= LOCKED_FOR


class Authentication(httpx.Auth):
    """Proves who is calling; after a response that rejects the proof, sends no more for a while.

    The proof is put on by a request hook (`wait`, then `mark`), once and when the request is sent.
    Thread-safe.

    Args:
        proof: of one kind of credentials.
        clock: seconds.
        breaker: shared with the other clouds that have the same credentials.
    """

    requires_request_body = True
    requires_response_body = True

    def __init__(
        self,
        proof: Proof,
        clock: Callable[[], float] = time.time,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._proof = proof
        self._clock = clock
        self.breaker = breaker or CircuitBreaker(clock)
        self._lock = Lock()
        self._known_to_be_good = False
        self._stop: CredentialsError | None = None
        self._stopped_until = -math.inf
        self._failures = 0

    def secrets(self) -> tuple[str, ...]:
        """What no response may show."""
        return self._proof.secrets()

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, and let others go when it is over, however it ends."""
        try:
            yield from super().sync_auth_flow(request)
        finally:
            self.breaker.leave(request)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request once; a read once more if its token had expired.

        Raises:
            CredentialsError: these credentials were rejected before.
        """
        self._check()
        response = yield request
        fault = _rejection(response)
        if fault and fault.token_expired and self._proof.renew(request):
            if request.method != "GET":
                return
            response = yield request
            fault = _rejection(response)
        self._learn(response, fault)

    def wait(self, request: httpx.Request, seconds: float) -> None:
        """Wait while another request tries the credentials.

        Raises:
            httpx.PoolTimeout: that took longer than so many seconds.
        """
        if not self._is_certain() and not self.breaker.wait(request, self._is_certain, seconds):
            raise httpx.PoolTimeout("another request tries the credentials", request=request)

    def _is_certain(self) -> bool:
        return self._known_to_be_good or self.stopped

    def mark(self, request: httpx.Request) -> None:
        """Put the proof on a request.

        Raises:
            CredentialsError: these credentials were rejected before, or cannot be had.
        """
        self._check()
        try:
            self._proof.mark(request)
        except CredentialsError as error:
            if error.trouble == "permission":
                self._give_up(error)
            raise

    def _check(self) -> None:
        if stop := self._stop:
            raise as_credentials_error(stop)
        if self.breaker.is_open and not self._known_to_be_good:
            message = "these credentials were rejected elsewhere, and are not tried here for now"
            hint = "correct them for the other clouds that use them, or wait for five minutes"
            raise CredentialsError(message, hint, "permission")

    @property
    def stopped(self) -> bool:
        """Whether nothing more is sent for now."""
        return self._stop is not None

    def begin(self) -> None:
        """Begin an invocation: what was rejected long enough ago may be tried again."""
        if self._clock() >= self._stopped_until:
            self._stop = None

    def _learn(self, response: httpx.Response, fault: Fault | None) -> None:
        if fault:
            message = f"the credentials were rejected and are not used for now: {fault.text}"
            self._give_up(CredentialsError(message, fault.hint, "permission"))
            self.breaker.count_rejection()
        elif response.is_success:  # any other may have come before the credentials were checked
            self._known_to_be_good = True
            self._failures = 0
            self.breaker.reset()

    def _give_up(self, error: CredentialsError) -> None:
        """Stop; once, for all requests that were on their way together."""
        with self._lock:
            self._known_to_be_good = False
            if self._stop is None:
                rest = min(STOPPED_FOR * 2**self._failures, LONGEST_STOP)
                self._stopped_until = self._clock() + rest
                self._failures += 1
                self._stop = as_credentials_error(error)

    def __repr__(self) -> str:
        return "Authentication(…)"


def _rejection(response: httpx.Response) -> Fault | None:
    """The fault of a response that does not accept the caller, or not any more."""
    if response.is_success:
        return None
    fault = fault_of(response)
    return fault if fault.rejects_the_caller else None
