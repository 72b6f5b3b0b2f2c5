"""Lambda on a laptop: the service's endpoint, functions as processes, durable executions.

The endpoint speaks as much of Lambda's API as lastgood uses. An Invoke of a plain function runs it
in a process. An Invoke of a durable one starts an execution on the SDK's own local runner, which
then invokes the function here, marked by a header, as often as the execution needs. All of the
durable API (checkpoints, callbacks, queries) is passed on to the runner, so functions and people
have one Lambda endpoint, as in AWS.
"""

from __future__ import annotations

import base64
import http.client
import json
import logging
import re
import sys
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Condition, Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from aws_durable_execution_sdk_python_testing.child_dispatcher import FunctionConfigs
from aws_durable_execution_sdk_python_testing.invoker import INVOCATION_MARKER_HEADER
from aws_durable_execution_sdk_python_testing.runner import WebRunner, WebRunnerConfig
from aws_durable_execution_sdk_python_testing.web.server import WebServiceConfig
from botocore.config import Config

from sandbox.aws import ACCOUNT, ACCOUNT_SETTINGS, REGION, function_arn, sandbox_account
from sandbox.runtime import ProcessClosedError, RuntimeProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message
    from types import TracebackType
    from typing import Self

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventTypeDef

    from sandbox.runtime import Code, InvocationResult

_POLL_SECONDS = 0.02
_LAMBDA_LIMIT_SECONDS = 900
_RUNNER_LOGGER = "aws_durable_execution_sdk_python_testing"
_INVOKE = re.compile(r"/2015-03-31/functions/(?P<function>[^/]+)/invocations")
_LIST = re.compile(r"/2025-12-01/functions/(?P<function>[^/]+)/durable-executions")
_FUNCTION = re.compile(
    r"(arn:aws[\w-]*:lambda:[\w-]+:)?(\d{12}:)?(function:)?"
    r"(?P<name>[\w.-]+)(:(?P<qualifier>\$LATEST|[\w-]+))?"
)
_ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionStopped"}
_EXECUTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Waits(Enum):
    """Whether waits and retries of durable executions, and of failed events, take their time."""

    SKIPPED = (0, 0, 0)
    REAL = (0, 60, 120)

    @property
    def delays(self) -> tuple[int, ...]:
        """Seconds before each attempt at an asynchronous event, `aws-facts.md`, "Delivery"."""
        return self.value


@dataclass(frozen=True, slots=True)
class DurableConfig:
    """What the template says of a durable function: seconds per execution, days its name is kept.

    The seconds are real ones, also where waits are skipped.
    """

    execution_timeout: int = 86_400
    retention_days: int = 7


def _drop(_: bytes) -> None:
    """Do nothing with an event that failed for good."""


@dataclass(frozen=True, slots=True)
class Function:
    """A deployed function; `on_failure` takes an asynchronous event after its last attempt.

    `AwsSandbox.bury` as `on_failure` gives the function a dead-letter queue.
    """

    handler: str
    code: Code
    environment: Mapping[str, str] = field(default_factory=dict)
    durable: DurableConfig | None = None
    timeout: float = 60.0
    concurrency: int = 4
    on_failure: Callable[[bytes], None] = _drop


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a function's handler: the event it was given and what came of it."""

    event: bytes
    result: InvocationResult


@dataclass(frozen=True, slots=True)
class Execution:
    """A durable execution: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or STOPPED."""

    name: str
    arn: str
    status: str


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """How a durable execution ended; `payload` is its JSON result, `error` what it failed of."""

    status: str
    payload: bytes | None
    error: Mapping[str, Any] | None

    def value(self) -> Any:
        """Return the result as the JSON value it is; None if there is none."""
        return None if self.payload is None else json.loads(self.payload)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class _ApiError(Exception):
    """An error that boto3 raises as the exception class of the same name."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.response = _Response(
            status,
            json.dumps({"Type": "User", "Message": message, "message": message}).encode(),
            {"Content-Type": "application/json", "x-amzn-ErrorType": code},
        )


class _Endpoint(ThreadingHTTPServer):
    """The HTTP side of the Lambda service: one thread per request, none left after closing."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, answer: Callable[[_Request], _Response]) -> None:
        super().__init__(("127.0.0.1", 0), _EndpointHandler)
        self.answer = answer
        self._thread = Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), name="sandbox-lambda"
        )
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a client that went away; a function killed in the middle of a call does."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _EndpointHandler(BaseHTTPRequestHandler):
    server: _Endpoint

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = _Request(self.command, self.path, self.headers, body)
        try:
            response = self.server.answer(request)
        except _ApiError as error:
            response = error.response
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 # names that http.server looks up

    def log_message(self, *_: Any) -> None:
        """Say nothing; `LambdaSandbox.invocations` tells what was invoked."""


