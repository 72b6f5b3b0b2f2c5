"""The World port over the simulated parts, and the ports that are too small for a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from lastgood.domain.alarm import Incident
from lastgood.domain.copies import Reachable
from lastgood.domain.drills import Closing, Drill, Report
from lastgood.domain.errors import PolicyError
from lastgood.domain.hooks import About, LetIn
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.objective import Finding, Verdict
from lastgood.domain.plan import Plan
from lastgood.domain.policy import CloudEntry, Policy
from lastgood.domain.restore import Validation
from lastgood.domain.services import Endpoint
from lastgood.domain.undo import Expiry
from lastgood.ledger import Intent, Ledger, Opened
from lastgood.ports import CloudEye, EndpointSeen, Flow, PublishError, Setting
from lastgood.workflows.drilling import close, drill
from lastgood.workflows.hooks import let_in_late
from lastgood.workflows.letting_go import expire
from lastgood.workflows.recovery import recover
from tests.simulation.backups import SimulatedBackups
from tests.simulation.cloud import SimulatedCloud
from tests.simulation.copies import SimulatedRds, SimulatedVault
from tests.simulation.engine import Asked, Engine
from tests.simulation.invariants import Watch
from tests.simulation.schedule import MINUTE, SECOND, Boundary, Schedule
from tests.simulation.store import Glance, SimulatedStore
from tests.support.fakes import FakeSweeps


class BusError(PublishError):
    """The bus did not answer; the event may have been sent."""


class HookError(Exception):
    """The hook did not answer."""


def _unreadable() -> Exception:
    return PolicyError("the policy cannot be read", "wait")


_CALL = ("switch", "switch", "kill", "leave", "delay", "fail")
POLICY = Boundary("before a read of the policy", _CALL, error=_unreadable)
PUBLISH = Boundary("before an event is sent", _CALL, error=lambda: BusError("no answer"))
PUBLISH_DONE = Boundary("after an event was sent, its answer lost", _CALL, error=PUBLISH.error)
VALIDATE = Boundary("before the hook", (*_CALL, "fail", "fail"), 3, lambda: HookError("no answer"))
VALIDATE_DONE = Boundary("after the hook, its answer lost", _CALL, 3, VALIDATE.error)


class SimulatedPublisher:
    """The bus: tells the invariants, and the people."""

    def __init__(self, schedule: Schedule, watch: Watch) -> None:
        self.people: Callable[[str, dict[str, Any]], None] = _nobody
        self.down_until = 0
        self._schedule = schedule
        self._watch = watch

    def publish(self, kind: str, detail: dict[str, Any]) -> None:
        self._schedule.point(PUBLISH)
        if self._schedule.clock < self.down_until:
            raise BusError("the bus is away")
        if "drill" in detail:
            self._watch.drilled(kind, detail)
        if kind == "Writers Stopped":
            self._watch.tells_of_writers(detail["incident"])
        elif "incident" in detail:
            self._schedule.say(f"{detail['incident']}: {kind}")
            self._watch.publishes(kind, detail)
            self.people(kind, detail)
        self._schedule.point(PUBLISH_DONE)


def _nobody(kind: str, detail: dict[str, Any]) -> None:
    """Nobody reads the events."""


class SimulatedValidator:
    """Hooks that give the verdict they were told to give."""

    def __init__(self, schedule: Schedule, watch: Watch) -> None:
        self.verdict = Validation("pass")
        self.may_say: tuple[Literal["fail", "none"], ...] = ()
        self._schedule = schedule
        self._watch = watch

    def call(self, hook: str, plan: Plan, about: About) -> Validation:
        del hook
        self._schedule.point(VALIDATE)
        self._watch.calls(plan.incident.id, about)
        self._schedule.point(VALIDATE_DONE)
        chosen = self._schedule.choose("hook says", self.may_say, 0.1)
        said = Validation("pass" if chosen is None else "fail", chosen or "")
        self._watch.hears(plan.incident.id, about, said)
        return said

    def validate(self, hook: str, plan: Plan, copy: Reachable | None = None) -> Validation:
        del hook, plan, copy
        self._schedule.point(VALIDATE)
        self._schedule.point(VALIDATE_DONE)
        match self._schedule.choose("hook says", self.may_say, 0.1):
            case "fail":
                return Validation("fail", "half of the keys are missing")
            case "none":
                return Validation("none", "it cannot tell")
        return self.verdict


class SimulatedMetrics:
    """Lines of a log: written at once, and never refused."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def emit(self, name: str, finding: Finding) -> None:
        """What a sweep found is not what is simulated."""

    def emit_sweep(self, counts: Mapping[Verdict, int]) -> None:
        """That neither."""

    def emit_overdue(self, copies: int) -> None:
        """Nor that."""

    def emit_recovery(self, incident: Incident, recovery: Recovery) -> None:
        self._watch.counts(incident, recovery)

    def emit_drill(self, report: Report) -> None:
        self._watch.counts_drill(report)

    def emit_policy_kept(self, why: str) -> None:
        """Its policy is in memory."""


