"""What every Cloud must keep: run against the fake and against both services over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from lastgood.domain import canonical
from lastgood.domain.ranges import Points, Window, Windows
from lastgood.domain.reading import InstanceState, PitrPolicy
from lastgood.domain.restore import Accepted, Job, Refused
from lastgood.ports import Cloud, CloudError
from tests.support.connected import NOW, POINTS, RDS, REDIS, START, WINDOW, told, wired
from tests.support.fakes import FakeClock, FakeCloud

NOBODY = "0123456789abcdef0123456789abcdefin12"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

Read = Callable[[Cloud, str], Any]
NODES = tuple(f"0{number}3893ef73754465a8bd2e0857bbf13eno12" for number in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Project:
    """A project at NOW, and what somebody else may do to its Redis instance meanwhile."""

    cloud: Cloud
    switch_pitr_off: Callable[[], None]
    keep_busy: Callable[[], None]
    let_the_job_end: Callable[[], None]


def fake_project() -> Project:
    cloud = FakeCloud(FakeClock(NOW))
    redis = cloud.add_points(REDIS, *reversed(POINTS))
    redis.state = InstanceState("normal", (), "Cluster", NODES)
    cloud.add_window(RDS, WINDOW.start, WINDOW.end)
    busy = InstanceState("normal", ("RESIZE_FLAVOR",), "Cluster")

    def let_the_job_end() -> None:
        for sights in cloud.jobs_seen.values():
            del sights[:-1]

    return Project(
        cloud,
        switch_pitr_off=lambda: setattr(redis, "pitr", PitrPolicy(enabled=False)),
        keep_busy=lambda: setattr(redis, "state", busy),
        let_the_job_end=let_the_job_end,
    )


@pytest.fixture(params=["fake", "huawei"])
def project(request: pytest.FixtureRequest) -> Iterator[Project]:
    if request.param == "fake":
        yield fake_project()
        return
    with wired() as wire:
        redis = wire.redis
        yield Project(
            wire.cloud,
            switch_pitr_off=lambda: redis.set_pitr(None),
            keep_busy=lambda: setattr(redis, "actions", ("RESIZE_FLAVOR",)),
            let_the_job_end=lambda: wire.sandbox.clock.advance(redis.restores.lasts),
        )


def accepted_job(project: Project) -> str:
    outcome = project.cloud.restore(REDIS, POINTS[1])
    assert isinstance(outcome, Accepted)
    assert outcome.job
    return outcome.job


# What can be restored


def test_points_come_oldest_first_and_spelt_as_the_service_spells_them(project: Project) -> None:
    points = project.cloud.points(REDIS, START, NOW)

    assert [point.text for point in points.restorable] == POINTS
    assert points.newest == NOW


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (START + 20 * MINUTE, START + 40 * MINUTE, POINTS[:2]),
        (START + 20 * MINUTE + SECOND, START + 40 * MINUTE - SECOND, []),
        (START, START + 20 * MINUTE - SECOND, []),
        (NOW, NOW, POINTS[2:]),
        (NOW + SECOND, NOW + HOUR, []),
        (START - 8 * 24 * HOUR, NOW + 24 * HOUR, POINTS),
    ],
)
def test_the_points_of_an_interval_are_those_on_and_between_its_ends(
    project: Project, since: Any, until: Any, expected: list[str]
) -> None:
    points = project.cloud.points(REDIS, since, until)

    assert [point.text for point in points.restorable] == expected


def test_windows_are_whole_seconds_inside_what_the_service_offers(project: Project) -> None:
    assert project.cloud.windows(RDS) == Windows((WINDOW,))


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (WINDOW.start, WINDOW.end),
        (START, START),
        (START, START + HOUR),
        (START - 7 * 24 * HOUR, NOW),
        (START - 24 * HOUR, NOW),
    ],
)
def test_windows_of_an_interval_hold_at_least_all_of_it_that_can_be_restored(
    project: Project, since: Any, until: Any
) -> None:
    windows = project.cloud.windows(RDS, since, until)

    wanted = Window(max(since, WINDOW.start), min(until, WINDOW.end))
    assert wanted.start in windows
    assert wanted.end in windows
    assert all(WINDOW.start <= w.start <= w.end <= WINDOW.end for w in windows.restorable)


def test_no_window_reaches_past_what_can_be_restored(project: Project) -> None:
    windows = project.cloud.windows(RDS, START, NOW)

    assert windows.latest_at_or_before(NOW) == WINDOW.end
    assert WINDOW.end + SECOND not in windows


# How an instance is


def test_pitr_that_is_on_tells_its_minutes_and_days(project: Project) -> None:
    assert project.cloud.pitr_policy(REDIS) == PitrPolicy(enabled=True, interval=20, keep_days=1)


def test_pitr_that_is_off_leaves_nothing_to_restore(project: Project) -> None:
    project.switch_pitr_off()

    assert project.cloud.pitr_policy(REDIS) == PitrPolicy(enabled=False)
    assert project.cloud.points(REDIS, START, NOW) == Points()
    assert isinstance(project.cloud.restore(REDIS, POINTS[1]), Refused)


def test_an_instance_that_rests_is_normal_and_idle(project: Project) -> None:
    assert project.cloud.state(REDIS) == InstanceState("normal", (), "Cluster", NODES)


def test_a_busy_instance_tells_what_it_does_and_refuses_a_restore(project: Project) -> None:
    project.keep_busy()

    outcome = project.cloud.restore(REDIS, POINTS[1])

    assert project.cloud.state(REDIS).actions == ("RESIZE_FLAVOR",)
    assert isinstance(outcome, Refused)
    assert outcome.code == "DBS.200011"


# Restores and their jobs


def test_a_restore_is_accepted_as_a_job_that_runs_and_completes(project: Project) -> None:
    job = accepted_job(project)

    running = project.cloud.job(job)
    project.let_the_job_end()
    done = project.cloud.job(job)

    assert running is not None
    assert done is not None
    assert (running.id, running.instance, running.status) == (job, REDIS, "Running")
    assert (done.id, done.instance, done.status) == (job, REDIS, "Completed")
    assert (running.ended, done.ended) == (False, True)


def test_a_job_is_listed_among_those_that_began_when_it_did(project: Project) -> None:
    job = accepted_job(project)

    around = project.cloud.jobs(NOW - MINUTE, NOW + MINUTE)

    assert [(found.id, found.instance, found.started_at) for found in around] == [(job, REDIS, NOW)]
    assert list(project.cloud.jobs(NOW - HOUR, NOW - MINUTE)) == []
    assert list(project.cloud.jobs(NOW + MINUTE, NOW + HOUR)) == []


def test_a_job_of_nobody_is_none(project: Project) -> None:
    assert project.cloud.job("20f793fd-2703-4339-bfb5-f1c9065b15c8") is None


@pytest.mark.parametrize(
    "moment",
    [
        "2026-02-17T18:41:00+0800",  # between two points
        "2026-02-17T10:40:00+0000",  # a point, but in other words
        "2026-02-17T18:40:00+08:00",
        "2026-02-17T10:40:00Z",
        "",
    ],
)
def test_only_what_the_points_list_says_can_be_restored(project: Project, moment: str) -> None:
    assert isinstance(project.cloud.restore(REDIS, moment), Refused)


# What is not there


@pytest.mark.parametrize(
    "read",
    [
        lambda cloud, nobody: cloud.windows(nobody),
        lambda cloud, nobody: cloud.windows(nobody, START, NOW),
        lambda cloud, nobody: cloud.points(nobody, START, NOW),
        lambda cloud, nobody: cloud.pitr_policy(nobody),
        lambda cloud, nobody: cloud.state(nobody),
    ],
    ids=["windows", "windows-of-an-interval", "points", "pitr_policy", "state"],
)
def test_an_instance_that_does_not_exist_is_an_error_and_never_an_empty_answer(
    project: Project, read: Read
) -> None:
    with pytest.raises(CloudError) as caught:
        read(project.cloud, NOBODY)

    assert NOBODY in told(caught.value)


def test_an_instance_that_does_not_exist_refuses_a_restore(project: Project) -> None:
    assert isinstance(project.cloud.restore(NOBODY, POINTS[1]), Refused)


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda cloud: cloud.windows(RDS), Windows),
        (lambda cloud: cloud.points(REDIS, START, NOW), Points),
        (lambda cloud: cloud.pitr_policy(REDIS), PitrPolicy),
        (lambda cloud: cloud.state(REDIS), InstanceState),
        (lambda cloud: cloud.restore(REDIS, POINTS[0]), Accepted),
        (lambda cloud: cloud.restore(REDIS, "never"), Refused),
        (lambda cloud: cloud.jobs(START, NOW), list[Job]),
    ],
    ids=["windows", "points", "pitr_policy", "state", "accepted", "refused", "jobs"],
)
def test_whatever_is_read_can_be_written_down_and_read_again(
    project: Project, read: Callable[[Cloud], Any], kind: Any
) -> None:
    found = read(project.cloud)

    assert canonical.decode(canonical.encode(found), kind) == found
