"""Where the services of a region are. Each has a host of its own: never one for two."""

from __future__ import annotations

from lastgood.domain.policy import CloudEntry

EUROPE = "eu-west-101"
"""The one region under another top-level domain (docs/facts/huawei.md "Services and hosts")."""


def geminidb_url(cloud: CloudEntry) -> str:
    """The base URL of GeminiDB, all NoSQL engines."""
    return cloud.endpoints.geminidb or f"https://gaussdb-nosql.{_domain(cloud.region)}"


def rds_url(cloud: CloudEntry) -> str:
    """The base URL of RDS."""
    return cloud.endpoints.rds or f"https://rds.{_domain(cloud.region)}"


def iam_url(cloud: CloudEntry) -> str:
    """The base URL of IAM, which gives tokens."""
    return cloud.endpoints.iam or f"https://iam.{_domain(cloud.region)}"


def _domain(region: str) -> str:
    return f"{region}.myhuaweicloud.{'eu' if region == EUROPE else 'com'}"
