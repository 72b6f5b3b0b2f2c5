"""Measuring instances, many at a time: what a sweep and `lastgood verify` have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from lastgood.domain.errors import LastgoodError
from lastgood.domain.objective import Finding, assess, unmeasured
from lastgood.domain.policy import Instance
from lastgood.domain.reading import Reading
from lastgood.ports import AsyncCloud
from lastgood.workflows.reading import LONGEST_KEPT
from lastgood.workflows.world import World


def measure(
    instances: Sequence[Instance], world: World, told: Callable[[Finding], object]
) -> tuple[Finding, ...]:
    """Measure instances at the same time, in their order; `told` hears of each when it is done.

    One that cannot be read is a finding too, never an exception.
    """
    return asyncio.run(_measure_all(instances, world, told))


async def _measure_all(
    instances: Sequence[Instance], world: World, told: Callable[[Finding], object]
) -> tuple[Finding, ...]:
    async with AsyncExitStack() as stack:
        clouds = {name: await _opened(name, stack, world) for name in {i.cloud for i in instances}}

        async def measured(instance: Instance) -> Finding:
            finding = await _measured(instance, clouds[instance.cloud], world)
            told(finding)
            return finding

        return tuple(await asyncio.gather(*(measured(instance) for instance in instances)))


async def _opened(name: str, stack: AsyncExitStack, world: World) -> AsyncCloud | LastgoodError:
    """A cloud; or why it cannot be had, which is no reason not to measure those of another."""
    try:
        return await stack.enter_async_context(world.open_async(name))
    except LastgoodError as error:
        return error


async def _measured(instance: Instance, cloud: AsyncCloud | LastgoodError, world: World) -> Finding:
    if isinstance(cloud, LastgoodError):
        return unmeasured(instance, cloud.message, world.now())
    try:
        reading = await _read(instance, cloud, world)
    except LastgoodError as error:
        return unmeasured(instance, error.message, world.now())
    return assess(instance, reading, world.now())


async def _read(instance: Instance, cloud: AsyncCloud, world: World) -> Reading:
    """Read what `readings.read_one` reads, in the style in which others are read meanwhile."""
    now, of_rds = world.now(), instance.range_instance
    if not instance.can.described:
        windows = await cloud.windows(instance.id, None, now)
        return Reading(instance=instance.id, source="rds", range=windows)
    return Reading(
        instance=instance.id,
        source="rds" if of_rds else "geminidb",
        range=await (
            cloud.windows(of_rds, None, now)
            if of_rds
            else cloud.points(instance.id, now - LONGEST_KEPT, now)
        ),
        state=await cloud.state(instance.id),
        pitr=await cloud.pitr_policy(instance.id),
    )
