"""Deciding on an incident from fresh readings, with all that it rests on kept in the journal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from lastgood.domain import pairing, times
from lastgood.domain.alarm import Incident
from lastgood.domain.confirming import Asked, confirmed
from lastgood.domain.counting import Rates, with_losses
from lastgood.domain.decide import decide
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Decision, Plan, Refusal
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.ranges import intersect
from lastgood.domain.reading import History, Readings, Suspect
from lastgood.domain.triage import gone
from lastgood.ledger import records
from lastgood.workflows.confirming import ask
from lastgood.workflows.counting import count
from lastgood.workflows.reading import read_all
from lastgood.workflows.world import World

D = TypeVar("D", Plan, Refusal, Decision)

LONGEST_RESTORE = timedelta(hours=7)
"""Longer than a job is tracked; nothing is assumed to hold a request back for longer than that."""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """A decision and its evidence: enough to decide again, and come out the same.

    `incident` is as it was reported; the decision has it as Cloud Eye confirms it, if it was asked.
    `moment` is the one that a copy of a pair has to be of, `rates` is what Cloud Eye told of the
    commands that a restore undoes. `saves` is false of a version that backed nothing up.
    """

    decision: Decision
    incident: Incident
    readings: Readings
    instance: Instance = msgspec.field(name="policy")  # as the journal has it
    history: History | None
    now: datetime
    asked: Asked | None = None
    moment: datetime | None = None
    rates: Rates | None = None
    saves: bool = False

    def again(self) -> Decision:
        """Decide from the recorded evidence."""
        incident, instance = self.incident, self.instance
        if not self.saves:
            instance = msgspec.structs.replace(instance, undo_point="off")
        incident = _by_its_source(incident, self.asked, instance)
        decision = decide(incident, self.readings, instance, self.history, self.now)
        return with_losses(pairing.missed(decision, self.moment) or decision, self.rates)


def _by_its_source(incident: Incident, asked: Asked | None, instance: Instance) -> Incident:
    return confirmed(incident, asked, instance) if asked else incident


def consider(incident: Incident, world: World) -> Decided | Refusal:
    """Read the policy, the cloud and the ledger, and decide; a refusal if the instance is gone.

    What a recovery decides and what `lastgood plan` shows are this one function.

    Raises:
        CloudError: the cloud could not be read.
    """
    found = _weigh(incident, world)
    if isinstance(found, Refusal):
        return found
    rates = count(found.decision, found.instance, found.readings.own, world)
    decision = with_losses(found.decision, rates)
    return msgspec.structs.replace(found, decision=decision, rates=rates)


def _weigh(incident: Incident, world: World) -> Decided | Refusal:
    """The same without counting what is lost, on which no decision rests.

    Raises:
        CloudError: the cloud could not be read.
    """
    policy, now = world.policy(), world.now()
    instance = ruling(incident, policy, world)
    if instance is None:
        return by_version(gone(incident), policy)
    moment = None
    if incident.pair_of:
        moment = pairing.moment_of(incident, world.ledger.recovery(incident.pair_of))
        if moment is None:
            return by_version(pairing.without_leader(incident), policy)
    history, reported = None, incident
    if world.has_ledger:
        # In this order: a delivery in between is then missing from the history, and the intent
        # finds that; the other way round it would be in there, and its onset would not be used.
        history = _with_known_end(world.ledger.history(incident), instance, world)
        reported = world.ledger.incident(incident.id) or incident
    if moment:
        reported = pairing.aimed(reported, moment, instance)
    asked = ask(reported, incident, instance, world)
    stands = _by_its_source(reported, asked, instance)
    # A drill goes back anywhere: all of the range, as the service shows it when no day is named.
    since = None if incident.drill else stands.onset - instance.margin - instance.max_rollback
    readings = read_all(policy, instance, world.clouds, now, since)
    decision = decide(stands, readings, instance, history, now)
    return Decided(
        decision=by_version(pairing.missed(decision, moment) or decision, policy),
        incident=reported,
        readings=readings,
        instance=instance,
        history=history,
        now=now,
        asked=asked,
        moment=moment,
        saves=True,
    )


def ruling(incident: Incident, policy: Policy, world: World) -> Instance | None:
    """The rules for an incident; who agreed to a plan has agreed to the copies that it names.

    As long as the policy pairs them: the key is looked at again, as the mark of a drill is.
    """
    instance = policy.ruling(incident)
    if instance is None or incident.pair_of is None:
        return instance
    leader = world.ledger.recovery(incident.pair_of)
    leading = policy.by_id(leader.instance) if leader else None
    if leader is None or leading is None:
        return None
    if instance.id not in {one.id for one in policy.paired_with(leading)}:
        return None
    return pairing.agreed(instance, leader)


def by_version(decision: D, policy: Policy) -> D:
    """The decision, with the version of the policy that it rests on."""
    if policy.source_version is None:
        return decision
    return msgspec.structs.replace(decision, policy_version=policy.source_version)


def decide_on_record(incident: Incident, world: World) -> Decision:
    """Decide, and write the decision with its evidence into the journal.

    Raises:
        CloudError: the cloud could not be read.
    """
    decided = consider(incident, world)
    if isinstance(decided, Refusal):
        return decided
    kept = _no_larger_than_fits(decided)
    line = Line(at=decided.now, kind="decided", incident=incident.id, detail=kept)
    world.ledger.note(incident.chain, line)
    last = decided.history.last if decided.history else None
    if last is not None and last.undid and not last.running:
        ended_at, now = last.ended_at, decided.now
        world.ledger.close_fence(incident.chain, last.incident, ended_at, now)
    return decided.decision


def _no_larger_than_fits(decided: Decided) -> Decided:
    """The decision as it is recorded: of many companions no more than it takes to decide again.

    A target is a moment that the instance itself offers, so what a companion offers besides makes
    no difference.
    """
    if records.size(decided) <= records.LARGEST:
        return decided
    own, companions = decided.readings.own, decided.readings.companions
    needed = tuple(
        msgspec.structs.replace(reading, range=intersect(reading.range, own.range))
        for reading in companions
    )
    readings = msgspec.structs.replace(decided.readings, companions=needed)
    return msgspec.structs.replace(decided, readings=readings)


def _with_known_end(history: History, instance: Instance, world: World) -> History:
    """The history, with the end of a restore that was handed over while it may still have run.

    Its job says so; where none is listed, the instance that is idle long after the request. When
    it ended is not told, so the latest moment counts at which it may have.
    """
    last = history.last
    if last is None or not last.running or not last.undid:
        return history
    cloud, now = world.clouds(instance.cloud), world.now()
    latest = (last.sent_at or last.ended_at) + LONGEST_RESTORE
    job = cloud.job(last.job) if last.job else None
    ended = job.ended if job else now > latest and cloud.state(instance.id).idle
    if not ended:
        return history
    ended_at = max(min(now, latest), last.ended_at)
    known = msgspec.structs.replace(last, running=False, ended_at=ended_at)
    return msgspec.structs.replace(history, last=known)


def outdone(again: Plan, approved: Plan) -> bool:
    """Whether a plan made afresh goes back further than the one that a person agreed to.

    The loss grows while people think; that alone is nothing new. Whoever chose the later of two
    targets was shown since when the data may have been bad: only something earlier is news. So it
    is where that was not shown, and nothing before it can be restored any more.
    """
    since, shown = again.bad_since, approved.bad_since
    news = since is not None and (shown is None or since < shown)
    if news and "bad-since" in {*again.despite, *approved.despite}:
        return True
    if "bad-since" not in approved.despite:
        return again.target < approved.target
    own = again.alternative.target if again.alternative else again.target
    return own < approved.target


def differs(again: Plan, plan: Plan) -> bool:
    """Whether a plan made afresh offers a person something else than the one that is proposed."""

    def grounds(one: Plan) -> object:
        return one.incident, one.bad_since, one.despite, one.way, one.pair, one.alternative is None

    return grounds(again) != grounds(plan) or again.target < plan.target


def recheck(plan: Plan, recovery: Recovery, world: World) -> Checked | Refusal:
    """Decide again from fresh readings, right before the request: what the plan still rests on.

    Raises:
        CloudError: the cloud could not be read.
    """
    again = _weigh(plan.incident, world)
    if isinstance(again, Refusal):
        return again
    if isinstance(again.decision, Refusal):
        return again.decision
    if why := _why_outdated(plan, recovery, again, world):
        return outdated(plan, why)
    return Checked(again.history.suspects if again.history else ())


class Checked(msgspec.Struct, frozen=True):
    """A plan that still stands, by everything that was known of its instance at the check."""

    seen: tuple[Suspect, ...]


def _why_outdated(plan: Plan, recovery: Recovery, again: Decided, world: World) -> str | None:
    """What has changed since the plan was made, of which the new decision says nothing."""
    stays_automatic = isinstance(again.decision, Plan) and again.decision.mode == "auto"
    if recovery.approval is None and (not stays_automatic or plan.despite):
        return "it may no longer be carried out without a person"
    if why := _why_elsewhere(plan, again.instance) or _why_unfit(plan, again):
        return why
    age = world.now() - (recovery.approval.at if recovery.approval else plan.decided_at)
    age -= _waited_for_undo_point(plan, recovery)
    if age > again.instance.max_plan_age:
        return f"it is {times.tell_duration(age)} old, more than max_plan_age"
    if plan.incident.drill and again.history and again.history.suspects:
        return "an alarm about it is not settled"
    if ruling(plan.incident, world.policy(), world) != again.instance:
        return "the policy changed while the instance was looked at"  # which takes a while
    return None


def _waited_for_undo_point(plan: Plan, recovery: Recovery) -> timedelta:
    """How long its backup took, which `undo_within` bounds and not `max_plan_age`."""
    point = recovery.undo
    if point is None or point.plan != plan.hash or point.done_at is None:
        return timedelta()
    return point.done_at - point.ordered_at


def _why_elsewhere(plan: Plan, instance: Instance) -> str | None:
    """Why the request would go to another place than the plan says, or to one that has none."""
    if instance.way != (plan.way or "in-place"):
        how = "by copy" if plan.way == "copy" else "in place"
        return f"{instance.service} is not restored {how}"
    if instance.cloud != plan.cloud:
        return f"the instance belongs to the cloud {instance.cloud} by now, not to {plan.cloud}"
    return None


def _why_unfit(plan: Plan, again: Decided) -> str | None:
    """What speaks against the plan's target by now; the new decision may have chosen another."""
    instance, own = again.instance, again.readings.own
    if any(plan.target not in reading.range for reading in again.readings.all):
        return f"{plan.restore_time} is no longer offered"
    if own.range.wire_text(plan.target) != plan.restore_time:
        return f"{plan.restore_time} is not how the service lists that moment"
    if isinstance(again.decision, Plan) and outdone(again.decision, plan):
        return "an earlier moment is asked for by now"
    if isinstance(again.decision, Plan) and again.decision.undo == "require" != plan.undo:
        return "nothing may be overwritten without a backup by now"
    # A newer point makes the new decision lose little; what counts is what this plan loses.
    loss, limit = again.now - plan.target, instance.max_rollback
    if loss > limit and not plan.incident.pair_of:
        told = times.tell_duration(loss), times.tell_duration(limit)
        loses = "lack" if plan.way == "copy" else "lose"
        return (
            f"it would {loses} the writes of {told[0]} by now, more than max_rollback ({told[1]})"
        )
    return None


def outdated(plan: Plan, why: str) -> Refusal:
    """The refusal of a plan that stands no more; it says that nothing was sent."""
    return Refusal(
        incident=plan.incident,
        code="plan-outdated",
        message=f"nothing was sent to {plan.incident.instance}: {why}",
        hint=by_hand(plan),
    )


def by_hand(plan: Plan) -> str:
    """How a person proposes the same again, or drills once more."""
    if plan.incident.drill:
        return f"run lastgood drill {plan.incident.instance}"
    before = times.print_rfc3339(plan.incident.onset)
    return f"run lastgood recover --instance {plan.incident.instance} --before {before}"
