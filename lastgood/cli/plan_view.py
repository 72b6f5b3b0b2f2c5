"""Plans and refusals for the person who is woken by the alarm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from lastgood.cli import picture, screen, words
from lastgood.cli.picture import Mark, Scene
from lastgood.domain import times
from lastgood.domain.alarm import Incident
from lastgood.domain.plan import Gate, Plan, Refusal
from lastgood.domain.policy import Instance, Mode, Policy
from lastgood.domain.ranges import Window
from lastgood.domain.reading import Readings
from lastgood.domain.services import Endpoint

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

MODES: dict[Mode, str] = {
    "auto": "auto: lastgood acts by itself when an alarm says so",
    "propose": "propose: a person has to act",
    "observe": "observe: the alarm is recorded, nobody acts",
}
SOURCES: dict[Endpoint, str] = {"geminidb": "one of its points", "rds": "within its windows"}


class Refused(NamedTuple):
    """A refusal, and when."""

    decision: Refusal
    now: datetime


class Planned(NamedTuple):
    """A plan, when it was made, and what it rests on."""

    decision: Plan
    now: datetime
    policy: Policy
    instance: Instance
    readings: Readings


Considered = Planned | Refused
Row = tuple[str, str, str]


def view(console: Console, considered: Sequence[Considered]) -> Group:
    """Each decision, a blank line between two."""
    parts: list[RenderableType] = []
    for one in considered:
        parts += [""] if parts else []
        parts += _refused(one) if isinstance(one, Refused) else _planned(console, one)
    return Group(*parts)


def _refused(refused: Refused) -> Iterator[RenderableType]:
    refusal = refused.decision
    yield screen.text(f"Refused: {refusal.code}", "bold yellow")
    yield screen.text(refusal.message)
    if refusal.incident is not None:
        yield ""
        yield _grid(_cause(refusal.incident, refused.now, cross=""))
    yield ""
    yield _labelled("Try:", "bold", refusal.hint)


def _planned(console: Console, planned: Planned) -> Iterator[RenderableType]:
    plan, instance = planned.decision, planned.instance
    headline = screen.text(f"Plan: restore {instance.name} to {words.moment(plan.target)}", "bold")
    yield headline.append(f", {words.distance(plan.target, planned.now)}", style="not bold")
    yield screen.text(f"{instance.id}, {instance.service}", "dim")
    if planned.now > plan.target:
        yield ""
        yield _picture(console, planned)
    yield ""
    yield _grid(_facts(console, planned))
    if plan.warnings:
        yield ""
    for warning in plan.warnings:
        yield _labelled("Warning:", "bold yellow", warning)
    yield ""
    yield _labelled("Next:", "bold", f"nothing was done. {_next(planned)}")


def _picture(console: Console, planned: Planned) -> Text:
    """The instance's own range, from somewhat before the target until now."""
    shown, target = picture.glyphs(console), planned.decision.target
    marks = (
        Mark(target, shown.target, "bold green"),
        Mark(planned.decision.incident.onset, shown.onset, "bold red"),
    )
    span = Window(target - (planned.now - target) / 2, planned.now)
    return picture.draw(console, Scene(planned.readings.own.range, span, marks, lost_from=target))


def _facts(console: Console, planned: Planned) -> Iterator[Row]:
    plan, instance, shown = planned.decision, planned.instance, picture.glyphs(console)
    margin, loss = words.length(instance.margin), words.length(plan.loss_seconds)
    where = "for good" if instance.can.in_place else "in the copy"
    yield shown.target, "target", f"the latest restorable moment at least {margin} before onset"
    yield shown.lost, "lost", f"every write of the last {loss}, {where}"
    yield from _cause(plan.incident, planned.now, cross=shown.onset)
    for number, gate in enumerate(plan.gates):
        yield "", "" if number else "gates", _gate(gate, planned.policy)
    yield "", "mode", MODES[plan.mode]
    yield "", "sent as", plan.restore_time
    yield "", "incident", plan.incident.id
    yield "", "hash", plan.hash


def _cause(incident: Incident, now: datetime, cross: str) -> Iterator[Row]:
    onset, changed = words.moment(incident.onset), words.moment(incident.changed_at)
    detail = incident.onset_detail.removesuffix(f", {times.print_rfc3339(incident.onset)}")
    basis = "as given" if incident.onset_basis == "given" else detail
    yield cross, "onset", f"{onset}, {basis}"
    yield "", "alarm", f"{incident.alarm}, {changed} ({words.distance(incident.changed_at, now)})"


def _gate(gate: Gate, policy: Policy) -> str:
    found = policy.find(gate.instance)
    name = found.name if found else gate.instance
    holds = "the target is" if gate.restorable else "the target is NOT"
    return f"{name}: {holds} {SOURCES[gate.source]}"


def _next(planned: Planned) -> str:
    if not planned.instance.can.in_place:
        return "RDS is not restored in place: restore it to a new instance, in the console."
    if planned.decision.mode == "auto":
        return "When the alarm reaches lastgood's functions, they carry it out."
    return "When the alarm reaches lastgood's functions, they propose it: lastgood status."


def _grid(rows: Iterable[Row]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=2, justify="right")
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for glyph, label, value in rows:
        grid.add_row(glyph, label, screen.text(value))
    return grid


def _labelled(label: str, style: str, sentence: str) -> Text:
    return Text.assemble((label, style), f" {screen.clean(sentence)}")
