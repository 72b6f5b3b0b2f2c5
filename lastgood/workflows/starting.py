"""Starting executions: of recoveries, of drills that are due, and to close those that died."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import chain

from lastgood.domain import copies, drills, fleet, keeping
from lastgood.domain.alarm import Incident
from lastgood.domain.drills import Closing, Drill
from lastgood.domain.hooks import LetIn
from lastgood.domain.lifecycle import ACTIVE
from lastgood.domain.undo import Expiry
from lastgood.ledger import Opened
from lastgood.ports import StartError, WakeError
from lastgood.workflows.recording import give_up
from lastgood.workflows.waking import wake_outdated
from lastgood.workflows.world import World


def start(incident: Incident, world: World) -> Opened:
    """Keep an incident and start its recovery, as it was first kept.

    Started even where it is not the first delivery: whoever came first may have died in between.
    What it says of its instance may change what is proposed for it.
    """
    instance = world.policy().by_id(incident.instance)
    quiet = instance.quiet if instance else timedelta()
    opened = world.ledger.open(incident, world.now(), quiet)
    if not opened.joined or opened.incident.id in opened.head.unstarted:
        world.starter.start(opened.incident)
    if opened.head.open or (instance and instance.way == "copy"):  # or it goes with another one
        wake_outdated(incident, world)
    return opened


def start_what_was_not(instances: Iterable[str], world: World) -> None:
    """Start the incidents that were kept, and on which nothing was decided since.

    Whoever kept them may have died before it started them; one that runs already is left alone.

    Raises:
        StartError: one of them cannot be started. The others were started first.
    """
    _start_all((one for each in instances for one in world.ledger.unstarted(each)), world)


def _start_all(orders: Iterable[Incident | Drill | Closing | Expiry | LetIn], world: World) -> None:
    failure: StartError | None = None
    for order in orders:
        try:
            world.starter.start(order)
        except StartError as error:
            failure = error
    if failure:
        raise failure


def start_what_is_due(cloud: str, world: World) -> None:
    """Start the drills of a cloud that are due, and what finishes what others have left.

    What is over its time is removed, and the `after` is called that a recovery still owes.

    Raises:
        StartError: one of them cannot be started. The others were started first.
    """
    left = (_owed(world), _closings(world), _expiries(cloud, world))
    _start_all(chain(*left, _due_drills(cloud, world)), world)


def _due_drills(cloud: str, world: World) -> list[Drill]:
    """As many drills as may begin now: what was never drilled first, then the longest ago."""
    policy, now = world.policy(), world.now()
    marked = [one for one in policy.instance if one.cloud == cloud and one.drill_every]
    last = {one.id: world.ledger.drill(one.id) for one in marked}
    waiting = [one for one in marked if drills.is_due(one, last[one.id], now)]
    if not waiting:
        return []
    waiting.sort(
        key=lambda one: known.at if (known := last[one.id]) else datetime.min.replace(tzinfo=UTC)
    )
    room = fleet.room_for_drills(world.ledger.fleet(), policy.fleet, now)
    return [drills.scheduled(one, now) for one in waiting[:room]]


def _closings(world: World) -> Iterator[Closing]:
    """The same however many sweeps ask for it within an hour."""
    policy, now = world.policy(), world.now()
    overdue = (
        copy.owner
        for copy in world.ledger.copies()
        if copy.may_exist and copies.is_overdue(copy, policy.by_id(copy.source), now)
    )
    marked = (world.ledger.drill(one.id) for one in policy.instance if one.drill_way)
    held = (world.ledger.report(name) for name in world.ledger.fleet().drills.active)
    dead = (
        one.drill
        for one in (*marked, *held)
        if one and one.result is None and not drills.is_under_way(one, now)
    )
    for name in dict.fromkeys((*overdue, *dead)):
        yield Closing(closes=name, hour=f"{now:%Y%m%d%H}")


def _expiries(cloud: str, world: World) -> Iterator[Expiry]:
    """The backups of a cloud whose time is over, and those of which it is not seen that they went.

    The same however many sweeps ask for it within an hour.
    """
    policy, now = world.policy(), world.now()
    for point in world.ledger.undo_points():
        if point.cloud != cloud or not point.may_exist:
            continue
        recovery = world.ledger.known(point.incident)
        is_due = keeping.is_due(point, recovery, policy.by_id(point.instance), now)
        if is_due or point.stage == "deleting":
            yield Expiry(expires=point.name, hour=f"{now:%Y%m%d%H}")


def _owed(world: World) -> Iterator[LetIn]:
    """The same however many sweeps ask for it within an hour; not while a restore is under way."""
    for name in world.ledger.fleet().owed:
        recovery = world.ledger.recovery(name)
        if recovery and recovery.state not in ACTIVE:
            yield LetIn(lets_in=name, hour=f"{world.now():%Y%m%d%H}")


def start_by_hand(incident: Incident, world: World) -> Incident:
    """Start what a person asks for; where that fails nothing is left behind to act later.

    An incident that had come in before stays as it was.

    Raises:
        Exception: whatever kept it from starting.
    """
    starter = world.starter  # first, because the environment may name no function to start
    opened = world.ledger.open(incident, world.now())
    try:
        starter.start(opened.incident)
    except Exception as error:
        if opened.first:
            reason = f"it could not be started: {type(error).__name__}"
            give_up(incident, reason, world)
            world.ledger.forget(incident, "not-started", reason, world.now())
        raise
    if opened.head.open:
        with suppress(WakeError):  # it runs: what is proposed is decided again when approved
            wake_outdated(incident, world)
    return opened.incident
