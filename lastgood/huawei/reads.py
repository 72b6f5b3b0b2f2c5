"""Every read, as the questions it takes and what is made of the answers.

Sources: docs/facts/huawei.md "The two API pages", "Operations", "Jobs and instances".
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import date, datetime
from typing import Any, Literal, cast

import msgspec

from huawei_pitr.api.geminidb import (
    list_geminidb_instances,
    list_geminidb_jobs,
    list_redis_restore_points,
    show_redis_pitr_policy,
)
from huawei_pitr.api.rds import list_rds_restore_windows
from huawei_pitr.models import InstanceList, JobList, RestorePoints, RestoreWindows
from huawei_pitr.models import Job as JobRow
from huawei_pitr.models import PitrPolicy as PitrPolicyBody
from huawei_pitr.types import UNSET
from lastgood.domain import times
from lastgood.domain.ranges import Point, Points, Window, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Job
from lastgood.huawei.asking import Conversation, Question, odd, value_of
from lastgood.huawei.errors import one_line
from lastgood.ports import CloudError

PAGE = 100
JOBS_PAGE: Literal[50] = 50
FEW_DAYS = 3
"""Up to so many UTC days are asked for one by one; for more, all windows are asked for at once."""
MOST_PAGES = 250
"""Enough for 2,016 points in pages of ten, should a service give no more than that at a time."""


def windows(
    project: str, instance: str, since: datetime | None, until: datetime | None
) -> Conversation[Windows]:
    """What RDS can restore; of the UTC days from `since` to `until` where both are given."""
    what = f"restorable windows of {instance}"
    rows: list[Any] = []
    for day in _days(since, until):
        asked = {
            "project_id": project,
            "instance_id": instance,
            "date": UNSET if day is None else day,
        }
        answer: RestoreWindows = yield Question(
            what, RestoreWindows, list_rds_restore_windows, asked
        )
        rows += _rows(answer.restore_time, what)
    found = (value_of(what, Window.from_millis, row.start_time, row.end_time) for row in rows)
    return Windows.merge(window for window in found if window)


def _days(since: datetime | None, until: datetime | None) -> Sequence[date | None]:
    if since and until and len(days := times.utc_days(since, until)) <= FEW_DAYS:
        return days
    return [None]


def points(project: str, instance: str, since: datetime, until: datetime) -> Conversation[Points]:
    """The restorable points of a Redis instance, every page of them, verbatim."""
    what = f"restorable points of {instance}"
    asked = {"project_id": project, "instance_id": instance, "limit": PAGE}
    question = Question(what, RestorePoints, list_redis_restore_points, asked | _span(since, until))
    texts = yield from _pages(question, lambda page: page.restore_time)
    return Points.of(value_of(what, Point.from_text, text) for text in texts)


def pitr_policy(project: str, instance: str) -> Conversation[PitrPolicy]:
    """Whether point-in-time recovery is on, how often a point is made, how long it is kept."""
    what = f"PITR policy of {instance}"
    asked = {"project_id": project, "instance_id": instance}
    answer = yield Question(what, PitrPolicyBody, show_redis_pitr_policy, asked)
    return value_of(what, lambda: msgspec.convert(answer.to_dict(), PitrPolicy))


def state(project: str, instance: str) -> Conversation[InstanceState]:
    """How an instance is; what the service does not say counts as not fit."""
    what = f"state of {instance}"
    asked = {"project_id": project, "id": instance, "limit": PAGE}
    answer = yield Question(what, InstanceList, list_geminidb_instances, asked)
    for row in _rows(answer.instances, what):
        if row.id == instance:
            return value_of(what, _state, row.to_dict())
    hint = "check the id, the project and the region in the policy"
    raise CloudError(f"{what}: there is no such instance", hint)


def job(project: str, name: str) -> Conversation[Job | None]:
    """One job; None while the service does not list it."""
    what = f"job {name}"
    asked = {"project_id": project, "id": name}
    answer = yield Question(what, JobList, list_geminidb_jobs, asked)
    found = (_job(row) for row in _rows(answer.jobs, what))
    return next((seen for seen in found if seen.id == name), None)


def jobs(project: str, since: datetime, until: datetime) -> Conversation[list[Job]]:
    """Every job that began in an interval of at most 30 days."""
    asked = {"project_id": project, "limit": JOBS_PAGE} | _span(since, until)
    question = Question("jobs", JobList, list_geminidb_jobs, asked)
    rows = yield from _pages(question, lambda page: page.jobs)
    return [_job(row) for row in rows]


def _span(since: datetime, until: datetime) -> dict[str, str]:
    """An interval, in the documented form and never narrower than it was given."""
    return {
        "start_time": times.SERVICE.print(times.floor_second(since), times.BEIJING),
        "end_time": times.SERVICE.print(times.ceil_second(until), times.BEIJING),
    }


def _pages(question: Question[Any], rows_of: Any) -> Generator[Question[Any], Any, list[Any]]:
    """Every row of a paged list: until the total is reached, or a page is empty.

    A total that was passed was wrong, and so tells nothing about where the list ends.
    """
    rows: list[Any] = []
    for _ in range(MOST_PAGES):
        asked = question.parameters | {"offset": len(rows)}
        page = yield Question(question.what, question.kind, question.operation, asked)
        more = _rows(rows_of(page), question.what)
        rows += more
        if not more or len(rows) == page.total_count:
            return rows
    raise odd(question.what, f"a list without end: {len(rows)} rows and more")


def _rows(value: object, what: str) -> list[Any]:
    """A list, checked to be one: the generated models take whatever comes."""
    if not isinstance(value, list):
        raise odd(what, f"no list but {type(value).__name__}")
    return value


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
