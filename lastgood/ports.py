"""What the workflows ask of the world, and nothing of how it is done.

Each port has a fake and a real adapter, held to the same contract tests (`tests/contract`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from lastgood.domain.alarm import Datapoint, Incident
from lastgood.domain.confirming import AlarmRecord, Series
from lastgood.domain.copies import Database, Order, Reachable, Shape
from lastgood.domain.drills import Closing, Drill, Report
from lastgood.domain.errors import LastgoodError
from lastgood.domain.hooks import About, LetIn
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import Finding, Verdict
from lastgood.domain.plan import Plan
from lastgood.domain.ranges import Points, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Deletion, Job, Outcome, Validation
from lastgood.domain.services import Endpoint
from lastgood.domain.sweep import Portion, Started
from lastgood.domain.undo import Backup, Expiry

T = TypeVar("T")

Clock = Callable[[], datetime]
"""Tells the time: aware, UTC."""


Trouble = Literal["permanent", "permission", "busy", "throttled", "transient", "unreachable"]
"""Why a read got no answer; what it needs: a change, a right, patience, or a network."""


class CloudError(LastgoodError):
    """A read that the cloud did not answer as it should; the PUT never raises it."""

    code = "cloud"

    def __init__(
        self,
        message: str,
        hint: str,
        trouble: Trouble = "permanent",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.trouble = trouble
        self.retry_after = retry_after


class CredentialsError(CloudError):
    """Credentials that are missing or cannot be used; the message never holds a part of them."""

    code = "credentials"


class Cloud(Protocol):
    """One Huawei Cloud project; threads may share it. Every read may raise CloudError."""

    def windows(
        self, instance: str, since: datetime | None = None, until: datetime | None = None
    ) -> Windows:
        """What RDS can restore; where both bounds are given, at least what lies between them."""

    def points(self, instance: str, since: datetime, until: datetime) -> Points:
        """The points to which GeminiDB Redis can be restored, in this interval."""

    def pitr_policy(self, instance: str) -> PitrPolicy:
        """Whether point-in-time recovery is on for a Redis instance."""

    def state(self, instance: str) -> InstanceState:
        """How a GeminiDB instance is; one that does not exist is a CloudError."""

    def job(self, job: str) -> Job | None:
        """One GeminiDB job; None while the service does not list it (yet)."""

    def jobs(self, since: datetime, until: datetime) -> Sequence[Job]:
        """Every GeminiDB job that began in this interval."""

    def skew(self, endpoint: Endpoint) -> timedelta | None:
        """How far our clock was ahead of an endpoint's at its last answer; None if never told."""

    def restore(self, instance: str, restore_time: str) -> Outcome:
        """Restore a Redis instance in place; sent once, whatever happens. Raises nothing."""


class CloudEye(Protocol):
    """Cloud Eye of one Huawei Cloud project. Every read may raise CloudError."""

    def records(self, rule: str) -> Sequence[AlarmRecord]:
        """Every record of an alarm rule, in no order; none where there is no such rule."""

    def datapoints(self, series: Series, since: datetime, until: datetime) -> Sequence[Datapoint]:
        """What was measured, at least in this interval, in no order; gaps are not marked."""

    def glance(self, series: Series, since: datetime, until: datetime) -> Sequence[Datapoint]:
        """The same, asked only once and for a few seconds: for what can be done without."""

    def skew(self) -> timedelta | None:
        """How far our clock was ahead of its own at its last answer; None if never told."""


class Instances(Protocol):
    """What restores to a new instance make in one project; every read may raise CloudError."""

    project_id: str

    def database(self, instance: str) -> Database | None:
        """One instance with its tags; None where the service lists none of this id."""

    def named(self, name: str) -> Sequence[Database]:
        """Every instance of exactly this name, with its tags."""

    def restore_to_new(self, order: Order, password: str) -> Outcome:
        """Restore to a new instance; sent once, whatever happens. Raises nothing."""

    def delete(self, instance: str) -> Deletion:
        """Delete an instance; sent once, whatever happens. Raises nothing."""


class Rds(Instances, Protocol):
    """RDS of one Huawei Cloud project; threads may share it. Every read may raise CloudError."""

    def tagged(self, key: str, value: str) -> Sequence[Database]:
        """Every instance that the service lists for this tag; one may not tell its tags."""

    def backed_up(self, instance: str) -> bool:
        """Whether an automated backup of an instance is complete, and none is being made."""

    def job(self, job: str) -> Job | None:
        """One RDS job; None while the service does not show it (yet)."""

    def recycled(self, instance: str) -> Sequence[datetime | None]:
        """Until when the recycle bin keeps each backup of an instance, which is gone.

        None where it does not tell.
        """

    def manual_backups(self, instance: str) -> int:
        """How many backups somebody made of an instance, which may be gone."""

    def obstacle(self, source: str, shape: Shape, moment: datetime) -> str | None:
        """Why no copy of an instance as of a moment can be made now, as far as can be read.

        Its project has all the instances that it may have, its flavor is not on sale in a zone, or
        its disk is smaller than the backup needs.
        """

    def try_out(self, order: Order, password: str) -> Outcome | None:
        """Have a restore to a new instance checked, once; None if it passed. Raises nothing.

        Only for an engine for which that makes nothing. Unknown where it may have made something.
        """


