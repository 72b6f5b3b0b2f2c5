from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.accepted_restore import AcceptedRestore
from ...models.in_place_restore import InPlaceRestore
from ...types import Response


def _get_kwargs(
    project_id: str,
    instance_id: str,
    *,
    body: InPlaceRestore,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/v3/{project_id}/redis/instances/{instance_id}/pitr".format(
            project_id=quote(str(project_id), safe=""),
            instance_id=quote(str(instance_id), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AcceptedRestore | str:
    if response.status_code == 202:
        response_202 = AcceptedRestore.from_dict(response.json())

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
) -> Response[AcceptedRestore | str]:
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
    body: InPlaceRestore,
) -> Response[AcceptedRestore | str]:
    """Restore a GeminiDB Redis instance in place

     Takes the whole instance back to one of its restorable points, **in place**.

    - **Every write after that point is lost.** Nothing in the API undoes it, a point cannot be
      restored to a new instance, and whether later points survive is not documented. Only a
      backup that was made before keeps what is overwritten: `back_up_geminidb_instance`.
    - **Send `restore_time` verbatim as `list_redis_restore_points` gave it.** Only those
      snapshots can be restored: snap down to the last point at or before the wanted moment.
    - **Send it once.** There is no idempotency token, so a second PUT may be a second restore.
      After a timeout, a dropped connection, a 202 without a job id, a 5xx, and the 4xx that a
      proxy may have sent (408, 499, 429 without a code of the service or its gateway) the
      outcome is unknown: read jobs and instance, never send again. docs/reference/errors.md
      has the table.
    - `GET` on this very path is another operation (the storage that points take). It is left
      out on purpose, so that no client confuses the two.
    - 202 means accepted, not done. Done is: the job is `Completed`, and after that the
      instance is `normal` with no `actions`. The job may not be listed at once.
    - An instance runs one operation at a time; a busy one answers **403**, not 409.
    - Only proxy clusters can do this, and some instances of earlier versions only after an
      upgrade. Which codes say "PITR is off" or "no such point" is not documented.
    - Typically five minutes whatever the size, with no bound promised. Whether clients can
      read and write meanwhile is not documented: expect connections to break.

    Permission: `gaussdbfornosql:instance:redisPitrRestore`; its resource, the instance, is
    required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (InPlaceRestore): The point that an instance is restored to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedRestore | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        body=body,
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
    body: InPlaceRestore,
) -> AcceptedRestore | str | None:
    """Restore a GeminiDB Redis instance in place

     Takes the whole instance back to one of its restorable points, **in place**.

    - **Every write after that point is lost.** Nothing in the API undoes it, a point cannot be
      restored to a new instance, and whether later points survive is not documented. Only a
      backup that was made before keeps what is overwritten: `back_up_geminidb_instance`.
    - **Send `restore_time` verbatim as `list_redis_restore_points` gave it.** Only those
      snapshots can be restored: snap down to the last point at or before the wanted moment.
    - **Send it once.** There is no idempotency token, so a second PUT may be a second restore.
      After a timeout, a dropped connection, a 202 without a job id, a 5xx, and the 4xx that a
      proxy may have sent (408, 499, 429 without a code of the service or its gateway) the
      outcome is unknown: read jobs and instance, never send again. docs/reference/errors.md
      has the table.
    - `GET` on this very path is another operation (the storage that points take). It is left
      out on purpose, so that no client confuses the two.
    - 202 means accepted, not done. Done is: the job is `Completed`, and after that the
      instance is `normal` with no `actions`. The job may not be listed at once.
    - An instance runs one operation at a time; a busy one answers **403**, not 409.
    - Only proxy clusters can do this, and some instances of earlier versions only after an
      upgrade. Which codes say "PITR is off" or "no such point" is not documented.
    - Typically five minutes whatever the size, with no bound promised. Whether clients can
      read and write meanwhile is not documented: expect connections to break.

    Permission: `gaussdbfornosql:instance:redisPitrRestore`; its resource, the instance, is
    required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (InPlaceRestore): The point that an instance is restored to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedRestore | str
    """

    return sync_detailed(
        project_id=project_id,
        instance_id=instance_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: InPlaceRestore,
) -> Response[AcceptedRestore | str]:
    """Restore a GeminiDB Redis instance in place

     Takes the whole instance back to one of its restorable points, **in place**.

    - **Every write after that point is lost.** Nothing in the API undoes it, a point cannot be
      restored to a new instance, and whether later points survive is not documented. Only a
      backup that was made before keeps what is overwritten: `back_up_geminidb_instance`.
    - **Send `restore_time` verbatim as `list_redis_restore_points` gave it.** Only those
      snapshots can be restored: snap down to the last point at or before the wanted moment.
    - **Send it once.** There is no idempotency token, so a second PUT may be a second restore.
      After a timeout, a dropped connection, a 202 without a job id, a 5xx, and the 4xx that a
      proxy may have sent (408, 499, 429 without a code of the service or its gateway) the
      outcome is unknown: read jobs and instance, never send again. docs/reference/errors.md
      has the table.
    - `GET` on this very path is another operation (the storage that points take). It is left
      out on purpose, so that no client confuses the two.
    - 202 means accepted, not done. Done is: the job is `Completed`, and after that the
      instance is `normal` with no `actions`. The job may not be listed at once.
    - An instance runs one operation at a time; a busy one answers **403**, not 409.
    - Only proxy clusters can do this, and some instances of earlier versions only after an
      upgrade. Which codes say "PITR is off" or "no such point" is not documented.
    - Typically five minutes whatever the size, with no bound promised. Whether clients can
      read and write meanwhile is not documented: expect connections to break.

    Permission: `gaussdbfornosql:instance:redisPitrRestore`; its resource, the instance, is
    required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (InPlaceRestore): The point that an instance is restored to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AcceptedRestore | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        instance_id=instance_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: InPlaceRestore,
) -> AcceptedRestore | str | None:
    """Restore a GeminiDB Redis instance in place

     Takes the whole instance back to one of its restorable points, **in place**.

    - **Every write after that point is lost.** Nothing in the API undoes it, a point cannot be
      restored to a new instance, and whether later points survive is not documented. Only a
      backup that was made before keeps what is overwritten: `back_up_geminidb_instance`.
    - **Send `restore_time` verbatim as `list_redis_restore_points` gave it.** Only those
      snapshots can be restored: snap down to the last point at or before the wanted moment.
    - **Send it once.** There is no idempotency token, so a second PUT may be a second restore.
      After a timeout, a dropped connection, a 202 without a job id, a 5xx, and the 4xx that a
      proxy may have sent (408, 499, 429 without a code of the service or its gateway) the
      outcome is unknown: read jobs and instance, never send again. docs/reference/errors.md
      has the table.
    - `GET` on this very path is another operation (the storage that points take). It is left
      out on purpose, so that no client confuses the two.
    - 202 means accepted, not done. Done is: the job is `Completed`, and after that the
      instance is `normal` with no `actions`. The job may not be listed at once.
    - An instance runs one operation at a time; a busy one answers **403**, not 409.
    - Only proxy clusters can do this, and some instances of earlier versions only after an
      upgrade. Which codes say "PITR is off" or "no such point" is not documented.
    - Typically five minutes whatever the size, with no bound promised. Whether clients can
      read and write meanwhile is not documented: expect connections to break.

    Permission: `gaussdbfornosql:instance:redisPitrRestore`; its resource, the instance, is
    required.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        body (InPlaceRestore): The point that an instance is restored to.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AcceptedRestore | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            instance_id=instance_id,
            client=client,
            body=body,
        )
    ).parsed
