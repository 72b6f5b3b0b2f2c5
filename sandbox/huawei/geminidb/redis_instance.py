"""A GeminiDB Redis instance: data behind a port, a policy, points, and restores in place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from sandbox.clock import Clock
from sandbox.huawei.geminidb.jobs import Job, RestoreScript
from sandbox.huawei.geminidb.redis_data import Copy, RedisData
from sandbox.huawei.wire.answers import BEIJING, print_time

__all__ = ["DEFAULT_PITR", "PitrPolicy", "RedisInstance"]

# The list of instances shows some word while an operation runs; which one, nobody found out.
_RESTORING = "RESTORING"


@dataclass(frozen=True, slots=True)
class PitrPolicy:
    """How often a point is made and how long it lives; the service takes whole minutes and days."""

    interval: timedelta = timedelta(minutes=20)
    keep: timedelta = timedelta(days=1)


DEFAULT_PITR = PitrPolicy()


class RedisInstance:
    """One instance; all its times are sandbox time.

    A point is made every `interval`, counted from the whole second in which the instance was made
    or the policy set. `status`, `actions`, `mode` and `restores` may be set at any time. Whoever
    calls a method that takes `now` holds the clock's turn.
    """

    def __init__(  # noqa: PLR0913  each of these is a column in the console
        self,
        instance_id: str,
        name: str,
        clock: Clock,
        *,
        pitr: PitrPolicy | None = DEFAULT_PITR,
        mode: str = "Cluster",
        zone: timezone = BEIJING,
    ) -> None:
        self.id = instance_id
        self.name = name
        self.mode = mode
        self.zone = zone
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
        """Where Redis clients connect to."""
        return "127.0.0.1"

    @property
    def port(self) -> int:
        """The TCP port that goes with `host`."""
        return self.data.port

    @property
    def url(self) -> str:
        """Host and port as `redis.Redis.from_url` takes them."""
        return f"redis://{self.host}:{self.port}/0"

    @property
    def pitr(self) -> PitrPolicy | None:
        """The PITR policy; None when PITR is switched off."""
        return self._pitr

    def set_pitr(self, policy: PitrPolicy | None) -> None:
        """Set the policy, or switch PITR off with None; that loses every point."""
        with self._clock.turn() as now:
            self._pitr = policy
            if policy is None:
                self._copies.clear()
            else:
                first = now.replace(microsecond=0) + policy.interval
                self._clock.call_at(first, partial(self._make_point, policy))

    @property
    def points(self) -> list[str]:
        """What can be restored now, oldest first, printed as the service does."""
        with self._clock.turn() as now:
            return list(self.restorable(now))

    def restorable(self, now: datetime) -> dict[str, datetime]:
        """Give the points that have not outlived `keep`, oldest first, by how they are printed."""
        return {print_time(point, self.zone): point for point in self._live(now)}

    def restore(self, restore_time: str, now: datetime) -> Job:
        """Start to restore one of the points; the data changes when the job ends, at once."""
        copy = self._copies[self.restorable(now)[restore_time]]
        job = Job(self.id, self.name, now, self.restores)
        self.actions = (_RESTORING,)
        self._clock.call_at(now + self.restores.lasts, partial(self._end, job, copy))
        return job

    def row(self) -> dict[str, Any]:
        """Give the instance as the list of instances shows it."""
        # The list has no zone in `created`, unlike all its other times.
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
        """Take the port away."""
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
