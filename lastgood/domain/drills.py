"""Drills: real restores that are made to measure whether, and how quickly, they can be.

A drill answers no alarm. It goes back to a moment drawn from all that can be restored, so that old
backups are proven as well, and ends as one of three: proved, disproved, or not tried.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta
from typing import Literal

import msgspec

from lastgood.domain import canonical, times
from lastgood.domain.alarm import Incident, incident_id
from lastgood.domain.lifecycle import NOT_READY, Recovery
from lastgood.domain.policy import Instance
from lastgood.domain.ranges import RestorableRange
from lastgood.domain.restore import UNVALIDATED

Result = Literal["proved", "disproved", "not-tried"]

SOURCE = "lastgood drill"

LONGEST = timedelta(days=2)
"""After that a drill is not under way any more: its execution has ended (RecoveryTimeout)."""

RETRIED = timedelta(days=1)
"""So long after a drill that was not tried the next one is due, if not earlier."""


class Drill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order to drill an instance; by a schedule it waits for its turn in silence."""

    drill: str
    instance: str
    due: datetime
    scheduled: bool = False

    @property
    def id(self) -> str:
        """What names it everywhere."""
        return self.drill


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """An order to end a drill that died, and to delete what it left; one for each `hour`."""

    closes: str
    hour: str

    @property
    def id(self) -> str:
        """What names it everywhere; short, because it becomes the name of an execution."""
        return f"close-{self.hour}-{canonical.digest(self.closes)[:16]}"


def is_closing(execution: str) -> bool:
    """Whether an execution of this name closes a drill."""
    return execution.startswith("close-")


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The moment that a drill goes back to, as an incident; or why it is not tried.

    `rpo_seconds` is how far the newest restorable moment lay behind, `hook` the hook that is asked.
    """

    incident: Incident | None = None
    reason: str = ""
    rpo_seconds: int | None = None
    hook: str | None = None


class Leftovers(msgspec.Struct, frozen=True, kw_only=True):
    """What the deletion of a copy left: full backups, of which None means that it is not known.

    Those in the recycle bin are free and go by themselves, the last one `recycled_until`; those
    that somebody made by hand stay, and cost.
    """

    recycled: int | None = None
    recycled_until: datetime | None = None
    manual_backups: int | None = None

    @property
    def sentence(self) -> str:
        """Both counts, for people."""
        until = self.recycled_until and times.print_rfc3339(times.floor_second(self.recycled_until))
        recycled = _count(self.recycled) + " in the recycle bin" + (f" until {until}" * bool(until))
        manual = _count(self.manual_backups) + " made by hand"
        stays = ", until somebody deletes them" if self.manual_backups else ""
        return f"full backups: {recycled}, {manual}{stays}"


def _count(number: int | None) -> str:
    return "not known how many" if number is None else str(number or "none")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How a drill went; no `result` while it is under way.

    `rto_seconds` is from the request until the restored instance was fit and validated. `copy` is
    what it made, `left_behind` why that may still be there, and `leftovers` what stayed of one that
    was seen to be gone.
    """

    drill: str
    instance: str
    at: datetime
    result: Result | None = None
    reason: str = ""
    ended_at: datetime | None = None
    moment: datetime | None = None
    rto_seconds: int | None = None
    rpo_seconds: int | None = None
    verdict: str | None = None
    copy: str | None = None
    left_behind: str | None = None
    leftovers: Leftovers | None = None


def order(instance: Instance, due: datetime, *, scheduled: bool = False) -> Drill:
    """The order to drill an instance; of one moment there is one."""
    name = incident_id(SOURCE, due, instance.id)
    return Drill(drill=name, instance=instance.id, due=due, scheduled=scheduled)


def scheduled(instance: Instance, now: datetime) -> Drill:
    """The order of a schedule: the same for an hour, and another one in the next."""
    return order(instance, now.replace(minute=0, second=0, microsecond=0), scheduled=True)


def due(instance: Instance, last: Report | None) -> datetime | None:
    """When the schedule of an instance wants the next drill; None for at once, or never."""
    if instance.drill_every is None or last is None:
        return None
    often: timedelta = instance.drill_every
    return last.at + (min(often, RETRIED) if last.result == "not-tried" else often)


