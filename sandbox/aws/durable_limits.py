"""What one durable execution may write (docs/facts/aws.md "Durable functions: limits and meters").

The SDK's local runner enforces none of it. As the service does, a payload that is too large is an
error of the request, which the SDK takes for the end of the execution; and an execution that has
written too much is failed, its checkpoint answered without a token.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.aws.endpoint import ApiError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Limits", "Meter"]

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of one payload, operations of an execution, and bytes that all of them write."""

    payload: int = MEBIBYTE
    operations: int = 3_000
    written: int = 100 * MEBIBYTE


class Meter:
    """What one execution has written so far: its operations, all bytes, and the largest payload."""

    def __init__(self) -> None:
        self.operations: frozenset[str] = frozenset()
        self.written = 0
        self.largest = 0

    def excess(self, updates: Collection[Mapping[str, Any]], limits: Limits) -> str | None:
        """Which limit of an execution a checkpoint goes beyond; if none, it is counted.

        Raises ApiError for a payload that is too large.
        """
        sizes = {_size(update): update["Type"] for update in updates}
        largest = max(sizes, default=0)
        if largest > limits.payload:
            raise ApiError(
                400,
                "InvalidParameterValueException",
                f"{sizes[largest]} output payload size must be less than or equal to "
                f"{limits.payload} bytes.",
            )
        operations = self.operations.union(update["Id"] for update in updates)
        written = self.written + sum(map(_size, updates))
        if len(operations) > limits.operations:
            return f"more than {limits.operations} operations"
        if written > limits.written:
            return f"more than {limits.written} bytes written"
        self.operations, self.written = operations, written
        self.largest = max(self.largest, largest)
        return None


def _size(update: Mapping[str, Any]) -> int:
    error = json.dumps(update["Error"]) if "Error" in update else ""
    return len((update.get("Payload", "") + error).encode())
