"""Whether a restore in place has helped: what the alarm that asked for it does afterwards.

The latest of its transitions that is known counts. Only one back to OK that certainly came after
the request says that it helped; whatever leaves a doubt says that it is not known. An alarm that
stays red is for a person: nothing is restored again by itself (`objections`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.confirming import EVENT, TOLERANCE, AlarmRecord, is_about
from lastgood.domain.times import print_rfc3339, tell_duration

Effect = Literal["helped", "none", "unknown", "late"]
"""What came of it; `late` where its alarm went back to OK, but not within `settle_within`."""

CLOCKS = timedelta(minutes=1)
"""How far a sender's clock and ours may be apart; of what lies closer together nobody can tell
which was first."""

WITHOUT_OK = ("person:", "request:")
"""How the sources begin that never take back what they said."""


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The latest transition of an alarm that was taken in.

    `at` is when it happened by its sender's clock, `taken_at` when it first came in by ours.
    `missed` are the incidents whose recoveries have settled while the alarm was still red.
    """

    state: str
    at: datetime
    taken_at: datetime
    missed: tuple[str, ...] = ()

    def outdated_by(self, other: Standing) -> bool:
        """Whether another transition is later; of two at one time the one that is not OK counts."""
        return (self.at, self.state != "OK") < (other.at, other.state != "OK")


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the source of an alarm said when it was asked; `at` by our clock, where it is told."""

    state: str | None = None
    at: datetime | None = None
    asked_at: datetime | None = None
    doubt: str | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A restore whose effect is awaited, and until when; `vain` is why nothing can be awaited.

    Its request left between `sent_at` and `accepted_at`; `heard_at` is the last that was known of
    its alarm then. `asks` is the cloud whose Cloud Eye is asked as well.
    """

    incident: Incident
    sent_at: datetime
    accepted_at: datetime
    restored_at: datetime
    until: datetime
    heard_at: datetime | None = None
    vain: str | None = None
    asks: str | None = None


