"""What the receiver and the alarm function depend on; any part may fail, be slow, or be away."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from lastgood.domain.policy import Policy
from lastgood.ledger import Ledger
from lastgood.ports import CredentialsError, FetchError, Record
from tests.simulation.engine import START, START_DONE
from tests.simulation.schedule import SECOND, Boundary, Process, Schedule
from tests.simulation.store import SimulatedStore
from tests.simulation.world import POLICY
from tests.support.fakes import FakeStarter, FakeWaker, Ordered

Part = Literal["queue", "table", "secrets", "documents", "receiver", "account", "alarm"]
PARTS: tuple[Part, ...] = (
    *("queue", "table", "secrets", "documents"),
    "receiver",  # no request reaches it
    "account",  # has no concurrency left: Lambda answers 429 for the receiver
    "alarm",  # the same for the alarm function
)

_CALL = ("switch", "switch", "kill", "delay", "fail")
SECRETS = Boundary(
    "before the secrets are read", _CALL, 2, lambda: CredentialsError("no answer", "wait")
)
FETCH = Boundary("before a document is fetched", _CALL, 2, lambda: FetchError("no answer", "wait"))
FETCHED = Boundary("after a document was fetched", _CALL, 2, FETCH.error)


class Outside:
    """Which parts are away, and until when; whether all is slow."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.slow_until = 0
        self._away: dict[str, int] = defaultdict(int)

    def take_away(self, part: Part, length: int) -> None:
        """Let a part be away for a while."""
        self._away[part] = max(self._away[part], self.schedule.clock + length)

    def is_away(self, part: Part) -> bool:
        """Whether it is away."""
        return self.schedule.clock < self._away[part]

    def cross(self, boundary: Boundary, part: Part | None = None) -> None:
        """Cross a boundary to a part, which may be away."""
        schedule = self.schedule
        schedule.point(boundary)
        if schedule.clock < self.slow_until:
            schedule.sleep(schedule.between(SECOND // 2, 4 * SECOND))
        if part is not None and boundary.error is not None and self.is_away(part):
            schedule.current.struck += 1
            raise boundary.error()


class Secrets:
    """The secret that the receiver reads."""

    def __init__(self, outside: Outside) -> None:
        self.values: dict[str, str] = {}
        self._outside = outside

    def __call__(self) -> dict[str, str]:
        self._outside.cross(SECRETS, "secrets")
        return dict(self.values)


class Documents:
    """The hosts of SMN: certificates, and the confirmation of a subscription; the Fetcher port."""

    def __init__(self, outside: Outside) -> None:
        self.certificates: dict[str, bytes] = {}
        self.confirmation = ""
        self.confirmed_by: set[Process] = set()
        self._outside = outside

    def fetch(self, url: str) -> tuple[int, bytes]:
        schedule = self._outside.schedule
        self._outside.cross(FETCH)
        if self._outside.is_away("documents"):
            schedule.current.struck += 1
            if schedule.chance(0.5):
                raise FetchError("no answer", "wait")
            return schedule.pick((429, 500, 503)), b""
        if url == self.confirmation:
            self.confirmed_by.add(schedule.current)
        self._outside.cross(FETCHED)
        return (200, self.certificates[url]) if url in self.certificates else (200, b"")


class _Starter(FakeStarter):
    """The engine, whose answers may get lost."""

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self._outside = outside

    def start(self, order: Ordered) -> None:
        self._outside.cross(START)
        super().start(order)
        self._outside.cross(START_DONE)


class AlarmWorld:
    """What the alarm function sees: the World port, as far as a dispatch goes."""

    def __init__(self, outside: Outside, policy: Policy) -> None:
        self.store = SimulatedStore(outside.schedule, _nothing)
        self.ledger = Ledger(self.store)
        self.starter = _Starter(outside)
        self.waker = FakeWaker()
        self.now = outside.schedule.now
        self._outside = outside
        self._policy = policy

    def policy(self) -> Policy:
        self._outside.cross(POLICY)
        return self._policy


def _nothing(_: Record) -> None:
    """Nobody watches a single commit."""
