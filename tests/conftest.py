"""What holds for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tools.bundles.fill import build_bundles

# Every server of a test is on this machine; a proxy of the person's must not come in between.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("timeless", deadline=None)
settings.load_profile("timeless")


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds what each function is deployed as, by its short name."""
    return build_bundles(tmp_path_factory.mktemp("bundles"))
