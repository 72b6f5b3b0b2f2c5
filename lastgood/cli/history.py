"""`lastgood history`: the journal, and whether its chains are unbroken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
from rich.console import RenderableType

from lastgood.cli import exits, formats, options, screen
from lastgood.cli.world import open_world
from lastgood.domain.alarm import drills_of, pairs_of
from lastgood.domain.journal import Entry, first_broken
from lastgood.workflows.world import World

FLEET = "fleet"


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A chain of the journal; `broken` names its first broken link, where it was checked."""

    chain: str
    entries: tuple[Entry, ...]
    checked: bool
    broken: str | None = None
    beside: tuple[Chain, ...] = ()


def history(
    instance: Annotated[
        str | None,
        typer.Argument(metavar="INSTANCE", help="Its id or name; every chain if none is given."),
    ] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Verify the chain of hashes.")] = False,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Show the journal: everything that was decided and done."""
    with open_world(policy_file) as world:
        instances = [one.id for one in world.policy().instance]
        if instance is not None:
            instances = [options.find_instance(world.policy(), instance).id]
        beside = [chain for one in instances for chain in (pairs_of(one), drills_of(one))]
        begun = [chain for chain in beside if world.ledger.end(chain).seq]
        names = [*instances, *begun, *([FLEET] if instance is None else [])]
        chains = [_read(name, world, check=check) for name in names]
    first, *others = chains
    shown = chains if instance is None else msgspec.structs.replace(first, beside=tuple(others))
    screen.show(shown, _view(chains), as_json=as_json)
    return exits.NO if any(chain.broken for chain in chains) else exits.YES


def _read(name: str, world: World, *, check: bool) -> Chain:
    # The end first: entries that are added while we read make the chain longer, never shorter.
    end = world.ledger.end(name)
    entries = tuple(world.ledger.entries(name))[: end.seq]
    broken = first_broken(entries, end) if check else None
    return Chain(chain=name, entries=entries, checked=check, broken=broken)


def _view(chains: list[Chain]) -> Iterator[RenderableType]:
    for chain in chains:
        yield screen.text(chain.chain, "bold")
        yield screen.table(map(_row, chain.entries)) if chain.entries else "  no entries"
        if chain.broken:
            yield screen.text(f"  broken: {chain.broken}", "bold red")
        elif chain.checked:
            yield screen.text(f"  unbroken: {len(chain.entries)} entries", "green")


def _row(entry: Entry) -> tuple[RenderableType, ...]:
    when, what = formats.moment(entry.at), screen.text(_what(entry))
    return str(entry.seq), when, what, entry.incident or "", entry.hash[:8]


def _what(entry: Entry) -> str:
    """The kind of an entry, and the effect of a restore where it tells one."""
    detail = msgspec.to_builtins(entry.detail)
    effect = detail.get("effect") if isinstance(detail, dict) else None
    return f"{entry.kind}: {effect}" if isinstance(effect, str) else entry.kind
