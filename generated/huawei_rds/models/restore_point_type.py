from typing import Literal

RestorePointType = Literal["timestamp"]

RESTORE_POINT_TYPE_VALUES: set[RestorePointType] = {
    "timestamp",
}


def check_restore_point_type(value: str) -> RestorePointType:
    if value in RESTORE_POINT_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RESTORE_POINT_TYPE_VALUES!r}")
