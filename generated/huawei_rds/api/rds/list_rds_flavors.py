from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.flavor_list import FlavorList
from ...models.list_rds_flavors_database_name import (
    ListRdsFlavorsDatabaseName,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    database_name: ListRdsFlavorsDatabaseName,
    *,
    version_name: str | Unset = UNSET,
    spec_code: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["version_name"] = version_name

    params["spec_code"] = spec_code

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{project_id}/flavors/{database_name}".format(
            project_id=quote(str(project_id), safe=""),
            database_name=quote(str(database_name), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> FlavorList | str:
    if response.status_code == 200:
        response_200 = FlavorList.from_dict(response.json())

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
) -> Response[FlavorList | str]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    project_id: str,
    database_name: ListRdsFlavorsDatabaseName,
    *,
    client: AuthenticatedClient | Client,
    version_name: str | Unset = UNSET,
    spec_code: str | Unset = UNSET,
) -> Response[FlavorList | str]:
    """List the flavors of an engine, and where each is on sale

     Shows before a restore whether a new instance of the flavor can be had in a zone.

    Permission: `rds:instance:listFlavors`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        database_name (ListRdsFlavorsDatabaseName):
        version_name (str | Unset):
        spec_code (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FlavorList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        database_name=database_name,
        version_name=version_name,
        spec_code=spec_code,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    database_name: ListRdsFlavorsDatabaseName,
    *,
    client: AuthenticatedClient | Client,
    version_name: str | Unset = UNSET,
    spec_code: str | Unset = UNSET,
) -> FlavorList | str | None:
    """List the flavors of an engine, and where each is on sale

     Shows before a restore whether a new instance of the flavor can be had in a zone.

    Permission: `rds:instance:listFlavors`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        database_name (ListRdsFlavorsDatabaseName):
        version_name (str | Unset):
        spec_code (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FlavorList | str
    """

    return sync_detailed(
        project_id=project_id,
        database_name=database_name,
        client=client,
        version_name=version_name,
        spec_code=spec_code,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    database_name: ListRdsFlavorsDatabaseName,
    *,
    client: AuthenticatedClient | Client,
    version_name: str | Unset = UNSET,
    spec_code: str | Unset = UNSET,
) -> Response[FlavorList | str]:
    """List the flavors of an engine, and where each is on sale

     Shows before a restore whether a new instance of the flavor can be had in a zone.

    Permission: `rds:instance:listFlavors`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        database_name (ListRdsFlavorsDatabaseName):
        version_name (str | Unset):
        spec_code (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[FlavorList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        database_name=database_name,
        version_name=version_name,
        spec_code=spec_code,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    database_name: ListRdsFlavorsDatabaseName,
    *,
    client: AuthenticatedClient | Client,
    version_name: str | Unset = UNSET,
    spec_code: str | Unset = UNSET,
) -> FlavorList | str | None:
    """List the flavors of an engine, and where each is on sale

     Shows before a restore whether a new instance of the flavor can be had in a zone.

    Permission: `rds:instance:listFlavors`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        database_name (ListRdsFlavorsDatabaseName):
        version_name (str | Unset):
        spec_code (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        FlavorList | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            database_name=database_name,
            client=client,
            version_name=version_name,
            spec_code=spec_code,
        )
    ).parsed
