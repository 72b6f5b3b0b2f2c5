from typing import Literal

StandbyReplicationMode = Literal["async", "semisync", "sync"]

STANDBY_REPLICATION_MODE_VALUES: set[StandbyReplicationMode] = {
    "async",
    "semisync",
    "sync",
}


def check_standby_replication_mode(value: str) -> StandbyReplicationMode:
    if value in STANDBY_REPLICATION_MODE_VALUES:
        return value
    raise TypeError(
        f"Unexpected value {value!r}. Expected one of {STANDBY_REPLICATION_MODE_VALUES!r}"
    )
