"""Making the connections to a cloud of the policy, once per environment."""

from __future__ import annotations

import httpx

from huawei_pitr import Client
from lastgood.domain.policy import Cloud
from lastgood.huawei.cloud import TIMEOUT, HuaweiCloud
from lastgood.huawei.endpoints import geminidb_url, rds_url


def connect(cloud: Cloud, auth: httpx.Auth) -> HuaweiCloud:
    """Make the Cloud port of one project: a connection pool for each of its two services.

    The generated client never sees the credentials, follows no redirect and tries nothing twice.
    """
    verify = httpx.create_ssl_context()
    geminidb, rds = (
        Client(base_url=url).set_httpx_client(
            httpx.Client(base_url=url, auth=auth, timeout=TIMEOUT, verify=verify)
        )
        for url in (geminidb_url(cloud), rds_url(cloud))
    )
    return HuaweiCloud(cloud.project_id, geminidb, rds)
