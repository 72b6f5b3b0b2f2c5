"""`lastgood copies`: what restores made, new instances and backups, and what they cost."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
import typer
from rich.console import RenderableType

from lastgood.cli import exits, formats, options, screen
from lastgood.cli.world import author, open_world
from lastgood.domain import copies, times, undo
from lastgood.domain import deleting as deleting_rules
from lastgood.domain.copies import Copy, Database, Purpose, Stage
from lastgood.domain.errors import LastgoodError
from lastgood.domain.undo import UndoPoint
from lastgood.workflows import deleting, letting_go
from lastgood.workflows.copies import instances_of, orphans
from lastgood.workflows.deleting import CopyError
from lastgood.workflows.world import World

app = typer.Typer(help="Look after what restores made.", rich_markup_mode=None)

SECONDS_BETWEEN_LOOKS = 5.0
LOOKS = 360
"""Half an hour: a deletion takes minutes."""

CopyArgument = Annotated[
    str, typer.Argument(metavar="COPY", help="Its name, its id, or how one of these begins.")
]


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that may exist, as it is recorded; and how it is now, or why that cannot be seen."""

    name: str
    id: str | None
    instance: str
    instance_name: str | None
    owner: str
    purpose: Purpose
    target: datetime
    ordered_at: datetime
    stage: Stage
    keep: bool
    secret: str
    status: str | None
    trouble: str | None
    addresses: tuple[str, ...]
    port: int | None
    price_per_hour: float | None
    cost: float | None
    needs_a_person: bool
    goes_at: datetime | None
    known: bool = True


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """An instance with the tag of this ledger, which has no record of it."""

    name: str
    id: str
    cloud: str
    created: datetime | None
    known: bool = False


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A backup of what a restore has overwritten, as it is recorded."""

    name: str
    id: str | None
    instance: str
    instance_name: str | None
    owner: str
    purpose: Literal["undo point"] = "undo point"
    target: datetime | None
    ordered_at: datetime
    stage: undo.Stage
    keep: bool
    why: str | None
    size_gb: float | None
    price_per_gb: float | None
    cost: float | None
    goes_after: str | None
    known: bool = True


Anything = Listed | Saved | Unknown


@app.callback(invoke_without_command=True)
def list_all(
    context: typer.Context,
    *,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> None:
    """List the copies and backups that may exist, or say what becomes of one."""
    if context.invoked_subcommand is None:
        with open_world(policy_file) as world:
            found = [_listed(one, world) for one in world.ledger.copies() if one.may_exist]
            saved = [_saved(one, world) for one in world.ledger.undo_points() if one.may_exist]
            everything: list[Anything] = [*found, *saved, *_unknown(world)]
            screen.show(everything, _view(everything, world.now()), as_json=as_json)


@app.command()
def keep(
    copy: CopyArgument,
    *,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Say that nobody but a person may delete a copy."""
    with open_world(policy_file) as world:
        if point := _backup(copy, world):
            _keep_backup(point, author(by, world), world, as_json=as_json)
            return exits.YES
        kept = world.ledger.keep(_find(copy, world).name, author(by, world), world.now())
        if not kept.can_be_kept:
            hint = "put its id into the policy, which stops what has not left yet"
            raise CopyError(f"{kept.name} is {kept.stage}: it cannot be kept any more", hint)
        view = [screen.text(f"only a person deletes {kept.name} from now on", "bold")]
        screen.show(_listed(kept, world), view, as_json=as_json)
    return exits.YES


