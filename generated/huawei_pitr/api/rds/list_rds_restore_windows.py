import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.list_rds_restore_windows_x_language import (
    ListRdsRestoreWindowsXLanguage,
)
from ...models.restore_windows import RestoreWindows
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    instance_id: str,
    *,
    date: datetime.date | Unset = UNSET,
    x_language: ListRdsRestoreWindowsXLanguage | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(x_language, Unset):
        headers["X-Language"] = str(x_language)

    params: dict[str, Any] = {}

    json_date: str | Unset = UNSET
    if not isinstance(date, Unset):
        json_date = date.isoformat()
    params["date"] = json_date

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{project_id}/instances/{instance_id}/restore-time".format(
            project_id=quote(str(project_id), safe=""),
            instance_id=quote(str(instance_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> RestoreWindows | str:
    if response.status_code == 200:
        response_200 = RestoreWindows.from_dict(response.json())

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
) -> Response[RestoreWindows | str]:
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
    date: datetime.date | Unset = UNSET,
    x_language: ListRdsRestoreWindowsXLanguage | Unset = UNSET,
) -> Response[RestoreWindows | str]:
    """List the windows of time an RDS instance can be restored to

     Any moment inside one of these windows can be restored, the edges included.

    - Without `date` the answer covers everything that is kept: several windows, or none. With
      a long retention period query day by day.
    - **`date` is a day in UTC**, and a window that crosses midnight is cut there: for a moment
      near midnight read the neighbouring day as well.
    - **`start_time` and `end_time` are milliseconds**, UTC. A target in whole seconds needs the
      start rounded up and the end rounded down; a window shorter than that offers nothing.

    Permission: `rds:instance:getRestoreTime`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine.
        date (datetime.date | Unset):
        x_language (ListRdsRestoreWindowsXLanguage | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RestoreWindows | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        date=date,
        x_language=x_language,
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
    date: datetime.date | Unset = UNSET,
    x_language: ListRdsRestoreWindowsXLanguage | Unset = UNSET,
) -> RestoreWindows | str | None:
    """List the windows of time an RDS instance can be restored to

     Any moment inside one of these windows can be restored, the edges included.

    - Without `date` the answer covers everything that is kept: several windows, or none. With
      a long retention period query day by day.
    - **`date` is a day in UTC**, and a window that crosses midnight is cut there: for a moment
      near midnight read the neighbouring day as well.
    - **`start_time` and `end_time` are milliseconds**, UTC. A target in whole seconds needs the
      start rounded up and the end rounded down; a window shorter than that offers nothing.

    Permission: `rds:instance:getRestoreTime`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine.
        date (datetime.date | Unset):
        x_language (ListRdsRestoreWindowsXLanguage | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RestoreWindows | str
    """

    return sync_detailed(
        project_id=project_id,
        instance_id=instance_id,
        client=client,
        date=date,
        x_language=x_language,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    date: datetime.date | Unset = UNSET,
    x_language: ListRdsRestoreWindowsXLanguage | Unset = UNSET,
) -> Response[RestoreWindows | str]:
    """List the windows of time an RDS instance can be restored to

     Any moment inside one of these windows can be restored, the edges included.

    - Without `date` the answer covers everything that is kept: several windows, or none. With
      a long retention period query day by day.
    - **`date` is a day in UTC**, and a window that crosses midnight is cut there: for a moment
      near midnight read the neighbouring day as well.
    - **`start_time` and `end_time` are milliseconds**, UTC. A target in whole seconds needs the
      start rounded up and the end rounded down; a window shorter than that offers nothing.

    Permission: `rds:instance:getRestoreTime`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine.
        date (datetime.date | Unset):
        x_language (ListRdsRestoreWindowsXLanguage | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RestoreWindows | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        date=date,
        x_language=x_language,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    date: datetime.date | Unset = UNSET,
    x_language: ListRdsRestoreWindowsXLanguage | Unset = UNSET,
) -> RestoreWindows | str | None:
    """List the windows of time an RDS instance can be restored to

     Any moment inside one of these windows can be restored, the edges included.

    - Without `date` the answer covers everything that is kept: several windows, or none. With
      a long retention period query day by day.
    - **`date` is a day in UTC**, and a window that crosses midnight is cut there: for a moment
      near midnight read the neighbouring day as well.
    - **`start_time` and `end_time` are milliseconds**, UTC. A target in whole seconds needs the
      start rounded up and the end rounded down; a window shorter than that offers nothing.

    Permission: `rds:instance:getRestoreTime`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): An RDS instance id. It ends in `in` and two digits that name the
            engine.
        date (datetime.date | Unset):
        x_language (ListRdsRestoreWindowsXLanguage | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RestoreWindows | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            instance_id=instance_id,
            client=client,
            date=date,
            x_language=x_language,
        )
    ).parsed
