from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.accepted_restore import AcceptedRestore
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
) -> AcceptedRestore | str:
    if response.status_code == 202:
        response_202 = AcceptedRestore.from_dict(response.json())

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

    if response.status_code == 409:
        response_409 = response.text
        return response_409

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
) -> Response[AcceptedRestore | str]:
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
) -> Response[AcceptedRestore | str]:
    """Restore an RDS instance to a new one, as it was at a moment

     Makes a new instance with the data of another one. The source is not touched.

    - **`restore_point` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here.
    - **Send it once.** There is no idempotency token, so a second POST may make a second
      instance. After a timeout, a dropped connection, a 5xx, and the 4xx that a proxy may have
      sent (408, 499, 429 without a code of the service or its gateway) the outcome is unknown:
      look for the exact `name`, and in the list of tasks. `DBS.200022` (409) says that the name
      exists.
    - `restore_time` must lie in a window that `list_rds_restore_windows` offers, edges
      included. Which code refuses another moment is not documented.
    - The new instance has the engine, for MySQL and PostgreSQL also the version, of the source,
      and at least its disk. `flavor_ref` must be on sale in the zone: `list_rds_flavors`.
    - 202 means accepted, not done. The status goes from `BUILD` to `ACTIVE`, then to `BACKING UP`
      by itself, and to `ACTIVE` again. The job is not visible in the first seconds.
    - `dry_run` checks and makes nothing, **for MySQL only**: what another engine does with it is
      not documented, and it may make an instance. What stands in the body of a dry run's 202 is
      not documented either, which is why no field of it is required here.
    - Some 30 MB/s, and at least some ten minutes, is what is told of its speed.

    Permission: `rds:instance:create`, which takes no resource and no condition. Whoever has it
    may make any instance.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and what it is restored from. The network is
            required of PostgreSQL and SQL Server only, and sent for every engine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedRestore | str]
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
) -> AcceptedRestore | str | None:
    """Restore an RDS instance to a new one, as it was at a moment

     Makes a new instance with the data of another one. The source is not touched.

    - **`restore_point` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here.
    - **Send it once.** There is no idempotency token, so a second POST may make a second
      instance. After a timeout, a dropped connection, a 5xx, and the 4xx that a proxy may have
      sent (408, 499, 429 without a code of the service or its gateway) the outcome is unknown:
      look for the exact `name`, and in the list of tasks. `DBS.200022` (409) says that the name
      exists.
    - `restore_time` must lie in a window that `list_rds_restore_windows` offers, edges
      included. Which code refuses another moment is not documented.
    - The new instance has the engine, for MySQL and PostgreSQL also the version, of the source,
      and at least its disk. `flavor_ref` must be on sale in the zone: `list_rds_flavors`.
    - 202 means accepted, not done. The status goes from `BUILD` to `ACTIVE`, then to `BACKING UP`
      by itself, and to `ACTIVE` again. The job is not visible in the first seconds.
    - `dry_run` checks and makes nothing, **for MySQL only**: what another engine does with it is
      not documented, and it may make an instance. What stands in the body of a dry run's 202 is
      not documented either, which is why no field of it is required here.
    - Some 30 MB/s, and at least some ten minutes, is what is told of its speed.

    Permission: `rds:instance:create`, which takes no resource and no condition. Whoever has it
    may make any instance.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and what it is restored from. The network is
            required of PostgreSQL and SQL Server only, and sent for every engine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedRestore | str
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
) -> Response[AcceptedRestore | str]:
    """Restore an RDS instance to a new one, as it was at a moment

     Makes a new instance with the data of another one. The source is not touched.

    - **`restore_point` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here.
    - **Send it once.** There is no idempotency token, so a second POST may make a second
      instance. After a timeout, a dropped connection, a 5xx, and the 4xx that a proxy may have
      sent (408, 499, 429 without a code of the service or its gateway) the outcome is unknown:
      look for the exact `name`, and in the list of tasks. `DBS.200022` (409) says that the name
      exists.
    - `restore_time` must lie in a window that `list_rds_restore_windows` offers, edges
      included. Which code refuses another moment is not documented.
    - The new instance has the engine, for MySQL and PostgreSQL also the version, of the source,
      and at least its disk. `flavor_ref` must be on sale in the zone: `list_rds_flavors`.
    - 202 means accepted, not done. The status goes from `BUILD` to `ACTIVE`, then to `BACKING UP`
      by itself, and to `ACTIVE` again. The job is not visible in the first seconds.
    - `dry_run` checks and makes nothing, **for MySQL only**: what another engine does with it is
      not documented, and it may make an instance. What stands in the body of a dry run's 202 is
      not documented either, which is why no field of it is required here.
    - Some 30 MB/s, and at least some ten minutes, is what is told of its speed.

    Permission: `rds:instance:create`, which takes no resource and no condition. Whoever has it
    may make any instance.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and what it is restored from. The network is
            required of PostgreSQL and SQL Server only, and sent for every engine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedRestore | str]
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
) -> AcceptedRestore | str | None:
    """Restore an RDS instance to a new one, as it was at a moment

     Makes a new instance with the data of another one. The source is not touched.

    - **`restore_point` is what makes it a restore.** On this path the service also creates
      instances: a body without it makes an empty one, which is billed. It is required here.
    - **Send it once.** There is no idempotency token, so a second POST may make a second
      instance. After a timeout, a dropped connection, a 5xx, and the 4xx that a proxy may have
      sent (408, 499, 429 without a code of the service or its gateway) the outcome is unknown:
      look for the exact `name`, and in the list of tasks. `DBS.200022` (409) says that the name
      exists.
    - `restore_time` must lie in a window that `list_rds_restore_windows` offers, edges
      included. Which code refuses another moment is not documented.
    - The new instance has the engine, for MySQL and PostgreSQL also the version, of the source,
      and at least its disk. `flavor_ref` must be on sale in the zone: `list_rds_flavors`.
    - 202 means accepted, not done. The status goes from `BUILD` to `ACTIVE`, then to `BACKING UP`
      by itself, and to `ACTIVE` again. The job is not visible in the first seconds.
    - `dry_run` checks and makes nothing, **for MySQL only**: what another engine does with it is
      not documented, and it may make an instance. What stands in the body of a dry run's 202 is
      not documented either, which is why no field of it is required here.
    - Some 30 MB/s, and at least some ten minutes, is what is told of its speed.

    Permission: `rds:instance:create`, which takes no resource and no condition. Whoever has it
    may make any instance.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        body (RestoreToNewInstance): A new instance, and what it is restored from. The network is
            required of PostgreSQL and SQL Server only, and sent for every engine.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedRestore | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            body=body,
        )
    ).parsed
