"""What can be done with an instance of each service: the one table that everything else asks.

Source: docs/facts/huawei.md "Services and hosts", "Operations".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Service = Literal["geminidb-redis", "rds"]
"""As the policy names it."""
Endpoint = Literal["ces", "geminidb", "rds"]
"""An API, which has a host of its own: those that serve instances, and Cloud Eye."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What one service offers.

    `offers` is the kind of its restorable range, `in_place` whether it restores over the instance
    itself, `copied` whether it restores to a new one, `described` whether the state and the PITR
    policy of an instance can be read, `id_ending` how the ids of its instances end (None: in no
    way of its own).
    """

    endpoint: Endpoint
    offers: Literal["points", "windows"]
    in_place: bool
    copied: bool
    described: bool
    id_ending: str | None = None


SERVICES: Mapping[Service, Capabilities] = {
    "geminidb-redis": Capabilities(
        endpoint="geminidb",
        offers="points",
        in_place=True,
        copied=False,
        described=True,
        id_ending="in12",
    ),
    "rds": Capabilities(
        endpoint="rds", offers="windows", in_place=False, copied=True, described=False
    ),
}


ALWAYS_MEASURED: Mapping[Service, tuple[str, str, str]] = {
    "geminidb-redis": ("SYS.NoSQL", "redis815_cluster_cpu_usage", "redis_cluster_id"),
    "rds": ("SYS.RDS", "rds001_cpu_util", "rds_cluster_id"),
}
"""A metric that Cloud Eye has of every instance: its namespace, its name and its dimension."""


def service_of(instance_id: str) -> Service:
    """The service that an instance of this id belongs to, by how the id ends."""
    for service, can in SERVICES.items():
        if can.id_ending and instance_id.endswith(can.id_ending):
            return service
    return next(service for service, can in SERVICES.items() if can.id_ending is None)
