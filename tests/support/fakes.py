"""The world in memory: a fake for each port, which keeps what happened so that tests can ask."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar, cast

import msgspec

from lastgood.domain import times
from lastgood.domain.alarm import Datapoint, Incident
from lastgood.domain.confirming import AlarmRecord, Series
from lastgood.domain.copies import ACTIVE, FAILED, Database, Order, Reachable, Shape
from lastgood.domain.drills import Closing, Drill, Report
from lastgood.domain.errors import LastgoodError
from lastgood.domain.hooks import About, LetIn
from lastgood.domain.lifecycle import MOVES, Halt, Recovery
from lastgood.domain.objective import Finding, Verdict
from lastgood.domain.plan import Plan
from lastgood.domain.policy import CloudEntry, Policy
from lastgood.domain.ranges import Point, Points, Window, Windows, intersect
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import (
    Accepted,
    Deletion,
    Job,
    Outcome,
    Refused,
    Unknown,
    Validation,
)
from lastgood.domain.services import Endpoint
from lastgood.domain.sweep import Portion, Started
from lastgood.domain.undo import Backup, Expiry
from lastgood.ledger import Ledger
from lastgood.ports import (
    CloudError,
    EndpointSeen,
    FetchError,
    InboxError,
    InterruptedStepError,
    Key,
    Pace,
    PublishError,
    RacedError,
    Record,
    Setting,
    StartError,
    StepFailedError,
    VaultError,
    WakeError,
)

T = TypeVar("T")


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime = datetime(2026, 2, 17, 11, 54, tzinfo=UTC)) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, length: timedelta) -> None:
        self.time += length


class FakeStore:
    """Records in a dictionary. `race` runs once, in the middle of the next commit."""

    def __init__(self) -> None:
        self.records: dict[Key, Record] = {}
        self.race: Callable[[], object] | None = None

    def read(self, keys: Sequence[Key]) -> list[Record]:
        return [self.records.get(key, Record(key, 0, b"")) for key in keys]

    def commit(self, records: Sequence[Record]) -> None:
        if self.race is not None:
            race, self.race = self.race, None
            race()
        for record in records:
            if self.records.get(record.key, Record(record.key, 0, b"")).version != record.version:
                raise RacedError(str(record.key))
        for record in records:
            self.records[record.key] = record._replace(version=record.version + 1)

    def scan(self, partition: str) -> Iterator[Record]:
        found = [record for key, record in self.records.items() if key.partition == partition]
        yield from sorted(found, key=lambda record: record.key.sort)


@dataclass
class FakeInstance:
    """What the fake cloud knows of one instance."""

    points: list[str] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    pitr: PitrPolicy = field(
        default_factory=lambda: PitrPolicy(enabled=True, interval=20, keep_days=1)
    )
    state: InstanceState = field(default_factory=lambda: InstanceState("normal", (), "Cluster"))


class FakeCloud:
    """A project whose jobs end after `looks` looks.

    `outcomes` are given in place of the usual; `appearing` jobs are listed from the request on.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.instances: dict[str, FakeInstance] = {}
        self.restores: list[tuple[str, str]] = []
        self.outcomes: list[Outcome | Exception] = []
        self.appearing: list[Job] = []
        self.failing: dict[str, list[CloudError]] = {}
        self.jobs_seen: dict[str, list[Job]] = {}
        self.looks = 2
        self.skews: dict[Endpoint, timedelta] = {}

    def add_points(self, instance: str, *texts: str) -> FakeInstance:
        known = self.instances.setdefault(instance, FakeInstance())
        known.points.extend(texts)
        return known

    def add_window(self, instance: str, start: datetime, end: datetime) -> FakeInstance:
        known = self.instances.setdefault(instance, FakeInstance())
        known.windows.append(Window(start, end))
        return known

    def windows(
        self, instance: str, since: datetime | None = None, until: datetime | None = None
    ) -> Windows:
        offered = Windows.merge(self._instance(instance, "windows").windows)
        if since is None or until is None:
            return offered
        # No more than was asked for, so that who asks for too little notices.
        asked = intersect(
            offered, Windows((Window(times.floor_second(since), times.ceil_second(until)),))
        )
        return cast("Windows", asked)

    def points(self, instance: str, since: datetime, until: datetime) -> Points:
        known = self._instance(instance, "points")
        points = [Point.from_text(text) for text in known.points if known.pitr.enabled]
        return Points.of(point for point in points if since <= point.at <= until)

    def pitr_policy(self, instance: str) -> PitrPolicy:
        return self._instance(instance, "pitr_policy").pitr

    def state(self, instance: str) -> InstanceState:
        return self._instance(instance, "state").state

    def job(self, job: str) -> Job | None:
        self._may_fail("job")
        sights = self.jobs_seen.get(job, [])
        return sights.pop(0) if len(sights) > 1 else (sights[0] if sights else None)

    def jobs(self, since: datetime, until: datetime) -> Sequence[Job]:
        self._may_fail("jobs")
        latest = [sights[-1] for sights in self.jobs_seen.values()]
        return [job for job in latest if job.started_at and since <= job.started_at <= until]

    def skew(self, endpoint: Endpoint) -> timedelta | None:
        return self.skews.get(endpoint)

    def restore(self, instance: str, restore_time: str) -> Outcome:
        self.restores.append((instance, restore_time))
        self.jobs_seen |= {job.id: [job] for job in self.appearing}
        if self.outcomes:
            outcome = self.outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        known = self.instances.get(instance)
        if known is None:
            return Refused("DBS.200002", "no such instance")
        if known.state.actions:
            return Refused("DBS.200011", "another operation runs on the instance")
        if restore_time not in known.points or not known.pitr.enabled:
            return Refused("DBS.280404", "no such point")
        job = f"job-{len(self.restores)}"
        running = Job(id=job, status="Running", instance=instance, started_at=self.clock())
        done = Job(id=job, status="Completed", instance=instance, started_at=self.clock())
        self.jobs_seen[job] = [running] * self.looks + [done]
        return Accepted(job)

    def _instance(self, instance: str, read: str) -> FakeInstance:
        self._may_fail(read)
        if instance not in self.instances:
            raise CloudError(f"{instance}: there is no such instance", "check the id")
        return self.instances[instance]

    def _may_fail(self, read: str) -> None:
        if self.failing.get(read):
            raise self.failing[read].pop(0)


