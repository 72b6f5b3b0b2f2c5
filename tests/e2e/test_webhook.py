"""From a request on the URL to a recovery, from the bundles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.aws.account import WEBHOOK_SECRET
from sandbox.stage import WEBHOOK_FUNCTION, Stage
from tests.support.bundle import BundledStage

SECRET = "a-secret-of-alertmanager"
JSON = {"content-type": "application/json"}
BEARER = JSON | {"authorization": f"Bearer {SECRET}"}


@pytest.fixture(scope="module")
def stage(bundles: Path) -> Iterator[Stage]:
    with BundledStage(bundles) as stage:
        stage.aws.put_secret(WEBHOOK_SECRET, json.dumps({"alertmanager": SECRET}))
        yield stage


def alert() -> bytes:
    fired = datetime.now(UTC) - timedelta(minutes=2)
    labels = {"alertname": "KeysDropped", "lastgood_instance": "sessions-cache"}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {},
        "startsAt": fired.isoformat().replace("+00:00", "Z"),
        "endsAt": "0001-01-01T00:00:00Z",
    }
    group = {"version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "firing"}
    return json.dumps(group | {"receiver": "lastgood", "alerts": [alert]}).encode()


def test_an_alert_that_comes_twice_starts_one_recovery(stage: Stage) -> None:
    body = alert()

    assert [stage.post("/alertmanager", body, BEARER) for _ in range(2)] == [200, 200]
    taken = stage.take_messages().value()

    assert [outcome["result"] for outcome in taken["outcomes"]] == ["started"]
    assert taken["batchItemFailures"] == []


@pytest.mark.parametrize("body", [b"not JSON", b"not even a text \xff"])
def test_what_is_authentic_and_not_understood_goes_back_to_the_queue(
    stage: Stage, body: bytes
) -> None:
    assert stage.post("/alertmanager", body, BEARER) == 200

    taken = stage.take_messages().value()

    assert len(taken["batchItemFailures"]) == 1


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/alertmanager", "POST", JSON | {"authorization": "Bearer wrong"}, 401),
        ("/grafana", "POST", BEARER, 401),
        ("/smn", "POST", JSON, 401),
        ("/alertmanager", "GET", BEARER, 405),
        ("/other", "POST", BEARER, 404),
        ("/", "GET", {}, 404),
        ("/alertmanager/", "POST", BEARER, 404),
        ("/smn\n", "POST", JSON, 401),
        ("/alertmanager", "POST", {"authorization": f"Bearer {SECRET}"}, 415),
        ("/heartbeat", "POST", BEARER, 200),
    ],
)
def test_every_other_request_is_answered_and_keeps_nothing(
    stage: Stage, path: str, method: str, headers: dict[str, str], status: int
) -> None:
    assert stage.post(path, alert(), headers, method) == status
    assert stage.aws.messages() == []


def test_an_answer_holds_nothing_and_no_log_holds_a_secret(stage: Stage) -> None:
    stage.post("/alertmanager", alert(), BEARER)
    *_, last = stage.functions.invocations(WEBHOOK_FUNCTION)
    stage.aws.messages()

    assert not last.result.value().get("body")
    assert SECRET not in last.result.log
    assert "KeysDropped" not in last.result.log
