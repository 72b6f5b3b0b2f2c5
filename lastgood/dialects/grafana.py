"""Alerts of Grafana as its webhook contact point sends them.

    {"version": "1", "orgId", "title", "state", "message", "groupKey", "truncatedAlerts",
     "alerts": [{"status", "labels", "annotations", "startsAt", "endsAt", "values", "valueString"}]}

Grafana also sends what is no state of the data: alerts named DatasourceNoData and DatasourceError,
and alerts whose annotation `grafana_state_reason` says that they fire, or ended, because there was
no data, an error, or somebody who paused or changed the rule. Neither acts, nor counts as an OK;
nor does TestAlert, by which somebody tries the contact point.
`values` are those of the newest evaluation only, so no onset rests on them. Identity, onset and
strength: see `firing`. Source: docs/facts/senders.md; grafana/alerting receivers/webhook.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lastgood.dialects import firing, plausible
from lastgood.dialects.shape import Content
from lastgood.domain.alarm import Alarm

_NO_STATE = {"DatasourceNoData": "NoData", "DatasourceError": "Error", "TestAlert": "Test"}


def claims(value: dict[str, Any]) -> bool:
    """Whether it says that it is a group of alerts of Grafana."""
    return value.get("version") == "1" and "alerts" in value


def parse(value: object) -> list[Content]:
    """Parse a group, each of its alerts by itself.

    Raises:
        MalformedError: it is no group, or an empty one.
    """
    return firing.parse_group(value, _read)


def _read(value: object) -> Alarm:
    alert, alarm = firing.read("grafana", value)
    no_state = _NO_STATE.get(alarm.name)
    reason = alert.annotations.get("grafana_state_reason")
    if not no_state and reason not in (None, ""):
        no_state = "".join(filter(str.isalnum, plausible.text(reason) or "")) or "Unknown"
    return msgspec.structs.replace(alarm, state=no_state) if no_state else alarm