class FakeCloudEye:
    """Records by the id of their rule, and datapoints by their series.

    What is in `at_a_glance` happens at the next glances, one after the other.
    """

    def __init__(self) -> None:
        self.kept: dict[str, list[AlarmRecord]] = {}
        self.measured: dict[Series, list[Datapoint]] = {}
        self.asked: list[tuple[Series, datetime, datetime]] = []
        self.failing: list[CloudError] = []
        self.ahead: timedelta | None = None
        self.glanced: list[tuple[Series, datetime, datetime]] = []
        self.at_a_glance: list[Callable[[], None]] = []

    def records(self, rule: str) -> Sequence[AlarmRecord]:
        self._may_fail()
        return self.kept.get(rule, [])

    def datapoints(self, series: Series, since: datetime, until: datetime) -> Sequence[Datapoint]:
        self._may_fail()
        self.asked.append((series, since, until))
        return self._within(series, since, until)

    def glance(self, series: Series, since: datetime, until: datetime) -> Sequence[Datapoint]:
        self.glanced.append((series, since, until))
        if self.at_a_glance:
            self.at_a_glance.pop(0)()
        return self._within(series, since, until)

    def _within(self, series: Series, since: datetime, until: datetime) -> list[Datapoint]:
        # No more than was asked for, so that who asks for too little notices.
        since, until = times.floor_second(since), times.ceil_second(until)
        return [p for p in self.measured.get(series, []) if since <= p.at <= until]

    def skew(self) -> timedelta | None:
        return self.ahead

    def _may_fail(self) -> None:
        if self.failing:
            raise self.failing.pop(0)


SHAPE = Shape(
    engine="MySQL",
    flavor="rds.mysql.n1.large.4",
    volume_type="CLOUDSSD",
    volume_gb=100,
    zones=("ap-southeast-1a",),
    vpc_id="490a4a08-ef4b-44c5-94be-3051ef9e4fce",
    subnet_id="0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
    security_group_id="2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5",
    port=3306,
    time_zone="UTC+08:00",
    enterprise_project_id="0",
    backup_hour="19:00-20:00",
    keep_days=7,
)
"""That of the sandbox's usual instance."""


