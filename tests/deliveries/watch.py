"""What must hold, whatever happens: judged at each answer, and once more when all is over."""

from __future__ import annotations

from collections import Counter

from lastgood.domain.alarm import Incident
from lastgood.ledger import records
from sandbox.senders.conversation import Alert, Post, is_taken
from tests.deliveries.outside import AlarmWorld, Documents
from tests.deliveries.queue import SimulatedQueue
from tests.simulation.schedule import Schedule

PROMISES = (
    "2xx only for what is authentic",
    "2xx only for what is kept",
    "401 only for what is not authentic",
    "503 only for what could not be kept",
    "no other answer",
    "nothing is lost",
    "one incident for each transition",
    "no incident from nothing",
    "no subscription is switched off",
)

UNREADABLE = "unreadable"
"""Begins the name of what is authentic and cannot be read: it belongs among the dead letters."""

FOREIGN = "foreign"
"""Begins the name of what concerns no instance of the policy, or is no alarm."""


class Watch:
    """Sees every answer, and knows what the senders had to tell."""

    def __init__(
        self, schedule: Schedule, queue: SimulatedQueue, documents: Documents, world: AlarmWorld
    ) -> None:
        self.violations: list[tuple[str, str]] = []
        self.answered: Counter[tuple[str, int]] = Counter()
        self.deliveries: set[tuple[str, frozenset[str]]] = set()
        self._queue, self._documents, self._world = queue, documents, world
        self._schedule = schedule
        self._alerts: dict[str, Alert] = {}
        self._taken: set[str] = set()

    def violated(self, promise: str, what: str) -> None:
        """Write down that a promise was broken."""
        self._schedule.say(f"VIOLATION: {promise}: {what}")
        self.violations.append((promise, what))

    def happens(self, alert: Alert) -> None:
        """Remember what a sender has noticed."""
        self._alerts[alert.key] = alert

    def answers(self, post: Post, status: int, genuine: bool, struck: bool) -> None:  # noqa: FBT001
        """Judge an answer by who asked, by what was kept, and by what kept it from being kept."""
        self.answered[post.road, status] += 1
        process, what = self._schedule.current, f"{post.road} {sorted(post.tells)}: {status}"
        if is_taken(status):
            if not genuine:
                self.violated("2xx only for what is authentic", what)
            elif process not in self._queue.keepers | self._documents.confirmed_by:
                self.violated("2xx only for what is kept", what)
            else:
                self._taken |= post.tells
        elif status == 401:
            if genuine:
                self.violated("401 only for what is not authentic", what)
        elif status == 503:
            if not struck:
                self.violated("503 only for what could not be kept", what)
        else:
            self.violated("no other answer", what)

    def ends(self) -> None:
        """Judge what became of everything that was taken."""
        opened = [
            records.read(record, Incident)
            for key, record in self._world.store.records.items()
            if key.sort == "opened"
        ]
        count = Counter(_name(incident) for incident in opened)
        for name, times in count.items():
            if f"{name} fires" not in self._alerts or name.startswith((UNREADABLE, FOREIGN)):
                self.violated("no incident from nothing", name)
            elif times > 1:
                self.violated("one incident for each transition", f"{name}: {times}")
        self._check_taken({_name(incident): incident for incident in opened})
        own = {incident.id for incident in opened if incident.joined is None}
        if own != self._world.starter.started.keys():
            self.violated("nothing is lost", "an incident was not started")
        for message in self._queue.dead:
            if UNREADABLE not in message.body:
                self.violated("nothing is lost", f"among the dead letters: {message.body[:99]}")

    def _check_taken(self, incidents: dict[str, Incident]) -> None:
        for key in sorted(self._taken):
            alert = self._alerts[key]
            incident = incidents.get(alert.name)
            if alert.name.startswith(UNREADABLE):
                if not any(alert.name in message.body for message in self._queue.dead):
                    self.violated("nothing is lost", key)
            elif alert.name.startswith(FOREIGN):
                pass
            elif incident is None:
                if alert.ended is None:
                    self.violated("nothing is lost", key)
            elif incident.changed_at != alert.fired:
                self.violated("one incident for each transition", f"{key}: {incident.changed_at}")
            elif alert.ended and records.cleared(incident.source) not in self._world.store.records:
                self.violated("nothing is lost", key)

    def given_up(self, roads: dict[str, str]) -> Counter[str]:
        """How many transitions each sender could not tell, by its own rules."""
        return Counter(roads[key] for key in self._alerts.keys() - self._taken)


def _name(incident: Incident) -> str:
    return incident.alarm.rpartition(" ")[2]
