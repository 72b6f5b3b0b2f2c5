"""What must hold, whatever happens: checked at each deed, and once more when all is over.

Everything here is told by the simulated store and cloud, not by lastgood: the state of a recovery
is read from the bytes that were committed, and a request is counted where it is sent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from lastgood.domain import canonical, journal, times
from lastgood.domain.alarm import Incident
from lastgood.domain.copies import TIME_TO_LIVE
from lastgood.domain.drills import LONGEST, Drill, Report
from lastgood.domain.events import RECOVERY_KINDS
from lastgood.domain.hooks import About
from lastgood.domain.lifecycle import ACTIVE, MOVES, FleetState, Head, Recovery, State
from lastgood.domain.plan import Plan
from lastgood.domain.policy import Instance
from lastgood.domain.ranges import RestorableRange
from lastgood.domain.restore import Validation
from lastgood.ledger import Ledger, records
from lastgood.ports import Key, Record
from lastgood.workflows.deciding import Decided
from lastgood.workflows.dispatch import Dispatched
from tests.simulation.backups import SimulatedBackups
from tests.simulation.cloud import Made, SimulatedCloud
from tests.simulation.copies import MadeCopy, SimulatedRds
from tests.simulation.instances import ENOUGH, Annals, can_be_undone
from tests.simulation.schedule import MINUTE, Process, Schedule
from tests.simulation.store import SimulatedStore

Move = tuple[State | None, State]

ENDS = frozenset(state for moves in MOVES.values() for state in moves) - MOVES.keys()
UNUSED: frozenset[State] = frozenset({"refused", "proposed"})
"""Where a claim goes of which nothing was carried out."""

LONGEST_REQUEST = 100.0
"""Seconds that a request may take, with all that it waits for."""
ROUNDING = timedelta(seconds=1)
IN_FLIGHT = timedelta(milliseconds=5 * MINUTE)
"""How much older than its last check a request may be when it leaves: the life of a process."""


def _nothing() -> None:
    """Nothing happens when a request is about to be sent."""


class Watch:
    """Sees every move, request, event and answer of one history."""

    def __init__(self, schedule: Schedule) -> None:
        self.violations: list[str] = []
        self.moves: Counter[Move] = Counter()
        self.foreign = 0
        self.uncounted = 0
        self.untold = 0
        self.about_to_fire: Callable[[], None] = _nothing
        self.dead: frozenset[str] = frozenset()
        self.covered: frozenset[str] = frozenset()
        self.is_marked = True
        self.store: SimulatedStore
        self.ledger: Ledger
        self.cloud: SimulatedCloud
        self.copies: SimulatedRds
        self.saved: SimulatedBackups
        self._schedule = schedule
        self._states: dict[str, State] = {}
        self._last: dict[str, Recovery] = {}
        self._been: dict[str, set[State]] = defaultdict(set)
        self._told: dict[str, set[str]] = defaultdict(set)
        self._active: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._drills: dict[str, set[str]] = defaultdict(set)
        self._drill_counts: Counter[str] = Counter()
        self._listed: dict[str, int] = {}
        self._sent: Counter[str] = Counter()
        self._reached: Counter[str] = Counter()
        self._agreed: dict[str, set[str]] = defaultdict(set)
        self._acknowledged: set[tuple[str, str]] = set()
        self._claims: dict[str, date] = {}
        self._days: dict[bool, date] = {}
        self._halted = False
        self._is_kept = False
        self._resumes = 0
        self._opened: set[str] = set()
        self._joined: defaultdict[str, set[str]] = defaultdict(set)
        self._ignored: Counter[str] = Counter()
        self._annals: dict[str, Annals] = defaultdict(Annals)
        self._cleared: dict[str, datetime] = {}
        self._cleared_after: set[str] = set()
        self._left: dict[str, set[str]] = defaultdict(set)
        self._effects: dict[str, tuple[str, datetime]] = {}
        self._counted: Counter[str] = Counter()
        self._doomed: set[str] = set()
        self._kept: set[str] = set()
        self._owed: dict[str, tuple[Process, int]] = {}
        self._saves: Counter[tuple[str, str]] = Counter()
        self._hooked: set[str] = set()
        self._told_of_writers: set[str] = set()
        self._stopped: set[str] = set()
        self._passed: set[str] = set()

    def violated(self, what: str) -> None:
        """Write down that something happened which never may; the history ends here."""
        if not self._schedule.aborting:
            self._schedule.say(f"VIOLATION: {what}")
            self.violations.append(what)
            self._schedule.abort()

    def state(self, incident: str) -> State | None:
        """Where an incident stands by what was committed."""
        return self._states.get(incident)

    @property
    def opened(self) -> frozenset[str]:
        """The incidents that the ledger has."""
        return frozenset(self._opened)

    @property
    def is_firing(self) -> bool:
        """Whether any recovery is between its last check and what became of its request."""
        intended = any(self._states[name] == "firing" for name in self._active)
        return self._schedule.firing > 0 or intended

    # Moves

    def commits(self, record: Record) -> None:
        """Look at one record of a commit."""
        match record.key.sort:
            case "state":
                self._fleet_stands(records.read(record, FleetState))
            case "recovery":
                self._moves(record)
            case "opened" | "improved":
                incident = records.read(record, Incident)
                if incident.joined:
                    self._joins(incident, incident.joined)
                else:
                    self._opened.add(incident.id)
                self.delivered(incident)
            case "cleared":
                source = record.key.partition.removeprefix("alarm#")
                self._cleared[source] = records.read(record, datetime)
                self._cleared_after |= self._left[source]

    def _joins(self, incident: Incident, leader: str) -> None:
        """Whoever is taken in is answered by what takes it in."""
        if leader not in self._opened or self._states.get(leader) in ENDS:
            self.violated(f"{incident.id} joined {leader}, which answers for nothing any more")
        self._joined[leader].add(incident.id)

    def _fleet_stands(self, fleet: FleetState) -> None:
        if self._is_kept and fleet.halt is None:
            self._resumes += 1
            self._halted = False
        self._is_kept = fleet.halt is not None

    def _moves(self, record: Record) -> None:
        recovery = records.read(record, Recovery)
        after, incident = recovery.state, recovery.incident
        before = self._states.get(incident)
        last = self._last.get(incident)
        self._last[incident] = recovery
        if last and msgspec.structs.replace(recovery, undo=last.undo, hooks=last.hooks) == last:
            self._schedule.say(f"{incident}: noted {recovery.undo}, {recovery.hooks}")
            return
        if before == after == "settled":
            self._takes_effect(recovery)  # amended by what came in later
            return
        if after not in MOVES.get(before, ()):
            self.violated(f"{incident} went from {before} to {after}")
        self.moves[before, after] += 1
        self._states[incident] = after
        self._been[incident].add(after)
        self._schedule.say(f"{incident}: {before} → {after}")
        self._holds(recovery, before)
        if after in ENDS:
            self._ends_seen(recovery)
        if after in ENDS and not self._is_drill(recovery):
            current = self._schedule.current
            self._owed[incident] = (current, current.struck)
        self._arrives(recovery)

    def intended(self, recovery: Recovery) -> None:
        """Remember whose the request of the current process is: a drill draws that on its way."""
        self._schedule.current.incident = recovery.plan.incident if recovery.plan else None

    def _is_drill(self, recovery: Recovery) -> bool:
        return recovery.incident in self._drills

    def _holds(self, recovery: Recovery, before: State | None) -> None:
        incident, after = recovery.incident, recovery.state
        if after in ACTIVE:
            if before not in ACTIVE:
                self._claims_place(recovery)
        elif self._active.pop(incident, None) and before == "claimed" and after in UNUSED:
            self._claims.pop(incident, None)

    def _arrives(self, recovery: Recovery) -> None:
        incident = recovery.incident
        match recovery.state:
            case "claimed":
                self.about_to_fire()
            case "firing":
                self._listed[incident] = self._schedule.current.listed_at
                self._intends(recovery)
            case "accepted" | "restored":
                self._check_job(recovery)
            case "expired" if recovery.plan and self._schedule.now() < recovery.plan.answer_by:
                self.violated(f"{incident} has expired before its time")
            case "settled" if recovery.copy:
                self._check_ready(recovery)
            case "settled" if recovery.plan:
                annals = self._annals[recovery.instance]
                annals.settle(incident, recovery.plan.target, recovery.restored_at)
                self._takes_effect(recovery)

    def _takes_effect(self, recovery: Recovery) -> None:
        """It helped only if its alarm went back to OK after the request, and did not come again."""
        name, effect, plan = recovery.incident, recovery.effect, recovery.plan
        if effect is None or plan is None:
            self.violated(f"{name} has settled, and does not say with what effect")
            return
        source = plan.incident.source
        red = max(
            one.changed_at
            for annals in self._annals.values()
            for one in annals.delivered.values()
            if one.source == source
        )
        cleared = self._cleared.get(source)
        is_back = cleared is not None and cleared > red
        job = self.cloud.made.get(recovery.job or "")
        was_sent = job is None or job.incident is not None  # else the limit of `_check_job`
        is_after = is_back and (name in self._cleared_after or not was_sent)
        if effect in {"helped", "late"} and not is_after:
            self.violated(f"{name} is told to have {effect}: {cleared}, and red at {red}")
        if effect == "none" and is_back:
            self.violated(f"{name} is told to have no effect, and its alarm is OK since {cleared}")
        self._effects[recovery.instance] = (effect, self._schedule.true_time())

    def _ends_seen(self, recovery: Recovery) -> None:
        """Whatever took effect must be seen: by lastgood, or by the person it is handed to."""
        everything: tuple[Made | MadeCopy, ...] = (
            *self.cloud.made.values(),
            *self.copies.made.values(),
        )
        ours = [made.id for made in everything if made.incident == recovery.incident]
        if ours and recovery.state not in {"settled", "failed", "handed-over"}:
            self.violated(f"{recovery.incident} is {recovery.state}, and {ours[0]} restores for it")

    # Intents

    def _intends(self, recovery: Recovery) -> None:
        """Judge an intent by everything that is known of the instance, not by its incident only."""
        name, process, plan = recovery.incident, self._schedule.current, recovery.plan
        if self._halted:
            self.violated(f"{name} wrote its intent after a halt was acknowledged")
        if process.time_left is None or process.time_left < LONGEST_REQUEST:
            self.violated(f"{name} wrote its intent with {process.time_left} seconds left")
        policy = process.policy.ruling(plan.incident) if process.policy and plan else None
        if plan is None or policy is None:
            self.violated(f"{name} wrote its intent without a plan, or against the policy")
            return
        if self._is_drill(recovery):
            marked = process.policy.by_id(recovery.instance) if process.policy else None
            if marked is None or marked.drill != "copy":
                self.violated(f"{name} drills what is not set aside for that")
            return
        if plan.incident.pair_of:
            self._intends_for_a_pair(recovery, plan, policy)
        self._intends_with_a_backup(recovery, plan, policy)
        annals = self._annals[recovery.instance]
        standing = annals.standing(self._cleared, policy, self._schedule.now())
        offered = self._offered(policy)
        bad = [
            one for one in standing if one.id == name or can_be_undone(one, offered, policy.margin)
        ]
        since = min((one.onset for one in bad), default=None)
        if since is not None and plan.target >= since - policy.margin:
            shown = plan.bad_since is not None and plan.bad_since <= since
            if recovery.approval is None or not shown:
                self.violated(f"{name} goes to {plan.target}, and it was bad since {since}")
        if recovery.approval is None and plan.incident.pair_of is None:
            self._intends_by_itself(recovery, plan, policy)

    # Backups

    def saves(self, incident: Incident, name: str, *, nothing_came: bool) -> None:
        """A backup is asked for; of two that may be carried out one is too many.

        Whoever wrote down that it asks may be held up before it does, and be overtaken.
        """
        recovery = self._recovery(incident.id)
        if recovery is None or recovery.plan is None:
            self.violated(f"{incident.id} asks for a backup, and has no plan")
        elif recovery.plan.undo is None:
            self.violated(f"{incident.id} asks for a backup that its plan does not name")
        elif recovery.undo is None or recovery.undo.name != name:
            self.violated(f"{incident.id} asks for the backup {name}, which is not on record")
        elif not nothing_came:
            key = (incident.id, recovery.plan.hash)
            self._saves[key] += 1
            if self._saves[key] > 1:
                self.violated(f"{incident.id} asks for a backup of one plan twice")

    def saves_nothing(self, incident: Incident, name: str) -> None:
        """It was turned down after all: the instance was busy."""
        del name
        recovery = self._recovery(incident.id)
        if recovery and recovery.plan:
            self._saves[incident.id, recovery.plan.hash] -= 1

    def _intends_with_a_backup(self, recovery: Recovery, plan: Plan, policy: Instance) -> None:
        """Judge by the backups that there are, whatever the ledger says of them."""
        if policy.undo_point != "require" or plan.way is not None or plan.incident.drill:
            return
        claimed = recovery.claimed_at
        tolerated = timedelta(milliseconds=2 * self._schedule.skews) + ROUNDING
        for made in self.saved.made.values():
            began = self._schedule.start + timedelta(milliseconds=made.began)
            is_fresh = claimed is not None and began >= claimed - tolerated
            if made.incident == recovery.incident and self.saved.is_complete(made) and is_fresh:
                return
        self.violated(f"{recovery.incident} wrote its intent, and nothing is backed up")

    def _intends_for_a_pair(self, recovery: Recovery, plan: Plan, policy: Instance) -> None:
        """Judge a copy by the restore that it goes with: that was sent, and named it."""
        name, leader = recovery.incident, plan.incident.pair_of or ""
        led = self._recovery(leader)
        been = self._been[leader]
        # Handed over after an intent: the ledger fences it as what may have been carried out.
        sent = been & {"accepted", "unknown"} or {"firing", "handed-over"} <= been
        if not sent or led is None or led.plan is None:
            self.violated(f"{name} goes with {leader}, which has sent nothing")
            return
        if recovery.instance not in led.plan.pair:
            self.violated(f"{name} goes with {leader}, whose plan names {led.plan.pair}")
        if recovery.approval is None and plan.target != led.plan.target:
            self.violated(f"{name} goes to {plan.target}, and {leader} to {led.plan.target}")
        agreed = led.approval is not None and led.plan.hash in self._agreed[leader]
        if recovery.approval is None and policy.mode != "auto" and not agreed:
            self.violated(f"{name} goes with {leader}, and nobody has agreed to that")

    def _recovery(self, incident: str) -> Recovery | None:
        """An incident as it was committed last."""
        record = self.store.records.get(records.recovery(incident))
        return records.read(record, Recovery) if record else None

    def _intends_by_itself(self, recovery: Recovery, plan: Plan, policy: Instance) -> None:
        """Judge what no person has agreed to."""
        name, annals = recovery.incident, self._annals[recovery.instance]
        incident = annals.delivered[name]
        if incident.known_by not in ENOUGH[policy.auto_needs] or incident.caution:
            self.violated(f"{name} acts on {incident.known_by} ({incident.caution}) by itself")
        if annals.is_dismissed(name):
            self.violated(f"{name} acts by itself after it was dismissed")
        if annals.is_settled(incident):
            self.violated(f"{name} acts by itself on what the last restore has undone")
        if found := self._effects.get(recovery.instance):
            effect, at = found
            until = at + policy.cooldown - timedelta(milliseconds=2 * self._schedule.skews)
            lately = self._schedule.true_time() < until - policy.settle_within
            if lately and effect in {"none", "unknown"}:
                self.violated(f"{name} acts by itself, and the last restore had {effect} effect")
        apart = abs(self._schedule.current.skew - self._skew_of_service)
        if apart * 2 > policy.margin + ROUNDING:
            self.violated(f"{name} acts by itself with clocks that are {apart} apart")
        tolerated = timedelta(milliseconds=2 * self._schedule.skews)
        for made in self.cloud.made.values():
            if made.instance != recovery.instance or made.incident in {None, name}:
                continue
            began = times.SERVICE.parse(made.target)
            clock = self._schedule.clock
            ended = self._schedule.start + timedelta(milliseconds=min(made.ends, clock))
            if began <= plan.target < ended + self._skew_of_service - tolerated:
                self.violated(f"{name} goes to {plan.target}, which {made.id} has undone")

    @property
    def _skew_of_service(self) -> timedelta:
        return timedelta(milliseconds=self.cloud.skew_of_service)

    def _offered(self, policy: Instance) -> list[RestorableRange]:
        """Every range that has a say in a target, as the current process read it last."""
        process = self._schedule.current
        companions = process.policy.companions_of(policy) if process.policy else []
        gates = [policy.range_instance, *(one.range_instance or one.id for one in companions)]
        return [process.ranges[name] for name in (policy.id, *gates) if name in process.ranges]

    def _claims_place(self, recovery: Recovery) -> None:
        incident, instance = recovery.incident, recovery.chain
        others = [other for other, held in self._active.items() if held == instance]
        if others:
            self.violated(f"{instance} is recovered for {others[0]}, and now for {incident} too")
        self._active[incident] = instance
        policy = self._schedule.current.policy
        ruling = policy.ruling(recovery.plan.incident) if policy and recovery.plan else None
        self._hooked.discard(incident)
        if ruling and ruling.before:
            self._hooked.add(incident)
        if policy is None:
            self.violated(f"{incident} was claimed by somebody who had read no policy")
            return
        caps, drill = policy.fleet, self._is_drill(recovery)
        if recovery.plan and recovery.plan.incident.pair_of:
            return  # let in with what it goes with
        copying = recovery.plan is not None and recovery.plan.way == "copy"
        kind = self._kinds[incident] = "drill" if drill else "copy" if copying else "in place"
        alike = [
            other
            for other in self._active
            if self._kinds[other] == kind and self._states[other] != "validated"
        ]
        if len(alike) > (caps.max_drills if drill else caps.max_active):
            self.violated(f"{len(alike)} are active: {sorted(alike)}")
        # The clocks of those who claim are skewed; a day that has begun for one has begun.
        day = times.utc_day(recovery.changed_at)
        day = self._days[drill] = max(day, self._days.get(drill, day))
        self._claims[incident] = day
        claimed = sum(
            on == day for one, on in self._claims.items() if (self._kinds[one] == "drill") is drill
        )
        most = caps.max_drills_per_day if drill else caps.max_per_day
        if claimed > most:
            self.violated(f"{claimed} began on {day}, more than {most}")

    def _check_job(self, recovery: Recovery) -> None:
        """A job that is taken for ours must be; one that is taken for done must be."""
        if recovery.copy:
            self._check_copy(recovery, recovery.copy.id or "")
            return
        job = self.cloud.made.get(recovery.job or "")
        if job is None:
            self.violated(f"{recovery.incident} follows {recovery.job}, and there is no such job")
        elif job.incident is None and job.listed > self._listed[recovery.incident]:
            self.foreign += 1  # the limit that lastgood.workflows.reconciliation owns up to
        elif job.incident != recovery.incident:
            self.violated(f"{recovery.incident} takes {job.id} for its own; it is {job.incident}'s")
        elif recovery.state == "restored" and self.cloud.true_status(job.id) != "Completed":
            self.violated(f"{recovery.incident} is restored, and {job.id} is not done")

    def _check_copy(self, recovery: Recovery, copy: str) -> None:
        """The same of a copy, which the ledger must know as this incident's."""
        name = recovery.incident
        made = self.copies.made.get(copy) or self.copies.removed.get(copy)
        if made is None or made.incident != name:
            self.violated(f"{name} takes {copy} for its own copy; it is {made}")
        elif recovery.state == "restored" and self.copies.true_status(made) == "BUILD":
            self.violated(f"{name} is restored, and {copy} is not built")

    def _check_ready(self, recovery: Recovery) -> None:
        copy = (recovery.copy and recovery.copy.id) or ""
        made = self.copies.made.get(copy) or self.copies.removed.get(copy)
        if made is None or not self.copies.is_ready(made):
            self.violated(f"{recovery.incident} has settled, and its copy is not ready: {made}")

    def deletes(self, instance: str) -> None:
        """Look at a deletion that is about to leave: only of ours, and by a person's word."""
        made = self.copies.made.get(instance) or self.copies.removed.get(instance)
        ordered = [copy for copy in self.ledger.copies() if copy.id == instance]
        policy = self._schedule.current.policy
        if made is None or [copy.owner for copy in ordered] != [made.incident]:
            self.violated(f"{instance} is deleted, and this ledger has not made it: {ordered}")
        elif ordered[0].stage not in {"deleting", "gone"}:  # somebody slow asks once more
            self.violated(f"{instance} is deleted without an intent: {ordered[0]}")
        elif made.incident not in self._doomed and made.incident not in self._drills:
            self.violated(f"{instance} is deleted, and nobody asked for that")
        elif made.incident in self._kept and made.incident not in self._doomed:
            self.violated(f"{instance} is deleted, and somebody keeps it")
        if policy is None or policy.by_id(instance):
            self.violated(f"{instance} is deleted, and the policy protects it")

    def dooms(self, owner: str) -> None:
        """Remember that a person wants the copy of an incident deleted."""
        self._doomed.add(owner)

    # Drills

    def begins(self, drill: str) -> None:
        """Remember that a drill was asked for: what is done for it is no recovery."""
        self._drills[drill].update()

    def keeps(self, owner: str) -> None:
        """Remember that a person wants to keep what a drill made."""
        self._kept.add(owner)

    def is_over(self, drill: Drill) -> bool:
        """Whether it is recorded how a drill went, unless another one is under way."""
        report = self.ledger.report(drill.id)
        return report is None or report.result is not None

    def counts_drill(self, report: Report) -> None:
        """Count a drill that has ended, which happens once."""
        self._drill_counts[report.drill] += 1
        if self._drill_counts[report.drill] > 1:
            self.violated(f"{report.drill} was counted twice")

    def drilled(self, kind: str, detail: dict[str, Any]) -> None:
        """Look at how a drill is said to have gone: what is proved must have been restored."""
        drill, result = detail["drill"], detail["result"]
        self._drills[drill].add(result)
        if len(self._drills[drill]) > 1:
            self.violated(f"{drill} has gone in two ways: {sorted(self._drills[drill])}")
        if kind != f"Drill {result.replace('-', ' ').title()}":
            self.violated(f"{drill} is told as {kind}, and went {result}")
        everything = (*self.copies.made.values(), *self.copies.removed.values())
        made = [one for one in everything if one.incident == drill]
        ready = any(self.copies.is_ready(one) for one in made)
        if result == "proved" and not (ready and self._states.get(drill) == "settled"):
            self.violated(f"{drill} is proved, and it is {self._states.get(drill)}: {made}")
        reason = detail.get("reason", "")
        unvalidated = "not validated" in reason or "was not asked" in reason
        if result != "proved" and not unvalidated and self._states.get(drill) == "settled":
            self.violated(f"{drill} is {result}, and it has settled")
        exists = [one for one in made if one.id in self.copies.made]
        if exists and not detail.get("left_behind"):
            self.violated(f"{drill} has left {exists[0].id} behind, and does not say so")

    def _check_drills(self) -> None:
        """What a drill made is gone once its time is over, unless somebody keeps it.

        Or unless nothing tells it from another instance of its name: then it is reported.
        """
        unknown = {one.name for one in self.ledger.copies() if one.id is None}
        # Whoever said so may have died before he was told that it is kept.
        kept = self._kept | {one.owner for one in self.ledger.copies() if one.keep}
        alike = unknown & {one.order.name for one in self.copies.look_alikes.values()}
        for made in self.copies.made.values():
            if made.order.name in alike:
                continue
            if made.incident in self._drills.keys() - kept and made.id not in self.covered:
                self.violated(f"{made.id} of the drill {made.incident} is there for ever")
        for drill, told in self._drills.items():
            report = self.ledger.report(drill)
            if told or report is None or not self.is_marked:
                continue
            if report.result and drill in self.dead:  # as of a recovery: it ended, and then died
                self.untold += 1
            else:
                self.violated(f"{drill} ended nowhere, and nobody was told")
        if left := self.ledger.fleet().drills.active:
            self.violated(f"the fleet still counts the drills {left}")

    def overdue_at(self) -> datetime | None:
        """When the time is over of the latest copy that a drill left, and of a drill that died."""
        left = [one for one in self.ledger.copies() if one.may_exist and one.purpose == "drill"]
        over = [one.ordered_at + TIME_TO_LIVE for one in left if not one.keep]
        begun = [report for name in self._drills if (report := self.ledger.report(name))]
        over += [one.at + LONGEST for one in begun if one.result is None]
        return max(over, default=None)

    def _check_copies(self) -> None:
        """Whatever was made is known to the ledger, under its name and for its incident."""
        known = {copy.name: copy for copy in self.ledger.copies()}
        for made in self.copies.made.values():
            copy = known.get(made.order.name)
            if copy is None or copy.owner != made.incident or not copy.may_exist:
                self.violated(f"{made.id} runs for {made.incident}; the ledger has {copy}")
        names = [made.order.name for made in self.copies.made.values()]
        if len(set(names)) < len(names):
            self.violated(f"more than one copy has one name: {names}")
        for copy in known.values():
            here = self.copies.made.keys() | self.copies.removed.keys()
            if copy.stage in {"made", "ready"} and copy.id not in here:
                self.violated(f"{copy.name} is {copy.stage}, and there is no {copy.id}")
            if copy.stage == "gone" and copy.id in self.copies.made:
                self.violated(f"{copy.name} is gone, and yet {copy.id} runs")

    # Requests

    def sends(self, incident: Incident, instance: str, restore_time: str) -> None:
        """Look at a request that is about to leave."""
        name = incident.id
        self._left[incident.source].add(name)
        self._schedule.say(f"{name}: sends a request for {instance} to {restore_time}")
        self._sent[name] += 1
        if self._sent[name] > 1:
            self.violated(f"{name} sent a second request")
        recovery = self._recovery(name)
        if recovery is None or recovery.sent_at is None or recovery.plan is None:
            self.violated(f"{name} sent a request without an intent in the ledger")
            return
        if name in self._hooked - self._passed:
            self.violated(f"{name} sent a request, and its writers are not stopped")
        plan = recovery.plan
        if (plan.incident.instance, plan.restore_time) != (instance, restore_time):
            self.violated(f"{name} sent another request than the one it had planned")
        listed = self._schedule.current.ranges.get(instance)
        texts = [getattr(one, "text", None) for one in listed.restorable] if listed else []
        if plan.way == "copy":
            self._check_order(incident, recovery, plan)
        elif restore_time in texts:
            self._check_policy(incident, recovery, times.SERVICE.parse(restore_time))
        else:
            self.violated(f"{name} asked for {restore_time}, which no list gave")

    def _check_order(self, incident: Incident, recovery: Recovery, plan: Plan) -> None:
        """A copy is ordered only of what the policy copies, and is in the ledger before that."""
        policy = self._schedule.current.policy
        instance = policy.ruling(incident) if policy else None
        if instance is None or instance.way != "copy":
            self.violated(f"{incident.id} orders a copy that the policy does not let")
        ordered = [copy for copy in self.ledger.copies() if copy.owner == incident.id]
        if recovery.copy is None or [copy.name for copy in ordered] != [recovery.copy.name]:
            self.violated(f"{incident.id} orders a copy, and the ledger has {ordered}")
        moment = self._schedule.start.fromtimestamp(int(plan.restore_time) / 1000, UTC)
        self._check_policy(incident, recovery, moment)

    # Hooks

    def calls(self, incident: str, about: About) -> None:
        """Remember whether the writers of an incident may be stopped."""
        self._schedule.say(f"{incident}: calls {about.hook}, {about.idempotency_key}")
        if about.hook == "before":
            self._stopped.add(incident)
        else:
            self._stopped.discard(incident)
            self._passed.discard(incident)
            if self._states.get(incident) in {"firing", "unknown", "accepted", "restored"}:
                self.violated(f"{incident} lets writers in, and is {self._states[incident]}")

    def hears(self, incident: str, about: About, said: Validation) -> None:
        """Remember that `before` has said that nothing is written any more."""
        if about.hook == "before" and said.verdict == "pass":
            self._passed.add(incident)

    def leaves_behind(self, incident: str) -> bool:
        """Whether writers stay stopped, and nobody was told, when its last execution has ended."""
        is_open = self._states.get(incident) not in ENDS or incident in self._told_of_writers
        return incident in self._stopped and not is_open

    def tells_of_writers(self, incident: str) -> None:
        """Remember that people were told that the writers may still be stopped."""
        self._told_of_writers.add(incident)

    def _check_let_in(self) -> None:
        """Whoever was stopped was let in again, by a call behind the last of `before`."""
        for incident in sorted(self._stopped):
            self.violated(f"{incident} has stopped the writers, and never let them in again")

    def _check_policy(self, incident: Incident, recovery: Recovery, target: datetime) -> None:
        process, name = self._schedule.current, incident.id
        policy = process.policy.ruling(incident) if process.policy else None
        plan = recovery.plan
        if policy is None or plan is None or policy.mode == "observe" or process.policy is None:
            self.violated(f"{name} sent a request that the policy does not let")
            return
        if target >= plan.incident.onset - policy.margin:
            self.violated(f"{name} asked for {target}, its onset is {plan.incident.onset}")
        if self._schedule.now() - target > policy.max_rollback + IN_FLIGHT:
            self.violated(f"{name} loses more than max_rollback")
        if not all(target in offered for offered in self._offered(policy)):
            self.violated(f"{name} asked for {target}, which was not offered last")
        by_pair = incident.pair_of and plan.mode == "auto"  # it was judged at its intent
        if "propose" in {policy.mode, plan.mode} and not by_pair:
            agreed = plan.hash in self._agreed[name]
            if not agreed or recovery.approval is None:
                self.violated(f"{name} sent a request that nobody had approved")

    def turned_down(self, incident: Incident, *, reached: bool) -> None:
        """Take back a request of which the service said that it did nothing, or that never left."""
        self._sent[incident.id] -= 1
        if reached:
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

    def delivered(self, incident: Incident) -> None:
        """Remember what a delivery says that the ledger has acknowledged."""
        annals = self._annals[incident.instance]
        if incident.pair_of is None:  # no alarm said anything
            annals.deliver(incident)

    def dismisses(self, incident: Incident) -> None:
        """From now on the onset of this incident may count or not."""
        for name in (incident.id, *self._joined[incident.id]):
            self._annals[incident.instance].dismiss(name)

    def dismissed(self, incident: Incident) -> None:
        """From now on this incident must do nothing by itself."""
        self.dismisses(incident)
        self._annals[incident.instance].refuse(incident.id)

    def counts(self, incident: Incident, recovery: Recovery) -> None:
        """Count a recovery that has ended, which happens once."""
        self._counted[incident.id] += 1
        self._owed.pop(incident.id, None)
        if self._counted[incident.id] > 1:
            self.violated(f"{incident.id} was counted twice")
        if recovery.state not in ENDS:
            self.violated(f"{incident.id} was counted as {recovery.state}")

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
            elif outcome.incident is not None and outcome.incident not in self._opened:
                self.violated(f"{outcome.incident} was answered for, and is not in the ledger")

    # The end

    def ends(self) -> None:
        """Check that every alarm has its outcome, that nothing is held, and the journal."""
        for name in sorted(self._opened):
            self._check_ended(name)
        fleet = self.store.records.get(records.FLEET)
        if fleet and (active := records.read(fleet, FleetState).active):
            self.violated(f"the fleet still counts {active} as active")
        if self.ledger.pending():
            self.violated("events are kept that the bus would take by now")
        self._check_counted()
        self._check_copies()
        self._check_drills()
        self._check_let_in()
        for chain in self._ignored:
            if records.head(chain) not in self.store.records:
                self.violated(f"what was ignored of {chain} is nowhere recorded")
        for key in [key for key in self.store.records if key.partition.startswith("chain#")]:
            self._check_chain(key)

    def needs_a_sweep(self) -> bool:
        """Whether the ledger holds something that only the next look at it would carry on."""
        owed = self.ledger.fleet().owed
        return bool(self.ledger.pending() or owed) or any(map(self.ledger.unstarted, self._annals))

    def standing(self) -> dict[str, State | None]:
        """Where every incident stands that has not ended."""
        states = {name: self._states.get(name) for name in sorted(self._opened)}
        drills = {name: state for name in self._drills if (state := self._states.get(name))}
        return {name: state for name, state in (states | drills).items() if state not in ENDS}

    def _check_counted(self) -> None:
        """Every end was counted, unless whoever brought it about was struck in between."""
        for name, (process, struck) in self._owed.items():
            if process.struck == struck:
                self.violated(f"{name} is {self._states[name]}, and nobody has counted that")
            else:
                self.uncounted += 1

    def seen_to_fail(self, name: str) -> None:
        """Whoever asked for it by hand sees that it failed: no event has to say so."""
        self._told[name].update(ENDS)

    def _check_ended(self, name: str) -> None:
        state = self._states.get(name)
        if state is None and self._is_nobodys(name):
            return
        if state not in ENDS:
            self.violated(f"{name} ended nowhere: it is {state}")
        elif state in RECOVERY_KINDS and state not in self._told[name]:
            if name in self.dead:  # nobody came by any more who could find that out
                self.untold += 1
            else:
                self.violated(f"{name} is {state}, and nobody was told")
        elif state == "expired":
            plan = records.read(self.store.records[records.recovery(name)], Recovery).plan
            if plan is not None and (name, plan.hash) in self._acknowledged:
                self.violated(f"{name} has expired, and yet its plan was approved in time")

    def _is_nobodys(self, name: str) -> bool:
        """Whether a person dismissed it, or its instance left the policy before it was started."""
        return any(
            annals.is_dismissed(name) or (name in annals.delivered and instance not in self.covered)
            for instance, annals in self._annals.items()
        )

    def _check_chain(self, key: Key) -> None:
        chain = key.partition.removeprefix("chain#")
        head = records.read(self.store.records[key], Head)
        if head.active is not None:
            self.violated(f"{chain} is still held for {head.active}")
        kept = self.store.scan(records.entries(chain))
        entries = [records.read(record, journal.Entry) for record in kept]
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
