from __future__ import annotations

from pathlib import Path

import pytest

from tools.bundles.fill import build_bundles


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds what each function is deployed as, by its short name."""
    return build_bundles(tmp_path_factory.mktemp("bundles"))
