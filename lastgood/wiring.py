"""The composition root: settings from the environment, adapters built on first use and kept.

Adapters are imported where they are built, because importing is most of a cold start: a duplicate
alarm should not pay for the HTTP client that only a recovery uses.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Protocol

from lastgood.domain.errors import LastgoodError, PolicyError
from lastgood.policy_source import KeptPolicy

if TYPE_CHECKING:
    from botocore.session import Session

    from lastgood.aws.eventbridge import EventBridgePublisher
    from lastgood.aws.executions import CallbackWaker, DurableStarter
    from lastgood.aws.hooks import LambdaValidator
    from lastgood.aws.metrics import EmfMetrics
    from lastgood.domain.policy import CloudEntry, Policy
    from lastgood.domain.services import Endpoint
    from lastgood.huawei.clouds import Clouds
    from lastgood.ledger import Ledger
    from lastgood.ports import AsyncCloud, Cloud, EndpointSeen, Setting


RETRIES: Any = {"mode": "standard", "total_max_attempts": 3}
"""With twenty seconds a try no call of AWS outlasts an invocation."""

HOOK_PATIENCE = 240
"""Seconds for a validate hook: less than the recover function may take (template.yaml)."""


class SettingsError(LastgoodError):
    """A setting is missing from the environment."""

    code = "settings"


class Invocation(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """How long it may go on."""


class Wiring:
    """The real World, made of one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._seconds = math.inf

    def now(self) -> datetime:
        """The time: aware, UTC."""
        return datetime.now(UTC)

    def policy(self) -> Policy:
        """The policy as of at most a minute ago.

        Raises:
            PolicyError: it cannot be read or understood.
            SettingsError: nobody said where it is.
        """
        return self._policy()

    def begin(self, invocation: Invocation | None) -> None:
        """Begin an invocation: no read goes on for longer than it lives; None lives for ever."""
        self._seconds = invocation.get_remaining_time_in_millis() / 1000 if invocation else math.inf
        if "_clouds" in self.__dict__:
            self._clouds.begin(self._seconds)

    def clouds(self, name: str) -> Cloud:
        """The cloud of this name in the policy.

        Raises:
            PolicyError: there is none.
            CloudError: it cannot be connected to, or its credentials cannot be had.
        """
        return self._clouds.cloud(name, self._entry(name))

    def open_async(self, name: str) -> AsyncCloud:
        """The same for many reads at a time; use it in `async with`.

        Raises:
            PolicyError: there is none.
            CloudError: it cannot be connected to, or its credentials cannot be had.
        """
        return self._clouds.open_async(name, self._entry(name))

    def _entry(self, name: str) -> CloudEntry:
        entry = self.policy().cloud.get(name)
        if entry is None:
            raise PolicyError(f"the policy has no cloud {name!r} any more", "put it back")
        return entry

    @cached_property
    def _clouds(self) -> Clouds:
        from lastgood.huawei.clouds import Clouds  # noqa: PLC0415 - see the module's docstring

        made = Clouds(self._environment, self._read_secret)
        made.begin(self._seconds)
        return made

    @cached_property
    def ledger(self) -> Ledger:
        """The memory of all recoveries, in the table `LASTGOOD_TABLE`."""
        from lastgood.aws.dynamodb import DynamoStore  # noqa: PLC0415 - as above
        from lastgood.ledger import Ledger  # noqa: PLC0415 - as above

        return Ledger(DynamoStore(self._client("dynamodb"), self._setting("LASTGOOD_TABLE")))

    @cached_property
    def publisher(self) -> EventBridgePublisher:
        """Events out, on the bus `LASTGOOD_BUS`."""
        from lastgood.aws.eventbridge import EventBridgePublisher  # noqa: PLC0415 - as above

        return EventBridgePublisher(self._client("events"), self._setting("LASTGOOD_BUS"))

    @cached_property
    def metrics(self) -> EmfMetrics:
        """Measurements out, on stdout."""
        from lastgood.aws.metrics import EmfMetrics  # noqa: PLC0415 - as above

        return EmfMetrics()

    @cached_property
    def waker(self) -> CallbackWaker:
        """Wakes what waits for a person."""
        from lastgood.aws.executions import CallbackWaker  # noqa: PLC0415 - as above

        return CallbackWaker(self._client("lambda"))

    @cached_property
    def validator(self) -> LambdaValidator:
        """Asks the users' hooks."""
        from botocore.config import Config  # noqa: PLC0415 - as above

        from lastgood.aws.hooks import LambdaValidator  # noqa: PLC0415 - as above

        # Asked again by the workflow only; and given up before the invocation itself is ended.
        once = Config(read_timeout=HOOK_PATIENCE, retries={"total_max_attempts": 1})
        return LambdaValidator(self._client("lambda", once))

    @cached_property
    def starter(self) -> DurableStarter:
        """Recoveries out, by the function `LASTGOOD_RECOVER_FUNCTION`."""
        from lastgood.aws.executions import DurableStarter  # noqa: PLC0415 - as above

        function = self._setting("LASTGOOD_RECOVER_FUNCTION")
        return DurableStarter(self._client("lambda"), function)

    def probe(self, entry: CloudEntry, endpoint: Endpoint) -> EndpointSeen:
        """Whether an endpoint of a cloud answers at all.

        Raises:
            CloudError: it does not, or is not what it claims to be.
        """
        from lastgood.huawei.probe import probe  # noqa: PLC0415 - as above

        return probe(entry, endpoint)

    @property
    def has_ledger(self) -> bool:
        """Whether this environment names a table for the ledger."""
        return bool(self._environment.get("LASTGOOD_TABLE"))

    def settings(self) -> tuple[Setting, ...]:
        """The resources on AWS that this environment names, for the checkup to look at."""
        from lastgood.aws import reach  # noqa: PLC0415 - as above
        from lastgood.ports import Setting  # noqa: PLC0415 - as above

        def look(service: str, check: Callable[[Any, str], None], name: str) -> Any:
            value = self._environment.get(name)
            return (lambda: check(lambda: self._client(service), value)) if value else None

        return (
            Setting(
                "ledger",
                look("dynamodb", reach.reach_table, "LASTGOOD_TABLE"),
                "set LASTGOOD_TABLE, or cooldown, fence and caps are not checked",
            ),
            Setting(
                "bus",
                look("events", reach.reach_bus, "LASTGOOD_BUS"),
                "set LASTGOOD_BUS, or nobody is told",
            ),
            Setting(
                "recover function",
                look("lambda", reach.reach_function, "LASTGOOD_RECOVER_FUNCTION"),
                "set LASTGOOD_RECOVER_FUNCTION to start recoveries from here",
            ),
        )

    @cached_property
    def _policy(self) -> KeptPolicy:
        where = self._setting("LASTGOOD_POLICY")
        if where.startswith("ssm:"):
            from lastgood.aws.parameters import read_parameter  # noqa: PLC0415 - as above

            name = where.removeprefix("ssm:")
            return KeptPolicy(lambda: read_parameter(self._client("ssm"), name))
        from lastgood.policy_source import read_file  # noqa: PLC0415 - beside its counterpart

        return KeptPolicy(lambda: read_file(where))

    def _read_secret(self, name: str) -> Mapping[str, str]:
        from lastgood.aws.secrets import SecretsManager  # noqa: PLC0415 - as above

        return SecretsManager(self._client("secretsmanager"))(name)

    def _client(self, service: Any, config: Any = None) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - as above
        from botocore.exceptions import NoRegionError  # noqa: PLC0415 - as above

        bounded = Config(connect_timeout=5, read_timeout=20, retries=RETRIES)
        region = self._environment.get("AWS_REGION")  # which botocore does not look at
        settings = bounded.merge(config) if config else bounded
        try:
            return self._session.create_client(service, region_name=region, config=settings)
        except NoRegionError:
            hint = "set AWS_REGION to the region that lastgood is deployed in"
            raise SettingsError("no AWS region is set", hint) from None

    @cached_property
    def _session(self) -> Session:
        """One for all clients; botocore's own, because boto3 adds nothing here but time."""
        from botocore.session import get_session  # noqa: PLC0415 - as above

        return get_session()

    def _setting(self, name: str) -> str:
        value = self._environment.get(name)
        if not value:
            raise SettingsError(
                f"{name} is not set", "set it; docs/reference/settings.md lists all"
            )
        return value


@cache
def wiring() -> Wiring:
    """The wiring of this process, made on the first call."""
    return Wiring(os.environ)
