"""What must hold, whatever happens: checked at each deed, and once more when all is over.

Everything here is told by the simulated store and cloud, not by lastgood: the state of a recovery
is read from the bytes that were committed, and a request is counted where it is sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any, cast

import msgspec

from lastgood.domain import canonical, journal, times
from lastgood.domain.alarm import Incident
from lastgood.domain.events import RECOVERY_KINDS
from lastgood.domain.lifecycle import ACTIVE, MOVES, FleetState, Head, Recovery, State
from lastgood.domain.policy import Instance
from lastgood.ledger import records
from lastgood.ports import Key, Record
from lastgood.workflows.deciding import Decided
from lastgood.workflows.dispatch import Dispatched
from tests.simulation.cloud import SimulatedCloud
from tests.simulation.schedule import MINUTE, Schedule
from tests.simulation.store import SimulatedStore

Move = tuple[State | None, State]

ENDS = frozenset(state for moves in MOVES.values() for state in moves) - MOVES.keys()
IN_FLIGHT = timedelta(milliseconds=5 * MINUTE)
"""How much older than its last check a request may be when it leaves: the life of a process."""


class Watch:
    """Sees every move, request, event and answer of one history."""

    def __init__(self, schedule: Schedule) -> None:
        self.violations: list[str] = []
        self.moves: Counter[Move] = Counter()
        self.foreign = 0
        self.store: SimulatedStore
        self.cloud: SimulatedCloud
        self._schedule = schedule
        self._states: dict[str, State] = {}
        self._been: dict[str, set[State]] = defaultdict(set)
        self._told: dict[str, set[str]] = defaultdict(set)
        self._active: dict[str, str] = {}
        self._listed: dict[str, int] = {}
        self._sent: Counter[str] = Counter()
        self._reached: Counter[str] = Counter()
        self._agreed: dict[str, set[str]] = defaultdict(set)
        self._acknowledged: set[tuple[str, str]] = set()
        self._claims: dict[str, date] = {}
        self._day: date | None = None
        self._halted = False
        self._resumes = 0
        self._opened: set[str] = set()
        self._ignored: Counter[str] = Counter()

    def violated(self, what: str) -> None:
        """Write down that something happened which never may; the history ends here."""
        if not self._schedule.aborting:
            self._schedule.say(f"VIOLATION: {what}")
            self.violations.append(what)
            self._schedule.abort()

    # Moves

    def commits(self, record: Record) -> None:
        """Look at one record of a commit."""
        if record.key.sort != "recovery":
            return
        body = record.body
        start = body.rfind(b'"state":"') + 9
        # A word that is no state is no move either, which the next check finds.
        after = cast("State", body[start : body.index(b'"', start)].decode())
        incident = record.key.partition.removeprefix("incident#")
        before = self._states.get(incident)
        if after not in MOVES.get(before, ()):
            self.violated(f"{incident} went from {before} to {after}")
        self.moves[before, after] += 1
        self._states[incident] = after
        self._been[incident].add(after)
        self._schedule.say(f"{incident}: {before} → {after}")
        if after in ACTIVE:
            if before not in ACTIVE:
                self._claims_place(canonical.decode(body, Recovery))
        elif self._active.pop(incident, None) and (before, after) == ("claimed", "refused"):
            self._claims.pop(incident, None)
        match after:
            case "firing":
                self._listed[incident] = self._schedule.current.listed_at
                if self._halted:
                    self.violated(f"{incident} wrote its intent after a halt was acknowledged")
            case "accepted" | "restored":
                self._check_job(canonical.decode(body, Recovery))

    def _claims_place(self, recovery: Recovery) -> None:
        incident, instance = recovery.incident, recovery.instance
        others = [other for other, held in self._active.items() if held == instance]
        if others:
            self.violated(f"{instance} is recovered for {others[0]}, and now for {incident} too")
        self._active[incident] = instance
        policy = self._schedule.current.policy
        if policy is None:
            self.violated(f"{incident} was claimed by somebody who had read no policy")
            return
        if len(self._active) > policy.fleet.max_active:
            self.violated(f"{len(self._active)} recoveries are active: {sorted(self._active)}")
        # The clocks of those who claim are skewed; a day that has begun for one has begun.
        day = times.utc_day(recovery.changed_at)
        day = self._day = max(day, self._day or day)
        self._claims[incident] = day
        claimed = sum(1 for other in self._claims.values() if other == day)
        if claimed > policy.fleet.max_per_day:
            self.violated(f"{claimed} recoveries on {day}, more than {policy.fleet.max_per_day}")

    def _check_job(self, recovery: Recovery) -> None:
        """A job that is taken for ours must be; one that is taken for done must be."""
        job = self.cloud.made.get(recovery.job or "")
        if job is None:
            self.violated(f"{recovery.incident} follows {recovery.job}, and there is no such job")
        elif job.incident is None and job.listed > self._listed[recovery.incident]:
            self.foreign += 1  # the limit that lastgood.workflows.reconciliation owns up to
        elif job.incident != recovery.incident:
            self.violated(f"{recovery.incident} takes {job.id} for its own; it is {job.incident}'s")
        elif recovery.state == "restored" and self.cloud.true_status(job.id) != "Completed":
            self.violated(f"{recovery.incident} is restored, and {job.id} is not done")

    # Requests

    def sends(self, incident: Incident, instance: str, restore_time: str) -> None:
        """Look at a request that is about to leave."""
        name = incident.id
        self._schedule.say(f"{name}: sends a request for {instance} to {restore_time}")
        self._sent[name] += 1
        if self._sent[name] > 1:
            self.violated(f"{name} sent a second request")
        record = self.store.records.get(records.recovery(name))
        recovery = canonical.decode(record.body, Recovery) if record else None
        if recovery is None or recovery.sent_at is None or recovery.plan is None:
            self.violated(f"{name} sent a request without an intent in the ledger")
            return
        plan = recovery.plan
        if (plan.incident.instance, plan.restore_time) != (instance, restore_time):
            self.violated(f"{name} sent another request than the one it had planned")
        self._check_policy(incident, recovery, times.SERVICE.parse(restore_time))

    def _check_policy(self, incident: Incident, recovery: Recovery, target: datetime) -> None:
        process, name = self._schedule.current, incident.id
        policy = process.policy.find(incident.instance) if process.policy else None
        if policy is None or policy.mode == "observe" or process.policy is None:
            self.violated(f"{name} sent a request that the policy does not let")
            return
        if target >= incident.onset - policy.margin:
            self.violated(f"{name} asked for {target}, its onset is {incident.onset}")
        if self._schedule.now() - target > policy.max_rollback + IN_FLIGHT:
            self.violated(f"{name} loses more than max_rollback")
        in_play = [policy, *process.policy.companions_of(policy)]
        for one in in_play:
            self._check_range(name, one, target)
        plan = recovery.plan
        if plan is not None and "propose" in {policy.mode, plan.mode}:
            agreed = plan.hash in self._agreed[name]
            if not agreed or recovery.approval is None:
                self.violated(f"{name} sent a request that nobody had approved")

    def _check_range(self, name: str, instance: Instance, target: datetime) -> None:
        offered = self._schedule.current.ranges.get(instance.range_instance or instance.id)
        if offered is None or target not in offered:
            self.violated(f"{name} asked for {target}, which {instance.name} did not offer last")

    def turned_down(self, incident: Incident) -> None:
        """Take back a request of which the service said that it did nothing."""
        self._sent[incident.id] -= 1
        self._reached[incident.id] -= 1

    def reaches(self, incident: Incident) -> None:
        """Count a request that reached the cloud."""
        self._reached[incident.id] += 1
        if self._reached[incident.id] > 1:
            self.violated(f"the cloud got a second request for {incident.id}")

    # People and events

    def approves(self, incident: str, plan_hash: str) -> None:
        """Remember that a person agrees to this plan."""
        self._agreed[incident].add(plan_hash)

    def approved(self, incident: str, plan_hash: str) -> None:
        """Remember that the approval of this plan was acknowledged."""
        self._acknowledged.add((incident, plan_hash))

    def begins_to_halt(self) -> int:
        """The number to give to `halted` when the halt is acknowledged."""
        return self._resumes

    def halted(self, resumes: int) -> None:
        """From now on no intent may be written, unless somebody resumed meanwhile."""
        if resumes == self._resumes:
            self._halted = True

    def begins_to_resume(self) -> None:
        """Intents may be written again."""
        self._resumes += 1
        self._halted = False

    def publishes(self, kind: str, detail: dict[str, Any]) -> None:
        """Look at an event: what it tells must be in the ledger."""
        incident, state = detail["incident"], detail["state"]
        if state not in self._been[incident] or RECOVERY_KINDS.get(state) != kind:
            self.violated(f"{kind} was told of {incident}, which has not been {state}")
        self._told[incident].add(state)

    def dispatched(self, source: str, dispatched: Dispatched) -> None:
        """Remember what was answered to a delivery."""
        for outcome in dispatched.outcomes:
            if outcome.result in {"ignored", "unreadable"}:
                self._ignored[source if outcome.result == "ignored" else "unreadable"] += 1
            elif outcome.incident is not None:
                if records.opened(outcome.incident) not in self.store.records:
                    self.violated(f"{outcome.incident} was answered for, and is not in the ledger")
                self._opened.add(outcome.incident)

    # The end

    def ends(self) -> None:
        """Check that every alarm has its outcome, that nothing is held, and the journal."""
        for name in sorted(self._opened):
            self._check_ended(name)
        fleet = self.store.records.get(records.FLEET)
        if fleet and (active := records.read(fleet, FleetState).active):
            self.violated(f"the fleet still counts {active} as active")
        for chain in self._ignored:
            if records.head(chain) not in self.store.records:
                self.violated(f"what was ignored of {chain} is nowhere recorded")
        for key in [key for key in self.store.records if key.partition.startswith("chain#")]:
            self._check_chain(key)

    def _check_ended(self, name: str) -> None:
        state = self._states.get(name)
        if state not in ENDS:
            self.violated(f"{name} ended nowhere: it is {state}")
        elif state in RECOVERY_KINDS and state not in self._told[name]:
            self.violated(f"{name} is {state}, and nobody was told")
        elif state == "expired":
            plan = canonical.decode(self.store.records[records.recovery(name)].body, Recovery).plan
            if plan is not None and (name, plan.hash) in self._acknowledged:
                self.violated(f"{name} has expired, and yet its plan was approved in time")

    def _check_chain(self, key: Key) -> None:
        chain = key.partition.removeprefix("chain#")
        head = records.read(self.store.records[key], Head)
        if head.active is not None:
            self.violated(f"{chain} is still held for {head.active}")
        kept = self.store.scan(records.entries(chain))
        entries = [canonical.decode(record.body, journal.Entry) for record in kept]
        if broken := journal.first_broken(entries, head):
            self.violated(f"the journal of {chain} is broken: {broken}")
        ignored = sum(entry.kind in {"ignored", "unreadable"} for entry in entries)
        if ignored < self._ignored[chain]:
            self.violated(f"{self._ignored[chain]} were ignored, and {chain} has {ignored}")
        for entry in entries:
            if entry.kind == "decided":
                decided = msgspec.convert(entry.detail, Decided, dec_hook=canonical.read_hook)
                if canonical.encode(decided.again()) != canonical.encode(decided.decision):
                    self.violated(f"entry {entry.seq} of {chain} decides otherwise when replayed")
