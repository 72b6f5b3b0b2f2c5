"""The event corpus, moved in time: the alarms of `events/`, as if they went off just now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = Path(__file__).parent.parent / "events"
TRANSITION = datetime(2026, 2, 17, 11, 53, 8, 431000, tzinfo=UTC)
"""When the alarm of the corpus went off, in all three of its shapes."""

# Each form in which an event writes a time: how it looks, how it is read and how written.
_FORMS: tuple[tuple[str, str, Callable[[datetime], str]], ...] = (
    (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000",
        "%Y-%m-%dT%H:%M:%S.%f%z",
        lambda t: f"{t:%Y-%m-%dT%H:%M:%S}.{t.microsecond // 1000:03d}+0000",
    ),
    (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        "%Y-%m-%dT%H:%M:%S%z",
        lambda t: f"{t:%Y-%m-%dT%H:%M:%SZ}",
    ),
    (
        r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d",
        "%d/%m/%y %H:%M:%S",
        lambda t: f"{t:%d/%m/%y %H:%M:%S}",
    ),
)


def event(name: str, transition: datetime | None = None) -> bytes:
    """An event of the corpus by its name without `.json`; moved so that it went off at `transition`.

    The datapoints move along, so they keep their distance from the transition.
    """
    text = (EVENTS / f"{name}.json").read_text(encoding="utf-8")
    if transition is not None:
        text = _moved(text, transition - TRANSITION)
    return text.encode()


def _moved(text: str, by: timedelta) -> str:
    for pattern, form, write in _FORMS:

        def move(found: re.Match[str], form: str = form, write: object = write) -> str:
            moment = datetime.strptime(found[0], form).replace(tzinfo=UTC)  # noqa: DTZ007 - all UTC
            return write(moment + by)  # type: ignore[operator,no-any-return] - bound early on purpose

        text = re.sub(pattern, move, text)
    return text
