"""The demo: the whole story in the sandbox, on one screen."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from lastgood.cli import exits, formats, screen, verify
from lastgood.domain.objective import worst
from lastgood.domain.policy_file import parse_policy
from sandbox.stage import WITH_COPIES, Stage
from sandbox.story import Copied, Restored, Story, Undone

MAX_PATH_PART = 20


def run() -> int:
    """Run the whole story in the sandbox; needs no account."""
    console, began = screen.stdout(), time.monotonic()
    with ExitStack() as opened:
        with console.status("starting two clouds, four functions and the durable engine"):
            stage = opened.enter_context(Stage(policy=WITH_COPIES))
        story = Story(stage)
        for line in _tell(story, console):
            console.print(line)
    for mishap in story.mishaps:
        console.print(screen.text(f"✗ {mishap}", "bold red"))
    if story.mishaps:
        return exits.COULD_NOT_RUN
    took = formats.duration(int(time.monotonic() - began))
    done = f"One restore in place, one copy, the data is back ({took})."
    console.print(screen.text(done, "bold green"))
    return exits.YES


def _tell(story: Story, console: Console) -> Iterator[RenderableType]:
    with console.status("writing orders for hours, while points appear"):
        data = story.write()
    points = f"{len(data.points)} points, {data.points[0]} … {data.points[-1]}"
    yield _line("data", f"{data.orders} orders in Redis and RDS; {points}")
    when = formats.moment(data.destroyed_at)
    yield _line("damage", f"a script deletes {data.destroyed} of them at {when}", "red")
    with console.status("the alarm goes off, and arrives by three routes, one of them twice"):
        deliveries = story.alarm()
    routes = {
        result: ", ".join(d.route for d in deliveries if d.result == result)
        for result in ("started", "duplicate")
    }
    yield _line("alarm", "; ".join(f"{result}: {names}" for result, names in routes.items()))
    _show_progress(story.progress(), console)
    with console.status("waiting until the instance is normal and idle"):
        restored = story.restored()
    yield from _restored(restored)
    with console.status("making an instance of what was overwritten"):
        undone = story.undone(restored)
    if undone is not None:
        yield from _undone(undone)
    yield ""
    with console.status("an alarm about the database arrives twice, and a copy is made of it"):
        copied = story.copied()
    if copied is not None:
        yield from _copied(copied)
        name = copied.told["copy"]
        with console.status("deleting the copy"):
            said = story.deleted(name)
        yield _line("delete", f"by lastgood copies delete: {said.replace(name, 'it')}")
    with console.status("verifying three instances"):
        findings = story.sweep()
    instances = {i.id: i for i in parse_policy(story.stage.policy_text()).instance}
    measured = [instances[finding.instance] for finding in findings]
    yield ""
    yield from verify.view(
        measured, verify.Verification(worst(f.verdict for f in findings), findings)
    )
    yield ""


def _line(chapter: str, text: str, style: str = "") -> RenderableType:
    """A chapter's name and its text, which folds under itself."""
    line = Table.grid(padding=(0, 2))
    line.add_column(width=8, style="bold")
    line.add_column()
    line.add_row(chapter, screen.text(text, style))
    return line


def _show_progress(progress: Iterable[int], console: Console) -> None:
    """Show the progress of the restore, as the service reports it."""
    columns = (TextColumn("restoring"), BarColumn(24), TextColumn("{task.percentage:>3.0f}%"))
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
        request = f"{put.method} {_short(put.path)} {put.body.decode()}"
        yield _line("request", f"{request} → {put.status}")
    yield _line("restored", f"{restored.orders} orders, exactly as they were then", "green")
    lost, took = formats.duration(restored.lost), restored.took.total_seconds()
    yield _line("cost", f"{restored.lost_orders} orders of {lost} are lost; it took {took:.1f}s")


def _undone(undone: Undone) -> Iterator[RenderableType]:
    held = undone.backup["holds"]
    yield _line("kept", f"what was there at {held}, in the backup {undone.backup['id'][:12]}…")
    back = f"{undone.keys} keys, byte for byte; {undone.lacking} of them are nowhere else"
    yield _line("undo", f"lastgood undo --yes makes an instance of it: {back}", "green")


def _copied(copied: Copied) -> Iterator[RenderableType]:
    told, plan = copied.told, copied.plan
    yield _line("copy", f"an alarm about {told['instance_name']}, delivered twice: one copy")
    yield _line("plan", f"as of {plan['target']}; {plan['hash'][:12]}")
    for post in copied.posts:
        yield _line("request", f"{post.method} {_short(post.path)} → {post.status}")
    lacks = formats.duration(told["missing_seconds"])
    address = ", ".join(told["addresses"])
    yield _line(
        "ready", f"at {address}, port {told['port']}; lacks {lacks}, nothing is overwritten"
    )
    lacking = f"the database lacks {copied.lacking} of them"
    yield _line("rows", f"{copied.rows}, exactly as they were then; {lacking}", "green")


def _short(path: str) -> str:
    """A path with its long ids shortened in the middle."""
    return "/".join(f"{p[:4]}…{p[-4:]}" if len(p) > MAX_PATH_PART else p for p in path.split("/"))
