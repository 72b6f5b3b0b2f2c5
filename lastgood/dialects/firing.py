"""An alert of Prometheus or Grafana, in the form that both have from Alertmanager.

    {"status": "firing", "labels": {"alertname"}, "annotations": {}, "startsAt", "endsAt"}

Identity: the labels and `startsAt`. A group that is sent again after its `repeat_interval`, with
other members, or by another member of a cluster repeats both, and opens no second incident.

Onset: `startsAt` is when the alert fired, which is after `for`. The condition was true that much
earlier, an evaluation may come an interval after the sample, and the sample a scrape interval after
the damage. The alert tells none of these, so the rule says them in annotations, all written as 5m
or 1m30s: `lastgood_for`, `lastgood_evaluation_interval`, `lastgood_scrape_interval` and, where the
expression looks back over a range, `lastgood_range`.

Strength: evaluation-start with the first three of them, else guess; nothing of it was measured.

Of the rule itself Prometheus tells the expression, as a part of `generatorURL` (that of Grafana
leads to a page only). One with `absent(`, `absent_over_time(` or `or vector(` is true where nothing
was measured: whether anything is bad such an alert does not tell, so it is never more than a
proposal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from lastgood.dialects import plausible
from lastgood.dialects.shape import (
    Content,
    MalformedError,
    Shape,
    Text,
    check_moment,
    clip,
    fingerprint,
    lines,
    parse,
)
from lastgood.domain.alarm import Alarm, Evidence, Unreadable

INSTANCE = "lastgood_instance"
_DELAYS = ("lastgood_for", "lastgood_evaluation_interval", "lastgood_scrape_interval")
_RANGE = "lastgood_range"
_SILENCE = "the expression of its rule is true where nothing was measured: a silence is no bad data"
_ABSENT = re.compile(r"\babsent(?:_over_time)?\s*\(", re.IGNORECASE)
_OR, _VECTOR = (re.compile(p, re.IGNORECASE) for p in (r"\bor\b", r"\bvector\s*\("))


class Alert(Shape, frozen=True, kw_only=True, rename="camel"):
    """One alert of a group."""

    status: str
    labels: dict[str, str]
    told: dict[str, Any] | None = msgspec.field(name="annotations", default=None)
    starts_at: Any
    ends_at: Any = None
    generator_url: Any = msgspec.field(name="generatorURL", default=None)

    @property
    def annotations(self) -> dict[str, Any]:
        """Those that there are, where null stands for none."""
        return self.told or {}


class _Group(Shape, frozen=True, kw_only=True, rename="camel"):
    alerts: list[Any]
    truncated_alerts: int | None = None


def parse_group(value: object, read_one: Callable[[object], Alarm]) -> list[Content]:
    """Parse each alert of a group, and one more thing to look at if some were cut off.

    Raises:
        MalformedError: it is no group, or an empty one.
    """
    group = parse(_Group, value, "the group of alerts")
    if not group.alerts:
        raise MalformedError("the group of alerts is empty, expected an alert")
    contents: list[Content] = []
    for alert in group.alerts:
        try:
            contents.append(read_one(alert))
        except MalformedError as error:
            contents.append(Unreadable(str(error)))
    if group.truncated_alerts and group.truncated_alerts > 0:
        lost = f"{group.truncated_alerts} alerts were cut off by max_alerts of the webhook"
        contents.append(Unreadable(f"{lost}, expected all of them: set max_alerts to 0"))
    return contents


def read(sender: str, value: object) -> tuple[Alert, Alarm]:
    """Parse one alert of a group, for the senders that have more to say about it.

    Raises:
        MalformedError: it lacks what identifies its firing.
    """
    alert = parse(Alert, value, "the alert")
    name = parse(Text, alert.labels.get("alertname"), "the label alertname")
    starts_at = check_moment("startsAt", alert.starts_at)
    match alert.status:
        case "firing":
            state, changed_at = "ALARM", starts_at
        case "resolved":
            state, changed_at = "OK", check_moment("endsAt", alert.ends_at)
        case other:
            raise MalformedError(f"the status is {clip(other)}, expected firing or resolved")
    labels = (text for key, text in alert.labels.items() if key not in {"alertname", INSTANCE})
    return alert, Alarm(
        source=f"{sender}:{fingerprint(alert.labels)}",
        name=name,
        state=state,
        changed_at=changed_at,
        mentions=lines(labels),
        named=lines([alert.labels.get(INSTANCE), alert.annotations.get(INSTANCE)]),
        caution=_SILENCE if _fires_on_silence(alert.generator_url) else None,
        evidence=_evidence(starts_at, alert.annotations),
    )


def _fires_on_silence(url: object) -> bool:
    """Whether the expression in an address, however often encoded, needs no value to be true."""
    if not isinstance(url, str):
        return False
    text = unquote_plus(unquote_plus(url))
    # Two searches in a row: one pattern for both takes the square of the length of a hostile text.
    either = _OR.search(text)
    return bool(_ABSENT.search(text) or (either and _VECTOR.search(text, either.end())))


def _evidence(starts_at: datetime, annotations: dict[str, Any]) -> Evidence:
    """The start of what the rule evaluated; explained if all three delays are told."""
    told = [plausible.span(annotations.get(name)) for name in _DELAYS]
    ranged = plausible.span(annotations.get(_RANGE))
    known = sum((span for span in (*told, ranged) if span), start=timedelta())
    if all(span is None for span in (*told, ranged)):
        return Evidence()
    explained = None not in told and (ranged is not None or _RANGE not in annotations)
    return Evidence(evaluation_start=starts_at - known, hides_part=False, explained=explained)
