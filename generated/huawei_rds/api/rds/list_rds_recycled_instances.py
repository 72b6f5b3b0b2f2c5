from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.recycled_list import RecycledList
from ...types import UNSET, Response


def _get_kwargs(
    project_id: str,
    *,
    offset: int,
    limit: int,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["offset"] = offset

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{project_id}/recycle-instances".format(
            project_id=quote(str(project_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> RecycledList | str:
    if response.status_code == 200:
        response_200 = RecycledList.from_dict(response.json())

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
) -> Response[RecycledList | str]:
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
    offset: int,
    limit: int,
) -> Response[RecycledList | str]:
    """List the deleted RDS instances whose last backup is in the recycle bin

     Shows after a deletion what it left behind: a full backup, which is free, goes by itself after one
    to
    seven days, and can be restored until then.

    - **Both `offset` and `limit` are mandatory**, and a page has at most 50 rows.
    - Nothing can be asked for by id: the row of an instance is found by reading all of them.
    - A stopped instance is not kept.
    - How soon after a deletion an instance is listed here is not documented.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        offset (int):
        limit (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RecycledList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
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
    offset: int,
    limit: int,
) -> RecycledList | str | None:
    """List the deleted RDS instances whose last backup is in the recycle bin

     Shows after a deletion what it left behind: a full backup, which is free, goes by itself after one
    to
    seven days, and can be restored until then.

    - **Both `offset` and `limit` are mandatory**, and a page has at most 50 rows.
    - Nothing can be asked for by id: the row of an instance is found by reading all of them.
    - A stopped instance is not kept.
    - How soon after a deletion an instance is listed here is not documented.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        offset (int):
        limit (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RecycledList | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int,
    limit: int,
) -> Response[RecycledList | str]:
    """List the deleted RDS instances whose last backup is in the recycle bin

     Shows after a deletion what it left behind: a full backup, which is free, goes by itself after one
    to
    seven days, and can be restored until then.

    - **Both `offset` and `limit` are mandatory**, and a page has at most 50 rows.
    - Nothing can be asked for by id: the row of an instance is found by reading all of them.
    - A stopped instance is not kept.
    - How soon after a deletion an instance is listed here is not documented.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        offset (int):
        limit (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RecycledList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        offset=offset,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    offset: int,
    limit: int,
) -> RecycledList | str | None:
    """List the deleted RDS instances whose last backup is in the recycle bin

     Shows after a deletion what it left behind: a full backup, which is free, goes by itself after one
    to
    seven days, and can be restored until then.

    - **Both `offset` and `limit` are mandatory**, and a page has at most 50 rows.
    - Nothing can be asked for by id: the row of an instance is found by reading all of them.
    - A stopped instance is not kept.
    - How soon after a deletion an instance is listed here is not documented.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        offset (int):
        limit (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RecycledList | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            offset=offset,
            limit=limit,
        )
    ).parsed
