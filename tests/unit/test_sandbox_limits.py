"""What the sandbox lets a durable execution write: as much as the service, and no more."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.durable_limits import MEBIBYTE, Limits, Meter
from sandbox.aws.endpoint import ApiError

SERVICE = Limits()


def update(number: int, payload: str = "", **more: Any) -> dict[str, Any]:
    return {"Id": str(number), "Type": "STEP", "Action": "SUCCEED", "Payload": payload, **more}


def test_three_thousand_operations_are_taken_and_one_more_is_not() -> None:
    meter = Meter()

    for action in ("START", "SUCCEED"):  # of the same operations
        updates = [update(number, Action=action) for number in range(3_000)]
        assert meter.excess(updates, SERVICE) is None
    assert meter.excess([update(3_000)], SERVICE) == "more than 3000 operations"


def test_a_hundred_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    meter, payload = Meter(), "x" * MEBIBYTE

    for _ in range(100):  # of the same operation, as a poll writes
        assert meter.excess([update(1, payload)], SERVICE) is None
    assert meter.excess([update(1, "x")], SERVICE) == "more than 104857600 bytes written"
    assert (meter.written, meter.largest) == (100 * MEBIBYTE, MEBIBYTE)


@pytest.mark.parametrize(
    "large",
    [
        update(1, "x" * (MEBIBYTE + 1)),
        update(1, "é" * (MEBIBYTE // 2 + 1)),  # bytes count, not characters
        update(1, Error={"ErrorMessage": "x" * MEBIBYTE}),
    ],
)
def test_a_payload_that_is_too_large_is_an_error_and_does_not_count(large: dict[str, Any]) -> None:
    meter = Meter()

    with pytest.raises(ApiError, match="STEP output payload size must be less than or equal to"):
        meter.excess([update(0), large], SERVICE)

    assert (meter.operations, meter.written) == (frozenset(), 0)
