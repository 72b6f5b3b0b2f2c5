"""One durable execution an incident: decide, claim, restore, track, settle."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration, StepConfig, StepSemantics
from aws_durable_execution_sdk_python.retries import RetryPresets
from aws_durable_execution_sdk_python.waits import WaitForConditionConfig, WaitForConditionDecision
from aws_lambda_powertools import Logger
from boto3.dynamodb.conditions import Attr

from . import events, huawei, policy
from .policy import Incident

logger = Logger(service="peer")
table = boto3.resource("dynamodb").Table(os.environ["LASTGOOD_TABLE"])

MARGIN, MAX_ROLLBACK = timedelta(minutes=2), timedelta(hours=6)
ONCE = StepConfig(RetryPresets.none(), StepSemantics.AT_MOST_ONCE_PER_RETRY)


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> dict[str, Any]:
    """Restore once, to the latest point before the onset that the companion can go back to too."""
    incident = Incident.model_validate(event)
    logger.set_correlation_id(incident.id)
    plan = context.step(lambda _: decide(incident), "decide")
    if "refused" in plan:
        context.step(lambda _: events.publish("Recovery Refused", plan), "publish")
        return plan
    cloud = cloud_of(incident.instance)
    context.step(lambda _: claim(incident, plan), "claim", ONCE)
    context.step(lambda _: events.publish("Recovery Started", plan), "publish the start")
    instance, point = incident.instance, plan["restore_time"]
    job = context.step(lambda _: cloud.restore(instance, point), "restore", ONCE)
    status = track(context, lambda: cloud.job_status(job), ("Completed", "Failed"))
    track(context, lambda: str(cloud.is_idle(instance)), ("True",))
    ended = {**plan, "job": job, "status": status}
    context.step(lambda _: settle(incident, ended), "settle")
    context.step(lambda _: events.publish("Recovery Completed", ended), "publish the end")
    logger.info("ended", extra={"status": status})
    return ended


def track(context: DurableContext, look: Any, ends: tuple[str, ...]) -> str:
    """Look again and again until one of the ends is seen."""

    def pace(seen: str, _looks: int) -> WaitForConditionDecision:
        if seen in ends:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_seconds(5))

    config = WaitForConditionConfig(wait_strategy=pace, initial_state="")
    return str(context.wait_for_condition(lambda *_: look(), config))


def decide(incident: Incident) -> dict[str, Any]:
    """The plan, or why there is none."""
    found, now = policy.load(), datetime.now(UTC)
    instance, cloud = found.find(incident.instance), cloud_of(incident.instance)
    if not cloud.pitr_enabled(instance.id) or not cloud.is_idle(instance.id):
        return {"incident": incident.id, "refused": "the instance is busy, or PITR is off"}
    latest = incident.onset - MARGIN
    points = {huawei.moment(text): text for text in cloud.points(instance.id, now)}
    dates = sorted({now.strftime("%Y-%m-%d"), latest.strftime("%Y-%m-%d")})
    common = {at for at in points if at < latest}
    for companion in map(found.find, instance.companions):
        windows = [w for date in dates for w in cloud.windows(companion.id, date)]
        common = {at for at in common if any(s <= at.timestamp() * 1000 <= e for s, e in windows)}
    target = max(common, default=None)
    if target is None or now - target > MAX_ROLLBACK:
        return {"incident": incident.id, "refused": "nothing restorable"}
    return {"incident": incident.id, "instance": instance.id, "restore_time": points[target]}


def claim(incident: Incident, plan: dict[str, Any]) -> None:
    """Fail when another incident has this instance restored."""
    item = {"pk": f"claim#{incident.instance}", "sk": "-", "plan": json.dumps(plan)}
    table.put_item(Item=item, ConditionExpression=Attr("pk").not_exists())


def settle(incident: Incident, ended: dict[str, Any]) -> None:
    """Write down how it ended, and free the instance."""
    ended_at = {"pk": f"incident#{incident.id}", "sk": "-"}
    table.put_item(Item={**ended_at, "ended": json.dumps(ended)})
    table.delete_item(Key={"pk": f"claim#{incident.instance}", "sk": "-"})


@cache
def cloud_of(instance: str) -> huawei.Huawei:
    """The cloud that the instance is in."""
    found = policy.load()
    return huawei.Huawei(found.cloud[found.find(instance).cloud])