class FakeRds:
    """A project of RDS, whose copies take a step of `life` at each look at them.

    `outcomes`, `trials`, `obstacles` and `deletions` are given in place of the usual; those in
    `unbacked` have no backup, those in `stopped` leave none in the `bin`, and `manual` are the
    backups that somebody made.
    """

    def __init__(self, clock: Callable[[], datetime], project_id: str) -> None:
        self.clock = clock
        self.project_id = project_id
        self.databases: dict[str, Database] = {}
        self.life = ["BUILD", "BUILD", ACTIVE, "BACKING UP", ACTIVE]
        self.lives: dict[str, list[str]] = {}
        self.orders: dict[str, Order] = {}
        self.made: list[Order] = []
        self.passwords: list[str] = []
        self.outcomes: list[Outcome | Exception] = []
        self.deletions: list[Deletion | Exception] = []
        self.deleted: list[str] = []
        self.bin: dict[str, list[datetime | None]] = {}
        self.manual: dict[str, int] = {}
        self.stopped: set[str] = set()
        self.unbacked: set[str] = set()
        self.obstacles: list[str | None] = []
        self.asked_for: list[tuple[str, Shape, datetime]] = []
        self.trials: list[Outcome | None] = []
        self.tried: list[Order] = []
        self.failing: dict[str, list[CloudError]] = {}

    def add(self, instance: str, name: str, shape: Shape | None = SHAPE) -> Database:
        made = Database(
            id=instance,
            name=name,
            status=ACTIVE,
            addresses=("192.168.0.10",),
            port=shape.port if shape else None,
            shape=shape,
            created=self.clock(),
        )
        self.databases[instance] = made
        return made

    def database(self, instance: str) -> Database | None:
        self._may_fail("database")
        return self._seen(instance)

    def named(self, name: str) -> Sequence[Database]:
        self._may_fail("named")
        found = [known.id for known in self.databases.values() if known.name == name]
        return [seen for instance in found if (seen := self._seen(instance))]

    def tagged(self, key: str, value: str) -> Sequence[Database]:
        self._may_fail("tagged")
        return [one for one in self.databases.values() if one.tags.get(key) == value]

    def backed_up(self, instance: str) -> bool:
        self._may_fail("backed_up")
        if instance not in self.databases:
            raise CloudError(f"{instance}: there is no such instance", "check the id")
        return instance not in self.unbacked and not self.lives.get(instance)

    def job(self, job: str) -> Job | None:
        self._may_fail("job")
        copy = next((copy for copy in self.orders if job == f"job-of-{copy}"), None)
        if copy is None:
            return None
        status = self.databases[copy].status if copy in self.databases else ACTIVE
        told = "Running" if status == "BUILD" else "Failed" if status in FAILED else "Completed"
        return Job(id=job, status=told, instance=copy, started_at=self.clock())

    def recycled(self, instance: str) -> Sequence[datetime | None]:
        self._may_fail("recycled")
        return self.bin.get(instance, [])

    def manual_backups(self, instance: str) -> int:
        self._may_fail("manual_backups")
        return self.manual.get(instance, 0)

    def obstacle(self, source: str, shape: Shape, moment: datetime) -> str | None:
        self._may_fail("obstacle")
        self.asked_for.append((source, shape, moment))
        return self.obstacles.pop(0) if self.obstacles else None

    def try_out(self, order: Order, password: str) -> Outcome | None:
        del password
        self.tried.append(order)
        return self.trials.pop(0) if self.trials else None

    def restore_to_new(self, order: Order, password: str) -> Outcome:
        self.made.append(order)
        self.passwords.append(password)
        if self.outcomes:
            outcome = self.outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        source = self.databases.get(order.source)
        if source is None:
            return Refused("DBS.200002", "no such instance")
        if source.status != ACTIVE:
            return Refused("DBS.200011", "another operation runs on the instance", "busy")
        if any(known.name == order.name for known in self.databases.values()):
            return Unknown("the service answered 409 DBS.200022: the name exists")
        copy = self.appear(order)
        return Accepted(f"job-of-{copy}", copy)

    def appear(self, order: Order) -> str:
        """Make the copy of an order, whether or not its answer came."""
        copy = f"{len(self.orders):032x}{order.source[-4:]}"
        self.orders[copy] = order
        self.lives[copy] = list(self.life)
        self.databases[copy] = Database(
            id=copy, name=order.name, status=self.life[0], tags=order.tags
        )
        return copy

    def delete(self, instance: str) -> Deletion:
        self.deleted.append(instance)
        if self.deletions:
            fate = self.deletions.pop(0)
            if isinstance(fate, Exception):
                raise fate
            return fate
        known = self.databases.get(instance)
        if known is None:
            return Deletion("refused", "404 DBS.200002: no such instance")
        if known.status not in {ACTIVE, *FAILED}:
            return Deletion("busy", "409 DBS.200019: another operation runs on the instance")
        del self.databases[instance]
        if instance not in self.stopped:
            self.bin[instance] = [self.clock() + timedelta(days=7)]
        return Deletion("taken")

    def _seen(self, instance: str) -> Database | None:
        known, left = self.databases.get(instance), self.lives.get(instance)
        if known is None or not left:
            return known
        status = left.pop(0)
        order, built = self.orders[instance], status not in {"BUILD", *FAILED}
        self.databases[instance] = Database(
            id=instance,
            name=order.name,
            status=status,
            tags=order.tags,
            addresses=("192.168.0.20",) if built else (),
            port=order.shape.port,
            shape=order.shape if built else None,
            created=self.clock() if built else None,
        )
        return self.databases[instance]

    def _may_fail(self, read: str) -> None:
        if self.failing.get(read):
            raise self.failing[read].pop(0)


