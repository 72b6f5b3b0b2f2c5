"""Events that are broken in a few places, also where those lie in JSON within a string."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

EVENTS = Path(__file__).parents[2] / "events"
CORPUS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(EVENTS.glob("*.json"))]

texts = st.text(alphabet=st.characters(), max_size=12) | st.sampled_from(
    [
        "",
        "\ud800",
        "line\nbreak",
        "\u2028",
        "0001-01-01T00:00:00.000+2359",
        "9999-12-31T23:59:59.999-2359",
        "2026-02-30T11:53:08.431+0000",
        "[" * 5000,
        "{}",
        "NaN",
        (
            "Threshold Crossed: 9 datapoints [1.0 (17/02/26 11:50:00)] were less than the"
            " threshold (2.0)."
        ),
        "x" * 5000,
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | texts
    | st.sampled_from([10**400, -(10**400), 0, -1, 1e308, 604_801])
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
known_keys = st.sampled_from(
    [
        "Records",
        "Sns",
        "Message",
        "body",
        "messageId",
        "Type",
        "source",
        "detail-type",
        "detail",
        "resources",
        "alarmData",
        "alarmArn",
        "AlarmName",
        "AlarmArn",
        "Trigger",
        "state",
        "version",
        "alerts",
        "labels",
        "startsAt",
        "topic_urn",
        "record",
        "smn",
        "message",
        "alarm_status",
        "data",
        "event",
        "event_type",
        "lastgood",
        "specversion",
    ]
)
known_values = st.sampled_from(
    [
        "aws.cloudwatch",
        "CloudWatch Alarm State Change",
        "CloudWatch Alarm Contributor State Change",
        "Notification",
        "UnsubscribeConfirmation",
        "ALARM",
        "4",
        "1",
        "v1",
        "1.0",
        "datadog",
        "incident.triggered",
        "lastgood.recovery.requested",
        "Recovery Requested",
    ]
)
familiar_values = st.recursive(
    scalars | known_values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(known_keys, inner, max_size=5)
        | st.dictionaries(known_keys, inner, max_size=3).map(json.dumps)
    ),
    max_leaves=15,
)


class Unfolded:
    """JSON that stands inside a JSON string, taken out so that it can be broken as well."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner


def unfold(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: unfold(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unfold(inner) for inner in value]
    if isinstance(value, str) and value.startswith("{"):
        try:
            return Unfolded(unfold(json.loads(value)))
        except (ValueError, RecursionError):
            return value
    return value


def fold(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: fold(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [fold(inner) for inner in value]
    return json.dumps(fold(value.inner)) if isinstance(value, Unfolded) else value


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a tree, through the strings that hold JSON."""
    if isinstance(value, Unfolded):
        return places(value.inner)
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        return []
    return [(value, key) for key, _ in inner] + [spot for _, v in inner for spot in places(v)]


@st.composite
def damaged_events(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    tree = unfold(draw(st.sampled_from(CORPUS)))
    for _ in range(draw(st.integers(1, 3))):
        spots = places(tree)
        if not spots:
            break
        container, key = draw(st.sampled_from(spots))
        if draw(st.booleans()):
            del container[key]
        else:
            container[key] = draw(json_values)
    return fold(tree)
