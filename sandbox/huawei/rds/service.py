"""The operations of RDS (docs/facts/rds.md)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from sandbox.clock import Clock
from sandbox.huawei.rds.asked import Asked, read
from sandbox.huawei.rds.instance import RdsInstance, Recycled
from sandbox.huawei.rds.shape import ENGINES, catalogue
from sandbox.huawei.rds.tasks import DeletionScript, Task
from sandbox.huawei.rds.windows import from_milliseconds, in_milliseconds, utc_day
from sandbox.huawei.wire.answers import (
    Answer,
    Call,
    bad_parameter,
    no_such_instance,
    service_error,
)

__all__ = ["Rds"]

_ANY_OFFSET = range(10**99)
_HUNDRED = range(1, 101)
_FIFTY = range(1, 51)
_SIZES = range(40, 4001, 10)
_MILLISECONDS = re.compile(r"[1-9]\d{12}", re.ASCII)
_BACKUPS = ("auto", "manual", "fragment", "incremental")
_MOST_TAGS = 10

# What the service does with any other language is unknown.
_LANGUAGES = ("en-us", "zh-cn")


class Rds:
    """The RDS service. Each operation takes a call and the time, and returns an answer.

    `deletions`, `quota`, `unique_names`, `keeps_deleted` and the zones of `flavors` may be set at
    any time. `made` has every instance that a restore ever made, `deleted` every one that is gone,
    `recycled` those in the recycle bin, each with when it was deleted.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.instances: dict[str, RdsInstance] = {}
        self.flavors = catalogue()
        self.quota = 50
        self.unique_names = True
        self.deletions = DeletionScript()
        self.made: list[RdsInstance] = []
        self.deleted: list[RdsInstance] = []
        self.keeps_deleted = timedelta(days=7)
        self.recycled: list[Recycled] = []
        self._tasks: list[Task] = []

    def windows(self, call: Call, now: datetime) -> Answer:
        """Return the windows of all days, or of one (docs/facts/huawei.md "Operations")."""
        if call.headers.get("x-language", "en-us") not in _LANGUAGES:
            raise bad_parameter("X-Language must be en-us or zh-cn.")
        windows = self._instance(call.instance_id).restorable(now)
        if "date" in call.query:
            day = utc_day(call.query["date"])
            windows = [part for window in windows for part in window.within(day)]
        return Answer.json(200, {"restore_time": [window.row() for window in windows]})

    def restore(self, call: Call, now: datetime) -> Answer:
        """Start a restore to a new instance: 202, the instance and the id of its job."""
        asked = read(call.body)
        source = self._instance(asked.restore_point.instance_id)
        self._check(asked, source, now)
        # What other engines do with it is unknown; here the worst.
        if asked.dry_run and source.shape.engine == "MySQL":
            return Answer.json(202, {})
        made, task = source.copy(
            asked.name,
            from_milliseconds(asked.restore_point.restore_time),
            now,
            shape=asked.shape(source.shape),
            retention=asked.retention,
            password=asked.password,
        )
        self.instances[made.id] = made
        self.made.append(made)
        self._tasks.append(task)
        # The service's own examples have the numbers of the answer as text.
        volume = {"type": asked.volume.type, "size": str(asked.volume.size)}
        row = {"id": made.id, "name": made.name, "status": made.status, "volume": volume}
        return Answer.json(202, {"instance": row, "job_id": task.id})

    def delete(self, call: Call, now: datetime) -> Answer:
        """Start to delete an instance: 202 and the id of the job."""
        instance = self._instance(call.instance_id)
        if instance.shape.charge_mode != "postPaid":
            raise service_error(400, "DBS.200086", "A yearly or monthly instance is unsubscribed.")
        restoring = any(
            each.copied_from is instance and each.status == "BUILD"
            for each in self.instances.values()
        )
        if instance.is_busy or restoring:
            raise service_error(409, "DBS.200019", "Another operation runs on the instance.")
        script = self.deletions
        instance.deleting = True
        task = Task(
            "SandboxDeleteInstance", instance.id, instance.name, now, script.lasts, now, now
        )
        self._tasks.append(task)
        ending = partial(self._delete, instance, task, script)
        self._clock.call_at(now + script.lasts, ending)
        return Answer.json(202, {"job_id": task.id})

    def list_instances(self, call: Call, now: datetime) -> Answer:
        """List one page of the instances; an id or name like `*abc` matches what contains abc."""
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 100, _HUNDRED)
        tags = _tags(call.query.get("tags"))
        found = [
            instance
            for instance in self.instances.values()
            if instance.is_listed(now)
            and _matches(call.query.get("id"), instance.id)
            and _matches(call.query.get("name"), instance.name)
            and tags.items() <= instance.shape.tags.items()
            and "group_type" not in call.query  # all others are Flexus
        ]
        rows = [instance.row() for instance in found[offset : offset + limit]]
        return Answer.json(200, {"instances": rows, "total_count": len(found)})

    def list_tasks(self, call: Call, now: datetime) -> Answer:
        """List one page of the tasks, newest first."""
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 10, _FIFTY)
        start, end = _milliseconds(call, "start_time"), _milliseconds(call, "end_time")
        if (start is None) != (end is None):
            raise bad_parameter("start_time and end_time are given both or neither.")
        wanted = call.query.get("instance_id")
        found = [
            task
            for task in reversed(self._tasks)
            if now >= task.listed
            and wanted in (None, task.instance_id)
            and (start is None or in_milliseconds(task.started) >= start)
            and (end is None or in_milliseconds(task.started) <= end)
        ]
        rows = [
            task.row(now, self._status(task.instance_id))
            for task in islice(found, offset, offset + limit)
        ]
        names = sorted({task.name for task in found})
        return Answer.json(200, {"total_count": len(found), "actions": names, "tasks": rows})

    def show_job(self, call: Call, now: datetime) -> Answer:
        """Return one job, unless it is not visible yet."""
        for task in self._tasks:
            if task.id == call.query.get("id") and now >= task.job_visible:
                return Answer.json(200, {"job": task.job_row(now)})
        raise service_error(400, "DBS.200543", "The job does not exist.")

    def quotas(self, _: Call, __: datetime) -> Answer:
        """Return how many instances there may be, and are."""
        quota = {"type": "instance", "quota": self.quota, "used": len(self.instances)}
        return Answer.json(200, {"quotas": {"resources": [quota]}})

    def list_flavors(self, call: Call, _: datetime) -> Answer:
        """List the flavors of an engine."""
        if call.engine not in ENGINES:
            raise bad_parameter(f"The engine is one of {', '.join(ENGINES)}.")
        version, code = call.query.get("version_name"), call.query.get("spec_code")
        found = [
            flavor.row()
            for flavor in self.flavors.values()
            if flavor.engine == call.engine
            and (version is None or version in flavor.versions)
            and code in (None, flavor.spec_code)
        ]
        return Answer.json(200, {"flavors": found})

    def list_backups(self, call: Call, _: datetime) -> Answer:
        """List one page of the full backups of an instance; of one that is gone the manual ones."""
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 100, _HUNDRED)
        kind = call.query.get("backup_type")
        if kind not in (None, *_BACKUPS):
            raise bad_parameter(f"backup_type is one of {', '.join(_BACKUPS)}.")
        wanted = (kind,) if kind else ("auto", "manual")
        asked = call.query.get("instance_id", "")
        # Whether the real service lists them by the id of what is gone is not documented.
        gone = next((each for each in self.deleted if each.id == asked), None)
        instance = gone or self._instance(asked)
        found = [backup for backup in instance.backups if backup.type in wanted]
        rows = [
            backup.row(instance.id, instance.least_gb) for backup in found[offset : offset + limit]
        ]
        return Answer.json(200, {"backups": rows, "total_count": len(found)})

    def list_recycled(self, call: Call, now: datetime) -> Answer:
        """List one page of the recycle bin."""
        if not {"offset", "limit"} <= call.query.keys():
            raise bad_parameter("offset and limit are mandatory.")
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 10, _FIFTY)
        found = [each for each in self.recycled if now < each.until]
        rows = [each.row() for each in found[offset : offset + limit]]
        return Answer.json(200, {"instances": rows, "total_count": len(found)})

    def _delete(
        self, instance: RdsInstance, task: Task, script: DeletionScript, at: datetime
    ) -> None:
        if script.fail_reason:
            instance.deleting = False
            task.end(at, script.fail_reason)
            return
        self.deleted.append(self.instances.pop(instance.id))
        instance.backups = [backup for backup in instance.backups if backup.type == "manual"]
        if not instance.is_stopped:
            self.recycled.append(Recycled(instance, at, at + self.keeps_deleted))
        if script.job_completes:
            task.end(at)

    def _instance(self, instance_id: str) -> RdsInstance:
        instance = self.instances.get(instance_id)
        if instance is None:
            raise no_such_instance(instance_id)
        return instance

    def _status(self, instance_id: str) -> str:
        instance = self.instances.get(instance_id)
        return "" if instance is None else instance.status

    def _check(self, asked: Asked, source: RdsInstance, now: datetime) -> None:
        """Raise the error for the first reason that prevents a restore to a new instance."""
        if source.is_busy:
            raise service_error(409, "DBS.200011", "Another operation runs on the instance.")
        moment = asked.restore_point.restore_time
        if not any(window.offers(moment) for window in source.restorable(now)):
            raise service_error(400, "DBS.201203", "No backup restores to this time.")
        self._check_for_sale(asked, source)
        size = asked.volume.size
        if size not in _SIZES:
            raise service_error(400, "DBS.200023", "The size of the disk is invalid.")
        if size < max(source.shape.volume_gb, source.least_gb):
            raise service_error(400, "DBS.200306", "The disk is smaller than the original.")
        asked.check_password()
        if len(self.instances) >= self.quota:
            raise service_error(413, "DBS.200046", "The quota of instances is used up.")
        names = {instance.name for instance in self.instances.values()}
        if self.unique_names and asked.name in names:
            raise service_error(409, "DBS.200022", "The instance name already exists.")

    def _check_for_sale(self, asked: Asked, source: RdsInstance) -> None:
        flavor = self.flavors.get(asked.flavor_ref)
        shape = source.shape
        if flavor is None or flavor.engine != shape.engine or shape.version not in flavor.versions:
            raise service_error(400, "DBS.200053", "The flavor is invalid.")
        nodes = {"single": 1, "ha": 2}[flavor.mode]
        if len(asked.zones) != nodes or bool(asked.ha) != (flavor.mode == "ha"):
            raise service_error(400, "DBS.200054", "Flavor, zones and standby do not match.")
        for zone in asked.zones:
            match flavor.zones.get(zone):
                case "normal":
                    continue
                case "sellout":
                    raise service_error(400, "DBS.280450", "The flavor is sold out in the zone.")
                case _:
                    raise service_error(400, "DBS.200025", "The zone is invalid.")


def _matches(wanted: str | None, value: str) -> bool:
    if wanted is None:
        return True
    return wanted[1:] in value if wanted.startswith("*") else wanted == value


def _tags(text: str | None) -> dict[str, str]:
    if text is None:
        return {}
    pairs = [part.partition("=") for part in text.split(",")]
    if len(pairs) > _MOST_TAGS or not all(key and equals for key, equals, _ in pairs):
        raise bad_parameter("tags are up to ten of key=value, with commas between them.")
    return {key: value for key, _, value in pairs}


def _milliseconds(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if text is None:
        return None
    if not _MILLISECONDS.fullmatch(text):
        raise bad_parameter(f"{name} is a moment in milliseconds.")
    return int(text)
