"""One history: six senders, what they tell within hours, and what goes wrong meanwhile."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import Any, Literal, NamedTuple, cast

from lastgood.domain.policy import Policy
from lastgood.domain.policy_file import parse_policy
from lastgood.workflows.dispatch import dispatch
from lastgood.workflows.receiving import SIGNED, Receiver
from lastgood.workflows.world import World
from sandbox.senders.conversation import Alert, Conversation, Heard, Post, Wait
from sandbox.senders.datadog import Datadog
from sandbox.senders.groups import Alertmanager, Grafana
from sandbox.senders.pagerduty import PagerDuty
from sandbox.senders.smn import Smn
from sandbox.senders.standard_webhooks import Pipeline
from tests.deliveries.outside import PARTS, AlarmWorld, Documents, Outside, Part, Secrets
from tests.deliveries.queue import MOST_RECEIVES, SimulatedQueue, taken_back
from tests.deliveries.strangers import Strangers
from tests.deliveries.url import Url
from tests.deliveries.watch import FOREIGN, UNREADABLE, Watch
from tests.simulation.schedule import HOUR, MINUTE, SECOND, Schedule
from tests.support.fakes import FakeMetrics
from tests.support.smn import CONFIRM, NOW, TOPIC, certificate, sign

INSTANCES = 4
MOST_ALERTS = 24
LENGTH = 4 * HOUR
"""In which alerts fire; the patience of their senders lasts longer."""

MOST_HAPPENINGS = 20_000
SKEW = 4 * 60
"""Seconds that the clock of a sender may be wrong by: a signed time may be five minutes off."""

STRIKES = ("switch", "kill", "delay", "fail")
GAPS = (6.0, 25.0, 100.0)
CERTIFICATES = "https://smn.eu-west-101.myhuaweicloud.eu/smn/SMN_eu-west-101_{}.pem"


class Result(NamedTuple):
    """What a history showed."""

    seed: int
    violations: list[tuple[str, str]]
    deliveries: int
    answered: Counter[tuple[str, int]]
    faults: Counter[tuple[str, str]]
    given_up: Counter[str]
    redriven: int
    trace: list[str]


def live(seed: int, *, traced: bool = False) -> Result:
    """Live the history of this seed."""
    return History(seed, [] if traced else None).live()


class History:
    """Everything of one seed, and what is going to happen in it."""

    def __init__(self, seed: int, trace: list[str] | None) -> None:
        self.seed = seed
        self.schedule = schedule = Schedule(seed, NOW, MOST_HAPPENINGS)
        schedule.trace = trace
        self.outside = Outside(schedule)
        self.secrets, self.documents = Secrets(self.outside), Documents(self.outside)
        self.world = AlarmWorld(self.outside, policy())
        self.queue = SimulatedQueue(self.outside, self._handle)
        self.watch = Watch(schedule, self.queue, self.documents, self.world)
        self.url = Url(self.outside, self._receiver, self.watch)
        self.strangers = Strangers(self.url, schedule)
        self.skew = timedelta(seconds=schedule.between(-SKEW, SKEW))
        self.roads: dict[str, str] = {}
        self._make_senders()
        self._choose_faults()
        self._let_things_happen()

    def live(self) -> Result:
        """Let everything happen, let a person look at the dead letters, and judge."""
        schedule = self.schedule
        schedule.run()
        schedule.calm()
        schedule.clock += 12 * HOUR
        dead = [message for message in self.queue.dead if UNREADABLE not in message.body]
        for message in dead:
            if message.excused < MOST_RECEIVES:
                self.watch.violated("nothing is lost", f"a dead letter for nothing: {message.body}")
        self.queue.redrive(dead)
        schedule.run()
        if schedule.endless:
            self.watch.violated("it ends", "more happened than can be")
        else:
            self.watch.ends()
        if self.pagerduty.switched_off:
            self.watch.violated("no subscription is switched off", "that of PagerDuty")
        return Result(
            self.seed,
            self.watch.violations,
            len(self.watch.deliveries),
            self.watch.answered,
            schedule.counts,
            self.watch.given_up(self.roads),
            len(dead),
            schedule.trace or [],
        )

    # The parts

    def _handle(self, event: dict[str, Any]) -> list[str]:
        return taken_back(dispatch(event, cast("World", self.world)).summary())

    def _receiver(self) -> Receiver:
        return Receiver(
            inbox=self.queue,
            fetcher=self.documents,
            heartbeats=FakeMetrics(),
            read_secrets=self.secrets,
            topics=frozenset({TOPIC}),
            clock=self.schedule.now,
        )

    def _make_senders(self) -> None:
        random = self.schedule.random
        first = {road: secret_of(road, 1) for road in SIGNED}
        self.secrets.values = dict(first)
        self.documents.confirmation = CONFIRM
        self.documents.certificates = {CERTIFICATES.format(n): PEM for n in (1, 2)}
        self.alertmanager = Alertmanager(first["alertmanager"], random)
        self.grafana = Grafana(first["grafana"], random)
        self.pagerduty = PagerDuty(first["pagerduty"])
        self.datadog = Datadog(first["datadog"])
        self.pipeline = Pipeline(first["events"])
        self.smn = Smn(TOPIC, CERTIFICATES.format(1), sign, random)
        self._tell: dict[str, Callable[[Alert], list[Conversation]]] = {
            "alertmanager": self.alertmanager.tell,
            "grafana": self.grafana.tell,
            "pagerduty": self.pagerduty.tell,
            "datadog": self.datadog.tell,
            "events": self.pipeline.tell,
            "smn": self.smn.tell,
        }

    # What goes wrong

    def _choose_faults(self) -> None:
        schedule = self.schedule
        if schedule.chance(0.8):
            enabled = {kind for kind in STRIKES if schedule.chance(0.6)}
            schedule.enabled = frozenset(enabled)
            schedule.budget = schedule.pick((2, 5, 15, 40))
            schedule.patience = schedule.pick((4, 16, 40))
            schedule.dare(schedule.pick(GAPS))
        if schedule.chance(0.3):
            self.url.loses = 0.1
        if schedule.chance(0.3):
            self.url.cold = 9 * SECOND
        while schedule.chance(0.6):
            schedule.after(0, LENGTH, self._fail_for_a_while)

    def _fail_for_a_while(self) -> None:
        schedule = self.schedule
        longest = schedule.pick((MINUTE, 20 * MINUTE, 3 * HOUR))
        length = schedule.between(10 * SECOND, longest)
        what: Part | Literal["slow", "cold"] = schedule.pick((*PARTS, "slow", "cold"))
        schedule.hurt("outage", what)
        if what == "slow":
            self.outside.slow_until = schedule.clock + length
        elif what == "cold":
            self.url.forget_environments()
        else:
            self.outside.take_away(what, length)

    # What happens

    def _let_things_happen(self) -> None:
        schedule = self.schedule
        if schedule.chance(0.2):
            self._carry_on(self.smn.confirm(CONFIRM))
        for number in range(schedule.between(4, MOST_ALERTS)):
            schedule.after(0, LENGTH, partial(self._ring, number))
        if schedule.chance(0.3):
            schedule.after(0, LENGTH, self._change_secrets)
        if schedule.chance(0.3):
            schedule.after(0, LENGTH, self._change_certificate)
        while schedule.chance(0.7):
            schedule.after(MINUTE, LENGTH, self.strangers.try_something)

    def _ring(self, number: int) -> None:
        """Let one sender notice something; most of it ends after a while."""
        schedule = self.schedule
        road = schedule.pick(tuple(self._tell))
        kind = "alarm"
        if schedule.chance(0.1):
            kind = FOREIGN
        elif road == "datadog" and schedule.chance(0.2):
            kind = UNREADABLE
        instance = schedule.between(0, INSTANCES - 1) if kind != FOREIGN else INSTANCES
        at = schedule.true_time().replace(microsecond=0)
        alert = Alert(f"{kind}-{number}", as_named(road, instance), at)
        self._happens(road, alert)
        if kind == UNREADABLE:
            broken = f'{{"lastgood": "datadog", "title": "the "{alert.name}" broke"}}'.encode()
            self._carry_on(self.datadog.send(broken, alert.key))
            return
        if kind == FOREIGN and road == "pagerduty":
            for conversation in self.pagerduty.send("acknowledged", alert):
                self._carry_on(conversation)
        for conversation in self._tell[road](alert):
            self._carry_on(conversation)
        if road in {"alertmanager", "grafana"} or (road != "events" and schedule.chance(0.6)):
            schedule.after(2 * MINUTE, 90 * MINUTE, lambda: self._end(road, alert))

    def _end(self, road: str, alert: Alert) -> None:
        ended = self.schedule.true_time().replace(microsecond=0)
        over = alert._replace(ended=ended)
        self._happens(road, over)
        for conversation in self._tell[road](over):
            self._carry_on(conversation)

    def _happens(self, road: str, alert: Alert) -> None:
        self.watch.happens(alert)
        self.roads[alert.key] = road

    def _change_secrets(self) -> None:
        """Change them all, as docs/how-to/webhooks.md says."""
        schedule = self.schedule
        schedule.hurt("secrets", "changed")
        old, new = ({road: secret_of(road, number) for road in SIGNED} for number in (1, 2))
        self.secrets.values = {road: f"{new[road]} {old[road]}" for road in SIGNED}

        def tell_senders() -> None:
            self.alertmanager.secret = new["alertmanager"]
            self.grafana.secret = new["grafana"]
            self.datadog.secret = new["datadog"]
            self.pipeline.secret = new["events"]
            self.pagerduty.secrets = [new["pagerduty"], old["pagerduty"]]
            schedule.at(schedule.clock + MINUTE, forget)

        def forget() -> None:
            self.pagerduty.secrets = [new["pagerduty"]]
            self.secrets.values = new

        schedule.at(schedule.clock + MINUTE, tell_senders)

    def _change_certificate(self) -> None:
        self.schedule.hurt("certificate", "changed")
        self.smn.certificate_url = CERTIFICATES.format(2)

    # Conversations

    def _carry_on(self, conversation: Conversation, heard: Heard | None = None) -> None:
        """Carry a conversation on until it waits for something."""
        schedule = self.schedule
        try:
            wanted = next(conversation) if heard is None else conversation.send(heard)
            while isinstance(wanted, Wait) and not wanted.length:
                wanted = conversation.send(self._heard(None))
        except StopIteration:
            return
        if isinstance(wanted, Wait):
            length = round(wanted.length / timedelta(milliseconds=1))
            again = lambda: self._carry_on(conversation, self._heard(None))  # noqa: E731
            schedule.at(schedule.clock + length, again)
        else:
            self._send(conversation, wanted)

    def _send(self, conversation: Conversation, post: Post) -> None:
        schedule, open_ = self.schedule, [True]
        self.watch.deliveries.add((post.road, post.tells))
        self.strangers.overhear(post)

        def hear(status: int | None) -> None:
            if open_:
                open_.clear()
                self._carry_on(conversation, self._heard(status))

        self.url.request(post, genuine=True, answered=hear)
        timeout = round(post.timeout / timedelta(milliseconds=1))
        schedule.at(schedule.clock + timeout, lambda: hear(None))

    def _heard(self, status: int | None) -> Heard:
        return Heard(self.schedule.true_time() + self.skew, status)


# What all histories share


@cache
def policy() -> Policy:
    """A policy with a few instances, each with a name for every way of naming one."""
    entries = "".join(
        f"""
        [[instance]]
        id = "{instance_id(number)}"
        name = "cache-{number}"
        cloud = "prod"
        service = "geminidb-redis"
        known_as = ["PSERVICE{number}"]
        """
        for number in range(INSTANCES)
    )
    return parse_policy(
        f"""
        version = 1
        [cloud.prod]
        region = "ap-southeast-1"
        project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"
        credentials = "env:LASTGOOD_PROD"
        {entries}
        """
    )


def instance_id(number: int) -> str:
    """An id in the form of the service."""
    return f"{number:032x}in12"


def as_named(road: str, number: int) -> str:
    """An instance as a sender names it."""
    return {"smn": instance_id(number), "pagerduty": f"PSERVICE{number}"}.get(
        road, f"cache-{number}"
    )


@cache
def secret_of(road: str, number: int) -> str:
    """A secret of a sender."""
    text = f"the-secret-{number}-of-{road}"
    return f"whsec_{base64.b64encode(text.encode()).decode()}" if road == "events" else text


PEM = certificate()
