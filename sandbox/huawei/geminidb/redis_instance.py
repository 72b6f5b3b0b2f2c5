"""A GeminiDB Redis instance: data behind a port, a PITR policy, points, restores in place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.clock import Clock
from sandbox.huawei.geminidb.jobs import Job, RestoreScript
from sandbox.huawei.geminidb.redis_data import Copy, RedisData
from sandbox.huawei.wire.answers import print_time

__all__ = ["DEFAULT_PITR", "PitrPolicy", "RedisInstance"]

# The list of instances shows a word while an operation runs; which one for a restore is unknown.
_RESTORING = "RESTORING"


@dataclass(frozen=True, slots=True)
class PitrPolicy:
    """How often a point is made, in whole minutes, and how long it is kept, in whole days."""

    interval: timedelta = timedelta(minutes=20)
    keep: timedelta = timedelta(days=1)


DEFAULT_PITR = PitrPolicy()


class RedisInstance:
    """One instance; all its times are sandbox time.

    A point is made every `interval`, counted from the whole second in which the instance was made
    or the policy set. `status`, `actions`, `mode` and `restores` may be set at any time. A caller
    of a method that takes `now` holds the clock's lock.
    """

    def __init__(
        self,
        instance_id: str,
        name: str,
        clock: Clock,
        *,
        pitr: PitrPolicy | None = DEFAULT_PITR,
    ) -> None:
        self.id = instance_id
        self.name = name
        self.mode = "Cluster"
        self.status = "normal"
        self.actions: tuple[str, ...] = ()
        self.restores = RestoreScript()
        self.data = RedisData(clock.offset)
        self._clock = clock
        self._created = clock.now()
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
        self.actions = (_RESTORING,)
        self._clock.call_at(now + self.restores.lasts, partial(self._end, job, copy))
        return job

    def row(self) -> dict[str, Any]:
        """Return the instance as the list of instances shows it."""
        # Unlike other times of the service, `created` has no zone.
        created = self._created.strftime("%Y-%m-%dT%H:%M:%S")
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "port": str(self.port),
            "mode": self.mode,
            "engine": "rocksDB",
            "datastore": {"type": "redis", "version": "6.2"},
            "created": created,
            "updated": created,
            "actions": list(self.actions),
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
        self._clock.call_at(at + job.script.settles_in, self._become_idle)

    def _become_idle(self, _: datetime) -> None:
        self.actions = ()
