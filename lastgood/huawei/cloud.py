"""One Huawei Cloud project, through the generated client.

Reads are tried again when that may help, and raise CloudError when it did not. The restore is sent
once and its outcome is one of three. Sources: the two API pages in `seeds/`, huawei-facts.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Literal, cast

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
from lastgood.huawei.asking import UNREADABLE, ask, pages, rows_of, value_of
from lastgood.huawei.errors import one_line, read_fault
from lastgood.ports import CloudError

TIMEOUT = httpx.Timeout(connect=5, read=20, write=10, pool=5)
"""Seconds. Always set: the generated client has none of its own."""

PAGE = 100
JOBS_PAGE: Literal[50] = 50
FEW_DAYS = 3
"""Up to so many UTC days are asked for one by one; for more, all windows are asked for at once."""

JOB_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class HuaweiCloud:
    """The Cloud port over two services that share a project and credentials."""

    def __init__(self, project: str, geminidb: Client, rds: Client) -> None:
        self._project = project
        self._geminidb = geminidb
        self._rds = rds

    # Reads

    def windows(
        self, instance: str, since: datetime | None = None, until: datetime | None = None
    ) -> Windows:
        """What RDS can restore; of the UTC days from `since` to `until` where both are given.

        Raises:
            CloudError: the service did not answer as documented.
        """
        days: Sequence[date | None] = [None]
        if since and until and len(asked := times.utc_days(since, until)) <= FEW_DAYS:
            days = asked
        return Windows.merge(w for day in days for w in self._windows_of(instance, day))

    def _windows_of(self, instance: str, day: date | None) -> Iterator[Window]:
        what = f"restorable windows of {instance}"
        answer = ask(
            what,
            RestoreWindows,
            lambda: list_rds_restore_windows.sync_detailed(
                self._project, instance, client=self._rds, date=UNSET if day is None else day
            ),
        )
        for row in rows_of(answer.restore_time, what):
            if window := value_of(what, Window.from_millis, row.start_time, row.end_time):
                yield window

    def points(self, instance: str, since: datetime, until: datetime) -> Points:
        """The restorable points of a Redis instance, every page of them, verbatim.

        Raises:
            CloudError: the service did not answer as documented.
        """
        what = f"restorable points of {instance}"

        def page(offset: int) -> tuple[list[Any], object]:
            answer = ask(
                what,
                RestorePoints,
                lambda: list_redis_restore_points.sync_detailed(
                    self._project,
                    instance,
                    client=self._geminidb,
                    start_time=times.SERVICE.print(times.floor_second(since), times.BEIJING),
                    end_time=times.SERVICE.print(times.ceil_second(until), times.BEIJING),
                    offset=offset,
                    limit=PAGE,
                ),
            )
            return rows_of(answer.restore_time, what), answer.total_count

        return Points.of(value_of(what, Point.from_text, text) for text in pages(page, what))

    def pitr_policy(self, instance: str) -> PitrPolicy:
        """Whether point-in-time recovery is on, how often a point is made, how long it is kept.

        Raises:
            CloudError: the service did not answer as documented.
        """
        what = f"PITR policy of {instance}"
        answer = ask(
            what,
            PitrPolicyBody,
            lambda: show_redis_pitr_policy.sync_detailed(
                self._project, instance, client=self._geminidb
            ),
        )
        return value_of(what, _pitr_policy, answer.to_dict())

    def state(self, instance: str) -> InstanceState:
        """How an instance is; what the service does not say counts as not fit.

        Raises:
            CloudError: the service did not answer as documented, or knows no such instance.
        """
        what = f"state of {instance}"
        answer = ask(
            what,
            InstanceList,
            lambda: list_geminidb_instances.sync_detailed(
                self._project, client=self._geminidb, id=instance, limit=PAGE
            ),
        )
        for row in rows_of(answer.instances, what):
            if row.id == instance:
                return value_of(what, _state, row.to_dict())
        hint = "check the id, the project and the region in the policy"
        raise CloudError(f"{what}: there is no such instance", hint)

    def job(self, job: str) -> Job | None:
        """One job; None while the service does not list it.

        Raises:
            CloudError: the service did not answer as documented.
        """
        what = f"job {job}"
        answer = ask(
            what,
            JobList,
            lambda: list_geminidb_jobs.sync_detailed(self._project, client=self._geminidb, id=job),
        )
        found = (_job(row) for row in rows_of(answer.jobs, what))
        return next((seen for seen in found if seen.id == job), None)

    def jobs(self, since: datetime, until: datetime) -> list[Job]:
        """Every job that began in an interval of at most 30 days.

        Raises:
            CloudError: the service did not answer as documented.
        """
        what = "jobs"

        def page(offset: int) -> tuple[list[Any], object]:
            answer = ask(
                what,
                JobList,
                lambda: list_geminidb_jobs.sync_detailed(
                    self._project,
                    client=self._geminidb,
                    start_time=times.SERVICE.print(times.floor_second(since), times.BEIJING),
                    end_time=times.SERVICE.print(times.ceil_second(until), times.BEIJING),
                    offset=offset,
                    limit=JOBS_PAGE,
                ),
            )
            return rows_of(answer.jobs, what), answer.total_count

        return [_job(row) for row in pages(page, what)]

    # The write

    def restore(self, instance: str, restore_time: str) -> Outcome:
        """Ask for the restore in place, once; every later write to the instance is lost.

        Accepted only with a 202 and a job id that can be asked about. A 4xx, or a connection that
        never came about, is a refusal: nothing was restored. Everything else is unknown.
        """
        try:
            answer = restore_redis_instance_in_place.sync_detailed(
                self._project,
                instance,
                client=self._geminidb,
                body=InPlaceRestore(restore_time=restore_time),
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Refused("not-sent", f"no connection was made ({type(error).__name__})")
        except httpx.HTTPError as error:
            return Unknown(f"no usable answer came ({type(error).__name__})")
        except UNREADABLE as error:
            return Unknown(f"the answer could not be read ({type(error).__name__})")
        return _outcome(answer)


def _outcome(answer: Response[AcceptedRestore | str]) -> Outcome:
    if isinstance(answer.parsed, AcceptedRestore):
        job: object = answer.parsed.job_id  # the client does not check its type
        if isinstance(job, str) and JOB_ID.fullmatch(job):
            return Accepted(job)
        return Unknown("the service accepted without a usable job id")
    fault = read_fault(answer.status_code, answer.content, answer.headers)
    if fault.by_the_caller:
        return Refused(fault.code, fault.text)
    return Unknown(f"the service answered {fault.text}")


def _pitr_policy(fields: dict[str, Any]) -> PitrPolicy:
    return msgspec.convert(fields, PitrPolicy)


def _state(fields: dict[str, Any]) -> InstanceState:
    """What is not told is not fit: an instance without `actions` is not an idle one."""
    fit_for_nothing = {"status": "not told", "actions": ["not told"]}
    return msgspec.convert(fit_for_nothing | fields, InstanceState)


def _job(row: JobRow) -> Job:
    """A row whose fields may be of any type: one odd row must not hide the other jobs."""
    fields = row.to_dict()
    instance = fields.get("instance")
    return Job(
        id=_told(row.id),
        status=_told(fields.get("status")) or "not told",
        instance=(_told(instance.get("id")) or None) if isinstance(instance, dict) else None,
        progress=_told(fields.get("progress")),
        started_at=_moment(fields.get("start_time")),
        fail_reason=_told(fields.get("fail_reason")) or None,
    )


def _told(value: object) -> str:
    return one_line(str(value)) if isinstance(value, str | int) else ""


def _moment(text: object) -> datetime | None:
    """A time of a job; one that cannot be read is no reason to lose sight of the job."""
    try:
        return times.SERVICE.parse(cast("str", text))
    except (ValueError, TypeError):
        return None
