"""What every Notifier must keep: run against the fake and against SNS (moto's server)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from lastgood.aws.topic import TopicNotifier
from lastgood.domain.notices import LONGEST_SUBJECT
from lastgood.ports import Notifier, NotifyError
from sandbox.aws.account import AwsSandbox
from tests.support.fakes import FakeNotifier

TEXT = 'orders-cache would be restored\n\nReject:\nlastgood reject i-1 --reason "é, no"'


@dataclass(frozen=True, slots=True)
class Topic:
    """A notifier, and what it has sent."""

    notifier: Notifier
    sent: Callable[[], list[tuple[str, str]]]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["fake", "sns"])
def topic(request: pytest.FixtureRequest) -> Topic:
    if request.param == "fake":
        fake = FakeNotifier()
        return Topic(fake, lambda: fake.sent)
    aws: AwsSandbox = request.getfixturevalue("aws")
    before = len(aws.notices())
    arn = aws.environment()["LASTGOOD_TOPIC"]
    return Topic(TopicNotifier(aws.client("sns"), arn), lambda: aws.notices()[before:])


def test_a_notice_arrives_with_its_subject_and_its_lines_as_they_are(topic: Topic) -> None:
    topic.notifier.notify("lastgood: orders-cache: approve a restore?", TEXT)

    assert topic.sent() == [("lastgood: orders-cache: approve a restore?", TEXT)]


def test_the_longest_subject_is_taken(topic: Topic) -> None:
    topic.notifier.notify("x" * LONGEST_SUBJECT, TEXT)

    assert len(topic.sent()[0][0]) == LONGEST_SUBJECT


def test_a_link_stands_below_the_text(aws: AwsSandbox) -> None:
    arn = aws.environment()["LASTGOOD_TOPIC"]

    TopicNotifier(aws.client("sns"), arn, "https://console.example/").notify("subject", "text")

    assert aws.notices()[-1] == ("subject", "text\nhttps://console.example/")


def test_a_topic_that_does_not_exist_is_an_error_that_says_what_to_check(aws: AwsSandbox) -> None:
    gone = aws.environment()["LASTGOOD_TOPIC"] + "-gone"

    with pytest.raises(NotifyError, match="NotFound") as caught:
        TopicNotifier(aws.client("sns"), gone).notify("subject", "text")

    assert "docs/how-to/be-told.md" in caught.value.hint
