"""What every Cloud must keep: run against the fake and against both services over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from lastgood.domain import canonical
from lastgood.domain.ranges import Points, Window, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Accepted, Job, Refused
from lastgood.ports import Cloud, CloudError
from tests.contract.connected import NOW, POINTS, RDS, REDIS, START, told, wired
from tests.contract.fakes import FakeClock, FakeCloud

NOBODY = "0123456789abcdef0123456789abcdefin12"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
WINDOW = Window(NOW - 2 * HOUR, NOW - HOUR)

Read = Callable[[Cloud], Any]


@dataclass(frozen=True, slots=True)
class Project:
    """A project at NOW, and what somebody else may do to its instances meanwhile."""

    cloud: Cloud
    switch_pitr_off: Callable[[], None]
    keep_busy: Callable[[], None]
    let_the_job_end: Callable[[], None]


def fake_project() -> Project:
    cloud = FakeCloud(FakeClock(NOW))
    known = cloud.add_points(REDIS, *reversed(POINTS))
    cloud.add_window(RDS, WINDOW.start, WINDOW.end)
    busy = InstanceState("normal", ("RESIZE_FLAVOR",), "Cluster")

    def let_the_job_end() -> None:
        for sights in cloud.jobs_seen.values():
            del sights[:-1]

    return Project(
        cloud,
        switch_pitr_off=lambda: setattr(known, "pitr", PitrPolicy(enabled=False)),
        keep_busy=lambda: setattr(known, "state", busy),
        let_the_job_end=let_the_job_end,
    )


@pytest.fixture(params=["fake", "huawei"])
def project(request: pytest.FixtureRequest) -> Iterator[Project]:
    if request.param == "fake":
        yield fake_project()
        return
    with wired() as wire:
        database = wire.sandbox.add_rds(RDS, "orders-db", since=WINDOW.start, lag=NOW - WINDOW.end)
        assert database.windows
        redis = wire.sandbox.add_redis(REDIS, "orders-cache")
        wire.sandbox.clock.advance(timedelta(0))
        yield Project(
            wire.cloud,
            switch_pitr_off=lambda: redis.set_pitr(None),
            keep_busy=lambda: setattr(redis, "actions", ("RESIZE_FLAVOR",)),
            let_the_job_end=lambda: wire.sandbox.clock.advance(redis.restores.lasts),
        )
