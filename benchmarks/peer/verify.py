"""On a schedule: measures every instance of the policy."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import boto3
from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from . import events, huawei, policy

logger = Logger(service="peer")
table = boto3.resource("dynamodb").Table(os.environ["LASTGOOD_TABLE"])


@logger.inject_lambda_context
@event_source(data_class=EventBridgeEvent)
def handler(event: EventBridgeEvent, context: LambdaContext) -> dict[str, Any]:
    """Measure, print metrics, publish, and keep what was found."""
    del context
    found = policy.load()
    clouds = {name: huawei.Huawei(cloud) for name, cloud in found.cloud.items()}
    findings = [measure(clouds[instance.cloud], instance) for instance in found.instance]
    for finding in findings:
        lag = ("RestorableLag", MetricUnit.Seconds, finding["lag"])
        with single_metric(*lag, namespace="peer") as metric:
            metric.add_dimension("instance", finding["instance"])
        key = {"pk": f"finding#{finding['instance']}", "sk": "-"}
        before = table.get_item(Key=key).get("Item", finding)
        if finding["ready"] != before["ready"]:
            events.publish("Recoverability Changed", finding)
        table.put_item(Item={**key, **finding})
    events.publish("Sweep Completed", {"sweep": event.get_id, "findings": findings})
    logger.info("swept", extra={"ready": [finding["ready"] for finding in findings]})
    return {"findings": findings}


def measure(cloud: huawei.Huawei, instance: policy.Instance) -> dict[str, Any]:
    """How an instance could be restored now, in seconds."""
    now, ready = datetime.now(UTC), True
    if instance.service == "rds":
        windows = [(start / 1000, end / 1000) for start, end in cloud.windows(instance.id)]
    else:
        times = sorted(huawei.moment(text).timestamp() for text in cloud.points(instance.id, now))
        windows = [(time, time) for time in times]
        ready = cloud.pitr_enabled(instance.id) and cloud.is_idle(instance.id)
    return {
        "instance": instance.id,
        "ready": ready,
        "lag": round(now.timestamp() - windows[-1][1]),
        "coverage": round(windows[-1][1] - windows[0][0]),
        "gap": round(max((b[0] - a[1] for a, b in pairwise(windows)), default=0)),
    }
