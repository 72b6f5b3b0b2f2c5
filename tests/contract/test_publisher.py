"""What every Publisher must keep: run against the fake and against EventBridge (moto's server)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lastgood.aws.clients import Clients
from lastgood.aws.eventbridge import EventBridgePublisher
from lastgood.ports import Publisher, PublishError
from sandbox.aws.account import BUS, AwsSandbox
from tests.support.fakes import FakePublisher


@dataclass(frozen=True, slots=True)
class Bus:
    """A publisher, what it has published, and a way to make the next publication fail."""

    publisher: Publisher
    published: Callable[[], list[tuple[str, dict[str, Any]]]]
    fail_once: Callable[[], None]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


def fake_bus() -> Bus:
    fake = FakePublisher()
    return Bus(fake, lambda: fake.published, lambda: setattr(fake, "failing", 1))


def event_bridge(aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch) -> Bus:
    client = aws.client("events")
    before = len(aws.events())

    def published() -> list[tuple[str, dict[str, Any]]]:
        return [(event["detail-type"], event["detail"]) for event in aws.events()[before:]]

    def fail_once() -> None:
        put, failed = client.put_events, {"ErrorCode": "InternalFailure", "ErrorMessage": "Later."}

        def throttled(**_: Any) -> dict[str, Any]:
            monkeypatch.setattr(client, "put_events", put)
            return {"FailedEntryCount": 1, "Entries": [failed]}

        # moto takes every event that is well formed, and the real bus does not.
        monkeypatch.setattr(client, "put_events", throttled)

    return Bus(EventBridgePublisher(client, BUS), published, fail_once)


@pytest.fixture(params=["fake", "eventbridge"])
def bus(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Bus:
    if request.param == "fake":
        return fake_bus()
    return event_bridge(request.getfixturevalue("aws"), monkeypatch)


def test_an_event_arrives_with_its_kind_and_its_detail(bus: Bus) -> None:
    detail = {"version": 1, "instance": "e738…in12", "reasons": ["é", None], "seen": {"lag": 1.5}}

    bus.publisher.publish("Recoverability Degraded", detail)

    assert bus.published() == [("Recoverability Degraded", detail)]


def test_every_publication_is_an_event_of_its_own_in_the_order_they_were_made(bus: Bus) -> None:
    for kind in ("Recovery Started", "Recovery Started", "Recovery Completed"):
        bus.publisher.publish(kind, {})

    kinds = [kind for kind, _ in bus.published()]
    assert kinds == ["Recovery Started", "Recovery Started", "Recovery Completed"]


def test_an_event_that_the_bus_does_not_take_is_an_error_and_never_lost_in_silence(
    bus: Bus,
) -> None:
    bus.fail_once()

    with pytest.raises(PublishError):
        bus.publisher.publish("Recovery Started", {"try": 1})
    bus.publisher.publish("Recovery Started", {"try": 2})

    assert bus.published() == [("Recovery Started", {"try": 2})]


def test_the_bus_is_told_who_speaks(aws: AwsSandbox) -> None:
    EventBridgePublisher(aws.client("events"), BUS).publish("Sweep Completed", {})

    assert aws.events()[-1]["source"] == "lastgood"


def test_a_refused_entry_is_told_with_its_code(aws: AwsSandbox) -> None:
    with pytest.raises(PublishError, match=r"InvalidArgument: .*DetailType"):
        EventBridgePublisher(aws.client("events"), BUS).publish("", {})


def test_a_bus_that_does_not_exist_is_an_error_that_says_so(aws: AwsSandbox) -> None:
    with pytest.raises(PublishError, match=r"Sweep Completed: .*ResourceNotFoundException"):
        EventBridgePublisher(aws.client("events"), "no-such-bus").publish("Sweep Completed", {})


def test_a_bus_that_cannot_be_reached_is_an_error_that_says_so(
    aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    client = Clients(os.environ)("events", retries={"total_max_attempts": 1})

    with pytest.raises(PublishError, match="Could not connect"):
        EventBridgePublisher(client, BUS).publish("Sweep Completed", {})
