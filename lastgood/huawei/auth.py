"""Who is calling, as `httpx.Auth`: puts the proof on a request, and gives up when it is not taken.

More than five bad signatures in a row lock a key for five minutes, so after one answer that says
"nobody we know" nothing more is sent with these credentials for a while; and until an answer has
shown that they are good, one request goes ahead and the others wait. Source: docs/facts/huawei.md
"Credentials".
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, Callable, Generator
from datetime import UTC, datetime
from threading import Lock
from typing import Protocol

import httpx

from lastgood.huawei import signing
from lastgood.huawei.credentials import AccessKey
from lastgood.huawei.errors import Fault, read_fault
from lastgood.ports import CredentialsError

STOPPED_FOR = 90.0
"""Seconds after the first time that credentials were turned down; twice as long each time after."""
STRIKES = 3
"""So many clouds may find out by themselves that the credentials they share are wrong."""
LOCKED_FOR = 300.0
"""Seconds for which a key is locked after more than five bad signatures."""
LONGEST_STOP = 3600.0
"""Seconds. The sixth try comes three quarters of an hour after the first."""


class Proof(Protocol):
    """How one kind of credentials shows who is calling."""

    def mark(self, request: httpx.Request) -> None:
        """Put the proof on a request."""

    def renew(self, refused: httpx.Request) -> bool:
        """Get a new proof, because that of a request has expired; False if there is none."""

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

    def renew(self, _: httpx.Request) -> bool:
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

    def renew(self, _: httpx.Request) -> bool:
        """No: only whoever stored it can store another."""
        return False

    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self._token,)


class Gate:
    """What all clouds with the same credentials share: one request at a time tries them.

    A key is good in every project, so several clouds may name the same one, and a wrong one would
    cost each of them a bad signature.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._ahead: httpx.Request | None = None
        self._strikes = 0
        self._struck_at = -math.inf

    def enter(self, request: httpx.Request) -> bool:
        """Let a request try the credentials, if no other is about to."""
        with self._lock:
            free = self._ahead is None or self._ahead is request
            if free:
                self._ahead = request
            return free

    def leave(self, request: httpx.Request) -> None:
        """Let another one try; nothing, if it was not this one's turn."""
        with self._lock:
            if self._ahead is request:
                self._ahead = None

    def strike(self) -> None:
        """Count an answer that did not know the credentials."""
        with self._lock:
            self._strikes = self._strikes + 1 if not self._is_old() else 1
            self._struck_at = self._clock()

    def clear(self) -> None:
        """Begin to count anew: they were taken."""
        with self._lock:
            self._strikes = 0

    @property
    def closed(self) -> bool:
        """Whether they were turned down so often that nobody else may try them for now."""
        return self._strikes >= STRIKES and not self._is_old()

    def _is_old(self) -> bool:
        return self._clock() - self._struck_at >= LOCKED_FOR


class Authentication(httpx.Auth):
    """Marks requests with a proof; after an answer that does not know it, sends no more.

    `gate` is shared with whoever has the same credentials.
    """

    requires_request_body = True
    requires_response_body = True

    def __init__(
        self,
        proof: Proof,
        clock: Callable[[], float] = time.time,
        gate: Gate | None = None,
    ) -> None:
        self._proof = proof
        self._clock = clock
        self.gate = gate or Gate(clock)
        self._known_to_be_good = False
        self._stop: CredentialsError | None = None
        self._stopped_until = -math.inf
        self._failures = 0

    def secrets(self) -> tuple[str, ...]:
        """What must not be found in an answer."""
        return self._proof.secrets()

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, and let others go when it is over, however it ends."""
        try:
            yield from super().sync_auth_flow(request)
        finally:
            self.gate.leave(request)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Do the same in the other style, which has no `yield from`."""
        flow = super().async_auth_flow(request)
        try:
            response = yield await anext(flow)
            while True:
                response = yield await flow.asend(response)
        except StopAsyncIteration:
            pass
        finally:
            self.gate.leave(request)
            await flow.aclose()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request once; a read once more if its token had expired.

        Raises:
            CredentialsError: these credentials were turned down before, or cannot be had.
        """
        self.mark(request)
        response = yield request
        fault = _refusal(response)
        if fault and fault.token_expired and self._proof.renew(request):
            if request.method != "GET":
                return
            self.mark(request)
            response = yield request
            fault = _refusal(response)
        self._learn(response, fault)

    def may_go(self, request: httpx.Request) -> bool:
        """Whether a request need not wait for what becomes of another one."""
        return self._known_to_be_good or self.stopped or self.gate.enter(request)

    def mark(self, request: httpx.Request) -> None:
        """Put the proof on a request; again, if it has had to wait since.

        Raises:
            CredentialsError: these credentials were turned down before, or cannot be had.
        """
        if stop := self._stop:
            raise _afresh(stop)
        if self.gate.closed and not self._known_to_be_good:
            message = "these credentials were turned down elsewhere, and are not tried here for now"
            hint = "see to the other clouds that use them, or wait for five minutes"
            raise CredentialsError(message, hint, "permission")
        try:
            self._proof.mark(request)
        except CredentialsError as error:
            if error.trouble == "permission":
                self._give_up(error)
            raise

    @property
    def stopped(self) -> bool:
        """Whether nothing more is sent for now."""
        return self._stop is not None

    def begin(self) -> None:
        """Begin a new invocation: what was turned down long enough ago may be tried again."""
        if self._clock() >= self._stopped_until:
            self._stop = None

    def _learn(self, response: httpx.Response, fault: Fault | None) -> None:
        if fault:
            message = f"the credentials were turned down and are not used for now: {fault.text}"
            self._give_up(CredentialsError(message, fault.hint, "permission"))
            self.gate.strike()
        elif response.is_success:  # who says anything else may not have looked at them
            self._known_to_be_good = True
            self._failures = 0
            self.gate.clear()

    def _give_up(self, error: CredentialsError) -> None:
        rest = min(STOPPED_FOR * 2**self._failures, LONGEST_STOP)
        self._stop, self._stopped_until = _afresh(error), self._clock() + rest
        self._failures += 1
        self._known_to_be_good = False

    def __repr__(self) -> str:
        return "Authentication(…)"


def _afresh(error: CredentialsError) -> CredentialsError:
    """The same error: one that is raised again and again keeps every stack that it went through."""
    return CredentialsError(error.message, error.hint, error.trouble, error.retry_after)


def _refusal(response: httpx.Response) -> Fault | None:
    """The fault of an answer that does not know the caller, or not any more."""
    fault = read_fault(response.status_code, response.content, response.headers, datetime.now(UTC))
    return fault if fault.turns_the_caller_down else None
