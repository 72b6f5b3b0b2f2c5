"""What a person is told by text message: what happened, and the commands that answer it.

Short lines for a telephone, each command on a line of its own so that it can be copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec

from lastgood.domain import counting, times
from lastgood.domain.alarm import Incident
from lastgood.domain.drills import Report
from lastgood.domain.events import (
    CopyEvent,
    DrillEvent,
    RecoverabilityEvent,
    RecoveryEvent,
    WritersEvent,
)
from lastgood.domain.lifecycle import (
    ACTIVE,
    FOR_A_PERSON,
    MOVES,
    NOTHING_RESTORED,
    Recovery,
)
from lastgood.domain.plan import SHORT_HASH
from lastgood.domain.services import SERVICES, service_of

NOBODY_WAITS = frozenset(
    {
        *("observing", "not-an-alarm", "not-covered", "alarm-cleared", "dismissed", "rejected"),
        "expected-after-recovery",
    }
)
"""Codes of refusals after which nobody has to do anything."""

LONGEST_SUBJECT = 99
"""Characters, all of ASCII: SNS takes less than a hundred for the subject of an email."""


class Notice(NamedTuple):
    """A subject of one line and a text of several."""

    subject: str
    text: str


def tell_event(kind: str, detail: Mapping[str, Any]) -> Notice | None:
    """The notice of an event that lastgood has published; None if it needs nobody."""
    if kind == "Recoverability Degraded":
        return _degraded(msgspec.convert(detail, RecoverabilityEvent))
    if kind in _OF_COPIES:
        return _copy(_OF_COPIES[kind], msgspec.convert(detail, CopyEvent))
    if kind.startswith("Drill "):
        return _drill(msgspec.convert(detail, DrillEvent))
    if kind == "Writers Stopped":
        return _writers(msgspec.convert(detail, WritersEvent))
    if kind.startswith("Recovery "):
        return _recovered(msgspec.convert(detail, RecoveryEvent))
    return None


def _recovered(event: RecoveryEvent) -> Notice | None:
    promised = event.pair_of is not None and event.code in {"observing", "not-covered"}
    if event.state == "accepted" or (event.code in NOBODY_WAITS and not promised):
        return None
    by_copy = event.way == "copy" or event.pair_of is not None
    if by_copy and event.state == "settled":
        return None  # `Copy Ready` tells it
    name = event.instance_name or event.instance
    subjects = _SUBJECTS | _SUBJECTS_BY_COPY if by_copy else _SUBJECTS
    if event.effect == "none":
        return _notice(_STILL_RED.format(name), _recovery(event))
    return _notice(subjects[event.state].format(name), _recovery(event))


def tell_dead_recovery(incident: Incident, recovery: Recovery | None, status: str) -> Notice | None:
    """The notice that the execution of a recovery has ended like this before it was done.

    None if the recovery itself had ended: that was told.
    """
    if recovery is not None and recovery.state not in MOVES:
        return None
    state = recovery.state if recovery else "not decided"
    onset = times.print_rfc3339(incident.onset)
    lines = [
        f"The execution of this recovery is {status}. It stood at: {state}.",
        "Nothing goes on with it. A restore may be running: look at the instance first.",
    ]
    if recovery is not None:
        verb = "release" if state in ACTIVE else "reject"
        lines.append(_command("Then free it", f'lastgood {verb} {incident.id} --reason "it died"'))
    if recovery is not None and recovery.hooks and recovery.hooks.owes:
        lines.append("Its writers are stopped until it is free: a verification then calls `after`.")
    again = f"lastgood recover --instance {incident.instance} --before {onset}"
    what = "copy an earlier moment" if incident.pair_of else "restore"
    lines += [_command(f"To {what} after all", again), f"{incident.instance}, {incident.alarm}"]
    return _notice(f"{incident.instance}: its recovery has died", lines)


def tell_dead_drill(report: Report, recovery: Recovery | None, status: str) -> Notice | None:
    """The same of a drill; what it made is removed once its time is over."""
    if report.result is not None:
        return None
    state = recovery.state if recovery else "not begun"
    lines = [
        f"The execution of this drill is {status}. It stood at: {state}.",
        "It has shown nothing. The next verifications delete what it made, once its time is over.",
    ]
    if state in ACTIVE:
        release = f'lastgood release {report.drill} --reason "it died"'
        lines.append(_command("Then let another one begin", release))
    lines += [_command("Drill it again", f"lastgood drill {report.instance}"), report.instance]
    return _notice(f"{report.instance}: its drill has died", lines)


def tell_dead_closing(execution: str, status: str) -> Notice:
    """The same of what was to delete what a drill left; the next verification begins it anew."""
    lines = (
        f"The execution {execution}, which was to delete what a drill left, is {status}.",
        "The next verification begins it anew.",
        _command("See what is left, and what it costs", "lastgood copies"),
    )
    return _notice("a copy of a drill may be left", lines)


def tell_dead_let_in(execution: str, status: str) -> Notice:
    """The same of what was to call the `after` of a recovery; the next verification does again."""
    lines = (
        f"The execution {execution}, which was to call the `after` of a recovery, is {status}.",
        "Writers may still be stopped. The next verification begins it anew.",
        _command("See which recovery owes it", "lastgood history"),
    )
    return _notice("writers may still be stopped", lines)


def tell_dead_expiry(execution: str, status: str) -> Notice:
    """The same of what was to let a backup go; the next verification begins it anew."""
    lines = (
        f"The execution {execution}, which was to delete a backup whose time is over, is {status}.",
        "The next verification begins it anew.",
        _command("See what is left, and what it costs", "lastgood copies"),
    )
    return _notice("a backup whose time is over may be left", lines)


def tell_dead_sweep(execution: str, status: str) -> Notice:
    """The notice that the execution of a verification has ended like this before it was done."""
    lines = (
        f"The verification {execution} is {status}.",
        "Whether the instances could be restored is not known until the next one.",
        _command("Measure now", "lastgood verify"),
    )
    return _notice("a verification has died", lines)


_SUBJECTS = {
    "proposed": "{}: approve a restore?",
    "settled": "{} is restored",
    "failed": "{}: its recovery failed",
    "handed-over": "{}: its recovery needs you",
    "refused": "{} is not restored",
    "rejected": "{} is not restored",
    "expired": "{} is not restored, nobody answered",
}


_STILL_RED = "{} is restored, and its alarm still red"


_SUBJECTS_BY_COPY = {
    "proposed": "{}: approve a copy?",
    "failed": "{}: its copy failed",
    "handed-over": "{}: its copy needs you",
    "refused": "{} is not copied",
    "rejected": "{} is not copied",
    "expired": "{} is not copied, nobody answered",
}
_OF_COPIES = {
    "Copy Ready": "the copy of {} is ready",
    "Copy Overdue": "the copy of {} is still there",
}


_GIVEN_UP = NOTHING_RESTORED - MOVES.keys()
_RESTORING = FOR_A_PERSON | {"proposed", "settled"}


def _recovery(event: RecoveryEvent) -> Iterator[str]:
    name = event.instance_name or event.instance
    yield f"{event.summary or f'{name}: {event.state}'}."  # an older version wrote no summary
    yield f"Alarm: {event.alarm}, {times.print_rfc3339(event.changed_at)}"
    onset = f"{times.print_rfc3339(event.onset)} ({event.strength or event.onset_basis})"
    if event.pair_of:
        yield f"It goes with the restore for {event.pair_of}{_matching(event)}"
    else:
        yield f"Bad since: {onset}, {event.onset_detail or event.onset_basis}"
    if event.bad_since:
        yield f"Another alarm says: bad since {times.print_rfc3339(event.bad_since)}"
    if event.target and event.loss_seconds is not None and event.state in _RESTORING:
        lost = event.loss_seconds if event.lost_seconds is None else event.lost_seconds
        target, span = times.print_rfc3339(event.target), _lasting(lost)
        if event.state == "proposed" and event.lost_writes is not None:
            span = f"{span} ({counting.tell(event.lost_writes)})"
        yield f"Target: {target}, the writes of {span} after it {_fate_of_writes(event)}"
    yield from _way_back(event)
    yield from (f"Warning: {warning}" for warning in event.warnings)
    if event.effect == "none":
        yield "Look at the data. Nothing is restored again by itself."
        if not _can_be_undone(event):  # else the command stands above
            yield _command("To look for a way back", f"lastgood undo {event.incident}")
    elif event.hint:
        yield f"Try: {event.hint}"
    if event.copy and event.state in FOR_A_PERSON:
        which = f" {event.copy.id}" if event.copy.id else ", of which no id is known,"
        yield f"Its copy{which} may run, and costs until it is deleted"
        yield _command("Delete it, if it is of no use", f"lastgood copies delete {event.copy.name}")
    if event.state == "proposed":
        yield from _answers(event)
    yield _command("Details", f"lastgood status {event.incident}")
    plan = (event.plan_hash or "")[:SHORT_HASH]
    yield f"{event.instance} {event.state} {plan}".rstrip()


def _way_back(event: RecoveryEvent) -> Iterator[str]:
    """Whether what is overwritten is kept, and how it is had back."""
    if event.state == "proposed" and event.undo_point:
        how = "is" if event.undo_point == "require" else "is, if that can be done in time,"
        yield f"What it overwrites {how} backed up first"
    if event.kept and event.kept.stage in {"ready", "made"} and event.state in _GIVEN_UP:
        yield "It was backed up, and nothing was overwritten"
        yield _command("Delete the backup", f"lastgood copies delete {event.kept.backup}")
    if event.kept and event.state in _RESTORING - {"proposed"}:
        yield f"What was there is {event.kept.sentence}"
        if _can_be_undone(event):
            yield _command("The way back", f"lastgood undo {event.incident}")


def _can_be_undone(event: RecoveryEvent) -> bool:
    """Whether what was overwritten is kept, as far as that is known."""
    is_kept = event.kept is not None and event.kept.stage in {"ready", "made"}
    return event.lost_seconds is not None and is_kept


def _matching(event: RecoveryEvent) -> str:
    """Whether the copy of a pair is of the moment that they are to have in common."""
    if event.alternative:
        moment = times.print_rfc3339(event.alternative.target)
        return f", which went to {moment}: the first choice is earlier, and does not match it"
    return "" if event.target is None or event.bad_since else ", as of the same moment"


def _fate_of_writes(event: RecoveryEvent) -> str:
    if event.way == "copy":
        return "would not be in the copy" if event.state == "proposed" else "are not in the copy"
    return "would be lost" if event.lost_seconds is None else "are lost"


def _answers(event: RecoveryEvent) -> Iterator[str]:
    by_copy = event.way == "copy"
    if by_copy or SERVICES[service_of(event.instance)].in_place:
        approve = f"lastgood approve {event.incident} --plan "
        yield _command("Approve", approve + str(event.plan_hash)[:SHORT_HASH])
        if other := event.alternative:
            target = times.print_rfc3339(other.target)
            done = "copy it as of {}, without {}" if by_copy else "restore to {}, lose {}"
            lost = _lasting(other.loss_seconds)
            if other.lost_writes is not None:
                lost = f"{lost} ({counting.tell(other.lost_writes)})"
            what = f"Or {done.format(target, lost)}, risk bad data"
            yield _command(what, approve + other.hash[:SHORT_HASH])
    else:
        yield "It is not restored in place: restore it to a new one in the console, then reject"
    if not event.pair_of:
        dismiss = f'lastgood dismiss {event.incident} --reason "the data is good"'
        yield _command("If the data is good", dismiss)
    done, what = ("copied", "copy") if by_copy else ("restored", "restore")
    reject = f'lastgood reject {event.incident} --reason "no {what}"'
    yield _command(f"If it is {'' if event.pair_of else 'bad, and '}not to be {done}", reject)


def _copy(subject: str, event: CopyEvent) -> Notice:
    """Where a copy is, what it lacks and costs, and the commands that say what becomes of it."""
    return _notice(subject.format(event.instance_name or event.instance), _of_a_copy(event))


def _of_a_copy(event: CopyEvent) -> Iterator[str]:
    yield f"{event.summary}."
    address = ", ".join(event.addresses) or "read it in the console"
    yield f"Address: {address}" + (f", port {event.port}" if event.port else "")
    yield f"Password of its administrator: the secret {event.secret}"
    target, at = times.print_rfc3339(event.target), times.print_rfc3339(event.at)
    missing = _lasting(event.missing_seconds)
    yield f"It is as of {target}: the writes of {missing} until {at} are not in it"
    if event.price_per_hour is not None:
        yield f"It costs {event.price_per_hour:g} an hour, {event.cost:.2f} so far"
    if event.purpose != "drill":
        yield "Only a person deletes it: switch over to it, or take rows from it, then say which"
    yield _command("Keep it", f"lastgood copies keep {event.copy}")
    yield _command("Delete it", f"lastgood copies delete {event.copy}")
    yield f"{event.copy} ({event.copy_id or 'no id known'}), {event.owner}"


def _drill(event: DrillEvent) -> Notice | None:
    """What a drill has not proved; one that has, and left nothing behind, needs nobody."""
    if event.result == "proved" and event.left_behind is None:
        return None
    name = event.instance_name or event.instance
    subjects = {
        "proved": f"{name}: its drill left a copy behind",
        "disproved": f"{name} could not be restored in a drill",
        "not-tried": f"{name} was not drilled",
    }
    return _notice(subjects[event.result], _of_a_drill(event))


def _of_a_drill(event: DrillEvent) -> Iterator[str]:
    yield f"{event.summary}."
    if event.left_behind:
        yield f"Its copy may still be there: {event.left_behind}"
        yield _command("See what it costs, and delete it", "lastgood copies")
    if event.leftovers:
        yield f"Its copy is gone and left {event.leftovers.sentence}"
    yield _command("Drill it again", f"lastgood drill {event.instance_name or event.instance}")
    yield f"{event.instance}, {event.drill}"


def _writers(event: WritersEvent) -> Notice:
    """That writers may still be stopped, and how the hook that lets them in is called by hand."""
    name = event.instance_name or event.instance
    about = f'"incident":{{"id":"{event.incident}","instance":"{event.instance}"}}'
    payload = f'{{"hook":"after","idempotency_key":"{event.key}",{about}}}'
    command = (
        f"aws lambda invoke --function-name {event.hook} --cli-binary-format raw-in-base64-out"
        f" --payload '{payload}' /dev/stdout"
    )
    lines = (
        f"{event.summary}.",
        f"They were stopped at {times.print_rfc3339(event.since)}, for {event.incident}.",
        "Let them in by hand. Verifications call the hook again until it says that it passed:",
        "correct `after` in the policy if it names the wrong function.",
        _command("Call it now", command),
        _command("Details", f"lastgood status {event.incident}"),
        f"{event.instance} {event.state}",
    )
    return _notice(f"{name}: its writers may still be stopped", lines)


def _degraded(event: RecoverabilityEvent) -> Notice:
    name, finding = event.instance_name or event.instance, event.finding
    what = f"{name} is {finding.verdict}"
    lines = (what, *finding.reasons, f"{event.instance}, {event.sweep}")
    is_known = finding.verdict != "unknown"
    subject = "could not be restored as promised" if is_known else "could not be measured"
    return _notice(f"{name} {subject}", lines)


def _command(what: str, command: str) -> str:
    return f"\n{what}:\n{command}\n"


def _lasting(seconds: int) -> str:
    return times.tell_duration(timedelta(seconds=seconds))


def _notice(subject: str, lines: Iterable[str]) -> Notice:
    plain = f"lastgood: {subject}".encode("ascii", "replace").decode()
    return Notice(plain[:LONGEST_SUBJECT], "\n".join(lines).replace("\n\n\n", "\n\n"))
