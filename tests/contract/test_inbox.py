"""What every Inbox must keep: run against the fakes and against SQS (moto's server)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lastgood.aws.inbox import QueueInbox
from lastgood.ports import Inbox, InboxError
from sandbox.aws.account import AwsSandbox
from tests.deliveries.outside import Outside
from tests.deliveries.queue import SimulatedQueue
from tests.simulation.schedule import Schedule
from tests.support.fakes import FakeInbox
from tests.support.smn import NOW


@dataclass(frozen=True, slots=True)
class Kept:
    """An inbox, and the roads and bodies that it has kept."""

    inbox: Inbox
    kept: Callable[[], list[tuple[str, str]]]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["fake", "simulated", "sqs"])
def kept(request: pytest.FixtureRequest) -> Kept:
    if request.param == "fake":
        fake = FakeInbox()
        return Kept(fake, lambda: [*fake.kept.values()])
    if request.param == "simulated":
        queue = SimulatedQueue(Outside(Schedule(1, NOW)))
        return Kept(queue, lambda: [(message.road, message.body) for message in queue.waiting])
    queues = request.getfixturevalue("aws").client("sqs")
    name = f"{abs(hash(request.node.name))}.fifo"
    url = queues.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
    return Kept(QueueInbox(queues, url), lambda: received(queues, url))


def received(queues: Any, url: str) -> list[tuple[str, str]]:
    found = queues.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [
        (message["MessageAttributes"]["road"]["StringValue"], message["Body"])
        for message in found.get("Messages", [])
    ]


def test_a_message_is_kept_with_its_road_and_its_body_as_it_is(kept: Kept) -> None:
    kept.inbox.put("grafana", "a" * 64, '{"é": "\\u0000"}')

    assert kept.kept() == [("grafana", '{"é": "\\u0000"}')]


def test_the_same_id_is_kept_once(kept: Kept) -> None:
    for _ in range(2):
        kept.inbox.put("smn", "a" * 64, "{}")

    assert kept.kept() == [("smn", "{}")]


def test_a_message_waits_for_no_other(kept: Kept) -> None:
    for id_ in ("a", "b"):
        kept.inbox.put("smn", id_ * 64, id_)

    assert {body for _, body in kept.kept()} == {"a", "b"}


def test_a_queue_that_does_not_exist_is_an_error_that_says_what_to_check(aws: AwsSandbox) -> None:
    inbox = QueueInbox(aws.client("sqs"), f"{aws.url}/123456789012/gone.fifo")

    with pytest.raises(InboxError, match="gone") as caught:
        inbox.put("smn", "a" * 64, "{}")

    assert "sqs:SendMessage" in caught.value.hint
