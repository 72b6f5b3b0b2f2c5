from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.accepted_copy import AcceptedCopy
from ...models.restore_to_new_instance import RestoreToNewInstance
from ...types import Response


def _get_kwargs(
    project_id: str,
    *,
    body: RestoreToNewInstance,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v3/{project_id}/instances".format(
            project_id=quote(str(project_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AcceptedCopy | str:
    if response.status_code == 202:
        response_202 = AcceptedCopy.from_dict(response.json())

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

    if response.status_code == 413:
        response_413 = response.text
        return response_413

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
) -> Response[AcceptedCopy | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RestoreToNewInstance,
) -> Response[AcceptedCopy | str]:
    """Restore a backup of a GeminiDB Redis instance to a new one

     Makes a new instance with the data of a backup. The instance that was backed up is not touched.

    - **`restore_info` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here, and of
      its forms only that with a backup: Redis cannot be restored to a new instance as of a moment.
    - **Send it once.** There is no idempotency token, and **names may repeat**, so a second POST
      makes a second instance. After a timeout, a dropped connection, a 202 without its ids, a 5xx,
      and the 4xx that a proxy may have sent (408, 499, 429 without a code of the service or its
      gateway) the outcome is unknown: look for the exact `name`.
    - The new instance has the engine and version of the backup, and at least the nodes and the disk
      of the instance that was backed up.
    - A key that encrypts the disk is not given: the new instance has that of the backup.
    - 202 means accepted, not done. The status goes from `creating` to `normal`, or to `createfail`.
    - **It has no tags**: none can be given here. `tag_geminidb_instance` gives them afterwards.
    - The console calls the instance that was backed up "Checking restoration" meanwhile. What
      `actions` says of it then is not documented.

    Permission: `gaussdbfornosql:instance:create`, which takes no resource. Whoever has it may make
    any instance in the networks that its conditions allow.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and the backup that it is made from.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedCopy | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RestoreToNewInstance,
) -> AcceptedCopy | str | None:
    """Restore a backup of a GeminiDB Redis instance to a new one

     Makes a new instance with the data of a backup. The instance that was backed up is not touched.

    - **`restore_info` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here, and of
      its forms only that with a backup: Redis cannot be restored to a new instance as of a moment.
    - **Send it once.** There is no idempotency token, and **names may repeat**, so a second POST
      makes a second instance. After a timeout, a dropped connection, a 202 without its ids, a 5xx,
      and the 4xx that a proxy may have sent (408, 499, 429 without a code of the service or its
      gateway) the outcome is unknown: look for the exact `name`.
    - The new instance has the engine and version of the backup, and at least the nodes and the disk
      of the instance that was backed up.
    - A key that encrypts the disk is not given: the new instance has that of the backup.
    - 202 means accepted, not done. The status goes from `creating` to `normal`, or to `createfail`.
    - **It has no tags**: none can be given here. `tag_geminidb_instance` gives them afterwards.
    - The console calls the instance that was backed up "Checking restoration" meanwhile. What
      `actions` says of it then is not documented.

    Permission: `gaussdbfornosql:instance:create`, which takes no resource. Whoever has it may make
    any instance in the networks that its conditions allow.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and the backup that it is made from.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedCopy | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RestoreToNewInstance,
) -> Response[AcceptedCopy | str]:
    """Restore a backup of a GeminiDB Redis instance to a new one

     Makes a new instance with the data of a backup. The instance that was backed up is not touched.

    - **`restore_info` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here, and of
      its forms only that with a backup: Redis cannot be restored to a new instance as of a moment.
    - **Send it once.** There is no idempotency token, and **names may repeat**, so a second POST
      makes a second instance. After a timeout, a dropped connection, a 202 without its ids, a 5xx,
      and the 4xx that a proxy may have sent (408, 499, 429 without a code of the service or its
      gateway) the outcome is unknown: look for the exact `name`.
    - The new instance has the engine and version of the backup, and at least the nodes and the disk
      of the instance that was backed up.
    - A key that encrypts the disk is not given: the new instance has that of the backup.
    - 202 means accepted, not done. The status goes from `creating` to `normal`, or to `createfail`.
    - **It has no tags**: none can be given here. `tag_geminidb_instance` gives them afterwards.
    - The console calls the instance that was backed up "Checking restoration" meanwhile. What
      `actions` says of it then is not documented.

    Permission: `gaussdbfornosql:instance:create`, which takes no resource. Whoever has it may make
    any instance in the networks that its conditions allow.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and the backup that it is made from.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedCopy | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: RestoreToNewInstance,
) -> AcceptedCopy | str | None:
    """Restore a backup of a GeminiDB Redis instance to a new one

     Makes a new instance with the data of a backup. The instance that was backed up is not touched.

    - **`restore_info` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here, and of
      its forms only that with a backup: Redis cannot be restored to a new instance as of a moment.
    - **Send it once.** There is no idempotency token, and **names may repeat**, so a second POST
      makes a second instance. After a timeout, a dropped connection, a 202 without its ids, a 5xx,
      and the 4xx that a proxy may have sent (408, 499, 429 without a code of the service or its
      gateway) the outcome is unknown: look for the exact `name`.
    - The new instance has the engine and version of the backup, and at least the nodes and the disk
      of the instance that was backed up.
    - A key that encrypts the disk is not given: the new instance has that of the backup.
    - 202 means accepted, not done. The status goes from `creating` to `normal`, or to `createfail`.
    - **It has no tags**: none can be given here. `tag_geminidb_instance` gives them afterwards.
    - The console calls the instance that was backed up "Checking restoration" meanwhile. What
      `actions` says of it then is not documented.

    Permission: `gaussdbfornosql:instance:create`, which takes no resource. Whoever has it may make
    any instance in the networks that its conditions allow.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and the backup that it is made from.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedCopy | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            body=body,
        )
    ).parsed