class WatchedLedger(Ledger):
    """The ledger, which tells what was delivered to it and what was taken back."""

    def __init__(self, store: SimulatedStore, watch: Watch) -> None:
        super().__init__(store)
        self._watch = watch

    def open(self, incident: Incident, now: datetime, quiet: timedelta = timedelta()) -> Opened:
        opened = super().open(incident, now, quiet)
        self._watch.delivered(incident)
        return opened

    def intend(self, incident: str, intent: Intent, now: datetime) -> Recovery:
        firing = super().intend(incident, intent, now)
        self._watch.intended(firing)
        return firing

    def forget(self, incident: Incident, kind: str, reason: str, now: datetime) -> bool:
        self._watch.dismisses(incident)
        if not super().forget(incident, kind, reason, now):
            return False
        self._watch.dismissed(incident)
        return True


class SimulatedWorld:
    """Everything outside, as the current process of the schedule sees it."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.watch = Watch(self.schedule)
        self.store = SimulatedStore(self.schedule, self.watch.commits)
        self.cloud = SimulatedCloud(self.schedule, self.watch)
        self.copies = SimulatedRds(self.schedule, self.watch)
        self.copies.down_until = lambda: self.cloud.down_until
        self.saved = SimulatedBackups(self.schedule, self.watch)
        self.saved.down_until = lambda: self.cloud.down_until
        self.saved.is_free = self.cloud.is_free
        self.cloud.is_saving = self.saved.is_at_it
        self.vault = SimulatedVault()
        self.ledger = WatchedLedger(self.store, self.watch)
        self.publisher = SimulatedPublisher(self.schedule, self.watch)
        self.metrics = SimulatedMetrics(self.watch)
        self.validator = SimulatedValidator(self.schedule, self.watch)
        self.engine = Engine(self.schedule, self.watch)
        self.starter = self.engine
        self.waker = self.engine
        self.sweeps = FakeSweeps()
        self.now = self.schedule.now
        self.policies: list[tuple[int, Policy]] = []
        self.watch.store, self.watch.cloud = self.store, self.cloud
        self.watch.copies, self.watch.saved = self.copies, self.saved
        self.watch.ledger = Ledger(Glance(self.store))

    def carry_out(self, asked: Asked, flow: Flow) -> object:
        """What the recover function does with what it is started with."""
        match asked:
            case Drill():
                return drill(asked, flow, self)
            case Closing():
                return close(asked, flow, self)
            case Expiry():
                return expire(asked, flow, self)
            case LetIn():
                return let_in_late(asked, flow, self)
        return recover(asked, flow, self)

    def time_left(self) -> float:
        process = self.schedule.current
        process.time_left = (process.deadline - self.schedule.clock) / SECOND
        return process.time_left

    def set_policy(self, policy: Policy) -> None:
        """Change the policy from now on; who has read the one before keeps it for a minute."""
        self.policies.append((self.schedule.clock, policy))

    def policy(self) -> Policy:
        process, clock = self.schedule.current, self.schedule.clock
        if process.policy is not None and clock - process.kept_at < MINUTE:
            return process.policy
        self.schedule.point(POLICY)
        changed_at, policy = self.policies[-1]
        if clock - changed_at < MINUTE and len(self.policies) > 1 and self.schedule.chance(0.5):
            policy = self.policies[-2][1]  # another invocation had read it, and left it behind
        process.policy, process.kept_at = policy, clock
        return policy

    def clouds(self, name: str) -> SimulatedCloud:
        if name not in self.policy().cloud:
            raise PolicyError(f"the policy has no cloud {name!r} any more", "put it back")
        return self.cloud

    def restorer(self, name: str) -> SimulatedCloud:
        return self.clouds(name)

    def cloud_eye(self, name: str) -> CloudEye:
        """None of the simulated policies asks it."""
        raise AssertionError(f"Cloud Eye of {name} was asked")

    def rds(self, name: str) -> SimulatedRds:
        if name not in self.policy().cloud:
            raise PolicyError(f"the policy has no cloud {name!r} any more", "put it back")
        return self.copies

    def rds_restorer(self, name: str) -> SimulatedRds:
        return self.rds(name)

    def backups(self, name: str) -> SimulatedBackups:
        if name not in self.policy().cloud:
            raise PolicyError(f"the policy has no cloud {name!r} any more", "put it back")
        return self.saved

    def backups_restorer(self, name: str) -> SimulatedBackups:
        return self.backups(name)

    has_ledger = True

    def probe(self, entry: CloudEntry, endpoint: Endpoint) -> EndpointSeen:
        """Checkups are not simulated."""
        raise AssertionError(f"{endpoint} of {entry.region} was probed")

    def find_hook(self, hook: str) -> None:
        """Checkups are not simulated."""
        raise AssertionError(f"{hook} was looked for")

    def settings(self) -> tuple[Setting, ...]:
        """Checkups are not simulated."""
        raise AssertionError("a checkup was made")
