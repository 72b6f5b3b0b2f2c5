"""Deliberate bugs: each breaks one promise of the real code, and the simulation must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import msgspec

from lastgood.domain import fleet, journal, lifecycle, objections
from lastgood.domain.alarm import Incident
from lastgood.domain.lifecycle import Head, Recovery
from lastgood.domain.plan import Plan
from lastgood.domain.policy import Instance
from lastgood.domain.restore import Outcome, Refused, Unknown
from lastgood.ledger import Ledger, LostRaceError
from lastgood.ports import Flow
from lastgood.workflows import approval, deciding, firing, reconciliation, recovery
from lastgood.workflows.world import World
from tests.simulation.store import SimulatedStore

Bug = Callable[[], AbstractContextManager[Any]]

_attempt = firing._attempt  # noqa: SLF001 - a bug is put where it would be made
_standing = firing._standing  # noqa: SLF001 - the same
_intend = Ledger.intend
_hold = lifecycle.hold
_append = journal.append
_reconcile = reconciliation.reconcile


def _nothing(*_: object) -> None:
    """Objects to nothing."""


def _send_without_an_intent(
    self: Ledger, incident: str, number: int, jobs_before: tuple[str, ...], now: datetime
) -> Recovery:
    del number, jobs_before, now
    found = self.recovery(incident)
    if found is None:
        raise AssertionError
    return found


def _send_again_when_unknown(number: int, plan: Plan, world: World) -> Any:
    outcome = _attempt(number, plan, world)
    if isinstance(outcome, Unknown) and "another attempt" not in outcome.why:
        return world.clouds(plan.cloud).restore(plan.incident.instance, plan.restore_time)
    return outcome


def _take_what_was_cut_off_for_not_begun(plan: Plan, world: World) -> Recovery:
    return msgspec.structs.replace(_standing(plan, world), state="claimed")


def _take_no_answer_for_busy(number: int, plan: Plan, world: World) -> Any:
    outcome = _attempt(number, plan, world)
    if isinstance(outcome, Unknown) and "another attempt" not in outcome.why:
        return Refused("DBS.200011", outcome.why, "busy")
    return outcome


def _intend_again(
    self: Ledger, incident: str, number: int, jobs_before: tuple[str, ...], now: datetime
) -> Recovery:
    try:
        return _intend(self, incident, number, jobs_before, now)
    except LostRaceError as lost:
        return lost.current


@contextmanager
def _fire_again_after_an_interruption() -> Iterator[None]:
    with (
        patch.object(firing, "_standing", _take_what_was_cut_off_for_not_begun),
        patch.object(firing, "recheck", _nothing),
        patch.object(Ledger, "intend", _intend_again),
    ):
        yield


@contextmanager
def _carry_out_without_approval() -> Iterator[None]:
    def do_not_wait(plan: Plan, flow: Flow, world: World) -> Plan:
        del flow, world
        return plan

    with (
        patch.object(recovery, "wait_for_approval", do_not_wait),
        patch.object(deciding, "_why_outdated", _nothing),
    ):
        yield


def _fire_when_unknown(plan: Plan, sent: Recovery, flow: Flow, world: World) -> Outcome:
    world.clouds(plan.cloud).restore(plan.incident.instance, plan.restore_time)
    return _reconcile(plan, sent, flow, world)


def _take_silence_for_consent(plan: Plan, world: World) -> Recovery:
    found = world.ledger.recovery(plan.incident.id)
    if found is None:
        raise AssertionError
    return msgspec.structs.replace(found, state="approved")


def _never_release(head: Head, before: Recovery | None, after: Recovery) -> Head:
    held = _hold(head, before, after)
    return msgspec.structs.replace(held, active=held.active or head.active)


def _unchained(end: journal.End, chain: str, line: journal.Line) -> journal.Entry:
    return _append(journal.End(end.seq, ""), chain, line)


@contextmanager
def _claim_whatever_the_state() -> Iterator[None]:
    with (
        patch.object(objections, "to_claim", _nothing),
        patch.object(fleet, "objection", _nothing),
    ):
        yield


def _target_up_to_the_onset(incident: Incident, policy: Instance, now: datetime) -> datetime:
    return min(incident.onset + timedelta(seconds=1), now + policy.margin)


BUGS: dict[str, Bug] = {
    "send without an intent": lambda: patch.object(Ledger, "intend", _send_without_an_intent),
    "send again when unknown": lambda: patch.object(firing, "_attempt", _send_again_when_unknown),
    "take no answer for busy": lambda: patch.object(firing, "_attempt", _take_no_answer_for_busy),
    "do not look for what may be ours": lambda: patch.object(firing, "jobs_of", lambda *_: []),
    "fire again after an interruption": _fire_again_after_an_interruption,
    "fire when unknown": lambda: patch.object(recovery, "reconcile", _fire_when_unknown),
    "write without the version's condition": lambda: patch.object(
        SimulatedStore, "check", _nothing
    ),
    "claim whatever the state": _claim_whatever_the_state,
    "skip the cap of the fleet": lambda: patch.object(fleet, "_full", _nothing),
    "ignore the halt": lambda: patch.object(fleet, "halted", _nothing),
    "carry out without approval": _carry_out_without_approval,
    "take silence for consent": lambda: patch.object(approval, "_hear", _take_silence_for_consent),
    "skip the check before the request": lambda: patch.object(firing, "recheck", _nothing),
    "choose a target up to the onset": lambda: patch(
        "lastgood.domain.decide.deadline", _target_up_to_the_onset
    ),
    "never release the instance": lambda: patch.object(lifecycle, "hold", _never_release),
    "break the journal's chain": lambda: patch.object(journal, "append", _unchained),
    "lose what was ignored": lambda: patch("lastgood.workflows.dispatch._note", _nothing),
}
