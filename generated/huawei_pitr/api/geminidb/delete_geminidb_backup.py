from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.accepted_deletion import AcceptedDeletion
from ...types import Response


def _get_kwargs(
    project_id: str,
    backup_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/v3/{project_id}/backups/{backup_id}".format(
            project_id=quote(str(project_id), safe=""),
            backup_id=quote(str(backup_id), safe=""),
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
    backup_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[AcceptedDeletion | str]:
    """Delete a manual backup of a GeminiDB instance

     Deletes a backup for good.

    - **Gone is what `list_geminidb_backups` says**, not the job.
    - Refused while it is being restored (400 `DBS.201319`) or made, or while something runs on its
      instance (403): wait and look again.
    - One that is not there is answered with 400 `DBS.201214`.
    - 202 is documented. As a deletion of an instance has two statuses, so has this here.

    Permission: `gaussdbfornosql:instance:deleteBackup`, which takes no resource and no condition.
    Whoever has it may delete every backup of the project.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        backup_id (str): The id of a backup. Those seen are 32 hex digits, `br` and two digits; no
            page documents it, and the pattern is wide.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedDeletion | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        backup_id=backup_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    backup_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> AcceptedDeletion | str | None:
    """Delete a manual backup of a GeminiDB instance

     Deletes a backup for good.

    - **Gone is what `list_geminidb_backups` says**, not the job.
    - Refused while it is being restored (400 `DBS.201319`) or made, or while something runs on its
      instance (403): wait and look again.
    - One that is not there is answered with 400 `DBS.201214`.
    - 202 is documented. As a deletion of an instance has two statuses, so has this here.

    Permission: `gaussdbfornosql:instance:deleteBackup`, which takes no resource and no condition.
    Whoever has it may delete every backup of the project.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        backup_id (str): The id of a backup. Those seen are 32 hex digits, `br` and two digits; no
            page documents it, and the pattern is wide.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedDeletion | str
    """

    return sync_detailed(
        project_id=project_id,
        backup_id=backup_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    backup_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[AcceptedDeletion | str]:
    """Delete a manual backup of a GeminiDB instance

     Deletes a backup for good.

    - **Gone is what `list_geminidb_backups` says**, not the job.
    - Refused while it is being restored (400 `DBS.201319`) or made, or while something runs on its
      instance (403): wait and look again.
    - One that is not there is answered with 400 `DBS.201214`.
    - 202 is documented. As a deletion of an instance has two statuses, so has this here.

    Permission: `gaussdbfornosql:instance:deleteBackup`, which takes no resource and no condition.
    Whoever has it may delete every backup of the project.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        backup_id (str): The id of a backup. Those seen are 32 hex digits, `br` and two digits; no
            page documents it, and the pattern is wide.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedDeletion | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        backup_id=backup_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    backup_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> AcceptedDeletion | str | None:
    """Delete a manual backup of a GeminiDB instance

     Deletes a backup for good.

    - **Gone is what `list_geminidb_backups` says**, not the job.
    - Refused while it is being restored (400 `DBS.201319`) or made, or while something runs on its
      instance (403): wait and look again.
    - One that is not there is answered with 400 `DBS.201214`.
    - 202 is documented. As a deletion of an instance has two statuses, so has this here.

    Permission: `gaussdbfornosql:instance:deleteBackup`, which takes no resource and no condition.
    Whoever has it may delete every backup of the project.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        backup_id (str): The id of a backup. Those seen are 32 hex digits, `br` and two digits; no
            page documents it, and the pattern is wide.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedDeletion | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            backup_id=backup_id,
            client=client,
        )
    ).parsed
