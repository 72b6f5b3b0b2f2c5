from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.accepted_backup import AcceptedBackup
from ...models.new_backup import NewBackup
from ...types import Response


def _get_kwargs(
    project_id: str,
    instance_id: str,
    *,
    body: NewBackup,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v3/{project_id}/instances/{instance_id}/backups".format(
            project_id=quote(str(project_id), safe=""),
            instance_id=quote(str(instance_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AcceptedBackup | str:
    if response.status_code == 200:
        response_200 = AcceptedBackup.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = AcceptedBackup.from_dict(response.json())

        return response_202

    if response.status_code == 400:
        response_400 = response.text
        return response_400

    if response.status_code == 401:
        response_401 = response.text
        return response_401

    if response.status_code == 403:
        response_403 = response.text
        return response_403

    if response.status_code == 404:
        response_404 = response.text
        return response_404

    if response.status_code == 429:
        response_429 = response.text
        return response_429

    if response.status_code == 500:
        response_500 = response.text
        return response_500

    if response.status_code == 503:
        response_503 = response.text
        return response_503

    response_default = response.text
    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AcceptedBackup | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewBackup,
) -> Response[AcceptedBackup | str]:
    """Back up a GeminiDB instance

     Makes a manual backup: the only copy of what a restore in place is about to overwrite.

    - **It costs money until somebody deletes it**, even after its instance is gone.
    - **Send it once.** There is no idempotency token. After a timeout, a dropped connection, a
      2xx without the id of a backup, a 5xx, and the 4xx that a proxy may have sent (408, 499, 429
      without a code of the service or its gateway) the outcome is unknown: look for `name` and
      `description` in `list_geminidb_backups`.
    - Only an instance that is normal and idle is backed up, and **while it is, a restore in
      place presumably is refused as busy**.
    - A snapshot of seconds, and an upload after it. How long that takes is not documented; the
      vendor's own tool waits up to half an hour.
    - A backup of Redis is restored to a new instance only, never to an existing one.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:createBackup`; its resource, the instance, is required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (NewBackup): What a manual backup is called.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedBackup | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewBackup,
) -> AcceptedBackup | str | None:
    """Back up a GeminiDB instance

     Makes a manual backup: the only copy of what a restore in place is about to overwrite.

    - **It costs money until somebody deletes it**, even after its instance is gone.
    - **Send it once.** There is no idempotency token. After a timeout, a dropped connection, a
      2xx without the id of a backup, a 5xx, and the 4xx that a proxy may have sent (408, 499, 429
      without a code of the service or its gateway) the outcome is unknown: look for `name` and
      `description` in `list_geminidb_backups`.
    - Only an instance that is normal and idle is backed up, and **while it is, a restore in
      place presumably is refused as busy**.
    - A snapshot of seconds, and an upload after it. How long that takes is not documented; the
      vendor's own tool waits up to half an hour.
    - A backup of Redis is restored to a new instance only, never to an existing one.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:createBackup`; its resource, the instance, is required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (NewBackup): What a manual backup is called.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedBackup | str
    """

    return sync_detailed(
        project_id=project_id,
        instance_id=instance_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewBackup,
) -> Response[AcceptedBackup | str]:
    """Back up a GeminiDB instance

     Makes a manual backup: the only copy of what a restore in place is about to overwrite.

    - **It costs money until somebody deletes it**, even after its instance is gone.
    - **Send it once.** There is no idempotency token. After a timeout, a dropped connection, a
      2xx without the id of a backup, a 5xx, and the 4xx that a proxy may have sent (408, 499, 429
      without a code of the service or its gateway) the outcome is unknown: look for `name` and
      `description` in `list_geminidb_backups`.
    - Only an instance that is normal and idle is backed up, and **while it is, a restore in
      place presumably is refused as busy**.
    - A snapshot of seconds, and an upload after it. How long that takes is not documented; the
      vendor's own tool waits up to half an hour.
    - A backup of Redis is restored to a new instance only, never to an existing one.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:createBackup`; its resource, the instance, is required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (NewBackup): What a manual backup is called.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedBackup | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: NewBackup,
) -> AcceptedBackup | str | None:
    """Back up a GeminiDB instance

     Makes a manual backup: the only copy of what a restore in place is about to overwrite.

    - **It costs money until somebody deletes it**, even after its instance is gone.
    - **Send it once.** There is no idempotency token. After a timeout, a dropped connection, a
      2xx without the id of a backup, a 5xx, and the 4xx that a proxy may have sent (408, 499, 429
      without a code of the service or its gateway) the outcome is unknown: look for `name` and
      `description` in `list_geminidb_backups`.
    - Only an instance that is normal and idle is backed up, and **while it is, a restore in
      place presumably is refused as busy**.
    - A snapshot of seconds, and an upload after it. How long that takes is not documented; the
      vendor's own tool waits up to half an hour.
    - A backup of Redis is restored to a new instance only, never to an existing one.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:createBackup`; its resource, the instance, is required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (NewBackup): What a manual backup is called.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedBackup | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            instance_id=instance_id,
            client=client,
            body=body,
        )
    ).parsed
