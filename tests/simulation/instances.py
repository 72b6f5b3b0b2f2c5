"""What is true of one instance over all of its history, whatever lastgood makes of it.

An intent is judged by this, and not by what the incident that it is about says: by every alarm that
reached the ledger, every restore that took effect, and every word of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from lastgood.domain.alarm import STRENGTHS, Incident, Strength
from lastgood.domain.policy import Instance
from lastgood.domain.ranges import RestorableRange, Window

ENOUGH: dict[str, frozenset[Strength]] = {
    "any": frozenset(STRENGTHS),
    "evaluation-start": frozenset({"evaluation-start", "datapoint", "given"}),
    "datapoint": frozenset({"datapoint", "given"}),
}
"""The strengths with which a policy's `auto_needs` lets lastgood act by itself."""


class Settled(NamedTuple):
    """A restore that went well: what it went back to, when that was known, and what it settled."""

    target: datetime
    at: datetime
    known: frozenset[str]


class Annals:
    """Everything that happened to one instance, and what follows from it."""

    def __init__(self) -> None:
        self.delivered: dict[str, Incident] = {}
        self.settled: list[Settled] = []
        self._dismissed: set[str] = set()
        self._refused: set[str] = set()

    def deliver(self, incident: Incident) -> None:
        """Add what one more delivery says: the earliest onset, and the strongest evidence."""
        known = self.delivered.get(incident.id)
        if known is None:
            self.delivered[incident.id] = incident
            return
        strongest = max(known.known_by, incident.known_by, key=STRENGTHS.index)
        self.delivered[incident.id] = msgspec.structs.replace(
            known,
            onset=min(known.onset, incident.onset),
            strength=strongest,
            caution=known.caution or incident.caution,
        )

    def dismiss(self, incident: str) -> None:
        """A person says that it was nothing."""
        self._dismissed.add(incident)

    def settle(self, incident: str, target: datetime, at: datetime) -> None:
        """A restore went well, so everything between its target and then is settled."""
        later = {one.id for one in self.delivered.values() if target < one.onset < at}
        self.settled.append(Settled(target, at, frozenset({incident, *later})))

    def standing(
        self, cleared: dict[str, datetime], policy: Instance, now: datetime
    ) -> list[Incident]:
        """The incidents that still say that the data was bad from their onset on."""
        return [
            one
            for one in self.delivered.values()
            if one.id not in self._dismissed
            and now - one.onset <= policy.max_rollback
            and not any(_covers(settled, one) for settled in self.settled)
            and not (
                policy.on_clear == "cancel"
                and cleared.get(one.source, one.changed_at) > one.changed_at
            )
        ]

    def refuse(self, incident: str) -> None:
        """The word of the person who said so was acknowledged."""
        self._refused.add(incident)

    def is_dismissed(self, incident: str) -> bool:
        """Whether it was acknowledged that it was nothing."""
        return incident in self._refused

    def is_settled(self, incident: Incident) -> bool:
        """Whether what an incident saw is what a restore has undone."""
        return any(one.target < incident.onset < one.at for one in self.settled)


def _covers(settled: Settled, incident: Incident) -> bool:
    seen = incident.id in settled.known and incident.onset > settled.target
    return seen or settled.target < incident.onset < settled.at


def can_be_undone(incident: Incident, ranges: Sequence[RestorableRange], margin: timedelta) -> bool:
    """Whether any moment before an onset is still offered by everything that has a say."""
    limit = incident.onset - margin
    first = ranges[0]
    moments = [one.start if isinstance(one, Window) else one.at for one in first.restorable]
    return any(
        moment < limit and all(moment in other for other in ranges[1:]) for moment in moments
    )
