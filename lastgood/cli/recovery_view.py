"""Recoveries for the person on call: where an incident stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table

from lastgood.cli import screen, words
from lastgood.domain.lifecycle import ACTIVE, MOVES, Recovery, State

if TYPE_CHECKING:
    from rich.console import Console

GOOD: frozenset[State] = frozenset({"settled", "validated", "restored"})
WAITING: frozenset[State] = frozenset({"proposed", "approved"})


def style(state: State) -> str:
    """Green for what went well, yellow while something is to come, red for a person to look at."""
    if state in GOOD:
        return "bold green"
    return "bold yellow" if state in WAITING | ACTIVE else "bold red"


def show(console: Console, recovery: Recovery, now: datetime) -> None:
    """Print where an incident stands, and what to do; a command to paste stays on one line."""
    headline = screen.text(recovery.state, style(recovery.state))
    headline.append(f" since {words.moment(recovery.changed_at)}", style="not bold")
    headline.append(f", {words.distance(recovery.changed_at, now)}", style="not bold")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in _facts(recovery):
        grid.add_row(label, screen.text(value))
    console.print(headline)
    console.print()
    console.print(grid)
    if hint := recovery.hint or _next(recovery):
        console.print()
        console.print(screen.text(f"Try: {hint}"), soft_wrap=True)


def _facts(recovery: Recovery) -> Iterator[tuple[str, str]]:
    yield "incident", recovery.incident
    yield "instance", recovery.instance
    if recovery.code:
        yield "code", recovery.code
    if recovery.reason:
        yield "reason", recovery.reason
    if plan := recovery.plan:
        yield "alarm", plan.incident.alarm
        yield "target", words.moment(plan.target)
        yield "loss", f"every write of {words.length(plan.loss_seconds)}, when it was planned"
        yield "plan", plan.hash
        if recovery.state == "proposed":
            yield "answer by", words.moment(plan.answer_by)
    if recovery.approval:
        yield "approved", f"by {recovery.approval.by}, {words.moment(recovery.approval.at)}"
    if recovery.sent_at:
        yield "sent", words.moment(recovery.sent_at)
    if recovery.job:
        yield "job", recovery.job
    if recovery.sent_at and recovery.state not in MOVES:
        yield "took", words.length(recovery.changed_at - recovery.sent_at)


def _next(recovery: Recovery) -> str | None:
    if recovery.state == "proposed" and recovery.plan:
        return f"lastgood approve {recovery.incident} --plan {recovery.plan.hash}"
    return None
