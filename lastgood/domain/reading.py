"""What the cloud and the ledger said, at one moment: all that a decision rests on.

Kept as data, so that the decision can be made again from the record years later.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from lastgood.domain.policy import Recover
from lastgood.domain.ranges import RestorableRange
from lastgood.domain.services import Endpoint


class InstanceState(msgspec.Struct, frozen=True):
    """How an instance is: fit for a restore when `status` is normal and `actions` is empty.

    `nodes` are the ids of what it consists of, as far as the service tells them.
    """

    status: str
    actions: tuple[str, ...] = ()
    mode: str = ""
    nodes: tuple[str, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether it is normal, and doing nothing."""
        return self.status == "normal" and not self.actions


class PitrPolicy(msgspec.Struct, frozen=True):
    """Whether point-in-time recovery is on; minutes between points and days kept, when it is."""

    enabled: bool
    interval: int | None = None
    keep_days: int | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One instance as the cloud described it; `state` and `pitr` None where that service has none.

    `source` is the service whose range it is, `skew_seconds` how far our clock was ahead of that
    service's own (None where it was not measured).
    """

    instance: str
    source: Endpoint
    range: RestorableRange
    state: InstanceState | None = None
    pitr: PitrPolicy | None = None
    skew_seconds: int | None = None


class Readings(msgspec.Struct, frozen=True):
    """The instance to be recovered, and those whose ranges must hold the target as well.

    `paired` are the ids of those of which a copy is made at the same moment.
    """

    own: Reading
    companions: tuple[Reading, ...] = ()
    paired: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[Reading, ...]:
        """Every range in play, the instance's own first."""
        return (self.own, *self.companions)


class PastRecovery(msgspec.Struct, frozen=True):
    """The last recovery of an instance that sent its request.

    `restored` if the instance itself was taken back and that went well; after a copy, which is its
    other `way`, it is as it was before.
    `running` is set while its restore is not known to have ended: `ended_at` is then only when
    nothing followed it any more, and `job` what to ask for (None if that is not known either).
    """

    incident: str
    target: datetime
    ended_at: datetime
    restored: bool = True
    running: bool = False
    job: str | None = None
    sent_at: datetime | None = None
    way: Recover = "in-place"

    @property
    def undid(self) -> bool:
        """Whether it took the instance itself back, and so undid what came after its target."""
        return self.way == "in-place"


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident that nothing has settled says: since when the data may have been bad.

    `joined` is the incident that this transition was taken into, where it opened none of its own.
    """

    incident: str
    source: str
    changed_at: datetime
    onset: datetime
    joined: str | None = None


class History(msgspec.Struct, frozen=True):
    """What the ledger knows of an instance, and of the alarm that is asked about.

    `active` is the incident being recovered now, `cleared_at` when the alarm last went to OK.
    `suspects` are the other incidents that nothing has settled, `cleared` those of them whose alarm
    went back to OK since. `proposed` are other incidents of the instance that wait for a person.
    """

    last: PastRecovery | None = None
    active: str | None = None
    cleared_at: datetime | None = None
    suspects: tuple[Suspect, ...] = ()
    cleared: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()

    @property
    def undone(self) -> PastRecovery | None:
        """The last recovery, if it took the instance itself back."""
        return self.last if self.last and self.last.undid else None
