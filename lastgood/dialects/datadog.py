"""Alerts of Datadog, by the template of lastgood for its webhooks integration.

    {"lastgood": "datadog", "monitor": "$ALERT_ID", "transition": "$ALERT_TRANSITION",
     "title": "$ALERT_TITLE", "scope": "$ALERT_SCOPE", "tags": "$TAGS", "date": "$DATE",
     "metric": "$ALERT_METRIC"}

Every value is a text, or a number where the template has no quotes. Identity: the monitor with its
scope, and the date of the transition.

Onset: the date less the window that the monitor looks back over and less its evaluation delay (the
tags `lastgood_window:5m` and `lastgood_evaluation_delay:15m`, of several the longest), and less the
minutes that the values may have been under way. Datadog recommends a delay for metrics that it
fetches from a cloud, so without that tag only the name of another metric says that there is none;
where it does not, the recommended delay is taken off. Strength: evaluation-start where window and
delay are known, else guess. A transition that repeats an older one (Re-Triggered, Renotify) has a
date of its own and does not tell the first, so it is never more than a proposal. No Data and Warn
never act, nor does a test notification, whose title begins with [TEST].

Source: docs/how-to/senders.md "Datadog", docs/facts/senders.md "Seen while building".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
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
_WINDOW, _DELAY = "lastgood_window", "lastgood_evaluation_delay"
_RECOMMENDED = timedelta(minutes=15)
# In a query it stands anywhere: avg(last_5m):avg:aws.rds.cpuutilization{*} > 90
_FETCHED = re.compile(r"(?<![\w.])(?:alibabacloud|aws|azure|cloudflare|gcp|oci)\.", re.IGNORECASE)


class _Alert(Shape, frozen=True, kw_only=True):
    monitor: Text | int
    transition: str
    title: Text
    date: str | int
    scope: str | None = None
    tags: str | None = None
    metric: Any = None
    query: Any = None


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
    date, scope, tags = str(alert.date), alert.scope or "", list(_pairs(alert.tags or ""))
    digits = date if date.isascii() and date.isdigit() else ""
    changed_at = plausible.at_millis(int(digits[:16] or "0"))
    if changed_at is None:
        raise MalformedError(f"the date is {clip(date)}, expected milliseconds since 1970")
    return [
        Alarm(
            source=f"datadog:{str(alert.monitor)[:256]}:{fingerprint({'scope': scope})}",
            name=alert.title,
            state="TEST" if alert.title.startswith("[TEST]") else _STATES[alert.transition],
            changed_at=changed_at,
            mentions=lines(
                text for name, text in (*_pairs(scope), *tags) if name not in INSTANCE_TAGS
            ),
            named=lines(text for name, text in tags if name in INSTANCE_TAGS),
            caution=_REPEATED if alert.transition in {"Re-Triggered", "Renotify"} else None,
            evidence=_evidence(
                changed_at, _longest(tags, _WINDOW) or None, _delay(tags, alert.metric, alert.query)
            ),
        )
    ]


def _longest(tags: list[tuple[str, str]], name: str) -> timedelta | None:
    """The longest of the lengths that tags of this name give."""
    spans = (plausible.span(text) for tag, text in tags if tag == name)
    return max((span for span in spans if span is not None), default=None)


def _delay(tags: list[tuple[str, str]], *watched: object) -> timedelta | None:
    """The delay by its tag; without one, none if what it watches is told and is not fetched."""
    if any(name == _DELAY for name, _ in tags):
        return _longest(tags, _DELAY)
    # A variable that Datadog did not fill in tells nothing.
    told = [text for text in watched if isinstance(text, str) and re.match(r"[^$\s]", text)]
    return timedelta() if told and not any(map(_FETCHED.search, told)) else None


def _evidence(changed_at: datetime, window: timedelta | None, delay: timedelta | None) -> Evidence:
    """The start of what the monitor evaluated; explained if window and delay are known."""
    known = (window or timedelta()) + (_RECOMMENDED if delay is None else delay)
    if window is None and not known:
        return Evidence()
    return Evidence(
        evaluation_start=changed_at - known - LATENESS,
        hides_part=False,
        explained=None not in (window, delay),
    )


def _pairs(tags: str) -> Iterator[tuple[str, str]]:
    """Each `name:value` of a list with commas; a tag without a value is a value."""
    for tag in tags.split(","):
        name, colon, text = tag.strip().partition(":")
        yield (name, text) if colon else ("", name)
