"""`lastgood drill`: show that an instance can be restored by doing it, or how that went last."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.console import RenderableType

from lastgood.cli import exits, formats, options, screen
from lastgood.cli.world import open_world
from lastgood.domain import drills
from lastgood.domain.drills import Drill, Report
from lastgood.domain.errors import LastgoodError
from lastgood.domain.policy import Instance, Recover
from lastgood.workflows.world import World

SECONDS_BETWEEN_LOOKS = 5.0
STYLES = {"proved": "bold green", "disproved": "bold red", "not-tried": "bold yellow"}


class NotDrilledError(LastgoodError):
    """The policy does not say that an instance is drilled."""

    code = "not-drilled"


class DrillDiedError(LastgoodError):
    """The execution of a drill has ended, and nothing says how the drill went."""

    code = "drill-died"


class Drilled(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that is drilled, how its last drill went, and since or from when one is due."""

    instance: str
    instance_name: str
    way: Recover
    last: Report | None
    due: datetime | None


def drill(
    instance: Annotated[
        str | None, typer.Argument(metavar="INSTANCE", help="Its id or name; none for a list.")
    ] = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it has ended.")] = False,
    policy_file: options.PolicyOption = options.POLICY_FILE,
    as_json: options.JsonOption = False,
) -> int:
    """Restore an instance to show that it can be; or list how the last drills went."""
    with open_world(policy_file) as world:
        if instance is None:
            found = [_drilled(one, world) for one in world.policy().instance if one.drill_way]
            screen.show(found, _list(found, world.now()), as_json=as_json)
            return exits.YES
        order = _ordered(options.find_instance(world.policy(), instance), world)
        if not wait:
            screen.show(order, _started(order), as_json=as_json)
            return exits.YES
        report = _await_end(order, world)
        screen.show(report, _report(report), as_json=as_json)
        return exits.YES if report.result == "proved" else exits.NO


def _ordered(instance: Instance, world: World) -> Drill:
    """Start a drill of an instance.

    Raises:
        NotDrilledError: the policy does not say that it is drilled.
    """
    if instance.drill_way is None:
        hint = f'set drill = "copy" or, where it is set aside, "in-place" for {instance.name}'
        raise NotDrilledError(f"the policy does not say that {instance.name} is drilled", hint)
    order = drills.order(instance, world.now())
    world.starter.start(order)
    return order


def _await_end(order: Drill, world: World) -> Report:
    """Read the ledger until the drill has ended; Ctrl-C leaves it to go on."""
    with screen.stderr().status(screen.text(f"{order.id}: started")) as status:
        while True:
            report = world.ledger.report(order.id)
            if report and report.result:
                return report
            if world.starter.is_alive(order.id) is False:
                return _last_look(order, world)
            recovery = world.ledger.recovery(order.id)
            status.update(screen.text(f"{order.id}: {recovery.state if recovery else 'preparing'}"))
            time.sleep(SECONDS_BETWEEN_LOOKS)


def _last_look(order: Drill, world: World) -> Report:
    """The report of a drill whose execution has ended.

    Raises:
        DrillDiedError: there is none.
    """
    report = world.ledger.report(order.id)
    if report and report.result:
        return report
    hint = "read the log of the recover function; verifications delete what the drill left"
    raise DrillDiedError(f"the execution of {order.id} has ended without a report", hint)


def _drilled(instance: Instance, world: World) -> Drilled:
    last = world.ledger.drill(instance.id)
    return Drilled(
        instance=instance.id,
        instance_name=instance.name,
        way=instance.drill_way or "copy",
        last=last,
        due=drills.due(instance, last) or (world.now() if instance.drill_every else None),
    )


def _started(order: Drill) -> Iterator[RenderableType]:
    yield screen.text(f"started {order.id}", "bold green")
    yield screen.text("Try: lastgood drill, which lists how the last ones went")


def _report(report: Report) -> Iterator[RenderableType]:
    result = report.result or "under way"
    yield screen.text(result.replace("-", " "), STYLES.get(result, "bold"))
    yield screen.facts(("", label, value) for label, value in _facts(report))


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    yield "drill", report.drill
    if report.reason:
        yield "why", report.reason
    if report.moment:
        yield "as of", formats.moment(report.moment)
    if report.rto_seconds is not None:
        yield "took", formats.duration(report.rto_seconds)
    if report.rpo_seconds is not None:
        yield "newest", f"{formats.duration(report.rpo_seconds)} behind"
    if report.verdict:
        yield "hook", report.verdict
    if report.copy:
        yield "copy", report.left_behind or "deleted, and seen to be gone"
    if report.leftovers:
        yield "left", report.leftovers.sentence


def _list(found: Sequence[Drilled], now: datetime) -> Iterator[RenderableType]:
    if not found:
        yield screen.text("the policy does not say of any instance that it is drilled", "dim")
        return
    headings = ("instance", "how", "last", "went", "took", "due")
    yield screen.table((_row(one, now) for one in found), *headings, gap=3)


def _row(one: Drilled, now: datetime) -> tuple[RenderableType, ...]:
    last = one.last
    result = (last.result or "under way") if last else "-"
    took = last.rto_seconds if last else None
    due = "by hand" if one.due is None else formats.relative(one.due, now)
    return (
        screen.text(one.instance_name),
        screen.text(one.way),
        screen.text(formats.relative(last.at, now) if last else "never"),
        screen.text(result.replace("-", " "), STYLES.get(result, "")),
        screen.text("-" if took is None else formats.duration(took)),
        screen.text("now" if one.due and one.due <= now else due),
    )