class Backups(Instances, Protocol):
    """Backups of the Redis instances of one project, and the new instances that they restore to.

    An order is for the instance of a backup, which is accepted with its id and has no tags yet.
    Threads may share it. Every read may raise CloudError.
    """

    def backups(self, instance: str) -> Sequence[Backup]:
        """Every manual backup of an instance; a new one may not be listed yet."""

    def back_up(self, instance: str, name: str, mark: str) -> Outcome:
        """Make a manual backup; sent once, whatever happens. Raises nothing.

        `mark` is its description. Accepted with the id of the backup as `copy`.
        """

    def delete_backup(self, backup: str) -> Deletion:
        """Delete a backup; sent once, whatever happens. Raises nothing."""

    def tag(self, instance: str, tags: Mapping[str, str]) -> None:
        """Give an instance these tags, beside others; again does no harm.

        Raises:
            CloudError: it was not done, or may not have been.
        """


class VaultError(LastgoodError):
    """A password could not be kept, or perhaps not."""

    code = "vault"


class Vault(Protocol):
    """Keeps the passwords of copies, for people."""

    def password(self, name: str) -> str:
        """The password of this name; made and kept when it is first asked for.

        Raises:
            VaultError: it was not kept, or may not have been.
        """

    def forget(self, name: str) -> None:
        """Remove the password of this name, if there is one.

        Raises:
            VaultError: it was not removed, or may not have been.
        """


class EndpointSeen(NamedTuple):
    """An endpoint that answers, and how far our clock is ahead of its own, if it gives a time."""

    url: str
    skew: timedelta | None


class Text(NamedTuple):
    """What a source of the policy holds.

    `version` names it for people, `tag` tells it from another: the same, but where a source
    compares by something else.
    """

    body: bytes
    version: str
    tag: str


class Deployed(NamedTuple):
    """What a function is deployed with, as far as it is known: the longest execution, its hooks.

    `hooks` is the ARN of those that it may call, `*` in it stands for any text; empty means none.
    """

    timeout: timedelta | None = None
    hooks: str | None = None


class Setting(NamedTuple):
    """A resource that this environment names; `read` raises LastgoodError unless it can be used.

    `read` is None where the environment names none; `without` is then what to do about it.
    """

    name: str
    read: Callable[[], Deployed] | None
    without: str


class Key(NamedTuple):
    """Where a record stands in the store."""

    partition: str
    sort: str


class Record(NamedTuple):
    """A versioned value; version 0 and no body while nothing has been written."""

    key: Key
    version: int
    body: bytes


class RacedError(Exception):
    """Somebody else changed one of the records since they were read; nothing was written."""


class Store(Protocol):
    """Records that change together or not at all, and only if they have not changed since."""

    def read(self, keys: Sequence[Key]) -> list[Record]:
        """The records as they are now, in the order of the keys; never stale, and no snapshot."""

    def commit(self, records: Sequence[Record]) -> None:
        """Write each record, whose version is the one that was read, as the next version.

        Raises:
            RacedError: one of them has another version by now; nothing was written.
        """

    def scan(self, partition: str) -> Iterator[Record]:
        """Every record of a partition, in the order of the sort keys; never stale."""


class PublishError(Exception):
    """The bus did not take an event; publishing it again does no harm."""


class Publisher(Protocol):
    """Events out. At least once: a consumer tells repetitions by incident or sweep id."""

    def publish(self, kind: str, detail: dict[str, Any]) -> None:
        """Send one event.

        Raises:
            PublishError: the bus did not take it, or may not have.
        """


class NotifyError(LastgoodError):
    """A notice was not sent, or perhaps not."""

    code = "notify"


class Notifier(Protocol):
    """Texts for the people on call."""

    def notify(self, subject: str, text: str) -> None:
        """Send one notice.

        Raises:
            NotifyError: it was not sent, or may not have been.
        """


class Metrics(Protocol):
    """Measurements out."""

    def emit(self, name: str, finding: Finding) -> None:
        """Send what was measured of the instance of this name."""

    def emit_sweep(self, counts: Mapping[Verdict, int]) -> None:
        """Send that the sweep of a cloud is complete, and how many instances have which verdict."""

    def emit_overdue(self, copies: int) -> None:
        """Send how many copies of all clouds may be there and should not; zero as well."""

    def emit_recovery(self, incident: Incident, recovery: Recovery) -> None:
        """Send how a recovery ended."""

    def emit_drill(self, report: Report) -> None:
        """Send how a drill ended."""

    def emit_policy_kept(self, why: str) -> None:
        """Send that an old policy still holds, because the new one is broken."""


class InboxError(LastgoodError):
    """A message of a sender was not kept, or perhaps not."""

    code = "inbox"


