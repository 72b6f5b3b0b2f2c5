"""The calls of `before` and `after`: each is on record before it is made, and once it has ended.

A recovery stays in its state by them. What it owes is kept with the fleet, so that a verification
finds it without looking for it, whatever has become of the instance in the policy.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import msgspec

from lastgood.domain import hooks, lifecycle
from lastgood.domain.hooks import Call, HookName, Hooks, Wait
from lastgood.domain.journal import Line
from lastgood.domain.lifecycle import ACTIVE, Recovery
from lastgood.domain.plan import Plan
from lastgood.domain.restore import Validation
from lastgood.ledger import records
from lastgood.ledger.transactions import Snapshot, Transactions, retried


class Begun(NamedTuple):
    """A call that may be made now, and what it is about."""

    call: Call
    recovery: Recovery
    plan: Plan
    hooks: Hooks


_About = tuple[Recovery, Plan, Hooks]


class HookCalls(Transactions):
    """Which hooks were called for which recovery, and what they said."""

    @retried
    def begin_before(self, plan: Plan, now: datetime) -> Begun | Wait | Validation:
        """Write down that `before` is about to be called.

        Or what another attempt has been told in this round. One that finds the plan carried on, or
        given up, calls nothing; it may not send anything either.
        """
        before, recovery = self._snapshot_in(plan.incident.id)
        known = recovery.hooks
        if recovery.state != "claimed" or recovery.plan != plan or known is None:
            return Validation("pass", "another attempt goes on with it")
        if known.verdict:
            return Validation(known.verdict, known.detail)
        return self._begin_call(before, (recovery, plan, known), "before", now)

    @retried
    def begin_after(self, incident: str, now: datetime) -> Begun | Wait | None:
        """Write down that `after` is about to be called; None where that is not owed.

        Nor while it is not known what becomes of the restore: then somebody still goes on with it,
        or a person has to release it.
        """
        before, recovery = self._snapshot_in(incident)
        known, plan = recovery.hooks, recovery.plan
        if known is None or plan is None or not known.owes or not may_let_in(recovery):
            return None
        return self._begin_call(before, (recovery, plan, known), "after", now)

    def _begin_call(
        self, before: Snapshot, about: _About, hook: HookName, now: datetime
    ) -> Begun | Wait:
        recovery, plan, known = about
        begun = hooks.begin(known, hook, now)
        if isinstance(begun, Wait):
            return begun
        noted, call = begun
        self._put_hooks(before, recovery, noted, Line(at=now, kind="hook-called", detail=call))
        return Begun(call, recovery, plan, noted)

    @retried
    def end_call(
        self, incident: str, call: Call, said: Validation | None, now: datetime
    ) -> Hooks | None:
        """Write down what a hook said; None where it could not be called."""
        before, recovery = self._snapshot_in(incident)
        known = recovery.hooks
        if known is None:
            return None
        noted = hooks.end(known, call, said, now)
        line = Line(at=now, kind="hook-ended", detail=(call, said))
        self._put_hooks(before, recovery, noted, line)
        return noted

    @retried
    def note_owed(self, incident: str, why: str, now: datetime) -> Hooks | None:
        """Note that people are told of writers who may still be stopped.

        None where they were told not long ago, or nothing is owed any more.
        """
        before, recovery = self._snapshot_in(incident)
        known = recovery.hooks
        if known is None or not known.owes or known.waits_to_tell(now):
            return None
        noted = msgspec.structs.replace(known, why=why, told_at=now)
        self._put_hooks(before, recovery, noted, Line(at=now, kind="after-owed", detail=why))
        return noted

    def _put_hooks(self, before: Snapshot, recovery: Recovery, noted: Hooks, line: Line) -> None:
        after = msgspec.structs.replace(recovery, hooks=noted)
        line = msgspec.structs.replace(line, incident=recovery.incident)
        changes = [
            records.put(before.recovery_record, after),
            *records.journaled(before.head_record, before.head, line),
        ]
        fleet = lifecycle.owing(before.fleet, after)
        if fleet != before.fleet:
            changes.append(records.put(before.fleet_record, fleet))
        self._store.commit(changes)


def may_let_in(recovery: Recovery) -> bool:
    """Whether what becomes of the restore is known, or given up."""
    return recovery.state not in ACTIVE or recovery.state == "validated"
