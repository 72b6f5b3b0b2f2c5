"""Durable executions by name: each is started once and can be waited for."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from threading import Condition, Event
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sandbox.aws.account import ACCOUNT
from sandbox.aws.endpoint import ApiError, closing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventTypeDef

    from sandbox.aws.durable_engine import Engine
    from sandbox.aws.functions import DurableConfig

__all__ = ["Execution", "ExecutionResult", "Executions"]

_POLL_SECONDS = 0.03
_ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionStopped"}


@dataclass(frozen=True, slots=True)
class Execution:
    """A durable execution: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or STOPPED."""

    name: str
    arn: str
    status: str


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """The end of a durable execution: `payload` is its JSON result, `error` its failure."""

    status: str
    payload: bytes | None
    error: Mapping[str, Any] | None

    def value(self) -> Any:
        """Return the result parsed as JSON; None when there is none."""
        return None if self.payload is None else json.loads(self.payload)


@dataclass(frozen=True, slots=True)
class _Started:
    payload: bytes
    arn: str


class Executions:
    """All executions of an engine, with AWS's rules for names (docs/facts/aws.md).

    `client` queries the engine; every method that waits raises ApiError when `close` is called.
    """

    def __init__(self, engine: Engine, client: LambdaClient) -> None:
        self._engine = engine
        self._client = client
        self._started: dict[tuple[str, str], _Started] = {}
        self._change = Condition()
        self._closed = Event()

    def close(self) -> None:
        """Let every waiting call fail."""
        self._closed.set()

    def start_once(
        self, function: str, qualifier: str, durable: DurableConfig, name: str, payload: bytes
    ) -> str:
        """Start an execution, unless one of this name and payload exists; returns its ARN.

        Raises ApiError when one of this name exists with another payload.
        """
        with self._change:
            existing = self._started.get((function, name))
            if existing is not None and existing.payload != payload:
                raise ApiError(
                    409,
                    "DurableExecutionAlreadyStartedException",
                    f"Execution {name} of {function} was already started with another payload.",
                )
            if existing is not None:
                return existing.arn
            arn = self._start(function, qualifier, durable, name, payload)
            self._started[function, name] = _Started(payload, arn)
            self._change.notify_all()
            return arn

    def _start(
        self, function: str, qualifier: str, durable: DurableConfig, name: str, payload: bytes
    ) -> str:
        start = {
            "AccountId": ACCOUNT,
            "FunctionName": function,
            "FunctionQualifier": qualifier,
            "ExecutionName": name,
            "ExecutionTimeoutSeconds": durable.execution_timeout,
            "ExecutionRetentionPeriodDays": durable.retention_days,
            "Input": payload.decode(),
        }
        answer = self._engine.pass_on(
            "POST", "/start-durable-execution", json.dumps(start).encode()
        )
        return str(json.loads(answer.body)["ExecutionArn"])

    def forget(self, name: str) -> None:
        """Free a name, as happens at the end of its retention."""
        with self._change:
            for key in [key for key in self._started if key[1] == name]:
                del self._started[key]

    def of(self, function: str) -> list[Execution]:
        """Return the executions of a function, in the order they started."""
        pages = self._client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=function
        )
        return [
            Execution(found["DurableExecutionName"], found["DurableExecutionArn"], found["Status"])
            for page in pages
            for found in page["DurableExecutions"]
        ]

    def wait_for(self, name: str, timeout: float) -> ExecutionResult:
        """Wait until an execution of this name has started and ended, and return its result.

        Raises TimeoutError after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        return self._ended(self._arn(name, deadline), deadline)

    def ended(self, arn: str, timeout: float) -> ExecutionResult:
        """Wait until an execution has ended, and return its result.

        Raises TimeoutError after `timeout` seconds.
        """
        return self._ended(arn, time.monotonic() + timeout)

    def wait_for_callback(self, name: str, timeout: float) -> str:
        """Wait until an execution waits for a callback, and return the id of the callback.

        Raises TimeoutError after `timeout` seconds, and LookupError when the execution has ended.
        """
        deadline = time.monotonic() + timeout
        self._arn(name, deadline)
        while True:
            events = self.history(name)
            if waiting := _open_callbacks(events):
                return waiting[0]
            if any(event["EventType"] in _ENDS for event in events):
                raise LookupError(f"{name} has ended and waits for no callback")
            self._pause(deadline, f"{name} waits for no callback")

    def history(self, name: str) -> list[EventTypeDef]:
        """Return the events of an execution, oldest first, with their data."""
        pages = self._client.get_paginator("get_durable_execution_history").paginate(
            DurableExecutionArn=self.arn(name), IncludeExecutionData=True
        )
        return [event for page in pages for event in page["Events"]]

    def arn(self, name: str) -> str:
        """Return the ARN of the execution of this name that was started last."""
        return self._arn(name, time.monotonic())

    def _arn(self, name: str, deadline: float) -> str:
        def found() -> list[_Started]:
            return [started for (_, n), started in self._started.items() if n == name]

        with self._change:
            if not self._change.wait_for(found, max(0.0, deadline - time.monotonic())):
                raise TimeoutError(f"no durable execution {name} was started")
            return found()[-1].arn

    def _ended(self, arn: str, deadline: float) -> ExecutionResult:
        while True:
            found = self._look(arn)
            if found["Status"] != "RUNNING":
                payload = found["Result"].encode() if "Result" in found else None
                return ExecutionResult(found["Status"], payload, found.get("Error"))
            self._pause(deadline, f"{found['DurableExecutionName']} is still running")

    def _look(self, arn: str) -> Mapping[str, Any]:
        # Not through boto3, which takes several times as long: this is polled.
        target = f"/2025-12-01/durable-executions/{quote(arn, safe='')}"
        found: Mapping[str, Any] = json.loads(self._engine.pass_on("GET", target, b"").body)
        return found

    def _pause(self, deadline: float, state: str) -> None:
        if time.monotonic() >= deadline:
            raise TimeoutError(state)
        if self._closed.wait(_POLL_SECONDS):
            raise closing()


def _open_callbacks(events: list[EventTypeDef]) -> list[str]:
    waiting: dict[str, str] = {}
    for event in events:
        if event["EventType"] == "CallbackStarted":
            waiting[event["Id"]] = event["CallbackStartedDetails"]["CallbackId"]
        elif event["EventType"].startswith("Callback"):
            waiting.pop(event["Id"], None)
    return list(waiting.values())
