"""The Backups port with everything that a service and the way to it can do to a backup."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from lastgood.domain.alarm import Incident
from lastgood.domain.copies import Database, Order
from lastgood.domain.restore import Accepted, Deletion, Outcome, Refused, Unknown
from lastgood.domain.undo import Backup
from lastgood.ports import CloudError
from tests.simulation.cloud import READ, READ_DONE
from tests.simulation.schedule import FOREVER, MINUTE, SECOND, Boundary, Schedule

if TYPE_CHECKING:
    from tests.simulation.invariants import Watch

_POST = ("switch", "kill", "leave", "delay")
SAVE = Boundary("before a backup is asked for", _POST, 6)
SAVED = Boundary("after a backup was asked for", _POST, 6)


class MadeBackup(NamedTuple):
    """A backup, by true time in milliseconds: when it began, is listed, and is complete."""

    id: str
    name: str
    mark: str
    instance: str
    incident: str
    began: int
    listed: int
    done: int
    status: str


class SimulatedBackups:
    """Backups of one project, whose list may lag behind what is there."""

    project_id = "619d3e78f61b4be68bc5aa0b59edcf7b"

    def __init__(self, schedule: Schedule, watch: Watch) -> None:
        self.made: dict[str, MadeBackup] = {}
        self.fates: tuple[str, ...] = ()
        self.may_end: tuple[str, ...] = ()
        self.slow = False
        self.down_until: Callable[[], int] = lambda: 0
        self.is_free: Callable[[str], bool] = lambda _: True
        self._schedule = schedule
        self._watch = watch

    def backups(self, instance: str) -> Sequence[Backup]:
        """Those of an instance that are listed by now."""
        self._schedule.point(READ)
        clock = self._schedule.clock
        if clock < self.down_until():
            raise CloudError("the service did not answer (429 or a timeout)", "wait", "throttled")
        found = [
            self._row(made)
            for made in self.made.values()
            if made.instance == instance and made.listed <= clock
        ]
        self._schedule.point(READ_DONE)
        return found

    def is_at_it(self, instance: str) -> bool:
        """Whether a backup of an instance is being made."""
        clock = self._schedule.clock
        return any(made.instance == instance and clock < made.done for made in self.made.values())

    def is_complete(self, made: MadeBackup) -> bool:
        """Whether a backup can be restored."""
        return made.status == "COMPLETED" and made.done <= self._schedule.clock

    def back_up(self, instance: str, name: str, mark: str) -> Outcome:
        """Make a backup, or not, and say so, or not."""
        schedule, incident = self._schedule, self._schedule.current.incident
        if incident is None:
            raise AssertionError("only an execution has backups made")
        schedule.point(SAVE)
        fate = schedule.choose("backup", self.fates, 0.5) or "answered"
        self._watch.saves(incident, name, nothing_came=fate in NOTHING_CAME)
        outcome = self._send(fate, instance, name, mark, incident)
        schedule.point(SAVED)
        schedule.say(f"backup: {outcome}")
        return outcome

    def _send(self, fate: str, instance: str, name: str, mark: str, incident: Incident) -> Outcome:
        match fate:
            case "never connected":
                return Refused("not-sent", fate, "unsent")
            case "turned down for now":
                return Refused("DBS.200011", fate, "busy")
            case "refused with a 4xx":
                return Refused("DBS.280001", fate)
            case "lost before it took effect" | "a 5xx before it took effect":
                return Unknown(fate)
        arrived = self._arrive(instance, name, mark, incident)
        return arrived if fate == "answered" else Unknown(fate)

    def _arrive(self, instance: str, name: str, mark: str, incident: Incident) -> Outcome:
        schedule = self._schedule
        if not self.is_free(instance):
            self._watch.saves_nothing(incident, name)
            return Refused("DBS.200011", "the instance is busy", "busy")
        status = schedule.choose("backup ends", self.may_end, 0.2) or "COMPLETED"
        longest = 9 * MINUTE if self.slow else 2 * MINUTE
        done = schedule.clock + schedule.between(30 * SECOND, longest)
        made = MadeBackup(
            id=f"{len(self.made):032x}br12",
            name=name,
            mark=mark,
            instance=instance,
            incident=incident.id,
            began=schedule.clock,
            listed=schedule.clock + (schedule.between(0, MINUTE) if self.slow else 0),
            done=FOREVER if status == "BUILDING" else done,
            status=status,
        )
        self.made[made.id] = made
        schedule.say(f"{made.id} is begun: {made}")
        return Accepted(f"job-of-{made.id}", made.id)

    def _row(self, made: MadeBackup) -> Backup:
        is_done = made.done <= self._schedule.clock
        return Backup(
            id=made.id,
            name=made.name,
            instance=made.instance,
            status=made.status if is_done else "BUILDING",
            mark=made.mark,
            began=self._schedule.start + timedelta(milliseconds=made.began),
        )

    # What a person has made of one is not simulated

    def database(self, instance: str) -> Database | None:
        """Nothing restores a backup here."""
        raise AssertionError(f"{instance} was read")

    def named(self, name: str) -> Sequence[Database]:
        """Nor this."""
        raise AssertionError(f"{name} was looked for")

    def restore_to_new(self, order: Order, password: str) -> Outcome:
        """Nor this."""
        raise AssertionError(f"{order.name} was ordered with {len(password)} characters")

    def tag(self, instance: str, tags: Mapping[str, str]) -> None:
        """Nor this."""
        raise AssertionError(f"{instance} was given {tags}")

    def delete(self, instance: str) -> Deletion:
        """Nor this."""
        raise AssertionError(f"{instance} was deleted")

    def delete_backup(self, backup: str) -> Deletion:
        """No simulated policy lets one go."""
        raise AssertionError(f"{backup} was deleted")


NOTHING_CAME = frozenset({"never connected", "turned down for now"})
"""Fates of which the answer says that nothing was done, and that it may be asked for again."""

FATES = (
    "lost before it took effect",
    "its answer timed out",
    "a 5xx after it took effect",
    "refused with a 4xx",
    *sorted(NOTHING_CAME),
)
"""What may become of the request for a backup."""
ENDS = ("FAILED", "BUILDING")
"""How a backup may end: not well, or never."""
