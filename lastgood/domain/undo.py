"""The undo point: a backup of what a restore in place is about to overwrite.

It is the only way back, and the only place where the writes after the target live on. A backup of
Redis restores to a new instance only. Source: docs/facts/rds.md C.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from lastgood.domain import canonical, times

Wanted = Literal["require", "try"]
"""Whether nothing is restored without it, or after a while all the same."""

Stage = Literal["ordered", "made", "ready", "refused", "failed", "deleting", "gone"]
"""How far it is known to be: `ordered` once its request may have been sent, `made` once the service
told its id, `ready` once it can be restored; `refused` where nothing was made."""


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
    """What the ledger knows of the backup that was made for a plan, before its request.

    `plan` is the hash of that plan, `cloud` and `project_id` are where it was ordered. It holds the
    data as of `holds`; `until` is how long it is waited for, `done_at` when that wait ended, `why`
    what went wrong, if anything did. `keep` is set where a person said that only a person lets it
    go.
    """

    name: str
    incident: str
    plan: str
    cloud: str
    project_id: str
    instance: str
    number: int
    ordered_at: datetime
    until: datetime
    stage: Stage = "ordered"
    id: str | None = None
    holds: datetime | None = None
    size_gb: float | None = None
    done_at: datetime | None = None
    why: str | None = None
    keep: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether what was overwritten can be had back from it."""
        return self.stage == "ready"

    def serves(self, plan: str) -> bool:
        """Whether it is ready, and was made for the plan of this hash."""
        return self.is_ready and self.plan == plan

    @property
    def is_over(self) -> bool:
        """Whether nothing that is seen of it by its recovery changes it any more."""
        return self.stage in {"ready", "failed", "deleting", "gone"}

    @property
    def may_exist(self) -> bool:
        """Whether there may be a backup, which costs money."""
        return self.stage not in {"refused", "gone"} and (self.stage != "failed" or bool(self.id))


def seen(point: UndoPoint, found: Backup | None, now: datetime) -> UndoPoint:
    """An undo point as the list of backups shows it; over once it is ready, failed, or late."""
    if found is not None:
        point = msgspec.structs.replace(
            point, stage="made", id=found.id, holds=found.began, size_gb=found.size_gb, why=None
        )
        if found.is_complete:
            return msgspec.structs.replace(point, stage="ready", done_at=now)
        if found.has_failed:
            return msgspec.structs.replace(point, stage="failed", done_at=now, why="it failed")
    if now < point.until:
        return point
    why = point.why or ("it is not listed" if found is None else f"it was still {found.status}")
    return msgspec.structs.replace(point, done_at=now, why=why)


class Expiry(msgspec.Struct, frozen=True, kw_only=True):
    """An order to let a backup go whose time is over; one for each `hour`."""

    expires: str
    hour: str

    @property
    def id(self) -> str:
        """What names it everywhere; short, because it becomes the name of an execution."""
        return f"expire-{self.hour}-{canonical.digest(self.expires)[:16]}"


def expires(execution: str) -> bool:
    """Whether an execution of this name lets a backup go."""
    return execution.startswith("expire-")


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What of an undo point is told: the backup, as of when it has the data, or why there is none.

    `unkept_seconds` of writes came between that and the request: they are in neither.
    """

    backup: str
    id: str | None
    stage: Stage
    holds: datetime | None = None
    unkept_seconds: int | None = None
    why: str | None = None

    @property
    def sentence(self) -> str:
        """The same in words."""
        if self.stage in {"ready", "made"}:
            sure = "kept" if self.stage == "ready" else "perhaps kept"
            held = times.print_rfc3339(self.holds) if self.holds else "a moment that is not told"
            said = f"{sure} in the backup {self.backup} ({self.id}), as of {held}"
            return f"{said}: {self.why}" if self.why else said
        return f"not kept: {self.why or f'the backup {self.backup} is {self.stage}'}"


def kept(point: UndoPoint, sent_at: datetime | None) -> Kept:
    """What is told of an undo point of which the restore was asked for at this time, if it was."""
    unkept = None
    if point.holds and sent_at:
        unkept = max(times.whole_seconds(sent_at - point.holds), 0)
    return Kept(
        backup=point.name,
        id=point.id,
        stage=point.stage,
        holds=point.holds,
        unkept_seconds=unkept,
        why=point.why,
    )


MONTH = timedelta(days=30)


def cost(point: UndoPoint, price_per_gb: float | None, now: datetime) -> float | None:
    """What a backup has cost until now, by the price of a GB in a month; None if not known."""
    if price_per_gb is None or point.size_gb is None:
        return None
    return round(price_per_gb * point.size_gb * ((now - point.ordered_at) / MONTH), 2)


def name_of(incident: str, number: int, ledger: str) -> str:
    """The name of a backup: at most 64 characters, and what finds it again after a lost answer."""
    again = "" if number == 1 else f"-{number}"
    return f"lastgood-{incident}-{ledger[:8]}{again}"


def mark_of(incident: str, ledger: str) -> str:
    """What its description says of whose it is, in characters that the service takes."""
    return f"lastgood owner:{incident} ledger:{ledger}"


def is_marked(found: Backup, point: UndoPoint, ledger: str) -> bool:
    """Whether a backup has the id, the name, the mark and the instance of an undo point."""
    told = (found.id, found.name, found.mark, found.instance)
    return told == (point.id, point.name, mark_of(point.incident, ledger), point.instance)
