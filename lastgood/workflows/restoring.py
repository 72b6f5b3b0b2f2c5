"""The two ways to restore: over the instance itself, or to a new one. All else is the same.

Each says what of a request may be seen in the cloud, makes the request, and looks how far it is.
What is seen is a job: of a copy it is the new instance itself, because that can be found by its
name where a job cannot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, Protocol

import msgspec

from lastgood.domain import copies
from lastgood.domain.copies import Copy, Database, Order, Reachable, Shape
from lastgood.domain.errors import LastgoodError
from lastgood.domain.lifecycle import Recovery
from lastgood.domain.plan import Plan
from lastgood.domain.policy import CopyRules, is_instance_id
from lastgood.domain.reading import InstanceState
from lastgood.domain.restore import Accepted, Copied, Job, Outcome, Refused
from lastgood.ports import CloudError, Rds
from lastgood.workflows.world import World

REQUEST_TAKES = 80.0
"""Seconds that one request may take, with all that it waits for; with less left none is sent."""

SKEW = timedelta(minutes=15)
"""How far the clocks of the service and ours may be apart when jobs are looked for by time."""


class Request(NamedTuple):
    """A request that is ready to be sent, once; and the copy that it is to make, if any."""

    send: Callable[[], Outcome]
    copy: Copy | None = None


class Way(Protocol):
    """How a plan is carried out."""

    once_named: bool
    """Whether anything that may be its own, seen before the request, keeps it from being sent."""
    tracks: str
    """What is tracked, in a word."""
    unseen: str
    """That what a request may have left could not be read."""
    looks_again: int
    """How often it has to look fit, a while apart, after it did so first."""

    def prepare(self, plan: Plan, world: World) -> Request:
        """Make the request ready; nothing is sent yet.

        Raises:
            LastgoodError: something that it needs could not be had.
        """

    def traces(self, plan: Plan, sent: Recovery, world: World) -> list[Job]:
        """What may be the work of a request that was sent, or may be sent now.

        Raises:
            CloudError: the cloud could not be read.
        """

    def is_ours(self, trace: Job, plan: Plan) -> bool:
        """Whether it is certainly about the instance of the plan."""

    def taken(self, trace: Job) -> Accepted:
        """That a trace shows that the request was accepted."""

    def facts(self, accepted: Accepted, plan: Plan, world: World) -> dict[str, Any]:
        """What the recovery keeps of that."""

    def can_be_followed(self, recovery: Recovery) -> bool:
        """Whether it is known what to look at."""

    def progress(self, plan: Plan, recovery: Recovery, world: World) -> Job:
        """How far the restore is; one that cannot be seen counts as running."""

    def source(self, plan: Plan, world: World) -> InstanceState:
        """How the instance is that the request is about.

        Raises:
            CloudError: the cloud could not be read.
        """

    def result(self, plan: Plan, recovery: Recovery, world: World) -> InstanceState:
        """How what was restored is.

        Raises:
            CloudError: the cloud could not be read.
        """

    def reachable(self, plan: Plan, recovery: Recovery, world: World) -> Reachable | None:
        """What the validate hook has to look at, where that is not the instance itself.

        Raises:
            CloudError: the cloud could not be read.
        """


def way_of(plan: Plan) -> Way:
    """The way of a plan."""
    return ByCopy() if plan.way == "copy" else InPlace()


class InPlace:
    """Over the instance itself: the service runs one operation at a time on it."""

    once_named = False
    tracks = "job"
    unseen = "its jobs could not be read"
    looks_again = 0

    def prepare(self, plan: Plan, world: World) -> Request:
        """Make the request ready, by the credentials that restore."""
        cloud = world.restorer(plan.cloud)
        return Request(lambda: cloud.restore(plan.incident.instance, plan.restore_time))

    def traces(self, plan: Plan, sent: Recovery, world: World) -> list[Job]:
        """The jobs around the request, by the service's clock, that may be about the instance.

        One that names no instance, or none that can be one, may be.
        """
        around = sent.sent_at or world.now()
        jobs = world.clouds(plan.cloud).jobs(around - SKEW, max(around, world.now()) + SKEW)
        ours = plan.incident.instance
        return [
            job for job in jobs if job.instance == ours or not is_instance_id(job.instance or "")
        ]

    def is_ours(self, trace: Job, plan: Plan) -> bool:
        """Whether it names the instance."""
        return trace.instance == plan.incident.instance

    def taken(self, trace: Job) -> Accepted:
        """As this job."""
        return Accepted(trace.id)

    def facts(self, accepted: Accepted, plan: Plan, world: World) -> dict[str, Any]:
        """The job."""
        del plan, world
        return {"job": accepted.job}

    def can_be_followed(self, recovery: Recovery) -> bool:
        """Whether its job is known."""
        return recovery.job is not None

    def progress(self, plan: Plan, recovery: Recovery, world: World) -> Job:
        """Its job."""
        job = recovery.job or ""
        try:
            return world.clouds(plan.cloud).job(job) or Job(id=job, status="not listed yet")
        except LastgoodError as error:
            return Job(id=job, status=f"out of sight ({error.message})")

    def source(self, plan: Plan, world: World) -> InstanceState:
        """How the instance is."""
        return world.clouds(plan.cloud).state(plan.incident.instance)

    def result(self, plan: Plan, recovery: Recovery, world: World) -> InstanceState:
        """The same: the instance is what was restored."""
        del recovery
        return self.source(plan, world)

    def reachable(self, plan: Plan, recovery: Recovery, world: World) -> None:
        """The instance itself, which its hook knows."""


class ByCopy:
    """To a new instance, which has a name that nothing else has."""

    once_named = True
    tracks = "copy"
    unseen = "no copy could be looked for"
    looks_again = 2

    def prepare(self, plan: Plan, world: World) -> Request:
        """Make the request ready: what the source is like now, and a password that is kept.

        The password is made before the request may be sent, and every attempt uses the same.
        """
        rds, rules = world.rds_restorer(plan.cloud), rules_of(plan.incident.instance, world)
        source = world.rds(plan.cloud).database(plan.incident.instance)
        if source is None or source.shape is None:
            message = f"{plan.incident.instance} is not there, or does not say what it is like"
            raise CloudError(message, "open the instance in the console")
        ledger, owner = world.ledger.identity(), plan.incident.id
        copy = Copy(
            name=copies.name_of(owner, ledger),
            cloud=plan.cloud,
            project_id=rds.project_id,
            source=source.id,
            owner=owner,
            purpose="drill" if plan.incident.drill else "recovery",
            target=plan.target,
            ordered_at=world.now(),
        )
        order = Order(
            name=copy.name,
            source=source.id,
            restore_time=plan.restore_time,
            shape=shape_of(source.shape, rules),
            tags=copies.tags_of(owner, ledger),
        )
        password = world.vault.password(copy.secret)
        if plan.incident.drill and order.shape.engine == TRIED_FIRST:
            return Request(lambda: _try_first(rds, order, password, world), copy)
        return Request(lambda: rds.restore_to_new(order, password), copy)

    def traces(self, plan: Plan, sent: Recovery, world: World) -> list[Job]:
        """Every instance of the copy's name, whenever it was made."""
        ordered = sent.copy  # once it is, a look needs no ledger, which may be away
        name = ordered.name if ordered else _name(plan, world)
        source = plan.incident.instance
        return [
            Job(id=found.id, status=found.status, instance=source)
            for found in world.rds(plan.cloud).named(name)
        ]

    def is_ours(self, trace: Job, plan: Plan) -> bool:
        """Nothing else has that name."""
        return trace.instance == plan.incident.instance

    def taken(self, trace: Job) -> Accepted:
        """As this instance; its job is not known."""
        return Accepted(job=None, copy=trace.id)

    def facts(self, accepted: Accepted, plan: Plan, world: World) -> dict[str, Any]:
        """The job, where it is known, and the copy."""
        return {"job": accepted.job, "copy": Copied(_name(plan, world), accepted.copy)}

    def can_be_followed(self, recovery: Recovery) -> bool:
        """Whether the id of the copy is known."""
        return recovery.copy is not None and recovery.copy.id is not None

    def progress(self, plan: Plan, recovery: Recovery, world: World) -> Job:
        """How far the copy is, told by the list of instances."""
        copy = _id_of(recovery)
        try:
            found = world.rds(plan.cloud).database(copy)
            if found is None:
                return Job(id=copy, status="not listed")
            name = (recovery.copy and recovery.copy.name) or ""
            if found.name not in {name, ""}:
                why = f"this is {found.name}, and not {name}"
                return Job(id=copy, status="Failed", fail_reason=why)
            if found.status in copies.FAILED:
                return Job(id=copy, status="Failed", fail_reason=_why_failed(plan, recovery, world))
        except LastgoodError as error:
            return Job(id=copy, status=f"out of sight ({error.message})")
        return Job(id=copy, status="Completed" if found.status in BUILT else found.status)

    def source(self, plan: Plan, world: World) -> InstanceState:
        """How the source is."""
        return _state(world.rds(plan.cloud).database(plan.incident.instance))

    def result(self, plan: Plan, recovery: Recovery, world: World) -> InstanceState:
        """How the copy is: fit once it is active, and the backup that follows is over."""
        rds, copy = world.rds(plan.cloud), _id_of(recovery)
        state = _state(rds.database(copy) if copy else None)
        if not state.idle or rds.backed_up(copy):
            return state
        return InstanceState("normal", ("its first backup",))

    def reachable(self, plan: Plan, recovery: Recovery, world: World) -> Reachable | None:
        """The copy, with its address and the name of its secret."""
        found = world.rds(plan.cloud).database(_id_of(recovery))
        if found is None:
            raise CloudError(f"{_id_of(recovery)} is not listed", "open the console")
        return Reachable(
            id=found.id,
            name=found.name,
            addresses=found.addresses,
            port=found.port,
            secret=copies.secret_of(found.name),
        )


