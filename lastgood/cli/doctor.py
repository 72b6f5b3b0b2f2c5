"""`lastgood doctor`: whether everything that a recovery needs is there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import msgspec
from rich.console import RenderableType
from rich.table import Table

from lastgood.cli import exits, options, screen
from lastgood.cli.world import open_world
from lastgood.domain.checkup import Check, Health, gravest
from lastgood.workflows.checkup import examine
from lastgood.workflows.world import World

STYLES: dict[Health, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}
HEADLINES: dict[Health, str] = {
    "ok": "everything that a recovery needs is there",
    "warn": "a recovery is possible; check what is marked warn",
    "fail": "a recovery would fail; fix what is marked fail",
}


class Checkup(msgspec.Struct, frozen=True):
    """The gravest health, and each check."""

    verdict: Health
    checks: tuple[Check, ...]


def doctor(
    *,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Check endpoints, clock, credentials, permissions, instances and AWS; change nothing."""
    with open_world(policy_file) as world:
        checks = _examine(world)
    checkup = Checkup(gravest(checks), checks)
    screen.show(checkup, _view(checkup), as_json=as_json)
    return exits.NO if checkup.verdict == "fail" else exits.YES


def _examine(world: World) -> tuple[Check, ...]:
    checks = []
    with screen.stderr().status("") as status:
        for check in examine(world):
            status.update(screen.text(f"{check.subject}: {check.check}", "dim"))
            checks.append(check)
    return tuple(checks)


def _view(checkup: Checkup) -> Iterator[RenderableType]:
    """A table for each subject: what was checked, how it is, and what to do."""
    yield screen.text(HEADLINES[checkup.verdict], f"bold {STYLES[checkup.verdict]}")
    for subject, checks in groupby(checkup.checks, key=lambda check: check.subject):
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column(width=4)
        table.add_column(overflow="fold", max_width=33)
        table.add_column(overflow="fold")
        for check in checks:
            table.add_row(*_row(check))
        yield from ("", screen.text(subject, "bold"), table)


def _row(check: Check) -> tuple[RenderableType, ...]:
    finding = screen.text(check.told)
    if check.hint and check.health != "ok":
        finding.append(f"\nTry: {screen.clean(check.hint)}", style="dim")
    # A permission without the name of its service, which the rows around it have as well.
    name = screen.text(check.check.removeprefix("gaussdbfornosql:"))
    return screen.text(check.health, STYLES[check.health]), name, finding
