"""An alarm in one shape, whatever dialect it came in, and the incident that it opens.

The same transition of the same alarm is one incident by whatever route, and however often, it
arrives: its id is made of nothing but what every route agrees on. What the routes do not agree on
(the evidence for the onset) is settled by the ledger, where the first delivery wins.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from lastgood.domain import times

OnsetBasis = Literal["datapoint", "evaluation-start", "state-change", "given"]
Strength = Literal["guess", "evaluation-start", "datapoint", "given"]
STRENGTHS: tuple[Strength, ...] = ("guess", "evaluation-start", "datapoint", "given")
"""What an onset rests on, weakest first: measured datapoints, or what a person said."""
_BY_BASIS: dict[OnsetBasis, Strength] = {
    "datapoint": "datapoint",
    "evaluation-start": "evaluation-start",
    "state-change": "guess",
    "given": "given",
}
Side = Literal["above", "below"]

OWN_NAMESPACE = "lastgood"
"""The namespace of the metrics that lastgood emits: an alarm on one of them never acts."""


class Comparison(msgspec.Struct, frozen=True):
    """When a datapoint breaches: it lies on this side of the threshold, or on it where included."""

    side: Side
    or_equal: bool
    threshold: float

    def breached_by(self, value: float) -> bool:
        """Tell whether a value is on the bad side."""
        if value == self.threshold:
            return self.or_equal
        return value > self.threshold if self.side == "above" else value < self.threshold


class Datapoint(msgspec.Struct, frozen=True):
    """One evaluated value; `at` is the start of its period, `value` None where data was missing."""

    at: datetime
    value: float | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What an alarm tells about when it went wrong; each part may be missing.

    `evaluated` datapoints are looked at each time, `counted` are those of which CloudWatch's own
    sentence says how many breached: fewer, where the others have no value. `measured` says whether
    the time of every one that breached is told, and that it was measured; `hides_part` whether a
    period that is partly bad may not breach, as with an average, and `hidden` how much of one that
    is, where it is less than all; `explained` whether CloudWatch's own sentence was understood.
    `triggered_at` is the earliest transition of a child of a composite alarm.
    """

    comparison: Comparison | None = None
    datapoints: tuple[Datapoint, ...] = ()
    evaluation_start: datetime | None = None
    period: timedelta | None = None
    evaluated: int | None = None
    counted: int | None = None
    measured: bool = True
    hides_part: bool = True
    hidden: timedelta | None = None
    explained: bool = False
    triggered_at: datetime | None = None


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One transition of one monitoring alarm.

    `source` identifies the alarm everywhere (an ARN). `mentions` are the values of its dimensions,
    `singled_out` those of the one series among several that went off. `previous_state` is what it
    was in until now and `previous_since` since when, `configured_at` when it was last configured.
    `own` says that it watches a metric of lastgood itself, `suppressed_by` names what asks that it
    is not acted on. `named` is what its tag or label for lastgood says: ids or names of instances.
    `caution` says why it is never acted on without a person, `given` is the onset where the sender
    states one, `metric` what it watches, where Cloud Eye can be asked about that.
    """

    source: str
    name: str
    state: str
    changed_at: datetime
    mentions: tuple[str, ...] = ()
    singled_out: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    previous_state: str | None = None
    previous_since: datetime | None = None
    configured_at: datetime | None = None
    own: bool = False
    suppressed_by: str | None = None
    caution: str | None = None
    given: datetime | None = None
    metric: str | None = None
    evidence: Evidence = Evidence()


class Ignored(msgspec.Struct, frozen=True):
    """A message that was understood and is no alarm (a subscription notice, say)."""

    reason: str


class Unreadable(msgspec.Struct, frozen=True):
    """A message of no known shape, or a broken one: somebody has to look at it."""

    reason: str


class Message(msgspec.Struct, frozen=True):
    """One record of an event, read; a record with several alarms becomes several.

    `receipt` is its id where the sender (SQS) takes back failed records one by one. `sender` is the
    dialect by which it was read; None where none recognised it.
    """

    content: Alarm | Ignored | Unreadable
    receipt: str | None = None
    sender: str | None = None


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A transition that concerns one instance: what a recovery answers.

    `onset` is the earliest moment the data may have been bad, `onset_basis` what that rests on and
    `onset_detail` the same in a sentence. `changed_at` is when the alarm went off, or when a person
    asked. `strength` says how well the onset is known (None in records of the first release), and
    `caution` why it is never acted on without a person. `metric` is what the alarm watches, where
    its source can be asked about that, and `confirmed` says that its source was, and measured it.
    `joined` is the incident that took this transition in, where it is none of its own. `drill` is
    how the instance is restored to show that it can be, where nothing is bad at all. `pair_of` is
    the incident whose restore a copy of this instance goes with, of which no alarm said anything.
    """

    id: str
    instance: str
    alarm: str
    source: str
    changed_at: datetime
    onset: datetime
    onset_basis: OnsetBasis
    onset_detail: str
    strength: Strength | None = None
    caution: str | None = None
    metric: str | None = None
    confirmed: bool = False
    joined: str | None = None
    drill: Literal["in-place", "copy"] | None = None
    pair_of: str | None = None

    @property
    def chain(self) -> str:
        """Where it is recorded: with its instance, unless it says nothing of that."""
        if self.pair_of:
            return pairs_of(self.instance)
        return drills_of(self.instance) if self.drill == "copy" else self.instance

    @property
    def known_by(self) -> Strength:
        """The strength of the onset; of an older record the one that its basis implies."""
        return self.strength or _BY_BASIS[self.onset_basis]

    def improved_by(self, other: Incident) -> Incident:
        """The same incident with the evidence of another delivery of its transition.

        The earlier of both onsets and the stronger of both strengths: what one route says was bad
        is bad, and an onset that was measured by one route is not less known by another.
        """
        first = min(self, other, key=lambda one: one.onset)
        strongest = max(self, other, key=lambda one: STRENGTHS.index(one.known_by))
        strength, caution = strongest.known_by, self.caution or other.caution
        if (first.onset, strength, caution) == (self.onset, self.known_by, self.caution):
            return self
        return msgspec.structs.replace(first, strength=strength, caution=caution)

    def taking_in(self, other: Incident) -> Incident | None:
        """This incident with another transition of the instance; None if that needs its own.

        One that is no earlier and no better known adds nothing; one that is earlier and just as
        well known moves the onset. Any other is a choice between two moments, for a person or by
        its own strength. What somebody asked for stands alone.
        """
        ours, theirs = STRENGTHS.index(self.known_by), STRENGTHS.index(other.known_by)
        if "given" in {self.known_by, other.known_by}:
            return None
        if other.onset >= self.onset:
            return self if theirs <= ours else None
        if theirs != ours or bool(other.caution) != bool(self.caution):
            return None
        return msgspec.structs.replace(
            self,
            onset=other.onset,
            onset_basis=other.onset_basis,
            onset_detail=f"{other.onset_detail} ({other.alarm})",
        )


def drills_of(instance: str) -> str:
    """The chain of the drills by copy of an instance."""
    return f"drill#{instance}"


def pairs_of(instance: str) -> str:
    """The chain of the copies of an instance that went with the restore of another one."""
    return f"pair#{instance}"


def incident_id(source: str, changed_at: datetime, instance: str) -> str:
    """Name the incident of one transition on one instance.

    Sorts by time, and fits a durable execution name: at most 64 of `[a-zA-Z0-9-_]`.
    """
    millis = times.to_millis(changed_at.replace(microsecond=changed_at.microsecond // 1000 * 1000))
    identity = f"{source}\n{millis}\n{instance}".encode()
    stamp = f"{changed_at:%Y%m%dT%H%M%S}{millis % 1000:03d}Z"
    return f"{stamp}-{hashlib.sha256(identity).hexdigest()[:16]}"