class _Pool:
    """The execution environments of one function: warm ones are used again, more are started."""

    def __init__(self, name: str, function: Function, endpoint: str) -> None:
        self.function = function
        self.invocations: list[Invocation] = []
        self._name = name
        self._settings = {
            **ACCOUNT_SETTINGS,
            **function.environment,
            "AWS_ENDPOINT_URL_LAMBDA": endpoint,
        }
        self._slots = BoundedSemaphore(function.concurrency)
        self._lock = Lock()
        self._all: list[RuntimeProcess] = []
        self._idle: list[RuntimeProcess] = []
        self._closed = False

    def invoke(self, event: bytes, arn: str, client_context: str | None = None) -> InvocationResult:
        with self._slots:
            process = self._take()
            try:
                result = process.invoke(
                    event, client_context=client_context, arn=arn, timeout=self.function.timeout
                )
            except ProcessClosedError as closed:
                raise _closing() from closed
            finally:
                with self._lock:
                    self._idle.append(process)
        with self._lock:
            self.invocations.append(Invocation(event, result))
        return result

    def kill(self) -> None:
        for process in self._processes():
            process.kill()

    def close(self) -> None:
        with self._lock:
            self._closed = True
        for process in self._processes():
            process.close()

    def _processes(self) -> list[RuntimeProcess]:
        with self._lock:
            return list(self._all)

    def _take(self) -> RuntimeProcess:
        with self._lock:
            if self._closed:
                raise _closing()
            if self._idle:
                return self._idle.pop()
            process = RuntimeProcess(
                self.function.handler, self.function.code, self._settings, name=self._name
            )
            self._all.append(process)
            return process


def _closing() -> _ApiError:
    return _ApiError(503, "ServiceException", "The sandbox is closing.")


