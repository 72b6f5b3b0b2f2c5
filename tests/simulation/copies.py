"""The Rds port with everything that a service and the way to it can do to a request for a copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lastgood.domain.alarm import Incident
from lastgood.domain.copies import Database, Order, Shape
from lastgood.domain.restore import Accepted, Deletion, Job, Outcome, Refused, Unknown
from lastgood.ports import CloudError
from tests.simulation.cloud import PUT, PUT_ARRIVED, PUT_DONE, READ, READ_DONE
from tests.simulation.schedule import FOREVER, MINUTE, SECOND, Boundary, Schedule
from tests.support.fakes import SHAPE

if TYPE_CHECKING:
    from tests.simulation.invariants import Watch

SENT_TWICE: dict[str, Outcome] = {
    "sent twice, the second busy": Refused("DBS.200011", "busy with the first of two", "busy"),
    "sent twice, the second refused": Refused("DBS.200046", "the quota is used up"),
    "sent twice, the second forbidden": Refused("DBS.999999", "forbidden", "permission"),
}
"""What the second of two answers whose first took effect."""


_DELETION = ("switch", "kill", "kill", "leave", "delay")
DELETE = Boundary("before a deletion", _DELETION, 6)
DELETED = Boundary("after a deletion", _DELETION, 6)

DELETIONS: dict[str, Deletion] = {
    "taken": Deletion("taken"),
    "refused": Deletion("refused", "a backup of it is being restored"),
    "busy": Deletion("busy", "another operation runs"),
    "lost before it took effect": Deletion("unknown", "no answer"),
    "its answer timed out": Deletion("unknown", "no answer"),
}
"""What may become of a deletion, and what is said of it."""


TRIALS = ("refused", "carried out", "lost")
"""What may become of a request that is only to be checked."""


class MadeCopy(NamedTuple):
    """A new instance, by true time in milliseconds: listed, built, backed up, and as it ends."""

    id: str
    incident: str
    order: Order
    listed: int
    built: int
    backed_up: int
    status: str


class SimulatedRds:
    """RDS of one project, whose list may lag behind what is there."""

    project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"

    def __init__(self, schedule: Schedule, watch: Watch) -> None:
        self.sources: set[str] = set()
        self.made: dict[str, MadeCopy] = {}
        self.removed: dict[str, MadeCopy] = {}
        self.look_alikes: dict[str, MadeCopy] = {}
        self.deletions: tuple[str, ...] = ()
        self.fates: tuple[str, ...] = ()
        self.ends: tuple[str, ...] = ("ACTIVE",)
        self.may_end: tuple[str, ...] = ()
        self.obstacles: tuple[str, ...] = ()
        self.trials: tuple[str, ...] = ()
        self.slow = False
        self.busy_until = 0
        self.down_until: Callable[[], int] = lambda: 0
        self._schedule = schedule
        self._watch = watch

    # Reads

    def database(self, instance: str) -> Database | None:
        self._cross()
        found = self._listed(self.made.get(instance) or self.look_alikes.get(instance))
        if instance in self.sources:
            status = "ACTIVE" if self._schedule.clock >= self.busy_until else "BACKING UP"
            found = Database(id=instance, name="orders-db", status=status, shape=SHAPE)
        self._schedule.point(READ_DONE)
        return found

    def named(self, name: str) -> Sequence[Database]:
        self._cross()
        everything = (*self.made.values(), *self.look_alikes.values())
        rows = [self._listed(one) for one in everything if one.order.name == name]
        self._schedule.point(READ_DONE)
        return [row for row in rows if row]

    def tagged(self, key: str, value: str) -> Sequence[Database]:
        self._cross()
        everything = (*self.made.values(), *self.look_alikes.values())
        rows = [self._listed(one) for one in everything if one.order.tags.get(key) == value]
        self._schedule.point(READ_DONE)
        return [row for row in rows if row]

    def backed_up(self, instance: str) -> bool:
        self._cross()
        made = self.made.get(instance)
        self._schedule.point(READ_DONE)
        if made is None:
            raise CloudError(f"{instance}: there is no such instance", "check the id")
        return made.status == "ACTIVE" and made.backed_up <= self._schedule.clock

    def job(self, job: str) -> Job | None:
        self._cross()
        return Job(id=job, status="Failed", fail_reason="createVM failed.")

    def true_status(self, made: MadeCopy) -> str:
        """How a copy is."""
        clock = self._schedule.clock
        if clock < made.built:
            return "BUILD"
        if made.status != "ACTIVE":
            return made.status
        is_a_flicker = clock < made.built + 20 * SECOND
        return "ACTIVE" if is_a_flicker or made.backed_up <= clock else "BACKING UP"

    def is_ready(self, made: MadeCopy) -> bool:
        """Whether its data is there, and what the service does by itself afterwards is over."""
        return made.status == "ACTIVE" and made.backed_up <= self._schedule.clock

    def _listed(self, made: MadeCopy | None) -> Database | None:
        if made is None or made.listed > self._schedule.clock:
            return None
        status, order = self.true_status(made), made.order
        return Database(id=made.id, name=order.name, status=status, tags=order.tags)

    def _cross(self) -> None:
        self._schedule.point(READ)
        if self._schedule.clock < self.down_until():
            raise CloudError("the service did not answer (429 or a timeout)", "wait", "throttled")

    def recycled(self, instance: str) -> Sequence[datetime | None]:
        self._cross()
        return [None] * (instance in self.removed)

    def manual_backups(self, instance: str) -> int:
        del instance
        self._cross()
        return 0

    def obstacle(self, source: str, shape: Shape, moment: datetime) -> str | None:
        del source, shape, moment
        self._cross()
        return self._schedule.choose("obstacle", self.obstacles, 0.2)

    # The writes

    def try_out(self, order: Order, password: str) -> Outcome | None:
        schedule, incident = self._schedule, self._schedule.current.incident
        if incident is None or not password:
            raise AssertionError("only an execution has restores checked, and with a password")
        schedule.point(PUT)
        fate = schedule.choose("trial", self.trials, 0.4)
        outcome: Outcome | None = Refused("DBS.200046", fate) if fate else None
        if fate == "carried out":
            self._arrive(incident, order)
        if fate in {"carried out", "lost"}:
            outcome = Unknown(fate)
        schedule.point(PUT_DONE)
        return outcome

    def restore_to_new(self, order: Order, password: str) -> Outcome:
        schedule, incident = self._schedule, self._schedule.current.incident
        if incident is None or not password:
            raise AssertionError("only an execution orders copies, and with a password")
        schedule.point(PUT)
        self._watch.sends(incident, order.source, order.restore_time)
        fate = schedule.choose("request", self.fates, 0.6) or "answered"
        outcome = self._send(fate, incident, order)
        schedule.point(PUT_DONE)
        schedule.say(f"request: {outcome}")
        return outcome

    def _send(self, fate: str, incident: Incident, order: Order) -> Outcome:
        schedule = self._schedule
        match fate:
            case "never connected":
                self._watch.turned_down(incident, reached=False)
                return Refused("not-sent", fate, "unsent")
            case "lost before it took effect" | "a 5xx before it took effect":
                outcome: Outcome = Unknown(fate)
            case "delayed on its way, past the timeout":
                schedule.after(SECOND, MINUTE, lambda: self._arrive(incident, order))
                outcome = Unknown(fate)
            case "refused with a 4xx":
                self._watch.reaches(incident)
                outcome = Refused("DBS.200046", fate)
            case "turned down for now":
                self._watch.reaches(incident)
                outcome = self._turn_down(incident, fate)
            case "answered":
                outcome = self._arrive(incident, order)
            case _:
                arrived = self._arrive(incident, order)
                twice = self._show_at_once(arrived) and SENT_TWICE.get(fate)
                # A refusal is lost on its way as well as an acceptance.
                outcome = twice or Unknown(fate)
        schedule.point(PUT_ARRIVED)
        return outcome

    def _show_at_once(self, arrived: Outcome) -> bool:
        """List a copy of which another answer tells nothing; or say that there is none.

        One that is listed only later could not be told from none at all: the sweep finds it.
        """
        if not isinstance(arrived, Accepted) or arrived.copy is None:
            return False
        self.made[arrived.copy] = self.made[arrived.copy]._replace(listed=self._schedule.clock)
        return True

    def _turn_down(self, incident: Incident, why: str) -> Outcome:
        self._watch.turned_down(incident, reached=True)
        return Refused("DBS.200011", why, "busy")

    def _arrive(self, incident: Incident, order: Order) -> Outcome:
        schedule = self._schedule
        self._watch.reaches(incident)
        if order.source not in self.sources:
            return Refused("DBS.200002", "there is no such instance")
        if schedule.clock < self.busy_until:
            return self._turn_down(incident, "the source is busy")
        status = schedule.choose("job ends", self.may_end, 0.1) or schedule.pick(self.ends)
        longest = 9 * MINUTE if self.slow else 3 * MINUTE
        built = schedule.clock + schedule.between(MINUTE, longest)
        over = built + schedule.between(MINUTE, longest)
        made = MadeCopy(
            id=f"{len(self.made) + len(self.removed):032x}in01",
            incident=incident.id,
            order=order,
            listed=schedule.clock + (schedule.between(0, longest) if self.slow else 0),
            built=FOREVER if status == "BUILD" else built,
            backed_up=FOREVER if status in {"BUILD", "BACKING UP"} else over,
            status="ACTIVE" if status in {"BUILD", "BACKING UP"} else status,
        )
        self.made[made.id] = made
        schedule.say(f"{made.id} is made: {made}")
        return Accepted(f"job-of-{made.id}", made.id)

    def delete(self, instance: str) -> Deletion:
        """Delete an instance, or not, and say so, or not."""
        schedule = self._schedule
        schedule.point(DELETE)
        self._watch.deletes(instance)
        fate = schedule.choose("deletion", self.deletions, 0.5) or "taken"
        outcome = DELETIONS[fate]
        if fate not in {"refused", "busy", "lost before it took effect"}:
            schedule.after(SECOND, 3 * MINUTE, lambda: self._remove(instance))
        schedule.point(DELETED)
        schedule.say(f"deletion: {outcome}")
        return outcome

    def _remove(self, instance: str) -> None:
        if made := self.made.pop(instance, None):
            self.removed[instance] = made
            self._schedule.say(f"{instance} is gone")

    def add_look_alike(self) -> None:
        """Let somebody make an instance with the name of a copy, but without its tags."""
        for made in list(self.made.values())[:1]:
            self._schedule.hurt("instance", "with the name of a copy")
            order = msgspec.structs.replace(made.order, tags={})
            alike = f"{99:032x}in01"
            self.look_alikes[alike] = made._replace(id=alike, order=order, incident="nobody")

    def disturb(self) -> None:
        """Let the source be busy with an operation of somebody else for a while."""
        self.busy_until = self._schedule.clock + self._schedule.between(SECOND, MINUTE)


class SimulatedVault:
    """Passwords, which are told once they are kept."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def password(self, name: str) -> str:
        return self.kept.setdefault(name, f"password-{len(self.kept)}")

    def forget(self, name: str) -> None:
        self.kept.pop(name, None)