REDIS_SHAPE = Shape(
    engine="Redis",
    flavor="geminidb.redis.large.4",
    volume_type="ULTRAHIGH",
    volume_gb=16,
    zones=("ap-southeast-1a",),
    vpc_id="490a4a08-ef4b-44c5-94be-3051ef9e4fce",
    subnet_id="0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f",
    security_group_id="2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5",
    port=6379,
    enterprise_project_id="0",
    backup_hour="19:00-20:00",
    keep_days=7,
    mode="Cluster",
    version="6.2",
    nodes=3,
)
"""That of the sandbox's usual Redis instance, but for the port."""


class FakeBackups:
    """Redis instances and their backups; each takes a step of its life at each look at it.

    `life` is that of the next backups, `copy_life` that of the next instances that one is restored
    to. While a backup is being made its instance is busy, in the `cloud` as well, where there is
    one. `outcomes`, `copy_outcomes` and `deletions` are given in place of the usual; `appear` and
    `appear_copy` make what a lost answer was about.
    """

    def __init__(
        self, clock: Callable[[], datetime], project_id: str, cloud: FakeCloud | None = None
    ) -> None:
        self.clock = clock
        self.project_id = project_id
        self.cloud = cloud
        self.databases: dict[str, Database] = {}
        self.kept: dict[str, Backup] = {}
        self.life = ["BUILDING", "BUILDING", "COMPLETED"]
        self.copy_life = ["creating", "creating", "normal"]
        self.lives: dict[str, list[str]] = {}
        self.orders: dict[str, Order] = {}
        self.backed_up: list[tuple[str, str, str]] = []
        self.made: list[Order] = []
        self.passwords: list[str] = []
        self.tagged: list[tuple[str, dict[str, str]]] = []
        self.outcomes: list[Outcome | Exception] = []
        self.copy_outcomes: list[Outcome | Exception] = []
        self.deletions: list[Deletion | Exception] = []
        self.deleted: list[str] = []
        self.gone: list[str] = []
        self.busy: set[str] = set()
        self.failing: dict[str, list[CloudError]] = {}

    def add(self, instance: str, name: str, shape: Shape | None = REDIS_SHAPE) -> Database:
        made = Database(
            id=instance,
            name=name,
            status="normal",
            addresses=("192.168.0.30",),
            port=shape.port if shape else None,
            shape=shape,
        )
        self.databases[instance] = made
        return made

    def backups(self, instance: str) -> Sequence[Backup]:
        self._may_fail("backups")
        own = [backup.id for backup in self.kept.values() if backup.instance == instance]
        return [self._seen_backup(backup) for backup in reversed(own)]

    def back_up(self, instance: str, name: str, mark: str) -> Outcome:
        self.backed_up.append((instance, name, mark))
        if self.outcomes:
            outcome: Outcome = _given(self.outcomes)
            return outcome
        if self._known(instance) is None:
            return Refused("DBS.200002", "no such instance")
        if self._is_busy(instance):
            return Refused("DBS.200011", "another operation runs on the instance", "busy")
        backup = self.appear(instance, name, mark)
        return Accepted(f"job-of-{backup}", backup)

    def appear(self, instance: str, name: str, mark: str) -> str:
        """Make a backup, whether or not its answer came."""
        backup = f"{len(self.backed_up) + len(self.kept):032x}br12"
        self.lives[backup] = list(self.life)
        self.kept[backup] = Backup(
            id=backup,
            name=name,
            instance=instance,
            status=self.life[0],
            mark=mark,
            began=self.clock(),
        )
        self._keep_busy(instance, is_busy=self.life[0] == "BUILDING")
        return backup

    def delete_backup(self, backup: str) -> Deletion:
        self.deleted.append(backup)
        if self.deletions:
            fate: Deletion = _given(self.deletions)
            return fate
        known = self.kept.get(backup)
        if known is None:
            return Deletion("refused", "400 DBS.201214: the backup does not exist")
        restoring = any(
            order.backup == backup and self.databases[copy].status == "creating"
            for copy, order in self.orders.items()
            if copy in self.databases
        )
        if restoring:
            return Deletion("busy", "400 DBS.201319: the backup is being restored")
        if known.status == "BUILDING":
            return Deletion("busy", "400 DBS.201204: the state of the backup forbids it")
        del self.kept[backup]
        return Deletion("taken")

    def database(self, instance: str) -> Database | None:
        self._may_fail("database")
        return self._seen(instance)

    def named(self, name: str) -> Sequence[Database]:
        self._may_fail("named")
        found = [known.id for known in self.databases.values() if known.name == name]
        return [seen for instance in found if (seen := self._seen(instance))]

    def restore_to_new(self, order: Order, password: str) -> Outcome:
        self.made.append(order)
        self.passwords.append(password)
        if self.copy_outcomes:
            outcome: Outcome = _given(self.copy_outcomes)
            return outcome
        known = self.kept.get(order.backup or "")
        if known is None or not known.is_complete:
            return Refused("DBS.301024", "the backup cannot be restored")
        copy = self.appear_copy(order)
        return Accepted(f"job-of-{copy}", copy)

    def appear_copy(self, order: Order) -> str:
        """Make the instance of an order, whether or not its answer came; it has no tags."""
        copy = f"{len(self.made) + len(self.orders):032x}in12"
        self.orders[copy] = order
        self.lives[copy] = list(self.copy_life)
        self.databases[copy] = Database(id=copy, name=order.name, status=self.copy_life[0])
        return copy

    def tag(self, instance: str, tags: Mapping[str, str]) -> None:
        self.tagged.append((instance, dict(tags)))
        self._may_fail("tag")
        known = self.databases.get(instance)
        if known is None:
            raise CloudError(f"{instance}: there is no such instance", "check the id")
        self.databases[instance] = msgspec.structs.replace(known, tags=known.tags | dict(tags))

    def delete(self, instance: str) -> Deletion:
        self.deleted.append(instance)
        if self.deletions:
            fate: Deletion = _given(self.deletions)
            return fate
        if self._known(instance) is None:
            return Deletion("refused", "404 DBS.200002: no such instance")
        if self._is_busy(instance) or self.databases[instance].status == "creating":
            return Deletion("busy", "403 DBS.200011: another operation runs on the instance")
        del self.databases[instance]
        self.gone.append(instance)
        return Deletion("taken")

    def _known(self, instance: str) -> Database | None:
        """An instance; one that only the cloud has is like the usual one."""
        elsewhere = self.cloud.instances if self.cloud else {}
        if instance in elsewhere.keys() - self.databases.keys() - set(self.gone):
            self.add(instance, f"redis-{instance[:8]}")
        return self.databases.get(instance)

    def _seen(self, instance: str) -> Database | None:
        known, left = self._known(instance), self.lives.get(instance)
        if known is None or not left:
            return known
        order, status = self.orders[instance], left.pop(0)
        is_there = status == "normal"
        self.databases[instance] = msgspec.structs.replace(
            known,
            status=status,
            addresses=("192.168.0.40",) if is_there else (),
            port=order.shape.port if is_there else None,
            shape=order.shape if is_there else None,
        )
        return self.databases[instance]

    def _seen_backup(self, backup: str) -> Backup:
        known, left = self.kept[backup], self.lives.get(backup)
        if not left:
            return known
        status = left.pop(0)
        is_building = status == "BUILDING"
        self.kept[backup] = msgspec.structs.replace(
            known,
            status=status,
            ended=None if is_building else self.clock(),
            size_gb=0.5 if status == "COMPLETED" else None,
        )
        self._keep_busy(known.instance or "", is_busy=is_building)
        return self.kept[backup]

    def _is_busy(self, instance: str) -> bool:
        known = self.cloud.instances.get(instance) if self.cloud else None
        return instance in self.busy or bool(known and known.state.actions)

    def _keep_busy(self, instance: str, *, is_busy: bool) -> None:
        """The instance is busy by a backup of it, or by that no longer."""
        known = self.cloud.instances.get(instance) if self.cloud else None
        if is_busy:
            self.busy.add(instance)
        elif instance not in self.busy:
            return
        else:
            self.busy.discard(instance)
        if known:
            actions = ("BACKING_UP",) if is_busy else ()
            known.state = msgspec.structs.replace(known.state, actions=actions)

    def _may_fail(self, call: str) -> None:
        if self.failing.get(call):
            raise self.failing[call].pop(0)


