"""HTTP clients for a cloud of the policy: requests are rate-limited, responses are redacted.

The generated client never sees the credentials, follows no redirect and retries nothing.
"""

from __future__ import annotations

import logging
import math
import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx

from huawei_pitr import Client
from lastgood.domain.policy import CloudEntry
from lastgood.domain.services import Endpoint
from lastgood.huawei import redaction
from lastgood.huawei.auth import Authentication, CircuitBreaker, Proof, SignedProof, TokenProof
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.credentials import AccessKey, Credentials, Password
from lastgood.huawei.endpoints import geminidb_url, iam_url, rds_url
from lastgood.huawei.errors import clock_skew, retry_after
from lastgood.huawei.rate_limit import RateLimit, Seconds
from lastgood.huawei.tokens import PasswordProof
from lastgood.ports import CloudError

CONNECTIONS = 10
"""For each of a cloud's services at most; a further request waits for one of them."""
LONGEST_TRIAL = 35.0
"""Seconds that requests wait for the one that tries the credentials: as long as it may take."""
PASSWORD = "lastgood.password"  # noqa: S105 - the name of an extension
"""The extension of a request whose body holds a password, so that its response is redacted."""


Skew = Callable[[], timedelta | None]


class Bounds(NamedTuple):
    """How long an exchange may take, and how large a response may be.

    Always set: httpx reads a body for ever, and the generated client has no timeout of its own.
    """

    timeout: httpx.Timeout = httpx.Timeout(connect=5, read=20, write=10, pool=None)
    """Seconds. No limit for the pool: each of its connections is bounded."""
    body: redaction.Bounds = redaction.Bounds()


BOUNDS = Bounds()


def authenticate(
    cloud: CloudEntry,
    credentials: Credentials,
    breaker: CircuitBreaker | None = None,
    login_limit: RateLimit | None = None,
) -> Authentication:
    """Make the Auth for these credentials.

    Args:
        cloud: where they are used.
        credentials: whose requests these are.
        breaker: that of the same credentials elsewhere.
        login_limit: the rate limit of logins by password; one a second if not given.
    """
    return Authentication(_proof(cloud, credentials, login_limit or RateLimit(1)), breaker=breaker)


def _proof(cloud: CloudEntry, credentials: Credentials, login_limit: RateLimit) -> Proof:
    if isinstance(credentials, AccessKey):
        return SignedProof(credentials, cloud.project_id)
    if isinstance(credentials, Password):
        hooks = _Hooks(lambda: (credentials.password,), login_limit)
        return PasswordProof(credentials, cloud.project_id, _client(iam_url(cloud), hooks))
    return TokenProof(credentials.token)


def connect(
    cloud: CloudEntry,
    auth: Authentication,
    rate_limit: RateLimit | None = None,
    left: Seconds = lambda: math.inf,
    bounds: Bounds = BOUNDS,
) -> HuaweiCloud:
    """Make the Cloud port of one project: a connection pool for each of its two services.

    Args:
        cloud: where it is.
        auth: whose requests these are.
        rate_limit: that of the project; one of its own if not given.
        left: how much time there is, in seconds.
        bounds: how long an exchange may take, and how large a response may be.

    Raises:
        CloudError: an endpoint is no URL that can be connected to.
    """
    limit = rate_limit or RateLimit(cloud.requests_per_second)
    geminidb, skew = client_of(geminidb_url(cloud), auth, limit, left, bounds)
    rds, rds_skew = client_of(rds_url(cloud), auth, limit, left, bounds)
    skews: dict[Endpoint, Skew] = {"geminidb": skew, "rds": rds_skew}
    return HuaweiCloud(cloud.project_id, geminidb, rds, left, lambda endpoint: skews[endpoint]())


def client_of(
    url: str,
    auth: Authentication,
    limit: RateLimit,
    left: Seconds,
    bounds: Bounds = BOUNDS,
) -> tuple[Client, Skew]:
    """Make the client of one service, and what tells how far our clock was ahead of its own.

    Raises:
        CloudError: it is no URL that can be connected to.
    """
    hooks = _Hooks(auth.secrets, limit, auth, left, bounds)
    return _client(url, hooks), lambda: hooks.skew


def without_credentials(url: str) -> httpx.Client:
    """Make a client that shows only whether an endpoint answers.

    Raises:
        CloudError: it is no URL that can be connected to.
    """
    return _http_client(url, _Hooks(tuple, RateLimit(1)))


