"""Manual backups of Redis instances, and how what is made of them behaves."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.huawei.geminidb.redis_data import Copy
from sandbox.huawei.geminidb.shape import Shape
from sandbox.huawei.wire.answers import print_time

__all__ = ["Backup", "BackupScript", "CopyScript", "DeletionScript"]


@dataclass(frozen=True, slots=True)
class BackupScript:
    """How the next backups of an instance behave, in sandbox time.

    A backup is BUILDING for `lasts`, and the instance is busy; then it is COMPLETED, or FAILED with
    a `fail_reason`. It is listed `unlisted_for` after the POST. None lasts for ever.
    """

    lasts: timedelta | None = timedelta(minutes=2)
    fail_reason: str = ""
    unlisted_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class CopyScript:
    """How the next restores of a backup to a new instance behave.

    The new instance is `creating` for `builds` (None: for ever), then `normal`, or with a
    `fail_reason` `createfail` and empty. It is listed `unlisted_for` after the POST.
    """

    builds: timedelta | None = timedelta(minutes=10)
    fail_reason: str = ""
    unlisted_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class DeletionScript:
    """How the next deletions of an instance or a backup behave: it is gone after `lasts`.

    With a `fail_reason` it stays.
    """

    lasts: timedelta = timedelta(minutes=1)
    fail_reason: str = ""


@dataclass(slots=True)
class Backup:
    """All keys of an instance, as they were when its backup began; it outlives the instance."""

    instance_id: str
    instance_name: str
    mode: str
    shape: Shape
    name: str
    description: str
    began: datetime
    listed: datetime
    copy: Copy = field(repr=False)
    id: str = field(default_factory=lambda: f"{uuid.uuid4().hex}br12")
    status: Literal["BUILDING", "COMPLETED", "FAILED"] = "BUILDING"
    ended: datetime | None = None
    restoring: int = 0
    deleting: bool = False

    def end(self, at: datetime, fail_reason: str) -> None:
        """Complete, or fail with a reason."""
        self.status = "FAILED" if fail_reason else "COMPLETED"
        self.ended = at

    def row(self) -> dict[str, Any]:
        """Return the backup as the list of backups shows it."""
        complete = self.status == "COMPLETED"
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "instance_id": self.instance_id,
            "instance_name": self.instance_name,
            "datastore": {"type": "redis", "version": self.shape.version},
            "type": "Manual",
            "size": len(self.copy.pickled) / 1024 if complete else 0,
            "status": self.status,
            "begin_time": print_time(self.began),
            "end_time": "" if self.ended is None else print_time(self.ended),
            "database_tables": [],
        }
