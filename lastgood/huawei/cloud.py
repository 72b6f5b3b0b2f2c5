"""The Cloud port: one Huawei Cloud project through the generated client.

Reads are retried where that may help, and raise CloudError where it did not. The restore is sent
once and its outcome is one of three. Source: docs/facts/huawei.md
"The two API pages", "Operations", "Jobs and instances".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Literal, TypeVar, cast

import httpx
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
from huawei_pitr.models import Job as JobRow
from huawei_pitr.models import PitrPolicy as PitrPolicyBody
from huawei_pitr.types import UNSET, Response
from lastgood.domain import times
from lastgood.domain.ranges import Point, Points, Window, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Accepted, Job, Outcome, Refused, Unknown
from lastgood.domain.services import Endpoint
from lastgood.huawei.errors import fault_of, one_line
from lastgood.huawei.rate_limit import Seconds
from lastgood.huawei.retrying import UNREADABLE, Model, fetch, odd, value_of
from lastgood.ports import CloudError

M = TypeVar("M", bound=Model)

PAGE = 100
JOBS_PAGE: Literal[50] = 50
FEW_DAYS = 3
"""Up to so many UTC days are queried one by one; for more, all windows are queried at once."""
MOST_PAGES = 250
"""Enough for 2,016 points in pages of ten, should a service give no more than that at a time."""

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""No connection came about, or no tunnel through a proxy: not a byte of the request was sent."""

JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


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
            rows += _rows(page.restore_time, what)
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
        for row in _rows(page.instances, what):
            if row.id == instance:
                return value_of(what, _state, row.to_dict())
        hint = "check the id, the project and the region in the policy"
        raise CloudError(f"{what}: there is no such instance", hint)

    def job(self, job: str) -> Job | None:
        """One job; None while the service does not list it."""
        what = f"job {job}"
        page = self._read(what, JobList, list_geminidb_jobs, {"id": job})
        found = (_job(row) for row in _rows(page.jobs, what))
        return next((seen for seen in found if seen.id == job), None)

    def jobs(self, since: datetime, until: datetime) -> list[Job]:
        """Every job that began in an interval of at most 30 days."""
        asked = {"limit": JOBS_PAGE} | _interval(since, until)
        return [_job(row) for row in self._pages("jobs", JobList, list_geminidb_jobs, asked)]

    def _read(self, what: str, model: type[M], operation: Any, asked: dict[str, Any]) -> M:
        """Read by an operation of the generated client, with what is asked of it."""
        client = self._rds if operation is list_rds_restore_windows else self._geminidb
        send = partial(operation.sync_detailed, self._project, client=client, **asked)
        return fetch(what, model, send, self._left).model

    def _pages(
        self, what: str, model: type[Model], operation: Any, asked: dict[str, Any]
    ) -> list[Any]:
        """Every row of a paged list: until the total is reached, or a page is empty.

        A total that was passed was wrong, and so does not say where the list ends.
        """
        rows: list[Any] = []
        for _ in range(MOST_PAGES):
            page: Any = self._read(what, model, operation, asked | {"offset": len(rows)})
            more = _rows(page.jobs if model is JobList else page.restore_time, what)
            rows += more
            if not more or len(rows) == page.total_count:
                return rows
        raise odd(what, f"a list without end: {len(rows)} rows and more")

    def skew(self, endpoint: Endpoint) -> timedelta | None:
        """How far our clock was ahead of an endpoint's at its last response."""
        return self._skew(endpoint)

    # The write

    def restore(self, instance: str, restore_time: str) -> Outcome:
        """Send the restore in place, once; every later write to the instance is lost.

        Accepted only with a 202 and a usable job id. A 4xx, or a connection that never came about,
        is a refusal: nothing was restored. Everything else is unknown.
        """
        try:
            return self._send_restore(instance, InPlaceRestore(restore_time=restore_time))
        except CloudError as error:  # there are no credentials to send it with
            for_good = error.trouble in {"permission", "permanent"}
            return Refused("not-sent", error.message, "permission" if for_good else "unsent")
        except NOT_SENT as error:
            return Refused("not-sent", f"no connection was made ({type(error).__name__})", "unsent")
        except httpx.HTTPStatusError as error:  # a status without a name
            return _refused_or_unknown(error.response)
        except httpx.HTTPError as error:
            return Unknown(f"no usable answer came ({type(error).__name__})")
        except UNREADABLE as error:
            return Unknown(f"the answer could not be read ({type(error).__name__})")

    def _send_restore(self, instance: str, body: InPlaceRestore) -> Outcome:
        response = restore_redis_instance_in_place.sync_detailed(
            self._project, instance, client=self._geminidb, body=body
        )
        if isinstance(response.parsed, AcceptedRestore):
            return _accepted(response.parsed.job_id)
        return _refused_or_unknown(response)


def _accepted(job: object) -> Outcome:
    """Accepted as this job; the client does not check what it is."""
    if isinstance(job, str) and JOB_ID.fullmatch(job):
        return Accepted(job)
    return Unknown("the service accepted without a usable job id")


def _refused_or_unknown(response: httpx.Response | Response[Any]) -> Outcome:
    fault = fault_of(response)
    if fault.row.put == "unknown":
        return Unknown(f"the service answered {fault.text}")
    return Refused(fault.code, fault.text, fault.row.put)


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


def _rows(value: object, what: str) -> list[Any]:
    """A list, checked to be one: the generated models accept anything."""
    if not isinstance(value, list):
        raise odd(what, f"no list but {type(value).__name__}")
    return value


def _state(fields: dict[str, Any]) -> InstanceState:
    """What is missing counts as unfit: an instance without `actions` is not an idle one."""
    unfit = {"status": "not told", "actions": ["not told"]}
    return msgspec.convert(unfit | fields, InstanceState)


def _job(row: JobRow) -> Job:
    """A row whose fields may be of any type: one odd row must not hide the other jobs."""
    fields = row.to_dict()
    instance = fields.get("instance")
    return Job(
        id=_text(row.id),
        status=_text(fields.get("status")) or "not told",
        instance=(_text(instance.get("id")) or None) if isinstance(instance, dict) else None,
        progress=_text(fields.get("progress")),
        started_at=_moment(fields.get("start_time")),
        fail_reason=_text(fields.get("fail_reason")) or None,
    )


def _text(value: object) -> str:
    return one_line(str(value)) if isinstance(value, str | int) else ""


def _moment(text: object) -> datetime | None:
    """A time of a job; the job counts even if it cannot be read."""
    try:
        return times.SERVICE.parse(cast("str", text))
    except (ValueError, TypeError):
        return None
