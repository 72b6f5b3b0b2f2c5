"""Recoveries: one conditional, journaled move after the other.

Each method reads the records concerned, lets `domain.lifecycle` say what they become, and commits
them together with a line of the journal. Of two that race, one finds its versions outdated, reads
again and sees what the other did.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from lastgood.domain import fleet, hooks, lifecycle, objections, times
from lastgood.domain.alarm import Incident
from lastgood.domain.copies import Copy
from lastgood.domain.effect import Judged, Standing
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import ACTIVE, Approval, Recovery, State
from lastgood.domain.plan import Decision, Plan, Refusal
from lastgood.domain.policy import Fleet, Instance
from lastgood.domain.reading import Suspect
from lastgood.domain.restore import Copied
from lastgood.ledger import records
from lastgood.ledger.transactions import (
    HaltedError,
    LostRaceError,
    Moved,
    NewSuspicionError,
    NotStoppedError,
    NoUndoPointError,
    Transactions,
    retried,
)
from lastgood.ports import Record

WHEN_RED = (
    "look at the data; if what was overwritten is needed, run lastgood undo {}."
    " Nothing is restored again by itself"
)
"""What to do where the alarm stays red after a restore."""


class Intent(NamedTuple):
    """What a request is about to be sent on.

    `number` counts the intents of an incident from 1: each is written by one attempt at most.
    `jobs_before` are the jobs of the instance that were there before the request, `seen` what the
    last check of the plan took into account, `copy` what the request is to make, if it makes one.
    """

    number: int
    jobs_before: tuple[str, ...]
    seen: tuple[Suspect, ...]
    copy: Copy | None = None


class Recoveries(Transactions):
    """Where incidents stand, and the moves that bring them on."""

    def standing(self, instance: str) -> list[Recovery]:
        """The recoveries of an instance that have not ended; if none is open, the latest."""
        _, head = self._head(instance)
        names = head.open or ((head.latest_incident,) if head.latest_incident else ())
        found = self._store.read([records.recovery(name) for name in names])
        return [records.read(record, Recovery) for record in found if record.version]

    def conclude(self, decision: Decision, incident: Incident, now: datetime) -> Moved:
        """Record a decision that is not carried out at once: a refusal, or a proposal."""
        recovery = lifecycle.begin(decision, incident.instance, incident.id, now)
        return self._begin(recovery, incident.chain, decision)

    def give_up(self, incident: Incident, reason: str, now: datetime) -> Moved:
        """Record an incident that could not be decided."""
        recovery = lifecycle.fail(incident.id, incident.instance, reason, now)
        return self._begin(recovery, incident.chain, reason)

    @retried
    def _begin(self, recovery: Recovery, chain: str, detail: object) -> Moved:
        """Write the first record of an incident; one that is there already stays as it is."""
        before = self._snapshot(recovery.incident, chain)
        if before.recovery is not None:
            return Moved(before.recovery, here=False)
        self._commit(before, recovery, detail)
        return Moved(recovery, here=True)

    @retried
    def claim(
        self, plan: Plan, instance: Instance, caps: Fleet, now: datetime
    ) -> Recovery | Refusal:
        """Take the instance for this plan, or say what stands in the way by now.

        An incident that is past its claim already is returned as it is; so is one of which a person
        approved another plan, which somebody else waits to carry out.
        """
        before = self._snapshot(plan.incident.id, plan.incident.chain)
        found = before.recovery
        if found is not None and (found.state != "approved" or found.plan != plan):
            return found
        refusal = objections.to_claim(
            plan, instance, before.head.history(), now
        ) or fleet.objection(plan, before.fleet, caps, now)
        if refusal:
            return refusal
        called = hooks.at_claim(found.hooks if found else None, instance)
        claimed = lifecycle.claim(before.recovery, plan, now, called)
        self._commit(before, claimed, plan)
        return claimed

    @retried
    def intend(self, incident: str, intent: Intent, now: datetime) -> Recovery:
        """Write down that the request is about to be sent; whoever succeeds may send it, once.

        Raises:
            LostRaceError: the recovery is not (or no longer) merely claimed, or this intent has
                been written: do not send.
            HaltedError: the fleet was halted meanwhile: do not send.
            NoUndoPointError: the plan requires a backup that is not on record: do not send.
            NotStoppedError: the hook that stops the writers has not said that it did: do not send.
            NewSuspicionError: an alarm that says the data was bad before the plan's onset came in
                since that check: do not send, check again.
        """
        before, claimed = self._snapshot_in(incident, "claimed")
        if claimed.tries != intent.number - 1:
            raise LostRaceError(claimed)
        if claimed.plan and (refusal := fleet.halted(claimed.plan, before.fleet)):
            raise HaltedError(refusal)
        if claimed.plan and not _has_undo_point(claimed.plan, claimed):
            raise NoUndoPointError(claimed.incident)
        if claimed.hooks and not claimed.hooks.lets_send:
            raise NotStoppedError(claimed.incident)
        about = claimed.plan.incident if claimed.plan else None
        # Written although they stay the same, so that what they tell of either comes before this
        # intent and is seen here, or comes after it and finds it.
        as_they_are = [records.put(before.fleet_record, before.fleet)]
        suspects = before.head.suspects
        if about and about.pair_of:  # it has a chain of its own
            record, head = self._head(about.instance)
            suspects = head.suspects
            as_they_are.append(records.put(record, head))
        unseen = {
            one.incident
            for one in set(suspects) - set(intent.seen)
            if about is None or about.drill or one.onset < about.onset
        }
        if unseen:
            raise NewSuspicionError(", ".join(sorted(unseen)))
        facts = {"tries": intent.number, "sent_at": now, "jobs_before": intent.jobs_before}
        copied = {"copy": Copied(intent.copy.name)} if intent.copy else {}
        firing = lifecycle.move(claimed, "firing", now, **facts, **copied)
        self._commit(before, firing, facts, *as_they_are, ordered=intent.copy)
        return firing

    @retried
    def stand_down(self, incident: str, number: int, reason: str, now: datetime) -> Recovery:
        """Withdraw the intent of this number, because the service did not carry its request out.

        Nothing is withdrawn of an intent that has another number: the recovery as it stands.
        """
        before, firing = self._snapshot_in(incident)
        if firing.state != "firing" or firing.tries != number:
            return firing
        claimed = lifecycle.move(firing, "claimed", now, reason=reason)
        self._commit(before, claimed, reason)
        return claimed

    @retried
    def move(self, incident: str, start: State, to: State, now: datetime, **facts: Any) -> Moved:
        """Take a recovery from one state to another; where it is there already, leave it so.

        Raises:
            LostRaceError: it is in neither of the two.
        """
        before, recovery = self._snapshot_in(incident, start, to)
        if recovery.state == to:
            return Moved(recovery, here=False)
        moved = lifecycle.move(recovery, to, now, **facts)
        as_it_is: list[Record] = []
        if to == "accepted" and moved.plan:
            # Whatever its alarm did before is no effect, whichever clock it was told by.
            record, heard = self._alarm(moved.plan.incident.source)
            if heard:
                as_it_is = [records.put(record, heard)]
                moved = msgspec.structs.replace(moved, heard_at=heard.at)
        self._commit(before, moved, facts, *as_it_is)
        return Moved(moved, here=True)

    @retried
    def settle(
        self, incident: str, judge: Callable[[Standing | None], Judged], now: datetime
    ) -> Moved:
        """Settle a restore with what came of it, judged by what its alarm did until this very move.

        Whatever of it comes in later finds the recovery settled. One that has settled already stays
        as it is.

        Raises:
            LostRaceError: it is not validated.
        """
        before, validated = self._snapshot_in(incident, "validated", "settled")
        if validated.state == "settled" or validated.plan is None:
            return Moved(validated, here=False)
        about = validated.plan.incident
        record, heard = self._alarm(about.source)
        judged = judge(heard)
        facts = {"effect": judged.effect, "effect_detail": judged.detail}
        if judged.effect == "none":
            facts["hint"] = WHEN_RED.format(incident)
            heard = heard or Standing(state="ALARM", at=about.changed_at, taken_at=now)
            heard = msgspec.structs.replace(heard, missed=(*heard.missed, incident))
        settled = lifecycle.move(validated, "settled", now, **facts)
        # Written although it may stay the same, so that a transition comes before this move and is
        # seen here, or comes after it and finds it.
        self._commit(before, settled, facts, *([records.put(record, heard)] if heard else []))
        return Moved(settled, here=True)

    # Proposals

    @retried
    def propose_anew(self, old: Plan, start: State, plan: Plan, now: datetime) -> Moved:
        """Propose a plan in place of another, which stands in the state `start`.

        What a person said of the new plan meanwhile stands.

        Raises:
            LostRaceError: that is not what stands there any more.
        """
        before, recovery = self._snapshot_in(plan.incident.id)
        if recovery.plan != old or recovery.state != start:
            if recovery.plan == plan:
                return Moved(recovery, here=False)
            raise LostRaceError(recovery)
        facts = {"plan": plan, "approval": None, "claimed_at": None}
        proposed = lifecycle.move(recovery, "proposed", now, **facts)
        if recovery.state == "claimed":  # what it held is counted as of its claim
            proposed = msgspec.structs.replace(proposed, claimed_at=recovery.claimed_at)
        self._commit(before, proposed, plan)
        return Moved(proposed, here=True)

    @retried
    def expire(self, plan: Plan, now: datetime) -> Moved:
        """End a proposal that was not answered in time; before its time it stays as it is."""
        before, recovery = self._snapshot_in(plan.incident.id)
        due = recovery.plan is not None and now >= recovery.plan.answer_by
        if recovery.state != "proposed" or recovery.plan != plan or not due:
            return Moved(recovery, here=False)
        facts = {"code": "expired", "reason": "no answer came in time"}
        expired = lifecycle.move(recovery, "expired", now, **facts)
        self._commit(before, expired, facts)
        return Moved(expired, here=True)

    @retried
    def approve(self, proposed: Recovery, plan: Plan, by: str, now: datetime) -> Recovery:
        """Agree to a plan, which is what this very record proposes or its other choice.

        Raises:
            LostRaceError: it is not what is proposed any more.
        """
        before, recovery = self._snapshot_in(proposed.incident, "proposed")
        if recovery.plan != proposed.plan:
            raise LostRaceError(recovery)
        chosen = recovery.plan.hash if recovery.plan and recovery.plan != plan else None
        approval = Approval(by=by, at=now, proposal=chosen)
        approved = lifecycle.move(recovery, "approved", now, approval=approval, plan=plan)
        self._commit(before, approved, approval)
        return approved

    @retried
    def release(self, incident: str, reason: str, now: datetime) -> Moved:
        """Hand a recovery over to a person, whatever it is about: the instance is free again.

        What its execution still does is not called back; it finds the recovery ended. One that was
        handed over already stays as it is.

        Raises:
            LostRaceError: it holds nothing, and nothing waits to be carried out.
        """
        before, standing = self._snapshot_in(incident, *ACTIVE, "approved", "handed-over")
        if standing.state == "handed-over":
            return Moved(standing, here=False)
        released = lifecycle.move(standing, "handed-over", now, reason=reason)
        self._commit(before, released, reason)
        return Moved(released, here=True)

    @retried
    def close_fence(self, chain: str, incident: str, ended_at: datetime, now: datetime) -> None:
        """Note that the restore of a recovery that was handed over is known to have ended."""
        record, head = self._head(chain)
        last = head.last_recovery
        if last is None or last.incident != incident or not last.running:
            return
        ended = msgspec.structs.replace(last, running=False, ended_at=ended_at)
        kept = msgspec.structs.replace(head, last_recovery=ended)
        line = Line(at=now, kind="restore-ended", incident=incident, detail=ended)
        self._store.commit(records.journaled(record, kept, line))

    # Announcing and waking

    def is_announced(self, recovery: Recovery) -> bool:
        """Whether the latest move of a recovery was announced."""
        (record,) = self._store.read([records.announced(recovery.incident)])
        return bool(record.version) and records.read(record, str) == _move_of(recovery)

    @retried
    def note_announced(self, recovery: Recovery) -> None:
        """Remember that this move of a recovery was announced."""
        (record,) = self._store.read([records.announced(recovery.incident)])
        self._store.commit([records.put(record, _move_of(recovery))])

    @retried
    def keep_callback(self, plan: Plan, callback: str) -> None:
        """Remember how to wake the execution that waits for a person's word on a plan."""
        (record,) = self._store.read([records.callback(plan.incident.id, plan.hash)])
        self._store.commit([records.put(record, callback)])

    def callback(self, incident: str, plan_hash: str) -> str | None:
        """How to wake the execution that waits for a word on this plan; None while none does."""
        keys = [records.callback(incident, plan_hash), records.only_callback(incident)]
        found = [record for record in self._store.read(keys) if record.version]
        return records.read(found[0], str) if found else None


def _has_undo_point(plan: Plan, claimed: Recovery) -> bool:
    """Whether what a plan overwrites is backed up for this very plan, if that has to be."""
    point = claimed.undo
    return plan.undo != "require" or (point is not None and point.serves(plan.hash))


def _move_of(recovery: Recovery) -> str:
    return f"{recovery.state} {times.print_rfc3339(recovery.changed_at)}"
