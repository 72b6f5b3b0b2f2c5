"""A cold recovery's libraries, and one call to each service that it needs; nothing else."""

from __future__ import annotations

import json
import os
import tomllib
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_lambda_powertools import Logger
from botocore.session import get_session

from huawei_pitr import Client
from huawei_pitr.api.geminidb import list_geminidb_instances
from huawei_pitr.api.rds import list_rds_restore_windows

logger = Logger(service="floor")


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> str:
    """One step, in which everybody is asked once."""
    del event
    return context.step(lambda _: ask_everybody(), "ask everybody")


def ask_everybody() -> str:
    """Policy, secret, both services of Huawei Cloud, table, bus."""
    session: Any = get_session()
    ssm, secrets, dynamodb, events = (
        session.create_client(service, region_name=os.environ["AWS_REGION"])
        for service in ("ssm", "secretsmanager", "dynamodb", "events")
    )
    name = os.environ["LASTGOOD_POLICY"].removeprefix("ssm:")
    policy = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    (cloud,) = tomllib.loads(policy)["cloud"].values()
    project, urls = cloud["project_id"], cloud["endpoints"]
    secrets.get_secret_value(SecretId=cloud["credentials"].removeprefix("secretsmanager:"))
    list_geminidb_instances.sync_detailed(project, client=Client(base_url=urls["geminidb"]))
    list_rds_restore_windows.sync_detailed(project, "-", client=Client(base_url=urls["rds"]))
    keys = [{"pk": {"S": "floor"}, "sk": {"S": "-"}}]
    table = os.environ["LASTGOOD_TABLE"]
    dynamodb.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
    detail = {"Source": "floor", "DetailType": "floor", "Detail": json.dumps({})}
    events.put_events(Entries=[{"EventBusName": os.environ["LASTGOOD_BUS"], **detail}])
    logger.info("asked")
    return "asked"