class Inbox(Protocol):
    """Messages of senders, kept until the alarm function has dealt with them."""

    def put(self, road: str, id_: str, body: str) -> None:
        """Keep a message with the road it came by; one of an id that was just kept is the same.

        Raises:
            InboxError: it was not kept, or may not have been.
        """


class Heartbeats(Protocol):
    """Signs of life of the senders, whose silence is an alarm of the stack."""

    def emit_heartbeat(self) -> None:
        """Send that one has come."""


class FetchError(LastgoodError):
    """A document was not fetched, and may be later."""

    code = "fetch"


class Fetcher(Protocol):
    """Documents of Huawei Cloud's SMN, by HTTPS."""

    def fetch(self, url: str) -> tuple[int, bytes]:
        """The status and the body of a GET; follows no redirect, and reads only so much.

        Raises:
            FetchError: no answer came in time, or one that is too large.
        """


class StartError(LastgoodError):
    """A recovery could not be started."""

    code = "start"


class Starter(Protocol):
    """Starts recoveries, drills, and what finishes either."""

    def start(self, order: Incident | Drill | Closing | Expiry | LetIn) -> None:
        """Start one, unless it was started before.

        Raises:
            StartError: something else runs under its name.
        """

    def is_alive(self, incident: str) -> bool | None:
        """Whether the recovery of an incident still runs; None where that cannot be found out."""


class Sweeps(Protocol):
    """Starts the executions of a sweep."""

    def start(self, portion: Portion) -> Started:
        """Start an execution, unless it was started before.

        Raises:
            StartError: something else runs under its name.
        """


class WakeError(LastgoodError):
    """An execution that waits for a person could not be woken; what was recorded stays so."""

    code = "wake"


class Waker(Protocol):
    """Wakes an execution that waits for a person."""

    def wake(self, callback: str) -> None:
        """Wake it; one that waits no more is left alone.

        Raises:
            WakeError: it could not be woken, or may not have been.
        """


class HookLostError(Exception):
    """The connection to a hook broke while it was called: nobody hears how it ends."""


class Validator(Protocol):
    """Calls the user's own hooks: around a restore, and on what was restored."""

    def validate(self, hook: str, plan: Plan, copy: Reachable | None = None) -> Validation:
        """Ask the hook of this ARN; a verdict that is none of the known counts as none.

        `copy` is what it has to look at, where not the instance itself was restored.
        """

    def call(self, hook: str, plan: Plan, about: About) -> Validation:
        """Call the hook of this ARN, which stops the writers or lets them in again.

        One that fails, is denied, or does not answer in time gives no verdict.

        Raises:
            HookLostError: the connection broke: it may still run.
        """


class Pace(NamedTuple):
    """How often to look: the first wait, what it grows by, its longest, and how many looks."""

    first: timedelta
    growth: float
    longest: timedelta
    looks: int

    def wait(self, looks: int) -> timedelta:
        """The wait after so many looks."""
        return self.first * min(self.growth ** (looks - 1), self.longest / self.first)

    def lasts(self, look: timedelta) -> timedelta:
        """How long it takes at most, where a look takes so long."""
        waits = (self.wait(looks) for looks in range(1, self.looks))
        return sum(waits, self.looks * look)


INVOCATION = timedelta(minutes=5)
"""How long an invocation of the recover function may take; that of template.yaml."""

READ_TAKES = timedelta(seconds=30)
"""How long a read of the cloud may take with all its tries."""

HOOK_TAKES = timedelta(minutes=4)
"""How long a hook may take, so that the invocation that waits for it can end."""

TRIES = Pace(timedelta(seconds=5), 2, timedelta(minutes=1), 6)
"""How often `Flow.attempt` tries, and its longest waits in between."""


class StepFailedError(Exception):
    """An attempt did not succeed, however often it was made; the message says why."""


class InterruptedStepError(Exception):
    """A step that may run once was cut off: it ran, or did not, or in part."""


class Flow(Protocol):
    """A durable execution: after every pause it runs from the top, less the finished steps."""

    def step(self, name: str, action: Callable[[], T]) -> T:
        """Run an action until it succeeds, for hours if need be, and keep its result.

        It may run more than once, even after it succeeded.
        """

    def attempt(self, name: str, action: Callable[[], T]) -> T:
        """Run an action, a few times if it fails, and keep its result.

        Raises:
            StepFailedError: it failed each time.
        """

    def once(self, name: str, action: Callable[[], T]) -> T:
        """Run an action at most once, and keep its result.

        Raises:
            InterruptedStepError: it began, and how far it came is unknown.
        """

    def poll(self, name: str, look: Callable[[], T], done: Callable[[T], bool], pace: Pace) -> T:
        """Look until done, at most `pace.looks` times, sleeping in between; the last sight.

        A look must not raise.
        """

    def pause(self, name: str, length: timedelta) -> None:
        """Sleep."""

    def wait_for_a_person(
        self, name: str, announce: Callable[[str], None], timeout: timedelta
    ) -> None:
        """Sleep until woken, or until the timeout; what happened is for the caller to find out.

        `announce` is given what wakes the execution, before it sleeps.
        """