NOT_SEEN = ("not listed", "out of sight")
"""How a status begins that tells of no look at what is there."""

BUILT = frozenset({copies.ACTIVE, "BACKING UP"})
"""How a new instance is once its data is there: active for a moment, then backed up by itself."""


def _state(found: Database | None) -> InstanceState:
    if found is None:
        return InstanceState("not listed")
    return InstanceState("normal" if found.status == copies.ACTIVE else found.status)


def seen(look: Callable[[], InstanceState]) -> InstanceState:
    """How an instance is; one that cannot be seen is not fit."""
    try:
        return look()
    except LastgoodError as error:
        return InstanceState(f"out of sight ({error.message})")


def is_idle(state: InstanceState) -> bool:
    """Whether an instance is normal, and doing nothing."""
    return state.idle


def _name(plan: Plan, world: World) -> str:
    return copies.name_of(plan.incident.id, world.ledger.identity())


def rules_of(source: str, world: World) -> CopyRules:
    """How a copy of an instance is made.

    Raises:
        CloudError: the policy does not say it.
    """
    instance = world.policy().by_id(source)
    if instance is None or instance.copy is None:
        message = f"the policy no longer says how {source} is copied"
        raise CloudError(message, 'set recover = "copy" and copy for the instance in the policy')
    return instance.copy