def _client(url: str, hooks: _Hooks) -> Client:
    return Client(base_url=url).set_httpx_client(_http_client(url, hooks))


class _Hooks:
    """What happens to each request before it is sent, and to each response before it is read."""

    def __init__(
        self,
        secrets: Callable[[], tuple[str, ...]],
        limit: RateLimit,
        auth: Authentication | None = None,
        left: Seconds = lambda: math.inf,
        bounds: Bounds = BOUNDS,
    ) -> None:
        self._secrets = secrets
        self._limit = limit
        self._left = left
        self.skew: timedelta | None = None
        self.auth = auth
        self.bounds = bounds

    def request(self, request: httpx.Request) -> None:
        """Wait for the request's turn, and sign it then: the date of a signature counts."""
        if self.auth:
            self.auth.wait(request, min(self._left(), LONGEST_TRIAL))
        if not self._limit.wait(self._left):
            raise httpx.PoolTimeout("its turn is too late", request=request)
        if self.auth:
            self.auth.mark(request)

    def response(self, response: httpx.Response) -> None:
        """Redact, and take note of a 429 and of the service's clock."""
        self.skew = clock_skew(response.headers, datetime.now(UTC))
        secrets = (*self._secrets(), *_proofs(response.request))
        redaction.redact(response, secrets, self.bounds.body)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._limit.throttled(retry_after(response.headers))
        if response.status_code not in redaction.KNOWN_STATUSES:
            response.read()
            raise redaction.unnamed_status(response)


def _proofs(request: httpx.Request) -> tuple[str, ...]:
    """What a request was sent with: its token may have been replaced, its signature still holds.

    With a signature from a log that very request could be sent again for a quarter of an hour. The
    password is the one that a new instance is to have.
    """
    headers = request.headers
    signature = headers.get("Authorization", "").rpartition("=")[2]
    proofs = headers.get("X-Auth-Token", ""), headers.get("X-Security-Token", ""), signature
    return *proofs, request.extensions.get(PASSWORD, "")


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep none."""


class _Client(httpx.Client):
    cookies: Any = _NoCookies()  # a property of httpx, which copies what it is given

    def build_request(self, method: str, url: httpx.URL | str, **given: Any) -> httpx.Request:
        """Make a request of the generated client, which gives a path, and `params` or `json`.

        httpx would parse its URL three times, which is a tenth of what a read costs.
        """
        query = f"?{urlencode(given['params'])}" if given.get("params") else ""
        headers = httpx.Headers(self.headers)
        headers.update(given.get("headers"))
        return httpx.Request(
            method,
            f"{str(self.base_url).rstrip('/')}{url}{query}",
            headers=headers,
            json=given.get("json"),
            extensions={
                "timeout": self.timeout.as_dict(),
                PASSWORD: (given.get("json") or {}).get("password", ""),
            },
        )


def _http_client(url: str, hooks: _Hooks) -> httpx.Client:
    """Make an HTTP client that is bounded in all it does, and keeps no cookies."""
    # At DEBUG it logs every header of a response, and one of IAM's is the token.
    logging.getLogger("httpcore").setLevel(logging.INFO)
    logging.getLogger("httpx").addFilter(redaction.drop_reason_phrase)
    try:
        httpx.URL(url)
    except httpx.InvalidURL as error:
        hint = "check `endpoints` in the policy"
        raise CloudError(f"the endpoint {url} is no URL: {error}", hint) from error
    try:
        return _Client(
            auth=hooks.auth,
            base_url=url,
            timeout=hooks.bounds.timeout,
            limits=httpx.Limits(max_connections=CONNECTIONS),
            verify=_tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"request": [hooks.request], "response": [hooks.response]},
        )
    except (httpx.InvalidURL, ImportError, ValueError) as error:
        # Without the error: it would quote the proxy's URL, and with it the password in there.
        hint = "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY: only http://… can be used, all escaped"
        message = f"no connection can be made through the proxy ({type(error).__name__})"
        raise CloudError(message, hint, "unreachable") from None
    except OSError as error:
        hint = "check SSL_CERT_FILE and SSL_CERT_DIR"
        message = f"no authorities for TLS can be read ({error.strerror or type(error).__name__})"
        raise CloudError(message, hint, "unreachable") from error


@cache
def _tls(*_: str | None) -> ssl.SSLContext:
    """One for all clients with these authorities: making it takes longer than a request does."""
    return httpx.create_ssl_context()
