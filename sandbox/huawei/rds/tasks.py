"""The tasks of RDS, and how the next ones behave."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.huawei.wire.answers import print_time

__all__ = ["CopyScript", "DeletionScript", "Task"]


@dataclass(frozen=True, slots=True)
class CopyScript:
    """How the next restores to a new instance behave, in sandbox time.

    The new instance is BUILD for `builds` (None: for ever), then ACTIVE for `flickers`, then
    BACKING UP for `backs_up`, then ACTIVE. With a `fail_reason` it is FAILED after `builds`, and
    has no rows. It is listed `unlisted_for` after the POST, its task `task_hidden_for`, and its
    job is visible after `job_hidden_for`.
    """

    builds: timedelta | None = timedelta(minutes=10)
    flickers: timedelta = timedelta(seconds=20)
    backs_up: timedelta = timedelta(minutes=3)
    fail_reason: str = ""
    job_hidden_for: timedelta = timedelta(seconds=5)
    task_hidden_for: timedelta = timedelta(seconds=5)
    unlisted_for: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class DeletionScript:
    """How the next deletions behave: the instance is gone after `lasts`.

    The job is completed then, or runs for ever. With a `fail_reason` the instance stays.
    """

    lasts: timedelta = timedelta(minutes=1)
    job_completes: bool = True
    fail_reason: str = ""


@dataclass(slots=True)
class Task:
    """A task, which is a job under its id."""

    # How the service names the task of a restore to new is unknown, so clients must not rely on it.
    name: str
    instance_id: str
    instance_name: str
    started: datetime
    lasts: timedelta | None
    job_visible: datetime
    listed: datetime
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Literal["Running", "Completed", "Failed"] = "Running"
    ended: datetime | None = None
    fail_reason: str = ""

    def end(self, at: datetime, fail_reason: str = "") -> None:
        """Complete, or fail with a reason."""
        self.status = "Failed" if fail_reason else "Completed"
        self.fail_reason = fail_reason
        self.ended = at

    def job_row(self, now: datetime) -> dict[str, Any]:
        """Return the task as one job."""
        percent = self._percent(now)
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "created": print_time(self.started),
            "ended": "" if self.ended is None else print_time(self.ended),
            "process": f"{percent}%" if percent else "",
            "instance": {"id": self.instance_id, "name": self.instance_name},
            "entities": {"resource_ids": [self.instance_id]},
            "fail_reason": self.fail_reason,
        }

    def row(self, now: datetime, instance_status: str) -> dict[str, Any]:
        """Return the task as the list of tasks shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "instance_id": self.instance_id,
            "instance_name": self.instance_name,
            "instance_status": instance_status,
            "order_id": "",
            "process": self._percent(now),
            "fail_reason": self.fail_reason,
            "create_time": print_time(self.started),
            "end_time": "" if self.lasts is None else print_time(self.started + self.lasts),
            "status": self.status,
        }

    def _percent(self, now: datetime) -> str:
        """Return the percentage while running, at most 99; empty after the end."""
        if self.status != "Running":
            return ""
        if not self.lasts:
            return "0"
        return str(min(99, int(100 * (now - self.started) / self.lasts)))
