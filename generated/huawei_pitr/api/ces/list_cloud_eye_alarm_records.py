from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.alarm_records import AlarmRecords
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    alarm_id: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["alarm_id"] = alarm_id

    params["offset"] = offset

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/{project_id}/alarm-histories".format(
            project_id=quote(str(project_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AlarmRecords | str:
    if response.status_code == 200:
        response_200 = AlarmRecords.from_dict(response.json())

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
) -> Response[AlarmRecords | str]:
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
    alarm_id: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[AlarmRecords | str]:
    """List the records of a Cloud Eye alarm rule

     Shows whether an alarm that somebody reports is one of Cloud Eye's own, what it is about,
    whether it still is in alarm, and by which condition.

    - A rule has a record for each resource and condition, and another one each time the alarm
      goes off: look for yours by dimensions, metric and time.
    - **No time range is asked for.** `from` and `to` are about the end of a record in one
      document and about its last update in another, and where they cannot be read the service
      silently answers with the past week.
    - `resource_id` is left out: the order in which it wants several dimensions is told
      in two ways.
    - Times are said to be UTC and shown with `+08:00`: read the offset that is written.

    Permission: `ces:alarmHistory:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        alarm_id (str): The id of an alarm rule of Cloud Eye. Real ones are `al` and 22 letters
            and digits; the pattern is wider, as for instances.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AlarmRecords | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        alarm_id=alarm_id,
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
    alarm_id: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> AlarmRecords | str | None:
    """List the records of a Cloud Eye alarm rule

     Shows whether an alarm that somebody reports is one of Cloud Eye's own, what it is about,
    whether it still is in alarm, and by which condition.

    - A rule has a record for each resource and condition, and another one each time the alarm
      goes off: look for yours by dimensions, metric and time.
    - **No time range is asked for.** `from` and `to` are about the end of a record in one
      document and about its last update in another, and where they cannot be read the service
      silently answers with the past week.
    - `resource_id` is left out: the order in which it wants several dimensions is told
      in two ways.
    - Times are said to be UTC and shown with `+08:00`: read the offset that is written.

    Permission: `ces:alarmHistory:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        alarm_id (str): The id of an alarm rule of Cloud Eye. Real ones are `al` and 22 letters
            and digits; the pattern is wider, as for instances.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AlarmRecords | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        alarm_id=alarm_id,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    alarm_id: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> Response[AlarmRecords | str]:
    """List the records of a Cloud Eye alarm rule

     Shows whether an alarm that somebody reports is one of Cloud Eye's own, what it is about,
    whether it still is in alarm, and by which condition.

    - A rule has a record for each resource and condition, and another one each time the alarm
      goes off: look for yours by dimensions, metric and time.
    - **No time range is asked for.** `from` and `to` are about the end of a record in one
      document and about its last update in another, and where they cannot be read the service
      silently answers with the past week.
    - `resource_id` is left out: the order in which it wants several dimensions is told
      in two ways.
    - Times are said to be UTC and shown with `+08:00`: read the offset that is written.

    Permission: `ces:alarmHistory:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        alarm_id (str): The id of an alarm rule of Cloud Eye. Real ones are `al` and 22 letters
            and digits; the pattern is wider, as for instances.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AlarmRecords | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        alarm_id=alarm_id,
        offset=offset,
        limit=limit,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    alarm_id: str,
    offset: int | Unset = UNSET,
    limit: int | Unset = UNSET,
) -> AlarmRecords | str | None:
    """List the records of a Cloud Eye alarm rule

     Shows whether an alarm that somebody reports is one of Cloud Eye's own, what it is about,
    whether it still is in alarm, and by which condition.

    - A rule has a record for each resource and condition, and another one each time the alarm
      goes off: look for yours by dimensions, metric and time.
    - **No time range is asked for.** `from` and `to` are about the end of a record in one
      document and about its last update in another, and where they cannot be read the service
      silently answers with the past week.
    - `resource_id` is left out: the order in which it wants several dimensions is told
      in two ways.
    - Times are said to be UTC and shown with `+08:00`: read the offset that is written.

    Permission: `ces:alarmHistory:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        alarm_id (str): The id of an alarm rule of Cloud Eye. Real ones are `al` and 22 letters
            and digits; the pattern is wider, as for instances.
        offset (int | Unset):
        limit (int | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AlarmRecords | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            alarm_id=alarm_id,
            offset=offset,
            limit=limit,
        )
    ).parsed
