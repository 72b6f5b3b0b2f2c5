"""Reading from the cloud all that a decision or a measurement rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from lastgood.domain.policy import Instance, Policy
from lastgood.domain.reading import Reading, Readings
from lastgood.ports import Cloud

CloudByName = Callable[[str], Cloud]
"""Gives the cloud of this name in the policy."""

LONGEST_KEPT = timedelta(days=8)
"""Points are kept for seven days at most; one day more than that covers all of them."""


def read_all(
    policy: Policy,
    instance: Instance,
    clouds: CloudByName,
    now: datetime,
    since: datetime | None = None,
) -> Readings:
    """Read an instance and its companions; windows at least from `since` on, else all of them.

    Raises:
        CloudError: one of the reads failed.
    """
    return Readings(
        own=read_one(instance, clouds, now, since),
        companions=tuple(
            read_range(companion, clouds, now, since)
            for companion in policy.companions_of(instance)
        ),
    )


def read_one(
    instance: Instance, clouds: CloudByName, now: datetime, since: datetime | None = None
) -> Reading:
    """Read what can be restored on an instance, how it is, and whether PITR is on.

    Raises:
        CloudError: one of the reads failed.
    """
    reading = read_range(instance, clouds, now, since)
    if not instance.can.described:
        return reading
    cloud = clouds(instance.cloud)
    return Reading(
        instance=reading.instance,
        source=reading.source,
        range=reading.range,
        state=cloud.state(instance.id),
        pitr=cloud.pitr_policy(instance.id),
    )


def read_range(
    instance: Instance, clouds: CloudByName, now: datetime, since: datetime | None = None
) -> Reading:
    """Read only what can be restored on an instance.

    Raises:
        CloudError: it cannot be read.
    """
    cloud = clouds(instance.cloud)
    if instance.can.offers == "points" and instance.range_instance is None:
        points = cloud.points(instance.id, now - LONGEST_KEPT, now)
        return Reading(instance=instance.id, source="geminidb", range=points)
    windows = cloud.windows(instance.range_instance or instance.id, since, now)
    return Reading(instance=instance.id, source="rds", range=windows)
