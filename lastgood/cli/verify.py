"""`lastgood verify`: whether every instance could be restored as it promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from lastgood.cli import exits, options, screen, words
from lastgood.cli.world import opened
from lastgood.domain.objective import Finding, Verdict, worst
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.times import Duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lastgood.workflows.world import World

EXIT_CODES: dict[Verdict, int] = {
    "ok": exits.YES,
    "unknown": exits.COULD_NOT_RUN,
    "degraded": exits.NO,
    "failing": exits.NO,
}
"""Of several the highest counts: what is known to be missed outweighs what is not known."""
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
        typer.Argument(metavar="INSTANCE", help="Ids or names in the policy; all if none."),
    ] = None,
    *,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Measure instances against what they promise."""
    talk = screen.talk()
    with opened(policy, talk) as world:
        asked = _roster(world.policy(), instances or [])
        findings = _measured(asked, world, talk)
    verification = Verification(worst(f.verdict for f in findings), findings)
    if as_json:
        screen.emit(verification)
    else:
        screen.out().print(view(asked, verification))
    return max(EXIT_CODES[finding.verdict] for finding in findings)


def _roster(policy: Policy, names: Sequence[str]) -> list[Instance]:
    """The instances of these ids or names, each once; all where none is named."""
    named = {found.id: found for found in (options.find(policy, name) for name in names)}
    return list(named.values()) or list(policy.instance)


def _measured(asked: Sequence[Instance], world: World, talk: Console) -> tuple[Finding, ...]:
    from lastgood.workflows.measuring import measure  # noqa: PLC0415 - `lastgood --help` needs none of it

    columns = (TextColumn("measuring"), BarColumn(20), MofNCompleteColumn())
    with Progress(*columns, console=talk, transient=True, disable=not talk.is_terminal) as progress:
        task = progress.add_task("", total=len(asked))
        return measure(asked, world, lambda _: progress.advance(task))


def view(asked: Sequence[Instance], verification: Verification) -> Group:
    """What was measured against what was promised, and every reason below it."""
    kept = sum(finding.verdict == "ok" for finding in verification.findings)
    headline = f"{kept} of {len(asked)} instances can be restored as promised"
    style = f"bold {STYLES[verification.verdict]}"
    parts: list[RenderableType] = [screen.text(headline, style), "", _table(asked, verification)]
    reasons = [
        screen.text(f"{instance.name}: {reason}")
        for instance, finding in zip(asked, verification.findings, strict=True)
        for reason in finding.reasons
    ]
    return Group(*parts, *([""] if reasons else []), *reasons)


def _table(asked: Sequence[Instance], verification: Verification) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in ("instance", "verdict", "lag", "covered", "longest gap"):
        table.add_column(heading, overflow="fold")
    for instance, finding in zip(asked, verification.findings, strict=True):
        promise = instance.objective
        table.add_row(
            screen.text(instance.name),
            screen.text(finding.verdict, STYLES[finding.verdict]),
            _cell(finding.lag_seconds, "at most", promise.max_lag),
            _cell(finding.coverage_seconds, "at least", promise.min_coverage),
            _cell(finding.longest_gap_seconds, "at most", promise.max_gap),
        )
    return table


def _cell(measured: int | None, bound: str, promised: Duration | None) -> Text:
    """What was measured, and below it what was promised."""
    cell = Text("-" if measured is None else words.length(measured))
    if promised is not None:
        cell.append(f"\n{bound} {words.length(promised)}", style="dim")
    return cell
