"""`lastgood events sample`: a fresh event of each sender, to try a deployment with."""

from __future__ import annotations

from typing import Annotated

import typer

from lastgood.cli import exits, options, screen
from lastgood.cli.failures import UsageError
from lastgood.cli.samples import SAMPLES
from lastgood.cli.world import open_world

app = typer.Typer(help="Events to try a deployment with.", rich_markup_mode=None)


@app.callback()
def events() -> None:
    """Events to try a deployment with."""


@app.command()
def sample(
    name: Annotated[
        str | None, typer.Argument(metavar="SENDER", help="Without it: which there are.")
    ] = None,
    *,
    instance: Annotated[
        str | None, typer.Option("--instance", metavar="NAME", help="By default the first one.")
    ] = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Print an event with times of now, as SENDER would write it."""
    if name is None:
        screen.show(list(SAMPLES), map(screen.text, SAMPLES), as_json=as_json)
        return exits.YES
    if name not in SAMPLES:
        raise UsageError(f"there is no sample {name!r}", f"use one of {', '.join(SAMPLES)}")
    with open_world(policy_file) as world:
        policy, now = world.policy(), world.now()
    meant = options.find_instance(policy, instance) if instance else policy.instance[0]
    screen.print_json(SAMPLES[name](meant, now.replace(microsecond=now.microsecond // 1000 * 1000)))
    if meant.mode != "observe":
        warning = f"to lastgood this is a real alarm on {meant.name}, whose mode is {meant.mode}"
        screen.stderr().print(screen.text(warning, "bold yellow"))
    return exits.YES
