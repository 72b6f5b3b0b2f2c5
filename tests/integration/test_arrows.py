"""The arrows of pyproject.toml `[tool.importlinter]`: each contract fails when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("lastgood", "handlers", "sandbox", "tools", "benchmarks", "tests")

BREACHES = {
    "layers": ("lastgood/ledger/ledger.py", "import lastgood.workflows.world"),
    "domain": ("lastgood/domain/times.py", "import httpx"),
    "senders": ("lastgood/senders/smn.py", "import urllib3"),
    "webhook": ("lastgood/reception.py", "import lastgood.wiring"),
    "huawei": ("lastgood/workflows/recovery.py", "import huawei_pitr"),
    "aws": ("lastgood/huawei/signing.py", "import botocore"),
    "cli": ("lastgood/cli/verify.py", "import lastgood.wiring"),
    "verify": ("lastgood/workflows/sweeping.py", "import lastgood.workflows.firing"),
    "product": ("handlers/alarm.py", "import sandbox"),
    "stage": ("sandbox/aws/endpoint.py", "import sandbox.huawei"),
    "sandbox-huawei": ("sandbox/huawei/wire/faults.py", "import sandbox.huawei.rds"),
    "workbench": ("tools/__init__.py", "import tests"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources, to be broken."""
    folder = tmp_path_factory.mktemp("arrows")
    for package in (*PACKAGES, "generated/huawei_pitr", "generated/huawei_rds"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / Path(package).name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def holds(folder: Path, contract: str) -> bool:
    """Whether a contract holds in a folder."""
    lint = Path(sys.executable).with_name("lint-imports")
    command = [str(lint), "--no-logo", "--no-cache", "--contract", contract]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603 - ours
    assert b"Analyzed" in run.stdout, run.stdout.decode() + run.stderr.decode()
    return run.returncode == 0


def test_every_contract_has_a_breach_that_is_tried() -> None:
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert {line[6:-1] for line in declared.splitlines() if line.startswith('id = "')} == set(
        BREACHES
    )


@pytest.mark.parametrize("contract", BREACHES)
def test_a_contract_that_is_broken_is_noticed(copy: Path, contract: str) -> None:
    path, line = BREACHES[contract]
    file = copy / path
    sound = file.read_text(encoding="utf-8")
    assert holds(copy, contract)
    file.write_text(f"{sound}\n{line}\n", encoding="utf-8")
    try:
        assert not holds(copy, contract)
    finally:
        file.write_text(sound, encoding="utf-8")
