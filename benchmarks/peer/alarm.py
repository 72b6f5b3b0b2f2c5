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
from aws_lambda_powertools.utilities.data_classes import SNSEvent
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import BaseModel
from aws_lambda_powertools.utilities.typing import LambdaContext

from . import policy

logger = Logger(service="peer")
metrics = Metrics(namespace="peer", service="alarm")
functions = boto3.client("lambda")
persistence = DynamoDBPersistenceLayer(table_name=os.environ["PEER_TABLE"])
config = IdempotencyConfig(event_key_jmespath="id", expires_after_seconds=86_400)


class Incident(BaseModel):
    """What the recover function is given."""

    id: str
    instance: str
    alarm: str
    onset: datetime
    changed_at: datetime


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Start a recovery for every alarm in the event."""
    config.register_lambda_context(context)
    started = [start(incident=found.model_dump(mode="json")) for found in incidents_of(event)]
    metrics.add_metric("Started", MetricUnit.Count, len(started))
    return {"started": started}


@idempotent_function(  # type: ignore[untyped-decorator] # Powertools leaves it untyped
    data_keyword_argument="incident", persistence_store=persistence, config=config
)
def start(incident: dict[str, Any]) -> str:
    """Start one recovery."""
    functions.invoke(
        FunctionName=os.environ["RECOVER_FUNCTION"],
        InvocationType="Event",
        DurableExecutionName=incident["id"],
        Payload=json.dumps(incident),
    )
    logger.info("started", extra={"incident": incident["id"]})
    return str(incident["id"])


def incidents_of(event: dict[str, Any]) -> list[Incident]:
    """The incidents in an event of EventBridge, of SNS, or of the alarm itself."""
    found = policy.load(os.environ["POLICY"])
    if "Records" in event:
        messages = [json.loads(record.sns.message) for record in SNSEvent(event).records]
        alarms = [
            (m["AlarmArn"], m["AlarmName"], m["NewStateValue"], m["StateChangeTime"], None)
            for m in messages
        ]
    else:
        data = event.get("alarmData") or event["detail"]
        arn = event.get("alarmArn") or event["resources"][0]
        state = data["state"]
        evidence = json.loads(state.get("reasonData") or "null")
        alarms = [(arn, data["alarmName"], state["value"], state["timestamp"], evidence)]
    return [
        Incident(
            id=hashlib.sha256(f"{arn} {moment} {instance.id}".encode()).hexdigest()[:40],
            instance=instance.id,
            alarm=name,
            onset=onset(moment, evidence),
            changed_at=read(moment),
        )
        for arn, name, value, moment, evidence in alarms
        if value == "ALARM"
        for instance in found.instance
        if any(fnmatch(name, pattern) for pattern in instance.alarms)
    ]


def onset(moment: str, evidence: dict[str, Any] | None) -> datetime:
    """The first datapoint that was evaluated, or the transition itself."""
    points = (evidence or {}).get("evaluatedDatapoints", [])
    return min((read(point["timestamp"]) for point in points), default=read(moment))


def read(moment: str) -> datetime:
    """A time of CloudWatch's."""
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%f%z")
