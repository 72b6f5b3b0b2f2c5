"""One durable execution an incident: decide, claim, restore, track, settle."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration, StepConfig, StepSemantics
from aws_durable_execution_sdk_python.retries import RetryPresets
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision
from aws_lambda_powertools import Logger
from boto3.dynamodb.conditions import Attr
from pydantic import BaseModel

from . import huawei, policy

logger = Logger(service="peer")
table = boto3.resource("dynamodb").Table(os.environ["PEER_TABLE"])
bus = boto3.client("events")

ONCE = StepConfig(
    step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY, retry_strategy=RetryPresets.none()
)


class Incident(BaseModel):
    """What the alarm function found."""

    id: str
    instance: str
    alarm: str
    onset: datetime
    changed_at: datetime


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> dict[str, Any]:
    """Restore once, to the latest point before the onset that the companion can go back to too."""
    incident = Incident.model_validate(event)
    logger.set_correlation_id(incident.id)
    plan = context.step(lambda _: decide(incident), "decide")
    if "refused" in plan:
        context.step(lambda _: publish("Recovery Refused", plan), "publish")
        return plan
    context.step(lambda _: claim(incident, plan), "claim", ONCE)
    context.step(lambda _: publish("Recovery Started", plan), "publish the start")
    job = context.step(lambda _: restore(incident, plan), "restore", ONCE)
    status = track(context, lambda: job_status(incident, job), ("Completed", "Failed"), "job")
    track(context, lambda: instance_status(incident), ("idle",), "instance")
    ended = {**plan, "job": job, "status": status}
    context.step(lambda _: settle(incident, ended), "settle")
    context.step(lambda _: publish("Recovery Completed", ended), "publish the end")
    logger.info("ended", extra={"status": status})
    return ended


def track(context: DurableContext, look: Any, ends: tuple[str, ...], name: str) -> str:
    """Look again and again until one of the ends is seen."""

    def pace(seen: str, _looks: int) -> WaitForConditionDecision:
        if seen in ends:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_seconds(5))

    config = WaitForConditionConfig(wait_strategy=pace, initial_state="")
    return str(context.wait_for_condition(lambda *_: look(), config, name))


def decide(incident: Incident) -> dict[str, Any]:
    """The plan, or why there is none."""
    found = policy.load(os.environ["POLICY"])
    instance = found.find(incident.instance)
    cloud = huawei.of(found.cloud[instance.cloud])
    now = datetime.now(UTC)
    if not cloud.pitr_enabled(instance.id) or not cloud.is_idle(instance.id):
        return {"incident": incident.id, "refused": "the instance is busy, or PITR is off"}
    latest = incident.onset - found.defaults.margin
    points = {
        huawei.moment(text): text
        for text in cloud.points(instance.id, now - timedelta(days=8), now)
    }
    dates = sorted({now.strftime("%Y-%m-%d"), latest.strftime("%Y-%m-%d")})
    for companion in map(found.find, instance.companions):
        windows = [w for date in dates for w in cloud.windows(companion.id, date)]
        points = {
            at: text
            for at, text in points.items()
            if any(start <= at.timestamp() * 1000 <= end for start, end in windows)
        }
    target = max((at for at in points if at < latest), default=None)
    if target is None or now - target > found.defaults.max_rollback:
        return {"incident": incident.id, "refused": "nothing restorable"}
    return {"incident": incident.id, "instance": instance.id, "restore_time": points[target]}


def claim(incident: Incident, plan: dict[str, Any]) -> None:
    """Fail when somebody else restores this instance."""
    item = {"id": f"claim#{incident.instance}", "incident": incident.id, "plan": json.dumps(plan)}
    table.put_item(Item=item, ConditionExpression=Attr("id").not_exists())


def restore(incident: Incident, plan: dict[str, Any]) -> str:
    """Ask for the restore; the id of its job."""
    return cloud_of(incident).restore(incident.instance, plan["restore_time"])


def job_status(incident: Incident, job: str) -> str:
    """The status of the job."""
    found = cloud_of(incident).job(job)
    return str(found.status) if found else "not listed"


def instance_status(incident: Incident) -> str:
    """Whether the instance is idle again."""
    return "idle" if cloud_of(incident).is_idle(incident.instance) else "busy"


def settle(incident: Incident, ended: dict[str, Any]) -> None:
    """Write down how it ended, and free the instance."""
    table.put_item(Item={"id": f"incident#{incident.id}", "ended": json.dumps(ended)})
    table.delete_item(Key={"id": f"claim#{incident.instance}"})


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


def cloud_of(incident: Incident) -> huawei.Huawei:
    """The cloud that the instance is in."""
    found = policy.load(os.environ["POLICY"])
    return huawei.of(found.cloud[found.find(incident.instance).cloud])
