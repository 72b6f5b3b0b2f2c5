"""Copied as `sitecustomize.py` into the path of a function: writes down its AWS calls.

Python imports it before anything else. It stands on botocore's own events, so it sees the calls of
the durable SDK as well as ours. Whoever asks for a callback waits until the test lets it go on.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import botocore.session

HERE = Path(__file__).parent
CALLS = "calls.jsonl"
MEETING = "meeting-point"
ABOUT = (
    *("TableName", "Name", "SecretId", "FunctionName", "DurableExecutionArn", "TopicArn"),
    "QueueUrl",
)


def record(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Append one line: the function, the operation, and what it concerns."""
    line = {
        "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
        "service": model.service_model.service_name,
        "operation": model.name,
        "about": {name: params[name] for name in ABOUT if name in params},
        "writes": [kind for item in params.get("TransactItems", []) for kind in item],
        "tables": [
            *params.get("RequestItems", {}),
            *(put["TableName"] for i in params.get("TransactItems", []) for put in i.values()),
        ],
        "partitions": partitions(params),
        "buses": [entry["EventBusName"] for entry in params.get("Entries", [])],
    }
    with (HERE / CALLS).open("a", encoding="utf-8") as calls:
        calls.write(json.dumps(line) + "\n")
    if any(update.get("Type") == "CALLBACK" for update in params.get("Updates", [])):
        wait_for_the_test()


def partitions(params: dict[str, Any]) -> list[str]:
    """The partition of each item that the call reads or writes, in their order; or of a query."""
    if "KeyConditionExpression" in params:
        (partition,) = params["ExpressionAttributeValues"].values()
        return [partition["S"]]
    items = [key for asked in params.get("RequestItems", {}).values() for key in asked["Keys"]]
    items += [put["Item"] for item in params.get("TransactItems", []) for put in item.values()]
    return [item["pk"]["S"] for item in items]


def wait_for_the_test() -> None:
    """Meet the test where it listens, and stay until it leaves."""
    with socket.create_connection(("127.0.0.1", int((HERE / MEETING).read_text()))) as meeting:
        meeting.recv(1)


def create_client(session: botocore.session.Session, *args: Any, **kwargs: Any) -> Any:
    """Make a client as botocore does, and listen to it."""
    client = botocores_own(session, *args, **kwargs)
    client.meta.events.register("provide-client-params", record)
    return client


if __name__ == "sitecustomize":
    botocores_own = botocore.session.Session.create_client
    botocore.session.Session.create_client = create_client  # type: ignore[assignment, method-assign] # the point
