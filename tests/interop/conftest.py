"""The official SDK, imported once, and the cloud that it talks to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.huawei.rds.shape import ZONES
from tests.interop.official import Key, Official, Operations, import_sdk

REDIS = "e73893ef73754465a8bd2e0857bbf13ein12"
RDS = "dsfae23fsfdsae3435in01"
START = datetime(2026, 2, 17, 10, tzinfo=UTC)
POINTS = [f"2026-02-17T{clock}+0800" for clock in ("18:20:00", "18:40:00", "19:00:00")]


RULE = "al1234567890abcdef"
METRIC = "SYS.NoSQL/redis_db_keys"
OF_REDIS = {"redis_cluster_id": REDIS}
DATA = {
    "namespace": "SYS.NoSQL",
    "metric_name": "redis_db_keys",
    "dim_0": f"redis_cluster_id,{REDIS}",
    "filter": "average",
    "period": 60,
    "_from": int(START.timestamp() * 1000),
    "to": int(START.timestamp() * 1000) + 3_600_000,
}
"""The data of an hour, as the SDK asks for them."""


COPY: dict[str, Any] = {
    "name": "lastgood-2f6c1d",
    "restore_point": {
        "instance_id": RDS,
        "type": "timestamp",
        "restore_time": int((START + timedelta(minutes=30)).timestamp() * 1000),
    },
    "flavor_ref": "rds.mysql.n1.large.4.ha",
    "volume": {"type": "CLOUDSSD", "size": 100},
    "region": "ap-southeast-1",
    "availability_zone": ",".join(ZONES),
    "ha": {"mode": "Ha", "replication_mode": "async"},
    "vpc_id": "490a4a08-ef4b-44c5-94be-3051ef9e4fce",
    "subnet_id": "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
    "security_group_id": "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5",
    "password": "Canary-passw0rd",
    "port": "3307",
    "configuration_id": "452408-ef4b-44c5-94be-305145fg",
    "time_zone": "UTC+08:00",
    "disk_encryption_id": "2ef8b5a0-3c1f-4f63-9f5d-7d9b8e4a1c60",
    "enterprise_project_id": "0",
    "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 1},
    "charge_info": {"charge_mode": "postPaid"},
    "tags": [{"key": "lastgood", "value": "drill"}],
    "dry_run": False,
}
"""A restore of the RDS instance to a new one, with every field of the contract."""

UNDONE: dict[str, Any] = {
    "name": "lastgood-2f6c1d",
    "datastore": {"type": "redis", "version": "6.2", "storage_engine": "rocksDB"},
    "region": "ap-southeast-1",
    "availability_zone": "ap-southeast-1a",
    "vpc_id": "490a4a08-ef4b-44c5-94be-3051ef9e4fce",
    "subnet_id": "0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
    "security_group_id": "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5",
    "password": "Canary-passw0rd",
    "mode": "Cluster",
    "product_type": "Capacity",
    "flavor": [
        {"num": "3", "storage": "ULTRAHIGH", "size": "16", "spec_code": "geminidb.redis.large.4"}
    ],
    "port": "6379",
    "enterprise_project_id": "0",
    "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
    "charge_info": {"charge_mode": "postPaid"},
    "restore_info": {"backup_id": ""},
}
"""A restore of a backup to a new instance, with every field of the contract but the backup."""
TAGS = {"lastgood-owner": "inc-0123456789abcdef", "lastgood-ledger": "0123456789ab"}

PERMANENT = Key("AKSANDBOX0000000001", "canary-secret-key")
TEMPORARY = Key("AKSANDBOX0000000002", "canary-secret-key-too", "gQpjbi1zb3V0aC0xCANARY==")


@pytest.fixture(scope="session")
def sdk() -> Official:
    """The official SDK."""
    return import_sdk()


@pytest.fixture
def cloud() -> Iterator[HuaweiSandbox]:
    """A Redis instance with three points, an RDS instance, two keys and a user."""
    with HuaweiSandbox(Clock.frozen(START)) as cloud:
        redis = cloud.add_redis(REDIS, "orders-cache")
        redis.restores = RestoreScript(lasts=timedelta(minutes=5))
        cloud.add_rds(RDS, "orders-db", since=START - timedelta(hours=1))
        cloud.add_access_key(PERMANENT.access_key, PERMANENT.secret_key)
        cloud.add_access_key(TEMPORARY.access_key, TEMPORARY.secret_key, TEMPORARY.security_token)
        cloud.add_user("example-domain", "lastgood", "canary-password")
        cloud.clock.advance(timedelta(hours=1))
        yield cloud


@pytest.fixture(params=[PERMANENT, TEMPORARY], ids=["permanent", "temporary"])
def official(
    request: pytest.FixtureRequest, sdk: Official, cloud: HuaweiSandbox
) -> Iterator[Operations]:
    """The SDK's operations, signed with the one key and with the other."""
    with Operations.connected(sdk, cloud, request.param) as connected:
        yield connected
