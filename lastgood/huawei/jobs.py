"""Jobs as the services list them: rows whose fields may be of any type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from lastgood.domain import times
from lastgood.domain.restore import Job
from lastgood.huawei.errors import one_line


def job_of(fields: Mapping[str, Any], progress: str = "progress", began: str = "start_time") -> Job:
    """Read a row; one odd field, or row, must not hide the other jobs."""
    instance = fields.get("instance")
    return Job(
        id=_text(fields.get("id")),
        status=_text(fields.get("status")) or "not told",
        instance=(_text(instance.get("id")) or None) if isinstance(instance, dict) else None,
        progress=_text(fields.get(progress)),
        started_at=moment_of(fields.get(began)),
        fail_reason=_text(fields.get("fail_reason")) or None,
    )


def _text(value: object) -> str:
    return one_line(str(value)) if isinstance(value, str | int) else ""


def moment_of(text: object) -> datetime | None:
    """A time of a row; the row counts even if it cannot be read."""
    try:
        return times.SERVICE.parse(cast("str", text))
    except (ValueError, TypeError):
        return None
