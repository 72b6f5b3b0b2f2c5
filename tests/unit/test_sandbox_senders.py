"""The simulated senders keep to the rules of the real ones, in their own time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain, repeat
from random import Random
from typing import Any

import msgspec
import pytest

from sandbox.senders.conversation import Alert, Conversation, Heard, Post, Wait
from sandbox.senders.datadog import Datadog
from sandbox.senders.groups import Alertmanager, Grafana
from sandbox.senders.pagerduty import PagerDuty
from sandbox.senders.smn import Smn
from sandbox.senders.standard_webhooks import Pipeline
from tests.support.smn import CONFIRM, NOW, TOPIC, URL, sign

ALERT = Alert("keys-dropped", "orders-cache", NOW)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SECRET = "a-secret-of-this-sender"
STANDARD = "whsec_YS1zZWNyZXQtb2YtdGhpcy1zZW5kZXI="
Sent = list[tuple[timedelta, Post]]


def carry_on(
    conversation: Conversation, statuses: Iterable[int | None], until: timedelta = 200 * HOUR
) -> Sent:
    """Answer what it sends, one status after the other; what was sent, and how long after."""
    sent: Sent = []
    now, answers = NOW, iter(statuses)
    wanted: Any = next(conversation)
    while now - NOW <= until:
        status = None
        if isinstance(wanted, Wait):
            now += wanted.length
        else:
            sent.append((now - NOW, wanted))
            status = next(answers)
            now += wanted.timeout if status is None else timedelta()
        try:
            wanted = conversation.send(Heard(now, status))
        except StopIteration:
            break
    return sent


def chance() -> Random:
    return Random(1)  # noqa: S311 - reproducible is what it has to be


def smn() -> Smn:
    return Smn(TOPIC, URL, sign, chance())


def told(sender: Any, *statuses: int | None) -> Sent:
    """What is sent of one alert, the last status answering whatever follows."""
    (conversation,) = sender.tell(ALERT)
    return carry_on(conversation, chain(statuses, repeat(statuses[-1])))


@pytest.mark.parametrize(
    ("sender", "status", "attempts"),
    [
        (Datadog(SECRET), 200, 1),
        (Datadog(SECRET), 503, 6),
        (Datadog(SECRET), 429, 1),
        (Datadog(SECRET), 401, 1),
        (Datadog(SECRET), None, 1),
        (Pipeline(STANDARD), 200, 1),
        (Pipeline(STANDARD), 503, 10),
        (Pipeline(STANDARD), 401, 10),
        (PagerDuty(SECRET), 200, 1),
        (PagerDuty(SECRET), 401, 1),
        (smn(), 200, 1),
        (smn(), 503, 7),
        (smn(), 401, 7),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, int) else str(value),
)
def test_a_sender_tries_as_often_as_its_rules_say(
    sender: Any, status: int | None, attempts: int
) -> None:
    assert len(told(sender, status)) == attempts


@pytest.mark.parametrize("status", [429, 503, None])
def test_pagerduty_tries_for_two_days(status: int | None) -> None:
    sent = told(PagerDuty(SECRET), status)

    assert 48 * HOUR < sent[-1][0] < 50 * HOUR


def test_pagerduty_sends_in_order_and_three_drops_in_a_row_switch_it_off() -> None:
    sender = PagerDuty(SECRET)
    alerts = [ALERT._replace(name=f"alarm-{number}") for number in range(7)]
    (conversation, *others) = [one for alert in alerts for one in sender.tell(alert)]

    sent = carry_on(conversation, [503, 200, 401, 401, 200, 401, 401, 401, 200])

    assert others == []
    assert [min(post.tells) for _, post in sent] == [
        f"alarm-{number} fires" for number in (0, 0, 1, 2, 3, 4, 5, 6)
    ]
    assert sender.switched_off == 1
    assert [carry_on(one, [200]) for one in sender.tell(ALERT)] == [[]]


def test_smn_gives_up_within_the_hour_and_signs_the_time_of_its_first_attempt() -> None:
    sent = told(smn(), 503)

    assert sent[-1][0] < HOUR
    assert len({post.body for _, post in sent}) == 1


def test_smn_asks_for_a_confirmation() -> None:
    ((_, post),) = carry_on(smn().confirm(CONFIRM), [200])

    assert msgspec.json.decode(post.body)["subscribe_url"] == CONFIRM


def test_a_pipeline_signs_each_attempt_anew() -> None:
    first, second = told(Pipeline(STANDARD), 503, 200)

    assert first[1].body == second[1].body
    assert first[1].headers["webhook-signature"] != second[1].headers["webhook-signature"]


def groups(sender: Any, *statuses: int | None, until: timedelta) -> Sent:
    (conversation,) = sender.tell(ALERT)
    return carry_on(conversation, chain(statuses, repeat(statuses[-1])), until)


@pytest.mark.parametrize("kind", [Alertmanager, Grafana])
def test_what_was_refused_is_told_at_the_next_flush_and_what_was_taken_after_hours(
    kind: Any,
) -> None:
    sent = groups(kind(SECRET, chance()), 401, 429, 200, until=5 * HOUR)

    first = sent[0][0]
    assert [at - first for at, _ in sent] == [0 * MINUTE, 5 * MINUTE, 10 * MINUTE, 255 * MINUTE]


def test_alertmanager_tries_a_flush_again_and_grafana_does_not() -> None:
    several = groups(Alertmanager(SECRET, chance()), 503, until=5 * MINUTE)
    once = groups(Grafana(SECRET, chance()), 503, until=5 * MINUTE)

    assert len(several) > 5
    assert several[1][0] - several[0][0] < timedelta(seconds=1)
    assert len(once) == 1


@pytest.mark.parametrize("kind", [Alertmanager, Grafana])
def test_an_alert_that_joins_or_ends_is_told_with_its_group_which_is_then_over(kind: Any) -> None:
    sender = kind(SECRET, chance())
    other = ALERT._replace(name="memory-low")
    (conversation,) = sender.tell(ALERT)

    def happen() -> Iterator[int]:
        sender.tell(other)  # while an answer is awaited, so that it is news at the next flush
        yield 200
        sender.tell(ALERT._replace(ended=NOW + MINUTE))
        yield 200
        sender.tell(other._replace(ended=NOW + MINUTE))
        yield 200
        yield 200

    sent = carry_on(conversation, happen())

    assert [sorted(post.tells) for _, post in sent] == [
        ["keys-dropped fires"],
        ["keys-dropped fires", "memory-low fires"],
        ["keys-dropped ends", "memory-low fires"],
        ["memory-low ends"],
    ]


@pytest.mark.parametrize("kind", [Alertmanager, Grafana])
def test_what_ended_before_it_was_told_is_never_told(kind: Any) -> None:
    sender = kind(SECRET, chance())
    (conversation,) = sender.tell(ALERT)
    sender.tell(ALERT._replace(ended=NOW))

    assert carry_on(conversation, []) == []
