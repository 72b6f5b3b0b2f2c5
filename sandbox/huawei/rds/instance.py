"""An RDS instance: rows, restorable windows, backups, and the life of a copy."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

from sandbox.clock import Clock
from sandbox.huawei.rds.rows import Rows, Tables
from sandbox.huawei.rds.shape import Shape
from sandbox.huawei.rds.tasks import CopyScript, Task
from sandbox.huawei.rds.windows import Window
from sandbox.huawei.wire.answers import print_time

__all__ = ["DEFAULT_LAG", "DEFAULT_SHAPE", "Backup", "RdsInstance", "Recycled"]

# Not whole seconds, so that a client that drops the milliseconds fails.
DEFAULT_LAG = timedelta(minutes=5, milliseconds=139)
_HISTORY = timedelta(days=7, milliseconds=-987)

DEFAULT_SHAPE = Shape()
_NEVER = datetime.max.replace(tzinfo=UTC)
_SMALLEST_DISK = 40


@dataclass(frozen=True, slots=True)
class Backup:
    """A full backup, automated or manual; `ended` is None while it is made."""

    began: datetime
    ended: datetime | None
    type: Literal["auto", "manual"] = "auto"
    id: str = field(default_factory=lambda: f"{uuid.uuid4().hex}br01")

    def row(self, instance_id: str, least_gb: int) -> dict[str, Any]:
        """Return the backup as the list of backups shows it."""
        return {
            "id": self.id,
            "instance_id": instance_id,
            "name": f"sandbox-{self.began:%Y%m%d%H%M%S}",
            "type": self.type,
            "status": "BUILDING" if self.ended is None else "COMPLETED",
            "begin_time": print_time(self.began),
            "end_time": "" if self.ended is None else print_time(self.ended),
            "size": 4803,
            "min_data_volume_capacity_for_restore": least_gb,
        }


class RdsInstance:
    """One instance, restorable to any moment from `retention` ago until `lag` ago, except in gaps.

    `since` is the time of its first backup; by default early enough for seven full days. `status`,
    `shape`, `least_gb` (the smallest disk that its backups need) and `copies` (how the next
    restores from it behave) may be set at any time, as may `is_stopped`, of which the recycle bin
    keeps nothing, and `backups`, to which a manual one may be added. A copy knows where it is
    `copied_from`, the moment that it was `restored_to`, and the `password` that it was given. A
    caller of a method that takes `now` holds the clock's lock.
    """

    def __init__(  # noqa: PLR0913  each of these is a column in the console
        self,
        instance_id: str,
        name: str,
        clock: Clock,
        *,
        retention: timedelta = timedelta(days=7),
        lag: timedelta = DEFAULT_LAG,
        since: datetime | None = None,
        shape: Shape = DEFAULT_SHAPE,
    ) -> None:
        self.id = instance_id
        self.name = name
        self.retention = retention
        self.lag = lag
        self.since = clock.now() - _HISTORY if since is None else since
        self.shape = shape
        self.status = "ACTIVE"
        self.least_gb = _SMALLEST_DISK
        self.copies = CopyScript()
        self.copied_from: RdsInstance | None = None
        self.restored_to: datetime | None = None
        self.password: str | None = None
        self.deleting = False
        self.is_stopped = False
        self.backups = [Backup(self.since, self.since)]
        self._created = self.since
        self._listed = clock.now()
        self._stuck = False
        self._clock = clock
        self._gaps: list[Window] = []
        self._rows = Rows()

    def put(self, table: str, key: str, row: Mapping[str, Any]) -> None:
        """Write a row now."""
        with self._clock.turn() as now:
            self._rows.change(now, table, key, row)

    def remove(self, table: str, key: str) -> None:
        """Delete a row now."""
        with self._clock.turn() as now:
            self._rows.change(now, table, key, None)

    @property
    def tables(self) -> Tables:
        """All rows as they are now, by table and key."""
        with self._clock.turn() as now:
            return self._rows.as_of(now)

    def tables_at(self, moment: datetime) -> Tables:
        """All rows as they were at a moment."""
        with self._clock.turn():
            return self._rows.as_of(moment)

    def add_gap(self, start: datetime, end: datetime) -> None:
        """Make the time between start and end not restorable."""
        with self._clock.turn():
            self._gaps.append(Window(start, end))

    @property
    def windows(self) -> list[Window]:
        """The windows that can be restored now, oldest first."""
        with self._clock.turn() as now:
            return self.restorable(now)

    def restorable(self, now: datetime) -> list[Window]:
        """Return the windows without the gaps, oldest first."""
        whole = Window(max(self.since, now - self.retention), now - self.lag)
        windows = [whole] if whole.start < whole.end else []
        for gap in self._gaps:
            windows = [part for window in windows for part in window.without(gap)]
        return windows

    @property
    def is_busy(self) -> bool:
        """Whether something runs; nothing does in a building that is stuck."""
        idle = self.status in ("ACTIVE", "FAILED") or self._stuck
        return self.deleting or not idle

    def is_listed(self, now: datetime) -> bool:
        """Whether the list of instances shows this one yet."""
        return now >= self._listed

    def copy(  # noqa: PLR0913  what a restore to new says
        self,
        name: str,
        moment: datetime,
        now: datetime,
        *,
        shape: Shape,
        retention: timedelta,
        password: str | None,
    ) -> tuple[RdsInstance, Task]:
        """Start to restore to a new instance, as of a moment."""
        script = self.copies
        made = RdsInstance(
            f"{uuid.uuid4().hex}{self.id[-4:]}",
            name,
            self._clock,
            retention=retention,
            since=_NEVER,
            shape=shape,
        )
        made.copied_from, made.restored_to, made.password = self, moment, password
        made.status, made.backups = "BUILD", []
        made._created = now
        made._listed = now + script.unlisted_for
        made._stuck = script.builds is None
        task = Task(
            "SandboxRestoreToNewInstance",
            made.id,
            name,
            now,
            script.builds,
            job_visible=now + script.job_hidden_for,
            listed=now + script.task_hidden_for,
        )
        if script.builds is not None:
            ending = partial(made._built, task, script, self._rows.as_of(moment))
            self._clock.call_at(now + script.builds, ending)
        return made, task

    def _built(self, task: Task, script: CopyScript, tables: Tables, at: datetime) -> None:
        task.end(at, script.fail_reason)
        if script.fail_reason:
            self.status = "FAILED"
            return
        self._rows.fill(at, tables)
        self.status = "ACTIVE"
        self._clock.call_at(at + script.flickers, partial(self._back_up, script))

    def _back_up(self, script: CopyScript, at: datetime) -> None:
        if self.deleting:
            return
        self.status = "BACKING UP"
        manual = [backup for backup in self.backups if backup.type == "manual"]
        self.backups = [*manual, Backup(at, None)]
        self._clock.call_at(at + script.backs_up, partial(self._backed_up, at))

    def _backed_up(self, began: datetime, at: datetime) -> None:
        self.status = "ACTIVE"
        manual = [backup for backup in self.backups if backup.type == "manual"]
        self.backups = [*manual, Backup(began, at)]
        self.since = at

    def row(self) -> dict[str, Any]:
        """Return the instance as the list of instances shows it."""
        building = self.status == "BUILD"
        address = zlib.crc32(self.id.encode())
        zones = zip(("master", "slave"), self.shape.zones, strict=False)
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "created": "" if building else print_time(self._created),
            "private_ips": [] if building else [f"192.168.{address >> 8 & 255}.{address & 255}"],
            "public_ips": [],
            "backup_strategy": {
                "start_time": self.shape.backup_hour,
                "keep_days": self.retention.days,
            },
            "nodes": []
            if building
            else [
                {
                    "id": f"{self.id[:-4]}{role}no01",
                    "role": role,
                    "status": self.status,
                    "availability_zone": zone,
                }
                for role, zone in zones
            ],
            **self.shape.row(),
        }


@dataclass(frozen=True, slots=True)
class Recycled:
    """What the recycle bin has of a deleted instance, for so long."""

    instance: RdsInstance
    deleted: datetime
    until: datetime
    backup_id: str = field(default_factory=lambda: f"{uuid.uuid4().hex}br01")

    def row(self) -> dict[str, Any]:
        """Return the instance as the recycle bin shows it."""
        return {
            "id": self.instance.id,
            "name": self.instance.name,
            "engine_name": self.instance.shape.engine.lower(),
            "deleted_at": print_time(self.deleted),
            "retained_until": print_time(self.until),
            "recycle_backup_id": self.backup_id,
            "recycle_status": "COMPLETED",
        }
