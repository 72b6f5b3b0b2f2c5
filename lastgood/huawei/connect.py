"""Making the connections to a cloud of the policy: what goes out is paced, what comes in is tamed.

The generated client never sees the credentials, follows no redirect and tries nothing twice.
"""

from __future__ import annotations

import logging
import math
import ssl
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

import httpx

from huawei_pitr import Client
from lastgood.domain.policy import Cloud
from lastgood.huawei.answers import KNOWN_STATUSES, nameless, tame
from lastgood.huawei.asking import Seconds
from lastgood.huawei.auth import Authentication, Proof, SignedProof, TokenProof
from lastgood.huawei.cloud import AsyncHuaweiCloud, Connections, HuaweiCloud
from lastgood.huawei.credentials import AccessKey, Credentials, Password
from lastgood.huawei.endpoints import geminidb_url, iam_url, rds_url
from lastgood.huawei.errors import retry_after
from lastgood.huawei.pace import Budget
from lastgood.huawei.tokens import PasswordProof
from lastgood.ports import CloudError

T = TypeVar("T", httpx.Client, httpx.AsyncClient)

TIMEOUT = httpx.Timeout(connect=5, read=20, write=10, pool=5)
"""Seconds. Always set: the generated client has none of its own."""


def authenticate(cloud: Cloud, credentials: Credentials) -> Authentication:
    """Make the Auth that shows who is calling."""
    return Authentication(_proof(cloud, credentials))


def _proof(cloud: Cloud, credentials: Credentials) -> Proof:
    if isinstance(credentials, AccessKey):
        return SignedProof(credentials, cloud.project_id)
    if isinstance(credentials, Password):
        return PasswordProof(credentials, cloud.project_id, _iam(cloud, credentials))
    return TokenProof(credentials.token)


def _iam(cloud: Cloud, credentials: Password) -> Client:
    """The client of IAM, which has a budget of its own: logging in is no request to the project."""
    url = iam_url(cloud)
    guard = _Guard(lambda: (credentials.password,), Budget(1))
    return Client(base_url=url).set_httpx_client(_made(httpx.Client, url, event_hooks=guard.hooks))


def connect(
    cloud: Cloud,
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
    guard = _Guard(auth.secrets, budget or Budget(cloud.requests_per_second))
    geminidb, rds = (
        Client(base_url=url).set_httpx_client(
            _made(httpx.Client, url, auth=auth, event_hooks=guard.hooks)
        )
        for url in (geminidb_url(cloud), rds_url(cloud))
    )
    return HuaweiCloud(Connections(cloud.project_id, geminidb, rds, left))


def connect_async(
    cloud: Cloud,
    auth: Authentication,
    budget: Budget,
    left: Seconds = lambda: math.inf,
) -> AsyncHuaweiCloud:
    """Make the AsyncCloud port of one project, for one event loop.

    Raises:
        CloudError: an endpoint is no URL that can be connected to.
    """
    guard = _Guard(auth.secrets, budget)
    geminidb, rds = (
        Client(base_url=url).set_async_httpx_client(
            _made(httpx.AsyncClient, url, auth=auth, event_hooks=guard.async_hooks)
        )
        for url in (geminidb_url(cloud), rds_url(cloud))
    )
    return AsyncHuaweiCloud(Connections(cloud.project_id, geminidb, rds, left))


class _Guard:
    """What happens to every request before it goes out, and to every answer before it is read."""

    def __init__(self, secrets: Callable[[], tuple[str, ...]], budget: Budget) -> None:
        self._secrets = secrets
        self._budget = budget
        self.hooks = {"request": [self._wait], "response": [self._take]}
        self.async_hooks = {"request": [self._wait_async], "response": [self._take_async]}

    def _wait(self, _: httpx.Request) -> None:
        self._budget.wait("recovery")

    async def _wait_async(self, _: httpx.Request) -> None:
        await self._budget.wait_async("verification")

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
        tame(response, self._secrets())
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            self._budget.throttled(retry_after(response.headers))


def _made(kind: type[T], url: str, **settings: Any) -> T:
    """Make an HTTP client that waits for nothing for ever and goes nowhere by itself."""
    # At DEBUG it logs every header of an answer, and one of IAM's is the token.
    logging.getLogger("httpcore").setLevel(logging.INFO)
    try:
        return kind(
            base_url=url,
            timeout=TIMEOUT,
            verify=_tls(),
            follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            **settings,
        )
    except httpx.InvalidURL as error:
        hint = "check `endpoints` in the policy"
        raise CloudError(f"the endpoint {url} is no URL: {error}", hint) from error
    except (ImportError, ValueError) as error:  # a proxy of a kind that httpx cannot use
        hint = "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY: only http:// proxies can be used"
        raise CloudError(f"no connection can be made: {type(error).__name__}", hint) from error


@cache
def _tls() -> ssl.SSLContext:
    """One for all: it takes longer to make than a request takes."""
    return httpx.create_ssl_context()
