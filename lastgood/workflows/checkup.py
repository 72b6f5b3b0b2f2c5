"""The checkup: reads everything that a recovery would need, and changes nothing.

What only a restore could show is reported as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import msgspec

from lastgood.domain.checkup import (
    Check,
    judge_clock,
    judge_hooks,
    judge_instance,
    judge_pitr,
    judge_timeout,
    judge_windows,
    may_be_called,
)
from lastgood.domain.confirming import Series
from lastgood.domain.errors import LastgoodError
from lastgood.domain.policy import CloudEntry, Instance, Policy
from lastgood.domain.services import ALWAYS_MEASURED, Endpoint
from lastgood.ports import Cloud, CloudError, Setting
from lastgood.workflows.deciding import LONGEST_RESTORE
from lastgood.workflows.lasting import around, longest, until_saved, until_settled
from lastgood.workflows.world import World

T = TypeVar("T")

STATE = "gaussdbfornosql:instance:list"
PITR = "gaussdbfornosql:instance:getRedisPitrPolicy"
POINTS = "gaussdbfornosql:instance:listRedisPitrRestoreTime"
JOBS = "gaussdbfornosql:task:list"
RESTORE = "gaussdbfornosql:instance:redisPitrRestore"
WINDOWS = "rds:instance:getRestoreTime"
ALARMS = "ces:alarmHistory:list"
DATA = "ces:metricData:get"

NO_RULE = "al0000000000000000000000"
"""No rule has this id, and whether it may be asked for shows all the same."""

A_WHILE = timedelta(hours=1)
"""As much of a list as it takes to see whether it may be read."""


def examine(world: World) -> Iterator[Check]:
    """Examine each cloud of the policy with its instances, and then what AWS has to give.

    Raises:
        PolicyError: the policy cannot be read; without it there is nothing to examine.
    """
    policy = world.policy()
    for name, entry in policy.cloud.items():
        instances = [instance for instance in policy.instance if instance.cloud == name]
        endpoints = list(_endpoints(name, entry, instances, world))
        yield from endpoints
        dead = {check.check for check in endpoints if check.health == "fail"}
        if "endpoint ces" in dead:  # all the rest can be examined without it
            instances = [msgspec.structs.replace(i, confirm="off") for i in instances]
        asked = [i for i in instances if not dead & {f"endpoint {e}" for e in _endpoints_of([i])}]
        if asked:
            yield from _behind_the_endpoints(name, entry, asked, world)
    for setting in world.settings():
        yield from _setting(setting, policy, world)


def _endpoints(
    name: str, entry: CloudEntry, instances: list[Instance], world: World
) -> Iterator[Check]:
    """Each endpoint that the instances need, and the clock beside the one that differs the most."""
    skews: list[timedelta | None] = []
    for endpoint in _endpoints_of(instances):
        what = f"endpoint {endpoint}"
        try:
            seen = world.probe(entry, endpoint)
        except CloudError as error:
            yield _failed(f"cloud {name}", what, error)
        else:
            yield Check(f"cloud {name}", what, "ok", f"{seen.url} answers")
            skews.append(seen.skew)
    if skews:
        worst = max((skew for skew in skews if skew is not None), key=abs, default=None)
        margin = min(instance.margin for instance in instances)
        yield judge_clock(f"cloud {name}", worst, margin)


def _endpoints_of(instances: list[Instance]) -> list[Endpoint]:
    """The endpoints that these instances need, each once."""
    needed = {instance.can.endpoint for instance in instances}
    if any(instance.range_instance for instance in instances):
        needed.add("rds")
    if any(instance.confirm == "cloud-eye" for instance in instances):
        needed.add("ces")
    return sorted(needed)


def _behind_the_endpoints(
    name: str, entry: CloudEntry, instances: list[Instance], world: World
) -> Iterator[Check]:
    subject = f"cloud {name}"
    key = "credentials_read" if entry.credentials_read else "credentials"
    try:
        reads = _Reads(world.clouds(name), world, key)
    except LastgoodError as error:
        yield _failed(subject, key, error)
        return
    checks = [check for instance in instances for check in reads.examine(instance)]
    yield reads.credentials(subject)
    if reads.rejected:
        return
    yield from reads.permissions(subject)
    restorable = [i for i in instances if i.can.in_place and i.mode != "observe"]
    if restorable and entry.credentials_read:
        yield _restoring(name, restorable[0], world)
    if restorable:
        told = "only a restore shows whether it is granted"
        hint = "run a drill; docs/reference/permissions.md has the policy"
        yield Check(subject, RESTORE, "warn", told, hint)
    yield from checks


def _restoring(name: str, instance: Instance, world: World) -> Check:
    """Whether the credentials that restore are good, and others than those that read.

    One read shows the first, whether it is allowed or not. Whether the credentials that read could
    restore shows in no other way than by restoring.
    """
    subject = f"cloud {name}"
    try:
        restorer = world.restorer(name)
    except LastgoodError as error:
        return _failed(subject, "credentials", error)
    if restorer is world.clouds(name):
        hint = "give credentials_read a user of its own: docs/reference/permissions.md"
        return Check(subject, "credentials", "warn", "the same: what reads could restore", hint)
    return _Reads(restorer, world).try_once(subject, instance)


class _Reads:
    """The reads of one cloud, and what each of them shows of the permission that it takes.

    `key` is where the policy names the credentials.
    """

    def __init__(self, cloud: Cloud, world: World, key: str = "credentials") -> None:
        self._cloud = cloud
        self._world = world
        self._key = key
        self._now = world.now()
        self._given: set[str] = set()
        self._forbidden: dict[str, CloudError] = {}
        self.rejected: CloudError | None = None

    def examine(self, instance: Instance) -> Iterator[Check]:
        """Read all that a recovery reads of an instance, and judge it."""
        cloud, since = self._cloud, self._now - A_WHILE
        if instance.confirm == "cloud-eye":
            yield from self._ask_cloud_eye(instance, since)
        of_rds = instance.id if instance.can.offers == "windows" else instance.range_instance
        if of_rds:
            yield from self._read(instance, WINDOWS, partial(cloud.windows, of_rds), judge_windows)
        if not instance.can.described:
            return
        yield from self._read(instance, STATE, partial(cloud.state, instance.id), judge_instance)
        yield from self._read(instance, PITR, partial(cloud.pitr_policy, instance.id), judge_pitr)
        if not of_rds:
            points = partial(cloud.points, instance.id, since, self._now)
            yield from self._read(instance, POINTS, points)
        if not self._knows(JOBS):
            yield from self._read(instance, JOBS, partial(cloud.jobs, since, self._now))

    def _ask_cloud_eye(self, instance: Instance, since: datetime) -> Iterator[Check]:
        """Read what a confirmation reads, of a metric that each instance of its service has."""
        if self._knows(ALARMS) and self._knows(DATA):
            return
        eye, now = partial(self._world.cloud_eye, instance.cloud), self._now
        namespace, name, dimension = ALWAYS_MEASURED[instance.service]
        series = Series(
            namespace=namespace,
            name=name,
            dimensions=((dimension, instance.id),),
            period=300,
            statistic="average",
        )
        yield from self._read(instance, ALARMS, lambda: eye().records(NO_RULE))
        yield from self._read(instance, DATA, lambda: eye().datapoints(series, since, now))

    def _knows(self, action: str) -> bool:
        """Whether an answer has shown if this is allowed."""
        return action in self._given or action in self._forbidden

    def _read(
        self,
        instance: Instance,
        action: str,
        read: Callable[[], T],
        judge: Callable[[Instance, T], Iterator[Check]] | None = None,
    ) -> Iterator[Check]:
        if self.rejected:  # one bad signature is enough
            return
        try:
            seen = read()
        except CloudError as error:
            if error.code == "credentials":
                self.rejected = error
            elif error.trouble == "permission":
                self._forbidden[action] = error
            else:
                yield _failed(instance.name, action.rpartition(":")[2], error)
            return
        self._given.add(action)
        if judge:
            yield from judge(instance, seen)

    def try_once(self, subject: str, instance: Instance) -> Check:
        """Whether the service knows the credentials, by one read."""
        list(self._read(instance, STATE, partial(self._cloud.state, instance.id)))
        return self.credentials(subject)

    def credentials(self, subject: str) -> Check:
        """Whether the service knows the credentials, as far as any answer showed it."""
        if self.rejected:
            return _failed(subject, self._key, self.rejected)
        if self._given or self._forbidden:
            return Check(subject, self._key, "ok", "accepted by the service")
        return Check(subject, self._key, "warn", "no answer showed whether they are valid")

    def permissions(self, subject: str) -> Iterator[Check]:
        """A row for each permission of which an answer showed whether it is given."""
        for action in sorted(self._given | self._forbidden.keys()):
            if error := self._forbidden.get(action):
                yield _failed(subject, action, error)
            else:
                to = " to credentials_read" if self._key == "credentials_read" else ""
                yield Check(subject, action, "ok", f"granted{to}")


def _setting(setting: Setting, policy: Policy, world: World) -> Iterator[Check]:
    """Whether something is there that this environment is set up with, and fits the policy."""
    if setting.read is None:
        yield Check("aws", setting.name, "warn", "not configured here", setting.without)
        return
    try:
        deployed = setting.read()
    except LastgoodError as error:
        yield _failed("aws", setting.name, error)
        return
    yield Check("aws", setting.name, "ok", "ok")
    if deployed.timeout:
        takes = longest() | until_saved(policy) | until_settled(policy) | around(policy)
        yield judge_timeout(policy, LONGEST_RESTORE, takes, deployed.timeout)
    if deployed.hooks is not None:
        hooks = {hook for instance in policy.instance for hook in instance.hooks.values()}
        allowed = [hook for hook in hooks if may_be_called(hook, deployed.hooks)]
        yield from judge_hooks(policy, {hook: _missing(hook, world) for hook in allowed})


def _missing(hook: str, world: World) -> LastgoodError | None:
    try:
        world.find_hook(hook)
    except LastgoodError as error:
        return error
    return None


def judge_deployed(world: World, policy: Policy) -> Iterator[Check]:
    """Whether another policy would fit the functions that this environment names, if any."""
    for setting in world.settings():
        if setting.read is not None:
            yield from _setting(setting, policy, world)


def _failed(subject: str, what: str, error: LastgoodError) -> Check:
    return Check(subject, what, "fail", error.message, error.hint)
