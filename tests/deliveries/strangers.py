"""Requests that no sender sent: without a secret, changed, or sent again much later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.senders.conversation import Post
from tests.simulation.schedule import HOUR, MINUTE, Schedule

if TYPE_CHECKING:
    from tests.deliveries.url import Url

SIGNED = ("grafana", "pagerduty", "events", "smn")
"""Roads on which the body is signed."""

TIMED = ("grafana", "events", "smn")
"""Roads on which a time is."""


class Strangers:
    """Have seen genuine requests, and know no secret."""

    def __init__(self, url: Url, schedule: Schedule) -> None:
        self._url, self._schedule = url, schedule
        self._seen: list[Post] = []

    def overhear(self, post: Post) -> None:
        """Take note of a genuine request that tells of an alarm."""
        if b"alarm-" in post.body:
            self._seen.append(post)

    def try_something(self) -> None:
        """Make a request of one that was seen."""
        schedule = self._schedule
        if not self._seen:
            return
        post = schedule.pick(self._seen)
        how = schedule.pick(("bare", "changed", "replayed"))
        if how == "changed" and post.road in SIGNED:
            self._post(how, post._replace(body=post.body.replace(b"alarm-", b"forged-")))
        elif how == "replayed" and post.road in TIMED:
            schedule.after(HOUR + 11 * MINUTE, 5 * HOUR, lambda: self._post(how, post))
        else:
            body = post.body.replace(b'"signature"', b'"unsigned"')
            self._post(
                "bare", Post(post.road, {"content-type": "application/json"}, body, post.timeout)
            )

    def _post(self, how: str, post: Post) -> None:
        self._schedule.hurt("stranger", f"{how} to {post.road}")
        self._url.request(post, genuine=False, answered=lambda _: None)
