"""The composition root: settings from the environment, adapters built on first use and kept.

Adapters are imported where they are built, because imports are most of a cold start: a duplicate
alarm must not pay for the HTTP client that only a recovery uses.
"""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Protocol

from lastgood import ports
from lastgood.domain.errors import LastgoodError, PolicyError
from lastgood.policy_source import CachedPolicy, check_place, read_file

if TYPE_CHECKING:
    from lastgood.aws.clients import Clients
    from lastgood.domain.policy import CloudEntry, Policy
    from lastgood.domain.services import Endpoint
    from lastgood.huawei.registry import CloudRegistry
    from lastgood.ledger import Ledger

UTC_CLOCK: ports.Clock = partial(datetime.now, UTC)
ALIAS = "live"
"""Of each function, as in template.yaml."""


class SettingsError(LastgoodError):
    """A setting is missing from the environment."""

    code = "settings"


class Invocation(Protocol):
    """What is needed of Lambda's context object."""

    @property
    def invoked_function_arn(self) -> str | None:
        """The function that runs, with the alias or version by which it was invoked."""

    def get_remaining_time_in_millis(self) -> int:
        """The time until Lambda stops it."""


class Wiring:
    """The real World, made of one environment."""

    def __init__(self, environment: Mapping[str, str], clock: ports.Clock = UTC_CLOCK) -> None:
        self._environment = environment
        self._clock = clock
        self._seconds = math.inf
        self._began_at = time.monotonic()
        self._function = ""

    def time_left(self) -> float:
        """Seconds that this invocation still has; infinite on a command line."""
        return self._seconds - (time.monotonic() - self._began_at)

    def now(self) -> datetime:
        """The time: aware, UTC."""
        return self._clock()

    def policy(self) -> Policy:
        """The policy as of at most a minute ago.

        Raises:
            PolicyError: it cannot be read or understood.
            SettingsError: LASTGOOD_POLICY is not set.
        """
        return self._policy()

    def begin(self, invocation: Invocation | None) -> None:
        """Begin an invocation: no read takes longer than it has left; None has no end."""
        self._seconds = invocation.get_remaining_time_in_millis() / 1000 if invocation else math.inf
        self._began_at = time.monotonic()
        self._function = (invocation and invocation.invoked_function_arn) or ""
        if "_clouds" in self.__dict__:
            self._clouds.begin(self._seconds)

    def clouds(self, name: str) -> ports.Cloud:
        """The cloud of this name in the policy.

        Raises:
            PolicyError: there is none.
            CloudError: it cannot be connected to, or its credentials cannot be had.
        """
        return self._clouds.cloud(name, self._entry(name))

    def restorer(self, name: str) -> ports.Cloud:
        """The cloud of this name, by the credentials that restore; otherwise as `clouds`.

        It is the same one where the credentials are the same.
        """
        return self._clouds.restorer(name, self._entry(name))

    def cloud_eye(self, name: str) -> ports.CloudEye:
        """Cloud Eye of the cloud of this name; otherwise as `clouds`."""
        return self._clouds.cloud_eye(name, self._entry(name))

    def rds(self, name: str) -> ports.Rds:
        """RDS of the cloud of this name; otherwise as `clouds`."""
        return self._clouds.rds(name, self._entry(name))

    def rds_restorer(self, name: str) -> ports.Rds:
        """RDS of the cloud of this name, by the credentials that restore; otherwise as `clouds`."""
        return self._clouds.rds_restorer(name, self._entry(name))

    def backups(self, name: str) -> ports.Backups:
        """Backups in the cloud of this name; otherwise as `clouds`."""
        return self._clouds.backups(name, self._entry(name))

    def backups_restorer(self, name: str) -> ports.Backups:
        """Backups in the cloud of this name, by the credentials that restore; as `clouds`."""
        return self._clouds.backups_restorer(name, self._entry(name))

    def _entry(self, name: str) -> CloudEntry:
        entry = self.policy().cloud.get(name)
        if entry is None:
            hint = f"add [cloud.{name}] to the policy"
            raise PolicyError(f"the policy no longer has a cloud {name!r}", hint)
        return entry

    @cached_property
    def _clouds(self) -> CloudRegistry:
        from lastgood.huawei.registry import CloudRegistry  # noqa: PLC0415 - see the module's docstring

        def clock() -> float:
            return self._clock().timestamp()

        made = CloudRegistry(self._environment, self._read_secret, clock)
        made.begin(self._seconds)
        return made

    @cached_property
    def ledger(self) -> Ledger:
        """The memory of all recoveries, in the table `LASTGOOD_TABLE`."""
        from lastgood.aws.dynamodb import DynamoStore  # noqa: PLC0415 - as above
        from lastgood.ledger import Ledger  # noqa: PLC0415 - as above

        return Ledger(DynamoStore(self._client("dynamodb"), self._setting("LASTGOOD_TABLE")))

    @cached_property
    def publisher(self) -> ports.Publisher:
        """Events out, on the bus `LASTGOOD_BUS`."""
        from lastgood.aws.eventbridge import EventBridgePublisher, NoBus  # noqa: PLC0415 - as above

        if not self._environment.get("LASTGOOD_BUS"):
            return NoBus()
        return EventBridgePublisher(self._client("events"), self._setting("LASTGOOD_BUS"))

    @cached_property
    def notifier(self) -> ports.Notifier:
        """Texts for the people on call, on the topic `LASTGOOD_TOPIC`."""
        from lastgood.aws.topic import TopicNotifier  # noqa: PLC0415 - as above

        link = self._environment.get("LASTGOOD_CONSOLE", "")
        return TopicNotifier(self._client("sns"), self._setting("LASTGOOD_TOPIC"), link)

    @cached_property
    def metrics(self) -> ports.Metrics:
        """Measurements out, on stdout."""
        from lastgood.aws.metrics import EmfMetrics  # noqa: PLC0415 - as above

        return EmfMetrics(self._environment.get("LASTGOOD_METRICS_PER_INSTANCE", "none"))

    @cached_property
    def vault(self) -> ports.Vault:
        """Keeps the passwords of copies, in Secrets Manager."""
        from lastgood.aws.vault import SecretsVault  # noqa: PLC0415 - as above

        return SecretsVault(self._client("secretsmanager"))

    @cached_property
    def waker(self) -> ports.Waker:
        """Wakes an execution that waits for a person."""
        from lastgood.aws.executions import CallbackWaker  # noqa: PLC0415 - as above

        return CallbackWaker(self._client("lambda"))

    @cached_property
    def validator(self) -> ports.Validator:
        """Calls the users' validate hooks."""
        from lastgood.aws.hooks import LambdaValidator  # noqa: PLC0415 - as above

        # Only the workflow retries; and the call ends before the invocation is stopped.
        limits = {
            "read_timeout": ports.HOOK_TAKES.total_seconds(),
            "retries": {"total_max_attempts": 1},
        }
        return LambdaValidator(self._client("lambda", **limits))

    @cached_property
    def starter(self) -> ports.Starter:
        """Recoveries out, by the function `LASTGOOD_RECOVER_FUNCTION`, or by the one that runs.

        That is the function that recovers: it starts what goes with a restore. What was suspended
        is resumed by the version that it began with, and may be told that; names of executions have
        the alias.
        """
        from lastgood.aws.executions import DurableStarter  # noqa: PLC0415 - as above

        running = re.sub(r":\d+$", f":{ALIAS}", self._function)
        named = self._environment.get("LASTGOOD_RECOVER_FUNCTION") or running
        function = named or self._setting("LASTGOOD_RECOVER_FUNCTION")
        return DurableStarter(self._client("lambda"), function)

    @property
    def sweeps(self) -> ports.Sweeps:
        """Executions of a sweep out, by the function that runs."""
        from lastgood.aws.executions import DurableSweeps  # noqa: PLC0415 - as above

        return DurableSweeps(self._client("lambda"), self._function)

    def probe(self, entry: CloudEntry, endpoint: Endpoint) -> ports.EndpointSeen:
        """Whether an endpoint of a cloud answers at all.

        Raises:
            CloudError: it does not answer, or its certificate is not valid.
        """
        from lastgood.huawei.probe import probe  # noqa: PLC0415 - as above

        return probe(entry, endpoint)

    def caller(self) -> str | None:
        """Whose AWS credentials these are; None where AWS cannot say it.

        Raises:
            SettingsError: there is no ledger in which anything could be done.
        """
        from lastgood.aws import identity  # noqa: PLC0415 - as above

        self._setting("LASTGOOD_TABLE")
        return identity.caller(self._client("sts", **identity.LIMITS))

    @property
    def has_ledger(self) -> bool:
        """Whether this environment names a table for the ledger."""
        return bool(self._environment.get("LASTGOOD_TABLE"))

    def settings(self) -> tuple[ports.Setting, ...]:
        """The resources on AWS that this environment names, for the checkup to read."""
        from lastgood.aws import resources  # noqa: PLC0415 - as above

        return tuple(resources.settings(self._environment, self._client))

    def find_hook(self, hook: str) -> None:
        """Look for the hook of this ARN, for the checkup.

        Raises:
            LastgoodError: it is not there, or that cannot be seen.
        """
        from lastgood.aws import resources  # noqa: PLC0415 - as above

        resources.find_hook(hook, self._client("lambda"))

    @cached_property
    def _policy(self) -> CachedPolicy:
        where = self._setting("LASTGOOD_POLICY")

        def tell(why: str) -> None:  # the metrics are made only where there is something to tell
            self.metrics.emit_policy_kept(why)

        return CachedPolicy(where, self.policy_versions, self._clock, tell)

    def policy_versions(self, tag: str | None = None) -> Iterator[ports.Text]:
        """What stands at LASTGOOD_POLICY now, and then what stood there, where that is kept.

        What still has this tag may come without its body.

        Raises:
            PolicyError: it cannot be read.
            SettingsError: LASTGOOD_POLICY is not set, or names no place.
        """
        where = self._setting("LASTGOOD_POLICY")
        check_place(where)
        if where.startswith("ssm:"):
            from lastgood.aws.parameters import read_parameter  # noqa: PLC0415 - as above

            return read_parameter(self._client("ssm"), where.removeprefix("ssm:"))
        if where.startswith("s3:"):
            from lastgood.aws.objects import read_object  # noqa: PLC0415 - as above

            return read_object(self._client("s3"), where, tag)
        if where.startswith("appconfig:"):
            from lastgood.aws.configurations import read_configuration  # noqa: PLC0415 - as above

            return read_configuration(self._client("appconfigdata"), where)
        return iter((read_file(where),))

    def _read_secret(self, name: str) -> Mapping[str, str]:
        from lastgood.aws.secrets import read_secret  # noqa: PLC0415 - as above

        return read_secret(self._client("secretsmanager"), name)

    @cached_property
    def _client(self) -> Clients:
        from lastgood.aws.clients import Clients  # noqa: PLC0415 - as above

        return Clients(self._environment)

    def _setting(self, name: str) -> str:
        value = self._environment.get(name)
        if not value:
            raise SettingsError(f"{name} is not set", f"set {name}; see docs/reference/settings.md")
        return value


@cache
def wiring() -> Wiring:
    """The wiring of this process, made on the first call."""
    return Wiring(os.environ)
