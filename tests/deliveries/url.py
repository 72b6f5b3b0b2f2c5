"""The URL of the receiver: environments start cold, are killed, answer too late or never."""

from __future__ import annotations

from collections.abc import Callable

from lastgood.senders.request import Request
from lastgood.workflows.receiving import Receiver
from sandbox.senders.conversation import Post
from tests.deliveries.outside import Outside
from tests.deliveries.watch import Watch
from tests.simulation.schedule import SECOND

LIFETIME = 10 * SECOND
"""The timeout of the receiver in template.yaml; its start does not count."""

KILLED, THROTTLED = 502, 429
Answered = Callable[[int], None]


class Url:
    """Hands each request to an environment that is free, or to a new one."""

    def __init__(self, outside: Outside, make: Callable[[], Receiver], watch: Watch) -> None:
        self.loses, self.cold = 0.0, 3 * SECOND
        self._outside, self._schedule = outside, outside.schedule
        self._make, self._watch = make, watch
        self._free: list[Receiver] = []

    def forget_environments(self) -> None:
        """Let every request from now on start one."""
        self._free.clear()

    def request(self, post: Post, *, genuine: bool, answered: Answered) -> None:
        """Send a request; `answered` is called with the status of its answer, if one comes."""
        self._schedule.after(20, 200, lambda: self._arrive(post, genuine, answered))

    def _arrive(self, post: Post, genuine: bool, answered: Answered) -> None:  # noqa: FBT001
        schedule = self._schedule
        if self._outside.is_away("receiver"):
            schedule.hurt("request", "lost")
            return
        if self._outside.is_away("account"):
            schedule.hurt("throttled", "the receiver")
            answered(THROTTLED)
            return
        receiver = self._free.pop() if self._free else None
        start = 0 if receiver else schedule.between(SECOND // 3, self.cold)

        def body() -> None:
            if start:
                schedule.sleep(start)
            environment = receiver or self._make()
            struck = schedule.current.struck
            answer = environment.receive(post.road, Request(post.headers, post.body))
            self._free.append(environment)
            schedule.say(f"{post.road}: {answer.status} {answer.reason}")
            self._watch.answers(post, answer.status, genuine, schedule.current.struck > struck)
            if schedule.chance(self.loses):
                schedule.hurt("answer", "lost")
            else:
                answered(answer.status)

        process = schedule.spawn(f"receiver {post.road}", body, LIFETIME + start)
        process.killed = lambda: answered(KILLED)
