"""The durable execution engine: the SDK's own local runner, on a free port and without logs."""

from __future__ import annotations

import http.client
import json
import logging
import re
from collections import defaultdict
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.child_dispatcher import FunctionConfigs
from aws_durable_execution_sdk_python_testing.runner import WebRunner, WebRunnerConfig
from aws_durable_execution_sdk_python_testing.web.server import WebServiceConfig

from sandbox.aws.account import REGION
from sandbox.aws.durable_limits import Limits, Meter
from sandbox.aws.endpoint import Response, closing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.aws.functions import Function

__all__ = ["LAMBDA_LIMIT_SECONDS", "Engine"]

LAMBDA_LIMIT_SECONDS = 900
"""The longest timeout of a Lambda function."""

_CHECKPOINT = re.compile(r"/2025-12-01/durable-executions/(?P<arn>[^/]+)/checkpoint")
_POLL_SECONDS = 0.05
_LOGGER = "aws_durable_execution_sdk_python_testing"


class Engine(WebRunner):
    """Runs durable executions by invoking their functions at `endpoint`, marked by a header.

    Waits and pauses between retries take no real time. `limits` may be lowered, for a test.
    """

    def __init__(self, endpoint: str, functions: Mapping[str, Function]) -> None:
        self.limits = Limits()
        self.meters: defaultdict[str, Meter] = defaultdict(Meter)
        super().__init__(
            WebRunnerConfig(
                web_service=WebServiceConfig(host="127.0.0.1", port=0, log_level=logging.WARNING),
                lambda_endpoint=endpoint,
                local_runner_region=REGION,
                invocation_timeout_seconds=LAMBDA_LIMIT_SECONDS,
                skip_time=True,
                function_configs=FunctionConfigs.from_dict(
                    {name: _function_config(function) for name, function in functions.items()}
                ),
            )
        )
        self._silence = logging.NullHandler()

    def start(self) -> None:
        """Start serving; call this inside `sandbox_account`."""
        logging.getLogger(_LOGGER).addHandler(self._silence)
        with _unchanged_logging():
            super().start()
        if self._server is None or self._executor is None or self._invoker is None:
            raise RuntimeError("the durable runner did not start")
        self._thread = Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="sandbox-durable"
        )
        self._thread.start()
        self._port = self._server.server_port
        # Skipping time does not include the pause before a retry after a crash.
        self._executor.RETRY_BACKOFF_SECONDS = 0
        # Make the client for chained invokes now: on first use, the account may be another one.
        self._invoker.unmarked_client_for("")

    def stop(self) -> None:
        """Stop serving, then let the runner stop its own threads."""
        scheduler = self._scheduler
        if self._server is not None:
            self._server.shutdown()
            self._thread.join()
        super().stop()
        if scheduler is not None:
            scheduler._loop.close()  # noqa: SLF001 # its own stop leaves the sockets of the loop open
        logging.getLogger(_LOGGER).removeHandler(self._silence)

    def pass_on(self, method: str, target: str, body: bytes) -> Response:
        """Send a request to the runner's API, and return the answer as AWS would send it.

        Raises ApiError for a checkpoint that is too large.
        """
        if method == "POST" and (checkpoint := _CHECKPOINT.fullmatch(target)):
            arn, updates = unquote(checkpoint["arn"]), json.loads(body).get("Updates", [])
            if excess := self.meters[arn].excess(updates, self.limits):
                return self._fail(arn, excess)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            connection.request(method, target, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        except OSError as gone:
            raise closing() from gone
        finally:
            connection.close()
        return Response(answer.status, content, _answer_headers(answer.status, content))

    def _fail(self, arn: str, excess: str) -> Response:
        """End an execution that has written too much; its handler may write no more."""
        if self._executor is None:
            raise closing()
        self._executor.fail_execution(arn, ErrorObject.from_message(f"The execution has {excess}."))
        return Response(200, b'{"NewExecutionState": {"Operations": []}}')


def _answer_headers(status: int, content: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    # The runner omits the header that names an error. Without it boto3 knows only "400", and the
    # handler's SDK takes a stale checkpoint token, which it would retry, for a fatal error.
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
def _unchanged_logging() -> Iterator[None]:
    """Prevent the runner from setting up logging for the whole process when it starts."""
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
