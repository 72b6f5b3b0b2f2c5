"""Recoveries for the person on call: where an incident stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from lastgood.cli import formats, plan_view, screen
from lastgood.domain.lifecycle import (
    ACTIVE,
    MOVES,
    NOTHING_RESTORED,
    Recovery,
    State,
    needs_person,
)
from lastgood.domain.pairing import pair_of
from lastgood.domain.undo import kept

GOOD: frozenset[State] = frozenset({"settled", "validated", "restored"})
WAITING: frozenset[State] = frozenset({"proposed", "approved"})


def style(state: State) -> str:
    """Green for what went well, yellow for what is not over, red for what a person has to check."""
    if state in GOOD:
        return "bold green"
    return "bold yellow" if state in WAITING | ACTIVE else "bold red"


def standing(recovery: Recovery) -> Text:
    """Where a recovery stands, and what came of it; red where its alarm stayed red."""
    told = f"{recovery.state}, effect {recovery.effect}" if recovery.effect else recovery.state
    return screen.text(told, "bold red" if needs_person(recovery) else style(recovery.state))


def briefly(recovery: Recovery) -> Text:
    """The same in a word or two: beside it a whole incident id has to fit."""
    told = "settled, no effect" if recovery.effect == "none" else recovery.state
    return screen.text(told, "bold red" if needs_person(recovery) else style(recovery.state))


def show(recovery: Recovery, now: datetime, *, as_json: bool) -> None:
    """Print one recovery."""
    screen.show(recovery, view(recovery, now), as_json=as_json)


def view(recovery: Recovery, now: datetime) -> Iterator[RenderableType]:
    """Where an incident stands, and what to do; a command to paste stays on one line."""
    headline = standing(recovery)
    since = formats.moment(recovery.changed_at), formats.relative(recovery.changed_at, now)
    yield headline.append(f" since {since[0]}, {since[1]}", style="not bold")
    yield ""
    yield screen.facts(("", label, value) for label, value in _facts(recovery) if value)
    hint = recovery.hint
    if not hint and recovery.state == "proposed" and recovery.plan:
        hint = f"lastgood approve {recovery.incident} --plan {recovery.plan.hash}"
    if hint:
        yield ""
        yield Text(screen.clean(f"Try: {hint}"), no_wrap=True)


def _facts(recovery: Recovery) -> Iterator[tuple[str, str | None]]:
    yield "incident", recovery.incident
    yield "instance", recovery.instance
    yield "code", recovery.code
    yield "reason", recovery.reason
    if plan := recovery.plan:
        yield "policy", plan.policy_version
        yield "alarm", plan.incident.alarm
        yield "goes with", plan.incident.pair_of
        yield "target", formats.moment(plan.target)
        label = "lacks" if plan.way == "copy" else "loss"
        loss = f"{formats.duration(plan.loss_seconds)}{plan_view.counted(plan)}"
        yield label, f"every write of {loss}, when it was planned"
        yield "strength", plan.strength
        if plan.bad_since:
            yield "bad since", formats.moment(plan.bad_since)
        if choice := plan.alternative:
            yield "or", plan_view.other_choice(choice, plan.way)
        yield "plan", plan.hash
        yield from (("warning", warning) for warning in plan.warnings)
        yield from (("with it", f"a copy of {one.instance}: {one.id}") for one in pair_of(recovery))
        if recovery.state == "proposed":
            yield "answer by", formats.moment(plan.answer_by)
    if recovery.approval:
        yield "approved", f"by {recovery.approval.by}, {formats.moment(recovery.approval.at)}"
    if recovery.sent_at:
        yield "sent", formats.moment(recovery.sent_at)
    yield "undo", _way_back(recovery)
    yield "job", recovery.job
    if copy := recovery.copy:
        yield "copy", f"{copy.name} ({copy.id or 'no id known'}): see lastgood copies"
    if recovery.sent_at and recovery.state not in MOVES:
        yield "took", formats.duration(recovery.restored_at - recovery.sent_at)
    if recovery.effect:
        yield "effect", f"{recovery.effect}: {recovery.effect_detail}"


def _way_back(recovery: Recovery) -> str | None:
    """Whether what is overwritten is kept, or is to be."""
    point, plan = recovery.undo, recovery.plan
    if point is None or recovery.state in WAITING:
        return plan_view.UNDO[plan.undo] if plan and plan.undo else None
    if recovery.state in NOTHING_RESTORED:
        return f"nothing was overwritten; its backup {point.name} is {point.stage}"
    is_kept = recovery.overwrote_at and point.may_exist
    back = f"; lastgood undo {recovery.incident}" if is_kept else ""
    return f"what was there is {kept(point, recovery.sent_at).sentence}{back}"
