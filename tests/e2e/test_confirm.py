"""Alarms of Cloud Eye that the functions ask Cloud Eye about, from the bundles."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.stage import ALARM_FUNCTION
from tests.support.bundle import BundledStage
from tests.support.incidents import (
    DAMAGE,
    PATIENCE,
    Incident,
    Incidents,
    execution_of,
    policy_with,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIRMED = 'cloud = "prod"\nmode = "auto"\nconfirm = "cloud-eye"'
RULE, METRIC = "al17700000000000orders", "SYS.NoSQL/redis_db_keys"
CONDITION = {
    "period": 1,
    "filter": "average",
    "comparison_operator": "<",
    "value": 1000,
    "count": 3,
}
MINUTE = timedelta(minutes=1)
ALARM = json.loads((Path(__file__).parents[2] / "events/cloudeye-bare.json").read_text())


@pytest.fixture(scope="module")
def incidents(bundles: Path) -> Iterator[Incidents]:
    instances = {"measured": CONFIRMED, "doubted": CONFIRMED}
    with BundledStage(bundles, policy_with(instances)) as stage:
        iam = f'iam = "{stage.huawei.iam_url}"'
        eye = f'{iam}, ces = "{stage.huawei.ces_url}"'
        stage.set_policy(stage.policy_text().replace(iam, eye))
        yield Incidents(stage, instances)


def event(incident: Incident) -> bytes:
    """The alarm as Cloud Eye sends it, with the newest of its values."""
    changed = int(incident.alarmed_at.timestamp() * 1000)
    return json.dumps(
        ALARM
        | {
            "alarm_name": incident.instance.name,
            "time": changed,
            "dimension": f"redis_cluster_id:{incident.instance.id}",
            "period": 1,
            "alarmValue": [{"time": changed - 60_000, "value": 12}],
        }
    ).encode()


def record(incident: Incident, status: str = "alarm") -> datetime:
    """Let Cloud Eye have seen it: since when it was bad."""
    eye, dimensions = incident.stage.huawei.cloud_eye, {"redis_cluster_id": incident.instance.id}
    now = incident.stage.clock.now()
    first = now.replace(second=0, microsecond=0) - DAMAGE + MINUTE
    moments = (first + n * MINUTE for n in range(-90, 7))
    values = {moment: 12.0 if moment >= first else 1204.0 for moment in moments}
    eye.measure(METRIC, dimensions, values)
    eye.add_record(RULE, METRIC, dimensions, incident.alarmed_at, CONDITION, status=status)
    return first


def test_a_measured_onset_lets_an_alarm_of_cloud_eye_bring_the_data_back(
    incidents: Incidents,
) -> None:
    measured = incidents["measured"]
    first = record(measured)

    answer = measured.stage.functions.send(ALARM_FUNCTION, event(measured)).result().value()
    recovery = measured.end(answer["outcomes"][0]["incident"])

    plan = recovery["plan"]
    assert recovery["state"] == "settled"
    assert measured.value == b"good"
    assert (plan["strength"], plan["incident"]["confirmed"]) == ("datapoint", True)
    assert datetime.fromisoformat(plan["incident"]["onset"]) == first - 2 * MINUTE
    # Looked up for the decision, and once more right before the request: not so what is lost.
    asked = measured.stage.huawei.requests_to("metric-data")
    names = [request.query["metric_name"] for request in asked]
    assert (names.count("redis_db_keys"), names.count("redis319_all_qps")) == (2, 3)


def test_an_alarm_that_cloud_eye_knows_to_be_over_waits_for_a_person(incidents: Incidents) -> None:
    doubted = incidents["doubted"]
    record(doubted, status="ok")

    answer = doubted.stage.functions.send(ALARM_FUNCTION, event(doubted)).result().value()
    incident = answer["outcomes"][0]["incident"]
    doubted.stage.functions.wait_for_callback(execution_of(incident), PATIENCE)

    proposed = incidents.ledger.known(incident).plan
    assert proposed is not None
    assert any("its record is ok by now" in warning for warning in proposed.warnings)
    assert doubted.kinds == ["Recovery Proposed"]
    assert doubted.puts == []
