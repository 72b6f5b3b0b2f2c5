from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.instance_list import InstanceList
from ...models.list_geminidb_instances_datastore_type import (
    ListGeminidbInstancesDatastoreType,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    id: str | Unset = UNSET,
    name: str | Unset = UNSET,
    datastore_type: ListGeminidbInstancesDatastoreType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["id"] = id

    params["name"] = name

    json_datastore_type: str | Unset = UNSET
    if not isinstance(datastore_type, Unset):
        json_datastore_type = datastore_type

    params["datastore_type"] = json_datastore_type

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
    datastore_type: ListGeminidbInstancesDatastoreType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[InstanceList | str]:
    """List GeminiDB instances, with their state and what they are busy with

     Shows before a restore whether the instance is normal and idle, and after it whether it is
    so again.

    - **An `id` that starts with `*` is a fuzzy match**: check ids before they get here, and
      check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - `mode` is `Cluster` for the proxy clusters that can be restored in place. Whether
      `CloudNativeCluster` can is not documented.
    - It also shows what a new instance that a backup is restored to must look like, and whether one
      is there, ready, or gone. It tells no tags: `list_geminidb_instance_tags` does.
    - **Names may repeat**: one name may give several rows. A `name` that starts with `*` is a fuzzy
      match too.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:instance:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance or of a backup. Several may share one.
        datastore_type (ListGeminidbInstancesDatastoreType | Unset):
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
        datastore_type=datastore_type,
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
    datastore_type: ListGeminidbInstancesDatastoreType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> InstanceList | str | None:
    """List GeminiDB instances, with their state and what they are busy with

     Shows before a restore whether the instance is normal and idle, and after it whether it is
    so again.

    - **An `id` that starts with `*` is a fuzzy match**: check ids before they get here, and
      check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - `mode` is `Cluster` for the proxy clusters that can be restored in place. Whether
      `CloudNativeCluster` can is not documented.
    - It also shows what a new instance that a backup is restored to must look like, and whether one
      is there, ready, or gone. It tells no tags: `list_geminidb_instance_tags` does.
    - **Names may repeat**: one name may give several rows. A `name` that starts with `*` is a fuzzy
      match too.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:instance:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance or of a backup. Several may share one.
        datastore_type (ListGeminidbInstancesDatastoreType | Unset):
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
        datastore_type=datastore_type,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    id: str | Unset = UNSET,
    name: str | Unset = UNSET,
    datastore_type: ListGeminidbInstancesDatastoreType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[InstanceList | str]:
    """List GeminiDB instances, with their state and what they are busy with

     Shows before a restore whether the instance is normal and idle, and after it whether it is
    so again.

    - **An `id` that starts with `*` is a fuzzy match**: check ids before they get here, and
      check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - `mode` is `Cluster` for the proxy clusters that can be restored in place. Whether
      `CloudNativeCluster` can is not documented.
    - It also shows what a new instance that a backup is restored to must look like, and whether one
      is there, ready, or gone. It tells no tags: `list_geminidb_instance_tags` does.
    - **Names may repeat**: one name may give several rows. A `name` that starts with `*` is a fuzzy
      match too.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:instance:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance or of a backup. Several may share one.
        datastore_type (ListGeminidbInstancesDatastoreType | Unset):
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
        datastore_type=datastore_type,
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
    datastore_type: ListGeminidbInstancesDatastoreType | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> InstanceList | str | None:
    """List GeminiDB instances, with their state and what they are busy with

     Shows before a restore whether the instance is normal and idle, and after it whether it is
    so again.

    - **An `id` that starts with `*` is a fuzzy match**: check ids before they get here, and
      check that the row that comes back is the requested one.
    - **Zero rows with status 200 mean "not found".**
    - `mode` is `Cluster` for the proxy clusters that can be restored in place. Whether
      `CloudNativeCluster` can is not documented.
    - It also shows what a new instance that a backup is restored to must look like, and whether one
      is there, ready, or gone. It tells no tags: `list_geminidb_instance_tags` does.
    - **Names may repeat**: one name may give several rows. A `name` that starts with `*` is a fuzzy
      match too.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:instance:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        name (str | Unset): The name of an instance or of a backup. Several may share one.
        datastore_type (ListGeminidbInstancesDatastoreType | Unset):
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
            datastore_type=datastore_type,
            offset=offset,
            limit=limit,
        )
    ).parsed
