"""`lastgood events sample`: each sample is an alarm of now on the instance that was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lastgood.cli.samples import SAMPLES
from lastgood.dialects import read
from lastgood.dialects.envelopes import DIALECTS
from lastgood.domain.alarm import Alarm, Incident
from lastgood.domain.triage import triage
from sandbox.clock import Clock
from sandbox.huawei.cloud import HuaweiSandbox
from tests.support.builders import RDS, REDIS, at, policy
from tests.support.command_line import TOKEN, CommandLine, policy_for

NOW = at("11:54:20.123")


@pytest.fixture
def lastgood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[CommandLine]:
    with HuaweiSandbox(Clock(), token=TOKEN) as cloud:
        command_line = CommandLine(tmp_path, monkeypatch, capsys)
        command_line.set_policy(policy_for(cloud))
        yield command_line


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("instance", [REDIS, RDS])
def test_a_sample_opens_an_incident_of_now_on_its_instance(name: str, instance: str) -> None:
    protected = policy().by_id(instance)
    assert protected is not None

    (message,) = read(SAMPLES[name](protected, NOW))

    assert isinstance(message.content, Alarm), message
    (incident,) = triage(message.content, policy())
    assert isinstance(incident, Incident)
    assert incident.instance == instance
    assert NOW - timedelta(minutes=1) < incident.changed_at <= NOW
    assert NOW - timedelta(minutes=16) < incident.onset < NOW


def test_there_is_a_sample_of_every_sender(lastgood: CommandLine) -> None:
    ran = lastgood.run("events", "sample", "--json")

    assert {dialect.sender for dialect in DIALECTS} | {"recovery-requested"} == set(ran.json)
    assert lastgood.run("events", "sample").out.split() == ran.json


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_printed_with_a_warning_that_it_is_a_real_alarm(
    lastgood: CommandLine, name: str
) -> None:
    ran = lastgood.run("events", "sample", name, "--instance", "orders-db")

    assert ran.code == 0
    assert "orders-db" in ran.out or RDS in ran.out
    assert json.loads(ran.out)
    assert "this is a real alarm on orders-db" in ran.err


def test_an_unknown_sample_is_a_mistake_that_names_those_there_are(lastgood: CommandLine) -> None:
    ran = lastgood.run("events", "sample", "opsgenie")

    assert ran.code == 2
    assert "use one of cloudwatch, cloudeye" in ran.err
