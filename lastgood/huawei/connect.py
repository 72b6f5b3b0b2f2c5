"""Making the connections to a cloud of the policy, once per environment."""

from __future__ import annotations

import ssl
from http import HTTPStatus

import httpx

from huawei_pitr import Client
from lastgood.domain.policy import Cloud
from lastgood.huawei.cloud import TIMEOUT, HuaweiCloud
from lastgood.huawei.endpoints import geminidb_url, rds_url
from lastgood.ports import CloudError

KNOWN_STATUSES = frozenset(HTTPStatus)


def connect(cloud: Cloud, auth: httpx.Auth) -> HuaweiCloud:
    """Make the Cloud port of one project: a connection pool for each of its two services.

    The generated client never sees the credentials, follows no redirect and tries nothing twice.

    Raises:
        CloudError: an endpoint is no URL that can be connected to.
    """
    verify = httpx.create_ssl_context()
    geminidb, rds = (
        Client(base_url=url).set_httpx_client(_connection(url, auth, verify))
        for url in (geminidb_url(cloud), rds_url(cloud))
    )
    return HuaweiCloud(cloud.project_id, geminidb, rds)


def _connection(url: str, auth: httpx.Auth, verify: ssl.SSLContext) -> httpx.Client:
    hooks = {"response": [_make_readable]}
    try:
        return httpx.Client(
            base_url=url, auth=auth, timeout=TIMEOUT, verify=verify, event_hooks=hooks
        )
    except httpx.InvalidURL as error:
        hint = "check `endpoints` in the policy"
        raise CloudError(f"the endpoint {url} is no URL: {error}", hint) from error


def _make_readable(response: httpx.Response) -> None:
    """Keep the generated client from stumbling over an answer before it has told its status.

    Raises:
        httpx.HTTPStatusError: the status has no name in Python; the client knows no other.
    """
    response.encoding = "utf-8"  # the sender would choose the codec, and some are for no text
    if response.status_code not in KNOWN_STATUSES:
        response.read()
        message = f"status {response.status_code}"
        raise httpx.HTTPStatusError(message, request=response.request, response=response)
