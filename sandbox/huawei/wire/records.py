"""The record of every request that reached the sandbox, as it was received."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, NamedTuple

__all__ = ["Puts", "RequestLog", "RequestRecord", "Service"]

Service = Literal["geminidb", "rds", "ces", "iam"]


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request.

    `operation` is "unknown" when no route matched. `target` is path and query exactly as sent,
    `query` the decoded parameters. Header names are lower-case; headers and body stay out of the
    repr, because they hold tokens and passwords. `status` is None until the request is answered,
    and stays None when the connection was dropped. `acted` says whether the cloud carried the
    operation out.
    """

    service: Service
    operation: str
    method: str
    target: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: datetime
    status: int | None = None
    acted: bool = False

    @property
    def path(self) -> str:
        """The path exactly as sent."""
        return self.target.partition("?")[0]


class Puts(NamedTuple):
    """How many restore PUTs arrived, and how many were carried out."""

    arrived: int
    acted: int


class RequestLog:
    """All requests in the order of their arrival."""

    def __init__(self) -> None:
        self._records: list[RequestRecord] = []
        self._changed = threading.Condition()

    def arrived(self, record: RequestRecord) -> int:
        """Record a request before it is handled; returns its number."""
        with self._changed:
            self._records.append(record)
            self._changed.notify_all()
            return len(self._records) - 1

    def acted(self, number: int) -> None:
        """Record that the cloud carried the request out."""
        with self._changed:
            self._records[number] = replace(self._records[number], acted=True)
            self._changed.notify_all()

    def answered(self, number: int, status: int) -> None:
        """Record the status of the answer that is about to be sent."""
        with self._changed:
            self._records[number] = replace(self._records[number], status=status)
            self._changed.notify_all()

    def all(self) -> tuple[RequestRecord, ...]:
        """Return all records."""
        with self._changed:
            return tuple(self._records)

    def to(self, operation: str) -> tuple[RequestRecord, ...]:
        """Return the records of one operation."""
        return tuple(record for record in self.all() if record.operation == operation)

    def wait_until(self, condition: Callable[[], bool], at_most: float) -> bool:
        """Wait until a condition on the records holds; False when the time is over."""
        with self._changed:
            return self._changed.wait_for(condition, at_most)
