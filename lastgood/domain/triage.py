"""Which incidents a message opens: one for each instance of the policy that it concerns."""

from __future__ import annotations

from datetime import datetime

from lastgood.domain import times
from lastgood.domain.alarm import Alarm, Ignored, Incident, Unreadable, incident_id
from lastgood.domain.onset import find_onset
from lastgood.domain.plan import Refusal, RefusalCode
from lastgood.domain.policy import Instance, Policy


def triage(message: Alarm | Ignored | Unreadable, policy: Policy) -> list[Incident | Refusal]:
    """Turn one message into an incident for each instance that it concerns, or say why not."""
    if not isinstance(message, Alarm):
        return [_ignore("not-an-alarm", message.reason, "send alarms here")]
    if calls := _no_call_to_act(message):
        return [_ignore("not-an-alarm", *calls)]
    concerned = policy.meant_by(message)
    if isinstance(concerned, str):
        hint = (
            "correct `alarms` or `known_as` in the policy, or the instance ids and the tag"
            " lastgood/instance of the alarm"
        )
        return [_ignore("ambiguous-instance", concerned, hint)]
    if not concerned:
        why = f"no instance of the policy is meant by the alarm {message.name}"
        hint = (
            "add the alarm's name to `alarms` of an instance, or an instance id to its dimensions"
            " or labels"
        )
        return [_ignore("not-covered", why, hint)]
    caution = _undecided(message, policy)
    return [_open(message, instance, caution) for instance in concerned]


def _no_call_to_act(alarm: Alarm) -> tuple[str, str] | None:
    """Why an alarm is only recorded, and what to do if it should act; None if it should."""
    if alarm.suppressed_by:
        why = f"{alarm.name} is suppressed by {alarm.suppressed_by}"
        return why, "lift the suppression if it should act"
    if alarm.state != "ALARM":
        return f"{alarm.name} went to {alarm.state}; only ALARM acts", "nothing to do"
    if alarm.own:
        why = f"{alarm.name} watches a metric that lastgood emits, which says nothing of the data"
        return why, "alarm on a metric of the database if this is to start a recovery"
    return None


def _ignore(code: RefusalCode, message: str, hint: str) -> Refusal:
    return Refusal(incident=None, code=code, message=message, hint=hint)


def _undecided(alarm: Alarm, policy: Policy) -> str | None:
    """Why an alarm about several instances at once tells of none of them that it went bad."""
    ways = policy.ways_of(alarm)
    about = max(len(ways.get("id", ())), len(ways.get("known_as", ())))
    if about < 2:  # noqa: PLR2004 -- one and another
        return None
    return f"the alarm is about {about} instances at once: which of them went bad it does not tell"


def _open(alarm: Alarm, instance: Instance, caution: str | None) -> Incident:
    onset = find_onset(alarm, instance.onset_lookback)
    return Incident(
        id=incident_id(alarm.source, alarm.changed_at, instance.id),
        instance=instance.id,
        alarm=alarm.name,
        source=alarm.source,
        changed_at=alarm.changed_at,
        onset=onset.at,
        onset_basis=onset.basis,
        onset_detail=onset.detail,
        strength=onset.strength,
        caution=onset.caution or caution,
        metric=alarm.metric,
    )


def gone(incident: Incident) -> Refusal:
    """Refuse an incident whose instance has left the policy since, or is no longer drilled so."""
    what, hint = (
        "in the policy any more",
        "add the instance to the policy if it should be protected",
    )
    if incident.pair_of:
        what, hint = "copied along any more", 'set recover = "copy" for it, and the pair, again'
    if incident.drill:
        what, hint = "set aside for drills any more", f'set drill = "{incident.drill}" for it again'
    return Refusal(
        incident=incident,
        code="not-covered",
        message=f"{incident.instance} is not {what}",
        hint=hint,
    )


def ask(instance: Instance, before: datetime, now: datetime) -> Incident:
    """Open the incident of a person who says before when the data was good."""
    source = f"person:{times.print_rfc3339(before)}"
    return Incident(
        id=incident_id(source, now, instance.id),
        instance=instance.id,
        alarm="asked for by a person",
        source=source,
        changed_at=now,
        onset=before,
        onset_basis="given",
        onset_detail=f"given as {times.print_rfc3339(before)}",
        strength="given",
    )
