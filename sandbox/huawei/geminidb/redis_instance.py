"""A GeminiDB Redis instance: data behind a port, points, restores in place, backups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.clock import Clock
from sandbox.huawei.geminidb.backups import Backup, BackupScript, CopyScript
from sandbox.huawei.geminidb.jobs import Job, RestoreScript
from sandbox.huawei.geminidb.redis_data import Copy, RedisData
from sandbox.huawei.geminidb.shape import DEFAULT_SHAPE, Shape
from sandbox.huawei.wire.answers import print_time

__all__ = ["DEFAULT_PITR", "PitrPolicy", "RedisInstance"]

# The list of instances shows a word while an operation runs; none of the words is documented.
_RESTORING = "RESTORING"
_BACKING_UP = "BACKING_UP"
_CHECKING = "CHECKING_RESTORATION"
_CREATING = "CREATING"


@dataclass(frozen=True, slots=True)
class PitrPolicy:
    """How often a point is made, in whole minutes, and how long it is kept, in whole days."""

    interval: timedelta = timedelta(minutes=20)
    keep: timedelta = timedelta(days=1)


DEFAULT_PITR = PitrPolicy()


class RedisInstance:
    """One instance; all its times are sandbox time.

    A point is made every `interval`, counted from the whole second in which the instance was made
    or the policy set. `status`, `actions`, `mode`, `shape`, `tags`, `restores` and `backups`, which
    are scripts, may be set at any time. A caller of a method that takes `now` holds the clock's
    lock. `made_from` is the backup of which a restore made it.
    """

    def __init__(
        self,
        instance_id: str,
        name: str,
        clock: Clock,
        *,
        pitr: PitrPolicy | None = DEFAULT_PITR,
        shape: Shape = DEFAULT_SHAPE,
    ) -> None:
        self.id = instance_id
        self.name = name
        self.mode = "Cluster"
        self.status = "normal"
        self.actions: tuple[str, ...] = ()
        self.shape = shape
        self.tags: dict[str, str] = {}
        self.restores = RestoreScript()
        self.backups = BackupScript()
        self.made_from: Backup | None = None
        self.password: str | None = None
        self.deleting = False
        self.data = RedisData(clock.offset)
        self._clock = clock
        self._created = self._listed = clock.now()
        self._stuck = False
        self._copies: dict[datetime, Copy] = {}
        self._pitr: PitrPolicy | None = None
        clock.follow(self.data.follow)
        self.set_pitr(pitr)

    @property
    def host(self) -> str:
        """The host that Redis clients connect to."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """The TCP port that goes with `host`."""
        return self.data.port

    @property
    def url(self) -> str:
        """Host and port in the form that `redis.Redis.from_url` takes."""
        return f"redis://{self.host}:{self.port}/0"

    @property
    def nodes(self) -> tuple[str, ...]:
        """The ids of its nodes, by which Cloud Eye measures them."""
        group = self.shape.group(self.id, self.name, self.host)
        return tuple(node["id"] for node in group["nodes"])

    @property
    def pitr(self) -> PitrPolicy | None:
        """The PITR policy; None when PITR is off."""
        return self._pitr

    def set_pitr(self, policy: PitrPolicy | None) -> None:
        """Set the policy; None turns PITR off and deletes every point."""
        with self._clock.turn() as now:
            self._pitr = policy
            if policy is None:
                self._copies.clear()
            else:
                first = now.replace(microsecond=0) + policy.interval
                self._clock.call_at(first, partial(self._make_point, policy))

    @property
    def points(self) -> list[str]:
        """The points that can be restored now, oldest first, in the format of the service."""
        with self._clock.turn() as now:
            return list(self.restorable(now))

    def restorable(self, now: datetime) -> dict[str, datetime]:
        """Return the points that are still kept, oldest first, by their printed form."""
        return {print_time(point): point for point in self._live(now)}

    def restore(self, restore_time: str, now: datetime) -> Job:
        """Start to restore one of the points; all data changes at the moment the job ends."""
        copy = self._copies[self.restorable(now)[restore_time]]
        job = Job(self.id, self.name, now, self.restores)
        self.begin(_RESTORING)
        self._clock.call_at(now + self.restores.lasts, partial(self._end, job, copy))
        return job

    def back_up(self, name: str, description: str, now: datetime) -> tuple[Backup, Job]:
        """Start to back up: all keys as they are now. The instance is busy until it ends."""
        script = self.backups
        backup = Backup(
            *(self.id, self.name, self.mode, self.shape, name, description, now),
            listed=now + script.unlisted_for,
            copy=self.data.copy(),
        )
        running = RestoreScript(script.lasts or timedelta(0), script.fail_reason)
        job = Job(self.id, self.name, now, running, "SandboxBackup")
        self.begin(_BACKING_UP)
        if script.lasts is not None:
            ending = partial(self._backed_up, backup, job)
            self._clock.call_at(now + script.lasts, ending)
        return backup, job

    def make_from(
        self, backup: Backup, script: CopyScript, source: RedisInstance | None, now: datetime
    ) -> Job:
        """Become the instance that a restore of this backup makes."""
        self.made_from, self.status, self._created = backup, "creating", now
        self._listed = now + script.unlisted_for
        self._stuck = script.builds is None
        self.begin(_CREATING)
        backup.restoring += 1
        if source:
            source.begin(_CHECKING)
        running = RestoreScript(script.builds or timedelta(0), script.fail_reason)
        job = Job(self.id, self.name, now, running, "SandboxRestoreToNewInstance")
        if script.builds is not None:
            ending = partial(self._made, backup, source, job)
            self._clock.call_at(now + script.builds, ending)
        return job

    @property
    def is_busy(self) -> bool:
        """Whether something runs; nothing does in a creation that is stuck."""
        return self.deleting or (bool(self.actions) and not self._stuck)

    def is_listed(self, now: datetime) -> bool:
        """Whether the list of instances shows this one yet."""
        return now >= self._listed

    def row(self) -> dict[str, Any]:
        """Return the instance as the list of instances shows it."""
        # Unlike other times of the service, `created` has no zone.
        created = self._created.strftime("%Y-%m-%dT%H:%M:%S")
        is_there = self.status not in ("creating", "createfail")
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "port": str(self.port),
            "mode": self.mode,
            "created": created,
            "updated": created,
            "actions": list(self.actions),
            **self.shape.row(),
            "groups": [self.shape.group(self.id, self.name, self.host)] if is_there else [],
        }

    def close(self) -> None:
        """Stop serving the port."""
        self.data.close()

    def _live(self, now: datetime) -> dict[datetime, Copy]:
        if self._pitr is None:
            return {}
        oldest = now - self._pitr.keep
        return {point: copy for point, copy in self._copies.items() if point > oldest}

    def _make_point(self, policy: PitrPolicy, at: datetime) -> None:
        if self._pitr is not policy:
            return
        self._copies = {**self._live(at), at: self.data.copy()}
        self._clock.call_at(at + policy.interval, partial(self._make_point, policy))

    def _end(self, job: Job, copy: Copy, at: datetime) -> None:
        if not job.script.fail_reason:
            self.data.put_back(copy)
        job.end(at)
        self._clock.call_at(at + job.script.settles_in, partial(self.finish, _RESTORING))

    def _backed_up(self, backup: Backup, job: Job, at: datetime) -> None:
        backup.end(at, job.script.fail_reason)
        job.end(at)
        self.finish(_BACKING_UP, at)

    def _made(self, backup: Backup, source: RedisInstance | None, job: Job, at: datetime) -> None:
        failed = bool(job.script.fail_reason)
        self.status = "createfail" if failed else "normal"
        if not failed:
            self.data.put_back(backup.copy)
        backup.restoring -= 1
        job.end(at)
        self.finish(_CREATING, at)
        if source:
            source.finish(_CHECKING, at)

    def begin(self, action: str) -> None:
        """Be busy with this."""
        self.actions = (*self.actions, action)

    def finish(self, action: str, _: datetime) -> None:
        """Be busy with this no more."""
        left = list(self.actions)
        if action in left:
            left.remove(action)
        self.actions = tuple(left)
