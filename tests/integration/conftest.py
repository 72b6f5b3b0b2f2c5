"""The command line before the cloud of a test file, in the time of that cloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.huawei.cloud import HuaweiSandbox
from tests.support.command_line import CommandLine, policy_for


@pytest.fixture
def lastgood(
    cloud: HuaweiSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CommandLine:
    command_line = CommandLine(tmp_path, monkeypatch, capsys)
    command_line.set_policy(policy_for(cloud))
    command_line.set_clock(cloud.clock)
    return command_line