def _given(results: list[Any]) -> Any:
    """The next result that a test gives in place of the usual one."""
    result = results.pop(0)
    if isinstance(result, Exception):
        raise result
    return result


class FakeVault:
    """Keeps a password for each name; `failing` so many times first."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.forgotten: list[str] = []
        self.failing = 0

    def password(self, name: str) -> str:
        self._may_fail()
        return self.kept.setdefault(name, f"Aa1_fake-password-{len(self.kept):06d}")

    def forget(self, name: str) -> None:
        self._may_fail()
        self.forgotten.append(name)

    def _may_fail(self) -> None:
        if self.failing:
            self.failing -= 1
            raise VaultError("the secret is not kept as it should be", "allow it")


MISTAKES = (AttributeError, TypeError, NameError)
"""Errors that only wrong code raises: the engine would try again, here they fail the test."""


class FakeFlow:
    """A durable execution in one breath: keeps results by name, tries a failed step three times.

    Run again with the same object it replays: a finished step gives its result and does not run.
    In the world that was made last the time passes for which it waits for a person.
    """

    world: ClassVar[FakeWorld | None] = None

    TRIES = 3
    PATIENCE = 50

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.begun: set[str] = set()
        self.waits: list[timedelta] = []
        self.sleeps: list[timedelta] = []
        self.callbacks: list[str] = []
        self.while_asleep: Callable[[], object] = lambda: None

    def step(self, name: str, action: Callable[[], T]) -> T:
        return self._tried(name, action, self.PATIENCE)

    def attempt(self, name: str, action: Callable[[], T]) -> T:
        return self._tried(name, action, self.TRIES)

    def _tried(self, name: str, action: Callable[[], T], tries: int) -> T:
        if name in self.kept:
            return cast("T", self.kept[name])
        failure = ""
        for _ in range(tries):
            try:
                self.kept[name] = action()
            except MISTAKES:
                raise
            except Exception as error:  # noqa: BLE001 - as the engine does: any failure is tried again
                failure = str(error)
            else:
                return cast("T", self.kept[name])
        raise StepFailedError(failure)

    def once(self, name: str, action: Callable[[], T]) -> T:
        if name in self.kept:
            return cast("T", self.kept[name])
        if name in self.begun:
            raise InterruptedStepError(name)
        self.begun.add(name)
        try:
            self.kept[name] = action()
        except MISTAKES:
            raise
        except Exception as error:
            raise InterruptedStepError(str(error)) from error
        return cast("T", self.kept[name])

    def poll(self, name: str, look: Callable[[], T], done: Callable[[T], bool], pace: Pace) -> T:
        if name in self.kept:
            return cast("T", self.kept[name])
        for looked in range(1, pace.looks + 1):
            try:
                seen = look()
            except Exception as error:
                raise StepFailedError(str(error)) from error
            if done(seen) or looked == pace.looks:
                break
            self.waits.append(pace.wait(looked))
        self.kept[name] = seen
        return cast("T", self.kept[name])

    def pause(self, name: str, length: timedelta) -> None:
        if name not in self.kept:
            self.sleeps.append(length)
            self.while_asleep()
            self.kept[name] = None

    def wait_for_a_person(
        self, name: str, announce: Callable[[str], None], timeout: timedelta
    ) -> None:
        if name in self.kept:
            return
        callback = f"callback of {name}"
        began = self.world.now() if self.world else None
        announce(callback)
        self.callbacks.append(callback)
        self.sleeps.append(timeout)
        self.while_asleep()
        if self.world and began and callback not in self.world.waker.woken:
            self.world.now.time = max(self.world.now(), began + timeout)
        self.kept[name] = None


class FakePublisher:
    """Keeps what was published; `failing` so many times first."""

    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.failing = 0

    def publish(self, kind: str, detail: dict[str, Any]) -> None:
        if self.failing:
            self.failing -= 1
            raise PublishError("the bus is down")
        self.published.append((kind, detail))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.published]


class FakeNotifier:
    """Keeps what it sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def notify(self, subject: str, text: str) -> None:
        self.sent.append((subject, text))


