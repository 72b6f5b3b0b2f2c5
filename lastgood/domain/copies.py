"""Copies: what a restore to a new instance asks for, what it made, and what may be deleted.

A copy has an owner, which is the incident or the drill that it was made for. What a recovery made
is somebody's rescued data: only a person deletes it. Source: docs/facts/rds.md A1, A6, A7.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from lastgood.domain.lifecycle import Recovery, State
from lastgood.domain.policy import Instance

ACTIVE = "ACTIVE"
FAILED = frozenset({"FAILED", "CREATE FAIL", "createfail"})
"""The last one is that of a Redis instance."""

OWNER_TAG = "lastgood-owner"
LEDGER_TAG = "lastgood-ledger"

Purpose = Literal["recovery", "drill", "undo"]
"""What a copy is for; one that undoes is what a restore has overwritten, from its backup."""
Stage = Literal["ordered", "made", "ready", "refused", "deleting", "gone"]
"""How far a copy is known to be: `ordered` once its request may have been sent."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about an instance that a copy of it needs; with two zones it has a standby.

    `mode` and `nodes` are those of a GeminiDB instance.
    """

    engine: str
    flavor: str
    volume_type: str
    volume_gb: int
    zones: tuple[str, ...]
    replication: str = ""
    vpc_id: str
    subnet_id: str
    security_group_id: str
    port: int | None = None
    time_zone: str = ""
    disk_encryption_id: str = ""
    enterprise_project_id: str = ""
    backup_hour: str = ""
    keep_days: int = 0
    mode: str = ""
    product_type: str = ""
    version: str = ""
    nodes: int = 0


class Database(msgspec.Struct, frozen=True, kw_only=True):
    """An RDS instance as the service lists it; no shape while it is being built."""

    id: str
    name: str
    status: str
    tags: dict[str, str] = {}
    addresses: tuple[str, ...] = ()
    port: int | None = None
    shape: Shape | None = None
    created: datetime | None = None


class Orphan(msgspec.Struct, frozen=True, kw_only=True):
    """An instance with the mark of this ledger, which has no record of a copy that is there.

    Nothing deletes it, keeps it or drills it: without the record nobody knows what it is for.
    """

    id: str
    name: str
    created: datetime | None = None


class Orphans(msgspec.Struct, frozen=True):
    """The orphans of a cloud; None where they could not be looked for."""

    found: tuple[Orphan, ...] | None = None


class Reachable(msgspec.Struct, frozen=True, kw_only=True):
    """Where a copy is reached, and the secret that keeps the password of its administrator."""

    id: str
    name: str
    addresses: tuple[str, ...]
    port: int | None
    secret: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A copy to be made: of which instance, as of when (milliseconds, as text), and what it is.

    One of Redis is made from a `backup`, and as of no other moment.
    """

    name: str
    source: str
    restore_time: str
    shape: Shape
    tags: dict[str, str]
    backup: str | None = None


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger knows of a copy.

    `cloud` and `project_id` are where it was ordered, `id` is set once the service told it, `keep`
    where a person said that nothing may delete it, `told_at` when people were last told of it.
    """

    name: str
    cloud: str
    project_id: str
    source: str
    owner: str
    purpose: Purpose
    target: datetime
    ordered_at: datetime
    stage: Stage = "ordered"
    id: str | None = None
    keep: bool = False
    told_at: datetime | None = None

    @property
    def may_exist(self) -> bool:
        """Whether there may be an instance, which costs money."""
        return self.stage not in {"refused", "gone"}

    @property
    def can_be_kept(self) -> bool:
        """Whether nothing was asked for yet that keeping it could no longer stop."""
        return self.stage not in {"refused", "deleting", "gone"}

    @property
    def needs_a_person(self) -> bool:
        """Whether only a person may delete it: but for a drill's it is somebody's rescued data."""
        return self.keep or self.purpose != "drill"

    @property
    def secret(self) -> str:
        """Where the password of its administrator is kept."""
        return secret_of(self.name)


def following(copy: Copy, recovery: Recovery) -> Copy:
    """A copy as a move of its recovery leaves it."""
    known = recovery.copy.id if recovery.copy else None
    is_past = copy.stage in {"deleting", "gone"}  # a person may delete it before its recovery ends
    stage = copy.stage if is_past else _STAGES.get(recovery.state, copy.stage)
    target = recovery.plan.target if recovery.plan else copy.target
    return msgspec.structs.replace(copy, stage=stage, id=known or copy.id, target=target)


def ordered_again(copy: Copy, order: Copy) -> Copy:
    """A copy by when and where it is ordered now; the order before was not carried out."""
    return msgspec.structs.replace(
        copy, cloud=order.cloud, project_id=order.project_id, ordered_at=order.ordered_at
    )


_STAGES: dict[State, Stage] = {
    "firing": "ordered",
    "refused": "refused",
    "proposed": "refused",
    "accepted": "made",
    "settled": "ready",
}
"""Where a recovery that may have made a copy is in another state, it says nothing of the copy."""


TIME_TO_LIVE = timedelta(hours=12)
"""Of what a drill made, where the policy no longer says how its source is copied."""
REMIND_AFTER = timedelta(hours=24)
"""The same, between two reminders of a copy."""

UNLISTED = timedelta(minutes=30)
"""So long a new instance may be missing from the list of instances; how long is not documented."""
UNHEARD_OF = timedelta(hours=7)
"""The same where no answer came: nothing is assumed to hold a request back for longer than that."""


def is_gone(copy: Copy, found: Database | None, project: str, now: datetime) -> bool:
    """Whether a copy does not exist any more, by what the list of a project has of it.

    One that is being deleted was in the list before. A new one that was not may still come. The
    list of another project than that in which it was made says nothing.
    """
    until = copy.ordered_at + (UNLISTED if copy.id else UNHEARD_OF)
    seen = copy.stage == "deleting" or now > until
    return found is None and project == copy.project_id and seen


def due_to_go(copy: Copy, source: Instance | None) -> datetime:
    """When the time of a copy is over that a drill made; `source` is what the policy has of it."""
    rules = source.copy if source else None
    return copy.ordered_at + (rules.time_to_live if rules else TIME_TO_LIVE)


def is_overdue(copy: Copy, source: Instance | None, now: datetime) -> bool:
    """Whether a copy that a drill made has been there for longer than the policy lets it."""
    return not copy.needs_a_person and now >= due_to_go(copy, source)


def remind_after(source: Instance | None) -> timedelta:
    """How often people are told of a copy; `source` is what the policy has of its source."""
    rules = source.copy if source else None
    return rules.remind_after if rules else REMIND_AFTER


def is_left_over(copy: Copy, source: Instance | None, now: datetime) -> bool:
    """Whether a copy may be there that should be gone by now, unless a person said to keep it.

    What a recovery made is counted from its order on and not from the last reminder, so that it
    stays left over once people were told.
    """
    if copy.keep or not copy.may_exist:
        return False
    if copy.needs_a_person:
        return now - copy.ordered_at >= remind_after(source)
    return is_overdue(copy, source, now)


def is_marked(found: Database, copy: Copy, ledger: str) -> bool:
    """Whether an instance has the name and both tags of a copy that this ledger ordered."""
    marks = tags_of(copy.owner, ledger).items()
    return found.name == copy.name and marks <= found.tags.items()


def is_of(found: Database, ledger: str) -> bool:
    """Whether an instance has the mark of a ledger: its tag; its name where no tag is told."""
    if found.tags:
        return found.tags.get(LEDGER_TAG) == ledger
    return found.name.startswith("lastgood-") and found.name.endswith(f"-{ledger[:8]}")


def cost(copy: Copy, price_per_hour: float | None, now: datetime) -> float | None:
    """What a copy has cost until now, from its order on; None where the price is not known."""
    return cost_of(now - copy.ordered_at, price_per_hour)


def cost_of(length: timedelta, price_per_hour: float | None) -> float | None:
    """What so long costs; None where the price is not known."""
    if price_per_hour is None:
        return None
    return round(price_per_hour * (length / timedelta(hours=1)), 2)


def name_of(owner: str, ledger: str) -> str:
    """The name of a copy: what finds it again where its answer was lost.

    At most 64 characters. The ledger is in it, so that of two stacks that share a project neither
    takes the other's copy for its own.
    """
    return f"lastgood-{owner}-{ledger[:8]}"


def secret_of(name: str) -> str:
    """The name of the secret with the password of a copy's administrator."""
    return f"lastgood/copies/{name}"


def tags_of(owner: str, ledger: str) -> dict[str, str]:
    """The tags by which a copy says whose it is."""
    return {OWNER_TAG: owner, LEDGER_TAG: ledger}
