"""HuaweiCloud as `connect` makes it, over real HTTP on the sandbox."""

from __future__ import annotations

import json
import os
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx

from lastgood.domain.errors import LastgoodError
from lastgood.domain.policy import CloudEntry, Endpoints
from lastgood.domain.ranges import Window
from lastgood.huawei.auth import Authentication, TokenProof
from lastgood.huawei.backups import HuaweiBackups, connect_backups
from lastgood.huawei.clients import BOUNDS, Bounds, connect
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.cloud_eye import HuaweiCloudEye, connect_cloud_eye
from lastgood.huawei.rate_limit import RateLimit
from lastgood.huawei.rds import HuaweiRds, connect_rds
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.redis_instance import RedisInstance
from sandbox.huawei.rds.instance import RdsInstance
from sandbox.huawei.wire.answers import Answer
from sandbox.huawei.wire.faults import Act, Fault
from sandbox.huawei.wire.records import Puts, RequestRecord
from tests.support import builders

REDIS, RDS = builders.REDIS, builders.RDS
CANARY = "MIIF-canary-token"
START = datetime(2026, 2, 17, 10, tzinfo=UTC)
NOW = START + timedelta(hours=1)
POINTS = [f"2026-02-17T{clock}+0800" for clock in ("18:20:00", "18:40:00", "19:00:00")]
"""What the Redis instance can be restored to at NOW."""
SINCE = START - timedelta(hours=1) + timedelta(milliseconds=987)
WINDOW = Window(datetime(2026, 2, 17, 9, 0, 1, tzinfo=UTC), NOW - timedelta(minutes=5, seconds=1))
"""What the RDS instance can be restored to at NOW, in whole seconds."""


_make_tls = httpx.create_ssl_context


@cache
def _kept_tls(authorities: str | None) -> ssl.SSLContext:
    del authorities  # httpx reads the variable itself
    return _make_tls()


def _tls() -> ssl.SSLContext:
    return _kept_tls(os.environ.get("SSL_CERT_FILE"))


@contextmanager
def http_clients() -> Iterator[list[httpx.Client]]:
    """Every HTTP client that is made meanwhile; in the end they are closed.

    They share one TLS context: no test speaks TLS, and making one takes longer than a test.
    """
    made: list[httpx.Client] = []

    make = httpx.Client.__init__

    def kept(client: httpx.Client, **settings: Any) -> None:
        make(client, **settings)
        made.append(client)

    with (
        patch.object(httpx.Client, "__init__", kept),
        patch.object(httpx, "create_ssl_context", _tls),
    ):
        try:
            yield made
        finally:
            for client in made:
                client.close()


def known() -> Authentication:
    """What shows the sandbox that the canary is calling."""
    return Authentication(TokenProof(CANARY))


def entry(geminidb: str, rds: str, project: str = builders.PROJECT) -> CloudEntry:
    """A cloud of the policy with these endpoints."""
    return CloudEntry(
        region="ap-southeast-1",
        project_id=project,
        credentials="env:LASTGOOD_PROD",
        endpoints=Endpoints(geminidb=geminidb, rds=rds),
    )


def reach(sandbox: HuaweiSandbox, bounds: Bounds = BOUNDS) -> HuaweiCloud:
    """The sandbox as a new environment sees it, with a rate limit that does not matter."""
    cloud = entry(sandbox.geminidb_url, sandbox.rds_url)
    return connect(cloud, known(), RateLimit(per_second=1000), bounds=bounds)


def reach_cloud_eye(sandbox: HuaweiSandbox) -> HuaweiCloudEye:
    """The sandbox's Cloud Eye as a new environment sees it."""
    cloud = CloudEntry(
        region="ap-southeast-1",
        project_id=sandbox.project_id,
        credentials="env:LASTGOOD_PROD",
        endpoints=Endpoints(ces=sandbox.ces_url),
    )
    return connect_cloud_eye(cloud, known(), RateLimit(per_second=1000))


def reach_rds(sandbox: HuaweiSandbox) -> HuaweiRds:
    """The sandbox's RDS as a new environment sees it."""
    cloud = entry(sandbox.geminidb_url, sandbox.rds_url)
    return connect_rds(cloud, known(), RateLimit(per_second=1000))


def reach_backups(sandbox: HuaweiSandbox) -> HuaweiBackups:
    """The sandbox's backups as a new environment sees them."""
    cloud = entry(sandbox.geminidb_url, sandbox.rds_url)
    return connect_backups(cloud, known(), RateLimit(per_second=1000))


@dataclass(frozen=True, slots=True)
class Wire:
    """A project, what connects to it, and the HTTP clients that this took."""

    sandbox: HuaweiSandbox
    redis: RedisInstance
    database: RdsInstance
    cloud: HuaweiCloud
    clients: list[httpx.Client]
    earlier: int = 0

    def afresh(self) -> Wire:
        """The same wire for the next test: everything works, what ran is done, nothing was sent."""
        self.sandbox.faults.clear()
        self.sandbox.token = CANARY
        self.sandbox.clock.advance(self.redis.restores.lasts)
        return replace(self, cloud=reach(self.sandbox), earlier=len(self.sandbox.requests))

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """Every request of this test so far."""
        return self.sandbox.requests[self.earlier :]

    @property
    def puts(self) -> Puts:
        """How many restores this test sent, and how many of them the service carried out."""
        puts = [request for request in self.requests if request.method == "PUT"]
        return Puts(len(puts), sum(put.acted for put in puts))


@contextmanager
def wired(bounds: Bounds = BOUNDS) -> Iterator[Wire]:
    """At NOW, a Redis instance with three points, and an RDS instance."""
    sandbox = HuaweiSandbox(Clock.frozen(START), token=CANARY)
    with http_clients() as clients, sandbox:
        redis = sandbox.add_redis(REDIS, "orders-cache")
        database = sandbox.add_rds(RDS, "orders-db", since=SINCE)
        sandbox.clock.advance(NOW - START)
        yield Wire(sandbox, redis, database, reach(sandbox, bounds), clients)


def body(status: int, text: bytes | str, content_type: str = "application/json") -> Answer:
    """An answer with this very body."""
    content = text.encode() if isinstance(text, str) else text
    return Answer(status, content, {"Content-Type": content_type})


def changed(change: Callable[[dict[str, Any]], object]) -> Fault:
    """The right answer, changed in place before it is sent."""

    def around(act: Act) -> Answer:
        answer = act()
        document = json.loads(answer.body)
        change(document)
        return Answer.json(answer.status, document)

    return Fault("changed", around)


def told(error: LastgoodError) -> str:
    """What a person would be shown of an error, checked to be short, helpful and discreet."""
    assert error.message
    assert error.hint
    assert "\n" not in error.message + error.hint
    assert len(error.message) < 500
    assert CANARY not in "".join(traceback.format_exception(error))
    return error.message
