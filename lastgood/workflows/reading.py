"""Reading an instance from the cloud: all that a decision or a measurement rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from lastgood.domain.policy import Instance, Policy
from lastgood.domain.ranges import intersect
from lastgood.domain.reading import Reading, Readings
from lastgood.domain.services import Endpoint
from lastgood.ports import Cloud

CloudByName = Callable[[str], Cloud]
"""Gives the cloud of this name in the policy."""

LONGEST_KEPT = timedelta(days=8)
"""Points are kept for seven days at most; one day more than that asks for all of them."""


def read_all(
    policy: Policy,
    instance: Instance,
    clouds: CloudByName,
    now: datetime,
    since: datetime | None = None,
) -> Readings:
    """Read an instance and what gates it; windows at least from `since` on, else all of them.

    What gates it are the windows that its `range` names, and its companions.

    Raises:
        CloudError: one of the reads was not answered.
    """
    gates = [_read_windows(instance, clouds, now, since)] if instance.range_instance else []
    companions = [
        read_range(companion, clouds, now, since) for companion in policy.companions_of(instance)
    ]
    own = _described(instance, _read_own(instance, clouds, now, since), clouds)
    paired = tuple(one.id for one in policy.paired_with(instance))
    return Readings(own=own, companions=(*gates, *companions), paired=paired)


def read_one(
    instance: Instance, clouds: CloudByName, now: datetime, since: datetime | None = None
) -> Reading:
    """Read what can be restored on an instance, how it is, and whether PITR is on.

    Raises:
        CloudError: one of the reads was not answered.
    """
    return _described(instance, read_range(instance, clouds, now, since), clouds)


def read_range(
    instance: Instance, clouds: CloudByName, now: datetime, since: datetime | None = None
) -> Reading:
    """Read only what can be restored on an instance, within the windows that its `range` names.

    Raises:
        CloudError: it was not answered.
    """
    own = _read_own(instance, clouds, now, since)
    if instance.range_instance is None:
        return own
    windows = _read_windows(instance, clouds, now, since)
    return msgspec.structs.replace(own, range=intersect(own.range, windows.range))


def _described(instance: Instance, reading: Reading, clouds: CloudByName) -> Reading:
    """The reading with how the instance is, where its service tells that."""
    if not instance.can.described:
        return reading
    cloud = clouds(instance.cloud)
    return msgspec.structs.replace(
        reading, state=cloud.state(instance.id), pitr=cloud.pitr_policy(instance.id)
    )


def _read_own(
    instance: Instance, clouds: CloudByName, now: datetime, since: datetime | None
) -> Reading:
    if instance.can.offers == "windows":
        return _read_windows(instance, clouds, now, since)
    cloud = clouds(instance.cloud)
    points = cloud.points(instance.id, now - LONGEST_KEPT, now)
    endpoint = instance.can.endpoint
    skew = _skew(cloud, endpoint)
    return Reading(instance=instance.id, source=endpoint, range=points, skew_seconds=skew)


def _read_windows(
    instance: Instance, clouds: CloudByName, now: datetime, since: datetime | None
) -> Reading:
    cloud, of = clouds(instance.cloud), instance.range_instance or instance.id
    windows = cloud.windows(of, since, now)
    skew = _skew(cloud, "rds")
    return Reading(instance=of, source="rds", range=windows, skew_seconds=skew)


def _skew(cloud: Cloud, endpoint: Endpoint) -> int | None:
    skew = cloud.skew(endpoint)
    return None if skew is None else round(skew.total_seconds())
