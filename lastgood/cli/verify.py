"""`lastgood verify`: whether every instance could be restored as it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Group
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from lastgood.cli import options, screen, words
from lastgood.cli.world import opened
from lastgood.domain import times
from lastgood.domain.objective import Finding, Verdict, worst
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.times import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from lastgood.wiring import Wiring

EXIT_CODES: dict[Verdict, int] = {"ok": 0, "unknown": 1, "degraded": 3, "failing": 3}
STYLES: dict[Verdict, str] = {
    "ok": "green",
    "degraded": "yellow",
    "unknown": "magenta",
    "failing": "bold red",
}


class Verification(msgspec.Struct, frozen=True):
    """The worst verdict, and each finding."""

    verdict: Verdict
    findings: tuple[Finding, ...]


def verify(
    instances: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INSTANCE]...", help="Ids or names in the policy; all if none."),
    ] = None,
    *,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Measure instances against their objectives; restore nothing, record nothing."""
    talk = screen.talk()
    with opened(policy, talk) as world:
        asked = _roster(world.policy(), instances or [])
        findings = tuple(_measured(asked, world, talk))
    verification = Verification(worst(f.verdict for f in findings), findings)
    if as_json:
        screen.emit(verification)
    else:
        screen.out().print(_view(asked, verification))
    return max(EXIT_CODES[finding.verdict] for finding in findings)


def _roster(policy: Policy, names: Sequence[str]) -> list[Instance]:
    """The instances of these ids or names, each once; all where none is named."""
    named = {found.id: found for found in (options.find(policy, name) for name in names)}
    return list(named.values()) or list(policy.instance)


def _measured(asked: Sequence[Instance], world: Wiring, talk: Console) -> Iterator[Finding]:
    from lastgood.verification import measure  # noqa: PLC0415 - `lastgood --help` needs none of it

    columns = (TextColumn("measuring {task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, console=talk, transient=True, disable=not talk.is_terminal) as progress:
        task = progress.add_task("", total=len(asked))
        for instance in asked:
            progress.update(task, description=screen.clean(instance.name))
            yield measure(instance, world.clouds, world.now)
            progress.advance(task)


def _view(asked: Sequence[Instance], verification: Verification) -> Group:
    missed = sum(finding.verdict != "ok" for finding in verification.findings)
    total = len(verification.findings)
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("instance", "verdict", "newest", "covered", "longest gap"):
        table.add_column(heading, overflow="fold")
    reasons = []
    for instance, finding in zip(asked, verification.findings, strict=True):
        table.add_row(*_row(instance, finding))
        reasons += [
            screen.text(instance.name, "bold").append(f": {screen.clean(reason)}", "not bold")
            for reason in finding.reasons
        ]
    headline = f"{total - missed} of {total} keep their promise"
    style = f"bold {STYLES[verification.verdict]}"
    return Group(screen.text(headline, style), "", table, *([""] if reasons else []), *reasons)
