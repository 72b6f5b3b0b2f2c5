"""The FIFO queue with the poller that hands its messages to the alarm function.

As in template.yaml: a message that was taken is away for six minutes, is taken four times, in
batches of ten, by five invocations at most. A message whose id was kept within five minutes is
dropped. docs/facts/aws.md, lastgood/aws/inbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lastgood.ports import InboxError
from tests.deliveries.outside import Outside
from tests.simulation.schedule import MINUTE, SECOND, Boundary, Process

DEDUPLICATION = 5 * MINUTE
VISIBILITY = 360 * SECOND
MOST_RECEIVES = 4
BATCH = 10
CONCURRENCY = 5
ALARM_LIFETIME = 60 * SECOND

_CALL = ("switch", "switch", "kill", "delay", "fail")
PUT = Boundary("before a message is kept", _CALL, 3, lambda: InboxError("no answer", "wait"))
PUT_DONE = Boundary("after a message was kept, its answer lost", _CALL, 3, PUT.error)

Handle = Callable[[dict[str, Any]], Sequence[str]]
"""Deals with an event, and returns the ids of the messages to be taken back."""


class Message:
    """One message; `excused` counts the times that it was taken, and something struck."""

    __slots__ = ("body", "excused", "group", "name", "receives", "road", "visible_at")

    def __init__(self, name: str, road: str, group: str, body: str) -> None:
        self.name, self.road, self.group, self.body = name, road, group, body
        self.visible_at = self.receives = self.excused = 0

    def record(self) -> dict[str, Any]:
        """The message in an event of SQS."""
        attributes = {"road": {"stringValue": self.road, "dataType": "String"}}
        return {
            "messageId": self.name,
            "eventSource": "aws:sqs",
            "body": self.body,
            "messageAttributes": attributes,
        }


class SimulatedQueue:
    """The Inbox port; `handle` is called with what it kept."""

    def __init__(self, outside: Outside, handle: Handle | None = None) -> None:
        self.waiting: list[Message] = []
        self.dead: list[Message] = []
        self.keepers: set[Process] = set()
        self._outside, self._schedule = outside, outside.schedule
        self._handle = handle
        self._seen: dict[str, int] = {}
        self._named = 0
        self._running = 0

    def put(self, road: str, id_: str, body: str) -> None:
        self._outside.cross(PUT, "queue")
        seen = self._seen.get(id_)
        if seen is None or self._schedule.clock - seen >= DEDUPLICATION:
            self._seen[id_] = self._schedule.clock
            self._named += 1
            self.waiting.append(Message(f"message-{self._named}", road, id_, body))
            self._schedule.after(0, SECOND, self._poll)
        self.keepers.add(self._schedule.current)
        self._outside.cross(PUT_DONE)

    def redrive(self, dead: Sequence[Message]) -> None:
        """Take messages back from the dead letters, as a person does."""
        for message in dead:
            self.dead.remove(message)
            message.receives = message.visible_at = message.excused = 0
            self.waiting.append(message)
        self._poll()

    def _poll(self) -> None:
        if self._handle is None or self._running >= CONCURRENCY:
            return
        batch = self._take()
        if not batch:
            return
        self._schedule.at(self._schedule.clock + VISIBILITY, self._poll)
        if self._outside.is_away("alarm"):
            self._schedule.hurt("throttled", "the alarm function")
            for message in batch:
                message.excused += 1
            return
        self._running += 1
        process = self._schedule.spawn("alarm", lambda: self._invoke(batch), ALARM_LIFETIME)
        process.killed = lambda: self._give_back(batch)

    def _take(self) -> list[Message]:
        """The next messages; of each group the first only, and none that was taken too often."""
        clock, groups, batch = self._schedule.clock, set[str](), list[Message]()
        for message in list(self.waiting):
            if message.group in groups:
                continue
            groups.add(message.group)
            if message.visible_at > clock or len(batch) == BATCH:
                continue
            message.receives += 1
            if message.receives > MOST_RECEIVES:
                self.waiting.remove(message)
                self.dead.append(message)
                continue
            message.visible_at = clock + VISIBILITY
            batch.append(message)
        return batch

    def _invoke(self, batch: Sequence[Message]) -> None:
        if self._handle is None:
            raise AssertionError
        event = {"Records": [message.record() for message in batch]}
        process, struck = self._schedule.current, self._schedule.current.struck
        try:
            returned = set(self._handle(event))
        except Exception as error:  # noqa: BLE001 - as Lambda does
            self._schedule.say(f"fails: {error!r}")
            returned = {message.name for message in batch}
        if self._schedule.choose("a deletion", ["lost"], 0.02):
            process.struck += 1
            returned = {message.name for message in batch}
        for message in batch:
            if message.name not in returned:
                self.waiting.remove(message)
        self._give_back(batch, excused=process.struck > struck)

    def _give_back(self, batch: Sequence[Message], *, excused: bool = True) -> None:
        for message in batch:
            message.excused += excused
        self._running -= 1
        self._schedule.after(0, SECOND, self._poll)


def taken_back(answer: Mapping[str, Any]) -> list[str]:
    """The ids that an answer of the alarm function wants to be taken back."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