class FakeMetrics:
    """Keeps what was measured."""

    def __init__(self) -> None:
        self.emitted: list[tuple[str, Finding]] = []
        self.swept: list[dict[Verdict, int]] = []
        self.overdue: list[int] = []
        self.ended: list[tuple[str, Recovery]] = []
        self.drills: list[Report] = []
        self.kept: list[str] = []
        self.heartbeats = 0

    def emit(self, name: str, finding: Finding) -> None:
        self.emitted.append((name, finding))

    def emit_sweep(self, counts: Mapping[Verdict, int]) -> None:
        self.swept.append(dict(counts))

    def emit_overdue(self, copies: int) -> None:
        self.overdue.append(copies)

    def emit_recovery(self, incident: Incident, recovery: Recovery) -> None:
        if recovery.state not in MOVES:
            self.ended.append((incident.id, recovery))

    def emit_drill(self, report: Report) -> None:
        self.drills.append(report)

    def emit_policy_kept(self, why: str) -> None:
        self.kept.append(why)

    def emit_heartbeat(self) -> None:
        self.heartbeats += 1


class FakeInbox:
    """Keeps each message once by its id; while `broken`, it keeps none."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, str]] = {}
        self.broken = False

    def put(self, road: str, id_: str, body: str) -> None:
        if self.broken:
            raise InboxError("the queue did not answer", "wait")
        self.kept.setdefault(id_, (road, body))


class FakeFetcher:
    """Answers what it was given for a URL, 404 for any other; None is no answer at all."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[int, bytes] | None] = {}
        self.fetched: list[str] = []

    def fetch(self, url: str) -> tuple[int, bytes]:
        self.fetched.append(url)
        answer = self.documents.get(url, (404, b""))
        if answer is None:
            raise FetchError(f"{url}: no answer", "wait")
        return answer


