"""The whole stage: both clouds, the functions as processes, and a policy.

Used by the demo, by `lastgood sandbox` and by the end-to-end tests.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any, Self

from lastgood.aws.dynamodb import DynamoStore
from lastgood.domain.objective import Finding
from lastgood.ledger import Ledger
from sandbox.aws.account import (
    POLICY_PARAMETER,
    RECOVER_FUNCTION,
    TABLE,
    AwsSandbox,
    function_arn,
)
from sandbox.aws.function_url import FunctionUrl, request_event
from sandbox.aws.lambda_service import DurableConfig, ExecutionResult, Function, LambdaSandbox
from sandbox.aws.runtime import Code, InvocationResult
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from sandbox.huawei.geminidb import backups
from sandbox.huawei.geminidb.jobs import RestoreScript
from sandbox.huawei.geminidb.redis_instance import PitrPolicy
from sandbox.huawei.rds.tasks import CopyScript, DeletionScript

__all__ = [
    "ALARM_FUNCTION",
    "CACHE",
    "COPIES",
    "DATABASE",
    "HISTORY",
    "NOTIFY_FUNCTION",
    "POLICY",
    "RESTORES",
    "SECRET",
    "SESSIONS",
    "VERIFY_FUNCTION",
    "WEBHOOK_FUNCTION",
    "WITH_COPIES",
    "WITH_DRILLS",
    "Stage",
    "source_code",
]

ALARM_FUNCTION = "lastgood-alarm"
VERIFY_FUNCTION = "lastgood-verify"
NOTIFY_FUNCTION = "lastgood-notify"
WEBHOOK_FUNCTION = "lastgood-webhook"
SECRET = "lastgood/prod"  # noqa: S105 -- the name of a secret, not a secret

ACCESS_KEY = "AKSANDBOX0123456789A"

CACHE = "e73893ef73754465a8bd2e0857bbf13ein12"
SESSIONS = "5c1de2a07b9f4d3e8a6b0c9d1e2f3a4bin12"
DATABASE = "dsfae23fsfdsae3435in01"

HISTORY = timedelta(hours=2, minutes=50)
"""How long ago the clock starts. Not a multiple of the interval between points, so that the newest
point is older than an alarm that goes off when the clock has caught up with real time."""

RESTORES = RestoreScript(lasts=timedelta(seconds=2))
"""Short, because the functions skip their waits: they would poll for five real minutes."""

COPIES = CopyScript(
    builds=timedelta(seconds=2),
    flickers=timedelta(seconds=0.3),
    backs_up=timedelta(seconds=0.7),
)
"""The same of RDS."""

BACKUPS = backups.BackupScript(lasts=timedelta(seconds=1))
UNDOES = backups.CopyScript(builds=timedelta(seconds=1))
"""And of backups of Redis, and the instances that they restore to."""

DELETIONS = DeletionScript(lasts=timedelta(0))
"""At once, because the command line skips no waits."""

SPARSE = PitrPolicy(interval=timedelta(minutes=45))
"""So rare that the newest point is 35 minutes old when the clock has caught up."""

POLICY = Template("""\
version = 1

[cloud.prod]
region      = "ap-southeast-1"
project_id  = "$project"
credentials = "$credentials"
endpoints   = { geminidb = "$geminidb", rds = "$rds", iam = "$iam" }

[defaults]
margin        = "2m"
max_rollback  = "6h"
cooldown      = "24h"
settle_within = "0s"  # a story of seconds: its alarm never comes back to OK

[[instance]]
id         = "e73893ef73754465a8bd2e0857bbf13ein12"
name       = "orders-cache"
cloud      = "prod"
service    = "geminidb-redis"
mode       = "auto"
alarms     = ["orders-cache-*"]
companions = ["orders-db"]
objective  = { max_lag = "40m", min_coverage = "1h", max_gap = "30m" }