TRIED_FIRST = "MySQL"
"""The engine for which a restore can be tried without making anything; what another one does with
such a request is not documented (docs/facts/rds.md A1)."""


def _try_first(rds: Rds, order: Order, password: str, world: World) -> Outcome:
    """Have the service check the request, and only then send it."""
    checked = rds.try_out(order, password)
    if checked is not None:
        return checked
    if world.time_left() < REQUEST_TAKES:
        return Refused("not-sent", "to try it first took too long", "unsent")
    return rds.restore_to_new(order, password)


def shape_of(source: Shape, rules: CopyRules) -> Shape:
    """The shape of a copy: that of its source, as far as the policy says nothing else."""
    zones = rules.zones or source.zones
    return msgspec.structs.replace(
        source,
        flavor=rules.flavor or source.flavor,
        volume_gb=rules.volume_gb or source.volume_gb,
        zones=zones,
        replication=(source.replication or _REPLICATION[source.engine]) if len(zones) > 1 else "",
        security_group_id=rules.security_group_id,
    )


_REPLICATION = defaultdict(lambda: "async", SQLServer="sync")
"""How a standby follows by engine, where the source has none (docs/facts/rds.md A1)."""


def _id_of(recovery: Recovery) -> str:
    return (recovery.copy and recovery.copy.id) or ""


def _why_failed(plan: Plan, recovery: Recovery, world: World) -> str | None:
    try:
        job = world.rds(plan.cloud).job(recovery.job) if recovery.job else None
    except LastgoodError as error:
        return f"its job could not be read: {error.message}"
    return job.fail_reason if job else None
