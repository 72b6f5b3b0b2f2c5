"""The whole stage: both clouds, the functions as processes, the engine, and a policy for them.

Used by the demo, by `lastgood sandbox` and by the end-to-end tests.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.aws import POLICY_PARAMETER, RECOVER_FUNCTION, AwsSandbox, function_arn
from sandbox.clock import Clock
from sandbox.huawei import HuaweiSandbox
from sandbox.lambdas import DurableConfig, ExecutionResult, Function, LambdaSandbox, Waits
from sandbox.runtime import Code, InvocationResult

ALARM_FUNCTION = "lastgood-alarm"
VERIFY_FUNCTION = "lastgood-verify"
SECRET = "lastgood/prod"  # noqa: S105 - the name of a secret is none

CACHE = "e73893ef73754465a8bd2e0857bbf13ein12"
SESSIONS = "5c1de2a07b9f4d3e8a6b0c9d1e2f3a4bin12"
DATABASE = "dsfae23fsfdsae3435in01"

POLICY = f"""\
version = 1

[cloud.prod]
region      = "ap-southeast-1"
project_id  = "{{project}}"
credentials = "{{credentials}}"
endpoints   = {{{{ geminidb = "{{geminidb}}", rds = "{{rds}}" }}}}

[defaults]
margin       = "2m"
max_rollback = "6h"
cooldown     = "24h"

[[instance]]
id         = "{CACHE}"
name       = "orders-cache"
cloud      = "prod"
service    = "geminidb-redis"
mode       = "auto"
alarms     = ["orders-cache-*"]
companions = ["orders-db"]
objective  = {{{{ max_lag = "40m", min_coverage = "1h", max_gap = "30m" }}}}

[[instance]]
id        = "{DATABASE}"
name      = "orders-db"
cloud     = "prod"
service   = "rds"
objective = {{{{ max_lag = "10m", min_coverage = "6d" }}}}

[[instance]]
id        = "{SESSIONS}"
name      = "sessions-cache"
cloud     = "prod"
service   = "geminidb-redis"
objective = {{{{ max_lag = "10m" }}}}
"""


def source_code() -> Code:
    """The functions straight from the working tree, run by this interpreter."""
    root = Path(__file__).parent.parent
    return Code.source_tree(root, root / "generated")


class Stage:
    """Everything that a recovery touches, on this machine, with a policy that covers it."""

    def __init__(
        self,
        *,
        code: Code | None = None,
        clock: Clock | None = None,
        waits: Waits = Waits.SKIPPED,
        policy: str = POLICY,
    ) -> None:
        self.huawei = HuaweiSandbox(clock)
        self.aws = AwsSandbox()
        self._code = code or source_code()
        self._waits = waits
        self._policy = policy
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.huawei)
        self._open.enter_context(self.aws)
        self.aws.put_secret(SECRET, f'{{"token": "{self.huawei.token}"}}')
        self.set_policy(self._policy)
        self.functions = LambdaSandbox(self._functions(), self._waits)
        self._open.enter_context(self.functions)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def policy_text(self, credentials: str = f"secretsmanager:{SECRET}") -> str:
        """The policy, its endpoints those of this stage."""
        return self._policy.format(
            project=self.huawei.project_id,
            credentials=credentials,
            geminidb=self.huawei.geminidb_url,
            rds=self.huawei.rds_url,
        )

    def set_policy(self, policy: str) -> None:
        """Put a policy where the functions read it; those that are warm keep theirs for a minute."""
        self._policy = policy
        self.aws.put_parameter(POLICY_PARAMETER, self.policy_text())

    def deliver(self, event: bytes) -> InvocationResult | None:
        """Hand an event to the alarm function and wait for its answer."""
        return self._invoke(ALARM_FUNCTION, event)

    def sweep(self, timeout: float = 60.0) -> ExecutionResult:
        """Run the verification once, as the schedule does."""
        name = f"sweep-{len(self.functions.executions(VERIFY_FUNCTION)) + 1}"
        self.functions.client.invoke(
            FunctionName=function_arn(VERIFY_FUNCTION),
            InvocationType="Event",
            DurableExecutionName=name,
            Payload=f'{{"id": "{name}"}}'.encode(),
        )
        return self.functions.wait_for(name, timeout)

    def _invoke(self, function: str, event: bytes) -> Any:
        before = len(self.functions.invocations(function))
        self.functions.client.invoke(FunctionName=function, Payload=event)
        return self.functions.invocations(function)[before].result

    def _functions(self) -> dict[str, Function]:
        settings = self.aws.environment()
        durable = DurableConfig(execution_timeout=int(timedelta(days=1).total_seconds()))
        return {
            ALARM_FUNCTION: Function(
                "handlers.alarm.handler", self._code, settings, on_failure=self.aws.bury
            ),
            RECOVER_FUNCTION: Function(
                "handlers.recover.handler", self._code, settings, durable=durable
            ),
            VERIFY_FUNCTION: Function(
                "handlers.verify.handler", self._code, settings, durable=durable
            ),
        }


