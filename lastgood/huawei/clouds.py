"""The clouds of the policy, connected when first asked for and kept between invocations.

What is kept outlives a change of nothing: a token that is valid for a day, a budget, a TLS session.
What has changed is made anew: an entry of the policy, or credentials that were rotated.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lastgood.domain.policy import CloudEntry
from lastgood.huawei.auth import Authentication, Gate
from lastgood.huawei.cloud import AsyncHuaweiCloud, HuaweiCloud
from lastgood.huawei.connect import authenticate, connect, connect_async
from lastgood.huawei.credentials import Credentials, SecretReader, Token, read_credentials
from lastgood.huawei.pace import Budget

FRESH = 300.0
"""Seconds for which credentials are used before they are read again."""
SPARE = 5.0
"""Seconds of an invocation that reads leave over, for writing down how it went."""


@dataclass(slots=True)
class _Kept:
    entry: CloudEntry
    credentials: Credentials
    read_at: float
    auth: Authentication
    budget: Budget
    sync: HuaweiCloud


class Clouds:
    """Every cloud that was asked for, with what its two styles of client share."""

    def __init__(
        self,
        environment: Mapping[str, str],
        read_secret: SecretReader,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._environment = environment
        self._read_secret = read_secret
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._ends_at = math.inf

    def begin(self, seconds: float) -> None:
        """Begin an invocation that has so much time: reads end before it does."""
        self._ends_at = time.monotonic() + seconds - SPARE
        for kept in self._kept.values():
            if kept.auth.stopped:
                kept.read_at = -math.inf  # they may have been replaced since
            kept.auth.begin()

    def cloud(self, name: str, entry: CloudEntry) -> HuaweiCloud:
        """The Cloud port of this entry.

        Raises:
            CloudError: it cannot be connected to, or its credentials cannot be had.
        """
        return self._connected(name, entry).sync

    def open_async(self, name: str, entry: CloudEntry) -> AsyncHuaweiCloud:
        """The AsyncCloud port of this entry, for one event loop; its budget is shared with `cloud`.

        Raises:
            CloudError: it cannot be connected to, or its credentials cannot be had.
        """
        kept = self._connected(name, entry)
        return connect_async(entry, kept.auth, kept.budget, self._left)

    def _left(self) -> float:
        return self._ends_at - time.monotonic()

    def _connected(self, name: str, entry: CloudEntry) -> _Kept:
        kept = self._kept.get(name)
        if kept and kept.entry == entry and self._clock() - kept.read_at <= FRESH:
            return kept
        credentials = read_credentials(entry.credentials, self._environment, self._read_secret)
        if kept and (kept.entry, kept.credentials) == (entry, credentials):
            kept.read_at = self._clock()
            return kept
        auth = authenticate(entry, credentials, self._gate(credentials))
        budget = self._budget(kept, entry)
        made = connect(entry, auth, budget, self._left)
        self._kept[name] = _Kept(entry, credentials, self._clock(), auth, budget, made)
        return self._kept[name]

    def _gate(self, credentials: Credentials) -> Gate | None:
        """The gate of credentials that another cloud has as well; a token is of one project."""
        if isinstance(credentials, Token):
            return None
        others = (kept.auth.gate for kept in self._kept.values() if kept.credentials == credentials)
        return next(others, None)

    @staticmethod
    def _budget(kept: _Kept | None, entry: CloudEntry) -> Budget:
        """The budget of the project; new credentials are no reason to spend it twice."""
        same = kept and kept.entry.requests_per_second == entry.requests_per_second
        return kept.budget if kept and same else Budget(entry.requests_per_second)
