"""One fresh event of each sender: the data of an instance went bad two minutes ago."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lastgood.dialects.requests import DETAIL_TYPE, TYPE
from lastgood.domain import times
from lastgood.domain.policy import Instance

Sample = Callable[[Instance, datetime], dict[str, Any]]

NAME = "lastgood-sample"
_MINUTE = timedelta(minutes=1)
_DELAYS = {
    "lastgood_for": "1m",
    "lastgood_evaluation_interval": "30s",
    "lastgood_scrape_interval": "30s",
}


def _cloudwatch(instance: Instance, now: datetime) -> dict[str, Any]:
    points = [_minute(now) - _MINUTE * back for back in (1, 2)]
    listed = ", ".join(f"12.0 ({at:%d/%m/%y %H:%M:%S})" for at in points)
    data = {
        "version": "1.0",
        "queryDate": times.CLOUDWATCH.print(now),
        "startDate": times.CLOUDWATCH.print(points[-1]),
        "period": 60,
        "recentDatapoints": [12.0, 12.0],
        "threshold": 1000.0,
        "evaluatedDatapoints": [
            {"timestamp": times.CLOUDWATCH.print(at), "value": 12.0} for at in points
        ],
    }
    metric = {
        "namespace": "Sample",
        "name": "Keys",
        "dimensions": {"instance_id": instance.id},
    }
    stat = {"metric": metric, "period": 60, "stat": "Minimum"}
    return {
        "version": "0",
        "id": f"{NAME}-{times.to_millis(now)}",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "111122223333",
        "time": times.print_rfc3339(times.floor_second(now)),
        "region": "eu-west-1",
        "resources": [f"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{NAME}"],
        "detail": {
            "alarmName": NAME,
            "state": {
                "value": "ALARM",
                "reason": (
                    f"Threshold Crossed: 2 datapoints [{listed}] were less than the threshold"
                    " (1000.0)."
                ),
                "reasonData": json.dumps(data),
                "timestamp": times.CLOUDWATCH.print(now),
            },
            "previousState": {
                "value": "OK",
                "timestamp": times.CLOUDWATCH.print(now - timedelta(days=1)),
            },
            "configuration": {"metrics": [{"id": "keys", "metricStat": stat, "returnData": True}]},
        },
    }


def _cloudeye(instance: Instance, now: datetime) -> dict[str, Any]:
    points = [_minute(now) - _MINUTE * back for back in (2, 1)]
    alarm = {
        "message_type": "alarm",
        "alarm_id": "al0000000000000sample",
        "alarm_name": NAME,
        "alarm_status": "alarm",
        "time": times.to_millis(now),
        "namespace": "SYS.NoSQL",
        "metric_name": "sample",
        "dimension": f"redis_cluster_id:{instance.id}",
        "period": 60,
        "count": 2,
        "comparison_operator": "<",
        "value": 1000,
        "alarmValue": [{"time": times.to_millis(at), "value": 12} for at in points],
    }
    return {
        "type": "Notification",
        "topic_urn": "urn:smn:eu-west-0:0123456789abcdef0123456789abcdef:sample",
        "message_id": f"{NAME}-{times.to_millis(now)}",
        "message": json.dumps(alarm),
        "timestamp": times.print_rfc3339(times.floor_second(now)),
    }


def _alertmanager(instance: Instance, now: datetime) -> dict[str, Any]:
    return _group(instance, now) | {"version": "4"}


def _grafana(instance: Instance, now: datetime) -> dict[str, Any]:
    return _group(instance, now) | {"version": "1", "orgId": 1, "state": "alerting"}


def _group(instance: Instance, now: datetime) -> dict[str, Any]:
    alert = {
        "status": "firing",
        "labels": {"alertname": NAME, "lastgood_instance": instance.name},
        "annotations": _DELAYS,
        "startsAt": times.print_rfc3339(now),
        "endsAt": "0001-01-01T00:00:00Z",
    }
    return {
        "receiver": "lastgood",
        "status": "firing",
        "groupKey": NAME,
        "truncatedAlerts": 0,
        "alerts": [alert],
    }


def _pagerduty(instance: Instance, now: datetime) -> dict[str, Any]:
    incident = {
        "id": f"{NAME}-{times.to_millis(now)}",
        "type": "incident",
        "status": "triggered",
        "title": NAME,
        "incident_key": instance.id,
        "created_at": times.print_rfc3339(now),
    }
    event = {
        "id": f"{NAME}-{times.to_millis(now)}",
        "event_type": "incident.triggered",
        "resource_type": "incident",
        "occurred_at": times.print_rfc3339(now),
        "data": incident,
    }
    return {"event": event}


def _datadog(instance: Instance, now: datetime) -> dict[str, Any]:
    return {
        "lastgood": "datadog",
        "monitor": "1",
        "transition": "Triggered",
        "title": NAME,
        "scope": "",
        "tags": f"lastgood_instance:{instance.name},lastgood_window:2m",
        "date": str(times.to_millis(now)),
        "metric": "redis.keys",
    }


def _request(instance: Instance, now: datetime) -> dict[str, Any]:
    return {
        "instance": instance.name,
        "before": times.print_rfc3339(now - 2 * _MINUTE),
        "reason": "a sample",
        "requester": "lastgood events sample",
    }


def _cloudevents(instance: Instance, now: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{NAME}-{times.to_millis(now)}",
        "source": NAME,
        "type": TYPE,
        "time": times.print_rfc3339(now),
        "datacontenttype": "application/json",
        "data": _request(instance, now),
    }


def _eventbridge(instance: Instance, now: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": f"{NAME}-{times.to_millis(now)}",
        "source": NAME,
        "detail-type": DETAIL_TYPE,
        "time": times.print_rfc3339(now),
        "detail": _request(instance, now),
    }


def _minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


SAMPLES: dict[str, Sample] = {
    "cloudwatch": _cloudwatch,
    "cloudeye": _cloudeye,
    "alertmanager": _alertmanager,
    "grafana": _grafana,
    "pagerduty": _pagerduty,
    "datadog": _datadog,
    "cloudevents": _cloudevents,
    "recovery-requested": _eventbridge,
}
