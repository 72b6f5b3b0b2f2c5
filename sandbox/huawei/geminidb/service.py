"""The operations of GeminiDB that lastgood calls (docs/facts/huawei.md "Operations")."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import partial

from sandbox.clock import Clock
from sandbox.huawei.geminidb.asked import Asked, NewBackup, Tags, read, read_restore
from sandbox.huawei.geminidb.backups import Backup, CopyScript, DeletionScript
from sandbox.huawei.geminidb.jobs import Job
from sandbox.huawei.geminidb.redis_instance import RedisInstance
from sandbox.huawei.wire.answers import (
    Answer,
    Call,
    bad_parameter,
    no_such_instance,
    service_error,
)

__all__ = ["GeminiDb"]

_ANY_OFFSET = range(10**99)
_HUNDRED = range(1, 101)
_JOB_PAGES = (10, 20, 50)
_LONGEST_JOB_QUERY = timedelta(days=30)
_BACKUP_TYPES = ("Auto", "Manual")
_MOST_TAGS = 20

# The documents say "proxy cluster"; whether the second of these counts is unknown.
_RESTORABLE_MODES = ("Cluster", "CloudNativeCluster")


class GeminiDb:
    """The GeminiDB service. Each operation takes a call and the time, and returns an answer.

    `copies`, `deletions` and `quota` may be set at any time. `backups` are those that are there,
    `made` has every instance that a restore ever made, `deleted` every one that is gone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.instances: dict[str, RedisInstance] = {}
        self.jobs: list[Job] = []
        self.backups: list[Backup] = []
        self.copies = CopyScript()
        self.deletions = DeletionScript()
        self.quota = 50
        self.made: list[RedisInstance] = []
        self.deleted: list[RedisInstance] = []

    def close(self) -> None:
        """Stop serving the instances that restores made."""
        for instance in self.made:
            instance.close()

    def restore(self, call: Call, now: datetime) -> Answer:
        """Start a restore in place: 202 and the id of its job."""
        instance = self._instance(call)
        restore_time = call.json_text("restore_time")
        self._check_restorable(instance, restore_time, now)
        job = instance.restore(restore_time, now)
        self.jobs.append(job)
        return Answer.json(202, {"job_id": job.id})

    def storage(self, call: Call, _: datetime) -> Answer:
        """Return how many GB the points take: a read on the same path as the restore."""
        self._instance(call)
        return Answer.json(200, {"storage": "0.1"})

    def policy(self, call: Call, _: datetime) -> Answer:
        """Return the PITR policy; only `enabled` when PITR is off."""
        pitr = self._instance(call).pitr
        if pitr is None:
            return Answer.json(200, {"enabled": False})
        minutes = pitr.interval // timedelta(minutes=1)
        days = pitr.keep // timedelta(days=1)
        return Answer.json(200, {"enabled": True, "interval": minutes, "keep_days": days})

    def points(self, call: Call, now: datetime) -> Answer:
        """List one page of the points in a period, both ends included, in no useful order."""
        instance = self._instance(call)
        start, end = call.moment("start_time"), call.moment("end_time")
        if start is None or end is None or start > end:
            raise bad_parameter("start_time and end_time are both needed, in this order.")
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 100, _HUNDRED)
        restorable = instance.restorable(now)
        found = [text for text, point in restorable.items() if start <= point <= end]
        # The service documents no order, so a client that relies on one must fail here.
        unsorted = found[1::2] + found[0::2]
        page = unsorted[offset : offset + limit]
        return Answer.json(200, {"restore_time": page, "total_count": len(found)})

    def list_jobs(self, call: Call, now: datetime) -> Answer:
        """List the job with an id, or one page of those that started in a period, newest first."""
        listed = [job for job in reversed(self.jobs) if job.is_listed(now)]
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 10, _JOB_PAGES)
        if "id" in call.query:
            found = [job for job in listed if job.id == call.query["id"]]
        else:
            start, end = _period(call, now)
            found = [job for job in listed if start <= job.started.replace(microsecond=0) <= end]
        rows = [job.row(now) for job in found[offset : offset + limit]]
        return Answer.json(200, {"jobs": rows, "total_count": len(found)})

    def list_instances(self, call: Call, now: datetime) -> Answer:
        """List one page of the instances; an id or name like `*abc` matches what contains abc."""
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 100, _HUNDRED)
        found = [
            instance
            for instance in self.instances.values()
            if instance.is_listed(now)
            and _matches(call.query.get("id"), instance.id)
            and _matches(call.query.get("name"), instance.name)
        ]
        if call.query.get("datastore_type", "redis") != "redis":
            found = []
        rows = [instance.row() for instance in found[offset : offset + limit]]
        return Answer.json(200, {"instances": rows, "total_count": len(found)})

    def back_up(self, call: Call, now: datetime) -> Answer:
        """Start a manual backup: 202, its id and the id of its job."""
        instance = self._instance(call)
        asked = read(call.body, NewBackup)
        self._check_idle(instance)
        if instance.status != "normal":
            raise service_error(403, "DBS.200019", "The status of the instance forbids it.")
        backup, job = instance.back_up(asked.name, asked.description, now)
        self.backups.append(backup)
        self.jobs.append(job)
        return Answer.json(202, {"job_id": job.id, "backup_id": backup.id})

    def list_backups(self, call: Call, now: datetime) -> Answer:
        """List one page of the manual backups, newest first; there are no automated ones."""
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 100, _HUNDRED)
        kind = call.query.get("backup_type")
        if kind not in (None, *_BACKUP_TYPES):
            raise bad_parameter(f"backup_type is one of {', '.join(_BACKUP_TYPES)}.")
        found = [
            backup
            for backup in reversed(self.backups)
            if now >= backup.listed
            and kind in (None, "Manual")
            and call.query.get("instance_id") in (None, backup.instance_id)
            and call.query.get("backup_id") in (None, backup.id)
            and call.query.get("datastore_type", "redis") == "redis"
        ]
        rows = [backup.row() for backup in found[offset : offset + limit]]
        return Answer.json(200, {"backups": rows, "total_count": len(found)})

    def delete_backup(self, call: Call, now: datetime) -> Answer:
        """Start to delete a backup: 202 and the id of a job."""
        backup = self._backup(call.backup_id, "DBS.201214")
        if backup.restoring:
            raise service_error(400, "DBS.201319", "The backup is being restored.")
        if backup.status == "BUILDING" or backup.deleting:
            raise service_error(400, "DBS.201204", "The state of the backup forbids it.")
        script = self.deletions
        backup.deleting = True
        self._clock.call_at(now + script.lasts, partial(self._delete_backup, backup, script))
        return Answer.json(202, {"job_id": str(uuid.uuid4())})

    def restore_to_new(self, call: Call, now: datetime) -> Answer:
        """Start to restore a backup to a new instance: 202, its id and the id of its job."""
        asked = read_restore(call.body)
        backup = self._backup(asked.restore_info.backup_id, "DBS.301024")
        self._check_copy(asked, backup)
        shape = asked.shape(backup.shape)
        made = RedisInstance(
            f"{uuid.uuid4().hex}in12", asked.name, self._clock, pitr=None, shape=shape
        )
        made.mode, made.password = asked.mode, asked.password
        source = self.instances.get(backup.instance_id)
        job = made.make_from(backup, self.copies, source, now)
        self.instances[made.id] = made
        self.made.append(made)
        self.jobs.append(job)
        row = made.row()
        told = {
            "id",
            "name",
            "status",
            "mode",
            "region",
            "availability_zone",
            "vpc_id",
            "datastore",
        }
        repeated = {key: value for key, value in row.items() if key in told}
        return Answer.json(202, {**repeated, "job_id": job.id})

    def delete(self, call: Call, now: datetime) -> Answer:
        """Start to delete an instance: 202 and the id of a job. Its backups stay."""
        instance = self._instance(call)
        if instance.shape.by_the_month:
            raise service_error(400, "DBS.280404", "A yearly or monthly instance is unsubscribed.")
        self._check_idle(instance)
        script = self.deletions
        instance.deleting = True
        self._clock.call_at(now + script.lasts, partial(self._delete, instance, script))
        return Answer.json(202, {"job_id": str(uuid.uuid4())})

    def list_tags(self, call: Call, _: datetime) -> Answer:
        """List the tags of an instance."""
        tags = self._instance(call).tags
        rows = [{"key": key, "value": value} for key, value in tags.items()]
        return Answer.json(200, {"tags": rows})

    def tag(self, call: Call, _: datetime) -> Answer:
        """Give an instance tags: 200 and no body."""
        instance = self._instance(call)
        tags = instance.tags | read(call.body, Tags).pairs()
        if len(tags) > _MOST_TAGS:
            raise bad_parameter(f"An instance has at most {_MOST_TAGS} tags.")
        instance.tags = tags
        return Answer(200, b"", {"Content-Type": "text/html"})

    def _delete(self, instance: RedisInstance, script: DeletionScript, _: datetime) -> None:
        instance.deleting = False
        if not script.fail_reason:
            self.deleted.append(self.instances.pop(instance.id))
            instance.close()

    def _delete_backup(self, backup: Backup, script: DeletionScript, _: datetime) -> None:
        backup.deleting = False
        if not script.fail_reason:
            self.backups.remove(backup)

    def _backup(self, backup_id: str, code: str) -> Backup:
        for backup in self.backups:
            if backup.id == backup_id:
                return backup
        raise service_error(400, code, "The backup does not exist.")

    def _check_idle(self, instance: RedisInstance) -> None:
        if instance.is_busy:
            raise service_error(403, "DBS.200011", "Another operation runs on the instance.")

    def _check_copy(self, asked: Asked, backup: Backup) -> None:
        """Raise the error for the first reason that prevents a restore to a new instance."""
        if backup.status != "COMPLETED" or backup.deleting:
            raise service_error(400, "DBS.301024", "The backup cannot be restored.")
        if (asked.datastore.version, asked.mode) != (backup.shape.version, backup.mode):
            raise bad_parameter("Version and mode are those of the backup.")
        if asked.nodes < backup.shape.nodes or asked.volume_gb < backup.shape.volume_gb:
            raise bad_parameter("The new instance is smaller than the original.")
        asked.check()
        if len(self.instances) >= self.quota:
            raise service_error(413, "DBS.200046", "The quota of instances is used up.")

    def _instance(self, call: Call) -> RedisInstance:
        instance = self.instances.get(call.instance_id)
        if instance is None:
            raise no_such_instance(call.instance_id)
        return instance

    def _check_restorable(self, instance: RedisInstance, restore_time: str, now: datetime) -> None:
        """Raise the error for the first reason that prevents a restore.

        Only busy has a documented code. The other codes are chosen among the documented ones of
        their kind.
        """
        if instance.mode not in _RESTORABLE_MODES:
            raise service_error(400, "DBS.280404", "Only a proxy cluster can be restored.")
        if instance.pitr is None:
            raise service_error(400, "DBS.280404", "Point-in-time restore is not enabled.")
        if instance.actions or instance.deleting:
            raise service_error(403, "DBS.200011", "Another operation runs on the instance.")
        if instance.status != "normal":
            raise service_error(403, "DBS.200019", "The status of the instance forbids it.")
        if restore_time not in instance.restorable(now):
            raise service_error(400, "DBS.201215", "The time is not one that can be restored.")


def _matches(wanted: str | None, value: str) -> bool:
    if wanted is None:
        return True
    return wanted[1:] in value if wanted.startswith("*") else wanted == value


def _period(call: Call, now: datetime) -> tuple[datetime, datetime]:
    """Read the period of a query for jobs; both ends are optional."""
    end = call.moment("end_time") or now
    try:
        start = call.moment("start_time") or end - _LONGEST_JOB_QUERY
    except OverflowError as before_the_first_year:
        raise bad_parameter("end_time is too early.") from before_the_first_year
    if not timedelta(0) <= end - start <= _LONGEST_JOB_QUERY:
        raise bad_parameter("start_time and end_time must be at most 30 days apart.")
    return start, end
