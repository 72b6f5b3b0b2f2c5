"""The operations of GeminiDB that lastgood calls (docs/facts/huawei.md "Operations")."""

from __future__ import annotations

from datetime import datetime, timedelta

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

# The documents say "proxy cluster"; whether the second of these counts is unknown.
_RESTORABLE_MODES = ("Cluster", "CloudNativeCluster")


class GeminiDb:
    """The GeminiDB service. Each operation takes a call and the time, and returns an answer."""

    def __init__(self) -> None:
        self.instances: dict[str, RedisInstance] = {}
        self.jobs: list[Job] = []

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

    def list_instances(self, call: Call, _: datetime) -> Answer:
        """List one page of the instances; an id like `*abc` matches every id that contains abc."""
        offset = call.number("offset", 0, _ANY_OFFSET)
        limit = call.number("limit", 100, _HUNDRED)
        found = list(self.instances.values())
        wanted = call.query.get("id")
        if wanted is not None and wanted.startswith("*"):
            found = [instance for instance in found if wanted[1:] in instance.id]
        elif wanted is not None:
            found = [instance for instance in found if instance.id == wanted]
        if call.query.get("datastore_type", "redis") != "redis":
            found = []
        rows = [instance.row() for instance in found[offset : offset + limit]]
        return Answer.json(200, {"instances": rows, "total_count": len(found)})

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
        if instance.actions:
            raise service_error(403, "DBS.200011", "Another operation runs on the instance.")
        if instance.status != "normal":
            raise service_error(403, "DBS.200019", "The status of the instance forbids it.")
        if restore_time not in instance.restorable(now):
            raise service_error(400, "DBS.201215", "The time is not one that can be restored.")


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
