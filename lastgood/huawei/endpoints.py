"""Where the services of a region are. Each has a host of its own: never one for two."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from lastgood.domain.policy import CloudEntry
from lastgood.ports import CloudError

EUROPE = "eu-west-101"
"""The one region under another top-level domain (docs/facts/huawei.md "Services and hosts")."""

OPENED = "LASTGOOD_ENDPOINTS"
"""The setting that opens further hosts, separated by commas; the stack's AllowedEndpoints."""

# A service and a region, and no label more: what stands before them may be a customer's bucket.
_HUAWEI = re.compile(r"[a-z0-9-]+(\.[a-z]{2}-[a-z]+-[0-9]+)?\.myhuaweicloud\.(com|eu)")


def check_endpoints(name: str, cloud: CloudEntry, opened: str) -> None:
    """Refuse a host that only the policy names: whoever may edit it would be sent the credentials.

    Raises:
        CloudError: an endpoint is neither Huawei Cloud's nor among the `opened` ones.
    """
    hosts = {host.strip() for host in opened.split(",")}
    for key, url in msgspec.structs.asdict(cloud.endpoints).items():
        host = urlsplit(url).hostname if url else None
        if host and host not in hosts and not _HUAWEI.fullmatch(host):
            raise CloudError(
                f"policy, cloud.{name}.endpoints.{key}: no credentials are sent to {host}, "
                "which is not a host of Huawei Cloud",
                f"remove it; or, if it is meant, add {host} to {OPENED}, "
                "on a stack by its parameter AllowedEndpoints",
            )


def geminidb_url(cloud: CloudEntry) -> str:
    """The base URL of GeminiDB, all NoSQL engines."""
    return cloud.endpoints.geminidb or f"https://gaussdb-nosql.{_domain(cloud.region)}"


def rds_url(cloud: CloudEntry) -> str:
    """The base URL of RDS."""
    return cloud.endpoints.rds or f"https://rds.{_domain(cloud.region)}"


def iam_url(cloud: CloudEntry) -> str:
    """The base URL of IAM, which gives tokens."""
    return cloud.endpoints.iam or f"https://iam.{_domain(cloud.region)}"


def ces_url(cloud: CloudEntry) -> str:
    """The base URL of Cloud Eye."""
    return cloud.endpoints.ces or f"https://ces.{_domain(cloud.region)}"


def _domain(region: str) -> str:
    return f"{region}.myhuaweicloud.{'eu' if region == EUROPE else 'com'}"
