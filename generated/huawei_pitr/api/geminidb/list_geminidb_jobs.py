from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.job_list import JobList
from ...models.list_geminidb_jobs_limit import (
    ListGeminidbJobsLimit,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    id: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: ListGeminidbJobsLimit | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["id"] = id

    params["start_time"] = start_time

    params["end_time"] = end_time

    params["offset"] = offset

    json_limit: int | Unset = UNSET
    if not isinstance(limit, Unset):
        json_limit = limit

    params["limit"] = json_limit

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
) -> JobList | str:
    if response.status_code == 200:
        response_200 = JobList.from_dict(response.json())

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
) -> Response[JobList | str]:
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
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: ListGeminidbJobsLimit | Unset = UNSET,
) -> Response[JobList | str]:
    """List GeminiDB jobs, one by its id or all of a time range

     Follows the job of a restore, and finds one whose answer was lost.

    - **Zero rows with status 200 mean "not found"**, and right after a 202 "not visible yet":
      never read an empty list as proof that nothing was started.
    - Never filter by job name; the name of the restore job is not documented.
    - Query either by `id` or by `start_time` and `end_time`, at most 30 days apart. Without any
      of them the service returns the last 30 days.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:task:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset):
        start_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        end_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (ListGeminidbJobsLimit | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        id=id,
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
    *,
    client: AuthenticatedClient | Client,
    id: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: ListGeminidbJobsLimit | Unset = UNSET,
) -> JobList | str | None:
    """List GeminiDB jobs, one by its id or all of a time range

     Follows the job of a restore, and finds one whose answer was lost.

    - **Zero rows with status 200 mean "not found"**, and right after a 202 "not visible yet":
      never read an empty list as proof that nothing was started.
    - Never filter by job name; the name of the restore job is not documented.
    - Query either by `id` or by `start_time` and `end_time`, at most 30 days apart. Without any
      of them the service returns the last 30 days.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:task:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset):
        start_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        end_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (ListGeminidbJobsLimit | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobList | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        id=id,
        start_time=start_time,
        end_time=end_time,
        offset=offset,
        limit=limit,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    id: str | Unset = UNSET,
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: ListGeminidbJobsLimit | Unset = UNSET,
) -> Response[JobList | str]:
    """List GeminiDB jobs, one by its id or all of a time range

     Follows the job of a restore, and finds one whose answer was lost.

    - **Zero rows with status 200 mean "not found"**, and right after a 202 "not visible yet":
      never read an empty list as proof that nothing was started.
    - Never filter by job name; the name of the restore job is not documented.
    - Query either by `id` or by `start_time` and `end_time`, at most 30 days apart. Without any
      of them the service returns the last 30 days.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:task:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset):
        start_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        end_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (ListGeminidbJobsLimit | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[JobList | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        id=id,
        start_time=start_time,
        end_time=end_time,
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
    start_time: str | Unset = UNSET,
    end_time: str | Unset = UNSET,
    offset: int | Unset = UNSET,
    limit: ListGeminidbJobsLimit | Unset = UNSET,
) -> JobList | str | None:
    """List GeminiDB jobs, one by its id or all of a time range

     Follows the job of a restore, and finds one whose answer was lost.

    - **Zero rows with status 200 mean "not found"**, and right after a 202 "not visible yet":
      never read an empty list as proof that nothing was started.
    - Never filter by job name; the name of the restore job is not documented.
    - Query either by `id` or by `start_time` and `end_time`, at most 30 days apart. Without any
      of them the service returns the last 30 days.
    - This is GeminiDB's list. RDS has another operation on the same path under its own host.

    Permission: `gaussdbfornosql:task:list`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        id (str | Unset):
        start_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        end_time (str | Unset): A moment as GeminiDB prints it, `yyyy-mm-ddThh:mm:ss` and a
            numeric offset without a colon. Not `format: date-time`: a client generated from that
            sends `+08:00`, and neither that form nor `Z` is documented.
        offset (int | Unset):
        limit (ListGeminidbJobsLimit | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        JobList | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            id=id,
            start_time=start_time,
            end_time=end_time,
            offset=offset,
            limit=limit,
        )
    ).parsed
