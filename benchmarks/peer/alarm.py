"""Alarms in, one durable execution an incident out; repeated deliveries are dropped."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime
from fnmatch import fnmatch
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import idempotency
from aws_lambda_powertools.utilities.typing import LambdaContext

from . import policy

logger = Logger(service="peer")
metrics = Metrics(namespace="peer", service="alarm")
functions = boto3.client("lambda")
table = os.environ["LASTGOOD_TABLE"]
persistence = idempotency.DynamoDBPersistenceLayer(table, "pk", sort_key_attr="sk")
config = idempotency.IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=86_400)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Start a recovery for every instance that the alarm is about."""
    config.register_lambda_context(context)
    started = [start(incident=found.model_dump(mode="json")) for found in incidents_of(event)]
    logger.info("started", extra={"incidents": started})
    metrics.add_metric("Started", MetricUnit.Count, len(started))
    return {"started": started}


@idempotency.idempotent_function(  # type: ignore[untyped-decorator] # Powertools leaves it untyped
    data_keyword_argument="incident", persistence_store=persistence, config=config
)
def start(incident: dict[str, Any]) -> str:
    """Start one recovery."""
    functions.invoke(
        FunctionName=os.environ["LASTGOOD_RECOVER_FUNCTION"],
        InvocationType="Event",
        DurableExecutionName=incident["id"],
        Payload=json.dumps(incident),
    )
    return str(incident["id"])


def incidents_of(event: dict[str, Any]) -> list[policy.Incident]:
    """The incidents in an event of EventBridge; the onset is the first datapoint evaluated."""
    arn, name, state = event["resources"][0], event["detail"]["alarmName"], event["detail"]["state"]
    points = json.loads(state.get("reasonData") or "{}").get("evaluatedDatapoints", [])
    times = [point["timestamp"] for point in points] or [state["timestamp"]]
    onset = min(datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%f%z") for time in times)
    transition = f"{arn} {state['timestamp']}"
    return [
        policy.Incident(
            id=hashlib.sha256(f"{transition} {instance.id}".encode()).hexdigest()[:40],
            instance=instance.id,
            onset=onset,
        )
        for instance in policy.load().instance
        if state["value"] == "ALARM"
        if any(fnmatch(name, pattern) for pattern in instance.alarms)
    ]
