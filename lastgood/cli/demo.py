"""`lastgood demo`: the whole story in the sandbox, on one screen."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from lastgood.cli import exits, extras, screen, verify, words
from lastgood.domain.objective import Finding, worst
from lastgood.domain.policy_file import parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console, RenderableType

    from sandbox.story import Data, Delivery, Restored, Story

BAR = 24
LONG = 20


def demo() -> int:
    """Tell the whole story in the sandbox; needs no account."""
    stage_type, story_type = extras.sandbox()
    console, began = screen.out(), time.monotonic()
    with ExitStack() as opened:
        with console.status("starting two clouds, three functions and the durable engine"):
            stage = opened.enter_context(stage_type())
        story = story_type(stage)
        for chapter in _chapters(story, console):
            console.print(chapter)
    for mishap in story.mishaps:
        console.print(screen.text(f"✗ {mishap}", "bold red"))
    if story.mishaps:
        return exits.COULD_NOT_RUN
    took = words.length(int(time.monotonic() - began))
    console.print(screen.text(f"One alarm, one restore, the data is back ({took}).", "bold green"))
    return exits.YES


def _chapters(story: Story, console: Console) -> Iterator[RenderableType]:
    with console.status("writing orders for hours, while points appear"):
        data = story.write()
    yield _line("data", _data(data))
    yield _line("damage", _damage(data), "red")
    with console.status("the alarm goes off, and arrives by three routes, one of them twice"):
        deliveries = story.alarm()
    yield _line("alarm", _alarm(deliveries))
    _watch(story.progress(), console)
    with console.status("waiting until the instance is normal and idle"):
        restored = story.restored()
    yield from _restored(restored)
    with console.status("verifying three instances"):
        sweep = story.sweep()
    findings = msgspec.convert(sweep["findings"], tuple[Finding, ...])
    instances = {i.id: i for i in parse_policy(story.stage.policy_text()).instance}
    asked = [instances[finding.instance] for finding in findings]
    found = verify.Verification(worst(f.verdict for f in findings), findings)
    yield ""
    yield verify.view(asked, found)
    yield ""


def _line(chapter: str, told: str, style: str = "") -> RenderableType:
    """A chapter's name and what is told of it; a long one folds under itself."""
    line = Table.grid(padding=(0, 2))
    line.add_column(width=8, style="bold")
    line.add_column()
    line.add_row(chapter, screen.text(told, style))
    return line


def _data(data: Data) -> str:
    first, last = data.points[0], data.points[-1]
    return f"{data.orders} orders in Redis; {len(data.points)} points, {first} … {last}"


def _damage(data: Data) -> str:
    return f"a script deletes {data.destroyed} of them at {words.moment(data.destroyed_at)}"


def _alarm(deliveries: Iterable[Delivery]) -> str:
    by_result: dict[str, list[str]] = {"started": [], "duplicate": []}
    for delivery in deliveries:
        by_result.setdefault(delivery.result, []).append(delivery.route)
    return "; ".join(f"{result}: {', '.join(routes)}" for result, routes in by_result.items())


def _watch(progress: Iterable[int], console: Console) -> None:
    """Show how far the restore is, as the service tells it."""
    columns = (TextColumn("restoring"), BarColumn(BAR), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=100)
        for percent in progress:
            bar.update(task, completed=percent)
            time.sleep(0.05)


def _restored(restored: Restored) -> Iterator[RenderableType]:
    plan = restored.recovery["plan"]
    if plan is None:
        return
    incident = plan["incident"]
    gates = ", ".join(gate["source"] for gate in plan["gates"])
    yield _line("onset", f"{incident['onset']}: {incident['onset_detail'].partition(',')[0]}")
    yield _line("plan", f"back to {plan['target']}, offered by {gates}; {plan['hash'][:12]}")
    for put in restored.puts:
        yield _line(
            "request", f"{put.method} {_short(put.path)} {put.body.decode()} → {put.status}"
        )
    yield _line("restored", f"{restored.orders} orders, exactly as they were then", "green")
    lost, took = words.length(restored.lost), restored.took.total_seconds()
    yield _line("cost", f"{restored.lost_orders} orders of {lost} are lost; it took {took:.1f}s")


def _short(path: str) -> str:
    """A path whose long ids are cut in their middle."""
    return "/".join(f"{p[:4]}…{p[-4:]}" if len(p) > LONG else p for p in path.split("/"))
