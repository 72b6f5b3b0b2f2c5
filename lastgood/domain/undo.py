"""The undo point: a backup of what a restore in place is about to overwrite.

It is the only way back, and the only place where the writes after the target live on. A backup of
Redis restores to a new instance only. Source: docs/facts/rds.md C.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Stage = Literal["ordered", "made", "ready", "failed", "deleting", "gone"]
"""How far it is known to be: `ordered` once its request may have been sent, `made` once the service
told its id, `ready` once the backup is complete."""


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A backup as the service lists it; `mark` is its description."""

    id: str
    name: str
    instance: str | None
    status: str
    mark: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    size_gb: float | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it can be restored."""
        return self.status == "COMPLETED"

    @property
    def has_failed(self) -> bool:
        """Whether it never will be."""
        return self.status == "FAILED"


class UndoPoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the ledger knows of the backup that was made before a restore.

    `cloud` and `project_id` are where it was ordered, `why` is what went wrong, if anything did.
    """

    name: str
    cloud: str
    project_id: str
    instance: str
    ordered_at: datetime
    stage: Stage = "ordered"
    id: str | None = None
    ready_at: datetime | None = None
    why: str | None = None
