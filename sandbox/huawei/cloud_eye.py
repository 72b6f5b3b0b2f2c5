"""Cloud Eye: records of alarms, and what was measured, aggregated as it is asked for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from statistics import fmean, pvariance
from typing import Any

from sandbox.huawei.wire.answers import Answer, Call, bad_parameter, print_record_time

__all__ = ["CloudEye"]

_ANY_OFFSET = range(10**99)
_HUNDRED = range(1, 101)
_MILLISECONDS = range(1111111111111, 10**13)
_PERIODS = (1, 60, 300, 1200, 3600, 14400, 86400)
_RULE = re.compile(r"al[0-9A-Za-z]{1,62}")
_NAMESPACE = re.compile(r"(?=.{3,32}\Z)[A-Za-z]\w*\.[A-Za-z]\w*", re.ASCII)
_METRIC = re.compile(r"[A-Za-z][\w-]{0,95}", re.ASCII)
_DIMENSION = re.compile(r"[A-Za-z][\w-]{0,31},[\w./#()][\w./#()-]{0,255}", re.ASCII)
_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "average": fmean,
    "max": max,
    "min": min,
    "sum": sum,
    "variance": pvariance,
}

_Series = tuple[str, str, frozenset[str]]


class CloudEye:
    """The Cloud Eye service. Each operation takes a call and the time, and returns an answer."""

    def __init__(self) -> None:
        self._records: list[dict[str, Any]] = []
        self._raw: defaultdict[_Series, list[tuple[int, float]]] = defaultdict(list)

    def add_record(  # noqa: PLR0913  each of these is a field of the record
        self,
        rule: str,
        metric: str,
        dimensions: Mapping[str, str],
        began: datetime,
        condition: Mapping[str, Any],
        *,
        status: str = "alarm",
        values: Mapping[datetime, float] | None = None,
    ) -> dict[str, Any]:
        """Add the record of an alarm on `namespace/metric`; what it answers with may be changed."""
        namespace, _, name = metric.partition("/")
        record = {
            "record_id": f"ah{len(self._records):022}",
            "alarm_id": rule,
            "name": "orders-cache-keys-dropped",
            "status": status,
            "begin_time": print_record_time(began),
            "first_alarm_time": print_record_time(began),
            "last_alarm_time": print_record_time(began),
            "metric": {
                "namespace": namespace,
                "metric_name": name,
                "dimensions": [{"name": k, "value": v} for k, v in dimensions.items()],
            },
            "condition": dict(condition),
            "data_points": [
                {"time": print_record_time(at), "value": value}
                for at, value in sorted((values or {}).items(), reverse=True)
            ],
        }
        self._records.append(record)
        return record

    def measure(
        self, metric: str, dimensions: Mapping[str, str], values: Mapping[datetime, float]
    ) -> None:
        """Add raw values of `namespace/metric` for one resource."""
        namespace, _, name = metric.partition("/")
        series = (namespace, name, frozenset(map(",".join, dimensions.items())))
        for at, value in values.items():
            self._raw[series].append((int(at.astimezone(UTC).timestamp() * 1000), value))

    def list_records(self, call: Call, _: datetime) -> Answer:
        """List one page of the records of a rule, in no useful order."""
        rule = call.query.get("alarm_id", "")
        if not _RULE.fullmatch(rule):
            raise bad_parameter("alarm_id is not the id of an alarm rule.")
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 100, _HUNDRED)
        found = [record for record in self._records if record["alarm_id"] == rule]
        unsorted = found[1::2] + found[0::2]
        page = unsorted[offset : offset + limit]
        return Answer.json(200, {"alarm_histories": page, "count": len(found)})

    def show_data(self, call: Call, _: datetime) -> Answer:
        """Return the datapoints of one metric; `from` is moved back to the start of a period."""
        name = _text(call, "metric_name", _METRIC)
        series = (_text(call, "namespace", _NAMESPACE), name, frozenset(_dimensions(call)))
        period = call.number("period", 0, _PERIODS)
        statistic = call.query.get("filter", "")
        if statistic not in _STATISTICS:
            raise bad_parameter("filter is not one of the known ones.")
        since, until = (call.number(end, 0, _MILLISECONDS) for end in ("from", "to"))
        if since >= until:
            raise bad_parameter("from must be earlier than to.")
        length = period * 1000 if period > 1 else 1
        values: defaultdict[int, list[float]] = defaultdict(list)
        for at, value in self._raw.get(series, ()):
            values[at // length * length].append(value)
        rows = [
            {statistic: _STATISTICS[statistic](found), "timestamp": at, "unit": "Count"}
            for at, found in values.items()
            if since // length * length <= at <= until
        ]
        return Answer.json(200, {"datapoints": rows[1::2] + rows[0::2], "metric_name": name})


def _text(call: Call, name: str, pattern: re.Pattern[str]) -> str:
    text = call.query.get(name, "")
    if not pattern.fullmatch(text):
        raise bad_parameter(f"{name} is not one that can be.")
    return text


def _dimensions(call: Call) -> Iterator[str]:
    yield _text(call, "dim.0", _DIMENSION)
    for name in ("dim.1", "dim.2", "dim.3"):
        if name in call.query:
            yield _text(call, name, _DIMENSION)