Ordered = Incident | Drill | Closing | Expiry | LetIn


class FakeStarter:
    """Knows what it started by name, and insists that a name always comes with one payload."""

    def __init__(self) -> None:
        self.started: dict[str, Incident] = {}
        self.ordered: dict[str, Drill | Closing | Expiry | LetIn] = {}
        self.alive: dict[str, bool] = {}
        self.failing = 0

    def is_alive(self, incident: str) -> bool | None:
        return self.alive.get(incident)

    def start(self, order: Ordered) -> None:
        if self.failing:
            self.failing -= 1
            raise StartError("it could not be started", "try again")
        if isinstance(order, Incident):
            known: Ordered = self.started.setdefault(order.id, order)
        else:
            known = self.ordered.setdefault(order.id, order)
        if known != order:
            hint = f"run lastgood dismiss {order.id} --reason TEXT"
            raise StartError(f"{order.id} is not started: another payload", hint)
        self.alive.setdefault(order.id, True)


class FakeSweeps:
    """Knows what it started by name, and insists that a name always comes with one payload."""

    def __init__(self) -> None:
        self.started: dict[str, Portion] = {}

    def start(self, portion: Portion) -> Started:
        name = f"{portion.sweep}-{portion.cloud}-{portion.number}"
        if self.started.setdefault(name, portion) != portion:
            raise StartError(f"the sweep does not go on: {name}", "read it")
        return Started(name)


