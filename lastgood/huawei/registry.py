"""The clouds of the policy, connected on first use and kept between invocations.

Kept while nothing changes: a token that is valid for a day, the rate limit, TLS sessions. Replaced
when the entry of the policy changes, or its credentials were rotated.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from lastgood.domain.policy import CloudEntry
from lastgood.huawei.auth import Authentication, CircuitBreaker
from lastgood.huawei.clients import authenticate, connect
from lastgood.huawei.cloud import HuaweiCloud
from lastgood.huawei.cloud_eye import HuaweiCloudEye, connect_cloud_eye
from lastgood.huawei.credentials import Credentials, SecretReader, Token, read_credentials
from lastgood.huawei.endpoints import OPENED, check_endpoints
from lastgood.huawei.rate_limit import RateLimit

if TYPE_CHECKING:
    from lastgood.huawei.backups import HuaweiBackups
    from lastgood.huawei.rds import HuaweiRds

FRESH = 300.0
"""Seconds for which credentials are used before they are read again."""
SPARE = 5.0
"""Seconds of an invocation that reads leave over for recording its outcome."""


class _Use(NamedTuple):
    """A cloud of the policy, and whether its credentials are those that restore."""

    cloud: str
    restores: bool


@dataclass(slots=True)
class _Kept:
    entry: CloudEntry
    credentials: Credentials
    read_at: float
    auth: Authentication
    rate_limit: RateLimit
    cloud: HuaweiCloud
    eye: HuaweiCloudEye | None = None
    rds: HuaweiRds | None = None
    backups: HuaweiBackups | None = None


class CloudRegistry:
    """Every cloud that was requested. Not thread-safe, but the clouds that it gives are."""

    def __init__(
        self,
        environment: Mapping[str, str],
        read_secret: SecretReader,
        clock: Callable[[], float] = time.time,
        rate_limit: Callable[[int], RateLimit] = RateLimit,
    ) -> None:
        self._environment = environment
        self._read_secret = read_secret
        self._clock = clock
        self._make_limit = rate_limit
        self._kept: dict[_Use, _Kept] = {}
        self._ends_at = math.inf

    def begin(self, seconds: float) -> None:
        """Begin an invocation that has so much time: reads end before it does."""
        self._ends_at = time.monotonic() + seconds - SPARE
        for kept in self._kept.values():
            if kept.auth.stopped:
                kept.read_at = -math.inf  # they may have been replaced since
            kept.auth.begin()

    def cloud(self, name: str, entry: CloudEntry) -> HuaweiCloud:
        """The Cloud port of this entry, by the credentials that read.

        Raises:
            CloudError: it cannot or must not be connected to, or its credentials cannot be had.
        """
        return self._connected(name, entry, entry.credentials_read or entry.credentials).cloud

    def restorer(self, name: str, entry: CloudEntry) -> HuaweiCloud:
        """The Cloud port of this entry, by the credentials that restore; otherwise as `cloud`.

        It is the same one where the credentials are the same.
        """
        return self._connected(name, entry, entry.credentials).cloud

    def cloud_eye(self, name: str, entry: CloudEntry) -> HuaweiCloudEye:
        """Cloud Eye of this entry, by the credentials that read; otherwise as `cloud`."""
        kept = self._connected(name, entry, entry.credentials_read or entry.credentials)
        if kept.eye is None:
            kept.eye = connect_cloud_eye(entry, kept.auth, kept.rate_limit, self._left)
        return kept.eye

    def rds(self, name: str, entry: CloudEntry) -> HuaweiRds:
        """RDS of this entry, by the credentials that read; otherwise as `cloud`."""
        return self._rds(name, entry, entry.credentials_read or entry.credentials)

    def rds_restorer(self, name: str, entry: CloudEntry) -> HuaweiRds:
        """RDS of this entry, by the credentials that restore; otherwise as `cloud`."""
        return self._rds(name, entry, entry.credentials)

    def _rds(self, name: str, entry: CloudEntry, source: str) -> HuaweiRds:
        # Its client takes long to import, and few recoveries restore to a new instance.
        from lastgood.huawei.rds import connect_rds  # noqa: PLC0415 - as said

        kept = self._connected(name, entry, source)
        if kept.rds is None:
            kept.rds = connect_rds(entry, kept.auth, kept.rate_limit, self._left)
        return kept.rds

    def backups(self, name: str, entry: CloudEntry) -> HuaweiBackups:
        """Backups of this entry, by the credentials that read; otherwise as `cloud`."""
        return self._backups(name, entry, entry.credentials_read or entry.credentials)

    def backups_restorer(self, name: str, entry: CloudEntry) -> HuaweiBackups:
        """Backups of this entry, by the credentials that restore; otherwise as `cloud`."""
        return self._backups(name, entry, entry.credentials)

    def _backups(self, name: str, entry: CloudEntry, source: str) -> HuaweiBackups:
        from lastgood.huawei.backups import connect_backups  # noqa: PLC0415 - few need it

        kept = self._connected(name, entry, source)
        if kept.backups is None:
            kept.backups = connect_backups(entry, kept.auth, kept.rate_limit, self._left)
        return kept.backups

    def _connected(self, name: str, entry: CloudEntry, source: str) -> _Kept:
        check_endpoints(name, entry, self._environment.get(OPENED, ""))
        use = _Use(name, restores=source == entry.credentials)
        kept = self._kept.get(use)
        if kept and kept.entry == entry and self._clock() - kept.read_at <= FRESH:
            return kept
        credentials = read_credentials(source, self._environment, self._read_secret)
        for other in self._kept.values():
            if (other.entry, other.credentials) == (entry, credentials):
                self._kept[use] = replace(other, read_at=self._clock())
                return self._kept[use]
        auth = authenticate(entry, credentials, self._breaker(credentials), self._make_limit(1))
        limit = self._rate_limit(name, entry)
        made = connect(entry, auth, limit, self._left)
        self._kept[use] = _Kept(entry, credentials, self._clock(), auth, limit, made)
        return self._kept[use]

    def _left(self) -> float:
        return self._ends_at - time.monotonic()

    def _breaker(self, credentials: Credentials) -> CircuitBreaker | None:
        """The circuit breaker of the same credentials elsewhere; a token is of one project."""
        if isinstance(credentials, Token):
            return None
        shared = (
            kept.auth.breaker for kept in self._kept.values() if kept.credentials == credentials
        )
        return next(shared, None)

    def _rate_limit(self, name: str, entry: CloudEntry) -> RateLimit:
        """The rate limit of the project, for all its credentials, which it outlives."""
        per_second = entry.requests_per_second
        for use, kept in self._kept.items():
            if use.cloud == name and kept.entry.requests_per_second == per_second:
                return kept.rate_limit
        return self._make_limit(per_second)