class Judged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of a restore, in a word and in a sentence; no word while it is not known yet."""

    effect: Effect | None
    detail: str
    source: Source | None = None


def never_says_ok(incident: Incident) -> str | None:
    """Why no OK can come for what opened an incident; None if one can."""
    if not incident.source.startswith(WITHOUT_OK):
        return None
    who = "a person" if incident.source.startswith("person:") else "a pipeline"
    return f"{who} asked for it, and no alarm can go back to OK"


def told_by(
    records: Sequence[AlarmRecord], incident: Incident, now: datetime, skew: timedelta
) -> Source:
    """What the records of an alarm rule of Cloud Eye say of the alarm of an incident.

    `skew` is how far our clock was ahead of its own.
    """
    found = [
        one
        for one in records
        if is_about(incident, one) and one.began_at >= incident.changed_at - TOLERANCE
    ]
    if not found:
        return Source(asked_at=now, doubt="it has no record of this alarm")
    latest = max(found, key=lambda one: one.began_at)
    if latest.series.period == EVENT:
        return Source(asked_at=now, state="EVENT")
    if latest.status == "alarm":
        return Source(asked_at=now, state="ALARM", at=latest.began_at + skew)
    if latest.status == "ok":
        back = latest.recovered_at
        return Source(asked_at=now, state="OK", at=back + skew if back else None)
    return Source(asked_at=now, doubt=f"its record is {latest.status}")


def judge(waiting: Waiting, heard: Standing | None, source: Source | None, now: datetime) -> Judged:
    """What came of a restore, by what its alarm did as far as that is known."""
    effect, detail = _judge(waiting, heard, source, now)
    return Judged(effect, detail, source)


_Case = tuple[bool, Effect | None, str]
"""Whether it holds, and what came of it then, in a word and in a sentence."""


def _judge(
    waiting: Waiting, heard: Standing | None, source: Source | None, now: datetime
) -> tuple[Effect | None, str]:
    latest, over = _latest(waiting, heard, source), now >= waiting.until
    at, asked = print_rfc3339(latest.at), _asked(source)
    by_source = source.state if source else None
    within = tell_duration(waiting.until - waiting.restored_at)
    went, is_ok = f"it went to {latest.state} at {at}", latest.state == "OK"
    cases: tuple[_Case, ...] = (
        (waiting.vain is not None, "unknown", waiting.vain or ""),
        (by_source == "EVENT", "unknown", "Cloud Eye has it as an event, which has no way back"),
        (is_ok and by_source != "ALARM", *_back(waiting, latest, over=over)),
        (not over, None, went + asked),
        (is_ok, "unknown", f"{went}, but Cloud Eye has it in alarm"),
        (by_source == "OK", "unknown", f"{went}, and Cloud Eye does not tell when it went back"),
        (latest.state != "ALARM", "unknown", f"{went}, which is neither red nor OK"),
        (True, "none", f"{went} and did not go back to OK within {within}{asked}"),
    )
    return _first(cases)


def _first(cases: Iterable[_Case]) -> tuple[Effect | None, str]:
    return next((word, sentence) for holds, word, sentence in cases if holds)


def _latest(waiting: Waiting, heard: Standing | None, source: Source | None) -> Standing:
    """The latest transition of all that is known; at least that which opened the incident."""
    incident = waiting.incident
    latest = Standing(state="ALARM", at=incident.changed_at, taken_at=waiting.sent_at)
    known = [heard] if heard else []
    if source and source.state and source.at and source.asked_at:
        known.append(Standing(state=source.state, at=source.at, taken_at=source.asked_at))
    for one in known:
        latest = one if latest.outdated_by(one) else latest
    return latest


def _back(waiting: Waiting, ok: Standing, *, over: bool) -> tuple[Effect | None, str]:
    """What an alarm tells that went back to OK, by when it did."""
    at, sent = print_rfc3339(ok.at), print_rfc3339(waiting.sent_at)
    ahead = max(ok.at - ok.taken_at, waiting.incident.changed_at - waiting.sent_at, timedelta())
    doubt = f"its sender's clock is {tell_duration(ahead)} ahead of ours, or more"
    back, while_it_ran = f"it went back to OK at {at}", ok.at < waiting.restored_at
    after = tell_duration(max(ok.at - waiting.restored_at, timedelta()))
    before = ok.at < waiting.sent_at - CLOCKS
    known = waiting.heard_at is not None and ok.at <= waiting.heard_at
    too_close = known or ok.at <= waiting.accepted_at + CLOCKS
    cases: tuple[_Case, ...] = (
        (before, "unknown", f"{back}, before the request of {sent}"),
        (too_close, "unknown", f"{back}, too close to {sent}, the request"),
        (ahead > CLOCKS, "unknown", doubt),
        (ok.at > waiting.until, "late", f"{back}, {after} after the restore"),
        (not while_it_ran, "helped", back),
        (over, "helped", f"{back}, while the restore ran, and stayed so"),
        (True, None, f"{back}, while the restore ran"),
    )
    return _first(cases)


def _asked(source: Source | None) -> str:
    return f" (Cloud Eye: {source.doubt})" if source and source.doubt else ""


def amended(waiting: Waiting, settled_at: datetime, heard: Standing) -> Judged | None:
    """What a settled restore came to after all, by a transition that came in only now."""
    waited = msgspec.structs.replace(waiting, until=settled_at)
    judged = judge(waited, heard, None, max(settled_at, heard.taken_at))
    if judged.effect == "none":
        return None
    if judged.effect == "helped":
        told = f"{judged.detail}; that came in at {print_rfc3339(heard.taken_at)}"
        return Judged("late", told)
    return judged


def shown(effect: Effect, detail: str) -> str:
    """The same in a sentence about the alarm, for people."""
    return {
        "helped": f"its alarm is OK: {detail}",
        "none": f"its alarm is still red: {detail}",
        "unknown": f"whether it helped is not known: {detail}",
        "late": f"its alarm is OK, late: {detail}",
    }[effect]
