from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.instance_list import InstanceList
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    id: str | Unset = UNSET,
    name: str | Unset = UNSET,
    tags: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["id"] = id

    params["name"] = name

    params["tags"] = tags

    params["offset"] = offset

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{project_id}/instances".format(
            project_id=quote(str(project_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InstanceList | str:
    if response.status_code == 200:
        response_200 = InstanceList.from_dict(response.json())

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
) -> Response[InstanceList | str]:
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
    id: str | Unset = UNSET,
    name: str | Unset = UNSET,
    tags: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[InstanceList | str]:
    """List RDS instances, with their status and everything that a copy of one needs

     Shows what a copy must look like, whether an instance is there and in which status, and
    whether it is gone: an instance that is deleted is one that this list no longer has.

    - **An `id` or a `name` that starts with `*` is a fuzzy match**: check both before they get
      here, and check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - **`ACTIVE` appears for a moment between `BUILD` and `BACKING UP`**: one read does not show
      that a new instance is ready.
    - While an instance is being built its addresses, nodes and times may be empty.
    - Flexus instances are listed only with `group_type=flexus`, which is left out here.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): An RDS instance id. It ends in `in` and two digits that name the engine:
            `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance. Whether two may share one is told in two
            ways. MySQL allows dots too.
        tags (str | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InstanceList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        id=id,
        name=name,
        tags=tags,
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
    id: str | Unset = UNSET,
    name: str | Unset = UNSET,
    tags: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> InstanceList | str | None:
    """List RDS instances, with their status and everything that a copy of one needs

     Shows what a copy must look like, whether an instance is there and in which status, and
    whether it is gone: an instance that is deleted is one that this list no longer has.

    - **An `id` or a `name` that starts with `*` is a fuzzy match**: check both before they get
      here, and check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - **`ACTIVE` appears for a moment between `BUILD` and `BACKING UP`**: one read does not show
      that a new instance is ready.
    - While an instance is being built its addresses, nodes and times may be empty.
    - Flexus instances are listed only with `group_type=flexus`, which is left out here.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): An RDS instance id. It ends in `in` and two digits that name the engine:
            `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance. Whether two may share one is told in two
            ways. MySQL allows dots too.
        tags (str | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InstanceList | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        id=id,
        name=name,
        tags=tags,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    id: str | Unset = UNSET,
    name: str | Unset = UNSET,
    tags: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[InstanceList | str]:
    """List RDS instances, with their status and everything that a copy of one needs

     Shows what a copy must look like, whether an instance is there and in which status, and
    whether it is gone: an instance that is deleted is one that this list no longer has.

    - **An `id` or a `name` that starts with `*` is a fuzzy match**: check both before they get
      here, and check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - **`ACTIVE` appears for a moment between `BUILD` and `BACKING UP`**: one read does not show
      that a new instance is ready.
    - While an instance is being built its addresses, nodes and times may be empty.
    - Flexus instances are listed only with `group_type=flexus`, which is left out here.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): An RDS instance id. It ends in `in` and two digits that name the engine:
            `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance. Whether two may share one is told in two
            ways. MySQL allows dots too.
        tags (str | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InstanceList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        id=id,
        name=name,
        tags=tags,
        offset=offset,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    id: str | Unset = UNSET,
    name: str | Unset = UNSET,
    tags: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> InstanceList | str | None:
    """List RDS instances, with their status and everything that a copy of one needs

     Shows what a copy must look like, whether an instance is there and in which status, and
    whether it is gone: an instance that is deleted is one that this list no longer has.

    - **An `id` or a `name` that starts with `*` is a fuzzy match**: check both before they get
      here, and check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - **`ACTIVE` appears for a moment between `BUILD` and `BACKING UP`**: one read does not show
      that a new instance is ready.
    - While an instance is being built its addresses, nodes and times may be empty.
    - Flexus instances are listed only with `group_type=flexus`, which is left out here.

    Permission: `rds:instance:listAll`, called `rds:instance:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): An RDS instance id. It ends in `in` and two digits that name the engine:
            `in01` MySQL, `in03` PostgreSQL, `in04` SQL Server. The pattern is narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance. Whether two may share one is told in two
            ways. MySQL allows dots too.
        tags (str | Unset):
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InstanceList | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            id=id,
            name=name,
            tags=tags,
            offset=offset,
            limit=limit,
        )
    ).parsed
