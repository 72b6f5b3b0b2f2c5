from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.template.run import Run, watched_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory, bundles: Path) -> Run:
    """One run of everything, shared by all who look at what it left behind."""
    return watched_run(tmp_path_factory.mktemp("watch"), bundles)
