"""`lastgood verify`: whether every instance could be restored as its objective says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from lastgood.cli import exits, formats, options, screen
from lastgood.cli.world import open_world
from lastgood.domain.objective import Finding, Verdict, worst
from lastgood.domain.policy import Instance, Policy
from lastgood.domain.times import Duration
from lastgood.workflows.world import World

EXIT_CODES: dict[Verdict, int] = {
    "ok": exits.YES,
    "unknown": exits.COULD_NOT_RUN,
    "degraded": exits.NO,
    "failing": exits.NO,
}
"""Of several the highest counts: a missed objective outweighs what could not be measured."""
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
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Measure instances against their objectives."""
    with open_world(policy_file) as world:
        roster = _roster(world.policy(), instances or [])
        findings = _measured(roster, world, screen.stderr())
    verification = Verification(worst(f.verdict for f in findings), findings)
    screen.show(verification, view(roster, verification), as_json=as_json)
    return max(EXIT_CODES[finding.verdict] for finding in findings)


def _roster(policy: Policy, names: Sequence[str]) -> list[Instance]:
    """The instances of these ids or names, each once; all where none is named."""
    named = {found.id: found for found in (options.find_instance(policy, name) for name in names)}
    return list(named.values()) or list(policy.instance)


def _measured(asked: Sequence[Instance], world: World, talk: Console) -> tuple[Finding, ...]:
    from lastgood.workflows.verification import measure  # noqa: PLC0415 - `lastgood --help` needs none of it

    columns = (TextColumn("measuring"), BarColumn(20), MofNCompleteColumn())
    with Progress(*columns, console=talk, transient=True, disable=not talk.is_terminal) as progress:
        task = progress.add_task("", total=len(asked))
        return measure(asked, world, lambda _: progress.advance(task))


def view(measured: Sequence[Instance], verification: Verification) -> Iterator[RenderableType]:
    """Each measurement beside its objective, and every reason below."""
    kept = sum(finding.verdict == "ok" for finding in verification.findings)
    headline = f"{kept} of {len(measured)} instances can be restored as promised"
    yield screen.text(headline, f"bold {STYLES[verification.verdict]}")
    yield ""
    rows = list(zip(measured, verification.findings, strict=True))
    headings = ("instance", "verdict", "lag", "covered", "longest gap")
    yield screen.table((_row(instance, finding) for instance, finding in rows), *headings)
    reasons = [f"{instance.name}: {reason}" for instance, f in rows for reason in f.reasons]
    if reasons:
        yield ""
    yield from map(screen.text, reasons)


def _row(instance: Instance, finding: Finding) -> tuple[RenderableType, ...]:
    promise = instance.objective
    return (
        screen.text(instance.name),
        screen.text(finding.verdict, STYLES[finding.verdict]),
        _cell(finding.lag_seconds, "at most", promise.max_lag),
        _cell(finding.coverage_seconds, "at least", promise.min_coverage),
        _cell(finding.longest_gap_seconds, "at most", promise.max_gap),
    )


def _cell(measured: int | None, bound: str, promised: Duration | None) -> Text:
    """A measurement, and below it what was promised."""
    cell = Text("-" if measured is None else formats.duration(measured))
    if promised is not None:
        cell.append(f"\n{bound} {formats.duration(promised)}", style="dim")
    return cell