class FakeWaker:
    """Keeps whom it woke."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self.failing = 0

    def wake(self, callback: str) -> None:
        if self.failing:
            self.failing -= 1
            raise WakeError("it is recorded, but not woken", "run the same command again")
        self.woken.append(callback)


class FakeValidator:
    """Gives the verdict that it was told to give."""

    def __init__(self) -> None:
        self.verdict = Validation("pass")
        self.asked: list[tuple[str, Plan]] = []
        self.copies: list[Reachable] = []
        self.says: dict[str, list[Validation | Exception]] = {}
        self.called: list[About] = []
        self.hooks: list[str] = []

    def call(self, hook: str, plan: Plan, about: About) -> Validation:
        """Say what was prepared for this hook, in that order, and otherwise that it passed."""
        assert plan.incident.id == about.idempotency_key.split("/")[0]
        self.called.append(about)
        self.hooks.append(hook)
        prepared = self.says.get(about.hook)
        said = prepared.pop(0) if prepared else Validation("pass")
        if isinstance(said, Exception):
            raise said
        return said

    def validate(self, hook: str, plan: Plan, copy: Reachable | None = None) -> Validation:
        self.asked.append((hook, plan))
        self.copies += [copy] if copy else []
        return self.verdict


class FakeWorld:
    """The World port in memory."""

    def __init__(self, policy: Policy) -> None:
        FakeFlow.world = self
        self.current_policy = policy
        self.now = FakeClock()
        self.cloud = FakeCloud(self.now)
        self.eye = FakeCloudEye()
        self.store = FakeStore()
        self.ledger = Ledger(self.store)
        self.publisher = FakePublisher()
        self.notifier = FakeNotifier()
        self.metrics = FakeMetrics()
        self.starter = FakeStarter()
        self.waker = FakeWaker()
        self.sweeps = FakeSweeps()
        self.validator = FakeValidator()
        self.vault = FakeVault()
        self.rdses = {
            name: FakeRds(self.now, entry.project_id) for name, entry in policy.cloud.items()
        }
        self.backupses = {
            name: FakeBackups(self.now, entry.project_id, self.cloud)
            for name, entry in policy.cloud.items()
        }
        self.seconds_left = math.inf
        self.restoring: FakeCloud | None = None
        self.hooks: set[str] = set()

    def time_left(self) -> float:
        return self.seconds_left

    def policy(self) -> Policy:
        return self.current_policy

    def halt(self, by: str, reason: str) -> None:
        self.ledger.halt(Halt(by=by, at=self.now(), reason=reason))

    def clouds(self, name: str) -> FakeCloud:
        assert name in self.current_policy.cloud
        return self.cloud

    def restorer(self, name: str) -> FakeCloud:
        return self.restoring or self.clouds(name)

    def cloud_eye(self, name: str) -> FakeCloudEye:
        assert name in self.current_policy.cloud
        return self.eye

    def rds(self, name: str) -> FakeRds:
        assert name in self.current_policy.cloud
        return self.rdses[name]

    def rds_restorer(self, name: str) -> FakeRds:
        return self.rds(name)

    def backups(self, name: str) -> FakeBackups:
        assert name in self.current_policy.cloud
        return self.backupses[name]

    def backups_restorer(self, name: str) -> FakeBackups:
        return self.backups(name)

    has_ledger: bool = True

    def probe(self, entry: CloudEntry, endpoint: Endpoint) -> EndpointSeen:
        del entry
        return EndpointSeen(f"https://{endpoint}.example", timedelta())

    def settings(self) -> tuple[Setting, ...]:
        return ()

    def find_hook(self, hook: str) -> None:
        if hook not in self.hooks:
            raise LastgoodError(f"{hook} is not there", "create it")


def service_times(*clock_times: str, day: str = "2026-02-17") -> list[str]:
    """Service strings of these UTC times of a day, spelt +0800 as the service does."""
    moments = (times.parse_rfc3339(f"{day}T{clock_time}Z") for clock_time in clock_times)
    return [times.SERVICE.print(moment, times.BEIJING) for moment in moments]