@app.command()
def delete(
    copy: CopyArgument,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: options.ByOption = None,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Delete a copy, and wait until it is gone; it cannot be had back."""
    with open_world(policy_file) as world:
        if point := _backup(copy, world):
            if not yes and not _agreed(_saved(point, world), world):
                raise CopyError("nothing was deleted", f"lastgood copies delete {copy} --yes")
            _let_go(point, author(by, world), world)
            view = [screen.text(f"{point.name} is gone: there is no way back by it", "bold")]
            screen.show({"copy": point.name, "id": point.id, "gone": True}, view, as_json=as_json)
            return exits.YES
        found = _find(copy, world, in_full=yes)
        if not yes and not _agreed(_listed(found, world), world):
            raise CopyError("nothing was deleted", f"lastgood copies delete {found.name} --yes")
        _ask(found, author(by, world), world)
        _await_end(found, world)
    view = [screen.text(f"{found.name} is gone, and its password", "bold")]
    screen.show({"copy": found.name, "id": found.id, "gone": True}, view, as_json=as_json)
    return exits.YES


def _find(text: str, world: World, *, in_full: bool = False) -> Copy:
    """The copy of this name or id, or the only one that may exist and begins like that.

    The empty text of a variable that is not set is no beginning, and where nobody sees which one
    was found no beginning is enough.
    """
    known = list(world.ledger.copies())
    exact = [one for one in known if text in {one.name, one.id} and one.stage != "refused"]
    begins = [
        one
        for one in known
        if one.may_exist and (one.name.startswith(text) or (one.id or "").startswith(text))
    ]
    found = exact or ([] if in_full or not text else begins)
    if not any(one.may_exist for one in found):
        _refuse_orphan(text, {one.id for one in found}, world)
    if in_full and not found:
        message = f"{text!r} is no whole name or id of a copy, which --yes needs"
        raise CopyError(message, "run lastgood copies")
    if len(found) > 1:
        named = ", ".join(one.name for one in found)
        raise CopyError(f"several copies begin with {text!r}: {named}", "give more of its name")
    if not found:
        raise CopyError(f"there is no copy {text!r}", "run lastgood copies")
    return found[0]


def _refuse_orphan(text: str, recorded: Collection[str | None], world: World) -> None:
    """Refuse what has the tag of this ledger and no record of its being there.

    `recorded` are the ids of the records that were found, none of which may exist.

    Raises:
        CopyError: it is that.
    """
    for one in _unknown(world):
        is_meant = text and (one.name.startswith(text) or one.id.startswith(text))
        if is_meant or one.id in recorded:
            message = (
                f"{one.id} ({one.name}) has the tag of this ledger, which has no record of it:"
                " lastgood neither keeps nor deletes what it does not know"
            )
            raise CopyError(message, deleting_rules.BY_HAND)


def _unknown(world: World) -> Iterator[Unknown]:
    """The orphans of every cloud; that they cannot be read is said, and stops nothing else."""
    for cloud in world.policy().cloud:
        try:
            found = orphans(cloud, world)
        except LastgoodError as error:
            what = f"{cloud}: what the ledger has no record of could not be looked for"
            screen.stderr().print(screen.text(f"{what}: {error.message}", "dim"))
            continue
        for one in found:
            yield Unknown(name=one.name, id=one.id, cloud=cloud, created=one.created)


def _agreed(one: Listed | Saved, world: World) -> bool:
    """Ask a person, where there is one, having shown what would go."""
    if not sys.stdin.isatty():
        return False
    console = screen.stderr()
    for part in _block(one, world.now()):
        console.print(part)
    return typer.confirm("Delete it? It cannot be had back.", err=True)


def _ask(copy: Copy, by: str, world: World) -> None:
    """Have the request sent.

    Raises:
        CopyError: it was not taken.
    """
    sent = deleting.delete(copy.name, by, world)
    if sent.fate in {"busy", "refused"}:
        wait = "wait until it is idle, then run" if sent.fate == "busy" else "run"
        hint = f"{wait} lastgood copies delete {copy.name} again; or delete it in the console"
        message = f"the service did not delete {copy.name} ({sent.fate}): {sent.sentence}"
        raise CopyError(message, hint)


def _await_end(copy: Copy, world: World) -> None:
    """Read the list of instances until it no longer has the copy.

    Raises:
        CopyError: it still has.
    """
    told = screen.text(f"{copy.name}: waiting until the list of instances no longer has it")
    with screen.stderr().status(told):
        for _ in range(LOOKS):
            if deleting.is_gone(copy.name, world):
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)
    hint = f"run lastgood copies delete {copy.name} again, or look at it in the console"
    raise CopyError(f"{copy.name} is still in the list of instances", hint)


def _backup(text: str, world: World) -> UndoPoint | None:
    """The backup of this name or id, which no copy has."""
    known = world.ledger.undo_points()
    return next((one for one in known if text in {one.name, one.id}), None)


def _keep_backup(point: UndoPoint, by: str, world: World, *, as_json: bool) -> None:
    kept = world.ledger.keep_undo_point(point.name, by, world.now())
    if kept is None or kept.stage in {"deleting", "gone"}:
        message = f"{point.name} is {kept.stage if kept else 'gone'}: it cannot be kept any more"
        raise CopyError(message, "run lastgood copies")
    view = [screen.text(f"only a person deletes {kept.name} from now on", "bold")]
    screen.show(_saved(kept, world), view, as_json=as_json)


def _let_go(point: UndoPoint, by: str, world: World) -> None:
    """Have a backup deleted, and wait until the list no longer has it.

    Raises:
        CopyError: it was not.
    """
    again = f"run lastgood copies delete {point.name} again; or delete it in the console"
    sent = letting_go.let_go(point.name, by, world)
    if sent.fate in {"busy", "refused"}:
        message = f"the service did not delete {point.name} ({sent.fate}): {sent.sentence}"
        raise CopyError(message, again)
    told = screen.text(f"{point.name}: waiting until the list of backups no longer has it")
    with screen.stderr().status(told):
        for _ in range(LOOKS):
            if letting_go.is_gone(point.name, world):
                return
            time.sleep(SECONDS_BETWEEN_LOOKS)
    raise CopyError(f"{point.name} is still in the list of backups", again)


def _saved(point: UndoPoint, world: World) -> Saved:
    source = world.policy().by_id(point.instance)
    price = source.undo_price_per_gb if source else None
    keep = source.undo_keep if source and not point.keep else None
    return Saved(
        name=point.name,
        id=point.id,
        instance=point.instance,
        instance_name=source.name if source else None,
        owner=point.incident,
        target=point.holds,
        ordered_at=point.ordered_at,
        stage=point.stage,
        keep=point.keep,
        why=point.why,
        size_gb=point.size_gb,
        price_per_gb=price,
        cost=undo.cost(point, price, world.now()),
        goes_after=None if keep is None else times.tell_duration(keep),
    )


def _listed(copy: Copy, world: World) -> Listed:
    """A copy with what the cloud says of it; one that cannot be read is listed all the same."""
    found: Database | None = None
    trouble = None if copy.id else "no id is known: it may never have been made"
    try:
        if copy.id:
            found = instances_of(copy, world).database(copy.id)
            trouble = None if found else "the list of instances does not have it"
    except LastgoodError as error:
        trouble = error.message
    source = world.policy().by_id(copy.source)
    price = source.copy.price_per_hour if source and source.copy else None
    return Listed(
        name=copy.name,
        id=copy.id,
        instance=copy.source,
        instance_name=source.name if source else None,
        owner=copy.owner,
        purpose=copy.purpose,
        target=copy.target,
        ordered_at=copy.ordered_at,
        stage=copy.stage,
        keep=copy.keep,
        secret=copy.secret,
        status=found.status if found else None,
        trouble=trouble,
        addresses=found.addresses if found else (),
        port=found.port if found else None,
        price_per_hour=price,
        cost=copies.cost(copy, price, world.now()),
        needs_a_person=copy.needs_a_person,
        goes_at=None if copy.needs_a_person else copies.due_to_go(copy, source),
    )


def _view(found: Sequence[Anything], now: datetime) -> Iterator[RenderableType]:
    if not found:
        yield screen.text("no copies", "dim")
    for number, one in enumerate(found):
        if number:
            yield ""
        yield from _block(one, now)


def _block(one: Anything, now: datetime) -> Iterator[RenderableType]:
    """One copy: a table of all of them would be wider than a terminal, by their names alone."""
    yield screen.text(one.name, "bold")
    match one:
        case Unknown():
            facts = _facts_of_unknown(one)
        case Saved():
            facts = _facts_of_backup(one, now)
        case _:
            facts = _facts(one, now)
    yield screen.facts(("", label, value) for label, value in facts)


def _facts_of_backup(one: Saved, now: datetime) -> Iterator[tuple[str, str]]:
    yield "id", one.id or "not known"
    as_of = f" as of {formats.moment(one.target)}" if one.target else ""
    yield "backup", f"of {one.instance_name or one.instance}{as_of}"
    yield "for", f"the way back from {one.owner}: lastgood undo {one.owner}"
    yield "now", f"{one.stage}; {one.why}" if one.why else one.stage
    yield "age", formats.duration(now - one.ordered_at)
    if one.size_gb is not None:
        costs = f", {one.cost:.2f} so far" if one.cost is not None else ""
        yield "size", f"{one.size_gb:g} GB{costs}"
    yield "goes", f"{one.goes_after} after a good end" if one.goes_after else "by a person only"


def _facts_of_unknown(one: Unknown) -> Iterator[tuple[str, str]]:
    yield "id", one.id
    yield "made", formats.moment(one.created) if one.created else "not told"
    yield "now", f"unknown to the ledger, whose tag it has in {one.cloud}"
    yield "goes", "by a person in the console only"


def _facts(one: Listed, now: datetime) -> Iterator[tuple[str, str]]:
    yield "id", one.id or "not known"
    yield "of", f"{one.instance_name or one.instance} as of {formats.moment(one.target)}"
    yield "for", f"{one.purpose} {one.owner}"
    yield "now", f"{one.stage}; {one.status or one.trouble}"
    if one.addresses:
        yield "at", ", ".join(one.addresses) + (f", port {one.port}" if one.port else "")
    yield "secret", one.secret
    yield "age", formats.duration(now - one.ordered_at)
    if one.cost is not None:
        yield "cost", f"{one.cost:.2f} so far, {one.price_per_hour:g} an hour"
    if one.needs_a_person:
        yield "goes", "by a person only"
    elif one.goes_at:
        yield "goes", f"when its drill ends, or {formats.relative(one.goes_at, now)}"
