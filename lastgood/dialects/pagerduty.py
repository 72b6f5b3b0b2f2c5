"""Incidents of PagerDuty as its webhooks send them, version 3.

    {"event": {"id", "event_type": "incident.triggered", "occurred_at",
               "data": {"id", "title", "created_at", "incident_key", "service": {"id", "summary"}}}}

Identity: the incident and when it was created; of one that was reopened, when that was. So every
delivery, and every subscription, opens one and the same incident.

Onset: `created_at` is when somebody or something told PagerDuty, which may be long after the data
went bad, so the policy's `onset_lookback` is taken off. Strength: guess, and never more than a
proposal.

An incident that was merged into another one is "resolved" by that, while its damage goes on under
the name of the other: `resolve_reason` says so. It is no way back, and neither is one with a reason
that is not known. Source: docs/facts/senders.md; PagerDuty/developer-docs docs/webhooks.
"""

from __future__ import annotations

from typing import Any

from lastgood.dialects.shape import (
    Content,
    MalformedError,
    Shape,
    Text,
    check_moment,
    clip,
    lines,
)
from lastgood.dialects.shape import (
    parse as parse_shape,
)
from lastgood.domain.alarm import Alarm, Evidence, Ignored

_HEARSAY = "PagerDuty tells when its incident was created, and not since when the data was bad"
_STATES = {"triggered": "ALARM", "reopened": "ALARM", "resolved": "OK"}
_MERGED = "merge_resolve_reason"


class _Service(Shape, frozen=True, kw_only=True):
    id: Any = None
    summary: Any = None


class _Incident(Shape, frozen=True, kw_only=True):
    id: Text
    title: str
    created_at: Any
    incident_key: Any = None
    service: _Service | None = None
    resolve_reason: Any = None


class _Event(Shape, frozen=True, kw_only=True):
    event_type: str
    occurred_at: Any = None
    data: Any = None


class _Delivery(Shape, frozen=True, kw_only=True):
    event: _Event


def claims(value: dict[str, Any]) -> bool:
    """Whether it says that it is an event of PagerDuty."""
    return isinstance(value.get("event"), dict) and "event_type" in value["event"]


def parse(value: object) -> list[Content]:
    """Parse an event; what is not about the beginning or end of an incident is ignored.

    Raises:
        MalformedError: it lacks what identifies the incident.
    """
    event = parse_shape(_Delivery, value, "the event of PagerDuty").event
    resource, _, what = event.event_type.partition(".")
    if resource != "incident" or what not in _STATES:
        kind = clip(event.event_type)
        return [Ignored(f"an event {kind} of PagerDuty: no incident began or ended")]
    incident = parse_shape(_Incident, event.data, "the incident of PagerDuty")
    created_at = check_moment("created_at", incident.created_at)
    changed_at = created_at
    if what != "triggered":
        changed_at = check_moment("occurred_at", event.occurred_at)
    title = " ".join("".join(c if c.isprintable() else " " for c in incident.title).split())
    if not title:
        raise MalformedError("the title of the incident is empty, expected one to know it by")
    service = incident.service or _Service()
    return [
        Alarm(
            source=f"pagerduty:{incident.id[:256]}",
            name=title[:512],
            state=_STATES[what] if what != "resolved" else _ended(incident.resolve_reason),
            changed_at=changed_at,
            mentions=lines([incident.incident_key, service.id, service.summary]),
            caution=_HEARSAY,
            evidence=Evidence(triggered_at=min(created_at, changed_at)),
        )
    ]


def _ended(reason: object) -> str:
    """The state after an incident was resolved, which is OK only if nothing else is said of it."""
    if reason is None:
        return _STATES["resolved"]
    merged = isinstance(reason, dict) and reason.get("type") == _MERGED
    return "MERGED" if merged else "RESOLVED_OTHERWISE"
