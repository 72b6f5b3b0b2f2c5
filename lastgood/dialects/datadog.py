"""Alerts of Datadog, by the template of lastgood for its webhooks integration.

    {"lastgood": "datadog", "monitor": "$ALERT_ID", "transition": "$ALERT_TRANSITION",
     "title": "$ALERT_TITLE", "scope": "$ALERT_SCOPE", "tags": "$TAGS", "date": "$DATE"}

Every value is a text. Identity: the monitor with its scope, and the date of the transition.

Onset: the date less the window that the monitor looks back over, which its tag `lastgood_window:5m`
says (of several the longest), and less the minutes that the values may have been under way.
Strength: evaluation-start with that tag, else guess. A transition that repeats an older one
(Re-Triggered, Renotify) has a date of its own and does not tell the first, so it is never more than
a proposal. No Data and Warn never act, nor does a test notification, whose title begins with
[TEST]. Source: docs/how-to/senders.md "Datadog".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lastgood.dialects import plausible
from lastgood.dialects.shape import (
    INSTANCE_TAGS,
    Content,
    MalformedError,
    Shape,
    Text,
    clip,
    fingerprint,
    lines,
)
from lastgood.dialects.shape import (
    parse as parse_shape,
)
from lastgood.domain.alarm import Alarm, Evidence
from lastgood.domain.onset import LATENESS

_REPEATED = "Datadog repeats this alert: when it began is not told"
_STATES = {
    "Triggered": "ALARM",
    "Re-Triggered": "ALARM",
    "Renotify": "ALARM",
    "Recovered": "OK",
    "No Data": "NO_DATA",
    "Re-No Data": "NO_DATA",
    "Warn": "WARN",
    "Re-Warn": "WARN",
}
_WINDOW = "lastgood_window"


class _Alert(Shape, frozen=True, kw_only=True):
    monitor: Text
    transition: str
    title: Text
    date: str
    scope: str = ""
    tags: str = ""


def claims(value: dict[str, Any]) -> bool:
    """Whether it was made by the template."""
    return value.get("lastgood") == "datadog"


def parse(value: object) -> list[Content]:
    """Parse what the template made.

    Raises:
        MalformedError: it lacks what identifies the transition.
    """
    alert = parse_shape(_Alert, value, "the alert of Datadog")
    if alert.transition not in _STATES:
        expected = f"expected one of {', '.join(_STATES)}"
        raise MalformedError(f"the transition is {clip(alert.transition)}, {expected}")
    digits = alert.date if alert.date.isascii() and alert.date.isdigit() else ""
    changed_at = plausible.at_millis(int(digits[:16] or "0"))
    if changed_at is None:
        raise MalformedError(f"the date is {clip(alert.date)}, expected milliseconds since 1970")
    tags = list(_pairs(alert.tags))
    spans = (plausible.span(text) for name, text in tags if name == _WINDOW)
    window = max(filter(None, spans), default=None)
    return [
        Alarm(
            source=f"datadog:{alert.monitor[:256]}:{fingerprint({'scope': alert.scope})}",
            name=alert.title,
            state="TEST" if alert.title.startswith("[TEST]") else _STATES[alert.transition],
            changed_at=changed_at,
            mentions=lines(
                text for name, text in (*_pairs(alert.scope), *tags) if name not in INSTANCE_TAGS
            ),
            named=lines(text for name, text in tags if name in INSTANCE_TAGS),
            caution=_REPEATED if alert.transition in {"Re-Triggered", "Renotify"} else None,
            evidence=Evidence()
            if window is None
            else Evidence(
                evaluation_start=changed_at - window - LATENESS, hides_part=False, explained=True
            ),
        )
    ]


def _pairs(tags: str) -> Iterator[tuple[str, str]]:
    """Each `name:value` of a list with commas; a tag without a value is a value."""
    for tag in tags.split(","):
        name, colon, text = tag.strip().partition(":")
        yield (name, text) if colon else ("", name)
