"""Everything that a decision looks at, and what follows from it at once: deadlines and targets."""

from __future__ import annotations

from datetime import datetime

import msgspec

from lastgood.domain import ranges
from lastgood.domain.alarm import Incident
from lastgood.domain.policy import Instance
from lastgood.domain.reading import History, PastRecovery, Readings, Suspect


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """An incident, its instance and what the ledger knows; None where there is no ledger to ask."""

    incident: Incident
    instance: Instance
    history: History | None
    now: datetime
    target: datetime | None

    @property
    def last(self) -> PastRecovery | None:
        """The last recovery of the instance that sent its request."""
        return self.history.last if self.history else None


class Case(Claim, frozen=True, kw_only=True):
    """The same with what the cloud said.

    `target` is the latest moment that every range in play offers before the incident's own
    deadline. `suspect` is the other incident by which the data was bad the earliest, if that is
    before this one's onset; `cautious_target` the latest moment before that (None where a companion
    offers none, it loses more than the policy allows, or lies before the end of the last recovery).
    `outlived` are incidents that would say so too, but lie further back than can be undone.
    """

    readings: Readings
    suspect: Suspect | None = None
    cautious_target: datetime | None = None
    outlived: tuple[Suspect, ...] = ()

    @classmethod
    def of(
        cls,
        incident: Incident,
        readings: Readings,
        instance: Instance,
        history: History | None,
        now: datetime,
    ) -> Case:
        """Bring together what was read, and find the targets."""
        own, offered = readings.own.range, [reading.range for reading in readings.all]

        def latest_before(onset: datetime) -> datetime | None:
            return ranges.latest_common(offered, deadline(onset, instance, now))

        def can_be_undone(suspect: Suspect) -> bool:
            # By the instance's own range: a gap in that of a companion is for a person to judge.
            within = now - suspect.onset <= instance.max_rollback
            before = deadline(suspect.onset, instance, now)
            return within and ranges.latest_common([own], before) is not None

        earlier = [s for s in unsettled(incident, instance, history) if s.onset < incident.onset]
        standing = [suspect for suspect in earlier if can_be_undone(suspect)]
        suspect = min(standing, key=lambda one: one.onset, default=None)
        cautious = latest_before(suspect.onset) if suspect else None
        last = history.undone if history else None
        if cautious is not None and (
            now - cautious > instance.max_rollback or (last and cautious < last.ended_at)
        ):
            cautious = None
        return cls(
            incident=incident,
            readings=readings,
            instance=instance,
            history=history,
            now=now,
            target=latest_before(incident.onset),
            suspect=suspect,
            cautious_target=cautious,
            outlived=tuple(one for one in earlier if one not in standing),
        )

    @property
    def bad_since(self) -> datetime | None:
        """Since when the data may have been bad, where that is before this incident's onset."""
        return self.suspect.onset if self.suspect else None

    @property
    def deadline(self) -> datetime:
        """The incident's own target lies strictly before this."""
        return deadline(self.incident.onset, self.instance, self.now)


def deadline(onset: datetime, instance: Instance, now: datetime) -> datetime:
    """The moment that a target lies strictly before; never in the future, whatever is offered."""
    return min(onset - instance.margin, now)


def unsettled(
    incident: Incident, instance: Instance, history: History | None
) -> tuple[Suspect, ...]:
    """The other incidents of the instance whose onset still counts.

    Not one whose alarm went back to OK, where the policy lets that cancel it; nor one that saw only
    what the last recovery undid.
    """
    if history is None:
        return ()
    last = history.last
    cancelled = history.cleared if instance.on_clear == "cancel" else ()
    return tuple(
        suspect
        for suspect in history.suspects
        if suspect.incident != incident.id
        and suspect.incident not in cancelled
        and not (last and last.restored and last.target < suspect.onset < last.ended_at)
    )
