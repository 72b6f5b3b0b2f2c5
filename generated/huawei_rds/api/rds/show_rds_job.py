from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.shown_job import ShownJob
from ...types import UNSET, Response


def _get_kwargs(
    project_id: str,
    *,
    id: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["id"] = id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{project_id}/jobs".format(
            project_id=quote(str(project_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ShownJob | str:
    if response.status_code == 200:
        response_200 = ShownJob.from_dict(response.json())

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
) -> Response[ShownJob | str]:
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
    id: str,
) -> Response[ShownJob | str]:
    """Show one RDS job

     Follows the job of a restore.

    - **In its first seconds a job is not visible**: then the answer is `DBS.200543` (400), as for a
      job that does not exist.
    - A completed job does not mean that the instance is ready: a backup follows.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ShownJob | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        id=id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    id: str,
) -> ShownJob | str | None:
    """Show one RDS job

     Follows the job of a restore.

    - **In its first seconds a job is not visible**: then the answer is `DBS.200543` (400), as for a
      job that does not exist.
    - A completed job does not mean that the instance is ready: a backup follows.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ShownJob | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        id=id,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    id: str,
) -> Response[ShownJob | str]:
    """Show one RDS job

     Follows the job of a restore.

    - **In its first seconds a job is not visible**: then the answer is `DBS.200543` (400), as for a
      job that does not exist.
    - A completed job does not mean that the instance is ready: a backup follows.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ShownJob | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        id=id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    id: str,
) -> ShownJob | str | None:
    """Show one RDS job

     Follows the job of a restore.

    - **In its first seconds a job is not visible**: then the answer is `DBS.200543` (400), as for a
      job that does not exist.
    - A completed job does not mean that the instance is ready: a backup follows.

    Permission: `rds:task:listAll`, called `rds:task:list` in older policies.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ShownJob | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            id=id,
        )
    ).parsed
