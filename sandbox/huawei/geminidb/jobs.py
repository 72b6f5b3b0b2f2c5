"""The jobs of GeminiDB, which show the progress of a restore."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sandbox.huawei.wire.answers import print_time

__all__ = ["Job", "RestoreScript"]


@dataclass(frozen=True, slots=True)
class RestoreScript:
    """How the next restores behave, in sandbox time.

    A restore with a `fail_reason` fails and changes no data. The job is not listed for `hidden_for`
    after the PUT was accepted; the instance stays busy for `settles_in` after the job ended.
    """

    lasts: timedelta = timedelta(minutes=5)
    fail_reason: str = ""
    hidden_for: timedelta = timedelta(0)
    settles_in: timedelta = timedelta(0)


@dataclass(slots=True)
class Job:
    """A restore job."""

    instance_id: str
    instance_name: str
    started: datetime
    script: RestoreScript
    # How the service names this job is unknown, so clients must not rely on it.
    name: str = "SandboxRestore"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Literal["Running", "Completed", "Failed"] = "Running"
    ended: datetime | None = None

    def end(self, at: datetime) -> None:
        """Complete or fail, as scripted."""
        self.status = "Failed" if self.script.fail_reason else "Completed"
        self.ended = at

    def is_listed(self, now: datetime) -> bool:
        """Whether the list of jobs shows this one yet."""
        return now >= self.started + self.script.hidden_for

    def row(self, now: datetime) -> dict[str, Any]:
        """Return the job as the list of jobs shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "start_time": print_time(self.started),
            "end_time": "" if self.ended is None else print_time(self.ended),
            "progress": self._progress(now),
            "instance": {"id": self.instance_id, "name": self.instance_name},
            "fail_reason": self.script.fail_reason if self.status == "Failed" else "",
        }

    def _progress(self, now: datetime) -> str:
        """Return the percentage while running; empty below 1% and after the end."""
        if self.status != "Running" or not self.script.lasts:
            return ""
        percent = min(99, int(100 * (now - self.started) / self.script.lasts))
        return f"{percent}%" if percent > 0 else ""
