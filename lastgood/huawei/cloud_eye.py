"""The CloudEye port: alarm records and datapoints of one project through the generated client.

Source: docs/facts/rds.md "Cloud Eye asked".
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import httpx
import msgspec

from huawei_pitr import Client
from huawei_pitr.api.ces import list_cloud_eye_alarm_records, show_cloud_eye_metric_data
from huawei_pitr.models import AlarmRecords, MetricData
from lastgood.domain import times
from lastgood.domain.alarm import Datapoint
from lastgood.domain.confirming import EVENT, AlarmRecord, Series
from lastgood.domain.policy import CloudEntry
from lastgood.huawei import redaction
from lastgood.huawei.auth import Authentication
from lastgood.huawei.clients import BOUNDS, Bounds, Skew, client_of
from lastgood.huawei.endpoints import ces_url
from lastgood.huawei.rate_limit import RateLimit, Seconds
from lastgood.huawei.retrying import fetch, odd, value_of

PAGE = 100
MOST_PAGES = 10
"""The service counts an `offset` to 999 in one document: a thousand records."""
GLANCE = 2.0
"""Seconds that a glance waits for its turn, for a connection, and for each part of an answer."""
QUICK = Bounds(httpx.Timeout(GLANCE, pool=None), redaction.Bounds(seconds=GLANCE))


def connect_cloud_eye(
    cloud: CloudEntry,
    auth: Authentication,
    limit: RateLimit,
    left: Seconds = lambda: math.inf,
    bounds: Bounds = BOUNDS,
) -> HuaweiCloudEye:
    """Make the CloudEye port of one project, with connection pools of its own.

    Raises:
        CloudError: its endpoint is no URL that can be connected to.
    """
    url = ces_url(cloud)
    client, skew = client_of(url, auth, limit, left, bounds)
    quick, _ = client_of(url, auth, limit, lambda: min(left(), GLANCE), QUICK)
    return HuaweiCloudEye(cloud.project_id, client, quick, left, skew)


class HuaweiCloudEye:
    """The CloudEye port; threads may share it. Every read may raise CloudError."""

    def __init__(
        self, project: str, client: Client, quick: Client, left: Seconds, skew: Skew
    ) -> None:
        self._project = project
        self._client = client
        self._quick = quick
        self._left = left
        self._skew = skew

    def records(self, rule: str) -> list[AlarmRecord]:
        """Every record of an alarm rule; one that cannot be read may be the one that counts."""
        what = f"alarm records of {rule}"
        found: list[Any] = []
        for _ in range(MOST_PAGES):
            send = partial(
                list_cloud_eye_alarm_records.sync_detailed,
                self._project,
                client=self._client,
                alarm_id=rule,
                offset=len(found),
                limit=PAGE,
            )
            page = fetch(what, AlarmRecords, send, self._left).model.to_dict()
            more = [row for row in page["alarm_histories"] if row["alarm_id"] == rule]
            found += more
            if not more or len(found) == page.get("count"):
                return [value_of(what, _record, row) for row in found]
        raise odd(what, f"a list without end: {len(found)} records and more")

    def datapoints(self, series: Series, since: datetime, until: datetime) -> list[Datapoint]:
        """What was measured of a series; at least in this interval."""
        return self._measured(self._client, self._left, series, since, until)

    def glance(self, series: Series, since: datetime, until: datetime) -> list[Datapoint]:
        """The same, asked only once and for a few seconds."""
        return self._measured(self._quick, lambda: 0, series, since, until)  # no time for a second

    def _measured(
        self, client: Client, left: Seconds, series: Series, since: datetime, until: datetime
    ) -> list[Datapoint]:
        what = f"data of {series.metric}"
        dimensions: dict[str, Any] = {
            f"dim_{n}": ",".join(pair) for n, pair in enumerate(series.dimensions)
        }
        send = partial(
            show_cloud_eye_metric_data.sync_detailed,
            self._project,
            client=client,
            namespace=series.namespace,
            metric_name=series.name,
            from_=times.to_millis(times.floor_second(since)),
            to=times.to_millis(times.ceil_second(until)),
            period=cast("Any", series.period),
            filter_=cast("Any", series.statistic),
            **dimensions,
        )
        found = fetch(what, MetricData, send, left).model.to_dict()
        rows = found["datapoints"]
        return [value_of(what, _datapoint, row, series.statistic) for row in rows]

    def skew(self) -> timedelta | None:
        """How far our clock was ahead of its own at its last response."""
        return self._skew()


class _Dimension(msgspec.Struct):
    name: str
    value: str


class _Metric(msgspec.Struct):
    namespace: str
    metric_name: str
    dimensions: list[_Dimension] = []


class _Condition(msgspec.Struct):
    """An event has none; by one without a threshold nothing can be measured."""

    period: int = EVENT
    filter: str = ""
    comparison_operator: str = ""
    value: float | None = None
    count: int = 1


class _Value(msgspec.Struct):
    time: str
    value: float


class _Row(msgspec.Struct):
    """A record, checked: the generated models accept anything."""

    status: str
    metric: _Metric
    begin_time: str
    condition: _Condition = msgspec.field(default_factory=_Condition)
    first_alarm_time: str = ""
    last_alarm_time: str = ""
    alarm_recovery_time: str | None = None
    data_points: list[_Value] = []


def _record(document: dict[str, Any]) -> AlarmRecord:
    row = msgspec.convert(document, _Row)
    metric, condition = row.metric, row.condition
    told = (row.begin_time, row.first_alarm_time, row.last_alarm_time)
    moments = [times.parse_nanos(text) for text in told if text]
    return AlarmRecord(
        status=row.status,
        series=Series(
            namespace=metric.namespace,
            name=metric.metric_name,
            dimensions=tuple((one.name, one.value) for one in metric.dimensions),
            period=condition.period,
            statistic=condition.filter,
        ),
        operator="" if condition.value is None else condition.comparison_operator,
        threshold=_finite(condition.value or 0),
        count=condition.count,
        began_at=min(moments),
        last_at=max(moments),
        datapoints=tuple(
            Datapoint(times.parse_nanos(one.time), _finite(one.value)) for one in row.data_points
        ),
        recovered_at=_when(row.alarm_recovery_time) if row.status == "ok" else None,
    )


def _when(text: str | None) -> datetime | None:
    return times.parse_nanos(text) if text else None


def _datapoint(row: dict[str, Any], statistic: str) -> Datapoint:
    value = msgspec.convert(row.get(statistic), float | None)
    return Datapoint(times.from_millis(row["timestamp"]), None if value is None else _finite(value))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number to compare with")
    return value
