"""The Lambda service: its endpoint, functions as processes, durable executions.

The endpoint serves the part of Lambda's API that lastgood uses. An Invoke of a plain function runs
it in a process. An Invoke of a durable function starts an execution on the SDK's own local runner,
which then invokes the function here, marked by a header, as often as the execution needs. The
durable API (checkpoints, callbacks, queries) is forwarded to the runner, so there is one Lambda
endpoint, as in AWS.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from aws_durable_execution_sdk_python_testing.invoker import INVOCATION_MARKER_HEADER
from botocore.config import Config

from sandbox.aws.account import ALIAS, function_arn, sandbox_account
from sandbox.aws.durable_engine import LAMBDA_LIMIT_SECONDS, Engine
from sandbox.aws.durable_executions import Execution, ExecutionResult, Executions
from sandbox.aws.durable_limits import Limits, Meter
from sandbox.aws.endpoint import ApiError, Endpoint, Request, Response, closing
from sandbox.aws.functions import DurableConfig, Environments, Function, Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventTypeDef

    from sandbox.aws.runtime import Code, InvocationResult

__all__ = [
    "DurableConfig",
    "Execution",
    "ExecutionResult",
    "Function",
    "Invocation",
    "LambdaSandbox",
    "Limits",
]

_INVOKE = re.compile(r"/2015-03-31/functions/(?P<function>[^/]+)/invocations")
_CONFIGURATION = re.compile(r"/2015-03-31/functions/(?P<function>[^/]+)/configuration")
_LIST = re.compile(r"/2025-12-01/functions/(?P<function>[^/]+)/durable-executions")
_FUNCTION = re.compile(
    r"(arn:aws[\w-]*:lambda:[\w-]+:)?(\d{12}:)?(function:)?"
    r"(?P<name>[\w.-]+)(:(?P<qualifier>\$LATEST|[\w-]+))?"
)
_EXECUTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")

# At an asynchronous event (docs/facts/aws.md "Delivery"); the pauses between them are left out.
_ATTEMPTS = 3
_IDLE_SECONDS = 0.03


class LambdaSandbox:
    """The Lambda service with the given functions, on a free loopback port, while entered.

    Set `AWS_ENDPOINT_URL_LAMBDA` to `url` for other clients; the functions have it set.
    """

    def __init__(self, functions: Mapping[str, Function]) -> None:
        """Take the functions by name; a durable one must be invoked by a qualified name or ARN."""
        self._functions = functions

    def __enter__(self) -> Self:
        """Start the endpoint and the durable runner; functions start on their first invocation."""
        self._closing = Event()
        self._events: list[Future[InvocationResult]] = []
        with ExitStack() as undo:
            session = undo.enter_context(sandbox_account())
            self._endpoint = Endpoint(self._answer, "sandbox-lambda")
            undo.callback(self._endpoint.close)
            self._background = ThreadPoolExecutor(16, thread_name_prefix="sandbox-events")
            undo.callback(self._background.shutdown, cancel_futures=True)
            self._environments = {
                name: Environments(name, function, self.url)
                for name, function in self._functions.items()
            }
            for environments in self._environments.values():
                undo.callback(environments.close)
            self._engine = Engine(self.url, self._functions)
            undo.callback(self._engine.stop)
            self._engine.start()
            # A slow invocation must not be sent twice.
            config = Config(read_timeout=LAMBDA_LIMIT_SECONDS, retries={"total_max_attempts": 1})
            self._client = session.client("lambda", endpoint_url=self.url, config=config)
            undo.callback(self._client.close)
            _ = self._client.exceptions  # made at their first use, which no two threads may share
            self._executions = Executions(self._engine, self._client)
            undo.callback(self._executions.close)
            undo.callback(self._closing.set)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the runner and the endpoint, and kill all functions."""
        self._undo.close()

    @property
    def url(self) -> str:
        """The URL of the endpoint, for the Lambda API and the durable execution API."""
        return self._endpoint.url

    @property
    def client(self) -> LambdaClient:
        """A boto3 client of this service."""
        return self._client

    def environment(self) -> dict[str, str]:
        """Return the settings to add to `AwsSandbox.environment` to reach the functions."""
        return {"AWS_ENDPOINT_URL_LAMBDA": self.url}

    # Control of the functions

    def send(self, function: str, event: bytes) -> Future[InvocationResult]:
        """Send an asynchronous event to a plain function, as SNS and EventBridge do.

        The result is that of the last attempt; when all failed, `on_failure` was called before.
        """
        return self._send(function, event, function_arn(function, "$LATEST"))

    def invoke(self, function: str, event: bytes) -> InvocationResult:
        """Invoke a plain function once and wait, as the poller of an SQS queue does."""
        return self._environments[function].invoke(event, function_arn(function, "$LATEST"))

    def invocations(self, function: str) -> list[Invocation]:
        """Return all finished runs of a function's handler, in the order they finished.

        A durable function has one for each time the runner invoked it.
        """
        return self._environments[function].invocations

    def log(self, function: str) -> str:
        """Return the output of a function to stdout and stderr: logs, metrics and tracebacks."""
        return "".join(invocation.result.log for invocation in self.invocations(function))

    def deploy(self, function: str, code: Code) -> None:
        """Replace the code of a function; an execution under way goes on with the new.

        Lambda lets it end with the version that it began with; this is the harder case.
        """
        self._environments[function].deploy(code)

    def kill(self, function: str) -> None:
        """Kill the processes of a function with SIGKILL, also during an invocation."""
        self._environments[function].kill()

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until every asynchronous event sent to a plain function has succeeded or failed.

        Raises TimeoutError, and any exception that an `on_failure` raised.
        """
        deadline = time.monotonic() + timeout
        while pending := [event for event in self._events if not event.done()]:
            if wait(pending, deadline - time.monotonic()).not_done:
                raise TimeoutError(f"events are still being processed after {timeout:g} s")
        for event in self._events:
            event.result()

    def wait_until_idle(self, function: str, timeout: float = 30.0) -> None:
        """Wait until no handler of a function runs; its execution may fail before it ends.

        Raises TimeoutError after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while not self._environments[function].idle:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"{function} is still running")
            time.sleep(_IDLE_SECONDS)

    def executions(self, function: str) -> list[Execution]:
        """Return the durable executions of a function, in the order they started."""
        return self._executions.of(function)

    def wait_for(self, execution_name: str, timeout: float = 30.0) -> ExecutionResult:
        """Wait until a durable execution has started and ended, and return its result.

        Raises TimeoutError after `timeout` seconds.
        """
        return self._executions.wait_for(execution_name, timeout)

    def wait_for_callback(self, execution_name: str, timeout: float = 30.0) -> str:
        """Wait until a durable execution waits for a callback, and return the id of the callback.

        Raises TimeoutError after `timeout` seconds, and LookupError when the execution has ended.
        """
        return self._executions.wait_for_callback(execution_name, timeout)

    def history(self, execution_name: str) -> list[EventTypeDef]:
        """Return the events of a durable execution, oldest first, with their data."""
        return self._executions.history(execution_name)

    def limit(self, limits: Limits) -> None:
        """Lower what a durable execution may write, or raise it again."""
        self._engine.limits = limits

    def written(self, execution_name: str) -> Meter:
        """Return what a durable execution has written so far."""
        return self._engine.meters[self._executions.arn(execution_name)]

    def forget(self, execution_name: str) -> None:
        """Free the name of an execution, as happens at the end of its retention.

        After this, the same incident starts a second execution.
        """
        self._executions.forget(execution_name)

    # Handling of requests

    def _answer(self, request: Request) -> Response:
        if self._closing.is_set():
            raise closing()
        if request.method == "POST" and (invoke := _INVOKE.fullmatch(request.path)):
            return self._invoke(unquote(invoke["function"]), request)
        if described := _CONFIGURATION.fullmatch(request.path):
            return self._describe(*_identify(unquote(described["function"])))
        target = request.target
        if listing := _LIST.fullmatch(request.path):
            # The runner compares with the name, and boto3 may send an ARN.
            name, _ = _identify(unquote(listing["function"]))
            target = target.replace(listing["function"], quote(name), 1)
        return self._engine.pass_on(request.method, target, request.body)

    def _describe(self, name: str, qualifier: str) -> Response:
        """Answer with the configuration of a function, as far as lastgood looks at it."""
        arn = function_arn(name, qualifier or "$LATEST")
        if name not in self._functions or qualifier not in {"", "$LATEST", ALIAS}:
            raise ApiError(404, "ResourceNotFoundException", f"Function not found: {arn}")
        function = self._functions[name]
        configuration: dict[str, Any] = {"FunctionName": name, "FunctionArn": arn}
        configuration["Environment"] = {"Variables": dict(function.environment)}
        if function.durable:
            seconds = function.durable.execution_timeout
            configuration["DurableConfig"] = {"ExecutionTimeout": seconds}
        return Response(200, json.dumps(configuration).encode())

    def _invoke(self, identifier: str, request: Request) -> Response:
        name, qualifier = _identify(identifier)
        qualifier = request.query.get("Qualifier", [qualifier])[0]
        arn = function_arn(name, qualifier or "$LATEST")
        if name not in self._functions:
            raise ApiError(404, "ResourceNotFoundException", f"Function not found: {arn}")
        request = _with_json_body(request)
        durable = self._functions[name].durable
        if durable is not None and INVOCATION_MARKER_HEADER not in request.headers:
            return self._invoke_durable(name, qualifier, durable, request)
        if request.headers.get("X-Amz-Invocation-Type") == "Event":
            self._send(name, request.body, arn)
            return Response(202, b"")
        result = self._environments[name].invoke(request.body, arn)
        error = {"X-Amz-Function-Error": "Unhandled"} if result.error else {}
        return Response(200, result.payload, {"X-Amz-Executed-Version": "1"} | error)

    def _send(self, name: str, event: bytes, arn: str) -> Future[InvocationResult]:
        sent = self._background.submit(self._deliver, self._environments[name], event, arn)
        self._events.append(sent)
        return sent

    def _deliver(self, environments: Environments, event: bytes, arn: str) -> InvocationResult:
        for _ in range(_ATTEMPTS):
            if self._closing.is_set():
                raise closing()
            result = environments.invoke(event, arn)
            if not result.error:
                return result
        environments.function.on_failure(event)
        return result

    def _invoke_durable(
        self, name: str, qualifier: str, durable: DurableConfig, request: Request
    ) -> Response:
        if not qualifier:
            raise _invalid("You cannot invoke a durable function using an unqualified ARN.")
        execution = request.headers.get("X-Amz-Durable-Execution-Name", str(uuid.uuid4()))
        if not _EXECUTION_NAME.fullmatch(execution):
            expected = "1 to 64 of [a-zA-Z0-9-_]"
            raise _invalid(f"{execution!r} is not a durable execution name: {expected}.")
        arn = self._executions.start_once(name, qualifier, durable, execution, request.body)
        headers = {"X-Amz-Durable-Execution-Arn": arn, "X-Amz-Executed-Version": "1"}
        if request.headers.get("X-Amz-Invocation-Type") == "Event":
            return Response(202, b"", headers)
        ended = self._executions.ended(arn, LAMBDA_LIMIT_SECONDS)
        if ended.status == "SUCCEEDED":
            return Response(200, ended.payload or b"null", headers)
        body = json.dumps(ended.error or {"ErrorMessage": ended.status}).encode()
        return Response(200, body, headers | {"X-Amz-Function-Error": "Unhandled"})


def _identify(identifier: str) -> tuple[str, str]:
    """Return name and qualifier ("" if none) of a function given by name, ARN or partial ARN."""
    parts = _FUNCTION.fullmatch(identifier)
    if parts is None:
        raise _invalid(f"{identifier!r} is neither a function name nor an ARN.")
    return parts["name"], parts["qualifier"] or ""


def _invalid(message: str) -> ApiError:
    return ApiError(400, "InvalidParameterValueException", message)


def _with_json_body(request: Request) -> Request:
    body = request.body or b"{}"
    try:
        json.loads(body)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise ApiError(400, "InvalidRequestContentException", message) from error
    return replace(request, body=body)
