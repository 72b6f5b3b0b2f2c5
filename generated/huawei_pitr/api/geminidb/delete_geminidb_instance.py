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
    """Delete a GeminiDB instance

     Deletes an instance with its automated backups. Manual backups stay, and are billed.

    - **Gone is what `list_geminidb_instances` says**, not the job.
    - Refused while anything runs on it (403): wait and look again.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:delete`; its resource, the instance, is required. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.

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
    """Delete a GeminiDB instance

     Deletes an instance with its automated backups. Manual backups stay, and are billed.

    - **Gone is what `list_geminidb_instances` says**, not the job.
    - Refused while anything runs on it (403): wait and look again.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:delete`; its resource, the instance, is required. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.

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
    """Delete a GeminiDB instance

     Deletes an instance with its automated backups. Manual backups stay, and are billed.

    - **Gone is what `list_geminidb_instances` says**, not the job.
    - Refused while anything runs on it (403): wait and look again.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:delete`; its resource, the instance, is required. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.

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
    """Delete a GeminiDB instance

     Deletes an instance with its automated backups. Manual backups stay, and are billed.

    - **Gone is what `list_geminidb_instances` says**, not the job.
    - Refused while anything runs on it (403): wait and look again.
    - Yearly and monthly instances cannot be deleted, only unsubscribed.
    - 202 in one document, 200 in another: both are here.

    Permission: `gaussdbfornosql:instance:delete`; its resource, the instance, is required. It takes
    a tag as condition.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.

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
