"""The Cloud port: one Huawei Cloud project through the generated client.

Reads are retried where that may help, and raise CloudError where it did not. The restore is sent
once and its outcome is one of three. Source: docs/facts/huawei.md
"The two API pages", "Operations", "Jobs and instances".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from huawei_pitr import Client
from huawei_pitr.api.geminidb import (
    list_geminidb_instances,
    list_geminidb_jobs,
    list_redis_restore_points,
    restore_redis_instance_in_place,
    show_redis_pitr_policy,
)
from huawei_pitr.api.rds import list_rds_restore_windows
from huawei_pitr.models import (
    AcceptedRestore,
    InPlaceRestore,
    InstanceList,
    JobList,
    RestorePoints,
    RestoreWindows,
)
from huawei_pitr.models import PitrPolicy as PitrPolicyBody
from huawei_pitr.types import UNSET
from lastgood.domain import times
from lastgood.domain.ranges import Point, Points, Window, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Accepted, Job, Outcome, Unknown
from lastgood.domain.services import Endpoint
from lastgood.huawei.jobs import job_of
from lastgood.huawei.rate_limit import Seconds
from lastgood.huawei.retrying import Model, Parsed, every_row, fetch, rows_of, value_of
from lastgood.huawei.writes import send_once, usable
from lastgood.ports import CloudError

M = TypeVar("M", bound=Model)

PAGE = 100
JOBS_PAGE: Literal[50] = 50
FEW_DAYS = 3
"""Up to so many UTC days are queried one by one; for more, all windows are queried at once."""


class HuaweiCloud:
    """The Cloud port, by a client for each service of a project; threads may share it.

    Every read may raise CloudError; `left` is how much time there is for them, in seconds, `skew`
    how far our clock was ahead of an endpoint's at its last response.
    """

    def __init__(
        self,
        project: str,
        geminidb: Client,
        rds: Client,
        left: Seconds,
        skew: Callable[[Endpoint], timedelta | None] = lambda _: None,
    ) -> None:
        self._project = project
        self._geminidb = geminidb
        self._rds = rds
        self._left = left
        self._skew = skew

    def windows(
        self, instance: str, since: datetime | None = None, until: datetime | None = None
    ) -> Windows:
        """What RDS can restore; of the UTC days from `since` to `until` where both are given."""
        what = f"restorable windows of {instance}"
        rows: list[Any] = []
        for day in _days(since, until):
            asked = {"instance_id": instance, "date": day or UNSET}
            page = self._read(what, RestoreWindows, list_rds_restore_windows, asked)
            rows += rows_of(page.restore_time, what)
        found = (value_of(what, Window.from_millis, row.start_time, row.end_time) for row in rows)
        return Windows.merge(window for window in found if window)

    def points(self, instance: str, since: datetime, until: datetime) -> Points:
        """The restorable points of a Redis instance, every page of them, verbatim."""
        what = f"restorable points of {instance}"
        asked = {"instance_id": instance, "limit": PAGE} | _interval(since, until)
        texts = self._pages(what, RestorePoints, list_redis_restore_points, asked)
        return value_of(what, lambda: Points.of(map(Point.from_text, texts)))

    def pitr_policy(self, instance: str) -> PitrPolicy:
        """Whether point-in-time recovery is on, how often a point is made, how long it is kept."""
        what = f"PITR policy of {instance}"
        asked = {"instance_id": instance}
        body = self._read(what, PitrPolicyBody, show_redis_pitr_policy, asked).to_dict()
        return value_of(what, lambda: msgspec.convert(body, PitrPolicy))

    def state(self, instance: str) -> InstanceState:
        """How an instance is; one that does not exist is a CloudError."""
        what = f"state of {instance}"
        asked = {"id": instance, "limit": PAGE}
        page = self._read(what, InstanceList, list_geminidb_instances, asked)
        for row in rows_of(page.instances, what):
            if row.id == instance:
                return value_of(what, _state, row.to_dict())
        hint = "check the id, the project and the region in the policy"
        raise CloudError(f"{what}: there is no such instance", hint)

    def job(self, job: str) -> Job | None:
        """One job; None while the service does not list it."""
        what = f"job {job}"
        page = self._read(what, JobList, list_geminidb_jobs, {"id": job})
        found = (job_of(row.to_dict()) for row in rows_of(page.jobs, what))
        return next((seen for seen in found if seen.id == job), None)

    def jobs(self, since: datetime, until: datetime) -> list[Job]:
        """Every job that began in an interval of at most 30 days."""
        asked = {"limit": JOBS_PAGE} | _interval(since, until)
        rows = self._pages("jobs", JobList, list_geminidb_jobs, asked)
        return [job_of(row.to_dict()) for row in rows]

    def _read(self, what: str, model: type[M], operation: Any, asked: dict[str, Any]) -> M:
        """Read by an operation of the generated client, with what is asked of it."""
        client = self._rds if operation is list_rds_restore_windows else self._geminidb
        send = partial(operation.sync_detailed, self._project, client=client, **asked)
        return fetch(what, model, send, self._left).model

    def _pages(
        self, what: str, model: type[Model], operation: Any, asked: dict[str, Any]
    ) -> list[Any]:
        """Every row of a paged list."""

        def page(offset: int) -> tuple[object, object]:
            found: Any = self._read(what, model, operation, asked | {"offset": offset})
            return found.jobs if model is JobList else found.restore_time, found.total_count

        return every_row(what, page)

    def skew(self, endpoint: Endpoint) -> timedelta | None:
        """How far our clock was ahead of an endpoint's at its last response."""
        return self._skew(endpoint)

    # The write

    def restore(self, instance: str, restore_time: str) -> Outcome:
        """Send the restore in place, once; every later write to the instance is lost.

        Accepted only with a 202 and a usable job id.
        """
        send = partial(
            restore_redis_instance_in_place.sync_detailed,
            self._project,
            instance,
            client=self._geminidb,
            body=InPlaceRestore(restore_time=restore_time),
        )
        return send_once(send, _accepted)


def _accepted(response: Parsed) -> Outcome | None:
    """Accepted as this job; the client does not check what it is."""
    if not isinstance(response.parsed, AcceptedRestore):
        return None
    job = response.parsed.job_id
    return Accepted(job) if usable(job) else Unknown("the service accepted without a usable job id")


# What the reads are made of


def _days(since: datetime | None, until: datetime | None) -> Sequence[date | None]:
    if since and until and len(days := times.utc_days(since, until)) <= FEW_DAYS:
        return days
    return [None]


def _interval(since: datetime, until: datetime) -> dict[str, str]:
    """An interval, in the documented form and never narrower than it was given."""
    return {
        "start_time": times.SERVICE.print(times.floor_second(since), times.BEIJING),
        "end_time": times.SERVICE.print(times.ceil_second(until), times.BEIJING),
    }


def _state(fields: dict[str, Any]) -> InstanceState:
    """What is missing counts as unfit: an instance without `actions` is not an idle one."""
    unfit = {"status": "not told", "actions": ["not told"]}
    return msgspec.convert(unfit | fields | {"nodes": _nodes(fields)}, InstanceState)


class _Node(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-zA-Z]{1,64}\Z")]


class _Group(msgspec.Struct):
    nodes: list[_Node]


def _nodes(fields: dict[str, Any]) -> list[str]:
    """The ids of its nodes; none where they are told in another way: no restore needs them."""
    try:
        groups = msgspec.convert(fields.get("groups"), list[_Group])
    except msgspec.ValidationError:
        return []
    return [node.id for group in groups for node in group.nodes]