class _Engine(WebRunner):
    """The SDK's durable runner on a free port, served from a thread and quiet on stderr."""

    def __init__(self, endpoint: str, functions: Mapping[str, Function], waits: Waits) -> None:
        super().__init__(
            WebRunnerConfig(
                web_service=WebServiceConfig(host="127.0.0.1", port=0, log_level=logging.WARNING),
                lambda_endpoint=endpoint,
                local_runner_region=REGION,
                invocation_timeout_seconds=_LAMBDA_LIMIT_SECONDS,
                skip_time=waits is Waits.SKIPPED,
                function_configs=FunctionConfigs.from_dict(
                    {name: _function_config(function) for name, function in functions.items()}
                ),
            )
        )
        self._waits = waits
        self._silence = logging.NullHandler()

    def start(self) -> None:
        """Start serving; the process must have the sandbox's AWS account, see `sandbox_account`."""
        logging.getLogger(_RUNNER_LOGGER).addHandler(self._silence)
        with _logging_left_alone():
            super().start()
        if self._server is None or self._executor is None or self._invoker is None:
            raise RuntimeError("the durable runner did not start")
        self._thread = Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="sandbox-durable"
        )
        self._thread.start()
        self._port = self._server.server_port
        if self._waits is Waits.SKIPPED:
            # Its pause before it invokes again after a crash is not on the clock that skips.
            self._executor.RETRY_BACKOFF_SECONDS = 0
        # Its client for chained invokes would be made on first use, with the account of that time.
        self._invoker.unmarked_client_for("")

    def stop(self) -> None:
        """Stop serving, then let the runner put away its own threads."""
        scheduler = self._scheduler
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
        super().stop()
        if scheduler is not None:
            scheduler._loop.close()  # noqa: SLF001 # its own stop leaves the loop's sockets open
        logging.getLogger(_RUNNER_LOGGER).removeHandler(self._silence)

    def pass_on(self, method: str, target: str, body: bytes) -> _Response:
        """Send a request to the runner's API, and return its answer as AWS would give it."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, target, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        except OSError as gone:
            raise _closing() from gone
        finally:
            connection.close()
        return _Response(answer.status, content, _answer_headers(answer.status, content))


def _answer_headers(status: int, content: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    # The runner leaves out the header that names an error. Without it boto3 knows only "400", and
    # the handler's SDK takes a stale checkpoint token, which a retry mends, for a fatal error.
    if status >= http.HTTPStatus.BAD_REQUEST and content:
        headers["x-amzn-ErrorType"] = json.loads(content).get("Type", "ServiceException")
    return headers


def _function_config(function: Function) -> dict[str, Any]:
    if function.durable is None:
        return {}
    return {
        "DurableConfig": {
            "ExecutionTimeout": function.durable.execution_timeout,
            "RetentionPeriodInDays": function.durable.retention_days,
        }
    }


@contextmanager
def _logging_left_alone() -> Iterator[None]:
    """Keep the runner from setting up logging for the whole process when it starts."""
    root, botocore = logging.getLogger(), logging.getLogger("botocore")
    level = botocore.level
    # logging.basicConfig does nothing when the root logger has a handler.
    handler = logging.NullHandler()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        botocore.setLevel(level)


@dataclass(frozen=True, slots=True)
class _Started:
    payload: bytes
    arn: str


class LambdaSandbox:
    """The Lambda service with the given functions, on a free loopback port, while entered.

    Point `AWS_ENDPOINT_URL_LAMBDA` of a client at `url`; functions get it by themselves.
    """

    def __init__(self, functions: Mapping[str, Function], waits: Waits = Waits.SKIPPED) -> None:
        """Take the functions by name; a durable one must be invoked by a qualified name or ARN."""
        self._functions = functions
        self._waits = waits

    def __enter__(self) -> Self:
        """Start the endpoint and the durable runner; functions start on their first invocation."""
        self._started: dict[tuple[str, str], _Started] = {}
        self._change = Condition()
        self._closing = Event()
        self._events: list[Future[None]] = []
        with ExitStack() as undo:
            session = undo.enter_context(sandbox_account())
            self._endpoint = _Endpoint(self._answer)
            undo.callback(self._endpoint.close)
            self._background = ThreadPoolExecutor(16, thread_name_prefix="sandbox-events")
            undo.callback(self._background.shutdown, cancel_futures=True)
            self._pools = {
                name: _Pool(name, function, self.url) for name, function in self._functions.items()
            }
            for pool in self._pools.values():
                undo.callback(pool.close)
            self._engine = _Engine(self.url, self._functions, self._waits)
            undo.callback(self._engine.stop)
            self._engine.start()
            # An invocation is never sent twice because it took long.
            config = Config(read_timeout=_LAMBDA_LIMIT_SECONDS, retries={"total_max_attempts": 1})
            self._client = session.client("lambda", endpoint_url=self.url, config=config)
            undo.callback(self._client.close)
            undo.callback(self._closing.set)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the runner and the endpoint, and kill all functions."""
        self._undo.close()

    @property
    def url(self) -> str:
        """The URL of the endpoint, for the Lambda API and the durable executions API alike."""
        return self._endpoint.url

    @property
    def client(self) -> LambdaClient:
        """A boto3 client of this service."""
        return self._client

    def environment(self) -> dict[str, str]:
        """Return what to add to `AwsSandbox.environment` to reach the functions too."""
        return {"AWS_ENDPOINT_URL_LAMBDA": self.url}

    def invocations(self, function: str) -> list[Invocation]:
        """Return every finished run of a function's handler, in the order they finished.

        A durable function has one for each time the runner invoked it.
        """
        return list(self._pools[function].invocations)

    def log(self, function: str) -> str:
        """Return what a function wrote to stdout and stderr: logs, metrics and tracebacks."""
        return "".join(invocation.result.log for invocation in self.invocations(function))

    def kill(self, function: str) -> None:
        """Kill the processes of a function with SIGKILL, whatever they are doing."""
        self._pools[function].kill()

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until every asynchronous event sent to a plain function is done or given up.

        Raises TimeoutError, and whatever an `on_failure` raised.
        """
        deadline = time.monotonic() + timeout
        while pending := [event for event in self._events if not event.done()]:
            if wait(pending, deadline - time.monotonic()).not_done:
                raise TimeoutError(f"events are still being handled after {timeout:g} s")
        for event in self._events:
            event.result()

    def executions(self, function: str) -> list[Execution]:
        """Return the durable executions of a function, in the order they started."""
        pages = self._client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=function
        )
        return [
            Execution(found["DurableExecutionName"], found["DurableExecutionArn"], found["Status"])
            for page in pages
            for found in page["DurableExecutions"]
        ]

    def wait_for(self, execution_name: str, timeout: float = 30.0) -> ExecutionResult:
        """Wait until a durable execution has started and ended, and return how.

        Raises TimeoutError after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        return self._ended(self._arn(execution_name, deadline), deadline)

    def wait_for_callback(self, execution_name: str, timeout: float = 30.0) -> str:
        """Wait until a durable execution is waiting for a callback, and return the callback's id.

        Raises TimeoutError after `timeout` seconds, and LookupError when the execution has ended.
        """
        deadline = time.monotonic() + timeout
        self._arn(execution_name, deadline)
        while True:
            events = self.history(execution_name)
            if waiting := _open_callbacks(events):
                return waiting[0]
            if any(event["EventType"] in _ENDS for event in events):
                raise LookupError(f"{execution_name} ended and waits for no callback")
            self._pause(deadline, f"{execution_name} waits for no callback")

    def history(self, execution_name: str) -> list[EventTypeDef]:
        """Return the events of a durable execution, oldest first, with their data."""
        pages = self._client.get_paginator("get_durable_execution_history").paginate(
            DurableExecutionArn=self._arn(execution_name, time.monotonic()),
            IncludeExecutionData=True,
        )
        return [event for page in pages for event in page["Events"]]

    def forget(self, execution_name: str) -> None:
        """Free the name of an execution, as the end of its retention does.

        From now on the same incident starts a second execution.
        """
        with self._change:
            for key in [key for key in self._started if key[1] == execution_name]:
                del self._started[key]

    def _answer(self, request: _Request) -> _Response:
        if self._closing.is_set():
            raise _closing()
        if request.method == "POST" and (invoke := _INVOKE.fullmatch(request.path)):
            return self._invoke(unquote(invoke["function"]), request)
        target = request.target
        if listing := _LIST.fullmatch(request.path):
            # The runner compares names as they were given; boto3 may give an ARN.
            name, _ = _identify(unquote(listing["function"]))
            target = target.replace(listing["function"], quote(name), 1)
        return self._engine.pass_on(request.method, target, request.body)

    def _invoke(self, identifier: str, request: _Request) -> _Response:
        name, qualifier = _identify(identifier)
        qualifier = request.query.get("Qualifier", [qualifier])[0]
        if name not in self._pools:
            arn = function_arn(name, qualifier or "$LATEST")
            raise _ApiError(404, "ResourceNotFoundException", f"Function not found: {arn}")
        request = _with_json_body(request)
        durable = self._functions[name].durable
        if durable is not None and INVOCATION_MARKER_HEADER not in request.headers:
            return self._invoke_durable(name, qualifier, durable, request)
        arn = function_arn(name, qualifier or "$LATEST")
        if request.headers.get("X-Amz-Invocation-Type") == "Event":
            self._events.append(
                self._background.submit(self._deliver, self._pools[name], request.body, arn)
            )
            return _Response(202, b"")
        context = request.headers.get("X-Amz-Client-Context")
        result = self._pools[name].invoke(
            request.body, arn, context and base64.b64decode(context).decode()
        )
        error = {"X-Amz-Function-Error": "Unhandled"} if result.error else {}
        return _Response(200, result.payload, {"X-Amz-Executed-Version": "1"} | error)

    def _deliver(self, pool: _Pool, event: bytes, arn: str) -> None:
        for delay in self._waits.delays:
            if self._closing.wait(delay) or not pool.invoke(event, arn).error:
                return
        pool.function.on_failure(event)

    def _invoke_durable(
        self, name: str, qualifier: str, durable: DurableConfig, request: _Request
    ) -> _Response:
        if not qualifier:
            raise _ApiError(
                400,
                "InvalidParameterValueException",
                "You cannot invoke a durable function using an unqualified ARN.",
            )
        execution_name = request.headers.get("X-Amz-Durable-Execution-Name", str(uuid.uuid4()))
        if not _EXECUTION_NAME.fullmatch(execution_name):
            raise _ApiError(
                400,
                "InvalidParameterValueException",
                f"{execution_name!r} is not a durable execution name: 1 to 64 of [a-zA-Z0-9-_].",
            )
        arn = self._start_once(name, qualifier, durable, execution_name, request.body)
        headers = {"X-Amz-Durable-Execution-Arn": arn, "X-Amz-Executed-Version": "1"}
        if request.headers.get("X-Amz-Invocation-Type") == "Event":
            return _Response(202, b"", headers)
        ended = self._ended(arn, time.monotonic() + _LAMBDA_LIMIT_SECONDS)
        if ended.status == "SUCCEEDED":
            return _Response(200, ended.payload or b"null", headers)
        body = json.dumps(ended.error or {"ErrorMessage": ended.status}).encode()
        return _Response(200, body, headers | {"X-Amz-Function-Error": "Unhandled"})

    def _start_once(
        self, name: str, qualifier: str, durable: DurableConfig, execution: str, payload: bytes
    ) -> str:
        with self._change:
            before = self._started.get((name, execution))
            if before is not None and before.payload != payload:
                raise _ApiError(
                    409,
                    "DurableExecutionAlreadyStartedException",
                    f"Execution {execution} of {name} was already started with another payload.",
                )
            if before is not None:
                return before.arn
            arn = self._start(name, qualifier, durable, execution, payload)
            self._started[name, execution] = _Started(payload, arn)
            self._change.notify_all()
            return arn

    def _start(
        self, name: str, qualifier: str, durable: DurableConfig, execution: str, payload: bytes
    ) -> str:
        start = {
            "AccountId": ACCOUNT,
            "FunctionName": name,
            "FunctionQualifier": qualifier,
            "ExecutionName": execution,
            "ExecutionTimeoutSeconds": durable.execution_timeout,
            "ExecutionRetentionPeriodDays": durable.retention_days,
            "Input": payload.decode(),
        }
        answer = self._engine.pass_on(
            "POST", "/start-durable-execution", json.dumps(start).encode()
        )
        return str(json.loads(answer.body)["ExecutionArn"])

    def _arn(self, execution_name: str, deadline: float) -> str:
        def found() -> list[_Started]:
            return [s for (_, name), s in self._started.items() if name == execution_name]

        with self._change:
            if not self._change.wait_for(found, max(0.0, deadline - time.monotonic())):
                raise TimeoutError(f"no durable execution {execution_name} was started")
            return found()[-1].arn

    def _ended(self, arn: str, deadline: float) -> ExecutionResult:
        while True:
            found: Mapping[str, Any] = self._client.get_durable_execution(DurableExecutionArn=arn)
            if found["Status"] != "RUNNING":
                payload = found["Result"].encode() if "Result" in found else None
                return ExecutionResult(found["Status"], payload, found.get("Error"))
            self._pause(deadline, f"{found['DurableExecutionName']} is still running")

    def _pause(self, deadline: float, state: str) -> None:
        if time.monotonic() >= deadline:
            raise TimeoutError(state)
        if self._closing.wait(_POLL_SECONDS):
            raise _closing()


def _open_callbacks(events: list[EventTypeDef]) -> list[str]:
    waiting: dict[str, str] = {}
    for event in events:
        if event["EventType"] == "CallbackStarted":
            waiting[event["Id"]] = event["CallbackStartedDetails"]["CallbackId"]
        elif event["EventType"].startswith("Callback"):
            waiting.pop(event["Id"], None)
    return list(waiting.values())


def _identify(identifier: str) -> tuple[str, str]:
    """Return name and qualifier ("" if none) of a function given by name, ARN or partial ARN."""
    parts = _FUNCTION.fullmatch(identifier)
    if parts is None:
        message = f"{identifier!r} is neither a function name nor an ARN."
        raise _ApiError(400, "InvalidParameterValueException", message)
    return parts["name"], parts["qualifier"] or ""


def _with_json_body(request: _Request) -> _Request:
    body = request.body or b"{}"
    try:
        json.loads(body)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise _ApiError(400, "InvalidRequestContentException", message) from error
    return _Request(request.method, request.target, request.headers, body)
