from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.bundle import build_bundle


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds what the functions are deployed as."""
    return build_bundle(tmp_path_factory.mktemp("bundle"))
