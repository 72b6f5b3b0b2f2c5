"""The composition root of the receiver, apart from that of all else.

What takes requests from anywhere knows neither ledger nor policy, and starts the sooner for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from lastgood.aws.clients import Clients
from lastgood.aws.inbox import QueueInbox
from lastgood.aws.metrics import EmfMetrics
from lastgood.aws.secrets import read_secret
from lastgood.huawei.documents import HttpsFetcher
from lastgood.workflows.receiving import Receiver

LIMITS = {"connect_timeout": 1, "read_timeout": 1.5, "retries": {"total_max_attempts": 2}}
"""So that an answer comes within the five seconds that PagerDuty waits."""


def build(environment: Mapping[str, str]) -> Receiver:
    """The receiver of this environment."""
    clients = Clients(environment)
    secrets = clients("secretsmanager", **LIMITS)
    topics = environment["LASTGOOD_SMN_TOPICS"].replace(",", " ").split()
    return Receiver(
        inbox=QueueInbox(clients("sqs", **LIMITS), environment["LASTGOOD_INBOX"]),
        fetcher=HttpsFetcher(),
        heartbeats=EmfMetrics(),
        read_secrets=lambda: read_secret(secrets, environment["LASTGOOD_WEBHOOK_SECRET"]),
        topics=frozenset(topics),
        clock=lambda: datetime.now(UTC),
    )


@cache
def receiver() -> Receiver:
    """The receiver of this process, made on the first call."""
    return build(os.environ)
