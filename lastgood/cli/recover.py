"""`lastgood recover`: start a recovery by hand, through the very same workflow."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import typer
from rich.console import RenderableType

from lastgood.cli import exits, incidents, options, recovery_view, screen
from lastgood.cli.world import open_world
from lastgood.domain.alarm import Incident
from lastgood.domain.lifecycle import MOVES, Recovery, needs_person
from lastgood.domain.plan import Refusal
from lastgood.workflows.starting import start_by_hand
from lastgood.workflows.world import World

SECONDS_BETWEEN_LOOKS = 2.0
GOOD_ENDS = {"settled", "proposed"}


def recover(  # noqa: PLR0913 - each is an option of the command
    *,
    event: incidents.EventOption = None,
    instance: incidents.InstanceOption = None,
    before: incidents.BeforeOption = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until it has ended, or waits for a person.")
    ] = False,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Start a recovery because an alarm or a person asks for it."""
    with open_world(policy_file) as world:
        found = incidents.from_options(event, instance, before, world)
        refused = [one for one in found if isinstance(one, Refusal)]
        started = [start_by_hand(one, world) for one in found if isinstance(one, Incident)]
        shown = [_await_end(one, world) for one in started] if wait else started
        result = [*refused, *shown]
        screen.show(result, _view(result, world.now()), as_json=as_json)
    ended_well = [not isinstance(one, Recovery) or _is_good(one) for one in shown]
    return exits.YES if not refused and all(ended_well) else exits.NO


def _is_good(recovery: Recovery) -> bool:
    return recovery.state in GOOD_ENDS and not needs_person(recovery)


def _await_end(incident: Incident, world: World) -> Recovery:
    """Read the ledger until the recovery has ended, or waits for a person."""
    with screen.stderr().status(screen.text(f"{incident.id}: started")) as status:
        while True:
            recovery = world.ledger.recovery(incident.id)
            if recovery and (recovery.state not in MOVES or recovery.state == "proposed"):
                return recovery
            state = recovery.state if recovery else "deciding"
            status.update(screen.text(f"{incident.id}: {state}"))
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _view(
    result: Sequence[Refusal | Recovery | Incident], now: datetime
) -> Iterator[RenderableType]:
    for one in result:
        match one:
            case Refusal():
                yield screen.text(f"refused: {one.code}: {one.message}", "bold yellow")
                yield screen.text(f"Try: {one.hint}")
            case Recovery():
                yield from recovery_view.view(one, now)
            case Incident():
                yield screen.text(f"started {one.id}", "bold green")
                yield screen.text(f"Try: lastgood status {one.id}")
