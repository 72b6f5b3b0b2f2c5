from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.accepted_deletion import AcceptedDeletion
from ...types import Response


def _get_kwargs(
    project_id: str,
    instance_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v3/{project_id}/instances/{instance_id}".format(
            project_id=quote(str(project_id), safe=""),
            instance_id=quote(str(instance_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AcceptedDeletion | str:
    if response.status_code == 200:
        response_200 = AcceptedDeletion.from_dict(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = AcceptedDeletion.from_dict(response.json())

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
) -> Response[AcceptedDeletion | str]:
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
) -> Response[AcceptedDeletion | str]:
    """Delete an RDS instance

     Deletes an instance with its standby, its read replicas and its automated backups.

    - **Gone is what `list_rds_instances` says.** The job may never be completed although the
      instance is gone.
    - **Refused while anything runs on it** (409), such as the backup that follows a restore, and
      while one of its backups is being restored to another instance: wait and look again.
    - Every deletion first makes a full backup for the recycle bin, kept for one to seven days,
      free of charge. Manual backups stay, and are billed.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `rds:instance:deleteInstance`, called `rds:instance:delete` in older policies. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough
            to keep `*` out of a query.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedDeletion | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
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
) -> AcceptedDeletion | str | None:
    """Delete an RDS instance

     Deletes an instance with its standby, its read replicas and its automated backups.

    - **Gone is what `list_rds_instances` says.** The job may never be completed although the
      instance is gone.
    - **Refused while anything runs on it** (409), such as the backup that follows a restore, and
      while one of its backups is being restored to another instance: wait and look again.
    - Every deletion first makes a full backup for the recycle bin, kept for one to seven days,
      free of charge. Manual backups stay, and are billed.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `rds:instance:deleteInstance`, called `rds:instance:delete` in older policies. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough
            to keep `*` out of a query.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedDeletion | str
    """

    return sync_detailed(
        project_id=project_id,
        instance_id=instance_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[AcceptedDeletion | str]:
    """Delete an RDS instance

     Deletes an instance with its standby, its read replicas and its automated backups.

    - **Gone is what `list_rds_instances` says.** The job may never be completed although the
      instance is gone.
    - **Refused while anything runs on it** (409), such as the backup that follows a restore, and
      while one of its backups is being restored to another instance: wait and look again.
    - Every deletion first makes a full backup for the recycle bin, kept for one to seven days,
      free of charge. Manual backups stay, and are billed.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `rds:instance:deleteInstance`, called `rds:instance:delete` in older policies. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough
            to keep `*` out of a query.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedDeletion | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> AcceptedDeletion | str | None:
    """Delete an RDS instance

     Deletes an instance with its standby, its read replicas and its automated backups.

    - **Gone is what `list_rds_instances` says.** The job may never be completed although the
      instance is gone.
    - **Refused while anything runs on it** (409), such as the backup that follows a restore, and
      while one of its backups is being restored to another instance: wait and look again.
    - Every deletion first makes a full backup for the recycle bin, kept for one to seven days,
      free of charge. Manual backups stay, and are billed.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `rds:instance:deleteInstance`, called `rds:instance:delete` in older policies. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough
            to keep `*` out of a query.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedDeletion | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            instance_id=instance_id,
            client=client,
        )
    ).parsed
