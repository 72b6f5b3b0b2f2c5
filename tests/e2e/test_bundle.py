from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

# What we ask for in pyproject.toml, and what that needs.
ASKED_FOR = {
    "attrs",
    "aws-durable-execution-sdk-python",
    "aws-lambda-powertools",
    "boto3",
    "httpx",
    "msgspec",
    "stamina",
}
NEEDED_BY_THOSE = {
    "anyio",
    "botocore",
    "certifi",
    "h11",
    "httpcore",
    "idna",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "six",
    "tenacity",
    "typing-extensions",
    "urllib3",
}

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys

for package in ("handlers", "lastgood"):
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if not module.name.startswith("lastgood.cli"):
            importlib.import_module(module.name)
print(*sorted(name.partition(".")[0] for name in sys.modules))
"""


def test_the_bundle_holds_the_runtime_dependencies_and_no_other(bundle: Path) -> None:
    held = {found.name.replace("_", "-") for found in distributions(path=[str(bundle)])}

    assert held == ASKED_FOR | NEEDED_BY_THOSE


def test_all_but_the_command_line_imports_from_the_bundle_alone(bundle: Path) -> None:
    command = [sys.executable, "-S", "-c", IMPORT_EVERYTHING]

    imported = subprocess.run(  # noqa: S603 -- our own interpreter and script
        command, env={"PYTHONPATH": str(bundle)}, capture_output=True, text=True, check=True
    ).stdout.split()

    assert "huawei_pitr" in imported
    assert "sandbox" not in imported
