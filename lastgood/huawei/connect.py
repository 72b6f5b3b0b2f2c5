"""Making the connections to a cloud of the policy: what goes out is paced, what comes in is tamed.

The generated client never sees the credentials, follows no redirect and tries nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import math
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar

import httpx

from huawei_pitr import Client
from lastgood.domain.policy import CloudEntry
from lastgood.huawei.answers import KNOWN_STATUSES, nameless, tame, without_phrase
from lastgood.huawei.auth import Authentication, Gate, Proof, SignedProof, TokenProof
from lastgood.huawei.cloud import AsyncHuaweiCloud, Connections, HuaweiCloud
from lastgood.huawei.credentials import AccessKey, Credentials, Password
from lastgood.huawei.endpoints import geminidb_url, iam_url, rds_url
from lastgood.huawei.errors import retry_after
from lastgood.huawei.pace import Budget, Seconds
from lastgood.huawei.tokens import PasswordProof
from lastgood.ports import CloudError

T = TypeVar("T", httpx.Client, httpx.AsyncClient)

TIMEOUT = httpx.Timeout(connect=5, read=20, write=10, pool=5)
"""Seconds. Always set: the generated client has none of its own."""
STEP = 0.01
"""Seconds after which a request that waits for another one looks again."""


def authenticate(
    cloud: CloudEntry, credentials: Credentials, gate: Gate | None = None
) -> Authentication:
    """Make the Auth that shows who is calling; `gate` is that of the same credentials elsewhere."""
    return Authentication(_proof(cloud, credentials), gate=gate)


def _proof(cloud: CloudEntry, credentials: Credentials) -> Proof:
    if isinstance(credentials, AccessKey):
        return SignedProof(credentials, cloud.project_id)
    if isinstance(credentials, Password):
        return PasswordProof(credentials, cloud.project_id, _iam(cloud, credentials))
    return TokenProof(credentials.token)


def _iam(cloud: CloudEntry, credentials: Password) -> Client:
    """The client of IAM, which has a budget of its own: logging in is no request to the project."""
    url = iam_url(cloud)
    guard = _Guard(lambda: (credentials.password,), Budget(1))
    return Client(base_url=url).set_httpx_client(_made(httpx.Client, url, event_hooks=guard.hooks))


def connect(
    cloud: CloudEntry,
    auth: Authentication,
    budget: Budget | None = None,
    left: Seconds = lambda: math.inf,
) -> HuaweiCloud:
    """Make the Cloud port of one project: a connection pool for each of its two services.

    Args:
        cloud: where it is.
        auth: who is calling.
        budget: how fast it may be asked; not shared with anything else if not given.
        left: how much time there is, in seconds.

    Raises:
        CloudError: an endpoint is no URL that can be connected to.
    """
    guard = _Guard(auth.secrets, budget or Budget(cloud.requests_per_second), auth, left)
    geminidb, rds = (
        Client(base_url=url).set_httpx_client(
            _made(httpx.Client, url, auth=auth, event_hooks=guard.hooks)
        )
        for url in (geminidb_url(cloud), rds_url(cloud))
    )
    return HuaweiCloud(Connections(cloud.project_id, geminidb, rds, left))


def connect_async(
    cloud: CloudEntry,
    auth: Authentication,
    budget: Budget,
    left: Seconds = lambda: math.inf,
) -> AsyncHuaweiCloud:
    """Make the AsyncCloud port of one project, for one event loop.

    Raises:
        CloudError: an endpoint is no URL that can be connected to.
    """
    guard = _Guard(auth.secrets, budget, auth, left)
    geminidb, rds = (
        Client(base_url=url).set_async_httpx_client(
            _made(httpx.AsyncClient, url, auth=auth, event_hooks=guard.async_hooks)
        )
        for url in (geminidb_url(cloud), rds_url(cloud))
    )
    return AsyncHuaweiCloud(Connections(cloud.project_id, geminidb, rds, left))


def bare(url: str) -> httpx.Client:
    """Make a client without credentials, for looking whether anybody is there.

    Raises:
        CloudError: it is no URL that can be connected to.
    """
    return _made(httpx.Client, url, event_hooks=_Guard(tuple, Budget(1)).hooks)


class _Guard:
    """What happens to every request before it goes out, and to every answer before it is read."""

    def __init__(
        self,
        secrets: Callable[[], tuple[str, ...]],
        budget: Budget,
        auth: Authentication | None = None,
        left: Seconds = lambda: math.inf,
    ) -> None:
        self._secrets = secrets
        self._budget = budget
        self._auth = auth
        self._left = left
        self.hooks = {"request": [self._wait], "response": [self._take]}
        self.async_hooks = {"request": [self._wait_async], "response": [self._take_async]}

    def _wait(self, request: httpx.Request) -> None:
        with _in_time(request):
            for seconds in self._behind_another(request):
                time.sleep(seconds)
            self._budget.wait("recovery", self._left)
        self._mark_again(request)

    async def _wait_async(self, request: httpx.Request) -> None:
        with _in_time(request):
            for seconds in self._behind_another(request):
                await asyncio.sleep(seconds)
            await self._budget.wait_async("verification", self._left)
        self._mark_again(request)

    def _behind_another(self, request: httpx.Request) -> Iterator[float]:
        """Seconds to wait, over and over, while another request tries the credentials.

        Raises:
            TimeoutError: it takes so long that this one had better be tried later.
        """
        until = time.monotonic() + (TIMEOUT.pool or 0)
        while self._auth and not self._auth.may_go(request):
            if time.monotonic() > until:
                raise TimeoutError
            yield STEP

    def _mark_again(self, request: httpx.Request) -> None:
        """Sign as of now: the date of a signature counts, and the credentials may have stopped."""
        if self._auth:
            self._auth.mark(request)

    def _take(self, response: httpx.Response) -> None:
        self._look(response)
        if response.status_code not in KNOWN_STATUSES:
            response.read()
            raise nameless(response)

    async def _take_async(self, response: httpx.Response) -> None:
        self._look(response)
        if response.status_code not in KNOWN_STATUSES:
            await response.aread()
            raise nameless(response)

    def _look(self, response: httpx.Response) -> None:
        tame(response, (*self._secrets(), *_proofs(response.request)))
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._budget.throttled(retry_after(response.headers))


@contextmanager
def _in_time(request: httpx.Request) -> Iterator[None]:
    """Tell of a turn that did not come in time in the words of the HTTP library."""
    try:
        yield
    except TimeoutError:
        raise httpx.PoolTimeout("its turn did not come in time", request=request) from None


def _proofs(request: httpx.Request) -> tuple[str, ...]:
    """What a request went with: its token may have been replaced since, its signature still holds.

    Whoever reads a signature in a log could send that very request again for a quarter of an hour.
    """
    headers = request.headers
    signature = headers.get("Authorization", "").rpartition("=")[2]
    return headers.get("X-Auth-Token", ""), headers.get("X-Security-Token", ""), signature


def _made(kind: type[T], url: str, **settings: Any) -> T:
    """Make an HTTP client that waits for nothing for ever and goes nowhere by itself."""
    # At DEBUG it logs every header of an answer, and one of IAM's is the token.
    logging.getLogger("httpcore").setLevel(logging.INFO)
    logging.getLogger("httpx").addFilter(without_phrase)
    try:
        httpx.URL(url)
    except httpx.InvalidURL as error:
        hint = "check `endpoints` in the policy"
        raise CloudError(f"the endpoint {url} is no URL: {error}", hint) from error
    try:
        return kind(
            base_url=url,
            timeout=TIMEOUT,
            verify=_tls(),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"Accept-Encoding": "identity"},
            **settings,
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
def _tls() -> ssl.SSLContext:
    """One for all: it takes longer to make than a request takes."""
    return httpx.create_ssl_context()
