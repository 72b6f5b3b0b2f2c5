"""Deliberate bugs: each breaks one promise of the real code, and the simulation must notice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeGuard, get_args
from unittest.mock import patch

import msgspec

from lastgood.domain import (
    case,
    cautions,
    copies,
    decide,
    deleting,
    drills,
    effect,
    fleet,
    hooks,
    journal,
    lifecycle,
    objections,
    pairing,
    undo,
)
from lastgood.domain.alarm import Incident
from lastgood.domain.copies import Copy, Order
from lastgood.domain.effect import Standing
from lastgood.domain.hooks import Call, HookName, Hooks, Wait
from lastgood.domain.lifecycle import Head, Joined, Recovery, State
from lastgood.domain.plan import Plan, Refusal
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Outcome, Refused, Unknown, Validation
from lastgood.domain.undo import UndoPoint
from lastgood.ledger import Ledger, LostRaceError, Moved, records, recoveries
from lastgood.ledger import hooks as hooks_ledger
from lastgood.ledger.drills import Drills
from lastgood.ports import Flow
from lastgood.workflows import (
    approval,
    deciding,
    dispatch,
    drilling,
    firing,
    operator,
    reading,
    reconciliation,
    recording,
    recovery,
    restoring,
    starting,
    sweeping,
    undo_point,
)
from lastgood.workflows import deleting as deleting_workflow
from lastgood.workflows import effect as effect_workflow
from lastgood.workflows import hooks as hooks_workflow
from lastgood.workflows import pairing as pairing_workflow
from lastgood.workflows.world import World
from tests.simulation import people, scene
from tests.simulation.copies import SimulatedRds
from tests.simulation.store import SimulatedStore
from tests.simulation.world import BusError

Bug = Callable[[], AbstractContextManager[Any]]

_send = undo_point._send  # noqa: SLF001 - a bug is put where it would be made
_begin = undo_point._begin  # noqa: SLF001 - the same
_attempt = firing._attempt  # noqa: SLF001 - a bug is put where it would be made
_known = Ledger.known
_intend = Ledger.intend
_hold = lifecycle.hold
_near = Head.near
_joining = Head.joining
_append = journal.append
_reconcile = reconciliation.reconcile


def nothing(*_: object) -> None:
    """Objects to nothing, and does nothing."""


def patched(*changes: tuple[Any, str, Any]) -> Bug:
    """Break several places at once: each a place, a name in it, and what stands there instead."""

    @contextmanager
    def broken() -> Iterator[None]:
        with ExitStack() as stack:
            for where, name, instead in changes:
                stack.enter_context(patch.object(where, name, instead))
            yield

    return broken


def _without(where: Any, name: str, unwanted: str) -> tuple[Any, str, Any]:
    """The same tuple of functions, less one."""
    kept = tuple(one for one in getattr(where, name) if one.__name__ != unwanted)
    if len(kept) == len(getattr(where, name)):
        raise AssertionError(f"{name} has no {unwanted}")
    return where, name, kept


# The request


def _send_without_an_intent(self: Ledger, incident: str, *_: object) -> Recovery:
    found = self.recovery(incident)
    if found is None:
        raise AssertionError
    return found


def _was_sent(outcome: object) -> TypeGuard[Unknown]:
    return isinstance(outcome, Unknown) and "another attempt" not in outcome.why


def _send_again_when_unknown(this: Any, plan: Plan, world: World) -> Any:
    outcome = _attempt(this, plan, world)
    if _was_sent(outcome):
        return world.clouds(plan.cloud).restore(plan.incident.instance, plan.restore_time)
    return outcome


def _take_what_was_cut_off_for_not_begun(self: Ledger, incident: str) -> Recovery:
    return msgspec.structs.replace(_known(self, incident), state="claimed", tries=0)


def _take_no_answer_for_busy(this: Any, plan: Plan, world: World) -> Any:
    outcome = _attempt(this, plan, world)
    return Refused("DBS.200011", outcome.why, "busy") if _was_sent(outcome) else outcome


def _intend_again(self: Ledger, incident: str, *facts: Any) -> Recovery:
    try:
        return _intend(self, incident, *facts)
    except LostRaceError as lost:
        return lost.current


def _intend_whatever_came_in(self: Ledger, incident: str, *facts: Any) -> Recovery:
    intent, now = facts
    found = self.recovery(incident)
    if found is None or found.plan is None:
        raise AssertionError
    seen = _history(self, found.plan.incident).suspects
    return _intend(self, incident, intent._replace(seen=seen), now)


def _find_nothing_wrong(plan: Plan, recovery: Recovery, world: World) -> Any:
    del recovery
    found = deciding.consider(plan.incident, world)
    history = None if isinstance(found, Refusal) else found.history
    return deciding.Checked(history.suspects if history else ())


@contextmanager
def _carry_out_without_approval() -> Iterator[None]:
    def do_not_wait(plan: Plan, flow: Flow, world: World) -> Plan:
        del flow, world
        return plan

    with (
        patch.object(recovery, "wait_for_approval", do_not_wait),
        patch.object(deciding, "_why_outdated", nothing),
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
        patch.object(objections, "to_claim", nothing),
        patch.object(fleet, "objection", nothing),
    ):
        yield


def _target_up_to_the_onset(onset: datetime, policy: Instance, now: datetime) -> datetime:
    return min(onset + timedelta(seconds=1), now + policy.margin)


# What an instance remembers


def _open_only(self: Ledger, name: str) -> Incident | None:
    (record,) = self._store.read([records.opened(name)])
    return records.read(record, Incident) if record.version else None


def _near_the_latest(self: Head, at: datetime, quiet: timedelta) -> list[str]:
    latest = (
        [self.latest_incident] if self.latest_incident and self.span(self.latest_incident) else []
    )
    return [*_near(self, at, quiet), *latest]


def _join_and_forget(self: Head, incident: Incident, into: Joined) -> Head:
    joined = _joining(self, incident, into)
    return msgspec.structs.replace(joined, suspects=self.suspects)


def _never_running(head: Head, before: Recovery | None, after: Recovery) -> Head:
    held = _hold(head, before, after)
    last = held.last_recovery
    return (
        held
        if last is None
        else msgspec.structs.replace(
            held, last_recovery=msgspec.structs.replace(last, running=False)
        )
    )


def _forget_when_red(head: Head, before: Recovery | None, after: Recovery) -> Head:
    held = _hold(head, before, after)
    if after.effect != "none":
        return held
    return msgspec.structs.replace(held, last_recovery=None)


def _stays_back(self: Standing, other: Standing) -> bool:
    return self.state != "OK" and self.at < other.at


# People, events, ends


def _choose_anything(self: Plan, plan_hash: str) -> Plan:
    del plan_hash
    return self


def _approve_the_first(self: Ledger, proposed: Recovery, plan: Plan, by: str, now: datetime) -> Any:
    del plan
    if proposed.plan is None:
        raise AssertionError
    return _approve(self, proposed, proposed.plan, by, now)


def _expire_when_woken(self: Ledger, plan: Plan, now: datetime) -> Moved:
    return _expire(self, plan, max(now, plan.answer_by))


def _stop_waiting_when_woken(proposal: int, plan: Plan, flow: Flow, world: World) -> Recovery:
    announced = partial(world.ledger.keep_callback, plan)
    timeout = plan.answer_by - plan.decided_at
    flow.wait_for_a_person(f"proposal {proposal}", announced, timeout)
    return flow.step(f"answer {proposal}", lambda: world.ledger.known(plan.incident.id))


def _say_that_it_is_refused(incident: Incident, why: str, world: World) -> Recovery:
    return lifecycle.begin(
        Refusal(incident=incident, code="dismissed", message=why, hint=""),
        incident.instance,
        incident.id,
        world.now(),
    )


def _leave_it_behind(incident: Incident, world: World) -> Incident:
    return starting.start(incident, world).incident


def _look_and_raise(look: Callable[[], InstanceState]) -> InstanceState:
    return look()


def _give_up_on_the_bus(_: Ledger, event: object) -> None:
    raise BusError(f"{event} was not taken")


def _windows_as_own(instance: Instance, find_cloud: Any, now: datetime, since: Any) -> Any:
    return _read_windows(instance, find_cloud, now, since)


def _order_again(plan: Plan, sent: Recovery, flow: Flow, world: World) -> Any:
    if plan.way == "copy":
        request = restoring.ByCopy().prepare(plan, world)
        request.send()
    return _reconcile(plan, sent, flow, world)


def _intend_without_the_copy(self: Ledger, incident: str, intent: Any, now: datetime) -> Recovery:
    return _intend(self, incident, intent._replace(copy=None), now)


def _restored_by_a_copy(head: Head, before: Recovery | None, after: Recovery) -> Head:
    held = _hold(head, before, after)
    last = held.last_recovery
    if after.state != "settled" or last is None:
        return held
    kept = tuple(one for one in held.suspects if one.onset <= last.target)
    return msgspec.structs.replace(held, suspects=kept)


def _gone_once_turned_down(copy: Copy, after: Recovery) -> Copy:
    if after.state == "claimed":
        return msgspec.structs.replace(copy, stage="refused")
    return copy if copy.stage == "refused" else _following(copy, after)


def _gone_once_asked(name: str, world: World) -> bool:
    copy = world.ledger.copy(name)
    if copy is not None and copy.stage == "deleting":
        world.ledger.note_stage(copy, "gone", "it was asked for", world.now())
    return True


def _take_no_backup_for_busy(backups: Any, point: Any, plan: Plan, world: World) -> Any:
    outcome = _send(backups, point, plan, world)
    if not _was_sent(outcome):
        return outcome
    world.ledger.withdraw_undo_point(point, outcome.why, world.now())
    return Refused("DBS.200011", outcome.why, "busy")


def _begin_with_any(plan: Plan, world: World) -> UndoPoint:
    found = world.ledger.known(plan.incident.id).undo
    return found or _begin(plan, world)


def _start_the_pair_first(plan: Plan, claimed: Recovery, flow: Flow, world: World) -> Any:
    pairing_workflow.start_pair(claimed, flow, world)
    return firing.fire(plan, claimed, flow, world)


def _pair_of_a_plan(leader: Recovery) -> tuple[Incident, ...]:
    plan = leader.plan
    return tuple(pairing.incident_of(plan, one) for one in plan.pair) if plan else ()


def _whenever_it_was_planned(_: Incident, leader: Recovery | None) -> datetime | None:
    return leader.plan.target if leader and leader.plan else None


def _aim_earlier(incident: Incident, moment: datetime, instance: Instance) -> Incident:
    return _aimed(incident, moment - timedelta(minutes=2), instance)


def _agree(instance: Instance, _: Recovery) -> Instance:
    return msgspec.structs.replace(instance, mode="auto")


def _of_the_pair_only(self: Ledger, incident: Incident) -> Any:
    found = _history(self, incident)
    return msgspec.structs.replace(found, suspects=()) if incident.pair_of else found


def _rule_whatever_the_mark(self: Policy, incident: Incident) -> Instance | None:
    found = self.by_id(incident.instance)
    return found.drilled() if found and incident.drill else found


def _send_whatever(rds: SimulatedRds, order: Order, password: str, _: World) -> Outcome:
    rds.try_out(order, password)
    return rds.restore_to_new(order, password)


def _let_in_once_restored(incident: str, flow: Flow, world: World, what: str = "after") -> None:
    if what == "after":
        _let_in(incident, flow, world, what)


def _begin_without_a_record(known: Hooks, hook: HookName, now: datetime) -> Any:
    begun = _begin_call(known, hook, now)
    if isinstance(begun, Wait) or hook == "after":
        return begun
    return known, begun[1]


def _stopped_for_good(known: Hooks | None, instance: Instance) -> Hooks | None:
    if known and known.verdict == "pass":
        return msgspec.structs.replace(known, after_at=known.before_at)
    return _at_claim(known, instance)


def _end_as_if_known(known: Hooks, call: Call, said: Validation | None, now: datetime) -> Hooks:
    return _end(msgspec.structs.replace(known, calls=(*known.calls, call)), call, said, now)


_let_in = hooks_workflow.let_in
_end = hooks.end
_begin_call = hooks.begin
_at_claim = hooks.at_claim
_aimed = pairing.aimed
_history = Ledger.history
_following = copies.following
_approve = Ledger.approve
_expire = Ledger.expire
_read_windows = reading._read_windows  # noqa: SLF001 - a bug is put where it would be made

BUGS: dict[str, Bug] = {
    # the request
    "send without an intent": patched((Ledger, "intend", _send_without_an_intent)),
    "send again when unknown": patched((firing, "_attempt", _send_again_when_unknown)),
    "take no answer for busy": patched((firing, "_attempt", _take_no_answer_for_busy)),
    "do not look for what may be ours": patched((restoring.InPlace, "traces", lambda *_: [])),
    "take a row without an instance for another's": patched(
        (restoring, "is_instance_id", lambda _: True)
    ),
    "believe a refusal": patched((recovery, "look_after_refusal", nothing)),
    "fire again after an interruption": patched(
        (Ledger, "known", _take_what_was_cut_off_for_not_begun),
        (firing, "recheck", _find_nothing_wrong),
        (Ledger, "intend", _intend_again),
    ),
    "fire when unknown": patched((recovery, "reconcile", _fire_when_unknown)),
    "skip the check before the request": patched((firing, "recheck", _find_nothing_wrong)),
    "write the intent when no time is left": patched((firing, "REQUEST_TAKES", -math.inf)),
    "send a moment that no list gave": patched((reading, "_read_own", _windows_as_own)),
    # hooks
    "fire although the writers are not stopped": patched(
        (recovery, "stop_writers", nothing), (Hooks, "lets_send", True)
    ),
    "let nobody in where nothing was sent": patched((recovery, "let_in", _let_in_once_restored)),
    "stop the writers without a record of it": patched((hooks, "begin", _begin_without_a_record)),
    "let writers in while it is open what comes of it": patched(
        (hooks_ledger, "may_let_in", lambda _: True),
        (hooks_workflow, "may_let_in", lambda _: True),
        (starting, "ACTIVE", frozenset()),
    ),
    "take a call that was cut off for over": patched(
        (hooks, "CALL_LASTS", timedelta()), (hooks, "end", _end_as_if_known)
    ),
    "never look for writers who are stopped": patched((starting, "_owed", lambda _: ())),
    "let writers in for a proposal that is approved meanwhile": patched(
        (hooks, "at_claim", _stopped_for_good)
    ),
    # copies
    "do not look for a copy of its name": patched((restoring.ByCopy, "traces", lambda *_: [])),
    "order again under another name": patched((recovery, "reconcile", _order_again)),
    "order what the ledger does not know": patched((Ledger, "intend", _intend_without_the_copy)),
    "take active for ready": patched(
        (SimulatedRds, "backed_up", lambda *_: True), (restoring.ByCopy, "looks_again", 0)
    ),
    "settle a suspicion by a copy": patched((lifecycle, "hold", _restored_by_a_copy)),
    "copy what the policy does not copy": patched(
        (deciding, "_why_elsewhere", nothing), (restoring, "rules_of", lambda *_: scene.COPIED)
    ),
    "forget a copy that was turned down": patched((copies, "following", _gone_once_turned_down)),
    "delete whatever has the id": patched((deleting, "DOUBTS", ())),
    "delete without an intent": patched((Ledger, "begin_deletion", lambda *_: True)),
    "take a deletion that was taken for done": patched(
        (deleting_workflow, "is_gone", _gone_once_asked)
    ),
    # undo points
    "restore what is not backed up": patched(
        (recovery, "back_up", nothing), (recoveries, "_has_undo_point", lambda *_: True)
    ),
    "take a backup that has begun for complete": patched((undo.Backup, "is_complete", True)),
    "take the backup of another plan": patched(
        (undo_point, "_begin", _begin_with_any),
        (UndoPoint, "serves", lambda point, _: point.is_ready),
    ),
    "ask for a backup again": patched((Ledger, "order_undo_point", lambda *_: True)),
    "take a lost answer for no backup": patched((undo_point, "_send", _take_no_backup_for_busy)),
    # pairs
    "copy before the restore was sent": patched(
        (recovery, "fire", _start_the_pair_first),
        (pairing, "moment_of", _whenever_it_was_planned),
        (pairing_workflow, "pair_of", _pair_of_a_plan),
    ),
    "copy another moment": patched((pairing, "aimed", _aim_earlier), (pairing, "missed", nothing)),
    "agree to every copy of a pair": patched((pairing, "agreed", _agree)),
    "forget what was said of a companion": patched(
        (Ledger, "history", _of_the_pair_only), (Ledger, "intend", _intend_whatever_came_in)
    ),
    # drills
    "drill what has no mark": patched(
        (Policy, "ruling", _rule_whatever_the_mark), (Instance, "drill_way", "copy")
    ),
    "leave what a drill made": patched((drilling, "_clean_up", nothing)),
    "never close a drill that died": patched((drilling, "_released", nothing)),
    "never remove what a drill left": patched((starting, "_closings", lambda _: ())),
    "remove what a recovery made": patched((Copy, "needs_a_person", False)),
    "remove what somebody keeps": patched(
        (Copy, "needs_a_person", property(lambda copy: copy.purpose == "recovery"))
    ),
    "prove what was not restored": patched((drills, "judge", lambda *_: ("proved", ""))),
    "send what a trial may have carried out": patched((restoring, "_try_first", _send_whatever)),
    "count every execution of a drill": patched((Drills, "end_drill", lambda *_: True)),
    # the ledger
    "write without the version's condition": patched((SimulatedStore, "check", nothing)),
    "claim whatever the state": patched(
        (objections, "to_claim", nothing), (fleet, "objection", nothing)
    ),
    "skip the cap of the fleet": patched((fleet, "_full", nothing)),
    "ignore the halt": patched((fleet, "halted", nothing)),
    "never release the instance": patched((lifecycle, "hold", _never_release)),
    "break the journal's chain": patched((journal, "append", _unchained)),
    "lose what was ignored": patched((dispatch, "_note", nothing)),
    # the moment
    "choose a target up to the onset": patched((case, "deadline", _target_up_to_the_onset)),
    "forget that it was bad before": patched((case, "unsettled", lambda *_: ())),
    "fire although another alarm came in": patched((Ledger, "intend", _intend_whatever_came_in)),
    "use the first delivery only": patched((Ledger, "incident", _open_only)),
    "drop what a later delivery knows": patched((Incident, "improved_by", lambda one, _: one)),
    "join what has ended": patched((Head, "near", _near_the_latest)),
    "forget what joined": patched(
        (Head, "joining", _join_and_forget), (Incident, "taking_in", lambda one, _: one)
    ),
    "take nothing for news after the approval": patched(
        (approval, "outdone", lambda *_: False), (deciding, "outdone", lambda *_: False)
    ),
    "act on a guess": patched(_without(cautions, "HOLDS", "_weak")),
    "act out of a silence": patched(_without(cautions, "HOLDS", "_unknown_before")),
    "act with clocks apart": patched(_without(cautions, "HOLDS", "_clocks_apart")),
    "go back into what was undone": patched(
        _without(objections, "BY_THE_LEDGER", "_behind_the_fence"),
        _without(decide, "OBJECTIONS", "_behind_the_fence"),
    ),
    "take a restore that was handed over for ended": patched((lifecycle, "hold", _never_running)),
    # its effect
    "take every way back for an effect": patched(
        (effect, "_back", lambda *_, **__: ("helped", ""))
    ),
    "take the first way back for the last": patched((Standing, "outdated_by", _stays_back)),
    "wait for no effect": patched((effect_workflow, "awaited", nothing)),
    "forget a restore whose alarm stays red": patched((lifecycle, "hold", _forget_when_red)),
    # people
    "carry out without approval": _carry_out_without_approval,
    "take silence for consent": patched((approval, "_hear", _take_silence_for_consent)),
    "approve whatever hash is given": patched((Plan, "choose", _choose_anything)),
    "carry out the other of two targets": patched((Ledger, "approve", _approve_the_first)),
    "expire when woken": patched((Ledger, "expire", _expire_when_woken)),
    "go on with what was dismissed": patched((operator, "_refuse", _say_that_it_is_refused)),
    "leave behind what could not be started": patched((people, "start_by_hand", _leave_it_behind)),
    # ends
    "stop waiting when woken": patched((approval, "_await_answer", _stop_waiting_when_woken)),
    "start only what comes in": patched(
        (dispatch, "start_what_was_not", nothing), (sweeping, "start_what_was_not", nothing)
    ),
    "let a look fail": patched((recovery, "seen", _look_and_raise)),
    "count whoever finds it ended": patched(
        (recoveries, "Moved", lambda moved, **_: Moved(moved, here=True))
    ),
    "never count": patched((recording, "MOVES", frozenset(get_args(State)))),
    "drop what the bus does not take": patched((Ledger, "postpone", nothing)),
    "stop while the bus is away": patched((Ledger, "postpone", _give_up_on_the_bus)),
    "announce only what was moved here": patched((Ledger, "is_announced", lambda *_: True)),
}

RULED: dict[str, str] = {
    **dict.fromkeys(
        (
            "fire although the writers are not stopped",
            "let nobody in where nothing was sent",
            "stop the writers without a record of it",
            "let writers in while it is open what comes of it",
            "take a call that was cut off for over",
            "never look for writers who are stopped",
            "let writers in for a proposal that is approved meanwhile",
        ),
        "hooks",
    ),
    **dict.fromkeys(
        (
            "restore what is not backed up",
            "take a backup that has begun for complete",
            "take the backup of another plan",
            "ask for a backup again",
            "take a lost answer for no backup",
        ),
        "undo point",
    ),
}
"""The rules without which a bug shows nothing: histories by others are not lived to find it."""
