"""What a warm alarm costs: processor time, beside bare botocore that makes four calls.

Each way runs in a process of its own, against an AWS in another that keeps connections and answers
at once. They take turns, so that a slow minute is everybody's.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.service import PROJECT
from benchmarks.table import Table, versus
from sandbox import corpus
from sandbox.aws.account import ACCOUNT_SETTINGS, POLICY_PARAMETER, TABLE, function_arn
from sandbox.stage import POLICY

AIM = 0.8
"""The most that an alarm may cost, as a part of what the four calls cost."""

TURN = 50
"""Alarms in one turn."""

NOWHERE = "http://127.0.0.1:9"
SETTINGS = ACCOUNT_SETTINGS | {
    "AWS_LAMBDA_FUNCTION_NAME": "alarm",
    "LASTGOOD_POLICY": f"ssm:{POLICY_PARAMETER}",
    "LASTGOOD_TABLE": TABLE,
    "LASTGOOD_RECOVER_FUNCTION": function_arn("recover"),
}

Handler = Callable[[dict[str, Any], None], object]


def _lastgood() -> Handler:
    from handlers.alarm import handler  # noqa: PLC0415 - the other way must not import it

    return handler


def _four_calls() -> Handler:
    """Has it come in, what is known of the instance, keep both and a line about it, start."""
    from botocore.session import get_session  # noqa: PLC0415 - as above

    session = get_session()
    dynamodb: Any = session.create_client("dynamodb")
    functions: Any = session.create_client("lambda")

    def key(kind: str, of: str) -> dict[str, Any]:
        return {"pk": {"S": f"{kind}#{of}"}, "sk": {"S": "state"}}

    def handler(event: dict[str, Any], _: None) -> None:
        state = event["detail"]["state"]
        incident = "".join(filter(str.isalnum, state["timestamp"]))
        keys = [key("incident", incident), key("chain", "instance")]
        for each in keys:
            dynamodb.get_item(TableName=TABLE, Key=each, ConsistentRead=True)
        written = {"version": {"N": "1"}, "body": {"B": json.dumps(state).encode()}}
        new = {"TableName": TABLE, "ConditionExpression": "attribute_not_exists(pk)"}
        puts = [{"Put": new | {"Item": each | written}} for each in (*keys, key("line", incident))]
        dynamodb.transact_write_items(TransactItems=puts)
        functions.invoke(
            FunctionName=SETTINGS["LASTGOOD_RECOVER_FUNCTION"],
            InvocationType="Event",
            DurableExecutionName=incident,
            Payload=json.dumps(state),
        )

    return handler


FLOOR = "bare botocore, four calls"
WAYS: dict[str, Callable[[], Handler]] = {"lastgood": _lastgood, FLOOR: _four_calls}


@cache
def _begin(way: str, url: str) -> Handler:
    os.environ.update(SETTINGS | {"AWS_ENDPOINT_URL": url})
    # For the log, as long as this process lives.
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - see above
    return WAYS[way]()


def _turn(way: str, url: str, alarms: range) -> tuple[float, float]:
    """Milliseconds of the processor and of the clock, for each of these alarms."""
    handler, alarmed_at = _begin(way, url), datetime.now(UTC) - timedelta(minutes=2)
    moments = (alarmed_at - timedelta(seconds=number) for number in alarms)
    events = [json.loads(corpus.event("eventbridge-alarm", moment)) for moment in moments]
    used, began = time.process_time(), time.perf_counter()
    for event in events:
        handler(event, None)
    spent = time.process_time() - used, time.perf_counter() - began
    return 1000 * spent[0] / len(events), 1000 * spent[1] / len(events)


def alarms(turns: int) -> Table:
    """So many turns each, after one that does not count."""
    fresh = multiprocessing.get_context("spawn")
    with _aws() as url, ExitStack() as undo:
        process = {way: undo.enter_context(ProcessPoolExecutor(1, fresh)) for way in WAYS}
        taken = []
        for turn in range(turns + 1):
            some = range(turn * TURN, (turn + 1) * TURN)
            taken.append({way: process[way].submit(_turn, way, url, some).result() for way in WAYS})
        del taken[0]
    ratios = [turn["lastgood"][0] / turn[FLOOR][0] for turn in taken]
    ratio, rows = median(ratios), []
    for way in WAYS:
        used, clock = (median(turn[way][each] for turn in taken) for each in (0, 1))
        beside = (f"{ratio:.2f}", versus(ratio, AIM)) if way == FLOOR else ("1.00", "")
        rows.append((way, f"{used:.2f}", f"{clock:.2f}", *beside))
    return Table("Alarm", ("done by", "processor", "clock", "lastgood is", "aim"), rows)


@contextmanager
def _aws() -> Iterator[str]:
    """The URL of an AWS that knows a policy, and nothing else of what it is asked for."""
    told, tell = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=_serve, args=(tell,), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{told.recv()}"
    finally:
        server.terminate()
        server.join()


def _serve(tell: Any) -> None:
    clouds = dict.fromkeys(("geminidb", "rds", "iam"), NOWHERE)
    policy = POLICY.substitute(project=PROJECT, credentials="env:NONE", **clouds)
    answers: dict[str, Any] = {
        "GetParameter": {"Parameter": {"Value": policy, "Version": 1}},
        "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    }

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower():
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                await reader.readexactly(int(fields["content-length"]))
                writer.write(answer(fields.get("x-amz-target", "").rpartition(".")[2]))
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(converse, "127.0.0.1", 0)
        tell.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    def answer(operation: str) -> bytes:
        asked = next((name for name in answers if name.lower() == operation), "")
        body = json.dumps(answers.get(asked, {})).encode()
        status = "200 OK" if operation else "202 Accepted"
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    asyncio.run(serve())
