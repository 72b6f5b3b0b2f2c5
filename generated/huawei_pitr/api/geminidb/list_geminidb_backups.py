from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.backup_list import BackupList
from ...models.list_geminidb_backups_backup_type import (
    ListGeminidbBackupsBackupType,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    instance_id: str | Unset = UNSET,
    backup_id: str | Unset = UNSET,
    backup_type: ListGeminidbBackupsBackupType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["instance_id"] = instance_id

    params["backup_id"] = backup_id

    json_backup_type: str | Unset = UNSET
    if not isinstance(backup_type, Unset):
        json_backup_type = backup_type

    params["backup_type"] = json_backup_type

    params["offset"] = offset

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v4/{project_id}/backups".format(
            project_id=quote(str(project_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> BackupList | str:
    if response.status_code == 200:
        response_200 = BackupList.from_dict(response.json())

        return response_200

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
) -> Response[BackupList | str]:
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
    instance_id: str | Unset = UNSET,
    backup_id: str | Unset = UNSET,
    backup_type: ListGeminidbBackupsBackupType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[BackupList | str]:
    """List GeminiDB backups

     Shows whether a backup is complete, finds one whose answer was lost, and shows whether one is
    gone.

    - **Zero rows with status 200 mean "not found"**; a new one may not be listed yet.
    - Newest first. `backup_type` is case-sensitive.
    - Under `/v3` and `/v3.1` are lists with other parameters and times.

    Permission: `gaussdbfornosql:backup:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and
            `in12`; the pattern is wider because documentation examples are not hex, and narrow enough
            to keep `*` out of a query.
        backup_id (str | Unset): The id of a backup. Those seen are 32 hex digits, `br` and two
            digits; no page documents it, and the pattern is wide.
        backup_type (ListGeminidbBackupsBackupType | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BackupList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        backup_id=backup_id,
        backup_type=backup_type,
        offset=offset,
        limit=limit,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    instance_id: str | Unset = UNSET,
    backup_id: str | Unset = UNSET,
    backup_type: ListGeminidbBackupsBackupType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> BackupList | str | None:
    """List GeminiDB backups

     Shows whether a backup is complete, finds one whose answer was lost, and shows whether one is
    gone.

    - **Zero rows with status 200 mean "not found"**; a new one may not be listed yet.
    - Newest first. `backup_type` is case-sensitive.
    - Under `/v3` and `/v3.1` are lists with other parameters and times.

    Permission: `gaussdbfornosql:backup:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and
            `in12`; the pattern is wider because documentation examples are not hex, and narrow enough
            to keep `*` out of a query.
        backup_id (str | Unset): The id of a backup. Those seen are 32 hex digits, `br` and two
            digits; no page documents it, and the pattern is wide.
        backup_type (ListGeminidbBackupsBackupType | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BackupList | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        instance_id=instance_id,
        backup_id=backup_id,
        backup_type=backup_type,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    instance_id: str | Unset = UNSET,
    backup_id: str | Unset = UNSET,
    backup_type: ListGeminidbBackupsBackupType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[BackupList | str]:
    """List GeminiDB backups

     Shows whether a backup is complete, finds one whose answer was lost, and shows whether one is
    gone.

    - **Zero rows with status 200 mean "not found"**; a new one may not be listed yet.
    - Newest first. `backup_type` is case-sensitive.
    - Under `/v3` and `/v3.1` are lists with other parameters and times.

    Permission: `gaussdbfornosql:backup:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and
            `in12`; the pattern is wider because documentation examples are not hex, and narrow enough
            to keep `*` out of a query.
        backup_id (str | Unset): The id of a backup. Those seen are 32 hex digits, `br` and two
            digits; no page documents it, and the pattern is wide.
        backup_type (ListGeminidbBackupsBackupType | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[BackupList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        backup_id=backup_id,
        backup_type=backup_type,
        offset=offset,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    instance_id: str | Unset = UNSET,
    backup_id: str | Unset = UNSET,
    backup_type: ListGeminidbBackupsBackupType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> BackupList | str | None:
    """List GeminiDB backups

     Shows whether a backup is complete, finds one whose answer was lost, and shows whether one is
    gone.

    - **Zero rows with status 200 mean "not found"**; a new one may not be listed yet.
    - Newest first. `backup_type` is case-sensitive.
    - Under `/v3` and `/v3.1` are lists with other parameters and times.

    Permission: `gaussdbfornosql:backup:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and
            `in12`; the pattern is wider because documentation examples are not hex, and narrow enough
            to keep `*` out of a query.
        backup_id (str | Unset): The id of a backup. Those seen are 32 hex digits, `br` and two
            digits; no page documents it, and the pattern is wide.
        backup_type (ListGeminidbBackupsBackupType | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        BackupList | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            instance_id=instance_id,
            backup_id=backup_id,
            backup_type=backup_type,
            offset=offset,
            limit=limit,
        )
    ).parsed
