from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.metric_data import MetricData
from ...models.show_cloud_eye_metric_data_filter import (
    ShowCloudEyeMetricDataFilter,
)
from ...models.show_cloud_eye_metric_data_period import (
    ShowCloudEyeMetricDataPeriod,
)
from ...types import UNSET, Response, Unset


def _get_kwargs(
    project_id: str,
    *,
    namespace: str,
    metric_name: str,
    dim_0: str,
    dim_1: str | Unset = UNSET,
    dim_2: str | Unset = UNSET,
    dim_3: str | Unset = UNSET,
    from_: int,
    to: int,
    period: ShowCloudEyeMetricDataPeriod,
    filter_: ShowCloudEyeMetricDataFilter,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["namespace"] = namespace

    params["metric_name"] = metric_name

    params["dim.0"] = dim_0

    params["dim.1"] = dim_1

    params["dim.2"] = dim_2

    params["dim.3"] = dim_3

    params["from"] = from_

    params["to"] = to

    json_period: int = period
    params["period"] = json_period

    json_filter_: str = filter_
    params["filter"] = json_filter_

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/V1.0/{project_id}/metric-data".format(
            project_id=quote(str(project_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> MetricData | str:
    if response.status_code == 200:
        response_200 = MetricData.from_dict(response.json())

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
) -> Response[MetricData | str]:
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
    namespace: str,
    metric_name: str,
    dim_0: str,
    dim_1: str | Unset = UNSET,
    dim_2: str | Unset = UNSET,
    dim_3: str | Unset = UNSET,
    from_: int,
    to: int,
    period: ShowCloudEyeMetricDataPeriod,
    filter_: ShowCloudEyeMetricDataFilter,
) -> Response[MetricData | str]:
    """Show what Cloud Eye measured of one metric of one resource

     The datapoints before an alarm: the first bad one says when the data may have gone bad.

    - **A period other than 1 is aggregated to its start**: the point of 10:30 holds what was
      measured from 10:30 to 10:35. `from` is moved back to the start of a period.
    - `period` 1 gives raw values at the distance at which the service reports them.
    - What was not measured is left out, and nothing marks the gap.
    - Data of one or five minutes, and raw data, is kept for two days in most regions.

    Permission: `ces:metricData:get`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        namespace (str): The namespace of a service at Cloud Eye, such as `SYS.NoSQL` or
            `SYS.RDS`.
        metric_name (str): The name of a metric.
        dim_0 (str): A dimension and its value, with a comma between them.
        dim_1 (str | Unset): A dimension and its value, with a comma between them.
        dim_2 (str | Unset): A dimension and its value, with a comma between them.
        dim_3 (str | Unset): A dimension and its value, with a comma between them.
        from_ (int): A moment in milliseconds since 1970, UTC.
        to (int): A moment in milliseconds since 1970, UTC.
        period (ShowCloudEyeMetricDataPeriod):
        filter_ (ShowCloudEyeMetricDataFilter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MetricData | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        namespace=namespace,
        metric_name=metric_name,
        dim_0=dim_0,
        dim_1=dim_1,
        dim_2=dim_2,
        dim_3=dim_3,
        from_=from_,
        to=to,
        period=period,
        filter_=filter_,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    namespace: str,
    metric_name: str,
    dim_0: str,
    dim_1: str | Unset = UNSET,
    dim_2: str | Unset = UNSET,
    dim_3: str | Unset = UNSET,
    from_: int,
    to: int,
    period: ShowCloudEyeMetricDataPeriod,
    filter_: ShowCloudEyeMetricDataFilter,
) -> MetricData | str | None:
    """Show what Cloud Eye measured of one metric of one resource

     The datapoints before an alarm: the first bad one says when the data may have gone bad.

    - **A period other than 1 is aggregated to its start**: the point of 10:30 holds what was
      measured from 10:30 to 10:35. `from` is moved back to the start of a period.
    - `period` 1 gives raw values at the distance at which the service reports them.
    - What was not measured is left out, and nothing marks the gap.
    - Data of one or five minutes, and raw data, is kept for two days in most regions.

    Permission: `ces:metricData:get`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        namespace (str): The namespace of a service at Cloud Eye, such as `SYS.NoSQL` or
            `SYS.RDS`.
        metric_name (str): The name of a metric.
        dim_0 (str): A dimension and its value, with a comma between them.
        dim_1 (str | Unset): A dimension and its value, with a comma between them.
        dim_2 (str | Unset): A dimension and its value, with a comma between them.
        dim_3 (str | Unset): A dimension and its value, with a comma between them.
        from_ (int): A moment in milliseconds since 1970, UTC.
        to (int): A moment in milliseconds since 1970, UTC.
        period (ShowCloudEyeMetricDataPeriod):
        filter_ (ShowCloudEyeMetricDataFilter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MetricData | str
    """

    return sync_detailed(
        project_id=project_id,
        client=client,
        namespace=namespace,
        metric_name=metric_name,
        dim_0=dim_0,
        dim_1=dim_1,
        dim_2=dim_2,
        dim_3=dim_3,
        from_=from_,
        to=to,
        period=period,
        filter_=filter_,
    ).parsed


async def asyncio_detailed(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    namespace: str,
    metric_name: str,
    dim_0: str,
    dim_1: str | Unset = UNSET,
    dim_2: str | Unset = UNSET,
    dim_3: str | Unset = UNSET,
    from_: int,
    to: int,
    period: ShowCloudEyeMetricDataPeriod,
    filter_: ShowCloudEyeMetricDataFilter,
) -> Response[MetricData | str]:
    """Show what Cloud Eye measured of one metric of one resource

     The datapoints before an alarm: the first bad one says when the data may have gone bad.

    - **A period other than 1 is aggregated to its start**: the point of 10:30 holds what was
      measured from 10:30 to 10:35. `from` is moved back to the start of a period.
    - `period` 1 gives raw values at the distance at which the service reports them.
    - What was not measured is left out, and nothing marks the gap.
    - Data of one or five minutes, and raw data, is kept for two days in most regions.

    Permission: `ces:metricData:get`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        namespace (str): The namespace of a service at Cloud Eye, such as `SYS.NoSQL` or
            `SYS.RDS`.
        metric_name (str): The name of a metric.
        dim_0 (str): A dimension and its value, with a comma between them.
        dim_1 (str | Unset): A dimension and its value, with a comma between them.
        dim_2 (str | Unset): A dimension and its value, with a comma between them.
        dim_3 (str | Unset): A dimension and its value, with a comma between them.
        from_ (int): A moment in milliseconds since 1970, UTC.
        to (int): A moment in milliseconds since 1970, UTC.
        period (ShowCloudEyeMetricDataPeriod):
        filter_ (ShowCloudEyeMetricDataFilter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[MetricData | str]
    """

    kwargs = _get_kwargs(
        project_id=project_id,
        namespace=namespace,
        metric_name=metric_name,
        dim_0=dim_0,
        dim_1=dim_1,
        dim_2=dim_2,
        dim_3=dim_3,
        from_=from_,
        to=to,
        period=period,
        filter_=filter_,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    project_id: str,
    *,
    client: AuthenticatedClient | Client,
    namespace: str,
    metric_name: str,
    dim_0: str,
    dim_1: str | Unset = UNSET,
    dim_2: str | Unset = UNSET,
    dim_3: str | Unset = UNSET,
    from_: int,
    to: int,
    period: ShowCloudEyeMetricDataPeriod,
    filter_: ShowCloudEyeMetricDataFilter,
) -> MetricData | str | None:
    """Show what Cloud Eye measured of one metric of one resource

     The datapoints before an alarm: the first bad one says when the data may have gone bad.

    - **A period other than 1 is aggregated to its start**: the point of 10:30 holds what was
      measured from 10:30 to 10:35. `from` is moved back to the start of a period.
    - `period` 1 gives raw values at the distance at which the service reports them.
    - What was not measured is left out, and nothing marks the gap.
    - Data of one or five minutes, and raw data, is kept for two days in most regions.

    Permission: `ces:metricData:get`.

    Args:
        project_id (str): A project id. The pattern holds for every id seen; no page documents it.
        namespace (str): The namespace of a service at Cloud Eye, such as `SYS.NoSQL` or
            `SYS.RDS`.
        metric_name (str): The name of a metric.
        dim_0 (str): A dimension and its value, with a comma between them.
        dim_1 (str | Unset): A dimension and its value, with a comma between them.
        dim_2 (str | Unset): A dimension and its value, with a comma between them.
        dim_3 (str | Unset): A dimension and its value, with a comma between them.
        from_ (int): A moment in milliseconds since 1970, UTC.
        to (int): A moment in milliseconds since 1970, UTC.
        period (ShowCloudEyeMetricDataPeriod):
        filter_ (ShowCloudEyeMetricDataFilter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        MetricData | str
    """

    return (
        await asyncio_detailed(
            project_id=project_id,
            client=client,
            namespace=namespace,
            metric_name=metric_name,
            dim_0=dim_0,
            dim_1=dim_1,
            dim_2=dim_2,
            dim_3=dim_3,
            from_=from_,
            to=to,
            period=period,
            filter_=filter_,
        )
    ).parsed
