from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stamina

from lastgood.domain import times
from sandbox import corpus
from sandbox.aws import AwsSandbox
from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.huawei import HuaweiSandbox
from tests.unit.command_line import CACHE, DATABASE, OFF, TOKEN, CommandLine, endpoints, policy_for

EVENTS = sorted((Path(__file__).parents[2] / "events").glob("*.json"))

ALARM_AGE = timedelta(minutes=1)
"""The alarm went off a minute ago, so its onset was five minutes ago."""


@pytest.fixture(scope="module")
def cloud() -> Iterator[HuaweiSandbox]:
    """A cache whose newest points are 10 and 30 minutes old, in front of a database."""
    with HuaweiSandbox(Clock.ago(timedelta(minutes=170)), token=TOKEN) as cloud:
        cloud.add_redis(CACHE, "orders-cache")
        cloud.add_redis(OFF, "off-cache", pitr=None)
        cloud.add_rds(DATABASE, "orders-db")
        cloud.clock.catch_up()
        yield cloud


@pytest.fixture
def lastgood(
    cloud: HuaweiSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[CommandLine]:
    command_line = CommandLine(tmp_path, monkeypatch, capsys)
    command_line.set_policy(policy_for(cloud))
    yield command_line
    cloud.faults.clear()
    assert cloud.puts == (0, 0)


def just_now(name: str) -> bytes:
    return corpus.event(name, datetime.now(UTC) - ALARM_AGE)


def kept(lastgood: CommandLine, event: bytes) -> str:
    path = lastgood.directory / "event.json"
    path.write_bytes(event)
    return str(path)


def newest_point(cloud: HuaweiSandbox) -> str:
    return next(i for i in [cloud]).requests and points_of(cloud)[-1]


def points_of(cloud: HuaweiSandbox) -> list[str]:
    raise NotImplementedError
