"""The event corpus, moved in time and to other instances, as if its alarms went off just now.

The files and their timeline are described in `events/README.md`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ONSET", "TRANSITION", "event"]

_EVENTS = Path(__file__).parent.parent / "events"

TRANSITION = datetime(2026, 2, 17, 11, 53, 8, 431000, tzinfo=UTC)
"""When the alarm of the orders cache went off, in every format."""

ONSET = datetime(2026, 2, 17, 11, 49, tzinfo=UTC)
"""When the keys of the orders cache were gone: the first breaching datapoint."""

_SECOND = timedelta(seconds=1)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>\.\d{3})?(?P<zone>Z|\+0000)")
_IN_REASON = re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d")


def event(
    name: str, transition: datetime | None = None, renamed: Mapping[str, str] | None = None
) -> bytes:
    """Return an event of the corpus, by the name of its file without `.json`.

    With `transition` the alarm goes off at that time or less than a second before: every time in
    the event moves by the same number of whole seconds, because its reason names datapoints only to
    the second. `renamed` maps texts to their replacements, such as an instance id.
    """
    text = (_EVENTS / f"{name}.json").read_text(encoding="utf-8")
    if transition is not None:
        by = (transition - TRANSITION) // _SECOND * _SECOND
        text = _ISO.sub(partial(_move_iso, by), text)
        text = _IN_REASON.sub(partial(_move_in_reason, by), text)
    for old, new in (renamed or {}).items():
        text = text.replace(old, new)
    return text.encode()


def _move_iso(by: timedelta, found: re.Match[str]) -> str:
    moment = datetime.fromisoformat(found[0]) + by
    fraction = f".{moment.microsecond // 1000:03d}" if found["fraction"] else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{found['zone']}"


def _move_in_reason(by: timedelta, found: re.Match[str]) -> str:
    moment = datetime.strptime(found[0] + "+0000", "%d/%m/%y %H:%M:%S%z") + by
    return f"{moment:%d/%m/%y %H:%M:%S}"
