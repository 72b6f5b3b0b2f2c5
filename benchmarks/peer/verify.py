"""On a schedule: measures every instance of the policy."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import boto3
from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from . import huawei, policy

logger = Logger(service="peer")
table = boto3.resource("dynamodb").Table(os.environ["PEER_TABLE"])
bus = boto3.client("events")


@logger.inject_lambda_context
@event_source(data_class=EventBridgeEvent)
def handler(event: EventBridgeEvent, context: LambdaContext) -> dict[str, Any]:
    """Measure, publish what changed, and keep it."""
    del context
    found = policy.load(os.environ["POLICY"])
    findings = [measure(found, instance) for instance in found.instance]
    for instance, finding in zip(found.instance, findings, strict=True):
        emit(instance.name, finding)
        before = table.get_item(Key={"id": f"finding#{instance.id}"}).get("Item")
        was_ok = before is None or before["verdict"] == "ok"
        if (finding["verdict"] == "ok") != was_ok:
            kind = "Restored" if finding["verdict"] == "ok" else "Degraded"
            publish(f"Recoverability {kind}", finding)
        table.put_item(Item={"id": f"finding#{instance.id}", **finding})
    publish("Sweep Completed", {"sweep": event.get_id, "findings": findings})
    logger.info("swept", extra={"verdicts": [finding["verdict"] for finding in findings]})
    return {"findings": findings}


def measure(found: policy.Policy, instance: policy.Instance) -> dict[str, Any]:
    """The range of an instance against its objective."""
    cloud, now = huawei.of(found.cloud[instance.cloud]), datetime.now(UTC)
    fit = True
    if instance.service == "rds":
        windows = sorted(cloud.windows(instance.id))
        newest = windows[-1][1] / 1000
        coverage = sum(end - start for start, end in windows) / 1000
        gap = max((b[0] - a[1] for a, b in pairwise(windows)), default=0) / 1000
    else:
        texts = cloud.points(instance.id, now - timedelta(days=8), now)
        points = sorted(huawei.moment(text).timestamp() for text in texts)
        newest, coverage = points[-1], points[-1] - points[0]
        gap = max((b - a for a, b in pairwise(points)), default=0)
        fit = cloud.pitr_enabled(instance.id) and cloud.is_idle(instance.id)
    lag, wanted = now.timestamp() - newest, instance.objective
    missed = (
        (wanted.max_lag is not None and lag > wanted.max_lag.total_seconds())
        or (wanted.min_coverage is not None and coverage < wanted.min_coverage.total_seconds())
        or (wanted.max_gap is not None and gap > wanted.max_gap.total_seconds())
    )
    return {
        "instance": instance.id,
        "verdict": "ok" if fit and not missed else "degraded",
        "lag": round(lag),
        "coverage": round(coverage),
        "gap": round(gap),
    }


def emit(name: str, finding: dict[str, Any]) -> None:
    """One line of metrics for an instance."""
    with single_metric(
        name="RestorableLag", unit=MetricUnit.Seconds, value=finding["lag"], namespace="peer"
    ) as metric:
        metric.add_dimension("instance", name)


def publish(kind: str, detail: dict[str, Any]) -> None:
    """Send an event."""
    bus.put_events(
        Entries=[
            {
                "EventBusName": os.environ["BUS"],
                "Source": "peer",
                "DetailType": kind,
                "Detail": json.dumps(detail),
            }
        ]
    )
