"""`lastgood history`: the journal, and whether its chain is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table

from lastgood.cli import exits, options, screen, words
from lastgood.cli.world import opened
from lastgood.domain.journal import Entry, first_broken

if TYPE_CHECKING:
    from lastgood.workflows.world import World

FLEET = "fleet"


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A chain of the journal; `broken` says where first, where it was checked and is."""

    chain: str
    entries: tuple[Entry, ...]
    checked: bool
    broken: str | None = None


def history(
    instance: Annotated[
        str | None,
        typer.Argument(metavar="INSTANCE", help="Its id or name; every chain if none is given."),
    ] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Verify that the chain is whole.")] = False,
    policy: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Show the journal: everything that was decided and done."""
    with opened(policy, screen.talk()) as world:
        if instance is not None:
            names = [options.find(world.policy(), instance).id]
        else:
            names = [*(one.id for one in world.policy().instance), FLEET]
        chains = [_read(name, world, check=check) for name in names]
    if as_json:
        screen.emit(chains if instance is None else chains[0])
    else:
        for chain in chains:
            _show(chain)
    return exits.NO if any(chain.broken for chain in chains) else exits.YES


def _read(name: str, world: World, *, check: bool) -> Chain:
    # The end first: entries that are added while we read make the chain longer, never shorter.
    end = world.ledger.end(name)
    entries = tuple(world.ledger.entries(name))[: end.seq]
    broken = first_broken(entries, end) if check else None
    return Chain(chain=name, entries=entries, checked=check, broken=broken)


def _show(chain: Chain) -> None:
    console = screen.out()
    console.print(screen.text(chain.chain, "bold"))
    table = Table(box=None, padding=(0, 2), show_header=False)
    for entry in chain.entries:
        when, what = words.moment(entry.at), screen.text(entry.kind)
        table.add_row(str(entry.seq), when, what, entry.incident or "", entry.hash[:8])
    console.print(table if chain.entries else screen.text("  nothing yet", "dim"))
    if chain.broken:
        console.print(screen.text(f"  broken: {chain.broken}", "bold red"))
    elif chain.checked:
        console.print(screen.text(f"  whole: {len(chain.entries)} entries", "green"))
