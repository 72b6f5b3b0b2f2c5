"""The Cloud port with everything that a service and the way to it can do to a request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from lastgood.domain.alarm import Incident
from lastgood.domain.ranges import Point, Points, Window, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Accepted, Job, Outcome, Refused, Unknown
from lastgood.domain.services import Endpoint
from lastgood.ports import CloudError
from tests.simulation.schedule import FOREVER, MINUTE, SECOND, Boundary, Schedule

if TYPE_CHECKING:
    from tests.simulation.invariants import Watch


def _unanswered() -> Exception:
    return CloudError("the service did not answer (429 or a timeout)", "wait", "throttled")


_READ = ("switch", "switch", "switch", "kill", "leave", "delay", "fail", "fail")
READ = Boundary("before a read of the cloud", _READ, error=_unanswered)
READ_DONE = Boundary("after a read of the cloud", _READ, error=_unanswered)
_PUT = ("switch", "kill", "kill", "leave", "leave", "delay")
PUT = Boundary("before the request", _PUT, 8)
PUT_ARRIVED = Boundary("in the request, after it took effect", _PUT, 8)
PUT_DONE = Boundary("after the request", _PUT, 4)

SENT_TWICE: dict[str, Outcome] = {
    "sent twice, the second busy": Refused("DBS.200011", "busy with the first of two", "busy"),
    "sent twice, the second refused": Refused("DBS.999999", "a code that nobody knows"),
    "sent twice, the second forbidden": Refused("DBS.999999", "forbidden", "permission"),
}
"""What the second of two answers whose first took effect."""

ROWS = {"a row without an instance": None, "a row with an odd instance": "n/a"}
"""How the list of jobs may fail to say what a job is about."""

NORMAL = InstanceState("normal", (), "Cluster")
RESTORING = InstanceState("normal", ("RESTORING",), "Cluster")
BACKING_UP = InstanceState("normal", ("BACKUP",), "Cluster")
ABNORMAL = InstanceState("abnormal", (), "Cluster")
ON, OFF = PitrPolicy(enabled=True, interval=20, keep_days=1), PitrPolicy(enabled=False)


class Made(NamedTuple):
    """A job, by true time in milliseconds; `incident` None for one that is not ours."""

    id: str
    instance: str
    incident: str | None
    target: str
    started: int
    ends: int
    listed: int
    status: str
    idle: int
    names: str | None
    """The instance that its row names: what it is about, or nothing, or something odd."""


class Database:
    """One instance: what it offers, and how it is. Points in the future are not offered yet."""

    def __init__(self, points: Sequence[Point] = (), windows: Sequence[Window] = ()) -> None:
        self.points = sorted(points, key=lambda point: point.at)
        self.windows = Windows.merge(windows)
        self.pitr = ON
        self.abnormal = False


class SimulatedCloud:
    """One project. Its clock is skewed against everybody else's."""

    def __init__(self, schedule: Schedule, watch: Watch) -> None:
        self.databases: dict[str, Database] = {}
        self.made: dict[str, Made] = {}
        self.fates: tuple[str, ...] = ()
        self.rows: tuple[str, ...] = ()
        self.ends: tuple[str, ...] = ("Completed",)
        self.slow = False
        self.takes = SECOND
        self.may_end: tuple[str, ...] = ()
        self.down_until = 0
        self.is_saving: Callable[[str], bool] = lambda _: False
        self._schedule = schedule
        self._watch = watch
        self.skew_of_service = 0
        self._serial = 0

    # Reads

    def windows(
        self, instance: str, since: datetime | None = None, until: datetime | None = None
    ) -> Windows:
        del since, until
        self._cross(READ)
        found = self._find(instance).windows
        self._cross(READ_DONE)
        self._schedule.current.ranges[instance] = found
        return found

    def points(self, instance: str, since: datetime, until: datetime) -> Points:
        self._cross(READ)
        database = self._find(instance)
        latest = min(until, self._now())
        found = Points(tuple(point for point in database.points if since <= point.at <= latest))
        self._cross(READ_DONE)
        self._schedule.current.ranges[instance] = found
        return found

    def pitr_policy(self, instance: str) -> PitrPolicy:
        self._cross(READ)
        found = self._find(instance).pitr
        self._cross(READ_DONE)
        return found

    def state(self, instance: str) -> InstanceState:
        self._cross(READ)
        found = self.true_state(instance)
        self._cross(READ_DONE)
        return found

    def job(self, job: str) -> Job | None:
        self._cross(READ)
        made = self.made.get(job)
        found = self._describe(made) if made and made.listed <= self._schedule.clock else None
        self._cross(READ_DONE)
        return found

    def jobs(self, since: datetime, until: datetime) -> Sequence[Job]:
        self._cross(READ)
        clock = self._schedule.current.listed_at = self._schedule.clock
        listed = [self._describe(made) for made in self.made.values() if made.listed <= clock]
        found = [job for job in listed if job.started_at and since <= job.started_at <= until]
        self._cross(READ_DONE)
        return found

    def true_state(self, instance: str) -> InstanceState:
        """How an instance is."""
        clock = self._schedule.clock
        for made in self.made.values():
            if made.instance == instance and clock < made.idle:
                return RESTORING if made.incident else BACKING_UP
        if self.is_saving(instance):
            return BACKING_UP
        return ABNORMAL if self._find(instance).abnormal else NORMAL

    def is_free(self, instance: str) -> bool:
        """Whether a backup of an instance can be begun."""
        return self.true_state(instance) is NORMAL

    def true_status(self, job: str) -> str:
        """How a job stands."""
        made = self.made[job]
        return made.status if made.ends <= self._schedule.clock else "Running"

    def _describe(self, made: Made) -> Job:
        started = self._schedule.start + timedelta(milliseconds=made.started + self.skew_of_service)
        return Job(
            id=made.id,
            status=self.true_status(made.id),
            instance=made.names,
            started_at=started,
        )

    def _find(self, instance: str) -> Database:
        database = self.databases.get(instance)
        if database is None:
            raise CloudError(f"{instance}: there is no such instance", "check the id")
        return database

    def skew(self, endpoint: Endpoint) -> timedelta | None:
        del endpoint
        return self._schedule.current.skew - timedelta(milliseconds=self.skew_of_service)

    def _now(self) -> datetime:
        return self._schedule.start + timedelta(
            milliseconds=self._schedule.clock + self.skew_of_service
        )

    def _cross(self, boundary: Boundary) -> None:
        self._schedule.point(boundary)
        if self._schedule.clock < self.down_until:
            raise _unanswered()

    # The request

    def restore(self, instance: str, restore_time: str) -> Outcome:
        schedule = self._schedule
        incident = schedule.current.incident
        if incident is None:
            raise AssertionError("only an execution sends requests")
        schedule.point(PUT)
        self._watch.sends(incident, instance, restore_time)
        fate = schedule.choose("request", self.fates, 0.6) or "answered"
        if fate in SENT_TWICE:
            outcome = self._arrive_twice(fate, incident, instance, restore_time)
        else:
            outcome = self._send(fate, incident, instance, restore_time)
        schedule.point(PUT_DONE)
        schedule.say(f"request: {outcome}")
        return outcome

    def _send(self, fate: str, incident: Incident, instance: str, restore_time: str) -> Outcome:
        match fate:
            case "answered":
                outcome = self._arrive(incident, instance, restore_time)
                self._schedule.point(PUT_ARRIVED)
                return outcome
            case "lost before it took effect" | "a 5xx before it took effect":
                self._schedule.point(PUT_ARRIVED)
                return Unknown(fate)
            case "delayed on its way, past the timeout":

                def arrive() -> object:
                    return self._arrive(incident, instance, restore_time)

                self._schedule.after(SECOND, MINUTE, arrive)
                self._schedule.point(PUT_ARRIVED)
                return Unknown(fate)
            case "refused with a 4xx" | "turned down for now" | "never connected":
                return self._refuse(fate, incident)
            case _:
                outcome = self._arrive(incident, instance, restore_time)
                self._schedule.point(PUT_ARRIVED)
                # A refusal is lost on its way as well as an acceptance.
                return Unknown(f"{fate}")

    def _refuse(self, fate: str, incident: Incident) -> Outcome:
        if fate == "never connected":
            self._watch.turned_down(incident, reached=False)
            return Refused("not-sent", fate, "unsent")
        self._watch.reaches(incident)
        self._schedule.point(PUT_ARRIVED)
        if fate == "turned down for now":
            return self._turn_down(incident, fate)
        return Refused("DBS.280001", fate)

    def _turn_down(self, incident: Incident, why: str) -> Outcome:
        self._watch.turned_down(incident, reached=True)
        return Refused("DBS.200011", why, "busy")

    def _arrive_twice(
        self, fate: str, incident: Incident, instance: str, restore_time: str
    ) -> Outcome:
        """Answer to the second of two: the first is what made the instance busy.

        Its job is listed at once. One that is listed only after it has ended could not be told
        from none at all, which docs/reference/recovery.md owns up to.
        """
        first = self._arrive(incident, instance, restore_time)
        self._schedule.point(PUT_ARRIVED)
        if not isinstance(first, Accepted) or first.job is None:
            return first
        self.made[first.job] = self.made[first.job]._replace(listed=self._schedule.clock)
        return SENT_TWICE[fate]

    def _arrive(self, incident: Incident, instance: str, restore_time: str) -> Outcome:
        self._watch.reaches(incident)
        database = self.databases.get(instance)
        if database is None:
            return Refused("DBS.200002", "there is no such instance")
        if self.true_state(instance) is ABNORMAL:
            return Refused("DBS.280001", "the instance is abnormal")
        if self.true_state(instance) is not NORMAL:
            return self._turn_down(incident, "the instance is busy")
        if restore_time not in {point.text for point in database.points}:
            return Refused("DBS.280404", "there is no such point")
        status = self._schedule.choose("job ends", self.may_end, 0.1)
        status = status or self._schedule.pick(self.ends)
        return Accepted(self._begin(instance, incident.id, restore_time, status))

    def _begin(self, instance: str, incident: str | None, target: str, status: str) -> str:
        schedule = self._schedule
        self._serial += 1
        name = f"job-{self._serial}"
        longest = 9 * MINUTE if self.slow else 12 * SECOND
        ends = schedule.clock + schedule.between(self.takes, max(longest, self.takes))
        listed = schedule.clock + (schedule.between(0, longest) if self.slow else 0)
        idle = ends + (schedule.between(0, longest) if self.slow else 0)
        if status == "Endless":
            ends = idle = FOREVER
        if status == "Busy":
            status, idle = "Completed", FOREVER
        names = ROWS.get(schedule.choose("job", self.rows, 0.7) or "", instance)
        self.made[name] = Made(
            *(name, instance, incident, target, schedule.clock, ends, listed, status, idle, names)
        )
        schedule.say(f"{name} begins on {instance}: {self.made[name]}")
        return name

    def disturb(self, instance: str) -> None:
        """Begin an operation of somebody else, if none is under way."""
        if self.true_state(instance) is NORMAL:
            self._begin(instance, None, "", "Completed")
