"""Plans and refusals for the person who is woken by the alarm."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from rich.console import RenderableType
from rich.text import Text

from lastgood.cli import formats, screen, timeline
from lastgood.cli.timeline import Mark, Timeline
from lastgood.domain import counting, times
from lastgood.domain.alarm import Incident, Strength
from lastgood.domain.plan import Choice, Gate, Plan, Refusal
from lastgood.domain.policy import Mode, Policy
from lastgood.domain.ranges import Window
from lastgood.domain.services import Endpoint
from lastgood.domain.undo import Wanted
from lastgood.workflows.deciding import Decided

MODES: dict[Mode, str] = {
    "auto": "auto: lastgood acts by itself when an alarm says so",
    "propose": "propose: a person has to act",
    "observe": "observe: the alarm is recorded, nothing is done",
}
UNDO: dict[Wanted, str] = {
    "require": "what it overwrites is backed up first, or nothing is restored",
    "try": "what it overwrites is backed up first, if that can be done in time",
}
STRENGTHS: dict[Strength, str] = {
    "given": "given: a person said so",
    "datapoint": "datapoint: measured",
    "evaluation-start": "evaluation-start: the start of what the alarm looked at",
    "guess": "guess: no datapoints tell",
}
SOURCES: dict[Endpoint, str] = {"geminidb": "one of its points", "rds": "within its windows"}


def view(
    decided: Sequence[Decided | Refusal], policy: Policy, now: datetime
) -> Iterator[RenderableType]:
    """Each decision, a blank line between two."""
    for number, one in enumerate(decided):
        if number:
            yield ""
        decision = one if isinstance(one, Refusal) else one.decision
        if isinstance(one, Decided) and isinstance(decision, Plan):
            yield from _plan(decision, one, policy)
        elif isinstance(decision, Refusal):
            yield from _refusal(decision, now)


def _refusal(refusal: Refusal, now: datetime) -> Iterator[RenderableType]:
    yield screen.text(f"Refused: {refusal.code}", "bold yellow")
    yield screen.text(refusal.message)
    if refusal.incident is not None:
        yield ""
        yield screen.facts(_cause(refusal.incident, now))
    yield ""
    yield screen.labelled("Try:", "bold", refusal.hint)


def _plan(plan: Plan, decided: Decided, policy: Policy) -> Iterator[RenderableType]:
    instance, target = decided.instance, formats.moment(plan.target)
    does = f"copy {instance.name} as of" if plan.way == "copy" else f"restore {instance.name} to"
    headline = screen.text(f"Plan: {does} {target}", "bold")
    yield headline.append(f", {formats.relative(plan.target, decided.now)}", style="not bold")
    yield screen.text(f"{instance.id}, {instance.service}", "dim")
    if decided.now > plan.target:
        yield ""
        yield _timeline(plan, decided)
    yield ""
    yield screen.facts(_facts(plan, decided, policy))
    if plan.warnings:
        yield ""
    for warning in plan.warnings:
        yield screen.labelled("Warning:", "bold yellow", warning)
    yield ""
    yield screen.labelled("Next:", "bold", f"nothing was done. {_next(plan, decided)}")


def _timeline(plan: Plan, decided: Decided) -> Text:
    """The instance's own range, from somewhat before the target until now."""
    console, target, now = screen.stdout(), plan.target, decided.now
    glyphs = timeline.glyphs_of(console)
    onset = Mark(plan.incident.onset, glyphs.onset, "bold red")
    marks = [Mark(target, glyphs.target, "bold green"), onset]
    if plan.bad_since is not None:
        marks.append(Mark(plan.bad_since, glyphs.onset, "bold red"))
    span = Window(target - (now - target) / 2, now)
    own = decided.readings.own.range
    return timeline.draw(console, Timeline(own, span, tuple(marks), lost_from=target))


def _facts(plan: Plan, decided: Decided, policy: Policy) -> Iterator[screen.Fact]:
    instance, glyphs = decided.instance, timeline.glyphs_of(screen.stdout())
    margin, loss = formats.duration(instance.margin), formats.duration(plan.loss_seconds)
    before = "onset" if plan.bad_since is None or plan.alternative is None else "bad since"
    yield glyphs.target, "target", f"the latest restorable moment at least {margin} before {before}"
    if plan.way == "copy":
        yield glyphs.lost, "lacks", f"every write of the last {loss}; nothing is overwritten"
    else:
        where = "for good" if instance.can.in_place else "in the copy"
        yield glyphs.lost, "lost", f"every write of the last {loss}, {where}{counted(plan)}"
    if plan.undo is not None:
        yield "", "undo", UNDO[plan.undo]
    yield from _cause(plan.incident, decided.now, glyphs.onset)
    if plan.bad_since is not None:
        yield "", "bad since", formats.moment(plan.bad_since)
    if plan.alternative is not None:
        yield "", "or", other_choice(plan.alternative, plan.way)
    for number, gate in enumerate(plan.gates):
        yield "", "" if number else "gates", _gate(gate, policy)
    yield "", "mode", MODES[plan.mode]
    yield "", "sent as", plan.restore_time
    yield "", "incident", plan.incident.id
    yield "", "hash", plan.hash
    yield "", "policy", plan.policy_version or ""


def _cause(incident: Incident, now: datetime, glyph: str = "") -> Iterator[screen.Fact]:
    onset, changed = formats.moment(incident.onset), formats.moment(incident.changed_at)
    detail = incident.onset_detail.removesuffix(f", {times.print_rfc3339(incident.onset)}")
    basis = "as given" if incident.onset_basis == "given" else detail
    age = formats.relative(incident.changed_at, now)
    yield glyph, "onset", f"{onset}, {basis}"
    if incident.strength is not None:
        yield "", "strength", STRENGTHS[incident.strength]
    yield "", "alarm", f"{incident.alarm}, {changed} ({age})"


def other_choice(choice: Choice, way: Literal["copy"] | None) -> str:
    """The later target that a person may choose, with what it loses or lacks, and its hash."""
    target, loss = formats.moment(choice.target), formats.duration(choice.loss_seconds)
    loses = "lacks" if way == "copy" else "loses"
    what = f"which {loses} {loss}{counted(choice)}"
    return f"{target}, before onset only, {what}: approve {choice.hash}"


def counted(choice: Plan | Choice) -> str:
    """About how many commands a target loses, after the time; nothing where that is not known."""
    return "" if choice.lost_writes is None else f", {counting.tell(choice.lost_writes)}"


def _gate(gate: Gate, policy: Policy) -> str:
    found = policy.find(gate.instance)
    name = found.name if found else gate.instance
    holds = "the target is" if gate.restorable else "the target is NOT"
    return f"{name}: {holds} {SOURCES[gate.source]}"


def _next(plan: Plan, decided: Decided) -> str:
    if decided.instance.way is None:
        return "RDS is not restored in place: restore it to a new instance, in the console."
    if plan.mode == "auto":
        return "When the alarm reaches lastgood's functions, they carry it out."
    return "When the alarm reaches lastgood's functions, they propose it: lastgood status."