def is_due(instance: Instance, last: Report | None, now: datetime) -> bool:
    """Whether the schedule of an instance wants a drill to begin."""
    if instance.drill_way is None or instance.drill_every is None or forbidden(instance, now):
        return False
    waits = last is not None and is_under_way(last, now)
    return not waits and now >= (due(instance, last) or now)


def is_under_way(last: Report, now: datetime) -> bool:
    """Whether a drill has begun and not ended, unless it must have died."""
    return last.result is None and now - last.at < LONGEST


def forbidden(instance: Instance, now: datetime) -> str | None:
    """The hours that keep a drill from beginning now; None where it may."""
    clock = now.time()
    for hours in instance.no_drills:
        first, last = (_clock(text) for text in hours.split("-"))
        within = first <= clock < last if first < last else clock >= first or clock < last
        if within:
            return hours
    return None


def _clock(text: str) -> time:
    return time.max if text.startswith("24") else time.fromisoformat(text)


def draw(
    offered: RestorableRange,
    seed: str,
    after: datetime | None = None,
    before: datetime | None = None,
) -> datetime | None:
    """A moment of a range, each as likely as any other; None if it has none.

    Not before `after`, and strictly before `before`. The same for the same seed.
    """
    first = times.ceil_second(after) if after else None
    last = times.ceil_second(before) - times.SECOND if before else None
    stretches = [
        (start, (end - start) // times.SECOND + 1)
        for one in offered.restorable
        if (start := max(one.start, first or one.start)) <= (end := min(one.end, last or one.end))
    ]
    total = sum(seconds for _, seconds in stretches)
    number = int(hashlib.sha256(seed.encode()).hexdigest(), 16) % total if total else 0
    for start, seconds in stretches:
        if number < seconds:
            return start + number * times.SECOND
        number -= seconds
    return None


def incident_of(drill: Drill, instance: Instance, moment: datetime, now: datetime) -> Incident:
    """The drill as what a recovery answers: so that this very moment is its target.

    Raises:
        ValueError: the instance is not drilled: what would be answered then is a person.
    """
    if instance.drill_way is None:
        raise ValueError(f"{instance.name} is not drilled")
    return Incident(
        id=drill.id,
        instance=drill.instance,
        alarm="drill",
        source=SOURCE,
        changed_at=now,
        onset=moment + instance.margin + times.SECOND,
        onset_basis="given",
        onset_detail="a drill, at a moment drawn from all that can be restored",
        strength="given",
        drill=instance.drill_way,
    )


def judge(recovery: Recovery, hook: str | None) -> tuple[Result, str]:
    """What a restore has shown, and why; what did not do all of it is no proof.

    Nor is what could not be seen a disproof. `hook` is the one that was to be asked, if any.
    """
    reason = recovery.reason or "no reason was recorded"
    taken = recovery.job is not None or (recovery.copy is not None and recovery.copy.id is not None)
    match recovery.state:
        case "settled" if reason.startswith(UNVALIDATED):
            return "not-tried", f"it was restored, but {reason}"
        case "settled" if hook and recovery.verdict != "pass":
            return "not-tried", "it was restored, but its hook was not asked"
        case "settled":
            return "proved", ""
        case "failed" if taken:
            return "disproved", reason
        case "handed-over" if recovery.code == NOT_READY:
            return "disproved", reason
        case _:
            return "not-tried", reason


def measured(report: Report, recovery: Recovery) -> Report:
    """The report of a drill with what its restore has come to."""
    took = rto(recovery)
    return msgspec.structs.replace(
        report,
        moment=recovery.plan.target if recovery.plan else None,
        rto_seconds=None if took is None else times.whole_seconds(took),
        verdict=recovery.verdict,
        copy=recovery.copy.name if recovery.copy else None,
    )


def rto(recovery: Recovery) -> timedelta | None:
    """How long the restore took until it could be used; None where that never came."""
    if recovery.sent_at is None or recovery.state != "settled":
        return None
    return recovery.changed_at - recovery.sent_at
