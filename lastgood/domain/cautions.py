"""What makes a plan no more than a proposal, and what a person should know of it, in sentences.

Each caution is one small function; those marked `holds` keep a plan from being carried out without
a person, the others only warn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from lastgood.domain import times
from lastgood.domain.alarm import STRENGTHS, Strength
from lastgood.domain.case import Case
from lastgood.domain.plan import Overridable, Refusal
from lastgood.domain.policy import Needs

NEEDED: dict[Needs, Strength] = {
    "datapoint": "datapoint",
    "evaluation-start": "evaluation-start",
    "any": "guess",
}

Caution = Callable[[Case], str | None]


def found(case: Case, despite: tuple[Overridable, ...]) -> Iterator[tuple[bool, str]]:
    """Every caution that applies: whether it keeps the plan from being carried out, and why."""
    for caution in HOLDS:
        if sentence := caution(case):
            yield True, f"{sentence}: no more than a proposal"
    for each in despite:
        yield True, DESPITE[each](case)
    for caution in WARNS:
        if sentence := caution(case):
            yield False, sentence


def overridable(case: Case, refusal: Refusal) -> Overridable | None:
    """What of a refusal a person may decide against; None where it stands.

    Only for a person who asked by hand: after a recovery that went wrong the cooldown and the fence
    would otherwise leave no way back in.
    """
    if case.incident.known_by != "given":
        return None
    codes: dict[str, Overridable] = {
        "cooling-down": "cooling-down",
        "before-last-recovery": "before-last-recovery",
    }
    return codes.get(refusal.code)


def _stale(case: Case) -> str | None:
    age, limit = case.now - case.incident.changed_at, case.instance.max_alarm_age
    if age <= limit:
        return None
    told = times.tell_duration(age), times.tell_duration(limit)
    return f"the alarm is {told[0]} old, more than max_alarm_age ({told[1]})"


def _weak(case: Case) -> str | None:
    strength, needed = case.incident.strength, NEEDED[case.instance.auto_needs]
    if strength is None or STRENGTHS.index(strength) >= STRENGTHS.index(needed):
        return None
    if case.instance.mode != "auto":
        return None
    return f"the onset is no better known than by {strength}, and auto_needs is {needed}"


def _unknown_before(case: Case) -> str | None:
    return case.incident.caution


def _bad_before(case: Case) -> str | None:
    if case.suspect is None:
        return None
    since, incident = times.print_rfc3339(case.suspect.onset), case.suspect.incident
    return f"by incident {incident}, which nothing has settled, the data was bad since {since}"


def _clocks_apart(case: Case) -> str | None:
    """The onset is told by the alarm's clock and the target by the service's, so both count."""
    skews = [r.skew_seconds for r in case.readings.all if r.skew_seconds is not None]
    worst = max((timedelta(seconds=abs(skew)) for skew in skews), default=timedelta())
    early = max(case.incident.changed_at - case.now, timedelta())
    if (worst + early) * 2 <= case.instance.margin:
        return None
    margin = f"of a margin of {times.tell_duration(case.instance.margin)}: check the clocks"
    if early > worst:
        return f"the alarm is dated {times.tell_duration(early)} in the future, {margin}"
    return f"our clock and the service's are {times.tell_duration(worst)} apart, {margin}"


HOLDS: tuple[Caution, ...] = (_stale, _weak, _unknown_before, _bad_before, _clocks_apart)


def _despite_bad_since(case: Case) -> str:
    limit = times.tell_duration(case.instance.max_rollback)
    return (
        f"no target before that is offered by all, within max_rollback ({limit}) and after the last"
        " recovery"
    )


def _despite_cooldown(case: Case) -> str:
    ended = times.print_rfc3339(case.last.ended_at) if case.last else "lately"
    return f"it sets the cooldown aside: the last recovery ended {ended}"


def _despite_fence(case: Case) -> str:
    of = f" of {case.last.incident}" if case.last else ""
    if case.last and case.last.running:
        return f"the end of the last recovery{of} is not known: its restore may still run"
    return f"the target lies before the end of the last recovery{of}: what it undid may come back"


DESPITE: dict[Overridable, Callable[[Case], str]] = {
    "bad-since": _despite_bad_since,
    "cooling-down": _despite_cooldown,
    "before-last-recovery": _despite_fence,
}


def _no_ledger(case: Case) -> str | None:
    if case.history is not None:
        return None
    return "no ledger is configured: cooldown, fence and caps were not checked"


def _unconfirmed_mode(case: Case) -> str | None:
    state = case.readings.own.state
    if state is None or state.mode == "Cluster":
        return None
    return f"the service documents this restore for proxy clusters only; this one is {state.mode!r}"


def _not_in_place(case: Case) -> str | None:
    if case.instance.way:
        return None
    return (
        f"lastgood does not restore {case.instance.service} unless the policy says "
        'recover = "copy": restore to a new instance by hand'
    )


def _other_proposals(case: Case) -> str | None:
    proposed = case.history.proposed if case.history else ()
    others = [incident for incident in proposed if incident != case.incident.id]
    return f"also proposed for this instance: {', '.join(others)}" if others else None


def _outlived(case: Case) -> str | None:
    if not case.outlived:
        return None
    named = ", ".join(suspect.incident for suspect in case.outlived)
    since = times.print_rfc3339(min(suspect.onset for suspect in case.outlived))
    return f"further back than can be undone, so not counted: {named}, bad since {since}"


def _pair(case: Case) -> str | None:
    if not case.readings.paired:
        return None
    copied = ", ".join(case.readings.paired)
    return f"with it a copy is made of {copied}, as of the same moment, which costs until deleted"


WARNS: tuple[Caution, ...] = (
    _no_ledger,
    _pair,
    _unconfirmed_mode,
    _not_in_place,
    _other_proposals,
    _outlived,
)
