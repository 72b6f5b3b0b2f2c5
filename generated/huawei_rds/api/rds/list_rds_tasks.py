from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.task_list import TaskList
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    instance_id: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["instance_id"] = instance_id

    params["start_time"] = start_time

    params["end_time"] = end_time

    params["offset"] = offset

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{project_id}/tasklist".format(
            project_id=quote(str(project_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> TaskList | str:
    if response.status_code == 200:
        response_200 = TaskList.from_dict(response.json())

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
) -> Response[TaskList | str]:
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
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[TaskList | str]:
    """List RDS tasks, of an instance or of a period

     Finds the task of a restore whose answer was lost, and what runs on an instance.

    - **A task is not visible in its first seconds**: never read an empty list as proof that
      nothing was started.
    - Never filter by name: which name the task of a restore to a new instance has is not
      documented.
    - `start_time` and `end_time` are given both or neither. Tasks are kept for a month.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): An RDS instance id. It ends in `in` and two digits that name
            the engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow
            enough to keep `*` out of a query.
        start_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        end_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TaskList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        start_time=start_time,
        end_time=end_time,
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
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> TaskList | str | None:
    """List RDS tasks, of an instance or of a period

     Finds the task of a restore whose answer was lost, and what runs on an instance.

    - **A task is not visible in its first seconds**: never read an empty list as proof that
      nothing was started.
    - Never filter by name: which name the task of a restore to a new instance has is not
      documented.
    - `start_time` and `end_time` are given both or neither. Tasks are kept for a month.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): An RDS instance id. It ends in `in` and two digits that name
            the engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow
            enough to keep `*` out of a query.
        start_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        end_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TaskList | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        instance_id=instance_id,
        start_time=start_time,
        end_time=end_time,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    instance_id: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[TaskList | str]:
    """List RDS tasks, of an instance or of a period

     Finds the task of a restore whose answer was lost, and what runs on an instance.

    - **A task is not visible in its first seconds**: never read an empty list as proof that
      nothing was started.
    - Never filter by name: which name the task of a restore to a new instance has is not
      documented.
    - `start_time` and `end_time` are given both or neither. Tasks are kept for a month.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): An RDS instance id. It ends in `in` and two digits that name
            the engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow
            enough to keep `*` out of a query.
        start_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        end_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TaskList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        start_time=start_time,
        end_time=end_time,
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
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> TaskList | str | None:
    """List RDS tasks, of an instance or of a period

     Finds the task of a restore whose answer was lost, and what runs on an instance.

    - **A task is not visible in its first seconds**: never read an empty list as proof that
      nothing was started.
    - Never filter by name: which name the task of a restore to a new instance has is not
      documented.
    - `start_time` and `end_time` are given both or neither. Tasks are kept for a month.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str | Unset): An RDS instance id. It ends in `in` and two digits that name
            the engine: `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow
            enough to keep `*` out of a query.
        start_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        end_time (str | Unset): A moment in milliseconds since 1970, UTC, as text.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TaskList | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            instance_id=instance_id,
            start_time=start_time,
            end_time=end_time,
            offset=offset,
            limit=limit,
        )
    ).parsed
