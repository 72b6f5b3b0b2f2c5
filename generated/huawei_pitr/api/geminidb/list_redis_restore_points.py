from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.restore_points import RestorePoints
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    instance_id: str,
    *,
    start_time: str,
    end_time: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["start_time"] = start_time

    params["end_time"] = end_time

    params["offset"] = offset

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{project_id}/redis/instances/{instance_id}/pitr/restorable-time-periods".format(
            project_id=quote(str(project_id), safe=""),
            instance_id=quote(str(instance_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> RestorePoints | str:
    if response.status_code == 200:
        response_200 = RestorePoints.from_dict(response.json())

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
) -> Response[RestorePoints | str]:
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
    start_time: str,
    end_time: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[RestorePoints | str]:
    """List the points a GeminiDB Redis instance can be restored to

     The only correct gate for `restore_redis_instance_in_place`: it takes these strings and no
    other.

    - The order is not documented: sort by the moment, keep the string.
    - Points come every `interval` minutes and live for `keep_days` days, so there can be
      2016 of them: read page after page by `offset`, until `total_count` or an empty page.
    - With point-in-time recovery switched off the list is presumably empty.
      `show_redis_pitr_policy` distinguishes the two cases.

    Permission: `gaussdbfornosql:instance:listRedisPitrRestoreTime`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        start_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric
            offset without a colon. Not `format: date-time`: a client generated from that sends
            `+08:00`, and neither that form nor `Z` is documented.
        end_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset
            without a colon. Not `format: date-time`: a client generated from that sends `+08:00`, and
            neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RestorePoints | str]
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
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    start_time: str,
    end_time: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> RestorePoints | str | None:
    """List the points a GeminiDB Redis instance can be restored to

     The only correct gate for `restore_redis_instance_in_place`: it takes these strings and no
    other.

    - The order is not documented: sort by the moment, keep the string.
    - Points come every `interval` minutes and live for `keep_days` days, so there can be
      2016 of them: read page after page by `offset`, until `total_count` or an empty page.
    - With point-in-time recovery switched off the list is presumably empty.
      `show_redis_pitr_policy` distinguishes the two cases.

    Permission: `gaussdbfornosql:instance:listRedisPitrRestoreTime`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        start_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric
            offset without a colon. Not `format: date-time`: a client generated from that sends
            `+08:00`, and neither that form nor `Z` is documented.
        end_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset
            without a colon. Not `format: date-time`: a client generated from that sends `+08:00`, and
            neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RestorePoints | str
    """

    return sync_detailed(
        project_id=project_id,
        instance_id=instance_id,
        client=client,
        start_time=start_time,
        end_time=end_time,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    start_time: str,
    end_time: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[RestorePoints | str]:
    """List the points a GeminiDB Redis instance can be restored to

     The only correct gate for `restore_redis_instance_in_place`: it takes these strings and no
    other.

    - The order is not documented: sort by the moment, keep the string.
    - Points come every `interval` minutes and live for `keep_days` days, so there can be
      2016 of them: read page after page by `offset`, until `total_count` or an empty page.
    - With point-in-time recovery switched off the list is presumably empty.
      `show_redis_pitr_policy` distinguishes the two cases.

    Permission: `gaussdbfornosql:instance:listRedisPitrRestoreTime`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        start_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric
            offset without a colon. Not `format: date-time`: a client generated from that sends
            `+08:00`, and neither that form nor `Z` is documented.
        end_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset
            without a colon. Not `format: date-time`: a client generated from that sends `+08:00`, and
            neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RestorePoints | str]
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
    instance_id: str,
    *,
    client: AuthenticatedClient | Client,
    start_time: str,
    end_time: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> RestorePoints | str | None:
    """List the points a GeminiDB Redis instance can be restored to

     The only correct gate for `restore_redis_instance_in_place`: it takes these strings and no
    other.

    - The order is not documented: sort by the moment, keep the string.
    - Points come every `interval` minutes and live for `keep_days` days, so there can be
      2016 of them: read page after page by `offset`, until `total_count` or an empty page.
    - With point-in-time recovery switched off the list is presumably empty.
      `show_redis_pitr_policy` distinguishes the two cases.

    Permission: `gaussdbfornosql:instance:listRedisPitrRestoreTime`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        instance_id (str): A GeminiDB Redis instance id. Real ones are 32 hex digits and `in12`;
            the pattern is wider because documentation examples are not hex, and narrow enough to keep
            `*` out of a query.
        start_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric
            offset without a colon. Not `format: date-time`: a client generated from that sends
            `+08:00`, and neither that form nor `Z` is documented.
        end_time (str): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a numeric offset
            without a colon. Not `format: date-time`: a client generated from that sends `+08:00`, and
            neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RestorePoints | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            instance_id=instance_id,
            client=client,
            start_time=start_time,
            end_time=end_time,
            offset=offset,
            limit=limit,
        )
    ).parsed
