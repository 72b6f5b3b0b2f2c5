"""`lastgood doctor`: whether everything that a recovery would need is there."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table

from lastgood.cli import exits, options, screen
from lastgood.cli.world import opened
from lastgood.domain.checkup import Check, Health, gravest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lastgood.workflows.world import World

STYLES: dict[Health, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}
HEADLINES: dict[Health, str] = {
    "ok": "everything that a recovery needs is there",
    "warn": "a recovery could be made; look at what is marked warn",
    "fail": "a recovery would fail; see to what is marked fail",
}


class Checkup(msgspec.Struct, frozen=True):
    """How all of it is, and each thing that was looked at."""

    verdict: Health
    checks: tuple[Check, ...]


def doctor(
    *,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Check endpoints, clock, credentials, permissions, instances and AWS; change nothing."""
    talk = screen.talk()
    with opened(policy, talk) as world:
        checks = _examined(world, talk)
    checkup = Checkup(gravest(checks), checks)
    if as_json:
        screen.emit(checkup)
    else:
        screen.out().print(view(checkup))
    return exits.NO if checkup.verdict == "fail" else exits.YES


def _examined(world: World, talk: Console) -> tuple[Check, ...]:
    from lastgood.workflows.checkup import examine  # noqa: PLC0415 - `lastgood --help` needs none of it

    checks = []
    with talk.status("") as status:
        for check in examine(world):
            status.update(screen.text(f"{check.subject}: {check.check}", "dim"))
            checks.append(check)
    return tuple(checks)


def view(checkup: Checkup) -> Group:
    """A table for each subject: what was looked at, how it is, and what to do."""
    style = f"bold {STYLES[checkup.verdict]}"
    parts: list[RenderableType] = [screen.text(HEADLINES[checkup.verdict], style)]
    for subject, checks in groupby(checkup.checks, key=lambda check: check.subject):
        parts += ["", screen.text(subject, "bold"), _table(list(checks))]
    return Group(*parts)


def _table(checks: Sequence[Check]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(width=4)
    table.add_column(overflow="fold", max_width=33)
    table.add_column(overflow="fold")
    for check in checks:
        cell = screen.text(check.told)
        if check.hint and check.health != "ok":
            cell.append(f"\nTry: {screen.clean(check.hint)}", style="dim")
        health = screen.text(check.health, STYLES[check.health])
        table.add_row(health, screen.text(_short(check.check)), cell)
    return table


def _short(what: str) -> str:
    """A permission without the name of its service, which the others in sight have as well."""
    return what.removeprefix("gaussdbfornosql:")
