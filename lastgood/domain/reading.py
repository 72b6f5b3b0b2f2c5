"""What the cloud and the ledger said, at one moment: all that a decision rests on.

Kept as data, so that the decision can be made again from the record years later.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from lastgood.domain.ranges import RestorableRange
from lastgood.domain.services import Endpoint


class InstanceState(msgspec.Struct, frozen=True):
    """How an instance is: fit for a restore when `status` is normal and `actions` is empty."""

    status: str
    actions: tuple[str, ...] = ()
    mode: str = ""


class PitrPolicy(msgspec.Struct, frozen=True):
    """Whether point-in-time recovery is on; minutes between points and days kept, when it is."""

    enabled: bool
    interval: int | None = None
    keep_days: int | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One instance as the cloud described it; `state` and `pitr` None where that service has none.

    `source` is the service whose range it is: for a Redis instance gated by an RDS window, `rds`.
    """

    instance: str
    source: Endpoint
    range: RestorableRange
    state: InstanceState | None = None
    pitr: PitrPolicy | None = None


class Readings(msgspec.Struct, frozen=True):
    """The instance to be recovered, and those whose ranges must hold the target as well."""

    own: Reading
    companions: tuple[Reading, ...] = ()

    @property
    def all(self) -> tuple[Reading, ...]:
        """Every range in play, the instance's own first."""
        return (self.own, *self.companions)


class PastRecovery(msgspec.Struct, frozen=True):
    """The last recovery of an instance that sent its request; `restored` if it went well."""

    incident: str
    target: datetime
    ended_at: datetime
    restored: bool = True


class History(msgspec.Struct, frozen=True):
    """What the ledger knows of an instance, and of the alarm that is asked about.

    `active` is the incident being recovered now, `cleared_at` when the alarm last went to OK.
    """

    last: PastRecovery | None = None
    active: str | None = None
    cleared_at: datetime | None = None
