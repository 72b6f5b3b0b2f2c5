"""The genuine Alertmanager sends to the receiver, from the bundles, over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lastgood.aws.dynamodb import DynamoStore
from lastgood.domain import times
from lastgood.domain.alarm import Incident
from lastgood.ledger import Ledger
from sandbox.aws.account import INBOX, TABLE, WEBHOOK_SECRET
from sandbox.aws.function_url import FunctionUrl
from sandbox.stage import CACHE, SESSIONS, WEBHOOK_FUNCTION, Stage
from tests.support.alertmanager import Alertmanager, find_program
from tests.support.bundle import BundledStage
from tests.support.incidents import PATIENCE, execution_of

SECRET = "a-secret-of-alertmanager"
DELAYS = {
    "lastgood_for": "2m",
    "lastgood_evaluation_interval": "30s",
    "lastgood_scrape_interval": "15s",
}
FIRED = datetime.now(UTC).replace(microsecond=431000) - timedelta(minutes=2)
ONSET = FIRED - timedelta(minutes=2, seconds=45)
"""When it fired, less what passed before."""


@pytest.fixture(scope="module")
def program() -> str:
    return find_program()


@pytest.fixture(scope="module")
def stage(program: str, bundles: Path) -> Iterator[Stage]:
    del program  # without it no stage is needed
    with BundledStage(bundles) as stage:
        stage.aws.put_secret(WEBHOOK_SECRET, json.dumps({"alertmanager": SECRET}))
        yield stage


@pytest.fixture
def url(stage: Stage) -> Iterator[FunctionUrl]:
    url = stage.serve_webhook()
    yield url
    url.close()


@pytest.fixture
def sender(program: str, url: FunctionUrl, tmp_path: Path) -> Iterator[Alertmanager]:
    with Alertmanager(program, tmp_path, f"{url.url}/alertmanager", SECRET) as sender:
        yield sender


def alert(name: str, instance: str, ended: datetime | None = None) -> dict[str, Any]:
    """One alert of the cluster, as Prometheus tells it."""
    labels = {"alertname": name, "cluster": "orders", "lastgood_instance": instance}
    told = {"labels": labels, "annotations": DELAYS, "startsAt": times.print_rfc3339(FIRED)}
    return told if ended is None else told | {"endsAt": times.print_rfc3339(ended)}


def wait_for(url: FunctionUrl, what: Callable[[list[int]], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what(url.statuses):
        assert time.monotonic() < deadline, url.statuses
        time.sleep(0.1)


def take(stage: Stage) -> list[tuple[str, Incident | None]]:
    """What became of each alert that was kept, and the incident that it belongs to."""
    ledger = Ledger(DynamoStore(stage.aws.client("dynamodb"), TABLE))
    taken = stage.take_messages().value()
    assert taken["batchItemFailures"] == []
    return [
        (each["result"], ledger.incident(each["incident"]) if each["incident"] else None)
        for each in taken["outcomes"]
    ]


@contextmanager
def no_queue(stage: Stage) -> Iterator[None]:
    """The queue is gone for a while, so that nothing can be kept."""
    queues = stage.aws.client("sqs")
    queues.delete_queue(QueueUrl=stage.aws.environment()["LASTGOOD_INBOX"])
    yield
    queues.create_queue(QueueName=INBOX, Attributes={"FifoQueue": "true"})


def test_what_could_not_be_kept_comes_again_and_is_one_incident_with_its_onset_until_it_ends(
    stage: Stage, url: FunctionUrl, sender: Alertmanager
) -> None:
    with no_queue(stage):
        sender.tell(alert("KeysDropped", "sessions-cache"))
        wait_for(url, lambda statuses: len(statuses) >= 2)
    wait_for(url, lambda statuses: statuses[-1] == 200)

    assert set(url.statuses) == {503, 200}
    ((result, incident),) = take(stage)
    assert result == "started"
    assert incident is not None
    assert (incident.instance, incident.alarm) == (SESSIONS, "KeysDropped")
    assert (incident.changed_at, incident.onset) == (FIRED, ONSET)
    assert incident.known_by == "evaluation-start"

    ended = datetime.now(UTC).replace(microsecond=0)
    sender.tell(alert("KeysDropped", "sessions-cache", ended))
    wait_for(url, lambda statuses: statuses.count(200) == 2)

    assert take(stage) == [("ignored", None)]
    ledger = Ledger(DynamoStore(stage.aws.client("dynamodb"), TABLE))
    assert ledger.history(incident).cleared_at == ended
    stage.functions.wait_for(execution_of(incident.id), PATIENCE)  # else the next alert joins it


def test_a_group_that_comes_again_with_one_more_alert_starts_only_that_one(
    stage: Stage, url: FunctionUrl, sender: Alertmanager
) -> None:
    sender.tell(alert("MemoryLow", "sessions-cache"))
    wait_for(url, lambda statuses: statuses == [200])
    sender.tell(alert("MemoryLow", "orders-cache"))
    wait_for(url, lambda statuses: statuses == [200, 200])

    first, *group = take(stage)

    assert first[0] == "started"
    assert {(result, one and one.instance) for result, one in group} == {
        ("duplicate", SESSIONS),
        ("started", CACHE),
    }


def test_with_another_secret_every_attempt_is_refused_and_nothing_is_kept(
    stage: Stage, program: str, url: FunctionUrl, tmp_path: Path
) -> None:
    folder = tmp_path / "stranger"
    folder.mkdir()
    with Alertmanager(program, folder, f"{url.url}/alertmanager", "not-the-secret") as stranger:
        stranger.tell(alert("KeysDropped", "sessions-cache"))
        # A refusal is final for its flush; the next flush of the group tries again.
        wait_for(url, lambda statuses: len(statuses) >= 2)

    assert set(url.statuses) == {401}
    assert stage.aws.messages() == []


def test_a_watchdog_beats_for_as_long_as_it_fires(
    stage: Stage, program: str, url: FunctionUrl, tmp_path: Path
) -> None:
    before = len(stage.functions.invocations(WEBHOOK_FUNCTION))
    with Alertmanager(program, tmp_path, f"{url.url}/heartbeat", SECRET, repeat="1s") as watched:
        watched.tell(alert("Watchdog", "none"))
        wait_for(url, lambda statuses: len(statuses) >= 3)

    beats = [
        line
        for invocation in stage.functions.invocations(WEBHOOK_FUNCTION)[before:]
        for line in map(json.loads, invocation.result.log.splitlines())
        if "Heartbeats" in line
    ]
    assert set(url.statuses) == {200}
    assert len(beats) >= 3
    assert {(beat["service"], *beat["Heartbeats"]) for beat in beats} == {("webhook", 1.0)}
    assert stage.aws.messages() == []
