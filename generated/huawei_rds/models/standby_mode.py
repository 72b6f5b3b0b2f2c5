from typing import Literal

StandbyMode = Literal["Ha"]

STANDBY_MODE_VALUES: set[StandbyMode] = {
    "Ha",
}


def check_standby_mode(value: str) -> StandbyMode:
    if value in STANDBY_MODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {STANDBY_MODE_VALUES!r}")
