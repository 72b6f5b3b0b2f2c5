"""The Lambda service around one measured process: durable executions, and a start that is noted.

Only one function is measured at a time, so whatever is invoked here is invoked in that process. An
execution that a function starts is not run but noted: the measured time ends there.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from aws_durable_execution_sdk_python_testing.invoker import INVOCATION_MARKER_HEADER

from benchmarks.process import Invocation
from sandbox.aws.account import ACCOUNT, ALIAS, function_arn
from sandbox.aws.durable_engine import Engine
from sandbox.aws.endpoint import Endpoint, Request, Response
from sandbox.aws.functions import DurableConfig, Function
from sandbox.stage import source_code

DURABLE = "measured-durable"
PLAIN = "measured-plain"

_INVOKE = re.compile(r"/2015-03-31/functions/[^/]+/invocations")
_PATIENCE = 120.0
_POLL_SECONDS = 0.02

Invoke = Callable[[bytes], Invocation]


class MeasuredService:
    """Speaks Lambda's API to the process under measurement; use it within the sandbox's account."""

    def __init__(self) -> None:
        self.requested: list[tuple[float, bytes]] = []
        """When an execution was asked for (`time.perf_counter`), and with what payload."""

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self._endpoint = Endpoint(self._answer, "measured-lambda")
            undo.callback(self._endpoint.close)
            function = Function("unused", source_code(), durable=DurableConfig())
            self._engine = Engine(self.url, {DURABLE: function})
            undo.callback(self._engine.stop)
            self._engine.start()
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._undo.close()

    @property
    def url(self) -> str:
        """The URL of the endpoint."""
        return self._endpoint.url

    def execute(self, invoke: Invoke, payload: bytes) -> tuple[Invocation, Any]:
        """Run one durable execution to its end: its first invocation, and its result.

        Raises what the first invocation raised, and RuntimeError when the execution failed.
        """
        self._first: Future[Invocation] = Future()
        self._invoke = invoke
        start = {
            "AccountId": ACCOUNT,
            "FunctionName": DURABLE,
            "FunctionQualifier": ALIAS,
            "ExecutionName": str(uuid.uuid4()),
            "ExecutionTimeoutSeconds": 3600,
            "ExecutionRetentionPeriodDays": 1,
            "Input": payload.decode(),
        }
        arn = self._ask("POST", "/start-durable-execution", json.dumps(start))["ExecutionArn"]
        # The end is asked for only then: asking takes time of the same processor.
        first = self._first.result(_PATIENCE)
        return first, self._result(arn)

    def _result(self, arn: str) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = self._ask("GET", f"/2025-12-01/durable-executions/{quote(arn, safe='')}", "")
            if found["Status"] == "SUCCEEDED":
                return json.loads(found["Result"])
            if found["Status"] != "RUNNING":
                raise RuntimeError(f"the execution ended {found['Status']}: {found.get('Error')}")
            time.sleep(_POLL_SECONDS)
        raise TimeoutError("the execution did not end")

    def _ask(self, method: str, target: str, body: str) -> Any:
        return json.loads(self._engine.pass_on(method, target, body.encode()).body)

    def _answer(self, request: Request) -> Response:
        if not _INVOKE.fullmatch(request.path):
            return self._engine.pass_on(request.method, request.target, request.body)
        if INVOCATION_MARKER_HEADER not in request.headers:
            self.requested.append((time.perf_counter(), request.body))
            arn = f"{function_arn(DURABLE)}/durable-execution/noted/{uuid.uuid4()}"
            return Response(202, b"", {"X-Amz-Durable-Execution-Arn": arn})
        try:
            invocation = self._invoke(request.body)
        except RuntimeError as error:
            if not self._first.done():
                self._first.set_exception(error)
            raise
        if not self._first.done():
            self._first.set_result(invocation)
        return Response(200, invocation.payload)