[[instance]]
id        = "5c1de2a07b9f4d3e8a6b0c9d1e2f3a4bin12"
name      = "sessions-cache"
cloud     = "prod"
service   = "geminidb-redis"
objective = { max_lag = "10m" }

[[instance]]
id        = "dsfae23fsfdsae3435in01"
name      = "orders-db"
cloud     = "prod"
service   = "rds"
objective = { max_lag = "10m", min_coverage = "6d" }
""")
"""A stage fills in the placeholders; the rest is what a user would write."""

WITH_COPIES = Template(f"""\
{POLICY.template}\
mode      = "auto"
recover   = "copy"
copy      = {{ security_group_id = "sg-repair", price_per_hour = 0.42 }}
alarms    = ["orders-db-*"]
""")
"""The same, and the last instance, which is the database, is recovered by copy.

Apart, because functions of before that was possible refuse such a policy as a whole.
"""

WITH_DRILLS = Template(f"""\
{WITH_COPIES.template}\
drill       = "copy"
drill_every = "7d"
""")
"""The same, and the database is drilled."""

STARTS = "LASTGOOD_RECOVER_FUNCTION"
"""Which function is started. Recover is not told: a template cannot give a function its own ARN."""

# As in template.yaml, so that the logs are the same.
_LOGGING = {
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "POWERTOOLS_LOG_LEVEL": "INFO",
    "POWERTOOLS_SERVICE_NAME": "lastgood",
    "POWERTOOLS_METRICS_NAMESPACE": "lastgood",
}


def source_code() -> Code:
    """Return the functions in the working tree, run by this interpreter."""
    root = Path(__file__).parent.parent
    return Code.source_tree(root, root / "generated")


def _following(ended: dict[str, Any]) -> str | None:
    """The execution that goes on where one ended: that of a tick, or that of a part of a sweep."""
    started: list[str] = ended.get("started", [])
    return started[0] if started else ended.get("execution")


class Stage:
    """Everything that a recovery touches, with the instances of POLICY, while entered.

    `key` is the access key that the functions sign with. `codes` is where the code of a function
    lies, by its name; by default it is the working tree.

    The clock starts HISTORY ago, with empty instances: write data, `clock.advance`, and finally
    `clock.catch_up`, because the functions run in real time.
    """

    def __init__(
        self, *, codes: Mapping[str, Code] | None = None, policy: Template = POLICY
    ) -> None:
        self.clock = Clock.ago(HISTORY)
        self.huawei = HuaweiSandbox(self.clock)
        self.key = {"access_key": ACCESS_KEY, "secret_key": secrets.token_hex(20)}
        self.huawei.add_access_key(**self.key)
        self.aws = AwsSandbox()
        self._codes = codes or {}
        self._policy = policy
        self._noticed = 0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self.huawei)
            self.cache = self.huawei.add_redis(CACHE, "orders-cache")
            self.sessions = self.huawei.add_redis(SESSIONS, "sessions-cache", pitr=SPARSE)
            self.cache.restores = self.sessions.restores = RESTORES
            self.cache.backups = self.sessions.backups = BACKUPS
            self.huawei.geminidb.copies = UNDOES
            self.huawei.geminidb.deletions = backups.DeletionScript(lasts=timedelta(0))
            self.database = self.huawei.add_rds(DATABASE, "orders-db")
            self.database.copies, self.huawei.rds.deletions = COPIES, DELETIONS
            undo.enter_context(self.aws)
            self.aws.put_secret(SECRET, json.dumps(self.key))
            self.set_policy(self.policy_text())
            self.functions = undo.enter_context(LambdaSandbox(self._functions()))
            self._open = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def policy_text(self, credentials: str = f"secretsmanager:{SECRET}") -> str:
        """Return the policy with the endpoints of this stage."""
        return self._policy.substitute(
            project=self.huawei.project_id,
            credentials=credentials,
            geminidb=self.huawei.geminidb_url,
            rds=self.huawei.rds_url,
            iam=self.huawei.iam_url,
        )

    def set_policy(self, text: str) -> None:
        """Replace the policy that the functions read; a warm one caches its policy for a minute."""
        self.aws.put_parameter(POLICY_PARAMETER, text)

    def deliver(self, event: bytes) -> InvocationResult:
        """Send an event to the alarm function, as EventBridge, SNS and CloudWatch do, and wait.

        Returns the result of the last attempt; when all three failed, the event is in the
        dead-letter queue. Thread-safe.
        """
        return self.functions.send(ALARM_FUNCTION, event).result()

    def post(self, path: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> int:
        """Send a request to the URL of the receiver; the status of its answer."""
        event = request_event(method, path, headers, body)
        return int(self._receive(json.dumps(event).encode()).value()["statusCode"])

    def serve_webhook(self) -> FunctionUrl:
        """Serve the receiver over HTTP, until the URL is closed."""
        return FunctionUrl(self._receive)

    def _receive(self, event: bytes) -> InvocationResult:
        return self.functions.invoke(WEBHOOK_FUNCTION, event)

    def take_messages(self) -> InvocationResult:
        """Hand the alarm function what the receiver has kept, as SQS does, in one batch."""
        event = {"Records": self.aws.messages()}
        return self.functions.send(ALARM_FUNCTION, json.dumps(event).encode()).result()

    def notices(self) -> list[tuple[str, str]]:
        """Hand what was published since to the notify function, as the rules of the stack do.

        Returns the subject and the text of everything that reached the topic so far.
        """
        events = self.aws.events()
        for event in events[self._noticed :]:
            self.functions.send(NOTIFY_FUNCTION, json.dumps(event).encode()).result()
        self._noticed = len(events)
        return self.aws.notices()

    def sweep(self, timeout: float = 60.0) -> ExecutionResult:
        """Run the verification once, as the schedule does, and return its result.

        The policy has one cloud, so this is that of the execution that ends its sweep; or of the
        first that did not succeed. What was found of each instance is in the ledger: `findings`.
        """
        sweep = str(uuid.uuid4())
        tick = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "id": sweep}
        self.functions.client.invoke(
            FunctionName=function_arn(VERIFY_FUNCTION),
            InvocationType="Event",
            DurableExecutionName=sweep,
            Payload=json.dumps(tick).encode(),
        )
        ended = self.functions.wait_for(sweep, timeout)
        while ended.status == "SUCCEEDED" and (following := _following(ended.value())):
            ended = self.functions.wait_for(following, timeout)
        return ended

    def findings(self) -> dict[str, Finding]:
        """Return what the last sweep found, by the id of the instance."""
        ledger = Ledger(DynamoStore(self.aws.client("dynamodb"), TABLE))
        found = map(ledger.last_finding, (CACHE, SESSIONS, DATABASE))
        return {finding.instance: finding for finding in found if finding}

    def _functions(self) -> dict[str, Function]:
        settings = self.aws.environment() | _LOGGING
        own = {key: value for key, value in settings.items() if key != STARTS}
        alarm, recover, verify, notify, webhook = (
            self._codes.get(name, source_code())
            for name in (
                *(ALARM_FUNCTION, RECOVER_FUNCTION, VERIFY_FUNCTION, NOTIFY_FUNCTION),
                WEBHOOK_FUNCTION,
            )
        )
        return {
            ALARM_FUNCTION: Function(
                "handlers.alarm.handler", alarm, settings, on_failure=self.aws.add_dead_letter
            ),
            RECOVER_FUNCTION: Function(
                "handlers.recover.handler", recover, own, durable=DurableConfig()
            ),
            VERIFY_FUNCTION: Function(
                "handlers.verify.handler", verify, settings, durable=DurableConfig()
            ),
            NOTIFY_FUNCTION: Function(
                "handlers.notify.handler", notify, settings, on_failure=self.aws.add_dead_letter
            ),
            WEBHOOK_FUNCTION: Function("handlers.webhook.handler", webhook, settings),
        }
