"""How a message was read, for whoever writes a policy or reports a bug."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from lastgood.domain.alarm import Alarm, Datapoint, Incident, Message, OnsetBasis, Strength
from lastgood.domain.policy import Policy, Way
from lastgood.domain.triage import triage

WAYS: dict[Way, str] = {
    "id": "an id in a dimension or label",
    "known_as": "a name that `known_as` of the policy has",
    "tag": "its tag or label for lastgood",
    "name": "its name, by `alarms` of the policy",
}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it was read; `incident` has the incident that opens for each instance.

    `acts` says whether it opens one at all, `why` why not, or by which way it names its instances.
    `onset` is the earliest of them, where they differ in `onset_lookback`. `missing` is what would
    have made the onset better known.
    """

    sender: str | None
    alarm: str | None = None
    state: str | None = None
    source: str | None = None
    changed_at: datetime | None = None
    instances: tuple[str, ...] = ()
    onset: datetime | None = None
    onset_basis: OnsetBasis | None = None
    onset_detail: str | None = None
    strength: Strength | None = None
    caution: str | None = None
    datapoints: tuple[Datapoint, ...] = ()
    missing: tuple[str, ...] = ()
    incident: dict[str, str] = msgspec.field(default_factory=dict)
    acts: bool
    why: str


def explain(message: Message, policy: Policy) -> Reading:
    """Say how a message was read with this policy."""
    alarm = message.content
    found = triage(alarm, policy)
    incidents = [one for one in found if isinstance(one, Incident)]
    refused = [one.message for one in found if not isinstance(one, Incident)]
    if not isinstance(alarm, Alarm):
        return Reading(sender=message.sender, acts=False, why=refused[0])
    reading = Reading(
        sender=message.sender,
        alarm=alarm.name,
        state=alarm.state,
        source=alarm.source,
        changed_at=alarm.changed_at,
        datapoints=alarm.evidence.datapoints,
        acts=bool(incidents),
        why=refused[0] if refused else " and ".join(WAYS[way] for way in policy.ways_of(alarm)),
    )
    if not incidents:
        return reading
    first = min(incidents, key=lambda one: one.onset)
    return msgspec.structs.replace(
        reading,
        instances=tuple(one.instance for one in incidents),
        incident={one.instance: one.id for one in incidents},
        onset=first.onset,
        onset_basis=first.onset_basis,
        onset_detail=first.onset_detail,
        strength=first.strength,
        caution=first.caution,
        missing=tuple(_missing(alarm)),
    )


def _missing(alarm: Alarm) -> Iterator[str]:
    """What the alarm does not tell of its onset; nothing, where its sender states that."""
    evidence = alarm.evidence
    if alarm.given is not None:
        return
    if not evidence.datapoints:
        yield "datapoints"
    if evidence.comparison is None:
        yield "which values are bad"
    if evidence.period is None:
        yield "the period"
    if not evidence.measured:
        yield "a measured value for each period that counted as bad"
    if not evidence.explained:
        yield "what was evaluated, in a form that is known"
